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
import { noRegister, Operand, operandFlag, operandKind, ripBase, tailFlag } from "../operand.ts";
import { ptr, qword } from "../operands.ts";
import { k, rdSae, rip, rnSae, ruSae, rzSae, sae } from "../registers.ts";
import {
  constantValue,
  type ExpressionReader,
  isConstant,
  isPseudoIndex,
  type Term,
  tooManyRegisters,
  unclosed,
  unexpected,
  type Value,
} from "./expression.ts";
import { Fault, quoted } from "./fault.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import type { MakeMemory, Word } from "./words.ts";

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
  /** Broadcast memory whose size was not written, with 64 bits instead of 32. */
  broadcastInstead: Operand | undefined = undefined;

  constructor(scanner: Scanner, expressions: ExpressionReader) {
    this.#scanner = scanner;
    this.#expressions = expressions;
  }

  /** Reads all operands up to the end of the line. `branches`: an expression alone is a branch target. */
  read(branches: boolean, far: "none" | "large" | "all" = "none"): void {
    const scanner = this.#scanner;
    const { values } = this;
    this.isFar = this.hasSize = false;
    this.#far = far;
    for (let index = 0; index < mostOperands; index++) values[index] = undefined;
    this.count = 0;
    this.target = this.absolute = this.address = undefined;
    this.immediateBits = 0;
    this.rounding = this.broadcastInstead = undefined;
    if (scanner.kind === tokenKind.end) return;
    this.#expressions.takesAnyName = branches;
    for (;;) {
      const at = this.count;
      if (at === mostOperands) throw unexpected(scanner, `expected at most ${mostOperands} operands`);
      const { start } = scanner;
      if (scanner.is(openBrace)) {
        const decorator = readDecorator(scanner);
        if (!this.#readRounding(decorator)) throw unknownDecorator(scanner, decorator);
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
    if (scanner.is(openBracket)) return this.#readMemory(ptr, 0, scanner.start, undefined);
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
    if (scanner.is(openBracket)) return this.#readMemory(make, segment, start, undefined);
    if (scanner.kind === tokenKind.word && scanner.word?.register !== undefined) {
      const { register } = scanner.word;
      if (bits !== 0 || segment !== 0 || isOffset) throw unexpected(scanner, "expected an address in brackets");
      scanner.advance();
      return register;
    }
    const value = this.#readExpression();
    if (scanner.is(openBracket)) return this.#readMemory(make, segment, start, value);
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
  #readMemory(make: MakeMemory, segmentBefore: number, start: number, before: Value | undefined): Argument {
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
      else if (!this.#readRounding(decorator)) throw unknownDecorator(scanner, decorator);
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

  /** Keeps a rounding mode, which is the last operand wherever it stands. */
  #readRounding({ word, start, end }: Decorator): boolean {
    const rounding = roundings[word];
    if (rounding === undefined) return false;
    if (this.rounding !== undefined) throw new Fault("bad-decorator", "the rounding is given already", start, end);
    this.rounding = rounding;
    return true;
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

/** Memory at an address of 64 bits; without a size it is a qword's, which the writer changes to the accumulator's. */
function farMemory(constant: number | bigint, make: MakeMemory): Operand {
  return (make === ptr ? qword : make)(BigInt(constant));
}

function addressOf(value: Value, make: MakeMemory, isRelative: boolean, start: number, end: number): Operand {
  const { terms, label } = value;
  const [first, second] = terms;
  if (value.minus !== undefined) {
    throw new Fault(
      "bad-address",
      "the distance between these labels is known only when the code is laid out",
      start,
      end,
    );
  }
  const fromRip = terms.find(({ word }) => word.keyword === "rip" || word.keyword === "eip");
  if (fromRip !== undefined || label !== undefined || isRelative) {
    const other = terms.find((term) => term !== fromRip);
    if (other !== undefined || fromRip?.isScaled === true) {
      const { start: from, end: to } = other ?? fromRip ?? { start, end };
      const message = `${label === undefined ? "rip" : "a label"} and ${(other ?? fromRip)?.word.name} make no address`;
      throw new Fault("bad-address", message, from, to, "lea the label's address into a register first");
    }
    const disp = displacement(value.constant, false, start, end);
    const isShort = fromRip?.word.keyword === "eip";
    if (isShort && label !== undefined) {
      throw new Fault(
        "bad-address",
        "a label is reached from rip, not from eip",
        fromRip?.start ?? start,
        fromRip?.end ?? end,
      );
    }
    const memory = label === undefined ? make(rip, disp) : make(label, disp);
    return isShort ? changed(memory, { rex: operandFlag.address32 }) : memory;
  }
  if (first === undefined) return make(displacement(value.constant, false, start, end));
  return second === undefined
    ? oneRegister(value, first, make, start, end)
    : twoRegisters(value, first, second, make, start, end);
}

/** `qword(base, index, scale, disp)` with operands whose classes only the constructor checks. */
type Make = (base: Operand | undefined, index: Operand | number, scale?: number, disp?: number) => Operand;

function oneRegister(value: Value, term: Term, make: MakeMemory, start: number, end: number): Operand {
  const { word } = term;
  const register = registerOf(term);
  const disp = displacement(value.constant, isNarrow(register, word), start, end);
  const construct = make as unknown as Make; // it checks the classes itself
  if (isPseudoIndex(word)) return withoutIndex(make(disp), term);
  if (!term.isScaled && isGeneral(register)) return construct(register, disp);
  if (register?.code === 4 && isGeneral(register)) throw badIndex(term);
  return construct(undefined, indexOf(term), term.scale, disp);
}

function twoRegisters(value: Value, first: Term, second: Term, make: MakeMemory, start: number, end: number): Operand {
  // The scaled one is the index, a vector too; of two plain ones the second, unless it is rsp, which cannot be one.
  let base = first;
  let index = second;
  const secondIsStack = isGeneral(second.word.register) && second.word.register?.code === 4;
  if (
    isVector(first.word.register) ||
    isPseudoIndex(first.word) ||
    (first.isScaled && !second.isScaled) ||
    (!second.isScaled && secondIsStack) ||
    (second.scale === 1 && first.scale > 1)
  ) {
    base = second;
    index = first;
  }
  if (base.scale !== 1) {
    throw new Fault(
      "bad-scale",
      `one register of an address is scaled, not ${base.word.name} as well`,
      base.start,
      base.end,
    );
  }
  const register = registerOf(base);
  const disp = displacement(value.constant, isNarrow(register, base.word), start, end);
  if (!isGeneral(register)) {
    throw new Fault(
      "bad-address",
      `${base.word.name} cannot be a base; expected a register of 64 or 32 bits`,
      base.start,
      base.end,
    );
  }
  const construct = make as unknown as Make; // it checks the classes itself
  if (isPseudoIndex(index.word)) return withoutIndex(construct(register, disp), index);
  const other = indexOf(index);
  if (isGeneral(other) && other.code === 4) throw badIndex(index);
  return construct(register, other, index.scale, disp);
}

function badIndex({ word, start, end }: Term): Fault {
  return new Fault("bad-index", `${word.name} cannot be an index register`, start, end);
}

function registerOf({ word }: Term): Operand | undefined {
  return word.register;
}

function indexOf({ word, start, end }: Term): Operand {
  const { register } = word;
  if (isGeneral(register) || isVector(register)) return register;
  throw new Fault(
    "bad-index",
    `${word.name} cannot be in an address; expected a register of 64 or 32 bits, or xmm, ymm or zmm as index`,
    start,
    end,
  );
}

function isGeneral(register: Operand | undefined): register is Operand {
  return register !== undefined && register.kind >= operandKind.eax && register.kind <= operandKind.r64;
}

function isVector(register: Operand | undefined): register is Operand {
  const kind = register?.kind;
  return kind !== undefined && ((kind >= operandKind.xmm && kind <= operandKind.ymmHigh) || kind === operandKind.xmm0);
}

/** Whether addresses with this register have 32 bits. */
function isNarrow(register: Operand | undefined, word: Word): boolean {
  return register?.kind === operandKind.eax || register?.kind === operandKind.r32 || word.keyword === "eiz";
}

/** A displacement as a signed number of 32 bits; addresses wrap around at 64 bits, or 32. */
function displacement(constant: number | bigint, isNarrowAddress: boolean, start: number, end: number): number {
  if (typeof constant === "number" && constant === (constant | 0)) return constant;
  const wide = BigInt.asIntN(64, BigInt(constant));
  const signed = isNarrowAddress && wide >= 0n && wide <= 0xffff_ffffn ? BigInt.asIntN(32, wide) : wide;
  if (signed === BigInt.asIntN(32, signed)) return Number(signed);
  throw new Fault(
    "bad-address",
    `the displacement ${constant} does not fit; expected -2147483648 to 2147483647`,
    start,
    end,
    "mov a longer address into a register",
  );
}

/** A SIB byte without index where none was needed, as `[rax + riz]` asks for. */
function withoutIndex(memory: Operand, { scale, word }: Term): Operand {
  const scaleBits = Math.log2(scale) << 6;
  const narrow = word.keyword === "eiz" ? operandFlag.address32 : 0;
  if (memory.tail & tailFlag.sib) {
    return changed(memory, { sib: (memory.sib & 0x3f) | scaleBits, rex: memory.rex | narrow });
  }
  return changed(memory, {
    modrm: (memory.modrm & 0xc0) | 4,
    sib: scaleBits | 0x20 | (memory.modrm & 7),
    tail: memory.tail | tailFlag.sib,
    rex: memory.rex | narrow,
  });
}

type Changes = Partial<Pick<Operand, "kind" | "rex" | "modrm" | "tail" | "sib" | "segment">>;

/** The same memory with other encoding fields. A segment's prefix is one that the constructors do not know. */
function changed(memory: Operand, changes: Changes): Operand {
  const { code, disp, index, label, evex } = memory;
  const { kind, modrm, tail, sib, segment, rex } = { ...memory, ...changes };
  const flags = segment === 0 ? rex : rex | operandFlag.segment;
  return new Operand(kind, code, flags, modrm, tail, sib, disp, index, segment, label, evex);
}

/** Whether memory is `[base]` alone, as string instructions have it. */
export function isPlainBase(operand: Operand): boolean {
  const { code, index, disp, label } = operand;
  return code !== noRegister && code !== ripBase && index === noRegister && disp === 0 && label === undefined;
}

/** What stands in braces, and its place. */
export interface Decorator {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Longer ones are none. */
const longestDecorator = 32;

/** Reads `{…}` from the current token on. */
export function readDecorator(scanner: Scanner): Decorator {
  const { text, start } = scanner;
  const piece = /^\{([^}\n]*)\}/.exec(text.slice(start, start + longestDecorator));
  if (piece === null) throw new Fault("missing-bracket", "this { has no }", start, scanner.end);
  const [written, inside = ""] = piece;
  const end = start + written.length;
  scanner.rewind(end - 1); // the closing brace
  scanner.advance();
  return { word: inside.replace(/\s/g, "").toLowerCase(), start, end };
}

function unknownDecorator({ text }: Scanner, { start, end }: Decorator): Fault {
  const known = "expected {k1} to {k7}, {z}, {1to8} and its like, {rn-sae}, {rd-sae}, {ru-sae}, {rz-sae} or {sae}";
  return new Fault("bad-decorator", `${quoted(text, start, end)} means nothing here; ${known}`, start, end);
}
