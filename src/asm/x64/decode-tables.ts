/**
 * The instruction rows turned around: from map and opcode to the rows that can stand there. Nothing here is a second
 * table; every form is computed from its `Row`, when its opcode is met for the first time. Until then only the mnemonics
 * of an opcode are known: reading all rows would cost the first instruction several times as much.
 *
 * A decoder gathers what it knows before the operands into one word, the decode state; a row fits if
 * `(state & form.mask) === form.value`. Rows of one opcode are tried from the most to the least specific:
 *
 *     bits  0-2   ModRM.rm        (a fixed ModRM byte, or 100 where a SIB byte must follow)
 *           3-5   ModRM.reg       (/0 to /7)
 *           6     ModRM.mod = 11, the r/m operand is a register
 *           7     REX.W, VEX.W
 *           8-10  66, F2, F3      (of VEX: what `pp` stands for)
 *           11-12 VEX.L
 *           13    REX.B           (90 is nop without it, xchg with it)
 *           14    67
 *           15    VEX.vvvv = 1111
 *           16    66 without REX.W, which overrides it: 16-bit operands
 *           17    EVEX.b
 *           18    EVEX.aaa is not 0
 *           19    EVEX.z
 *           20    EVEX.V', not inverted
 *
 * An EVEX row has up to three forms, since b means a broadcast beside memory and rounding between registers.
 *
 * See SDM volume 2, chapter 2.
 */
import { allRows, encodingsOfMnemonic, mnemonics, rowsOf } from "./instructions.ts";
import { generalRegisterNames, segmentRegisterNames } from "./operand.ts";
import { isLockable, type RepeatMeaning, repeatMeaning } from "./prefix-rules.ts";
import {
  alternativesOf,
  type Encoding,
  encodingsOf,
  type FixedRegister,
  parseEncoding,
  type RegisterClass,
  type Rounding,
  type Row,
  type RowOperand,
} from "./row.ts";

export const stateBit = {
  rm: 0x7,
  reg: 0x38,
  regShift: 3,
  registerForm: 0x40,
  w: 0x80,
  operandSize: 0x100,
  repne: 0x200,
  rep: 0x400,
  l: 0x1800,
  lShift: 11,
  b: 0x2000,
  addressSize: 0x4000,
  vvvvFree: 0x8000,
  sixteenBits: 0x10000,
  evexB: 0x20000,
  masked: 0x40000,
  zeroing: 0x80000,
  vHigh: 0x100000,
} as const;

/** Where an operand is read from. */
export const slotSource = {
  fixed: 0,
  reg: 1,
  rm: 2,
  vvvv: 3,
  is4: 4,
  opcode: 5,
  immediate: 6,
  branch: 7,
  /** Memory at an address of eight bytes. */
  absolute: 8,
} as const;

export interface DecodeSlot {
  /** A number of its own. */
  readonly serial: number;
  readonly operand: RowOperand;
  /** One of `slotSource`. */
  readonly source: number;
  /** The names of the register class by number; empty where no register can stand. */
  readonly names: readonly string[];
  /** The same behind a comma, as they stand in all operands but the first. */
  readonly laterNames: readonly string[];
  /** A pair of mask registers, named by the even one. */
  readonly isPair: boolean;
  /** Without REX, numbers 4 to 7 are ah ch dh bh. */
  readonly highBytes: boolean;
  /** What stands before the bracket: `dword ptr `, or nothing; and behind it: `{1to8}`, or nothing. */
  readonly sizeText: string;
  readonly laterSizeText: string;
  readonly broadcastText: string;
  /** A rounding mode or `{sae}` stands beside it: before a general register, else behind. */
  readonly rounded: "before" | "behind" | undefined;
  /** Of an immediate or branch: its place after the first such byte, its size in bytes, and whether it is signed. */
  readonly at: number;
  readonly size: number;
  readonly signed: boolean;
}

export interface DecodeForm {
  readonly row: Row;
  readonly mask: number;
  readonly value: number;
  /** ModRM follows the opcode (also a fixed one). */
  readonly hasModRm: boolean;
  /** A register class of the index where a vector of addresses stands. */
  readonly vectorIndex: "xmm" | "ymm" | "zmm" | undefined;
  readonly slots: readonly DecodeSlot[];
  /** All bytes after the displacement. */
  readonly immediateBytes: number;
  /** What an eight-bit displacement counts in: bytes, but for EVEX. */
  readonly dispScale: number;
  /** What EVEX.b says: broadcast to so many lanes, rounding, or nothing. */
  readonly lanes: number;
  readonly rounding: Rounding | undefined;
  /** The registers that `reg` and `vvvv` can name: fewer than their bits of mask registers, and of general ones in EVEX. */
  readonly regLimit: number;
  readonly vvvvLimit: number;
  /** A mask register in r/m, which B must not extend. */
  readonly readsMask: boolean;
  /** A segment register in reg is loaded, which cs cannot be. */
  readonly loadsSegment: boolean;
  /** Memory in the place of the destination, which cannot be masked with zeroing. */
  readonly writesRm: boolean;
  /** The prefix F2 or F3 is part of the instruction, not a repetition. */
  readonly takesRepeat: boolean;
  /** With memory in r/m, it can be locked. */
  readonly isLockable: boolean;
  /** What F2 and F3 mean where they are no part of the opcode. */
  readonly repeatMeaning: RepeatMeaning;
  /** The mnemonic as it is printed, with a space behind it where operands follow. */
  readonly name: string;
  /** How the text is made; all but "plain" differ from the row in print. */
  readonly printing: "plain" | "compare" | "integer compare" | "string" | "exchange";
  /** The slots that are printed: a shift's count of one is not. */
  readonly printed: readonly DecodeSlot[];
}

/** The kinds of opcode space: legacy maps 0 to 3, VEX maps 1 to 3 at 4 to 6, EVEX from 8. */
export function opcodeSpace(space: Row["space"], map: number): number {
  return space === "legacy" ? map : space === "VEX" ? 3 + map : 7 + map;
}

/**
 * The forms of one opcode, from the most to the least specific. What was found for a state is remembered by the bits that the
 * forms look at: losing an entry would cost time, nothing else.
 */
export class OpcodeForms {
  readonly #place: number;
  readonly #mnemonics: readonly string[];
  #forms: readonly DecodeForm[] = [];
  /** All bits of the state that some form looks at. */
  #bits = 0;
  /** The states seen last by the hash of those bits, and what they decode to. */
  #seen: Int32Array | undefined;
  readonly #found: (DecodeForm | undefined)[] = [];

  /** `place`: `space << 8 | opcode`; `mnemonics`: those that have rows there. */
  constructor(place: number, mnemonics: readonly string[]) {
    this.#place = place;
    this.#mnemonics = mnemonics;
  }

  /** The form for a decode state, or undefined. */
  find(state: number): DecodeForm | undefined {
    const key = state & this.#bits;
    const slot = Math.imul(key, 0x9e3779b1) >>> (32 - rememberedBits);
    const seen = this.#seen;
    if (seen !== undefined && seen[slot] === key) return this.#found[slot];
    return this.#search(state);
  }

  #search(state: number): DecodeForm | undefined {
    if (this.#seen === undefined) {
      this.#forms = formsAt(this.#place, this.#mnemonics);
      this.#bits = this.#forms.reduce((all, { mask }) => all | mask, 0);
      // No state is negative.
      this.#seen = new Int32Array(1 << rememberedBits).fill(-1);
      for (let at = 0; at < 1 << rememberedBits; at++) this.#found.push(undefined);
    }
    const key = state & this.#bits;
    const form = this.#forms.find(({ mask, value }) => (key & mask) === value);
    const slot = Math.imul(key, 0x9e3779b1) >>> (32 - rememberedBits);
    this.#seen[slot] = key;
    this.#found[slot] = form;
    return form;
  }
}

const rememberedBits = 5;
const spaces = 12;
let forms: readonly (OpcodeForms | undefined)[] | undefined;

/** The forms of every opcode, at `space << 8 | opcode`. */
export function decodeForms(): readonly (OpcodeForms | undefined)[] {
  forms ??= mnemonicsByPlace().map((names, place) => (names.length === 0 ? undefined : new OpcodeForms(place, names)));
  return forms;
}

/** Every row, those that are only decoded too (`A | B` in the notation), in the order of the tables. */
export function* decodableRows(): Iterable<{ readonly row: Row; readonly decodeOnly: boolean }> {
  for (const row of allRows()) {
    yield { row, decodeOnly: false };
    for (const other of alternativesOf(row)) yield { row: other, decodeOnly: true };
  }
}

/** Which mnemonics have rows at each opcode, in the order of the tables; their operands are not read for it. */
function mnemonicsByPlace(): readonly (readonly string[])[] {
  const table = Array.from({ length: spaces << 8 }, (): string[] => []);
  for (const mnemonic of mnemonics()) {
    if (spelledOtherwise.has(mnemonic)) continue;
    for (const encoding of encodingsOfMnemonic(mnemonic).flatMap(encodingsOf)) {
      for (const place of placesOf(parseEncoding(encoding))) {
        const names = table[place];
        if (names !== undefined && names.at(-1) !== mnemonic) names.push(mnemonic);
      }
    }
  }
  return table;
}

/** Where a row stands: at one opcode, or at eight. */
function placesOf({ space, map, opcode, plusRegister }: Encoding): readonly number[] {
  const place = (opcodeSpace(space, map) << 8) | opcode;
  return plusRegister ? [0, 1, 2, 3, 4, 5, 6, 7].map((register) => place + register) : [place];
}

function formsAt(place: number, names: readonly string[]): readonly DecodeForm[] {
  const rows = names
    .flatMap(rowsOf)
    .flatMap((row) => [row, ...alternativesOf(row)])
    // A short form with registers of its own and a fixed ModRM reads as the general one.
    .filter((row) => row.fixedModRm === undefined || row.operands.every(({ field }) => field !== "fixed"))
    .filter((row) => placesOf(row).includes(place));
  // Sorting is stable: rows that are equally specific stay in the order of the tables.
  return rows.flatMap(formsOf).sort((a, b) => specificity(b.row) - specificity(a.row));
}

/** The eight opcodes with a register share their forms. */
const formsByRow = new Map<Row, readonly DecodeForm[]>();

function formsOf(row: Row): readonly DecodeForm[] {
  const known = formsByRow.get(row) ?? meaningsOf(row).map((meaning) => decodeForm(row, meaning));
  if (row.plusRegister) formsByRow.set(row, known);
  return known;
}

/** Mnemonics that name the same bytes as another one, which is the one that disassemblers write. */
const spelledOtherwise: ReadonlySet<string> = new Set(
  ["j", "set", "cmov"]
    .flatMap((stem) => "c z nc nz na nae nb nbe ng nge nl nle pe po".split(" ").map((condition) => stem + condition))
    .concat("loopz", "loopnz", "sal", "wait"),
);

function specificity(row: Row): number {
  let score = 0;
  if (row.fixedModRm !== undefined) score += 128;
  if (isNopOpcode(row)) score += 64;
  if (row.w === 1) score += 32;
  if (row.prefixes.includes(0xf2) || row.prefixes.includes(0xf3)) score += 8;
  if (row.prefixes.includes(0x66)) score += 4;
  if (row.prefixes.includes(0x67)) score += 2;
  if (!row.plusRegister) score += 1;
  return score;
}

/** What EVEX.b means; `nothing`: it is clear. */
type MeaningOfB = "nothing" | "broadcast" | "rounding";

function meaningsOf(row: Row): readonly MeaningOfB[] {
  const meanings: MeaningOfB[] = ["nothing"];
  if (row.operands.some(({ broadcast }) => broadcast !== undefined)) meanings.push("broadcast");
  if (row.rounding !== undefined) meanings.push("rounding");
  return meanings;
}

/** The form that decodes `row` with this meaning of EVEX.b. */
function decodeForm(row: Row, meaning: MeaningOfB): DecodeForm {
  const { mask, value } = conditions(row, meaning);
  const rm = row.operands.find(({ field }) => field === "rm");
  const element = meaning === "broadcast" ? (rm?.broadcast ?? 0) : 0;
  let at = 0;
  const slots = sharedList(
    row.operands.map((operand): DecodeSlot => {
      const size =
        operand.field === "immediate"
          ? immediateSize(operand.word)
          : operand.field === "branch"
            ? (row.branchBytes ?? 0)
            : 0;
      const slot = decodeSlot(row, operand, at, size, meaning);
      at += size;
      return slot;
    }),
  );
  const isWhole = slots.every(({ operand }) => operand.word !== "1");
  const printed = isWhole ? slots : slots.filter(({ operand }) => operand.word !== "1");
  return {
    row,
    mask,
    value,
    hasModRm: row.modRm !== undefined || row.fixedModRm !== undefined,
    vectorIndex: row.operands.find(({ vectorIndex }) => vectorIndex !== undefined)?.vectorIndex,
    slots,
    immediateBytes: at + (row.is4 ? 1 : 0),
    dispScale: element === 0 ? row.dispScale : element / 8,
    lanes: element === 0 ? 0 : (rm?.memory ?? 0) / element,
    rounding: meaning === "rounding" ? row.rounding : undefined,
    regLimit: registerLimit(row, "reg"),
    vvvvLimit: registerLimit(row, "vvvv"),
    readsMask: rm?.register === "k",
    loadsSegment: row.operands.some(({ register, written }) => register === "sreg" && written),
    writesRm: row.operands[0]?.field === "rm",
    takesRepeat: row.prefixes.includes(0xf2) || row.prefixes.includes(0xf3),
    isLockable: isLockable(row),
    repeatMeaning: repeatMeaning(row),
    name: printedName(row, printed.length > 0),
    printing: printingOf(row),
    printed,
  };
}

/** AVX-VNNI came after the EVEX forms of the same name: `{vex}` tells them apart. */
function printedName({ mnemonic, space, immediates }: Row, hasOperands: boolean): string {
  const isVnni = space === "VEX" && /^vpdp(?:bus|wss)ds?$/.test(mnemonic);
  const plain = mnemonic === "mov" && immediates[0] === 8 ? "movabs" : mnemonic.replace("_", " ");
  return `${isVnni ? "{vex} " : ""}${plain}${hasOperands ? " " : ""}`;
}

function registerLimit({ operands, space }: Row, where: "reg" | "vvvv"): number {
  const register = operands.find(({ field }) => field === where)?.register;
  if (register === "k") return 8;
  if (register === "sreg") return segmentRegisterNames.length;
  return register !== undefined && space === "EVEX" && !vectorClasses.has(register) ? 16 : 32;
}

const vectorClasses: ReadonlySet<RegisterClass> = new Set(["xmm", "ymm", "zmm"]);

function printingOf({ mnemonic, operands }: Row): DecodeForm["printing"] {
  if (operands.length === 0)
    return /^(?:rep\w*_)?(?:movs|stos|lods|cmps|scas)[bwdq]$/.test(mnemonic) ? "string" : "plain";
  if (/^v?cmp[ps][sd]$/.test(mnemonic)) return "compare";
  if (/^vpcmpu?[bwdq]$/.test(mnemonic)) return "integer compare";
  return mnemonic === "xchg" ? "exchange" : "plain";
}

function immediateSize(word: string): number {
  if (word.startsWith("moffs")) return 8;
  return Number(/\d+$/.exec(word)?.[0] ?? 0) / 8;
}

/** What the decode state must be for this row. */
function conditions(row: Row, meaning: MeaningOfB): { mask: number; value: number } {
  let mask = 0;
  let value = 0;
  const require = (bits: number, setting: number): void => {
    mask |= bits;
    value |= setting;
  };
  const rm = row.operands.find(({ field }) => field === "rm");
  if (row.fixedModRm !== undefined) {
    require(stateBit.rm | stateBit.reg | stateBit.registerForm, (row.fixedModRm & 0x3f) | stateBit.registerForm);
  } else {
    // setcc ignores the reg field, and nop has eight that are the same.
    if (typeof row.modRm === "number" && !/^(?:set|nop$)/.test(row.mnemonic))
      require(stateBit.reg, row.modRm << stateBit.regShift);
    if (rm !== undefined && rm.memory === undefined) require(stateBit.registerForm, stateBit.registerForm);
    if (rm !== undefined && rm.register === undefined) require(stateBit.registerForm, 0);
    if (rm?.vectorIndex !== undefined) require(stateBit.rm, 4);
  }
  const has = (prefix: number): boolean => row.prefixes.includes(prefix);
  const prefixBits = stateBit.operandSize | stateBit.repne | stateBit.rep;
  const wanted =
    (has(0x66) ? stateBit.operandSize : 0) | (has(0xf2) ? stateBit.repne : 0) | (has(0xf3) ? stateBit.rep : 0);
  if (row.space !== "legacy") {
    require(prefixBits, wanted);
    if (row.w !== undefined) require(stateBit.w, row.w === 1 ? stateBit.w : 0);
    // Rounding takes the place of the vector length, and `{sae}` makes it mean nothing.
    if (row.l !== undefined && meaning !== "rounding") require(stateBit.l, row.l << stateBit.lShift);
    if (row.space === "EVEX") requireEvex(row, meaning, require);
    if (!row.operands.some(({ field }) => field === "vvvv")) require(stateBit.vvvvFree, stateBit.vvvvFree);
    return { mask, value };
  }
  // Where 66 chooses a 16-bit form, REX.W goes before it.
  const hasShortForm = row.w === 1 && rowsOf(row.mnemonic).some(isSixteenBits);
  if (row.noPrefix) require(hasShortForm ? stateBit.repne | stateBit.rep : prefixBits, 0);
  require(wanted, wanted);
  // Where 66 belongs to the opcode, F2 and F3 make another instruction; elsewhere those that no row claims repeat.
  if (wanted === stateBit.operandSize && (row.map > 1 || !isSixteenBits(row))) require(prefixBits, wanted);
  if (row.w === 1) require(stateBit.w, stateBit.w);
  else if (isSixteenBits(row)) require(stateBit.sixteenBits, stateBit.sixteenBits);
  if (has(0x67)) require(stateBit.addressSize, stateBit.addressSize);
  // A 66 that belongs to the opcode chooses no size.
  else if (operandSizeMatters(row) && (!has(0x66) || isSixteenBits(row)))
    require(stateBit.sixteenBits, has(0x66) ? stateBit.sixteenBits : 0);
  if (isNopOpcode(row)) require(stateBit.b, 0);
  // With 67 the address has four bytes.
  if (row.operands.some(({ word }) => word.startsWith("moffs"))) require(stateBit.addressSize, 0);
  return { mask, value };
}

function requireEvex(row: Row, meaning: MeaningOfB, require: (bits: number, setting: number) => void): void {
  require(stateBit.evexB, meaning === "nothing" ? 0 : stateBit.evexB);
  if (meaning === "broadcast") require(stateBit.registerForm, 0);
  if (meaning === "rounding") require(stateBit.registerForm, stateBit.registerForm);
  const mask = row.operands.find((operand) => operand.mask !== undefined)?.mask;
  const hasVectorIndex = row.operands.some(({ vectorIndex }) => vectorIndex !== undefined);
  if (mask === undefined) require(stateBit.masked, 0);
  else if (hasVectorIndex) require(stateBit.masked, stateBit.masked);
  if (mask !== "zero") require(stateBit.zeroing, 0);
  if (!hasVectorIndex && !row.operands.some(({ field }) => field === "vvvv")) require(stateBit.vHigh, 0);
}

/** Whether 66 makes this a form of 16 bits. In the later maps it belongs to the opcode, but for forms with such operands. */
function isSixteenBits({ prefixes, map, operands }: Row): boolean {
  if (!prefixes.includes(0x66) || operands.some(isVector)) return false;
  return map === 0 || operands.some(({ register, memory }) => register === "r16" || register === "ax" || memory === 16);
}

/** 90 itself, which is `xchg eax, r8d` only with REX.B. */
function isNopOpcode(row: Row): boolean {
  return row.space === "legacy" && row.map === 0 && row.opcode === 0x90 && !row.plusRegister;
}

/** What has 16-bit forms besides those whose operands tell. */
const haveShortForms: ReadonlySet<string> = new Set("push pop pushfq popfq enter leave iretd xbegin".split(" "));

/** A 66 before these bytes makes a 16-bit form, be it in the tables or not. Elsewhere 66 changes nothing. */
function operandSizeMatters({ mnemonic, operands, immediates, prefixes, w }: Row): boolean {
  if (w === 1 || prefixes.includes(0xf2) || prefixes.includes(0xf3)) return false;
  return (
    immediates.includes(4) ||
    operands.some(({ register }) => register === "r32" || register === "eax") ||
    haveShortForms.has(mnemonic)
  );
}

function isVector({ register }: RowOperand): boolean {
  return register === "xmm" || register === "ymm" || register === "zmm" || register === "xmm0";
}

const sources: Readonly<Record<RowOperand["field"], number>> = slotSource;

/** Slots by all that is in them, and lists of slots: forms share them, so that a decoder's data stays in the cache. */
const sharedSlots = new Map<RowOperand, Map<string, DecodeSlot>>();
const sharedLists = new Map<string, readonly DecodeSlot[]>();
let slotCount = 0;

function sharedList(slots: readonly DecodeSlot[]): readonly DecodeSlot[] {
  let key = "";
  for (const { serial } of slots) key += `${serial} `;
  const same = sharedLists.get(key);
  if (same === undefined) sharedLists.set(key, slots);
  return same ?? slots;
}

function decodeSlot(row: Row, operand: RowOperand, at: number, bytes: number, meaning: MeaningOfB): DecodeSlot {
  const { broadcast, rounding, register, memory = 0 } = operand;
  const element = meaning === "broadcast" ? broadcast : undefined;
  const isRounded = meaning === "rounding" && rounding !== undefined;
  const isPair = row.mnemonic.startsWith("vp2intersect") && operand.register === "k";
  const names = isPair ? maskPairs : registerNames(operand.register);
  const size = element === undefined ? sizeText(row, operand) : (sizeWords.get(element) ?? "");
  const isPrintedSigned = operand.field === "branch" || isSigned(row, operand.word);
  const key = `${at} ${bytes} ${isPair} ${isRounded} ${isPrintedSigned} ${size} ${element}`;
  let slots = sharedSlots.get(operand);
  if (slots === undefined) {
    slots = new Map();
    sharedSlots.set(operand, slots);
  }
  const same = slots.get(key);
  if (same !== undefined) return same;
  const slot: DecodeSlot = {
    serial: slotCount++,
    operand,
    source: operand.word.startsWith("moffs") ? slotSource.absolute : sources[operand.field],
    // A pair of masks has the name of the even one.
    names,
    laterNames: behindComma(names),
    isPair,
    highBytes: operand.register === "r8",
    sizeText: size,
    laterSizeText: `, ${size}`,
    broadcastText: element === undefined ? "" : `{1to${memory / element}}`,
    rounded: !isRounded ? undefined : vectorClasses.has(register ?? "al") ? "behind" : "before",
    at,
    size: bytes,
    signed: isPrintedSigned,
  };
  slots.set(key, slot);
  return slot;
}

/** As LLVM prints them: what is extended, a byte or 64 bits is signed; other immediates are not, but for stack sizes. */
function isSigned(row: Row, word: string): boolean {
  if (/^(?:retf?[wq]?|enterw?)$/.test(row.mnemonic)) return true;
  return word !== "uimm8" && word !== "imm16" && word !== "imm32";
}

const vectorNames = {
  xmm: Array.from({ length: 32 }, (_, code) => `xmm${code}`),
  ymm: Array.from({ length: 32 }, (_, code) => `ymm${code}`),
  zmm: Array.from({ length: 32 }, (_, code) => `zmm${code}`),
  k: Array.from({ length: 8 }, (_, code) => `k${code}`),
};

const commaNames = new Map<readonly string[], readonly string[]>();

function behindComma(names: readonly string[]): readonly string[] {
  let found = commaNames.get(names);
  if (found === undefined) {
    found = names.map((name) => `, ${name}`);
    commaNames.set(names, found);
  }
  return found;
}

const maskPairs = vectorNames.k.map((_, code) => `k${code & 6}`);

const namesByClass: Readonly<Record<Exclude<RegisterClass, FixedRegister>, readonly string[]>> = {
  sreg: segmentRegisterNames,
  r8: generalRegisterNames[8],
  r16: generalRegisterNames[16],
  r32: generalRegisterNames[32],
  r64: generalRegisterNames[64],
  ...vectorNames,
};

const fixedNames: ReadonlyMap<string, readonly string[]> = new Map(
  (["al", "cl", "ax", "dx", "eax", "rax", "xmm0", "fs", "gs"] satisfies FixedRegister[]).map((name) => [name, [name]]),
);

/** The names of a register class by number. */
export function registerNames(register: RegisterClass | undefined): readonly string[] {
  if (register === undefined) return [];
  return fixedNames.get(register) ?? namesByClass[register as keyof typeof namesByClass]; // every other class is a key
}

const sizeWords: ReadonlyMap<number, string> = new Map([
  [0, ""],
  [8, "byte ptr "],
  [16, "word ptr "],
  [32, "dword ptr "],
  [48, "fword ptr "],
  [64, "qword ptr "],
  [80, "tbyte ptr "],
  [128, "xmmword ptr "],
  [256, "ymmword ptr "],
  [512, "zmmword ptr "],
]);

function sizeText(row: Row, operand: RowOperand): string {
  if (operand.word.startsWith("moffs")) return sizeWords.get(Number(operand.word.slice(5))) ?? "";
  if (operand.memory === undefined) return "";
  return sizeWords.get(operand.vectorIndex === undefined ? operand.memory : gatheredBits(row, operand)) ?? "";
}

const vectorBits = { xmm: 128, ymm: 256, zmm: 512 } as const;

/** All that a gather reads, as LLVM sizes it: one element of W bits for each index or lane, whichever are fewer. */
export function gatheredBits(row: Row, { memory = 32, vectorIndex = "xmm" }: RowOperand): number {
  const element = row.w === 1 ? 64 : 32;
  const lanes = vectorBits[(["xmm", "ymm", "zmm"] as const)[row.l ?? 0] ?? "xmm"] / element;
  return element * Math.min(lanes, vectorBits[vectorIndex] / memory);
}
