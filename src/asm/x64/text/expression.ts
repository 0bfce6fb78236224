/**
 * Expressions in assembly text: numbers, labels and, inside brackets, registers, with the operators of C.
 *
 *     lowest   |   ^   &   << >>   + -   * / %   - + ~ (unary)   highest
 *
 * A value is a sum: a constant, at most one label added and one subtracted, and registers with factors. Only constants
 * can be multiplied, shifted and so on; registers by constants. Constants have 64 bits, signed or unsigned.
 */
import type { Label } from "../operands.ts";
import { Fault, quoted } from "./fault.ts";
import { noSuchRegister } from "./no-such-register.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import type { Word } from "./words.ts";

/** A register (or rip, riz, …) in an address. */
export interface Term {
  readonly word: Word;
  readonly scale: number;
  /** A factor was written, `1*rax`: the register is the index. */
  readonly isScaled: boolean;
  readonly start: number;
  readonly end: number;
}

export interface Value {
  /** A BigInt where it is no safe integer. */
  readonly constant: number | bigint;
  readonly label: Label | undefined;
  readonly minus: Label | undefined;
  readonly terms: readonly Term[];
}

const noTerms: readonly Term[] = [];

export function constantValue(constant: number | bigint): Value {
  return { constant, label: undefined, minus: undefined, terms: noTerms };
}

/** Whether it is a plain number. */
export function isConstant(value: Value): boolean {
  return value.label === undefined && value.minus === undefined && value.terms.length === 0;
}

/** What names mean; the assembler of the text answers. */
export interface Names {
  /** What a name stands for: a constant that was set, or a label. */
  valueOf(name: string, start: number, end: number): Value;
  /** Whether a name has its place or value already. */
  isDefined(name: string): boolean;
  /** `1f`, `1b`: the next or the last label of that number; undefined where that is none. */
  numbered(lexeme: string, start: number, end: number): Label | undefined;
  /** `$`: where this statement starts. */
  here(): Label;
  /** `$$`: where the code starts. */
  origin(): Label;
  /** How far apart two places are, if that is known before layout. */
  distance(from: Label, to: Label): number | undefined;
}

const plus = 0x2b;
const minus = 0x2d;
const times = 0x2a;

/** Binary operators by character; doubled characters are negative. */
const precedence: ReadonlyMap<number, number> = new Map([
  [0x7c, 1],
  [0x5e, 2],
  [0x26, 3],
  [-0x3c, 4],
  [-0x3e, 4],
  [plus, 5],
  [minus, 5],
  [times, 6],
  [0x2f, 6],
  [0x25, 6],
]);

/** Parentheses and signs that may stand around each other. */
const deepest = 200;

export class ExpressionReader {
  readonly #scanner: Scanner;
  readonly #names: Names;
  #depth = 0;
  /** A name may be a label's that looks like a register: where a branch goes. */
  takesAnyName = false;

  constructor(scanner: Scanner, names: Names) {
    this.#scanner = scanner;
    this.#names = names;
  }

  /** Reads an expression from the current token on, with operators that bind at least so tightly. */
  read(lowest = 1): Value {
    const scanner = this.#scanner;
    const { start } = scanner;
    let left = this.#readUnary();
    while (scanner.kind === tokenKind.punctuation) {
      const operator = scanner.punctuation;
      const level = precedence.get(operator);
      if (level === undefined || level < lowest) break;
      scanner.advance();
      const right = this.read(level + 1);
      left = this.#combine(operator, left, right, start);
    }
    return left;
  }

  #readUnary(): Value {
    const scanner = this.#scanner;
    const { start } = scanner;
    if (++this.#depth > deepest) {
      throw new Fault("bad-expression", `the expression is nested more than ${deepest} deep`, start, scanner.end);
    }
    try {
      if (scanner.is(plus)) {
        scanner.advance();
        return this.#readUnary();
      }
      if (scanner.is(minus)) {
        scanner.advance();
        const value = this.#readUnary();
        return this.#combine(minus, constantValue(0), value, start);
      }
      if (scanner.is(0x7e)) {
        scanner.advance();
        const value = this.#readUnary();
        return this.#checked(~BigInt(this.constantOf(value, start)), start);
      }
      return this.#readPrimary();
    } finally {
      this.#depth--;
    }
  }

  #readPrimary(): Value {
    const scanner = this.#scanner;
    const { start, end } = scanner;
    switch (scanner.kind) {
      case tokenKind.number: {
        const { number } = scanner;
        const label = this.#numberedLabel();
        scanner.advance();
        return label ?? constantValue(number);
      }
      case tokenKind.string: {
        const value = characterConstant(scanner.text, start, end);
        scanner.advance();
        return constantValue(value);
      }
      case tokenKind.word: {
        const value = this.#valueOfWord();
        scanner.advance();
        return value;
      }
      case tokenKind.float:
        throw new Fault("bad-number", `${quoted(scanner.text, start, end)} is not an integer`, start, end);
      case tokenKind.punctuation:
        if (scanner.is(0x28)) {
          scanner.advance();
          const value = this.read();
          if (!scanner.is(0x29)) throw unclosed(scanner, start, "(", ")");
          scanner.advance();
          return value;
        }
    }
    throw unexpected(scanner, "expected a number, a name or a register");
  }

  /** `1f` is no number, `1b` may be one: labels win where there is one. */
  #numberedLabel(): Value | undefined {
    const scanner = this.#scanner;
    const { number, start, end, text } = scanner;
    const last = text.charCodeAt(end - 1) | 0x20;
    if (last === 0x62 || last === 0x66) {
      const label = this.#names.numbered(scanner.lexeme, start, end);
      if (label !== undefined) return { constant: 0, label, minus: undefined, terms: noTerms };
    }
    if (Number.isNaN(number)) {
      throw new Fault("bad-number", `${quoted(text, start, end)} is not a number`, start, end, numberHint);
    }
    return undefined;
  }

  #valueOfWord(): Value {
    const scanner = this.#scanner;
    const { word, start, end } = scanner;
    if (word !== undefined && isAddressPart(word)) {
      const term = { word, scale: 1, isScaled: false, start, end };
      return { constant: 0, label: undefined, minus: undefined, terms: [term] };
    }
    const name = scanner.lexeme;
    if (name === "$" || name === ".") return labelValue(this.#names.here());
    if (name === "$$") return labelValue(this.#names.origin());
    if (word?.isReserved === true) throw unexpected(scanner, "expected a number, a name or a register");
    if (name.startsWith("$")) {
      throw new Fault(
        "unexpected-token",
        `${quoted(name, 0, name.length)} is AT&T syntax`,
        start,
        end,
        `write ${name.slice(1)}: this is Intel syntax, with the destination first`,
      );
    }
    if (!this.takesAnyName && !this.#names.isDefined(name)) {
      const why = noSuchRegister(name);
      if (why !== undefined) throw new Fault("no-such-register", `there is no register ${name}: ${why}`, start, end);
    }
    return this.#names.valueOf(name, start, end);
  }

  /** The number that a value is. Throws a `Fault` where labels or registers are in it. */
  constantOf(value: Value, start: number): number | bigint {
    if (isConstant(value)) return value.constant;
    const [term] = value.terms;
    if (term !== undefined) {
      const message = `the register ${term.word.name} cannot stand in a constant`;
      throw new Fault("bad-expression", message, term.start, term.end, "an address stands in brackets");
    }
    throw new Fault("bad-expression", "a label's place is not known here", start, this.#scanner.previousEnd);
  }

  #combine(operator: number, a: Value, b: Value, start: number): Value {
    if (operator === plus || operator === minus)
      return this.#sum(a, operator === plus ? b : this.#negated(b, start), start);
    if (operator === times && (a.terms.length > 0 || b.terms.length > 0)) return this.#scaled(a, b, start);
    const left = this.constantOf(a, start);
    const right = this.constantOf(b, start);
    if (typeof left === "number" && typeof right === "number" && operator === times) {
      const product = left * right;
      if (Number.isSafeInteger(product)) return constantValue(product);
    }
    return this.#checked(this.#wide(operator, BigInt(left), BigInt(right), start), start);
  }

  #wide(operator: number, left: bigint, right: bigint, start: number): bigint {
    switch (operator) {
      case times:
        return left * right;
      case 0x7c:
        return left | right;
      case 0x5e:
        return left ^ right;
      case 0x26:
        return left & right;
      case 0x2f:
      case 0x25:
        if (right === 0n) {
          throw new Fault("bad-expression", "a division by zero", start, this.#scanner.previousEnd);
        }
        return operator === 0x2f ? left / right : left % right;
      default:
        if (right < 0n || right > 63n) {
          throw new Fault("bad-expression", `a shift by ${right}; expected 0 to 63`, start, this.#scanner.previousEnd);
        }
        return operator === -0x3c ? left << right : left >> right;
    }
  }

  #sum(a: Value, b: Value, start: number): Value {
    let constant = added(a.constant, b.constant);
    let label = a.label ?? b.label;
    let subtracted = a.minus ?? b.minus;
    if ((a.label !== undefined && b.label !== undefined) || (a.minus !== undefined && b.minus !== undefined)) {
      throw new Fault("bad-expression", "two labels cannot be added", start, this.#scanner.previousEnd);
    }
    if (label !== undefined && subtracted !== undefined) {
      const distance = this.#names.distance(subtracted, label);
      if (distance !== undefined) {
        constant = added(constant, distance);
        label = subtracted = undefined;
      }
    }
    if (typeof constant === "bigint") constant = this.#checked(constant, start).constant;
    const terms = a.terms.length === 0 ? b.terms : b.terms.length === 0 ? a.terms : [...a.terms, ...b.terms];
    if (terms.length > 2) throw tooManyRegisters(terms);
    return { constant, label, minus: subtracted, terms };
  }

  #negated(value: Value, start: number): Value {
    const [term] = value.terms;
    if (term !== undefined) {
      throw new Fault("bad-address", `the register ${term.word.name} cannot be subtracted`, term.start, term.end);
    }
    const { constant, label, minus: subtracted } = value;
    const negative = typeof constant === "number" ? 0 - constant : this.#checked(-constant, start).constant;
    return { constant: negative, label: subtracted, minus: label, terms: noTerms };
  }

  #scaled(a: Value, b: Value, start: number): Value {
    const [registers, factor] = a.terms.length > 0 ? [a, b] : [b, a];
    const scale = this.constantOf(factor, start);
    if (registers.label !== undefined || registers.minus !== undefined) {
      throw new Fault("bad-address", "a label cannot be multiplied", start, this.#scanner.previousEnd);
    }
    const terms = registers.terms.map((term) => {
      const product = Number(scale) * term.scale;
      if (product !== 1 && product !== 2 && product !== 4 && product !== 8) {
        const message = `${term.word.name} is scaled by ${product}; a scale is 1, 2, 4 or 8`;
        throw new Fault("bad-scale", message, start, this.#scanner.previousEnd);
      }
      return { ...term, scale: product, isScaled: true };
    });
    const constant = this.#checked(BigInt(registers.constant) * BigInt(scale), start).constant;
    return { constant, label: undefined, minus: undefined, terms };
  }

  #checked(value: bigint, start: number): Value {
    if (value < -0x8000_0000_0000_0000n || value > 0xffff_ffff_ffff_ffffn) {
      throw new Fault("bad-number", "the value has more than 64 bits", start, this.#scanner.previousEnd);
    }
    const number = Number(value);
    return constantValue(Number.isSafeInteger(number) ? number : value);
  }
}

const numberHint = "numbers are 10, 0x1f or 1fh, 0b101 or 101b, 0o17; one in hexadecimal starts with a digit";

export function labelValue(label: Label): Value {
  return { constant: 0, label, minus: undefined, terms: noTerms };
}

/** riz and eiz are no index at all, written where a SIB byte stands without need. */
export function isPseudoIndex(word: Word): boolean {
  return word.keyword === "riz" || word.keyword === "eiz";
}

function isAddressPart(word: Word): boolean {
  return word.register !== undefined || word.keyword === "rip" || word.keyword === "eip" || isPseudoIndex(word);
}

export function tooManyRegisters(terms: readonly Term[]): Fault {
  const third = terms[2] ?? terms[0];
  return new Fault(
    "bad-address",
    "an address has a base and an index, no third register",
    third?.start ?? 0,
    third?.end ?? 0,
  );
}

export function unexpected(scanner: Scanner, expected: string): Fault {
  const { kind, start, end, text } = scanner;
  const found = kind === tokenKind.end ? "the end of the line" : quoted(text, start, end);
  const hint = scanner.is(0x25) ? "this is Intel syntax: registers stand without %, the destination first" : undefined;
  return new Fault("unexpected-token", `${expected}, got ${found}`, start, end, hint);
}

/** The current token should have been `close`. The place is where `open` stands. */
export function unclosed(scanner: Scanner, openedAt: number, open: string, close: string): Fault {
  if (scanner.kind !== tokenKind.end) return unexpected(scanner, `expected ${close} or an operator`);
  return new Fault("missing-bracket", `this ${open} has no ${close}`, openedAt, openedAt + 1);
}

function added(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return BigInt(a) + BigInt(b);
}

/** `'ab'`: characters as a number, the first one lowest, as NASM has them. */
function characterConstant(text: string, start: number, end: number): number | bigint {
  const bytes = stringBytes(text, start, end);
  if (bytes.length === 0 || bytes.length > 8) {
    throw new Fault("bad-string", `a character constant has 1 to 8 bytes, not ${bytes.length}`, start, end);
  }
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
  0: 0,
};

/**
 * The bytes (UTF-8) of the string in text[start, end), quotes included. Where `escaped`, a backslash begins an escape as
 * in C; it always does in `…` and never in '…'.
 */
export function stringBytes(
  text: string,
  start: number,
  end: number,
  escaped = text.charCodeAt(start) === 0x60,
): Uint8Array {
  const bytes = new ByteList(end - start);
  for (let at = start + 1; at < end - 1; at++) {
    let code = text.codePointAt(at) ?? 0;
    if (code === 0x5c && escaped && text.charCodeAt(start) !== 0x27) {
      const letter = text.charAt(++at);
      const digits = /^(?:x([0-9a-f]{1,2})|([0-7]{1,3}))/i.exec(text.slice(at, Math.min(at + 3, end - 1)));
      if (digits !== null) {
        bytes.push(Number.parseInt(digits[1] ?? digits[2] ?? "", digits[1] === undefined ? 8 : 16) & 0xff);
        at += digits[0].length - 1;
      } else bytes.push(escapes[letter] ?? letter.charCodeAt(0));
      continue;
    }
    if (code > 0xffff) at++;
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd; // half of a pair has no bytes of its own
    pushUtf8(bytes, code);
  }
  return bytes.finished();
}

function pushUtf8(bytes: ByteList, code: number): void {
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
}

/** Bytes one after the other; an array of numbers takes eight times the room. */
class ByteList {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity + 4);
  }

  push(...bytes: readonly number[]): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
  }

  finished(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
