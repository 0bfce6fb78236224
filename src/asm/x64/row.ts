/**
 * One instruction row read from the notation of `row-notation.ts` into fields, and checked: every operand has a place in
 * the encoding, every place has an operand, and immediates are as wide as their words say.
 *
 * Encoder, disassembler, register allocator, documentation and tests all read `Row`; nobody else parses the notation.
 */
import { InternalError } from "../../base/errors.ts";
import type { CpuFeature } from "./features.ts";
import { type FlagEffects, flagEffectsOf } from "./instructions/flags.ts";

/** Where an operand stands in the bytes. `fixed`: nowhere, it is the instruction's own (`cl`, `1`). */
export type OperandField = "reg" | "rm" | "vvvv" | "is4" | "opcode" | "immediate" | "branch" | "fixed";

export interface RowOperand {
  /** The word of the notation without its mark: `rm64`, `simm8`, … */
  readonly word: string;
  readonly read: boolean;
  readonly written: boolean;
  readonly field: OperandField;
  /** The register class this word takes, by bits or name, if it takes one: 8 16 32 64, `xmm` `ymm` `zmm` `k`, or a fixed register's name. */
  readonly register: RegisterClass | undefined;
  /** The size in bits of the memory this word takes; 0: memory without a size; undefined: no memory. */
  readonly memory: number | undefined;
  /** The vector register class of the index, for `vm32x` and its like. */
  readonly vectorIndex: "xmm" | "ymm" | "zmm" | undefined;
  /** The size in bits of a memory element that can be broadcast to all lanes. */
  readonly broadcast: 16 | 32 | 64 | undefined;
  /**
   * `merge`: it can be masked; `zero`: masked with zeroing as well. Beside a vector index it must be masked. What is masked
   * without zeroing is read too: lanes outside the mask keep their value.
   */
  readonly mask: "merge" | "zero" | undefined;
  /** What can follow this operand where it is a register: `er` a rounding mode, `sae` `{sae}`. */
  readonly rounding: Rounding | undefined;
}

export type Rounding = "er" | "sae";

/** How much memory an EVEX instruction reads or writes, in the manual's words (SDM volume 2, tables 2-34 and 2-35). */
export const tupleTypes = [
  "Full",
  "Half",
  "FullMem",
  "Tuple1Scalar",
  "Tuple1Fixed",
  "Tuple2",
  "Tuple4",
  "Tuple8",
  "HalfMem",
  "QuarterMem",
  "EighthMem",
  "Mem128",
  "Movddup",
] as const;
export type TupleType = (typeof tupleTypes)[number];

export type RegisterClass = "r8" | "r16" | "r32" | "r64" | "xmm" | "ymm" | "zmm" | "k" | "sreg" | FixedRegister;
export type FixedRegister = "al" | "cl" | "ax" | "dx" | "eax" | "rax" | "xmm0" | "fs" | "gs";

export interface ImplicitOperand {
  /** The register's name: `rax`, `xmm0`, … */
  readonly register: string;
  readonly read: boolean;
  readonly written: boolean;
}

export type ImmediateBytes = 1 | 2 | 4 | 8;

export interface Row {
  readonly mnemonic: string;
  /** The key of the row, marks and implicit operands included. */
  readonly signature: string;
  readonly encoding: string;
  /** The CPU features it needs, all of them; none for the base instruction set. */
  readonly features: readonly CpuFeature[];
  readonly operands: readonly RowOperand[];
  readonly implicit: readonly ImplicitOperand[];
  /** The flags it reads and writes. */
  readonly flags: FlagEffects;
  readonly space: "legacy" | "VEX" | "EVEX";
  /** Legacy prefixes in the order they are written; of VEX and EVEX rows the one that `pp` stands for. */
  readonly prefixes: readonly number[];
  /** `NP`, `NFx`: another 66, F2 or F3 before these bytes makes another instruction. */
  readonly noPrefix: boolean;
  /** REX.W, VEX.W, EVEX.W; undefined where it is ignored (WIG). */
  readonly w: 0 | 1 | undefined;
  /** VEX.L or EVEX.LL: 0 128, 1 256, 2 512 bits; undefined where it is ignored (LIG) and for legacy rows. */
  readonly l: 0 | 1 | 2 | undefined;
  /** The opcode map: 0 one byte, 1 0F, 2 0F 38, 3 0F 3A. */
  readonly map: 0 | 1 | 2 | 3;
  readonly opcode: number;
  /** A register stands in the low three bits of the opcode. */
  readonly plusRegister: boolean;
  /** A fixed byte after the opcode, which stands where ModRM would. */
  readonly fixedModRm: number | undefined;
  /** What ModRM's reg field holds: a register, a digit, or undefined: there is no ModRM. */
  readonly modRm: "r" | number | undefined;
  readonly is4: boolean;
  /** The manual's Op/En where the operands do not stand in the usual order: r/m, (vvvv,) reg. */
  readonly operandOrder: "MR" | "MVR" | undefined;
  /** Widths of the immediates, in operand order. */
  readonly immediates: readonly ImmediateBytes[];
  readonly branchBytes: 1 | 4 | undefined;
  readonly tuple: TupleType | undefined;
  /** What an EVEX row's eight-bit displacement is a multiple of, in bytes, where nothing is broadcast; 1 elsewhere. */
  readonly dispScale: number;
  /** What can follow the last register operand. */
  readonly rounding: Rounding | undefined;
  /** The size of the operation in bits, to which `simm` immediates are extended. */
  readonly operationBits: 8 | 16 | 32 | 64;
}

/** Reads one row, the first of the encodings it lists (`encodingsOf`). Throws `InternalError` naming the row if it breaks the notation. */
export function parseRow(mnemonic: string, signature: string, encoding: string, features: readonly CpuFeature[]): Row {
  const fail = failsAs(`${mnemonic} "${signature}": "${encoding}"`);
  const code = parseEncoding(encodingsOf(encoding)[0] ?? "", fail);
  const bracket = signature.indexOf("<");
  const explicit = bracket < 0 ? signature : signature.slice(0, bracket).trimEnd();
  const words = explicit === "" ? [] : explicit.split(", ").map((text) => parseOperand(text, fail));
  const implicit = bracket < 0 ? [] : parseImplicit(signature.slice(bracket), fail);
  const operands = assignFields(words, code, fail);
  const dispScale = displacementScale(mnemonic, operands, code, fail);
  return {
    mnemonic,
    signature,
    encoding,
    features,
    operands,
    implicit,
    flags: flagEffectsOf(mnemonic, operands.length > 0),
    ...code,
    dispScale,
    rounding: operands.find(({ rounding }) => rounding !== undefined)?.rounding,
    operationBits: operationBits(operands, code.prefixes),
  };
}

/** The encodings of a row: the one that is made, then those that are only decoded. */
export function encodingsOf(encoding: string): readonly string[] {
  return encoding.split(" | ");
}

/** The rows of the encodings that are only decoded. */
export function alternativesOf({ mnemonic, signature, encoding, features }: Row): readonly Row[] {
  return encodingsOf(encoding)
    .slice(1)
    .map((other) => parseRow(mnemonic, signature, other, features));
}

/** The signature without marks and implicit operands, as the manual's instruction column has it. */
export function plainSignature(signature: string): string {
  return signature
    .replace(/\s*<.*$/, "")
    .split(", ")
    .map((operand) => operand.replace(/^(?:rw|w) /, ""))
    .join(", ");
}

type Fail = (what: string) => never;

function failsAs(row: string): Fail {
  return (what) => {
    throw new InternalError(`row ${row}: ${what}`);
  };
}

/** What the encoding alone says of a row. */
export type Encoding = Omit<
  Row,
  | "mnemonic"
  | "signature"
  | "encoding"
  | "features"
  | "operands"
  | "implicit"
  | "flags"
  | "operationBits"
  | "dispScale"
  | "rounding"
>;
type Word = Omit<RowOperand, "field">;

const prefixBytes: Readonly<Record<string, number>> = { "66": 0x66, "67": 0x67, F2: 0xf2, F3: 0xf3 };
const vectorPrefixes: Readonly<Record<string, readonly number[]>> = { NP: [], "66": [0x66], F3: [0xf3], F2: [0xf2] };
const vectorLengths: Readonly<Record<string, 0 | 1 | 2 | undefined>> = { "128": 0, "256": 1, "512": 2, LZ: 0 };
const vectorMaps: Readonly<Record<string, 1 | 2 | 3>> = { "0F": 1, "0F38": 2, "0F3A": 3 };
const vectorW: Readonly<Record<string, 0 | 1 | undefined>> = { W0: 0, W1: 1 };
const immediateWidths: Readonly<Record<string, ImmediateBytes>> = { ib: 1, iw: 2, id: 4, io: 8 };
const hexByte = /^[0-9A-F]{2}$/;

/** Reads one of `encodingsOf`. `fail` throws what breaks the notation; an `InternalError` without it. */
export function parseEncoding(encoding: string, fail: Fail = failsAs(`"${encoding}"`)): Encoding {
  const tokens = encoding.split(" ");
  let at = 0;
  const head = /^(E?VEX)\.(128|256|512|LZ|LIG)\.(NP|66|F3|F2)\.(0F|0F38|0F3A)\.(W0|W1|WIG)$/.exec(tokens[0] ?? "");
  let space: Row["space"] = "legacy";
  let prefixes: readonly number[] = [];
  let noPrefix = false;
  let w: Row["w"] = 0;
  let l: Row["l"];
  let map: Row["map"] = 0;
  if (head !== null) {
    const [, kind, length = "", pp = "", opcodeMap = "", wText = ""] = head;
    space = kind === "EVEX" ? "EVEX" : "VEX";
    prefixes = vectorPrefixes[pp] ?? [];
    noPrefix = pp === "NP";
    l = vectorLengths[length];
    map = vectorMaps[opcodeMap] ?? 1;
    w = vectorW[wText];
    at = 1;
  } else {
    const written: number[] = [];
    for (; at + 1 < tokens.length; at++) {
      const token = tokens[at] ?? "";
      const prefix = prefixBytes[token];
      if (token === "NP" || token === "NFx") noPrefix = true;
      else if (token === "REX.W") w = 1;
      else if (prefix !== undefined && /^(?:NP|NFx|REX\.W|[0-9A-F]{2}(?:\+r)?)$/.test(tokens[at + 1] ?? ""))
        written.push(prefix);
      else break;
    }
    prefixes = written;
    if (tokens[at] === "0F" && at + 1 < tokens.length) {
      at++;
      map = 1;
      if ((tokens[at] === "38" || tokens[at] === "3A") && at + 1 < tokens.length) map = tokens[at++] === "38" ? 2 : 3;
    }
  }
  const opcodeText = tokens[at++] ?? "";
  const plusRegister = opcodeText.endsWith("+r");
  const opcodeDigits = plusRegister ? opcodeText.slice(0, 2) : opcodeText;
  if (!hexByte.test(opcodeDigits)) fail(`expected an opcode byte, got "${opcodeText}"`);
  const opcode = Number.parseInt(opcodeDigits, 16);
  if (plusRegister && (opcode & 7) !== 0) fail("the opcode's low three bits are taken");
  let fixedModRm: number | undefined;
  if (hexByte.test(tokens[at] ?? "")) fixedModRm = Number.parseInt(tokens[at++] ?? "", 16);
  let modRm: Row["modRm"];
  const slash = /^\/([r0-7])$/.exec(tokens[at] ?? "");
  if (slash !== null) {
    modRm = slash[1] === "r" ? "r" : Number(slash[1]);
    at++;
  }
  let is4 = false;
  let operandOrder: Row["operandOrder"];
  let branchBytes: Row["branchBytes"];
  let tuple: TupleType | undefined;
  const immediates: ImmediateBytes[] = [];
  for (; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    const width = immediateWidths[token];
    if (token === "/is4") is4 = true;
    else if (token === "MR" || token === "MVR") operandOrder = token;
    else if (token === "cb" || token === "cd") branchBytes = token === "cb" ? 1 : 4;
    else if (width !== undefined) immediates.push(width);
    else if (at === tokens.length - 1 && isTupleType(token)) tuple = token;
    else fail(`unknown word "${token}"`);
  }
  return {
    space,
    prefixes,
    noPrefix,
    w,
    l,
    map,
    opcode,
    plusRegister,
    fixedModRm,
    modRm,
    is4,
    operandOrder,
    immediates,
    branchBytes,
    tuple,
  };
}

function isTupleType(word: string): word is TupleType {
  return (tupleTypes as readonly string[]).includes(word); // the cast widens
}

/** The memory of a tuple type in bytes, of vectors and elements of these sizes. */
const tupleBytes: Readonly<Record<TupleType, (vector: number, element: number) => number>> = {
  Full: (vector) => vector,
  FullMem: (vector) => vector,
  Half: (vector) => vector / 2,
  HalfMem: (vector) => vector / 2,
  QuarterMem: (vector) => vector / 4,
  EighthMem: (vector) => vector / 8,
  Mem128: () => 16,
  Movddup: (vector) => (vector === 16 ? 8 : vector),
  Tuple1Scalar: (_vector, element) => element,
  Tuple1Fixed: (_vector, element) => element,
  Tuple2: (_vector, element) => 2 * element,
  Tuple4: (_vector, element) => 4 * element,
  Tuple8: (_vector, element) => 8 * element,
};

/** What the tuple type makes of the vector length and the element size, which the memory's word has to agree with. */
function displacementScale(
  mnemonic: string,
  operands: readonly RowOperand[],
  { space, tuple, l, w }: Encoding,
  fail: Fail,
): number {
  const memory = operands.find((operand) => operand.memory !== undefined);
  if (space !== "EVEX" || memory?.memory === undefined) return 1;
  if (tuple === undefined) return fail("expected a tuple type, since there is memory");
  const bits = memory.memory;
  const scalar = tuple === "Tuple1Scalar" || tuple === "Tuple1Fixed";
  // Compress and expand have whole vectors of memory that start at any element; W tells bytes from words, elsewhere 32 bits from 64.
  const anyElement = scalar && bits > 64;
  const ofBytesOrWords = anyElement && /[bw]$/.test(mnemonic);
  const byW = ofBytesOrWords ? (w === 1 ? 2 : 1) : w === 1 ? 8 : 4;
  const element = scalar && memory.vectorIndex === undefined && !anyElement ? bits / 8 : byW;
  const scale = tupleBytes[tuple](16 << (l ?? 0), element);
  if (memory.vectorIndex === undefined && !anyElement && scale * 8 !== bits) {
    fail(`${tuple} means ${scale * 8} bits of memory here, not ${memory.word}`);
  }
  return scale;
}

/** Operands by their text: the tables use some two hundred different ones thousands of times. */
const operandsByText = new Map<string, Word>();

function parseOperand(text: string, fail: Fail): Word {
  let operand = operandsByText.get(text);
  if (operand === undefined) {
    const [, mark = "", word = ""] = /^(?:(rw|w) )?(\S+)$/.exec(text) ?? fail(`"${text}" is not an operand`);
    const shape = operandShape(word) ?? fail(`unknown operand word "${word}"`);
    operand = { word, read: mark !== "w", written: mark !== "", ...shape };
    operandsByText.set(text, operand);
  }
  return operand;
}

type Shape = Pick<RowOperand, "register" | "memory" | "vectorIndex" | "broadcast" | "mask" | "rounding">;

const fixedRegisters: readonly string[] = [
  "al",
  "cl",
  "ax",
  "dx",
  "eax",
  "rax",
  "xmm0",
  "fs",
  "gs",
] satisfies FixedRegister[];
const immediateWords: Readonly<Record<string, ImmediateBytes>> = {
  simm8: 1,
  uimm8: 1,
  imm8: 1,
  imm16: 2,
  simm32: 4,
  imm32: 4,
  imm64: 8,
  moffs8: 8,
  moffs16: 8,
  moffs32: 8,
  moffs64: 8,
};
const memoryBits: Readonly<Record<string, number>> = {
  m: 0,
  m8: 8,
  m16: 16,
  m32: 32,
  m48: 48,
  m64: 64,
  m80: 80,
  m128: 128,
  m256: 256,
  m512: 512,
};
const branchWords: Readonly<Record<string, 1 | 4>> = { rel8: 1, rel32: 4 };
const vectorIndexLetters: Readonly<Record<string, "xmm" | "ymm" | "zmm">> = { x: "xmm", y: "ymm", z: "zmm" };

const registerClasses: readonly string[] = [
  "r8",
  "r16",
  "r32",
  "r64",
  "xmm",
  "ymm",
  "zmm",
  "k",
  "sreg",
] satisfies RegisterClass[];

const broadcastBits: Readonly<Record<string, 16 | 32 | 64>> = { m16bcst: 16, m32bcst: 32, m64bcst: 64 };
const masks: Readonly<Record<string, "merge" | "zero">> = { "{k}": "merge", "{kz}": "zero" };
const roundings: Readonly<Record<string, Rounding>> = { "{er}": "er", "{sae}": "sae" };

function operandShape(decorated: string): Shape | undefined {
  const [, word = "", decorator = ""] = /^([^{]*)(\{(?:k|kz|er|sae)\})?$/.exec(decorated) ?? [];
  const none: Shape = {
    register: undefined,
    memory: undefined,
    vectorIndex: undefined,
    broadcast: undefined,
    mask: masks[decorator],
    rounding: roundings[decorator],
  };
  if (word === "1" || word in immediateWords || word in branchWords) return decorator === "" ? none : undefined;
  // The casts state what the test before them has found.
  if (fixedRegisters.includes(word)) return { ...none, register: word as FixedRegister };
  const general = /^rm(8|16|32|64)$/.exec(word);
  if (general !== null) return { ...none, register: `r${general[1]}` as RegisterClass, memory: Number(general[1]) };
  const vectorIndex = /^vm(32|64)([xyz])$/.exec(word);
  if (vectorIndex !== null) {
    return { ...none, memory: Number(vectorIndex[1]), vectorIndex: vectorIndexLetters[vectorIndex[2] ?? ""] };
  }
  const parts = word.split("/");
  const broadcast = broadcastBits[parts.at(-1) ?? ""];
  if (broadcast !== undefined) parts.pop();
  const register = (parts[0] ?? "") in memoryBits ? undefined : parts.shift();
  const memory = parts.shift();
  if (parts.length > 0 || (register === undefined && memory === undefined)) return undefined;
  if (register !== undefined && !registerClasses.includes(register)) return undefined;
  if (memory === undefined ? broadcast !== undefined : !(memory in memoryBits)) return undefined;
  return {
    ...none,
    register: register as RegisterClass | undefined,
    memory: memory === undefined ? undefined : memoryBits[memory],
    broadcast,
  };
}

function parseImplicit(text: string, fail: Fail): ImplicitOperand[] {
  const inside = /^<(.+)>$/.exec(text)?.[1] ?? fail(`implicit operands look like <rw rax, w rdx>, not ${text}`);
  return inside.split(", ").map((operand) => {
    const [, mark = "", register = ""] =
      /^(?:(rw|w) )?([a-z]\w*)$/.exec(operand) ?? fail(`"${operand}" is no register`);
    return { register, read: mark !== "w", written: mark !== "" };
  });
}

/** Gives every operand its place (see the last paragraph of row-notation.ts). */
function assignFields(words: readonly Word[], code: Encoding, fail: Fail): RowOperand[] {
  const fields: (OperandField | undefined)[] = words.map(() => undefined);
  const claim = (index: number, field: OperandField): void => {
    if (index < 0) fail(`no operand for ${field}`);
    fields[index] = field;
  };
  let immediate = 0;
  words.forEach(({ word }, index) => {
    const width = immediateWords[word];
    if (word === "1" || fixedRegisters.includes(word)) fields[index] = "fixed";
    else if (width !== undefined) {
      if (code.immediates[immediate] !== width) fail(`${word} needs an immediate of ${width} bytes`);
      immediate++;
      fields[index] = "immediate";
    } else if (word in branchWords) {
      if (code.branchBytes !== branchWords[word]) fail(`${word} needs a displacement of ${branchWords[word]} bytes`);
      fields[index] = "branch";
    }
  });
  if (immediate !== code.immediates.length) fail("an immediate has no operand");
  if (code.branchBytes !== undefined && !fields.includes("branch")) fail("a branch displacement has no operand");
  const firstFree = (): number => fields.indexOf(undefined);
  if (code.plusRegister) claim(firstFree(), "opcode");
  if (code.is4) claim(fields.lastIndexOf(undefined), "is4");
  if (code.operandOrder !== undefined) {
    claim(firstFree(), "rm");
    if (code.operandOrder === "MVR") claim(firstFree(), "vvvv");
    claim(firstFree(), "reg");
  } else if (code.modRm !== undefined) {
    const withMemory = words.findIndex(({ memory }, index) => memory !== undefined && fields[index] === undefined);
    claim(withMemory >= 0 ? withMemory : fields.lastIndexOf(undefined), "rm");
    if (code.modRm === "r") claim(firstFree(), "reg");
  }
  if (code.space !== "legacy" && firstFree() >= 0) claim(firstFree(), "vvvv");
  return words.map((word, index) => {
    const field = fields[index] ?? fail(`${word.word} has no place in the encoding`);
    if (word.memory !== undefined && field !== "rm") fail(`${word.word} is memory and can only be r/m`);
    return placed(word, field);
  });
}

/** Operands by word and place: rows share them, so that all rows together stay small. */
const placedOperands = new Map<Word, Map<OperandField, RowOperand>>();

function placed(word: Word, field: OperandField): RowOperand {
  let byField = placedOperands.get(word);
  if (byField === undefined) {
    byField = new Map();
    placedOperands.set(word, byField);
  }
  let operand = byField.get(field);
  if (operand === undefined) {
    operand = { ...word, field };
    byField.set(field, operand);
  }
  return operand;
}

function operationBits(operands: readonly RowOperand[], prefixes: readonly number[]): Row["operationBits"] {
  // Of an immediate alone only the prefix tells.
  if (operands[0]?.field === "immediate" && prefixes.includes(0x66)) return 16;
  switch (operands[0]?.register) {
    case "r8":
    case "al":
      return 8;
    case "r16":
    case "ax":
      return 16;
    case "r32":
    case "eax":
      return 32;
    default:
      return 64;
  }
}
