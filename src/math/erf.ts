/**
 * erf and erfc, at f64.
 *
 * Up to 7/16, erf(x) = x (2/sqrt(pi) + z P(z)), z = x^2, and erfc is 1 minus that, with the first product and its difference as pairs.
 * Beyond, erfc(x) = exp(-x^2) w F(w - 7/32), w = 1 / (x + 2): F is smooth down to where erfc vanishes, at 27.23, and one polynomial of
 * degree 24 leaves a relative error of 2^-58. Squares, quotient, the first two terms of F, exponential and products are
 * pairs, and erf is 1 minus the pair. The mapping is that of Schonfelder, "Chebyshev expansions for the error and related functions"
 * (1978), with other constants. Coefficients: scripts/coefficients/erf.py.
 * Error: at most 0.85 ULP for erf and 0.95 for erfc, down into the subnormal results of erfc. fastMath is the same.
 */
import type { Value } from "../ir/function.ts";
import { exponential, lnOf2, log2OfE } from "./exponential.ts";
import { productSum } from "./extended-steps.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** P, and 2 / sqrt(pi) in two parts. */
const small: readonly number[] = [
  -0.37612638903183754, 0.11283791670954563, -0.02686617064451283, 0.005223977599572469, -0.0008548321704354802,
  0.00012054738211640599, -1.4888702617637305e-5, 1.52586008162388e-6,
];
const slope = { high: 1.1283791670955126, low: 1.533545961316588e-17 };

/** F, and what the rounding of its first three coefficients leaves. */
const scaledTail: readonly number[] = [
  0.9399781523570393, 2.4766419708455483, 4.222830232008413, 2.948654783134294, -4.302112085163406, -8.654952233993948,
  8.525091266684072, 23.67576870346083, -33.75595304073593, -60.8649390681814, 167.94454079765157, 72.86038190424087,
  -761.8902701855105, 678.2006007085579, 2395.701469252005, -6946.784979200838, 482.2494676049189, 34058.090652248175,
  -68289.49551110403, -55657.45219643248, 468199.4798527526, -419873.4010756988, -1398330.0744235148,
  2370309.6933399555, 587827.6862815671,
];
const rests = [-3.453279563144428e-17, -1.1704044463610317e-18, -2.0519747338264e-16] as const;
/** The derivative of F within 5 %. */
const tailSlope: readonly number[] = [2.4765625, 8.015625, 7.6484375];

const bound = 7 / 16;
const middle = 7 / 32;

export function buildErf(math: MathBuilder, x: Value): Value {
  const magnitude = math.abs(x);
  const { high: part, low: partLow } = firstProduct(math, x);
  const central = math.add(part, math.fma(x, smallRest(math, x), partLow));
  // From 6 on the result is 1.
  const { high, low, integer } = tail(math, math.select(math.compare("fgt", magnitude, 6), 6, magnitude));
  const power = math.powerOfTwo(integer);
  const sum = math.quickTwoSum(1, math.neg(math.mul(high, power)));
  const outer = math.add(sum.high, math.fnma(low, power, sum.low));
  return math.copySign(math.select(math.compare("flt", magnitude, bound), central, outer), x);
}

export function buildErfc(math: MathBuilder, x: Value): Value {
  const magnitude = math.abs(x);
  const difference = productSum(math, -slope.high, x, 1);
  const central = math.add(difference.high, math.fnma(x, smallRest(math, x), difference.low));
  const isNegative = math.compare("flt", x, 0);
  // From 28 on the result is 0, from -6 on it is 2.
  const limit = math.select(isNegative, 6, 28);
  const { high, low, integer } = tail(math, math.select(math.compare("fgt", magnitude, limit), limit, magnitude));
  const base = math.select(isNegative, 2, 0);
  const sign = math.select(isNegative, -1, 1);
  const power = math.mul(math.powerOfTwo(integer), sign);
  const term = math.mul(high, power);
  const sum = math.quickTwoSum(base, term);
  const outer = math.add(sum.high, math.fma(low, power, sum.low));
  const usual = math.select(math.compare("flt", magnitude, bound), central, outer);
  // The result is subnormal, or 2^n is.
  return math.usually(math.not(math.compare("fgt", x, 26)), usual, () => {
    const scaled = math.powerOfTwo(math.integers("iadd", integer, 128n));
    return math.mul(math.mul(math.add(high, low), scaled), 2 ** -128);
  });
}

/** x * 2 / sqrt(pi) as a pair, so that its sum with the rest is rounded once. */
function firstProduct(math: MathBuilder, x: Value): Pair {
  const product = math.twoProduct(x, math.constant(slope.high));
  if (math.options.fma) return product;
  // Without FMA the parts of a tiny product underflow; it is then the result.
  const isTiny = math.compare("flt", math.abs(x), 2 ** -500);
  return { high: product.high, low: math.select(isTiny, 0, product.low) };
}

/** erf(x) / x - 2 / sqrt(pi), for small x. */
function smallRest(math: MathBuilder, x: Value): Value {
  const z = math.mul(x, x);
  return math.fma(z, math.polynomial(z, small), slope.low);
}

/** erfc(a) = (high + low) * 2^n for a from 7/16 to 28, n in the low bits of the integer. */
function tail(math: MathBuilder, a: Value): Pair & { readonly integer: Value } {
  const square = math.twoProduct(a, a);
  const { float: n, integer } = math.roundedProduct(square.high, -log2OfE);
  const r = math.fma(n, -lnOf2.high, math.neg(square.high));
  const rest = math.fma(n, -lnOf2.low, math.neg(square.low));
  const exponent = math.quickTwoSum(r, rest);
  const one = math.quickTwoSum(1, exponent.high);
  const curved = math.polynomial(exponent.high, exponential);
  const power = math.quickTwoSum(
    one.high,
    math.fma(math.mul(exponent.high, exponent.high), curved, math.add(one.low, exponent.low)),
  );

  const sum = math.add(a, 2);
  const sumLow = math.sub(a, math.sub(sum, 2));
  const w = math.div(1, sum);
  const wLow = math.mul(math.fnma(w, sumLow, math.residual(w, sum, math.constant(1))), w);
  const t = math.sub(w, middle);
  const tLow = math.add(math.sub(math.sub(w, t), middle), wLow);

  const [f0 = 0, f1 = 0, ...others] = scaledTail;
  const inner = productSum(math, t, math.horner(t, others), f1);
  const value = productSum(math, t, inner.high, f0);
  const valueLow = math.add(
    math.fma(t, math.fma(t, rests[2], math.add(inner.low, rests[1])), math.add(value.low, rests[0])),
    math.mul(tLow, math.horner(t, tailSlope)),
  );

  const factor = product(math, value, valueLow, w, wLow);
  const result = product(math, power, power.low, factor.high, factor.low);
  return { ...result, integer };
}

/** (a + aLow) * (b + bLow). */
function product(math: MathBuilder, a: Pair, aLow: Value, b: Value, bLow: Value): Pair {
  const { high, low } = math.twoProduct(a.high, b);
  return { high, low: math.fma(aLow, b, math.fma(a.high, bLow, low)) };
}
