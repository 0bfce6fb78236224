/**
 * CSV as a table. Only the wanted columns are read as numbers, so a table with text columns is fine: a cell is a number when
 * JavaScript's Number() says so; a blank one is missing. A piece's rows are found first (csv-rows.ts), then each column is read from
 * its bytes.
 */
import { type ByteStrings, copyBytes, textReader } from "./byte-strings.ts";
import { type CsvReader, type CsvRows, cellText, likelyDelimiter, positionOf, readCsvRows } from "./csv-rows.ts";
import { InputError } from "./input-error.ts";
import { unknownColumn } from "./numbers.ts";
import { parseNumber } from "./parse-number.ts";
import type { Field, NumberColumn, Numbers, NumberType, TableBatch, TableTask, TextColumn } from "./table.ts";

export interface CsvInput {
  /** The input's bytes and its name for messages. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly name: string;
  /** One character; undefined for that of the header. */
  readonly delimiter: string | undefined;
  /** What a missing or non-numeric cell is: an error, NaN, or a null. */
  readonly missing: "error" | "nan" | "null";
}

/** What `TableBatch.original` is for rows of a CSV file. */
export class CsvPiece {
  readonly delimiter: string;
  readonly content: CsvRows;

  constructor(delimiter: string, content: CsvRows) {
    this.delimiter = delimiter;
    this.content = content;
  }
}

/** As other languages write what is no finite number: `nan`, `-inf`, `Infinity`. */
const spelledNaN = /^[+-]?nan$/i;
const spelledInfinity = /^([+-]?)inf(?:inity)?$/i;

const quote = 0x22;

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
  await readCsvRows(
    input.bytes,
    input.name,
    (start) => reader.begin(input.delimiter ?? likelyDelimiter(start)),
    reader,
  );
  reader.finish();
}

/** A wanted column. */
interface ReadColumn {
  readonly type: NumberType;
  readonly place: number;
  /** Used again for each piece. */
  values: Numbers;
}

/** The first row that cannot be read, and why. */
interface RowFault {
  readonly row: number;
  readonly error: InputError | undefined;
}

class TableReader implements CsvReader {
  readonly #input: CsvInput;
  readonly #task: TableTask;
  #delimiter = ",";
  #header: readonly string[] | undefined;
  #columns: readonly ReadColumn[] = [];

  constructor(input: CsvInput, task: TableTask) {
    this.#input = input;
    this.#task = task;
  }

  /** Gives the delimiter back. */
  begin(delimiter: string): string {
    this.#delimiter = delimiter;
    return delimiter;
  }

  header(header: readonly string[], line: number): void {
    const seen = new Map<string, number>();
    header.forEach((cell, i) => {
      const before = seen.get(cell);
      if (before !== undefined)
        throw new InputError(
          `${this.#input.name}:${line}: columns ${before + 1} and ${i + 1} are both called ${JSON.stringify(cell)}; expected each name once`,
        );
      seen.set(cell, i);
    });
    this.#header = header;
    const fields = header.map((name): Field => ({ name, kind: "text", type: "text" }));
    const wanted = this.#task.begin(fields);
    this.#columns = wanted.numbers.map(({ name, type }) => {
      const place = seen.get(name);
      if (place === undefined) throw unknownColumn(this.#input.name, name, fields);
      return { type, place, values: new arrays[type](0) };
    });
  }

  async rows(content: CsvRows, fault: InputError | undefined): Promise<void> {
    let first: RowFault = { row: content.rows, error: fault };
    const numbers = this.#columns.map((column): NumberColumn => {
      const nulls: number[] = [];
      first = this.#readColumn(column, content, nulls, first);
      return { values: column.values.subarray(0, content.rows), validity: validityOf(nulls, content.rows) };
    });
    if (first.error !== undefined) throw first.error;
    const texts = (field: number): TextColumn => ({ strings: stringsOfCells(content, field), validity: undefined });
    const batch: TableBatch = {
      rows: content.rows,
      numbers,
      values: (field, from, to) => {
        const text = textReader(texts(field).strings);
        return Array.from({ length: to - from }, (_, at) => text(from + at));
      },
      stored: () => undefined,
      texts,
      original: new CsvPiece(this.#delimiter, content),
    };
    await this.#task.batch(batch);
  }

  finish(): void {
    if (this.#header === undefined)
      throw new InputError(`${this.#input.name}: is empty; expected a first line with the columns' names`);
  }

  /** Reads the rows before the first that is known to be wrong; gives the first that is. */
  #readColumn(column: ReadColumn, content: CsvRows, nulls: number[], known: RowFault): RowFault {
    const { type, place } = column;
    const { bytes, starts, columns, gap } = content;
    if (column.values.length < content.rows) column.values = new arrays[type](Math.ceil(1.25 * content.rows));
    const { values } = column;
    let row = 0;
    try {
      if (values instanceof BigInt64Array)
        for (; row < known.row; row++) values[row] = this.#wideCell(column, content, row, nulls);
      else
        for (; row < known.row; row++) {
          const at = row * (columns + 1) + place;
          let value = parseNumber(bytes, starts[at] ?? 0, (starts[at + 1] ?? 0) - gap);
          if (Number.isNaN(value)) value = this.#unusualCell(column, content, row, nulls);
          values[row] = type === "bool" ? Number(value !== 0 && !Number.isNaN(value)) : value;
          if (type === "i32" && values[row] !== value)
            this.#refuseNoInteger(column, content, row, "32 bits, as its type i32 says");
        }
    } catch (error) {
      if (error instanceof InputError) return { row, error };
      throw error;
    }
    return known;
  }

  #textOf({ place }: ReadColumn, { bytes, starts, columns, gap }: CsvRows, row: number): string {
    const at = row * (columns + 1) + place;
    return cellText(bytes, starts[at] ?? 0, (starts[at + 1] ?? 0) - gap);
  }

  #wideCell(column: ReadColumn, content: CsvRows, row: number, nulls: number[]): bigint {
    const shown = this.#textOf(column, content, row).trim();
    if (/^[+-]?\d+$/.test(shown)) {
      const value = BigInt(shown);
      if (BigInt.asIntN(64, value) === value) return value;
    } else if (this.#input.missing === "null" && (shown === "" || Number.isNaN(Number(shown)))) {
      nulls.push(row);
      return 1n;
    }
    return this.#refuseNoInteger(column, content, row, "64 bits, as its type i64 says");
  }

  /** A cell that is not plainly a number. */
  #unusualCell(column: ReadColumn, content: CsvRows, row: number, nulls: number[]): number {
    const { type, place } = column;
    const shown = this.#textOf(column, content, row).trim();
    if (type === "bool") {
      const truth = shown.toLowerCase();
      if (truth === "true" || truth === "false") return Number(truth === "true");
    }
    if (type !== "i32" && spelledNaN.test(shown)) return Number.NaN;
    const infinity = type === "i32" ? null : spelledInfinity.exec(shown);
    if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const value = shown === "" ? Number.NaN : Number(shown);
    const { missing } = this.#input;
    if (!Number.isNaN(value) || (missing === "nan" && type !== "i32")) return value;
    if (missing === "null") {
      nulls.push(row);
      return type === "i32" ? 1 : Number.NaN; // what stands under a null must not trap
    }
    const header = JSON.stringify(this.#header?.[place]);
    const fault = shown === "" ? "is missing" : `is ${JSON.stringify(shortened(shown))}, which is not a number`;
    throw new InputError(
      `${this.#placeOf(column, content, row)}: the cell of column ${header} ${fault}; ${hintFor(shown, this.#header?.[place] ?? "")}`,
    );
  }

  #refuseNoInteger(column: ReadColumn, content: CsvRows, row: number, expected: string): never {
    const header = JSON.stringify(this.#header?.[column.place]);
    const shown = JSON.stringify(shortened(this.#textOf(column, content, row).trim()));
    throw new InputError(
      `${this.#placeOf(column, content, row)}: the cell of column ${header} is ${shown}; expected a whole number of ${expected}`,
    );
  }

  #placeOf({ place }: ReadColumn, content: CsvRows, row: number): string {
    const { line, character } = positionOf(content, content.starts[row * (content.columns + 1) + place] ?? 0);
    return `${this.#input.name}:${line}:${character}`;
  }
}

/** What to do about a cell that is no number. */
function hintFor(shown: string, header: string): string {
  const plain = shown.replace(/^[+-]/, "");
  if (/^\d{1,3}(?:[,' \u00a0\u202f_]\d{3})+(?:\.\d+)?$/.test(plain))
    return "expected a number without thousands separators";
  if (/^\d+(?:\.\d{3})*,\d+$/.test(plain)) return "expected a number with a point before its decimals";
  if (/^(?:true|false)$/i.test(plain))
    return `--type ${/^\w+$/.test(header) ? header : "NAME"}=bool reads such a column as booleans`;
  return "--missing nan would read it as NaN, --missing null as nothing";
}

function validityOf(nulls: readonly number[], rows: number): Uint8Array | undefined {
  if (nulls.length === 0) return undefined;
  const validity = new Uint8Array((rows + 7) >> 3).fill(0xff);
  for (const row of nulls) validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
  return validity;
}

/** The texts of a column, without their quotes. */
function stringsOfCells({ bytes, starts, columns, gap, rows }: CsvRows, field: number): ByteStrings {
  const offsets = new Uint32Array(rows + 1);
  let size = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * (columns + 1) + field;
    const start = starts[at] ?? 0;
    const end = (starts[at + 1] ?? 0) - gap;
    size += bytes[start] === quote && end > start ? unquotedLength(bytes, start, end) : end - start;
    offsets[row + 1] = size;
  }
  const joined = new Uint8Array(size);
  for (let row = 0; row < rows; row++) {
    const at = row * (columns + 1) + field;
    const start = starts[at] ?? 0;
    const end = (starts[at + 1] ?? 0) - gap;
    const to = offsets[row] ?? 0;
    if (bytes[start] === quote && end > start) copyUnquoted(bytes, start, joined, to, offsets[row + 1] ?? 0);
    else copyBytes(bytes, start, end, joined, to);
  }
  return { bytes: joined, offsets, indices: undefined };
}

function unquotedLength(bytes: Buffer, start: number, end: number): number {
  let last = end - 1;
  while (bytes[last] !== quote) last--; // spaces may stand behind it
  let length = last - start - 1;
  for (let at = start + 1; at < last; at++)
    if (bytes[at] === quote) {
      at++;
      length--;
    }
  return length;
}

function copyUnquoted(bytes: Buffer, start: number, to: Uint8Array, place: number, end: number): void {
  let at = start + 1;
  for (let k = place; k < end; k++) {
    const byte = bytes[at++] ?? 0;
    to[k] = byte;
    if (byte === quote) at++;
  }
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
