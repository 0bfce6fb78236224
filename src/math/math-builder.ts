/**
 * What the mathematical functions are written in: arithmetic of one float type appended to an IR function, with the
 * error-free steps and the polynomials that all of them use.
 *
 * On a machine with FMA, `fma` rounds once; elsewhere it is a product and a sum, and each function's file says what error that
 * leaves. `twoProduct` is exact either way. All operations have a vector form, so a function written with these widens as it is.
 * Sums and products without error: Dekker 1971; Ogita, Rump and Oishi, "Accurate sum and dot product", 2005.
 */
import { InternalError } from "../base/errors.ts";
import type { FunctionBuilder } from "../ir/builder.ts";
import type { Value } from "../ir/function.ts";

export type FloatType = "f64" | "f32";

/** For which machine, and how exactly, functions are built. */
export interface MathOptions {
  /** The machine has FMA. */
  readonly fma: boolean;
  /** Up to 4 ULP are right, where that is quicker. */
  readonly fastMath: boolean;
}

/** An unevaluated sum: `low` is what `high` leaves, at most half a unit in its last place. */
export interface Pair {
  readonly high: Value;
  readonly low: Value;
}

export class MathBuilder {
  readonly builder: FunctionBuilder;
  readonly type: FloatType;
  readonly options: MathOptions;
  readonly #constants = new Map<string, Value>();
  readonly #entry: FunctionBuilder["block"];

  constructor(builder: FunctionBuilder, type: FloatType, options: MathOptions) {
    this.builder = builder;
    this.type = type;
    this.options = options;
    this.#entry = builder.block;
  }

  /** The same place and options with the other float type. */
  at(type: FloatType): MathBuilder {
    return type === this.type ? this : new MathBuilder(this.builder, type, this.options);
  }

  /** A float constant; of f32 the nearest one. */
  constant(value: number): Value {
    return this.#constantOf(this.type, this.type === "f32" ? Math.fround(value) : value);
  }

  /** An integer constant of the float's width: i64 for f64, i32 for f32. */
  integer(value: bigint): Value {
    return this.type === "f64" ? this.#constantOf("i64", value) : this.#constantOf("i32", Number(value));
  }

  #constantOf(type: FloatType | "i64" | "i32", value: number | bigint): Value {
    if (this.builder.block !== this.#entry) return this.builder.constant(type, value);
    const key = `${type} ${Object.is(value, -0) ? "-0" : value}`;
    let constant = this.#constants.get(key);
    if (constant === undefined) {
      constant = this.builder.constant(type, value);
      this.#constants.set(key, constant);
    }
    return constant;
  }

  #value(value: Value | number): Value {
    return typeof value === "number" ? this.constant(value) : value;
  }

  #binary(opcode: Parameters<FunctionBuilder["emit"]>[0], a: Value | number, b: Value | number): Value {
    return this.builder.emit(opcode, this.#value(a), this.#value(b));
  }

  // ---- Floats

  add(a: Value | number, b: Value | number): Value {
    return this.#binary("fadd", a, b);
  }

  sub(a: Value | number, b: Value | number): Value {
    return this.#binary("fsub", a, b);
  }

  mul(a: Value | number, b: Value | number): Value {
    return this.#binary("fmul", a, b);
  }

  div(a: Value | number, b: Value | number): Value {
    return this.#binary("fdiv", a, b);
  }

  sqrt(a: Value): Value {
    return this.builder.emit("fsqrt", a);
  }

  neg(a: Value): Value {
    return this.builder.emit("fneg", a);
  }

  abs(a: Value): Value {
    return this.builder.emit("fabs", a);
  }

  /** The magnitude of the first with the sign of the second. */
  copySign(magnitude: Value | number, sign: Value): Value {
    return this.builder.emit("fcopysign", this.#value(magnitude), sign);
  }

  /** a * b + c: rounded once with FMA, twice without. */
  fma(a: Value | number, b: Value | number, c: Value | number): Value {
    const [x, y, z] = [this.#value(a), this.#value(b), this.#value(c)];
    return this.options.fma ? this.builder.emit("fma", x, y, z) : this.add(this.mul(x, y), z);
  }

  /** c - a * b, as `fma`. */
  fnma(a: Value, b: Value, c: Value | number): Value {
    return this.options.fma ? this.fma(this.neg(a), b, c) : this.sub(c, this.mul(a, b));
  }

  // ---- Comparisons and choices

  compare(opcode: "feq" | "fne" | "flt" | "fle" | "fgt" | "fge", a: Value | number, b: Value | number): Value {
    return this.#binary(opcode, a, b);
  }

  select(condition: Value, whenTrue: Value | number, whenFalse: Value | number): Value {
    return this.builder.emit("select", condition, this.#value(whenTrue), this.#value(whenFalse));
  }

  and(a: Value, b: Value): Value {
    return this.builder.emit("and", a, b);
  }

  or(a: Value, b: Value): Value {
    return this.builder.emit("or", a, b);
  }

  not(a: Value): Value {
    return this.builder.emit("not", a);
  }

  // ---- Bits, as integers of the float's width

  get integerType(): "i64" | "i32" {
    return this.type === "f64" ? "i64" : "i32";
  }

  /** Bits of the significand that are stored: 52 or 23. */
  get significandBits(): bigint {
    return this.type === "f64" ? 52n : 23n;
  }

  /** The exponent that stands for 0: 1023 or 127. */
  get bias(): bigint {
    return this.type === "f64" ? 1023n : 127n;
  }

  bits(value: Value): Value {
    return this.builder.convert("bitcast", this.integerType, value);
  }

  fromBits(bits: Value): Value {
    return this.builder.convert("bitcast", this.type, bits);
  }

  /** An operation on integers, such as `iadd` or `shl`. */
  integers(opcode: Parameters<FunctionBuilder["emit"]>[0], a: Value, b: Value | bigint): Value {
    return this.builder.emit(opcode, a, typeof b === "bigint" ? this.integer(b) : b);
  }

  /** An integer as it stands in the exponent. */
  toExponent(integer: Value): Value {
    return this.integers("shl", integer, this.significandBits);
  }

  /** 2^n, n an integer with 2^n a normal number. */
  powerOfTwo(n: Value): Value {
    return this.fromBits(this.toExponent(this.integers("iadd", n, this.bias)));
  }

  /**
   * The nearest integer of a small product, as a float and as the low bits of an integer: the product is added to 1.5 * 2^52
   * (2^23), whose last bit is 1. `integer` holds n in its low bits and something else above: shift it, or mask it.
   */
  roundedProduct(a: Value, b: number): { readonly float: Value; readonly integer: Value } {
    const shifter = this.type === "f64" ? 1.5 * 2 ** 52 : 1.5 * 2 ** 23;
    const shifted = b === 1 ? this.add(a, shifter) : this.fma(a, b, shifter);
    return { float: this.sub(shifted, shifter), integer: this.bits(shifted) };
  }

  // ---- Rare cases

  /**
   * `usual` where the condition holds, else what `build` computes in blocks of its own, which vectors skip when all their lanes are
   * usual. `usual` is computed anyway, so it must not matter for the others.
   */
  usually(condition: Value, usual: Value, build: () => Value): Value {
    const { builder } = this;
    const rare = builder.createLaterBlock();
    rare.isUnlikely = true;
    const join = builder.createLaterBlock(usual.type);
    builder.branch(condition, join, rare, [usual]);
    builder.continueIn(rare);
    builder.jump(join, build());
    builder.continueIn(join);
    const [result] = join.parameters;
    if (result === undefined) throw new InternalError("a join with one parameter");
    return result;
  }

  // ---- Without error

  /** a + b exactly, if |a| >= |b| or a is 0. 3 operations. */
  quickTwoSum(a: Value | number, b: Value): Pair {
    const high = this.add(a, b);
    return { high, low: this.sub(b, this.sub(high, a)) };
  }

  /** a + b exactly. 6 operations. */
  twoSum(a: Value | number, b: Value): Pair {
    const high = this.add(a, b);
    const part = this.sub(high, a);
    return { high, low: this.add(this.sub(a, this.sub(high, part)), this.sub(b, part)) };
  }

  /** a * b exactly, if nothing over- or underflows. 2 operations with FMA, 17 without. */
  twoProduct(a: Value, b: Value): Pair {
    const high = this.mul(a, b);
    if (this.options.fma) return { high, low: this.fma(a, b, this.neg(high)) };
    const x = this.#split(a);
    const y = a === b ? x : this.#split(b);
    const cross = this.add(this.sub(this.mul(x.high, y.high), high), this.mul(x.high, y.low));
    return { high, low: this.add(this.add(cross, this.mul(x.low, y.high)), this.mul(x.low, y.low)) };
  }

  #split(a: Value): Pair {
    const product = this.mul(a, this.type === "f64" ? 2 ** 27 + 1 : 2 ** 12 + 1);
    const high = this.sub(product, this.sub(product, a));
    return { high, low: this.sub(a, high) };
  }

  /** What a quotient or root leaves: c - a * b exactly, where it is so small that it is representable. 1 operation with FMA. */
  residual(a: Value, b: Value, c: Value): Value {
    if (this.options.fma) return this.fnma(a, b, c);
    const { high, low } = this.twoProduct(a, b);
    return this.sub(this.sub(c, high), low);
  }

  // ---- Polynomials

  /**
   * c[0] + c[1] x + c[2] x^2 …, as two Horner chains in x^2 for even and odd powers: one multiplication more than one chain, and
   * half as long, which single values wait for and vectors hardly notice.
   */
  polynomial(x: Value, coefficients: readonly number[], square = this.mul(x, x)): Value {
    if (coefficients.length < 4) return this.horner(x, coefficients);
    const even = coefficients.filter((_, power) => power % 2 === 0);
    const odd = coefficients.filter((_, power) => power % 2 === 1);
    return this.fma(this.horner(square, odd), x, this.horner(square, even));
  }

  /** The same as one chain: the fewest operations. */
  horner(x: Value, coefficients: readonly number[]): Value {
    const last = coefficients.at(-1);
    if (last === undefined) throw new InternalError("a polynomial without coefficients");
    let sum: Value | number = last;
    for (let power = coefficients.length - 2; power >= 0; power--) sum = this.fma(sum, x, coefficients[power] ?? 0);
    return this.#value(sum);
  }
}
