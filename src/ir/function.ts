/**
 * The IR's data: a function of blocks in SSA form, joined by block parameters.
 *
 * A `Value` is an instruction and its result at once, or a block's parameter (opcode `parameter`): one object shape, so
 * that passes stay monomorphic. A block ends in one terminator, whose edges pass arguments to the target's parameters.
 * The first block is the entry; its parameters are the function's. Ids are dense per function and never reused, so side
 * tables are arrays. Who may refer to what is the verifier's business (analysis/verify.ts).
 */
import type { TrapCode } from "../base/errors.ts";
import type { Span } from "../base/source.ts";
import { type OpcodeShape, shapeOf } from "./opcode-shapes.ts";
import type { Opcode } from "./opcodes.ts";
import type { Type } from "./types.ts";

/** A constant's value: `number` for i32 f32 f64 (i32 signed), `bigint` for i64 (signed), `boolean` for bool. */
export type Constant = number | bigint | boolean;

/**
 * An instruction and its result, or a block parameter. A store has no result: its `type` is that of what it stores. A call
 * of a function that gives nothing and a fence have none either; their `type` is then i32 and means nothing.
 */
export class Value {
  readonly id: number;
  /** The opcode's row, so that nobody looks it up again. */
  shape: OpcodeShape;
  type: Type;
  operands: Value[];
  /** The constant of `const`, the byte offset of a load or store, the lane of `extract`, else undefined. */
  immediate: Constant | undefined;
  /** Where in the source this comes from, for listings and traps. */
  span: Span | undefined;
  /** The function that a `call` calls, else undefined. */
  callee: IrFunction | undefined = undefined;

  constructor(
    id: number,
    shape: OpcodeShape,
    type: Type,
    operands: Value[],
    immediate: Constant | undefined,
    span: Span | undefined,
  ) {
    this.id = id;
    this.shape = shape;
    this.type = type;
    this.operands = operands;
    this.immediate = immediate;
    this.span = span;
  }

  /** False for stores, fences, and calls of functions that give nothing. */
  get hasResult(): boolean {
    return this.callee === undefined ? this.shape.result !== undefined : this.callee.result !== undefined;
  }

  get opcode(): Opcode {
    return this.shape.opcode;
  }

  set opcode(opcode: Opcode) {
    this.shape = shapeOf(opcode);
  }
}

/** A way from a terminator to a block, with one argument for each of the block's parameters. */
export interface Edge {
  block: Block;
  arguments: Value[];
}

export type Terminator =
  | { readonly kind: "jump"; readonly target: Edge }
  | { readonly kind: "branch"; condition: Value; readonly whenTrue: Edge; readonly whenFalse: Edge }
  | { readonly kind: "return"; value: Value | undefined }
  | { readonly kind: "trap"; readonly code: TrapCode; readonly span: Span | undefined };

export class Block {
  readonly id: number;
  parameters: Value[] = [];
  instructions: Value[] = [];
  /** Undefined only while the block is being built. */
  terminator: Terminator | undefined = undefined;
  /** A hint: the block hardly ever runs, and stands behind all others in the code. Not part of the text form. */
  isUnlikely = false;

  constructor(id: number) {
    this.id = id;
  }
}

export class IrFunction {
  readonly name: string;
  /** Undefined for a function that returns nothing. */
  readonly result: Type | undefined;
  /** Fast math leaves this function's arithmetic as it stands: it would not mean the same in another order. */
  isExact = false;
  /** A call's result depends on its arguments alone, and nothing else happens: equal calls are one, unused ones go. */
  isPure = false;
  /** In layout order; the first is the entry. */
  blocks: Block[] = [];
  #nextValue = 0;
  #nextBlock = 0;

  constructor(name: string, result: Type | undefined) {
    this.name = name;
    this.result = result;
  }

  get entry(): Block {
    const [entry] = this.blocks;
    if (entry === undefined) throw new RangeError(`function @${this.name} has no blocks`);
    return entry;
  }

  /** The function's parameters: those of its entry block. */
  get parameters(): readonly Value[] {
    return this.entry.parameters;
  }

  /** One more than the largest value id: the length of a side table on values. */
  get valueCount(): number {
    return this.#nextValue;
  }

  /** One more than the largest block id. */
  get blockCount(): number {
    return this.#nextBlock;
  }

  /** A new value that stands nowhere yet. */
  createValue(opcode: Opcode, type: Type, operands: Value[], immediate?: Constant, span?: Span): Value {
    return new Value(this.#nextValue++, shapeOf(opcode), type, operands, immediate, span);
  }

  /** As `createValue`, for who has the opcode's shape at hand. */
  createShaped(
    shape: OpcodeShape,
    type: Type,
    operands: Value[],
    immediate: Constant | undefined,
    span: Span | undefined,
  ): Value {
    return new Value(this.#nextValue++, shape, type, operands, immediate, span);
  }

  /** A call of a function, which may be this one. */
  createCall(callee: IrFunction, args: Value[], span?: Span): Value {
    const call = this.createValue("call", callee.result ?? "i32", args, undefined, span);
    call.callee = callee;
    return call;
  }

  /** Marks the ids below these as taken, for the parser, which keeps the numbers of its text. */
  reserveIds(values: number, blocks: number): void {
    this.#nextValue = Math.max(this.#nextValue, values);
    this.#nextBlock = Math.max(this.#nextBlock, blocks);
  }

  /** A new block at the end of the layout. */
  createBlock(): Block {
    const block = new Block(this.#nextBlock++);
    this.blocks.push(block);
    return block;
  }

  /** A new parameter at the end of a block's list. */
  addParameter(block: Block, type: Type): Value {
    const parameter = this.createValue("parameter", type, []);
    block.parameters.push(parameter);
    return parameter;
  }
}

/** The edges that leave a terminator, in order. */
export function edgesOf(terminator: Terminator | undefined): readonly Edge[] {
  if (terminator === undefined) return noEdges;
  switch (terminator.kind) {
    case "jump":
      return [terminator.target];
    case "branch":
      return [terminator.whenTrue, terminator.whenFalse];
    default:
      return noEdges;
  }
}

const noEdges: readonly Edge[] = [];
