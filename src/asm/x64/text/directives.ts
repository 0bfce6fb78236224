/**
 * Directives of NASM, MASM and GNU as that make sense in code of one piece: data, alignment, constants. Those that say
 * nothing here (`global`, `.cfi_…`) are passed over; what would change the meaning (`bits 32`, `.data`) is a fault.
 */
import type { Assembler } from "../assembler.ts";
import { type ExpressionReader, isConstant, stringBytes, unexpected, type Value } from "./expression.ts";
import { Fault } from "./fault.ts";
import type { Labels } from "./labels.ts";
import type { Patch } from "./patches.ts";
import { type Scanner, tokenKind } from "./scanner.ts";

const comma = 0x2c;
const widths: Readonly<Record<string, number>> = { bytes: 1, words: 2, dwords: 4, qwords: 8, zeroEnded: 1 };
const unitsOfZeros: Readonly<Record<string, number>> = { resw: 2, resd: 4, resq: 8 };

const mostRepetitions = 1 << 24;

/** The most bytes that one directive reserves. */
const mostReserved = 1 << 28;

export class DirectiveWriter {
  readonly #scanner: Scanner;
  readonly #expressions: ExpressionReader;
  readonly #assembler: Assembler;
  readonly #labels: Labels;
  readonly #patches: Patch[];

  constructor(scanner: Scanner, expressions: ExpressionReader, assembler: Assembler, labels: Labels, patches: Patch[]) {
    this.#scanner = scanner;
    this.#expressions = expressions;
    this.#assembler = assembler;
    this.#labels = labels;
    this.#patches = patches;
  }

  /** NASM's brackets around a directive that makes no code: `[bits 64]`. The current token is the bracket. */
  writeBracketed(): void {
    const scanner = this.#scanner;
    const opened = scanner.start;
    scanner.advance();
    const directive = scanner.kind === tokenKind.word ? scanner.word?.directive : undefined;
    if (directive !== "passedOver" && directive !== "section") {
      throw unexpected(scanner, "expected a directive in brackets, such as [bits 64]");
    }
    const lineEnd = scanner.text.indexOf("\n", opened);
    const line = scanner.text.slice(opened, lineEnd < 0 ? undefined : lineEnd);
    if (!line.includes("]")) throw new Fault("missing-bracket", "this [ has no ]", opened, opened + 1);
    this.write(directive);
  }

  /** Carries out the directive that is the current token, up to the end of its line. */
  write(directive: string): void {
    const scanner = this.#scanner;
    this.#expressions.takesAnyName = true;
    const { start } = scanner;
    const isDotted = scanner.text.charCodeAt(start) === 0x2e;
    switch (directive) {
      case "align":
      case "alignPower":
        this.#align(directive === "alignPower", start);
        return;
      case "zeros":
        this.#zeros(start);
        return;
      case "set":
        this.#set();
        return;
      case "section":
        this.#section();
        return;
      case "passedOver":
        this.#passOver();
        return;
      case "times":
        throw unexpected(scanner, "expected times at the beginning of a statement");
      case "equate":
        throw unexpected(scanner, "expected a name before equ");
      default:
        this.#data(directive, isDotted);
    }
  }

  /** `name equ 5`, `name = 5`: the current token is the one behind the name. */
  equate(name: string, start: number, end: number): void {
    const replaces = this.#scanner.is(0x3d);
    this.#scanner.advance();
    this.#labels.setConstant(name, this.#constant(), start, end, replaces);
  }

  /** `times 4 nop`: the number, which the current token starts; the statement it is for stands behind it. */
  repetitions(): number {
    const scanner = this.#scanner;
    scanner.advance();
    const { start } = scanner;
    const count = Number(this.#expressions.constantOf(this.#expressions.read(), start));
    if (!(count >= 0 && count <= mostRepetitions)) {
      throw new Fault("bad-number", `expected 0 to ${mostRepetitions} times, got ${count}`, start, scanner.previousEnd);
    }
    if (scanner.kind === tokenKind.end) throw unexpected(scanner, "expected an instruction or data to repeat");
    return count;
  }

  #constant(): Value {
    const { start } = this.#scanner;
    const value = this.#expressions.read();
    if (value.terms.length > 0) this.#expressions.constantOf(value, start);
    return value;
  }

  #set(): void {
    const scanner = this.#scanner;
    scanner.advance();
    if (scanner.kind !== tokenKind.word) throw unexpected(scanner, "expected a name");
    const { lexeme, start, end } = scanner;
    scanner.advance();
    if (!scanner.is(comma)) throw unexpected(scanner, "expected a comma");
    scanner.advance();
    this.#labels.setConstant(lexeme, this.#constant(), start, end, true);
  }

  #data(directive: string, isDotted: boolean): void {
    const scanner = this.#scanner;
    const width = widths[directive] ?? 1;
    scanner.hasEscapes = isDotted;
    scanner.advance();
    for (;;) {
      this.#item(width, isDotted);
      if (directive === "zeroEnded") this.#assembler.db(0);
      if (!scanner.is(comma)) break;
      scanner.advance();
    }
    scanner.hasEscapes = false;
  }

  #item(width: number, isDotted: boolean): void {
    const scanner = this.#scanner;
    const { start, end, text } = scanner;
    const next = scanner.kind === tokenKind.string ? scanner.peek() : 0;
    if (next === comma || next === 0x0a || next === 0x3b || next === 0x23 || next === 0x2f) {
      const bytes = stringBytes(text, start, end, isDotted || text.charCodeAt(start) === 0x60);
      this.#assembler.buffer.append(bytes);
      this.#assembler.buffer.append(new Uint8Array(-bytes.length & (width - 1)));
      scanner.advance();
      return;
    }
    const isNegative = scanner.is(0x2d);
    if (isNegative) scanner.advance();
    if (scanner.kind === tokenKind.float) {
      this.#float(isNegative ? -scanner.float : scanner.float, width);
      scanner.advance();
      return;
    }
    if (isNegative) scanner.rewind(start);
    this.#integer(this.#expressions.read(), width, start);
  }

  #float(value: number, width: number): void {
    const scanner = this.#scanner;
    if (width < 4) {
      throw new Fault(
        "bad-number",
        "a number with a fraction has 4 or 8 bytes",
        scanner.start,
        scanner.end,
        "write dd or dq",
      );
    }
    const view = new DataView(new ArrayBuffer(8));
    if (width === 4) view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    this.#assembler.buffer.append(new Uint8Array(view.buffer, 0, width));
  }

  #integer(value: Value, width: number, start: number): void {
    const end = this.#scanner.previousEnd;
    const { buffer } = this.#assembler;
    if (!isConstant(value)) {
      if (value.terms.length > 0 || (value.label === undefined && value.minus !== undefined)) {
        this.#expressions.constantOf({ ...value, label: undefined }, start);
      }
      this.#patches.push({ field: "data", at: this.#labels.here(), width, value, growing: -1, start, end });
      buffer.append(new Uint8Array(width));
      return;
    }
    const { constant } = value;
    if (typeof constant === "number" && constant === (constant | 0)) {
      const low = -1 << (8 * width - 1);
      if (width >= 4 || (constant >= low && constant <= ~(low * 2))) {
        buffer.reserve(width);
        for (let shift = 0; shift < 8 * width; shift += 8) {
          buffer.bytes[buffer.length++] = shift < 32 ? constant >> shift : constant >> 31;
        }
        return;
      }
    }
    this.#wideInteger(constant, width, start, end);
  }

  #wideInteger(constant: number | bigint, width: number, start: number, end: number): void {
    const bits = 8 * width;
    let rest = BigInt(constant);
    if (rest < -(1n << BigInt(bits - 1)) || rest >= 1n << BigInt(bits)) {
      const message = `${constant} does not fit into ${bits} bits; expected -2^${bits - 1} to 2^${bits} - 1`;
      throw new Fault("immediate-out-of-range", message, start, end);
    }
    const { buffer } = this.#assembler;
    buffer.reserve(width);
    for (let index = 0; index < width; index++, rest >>= 8n) buffer.bytes[buffer.length++] = Number(rest & 0xffn);
  }

  #align(isPower: boolean, start: number): void {
    const scanner = this.#scanner;
    scanner.advance();
    const place = scanner.start;
    const value = Number(this.#expressions.constantOf(this.#expressions.read(), place));
    const alignment = isPower ? 2 ** value : value;
    if (!(alignment >= 1 && alignment <= 4096) || (alignment & (alignment - 1)) !== 0) {
      const accepted = isPower ? "expected 0 to 12" : "expected a power of two from 1 to 4096";
      throw new Fault(
        "bad-number",
        `an alignment of ${isPower ? `2^${value}` : value}; ${accepted}`,
        place,
        scanner.previousEnd,
      );
    }
    let fill: number | undefined;
    if (scanner.is(comma)) {
      scanner.advance();
      if (scanner.word?.directive === "bytes") scanner.advance();
      if (!scanner.is(comma)) fill = Number(this.#expressions.constantOf(this.#expressions.read(), start)) & 0xff;
    }
    // GNU's third operand, the most padding that is worth it, is not kept to.
    if (scanner.is(comma)) scanner.skipLine();
    this.#assembler.align(alignment, fill === 0x90 ? undefined : fill);
  }

  #zeros(start: number): void {
    const scanner = this.#scanner;
    const unit = unitsOfZeros[scanner.lexeme.toLowerCase()] ?? 1;
    scanner.advance();
    const place = scanner.start;
    const count = unit * Number(this.#expressions.constantOf(this.#expressions.read(), place));
    if (!(count >= 0 && count <= mostReserved)) {
      throw new Fault("bad-number", `expected 0 to ${mostReserved} bytes, got ${count}`, place, scanner.previousEnd);
    }
    let fill = 0;
    if (scanner.is(comma)) {
      scanner.advance();
      fill = Number(this.#expressions.constantOf(this.#expressions.read(), start)) & 0xff;
    }
    const { buffer } = this.#assembler;
    buffer.reserve(count);
    buffer.bytes.fill(fill, buffer.length, buffer.length + count);
    buffer.length += count;
  }

  #section(): void {
    const scanner = this.#scanner;
    scanner.advance();
    const { lexeme, start, end } = scanner;
    if (/^\.?(?:data|bss)/.test(lexeme)) {
      throw new Fault("left-out", `there is one section, of code and constants; ${lexeme} is left out`, start, end);
    }
    scanner.skipLine();
  }

  #passOver(): void {
    const scanner = this.#scanner;
    const directive = scanner.lexeme.toLowerCase();
    scanner.advance();
    const { start, end, lexeme } = scanner;
    const isWrong =
      (directive === "bits" && scanner.number !== 64) || (directive === "default" && lexeme.toLowerCase() !== "rel");
    if (isWrong) {
      const accepted = directive === "bits" ? "bits 64" : "default rel";
      throw new Fault("left-out", `${directive} ${lexeme} is left out; expected ${accepted}`, start, end);
    }
    scanner.skipLine();
  }
}
