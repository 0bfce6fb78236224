/**
 * Floating-point operations of vectors in simpler ones: what works on the sign bit as integer logic, minimum and maximum by
 * comparisons, and rounding to integers by a sum with 2^52 (2^23 for f32), whose unit in the last place is 1.
 */
import type { Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { elementOf, type Scalar } from "../ir/types.ts";
import type { Expansion, ExpansionBuilder, ExpansionTable } from "./expansion-builder.ts";
import { first, operandsOf } from "./operands.ts";

const integerOf = (value: Value): Scalar => (elementOf(value.type) === "f64" ? "i64" : "i32");
const signOf = (value: Value): bigint => (elementOf(value.type) === "f64" ? 1n << 63n : 1n << 31n);

const bitsOf = (builder: ExpansionBuilder, x: Value): Value => builder.convert("bitcast", integerOf(x), x);
const fromBits = (builder: ExpansionBuilder, bits: Value, like: Value): Value =>
  builder.convert("bitcast", elementOf(like.type), bits);

/** One bit operation with the sign bit, or with all others. */
const onBits =
  (opcode: Opcode, constant: (sign: bigint) => bigint): Expansion =>
  (builder, value) => {
    const x = first(value);
    const bits = bitsOf(builder, x);
    return fromBits(builder, builder.emit(opcode, bits, builder.integer(bits.type, constant(signOf(x)))), x);
  };

const copySign: Expansion = (builder, value) => {
  const [x, y] = operandsOf(value);
  const [bits, from] = [bitsOf(builder, x), bitsOf(builder, y)];
  const magnitude = builder.emit("and", bits, builder.integer(bits.type, ~signOf(x)));
  const sign = builder.emit("and", from, builder.integer(bits.type, signOf(x)));
  return fromBits(builder, builder.emit("or", magnitude, sign), x);
};

/** Of equal numbers both bits (0 and -0 differ in them), of NaN and whatever a NaN. */
const extremum =
  (comparison: Opcode, join: Opcode): Expansion =>
  (builder, value) => {
    const [a, b] = operandsOf(value);
    const joined = fromBits(builder, builder.emit(join, bitsOf(builder, a), bitsOf(builder, b)), a);
    const otherwise = builder.select(builder.emit("feq", a, b), joined, builder.emit("fadd", a, b));
    const second = builder.select(builder.emit(comparison, b, a), b, otherwise);
    return builder.select(builder.emit(comparison, a, b), a, second);
  };

type Correction = (builder: ExpansionBuilder, x: Value, nearest: Value) => Value;

/**
 * Rounded to nearest by the sum, then corrected by 1 where that was the wrong way, with the sign of x, so that -0.5 gives -0.
 * From 2^52 on (2^23), all numbers are integers; those and NaN go through a sum with -0, which makes a NaN quiet.
 */
const rounding =
  (correct: Correction): Expansion =>
  (builder, value) => {
    const x = first(value);
    const { type } = x;
    const magic = builder.constant(type, elementOf(type) === "f64" ? 2 ** 52 : 2 ** 23);
    const magnitude = builder.emit("fabs", x);
    const nearest = builder.emit("fcopysign", builder.emit("fsub", builder.emit("fadd", magnitude, magic), magic), x);
    const rounded = builder.emit("fcopysign", correct(builder, x, nearest), x);
    const itself = builder.emit("fadd", x, builder.constant(type, -0));
    return builder.select(builder.emit("flt", magnitude, magic), rounded, itself);
  };

const up: Correction = (builder, x, nearest) => {
  const one = builder.constant(x.type, 1);
  return builder.select(builder.emit("flt", nearest, x), builder.emit("fadd", nearest, one), nearest);
};
const down: Correction = (builder, x, nearest) => {
  const one = builder.constant(x.type, 1);
  return builder.select(builder.emit("fgt", nearest, x), builder.emit("fsub", nearest, one), nearest);
};

export const floatExpansions: ExpansionTable = {
  fneg: onBits("xor", (sign) => sign),
  fabs: onBits("and", (sign) => ~sign),
  fcopysign: copySign,
  fmin: extremum("flt", "or"),
  fmax: extremum("fgt", "and"),
  fnearest: rounding((_builder, _x, nearest) => nearest),
  fceil: rounding(up),
  ffloor: rounding(down),
  // Toward zero: down of the magnitude. The sign comes back by itself.
  ftrunc: (builder, value) => {
    const x = first(value);
    return builder.emit("fcopysign", builder.emit("ffloor", builder.emit("fabs", x)), x);
  },
};
