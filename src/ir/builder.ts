/**
 * Appends instructions to a function, block by block. Result types follow from the opcode's row, so callers give them
 * only where the row cannot know (`explicit`). Nothing is simplified here: that is for the passes.
 */
import { InternalError, type TrapCode } from "../base/errors.ts";
import type { Span } from "../base/source.ts";
import { type Block, type Constant, IrFunction, type Value } from "./function.ts";
import { type OpcodeShape, shapeOf } from "./opcode-shapes.ts";
import type { Opcode } from "./opcodes.ts";
import type { Type } from "./types.ts";

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
    return this.#append(this.function.createShaped(shape, type, operands, undefined, this.span));
  }

  /** A conversion to `type`, for the opcodes whose rows are `explicit`. */
  convert(opcode: Opcode, type: Type, operand: Value): Value {
    return this.#append(this.function.createValue(opcode, type, [operand], undefined, this.span));
  }

  load(type: Type, address: Value, offset = 0): Value {
    return this.#append(this.function.createValue("load", type, [address], offset, this.span));
  }

  store(value: Value, address: Value, offset = 0): void {
    this.#append(this.function.createValue("store", value.type, [value, address], offset, this.span));
  }

  /** One of the loads of fewer than 32 bits, which extend to an i32. */
  loadNarrow(opcode: "load8-s" | "load8-u" | "load16-s" | "load16-u", address: Value, offset = 0): Value {
    return this.#append(this.function.createValue(opcode, "i32", [address], offset, this.span));
  }

  /** Stores the low bits of an i32. */
  storeNarrow(opcode: "store8" | "store16", value: Value, address: Value, offset = 0): void {
    this.#append(this.function.createValue(opcode, "i32", [value, address], offset, this.span));
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

/** The result type of an opcode that is not `explicit`, from its operands. */
export function resultType(opcode: Opcode, operands: readonly Value[]): Type {
  return resultTypeOf(shapeOf(opcode), operands);
}

function resultTypeOf(shape: OpcodeShape, operands: readonly Value[]): Type {
  if (shape.resultType !== undefined) return shape.resultType;
  const operand = operands[shape.resultOperand];
  if (operand === undefined)
    throw new InternalError(`${shape.opcode}: the result type does not follow from its operands`);
  return operand.type;
}
