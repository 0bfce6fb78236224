/**
 * Reads the operands of an instruction: registers, memory, immediates, branch targets.
 *
 *     dword ptr [rax + 8*rcx - 4]   dword [rax+rcx*8-4]   qword ptr fs:[0x28]   [rel name]   name[rip + 4]   offset name
 *
 * What the instruction's own methods cannot take, since it depends on where code ends up, is left in `target`, `absolute`
 * or `address`; a number stands in for it among the values.
 */
import { EncodingError } from "../../../base/errors.ts";
import type { Argument } from "../encode-rm.ts";
import { Operand, operandKind } from "../operand.ts";
import { ptr } from "../operands.ts";
import { k, rdSae, rnSae, ruSae, rzSae, sae } from "../registers.ts";
import { type Decorator, readDecorator, unknownDecorator } from "./decorator.ts";
import {
  constantValue,
  type ExpressionReader,
  isConstant,
  tooManyRegisters,
  unclosed,
  unexpected,
  type Value,
} from "./expression.ts";
import { Fault } from "./fault.ts";
import { addressOf, changed, farMemory, isGeneral, isVector } from "./memory-operand.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import type { MakeMemory } from "./words.ts";

const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const colon = 0x3a;
const newline = 0x0a;

/** What the assembler's own checks stand behind. */
type Maskable = Operand<"zmm">;
type Element = Operand<"m64">;

const roundings: Readonly<Record<string, Operand>> = {
  "rn-sae": rnSae,
  "rd-sae": rdSae,
  "ru-sae": ruSae,
  "rz-sae": rzSae,
  sae,
};

/** No instruction has more, decorators in operands of their own included. */
const mostOperands = 6;

/** A place in the text that something is said about, with its value. */
export interface Place {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
}

export interface BranchTarget extends Place {
  readonly reach: "short" | "near" | undefined;
}

export class OperandReader {
  readonly #scanner: Scanner;
  readonly #expressions: ExpressionReader;
  readonly values: (Argument | undefined)[] = new Array<Argument | undefined>(mostOperands).fill(undefined);
  readonly starts = new Int32Array(mostOperands);
  readonly ends = new Int32Array(mostOperands);
  count = 0;
  /** Where a branch goes, unless in memory or a register. */
  target: BranchTarget | undefined = undefined;
  /** An immediate that is a label's address. */
  absolute: Place | undefined = undefined;
  /** `[rel 0x1000]`: a number that memory is at. */
  address: Place | undefined = undefined;
  /** The size word before an immediate, in bits, or 0. */
  immediateBits = 0;
  /** A size word stood before memory. */
  hasSize = false;
  /** `far` stood before an operand. */
  isFar = false;
  /** Whether memory at a number may have an address of 64 bits. */
  #far: "none" | "large" | "all" = "none";
  /** `{rn-sae}` and its like: the assembler takes it last. */
  rounding: Operand | undefined = undefined;
  /** How many operands stand before the rounding, and its place. */
  #roundingBehind = 0;
  #roundingStart = 0;
  #roundingEnd = 0;
  /** The size word before memory that a vector register indexes, in bits, or 0: all of it, or an element. */
  gatheredBits = 0;
  /** Broadcast memory whose size was not written, with 64 bits instead of 32. */
  broadcastInstead: Operand | undefined = undefined;

  constructor(scanner: Scanner, expressions: ExpressionReader) {
    this.#scanner = scanner;
    this.#expressions = expressions;
  }

  /** Where the text that was read ends. */
  get end(): number {
    return this.#scanner.previousEnd;
  }

  /** Reads all operands up to the end of the line. `branches`: an expression alone is a branch target. */
  read(branches: boolean, far: "none" | "large" | "all" = "none"): void {
    const { values } = this;
    this.isFar = this.hasSize = false;
    this.#far = far;
    for (let index = 0; index < mostOperands; index++) values[index] = undefined;
    this.count = 0;
    this.target = this.absolute = this.address = undefined;
    this.immediateBits = this.gatheredBits = 0;
    this.rounding = this.broadcastInstead = undefined;
    if (this.#scanner.kind === tokenKind.end) return;
    this.#expressions.takesAnyName = branches;
    this.#readAll(branches);
    if (this.rounding !== undefined) this.#checkRounding();
  }

  #readAll(branches: boolean): void {
    const scanner = this.#scanner;
    const { values } = this;
    for (;;) {
      const at = this.count;
      if (at === mostOperands) throw unexpected(scanner, `expected at most ${mostOperands} operands`);
      const { start } = scanner;
      if (scanner.is(openBrace)) {
        const decorator = readDecorator(scanner);
        if (!this.#readRounding(decorator, at)) throw unknownDecorator(scanner, decorator);
        if (scanner.kind === tokenKind.end) return;
        if (!scanner.is(comma)) throw unexpected(scanner, "expected a comma or the end of the line");
        scanner.advance();
        continue;
      }
      const value = this.#readOperand(branches);
      values[at] = value;
      this.starts[at] = start;
      this.ends[at] = scanner.previousEnd;
      this.count = at + 1;
      if (scanner.kind === tokenKind.end) return;
      if (!scanner.is(comma)) throw unexpected(scanner, "expected a comma or the end of the line");
      scanner.advance();
    }
  }

  /** Adds an operand that is not written. */
  append(value: Argument): void {
    this.values[this.count] = value;
    this.starts[this.count] = this.starts[Math.max(0, this.count - 1)] ?? 0;
    this.ends[this.count] = this.ends[Math.max(0, this.count - 1)] ?? 0;
    this.count++;
  }

  #readOperand(branches: boolean): Argument {
    const scanner = this.#scanner;
    const { word } = scanner;
    if (
      scanner.kind === tokenKind.word &&
      word?.register !== undefined &&
      (word.segment === 0 || scanner.peek() !== colon)
    ) {
      const { register } = word;
      const { start } = scanner;
      scanner.advance();
      return scanner.is(openBrace) ? this.#decorated(register, start) : register;
    }
    if (scanner.is(openBracket)) return this.#readMemory(ptr, 0, 0, scanner.start);
    return this.#readPrefixed(branches);
  }

  /** An operand that starts with size words, a segment or an expression. */
  #readPrefixed(branches: boolean): Argument {
    const scanner = this.#scanner;
    const { start } = scanner;
    let make: MakeMemory = ptr;
    let bits = 0;
    let isMemory = false;
    let segment = 0;
    let reach: BranchTarget["reach"];
    let isOffset = false;
    while (scanner.kind === tokenKind.word && scanner.word !== undefined) {
      const { word } = scanner;
      if (word.makeMemory !== undefined) {
        make = word.makeMemory;
        bits = word.bits;
        this.hasSize = true;
      } else if (word.keyword === "ptr") isMemory = true;
      else if (word.keyword === "short" || word.keyword === "near") reach = word.keyword;
      else if (word.keyword === "far") this.isFar = true;
      else if (word.keyword === "offset") isOffset = true;
      else if (word.segment !== 0 && scanner.peek() === colon) {
        segment = word.segment;
        scanner.advance();
      } else if (word.keyword !== "flat" || scanner.peek() !== colon) break;
      else scanner.advance();
      scanner.advance();
    }
    if (scanner.is(openBracket)) return this.#readMemory(make, bits, segment, start);
    if (scanner.kind === tokenKind.word && scanner.word?.register !== undefined) {
      const { register } = scanner.word;
      if (bits !== 0 || segment !== 0 || isOffset) throw unexpected(scanner, "expected an address in brackets");
      scanner.advance();
      return register;
    }
    const value = this.#readExpression();
    if (scanner.is(openBracket)) return this.#readMemory(make, bits, segment, start, value);
    if (isMemory || segment !== 0) {
      // objdump writes an absolute address as `ds:0x1000`.
      return this.#memoryOf(value, make, segment === 0x3e ? 0 : segment, start, scanner.previousEnd);
    }
    if (branches && !isOffset) {
      this.target = { value, start, end: scanner.previousEnd, reach };
      return 0;
    }
    this.immediateBits = bits;
    return this.#immediate(value, start);
  }

  #readExpression(): Value {
    const scanner = this.#scanner;
    // By far the most frequent: a number alone.
    if (scanner.kind === tokenKind.number && !Number.isNaN(scanner.number)) {
      const last = scanner.text.charCodeAt(scanner.end - 1);
      const next = scanner.peek();
      if (last >= 0x30 && last <= 0x39 && (next === newline || next === comma)) {
        const { number } = scanner;
        scanner.advance();
        return constantValue(number);
      }
    }
    return this.#expressions.read();
  }

  #immediate(value: Value, start: number): Argument {
    if (isConstant(value)) return value.constant;
    if (value.terms.length > 0) this.#expressions.constantOf(value, start);
    const end = this.#scanner.previousEnd;
    if (value.label === undefined || value.minus !== undefined) {
      throw new Fault(
        "bad-expression",
        "the distance between these labels is known only when the code is laid out",
        start,
        end,
        "dd and dq take it, as in `dd name - other`",
      );
    }
    this.absolute = { value, start, end };
    return 0;
  }

  /** The bracket, more brackets behind it, and what stood before it. */
  #readMemory(make: MakeMemory, bits: number, segmentBefore: number, start: number, before?: Value): Argument {
    const scanner = this.#scanner;
    let segment = segmentBefore;
    let sum = before;
    let isRelative = false;
    while (scanner.is(openBracket)) {
      const opened = scanner.start;
      scanner.advance();
      for (let { word } = scanner; scanner.kind === tokenKind.word && word !== undefined; word = scanner.word) {
        if (word.keyword === "rel") isRelative = true;
        else if (word.segment !== 0 && scanner.peek() === colon) {
          segment = word.segment;
          scanner.advance();
        } else if (word.keyword !== "abs" && !(word.makeMemory !== undefined && sum === undefined)) break;
        scanner.advance();
      }
      const value = this.#expressions.read();
      if (!scanner.is(closeBracket)) throw unclosed(scanner, opened, "[", "]");
      scanner.advance();
      sum = sum === undefined ? value : this.#joined(sum, value, opened);
    }
    const value = sum ?? constantValue(0);
    const end = scanner.previousEnd;
    const isGathered = value.terms.some(({ word }) => isVector(word.register));
    if (isGathered) this.gatheredBits = bits;
    let memory: Operand;
    if (isRelative && isConstant(value)) {
      this.address = { value, start, end };
      memory = this.#memoryOf(constantValue(0), make, segment, start, end, true);
    } else memory = this.#memoryOf(value, make, segment, start, end);
    return scanner.is(openBrace) ? this.#decorated(memory, start) : memory;
  }

  /** `name[rip]`, `[rbx][8*rcx]`: brackets one after the other are added. */
  #joined(a: Value, b: Value, start: number): Value {
    const terms = [...a.terms, ...b.terms];
    if (terms.length > 2) throw tooManyRegisters(terms);
    if ((a.label !== undefined && b.label !== undefined) || a.minus !== undefined || b.minus !== undefined) {
      throw new Fault("bad-address", "an address has one label", start, this.#scanner.start);
    }
    const constant = BigInt(a.constant) + BigInt(b.constant);
    return { constant, label: a.label ?? b.label, minus: undefined, terms };
  }

  /** The operand with what stands in braces behind it: a mask, zeroing, broadcast, or rounding of the instruction. */
  #decorated(plain: Operand, start: number): Operand {
    const scanner = this.#scanner;
    let operand = plain;
    let mask: Operand<"k"> | undefined;
    let maskWord: Decorator | undefined;
    let isZeroing = false;
    while (scanner.is(openBrace)) {
      const decorator = readDecorator(scanner);
      const { word, end } = decorator;
      const lanes = /^1to(\d+)$/.exec(word)?.[1];
      const register = /^k([0-7])$/.exec(word)?.[1];
      if (register !== undefined) {
        if (mask !== undefined) throw new Fault("bad-decorator", "the mask is given already", decorator.start, end);
        mask = k[Number(register)] as Operand<"k">; // k0 is refused where it is used
        maskWord = decorator;
      } else if (word === "z") isZeroing = true;
      else if (lanes !== undefined) operand = this.#broadcast(operand, Number(lanes), decorator);
      else if (!this.#readRounding(decorator, this.count + 1)) throw unknownDecorator(scanner, decorator);
      if (isZeroing && mask === undefined && !scanner.is(openBrace)) {
        throw new Fault("bad-decorator", "{z} needs a mask as well, such as {k1}{z}", decorator.start, end);
      }
    }
    if (mask === undefined) return operand;
    const given = operand as Maskable; // mask and maskz check the kind themselves
    const writeMask = mask;
    return this.#checked(() => (isZeroing ? given.maskz(writeMask) : given.mask(writeMask)), maskWord?.start ?? start);
  }

  #broadcast(memory: Operand, lanes: number, { start }: Decorator): Operand {
    const spread = (element: Operand): Operand =>
      this.#checked(() => (element as Element).broadcast(lanes as 8), start); // broadcast checks both itself
    if (memory.kind !== operandKind.m) return spread(memory);
    // The instruction tells the size: 32 bits are tried first.
    if (lanes < 16) this.broadcastInstead = spread(changed(memory, { kind: operandKind.m64 }));
    return spread(changed(memory, { kind: operandKind.m32 }));
  }

  /** Keeps a rounding mode, which stands behind so many operands. */
  #readRounding({ word, start, end }: Decorator, behind: number): boolean {
    const rounding = roundings[word];
    if (rounding === undefined) return false;
    if (this.rounding !== undefined) throw new Fault("bad-decorator", "the rounding is given already", start, end);
    this.rounding = rounding;
    this.#roundingBehind = behind;
    this.#roundingStart = start;
    this.#roundingEnd = end;
    return true;
  }

  /** Rounding stands behind the last register, and LLVM prints it before a general one. */
  #checkRounding(): void {
    const { count, values } = this;
    const last = values[count - 1];
    const isEarly = this.#roundingBehind === count - 1 && (!(last instanceof Operand) || isGeneral(last));
    if (this.#roundingBehind === count || isEarly) return;
    throw new Fault(
      "bad-decorator",
      "the rounding stands behind the last register",
      this.#roundingStart,
      this.#roundingEnd,
    );
  }

  /** Runs what may throw an `EncodingError` about the operand that starts at `start`. */
  #checked<T>(make: () => T, start: number): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
      throw new Fault("bad-decorator", error.message, start, this.#scanner.previousEnd);
    }
  }

  /** Whether this is a number that stands for an address of 64 bits. */
  #isFarAddress(value: Value, isRelative: boolean): boolean {
    if (this.#far === "none" || isRelative || !isConstant(value)) return false;
    if (this.#far === "all") return true;
    const address = BigInt.asIntN(64, BigInt(value.constant));
    return address !== BigInt.asIntN(32, address);
  }

  #memoryOf(value: Value, make: MakeMemory, segment: number, start: number, end: number, isRelative = false): Operand {
    try {
      const memory = this.#isFarAddress(value, isRelative)
        ? farMemory(value.constant, make)
        : addressOf(value, make, isRelative, start, end);
      return segment === 0 ? memory : changed(memory, { segment });
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
      throw new Fault("bad-address", error.message.replace(/^\w+: /, ""), start, this.#scanner.previousEnd);
    }
  }
}
