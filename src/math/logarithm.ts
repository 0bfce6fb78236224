/**
 * log, log2, log10 and log1p, and the logarithm of a sum of two numbers that the inverse hyperbolic functions use.
 *
 * x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), so that ln(x) = k ln(2) + ln(1 + f) and numbers near 1 have k = 0. With s = f / (2 + f)
 * and z = s^2, ln(1 + f) = 2 atanh(s) = f - (h - s (h + z R(z))), h = f^2 / 2, where R has degree 6 and leaves 2^-59.5 (the form is that
 * of FreeBSD's e_log.c, Sun 1993). f is exact, and k ln(2) has its high part exact.
 *
 * Error: of log under 0.9 ULP, at k = 1 and f = -0.29, where k ln(2) + f halves the magnitude. The others keep what the sum of k ln(b)
 * and f leaves: under 0.7 ULP. fastMath: R of degree 5, 2^-52. f32: R of degree 2, 2^-30.
 * Coefficients: scripts/coefficients/logarithm.sollya.
 */
import type { Value } from "../ir/function.ts";
import { lnOf2, lnOf2Single } from "./exponential.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** R of ln((1 + s) / (1 - s)) = 2 s + s z R(z). */
const series: readonly number[] = [
  0.6666666666666734, 0.39999999999416863, 0.2857142874196331, 0.2222219861187013, 0.18183562524597408,
  0.1531409201541143, 0.14795576047564882,
];
const seriesFast: readonly number[] = [
  0.6666666666658739, 0.4000000005219155, 0.28571417141617195, 0.22223370946491766, 0.18123663206317184,
  0.1681960929725972,
];
const seriesSingle: readonly number[] = [0.6666677594184875, 0.3997758626937866, 0.2987070679664612];

/** 1 / ln(2) and 1 / ln(10) in two parts. */
const perLnOf2 = { high: 1.4426950408889634, low: 2.0355273740931033e-17 };
const perLnOf10 = { high: 0.4342944819032518, low: 1.098319650216765e-17 };
const log10Of2 = { high: 0.30102999566395283, low: 2.8363394551044964e-14 };

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

/** ln(1 + f) = f - half + s * tail, where the product is below a tenth of f. */
interface Series {
  readonly s: Value;
  readonly half: Value;
  readonly tail: Value;
}

function seriesOf(math: MathBuilder, f: Value): Series {
  const s = math.div(f, math.add(f, 2));
  const z = math.mul(s, s);
  const isFast = math.options.fastMath;
  const coefficients = math.type === "f32" ? seriesSingle : isFast ? seriesFast : series;
  const half = math.mul(math.mul(f, f), 0.5);
  const tail = math.fma(z, math.polynomial(z, coefficients), half);
  return { s, half, tail };
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
  const step = math.type === "f64" ? lnOf2 : lnOf2Single;
  return forAll(math, x, (argument, offset) => {
    const { k: exponent, m } = takeApart(math, argument);
    const k = offset === 0 ? exponent : math.add(exponent, offset);
    const f = math.sub(m, 1);
    const { s, half, tail } = seriesOf(math, f);
    const rest = math.sub(half, math.fma(s, tail, math.mul(k, step.low)));
    return math.fma(k, step.high, math.sub(f, rest));
  });
}

/** log2, log10: k step + ln(1 + f) / ln(b), with f - f^2 / 2 and its product in two parts. At f64. */
function buildLogOfBase(math: MathBuilder, x: Value, perLn: typeof perLnOf2, step: typeof perLnOf2): Value {
  return forAll(math, x, (argument, offset) => {
    const { k: exponent, m } = takeApart(math, argument);
    const k = offset === 0 ? exponent : math.add(exponent, offset);
    const f = math.sub(m, 1);
    const { s, half, tail } = seriesOf(math, f);
    const main = math.quickTwoSum(f, math.neg(half));
    const product = math.twoProduct(main.high, math.constant(perLn.high));
    const whole = step.high === 1 ? k : math.mul(k, step.high);
    const { high, low } = math.quickTwoSum(whole, product.high);
    const least = math.fma(main.high, perLn.low, math.add(low, product.low));
    const withStep = step.low === 0 ? least : math.fma(k, step.low, least);
    return math.add(high, math.fma(math.fma(s, tail, main.low), perLn.high, withStep));
  });
}

export function buildLog2(math: MathBuilder, x: Value): Value {
  return buildLogOfBase(math, x, perLnOf2, { high: 1, low: 0 });
}

export function buildLog10(math: MathBuilder, x: Value): Value {
  return buildLogOfBase(math, x, perLnOf10, log10Of2);
}

/**
 * ln(high + low) * factor for a normal number high and a low part of at most half a unit in its last place, or of 2^-53 beside a high of 1;
 * `more` is added to k. With 1 + u in two parts, it is exact enough for the smallest u. At f64.
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
  const { s, half, tail } = seriesOf(math, f);
  const rest = math.sub(half, math.fma(s, tail, math.fma(k, lnOf2.low, correction)));
  const { high, low: left } = math.quickTwoSum(math.mul(k, lnOf2.high), f);
  return math.add(high, math.sub(left, rest));
}

/** At f64. */
export function buildLog1p(math: MathBuilder, x: Value): Value {
  const isUsual = math.and(math.compare("fgt", x, -1), math.compare("flt", x, Number.POSITIVE_INFINITY));
  // The smallest are themselves, -0 with them.
  const isSmall = math.compare("flt", math.abs(x), 2 ** -60);
  const usual = math.select(isSmall, x, buildLogOfPair(math, math.twoSum(1, x)));
  return math.usually(isUsual, usual, () => {
    const isPole = math.compare("feq", x, -1);
    const isInfinite = math.compare("feq", x, Number.POSITIVE_INFINITY);
    return math.select(isPole, Number.NEGATIVE_INFINITY, math.select(isInfinite, x, Number.NaN));
  });
}
