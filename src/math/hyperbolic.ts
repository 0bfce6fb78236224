/**
 * expm1, sinh, cosh and tanh.
 *
 * x = n ln(2) + r as for exp (exponential.ts). With s = 2^n, e^x - 1 = (s - 1 + s r) + s (r^2 / 2 + r^3 c(r)), where the first
 * parenthesis is kept with what its rounding leaves. With A = 2^(n - 1) and B = 2^(-n - 1), and sinh and cosh of r by an odd and an even polynomial,
 *
 *     sinh(x) = (A + B) sinh(r) + (A - B) cosh(r)      cosh(x) = (A + B) cosh(r) + (A - B) sinh(r)
 *
 * without a division, the large terms again kept with their rounding. tanh has |x| = n ln(2) / 2 + h and the addition theorem: with
 * u = 2^-n and t = tanh(h), -0.167 < h < 0.181,
 *
 *     tanh(x) = ((1 - u) + (1 + u) t) / ((1 + u) + (1 - u) t)
 *
 * where both sums are pairs and t is h + h^3 P(h^2), so that P is short and its roundings do not count.
 * Error: under 0.95 ULP each (tanh 0.7, sinh of f32 near 8 0.99). Relative errors of the polynomials: odd 2^-61.7, even 2^-58, c 2^-63, P 2^-66 (f32: 2^-32 and less).
 * fastMath: r is one number and nothing is a pair, and tanh has one term less: 3 ULP.
 * Coefficients: scripts/coefficients/hyperbolic.sollya.
 */
import type { Value } from "../ir/function.ts";
import { lnOf2, lnOf2Single, log2OfE } from "./exponential.ts";
import { productSum } from "./extended-steps.ts";
import { goodReciprocal } from "./inverses.ts";
import type { MathBuilder } from "./math-builder.ts";

/** sinh(r) = r + r^3 odd(r^2), cosh(r) = 1 + r^2 even(r^2), |r| <= ln(2) / 2. */
const odd = {
  f64: [
    0.16666666666666677, 0.008333333333321463, 0.00019841269886483053, 0.0000027557243898356967, 2.5109132832523348e-8,
  ],
  f32: [0.1666666716337204, 0.008333192206919193, 0.0001995848142541945],
};
const even = {
  f64: [0.5000000000000012, 0.04166666666651935, 0.001388888894607493, 0.00002480149084448125, 2.7630979268293276e-7],
  f32: [0.5, 0.04166645556688309, 0.0013935758033767343],
};

/** e^r = 1 + r + r^2 / 2 + r^3 cubic(r). */
const cubic = {
  f64: [
    0.1666666666666668, 0.04166666666666638, 0.008333333333319263, 0.001388888888905076, 0.0001984126989185705,
    0.000024801586991020195, 0.0000027557238711574177, 2.7557554919905056e-7, 2.51108650649284e-8,
    2.0829872912095603e-9,
  ],
  f32: [0.166666641831398, 0.041666463017463684, 0.008333899080753326, 0.0013935078168287873, 0.00019566835544537753],
};

/** tanh(h) = h + h^3 P(h^2), |h| <= ln(2) / 4 and a little. */
const halfAngle = {
  f64: [
    -0.33333333333333326, 0.13333333333328012, -0.0539682539548353, 0.02186948690287033, -0.008863128072530962,
    0.0035882116130674293, -0.0013811817879965083,
  ],
  f32: [-0.33333319425582886, 0.13330772519111633, -0.05261596292257309],
};
const halfAngleFast = {
  f64: [
    -0.3333333333333195, 0.13333333332506986, -0.05396825232504195, 0.021869338182771956, -0.008856267522316585,
    0.0034325360700919066,
  ],
  f32: halfAngle.f32,
};

const steps = { f64: lnOf2, f32: lnOf2Single };

/** Where n and the powers of two around it stay normal. */
const mostNormal = { f64: 650, f32: 80 };

/** Arguments whose sinh, cosh and expm1 are infinite, and the power of two by which exponents near them are less for a while. */
const over = { f64: 711, f32: 89.5 };
const nearer = { f64: 128, f32: 64 };

/** x = n ln(2) + r + low, n in the low bits of an integer, low at most half a unit in the last place of r; with fastMath there is none. */
interface Reduced {
  readonly integer: Value;
  readonly r: Value;
  readonly low: Value | undefined;
}

function reduce(math: MathBuilder, x: Value): Reduced {
  const { float: n, integer } = math.roundedProduct(x, log2OfE);
  const step = steps[math.type];
  const first = math.fma(n, -step.high, x);
  if (math.options.fastMath) return { integer, r: math.fma(n, -step.low, first), low: undefined };
  const { high, low } = math.quickTwoSum(first, math.mul(n, -step.low));
  return { integer, r: high, low };
}

/** e^r - 1 - r. */
function restOfExponential(math: MathBuilder, r: Value): Value {
  const square = math.mul(r, r);
  return math.fma(math.mul(square, r), math.polynomial(r, cubic[math.type], square), math.mul(square, 0.5));
}

/** e^x - 1, of x whose power of two is a normal number. */
function expm1Of(math: MathBuilder, { integer, r, low }: Reduced): Value {
  const s = math.powerOfTwo(integer);
  const square = math.mul(r, r);
  const less = math.sub(s, 1);
  // e^r - 1 - r
  const curved = math.fma(
    math.mul(square, r),
    math.polynomial(r, cubic[math.type], square),
    low === undefined ? math.mul(square, 0.5) : math.fma(square, 0.5, low),
  );
  if (math.options.fastMath) return math.fma(s, curved, math.fma(s, r, less));
  const left = math.sub(math.sub(s, less), 1); // 0 below 2^54 (f32: 2^25)
  const linear = productSum(math, s, r, less);
  return math.add(linear.high, math.fma(s, curved, math.add(linear.low, left)));
}

/** e^x / 2 * factor for large x, and infinity where that overflows. */
function largeExponential(math: MathBuilder, x: Value, { integer, r, low }: Reduced, factor: 1 | 2): Value {
  const main = math.quickTwoSum(1, r);
  const tail = math.add(restOfExponential(math, r), low === undefined ? main.low : math.add(low, main.low));
  const value = math.bits(math.add(main.high, tail));
  const less = nearer[math.type];
  const down = math.integers("isub", integer, BigInt(factor === 1 ? less + 1 : less));
  const scaled = math.mul(math.fromBits(math.integers("iadd", value, math.toExponent(down))), 2 ** less);
  return math.select(math.compare("fgt", x, over[math.type]), Number.POSITIVE_INFINITY, scaled);
}

export function buildExpm1(math: MathBuilder, x: Value): Value {
  const reduced = reduce(math, x);
  // The sign of x is that of the result, of -0 too.
  const usual = math.copySign(expm1Of(math, reduced), x);
  return math.usually(math.compare("fle", math.abs(x), mostNormal[math.type]), usual, () => {
    const large = largeExponential(math, x, reduced, 2);
    const chosen = math.select(math.compare("flt", x, 0), -1, large);
    return math.select(math.compare("feq", x, x), chosen, x);
  });
}

/** sinh and cosh of |x|: the parts that go into either. */
function buildSinhOrCosh(math: MathBuilder, x: Value, isSinh: boolean): Value {
  const a = math.abs(x);
  const reduced = reduce(math, a);
  const positive = math.usually(
    math.compare("fle", a, mostNormal[math.type]),
    sinhOrCoshOf(math, reduced, isSinh),
    () => math.select(math.compare("feq", a, a), largeExponential(math, a, reduced, 1), a),
  );
  return isSinh ? math.copySign(positive, x) : positive;
}

function sinhOrCoshOf(math: MathBuilder, { integer, r, low }: Reduced, isSinh: boolean): Value {
  const { bias, significandBits } = math;
  const upperBits = math.toExponent(math.integers("iadd", integer, bias - 1n));
  const upper = math.fromBits(upperBits);
  const lower = math.fromBits(math.integers("isub", math.integer((2n * bias - 2n) << significandBits), upperBits));
  const square = math.mul(r, r);
  const cube = math.mul(square, r);
  const sinhCurve = math.polynomial(square, odd[math.type]);
  const coshCurve = math.polynomial(square, even[math.type]);
  if (low === undefined) {
    const [ofSinh, ofCosh] = isSinh
      ? [math.add(upper, lower), math.sub(upper, lower)]
      : [math.sub(upper, lower), math.add(upper, lower)];
    const linear = math.fma(ofSinh, math.fma(cube, sinhCurve, r), ofCosh);
    return math.fma(math.mul(ofCosh, square), coshCurve, linear);
  }
  // From n = 27 (f32: 13) on, what the sum or difference leaves counts once.
  const [ofSinh, ofCosh] = isSinh
    ? [math.add(upper, lower), math.quickTwoSum(upper, math.neg(lower))]
    : [math.sub(upper, lower), math.quickTwoSum(upper, lower)];
  const main = productSum(math, ofSinh, r, ofCosh.high);
  const sinhRest = math.fma(cube, sinhCurve, low);
  const coshRest = math.fma(square, coshCurve, math.mul(r, low));
  const tail = math.fma(ofSinh, sinhRest, math.add(main.low, ofCosh.low));
  return math.add(main.high, math.fma(ofCosh.high, coshRest, tail));
}

export function buildSinh(math: MathBuilder, x: Value): Value {
  return buildSinhOrCosh(math, x, true);
}

export function buildCosh(math: MathBuilder, x: Value): Value {
  return buildSinhOrCosh(math, x, false);
}

export function buildTanh(math: MathBuilder, x: Value): Value {
  const isSingle = math.type === "f32";
  const a = math.abs(x);
  // From there on it is 1, and so is what comes out; NaN stays.
  const most = isSingle ? 10 : 22;
  const bounded = math.select(math.compare("fgt", a, most), most, a);
  // n is 1 a little later than h changes its sign there: so 1 - u is at most twice the numerator, and its sum exact.
  const { float: n, integer } = math.roundedProduct(math.fma(bounded, 2 * log2OfE, -0.02), 1);
  const step = steps[math.type];
  const first = math.fma(n, -step.high / 2, bounded);
  const h = math.fma(n, -step.low / 2, first);
  const z = math.mul(h, h);
  const cube = math.mul(h, z);
  const u = (): Value => math.fromBits(math.toExponent(math.integers("isub", math.integer(math.bias), integer)));
  if (math.options.fastMath) {
    const t = math.fma(cube, math.horner(z, halfAngleFast[math.type]), h);
    const power = u();
    const [less, more] = [math.sub(1, power), math.add(power, 1)];
    return math.copySign(math.div(math.fma(more, t, less), math.fma(less, t, more)), x);
  }
  const low = math.fma(n, -step.low / 2, math.sub(first, h));
  const t = math.quickTwoSum(h, math.fma(cube, math.horner(z, halfAngle[math.type]), low));
  const power = u();
  const [less, more] = [math.sub(1, power), math.add(power, 1)];
  // What these two lost, where both are nearly 1.
  const lost = math.fma(power, -2, math.sub(more, less));
  const below = productSum(math, less, t.high, more);
  const belowLow = math.fma(less, t.low, below.low);
  const above = productSum(math, more, t.high, less);
  const aboveLow = math.add(math.fma(more, t.low, above.low), lost);
  const reciprocal = goodReciprocal(math, below.high);
  const quotient = math.mul(above.high, reciprocal);
  const left = math.fnma(quotient, belowLow, math.residual(quotient, below.high, above.high));
  return math.copySign(math.fma(math.add(left, aboveLow), reciprocal, quotient), x);
}
