/**
 * Appends instructions to a function, block by block. Result types follow from the opcode's row, so callers give them
 * only where the row cannot know (`explicit`). Nothing is simplified here: that is for the passes.
 */
import { InternalError, type TrapCode } from "../base/errors.ts";
import type { Span } from "../base/source.ts";
import { type Block, type Constant, IrFunction, type Value } from "./function.ts";
import { resultTypeOf, shapeOf } from "./opcode-shapes.ts";
import type { Opcode } from "./opcodes.ts";
import { elementOf, isVector, type Type, type Vector } from "./types.ts";

/** The loads of fewer than 32 bits. */
export type NarrowLoad = "load8-s" | "load8-u" | "load16-s" | "load16-u";

export class FunctionBuilder {
  readonly function: IrFunction;
  #block: Block;
  /** Given to every instruction from now on. */
  span: Span | undefined = undefined;

  /** Starts a function with its entry block, whose parameters have the given types. */
  constructor(name: string, parameters: readonly Type[], result: Type | undefined) {
    this.function = new IrFunction(name, result);
    this.#block = this.function.createBlock();
    for (const type of parameters) this.function.addParameter(this.#block, type);
  }

  /** The block that instructions are appended to. */
  get block(): Block {
    return this.#block;
  }

  /** The function's parameter at a position. */
  parameter(index: number): Value {
    const parameter = this.function.parameters[index];
    if (parameter === undefined) throw new InternalError(`@${this.function.name} has no parameter ${index}`);
    return parameter;
  }

  createBlock(...parameters: Type[]): Block {
    const block = this.function.createBlock();
    for (const type of parameters) this.function.addParameter(block, type);
    return block;
  }

  /** A block that takes its place in the layout only when `continueIn` enters it, behind all that is there by then. */
  createLaterBlock(...parameters: Type[]): Block {
    const block = this.createBlock(...parameters);
    this.function.blocks.pop();
    return block;
  }

  /** Places a block from `createLaterBlock`, and appends to it from now on. */
  continueIn(block: Block): void {
    this.function.blocks.push(block);
    this.switchTo(block);
  }

  switchTo(block: Block): void {
    this.#block = block;
  }

  constant(type: Type, value: Constant): Value {
    return this.#append(this.function.createValue("const", type, [], value, this.span));
  }

  /** An instruction whose result type follows from its operands. */
  emit(opcode: Opcode, ...operands: Value[]): Value {
    const shape = shapeOf(opcode);
    const type = resultTypeOf(shape, operands);
    if (type === undefined) throw new InternalError(`${opcode}: the result type does not follow from its operands`);
    return this.#append(this.function.createShaped(shape, type, operands, undefined, this.span));
  }

  /** A conversion to `type`, for the opcodes whose rows are `explicit`; of a vector, to one with as many lanes. */
  convert(opcode: Opcode, type: Type, operand: Value): Value {
    return this.#append(this.function.createValue(opcode, type, [operand], undefined, this.span));
  }

  /** A vector with the operand in every lane. */
  splat(type: Vector, operand: Value): Value {
    return this.convert("splat", type, operand);
  }

  /** A vector with the constant in every lane; of a scalar type, the constant itself. */
  splatConstant(type: Type, value: Constant): Value {
    const constant = this.constant(elementOf(type), value);
    return isVector(type) ? this.splat(type, constant) : constant;
  }

  /** The vector 0, 1, 2 and so on. */
  laneIndex(type: Vector): Value {
    return this.#append(this.function.createValue("lane-index", type, [], undefined, this.span));
  }

  /** One lane of a vector. */
  extract(vector: Value, lane: number): Value {
    return this.#append(this.function.createValue("extract", elementOf(vector.type), [vector], lane, this.span));
  }

  /** The mask whose lanes below `count`, an i32, are true. */
  maskFirst(type: Vector, count: Value): Value {
    return this.convert("mask-first", type, count);
  }

  load(type: Type, address: Value, offset = 0): Value {
    return this.#append(this.function.createValue("load", type, [address], offset, this.span));
  }

  store(value: Value, address: Value, offset = 0): void {
    this.#append(this.function.createValue("store", value.type, [value, address], offset, this.span));
  }

  /** One of the loads of fewer than 32 bits, which extend to an i32 or a vector of these. */
  loadNarrow(opcode: NarrowLoad, address: Value, offset = 0, type: Type = "i32"): Value {
    return this.#append(this.function.createValue(opcode, type, [address], offset, this.span));
  }

  /** Stores the low bits of an i32, or of each lane. */
  storeNarrow(opcode: "store8" | "store16", value: Value, address: Value, offset = 0): void {
    this.#append(this.function.createValue(opcode, value.type, [value, address], offset, this.span));
  }

  /** Loads the lanes whose mask is true; the others are 0. */
  maskedLoad(
    opcode: "masked-load" | `masked-${NarrowLoad}`,
    type: Vector,
    mask: Value,
    address: Value,
    offset = 0,
  ): Value {
    return this.#append(this.function.createValue(opcode, type, [mask, address], offset, this.span));
  }

  /** Stores the lanes whose mask is true. */
  maskedStore(
    opcode: "masked-store" | "masked-store8" | "masked-store16",
    value: Value,
    mask: Value,
    address: Value,
    offset = 0,
  ): void {
    this.#append(this.function.createValue(opcode, value.type, [value, mask, address], offset, this.span));
  }

  /** Loads each lane whose mask is true from its own address, a lane of `addresses`; the others are 0. */
  gather(type: Vector, mask: Value, addresses: Value, offset = 0): Value {
    return this.#append(this.function.createValue("gather", type, [mask, addresses], offset, this.span));
  }

  /** Stores a vector past the caches, at an address that is a multiple of its size. */
  storeStreaming(value: Value, address: Value, offset = 0): void {
    this.#append(this.function.createValue("store-streaming", value.type, [value, address], offset, this.span));
  }

  /** Asks for the cache line at an address, which will be written. There need be no memory. */
  prefetchForWriting(address: Value, offset = 0): void {
    this.#append(this.function.createValue("prefetch-write", address.type, [address], offset, this.span));
  }

  /** Orders streaming stores before all that follows. */
  fence(): void {
    this.emit("fence");
  }

  /** A call. What it gives is to be used only if the callee gives something. */
  call(callee: IrFunction, ...args: Value[]): Value {
    return this.#append(this.function.createCall(callee, args, this.span));
  }

  jump(target: Block, ...args: Value[]): void {
    this.#end({ kind: "jump", target: { block: target, arguments: args } });
  }

  branch(
    condition: Value,
    whenTrue: Block,
    whenFalse: Block,
    trueArguments: Value[] = [],
    falseArguments: Value[] = [],
  ): void {
    this.#end({
      kind: "branch",
      condition,
      whenTrue: { block: whenTrue, arguments: trueArguments },
      whenFalse: { block: whenFalse, arguments: falseArguments },
    });
  }

  return(value?: Value): void {
    this.#end({ kind: "return", value });
  }

  trap(code: TrapCode): void {
    this.#end({ kind: "trap", code, span: this.span });
  }

  #append(value: Value): Value {
    this.#block.instructions.push(value);
    return value;
  }

  #end(terminator: NonNullable<Block["terminator"]>): void {
    if (this.#block.terminator !== undefined) throw new InternalError(`block b${this.#block.id} already ends`);
    this.#block.terminator = terminator;
  }
}
