/**
 * Integer operations of vectors in simpler ones: rotations by shifts, counts of bits by the parallel sums of H. Warren,
 * "Hacker's Delight", 2nd edition, section 5-1, leading zeros by the exponent that conversion to floating point finds, and
 * sign extension by the sum that carries into the bits above. Shift counts are taken modulo the width, as everywhere.
 */
import type { Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { elementOf, type Type, types } from "../ir/types.ts";
import type { Expansion, ExpansionBuilder, ExpansionTable } from "./expansion-builder.ts";
import { first, operandsOf } from "./operands.ts";

const signBit = (type: Type): bigint => -(1n << BigInt(types[type].bits - 1));

/** The count's opposite modulo the width; shifts take it modulo the width anyway. */
function opposite(builder: ExpansionBuilder, count: Value): Value {
  return builder.emit("isub", builder.integer(count.type, 0n), count);
}

const rotation =
  (there: Opcode, back: Opcode): Expansion =>
  (builder, value) => {
    const [x, count] = operandsOf(value);
    return builder.emit("or", builder.emit(there, x, count), builder.emit(back, x, opposite(builder, count)));
  };

/** Copies of the bit at `2^(bits - 1)` in all above: with the bit turned round, taking it away borrows exactly if it was 1. */
const signExtension =
  (bits: number): Expansion =>
  (builder, value) => {
    const x = first(value);
    const low = builder.emit("and", x, builder.integer(x.type, (1n << BigInt(bits)) - 1n));
    const sign = builder.integer(x.type, 1n << BigInt(bits - 1));
    return builder.emit("isub", builder.emit("xor", low, sign), sign);
  };

/** A logical shift, and then the sign at its new place is extended as above. */
const shiftSigned: Expansion = (builder, value) => {
  const [x, count] = operandsOf(value);
  const sign = builder.emit("ushr", builder.integer(x.type, signBit(x.type)), count);
  return builder.emit("isub", builder.emit("xor", builder.emit("ushr", x, count), sign), sign);
};

/** Sums of pairs, of fours, of bytes. */
const countOnes: Expansion = (builder, value) => {
  const x = first(value);
  const { type } = x;
  const bits = types[type].bits;
  const constant = (byte: bigint): Value => builder.integer(type, byte * 0x0101010101010101n);
  const shift = (a: Value, count: number): Value => builder.emit("ushr", a, builder.integer(type, BigInt(count)));
  const pairs = builder.emit("isub", x, builder.emit("and", shift(x, 1), constant(0x55n)));
  const fours = builder.emit(
    "iadd",
    builder.emit("and", pairs, constant(0x33n)),
    builder.emit("and", shift(pairs, 2), constant(0x33n)),
  );
  let sum = builder.emit("and", builder.emit("iadd", fours, shift(fours, 4)), constant(0x0fn));
  // The highest byte of this product is the sum of all; where there is no product, add halves.
  if (bits === 32 && builder.shape.natively("imul", type)) return shift(builder.emit("imul", sum, constant(0x01n)), 24);
  for (let width = 8; width < bits; width *= 2) sum = builder.emit("iadd", sum, shift(sum, width));
  return builder.emit("and", sum, builder.integer(type, 127n));
};

/** All ones below the lowest 1, counted. */
const countTrailingZeros: Expansion = (builder, value) => {
  const x = first(value);
  const { type } = x;
  const below = builder.emit(
    "and",
    builder.emit("xor", x, builder.integer(type, -1n)),
    builder.emit("iadd", x, builder.integer(type, -1n)),
  );
  if (builder.shape.natively("popcnt", type) || !builder.shape.natively("clz", type))
    return builder.emit("popcnt", below);
  return builder.emit("isub", builder.integer(type, BigInt(types[type].bits)), builder.emit("clz", below));
};

/**
 * Of i32: the exponent as f32. Bits below a 1 are cleared where the one above them is set, so that nothing rounds up to the
 * next power of two. Negative ones have no leading zero, and 0 has the exponent field 0.
 */
function leadingZeros32(builder: ExpansionBuilder, x: Value): Value {
  const { type } = x;
  const constant = (value: bigint): Value => builder.integer(type, value);
  const half = builder.emit("ushr", x, constant(1n));
  const thinned = builder.emit("and", builder.emit("xor", half, constant(-1n)), x);
  const bits = builder.convert("bitcast", "i32", builder.convert("convert-s", "f32", thinned));
  const zeros = builder.emit("isub", constant(158n), builder.emit("ushr", bits, constant(23n)));
  const most = builder.emit("slt", zeros, constant(32n));
  const bounded = builder.select(most, zeros, constant(32n));
  return builder.select(builder.emit("sgt", bounded, constant(0n)), bounded, constant(0n));
}

/** Of i64: the exponent as f64 of the upper half, or of the lower if that is 0; each is exact. */
function leadingZeros64(builder: ExpansionBuilder, x: Value): Value {
  const { type } = x;
  const constant = (value: bigint): Value => builder.integer(type, value);
  const high = builder.emit("ushr", x, constant(32n));
  const isHigh = builder.emit("ine", high, constant(0n));
  const part = builder.select(isHigh, high, x);
  // 2^52 and the part, as the bits of an f64
  const sum = builder.convert("bitcast", "f64", builder.emit("or", part, constant(0x4330000000000000n)));
  const number = builder.emit("fsub", sum, builder.constant(sum.type, 2 ** 52));
  const exponent = builder.emit("ushr", builder.convert("bitcast", "i64", number), constant(52n));
  const from = builder.select(isHigh, constant(1023n + 31n), constant(1023n + 63n));
  const zeros = builder.emit("isub", from, exponent);
  return builder.select(builder.emit("ieq", x, constant(0n)), constant(64n), zeros);
}

/** With the sign bits turned round, signed order is unsigned order. */
const unsigned =
  (signed: Opcode): Expansion =>
  (builder, value) => {
    const [a, b] = operandsOf(value);
    const sign = builder.integer(a.type, signBit(a.type));
    return builder.emit(signed, builder.emit("xor", a, sign), builder.emit("xor", b, sign));
  };

export const integerExpansions: ExpansionTable = {
  rotl: rotation("shl", "ushr"),
  rotr: rotation("ushr", "shl"),
  sshr: shiftSigned,
  sext8: signExtension(8),
  sext16: signExtension(16),
  sext32: signExtension(32),
  popcnt: countOnes,
  ctz: countTrailingZeros,
  clz: (builder, value) => {
    const x = first(value);
    return elementOf(x.type) === "i64" ? leadingZeros64(builder, x) : leadingZeros32(builder, x);
  },
  ult: unsigned("slt"),
  ule: unsigned("sle"),
  ugt: unsigned("sgt"),
  uge: unsigned("sge"),
};
