/**
 * Writes CSV, byte by byte into one buffer. Rows that come from CSV with the same delimiter stay as they were, with their new cells at
 * the end; those of other formats are written from their typed arrays and UTF-8: nothing for null, numbers as JavaScript writes
 * them, times in ISO 8601, nested values as JSON.
 */
import { type ByteStrings, copyBytes } from "./byte-strings.ts";
import { CsvPiece } from "./csv-file.ts";
import type { CsvRows } from "./csv-rows.ts";
import { longestNumber, printNumber, printWhole } from "./print-number.ts";
import { longestTime, printDay, printTime } from "./print-time.ts";
import {
  type AddedColumn,
  type ByteSink,
  type Field,
  isValid,
  type NumberColumn,
  type NumberType,
  type TableBatch,
  type TableWriter,
  type TextColumn,
  type TimeUnit,
} from "./table.ts";

/** How much is gathered before it is written. */
const flushBytes = 1 << 18;

/** How many rows of another format are written at once. */
const rowsAtOnce = 1 << 13;

const trueText = Buffer.from("true");
const falseText = Buffer.from("false");

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Cells of some rows, so that row 0 is the first of them. */
type Cells =
  | { readonly kind: "number"; readonly values: Float64Array; readonly validity: Validity }
  | {
      readonly kind: "integer";
      readonly halves: Int32Array;
      readonly isUnsigned: boolean;
      readonly validity: Validity;
    }
  | { readonly kind: "bool"; readonly values: ArrayLike<number | bigint>; readonly validity: Validity }
  | { readonly kind: "time"; readonly halves: Int32Array; readonly unit: TimeUnit; readonly validity: Validity }
  | { readonly kind: "day"; readonly values: Int32Array; readonly validity: Validity }
  | { readonly kind: "text"; readonly strings: ByteStrings; readonly validity: Validity }
  | { readonly kind: "other"; readonly values: ArrayLike<unknown>; readonly validity: Validity };

/** A bitmap whose bit `from` is row 0. */
interface Validity {
  readonly bits: Uint8Array | undefined;
  readonly from: number;
}

export class CsvTableWriter implements TableWriter {
  readonly #sink: ByteSink;
  #delimiter: string | undefined;
  /** What stands between cells. */
  #gap: Uint8Array = new Uint8Array();
  #fields: readonly Field[] = [];
  #added: readonly string[] = [];
  #hasHeader = false;
  #bytes = new Uint8Array(flushBytes + (1 << 14));
  #at = 0;

  /** Without a delimiter, that of the rows that come from CSV, else the comma. */
  constructor(sink: ByteSink, delimiter: string | undefined) {
    this.#sink = sink;
    this.#delimiter = delimiter;
  }

  begin(fields: readonly Field[], added: readonly { readonly name: string; readonly type: NumberType }[]): void {
    this.#fields = fields;
    this.#added = added.map(({ name }) => name);
  }

  async write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void> {
    const original = batch.original instanceof CsvPiece ? batch.original : undefined;
    this.#setDelimiter(original?.delimiter);
    if (original !== undefined && original.delimiter === this.#delimiter)
      await this.#extendRows(original.content, added, keep);
    else
      for (let from = 0; from < batch.rows || !this.#hasHeader; from += rowsAtOnce)
        await this.#formatRows(batch, added, keep, from, Math.min(from + rowsAtOnce, batch.rows));
    await this.#flush();
  }

  async finish(): Promise<void> {
    this.#setDelimiter(undefined);
    if (!this.#hasHeader && this.#fields.length > 0) this.#formatHeader();
    await this.#flush();
  }

  #setDelimiter(found: string | undefined): void {
    if (this.#gap.length > 0) return;
    this.#delimiter ??= found ?? ",";
    this.#gap = Buffer.from(this.#delimiter);
  }

  async #flush(): Promise<void> {
    const length = this.#at;
    this.#at = 0;
    if (length > 0) await this.#sink.write(this.#bytes.subarray(0, length));
  }

  /** Makes room for some more bytes. */
  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * (this.#at + count));
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    copyBytes(from, start, end, this.#bytes, this.#at);
    this.#at += end - start;
  }

  async #extendRows(
    { bytes, starts, columns, gap, rows, headerEnd }: CsvRows,
    added: readonly AddedColumn[],
    keep: Uint8Array | undefined,
  ): Promise<void> {
    const cells = added.map(({ values, validity }) => addedCells({ values, validity }, 0, rows));
    let from = 0;
    if (headerEnd !== undefined) {
      this.#copy(bytes, 0, headerEnd);
      from = headerEnd;
      this.#formatNewNames();
      this.#hasHeader = true;
    }
    for (let row = 0; row < rows; row++) {
      const end = (starts[row * (columns + 1) + columns] ?? 0) - gap;
      if (keep === undefined || keep[row] === 1) {
        this.#copy(bytes, from, end);
        for (const cell of cells) {
          this.#pushGap();
          this.#pushCell(cell, row);
        }
      }
      from = end;
      if (this.#at >= flushBytes) await this.#flush();
    }
    this.#copy(bytes, from, bytes.length);
  }

  #formatHeader(): void {
    this.#fields.forEach(({ name }, index) => {
      if (index > 0) this.#pushGap();
      this.#pushString(name);
    });
    this.#formatNewNames();
    this.#pushByte(lineFeed);
    this.#hasHeader = true;
  }

  #formatNewNames(): void {
    for (const name of this.#added) {
      this.#pushGap();
      this.#pushString(name);
    }
  }

  async #formatRows(
    batch: TableBatch,
    added: readonly AddedColumn[],
    keep: Uint8Array | undefined,
    from: number,
    to: number,
  ): Promise<void> {
    if (!this.#hasHeader) this.#formatHeader();
    const cells: Cells[] = [];
    for (const [index, field] of this.#fields.entries()) cells.push(await cellsOfField(batch, index, field, from, to));
    for (const { values, validity } of added) cells.push(addedCells({ values, validity }, from, to));
    for (let row = 0; row < to - from; row++) {
      if (keep !== undefined && keep[from + row] !== 1) continue;
      for (let index = 0; index < cells.length; index++) {
        if (index > 0) this.#pushGap();
        const cell = cells[index];
        if (cell !== undefined) this.#pushCell(cell, row);
      }
      this.#pushByte(lineFeed);
      if (this.#at >= flushBytes) await this.#flush();
    }
  }

  #pushByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  #pushGap(): void {
    this.#reserve(4);
    for (let k = 0; k < this.#gap.length; k++) this.#bytes[this.#at++] = this.#gap[k] ?? 0;
  }

  #pushCell(cells: Cells, row: number): void {
    const { bits, from } = cells.validity;
    if (!isValid(bits, from + row)) return;
    switch (cells.kind) {
      case "number":
        this.#reserve(longestNumber);
        this.#at = printNumber(this.#bytes, this.#at, cells.values[row] ?? Number.NaN);
        return;
      case "integer":
        this.#pushInteger(cells.halves[2 * row + 1] ?? 0, (cells.halves[2 * row] ?? 0) >>> 0, cells.isUnsigned);
        return;
      case "bool":
        this.#copy(cells.values[row] ? trueText : falseText, 0, cells.values[row] ? 4 : 5);
        return;
      case "time":
        this.#reserve(longestTime);
        this.#at = printTime(
          this.#bytes,
          this.#at,
          cells.halves[2 * row + 1] ?? 0,
          (cells.halves[2 * row] ?? 0) >>> 0,
          cells.unit,
        );
        return;
      case "day":
        this.#reserve(longestTime);
        this.#at = printDay(this.#bytes, this.#at, cells.values[row] ?? 0);
        return;
      case "text": {
        const { bytes, offsets, indices } = cells.strings;
        const k = indices === undefined ? from + row : (indices[from + row] ?? 0);
        this.#pushText(bytes, offsets[k] ?? 0, offsets[k + 1] ?? 0);
        return;
      }
      default:
        this.#pushString(textOf(cells.values[row]));
    }
  }

  #pushInteger(high: number, low: number, isUnsigned: boolean): void {
    this.#reserve(longestNumber);
    if (high >= 0 && high < 2 ** 21) this.#at = printWhole(this.#bytes, this.#at, high * 4294967296 + low);
    else if (high < 0 && high >= -(2 ** 21) && !isUnsigned)
      this.#at = printNumber(this.#bytes, this.#at, high * 4294967296 + low);
    else this.#pushString(String((BigInt(isUnsigned ? high >>> 0 : high) << 32n) | BigInt(low)));
  }

  #pushString(text: string): void {
    const bytes = Buffer.from(text);
    this.#pushText(bytes, 0, bytes.length);
  }

  /** A text, in quotes where it must be. */
  #pushText(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 2);
    const out = this.#bytes;
    const first = this.#gap[0] ?? 0;
    let to = this.#at;
    let isPlain = true;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === quote || byte === lineFeed || byte === carriageReturn || byte === first) {
        isPlain = false;
        break;
      }
      out[to++] = byte;
    }
    if (!isPlain) {
      to = this.#at;
      out[to++] = quote;
      for (let at = start; at < end; at++) {
        const byte = bytes[at] ?? 0;
        out[to++] = byte;
        if (byte === quote) out[to++] = quote;
      }
      out[to++] = quote;
    }
    this.#at = to;
  }
}

/** Integers of 64 bits without a BigInt for each: the lower half, and the upper one with the sign. */
function halvesOf(values: BigInt64Array, from: number, to: number): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset + 8 * from, 2 * (to - from));
}

/** Computed numbers; booleans are 1 and 0. */
function addedCells({ values, validity }: NumberColumn, from: number, to: number): Cells {
  const own = { bits: validity, from };
  if (values instanceof BigInt64Array)
    return { kind: "integer", halves: halvesOf(values, from, to), isUnsigned: false, validity: own };
  const part = values.subarray(from, to);
  return {
    kind: "number",
    values: part instanceof Float64Array ? part : new Float64Array(part),
    validity: own,
  };
}

async function cellsOfField(batch: TableBatch, index: number, field: Field, from: number, to: number): Promise<Cells> {
  const { kind, time } = field;
  const everything: Validity = { bits: undefined, from: 0 };
  const isDateWithTime = kind === "date" && time !== undefined;
  const hasNumbers = kind !== "text" && kind !== "bytes" && kind !== "other" && !isDateWithTime;
  const stored = hasNumbers ? await batch.stored(index) : undefined;
  if (stored !== undefined) {
    const { values } = stored;
    const validity = { bits: stored.validity, from };
    if (kind === "bool" && !(values instanceof BigInt64Array))
      return { kind, values: values.subarray(from, to), validity };
    if (kind === "timestamp" && values instanceof BigInt64Array)
      return { kind: "time", halves: halvesOf(values, from, to), unit: time?.unit ?? "ms", validity };
    if (kind === "date" && values instanceof Int32Array)
      return { kind: "day", values: values.subarray(from, to), validity };
    if (values instanceof BigInt64Array)
      return { kind: "integer", halves: halvesOf(values, from, to), isUnsigned: kind === "u64", validity };
    if (kind !== "timestamp" && kind !== "date") return addedCells(stored, from, to);
  }
  const texts: TextColumn | undefined = await batch.texts(index);
  if (texts !== undefined) return { kind: "text", strings: texts.strings, validity: { bits: texts.validity, from } };
  return { kind: "other", values: await batch.values(index, from, to), validity: everything };
}

/** A value that has no typed array: ISO 8601 for times, JSON for what is nested. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number" || typeof value === "bigint")
    return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return "";
    const text = value.toISOString();
    return text.endsWith("T00:00:00.000Z") ? text.slice(0, -14) : text;
  }
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner)) ?? "";
}
