/**
 * expm1, sinh, cosh and tanh.
 *
 * x = n ln(2) + r as for exp (exponential.ts). With s = 2^n, e^x - 1 = (s - 1 + s r) + s (r^2 / 2 + r^3 c(r)), where the first
 * parenthesis and the square are kept with what their sum's rounding leaves. With A = 2^(n - 1) and B = 2^(-n - 1), and sinh and cosh of r by an odd and an even polynomial,
 *
 *     sinh(x) = (A + B) sinh(r) + (A - B) cosh(r)      cosh(x) = (A + B) cosh(r) + (A - B) sinh(r)
 *
 * without a division, the large terms again kept with their rounding. tanh(x) = t / (2 + t) for t = e^2x - 1, everything in two parts.
 * Error: under 0.8 ULP each. Relative errors of the polynomials: odd 2^-61.7, even 2^-58, c 2^-63.
 * fastMath: tanh divides once without what rounding leaves, 3 ULP.
 * Coefficients: scripts/coefficients/hyperbolic.sollya.
 */
import type { Value } from "../ir/function.ts";
import { lnOf2, log2OfE } from "./exponential.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** sinh(r) = r + r^3 odd(r^2), cosh(r) = 1 + r^2 even(r^2), |r| <= ln(2) / 2. */
const odd: readonly number[] = [
  0.16666666666666677, 0.008333333333321463, 0.00019841269886483053, 0.0000027557243898356967, 2.5109132832523348e-8,
];
const even: readonly number[] = [
  0.5000000000000012, 0.04166666666651935, 0.001388888894607493, 0.00002480149084448125, 2.7630979268293276e-7,
];

/** e^r = 1 + r + r^2 / 2 + r^3 cubic(r). */
const cubic: readonly number[] = [
  0.1666666666666668, 0.04166666666666638, 0.008333333333319263, 0.001388888888905076, 0.0001984126989185705,
  0.000024801586991020195, 0.0000027557238711574177, 2.7557554919905056e-7, 2.51108650649284e-8, 2.0829872912095603e-9,
];

/** Where n and the powers of two around it stay normal. */
const mostNormal = 650;

/** x = n ln(2) + r + low, n in the low bits of an integer, low at most half a unit in the last place of r. */
interface Reduced {
  readonly integer: Value;
  readonly r: Value;
  readonly low: Value;
}

function reduce(math: MathBuilder, x: Value): Reduced {
  const { float: n, integer } = math.roundedProduct(x, log2OfE);
  const { high: r, low } = math.quickTwoSum(math.fma(n, -lnOf2.high, x), math.mul(n, -lnOf2.low));
  return { integer, r, low };
}

/** e^r - 1 - r. */
function restOfExponential(math: MathBuilder, r: Value): Value {
  const square = math.mul(r, r);
  return math.fma(math.mul(square, r), math.polynomial(r, cubic, square), math.mul(square, 0.5));
}

/** e^x - 1 as a sum of two numbers, the second much smaller than the first. */
function expm1Pair(math: MathBuilder, { integer, r, low }: Reduced): Pair {
  const s = math.powerOfTwo(integer);
  const square = math.mul(r, r);
  const less = math.sub(s, 1);
  const left = math.sub(math.sub(s, less), 1); // 0 below 2^54
  const linear = math.quickTwoSum(less, math.mul(s, r));
  const main = math.quickTwoSum(linear.high, math.mul(s, math.mul(square, 0.5)));
  const rest = math.fma(math.mul(square, r), math.polynomial(r, cubic, square), math.fma(low, r, low));
  const lows = math.add(math.add(linear.low, main.low), left);
  return { high: main.high, low: math.fma(s, rest, lows) };
}

/** e^x / 2 * factor for large x, and infinity where that overflows. */
function largeExponential(math: MathBuilder, x: Value, { integer, r, low }: Reduced, factor: 1 | 2): Value {
  const main = math.quickTwoSum(1, r);
  const tail = math.add(restOfExponential(math, r), math.add(low, main.low));
  const value = math.bits(math.add(main.high, tail));
  const down = math.integers("isub", integer, factor === 1 ? 129n : 128n);
  const scaled = math.mul(math.fromBits(math.integers("iadd", value, math.toExponent(down))), 2 ** 128);
  return math.select(math.compare("fgt", x, 711), Number.POSITIVE_INFINITY, scaled);
}

/** At f64. */
export function buildExpm1(math: MathBuilder, x: Value): Value {
  const reduced = reduce(math, x);
  const pair = expm1Pair(math, reduced);
  const a = math.abs(x);
  // The smallest are themselves, -0 with them.
  const usual = math.select(math.compare("flt", a, 2 ** -60), x, math.add(pair.high, pair.low));
  return math.usually(math.compare("fle", a, mostNormal), usual, () => {
    const large = largeExponential(math, x, reduced, 2);
    const chosen = math.select(math.compare("flt", x, 0), -1, large);
    return math.select(math.compare("feq", x, x), chosen, x);
  });
}

/** sinh and cosh of |x|: the parts that go into either. */
function buildSinhOrCosh(math: MathBuilder, x: Value, isSinh: boolean): Value {
  const a = math.abs(x);
  const reduced = reduce(math, a);
  const { integer, r, low } = reduced;
  const upper = math.fromBits(math.toExponent(math.integers("iadd", integer, math.bias - 1n)));
  const lower = math.fromBits(math.toExponent(math.integers("isub", math.integer(math.bias - 1n), integer)));
  // From n = 27 on, what the sum or difference leaves counts once.
  const [ofSinh, ofCosh] = isSinh
    ? [math.add(upper, lower), math.quickTwoSum(upper, math.neg(lower))]
    : [math.sub(upper, lower), math.quickTwoSum(upper, lower)];
  const square = math.mul(r, r);
  const sinhRest = math.fma(math.mul(square, r), math.polynomial(square, odd), low);
  const coshRest = math.fma(square, math.polynomial(square, even), math.mul(r, low));
  const product = math.twoProduct(ofSinh, r);
  const main = math.quickTwoSum(ofCosh.high, product.high);
  const rest = math.add(math.add(main.low, product.low), ofCosh.low);
  const tail = math.fma(ofSinh, sinhRest, rest);
  const value = math.add(main.high, math.fma(ofCosh.high, coshRest, tail));
  const positive = math.usually(math.compare("fle", a, mostNormal), value, () =>
    math.select(math.compare("feq", a, a), largeExponential(math, a, reduced, 1), a),
  );
  return isSinh ? math.copySign(positive, x) : positive;
}

/** At f64. */
export function buildSinh(math: MathBuilder, x: Value): Value {
  return buildSinhOrCosh(math, x, true);
}

/** At f64. */
export function buildCosh(math: MathBuilder, x: Value): Value {
  return buildSinhOrCosh(math, x, false);
}

/** At f64. */
export function buildTanh(math: MathBuilder, x: Value): Value {
  const a = math.abs(x);
  // From there on it is 1, and so is what comes out; NaN stays.
  const bounded = math.select(math.compare("fgt", a, 22), 22, a);
  const pair = expm1Pair(math, reduce(math, math.add(bounded, bounded)));
  if (math.options.fastMath) {
    const t = math.add(pair.high, pair.low);
    return math.copySign(math.div(t, math.add(t, 2)), x);
  }
  const t = math.quickTwoSum(pair.high, pair.low);
  const below = math.twoSum(2, t.high);
  const reciprocal = math.div(1, below.high);
  const quotient = math.mul(t.high, reciprocal);
  const left = math.add(math.residual(quotient, below.high, t.high), t.low);
  const rest = math.fnma(quotient, math.add(below.low, t.low), left);
  return math.copySign(math.fma(rest, reciprocal, quotient), x);
}
