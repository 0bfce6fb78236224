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

/** One row: its cells, and where it stands in its piece. Blank lines are no rows; they stand between them. */
export interface CsvRow {
  readonly cells: readonly string[];
  readonly start: number;
  /** Behind its last cell, before its line end. */
  readonly end: number;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** What the caller does with what stands in the file: each row in order, and then the piece that they stand in. */
export interface CsvReader {
  row(row: CsvRow, text: string): void;
  /** `text` begins where the last piece ended; joined, the pieces are the file. */
  piece(text: string): Promise<void>;
}

/** The longest row, which also bounds how far an unclosed quote is followed. */
const longestRow = 16 << 20;

const quoteCode = 0x22;
const byteOrderMark = "\u00ef\u00bb\u00bf";

/**
 * Feeds a whole file to the reader. `name` is for messages; `delimiter` is one character, as `encodeCell` gives it.
 * Throws `InputError`.
 */
export async function readCsvRows(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  delimiter: string,
  reader: CsvReader,
): Promise<void> {
  let rest = "";
  let line = 1;
  let splitter: RowSplitter | undefined;
  const begin = async (): Promise<RowSplitter> => {
    refuseOtherFormats(rest, name);
    if (rest.startsWith(byteOrderMark)) {
      rest = rest.slice(byteOrderMark.length);
      await reader.piece(byteOrderMark);
    }
    return new RowSplitter(name, delimiter, lineEndOf(rest));
  };
  for await (const chunk of chunks) {
    rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    if (splitter === undefined && !showsLineEnd(rest)) continue;
    splitter ??= await begin();
    const { length, nextLine } = splitter.split(rest, line, false, reader);
    if (length > 0) await reader.piece(rest.slice(0, length));
    rest = rest.slice(length);
    line = nextLine;
    if (rest.length > longestRow)
      throw new InputError(
        `${name}:${line}: no end of this row within ${longestRow >> 20} MiB; is a quote not closed?`,
      );
  }
  splitter ??= await begin();
  splitter.split(rest, line, true, reader);
  await reader.piece(rest);
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
    let start = 0;
    let line = firstLine;
    let nextQuote = text.indexOf('"');
    const parser = new Papa.Parser({
      delimiter: this.#delimiter,
      newline: this.#lineEnd,
      step: (result: Papa.ParseResult<string[]>) => {
        const next = result.meta.cursor;
        if (next === start) return; // the empty rest behind the last line end
        const rowStart = start;
        const rowLine = line;
        start = next;
        const hasQuote = nextQuote >= 0 && nextQuote < next;
        if (hasQuote) nextQuote = text.indexOf('"', next);
        for (const error of result.errors) this.#refuse(error, text.slice(rowStart, next), line);
        line += hasQuote ? countOf(text.slice(rowStart, next), this.#lineEnd) : 1;
        const end = next - this.#lineEndLength(text, rowStart, next);
        if (end === rowStart) return;
        const cells = result.data[0] ?? [];
        const last = cells.length - 1;
        const isCut = next - end === 2 && text.charCodeAt(end - 1) !== quoteCode; // CR stands in an unquoted last cell
        if (isCut) cells[last] = (cells[last] ?? "").slice(0, -1);
        reader.row({ cells, start: rowStart, end, line: rowLine }, text);
      },
    });
    parser.parse(text, 0, !isLast);
    return { length: start, nextLine: line };
  }

  /** How many characters at the end of [start, next) are its line end. */
  #lineEndLength(text: string, start: number, next: number): number {
    if (text[next - 1] !== this.#lineEnd) return 0;
    return this.#lineEnd === "\n" && next - 2 >= start && text[next - 2] === "\r" ? 2 : 1;
  }

  #refuse(error: Papa.ParseError, row: string, line: number): never {
    const fault =
      error.code === "MissingQuotes" ? "a quote is opened and never closed" : "text stands after a closing quote";
    const shown = decodeCell(row.slice(0, 60).replace(/[\r\n].*/s, ""));
    throw new InputError(`${this.#name}:${line}: ${fault}: ${shown}`);
  }
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}
