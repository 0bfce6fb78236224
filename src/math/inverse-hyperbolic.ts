/**
 * asinh, acosh and atanh.
 *
 *     asinh(x) = sign(x) ln(|x| + sqrt(x^2 + 1))
 *     acosh(x) = ln(x + sqrt(x^2 - 1))
 *
 * The argument of the logarithm is a sum of two numbers, so that nothing is lost where it is near 1: squares and roots are taken with what their
 * rounding leaves. Near 0 asinh needs that to 2^-84, so its root is one step better.
 *
 * atanh(x) = ln((1 + |x|) / (1 - |x|)) / 2 takes its power of two before the quotient, as tanh does (the addition theorem): with P = 2^k,
 *
 *     atanh(|x|) = k ln(2) / 2 + atanh(y)      y = ((1 + |x|) - P (1 - |x|)) / ((1 + |x|) + P (1 - |x|))
 *
 * k is the difference of the bits of the two sums, rounded to an exponent: that is the difference of their binary logarithms within 0.09, so |y| <= 0.2,
 * the numerator is a difference without error, and atanh(y) = y + y^3 Q(y^2) with a Q of 8 terms, relative error 2^-62.6 (f32: 3, 2^-28.3). Sums,
 * quotient and the sum with k ln(2) / 2 are pairs. Below 2^-28 and where 1 - |x| is less than 2^-50 (f32: 2^-14, 2^-21) a rare block.
 *
 * Error: asinh and acosh that of the logarithm, under 0.9 ULP (logarithm.ts), atanh under 0.85 ULP. fastMath: the quotient has no second part,
 * and Q a term less, 2^-55.8.
 * Coefficients: scripts/coefficients/inverse-hyperbolic.sollya.
 */
import type { Value } from "../ir/function.ts";
import { lnOf2, lnOf2Single } from "./exponential.ts";
import { squareAnd } from "./extended-steps.ts";
import { goodReciprocal, nearReciprocal, nearRoot } from "./inverses.ts";
import { buildLogOfPair, exponentAsFloat } from "./logarithm.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** Q of atanh(y) = y + y^3 Q(y^2). */
const ofTangent = {
  f64: [
    0.333333333333333, 0.20000000000028492, 0.14285714277857142, 0.11111112156067836, 0.09090832412483232,
    0.07695574450516082, 0.06586472323195433, 0.06923823828767488,
  ],
  f32: [0.333334743976593, 0.19978801906108856, 0.15183138847351074],
};
const ofTangentFast = {
  f64: [
    0.3333333333333645, 0.19999999998028004, 0.14285714707219574, 0.11111068462105124, 0.09093210565998214,
    0.07624439502483149, 0.07689213650075688,
  ],
  f32: ofTangent.f32,
};

/** Below this, asinh and atanh are x, to 2^-57 (f32: 2^-29). */
const small = { f64: 2 ** -28, f32: 2 ** -14 };
/** From here on squares are not taken, and the root is x. */
const large = { f64: 2 ** 500, f32: 2 ** 60 };

export function buildAsinh(math: MathBuilder, x: Value): Value {
  const a = math.abs(x);
  const sum = squareAnd(math, a, 1);
  const near = nearRoot(math, sum.high);
  const root = math.fma(math.residual(near.root, near.root, sum.high), near.halfInverse, near.root);
  const halfInverse = math.fma(math.fnma(root, near.halfInverse, 0.5), near.halfInverse, near.halfInverse);
  const rest = math.mul(math.add(math.residual(root, root, sum.high), sum.low), halfInverse);
  const total = math.twoSum(a, root);
  const usual = buildLogOfPair(math, math.quickTwoSum(total.high, math.add(total.low, rest)));
  const isUsual = math.and(math.compare("fge", a, small[math.type]), math.compare("flt", a, large[math.type]));
  return math.usually(isUsual, math.copySign(usual, x), () => {
    // The smallest, infinities and NaN are themselves.
    const isNumber = math.and(math.compare("fge", a, 1), math.compare("flt", a, Number.POSITIVE_INFINITY));
    return math.select(isNumber, math.copySign(logOfTwice(math, a), x), x);
  });
}

export function buildAcosh(math: MathBuilder, x: Value): Value {
  const square = math.twoProduct(x, x);
  const sum = math.quickTwoSum(square.high, math.constant(-1));
  const { root, halfInverse } = nearRoot(math, sum.high);
  const left = math.add(math.residual(root, root, sum.high), math.add(sum.low, square.low));
  const total = math.quickTwoSum(x, root);
  const usual = buildLogOfPair(math, math.quickTwoSum(total.high, math.fma(left, halfInverse, total.low)));
  const isUsual = math.and(math.compare("fge", x, 1), math.compare("flt", x, large[math.type]));
  return math.usually(isUsual, usual, () => {
    const ofLarge = math.select(math.compare("feq", x, Number.POSITIVE_INFINITY), x, logOfTwice(math, x));
    return math.select(math.compare("fge", x, large[math.type]), ofLarge, Number.NaN);
  });
}

/** ln(2 a), for a number that is large. */
function logOfTwice(math: MathBuilder, a: Value): Value {
  return buildLogOfPair(math, { high: math.mul(a, 2 ** -60), low: math.constant(0) }, 61);
}

export function buildAtanh(math: MathBuilder, x: Value): Value {
  const a = math.abs(x);
  const isUsual = math.and(
    math.compare("fge", a, small[math.type]),
    math.compare("fle", a, 1 - (math.type === "f64" ? 2 ** -50 : 2 ** -21)),
  );
  return math.usually(isUsual, math.copySign(atanhOf(math, a), x), () => {
    const infinite = math.select(math.compare("feq", a, 1), Number.POSITIVE_INFINITY, Number.NaN);
    // ln(2 / (1 - a)) / 2
    const below: Pair = { high: math.sub(1, a), low: math.constant(0) };
    const near = math.mul(buildLogOfPair(math, below, -1), -0.5);
    const large = math.copySign(math.select(math.compare("flt", a, 1), near, infinite), x);
    return math.select(math.compare("flt", a, small[math.type]), x, large);
  });
}

/** Of a from 2^-28 to nearly 1. */
function atanhOf(math: MathBuilder, a: Value): Value {
  const { significandBits, bias } = math;
  const above = math.quickTwoSum(1, a);
  const below = math.quickTwoSum(1, math.neg(a));
  const difference = math.integers("isub", math.bits(above.high), math.bits(below.high));
  const rounded = math.integers("iadd", difference, 1n << (significandBits - 1n));
  const shifted = math.integers("and", rounded, -(1n << significandBits));
  const power = math.fromBits(math.integers("iadd", shifted, bias << significandBits));
  const k = exponentAsFloat(math, math.integers("ushr", rounded, significandBits), Number(bias));

  const numerator = math.quickTwoSum(math.fnma(power, below.high, above.high), math.fnma(power, below.low, above.low));
  const denominator = math.fma(power, below.high, above.high);
  const step = math.type === "f64" ? lnOf2 : lnOf2Single;
  const [high, low] = [step.high / 2, step.low / 2];
  if (math.options.fastMath) {
    const inverse = nearReciprocal(math, denominator);
    const first = math.mul(numerator.high, inverse);
    const y = math.options.fma ? math.fma(math.fnma(first, denominator, numerator.high), inverse, first) : first;
    const z = math.mul(y, y);
    const arc = math.fma(math.mul(y, z), math.polynomial(z, ofTangentFast[math.type]), y);
    return math.fma(k, high, math.fma(k, low, arc));
  }
  const lost = math.fma(power, below.high, math.sub(above.high, denominator));
  const denominatorLow = math.fma(power, below.low, math.add(lost, above.low));
  const inverse = goodReciprocal(math, denominator);
  const y = math.mul(numerator.high, inverse);
  const left = math.add(math.residual(y, denominator, numerator.high), numerator.low);
  const rest = math.mul(math.fnma(y, denominatorLow, left), inverse);
  const z = math.mul(y, y);
  const tail = math.fma(math.mul(y, z), math.polynomial(z, ofTangent[math.type]), math.fma(k, low, rest));
  const sum = math.fma(k, high, y);
  return math.add(sum, math.add(math.add(y, math.fma(k, high, math.neg(sum))), tail));
}
