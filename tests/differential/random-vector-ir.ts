/**
 * Random valid functions with vectors: every operation that takes them, on special values, masks and memory, with choices on
 * `mask-any`, loops that carry vectors, and lanes that go back to scalars.
 *
 * As in random-ir.ts, a list of numbers decides everything. A function takes the address of `vectorMemoryBytes` bytes,
 * aligned to 64, an i32 and an f64. It starts from vectors in the first half of that memory and from constants, and ends
 * with its last values in the second half, so that a fault in one of them is seen.
 */
import { FunctionBuilder, type NarrowLoad } from "../../src/ir/builder.ts";
import type { IrFunction, Value } from "../../src/ir/function.ts";
import { opcodeNames, shapeOf } from "../../src/ir/opcode-shapes.ts";
import {
  elementOf,
  isVector,
  lanesOf,
  type Scalar,
  type Type,
  types,
  type Vector,
  vectorIfAny,
} from "../../src/ir/types.ts";
import { type Choices, specialConstants } from "./random-ir.ts";

export const vectorMemoryBytes = 2048;
const half = vectorMemoryBytes / 2;

export interface RandomVectorOptions {
  /** Of all vectors. */
  readonly lanes: number;
  /** The widest vector. */
  readonly bytes: number;
}

/** Operations on values alone. */
const operations = opcodeNames
  .map(shapeOf)
  .filter(
    ({ pure, lanes, opcode }) =>
      pure && (lanes !== "one" || opcode === "splat") && opcode !== "const" && opcode !== "context",
  );
const narrowLoads: readonly NarrowLoad[] = ["load8-s", "load8-u", "load16-s", "load16-u"];
const numbers: readonly Scalar[] = ["i32", "i64", "f32", "f64"];
const scalars: readonly Scalar[] = [...numbers, "bool"];

/** The function that a list of numbers stands for. */
export function randomVectorFunction(choose: Choices, options: RandomVectorOptions): IrFunction {
  return new Generator(choose, options).function();
}

class Generator {
  readonly #choose: Choices;
  readonly #lanes: number;
  readonly #bytes: number;
  readonly #builder = new FunctionBuilder("random", ["i64", "i32", "f64"], "i32");
  readonly #address: Value;
  /** What may be used here; the address is not. */
  readonly #known: Value[];

  constructor(choose: Choices, { lanes, bytes }: RandomVectorOptions) {
    this.#choose = choose;
    this.#lanes = lanes;
    this.#bytes = bytes;
    this.#address = this.#builder.parameter(0);
    this.#known = [this.#builder.parameter(1), this.#builder.parameter(2)];
  }

  function(): IrFunction {
    while (!this.#choose.isDone) this.#statement(0);
    let at = half;
    for (const value of this.#known.slice(-half / this.#bytes)) {
      // Whatever a bool is in memory, here it is 0 or 1.
      const seen =
        types[value.type].kind === "bool"
          ? this.#builder.convert("zext", this.#typeOf("i32", lanesOf(value.type)), value)
          : value;
      this.#builder.store(seen, this.#address, at);
      at += this.#bytes;
    }
    this.#builder.return(this.#value("i32"));
    return this.#builder.function;
  }

  /** The type of so many lanes, which there is. */
  #typeOf(element: Scalar, lanes: number): Type {
    const type = this.#typeIfAny(element, lanes);
    if (type === undefined) throw new RangeError(`no ${element}x${lanes} in ${this.#bytes} bytes`);
    return type;
  }

  #typeIfAny(element: Scalar, lanes: number): Type | undefined {
    const type = vectorIfAny(element, lanes);
    return type === undefined || (isVector(type) && types[type].bytes > this.#bytes) ? undefined : type;
  }

  #vectorOf(elements: readonly Scalar[]): Vector {
    const usable = elements.flatMap((element) => {
      const type = this.#typeIfAny(element, this.#lanes);
      return type !== undefined && isVector(type) ? [type] : [];
    });
    return this.#choose.of(usable);
  }

  #statement(depth: number): void {
    const kind = this.#choose.below(16);
    if (kind === 1 && depth < 2) this.#branch(depth);
    else if (kind === 2 && depth < 2) this.#loop(depth);
    else if (kind === 3) this.#load();
    else if (kind === 4) this.#store();
    else if (kind === 5) this.#known.push(this.#fromMemory(this.#vectorOf(numbers)));
    else if (kind === 6) this.#maskedAccess();
    else if (kind === 7) this.#gather();
    else this.#operation();
  }

  /** An operation with all its operands of one random number of lanes. */
  #operation(): void {
    const choose = this.#choose;
    const shape = choose.of(operations);
    const isScalar = shape.lanes === "any" && choose.below(8) === 7;
    const lanes = isScalar ? 1 : this.#lanes;
    const bound = new Map<string, Scalar>();
    const typeAt = ({ variable, accepts, isScalar: isOne }: (typeof shape.operands)[number]): Type | undefined => {
      const usable = accepts.filter((element) => this.#typeIfAny(element, isOne ? 1 : lanes) !== undefined);
      if (usable.length === 0) return undefined;
      const element = bound.get(variable ?? "") ?? choose.of(usable);
      if (variable !== undefined) bound.set(variable, element);
      return this.#typeIfAny(element, isOne ? 1 : lanes);
    };
    const operands: Value[] = [];
    for (const place of shape.operands) {
      const type = typeAt(place);
      if (type === undefined) return;
      operands.push(this.#value(type));
    }
    if (shape.result === undefined) return;
    const type = typeAt(shape.result);
    const [operand] = operands;
    if (type === undefined) return;
    const from = operand === undefined ? 0 : types[operand.type].bits;
    if (shape.opcode === "bitcast" && from !== types[type].bits) return;
    if (shape.opcode === "zext" && from >= types[type].bits) return;
    this.#known.push(
      shape.opcode === "lane-index" && isVector(type)
        ? this.#builder.laneIndex(type)
        : shape.opcode === "extract" && operand !== undefined
          ? this.#builder.extract(operand, choose.below(lanes))
          : shape.explicit && operand !== undefined
            ? this.#builder.convert(shape.opcode, type, operand)
            : this.#builder.emit(shape.opcode, ...operands),
    );
  }

  /** A known value, mostly a late one, or the same constant in every lane, or what memory starts with. */
  #value(type: Type): Value {
    const back = this.#choose.below(6);
    const known = this.#known.filter((value) => value.type === type).at(-1 - back);
    if (known !== undefined) return known;
    const element = elementOf(type);
    if (isVector(type) && element !== "bool" && this.#choose.below(3) > 0) return this.#fromMemory(type);
    return this.#builder.splatConstant(type, this.#choose.of(specialConstants[element]));
  }

  #fromMemory(type: Vector): Value {
    const steps = (half - this.#bytes) / 4;
    const value = this.#builder.load(type, this.#address, 4 * this.#choose.below(steps));
    this.#known.push(value);
    return value;
  }

  #offset(bytes: number): number {
    return this.#choose.below(half - bytes);
  }

  #load(): void {
    const { below, of } = { below: this.#choose.below.bind(this.#choose), of: this.#choose.of.bind(this.#choose) };
    const builder = this.#builder;
    const i32 = this.#typeOf("i32", below(8) === 7 ? 1 : this.#lanes);
    const offset = this.#offset(types[i32].bytes);
    const kind = below(3);
    if (kind === 2) {
      const bools = this.#typeOf("bool", this.#lanes);
      this.#known.push(builder.load(bools, this.#address, offset));
    } else this.#known.push(builder.loadNarrow(of(narrowLoads), this.#address, offset, i32));
  }

  #store(): void {
    const builder = this.#builder;
    switch (this.#choose.below(4)) {
      case 0:
        builder.storeNarrow(
          this.#choose.of(["store8", "store16"] as const),
          this.#value(this.#typeOf("i32", this.#lanes)),
          this.#address,
          this.#offset(64),
        );
        break;
      case 1: {
        const value = this.#value(this.#vectorOf(numbers));
        builder.storeStreaming(value, this.#address, 64 * this.#choose.below(half / 64));
        builder.fence();
        break;
      }
      case 2:
        builder.store(this.#value(this.#typeOf("bool", this.#lanes)), this.#address, this.#offset(64));
        break;
      default:
        builder.store(this.#value(this.#vectorOf(scalars)), this.#address, this.#offset(64));
    }
  }

  #maskedAccess(): void {
    const builder = this.#builder;
    const choose = this.#choose;
    const mask = this.#value(this.#typeOf("bool", this.#lanes));
    const i32 = this.#vectorOf(["i32"]);
    const offset = this.#offset(64);
    const address = this.#address;
    switch (choose.below(4)) {
      case 0:
        this.#known.push(builder.maskedLoad("masked-load", this.#vectorOf(numbers), mask, address, offset));
        break;
      case 1:
        this.#known.push(builder.maskedLoad(`masked-${choose.of(narrowLoads)}`, i32, mask, address, offset));
        break;
      case 2:
        builder.maskedStore("masked-store", this.#value(this.#vectorOf(numbers)), mask, address, offset);
        break;
      default:
        builder.maskedStore(
          choose.of(["masked-store8", "masked-store16"] as const),
          this.#value(i32),
          mask,
          address,
          offset,
        );
    }
  }

  /** From addresses in the memory: any i64, brought there. Where the mask is off, from nowhere. */
  #gather(): void {
    const i64 = this.#typeIfAny("i64", this.#lanes);
    if (i64 === undefined) return;
    const builder = this.#builder;
    const mask = this.#value(this.#typeOf("bool", this.#lanes));
    const wild = this.#value(i64);
    const inside = builder.emit("and", wild, builder.splatConstant(i64, BigInt(half / 2 - 1)));
    const base = builder.convert("splat", i64, this.#address);
    const addresses = builder.emit("select", mask, builder.emit("iadd", base, inside), wild);
    this.#known.push(builder.gather(this.#vectorOf(numbers), mask, addresses, this.#choose.below(half / 2)));
  }

  /** A question about a mask that decides a scalar condition. */
  #condition(): Value {
    const mask = this.#value(this.#typeOf("bool", this.#lanes));
    if (this.#choose.below(4) === 3) return this.#value("bool");
    return this.#builder.emit(this.#choose.of(["mask-any", "mask-all"] as const), mask);
  }

  #branch(depth: number): void {
    const builder = this.#builder;
    const condition = this.#condition();
    const carried: Type[] = [this.#vectorOf(scalars), this.#vectorOf(numbers), "i32"];
    const [one, other, after] = [builder.createBlock(), builder.createBlock(), builder.createBlock(...carried)];
    builder.branch(condition, one, other);
    for (const block of [one, other]) {
      builder.switchTo(block);
      const before = this.#known.length;
      for (let count = this.#choose.below(4); count > 0; count--) this.#statement(depth + 1);
      const args = carried.map((type) => this.#value(type));
      builder.jump(after, ...args);
      this.#known.length = before;
    }
    builder.switchTo(after);
    this.#known.push(...after.parameters);
  }

  /** A loop of a few turns that carries vectors, and whose lanes may all be done before. */
  #loop(depth: number): void {
    const builder = this.#builder;
    const carried: Type[] = [this.#vectorOf(numbers), this.#vectorOf(scalars)];
    const initial = carried.map((type) => this.#value(type));
    const [body, after] = [builder.createBlock("i32", ...carried), builder.createBlock()];
    const turns = builder.constant("i32", 1 + this.#choose.below(4));
    builder.jump(body, builder.constant("i32", 0), ...initial);
    builder.switchTo(body);
    const before = this.#known.length;
    const [counter, ...values] = body.parameters;
    if (counter === undefined) return;
    this.#known.push(...values);
    for (let count = this.#choose.below(5); count > 0; count--) this.#statement(depth + 1);
    const next = builder.emit("iadd", counter, builder.constant("i32", 1));
    const args = carried.map((type) => this.#value(type));
    const goesOn = builder.emit("and", builder.emit("slt", next, turns), this.#condition());
    builder.branch(goesOn, body, after, [next, ...args]);
    builder.switchTo(after);
    // The body dominates what follows, but for what stood in its own branches.
    this.#known.length = before;
    this.#known.push(...values, ...args.filter((value) => !values.includes(value) && isIn(value, body.instructions)));
  }
}

function isIn(value: Value, instructions: readonly Value[]): boolean {
  return instructions.includes(value);
}

/** Memory to start from: special values of all types at first, then whatever. */
export function vectorMemory(choose: Choices): Uint8Array {
  const bytes = new Uint8Array(vectorMemoryBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < half; at += 8) {
    const element = choose.of(numbers);
    for (let part = 0; part < 8; part += types[element].bytes) {
      const constant = choose.of(specialConstants[element]);
      if (element === "f64") view.setFloat64(at, Number(constant), true);
      else if (element === "f32") view.setFloat32(at + part, Number(constant), true);
      else if (element === "i64") view.setBigInt64(at, BigInt(constant), true);
      else view.setInt32(at + part, Number(constant), true);
    }
    if (choose.below(4) === 3) for (let part = 0; part < 8; part++) bytes[at + part] = choose.below(256);
  }
  return bytes;
}
