/**
 * Tables in files, whatever the format: a reader gives batches of rows to a `TableTask`, which computes on their numbers and
 * hands them to a writer. A batch is as large as the file's own pieces (a record batch, a row group, a piece of text), so
 * memory is bounded by one of them.
 */

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
 * What a column of a file holds, for writers of another format. `text` are JavaScript strings, `timestamp` and `date` are
 * Dates, `other` is what only its own format can write.
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
  | "other";

/** A column of a table. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** As its format names it, for messages: `Int64`, `UTF8`, `Decimal`. */
  readonly type: string;
  /** The format's own description, for a writer of the same format. */
  readonly own?: unknown;
}

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

/** Some rows of a table. */
export interface TableBatch {
  readonly rows: number;
  /** In the order of `Wanted.numbers`. */
  readonly numbers: readonly NumberColumn[];
  /**
   * The values of a field, in the order of the table's fields: numbers, bigints, booleans, texts, Dates; null where there is
   * none. Only if `Wanted.rows`.
   */
  values(field: number): ArrayLike<unknown>;
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

/** The numbers of the rows that stay. */
export function keptRows(rows: number, keep: Uint8Array | undefined): Uint32Array {
  const kept = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (keep === undefined || keep[row] === 1) kept[count++] = row;
  return kept.subarray(0, count);
}
