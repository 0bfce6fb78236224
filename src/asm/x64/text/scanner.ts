/**
 * Splits assembly text into tokens: one token is current, `advance` takes the next. A statement ends at its line's end, which
 * is a token as well; comments (`;`, `#`, `//`) and blanks are none.
 *
 * Words are looked up in the table of known words while they are read, so that a known one makes no string.
 */
import { Fault, quoted } from "./fault.ts";
import { parseNumberLiteral } from "./number-literal.ts";
import type { Word, WordTable } from "./words.ts";

export const tokenKind = {
  /** The end of a line, or of the text. */
  end: 0,
  word: 1,
  number: 2,
  /** A number with a fraction or an exponent: `float` is its value. */
  float: 3,
  string: 4,
  /** A character of punctuation, or two that belong together; `punctuation` is the first one's code, doubled ones negative. */
  punctuation: 5,
} as const;

const space = 0x20;
const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** What a character can be part of. */
const charClass = { other: 0, blank: 1, newline: 2, digit: 3, word: 4, quote: 5 } as const;
const classes = new Uint8Array(128);
for (const code of [space, tab, carriageReturn, 0x0b, 0x0c]) classes[code] = charClass.blank;
classes[newline] = charClass.newline;
for (let code = 0x30; code < 0x3a; code++) classes[code] = charClass.digit;
for (let code = 0x41; code < 0x5b; code++) classes[code] = classes[code + 32] = charClass.word;
for (const letter of "_.@?$") classes[letter.charCodeAt(0)] = charClass.word;
for (const letter of "'\"`") classes[letter.charCodeAt(0)] = charClass.quote;

function classOf(code: number): number {
  if (code < 128) return classes[code]!;
  // No-break spaces and byte order marks come with text that was pasted; other letters may stand in names.
  return code === 0xa0 || code === 0xfeff ? charClass.blank : charClass.word;
}

export class Scanner {
  readonly text: string;
  readonly #words: WordTable;
  /** Of the current token: one of `tokenKind`, and where it starts and ends. */
  kind = 0;
  start = 0;
  end = 0;
  /** Where the token before the current one ended. */
  previousEnd = 0;
  /** Of a word, if it is a known one. */
  word: Word | undefined = undefined;
  number: number | bigint = 0;
  float = 0;
  punctuation = 0;
  /** Whether a backslash escapes a quote in "…", as it does after `.ascii`; in `…` it always does. */
  hasEscapes = false;

  constructor(text: string, words: WordTable) {
    this.text = text;
    this.#words = words;
  }

  /** True behind the last line. */
  get isAtEnd(): boolean {
    return this.kind === tokenKind.end && this.start >= this.text.length;
  }

  /** The current token as it is written. */
  get lexeme(): string {
    return this.text.slice(this.start, this.end);
  }

  /** Whether the current token is this character. */
  is(character: number): boolean {
    return this.kind === tokenKind.punctuation && this.punctuation === character;
  }

  /** Goes back to a place where a token started. */
  rewind(start: number): void {
    this.end = start;
    this.advance();
  }

  /** Goes to the end of the line. */
  skipLine(): void {
    if (this.kind === tokenKind.end) return;
    const at = this.text.indexOf("\n", this.end);
    this.kind = tokenKind.end;
    this.start = this.end = at < 0 ? this.text.length : at;
  }

  /** The character after the current token and blanks, without reading a token. */
  peek(): number {
    let at = this.end;
    while (at < this.text.length && classOf(this.text.charCodeAt(at)) === charClass.blank) at++;
    return at < this.text.length ? this.text.charCodeAt(at) : newline;
  }

  advance(): void {
    const { text } = this;
    const { length } = text;
    this.previousEnd = this.end;
    // A line's end is behind us once it was the current token.
    let at =
      this.kind === tokenKind.end && this.end < length && text.charCodeAt(this.end) === newline
        ? this.end + 1
        : this.end;
    let code = 0;
    let kind = 0;
    for (; at < length; at++) {
      code = text.charCodeAt(at);
      kind = classOf(code);
      if (kind !== charClass.blank) break;
    }
    this.start = at;
    if (at >= length) {
      this.kind = tokenKind.end;
      this.end = at;
    } else if (kind === charClass.word) this.#readWord(at);
    else if (kind === charClass.digit) this.#readNumber(at);
    else if (kind === charClass.newline) {
      this.kind = tokenKind.end;
      this.end = at;
    } else if (kind === charClass.quote) this.#readString(at, code);
    else this.#readPunctuation(at, code);
  }

  #readWord(start: number): void {
    const { text } = this;
    const { length } = text;
    let hash = 0;
    let at = start;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      const kind = classOf(code);
      if (kind !== charClass.word && kind !== charClass.digit) break;
      hash = Math.imul(hash ^ (code | 0x20), 0x01000193);
    }
    this.kind = tokenKind.word;
    this.end = at;
    this.word = this.#words.find(text, start, at, hash);
  }

  #readNumber(start: number): void {
    const { text } = this;
    const { length } = text;
    let at = start;
    let value = 0;
    let kind = 0;
    let code = 0;
    for (; at < length; at++) {
      code = text.charCodeAt(at);
      kind = classOf(code);
      if (kind !== charClass.digit) break;
      value = value * 10 + (code - 0x30);
    }
    this.kind = tokenKind.number;
    if ((at === length || kind !== charClass.word) && at - start < 16) {
      this.number = value;
      this.end = at;
      return;
    }
    this.#readLongNumber(start);
  }

  /** Any number but a short decimal one. */
  #readLongNumber(start: number): void {
    const { text } = this;
    let at = start;
    let isFloat = false;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const kind = classOf(code);
      if (code === 0x2e) isFloat = true;
      else if (kind !== charClass.digit && kind !== charClass.word) break;
    }
    this.end = at;
    if (isFloat || looksExponential(text, start, at)) {
      this.#readFloat(start, at);
      return;
    }
    // A number has 64 digits at most, beside leading zeros and underscores; nobody needs thousands of those.
    const value = at - start > 1000 ? "too large" : parseNumberLiteral(text.slice(start, at));
    if (typeof value !== "string") {
      this.number = value;
      return;
    }
    // `1f` may be a label; who wants a number complains.
    this.number = Number.NaN;
    if (value === "too large") {
      throw new Fault("bad-number", `${quoted(text, start, at)} has more than 64 bits`, start, at);
    }
  }

  #readFloat(start: number, end: number): void {
    const { text } = this;
    // An exponent's sign and digits stand behind a letter e.
    let stop = end;
    if (/[eE]/.test(text.charAt(end - 1)) && /[+-]/.test(text.charAt(end)) && /\d/.test(text.charAt(end + 1))) {
      stop++;
      while (classOf(text.charCodeAt(stop)) === charClass.digit) stop++;
    }
    this.end = stop;
    const literal = stop - start > 1000 ? "" : text.slice(start, stop).replaceAll("_", "");
    if (!/^\d+(?:\.\d*)?(?:e[+-]?\d+)?$/i.test(literal)) {
      throw new Fault("bad-number", `${quoted(text, start, stop)} is not a number`, start, stop);
    }
    this.kind = tokenKind.float;
    this.float = Number(literal);
  }

  #readString(start: number, quote: number): void {
    const { text } = this;
    let at = start + 1;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote || code === newline) break;
      const escapes = quote === 0x60 || (quote === 0x22 && this.hasEscapes);
      if (code === 0x5c && escapes && at + 1 < text.length && text.charCodeAt(at + 1) !== newline) at++;
    }
    this.kind = tokenKind.string;
    if (at >= text.length || text.charCodeAt(at) === newline) {
      this.end = at;
      throw new Fault("bad-string", `the string has no closing ${String.fromCharCode(quote)}`, start, at);
    }
    this.end = at + 1;
  }

  #readPunctuation(at: number, code: number): void {
    const { text } = this;
    const next = text.charCodeAt(at + 1);
    if (code === 0x3b || code === 0x23 || (code === 0x2f && next === 0x2f)) {
      const line = text.indexOf("\n", at);
      this.kind = tokenKind.end;
      this.start = this.end = line < 0 ? text.length : line;
      return;
    }
    this.kind = tokenKind.punctuation;
    const doubled = next === code && (code === 0x3c || code === 0x3e);
    this.punctuation = doubled ? -code : code;
    this.end = at + (doubled ? 2 : 1);
  }
}

/** `1e10`, but not `1eh` or `0x1e1`. */
function looksExponential(text: string, start: number, end: number): boolean {
  return (
    end - start <= 1000 &&
    /^\d+e(?:\d+$|$)/i.test(text.slice(start, end)) &&
    (/\d$/.test(text.slice(start, end)) || /[+-]/.test(text.charAt(end)))
  );
}
