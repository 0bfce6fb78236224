/**
 * The words that assembly text knows, each with everything it can mean: a register, a size, a segment, a prefix, a
 * directive, a mnemonic. `byte`, `lock` or `loop` mean several things; where they stand decides.
 *
 * The table is built when the first text is assembled. It is found by a hash of the lower-case letters which the scanner
 * computes while it reads them, so that no string is made of a known word.
 */
import { Assembler } from "../assembler.ts";
import type { Argument } from "../encode-rm.ts";
import { mnemonics, rowsOf } from "../instructions.ts";
import type { Operand } from "../operand.ts";
import * as memory from "../operands.ts";
import * as registers from "../registers.ts";
import { mnemonicSpellings } from "./spellings.ts";

/** Writes an instruction into an assembler, which is `this`. */
export type Method = (
  this: Assembler,
  a?: Argument,
  b?: Argument,
  c?: Argument,
  d?: Argument,
  e?: Argument,
  f?: Argument,
) => void;

export type MakeMemory = memory.MemoryConstructor<Operand, Operand>;

/** Words that change what an operand means. */
export type OperandKeyword =
  | "ptr"
  | "rel"
  | "short"
  | "near"
  | "far"
  | "offset"
  | "flat"
  | "rip"
  | "eip"
  | "riz"
  | "eiz"
  | "abs";

/** Mnemonics that people write with other operands than the rows have. */
export type Habit =
  | "shift"
  | "string"
  | "exchange"
  | "xmm0"
  | "multiply"
  | "push"
  | "loop"
  | "jump"
  | "far jump"
  | "arithmetic";

export class Word {
  readonly name: string;
  readonly hash: number;
  register: Operand | undefined = undefined;
  /** Of a size word: what makes memory of it, and its width in bits. */
  makeMemory: MakeMemory | undefined = undefined;
  bits = 0;
  /** The override prefix of a segment register, or 0. */
  segment = 0;
  /** The byte of a prefix that may stand before a mnemonic, or 0. */
  prefix = 0;
  keyword: OperandKeyword | undefined = undefined;
  directive: string | undefined = undefined;
  /** Of a mnemonic: its name in the instruction tables. */
  mnemonic: string | undefined = undefined;
  /** The immediate that stands in the name, as in `cmpltps`; -1 for none. */
  appended = -1;
  habit: Habit | undefined = undefined;
  #branching: 0 | 1 | 4 | undefined;
  #method: Method | undefined;

  constructor(name: string) {
    this.name = name;
    this.hash = hashOf(name);
  }

  /** What writes the instruction, if the word is a mnemonic. The assembler makes its methods when they are asked for. */
  get method(): Method | undefined {
    if (this.#method === undefined && this.mnemonic !== undefined) this.#method = methodOf(this.mnemonic);
    return this.#method;
  }

  /** Whether the word can name no label where operands stand. */
  get isReserved(): boolean {
    return (
      this.register !== undefined || this.makeMemory !== undefined || this.segment !== 0 || this.keyword !== undefined
    );
  }

  /** A move that takes memory at addresses of 64 bits; `movabs` takes no others. */
  get farAddresses(): "none" | "large" | "all" {
    return this.mnemonic === "movabs" ? "all" : this.mnemonic === "mov" ? "large" : "none";
  }

  /** Bytes of the shortest branch displacement, or 0 where the mnemonic does not branch. */
  get branchBytes(): 0 | 1 | 4 {
    if (this.#branching === undefined) {
      const widths = rowsOf(this.mnemonic ?? "").map(({ branchBytes }) => branchBytes ?? 0);
      this.#branching = widths.includes(1) ? 1 : widths.includes(4) ? 4 : 0;
    }
    return this.#branching;
  }

  /** Whether a branch has a form with a displacement of four bytes. */
  get reachesFar(): boolean {
    return rowsOf(this.mnemonic ?? "").some(({ branchBytes }) => branchBytes === 4);
  }
}

function hashOf(name: string): number {
  let hash = 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ (name.charCodeAt(at) | 0x20), 0x01000193);
  return hash;
}

/** Open addressing; a quarter full at most. */
export class WordTable {
  #slots: (Word | undefined)[] = new Array<Word | undefined>(1024);
  #count = 0;

  /** The word of this name, made if there is none. */
  of(name: string): Word {
    const hash = hashOf(name);
    const known = this.find(name, 0, name.length, hash);
    if (known !== undefined) return known;
    if (4 * ++this.#count > this.#slots.length) {
      const words = this.all();
      this.#slots = new Array<Word | undefined>(this.#slots.length * 2);
      for (const word of words) this.#insert(word);
    }
    const word = new Word(name);
    this.#insert(word);
    return word;
  }

  /** The known word in text[start, end), in upper or lower case. */
  find(text: string, start: number, end: number, hash: number): Word | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = place(hash, mask); ; slot = (slot + 1) & mask) {
      const word = slots[slot];
      if (word === undefined || (word.hash === hash && isSpelled(word.name, text, start, end))) return word;
    }
  }

  all(): Word[] {
    return this.#slots.filter((word) => word !== undefined);
  }

  #insert(word: Word): void {
    const mask = this.#slots.length - 1;
    let slot = place(word.hash, mask);
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & mask;
    this.#slots[slot] = word;
  }
}

function place(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

/** `name` is in lower case. */
function isSpelled(name: string, text: string, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) {
    const code = text.charCodeAt(start + at);
    const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    if (lower !== name.charCodeAt(at)) return false;
  }
  return true;
}

let table: WordTable | undefined;

/** All known words. */
export function knownWords(): WordTable {
  table ??= buildTable();
  return table;
}

const sizes: readonly (readonly [names: string, bits: number, make: MakeMemory])[] = [
  ["byte", 8, memory.byte],
  ["word", 16, memory.word],
  ["dword", 32, memory.dword],
  ["fword", 48, memory.fword],
  ["qword mmword", 64, memory.qword],
  ["tbyte tword xword", 80, memory.tbyte],
  ["xmmword oword dqword", 128, memory.xmmword],
  ["ymmword yword qqword", 256, memory.ymmword],
  ["zmmword zword", 512, memory.zmmword],
];

const segments = { es: 0x26, cs: 0x2e, ss: 0x36, ds: 0x3e, fs: 0x64, gs: 0x65 } as const;

const prefixes: Readonly<Record<string, number>> = {
  lock: 0xf0,
  rep: 0xf3,
  repe: 0xf3,
  repz: 0xf3,
  repne: 0xf2,
  repnz: 0xf2,
  xacquire: 0xf2,
  xrelease: 0xf3,
  bnd: 0xf2,
  notrack: 0x3e,
  data16: 0x66,
  o16: 0x66,
  addr32: 0x67,
  a32: 0x67,
  ...segments,
};

const keywords: readonly OperandKeyword[] = "ptr rel short near far offset flat rip eip riz eiz abs".split(
  " ",
) as OperandKeyword[]; // the type lists these words

/** Directives by what they do; `space` makes no code and is passed over. */
const directives: Readonly<Record<string, string>> = {
  bytes: "db .byte .ascii",
  words: "dw .word .short .2byte .hword .value",
  dwords: "dd .long .int .4byte",
  qwords: "dq .quad .8byte",
  zeroEnded: ".asciz .string",
  zeros: "resb resw resd resq .zero .skip .space",
  align: "align .align .balign",
  alignPower: ".p2align",
  equate: "equ",
  times: "times",
  set: ".set .equ",
  passedOver:
    "bits use64 .code64 default extern .extern global globl .globl .global .text .intel_syntax .type .size .file .ident .loc .p2alignl .addrsig .addrsig_sym .hidden .weak .cfi_sections .cfi_startproc .cfi_endproc .cfi_def_cfa_offset .cfi_offset .cfi_def_cfa_register .cfi_def_cfa .cfi_personality .cfi_lsda .cfi_remember_state .cfi_restore_state .cfi_restore .cfi_escape .cfi_undefined .cfi_adjust_cfa_offset",
  section: "section segment .section",
};

const stringNames = "movs stos lods cmps scas ins outs"
  .split(" ")
  .flatMap((stem) => ["", "b", "w", "d", "q"].map((width) => stem + width))
  .concat("xlat", "xlatb");

const habits: readonly (readonly [Habit, readonly string[]])[] = [
  ["shift", "rol ror rcl rcr shl sal shr sar".split(" ")],
  ["string", stringNames],
  ["exchange", ["xchg"]],
  ["xmm0", ["blendvps", "blendvpd", "pblendvb", "sha256rnds2"]],
  ["multiply", ["imul"]],
  ["arithmetic", "mov add or adc sbb and sub xor cmp test".split(" ")],
  ["push", ["push"]],
  ["loop", "loop loope loopz loopne loopnz".split(" ")],
  ["jump", ["jmp", "call"]],
  ["far jump", ["ljmp", "lcall"]],
];

function buildTable(): WordTable {
  const words = new WordTable();
  for (const group of [registers.gpr8, registers.gpr16, registers.gpr32, registers.gpr64]) addRegisters(words, group);
  for (const group of [registers.xmm, registers.ymm, registers.zmm]) addRegisters(words, group);
  addRegisters(words, [registers.ah, registers.ch, registers.dh, registers.bh]);
  addRegisters(words, registers.k);
  addRegisters(words, registers.sreg);
  // AMD's names of the low bytes.
  for (let code = 8; code < 16; code++) words.of(`r${code}l`).register = registers.gpr8[code];
  for (const [names, bits, makeMemory] of sizes) {
    for (const name of names.split(" ")) Object.assign(words.of(name), { bits, makeMemory });
  }
  for (const [name, prefix] of Object.entries(segments)) words.of(name).segment = prefix;
  for (const [name, prefix] of Object.entries(prefixes)) words.of(name).prefix = prefix;
  for (const keyword of keywords) words.of(keyword).keyword = keyword;
  for (const [directive, names] of Object.entries(directives)) {
    for (const name of names.split(" ")) words.of(name).directive = directive;
  }
  const known = mnemonics();
  // An underscore stands for a space and the word before it for a prefix.
  for (const mnemonic of known) if (!mnemonic.includes("_")) addMnemonic(words, mnemonic, mnemonic, -1);
  for (const { name, mnemonic, appended } of mnemonicSpellings(new Set(known))) {
    if (words.of(name).mnemonic === undefined) addMnemonic(words, name, mnemonic, appended);
  }
  for (const [habit, names] of habits) for (const name of names) words.of(name).habit = habit;
  return words;
}

function addRegisters(words: WordTable, group: readonly Operand[]): void {
  for (const register of group) words.of(register.toString()).register = register;
}

function addMnemonic(words: WordTable, name: string, mnemonic: string, appended: number): void {
  const word = words.of(name);
  word.mnemonic = mnemonic;
  word.appended = appended;
}

/** The assembler's method of a mnemonic, also of those with an underscore. */
export function methodOf(mnemonic: string): Method | undefined {
  return (Assembler.prototype as unknown as Record<string, Method | undefined>)[mnemonic]; // methods are made from the rows
}
