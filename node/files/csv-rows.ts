/**
 * CSV as rows that keep their text: each row is its cells and the exact characters it had, so that a column can be added
 * without touching anything else. Papa Parse finds the cells; the row's text is cut from its cursor.
 *
 * The bytes are read as Latin-1, one character a byte: whatever the file's encoding, writing the text as Latin-1 gives
 * the same bytes back, and a chunk can end inside a UTF-8 sequence. `decodeCell` gives a cell's real text.
 * Memory is bounded by one chunk and one row. RFC 4180, and beside it: LF or CR line ends, also mixed LF and CRLF, blank
 * lines, a byte order mark.
 */
import Papa from "papaparse";
import { InputError } from "./input-error.ts";

/** One row of a CSV file. Cells and texts are Latin-1 readings of the bytes. */
export interface CsvRow {
  readonly cells: readonly string[];
  /** The row as it stands in the file, without its line end. */
  readonly text: string;
  /** Its line end, and the blank lines that follow it within the same chunk. Empty for a last row without one. */
  readonly end: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** What the caller does with what stands in the file. Rows arrive in order; `end` is awaited after each chunk. */
export interface CsvReader {
  /** A byte order mark, or blank lines that no row comes before: to be copied as they are. */
  verbatim(text: string): void;
  row(row: CsvRow): void;
  /** All rows of a chunk were given. */
  chunkEnd(): Promise<void>;
}

/** The longest row, which also bounds how far an unclosed quote is followed. */
const longestRow = 16 << 20;

const byteOrderMark = "\u00ef\u00bb\u00bf";

/** Feeds a whole file to the reader. `name` is for messages; `delimiter` is one character, as `encodeCell` gives it. Throws `InputError`. */
export async function readCsvRows(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  delimiter: string,
  reader: CsvReader,
): Promise<void> {
  let rest = "";
  let line = 1;
  let splitter: RowSplitter | undefined;
  const begin = (): RowSplitter => {
    refuseOtherFormats(rest, name);
    if (rest.startsWith(byteOrderMark)) {
      reader.verbatim(byteOrderMark);
      rest = rest.slice(byteOrderMark.length);
    }
    return new RowSplitter(name, delimiter, lineEndOf(rest));
  };
  for await (const chunk of chunks) {
    rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    if (splitter === undefined && !showsLineEnd(rest)) continue;
    splitter ??= begin();
    const taken = splitter.split(rest, line, false, reader);
    rest = rest.slice(taken.length);
    line = taken.nextLine;
    if (rest.length > longestRow)
      throw new InputError(
        `${name}:${line}: no end of this row within ${longestRow >> 20} MiB; is a quote not closed?`,
      );
    await reader.chunkEnd();
  }
  splitter ??= begin();
  splitter.split(rest, line, true, reader);
  await reader.chunkEnd();
}

/** A cell's text as the file's author sees it. */
export function decodeCell(cell: string): string {
  return Buffer.from(cell, "latin1").toString("utf8");
}

/** Text as the reader sees a cell: the counterpart of `decodeCell`. */
export function encodeCell(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function refuseOtherFormats(start: string, name: string): void {
  const utf16 = start.startsWith("\u00ff\u00fe") || start.startsWith("\u00fe\u00ff");
  if (utf16) throw new InputError(`${name}: is UTF-16; expected UTF-8 or another encoding that contains ASCII`);
  if (start.slice(0, 4096).includes("\0")) throw new InputError(`${name}: is not a text file; expected CSV`);
}

/** Whether the first line end can be told; CR at the very end may yet become CRLF. */
function showsLineEnd(start: string): boolean {
  return start.length > 4096 || /\r.|\n/s.test(start);
}

/** LF also ends CRLF lines; only a file without any LF has CR alone. */
function lineEndOf(start: string): "\n" | "\r" {
  return !start.includes("\n") && start.includes("\r") ? "\r" : "\n";
}

class RowSplitter {
  readonly #name: string;
  readonly #delimiter: string;
  readonly #lineEnd: "\n" | "\r";

  constructor(name: string, delimiter: string, lineEnd: "\n" | "\r") {
    this.#name = name;
    this.#delimiter = delimiter;
    this.#lineEnd = lineEnd;
  }

  /** Gives the complete rows of `text` to the reader; says how much of the text they were, and the line after them. */
  split(text: string, firstLine: number, isLast: boolean, reader: CsvReader): { length: number; nextLine: number } {
    if (text === "") return { length: 0, nextLine: firstLine };
    let from = 0;
    let line = firstLine;
    let held: { cells: readonly string[]; text: string; end: string; line: number } | undefined;
    const parser = new Papa.Parser({
      delimiter: this.#delimiter,
      newline: this.#lineEnd,
      step: (result: Papa.ParseResult<string[]>) => {
        const to = result.meta.cursor;
        if (to === from) return;
        const whole = text.slice(from, to);
        from = to;
        for (const error of result.errors) this.#refuse(error, whole, line);
        const startLine = line;
        line += whole.includes('"') ? countOf(whole, this.#lineEnd) : 1;
        const end = endOf(whole, this.#lineEnd);
        if (end.length === whole.length) {
          if (held === undefined) reader.verbatim(whole);
          else held.end += whole;
          return;
        }
        if (held !== undefined) reader.row(held);
        const cells = result.data[0] ?? [];
        const last = cells.length - 1;
        if (end === "\r\n" && cells[last]?.endsWith("\r") && !whole.endsWith('"\r\n'))
          cells[last] = (cells[last] ?? "").slice(0, -1);
        held = { cells, text: whole.slice(0, whole.length - end.length), end, line: startLine };
      },
    });
    parser.parse(text, 0, !isLast);
    if (held !== undefined) reader.row(held);
    return { length: from, nextLine: line };
  }

  #refuse(error: Papa.ParseError, row: string, line: number): never {
    const fault =
      error.code === "MissingQuotes" ? "a quote is opened and never closed" : "text stands after a closing quote";
    const shown = decodeCell(row.slice(0, 60).replace(/[\r\n].*/s, ""));
    throw new InputError(`${this.#name}:${line}: ${fault}: ${shown}`);
  }
}

function endOf(row: string, lineEnd: "\n" | "\r"): string {
  if (!row.endsWith(lineEnd)) return "";
  return row.endsWith("\r\n") ? "\r\n" : lineEnd;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}
