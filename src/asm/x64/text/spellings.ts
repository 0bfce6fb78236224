/**
 * Names of instructions beside those of the rows: what LLVM, GNU and AMD write for the same bytes. Some names hold an
 * immediate, `cmpltps` the predicate and `pclmulhqlqdq` the halves; it is appended to the operands.
 */

export interface Spelling {
  readonly name: string;
  /** The mnemonic of the rows. */
  readonly mnemonic: string;
  /** The immediate in the name, or -1. */
  readonly appended: number;
}

/** The same instruction under another name. */
const otherNames: Readonly<Record<string, string>> = {
  sal: "shl",
  xlat: "xlatb",
  pushf: "pushfq",
  popf: "popfq",
  iret: "iretd",
  icebp: "int1",
  retn: "ret",
  retq: "ret",
  lret: "retf",
  lretw: "retfw",
  lretq: "retfq",
  loopz: "loope",
  loopnz: "loopne",
  fwait: "wait",
  ud2a: "ud2",
};

/** Predicates of cmpps and its like (SDM volume 2, CMPPD, table 3-1), by immediate; the names of one stand together. */
const predicates = (
  "eq/eq_oq lt/lt_os le/le_os unord/unord_q neq/neq_uq nlt/nlt_us nle/nle_us ord/ord_q " +
  "eq_uq nge/nge_us ngt/ngt_us false/false_oq neq_oq ge/ge_os gt/gt_os true/true_uq " +
  "eq_os lt_oq le_oq unord_s neq_us nlt_uq nle_uq ord_s eq_us nge_uq ngt_uq false_os neq_os ge_oq gt_oq true_us"
).split(" ");

/** Predicates of vpcmp and vpcmpu between integers. */
const integerPredicates = "eq lt le false neq/ne nlt/ge nle/gt true".split(" ");

/** All other names of the mnemonics that are known. */
export function mnemonicSpellings(known: ReadonlySet<string>): Spelling[] {
  const spellings: Spelling[] = [];
  const add = (name: string, mnemonic: string, appended = -1): void => {
    if (known.has(mnemonic)) spellings.push({ name, mnemonic, appended });
  };
  for (const [name, mnemonic] of Object.entries(otherNames)) add(name, mnemonic);
  for (const type of ["ps", "pd", "ss", "sd", "ph", "sh"]) {
    predicates.forEach((names, immediate) => {
      if (immediate < 8) add(`cmp${names.split("/")[0]}${type}`, `cmp${type}`, immediate);
      for (const predicate of names.split("/")) add(`vcmp${predicate}${type}`, `vcmp${type}`, immediate);
    });
  }
  for (const type of ["b", "w", "d", "q", "ub", "uw", "ud", "uq"]) {
    integerPredicates.forEach((names, immediate) => {
      for (const predicate of names.split("/")) add(`vpcmp${predicate}${type}`, `vpcmp${type}`, immediate);
    });
  }
  // Halves of the first and the second source, bits 0 and 4.
  for (const [name, immediate] of [
    ["lqlq", 0],
    ["hqlq", 1],
    ["lqhq", 16],
    ["hqhq", 17],
  ] as const) {
    for (const v of ["", "v"]) add(`${v}pclmul${name}dq`, `${v}pclmulqdq`, immediate);
  }
  return spellings;
}
