/**
 * Random valid functions, for comparing whatever executes IR with the interpreter.
 *
 * Everything is decided by a list of numbers, which fast-check makes and shrinks: past its end every choice is 0, the
 * simplest. Functions hold arithmetic of all types on special values, choices, joins with parameters, nested loops that
 * end, traps, and, if asked for, loads and stores around the address in the first parameter.
 */
import fc from "fast-check";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { Constant, IrFunction, Value } from "../../src/ir/function.ts";
import { opcodeNames, shapeOf } from "../../src/ir/opcode-shapes.ts";
import type { Opcode } from "../../src/ir/opcodes.ts";
import { elementOf, type Scalar, types } from "../../src/ir/types.ts";

/** How many bytes around the address parameter a function may touch: from the address itself. */
export const memoryBytes = 64;

export interface RandomFunctionOptions {
  /** The first parameter is an i64 that addresses `memoryBytes` bytes. */
  readonly memory?: boolean;
  /** The types that occur; all if absent. */
  readonly types?: readonly Scalar[];
  /** What back ends learn last is in there as well: `to-int32`, calls, and, with memory, narrow loads and stores. */
  readonly everything?: boolean;
  /** No `fma`, for a CPU without it. */
  readonly withoutFma?: boolean;
}

/** A function and arguments for it, as bits; the address is left out. */
export interface RandomCall {
  readonly fn: IrFunction;
  readonly args: readonly bigint[];
}

const allTypes: readonly Scalar[] = ["i32", "i64", "f32", "f64", "bool"];

/** Values that find faults. */
export const specialConstants: Readonly<Record<Scalar, readonly Constant[]>> = {
  bool: [false, true],
  i32: [0, 1, -1, 2, 31, 32, 33, 255, 65535, 2 ** 31 - 1, -(2 ** 31), 1_000_003],
  i64: [0n, 1n, -1n, 2n, 63n, 64n, 0xffff_ffffn, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 1_000_003n],
  f32: [0, 1, -1, -0, 0.5, 2, 3.25, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 31, -(2 ** 31), 2 ** -149].map(
    Math.fround,
  ),
  f64: [
    0,
    1,
    -1,
    -0,
    0.5,
    8,
    2.5,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    2 ** 63,
    -(2 ** 31) - 1,
    Number.MIN_VALUE,
    0.1,
  ],
};

/** fast-check's arbitrary of what `randomCall` reads. */
export const choices: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(0xffff), { maxLength: 400, size: "max" });

/** As `choices`, for functions that are long enough to have something to optimise. */
export const manyChoices: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(0xffff), {
  minLength: 30,
  maxLength: 400,
  size: "max",
});

/** What a list of numbers decides. */
export class Choices {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get isDone(): boolean {
    return this.#at >= this.#numbers.length;
  }

  below(count: number): number {
    return (this.#numbers[this.#at++] ?? 0) % count;
  }

  of<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to choose from");
    return item;
  }
}

const operations: readonly Opcode[] = opcodeNames.filter(
  (opcode) =>
    shapeOf(opcode).operands.length > 0 && shapeOf(opcode).effect === undefined && shapeOf(opcode).lanes !== "many",
);
const operationsWithoutFma = operations.filter((opcode) => opcode !== "fma");
const operationsForAll = operationsWithoutFma.filter((opcode) => opcode !== "to-int32");

/** The function and arguments that a list of numbers stands for. */
export function randomCall(numbers: readonly number[], options: RandomFunctionOptions = {}): RandomCall {
  const choose = new Choices(numbers);
  const usable = options.types ?? allTypes;
  const result = choose.of(usable);
  const parameters = Array.from({ length: choose.below(4) }, () => choose.of(usable));
  const args = parameters.map((type) => bitsOf(type, choose));
  const all: Scalar[] = options.memory === true ? ["i64", ...parameters] : parameters;
  const hasMemory = options.memory === true;
  const scope: Scope = {
    types: usable,
    hasMemory,
    everything: options.everything === true,
    withoutFma: options.withoutFma === true,
    callees: [],
  };
  for (let count = scope.everything ? choose.below(3) : 0; count > 0; count--) {
    const types = Array.from({ length: choose.below(4) }, () => choose.of(usable));
    const gives = choose.of(usable);
    const builder = new FunctionBuilder(`callee${count}`, hasMemory ? ["i64", ...types] : types, gives);
    // Later ones call earlier ones.
    scope.callees.push(new Generator(choose, builder, scope).function(gives, choose.below(30)));
  }
  return { fn: new Generator(choose, new FunctionBuilder("random", all, result), scope).function(result), args };
}

function bitsOf(type: Scalar, choose: Choices): bigint {
  const constant = choose.of(specialConstants[type]);
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(4, Number(constant));
  else if (type === "f64") view.setFloat64(0, Number(constant));
  else view.setBigInt64(0, BigInt(constant));
  return BigInt.asUintN(types[type].bits, view.getBigUint64(0));
}

/** What all functions of one call share. */
interface Scope {
  readonly types: readonly Scalar[];
  /** Each function takes the address in its first parameter. */
  readonly hasMemory: boolean;
  readonly everything: boolean;
  readonly withoutFma: boolean;
  /** The functions to call, all done. */
  readonly callees: IrFunction[];
}

class Generator {
  readonly #choose: Choices;
  readonly #builder: FunctionBuilder;
  readonly #types: readonly Scalar[];
  readonly #scope: Scope;
  readonly #address: Value | undefined;
  /** What may be used here. Grows with definitions; cut back where control leaves a block's reach. */
  readonly #known: Value[] = [];

  constructor(choose: Choices, builder: FunctionBuilder, scope: Scope) {
    this.#choose = choose;
    this.#builder = builder;
    this.#scope = scope;
    this.#types = scope.types;
    const { hasMemory } = scope;
    const [first, ...rest] = builder.function.parameters;
    this.#address = hasMemory ? first : undefined;
    if (!hasMemory && first !== undefined) this.#known.push(first);
    this.#known.push(...rest);
  }

  function(result: Scalar, statements = Number.POSITIVE_INFINITY): IrFunction {
    for (let done = 0; done < statements && !this.#choose.isDone; done++) this.#statement(0);
    // What was computed last goes to memory, so that a fault in it does not stay unseen.
    if (this.#address !== undefined) {
      const last = this.#known.slice(-memoryBytes / 8);
      for (const [index, value] of last.entries()) this.#builder.store(value, this.#address, 8 * index);
    }
    this.#builder.return(this.#value(result));
    return this.#builder.function;
  }

  #statement(depth: number): void {
    const kind = this.#choose.below(16);
    if (kind === 1 && depth < 3) this.#choice(depth);
    else if (kind === 2 && depth < 3) this.#loop(depth);
    else if (kind === 3 && this.#address !== undefined) this.#memory(this.#address);
    else if (kind === 4 && this.#scope.callees.length > 0) this.#call();
    else if (kind === 5 && this.#scope.everything && depth < 3) this.#countedLoop(depth);
    else if (kind === 6 && this.#scope.everything) this.#wholeNumbers();
    else if (kind === 7 && this.#scope.everything) this.#check();
    else this.#operation();
  }

  #operation(): void {
    const { everything, withoutFma } = this.#scope;
    const opcode = this.#choose.of(!everything ? operationsForAll : withoutFma ? operationsWithoutFma : operations);
    const shape = shapeOf(opcode);
    const usable = (accepts: readonly Scalar[]): readonly Scalar[] =>
      accepts.filter((type) => this.#types.includes(type));
    const bound = new Map<string, Scalar>();
    const operands: Value[] = [];
    for (const { variable, accepts } of shape.operands) {
      if (usable(accepts).length === 0) return;
      const type = bound.get(variable ?? "") ?? this.#choose.of(usable(accepts));
      if (variable !== undefined) bound.set(variable, type);
      operands.push(this.#value(type));
    }
    const [operand] = operands;
    if (!shape.explicit || operand === undefined) {
      if (shape.resultType === undefined || this.#types.includes(shape.resultType))
        this.#known.push(this.#builder.emit(opcode, ...operands));
      return;
    }
    const from = types[operand.type].bits;
    const targets = usable(shape.result?.accepts ?? []).filter((type) => {
      if (opcode === "bitcast") return types[type].bits === from;
      return opcode !== "zext" || types[type].bits > from;
    });
    if (targets.length > 0) this.#known.push(this.#builder.convert(opcode, this.#choose.of(targets), operand));
  }

  /** A known value of the type, mostly a late one, or a constant. */
  #value(type: Scalar): Value {
    const candidates = this.#known.filter((value) => value.type === type);
    const back = this.#choose.below(6);
    const known = candidates.at(-1 - back);
    return known ?? this.#builder.constant(type, this.#choose.of(specialConstants[type]));
  }

  #call(): void {
    const callee = this.#choose.of(this.#scope.callees);
    const args = callee.parameters.map(({ type }, index) =>
      index === 0 && this.#address !== undefined ? this.#address : this.#value(elementOf(type)),
    );
    this.#known.push(this.#builder.call(callee, ...args));
  }

  #memory(address: Value): void {
    if (this.#scope.everything && this.#types.includes("i32") && this.#choose.below(3) === 0) {
      const at = this.#choose.of([0, 1, 2, 5, memoryBytes - 2]);
      const load = this.#choose.of(["load8-s", "load8-u", "load16-s", "load16-u"] as const);
      const store = this.#choose.of(["store8", "store16"] as const);
      if (this.#choose.below(2) === 0) this.#known.push(this.#builder.loadNarrow(load, address, at));
      else this.#builder.storeNarrow(store, this.#value("i32"), address, at);
      return;
    }
    const type = this.#choose.of(this.#types);
    // Few places, so that loads see stores; some overlap.
    const offset = this.#choose.of([0, 0, 8, 8, 4, 3, memoryBytes - 8]);
    if (this.#choose.below(2) === 0) this.#known.push(this.#builder.load(type, address, offset));
    else this.#builder.store(this.#value(type), address, offset);
  }

  #statements(depth: number): void {
    for (let count = this.#choose.below(5); count > 0; count--) this.#statement(depth + 1);
  }

  /** `if` with values that come out of both arms; now and then an arm traps instead. */
  #choice(depth: number): void {
    const builder = this.#builder;
    const joined = Array.from({ length: this.#choose.below(3) }, () => this.#choose.of(this.#types));
    const condition = this.#types.includes("bool") ? this.#value("bool") : builder.constant("bool", true);
    const arms = [builder.createBlock(), builder.createBlock()] as const;
    const join = builder.createBlock(...joined);
    builder.branch(condition, ...arms);
    const reach = this.#known.length;
    for (const arm of arms) {
      builder.switchTo(arm);
      this.#statements(depth);
      if (this.#choose.below(12) === 1 && arm === arms[0]) builder.trap("unreachable");
      else builder.jump(join, ...joined.map((type) => this.#value(type)));
      this.#known.length = reach;
    }
    builder.switchTo(join);
    this.#known.push(...join.parameters);
  }

  #compare(opcode: Opcode, a: Value, b: Value): Value {
    const floats: Partial<Record<Opcode, Opcode>> = { slt: "flt", sle: "fle", sgt: "fgt", sge: "fge", ine: "fne" };
    return this.#builder.emit(a.type === "f64" ? (floats[opcode] ?? "flt") : opcode, a, b);
  }

  /**
   * A loop whose counter, i32 or f64, goes from somewhere by a small step until it compares with some bound; after 5 turns
   * it ends in any case. Its body asks about counter and bound again, as a bounds check would.
   */
  #countedLoop(depth: number): void {
    const builder = this.#builder;
    const type = this.#choose.of(["i32", "i32", "f64"] as const);
    if (!this.#types.includes(type) || !this.#types.includes("i32") || !this.#types.includes("bool")) return;
    const near = (value: number): Value => builder.constant(type, value + this.#choose.below(5) - 2);
    const starts = [() => near(0), () => near(0), () => near(2 ** 31 - 4), () => this.#whole(type)];
    const start = this.#choose.of(starts)();
    const bound = this.#choose.of([() => near(4), () => this.#whole(type), () => this.#whole(type)])();
    const comparison = this.#choose.of(["slt", "slt", "sle", "sgt", "sge", "ine", "ult"] as const);
    const carried = Array.from({ length: this.#choose.below(3) }, () => this.#choose.of(this.#types));
    const initial = carried.map((carriedType) => this.#value(carriedType));
    const header = builder.createBlock("i32", type, ...carried);
    const [body, exit] = [builder.createBlock(), builder.createBlock()];
    builder.jump(header, builder.constant("i32", 0), start, ...initial);
    builder.switchTo(header);
    const [turns, counter, ...inside] = header.parameters;
    if (turns === undefined || counter === undefined) return;
    const goesOn = this.#compare(comparison, counter, bound);
    builder.branch(builder.emit("and", builder.emit("slt", turns, builder.constant("i32", 5)), goesOn), body, exit);
    builder.switchTo(body);
    this.#known.push(...inside, counter);
    const reach = this.#known.length;
    this.#known.push(bound);
    if (this.#choose.below(2) === 0) this.#check();
    this.#statements(depth);
    const step = builder.constant(type, this.#choose.of([1, 1, 1, -1, 2, 3, -2]));
    const next = builder.emit(type === "f64" ? "fadd" : "iadd", counter, step);
    const values = carried.map((carriedType) => this.#value(carriedType));
    builder.jump(header, builder.emit("iadd", turns, builder.constant("i32", 1)), next, ...values);
    this.#known.length = reach;
    builder.switchTo(exit);
  }

  /** A whole number: an i32, or one converted. */
  #whole(type: "i32" | "f64"): Value {
    const value = this.#value("i32");
    return type === "i32" ? value : this.#builder.convert("convert-s", "f64", value);
  }

  /** Arithmetic of f64 on integers, and ways back. */
  #wholeNumbers(): void {
    if (!this.#types.includes("f64") || !this.#types.includes("i32")) return;
    const builder = this.#builder;
    let value = this.#whole("f64");
    for (let count = this.#choose.below(4); count > 0; count--) {
      const constant = builder.constant("f64", this.#choose.of([1, -1, 3, 255, 2 ** 31, -(2 ** 20), 0.5]));
      const unsigned = builder.convert("convert-u", "f64", this.#value("i32"));
      const other = this.#choose.of([constant, this.#whole("f64"), unsigned, value]);
      value = builder.emit(this.#choose.of(["fadd", "fsub", "fmul"] as const), value, other);
      if (this.#choose.below(4) === 0) this.#known.push(value);
    }
    if (this.#choose.below(3) !== 0) this.#known.push(builder.emit("to-int32", value));
    else if (this.#types.includes("bool")) this.#known.push(builder.emit("flt", value, this.#value("f64")));
  }

  /** Traps unless a comparison of two values, or of nearly those, holds. */
  #check(): void {
    const builder = this.#builder;
    if (!this.#types.includes("i32")) return;
    const type = this.#choose.of(["i32", "i32", "f64"] as const);
    const offset = builder.constant("i32", this.#choose.of([0, 0, 0, 1, -1, 2]));
    let a = this.#value(type === "f64" && this.#types.includes("f64") ? "f64" : "i32");
    if (a.type === "i32") a = builder.emit("iadd", a, offset);
    const b = this.#value(elementOf(a.type));
    const comparison = this.#choose.of(["ult", "ult", "slt", "sle", "sge", "ine", "uge"] as const);
    const [inside, outside, after] = [builder.createBlock(), builder.createBlock(), builder.createBlock("i32")];
    builder.branch(this.#compare(comparison, a, b), inside, outside);
    builder.switchTo(inside);
    builder.jump(after, builder.constant("i32", 1));
    builder.switchTo(outside);
    if (this.#choose.below(4) === 0) builder.trap("out-of-bounds");
    else builder.jump(after, builder.constant("i32", 0));
    builder.switchTo(after);
    this.#known.push(...after.parameters);
  }

  /** A loop of 0 to 4 turns that carries values around. */
  #loop(depth: number): void {
    const builder = this.#builder;
    const carried = Array.from({ length: this.#choose.below(4) }, () => this.#choose.of(this.#types));
    const limit = builder.constant("i32", this.#choose.below(5));
    const one = builder.constant("i32", 1);
    const initial = carried.map((type) => this.#value(type));
    const header = builder.createBlock("i32", ...carried);
    const [body, exit] = [builder.createBlock(), builder.createBlock()];
    builder.jump(header, builder.constant("i32", 0), ...initial);
    builder.switchTo(header);
    const [counter, ...inside] = header.parameters;
    if (counter === undefined) return;
    builder.branch(builder.emit("slt", counter, limit), body, exit);
    builder.switchTo(body);
    this.#known.push(...inside);
    if (this.#types.includes("i32")) this.#known.push(counter);
    const reach = this.#known.length;
    this.#statements(depth);
    const next = carried.map((type) => this.#value(type));
    builder.jump(header, builder.emit("iadd", counter, one), ...next);
    this.#known.length = reach;
    builder.switchTo(exit);
  }
}
