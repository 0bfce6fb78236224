/**
 * erf and erfc.
 *
 * Near 0, erf(x) = x + x (2/sqrt(pi) - 1 - 3/8 z + z P(z)), z = x^2, where the parenthesis is small and P smaller; erfc is 1 minus that, 1 - x being a pair.
 * From 51/64 (f32: 27/32) on, erf(x) = 1 - exp(-x^2) G(t), where an error of the second term counts for a quarter: the square alone is a pair. G is a
 * polynomial in t = 1 / (x + 3) less 33/128 (f32: x less 27/32), fitted with the weight of exp(-x^2) up to where erf is 1.
 * erfc from 7/16 on is exp(-x^2) w F(w - 7/32), w = 1 / (x + 2): F is smooth down to where erfc vanishes, at 27.23, and one polynomial of
 * degree 24 leaves a relative error of 2^-58 (f32: degree 10, 2^-32.9). Squares, quotient, the first terms of F, exponential and products are
 * pairs. The mapping is that of Schonfelder, "Chebyshev expansions for the error and related functions" (1978), with other constants.
 * Coefficients: scripts/coefficients/erf.py.
 * Error: at most 0.95 ULP for erf and for erfc (f32: 0.99), down into the subnormal results of erfc. fastMath: erf has fewer terms
 * and no pairs, 3 ULP; erfc is the same, since each of its three factors would add 1 ULP, which count twice above a power of two.
 */
import type { Value } from "../ir/function.ts";
import { exponential, exponentialFast, exponentialSingle, lnOf2, lnOf2Single, log2OfE } from "./exponential.ts";
import { productSum } from "./extended-steps.ts";
import { goodReciprocal } from "./inverses.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** P up to 27/32, P up to 7/16, and 2 / sqrt(pi) - 1. */
const central = {
  f64: [
    -0.0011263890318374838, 0.11283791670954796, -0.026866170645038795, 0.005223977624145182, -0.0008548326917502631,
    0.00012055327526542708, -1.4925465800623056e-5, 1.6457945092016754e-6, -1.6303360289615748e-7, 1.420689311603116e-8,
    -8.882449419961746e-10,
  ],
  f32: [
    -0.0011259493185207248, 0.11282923072576523, -0.026809856295585632, 0.0050623007118701935, -0.0006377006066031754,
  ],
};
const centralFast = {
  f64: [
    -0.0011263890318349895, 0.11283791670938002, -0.02686617064111441, 0.0052239775786653815, -0.0008548323885348498,
    0.00012055202376542038, -1.4922161398830294e-5, 1.6402029485413488e-6, -1.5716708883737126e-7, 1.073199133456323e-8,
  ],
  f32: central.f32,
};
const small = {
  f64: [
    -0.0011263890318375161, 0.11283791670954563, -0.02686617064451283, 0.005223977599572469, -0.0008548321704354802,
    0.00012054738211640599, -1.4888702617637305e-5, 1.52586008162388e-6,
  ],
  f32: central.f32,
};
const slopeLess1 = { f64: 0.1283791670955126, f32: 0.12837916612625122 };

/** G, and where its variable is 0: where erfc is largest, so that there only the last sum is rounded to effect. */
const absoluteTail = {
  f64: [
    0.4631179340221192, 4.730361900904297, 23.937732057296664, 84.23331792708541, 194.1849616499198, 224.1279972873354,
    -129.99471098557726, -702.6653636051368, 13.163343168933967, 2207.9785775583237, -351.8718947725213,
    -8062.68851224247, 5336.034466650453, 32598.898318361167,
  ],
  f32: [
    0.47436806559562683, -0.3278825879096985, 0.19770555198192596, -0.10727035254240036, 0.05309460684657097,
    -0.023676222190260887, 0.008979160338640213, -0.0025915170554071665, 0.0004799758899025619, -4.11314467783086e-5,
  ],
};
const absoluteTailFast = {
  f64: [
    0.4631179340221192, 4.730361900904255, 23.93773205729846, 84.23331793373913, 194.1849631500614, 224.12814864755254,
    -129.9861729070203, -702.3731129526959, 19.393888106021084, 2289.182026027231, 237.4596855868631,
    -6472.547014765028,
  ],
  f32: absoluteTail.f32,
};
const absoluteMiddle = { f64: 33 / 128, f32: 27 / 32 };

/** F, and what the rounding of its first three coefficients leaves. */
const scaledTail = {
  f64: [
    0.9399781523570393, 2.4766419708455483, 4.222830232008413, 2.948654783134294, -4.302112085163406,
    -8.654952233993948, 8.525091266684072, 23.67576870346083, -33.75595304073593, -60.8649390681814, 167.94454079765157,
    72.86038190424087, -761.8902701855105, 678.2006007085579, 2395.701469252005, -6946.784979200838, 482.2494676049189,
    34058.090652248175, -68289.49551110403, -55657.45219643248, 468199.4798527526, -419873.4010756988,
    -1398330.0744235148, 2370309.6933399555, 587827.6862815671,
  ],
  f32: [
    1.0215827226638794, 2.748642683029175, 4.471553325653076, 2.3323099613189697, -5.506677150726318,
    -6.636316776275635, 12.649785995483398, 13.875931739807129, -42.71085739135742, -16.10198211669922,
    124.43099212646484,
  ],
};
const rests = {
  f64: [-3.453279563144428e-17, -1.1704044463610317e-18, -2.0519747338264e-16],
  f32: [-1.7389661266520307e-8, 4.606254222494499e-8, 5.0322594091767314e-8],
} as const;
/** The derivative of F within 5 %. */
const tailSlope = { f64: [2.4765625, 8.015625, 7.6484375], f32: [2.748046875, 8.94140625, 6.99609375] };
const middle = { f64: 7 / 32, f32: 1 / 4 };

const exponentials = { f64: exponential, f32: exponentialSingle };

/** For erfc, whose other factors have their errors too: at f32 one term more, 2^-33. */
const exponentialsOfTail = {
  f64: exponential,
  f32: [
    0.5, 0.166666641831398, 0.04166645556688309, 0.008333886042237282, 0.0013935755705460906, 0.00019578647334128618,
  ],
};
const steps = { f64: lnOf2, f32: lnOf2Single };

/** From here on erf is 1 - exp(-x^2) G, and erfc has F. */
const bound = { f64: 51 / 64, f32: 27 / 32, fast: 27 / 32, erfc: 7 / 16 };
/** From here on erf is 1, erfc of the negative 2, and erfc 0. */
const limits = { f64: { one: 6, zero: 28 }, f32: { one: 4, zero: 10.25 } };

export function buildErf(math: MathBuilder, x: Value): Value {
  if (math.type === "f32" && !math.options.fma) return inDouble(math, x, buildErf);
  const { one } = limits[math.type];
  const magnitude = math.abs(x);
  const inner = nearZero(math, x);
  const a = math.select(math.compare("fgt", magnitude, one), one, magnitude);
  const { value, integer } = exponentialOfSquare(math, a);
  const t = math.type === "f64" ? inverseOfSum(math, a) : math.sub(a, absoluteMiddle.f32);
  // One rounding that counts: where erf is least here, those of two chains' ends came to 1.016 ULP.
  const [first = 0, ...others] = (math.options.fastMath ? absoluteTailFast : absoluteTail)[math.type];
  const factor = math.fma(t, math.polynomial(t, others), first);
  const outer = oneLessProduct(math, math.mul(value, math.powerOfTwo(integer)), factor);
  const isInner = math.compare("flt", magnitude, math.options.fastMath ? bound.fast : bound[math.type]);
  return math.copySign(math.select(isInner, inner, outer), x);
}

/** 1 / (a + 3) less its middle, with what sum and quotient lose: G is steep in it. */
function inverseOfSum(math: MathBuilder, a: Value): Value {
  const { w, wLow } = reciprocalOfSum(math, a, 3);
  const t = math.sub(w, absoluteMiddle.f64);
  return math.options.fastMath ? t : math.add(t, wLow());
}

/** 1 / (a + b), and how to compute what its roundings leave. */
function reciprocalOfSum(math: MathBuilder, a: Value, b: number): { readonly w: Value; readonly wLow: () => Value } {
  const sum = math.add(a, b);
  const w = goodReciprocal(math, sum);
  const wLow = (): Value => {
    const sumLow = math.sub(a, math.sub(sum, b));
    return math.mul(math.fnma(w, sumLow, math.residual(w, sum, math.constant(1))), w);
  };
  return { w, wLow };
}

/** 1 - a * b, rounded once. */
function oneLessProduct(math: MathBuilder, a: Value, b: Value): Value {
  if (math.options.fma) return math.fnma(a, b, 1);
  const { high, low } = productSum(math, math.neg(a), b, 1);
  return math.add(high, low);
}

/** At f32 without FMA, where products round twice and a few results come to 1.04 ULP: through f64. */
function inDouble(math: MathBuilder, x: Value, build: (math: MathBuilder, x: Value) => Value): Value {
  return math.builder.emit("demote", build(math.at("f64"), math.builder.emit("promote", x)));
}

/** erf where x is not large. */
function nearZero(math: MathBuilder, x: Value): Value {
  return math.fma(x, restOfSlope(math, x, math.options.fastMath ? centralFast : central), x);
}

/** erf(x) / x - 1. */
function restOfSlope(math: MathBuilder, x: Value, coefficients: typeof central): Value {
  const z = math.mul(x, x);
  const main = math.fma(z, -0.375, slopeLess1[math.type]);
  return math.fma(z, math.polynomial(z, coefficients[math.type]), main);
}

/** exp(-a^2) as value * 2^n, n in the low bits of the integer, with one rounding that counts. */
function exponentialOfSquare(math: MathBuilder, a: Value): { readonly value: Value; readonly integer: Value } {
  const { fastMath } = math.options;
  const step = steps[math.type];
  const square = fastMath ? { high: math.mul(a, a), low: undefined } : math.twoProduct(a, a);
  const { float: n, integer } = math.roundedProduct(square.high, -log2OfE);
  const first = math.fma(n, -step.high, math.neg(square.high));
  const tail = math.mul(n, -step.low);
  const rest = square.low === undefined ? tail : math.sub(tail, square.low);
  const r = math.add(first, rest);
  const z = math.mul(r, r);
  const coefficients = fastMath && math.type === "f64" ? exponentialFast : exponentials[math.type];
  return { value: math.add(math.fma(z, math.polynomial(r, coefficients, z), r), 1), integer };
}

export function buildErfc(math: MathBuilder, x: Value): Value {
  if (math.type === "f32" && !math.options.fma) return inDouble(math, x, buildErfc);
  const { one, zero } = limits[math.type];
  const magnitude = math.abs(x);
  const difference = math.quickTwoSum(1, math.neg(x));
  const inner = math.add(difference.high, math.fnma(x, restOfSlope(math, x, small), difference.low));
  const isNegative = math.compare("flt", x, 0);
  const limit = math.select(isNegative, one, zero);
  const a = math.select(math.compare("fgt", magnitude, limit), limit, magnitude);
  const { high, low, integer } = tail(math, a);
  // All times 2^up, since 2^n may be below the normal numbers; the last product rounds where the result is.
  const up = math.type === "f64" ? 128 : 64;
  const base = math.select(isNegative, 2 ** (up + 1), 0);
  const sign = math.select(isNegative, -1, 1);
  const power = math.mul(math.powerOfTwo(math.integers("iadd", integer, BigInt(up))), sign);
  const term = math.mul(high, power);
  const sum = math.quickTwoSum(base, term);
  const outer = math.mul(math.add(sum.high, math.fma(low, power, sum.low)), 2 ** -up);
  return math.select(math.compare("flt", magnitude, bound.erfc), inner, outer);
}

/** erfc(a) = (high + low) * 2^n for a from 7/16 to where it is 0, n in the low bits of the integer. */
function tail(math: MathBuilder, a: Value): Pair & { readonly integer: Value } {
  const step = steps[math.type];
  const square = math.twoProduct(a, a);
  const { float: n, integer } = math.roundedProduct(square.high, -log2OfE);
  const r = math.fma(n, -step.high, math.neg(square.high));
  const rest = math.fma(n, -step.low, math.neg(square.low));
  const exponent = math.quickTwoSum(r, rest);
  const one = math.quickTwoSum(1, exponent.high);
  const curved = math.polynomial(exponent.high, exponentialsOfTail[math.type]);
  const power = math.quickTwoSum(
    one.high,
    math.fma(math.mul(exponent.high, exponent.high), curved, math.add(one.low, exponent.low)),
  );

  const reciprocal = reciprocalOfSum(math, a, 2);
  const { w } = reciprocal;
  const wLow = reciprocal.wLow();
  const t = math.sub(w, middle[math.type]);
  // The middle is the larger of the two where the difference is not exact.
  const tLow = math.add(math.sub(w, math.add(t, middle[math.type])), wLow);

  const [f0 = 0, f1 = 0, f2 = 0, ...others] = scaledTail[math.type];
  const [r0, r1, r2] = rests[math.type];
  const third = productSum(math, t, math.horner(t, others), f2);
  const second = productSum(math, t, third.high, f1);
  const value = productSum(math, t, second.high, f0);
  const secondLow = math.fma(t, math.add(third.low, r2), math.add(second.low, r1));
  const valueLow = math.add(
    math.fma(t, secondLow, math.add(value.low, r0)),
    math.mul(tLow, math.horner(t, tailSlope[math.type])),
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
