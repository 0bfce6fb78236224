/**
 * CSV as rows of cells, by their places in the file's bytes: nothing is turned into strings here, so a row can go over exactly as
 * it stands, whatever the encoding, and a column of numbers is read from the bytes. Memory is bounded by one piece and one row.
 *
 * RFC 4180, and beside it: LF or CR line ends, also mixed LF and CRLF, blank lines, a byte order mark, spaces behind a closing quote,
 * quotes inside cells that do not begin with one. tests/differential/csv-rows.test.ts holds it against Papa Parse.
 */
import { InputError } from "./input-error.ts";

/** Some rows of a file, all with as many cells. */
export interface CsvRows {
  /** These rows, and what stands between them. The pieces of a file, joined, are the file. */
  readonly bytes: Buffer;
  readonly rows: number;
  readonly columns: number;
  /** Cell c of row r begins at starts[r * (columns + 1) + c], and ends `gap` bytes before the next of these places. */
  readonly starts: Int32Array;
  readonly gap: number;
  /** Where the header ends, if it is in this piece. */
  readonly headerEnd: number | undefined;
  /** The line, from 1, that the piece begins with, and what ends a line. */
  readonly line: number;
  readonly lineEnd: number;
}

/** What the caller does with what stands in the file. */
export interface CsvReader {
  /** Called once; `line` from 1. Says how many cells rows have. */
  header(cells: readonly string[], line: number): void;
  /** `fault` is what is wrong behind these rows. */
  rows(rows: CsvRows, fault: InputError | undefined): Promise<void>;
}

/** The longest row, which also bounds how far an unclosed quote is followed. */
const longestRow = 16 << 20;

const quote = 0x22;
const space = 0x20;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Between cells, where it is not told: the first of these that the header has outside of quotes. */
export const usualDelimiters = [",", "\t", ";", "|"] as const;

/**
 * Feeds a whole file to the reader. `name` is for messages; `delimiterOf` is given the file's first bytes and says what stands between
 * cells, one character. Throws `InputError`.
 */
export async function readCsvRows(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  delimiterOf: (start: Buffer) => string,
  reader: CsvReader,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let scanner: RowScanner | undefined;
  const take = async (isLast: boolean): Promise<void> => {
    if (scanner === undefined) {
      if (!isLast && !showsLineEnd(rest)) return;
      refuseOtherFormats(rest, name);
      scanner = new RowScanner(name, Buffer.from(delimiterOf(rest)), lineEndOf(rest));
    }
    rest = await scanner.take(rest, isLast, reader);
    if (rest.length > longestRow)
      throw new InputError(
        `${name}:${scanner.line}: no end of this row within ${longestRow >> 20} MiB; is a quote not closed?`,
      );
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    await take(false);
  }
  await take(true);
}

/** What stands between the cells of the first line: the comma where there is one, else what else is usual. */
export function likelyDelimiter(start: Buffer): string {
  const text = start
    .toString("latin1", 0, 1 << 16)
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trimStart();
  const line = text.replace(/"(?:[^"]|"")*"/g, "").match(/^[^\r\n]*/)?.[0] ?? "";
  return usualDelimiters.find((each) => line.includes(each)) ?? ",";
}

/** A cell's text as the file's author sees it. */
export function cellText(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== quote) return bytes.toString("utf8", start, end);
  return bytes.toString("utf8", start + 1, bytes.lastIndexOf(quote, end - 1)).replaceAll('""', '"');
}

/** Line and character, both from 1, of a place in these rows. */
export function positionOf({ bytes, line, lineEnd }: CsvRows, place: number): { line: number; character: number } {
  let count = line;
  let start = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0 && at < place; at = bytes.indexOf(lineEnd, at + 1)) {
    count++;
    start = at + 1;
  }
  if (start === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
  return { line: count, character: bytes.toString("utf8", start, place).length + 1 };
}

function refuseOtherFormats(start: Buffer, name: string): void {
  const hasMark = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  const zeros = Array.from(start.subarray(0, 4), (byte) => (byte === 0 ? "0" : "x")).join("");
  const utf16 = hasMark || zeros === "x0x0" || zeros === "0x0x"; // characters of ASCII
  if (utf16)
    throw new InputError(
      `${name}: is UTF-16; expected UTF-8 or another encoding that contains ASCII: iconv -f UTF-16 -t UTF-8 converts it`,
    );
  const kind = compressions.find(({ magic }) => start.toString("latin1", 0, magic.length) === magic);
  if (kind !== undefined)
    throw new InputError(`${name}: is compressed (${kind.name}); expected CSV: ${kind.command} decompresses it`);
  if (start.subarray(0, 4096).includes(0)) throw new InputError(`${name}: is not a text file; expected CSV`);
}

/** gzip is read; see table-files.ts. */
const compressions = [
  { magic: "\x28\xb5\x2f\xfd", name: "Zstandard", command: "zstd -d" },
  { magic: "\x04\x22\x4d\x18", name: "LZ4", command: "lz4 -d" },
  { magic: "BZh", name: "bzip2", command: "bunzip2" },
  { magic: "\xfd7zXZ", name: "xz", command: "unxz" },
  { magic: "PK\x03\x04", name: "a zip archive", command: "unzip" },
  { magic: "\x1f\x8b", name: "gzip", command: "gunzip" },
] as const;

/** Whether the first line end can be told; CR at the very end may yet become CRLF. */
function showsLineEnd(start: Buffer): boolean {
  if (start.length > 4096 || start.includes(lineFeed)) return true;
  const at = start.indexOf(carriageReturn);
  return at >= 0 && at < start.length - 1;
}

/** LF also ends CRLF lines; only a file without any LF has CR alone. */
function lineEndOf(start: Buffer): number {
  return !start.includes(lineFeed) && start.includes(carriageReturn) ? carriageReturn : lineFeed;
}

class RowScanner {
  readonly #name: string;
  readonly #delimiter: Buffer;
  readonly #lineEnd: number;
  /** How many cells a row has; 0 before the header. */
  #columns = 0;
  #starts: Int32Array = new Int32Array(1 << 12);
  #rows = 0;
  #fault: InputError | undefined;
  /** The line, from 1, on which the next row begins. */
  line = 1;

  constructor(name: string, delimiter: Buffer, lineEnd: number) {
    this.#name = name;
    this.#delimiter = delimiter;
    this.#lineEnd = lineEnd;
  }

  /** Gives the complete rows to the reader; returns the rest. */
  async take(bytes: Buffer, isLast: boolean, reader: CsvReader): Promise<Buffer> {
    const { line } = this;
    let from = 0;
    let headerEnd: number | undefined;
    if (this.#columns === 0) {
      from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      const next = this.#scan(bytes, from, isLast);
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#columns === 0) {
        this.line = line;
        return bytes;
      }
      headerEnd = (this.#starts[this.#columns] ?? 0) - this.#delimiter.length;
      const cells = Array.from({ length: this.#columns }, (_, cell) =>
        cellText(bytes, this.#starts[cell] ?? 0, (this.#starts[cell + 1] ?? 0) - this.#delimiter.length),
      );
      reader.header(cells, line + countOf(bytes, this.#lineEnd, this.#starts[0] ?? 0));
      from = next;
    }
    const end = this.#scan(bytes, from, isLast);
    if (end > 0 || this.#fault !== undefined)
      await reader.rows(
        {
          bytes: this.#fault === undefined ? bytes.subarray(0, end) : bytes,
          rows: this.#rows,
          columns: this.#columns,
          starts: this.#starts,
          gap: this.#delimiter.length,
          headerEnd,
          line,
          lineEnd: this.#lineEnd,
        },
        this.#fault,
      );
    return bytes.subarray(end);
  }

  /**
   * Finds the complete rows from a place on; gives the place behind the last of them. While it is not known how many cells a row
   * has, the first row says so, and is the only one.
   */
  #scan(bytes: Buffer, from: number, isLast: boolean): number {
    const lineEnd = this.#lineEnd;
    const gap = this.#delimiter.length;
    const delimiter = this.#delimiter[0] ?? 0;
    const { length } = bytes;
    let starts = this.#starts;
    const columns = this.#columns;
    let rows = 0;
    let { line } = this;
    let done = from;
    let at = from;
    while (at < length) {
      const rowLine = line;
      let place = rows * (columns + 1);
      let end = -1;
      if (place + columns + 1 >= starts.length) starts = this.#grown();
      starts[place] = at;
      for (;;) {
        if (bytes[at] === quote) {
          const opened = at++;
          for (; at < length; at++) {
            const byte = bytes[at];
            if (byte === quote) {
              if (bytes[at + 1] !== quote) break;
              at++;
            } else if (byte === lineEnd) line++;
          }
          if (at >= length) {
            if (isLast) this.#fault = this.#brokenQuote(bytes, opened, rowLine, "a quote is opened and never closed");
            break;
          }
          at++;
          if (delimiter !== space) while (bytes[at] === space) at++;
          const next = bytes[at];
          const isEnd = next === lineEnd || (next === carriageReturn && (bytes[at + 1] ?? lineEnd) === lineEnd);
          if (at < length && !isEnd && !this.#isDelimiter(bytes, at)) {
            const isCut = !isLast && at + gap > length; // it may yet become a delimiter
            if (!isCut) this.#fault = this.#brokenQuote(bytes, opened, rowLine, "text stands after a closing quote");
            break;
          }
        }
        while (at < length) {
          const byte = bytes[at];
          if (byte === lineEnd || (byte === delimiter && (gap === 1 || this.#isDelimiter(bytes, at)))) break;
          at++;
        }
        if (at >= length) {
          if (isLast) end = length;
          break;
        }
        if (bytes[at] === lineEnd) {
          end = lineEnd === lineFeed && at > (starts[place] ?? 0) && bytes[at - 1] === carriageReturn ? at - 1 : at;
          at++;
          line++;
          break;
        }
        at += gap;
        place++;
        if (place + 1 >= starts.length) starts = this.#grown();
        starts[place] = at;
      }
      if (end < 0) {
        line = rowLine;
        break;
      }
      if (end > done) {
        const cells = place + 1 - rows * (columns + 1);
        starts[place + 1] = end + gap;
        if (columns === 0) {
          this.#columns = cells;
          rows = 1;
          done = at;
          break;
        }
        if (cells !== columns) {
          this.#fault = this.#raggedRow(starts, rows * (columns + 1), cells, bytes, done, rowLine);
          break;
        }
        rows++;
      }
      done = at;
    }
    this.#rows = rows;
    this.line = line;
    return done;
  }

  #isDelimiter(bytes: Buffer, at: number): boolean {
    const delimiter = this.#delimiter;
    for (let k = 0; k < delimiter.length; k++) if (bytes[at + k] !== delimiter[k]) return false;
    return true;
  }

  #grown(): Int32Array {
    const starts = new Int32Array(2 * this.#starts.length);
    starts.set(this.#starts);
    this.#starts = starts;
    return starts;
  }

  #brokenQuote(bytes: Buffer, opened: number, rowLine: number, fault: string): InputError {
    const start = Math.max(bytes.lastIndexOf(this.#lineEnd, opened) + 1, 0);
    const shown = bytes.toString("utf8", start, start + 60).replace(/[\r\n\ufffd].*/s, "");
    return new InputError(`${this.#name}:${rowLine}: ${fault}: ${shown}`);
  }

  #raggedRow(
    starts: Int32Array,
    first: number,
    cells: number,
    bytes: Buffer,
    rowStart: number,
    line: number,
  ): InputError {
    const expected = this.#columns;
    const place = Math.min(cells, expected) - (cells < expected ? 1 : 0);
    const before = bytes.toString("utf8", rowStart, starts[first + place]).split(/\r\n|\r|\n/);
    const character = (before.at(-1) ?? "").length + 1;
    return new InputError(
      `${this.#name}:${line + before.length - 1}:${character}: the row has ${cells} ${cells === 1 ? "cell" : "cells"}; expected ${expected}, as the header has`,
    );
  }
}

function countOf(bytes: Buffer, byte: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0 && at < end; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}
