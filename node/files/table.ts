/**
 * Tables in files, whatever the format: a reader gives batches of rows to a `TableTask`, which computes on their numbers and
 * hands them to a writer. A batch is as large as the file's own pieces (a record batch, a row group, a piece of text), so
 * memory is bounded by one of them.
 */

import { type ByteStrings, stringsOfTexts } from "./byte-strings.ts";

/** What a formula reads a column as: the types of the language (docs/language.md). */
export type NumberType = "f64" | "f32" | "i32" | "i64" | "bool";

/** The values of a column of numbers. Booleans are 0 and 1. */
export type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array;

/**
 * What a column of a file holds, for writers of another format. `text` are JavaScript strings, `bytes` are strings of bytes that
 * may be no text, `timestamp` and `date` are Dates, `other` is what only its own format can write.
 */
export type FieldKind =
  | "bool"
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f32"
  | "f64"
  | "text"
  | "timestamp"
  | "date"
  | "bytes"
  | "other";

/** A column of a table. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** As its format names it, for messages: `Int64`, `UTF8`, `Decimal`. */
  readonly type: string;
  /** The format's own description, for a writer of the same format. */
  readonly own?: unknown;
  /**
   * Of a `timestamp`: what its integers count, and whether they are UTC or some local time that is not told. Of a `date`, which
   * counts days, only where its own format has more than days.
   */
  readonly time?: { readonly unit: TimeUnit; readonly isUtc: boolean };
}

export type TimeUnit = "s" | "ms" | "us" | "ns";

/** How many of a unit are a millisecond. */
export const perMillisecond: Readonly<Record<TimeUnit, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 };

/** A column that a formula reads. */
export interface WantedColumn {
  readonly name: string;
  readonly type: NumberType;
  /** Whether the type was declared; else whole numbers of 64 bits are read as f64 where they are exact. */
  readonly isDeclared: boolean;
}

/** What the task needs of each batch. */
export interface Wanted {
  readonly numbers: readonly WantedColumn[];
  /** Whether the rows themselves go to a writer. */
  readonly rows: boolean;
}

/** Numbers with their nulls: bit k of `validity`, least significant first, is 1 where row k has a value. */
export interface NumberColumn {
  readonly values: Numbers;
  readonly validity: Uint8Array | undefined;
}

/** Texts as UTF-8, one for each row, with their nulls. */
export interface TextColumn {
  readonly strings: ByteStrings;
  readonly validity: Uint8Array | undefined;
}

/** Some rows of a table. */
export interface TableBatch {
  readonly rows: number;
  /** In the order of `Wanted.numbers`. */
  readonly numbers: readonly NumberColumn[];
  /**
   * The values of a field in rows [from, to), in the order of the table's fields: numbers, bigints, booleans, texts, Dates; null
   * where there is none. Only if `Wanted.rows`.
   */
  values(field: number, from: number, to: number): ArrayLike<unknown> | Promise<ArrayLike<unknown>>;
  /**
   * The numbers of a field as its kind has them, for writers that take typed arrays: `u64` in the bits of an i64, timestamps in
   * their unit, dates in days. Undefined where they are not at hand as such. Only if `Wanted.rows`.
   */
  stored(field: number): NumberColumn | undefined | Promise<NumberColumn | undefined>;
  /** The texts of a field, or its bytes; undefined where they are not at hand as such. Only if `Wanted.rows`. */
  texts(field: number): TextColumn | undefined | Promise<TextColumn | undefined>;
  /** The rows in the format that they were read from, for a writer of the same format. */
  readonly original: unknown;
}

/** What is done with a table. */
export interface TableTask {
  /** Called once, before any batch. Throws for columns that are not there. */
  begin(fields: readonly Field[]): Wanted;
  /** Called for each batch in order; the next one is read when the promise is fulfilled. */
  batch(batch: TableBatch): Promise<void>;
}

/** A column that was computed for a batch. */
export interface AddedColumn {
  readonly name: string;
  readonly type: NumberType;
  readonly values: Numbers;
  readonly validity: Uint8Array | undefined;
}

/** Writes a table, batch by batch. */
export interface TableWriter {
  /** The fields of the input, and those that each batch gets besides. */
  begin(fields: readonly Field[], added: readonly { readonly name: string; readonly type: NumberType }[]): void;
  /** `keep` has 1 for each row that stays, undefined for all. */
  write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void>;
  finish(): Promise<void>;
}

/** Where the bytes of a file go. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Whether row k has a value. */
export function isValid(validity: Uint8Array | undefined, row: number): boolean {
  return validity === undefined || ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

/** The rows that are valid in both; undefined where all are. */
export function bothValid(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.map((byte, k) => byte & (b[k] ?? 0));
}

/** The values of some rows. */
export function gatherNumbers(values: Numbers, rows: Uint32Array): Numbers {
  const kept = values.slice(0, rows.length);
  if (values instanceof BigInt64Array) {
    if (kept instanceof BigInt64Array) for (let at = 0; at < rows.length; at++) kept[at] = values[rows[at] ?? 0] ?? 0n;
  } else if (!(kept instanceof BigInt64Array))
    for (let at = 0; at < rows.length; at++) kept[at] = values[rows[at] ?? 0] ?? 0;
  return kept;
}

/** The bits of some rows. */
export function gatherBits(bits: Uint8Array | undefined, rows: Uint32Array): Uint8Array | undefined {
  if (bits === undefined) return undefined;
  const kept = new Uint8Array((rows.length + 7) >> 3);
  for (let at = 0; at < rows.length; at++)
    if (isValid(bits, rows[at] ?? 0)) kept[at >> 3] = (kept[at >> 3] ?? 0) | (1 << (at & 7));
  return kept;
}

/** Numbers with their nulls, of the rows that stay. */
export function gatherColumn({ values, validity }: NumberColumn, rows: Uint32Array | undefined): NumberColumn {
  if (rows === undefined) return { values, validity };
  return { values: gatherNumbers(values, rows), validity: gatherBits(validity, rows) };
}

/** The numbers of the rows that stay. */
export function keptRows(rows: number, keep: Uint8Array | undefined): Uint32Array {
  const kept = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (keep === undefined || keep[row] === 1) kept[count++] = row;
  return kept.subarray(0, count);
}

/** The texts of a field, whatever the format. */
export async function textsOfBatch(batch: TableBatch, field: number): Promise<TextColumn> {
  const known = await batch.texts(field);
  if (known !== undefined) return known;
  const values = await batch.values(field, 0, batch.rows);
  const validity = new Uint8Array((batch.rows + 7) >> 3);
  const texts = Array.from({ length: batch.rows }, (_, row) => {
    const value = values[row];
    if (value === null || value === undefined) return "";
    validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
    return String(value);
  });
  return { strings: stringsOfTexts(texts), validity };
}
