/**
 * log, log2, log10 and log1p, and the logarithm of a sum of two numbers that the inverse hyperbolic functions use.
 *
 * x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), so that ln(x) = k ln(2) + ln(1 + f) and numbers near 1 have k = 0. f is exact, and
 * ln(1 + f) = f - (f^2 / 2 - f^3 Q(f)), one minimax polynomial of degree 19, relative error 2^-59.2. The usual quotient f / (2 + f) has
 * a series of half as many terms, but a division of a vector of eight takes as long as these. k ln(2) has its high part exact.
 *
 * Error: of log under 0.9 ULP, at k = 1 and f = -0.29, where k ln(2) + f halves the magnitude. The others keep what the sum of k ln(b)
 * and f leaves: under 0.85 ULP. fastMath: Q of degree 16, 2^-51; log2 and log10 have all of Q instead, and nothing
 * in two parts but the step: 3 ULP. f32: Q of degree 7, 2^-26.9.
 * Coefficients: scripts/coefficients/logarithm.sollya.
 */
import type { Value } from "../ir/function.ts";
import { lnOf2, lnOf2Single, log10Of2, log10Of2Single } from "./exponential.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** Q of ln(1 + f) = f - f^2 / 2 + f^3 Q(f). */
const series: readonly number[] = [
  0.33333333333333454, -0.24999999999998926, 0.19999999999945808, -0.16666666666912988, 0.14285714293871846,
  -0.12499999982161558, 0.11111110514636878, -0.1000000037580601, 0.09090933540500877, -0.08333345984126483,
  0.07691714050873873, -0.07141996097173467, 0.06675149152607827, -0.06269841783054653, 0.058178166563286816,
  -0.05326566768641255, 0.05415576837114887, -0.06275363116195257, 0.056981394016319215, -0.024284673745528177,
];
const seriesFast: readonly number[] = [
  0.33333333333332626, -0.25000000000345546, 0.20000000000694415, -0.1666666659461548, 0.14285714127517748,
  -0.1250000543678146, 0.1111112531384253, -0.09999801354939308, 0.09090284108827815, -0.08337110133254536,
  0.07707062159472583, -0.07108578919744911, 0.06478339910485169, -0.06310195693826257, 0.07058882888205255,
  -0.0666287615672071, 0.030710238253806855,
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

/** x = 2^k m with m from sqrt(1/2) to sqrt(2); `biased` is k and the exponent that stands for 0, as an integer. */
export interface Scaled {
  readonly k: Value;
  readonly biased: Value;
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
  // An integer below 2^52 in the significand of 2^52.
  const shifter = math.type === "f64" ? 2 ** 52 : 2 ** 23;
  const shifterBits = (bias + significandBits) << significandBits;
  const k = math.sub(math.fromBits(math.integers("or", biased, shifterBits)), shifter + Number(bias));
  return { k, biased, m };
}

/** ln(1 + f) = f - half + cubic: f^2 / 2, and f^3 Q(f). */
interface Series {
  readonly half: Value;
  readonly cubic: Value;
}

const chosen = ({ type, options }: MathBuilder): readonly number[] =>
  type === "f32" ? seriesSingle : options.fastMath ? seriesFast : series;

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

/** log2, log10: k step + ln(1 + f) / ln(b), with f - f^2 / 2 and its product in two parts. */
function buildLogOfBase(math: MathBuilder, x: Value, perLn: TwoParts, step: TwoParts): Value {
  return forAll(math, x, (argument, offset) => {
    const { k: exponent, m } = takeApart(math, argument);
    const k = offset === 0 ? exponent : math.add(exponent, offset);
    const f = math.sub(m, 1);
    // What fastMath leaves out here counts more than the last terms would.
    const { half, cubic } = seriesOf(math, f, math.type === "f32" ? seriesSingle : series);
    if (math.options.fastMath) {
      const part = math.mul(math.sub(f, math.sub(half, cubic)), perLn.high);
      return step.high === 1 ? math.add(k, part) : math.fma(k, step.high, math.fma(k, step.low, part));
    }
    const main = math.quickTwoSum(f, math.neg(half));
    const product = math.twoProduct(main.high, math.constant(perLn.high));
    const whole = step.high === 1 ? k : math.mul(k, step.high);
    const { high, low } = math.quickTwoSum(whole, product.high);
    const least = math.fma(main.high, perLn.low, math.add(low, product.low));
    const withStep = step.low === 0 ? least : math.fma(k, step.low, least);
    return math.add(high, math.fma(math.add(cubic, main.low), perLn.high, withStep));
  });
}

export function buildLog2(math: MathBuilder, x: Value): Value {
  return buildLogOfBase(math, x, perLnOf2[math.type], { high: 1, low: 0 });
}

export function buildLog10(math: MathBuilder, x: Value): Value {
  return buildLogOfBase(math, x, perLnOf10[math.type], math.type === "f64" ? log10Of2 : log10Of2Single);
}

/**
 * ln(high + low) * factor for a normal number high and a low part of at most half a unit in its last place, or of 2^-53 beside a high of 1;
 * `more` is added to k. With 1 + u in two parts, it is exact enough for the smallest u.
 */
export function buildLogOfPair(math: MathBuilder, argument: Pair, more?: Value): Value {
  const { k: exponent, biased, m } = takeApart(math, argument.high);
  const k = more === undefined ? exponent : math.add(exponent, more);
  // low / 2^k, from low / 4, since 2^-k may be too small.
  const scale = math.fromBits(math.toExponent(math.integers("isub", math.integer(2n * math.bias + 2n), biased)));
  const scaled = math.mul(math.mul(argument.low, 0.25), scale);
  const { high: f, low } = math.quickTwoSum(math.sub(m, 1), scaled);
  // ln(1 + f + low) = ln(1 + f) + low / (1 + f) …, and what is left of the quotient is below 2^-53 f.
  const correction = math.sub(low, math.mul(low, f));
  const { half, cubic } = seriesOf(math, f, chosen(math));
  const step = steps[math.type];
  const rest = math.sub(half, math.add(cubic, math.fma(k, step.low, correction)));
  const { high, low: left } = math.quickTwoSum(math.mul(k, step.high), f);
  return math.add(high, math.sub(left, rest));
}

export function buildLog1p(math: MathBuilder, x: Value): Value {
  const isUsual = math.and(math.compare("fgt", x, -1), math.compare("flt", x, Number.POSITIVE_INFINITY));
  // The smallest are themselves, -0 with them.
  const isSmall = math.compare("flt", math.abs(x), math.type === "f64" ? 2 ** -60 : 2 ** -30);
  const usual = math.select(isSmall, x, buildLogOfPair(math, math.twoSum(1, x)));
  return math.usually(isUsual, usual, () => {
    const isPole = math.compare("feq", x, -1);
    const isInfinite = math.compare("feq", x, Number.POSITIVE_INFINITY);
    return math.select(isPole, Number.NEGATIVE_INFINITY, math.select(isInfinite, x, Number.NaN));
  });
}
