/**
 * From a mnemonic and operands to the row's encoder.
 *
 * The kinds of the operands, six bits each, make a key; a small table per mnemonic remembers the encoder for every key
 * seen. It has one slot per hash value and grows until no two keys share one, so a lookup is one comparison. A key seen
 * first searches the rows in order. The table only remembers: losing an entry would cost time, nothing else.
 * The lookup itself is written out in the methods (`instruction-methods.ts`):
 *
 *     key  = kind of a | kind of b << 6 | kind of c << 12 | kind of d << 18
 *     at   = 2 * ((key * hashFactor, 32 bits) >>> shift)
 */
import { EncodingError } from "../../base/errors.ts";
import type { Argument, Encode } from "./encode-rm.ts";
import { kindOfBigInt, kindOfNumber, narrowed, numberKind, numberKindsOf } from "./immediates.ts";
import { rowsOf } from "./instructions.ts";
import { encodeMirrored } from "./mirrored-moves.ts";
import { isMemory, Operand, type OperandKindName, operandKind } from "./operand.ts";
import { plainSignature, type Row, type RowOperand } from "./row.ts";

/** Added to the kind of a number for a BigInt of that class. */
const bigIntKinds = 16;
const largestTable = 1 << 12;
/** Fibonacci hashing: the product's top bits depend on all bits of the key. */
export const hashFactor = 0x9e3779b1;

/** No kinds make this key. */
const noKey = -1;
const nothing: Encode = () => {};
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

export class Dispatch {
  readonly mnemonic: string;
  /** Keys at even places, each one's encoder behind it. */
  table: readonly (number | Encode)[] = emptyTable;
  /** A hash is the top bits of a product: 32 - log2(slots). */
  shift = 31;

  readonly #entries = new Map<number, Encode>();

  constructor(mnemonic: string) {
    this.mnemonic = mnemonic;
  }

  /** Throws the `EncodingError` for more operands than any row takes. */
  reject(given: readonly (Argument | undefined)[]): never {
    throw noForm(this.mnemonic, given);
  }

  /** Finds the encoder for a key not in the table and puts it there. */
  resolve(key: number, given: readonly (Argument | undefined)[]): Encode {
    let encode = encodeMirrored(findRow(this.mnemonic, given));
    if (given.some((value) => typeof value === "bigint")) encode = narrowing(encode);
    this.#remember(key, encode);
    return encode;
  }

  #remember(key: number, encode: Encode): void {
    this.#entries.set(key, encode);
    const keys = [...this.#entries.keys()];
    let slots = this.table.length / 2;
    while (slots < largestTable && collide(keys, slots)) slots *= 2;
    this.shift = 32 - Math.log2(slots);
    const table: (number | Encode)[] = [];
    for (let slot = 0; slot < slots; slot++) table.push(noKey, nothing);
    for (const [each, encoder] of this.#entries) {
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
  return (buffer, a, b, c, d) => encode(buffer, narrow(a), narrow(b), narrow(c), narrow(d));
}

/** Which kinds one operand of a row takes, as bit sets: bit n for kind n, and for kind 32 + n. */
interface Accepted {
  readonly operands: number;
  readonly numbers: number;
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
};
const highKinds: Readonly<Record<string, OperandKindName>> = { xmm: "xmmHigh", ymm: "ymmHigh" };
const memoryKinds: readonly OperandKindName[] = ["m", "m8", "m16", "m32", "m64", "m80", "m128", "m256", "m512"];
const vectorIndexKinds = { xmm: "vmx", ymm: "vmy", zmm: "vmz" } as const;

function acceptedByOperand({ word, register, memory, vectorIndex, field }: RowOperand, row: Row): Accepted {
  const names: OperandKindName[] = [];
  if (register !== undefined) {
    names.push(...(registerKinds[register] ?? [register as OperandKindName])); // every other class is the name of a kind
    const high = highKinds[register];
    if (row.space === "EVEX" && high !== undefined) names.push(high);
  }
  if (vectorIndex !== undefined) names.push(vectorIndexKinds[vectorIndex]);
  else if (memory === 0) names.push(...memoryKinds);
  else if (memory !== undefined) names.push("m", `m${memory}` as OperandKindName); // row.ts takes these sizes only
  if (field === "branch") names.push("label");
  const numbers = numberKindsOf(word, row.operationBits) ?? [];
  return {
    operands: names.reduce((set, name) => set | (1 << operandKind[name]), 0),
    numbers: numbers.reduce((set, kind) => set | (1 << (kind - 32)), 0),
  };
}

function takes({ operands, numbers }: Accepted, value: Argument | undefined): boolean {
  const kind = kindOf(value);
  if (kind < 32) return ((operands >>> kind) & 1) === 1;
  return ((numbers >>> ((kind - 32) % bigIntKinds)) & 1) === 1;
}

/** The first row that takes the operands. Throws `EncodingError` if there is none, or if memory could have several sizes. */
function findRow(mnemonic: string, given: readonly (Argument | undefined)[]): Row {
  const operands = given.slice(0, given.findLastIndex((value) => value !== undefined) + 1);
  const fitting = rowsOf(mnemonic).filter((row) => {
    const words = acceptedBy(row);
    return words.length === operands.length && words.every((word, index) => takes(word, operands[index]));
  });
  const [row] = fitting;
  if (row === undefined) throw noForm(mnemonic, operands);
  const unsized = operands.findIndex((value) => value instanceof Operand && value.kind === operandKind.m);
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
  return new EncodingError(
    `${mnemonic}: no form takes (${operands.map(describe).join(", ")}); forms: ${forms.join(" | ")}${more}`,
  );
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

/** An operand as the forms' words have it: `r64`, `m32`; numbers as they are. */
function describe(value: unknown): string {
  if (!(value instanceof Operand)) return typeof value === "object" ? "not an operand" : String(value);
  const name = kindNames.get(value.kind) ?? "?";
  if (isMemory(value) || !(name.endsWith("High") || name === "zmm")) return classNames[name] ?? name;
  return value.toString();
}
