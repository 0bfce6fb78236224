/**
 * CSV as a table. Only the wanted columns are read as numbers, so a table with text columns is fine: a cell is a number when
 * JavaScript's Number() says so; a blank one is missing. From CSV to CSV every row goes over as it stands, with its new cells
 * at the end.
 */
import { type CsvReader, type CsvRow, decodeCell, encodeCell, readCsvRows } from "./csv-rows.ts";
import { InputError } from "./input-error.ts";
import { unknownColumn } from "./numbers.ts";
import {
  type AddedColumn,
  type ByteSink,
  type Field,
  isValid,
  type Numbers,
  type NumberType,
  type TableBatch,
  type TableTask,
  type TableWriter,
} from "./table.ts";

export interface CsvInput {
  /** The input's bytes and its name for messages. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly name: string;
  /** One character. */
  readonly delimiter: string;
  /** What a missing or non-numeric cell is: an error, NaN, or a null. */
  readonly missing: "error" | "nan" | "null";
}

/** What `TableBatch.original` is for rows of a CSV file: a piece of its text, and where its rows end in it. */
class CsvPiece {
  readonly delimiter: string;
  readonly text: string;
  readonly ends: Int32Array;
  /** Where the header ends, if it is in this piece. */
  readonly headerEnd: number | undefined;

  constructor(delimiter: string, text: string, ends: Int32Array, headerEnd: number | undefined) {
    this.delimiter = delimiter;
    this.text = text;
    this.ends = ends;
    this.headerEnd = headerEnd;
  }
}

/** As other languages write what is no finite number: `nan`, `-inf`, `Infinity`. */
const spelledNaN = /^[+-]?nan$/i;
const spelledInfinity = /^([+-]?)inf(?:inity)?$/i;

/** How many rows of another format are written at once. */
const rowsAtOnce = 1 << 13;

/** Rows that a piece has room for at first. */
const firstCapacity = 4096;

const arrays = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  bool: Uint8Array,
  i64: BigInt64Array,
} as const;

/** Reads a table. Throws `InputError` with line and column, and what the task throws. */
export async function readCsv(input: CsvInput, task: TableTask): Promise<void> {
  const reader = new TableReader(input, task);
  await readCsvRows(input.bytes, input.name, encodeCell(input.delimiter), reader);
  reader.finish();
}

/** A wanted column while a piece is read. */
interface ReadColumn {
  readonly type: NumberType;
  readonly place: number;
  values: Numbers;
  /** The rows of this piece without a value. */
  nulls: number[];
}

class TableReader implements CsvReader {
  readonly #input: CsvInput;
  readonly #task: TableTask;
  /** As it stands in rows read as Latin-1. */
  readonly #delimiter: string;
  #header: readonly string[] | undefined;
  /** A byte order mark and blank lines in front of the header, in pieces of their own. */
  #before = "";
  #headerEnd: number | undefined;
  #columns: ReadColumn[] | undefined;
  #keepsCells = false;
  /** Where this piece's rows end, how many they are, and their cells. */
  #ends = new Int32Array(firstCapacity);
  #pieceRows = 0;
  #cells: (readonly string[])[] = [];

  constructor(input: CsvInput, task: TableTask) {
    this.#input = input;
    this.#task = task;
    this.#delimiter = encodeCell(input.delimiter);
  }

  row(row: CsvRow, text: string): void {
    if (this.#header === undefined) {
      this.#readHeader(row);
      return;
    }
    if (row.cells.length !== this.#header.length) this.#refuseRagged(row, text, this.#header.length);
    const at = this.#pieceRows++;
    if (at === this.#ends.length) this.#grow();
    this.#ends[at] = row.end;
    if (this.#keepsCells) this.#cells.push(row.cells);
    for (const column of this.#columns ?? []) this.#readCell(column, row, text, at);
  }

  #readCell(column: ReadColumn, row: CsvRow, text: string, at: number): void {
    const { place, type, values } = column;
    const cell = row.cells[place] ?? "";
    if (values instanceof BigInt64Array) {
      values[at] = this.#wideCell(column, row, text, cell, at);
      return;
    }
    let value = Number(cell);
    if (Number.isNaN(value) || (value === 0 && cell.trim() === ""))
      value = this.#unusualCell(column, row, text, cell, at);
    values[at] = type === "bool" ? Number(value !== 0 && !Number.isNaN(value)) : value;
    if (type === "i32" && values[at] !== value)
      this.#refuseNoInteger(row, text, place, cell, "32 bits, as its type i32 says");
  }

  async piece(text: string): Promise<void> {
    // The task knows of the table from its header on; what stands before goes with the header's piece.
    if (this.#header === undefined) {
      this.#before += text;
      return;
    }
    const rows = this.#pieceRows;
    const cells = this.#cells;
    const batch: TableBatch = {
      rows,
      numbers: (this.#columns ?? []).map(({ values, nulls }) => ({
        values: values.subarray(0, rows),
        validity: validityOf(nulls, rows),
      })),
      values: (field, from, to) => cells.slice(from, to).map((row) => decodeCell(row[field] ?? "")),
      stored: () => undefined,
      original: this.#original(text, this.#ends.subarray(0, rows)),
    };
    await this.#task.batch(batch);
    this.#headerEnd = undefined;
    this.#pieceRows = 0;
    this.#cells = [];
    for (const column of this.#columns ?? []) column.nulls = [];
  }

  #original(text: string, ends: Int32Array): CsvPiece {
    const { delimiter } = this.#input;
    const before = this.#before;
    if (before === "") return new CsvPiece(delimiter, text, ends, this.#headerEnd);
    this.#before = "";
    const headerEnd = this.#headerEnd === undefined ? undefined : this.#headerEnd + before.length;
    return new CsvPiece(
      delimiter,
      before + text,
      ends.map((end) => end + before.length),
      headerEnd,
    );
  }

  #grow(): void {
    const ends = new Int32Array(2 * this.#ends.length);
    ends.set(this.#ends);
    this.#ends = ends;
    for (const column of this.#columns ?? []) {
      const before = column.values;
      column.values = new arrays[column.type](ends.length);
      if (column.values instanceof BigInt64Array && before instanceof BigInt64Array) column.values.set(before);
      else if (!(column.values instanceof BigInt64Array) && !(before instanceof BigInt64Array))
        column.values.set(before);
    }
  }

  finish(): void {
    if (this.#header === undefined)
      throw new InputError(`${this.#input.name}: is empty; expected a first line with the columns' names`);
  }

  #readHeader(row: CsvRow): void {
    const header = row.cells.map(decodeCell);
    const seen = new Map<string, number>();
    header.forEach((cell, i) => {
      const before = seen.get(cell);
      if (before !== undefined)
        throw new InputError(
          `${this.#input.name}:${row.line}: columns ${before + 1} and ${i + 1} are both called ${JSON.stringify(cell)}; expected each name once`,
        );
      seen.set(cell, i);
    });
    this.#header = header;
    this.#headerEnd = row.end;
    const fields = header.map((name): Field => ({ name, kind: "text", type: "text" }));
    const wanted = this.#task.begin(fields);
    this.#keepsCells = wanted.rows;
    this.#columns = wanted.numbers.map(({ name, type }) => {
      const place = seen.get(name);
      if (place === undefined) throw unknownColumn(this.#input.name, name, fields);
      return { type, place, values: new arrays[type](this.#ends.length), nulls: [] };
    });
  }

  #wideCell(column: ReadColumn, row: CsvRow, text: string, cell: string, at: number): bigint {
    const shown = cell.trim();
    if (/^[+-]?\d+$/.test(shown)) {
      const value = BigInt(shown);
      if (BigInt.asIntN(64, value) === value) return value;
    } else if (shown === "" && this.#input.missing === "null") {
      column.nulls.push(at);
      return 1n;
    }
    return this.#refuseNoInteger(row, text, column.place, cell, "64 bits, as its type i64 says");
  }

  /** A cell that Number() does not take as it stands. */
  #unusualCell(column: ReadColumn, row: CsvRow, text: string, cell: string, at: number): number {
    const { place, type } = column;
    const shown = decodeCell(cell).trim();
    if (type === "bool" && (shown === "true" || shown === "false")) return Number(shown === "true");
    if (type !== "i32" && spelledNaN.test(shown)) return Number.NaN;
    const infinity = type === "i32" ? null : spelledInfinity.exec(shown);
    if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const value = shown === "" ? Number.NaN : Number(shown);
    const { missing } = this.#input;
    if (!Number.isNaN(value) || (missing === "nan" && type !== "i32")) return value;
    if (missing === "null") {
      column.nulls.push(at);
      return type === "i32" ? 1 : Number.NaN; // what stands under a null must not trap
    }
    const header = JSON.stringify(this.#header?.[place]);
    const fault = shown === "" ? "is missing" : `is ${JSON.stringify(shortened(shown))}, which is not a number`;
    const { line, column: character } = cellPosition(row, text, place, this.#delimiter);
    throw new InputError(
      `${this.#input.name}:${line}:${character}: the cell of column ${header} ${fault}; --missing nan would read it as NaN, --missing null as nothing`,
    );
  }

  #refuseNoInteger(row: CsvRow, text: string, place: number, cell: string, expected: string): never {
    const header = JSON.stringify(this.#header?.[place]);
    const { line, column } = cellPosition(row, text, place, this.#delimiter);
    throw new InputError(
      `${this.#input.name}:${line}:${column}: the cell of column ${header} is ${JSON.stringify(shortened(decodeCell(cell).trim()))}; expected a whole number of ${expected}`,
    );
  }

  #refuseRagged(row: CsvRow, text: string, expected: number): never {
    const count = row.cells.length;
    const place = Math.min(count, expected) - (count < expected ? 1 : 0);
    const { line, column } = cellPosition(row, text, place, this.#delimiter);
    throw new InputError(
      `${this.#input.name}:${line}:${column}: the row has ${count} ${count === 1 ? "cell" : "cells"}; expected ${expected}, as the header has`,
    );
  }
}

function validityOf(nulls: readonly number[], rows: number): Uint8Array | undefined {
  if (nulls.length === 0) return undefined;
  const validity = new Uint8Array((rows + 7) >> 3).fill(0xff);
  for (const row of nulls) validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
  return validity;
}

/** Writes CSV. Rows that come from CSV with the same delimiter stay as they were, character by character. */
export class CsvTableWriter implements TableWriter {
  readonly #sink: ByteSink;
  readonly #delimiter: string;
  /** As it stands in text read as Latin-1. */
  readonly #cellEnd: string;
  readonly #cellText: (value: number | bigint) => string;
  #fields: readonly Field[] = [];
  #newHeaders = "";
  #hasHeader = false;

  /** `cellText` says how a computed number is written. */
  constructor(sink: ByteSink, delimiter: string, cellText: (value: number | bigint) => string) {
    this.#sink = sink;
    this.#delimiter = delimiter;
    this.#cellEnd = encodeCell(delimiter);
    this.#cellText = cellText;
  }

  begin(fields: readonly Field[], added: readonly { readonly name: string; readonly type: NumberType }[]): void {
    this.#fields = fields;
    this.#newHeaders = added.map(({ name }) => this.#cellEnd + encodeCell(quoted(name, this.#delimiter))).join("");
  }

  async write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void> {
    const { original } = batch;
    if (original instanceof CsvPiece && original.delimiter === this.#delimiter) {
      const parts: string[] = [];
      this.#extendText(original, added, keep, parts);
      await this.#send(parts);
    } else
      for (let from = 0; from < batch.rows || !this.#hasHeader; from += rowsAtOnce) {
        const parts: string[] = [];
        await this.#formatRows(batch, added, keep, from, Math.min(from + rowsAtOnce, batch.rows), parts);
        await this.#send(parts);
      }
  }

  async #send(parts: readonly string[]): Promise<void> {
    const bytes = Buffer.from(parts.join(""), "latin1");
    if (bytes.length > 0) await this.#sink.write(bytes);
  }

  async finish(): Promise<void> {
    const parts: string[] = [];
    if (!this.#hasHeader && this.#fields.length > 0) this.#formatHeader(parts);
    if (parts.length > 0) await this.#sink.write(Buffer.from(parts.join(""), "latin1"));
  }

  #extendText(
    { text, ends, headerEnd }: CsvPiece,
    added: readonly AddedColumn[],
    keep: Uint8Array | undefined,
    parts: string[],
  ): void {
    let from = 0;
    if (headerEnd !== undefined) {
      from = headerEnd;
      parts.push(text.slice(0, from), this.#newHeaders);
      this.#hasHeader = true;
    }
    for (let row = 0; row < ends.length; row++) {
      const end = ends[row] ?? 0;
      if (keep === undefined || keep[row] === 1) {
        parts.push(text.slice(from, end));
        this.#pushCells(added, row, parts);
      }
      from = end;
    }
    parts.push(text.slice(from));
  }

  #formatHeader(parts: string[]): void {
    const names = this.#fields.map(({ name }) => encodeCell(quoted(name, this.#delimiter)));
    parts.push(names.join(this.#cellEnd), this.#newHeaders, "\n");
    this.#hasHeader = true;
  }

  async #formatRows(
    batch: TableBatch,
    added: readonly AddedColumn[],
    keep: Uint8Array | undefined,
    from: number,
    to: number,
    parts: string[],
  ): Promise<void> {
    if (!this.#hasHeader) this.#formatHeader(parts);
    const columns: ArrayLike<unknown>[] = [];
    for (let index = 0; index < this.#fields.length; index++) columns.push(await batch.values(index, from, to));
    for (let row = from; row < to; row++) {
      if (keep !== undefined && keep[row] !== 1) continue;
      columns.forEach((values, index) => {
        if (index > 0) parts.push(this.#cellEnd);
        parts.push(encodeCell(quoted(textOf(values[row - from], this.#cellText), this.#delimiter)));
      });
      this.#pushCells(added, row, parts);
      parts.push("\n");
    }
  }

  #pushCells(added: readonly AddedColumn[], row: number, parts: string[]): void {
    for (const { values, validity } of added) {
      parts.push(this.#cellEnd);
      if (isValid(validity, row)) parts.push(this.#cellText(values[row] ?? Number.NaN));
    }
  }
}

/** A value of another format as a cell: nothing for null, ISO 8601 for times, JSON for what is nested. */
function textOf(value: unknown, numberText: (value: number | bigint) => string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "bigint") return numberText(value);
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner)) ?? "";
}

function quoted(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

/** Line and column, from 1, at which a cell of the row begins. */
function cellPosition(row: CsvRow, text: string, place: number, delimiter: string): { line: number; column: number } {
  let at = row.start;
  for (let left = place; left > 0; left--) {
    if (text[at] === '"') {
      at++;
      while (at < row.end && (text[at] !== '"' || text[++at] === '"')) at++;
    }
    const next = text.indexOf(delimiter, at);
    if (next < 0) break;
    at = next + delimiter.length;
  }
  const before = decodeCell(text.slice(row.start, at)).split(/\r\n|\r|\n/);
  return { line: row.line + before.length - 1, column: (before.at(-1) ?? "").length + 1 };
}
