/**
 * How a decoder finds each operand of a form and how it is printed: the field or the immediate that it stands in, register
 * names, size words. Slots with the same content are one object.
 */
import type { MeaningOfB } from "./decode-state.ts";
import { generalRegisterNames, segmentRegisterNames } from "./operand.ts";
import type { FixedRegister, RegisterClass, Row, RowOperand } from "./row.ts";

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

export const vectorClasses: ReadonlySet<RegisterClass> = new Set(["xmm", "ymm", "zmm"]);

const sources: Readonly<Record<RowOperand["field"], number>> = slotSource;

/** Slots by all that is in them, and lists of slots: forms share them, so that a decoder's data stays in the cache. */
const sharedSlots = new Map<RowOperand, Map<string, DecodeSlot>>();
const sharedLists = new Map<string, readonly DecodeSlot[]>();
let slotCount = 0;

/** The slots of a row's operands, and the bytes of all its immediates. */
export function decodeSlots(row: Row, meaning: MeaningOfB): { slots: readonly DecodeSlot[]; bytes: number } {
  let bytes = 0;
  const slots = row.operands.map((operand): DecodeSlot => {
    const { field, word } = operand;
    const size = field === "immediate" ? immediateSize(word) : field === "branch" ? (row.branchBytes ?? 0) : 0;
    const slot = decodeSlot(row, operand, bytes, size, meaning);
    bytes += size;
    return slot;
  });
  return { slots: sharedList(slots), bytes };
}

function immediateSize(word: string): number {
  if (word.startsWith("moffs")) return 8;
  return Number(/\d+$/.exec(word)?.[0] ?? 0) / 8;
}

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
