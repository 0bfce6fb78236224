/**
 * Appends what an expansion is made of, for the target at hand: what the target lacks in turn is expanded before it gets
 * into the list, so an expansion may use whatever says best what it means, as long as that is simpler than itself.
 *
 * Constants stand at the start of the entry block, each once; loop-invariant motion has nothing left to do for them.
 */
import { InternalError } from "../base/errors.ts";
import type { Block, Constant, IrFunction, Value } from "../ir/function.ts";
import { resultTypeOf, shapeOf } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { elementOf, isVector, lanesOf, type Scalar, type Type, vectorOf } from "../ir/types.ts";
import type { VectorShape } from "./vector-shape.ts";

/** Gives what stands for the result of an instruction, made of simpler ones; itself it is put nowhere. */
export type Expansion = (builder: ExpansionBuilder, value: Value) => Value | undefined;

/** Expansions by opcode, those of one topic. */
export type ExpansionTable = Partial<Record<Opcode, Expansion>>;

export class ExpansionBuilder {
  readonly function: IrFunction;
  readonly shape: VectorShape;
  /** The block that is being filled. */
  block: Block;
  readonly #place: (value: Value) => Value;
  readonly #constants = new Map<string, Value>();
  /** Constants and their splats, to stand first in the entry block. */
  readonly constants: Value[] = [];

  /** `place` appends an instruction, or what it is expanded to, and gives what stands for it. */
  constructor(fn: IrFunction, shape: VectorShape, place: (value: Value) => Value) {
    this.function = fn;
    this.shape = shape;
    this.block = fn.entry;
    this.#place = place;
  }

  /** An operation whose result type follows from its operands. */
  emit(opcode: Opcode, ...operands: Value[]): Value {
    const shape = shapeOf(opcode);
    const type = resultTypeOf(shape, operands);
    if (type === undefined) throw new InternalError(`${opcode}: the result type does not follow from its operands`);
    return this.#place(this.function.createShaped(shape, type, operands, undefined, undefined));
  }

  /** An operation with a type of its own: a conversion, a load, `extract`. */
  typed(opcode: Opcode, type: Type, operands: Value[], immediate?: number): Value {
    return this.#place(this.function.createValue(opcode, type, operands, immediate));
  }

  /** A conversion to the type with as many lanes as the operand has. */
  convert(opcode: Opcode, element: Scalar, operand: Value): Value {
    return this.typed(opcode, vectorOf(element, lanesOf(operand.type)), [operand]);
  }

  splat(type: Type, operand: Value): Value {
    return isVector(type) ? this.typed("splat", type, [operand]) : operand;
  }

  extract(vector: Value, lane: number): Value {
    return this.typed("extract", elementOf(vector.type), [vector], lane);
  }

  select(mask: Value, whenTrue: Value, whenFalse: Value): Value {
    return this.emit("select", mask, whenTrue, whenFalse);
  }

  /** A constant of the type, in every lane. */
  constant(type: Type, value: Constant): Value {
    const key = `${type} ${Object.is(value, -0) ? "-0" : value}`;
    let constant = this.#constants.get(key);
    if (constant !== undefined) return constant;
    if (isVector(type)) constant = this.function.createValue("splat", type, [this.constant(elementOf(type), value)]);
    else constant = this.function.createValue("const", type, [], value);
    this.constants.push(constant);
    this.#constants.set(key, constant);
    return constant;
  }

  /** An integer constant of the type, in every lane; taken modulo its width. */
  integer(type: Type, value: bigint): Value {
    return elementOf(type) === "i64"
      ? this.constant(type, BigInt.asIntN(64, value))
      : this.constant(type, Number(BigInt.asIntN(32, value)));
  }

  /** `a * b + c` where the product is exact, so that it does not matter how often that is rounded. */
  multiplyAdd(a: Value, b: Value, c: Value): Value {
    return this.shape.natively("fma", a.type)
      ? this.emit("fma", a, b, c)
      : this.emit("fadd", this.emit("fmul", a, b), c);
  }

  /** Ends the block with a branch, puts what `fill` appends on the way where the condition holds, and goes on behind it. */
  when(condition: Value, fill: () => void): void {
    const { blocks } = this.function;
    const [inside, after] = [this.function.createBlock(), this.function.createBlock()];
    blocks.length -= 2;
    blocks.splice(blocks.indexOf(this.block) + 1, 0, inside, after);
    after.terminator = this.block.terminator;
    this.block.terminator = {
      kind: "branch",
      condition,
      whenTrue: { block: inside, arguments: [] },
      whenFalse: { block: after, arguments: [] },
    };
    inside.terminator = { kind: "jump", target: { block: after, arguments: [] } };
    this.block = inside;
    fill();
    this.block = after;
  }
}
