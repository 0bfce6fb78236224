/**
 * Appends operations on many lanes: U vectors of W lanes in flight, interleaved instruction by instruction.
 *
 * A `Wide` is a value of all lanes: one scalar where it is the same in every lane (uniform), else U vectors. An operation on
 * uniform operands stays one scalar operation; else each operand that is uniform is spread (`splat`) and the operation appears
 * U times, one for each vector, side by side. Chains of U independent instructions then hide each other's latency.
 *
 * A `Mask` tells which lanes run: undefined is all of them, a scalar bool all or none, else U masks.
 *
 * Constants, and what is spread from them and from the kernel's parameters, stand in the entry block, once.
 */
import { InternalError } from "../base/errors.ts";
import type { Block, Constant, Value } from "../ir/function.ts";
import { shapeOf } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";
import type { SsaBuilder, Variable } from "../ir/ssa-builder.ts";
import { elementOf, type Scalar, type Vector, vectorOf } from "../ir/types.ts";

/** A value of all lanes: uniform, or U vectors. */
export type Wide = Value | readonly Value[];
export type Mask = Wide | undefined;

export function isVarying(wide: Wide): wide is readonly Value[] {
  return Array.isArray(wide);
}

/** The type of one lane. */
export function laneType(wide: Wide): Scalar {
  return elementOf((isVarying(wide) ? vectorAt(wide, 0) : wide).type);
}

/** The vector at a position of U. */
export function vectorAt(vectors: readonly Value[], index: number): Value {
  const vector = vectors[index];
  if (vector === undefined) throw new InternalError(`there is no vector ${index} in flight`);
  return vector;
}

/** Constants and spread values of one kernel, in its entry block. */
export class KernelConstants {
  readonly #builder: SsaBuilder;
  readonly #entry: Block;
  readonly #scalars = new Map<string, Value>();
  readonly #spread = new Map<string, Value>();
  /** Values that stand in the entry block. */
  readonly #early = new Set<Value>();

  constructor(builder: SsaBuilder) {
    this.#builder = builder;
    this.#entry = builder.function.entry;
    for (const parameter of builder.function.parameters) this.#early.add(parameter);
  }

  constant(type: Scalar, value: Constant): Value {
    // A NaN is one, 0 and -0 are two.
    const key = `${type} ${Object.is(value, -0) ? "-0" : value}`;
    let constant = this.#scalars.get(key);
    if (constant === undefined) {
      constant = this.inEntry(() => this.#builder.constant(type, value));
      this.#scalars.set(key, constant);
    }
    return constant;
  }

  /** Builds in the entry block. What comes out may be spread there, too. */
  inEntry(build: () => Value): Value {
    const { block, span } = this.#builder;
    this.#builder.switchTo(this.#entry);
    this.#builder.span = undefined;
    const value = build();
    this.#builder.switchTo(block);
    this.#builder.span = span;
    this.#early.add(value);
    return value;
  }

  /** A value of the entry block in all lanes of a vector; undefined if it stands elsewhere. */
  spread(type: Vector, value: Value): Value | undefined {
    if (!this.#early.has(value)) return undefined;
    const key = `${type} ${value.id}`;
    let vector = this.#spread.get(key);
    if (vector === undefined) {
      vector = this.inEntry(() => this.#builder.splat(type, value));
      this.#spread.set(key, vector);
    }
    return vector;
  }
}

export class LaneBuilder {
  readonly builder: SsaBuilder;
  readonly constants: KernelConstants;
  /** Lanes of one vector (W). */
  readonly lanes: number;
  /** Vectors in flight (U). */
  readonly count: number;

  constructor(builder: SsaBuilder, constants: KernelConstants, lanes: number, count: number) {
    this.builder = builder;
    this.constants = constants;
    this.lanes = lanes;
    this.count = count;
  }

  vectorType(type: Scalar): Vector {
    // With two lanes or more, it is one.
    return vectorOf(type, this.lanes) as Vector;
  }

  constant(type: Scalar, value: Constant): Value {
    return this.constants.constant(type, value);
  }

  /** U vectors, made by position. */
  vectors(make: (index: number) => Value): readonly Value[] {
    const made: Value[] = [];
    for (let index = 0; index < this.count; index++) made.push(make(index));
    return made;
  }

  /** One vector with the scalar in all lanes. */
  splat(value: Value): Value {
    const type = this.vectorType(elementOf(value.type));
    return this.constants.spread(type, value) ?? this.builder.splat(type, value);
  }

  /** The value as U vectors. */
  spread(wide: Wide): readonly Value[] {
    if (isVarying(wide)) return wide;
    const vector = this.splat(wide);
    return this.vectors(() => vector);
  }

  /** An operation whose type follows from its operands, in each lane. */
  emit(opcode: Opcode, ...operands: readonly Wide[]): Wide {
    if (!operands.some(isVarying)) return this.builder.emit(opcode, ...(operands as readonly Value[])); // all uniform
    const spread = operands.map((operand) => this.spread(operand));
    return this.vectors((index) => this.builder.emit(opcode, ...spread.map((vectors) => vectorAt(vectors, index))));
  }

  /** A conversion to a type, in each lane. */
  convert(opcode: Opcode, type: Scalar, operand: Wide): Wide {
    if (!isVarying(operand)) return this.builder.convert(opcode, type, operand);
    const to = this.vectorType(type);
    return operand.map((vector) => this.builder.convert(opcode, to, vector));
  }

  /** As `emit` or `convert`, with the type of one lane given, whichever the opcode is. */
  apply(opcode: Opcode, type: Scalar, operands: readonly Wide[]): Wide {
    const [operand] = operands;
    const isConversion = operands.length === 1 && shapeOf(opcode).explicit;
    return isConversion && operand !== undefined ? this.convert(opcode, type, operand) : this.emit(opcode, ...operands);
  }

  /** The second where the mask is true, else the third. */
  select(mask: Mask, whenTrue: Wide, whenFalse: Wide): Wide {
    if (mask === undefined || whenTrue === whenFalse) return whenTrue;
    return this.emit("select", mask, whenTrue, whenFalse);
  }

  // ---- masks

  and(a: Mask, b: Mask): Mask {
    if (a === undefined || a === b) return b;
    return b === undefined ? a : this.emit("and", a, b);
  }

  or(a: Mask, b: Mask): Mask {
    if (a === undefined || b === undefined) return undefined;
    return a === b ? a : this.emit("or", a, b);
  }

  not(mask: Wide): Wide {
    return this.emit("not", mask);
  }

  /** The lanes of `a` that are not in `b`. */
  without(a: Mask, b: Wide): Wide {
    const rest = this.not(b);
    return a === undefined ? rest : this.emit("and", a, rest);
  }

  /** The mask as a value, all lanes spelled out. */
  explicit(mask: Mask): Wide {
    return mask ?? this.constant("bool", true);
  }

  /** Whether the mask holds in some lane of all vectors: a scalar bool. */
  any(mask: Wide): Value {
    if (!isVarying(mask)) return mask;
    // Some lane is off in one of the masks: not all are on.
    const negated = mask.flatMap((vector) => (vector.opcode === "not" ? vector.operands : []));
    if (negated.length === mask.length)
      return this.builder.emit("not", this.builder.emit("mask-all", this.#tree("and", negated)));
    return this.builder.emit("mask-any", this.#tree("or", mask));
  }

  /** The lanes of both masks, and whether there is any. Two by two, so that few masks are needed at a time. */
  andAny(a: readonly Value[], b: readonly Value[]): { readonly both: Wide; readonly any: Value } {
    const { builder } = this;
    const both: Value[] = [];
    const pairs: Value[] = [];
    for (let index = 0; index < this.count; index++) {
      const mask = builder.emit("and", vectorAt(a, index), vectorAt(b, index));
      both.push(mask);
      if (index % 2 === 1) pairs.push(builder.emit("or", vectorAt(both, index - 1), mask));
      else if (index === this.count - 1) pairs.push(mask);
    }
    return { both, any: builder.emit("mask-any", this.#tree("or", pairs)) };
  }

  /** Whether the mask holds in every lane of all vectors: a scalar bool. */
  all(mask: Wide): Value {
    return isVarying(mask) ? this.builder.emit("mask-all", this.#tree("and", mask)) : mask;
  }

  /** Folds U vectors into one, by halves, so that the chain is short. */
  #tree(opcode: Opcode, vectors: readonly Value[]): Value {
    let level = [...vectors];
    while (level.length > 1) {
      const next: Value[] = [];
      for (let index = 0; index < level.length; index += 2) {
        const a = vectorAt(level, index);
        const b = level[index + 1];
        next.push(b === undefined ? a : this.builder.emit(opcode, a, b));
      }
      level = next;
    }
    return vectorAt(level, 0);
  }

  // ---- variables

  /** A variable of the builder for each vector, or a single one for a uniform value. */
  createVariable(type: Scalar, varying: boolean): WideVariable {
    const slots = varying
      ? Array.from({ length: this.count }, () => this.builder.createVariable(this.vectorType(type)))
      : [this.builder.createVariable(type)];
    return { type, varying, slots };
  }

  read({ varying, slots }: WideVariable): Wide {
    const values = slots.map((slot) => this.builder.read(slot));
    return varying ? values : vectorAt(values, 0);
  }

  write({ varying, slots }: WideVariable, value: Wide): void {
    if (!varying && isVarying(value)) throw new InternalError("a uniform variable gets a varying value");
    const values = varying ? this.spread(value) : [value as Value]; // uniform, as was checked
    slots.forEach((slot, index) => {
      this.builder.write(slot, vectorAt(values, index));
    });
  }

  /** A zero of the type, in no lane of interest: what stands for a value that was never computed. */
  zero(type: Scalar): Value {
    return this.constant(type, type === "bool" ? false : type === "i64" ? 0n : 0);
  }
}

/** A variable whose value is a `Wide`, always of the same kind. */
export interface WideVariable {
  readonly type: Scalar;
  readonly varying: boolean;
  readonly slots: readonly Variable[];
}
