/**
 * Conversions of vectors between integers and floating point, without instructions for them.
 *
 * They rest on two things. The bits of 2^52 + n, for an integer n below 2^52, are those of 2^52 with n in the low end: so a
 * sum turns a float into an integer, and an `or` and a difference the integer into a float (with 2^84 + n * 2^32 in the same
 * way for upper halves). And t - floor(t / 2^32) * 2^32 is exact for every finite t that is whole: the quotient is a
 * matter of the exponent, and the difference is a multiple of t's last place below 2^32. NaN and infinities make that
 * difference NaN. No branches: what does not fit is chosen away at the end.
 */
import type { Value } from "../ir/function.ts";
import { elementOf, lanesOf, vectorIfAny } from "../ir/types.ts";
import type { Expansion, ExpansionBuilder, ExpansionTable } from "./expansion-builder.ts";
import { first } from "./operands.ts";

const bitsOf52 = 0x4330000000000000n; // 2^52
const bitsOf84 = 0x4530000000000000n; // 2^84

/** `x` where it is larger than the bound, else the bound; of NaN the bound. One instruction on x86. */
function atLeast(builder: ExpansionBuilder, x: Value, bound: number): Value {
  const least = builder.constant(x.type, bound);
  return builder.select(builder.emit("fgt", x, least), x, least);
}

/** `x` where it is smaller than the bound, else the bound. */
function atMost(builder: ExpansionBuilder, x: Value, bound: number): Value {
  const most = builder.constant(x.type, bound);
  return builder.select(builder.emit("flt", x, most), x, most);
}

/** 0 where `x` is NaN. */
function zeroOfNaN(builder: ExpansionBuilder, x: Value, result: Value): Value {
  return builder.select(builder.emit("feq", x, x), result, builder.integer(result.type, 0n));
}

/** A whole f64 as floor(t / 2^32) and what is left, from 0 to 2^32 - 1; of infinities and NaN, that is NaN. */
function halves(builder: ExpansionBuilder, t: Value): { high: Value; low: Value } {
  const high = builder.emit("ffloor", builder.emit("fmul", t, builder.constant(t.type, 2 ** -32)));
  return { high, low: builder.multiplyAdd(high, builder.constant(t.type, -(2 ** 32)), t) };
}

/** A whole f64 from -2^51 to 2^52 - 1: the low bits of what this gives are its own. */
function toBits(builder: ExpansionBuilder, t: Value, magic = 2 ** 52): Value {
  return builder.convert("bitcast", "i64", builder.emit("fadd", t, builder.constant(t.type, magic)));
}

const wrapped = (builder: ExpansionBuilder, bits: Value): Value => builder.emit("wrap", bits);

/** The low half of the integer. */
const toInt32: Expansion = (builder, value) => {
  const { low } = halves(builder, builder.emit("ftrunc", first(value)));
  return wrapped(builder, toBits(builder, atLeast(builder, low, 0)));
};

/** The operand as f64, if there are vectors of so many. */
function asDouble(builder: ExpansionBuilder, x: Value): Value | undefined {
  if (elementOf(x.type) === "f64") return x;
  const type = vectorIfAny("f64", lanesOf(x.type));
  return type !== undefined && builder.shape.natively("promote", type, x.type) ? builder.emit("promote", x) : undefined;
}

const saturateSigned: Expansion = (builder, value) => {
  const x = asDouble(builder, first(value));
  if (x === undefined) return undefined;
  if (elementOf(value.type) === "i32") {
    const inside = atMost(builder, atLeast(builder, x, -(2 ** 31)), 2 ** 31 - 1);
    const bits = toBits(builder, builder.emit("ftrunc", inside), 1.5 * 2 ** 52);
    return zeroOfNaN(builder, x, wrapped(builder, bits));
  }
  const { high, low } = halves(builder, builder.emit("ftrunc", atLeast(builder, x, -(2 ** 63))));
  const integer = joined(builder, toBits(builder, high, 1.5 * 2 ** 52), low);
  const isBelow = builder.emit("flt", x, builder.constant(x.type, 2 ** 63));
  const most = builder.integer(value.type, 2n ** 63n - 1n);
  return zeroOfNaN(builder, x, builder.select(isBelow, integer, most));
};

const saturateUnsigned: Expansion = (builder, value) => {
  const operand = first(value);
  const x = asDouble(builder, operand);
  if (elementOf(value.type) === "i32") {
    if (x === undefined) return saturateUnsigned32(builder, operand, value);
    const inside = atMost(builder, atLeast(builder, x, 0), 2 ** 32 - 1);
    return wrapped(builder, toBits(builder, builder.emit("ftrunc", inside)));
  }
  if (x === undefined) return undefined;
  const { high, low } = halves(builder, builder.emit("ftrunc", atLeast(builder, x, 0)));
  const integer = joined(builder, toBits(builder, high), low);
  // NaN counts as 0, which it has become by then.
  const isAbove = builder.emit("fge", x, builder.constant(x.type, 2 ** 64));
  return builder.select(isAbove, builder.integer(value.type, -1n), integer);
};

/** From 2^31 on, 2^31 less, which is exact there, and the highest bit on its own. */
function saturateUnsigned32(builder: ExpansionBuilder, x: Value, value: Value): Value {
  const positive = atLeast(builder, x, 0);
  const half = builder.constant(x.type, 2 ** 31);
  const isHigh = builder.emit("fge", positive, half);
  const rest = builder.select(isHigh, builder.emit("fsub", positive, half), positive);
  const top = builder.select(isHigh, builder.integer(value.type, 1n << 31n), builder.integer(value.type, 0n));
  return builder.emit("xor", builder.typed("trunc-sat-s", value.type, [rest]), top);
}

/** The upper half from the low bits of one value, the lower half from a whole f64 below 2^32. */
function joined(builder: ExpansionBuilder, high: Value, low: Value): Value {
  const shifted = builder.emit("shl", high, builder.integer(high.type, 32n));
  const lower = builder.emit("xor", toBits(builder, low), builder.integer(high.type, bitsOf52));
  return builder.emit("or", shifted, lower);
}

/** An integer of 64 bits as 2^84 + h * 2^32 (+ 2^63, if signed) and 2^52 + l; one sum rounds. */
function wideToDouble(builder: ExpansionBuilder, x: Value, isSigned: boolean): Value {
  const { type } = x;
  const constant = (bits: bigint): Value => builder.integer(type, bits);
  const low = builder.emit("or", builder.emit("and", x, constant(2n ** 32n - 1n)), constant(bitsOf52));
  const upper = builder.emit("ushr", x, constant(32n));
  // The sign turned round adds 2^31 to the half, 2^63 in all.
  const high = builder.emit("xor", upper, constant(isSigned ? bitsOf84 + 2n ** 31n : bitsOf84));
  const highNumber = builder.convert("bitcast", "f64", high);
  const lowNumber = builder.convert("bitcast", "f64", low);
  const magic = 2 ** 84 + 2 ** 52 + (isSigned ? 2 ** 63 : 0);
  return builder.emit("fadd", builder.emit("fsub", highNumber, builder.constant(highNumber.type, magic)), lowNumber);
}

/**
 * An integer of 64 bits that rounds to f32 as this one does and that f64 holds: from 2^53 on, its low 11 bits are rounded to
 * odd, which the second rounding does not notice (Boldo, Melquiond, "When double rounding is odd", 2005).
 */
function roundedToOdd(builder: ExpansionBuilder, x: Value, isSigned: boolean): Value {
  const { type } = x;
  const constant = (bits: bigint): Value => builder.integer(type, bits);
  const sticky = builder.emit("iadd", builder.emit("and", x, constant(2047n)), constant(2047n));
  const odd = builder.emit("and", builder.emit("or", x, sticky), constant(~2047n));
  const small = isSigned
    ? builder.emit("ult", builder.emit("iadd", x, constant(2n ** 53n)), constant(2n ** 54n))
    : builder.emit("ult", x, constant(2n ** 53n));
  return builder.select(small, x, odd);
}

const convert =
  (isSigned: boolean): Expansion =>
  (builder, value) => {
    const x = first(value);
    const [from, to] = [elementOf(x.type), elementOf(value.type)];
    const opcode = isSigned ? "convert-s" : "convert-u";
    if (from === "i64") {
      if (to === "f64") return wideToDouble(builder, x, isSigned);
      return builder.emit("demote", builder.convert(opcode, "f64", roundedToOdd(builder, x, isSigned)));
    }
    if (to === "f64") return narrowToDouble(builder, x, isSigned);
    return isSigned ? undefined : unsignedToSingle(builder, x);
  };

/** 2^52 + n, less 2^52; of a signed one, n + 2^31 and that less. */
function narrowToDouble(builder: ExpansionBuilder, x: Value, isSigned: boolean): Value | undefined {
  const type = vectorIfAny("i64", lanesOf(x.type));
  if (type === undefined || !builder.shape.natively("zext", type, x.type)) return undefined;
  const natural = isSigned ? builder.emit("xor", x, builder.integer(x.type, 1n << 31n)) : x;
  const bits = builder.emit("or", builder.convert("zext", "i64", natural), builder.integer(type, bitsOf52));
  const sum = builder.convert("bitcast", "f64", bits);
  return builder.emit("fsub", sum, builder.constant(sum.type, 2 ** 52 + (isSigned ? 2 ** 31 : 0)));
}

/** Halves of 16 bits, which f32 holds: only their sum rounds. */
function unsignedToSingle(builder: ExpansionBuilder, x: Value): Value {
  const high = builder.convert("convert-s", "f32", builder.emit("ushr", x, builder.integer(x.type, 16n)));
  const low = builder.convert("convert-s", "f32", builder.emit("and", x, builder.integer(x.type, 0xffffn)));
  return builder.multiplyAdd(high, builder.constant(high.type, 2 ** 16), low);
}

/** A widening of integers by `select`, which every target has. */
const widenMask: Expansion = (builder, value) => {
  const x = first(value);
  if (elementOf(x.type) !== "bool") return undefined;
  const one = builder.integer(value.type, 1n);
  return builder.select(x, one, builder.integer(value.type, 0n));
};

/** Bits of the same width, if the target has both types as vectors; else lane by lane. */
export const conversionExpansions: ExpansionTable = {
  "to-int32": toInt32,
  "trunc-sat-s": saturateSigned,
  "trunc-sat-u": saturateUnsigned,
  "convert-s": convert(true),
  "convert-u": convert(false),
  zext: widenMask,
};
