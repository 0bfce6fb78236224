/**
 * Adds one computed column to a CSV file, streaming: for each piece of the file, the cells of the used columns become
 * typed arrays, the formula maps them, and the piece goes out as it came with a cell inserted at the end of each row.
 *
 * Only used columns are read as numbers, so a table with text columns is fine. A cell is a number when JavaScript's
 * Number() says so; a blank one is missing.
 */
import { nearestWord } from "../../src/base/spelling.ts";
import { type CsvReader, type CsvRow, decodeCell, encodeCell, readCsvRows } from "./csv-rows.ts";
import { InputError } from "./input-error.ts";

export interface CsvColumnJob {
  /** The input's bytes and its name for messages. */
  readonly input: AsyncIterable<Uint8Array>;
  readonly inputName: string;
  /** One character. */
  readonly delimiter: string;
  /** The new column's header. */
  readonly name: string;
  /** Header by variable, for headers that are not the variable's name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether missing and non-numeric cells are NaN instead of an error. */
  readonly missingIsNaN: boolean;
  /** Takes the header's cells and says what to compute; called once, before any row. */
  prepare(header: readonly string[]): CsvFormula;
  write(bytes: Uint8Array): Promise<void>;
}

/** A variable of the formula that is a column. */
export interface CsvVariable {
  /** Its name in the expression. */
  readonly name: string;
  /** i32: cells must be whole numbers of 32 bits, and the column is an Int32Array. */
  readonly type: "f64" | "i32";
}

/** Rows that a piece has room for at first. */
const firstCapacity = 4096;

/** What to compute for each row. */
export interface CsvFormula {
  readonly variables: readonly CsvVariable[];
  /** The results for a batch of rows: `columns[i]` belongs to `variables[i]`; all have `rows` elements. */
  map(columns: readonly (Float64Array | Int32Array)[], rows: number): ArrayLike<number>;
  /** A result as a cell. */
  cellText(value: number): string;
}

/** Runs the job; returns the number of rows. Throws `InputError` with line and column, and what `prepare` throws. */
export async function addCsvColumn(job: CsvColumnJob): Promise<number> {
  const writer = new ColumnWriter(job);
  await readCsvRows(job.input, job.inputName, encodeCell(job.delimiter), writer);
  return writer.finish();
}

class ColumnWriter implements CsvReader {
  readonly #job: CsvColumnJob;
  /** As it stands in rows read as Latin-1. */
  readonly #delimiter: string;
  #header: readonly string[] | undefined;
  #formula: CsvFormula | undefined;
  /** The place of each variable's cell in a row, and its numbers in this piece. */
  #places: number[] = [];
  #columns: (Float64Array | Int32Array)[] = [];
  /** Where this piece's rows end, and how many they are. */
  #ends = new Int32Array(firstCapacity);
  #pieceRows = 0;
  /** What goes to the end of the header, while it is in this piece. */
  #headerCell: { readonly end: number; readonly text: string } | undefined;
  #rows = 0;

  constructor(job: CsvColumnJob) {
    this.#job = job;
    this.#delimiter = encodeCell(job.delimiter);
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
    for (let i = 0; i < this.#places.length; i++) {
      const place = this.#places[i] ?? 0;
      const cell = row.cells[place] ?? "";
      let value = Number(cell);
      if (Number.isNaN(value) || (value === 0 && cell.trim() === "")) value = this.#unusualCell(row, text, place, cell);
      const column = this.#columns[i];
      if (column === undefined) continue;
      column[at] = value;
      if (column instanceof Int32Array && column[at] !== value) this.#refuseNoInteger(row, text, place, cell);
    }
  }

  async piece(text: string): Promise<void> {
    const rows = this.#pieceRows;
    const parts: string[] = [];
    let from = 0;
    if (this.#headerCell !== undefined) {
      from = this.#headerCell.end;
      parts.push(text.slice(0, from), this.#headerCell.text);
      this.#headerCell = undefined;
    }
    if (rows > 0 && this.#formula !== undefined) {
      const results = this.#formula.map(
        this.#columns.map((column) => column.subarray(0, rows)),
        rows,
      );
      for (let i = 0; i < rows; i++) {
        const end = this.#ends[i] ?? 0;
        parts.push(text.slice(from, end), this.#delimiter, this.#formula.cellText(results[i] ?? Number.NaN));
        from = end;
      }
    }
    parts.push(text.slice(from));
    this.#rows += rows;
    this.#pieceRows = 0;
    const bytes = Buffer.from(parts.join(""), "latin1");
    if (bytes.length > 0) await this.#job.write(bytes);
  }

  #grow(): void {
    const ends = new Int32Array(2 * this.#ends.length);
    ends.set(this.#ends);
    this.#ends = ends;
    this.#columns = this.#columns.map((column) => {
      const longer = column instanceof Int32Array ? new Int32Array(ends.length) : new Float64Array(ends.length);
      longer.set(column);
      return longer;
    });
  }

  finish(): number {
    if (this.#header === undefined)
      throw new InputError(`${this.#job.inputName}: is empty; expected a first line with the columns' names`);
    return this.#rows;
  }

  #readHeader(row: CsvRow): void {
    const header = row.cells.map(decodeCell);
    const { inputName, name, delimiter } = this.#job;
    const seen = new Map<string, number>();
    header.forEach((cell, i) => {
      const before = seen.get(cell);
      if (before !== undefined)
        throw new InputError(
          `${inputName}:${row.line}: columns ${before + 1} and ${i + 1} are both called ${JSON.stringify(cell)}; expected each name once`,
        );
      seen.set(cell, i);
    });
    if (seen.has(name))
      throw new InputError(
        `${inputName}:${row.line}: has a column ${JSON.stringify(name)} already; give the new one another --name`,
      );
    this.#header = header;
    const formula = this.#job.prepare(header);
    this.#formula = formula;
    this.#places = formula.variables.map((variable) => this.#placeOf(variable.name, seen));
    this.#columns = formula.variables.map(({ type }) =>
      type === "i32" ? new Int32Array(this.#ends.length) : new Float64Array(this.#ends.length),
    );
    this.#headerCell = { end: row.end, text: this.#delimiter + encodeCell(quoted(name, delimiter)) };
  }

  #placeOf(variable: string, places: ReadonlyMap<string, number>): number {
    const header = this.#job.headers.get(variable) ?? variable;
    const place = places.get(header);
    if (place !== undefined) return place;
    const nearest = nearestWord(header, places.keys());
    const hint = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
    throw new InputError(`${this.#job.inputName}: has no column ${JSON.stringify(header)}${hint}`);
  }

  /** A cell that Number() does not take as it stands. */
  #unusualCell(row: CsvRow, text: string, place: number, cell: string): number {
    const shown = decodeCell(cell).trim();
    if (shown === "NaN") return Number.NaN;
    const value = shown === "" ? Number.NaN : Number(shown);
    if (!Number.isNaN(value) || this.#job.missingIsNaN) return value;
    const header = JSON.stringify(this.#header?.[place]);
    const fault = shown === "" ? "is missing" : `is ${JSON.stringify(shortened(shown))}, which is not a number`;
    const { line, column } = cellPosition(row, text, place, this.#delimiter);
    throw new InputError(
      `${this.#job.inputName}:${line}:${column}: the cell of column ${header} ${fault}; --missing nan would read it as NaN`,
    );
  }

  #refuseNoInteger(row: CsvRow, text: string, place: number, cell: string): never {
    const header = JSON.stringify(this.#header?.[place]);
    const { line, column } = cellPosition(row, text, place, this.#delimiter);
    throw new InputError(
      `${this.#job.inputName}:${line}:${column}: the cell of column ${header} is ${JSON.stringify(shortened(decodeCell(cell).trim()))}; expected a whole number of 32 bits, as its type i32 says`,
    );
  }

  #refuseRagged(row: CsvRow, text: string, expected: number): never {
    const count = row.cells.length;
    const place = Math.min(count, expected) - (count < expected ? 1 : 0);
    const { line, column } = cellPosition(row, text, place, this.#delimiter);
    throw new InputError(
      `${this.#job.inputName}:${line}:${column}: the row has ${count} ${count === 1 ? "cell" : "cells"}; expected ${expected}, as the header has`,
    );
  }
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
