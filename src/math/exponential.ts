/**
 * exp, exp2 and exp10.
 *
 * b^x = 2^n e^r with n the integer nearest to x log2(b), and |r| <= ln(2) / 2. Adding 1.5 * 2^52 finds n; it then stands in the low bits of
 * the sum, from where one integer addition brings it into the result's exponent. r = x - n ln(2) in two steps, the first of which is
 * exact (Cody and Waite, "Software manual for the elementary functions", 1980). e^r = 1 + (r + r^2 q(r)), where q has degree 9 and
 * leaves a relative error of 2^-57.9. exp2 has r = x - n exactly; exp10 takes ln(10) in two parts.
 *
 * Error: 1 + r is kept with what its rounding leaves, and so is r. What remains is the last sum's 0.5 ULP, that of the polynomial's
 * error and roundings, 0.05, and of exp2 the rounding of ln(2), 0.1; a second rounding where the result is subnormal. f32 has q of
 * degree 4 (2^-28). fastMath rounds the parenthesis and r, and has q of degree 8 (2^-51.6): 3.6 ULP.
 * Where the result is not a normal number, its exponent is made in two steps, and beyond that the result is chosen.
 * Coefficients: scripts/coefficients/exponential.sollya.
 */
import type { Value } from "../ir/function.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** q of e^r = 1 + r + r^2 q(r), |r| <= ln(2) / 2. */
export const exponential: readonly number[] = [
  0.5000000000000011, 0.16666666666666424, 0.04166666666652703, 0.008333333333487042, 0.0013888888944319463,
  0.0001984126952250896, 0.000024801492475252935, 0.0000027557572234515413, 2.7630447587760214e-7,
  2.5004514011720125e-8,
];
export const exponentialFast: readonly number[] = [
  0.49999999999998324, 0.1666666666661151, 0.041666666668137, 0.008333333370893021, 0.0013888888516154236,
  0.00019841185201896787, 0.000024801931715372282, 0.0000027635006498799656, 2.7476826651552715e-7,
];
export const exponentialSingle: readonly number[] = [
  0.49999991059303284, 0.1666652113199234, 0.04166896268725395, 0.00836867094039917, 0.001378247863613069,
];

/** q of 2^r = 1 + r q(r), |r| <= 1 / 2. */
const powerOfTwo: readonly number[] = [
  0.6931471805599453, 0.24022650695910136, 0.05550410866482233, 0.009618129107592572, 0.0013333558146358705,
  0.00015403530458788097, 0.00001525273382879197, 0.0000013215434541074828, 1.0178076641422462e-7, 7.073898733637242e-9,
  4.451512654753768e-10,
];
const powerOfTwoFast: readonly number[] = [
  0.6931471805599492, 0.24022650695909098, 0.05550410866448171, 0.009618129107984326, 0.0013333558225843464,
  0.0001540352999303837, 0.000015252659392910607, 0.0000013215654067955177, 1.0208331045103627e-7, 7.038118031675246e-9,
];
const powerOfTwoSingle: readonly number[] = [
  0.6931471824645996, 0.24022644758224487, 0.05550358444452286, 0.009618829004466534, 0.0013391473330557346,
  0.00015243396046571434,
];

/** q of 10^r = 1 + ln(10) r + r^2 q(r), |r| <= log10(2) / 2. */
const powerOfTen: readonly number[] = [
  2.6509490552392045, 2.0346785922934445, 1.171255148908463, 0.5393829292062319, 0.20699584950882552,
  0.06808936390098488, 0.019597620375717432, 0.005013978601476314, 0.0011575519590943484, 0.00024114540202336936,
];
/** q of 10^r = 1 + r q(r). */
const powerOfTenSingle: readonly number[] = [
  2.3025851249694824, 2.6509485244750977, 2.034655809402466, 1.1713234186172485, 0.5418371558189392,
  0.20536769926548004,
];
const lnOf10 = { high: 2.302585092994046, low: -2.1707562233822494e-16 };

/** log2 of e and 10. */
export const log2OfE = 1.4426950408889634;
const log2Of10 = 3.321928094887362;
/** ln(2) and log10(2) in so few bits that a product with n is exact, and what that leaves. */
export const lnOf2 = { high: 0.6931471805598903, low: 5.497923018708371e-14 };
export const log10Of2 = { high: 0.30102999566395283, low: 2.8363394551044964e-14 };
/** The same for f32. */
export const log10Of2Single = { high: 0.301025390625, low: 0.000004605039066518657 };
export const lnOf2Single = { high: 0.693145751953125, low: 0.000001428606765330187 };

/** x = n step + r + rest: n as a float and in the low bits of an integer, r exact, `rounded` all of r in one number. */
interface Reduced {
  readonly n: Value;
  readonly integer: Value;
  readonly r: Value;
  readonly rounded: Value;
}

/** Takes the nearest multiple of `step` from x. */
function reduce(math: MathBuilder, x: Value, perStep: number, step: { high: number; low: number }): Reduced {
  const { float: n, integer } = math.roundedProduct(x, perStep);
  const r = math.fma(n, -step.high, x);
  return { n, integer, r, rounded: math.fma(n, -step.low, r) };
}

/** Where results are normal numbers, and beyond which arguments they are infinite or 0. */
interface Range {
  readonly normal: number;
  readonly over: number;
  readonly under: number;
}

/** value * 2^n for a value about 1, and what the function gives where that is not a normal number. */
function scaled(math: MathBuilder, x: Value, value: Value, integer: Value, range: Range): Value {
  const shift = (n: Value): Value => math.fromBits(math.integers("iadd", math.bits(value), math.toExponent(n)));
  const isNormal = math.compare("fle", math.abs(x), range.normal);
  return math.usually(isNormal, shift(integer), () => {
    // Two steps, of which the second rounds.
    const isSmall = math.compare("flt", x, 0);
    const [by, up, down] = math.type === "f64" ? [128n, 2 ** 128, 2 ** -128] : [64n, 2 ** 64, 2 ** -64];
    const nearer = math.builder.emit("select", isSmall, math.integer(by), math.integer(-by));
    const result = math.mul(shift(math.integers("iadd", integer, nearer)), math.select(isSmall, down, up));
    const isOver = math.compare("fgt", x, range.over);
    const isUnder = math.compare("flt", x, range.under);
    const chosen = math.select(isOver, Number.POSITIVE_INFINITY, math.select(isUnder, 0, result));
    return math.select(math.compare("feq", x, x), chosen, x);
  });
}

export function buildExp(math: MathBuilder, x: Value): Value {
  const isSingle = math.type === "f32";
  const step = isSingle ? lnOf2Single : lnOf2;
  const { n, integer, r, rounded } = reduce(math, x, log2OfE, step);
  const square = math.mul(rounded, rounded);
  const range = isSingle ? { normal: 87, over: 89, under: -104 } : { normal: 708, over: 710, under: -746 };
  if (math.options.fastMath) {
    const tail = math.polynomial(rounded, isSingle ? exponentialSingle : exponentialFast, square);
    return scaled(math, x, math.add(math.fma(square, tail, rounded), 1), integer, range);
  }
  const tail = math.polynomial(rounded, isSingle ? exponentialSingle : exponential, square);
  const { high, low } = math.quickTwoSum(1, r);
  const value = math.add(high, math.fma(square, tail, math.fma(n, -step.low, low)));
  return scaled(math, x, value, integer, range);
}

export function buildExp2(math: MathBuilder, x: Value): Value {
  const isSingle = math.type === "f32";
  const { float: n, integer } = math.roundedProduct(x, 1);
  const r = math.sub(x, n);
  const range = isSingle ? { normal: 125, over: 129, under: -151 } : { normal: 1021, over: 1025, under: -1076 };
  if (math.options.fastMath) {
    const tail = math.polynomial(r, isSingle ? powerOfTwoSingle : powerOfTwoFast);
    return scaled(math, x, math.fma(tail, r, 1), integer, range);
  }
  const [first = 0, ...others] = isSingle ? powerOfTwoSingle : powerOfTwo;
  const { high, low } = onePlusProduct(math, r, first);
  const square = math.mul(r, r);
  const value = math.add(high, math.fma(square, math.polynomial(r, others, square), low));
  return scaled(math, x, value, integer, range);
}

export function buildExp10(math: MathBuilder, x: Value): Value {
  if (math.type === "f32") return buildExp10Single(math, x);
  const { n, integer, r, rounded } = reduce(math, x, log2Of10, log10Of2);
  const range = { normal: 307, over: 309, under: -325 };
  const square = math.mul(rounded, rounded);
  const curved = math.polynomial(rounded, powerOfTen, square);
  if (math.options.fastMath) {
    const linear = math.mul(rounded, lnOf10.high);
    return scaled(math, x, math.add(math.fma(square, curved, linear), 1), integer, range);
  }
  const { high, low } = onePlusProduct(math, r, lnOf10.high);
  const rest = math.fma(rounded, lnOf10.low, math.fma(n, -log10Of2.low * lnOf10.high, low));
  return scaled(math, x, math.add(high, math.fma(square, curved, rest)), integer, range);
}

function buildExp10Single(math: MathBuilder, x: Value): Value {
  const { n, integer, r, rounded } = reduce(math, x, log2Of10, log10Of2Single);
  const range = { normal: 37, over: 39, under: -46 };
  const [first = 0, ...others] = powerOfTenSingle;
  const square = math.mul(rounded, rounded);
  const curved = math.polynomial(rounded, others, square);
  if (math.options.fastMath)
    return scaled(math, x, math.add(math.fma(square, curved, math.mul(rounded, first)), 1), integer, range);
  const { high, low } = onePlusProduct(math, r, first);
  const rest = math.fma(n, -log10Of2Single.low * first, low);
  return scaled(math, x, math.add(high, math.fma(square, curved, rest)), integer, range);
}

/** 1 + r * factor, and what its rounding leaves. */
function onePlusProduct(math: MathBuilder, r: Value, factor: number): Pair {
  const high = math.fma(r, factor, 1);
  return { high, low: math.fma(r, factor, math.sub(1, high)) };
}
