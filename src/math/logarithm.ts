/**
 * log, log2, log10 and log1p, and the logarithm of a sum of two numbers that the inverse hyperbolic functions use.
 *
 * x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), so that ln(x) = k ln(2) + ln(1 + f) and numbers near 1 have k = 0. f is exact, and
 * ln(1 + f) = f - (f^2 / 2 - f^3 Q(f)), one minimax polynomial of degree 19, relative error 2^-59.2. The usual quotient f / (2 + f) has
 * a series of half as many terms, but a division of a vector of eight takes as long as these. k ln(2) has its high part exact.
 *
 * Error: of log under 0.9 ULP, at k = 1 and f = -0.29, where k ln(2) + f halves the magnitude. The others keep what the sum of k ln(b)
 * and f leaves, and log2 what f - f^2 / 2 leaves: under 0.9 ULP, log10 of f32 0.992 at worst. fastMath: Q of degree 17, 2^-54; log2 and log10 have all of Q
 * instead; nothing is in two parts but the step: 2.5 ULP. f32: Q of degree 7, 2^-26.9.
 * Coefficients: scripts/coefficients/logarithm.sollya.
 */
import type { Value } from "../ir/function.ts";
import { lnOf2, lnOf2Single, log10Of2, log10Of2Single } from "./exponential.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** Q of ln(1 + f) = f - f^2 / 2 + f^3 Q(f). */
const seriesDouble: readonly number[] = [
  0.33333333333333454, -0.24999999999998926, 0.19999999999945808, -0.16666666666912988, 0.14285714293871846,
  -0.12499999982161558, 0.11111110514636878, -0.1000000037580601, 0.09090933540500877, -0.08333345984126483,
  0.07691714050873873, -0.07141996097173467, 0.06675149152607827, -0.06269841783054653, 0.058178166563286816,
  -0.05326566768641255, 0.05415576837114887, -0.06275363116195257, 0.056981394016319215, -0.024284673745528177,
];
const seriesFast: readonly number[] = [
  0.33333333333328524, -0.25000000000006306, 0.20000000001652496, -0.16666666666732743, 0.14285714094136615,
  -0.1249999981471415, 0.11111121743342128, -0.1000001833696655, 0.09090589338469493, -0.08332555022832867,
  0.0769763550492653, -0.07160166892618167, 0.06622100299809298, -0.060420532706516, 0.05972230800969922,
  -0.06783488299154375, 0.06324914652398303, -0.028324796971789395,
];
const seriesSingle: readonly number[] = [
  0.33333373069763184, -0.25000840425491333, 0.1999898999929428, -0.1662120670080185, 0.14238907396793365,
  -0.13212355971336365, 0.12565889954566956, -0.07286021113395691,
];

/** 1 / ln(2) and 1 / ln(10) in two parts. */
const perLnOf2 = {
  f64: { high: 1.4426950408889634, low: 2.0355273740931033e-17 },
  f32: { high: 1.4426950216293335, low: 1.925963033500011e-8 },
};
const perLnOf10 = {
  f64: { high: 0.4342944819032518, low: 1.098319650216765e-17 },
  f32: { high: 0.4342944920063019, low: -1.0103049952192578e-8 },
};

interface TwoParts {
  readonly high: number;
  readonly low: number;
}

const steps = { f64: lnOf2, f32: lnOf2Single };

/** The bits of sqrt(1/2), rounded down. */
const rootOfHalf = { f64: 0x3fe6a09e667f3bcdn, f32: 0x3f3504f3n } as const;

/** x = 2^k m with m from sqrt(1/2) to sqrt(2). */
export interface Scaled {
  readonly k: Value;
  readonly m: Value;
}

/** Takes a positive normal number apart. */
export function takeApart(math: MathBuilder, x: Value): Scaled {
  const { significandBits, bias } = math;
  const least = rootOfHalf[math.type];
  const one = bias << significandBits;
  // From sqrt(1/2) on, the exponent of 1 begins.
  const moved = math.integers("iadd", math.bits(x), one - least);
  const biased = math.integers("ushr", moved, significandBits);
  const fraction = math.integers("and", moved, (1n << significandBits) - 1n);
  const m = math.fromBits(math.integers("iadd", fraction, least));
  return { k: exponentAsFloat(math, biased, 0), m };
}

/** k + more of k with the bias: an integer below 2^52 (f32: 2^23) in the significand of that. */
export function exponentAsFloat(math: MathBuilder, biased: Value, more: number): Value {
  const { significandBits, bias } = math;
  const shifter = math.type === "f64" ? 2 ** 52 : 2 ** 23;
  const shifterBits = (bias + significandBits) << significandBits;
  return math.sub(math.fromBits(math.integers("or", biased, shifterBits)), shifter + Number(bias) - more);
}

/** ln(1 + f) = f - half + cubic: f^2 / 2, and f^3 Q(f). */
interface Series {
  readonly half: Value;
  readonly cubic: Value;
}

const chosen = ({ type, options }: MathBuilder): readonly number[] =>
  type === "f32" ? seriesSingle : options.fastMath ? seriesFast : seriesDouble;

function seriesOf(math: MathBuilder, f: Value, coefficients: readonly number[]): Series {
  const square = math.mul(f, f);
  const cubic = math.mul(math.mul(square, f), math.polynomial(f, coefficients, square));
  return { half: math.mul(square, 0.5), cubic };
}

/**
 * What a logarithm is where it is not that of a positive normal number: of subnormal numbers by those `up` times as large, else as
 * ECMAScript says.
 */
function forAll(math: MathBuilder, x: Value, build: (x: Value, k: number) => Value): Value {
  const least = math.type === "f64" ? 2 ** -1022 : 2 ** -126;
  const isNormal = math.and(math.compare("fge", x, least), math.compare("flt", x, Number.POSITIVE_INFINITY));
  return math.usually(isNormal, build(x, 0), () => {
    const [up, by] = math.type === "f64" ? [2 ** 54, 54] : [2 ** 25, 25];
    const small = build(math.mul(x, up), -by);
    const zero = math.select(math.compare("feq", x, 0), Number.NEGATIVE_INFINITY, small);
    const positive = math.select(math.compare("fge", x, Number.POSITIVE_INFINITY), x, zero);
    return math.select(math.compare("fge", x, 0), positive, Number.NaN);
  });
}

export function buildLog(math: MathBuilder, x: Value): Value {
  const step = steps[math.type];
  return forAll(math, x, (argument, offset) => {
    const { k: exponent, m } = takeApart(math, argument);
    const k = offset === 0 ? exponent : math.add(exponent, offset);
    const f = math.sub(m, 1);
    const { half, cubic } = seriesOf(math, f, chosen(math));
    const rest = math.sub(half, math.fma(k, step.low, cubic));
    return math.fma(k, step.high, math.sub(f, rest));
  });
}

/** log2, log10: k step + ln(1 + f) / ln(b), with f / ln(b) and its sum with k step in two parts. */
function buildLogOfBase(math: MathBuilder, x: Value, perLn: TwoParts, step: TwoParts): Value {
  return forAll(math, x, (argument, offset) => {
    const { k: exponent, m } = takeApart(math, argument);
    const k = offset === 0 ? exponent : math.add(exponent, offset);
    const f = math.sub(m, 1);
    const square = math.mul(f, f);
    // What fastMath leaves out here counts more than the last terms would.
    const series = math.polynomial(f, math.type === "f32" ? seriesSingle : seriesDouble, square);
    const half = math.mul(square, -0.5);
    if (math.options.fastMath) {
      const curved = math.fma(math.mul(square, f), series, half);
      const part = math.mul(math.add(f, curved), perLn.high);
      return step.high === 1 ? math.add(k, part) : math.fma(k, step.high, math.fma(k, step.low, part));
    }
    // Of log2, results below 1/2 with f beyond 0.4 would feel the rounding of f^2 / 2; without FMA, log10 would too.
    const keepsHalf = step.high === 1 || !math.options.fma;
    const main: Pair = keepsHalf ? math.quickTwoSum(f, half) : { high: f, low: half };
    const product = math.twoProduct(main.high, math.constant(perLn.high));
    const { high, low } =
      step.high === 1 ? math.quickTwoSum(k, product.high) : sumOfSteps(math, k, step.high, product.high);
    const least = math.add(math.fma(main.high, perLn.low, product.low), low);
    const withStep = step.low === 0 ? least : math.fma(k, step.low, least);
    const curved = math.fma(math.mul(square, f), series, main.low);
    return math.add(high, math.fma(curved, perLn.high, withStep));
  });
}

/** k step + f in two parts, for a product that is exact and not smaller than f, or 0. */
function sumOfSteps(math: MathBuilder, k: Value, step: number, f: Value): Pair {
  const high = math.fma(k, step, f);
  return { high, low: math.add(f, math.fma(k, step, math.neg(high))) };
}

export function buildLog2(math: MathBuilder, x: Value): Value {
  return buildLogOfBase(math, x, perLnOf2[math.type], { high: 1, low: 0 });
}

export function buildLog10(math: MathBuilder, x: Value): Value {
  return buildLogOfBase(math, x, perLnOf10[math.type], math.type === "f64" ? log10Of2 : log10Of2Single);
}

/**
 * ln(high + low) for a number high from 2^-60 to 2^1000 (f32: 2^-30 to 2^120) and a low part of at most half a unit in its last place, or of
 * 2^-53 beside a high of 1; `more` is added to k. With 1 + u in two parts, it is exact enough for the smallest u.
 */
export function buildLogOfPair(math: MathBuilder, argument: Pair, more = 0): Value {
  const { significandBits, bias } = math;
  const one = bias << significandBits;
  // As in takeApart; here 2^-k is made, by which both parts are multiplied.
  const moved = math.integers("iadd", math.bits(argument.high), one - rootOfHalf[math.type]);
  const power = math.integers("and", moved, -(1n << significandBits));
  const scale = math.fromBits(math.integers("isub", math.integer(2n * one), power));
  const k = exponentAsFloat(math, math.integers("ushr", moved, significandBits), more);
  const step = steps[math.type];
  const first = math.fma(argument.high, scale, -1);
  if (math.options.fastMath) {
    const f = math.fma(argument.low, scale, first);
    const { half, cubic } = seriesOf(math, f, chosen(math));
    return math.fma(k, step.high, math.fma(k, step.low, math.add(f, math.sub(cubic, half))));
  }
  const { high: f, low } = math.quickTwoSum(first, math.mul(argument.low, scale));
  // ln(1 + f + low) = ln(1 + f) + low / (1 + f) …, and what is left of the quotient is below 2^-53 f.
  const correction = math.fnma(low, f, low);
  const { half, cubic } = seriesOf(math, f, chosen(math));
  const rest = math.sub(half, math.add(cubic, math.fma(k, step.low, correction)));
  const sum = sumOfSteps(math, k, step.high, f);
  return math.add(sum.high, math.sub(sum.low, rest));
}

export function buildLog1p(math: MathBuilder, x: Value): Value {
  const most = math.type === "f64" ? 2 ** 1000 : 2 ** 120;
  const isUsual = math.and(math.compare("fgt", x, -1), math.compare("flt", x, most));
  // The sign of x is that of the result, of -0 too.
  const usual = math.copySign(buildLogOfPair(math, math.twoSum(1, x)), x);
  return math.usually(isUsual, usual, () => {
    const isPole = math.compare("feq", x, -1);
    const isInfinite = math.compare("feq", x, Number.POSITIVE_INFINITY);
    const large = buildLogOfPair(math, { high: math.mul(x, 2 ** -60), low: math.constant(0) }, 60);
    const positive = math.select(isInfinite, x, math.select(math.compare("fge", x, most), large, Number.NaN));
    return math.select(isPole, Number.NEGATIVE_INFINITY, positive);
  });
}
