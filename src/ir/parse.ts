/**
 * Reads the text form of the IR (print.ts writes it; docs/ir.md describes it).
 *
 * Line by line: first every definition gets its value and every label its block, so that uses may come before them in
 * the text; then result types that follow from operands are settled, in whatever order the definitions stand. The headers
 * of all functions are read first, so that a call may stand before the function that it calls. Faults are
 * diagnostics with line and column, as many as can be found, thrown once as a `CompileError`.
 * What is read is well formed text, not yet a valid function: that is the verifier's business.
 */
import { CompileError, type Diagnostic } from "../base/diagnostics.ts";
import { type TrapCode, trapCodes } from "../base/errors.ts";
import { Source, type Span } from "../base/source.ts";
import { Block, type Constant, type Edge, IrFunction, type Terminator, Value } from "./function.ts";
import { type OpcodeShape, resultTypeOf, shapeOf } from "./opcode-shapes.ts";
import { isOpcode } from "./opcodes.ts";
import { isType, isVector, type Scalar, scalars, type Type, types, vectorIfAny } from "./types.ts";

/** The largest value and block number: ids index side tables, so a text must not choose how much memory they take. */
const largestId = 2 ** 24 - 1;

/** Reads a text that holds exactly one function. Throws `CompileError`. */
export function parseFunction(text: string, name = "ir"): IrFunction {
  const source = new Source(text, name);
  const functions = new Parser(source).functions();
  const [fn] = functions;
  if (fn === undefined || functions.length > 1) {
    const span = { start: 0, end: 0 };
    throw new CompileError(source, [
      { code: "ir-syntax", message: `expected one function, found ${functions.length}`, span },
    ]);
  }
  return fn;
}

/** Reads every function of a text. Throws `CompileError`. */
export function parseFunctions(text: string, name = "ir"): IrFunction[] {
  return new Parser(new Source(text, name)).functions();
}

const token = /[ \t]*(?:(;.*)|(->|[(){}:,=@])|([-+]?(?:[\d.]+[eE]\+\d+|[\w.-]+))|(\S))/gy;

/** The header of a function: its name and its result's type. */
const header = /^[ \t]*fn[ \t]*@[ \t]*([\w.-]+)[ \t]*\([^()]*\)[ \t]*(?:->[ \t]*(\w+)[ \t]*)?\{/gm;

/** A definition whose type follows from operands that may stand further down. */
interface Untyped {
  readonly value: Value;
  readonly span: Span;
}

/** Stops the reading of one line; its diagnostic is already noted. */
class SyntaxFault extends Error {}

class Parser {
  readonly #source: Source;
  readonly #diagnostics: Diagnostic[] = [];
  // The line being read: its tokens, and where each starts.
  #words: string[] = [];
  #starts: number[] = [];
  #at = 0;
  #lineEnd = 0;
  #lineSpan: Span | undefined;
  // The function being read.
  #values = new Map<number, Value>();
  #defined = new Set<number>();
  #firstUses = new Map<number, Span>();
  #blocks = new Map<number, Block>();
  #labelled = new Set<number>();
  #blockUses = new Map<number, Span>();
  #untyped: Untyped[] = [];

  /** The functions of the text by name, with their results and nothing in them yet. */
  readonly #declared = new Map<string, IrFunction>();

  constructor(source: Source) {
    this.#source = source;
    for (const [, name = "", result] of source.text.matchAll(header)) {
      if (!this.#declared.has(name) && (result === undefined || isType(result)))
        this.#declared.set(name, new IrFunction(name, result));
    }
  }

  functions(): IrFunction[] {
    const functions: IrFunction[] = [];
    const text = this.#source.text;
    let fn: IrFunction | undefined;
    let block: Block | undefined;
    for (let start = 0; start <= text.length; ) {
      const end = text.indexOf("\n", start);
      const lineEnd = end < 0 ? text.length : end;
      try {
        this.#readLine(start, lineEnd);
        if (this.#words.length > 0) {
          if (fn === undefined) {
            fn = this.#header();
            block = undefined;
          } else if (this.#peek() === "}") {
            this.#next();
            this.#finish(fn);
            functions.push(fn);
            fn = undefined;
          } else block = this.#line(fn, block);
          if (this.#at < this.#words.length) this.#fail(`expected the end of the line, found ${this.#found()}`);
        }
      } catch (error) {
        if (!(error instanceof SyntaxFault)) throw error;
        if (fn === undefined) break; // without its header, nothing of a function makes sense
      }
      start = lineEnd + 1;
    }
    if (fn !== undefined && this.#diagnostics.length === 0)
      this.#note(`@${fn.name} does not end: expected }`, { start: text.length, end: text.length });
    if (this.#diagnostics.length > 0) {
      this.#diagnostics.sort((a, b) => a.span.start - b.span.start);
      throw new CompileError(this.#source, this.#diagnostics);
    }
    return functions;
  }

  // -------------------------------------------------------------- Lines

  /** `fn @name(v0: f64, …) -> f64 {` */
  #header(): IrFunction {
    this.#expect("fn");
    this.#expect("@");
    const name = this.#next();
    if (!/^[\w.-]+$/.test(name)) this.#fail(`expected the function's name, found ${JSON.stringify(name)}`, 1);
    this.#values = new Map();
    this.#defined = new Set();
    this.#firstUses = new Map();
    this.#blocks = new Map();
    this.#labelled = new Set();
    this.#blockUses = new Map();
    this.#untyped = [];
    this.#expect("(");
    const parameters = this.#parameters();
    let result: Type | undefined;
    if (this.#take("->")) result = this.#type(this.#next());
    this.#expect("{");
    const declared = this.#declared.get(name);
    const fn = declared?.blocks.length === 0 && declared.result === result ? declared : new IrFunction(name, result);
    this.#entryParameters = parameters;
    return fn;
  }

  #entryParameters: Value[] = [];

  /** `v5: f64, …)`, after the opening parenthesis. */
  #parameters(): Value[] {
    const parameters: Value[] = [];
    if (this.#take(")")) return parameters;
    do {
      const value = this.#define();
      this.#expect(":");
      value.opcode = "parameter";
      value.type = this.#type(this.#next());
      parameters.push(value);
    } while (this.#take(","));
    this.#expect(")");
    return parameters;
  }

  /** A label, an instruction or a terminator. Gives the block that the next line belongs to. */
  #line(fn: IrFunction, block: Block | undefined): Block {
    const first = this.#peek();
    const follow = this.#words[this.#at + 1];
    if (/^b\d+$/.test(first) && (follow === ":" || follow === "(")) return this.#label(fn);
    if (block === undefined) return this.#fail(`expected a label such as b0:, found ${this.#found()}`);
    if (block.terminator !== undefined)
      return this.#fail(`b${block.id} already ended; expected a label or }, found ${this.#found()}`);
    const terminator = this.#terminator();
    if (terminator !== undefined) block.terminator = terminator;
    else this.#instruction(block);
    return block;
  }

  #label(fn: IrFunction): Block {
    const start = this.#at;
    const block = this.#block();
    if (this.#labelled.has(block.id)) this.#fail(`b${block.id} is defined twice`, this.#at - start);
    this.#labelled.add(block.id);
    const isEntry = fn.blocks.length === 0;
    fn.blocks.push(block);
    if (isEntry) block.parameters = this.#entryParameters;
    if (this.#take("(")) {
      if (isEntry) this.#fail("the entry block's parameters are the function's and stand in its header", 1);
      block.parameters = this.#parameters();
    }
    this.#expect(":");
    return block;
  }

  #terminator(): Terminator | undefined {
    switch (this.#peek()) {
      case "jump":
        this.#next();
        return { kind: "jump", target: this.#edge() };
      case "branch": {
        this.#next();
        const condition = this.#use();
        this.#expect(",");
        const whenTrue = this.#edge();
        this.#expect(",");
        return { kind: "branch", condition, whenTrue, whenFalse: this.#edge() };
      }
      case "return":
        this.#next();
        return { kind: "return", value: this.#at < this.#words.length ? this.#use() : undefined };
      case "trap": {
        this.#next();
        const code = this.#next();
        if (!isTrapCode(code))
          this.#fail(
            `expected a trap code (${Object.keys(trapCodes).join(", ")}), found ${code === "" ? "the end of the line" : code}`,
            1,
          );
        return { kind: "trap", code, span: this.#lineSpan };
      }
      default:
        return undefined;
    }
  }

  #edge(): Edge {
    const block = this.#block();
    const args: Value[] = [];
    if (this.#take("(")) {
      do args.push(this.#use());
      while (this.#take(","));
      this.#expect(")");
    }
    return { block, arguments: args };
  }

  /** `v2 = fadd v0, v1`, `v3 = const.f64 1.5`, `store v1, v2, 8` */
  #instruction(block: Block): void {
    const start = this.#starts[this.#at] ?? 0;
    const isNamed = this.#words[this.#at + 1] === "=";
    const value = isNamed ? this.#define() : new Value(-1, shapeOf("store"), "i32", [], undefined, undefined);
    if (isNamed) this.#expect("=");
    const mnemonic = this.#next();
    const dot = mnemonic.indexOf(".");
    const opcode = dot < 0 ? mnemonic : mnemonic.slice(0, dot);
    if (!isOpcode(opcode) || opcode === "parameter") this.#fail(`${opcode || "nothing"} is not an opcode`, 1);
    const shape = shapeOf(opcode);
    if (isNamed && opcode !== "call" && shape.effect === "write") this.#fail(`${opcode} has no result to name`, 1);
    if (!isNamed && shape.effect !== "write") this.#fail(`expected a result: v0 = ${mnemonic} …`, 1);
    if (shape.explicit ? dot < 0 : dot >= 0 && !shape.explicitVector)
      this.#fail(
        shape.explicit ? `${opcode} needs its result type: ${acceptedTypes(shape)}` : `${opcode} takes no type here`,
        1,
      );
    value.opcode = opcode;
    value.span = this.#lineSpan;
    if (opcode === "call") {
      this.#call(block, value, isNamed);
      return;
    }
    for (let index = 0; index < shape.operands.length; index++) {
      if (index > 0) this.#expect(",");
      value.operands.push(this.#use());
    }
    if (dot >= 0) value.type = this.#type(mnemonic.slice(dot + 1));
    else this.#untyped.push({ value, span: { start, end: this.#lineEnd } });
    if (shape.immediate === "constant") value.immediate = this.#constant(value.type);
    if (shape.immediate === "offset") value.immediate = this.#take(",") ? this.#integer("a byte offset") : 0;
    if (shape.immediate === "lane") {
      this.#expect(",");
      value.immediate = this.#integer("the number of a lane");
    }
    block.instructions.push(value);
  }

  /** `@g(v1, v2)`, after `call` */
  #call(block: Block, value: Value, isNamed: boolean): void {
    this.#expect("@");
    const name = this.#next();
    const callee = this.#declared.get(name) ?? this.#fail(`there is no function @${name} in this text`, 1);
    if (isNamed !== (callee.result !== undefined))
      this.#fail(isNamed ? `@${name} gives nothing to name` : `expected a result: v0 = call @${name}(…)`, 1);
    this.#expect("(");
    if (!this.#take(")")) {
      do value.operands.push(this.#use());
      while (this.#take(","));
      this.#expect(")");
    }
    value.type = callee.result ?? "i32";
    value.callee = callee;
    block.instructions.push(value);
  }

  // -------------------------------------------------------------- Words

  #type(word: string): Type {
    return isType(word)
      ? word
      : this.#fail(
          `expected a type (${scalars.join(" ")}, or a vector of 2, 4, 8 or 16 of them in 64 bytes, such as f64x8), found ${word === "" ? "nothing" : word}`,
          1,
        );
  }

  #constant(type: Type): Constant {
    if (isVector(type)) this.#fail(`a constant is a scalar; splat.${type} of one gives a vector`);
    const word = this.#next();
    const constant = readConstant(type, word);
    return constant ?? this.#fail(`${word === "" ? "nothing" : word} is not a constant of type ${type}`, 1);
  }

  #integer(what: string): number {
    const word = this.#next();
    return /^[-+]?\d+$/.test(word)
      ? Number(word)
      : this.#fail(`expected ${what}, found ${word === "" ? "the end of the line" : word}`, 1);
  }

  #id(prefix: "v" | "b", what: string): number {
    const word = this.#next();
    const id = /^[vb]\d+$/.test(word) && word.startsWith(prefix) ? Number(word.slice(1)) : -1;
    if (id < 0) this.#fail(`expected ${what}, found ${word === "" ? "the end of the line" : word}`, 1);
    if (id > largestId) this.#fail(`${word}: numbers go up to ${largestId}`, 1);
    return id;
  }

  #value(id: number): Value {
    let value = this.#values.get(id);
    if (value === undefined) {
      value = new Value(id, shapeOf("const"), "i32", [], undefined, undefined);
      this.#values.set(id, value);
    }
    return value;
  }

  #use(): Value {
    const id = this.#id("v", "a value such as v0");
    if (!this.#firstUses.has(id)) this.#firstUses.set(id, this.#previousSpan());
    return this.#value(id);
  }

  #define(): Value {
    const id = this.#id("v", "a value such as v0");
    if (this.#defined.has(id)) this.#fail(`v${id} is defined twice`, 1);
    this.#defined.add(id);
    return this.#value(id);
  }

  #block(): Block {
    const id = this.#id("b", "a block such as b1");
    if (!this.#blockUses.has(id)) this.#blockUses.set(id, this.#previousSpan());
    let block = this.#blocks.get(id);
    if (block === undefined) {
      block = new Block(id);
      this.#blocks.set(id, block);
    }
    return block;
  }

  // -------------------------------------------------------------- The end of a function

  #finish(fn: IrFunction): void {
    for (const [id, span] of this.#firstUses)
      if (!this.#defined.has(id)) this.#note(`v${id} is not defined in @${fn.name}`, span);
    for (const [id, span] of this.#blockUses)
      if (!this.#labelled.has(id)) this.#note(`b${id} is not defined in @${fn.name}`, span);
    if (this.#diagnostics.length > 0) return;
    this.#settleTypes();
    let values = 0;
    let blocks = 0;
    for (const id of this.#defined) values = Math.max(values, id + 1);
    for (const id of this.#labelled) blocks = Math.max(blocks, id + 1);
    fn.reserveIds(values, blocks);
    this.#numberNameless(fn);
  }

  /** Result types that follow from an operand, whose own may have to be settled first: with a stack of our own. */
  #settleTypes(): void {
    const pending = new Map<Value, Span>();
    for (const { value, span } of this.#untyped) pending.set(value, span);
    const chain: Value[] = [];
    for (const { value } of this.#untyped) {
      if (!pending.has(value)) continue;
      chain.push(value);
      for (let top = chain.at(-1); top !== undefined; top = chain.at(-1)) {
        const { shape, operands } = top;
        const source = operands[shape.resultType === undefined ? shape.resultOperand : shape.laneOperand];
        if (source !== undefined && pending.has(source)) {
          if (chain.length > pending.size) {
            const span = pending.get(value) ?? { start: 0, end: 0 };
            this.#note(`v${value.id}: its type would follow from itself`, span);
            return;
          }
          chain.push(source);
        } else {
          const type = resultTypeOf(shape, operands);
          if (type === undefined) {
            const lanes = operands.map((operand) => operand.type).join(", ");
            const span = pending.get(top) ?? { start: 0, end: 0 };
            this.#note(`${shape.opcode} of ${lanes}: there is no type for what it would give`, span);
            return;
          }
          top.type = type;
          pending.delete(top);
          chain.pop();
        }
      }
    }
  }

  /** What has no result has no name in the text; it gets the numbers after all others. */
  #numberNameless(fn: IrFunction): void {
    for (const block of fn.blocks) {
      block.instructions = block.instructions.map((value) => {
        if (value.id >= 0) return value;
        const numbered = fn.createValue(value.opcode, value.type, value.operands, value.immediate, value.span);
        numbered.callee = value.callee;
        return numbered;
      });
    }
  }

  // -------------------------------------------------------------- Tokens and faults

  #readLine(start: number, end: number): void {
    this.#words = [];
    this.#starts = [];
    this.#at = 0;
    this.#lineEnd = end;
    this.#lineSpan = undefined;
    const text = this.#source.text.slice(start, end);
    token.lastIndex = 0;
    for (let match = token.exec(text); match !== null; match = token.exec(text)) {
      const [whole, comment, mark, word, other] = match;
      if (comment !== undefined) {
        const span = /^; span (\d+)\.\.(\d+)\s*$/.exec(comment);
        if (span !== null) this.#lineSpan = { start: Number(span[1]), end: Number(span[2]) };
        this.#lineEnd = start + token.lastIndex - comment.length;
        break;
      }
      const found = mark ?? word ?? other ?? "";
      this.#words.push(found);
      this.#starts.push(start + match.index + whole.length - found.length);
    }
  }

  #peek(): string {
    return this.#words[this.#at] ?? "";
  }

  #next(): string {
    return this.#words[this.#at++] ?? "";
  }

  #take(word: string): boolean {
    if (this.#peek() !== word) return false;
    this.#at++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) this.#fail(`expected ${word}, found ${this.#found()}`);
  }

  #found(): string {
    return this.#at < this.#words.length ? this.#peek() : "the end of the line";
  }

  #spanOf(index: number): Span {
    const start = this.#starts[index] ?? this.#lineEnd;
    return { start, end: start + Math.max(1, this.#words[index]?.length ?? 0) };
  }

  #previousSpan(): Span {
    return this.#spanOf(this.#at - 1);
  }

  #note(message: string, span: Span): void {
    this.#diagnostics.push({ code: "ir-syntax", message, span });
  }

  /** Notes a fault at the current word, or `back` words before it, and gives up on the line. */
  #fail(message: string, back = 0): never {
    this.#note(message, this.#spanOf(Math.min(this.#at, this.#words.length + back) - back));
    throw new SyntaxFault();
  }
}

/** What may stand behind the mnemonic: `convert-s.f32, convert-s.f64`. */
function acceptedTypes({ opcode, result, lanes }: OpcodeShape): string {
  const accepted: readonly Scalar[] = result?.accepts ?? [];
  const isVector = lanes === "many" && result?.isScalar === false;
  return accepted.map((type) => `${opcode}.${(isVector ? vectorIfAny(type, 4) : undefined) ?? type}`).join(", ");
}

/** A constant in the notation of `printConstant`, or undefined. Integers may also be hexadecimal or unsigned. */
export function readConstant(type: Type, word: string): Constant | undefined {
  switch (type) {
    case "bool":
      return word === "true" ? true : word === "false" ? false : undefined;
    case "i32":
    case "i64": {
      const match = /^([-+]?)(\d+|0x[0-9a-fA-F]+)$/.exec(word);
      if (match === null) return undefined;
      const magnitude = BigInt(match[2] ?? 0);
      const value = match[1] === "-" ? -magnitude : magnitude;
      const bits = types[type].bits;
      if (value < -(1n << BigInt(bits - 1)) || value >= 1n << BigInt(bits)) return undefined;
      const signed = BigInt.asIntN(bits, value);
      return type === "i32" ? Number(signed) : signed;
    }
    case "f32":
    case "f64": {
      if (word === "nan") return Number.NaN;
      if (/^[-+]?inf$/.test(word)) return word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word)) return undefined;
      return type === "f32" ? Math.fround(Number(word)) : Number(word);
    }
    default:
      return undefined;
  }
}

function isTrapCode(text: string): text is TrapCode {
  return Object.hasOwn(trapCodes, text);
}
