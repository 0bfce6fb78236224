/**
 * pow, JavaScript's `**`: x^y = e^(y ln(x)), with the logarithm and its product with y in two parts.
 *
 * ln(x) needs a relative error of about 2^-65, since y ln(x) may be 745. x = 2^k (1 + f) as for log (logarithm.ts), s = f / (2 + f) with
 * what the quotient leaves, z = s^2 with what the square leaves, and ln(1 + f) = 2 s + s z (2/3 + z p(z)): the sum and the products
 * in the parenthesis's two largest terms are in two parts, p alone is rounded as it goes. p has degree 6: 2^-66.2.
 * Then as exp (exponential.ts), with the low part of the exponent added to the remainder.
 *
 * Error: under 0.9 ULP; a second rounding where the result is subnormal. fastMath is quicker in the exponential only: under 4 ULP.
 * Negative x, zeros, infinities, NaN and results that are no normal numbers are apart: what ECMAScript says (Number::exponentiate), where 1 to
 * the power of NaN or an infinity is NaN.
 * f32: in f64, x^y = 2^(y log2(x)) with one part each; log2(1 + f) = f L(f) of degree 12, relative error 2^-35.9, and 2^r = 1 + r E(r) of
 * degree 6, 2^-28.9: at most 0.6 ULP. Subnormal numbers are none in f64, and a result that f32 does not hold is rounded once.
 * Coefficients: scripts/coefficients/pow.sollya.
 */
import type { Value } from "../ir/function.ts";
import { exponential, exponentialFast, lnOf2, log2OfE } from "./exponential.ts";
import { takeApart } from "./logarithm.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** p of ln((1 + s) / (1 - s)) = 2 s + s z (2/3 + z p(z)), z = s^2. */
const series: readonly number[] = [
  0.4000000000000225, 0.28571428570102025, 0.22222222519521254, 0.18181784399513579, 0.15386755953208023,
  0.13256847414066825, 0.1319607401891359,
];
const twoThirds = { high: 0.6666666666666666, low: 3.700743415417188e-17 };

/** L of log2(1 + f) = f L(f), and E of 2^r = 1 + r E(r), for f32. */
const log2Single: readonly number[] = [
  1.442695040868705, -0.7213475208687414, 0.4808983613956609, -0.360673674830885, 0.2885372934585219,
  -0.24045316543028236, 0.2061753596917366, -0.18030060498006809, 0.15876980203780383, -0.14315642445700025,
  0.1447484126148525, -0.1428394556309649, 0.07737056721672211,
];
const powerOfTwoSingle: readonly number[] = [
  0.6931472028810146, 0.24022647910291275, 0.05550332409552172, 0.009618437605627134, 0.001339890021323184,
  0.00015353341220069192,
];

/** ln(x) in two parts, for a positive normal number. */
function logarithm(math: MathBuilder, x: Value): Pair {
  const { k, m } = takeApart(math, x);
  const f = math.sub(m, 1);
  const divisor = math.quickTwoSum(2, f);
  const reciprocal = math.div(1, divisor.high);
  const s = math.mul(f, reciprocal);
  const sLow = math.mul(math.fnma(s, divisor.low, math.residual(s, divisor.high, f)), reciprocal);
  const z = math.twoProduct(s, s);
  const zLow = math.fma(math.add(s, s), sLow, z.low);
  const tail = math.mul(z.high, math.polynomial(z.high, series));
  // 2/3 + z p(z)
  const sum = math.quickTwoSum(twoThirds.high, tail);
  const sumLow = math.add(sum.low, twoThirds.low);
  // z times that, and s times 2 and that
  const inner = math.twoProduct(z.high, sum.high);
  const innerLow = math.fma(z.high, sumLow, math.fma(zLow, sum.high, inner.low));
  const factor = math.quickTwoSum(2, inner.high);
  const factorLow = math.add(factor.low, innerLow);
  const product = math.twoProduct(s, factor.high);
  const productLow = math.fma(s, factorLow, math.fma(sLow, factor.high, product.low));
  const whole = math.quickTwoSum(math.mul(k, lnOf2.high), product.high);
  const low = math.add(whole.low, math.fma(k, lnOf2.low, productLow));
  return math.quickTwoSum(whole.high, low);
}

/** What e^(high + low) is as value * 2^n, for an exponent whose power is a number. */
function exponentialOfPair(math: MathBuilder, high: Value, low: Value): { value: Value; integer: Value } {
  const { float: n, integer } = math.roundedProduct(high, log2OfE);
  const r = math.fma(n, -lnOf2.high, high);
  const rest = math.fma(n, -lnOf2.low, low);
  const rounded = math.add(r, rest);
  const square = math.mul(rounded, rounded);
  if (math.options.fastMath) {
    const tail = math.fma(square, math.polynomial(rounded, exponentialFast, square), rounded);
    return { value: math.add(tail, 1), integer };
  }
  const main = math.quickTwoSum(1, r);
  const tail = math.fma(square, math.polynomial(rounded, exponential, square), math.add(main.low, rest));
  return { value: math.add(main.high, tail), integer };
}

/** y times the logarithm, in two parts. */
function exponentOf(math: MathBuilder, y: Value, log: Pair): Pair {
  const product = math.twoProduct(y, log.high);
  return { high: product.high, low: math.fma(y, log.low, product.low) };
}

/** Where results are normal numbers; and, without FMA, where the product may be split. */
const mostNormal = 708;

/** At f64. */
export function buildPow(math: MathBuilder, x: Value, y: Value): Value {
  const exponent = exponentOf(math, y, logarithm(math, x));
  const { value, integer } = exponentialOfPair(math, exponent.high, exponent.low);
  const shift = (n: Value, of: Value): Value => math.fromBits(math.integers("iadd", math.bits(of), math.toExponent(n)));
  const isNumber = math.and(math.compare("fge", x, 2 ** -1022), math.compare("flt", x, Number.POSITIVE_INFINITY));
  const isNormal = math.compare("fle", math.abs(exponent.high), mostNormal);
  const isModest = math.compare("fle", math.abs(y), 2 ** 900);
  const isUsual = math.and(math.options.fma ? isNumber : math.and(isNumber, isModest), isNormal);
  return math.usually(isUsual, shift(integer, value), () => rarePower(math, x, y, shift));
}

/** At f32. */
export function buildPowSingle(single: MathBuilder, first: Value, second: Value): Value {
  const math = single.at("f64");
  const { builder } = math;
  const x = builder.emit("promote", first);
  const y = builder.emit("promote", second);
  const exponent = math.mul(y, binaryLogarithm(math, x));
  const isNumber = math.and(math.compare("fge", x, 2 ** -149), math.compare("flt", x, Number.POSITIVE_INFINITY));
  const isUsual = math.and(isNumber, math.compare("fle", math.abs(exponent), mostSingle));
  const power = math.usually(isUsual, powerOfTwo(math, exponent), () => {
    const a = math.abs(x);
    const isZero = math.compare("feq", a, 0);
    const isInfinite = math.compare("feq", a, Number.POSITIVE_INFINITY);
    const ofNumber = binaryLogarithm(math, math.select(math.or(isZero, isInfinite), 1, a));
    const ofInfinity = math.select(isInfinite, Number.POSITIVE_INFINITY, ofNumber);
    const size = math.mul(y, math.select(isZero, Number.NEGATIVE_INFINITY, ofInfinity)); // NaN for 0 times an infinity
    const least = math.select(math.compare("flt", size, -mostSingle), -mostSingle, size);
    const bounded = math.select(math.compare("fgt", size, mostSingle), mostSingle, least);
    return withSign(math, x, y, size, powerOfTwo(math, bounded));
  });
  return builder.emit("demote", power);
}

/** Powers of two beyond this and its inverse are infinite and 0 in f32. */
const mostSingle = 400;

/** To 2^-35, of a positive number that is normal in f64. */
function binaryLogarithm(math: MathBuilder, x: Value): Value {
  const { k, m } = takeApart(math, x);
  const f = math.sub(m, 1);
  return math.fma(f, math.polynomial(f, log2Single), k);
}

/** To 2^-28. */
function powerOfTwo(math: MathBuilder, exponent: Value): Value {
  const { float: n, integer } = math.roundedProduct(exponent, 1);
  const r = math.sub(exponent, n);
  const value = math.fma(r, math.polynomial(r, powerOfTwoSingle), 1);
  return math.fromBits(math.integers("iadd", math.bits(value), math.toExponent(integer)));
}

/** Of every x and y. */
function rarePower(math: MathBuilder, x: Value, y: Value, shift: (n: Value, of: Value) => Value): Value {
  const infinity = Number.POSITIVE_INFINITY;
  const a = math.abs(x);
  const isZero = math.compare("feq", a, 0);
  const isInfinite = math.compare("feq", a, infinity);
  // Numbers below the normal ones by those 2^64 times as large.
  const isSmall = math.compare("flt", a, 2 ** -1022);
  const scaled = math.select(isSmall, math.mul(a, 2 ** 64), a);
  const found = logarithm(math, math.select(math.or(isZero, isInfinite), 1, scaled));
  const offset = math.select(isSmall, -64, 0);
  const whole = math.quickTwoSum(math.mul(offset, lnOf2.high), found.high);
  const low = math.add(whole.low, math.fma(offset, lnOf2.low, found.low));
  const log = math.quickTwoSum(whole.high, low);
  const ofInfinity = math.select(isInfinite, infinity, log.high);
  const logHigh = math.select(isZero, Number.NEGATIVE_INFINITY, ofInfinity);
  // An exponent beyond 2^64 has no finite power but of 1, whose logarithm is 0.
  const bounded = math.select(math.compare("fgt", math.abs(y), 2 ** 64), math.copySign(2 ** 64, y), y);
  const exponent = exponentOf(math, bounded, log);
  const { value, integer } = exponentialOfPair(math, exponent.high, exponent.low);
  const isDown = math.compare("flt", exponent.high, 0);
  const nearer = math.builder.emit("select", isDown, math.integer(128n), math.integer(-128n));
  const result = math.mul(
    shift(math.integers("iadd", integer, nearer), value),
    math.select(isDown, 2 ** -128, 2 ** 128),
  );
  const size = math.mul(y, logHigh); // NaN for 0 times an infinity
  const isOver = math.compare("fgt", size, 710);
  const isUnder = math.compare("flt", size, -746);
  const magnitude = math.select(isOver, infinity, math.select(isUnder, 0, result));
  return withSign(math, x, y, size, magnitude);
}

/** The power whose magnitude is known; `size` is y times the logarithm of |x|, and NaN where ECMAScript has NaN. */
function withSign(math: MathBuilder, x: Value, y: Value, size: Value, magnitude: Value): Value {
  // The sign of x where y is odd; no number where x is negative and y none that is whole.
  const isWhole = math.compare("feq", math.builder.emit("ftrunc", y), y);
  const half = math.mul(y, 0.5);
  const isOdd = math.and(isWhole, math.compare("fne", math.builder.emit("ftrunc", half), half));
  const signed = math.select(isOdd, math.copySign(magnitude, x), magnitude);
  const isNegative = math.and(math.compare("flt", x, 0), math.compare("fgt", x, Number.NEGATIVE_INFINITY));
  const isNothing = math.or(math.and(isNegative, math.not(isWhole)), math.compare("fne", size, size));
  const power = math.select(isNothing, Number.NaN, signed);
  const ofNaN = math.select(math.compare("feq", x, x), power, Number.NaN);
  return math.select(math.compare("feq", y, 0), 1, ofNaN);
}
