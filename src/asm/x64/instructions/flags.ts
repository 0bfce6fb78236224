/**
 * What every mnemonic does to the flags (SDM volume 1, appendix A, "EFLAGS Cross-Reference", and the pages of volume 2).
 *
 * A line is an effect and its mnemonics; `cc` stands for conditions (`jcc`, `setcc`, `cmovcc`). Of general-purpose
 * instructions all are listed, those that leave the flags alone too; what is not listed and works on vectors leaves them alone.
 *
 *     o s z a p c    OF SF ZF AF PF CF          d i    DF IF
 *     r   read
 *     w   written: always the same for the same operands
 *     m   written or kept, by a count that may be zero (of shifts and rotations by more than one, OF is undefined)
 *     u   undefined afterwards
 */
/** Letters of the flags, in the order above; an empty string for none. */
export interface FlagEffects {
  readonly read: string;
  readonly written: string;
  /** Written, or kept where a count is zero. */
  readonly maybeWritten: string;
  readonly undefined: string;
}

/** Effect -> mnemonics. */
export const flagGroups = [
  ["w oszapc", "add sub cmp neg xadd cmpxchg popcnt xtest rdrand rdseed enqcmd tpause umwait"],
  ["w oszapc", "comiss comisd ucomiss ucomisd vcomiss vcomisd vucomiss vucomisd ptest vptest vtestps vtestpd"],
  ["w oszapc", "pcmpestri pcmpestrm pcmpistri pcmpistrm vpcmpestri vpcmpestrm vpcmpistri vpcmpistrm"],
  ["w oszapc", "kortestb kortestw kortestd kortestq ktestb ktestw ktestd ktestq"],
  ["r c, w oszapc", "adc sbb"],
  ["r c, w c", "adcx cmc"],
  ["r o, w o", "adox"],
  ["w oszap", "inc dec"],
  ["w oszpc, u a", "and or xor test"],
  ["w oc, u szap", "mul imul"],
  ["u oszapc", "div idiv"],
  ["m oc", "rol ror"],
  ["r c, m oc", "rcl rcr"],
  ["m oszpc, u a", "shl sal shr sar shld shrd"],
  ["w c, u osap", "bt bts btr btc"],
  ["w z, u osapc", "bsf bsr"],
  ["w zc, u osap", "lzcnt tzcnt"],
  ["w oszc, u ap", "andn blsi blsmsk blsr bzhi"],
  ["w ozc, u sap", "bextr"],
  ["w z", "cmpxchg8b cmpxchg16b"],
  ["w c", "clc stc"],
  ["w d", "cld std"],
  ["r szapc", "lahf"],
  ["w szapc", "sahf"],
  ["r oszapcdi", "pushfq pushfw"],
  ["w oszapcdi", "popfq popfw iretd iretq iretw"],
  ["w z", "lar lsl verr verw"],
  ["r oszapcdi, m oszapcdi", "syscall"],
  ["r z", "loope loopz loopne loopnz addr32_loope addr32_loopne"],
  ["r d", "movsb movsw movsd movsq rep_movsb rep_movsw rep_movsd rep_movsq stosb stosw stosd stosq"],
  ["r d", "rep_stosb rep_stosw rep_stosd rep_stosq lodsb lodsw lodsd lodsq rep_lodsb rep_lodsw rep_lodsd rep_lodsq"],
  ["r d, w oszapc", "cmpsb cmpsw cmpsd cmpsq scasb scasw scasd scasq"],
  ["r d, m oszapc", "repe_cmpsb repe_cmpsw repe_cmpsd repe_cmpsq repne_cmpsb repne_cmpsw repne_cmpsd repne_cmpsq"],
  ["r d, m oszapc", "repe_scasb repe_scasw repe_scasd repe_scasq repne_scasb repne_scasw repne_scasd repne_scasq"],
  ["r o", "cc:o cc:no"],
  ["r c", "cc:b cc:c cc:nae cc:ae cc:nb cc:nc"],
  ["r z", "cc:e cc:z cc:ne cc:nz"],
  ["r zc", "cc:be cc:na cc:a cc:nbe"],
  ["r s", "cc:s cc:ns"],
  ["r p", "cc:p cc:pe cc:np cc:po"],
  ["r os", "cc:l cc:nge cc:ge cc:nl"],
  ["r osz", "cc:le cc:ng cc:g cc:nle"],
  ["", "not cbw cwde cdqe cwd cdq cqo bswap mov movbe movzx movsx movsxd movnti lea push pop xlatb xchg enter leave movabs"],
  ["", "mulx pdep pext sarx shlx shrx rorx crc32 movdiri movdir64b jmp call ret jrcxz jecxz loop xbegin xend xabort"],
  ["", "int int1 int3 ud1 ud2 hlt endbr32 endbr64 lock nop pause cpuid rdtsc rdtscp rdpmc rdpid xgetbv serialize"],
  ["", "rdfsbase rdgsbase wrfsbase wrgsbase rdpkru wrpkru lfence mfence sfence clflush clflushopt clwb cldemote clzero"],
  ["", "prefetch prefetchw prefetchnta prefetcht0 prefetcht1 prefetcht2 ptwrite umonitor monitorx mwaitx"],
  ["", "pushw popw ljmp lcall retf retfw retfq addr32_loop enterw leavew lss lfs lgs sldt str smsw sgdt sidt"],
  ["", "ldmxcsr stmxcsr vldmxcsr vstmxcsr vzeroall vzeroupper fxsave fxsave64 fxrstor fxrstor64 xsusldtrk xresldtrk"],
  ["", "xsave xsave64 xsavec xsavec64 xsaveopt xsaveopt64 xrstor xrstor64"],
] as const satisfies readonly (readonly [effect: string, mnemonics: string])[];

const none: FlagEffects = { read: "", written: "", maybeWritten: "", undefined: "" };

let effectsByMnemonic: Map<string, FlagEffects> | undefined;

/** Every mnemonic that is listed with its effects. */
export function listedFlagEffects(): ReadonlyMap<string, FlagEffects> {
  if (effectsByMnemonic === undefined) {
    effectsByMnemonic = new Map();
    for (const [text, mnemonics] of flagGroups) {
      const effects = parseEffects(text);
      for (const mnemonic of mnemonics.split(" ").flatMap(expandCondition)) effectsByMnemonic.set(mnemonic, effects);
    }
  }
  return effectsByMnemonic;
}

/** What the instructions of a mnemonic do to the flags. With operands, movsd and cmpsd are those of SSE2, which do nothing. */
export function flagEffectsOf(mnemonic: string, hasOperands: boolean): FlagEffects {
  if (hasOperands && (mnemonic === "movsd" || mnemonic === "cmpsd")) return none;
  return listedFlagEffects().get(mnemonic) ?? none;
}

/** `cc:be` -> jbe, setbe, cmovbe */
function expandCondition(word: string): readonly string[] {
  if (!word.startsWith("cc:")) return [word];
  const condition = word.slice(3);
  return [`j${condition}`, `set${condition}`, `cmov${condition}`];
}

function parseEffects(text: string): FlagEffects {
  const flagsOf = (mark: string): string => new RegExp(`(?:^|, )${mark} ([oszapcdi]+)`).exec(text)?.[1] ?? "";
  return text === "" ? none : { read: flagsOf("r"), written: flagsOf("w"), maybeWritten: flagsOf("m"), undefined: flagsOf("u") };
}
