/**
 * The strict reading of a program: only the four operations and white space (space, tab, line breaks) may stand in it.
 *
 * A text in memory is checked as a whole and its faults are listed together. A program that arrives in pieces is
 * checked on the way, and the first fault stops it; then no text is at hand, so the error's source is an excerpt in
 * which lines and columns are kept and everything before the last few characters is blank.
 */
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import { Source } from "../../base/source.ts";
import { minus, type ProgramReader, plus, slash, star } from "./operations.ts";

const newline = 0x0a;
const mostFaults = 10;
const excerptBytes = 40;

const allowed = new Uint8Array(256);
for (const code of [plus, minus, star, slash, 0x20, 0x09, 0x0d, newline]) allowed[code] = 1;

function foreignCharacter(found: string, start: number, length: number): Diagnostic {
  return {
    code: "foreign-character",
    message: `${found} is not an operation; the operations are + - * /`,
    span: { start, end: start + length },
  };
}

function named(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const number = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character) ? `${JSON.stringify(character)} (${number})` : number;
}

/** Throws `CompileError` with the first ten characters that are neither an operation nor white space. */
export function checkStrict(program: string, name = "program"): void {
  const faults: Diagnostic[] = [];
  for (const match of program.matchAll(/[^-+*/ \t\r\n]/gu)) {
    faults.push(foreignCharacter(named(match[0]), match.index, match[0].length));
    if (faults.length === mostFaults) break;
  }
  if (faults.length > 0) throw new CompileError(new Source(program, name), faults);
}

/** Passes a program on to `reader` and throws `CompileError` at the first foreign character. */
export class StrictReader implements ProgramReader {
  readonly #reader: ProgramReader;
  readonly #name: string;
  #line = 1;
  #column = 1;
  /** The end of the line so far, for the excerpt. */
  #before = "";

  constructor(reader: ProgramReader, name = "program") {
    this.#reader = reader;
    this.#name = name;
  }

  feed(bytes: Uint8Array): void {
    let lineStart = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (byte === newline) {
        this.#line++;
        this.#column = 1;
        this.#before = "";
        lineStart = index + 1;
      } else if (allowed[byte] === 0) {
        this.#pass(bytes.subarray(lineStart, index));
        throw this.#fault(bytes.subarray(index));
      }
    }
    this.#pass(bytes.subarray(lineStart));
    this.#reader.feed(bytes);
  }

  /** Notes more of the current line, which is plain ASCII. */
  #pass(bytes: Uint8Array): void {
    this.#column += bytes.length;
    this.#before = (this.#before + String.fromCharCode(...bytes.subarray(-excerptBytes))).slice(-excerptBytes);
  }

  #fault(bytes: Uint8Array): CompileError {
    const character = firstCharacter(bytes);
    const rest = bytes.subarray(character?.bytes ?? 1, excerptBytes);
    const after = String.fromCharCode(...rest.map((byte) => (allowed[byte] === 0 ? 0x3f : byte)));
    const blank = "\n".repeat(this.#line - 1) + " ".repeat(this.#column - 1 - this.#before.length);
    const shown = character?.text ?? "\ufffd";
    const start = blank.length + this.#before.length;
    const found = character === undefined ? `the byte ${hexadecimal(bytes[0] ?? 0)}` : named(character.text);
    const source = new Source(blank + this.#before + shown + after, this.#name);
    return new CompileError(source, [foreignCharacter(found, start, shown.length)]);
  }
}

const hexadecimal = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`;

/** The UTF-8 character at the start of `bytes`; undefined when the bytes are no character, or end inside one. */
function firstCharacter(bytes: Uint8Array): { readonly text: string; readonly bytes: number } | undefined {
  const first = bytes[0] ?? 0;
  if (first < 0x80) return { text: String.fromCharCode(first), bytes: 1 };
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || first > 0xf4 || bytes.length < length) return undefined;
  let point = first & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    const byte = bytes[index] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (byte & 0x3f);
  }
  const isShortest = point >= (length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80);
  if (!isShortest || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
  return { text: String.fromCodePoint(point), bytes: length };
}
