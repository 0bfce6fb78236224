/**
 * From a mnemonic and operands to the row's encoder.
 *
 * The kinds of the operands, seven bits each, make a key; a small table per mnemonic remembers the encoder for every key
 * seen. It has one slot per hash value and grows until no two keys share one, so a lookup is one comparison. A key seen
 * first searches the rows in order. The table only remembers: losing an entry would cost time, nothing else.
 * The lookup itself is written out in the methods (`instruction-methods.ts`):
 *
 *     key  = kind of a | kind of b << 7 | kind of c << 14 | kind of d << 21 | fifth << 28
 *     at   = 2 * ((key * hashFactor, 32 bits) >>> shift)
 *
 * A fifth operand is a rounding mode or `{sae}`; two bits tell (`fifthKind`).
 */
import { EncodingError } from "../../base/errors.ts";
import { hasAddressedRegister, sameAddressWidth } from "./addressed-registers.ts";
import type { Argument, Encode } from "./encode-rm.ts";
import { distinctRegisters, isGather } from "./gathers.ts";
import { firstNumberKind, kindOfBigInt, kindOfNumber, narrowed, numberKind, numberKindsOf } from "./immediates.ts";
import { rowsOf } from "./instructions.ts";
import { encodeMirrored } from "./mirrored-moves.ts";
import {
  broadcastLanes,
  evexBit,
  isMemory,
  maskedMemory,
  noRegister,
  Operand,
  type OperandKindName,
  operandKind,
} from "./operand.ts";
import { plainSignature, type Row, type RowOperand } from "./row.ts";

/** Added to the kind of a number for a BigInt of that class. */
const bigIntKinds = 16;
const largestTable = 1 << 12;
/** Fibonacci hashing: the product's top bits depend on all bits of the key. */
export const hashFactor = 0x9e3779b1;

/** No kinds make this key. */
export const noKey = -1;
/** Writes nothing. */
export const nothing: Encode = () => {};
/** What every mnemonic starts with: two slots without keys. */
const emptyTable: readonly (number | Encode)[] = [noKey, nothing, noKey, nothing];

/** The kind of one operand as dispatch sees it; `operandKind.none` where there is none, `numberKind.bad` for junk. */
export function kindOf(value: Argument | undefined): number {
  if (value === undefined) return operandKind.none;
  if (typeof value === "number") return kindOfNumber(value);
  // What has no `kind` is a BigInt, or comes from untyped callers: null, strings, other objects.
  return (value as Operand | null)?.kind ?? kindOfOther(value);
}

function kindOfOther(value: unknown): number {
  return typeof value === "bigint" ? kindOfBigInt(value) + bigIntKinds : numberKind.bad;
}

/** What a fifth operand adds to the key: 0 for none, 1 a rounding mode, 2 `{sae}`, 3 for what can never stand there. */
export function fifthKind(value: Argument | undefined): number {
  if (value === undefined) return 0;
  const kind = kindOf(value);
  return kind === operandKind.er ? 1 : kind === operandKind.sae ? 2 : 3;
}

export class Dispatch {
  readonly mnemonic: string;
  /** Keys at even places, each one's encoder behind it. */
  table: readonly (number | Encode)[] = emptyTable;
  /** A hash is the top bits of a product: 32 - log2(slots). */
  shift = 31;

  constructor(mnemonic: string) {
    this.mnemonic = mnemonic;
  }

  /** Throws the `EncodingError` for more operands than any row takes. */
  reject(given: readonly (Argument | undefined)[]): never {
    throw noForm(this.mnemonic, given);
  }

  /** Finds the encoder for a key not in the table and puts it there. */
  resolve(key: number, given: readonly (Argument | undefined)[]): Encode {
    const row = findRow(this.mnemonic, given);
    let encode = isGather(row)
      ? distinctRegisters(row)
      : hasAddressedRegister(row)
        ? sameAddressWidth(row)
        : encodeMirrored(row);
    if (given.some((value) => typeof value === "bigint")) encode = narrowing(encode);
    this.#remember(key, encode);
    return encode;
  }

  #remember(key: number, encode: Encode): void {
    const entries: [number, Encode][] = [];
    for (let at = 0; at < this.table.length; at += 2) {
      // Keys stand at even places, each one's encoder behind it.
      if (this.table[at] !== noKey) entries.push([this.table[at] as number, this.table[at + 1] as Encode]);
    }
    entries.push([key, encode]);
    const keys = entries.map(([each]) => each);
    let slots = this.table.length / 2;
    while (slots < largestTable && collide(keys, slots)) slots *= 2;
    this.shift = 32 - Math.log2(slots);
    const table: (number | Encode)[] = [];
    for (let slot = 0; slot < slots; slot++) table.push(noKey, nothing);
    for (const [each, encoder] of entries) {
      const at = (Math.imul(each, hashFactor) >>> this.shift) * 2;
      table[at] = each;
      table[at + 1] = encoder;
    }
    this.table = table;
  }
}

function collide(keys: readonly number[], slots: number): boolean {
  const shift = 32 - Math.log2(slots);
  return new Set(keys.map((key) => Math.imul(key, hashFactor) >>> shift)).size < keys.length;
}

/** BigInts become numbers where they mean one, since encoders of all but eight-byte immediates want numbers. */
function narrowing(encode: Encode): Encode {
  const narrow = (value: Argument | undefined) => (typeof value === "bigint" ? narrowed(value) : value);
  return (buffer, a, b, c, d, e) => encode(buffer, narrow(a), narrow(b), narrow(c), narrow(d), e);
}

const firstRareKind = operandKind.sreg;

/** Which kinds one operand of a row takes, as bit sets: bit n for kinds n, 32 + n, 64 + n and 96 + n. */
interface Accepted {
  readonly plain: number;
  readonly decorated: number;
  readonly numbers: number;
  readonly rare: number;
}

const accepted = new WeakMap<Row, readonly Accepted[]>();

function acceptedBy(row: Row): readonly Accepted[] {
  let found = accepted.get(row);
  if (found === undefined) {
    found = row.operands.map((operand) => acceptedByOperand(operand, row));
    accepted.set(row, found);
  }
  return found;
}

const registerKinds: Readonly<Record<string, readonly OperandKindName[]>> = {
  r8: ["al", "cl", "r8"],
  r16: ["ax", "dx", "r16"],
  r32: ["eax", "r32"],
  r64: ["rax", "r64"],
  xmm: ["xmm0", "xmm"],
  sreg: ["sreg", "fs", "gs"],
};
const highKinds: Readonly<Record<string, OperandKindName>> = { xmm: "xmmHigh", ymm: "ymmHigh" };
const memoryKinds: readonly OperandKindName[] = ["m", "m8", "m16", "m32", "m48", "m64", "m80", "m128", "m256", "m512"];
const vectorIndexKinds = { xmm: "vmx", ymm: "vmy", zmm: "vmz" } as const;

function acceptedByOperand(operand: RowOperand, row: Row): Accepted {
  const { word, register, memory, vectorIndex, field, mask } = operand;
  const kinds: number[] = [];
  const take = (...names: OperandKindName[]): void => {
    kinds.push(...names.map((name) => operandKind[name]));
  };
  // Gathers and scatters take no operand without its mask.
  const unmasked = mask === undefined || !row.operands.some((other) => other.vectorIndex !== undefined);
  if (register !== undefined) {
    if (register === "sreg" && !operand.written) take("cs");
    if (unmasked) take(...(registerKinds[register] ?? [register as OperandKindName])); // every other class is the name of a kind
    const high = highKinds[register];
    if (unmasked && row.space === "EVEX" && high !== undefined) take(high);
    if (mask !== undefined) take(`${register}Merge` as OperandKindName); // vectors and k are all that is masked
    if (mask === "zero") take(`${register}Zero` as OperandKindName); // as above
  }
  const memories: OperandKindName[] = [];
  if (vectorIndex !== undefined) memories.push(vectorIndexKinds[vectorIndex]);
  else if (memory === 0) memories.push(...memoryKinds);
  else if (memory !== undefined) memories.push("m", `m${memory}` as OperandKindName); // row.ts takes these sizes only
  if (unmasked) take(...memories);
  if (mask !== undefined) kinds.push(...memories.map((name) => operandKind[name] + maskedMemory));
  if (operand.broadcast !== undefined && operand.broadcast !== 16) {
    take(`m${operand.broadcast}to${(memory ?? 0) / operand.broadcast}` as OperandKindName); // sizes and lanes of real vectors
  }
  if (field === "branch") take("label");
  if (word.startsWith("moffs")) take(word as OperandKindName); // the words of the four are the names of their kinds
  const numbers = numberKindsOf(word, row.operationBits) ?? [];
  const bits = (first: number, all: readonly number[]): number =>
    all.reduce((set, kind) => (kind >= first && kind < first + 32 ? set | (1 << (kind - first)) : set), 0);
  return {
    plain: bits(0, kinds),
    decorated: bits(32, kinds),
    numbers: bits(firstNumberKind, numbers),
    rare: bits(firstRareKind, kinds),
  };
}

function takes({ plain, decorated, numbers, rare }: Accepted, value: Argument | undefined): boolean {
  const kind = kindOf(value);
  if (kind < 32) return ((plain >>> kind) & 1) === 1;
  if (kind < firstNumberKind) return ((decorated >>> (kind - 32)) & 1) === 1;
  if (kind >= firstRareKind) return ((rare >>> (kind - firstRareKind)) & 1) === 1;
  return ((numbers >>> ((kind - firstNumberKind) % bigIntKinds)) & 1) === 1;
}

/** Whether the row takes exactly these operands, with or without rounding behind them. */
function fits(row: Row, given: readonly (Argument | undefined)[]): boolean {
  const words = acceptedBy(row);
  let count = given.length;
  const last = kindOf(given[count - 1]);
  if (last === operandKind.er || last === operandKind.sae) {
    if (row.rounding !== (last === operandKind.er ? "er" : "sae")) return false;
    count--;
    // Rounding stands where L'L and b would speak of memory.
    if (given.some((value) => value instanceof Operand && isMemory(value))) return false;
  }
  return words.length === count && words.every((word, index) => takes(word, given[index]));
}

/**
 * The first row that takes the operands, of those in the space `only` if that is given. Throws `EncodingError` if there
 * is none, or if memory could have several sizes.
 */
export function findRow(mnemonic: string, given: readonly (Argument | undefined)[], only?: Row["space"]): Row {
  const operands = given.slice(0, given.findLastIndex((value) => value !== undefined) + 1);
  const fitting = rowsOf(mnemonic).filter((row) => (only === undefined || row.space === only) && fits(row, operands));
  const [row] = fitting;
  if (row === undefined) throw noForm(mnemonic, operands);
  const unsized = operands.findIndex(
    (value) => value instanceof Operand && (value.kind === operandKind.m || value.kind === operandKind.mMerge),
  );
  const sizes = unsized < 0 ? [] : [...new Set(fitting.map((other) => other.operands[unsized]?.memory ?? 0))];
  if (sizes.length > 1) {
    const words = sizes.map((size) => sizeConstructors[size] ?? "ptr").join(", ");
    throw new EncodingError(
      `${mnemonic}: the size of ${operands[unsized]} is not known here; write one of ${words} for ptr`,
    );
  }
  return row;
}

const sizeConstructors: Readonly<Record<number, string>> = {
  8: "byte",
  16: "word",
  32: "dword",
  48: "fword",
  64: "qword",
  80: "tbyte",
  128: "xmmword",
  256: "ymmword",
  512: "zmmword",
};

const listedForms = 12;

function noForm(mnemonic: string, operands: readonly (Argument | undefined)[]): EncodingError {
  const rows = rowsOf(mnemonic).map((row) => ({
    text: plainSignature(row.signature) || "no operands",
    near: nearness(row, operands),
  }));
  rows.sort((a, b) => b.near - a.near); // stable: rows equally near stay in order
  const forms = rows.slice(0, listedForms).map(({ text }) => text);
  const more = rows.length > listedForms ? ` | … ${rows.length - listedForms} more` : "";
  const hint = hintFor(mnemonic, operands);
  return new EncodingError(
    `${mnemonic}: no form takes (${operands.map(describe).join(", ")})${hint === "" ? "" : `: ${hint}`}; forms: ${forms.join(" | ")}${more}`,
  );
}

/** What is wrong with masks, broadcasts and rounding, which the forms alone do not tell well. */
function hintFor(mnemonic: string, operands: readonly (Argument | undefined)[]): string {
  const rows = rowsOf(mnemonic);
  const given = operands.filter((value) => value instanceof Operand);
  const rounding = given.find(({ kind }) => kind === operandKind.er || kind === operandKind.sae);
  if (rounding !== undefined) {
    const wanted = rows.find((row) => row.rounding !== undefined)?.rounding;
    if (wanted === undefined) return `${rounding} cannot follow, this instruction does not round`;
    if ((rounding.kind === operandKind.er) !== (wanted === "er")) {
      return `${rounding} cannot follow, but ${wanted === "er" ? "a rounding mode such as {rn-sae}" : "{sae}"} can`;
    }
    if (given.some(isMemory)) return `${rounding} stands between registers only, not beside memory`;
    return `${rounding} stands behind the operands of forms with {${wanted}}`;
  }
  const isMasked = ({ evex, kind }: Operand): boolean => (evex & 7) !== 0 && kind < operandKind.er;
  const misplaced = given.slice(1).find(isMasked);
  if (misplaced !== undefined) return `${misplaced} is no destination, and only destinations are masked`;
  const indexed = given.some(({ index, kind }) => index !== noRegister && isVectorIndexed(kind));
  if (rows.every((row) => row.operands.some(({ vectorIndex }) => vectorIndex !== undefined)) && given.length > 0) {
    if (!indexed) return "the memory needs a vector register as its index, as in ptr(rdi, zmm1, 8)";
    const masked = given.some(isMasked);
    if (!masked && rows.some(({ space }) => space === "EVEX"))
      return "AVX-512 gathers and scatters need a mask, as in mask(k1)";
  }
  const first = given[0];
  if (first !== undefined && first.evex & evexBit.z && rows.every((row) => row.operands[0]?.mask !== "zero")) {
    return `${first} cannot be zeroed here; use mask instead of maskz`;
  }
  return "";
}

function isVectorIndexed(kind: number): boolean {
  const plain = kind >= operandKind.mMerge ? kind - maskedMemory : kind;
  return plain >= operandKind.vmx && plain <= operandKind.vmz;
}

/** How well a row fits: operands it takes count most, then numbers where it has others, then the number of operands. */
function nearness(row: Row, operands: readonly (Argument | undefined)[]): number {
  const words = acceptedBy(row);
  let score = -3 * Math.abs(words.length - operands.length);
  words.forEach((word, index) => {
    const value = operands[index];
    if (takes(word, value)) score += 4;
    else if (word.numbers !== 0 && (typeof value === "number" || typeof value === "bigint")) score += 2;
  });
  return score;
}

const kindNames = new Map<number, string>(Object.entries(operandKind).map(([name, kind]) => [kind, name]));
const classNames: Readonly<Record<string, string>> = {
  al: "r8",
  cl: "r8",
  ax: "r16",
  dx: "r16",
  eax: "r32",
  rax: "r64",
  xmm0: "xmm",
  xmmHigh: "xmm",
  ymmHigh: "ymm",
};

/** An operand as the forms' words have it: `r64`, `m32`, `m64bcst`; numbers as they are. */
function describe(value: unknown): string {
  if (!(value instanceof Operand)) return typeof value === "object" ? "not an operand" : String(value);
  const { kind } = value;
  const lanes = broadcastLanes(value);
  if (lanes > 0) return `m${kind >= operandKind.m64to2 ? 64 : 32}bcst{1to${lanes}}`;
  const name = kindNames.get(kind) ?? "?";
  if (kind === operandKind.label) return classNames[name] ?? name;
  if (kind >= operandKind.er || name.endsWith("High") || name === "zmm") return value.toString();
  if (kind > operandKind.xmm0) return name.replace(/Merge$/, "{k}").replace(/Zero$/, "{kz}");
  return classNames[name] ?? name;
}
