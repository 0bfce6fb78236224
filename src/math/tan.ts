/**
 * tan: x = n pi/2 + r, and the result tan(r) for even n, -1 / tan(r) for odd.
 *
 * tan(r) = r + r^3 P(r^2) for |r| <= pi/4, a minimax polynomial of relative error 2^-59.9 (f32: 2^-29.5) from
 * scripts/coefficients/tan.sollya; what r and tan(r) lose when they are rounded is carried on, and corrects the quotient.
 * Error: at most 0.85 ULP (f32: 0.95). fastMath: a term less, nothing carried: 3 ULP.
 */
import type { Value } from "../ir/function.ts";
import { productSum } from "./extended-steps.ts";
import { goodReciprocal } from "./inverses.ts";
import type { MathBuilder } from "./math-builder.ts";
import { reduce } from "./trigonometric-reduction.ts";

const coefficients = {
  f64: [
    0.3333333333333338, 0.13333333333325387, 0.05396825397286553, 0.02186948840058914, 0.008863237898946764,
    0.0035921011488502237, 0.0014560435177372122, 0.0005888751721585187, 0.00024371225341134121, 0.00008366008420667007,
    0.00006703524938669867, -0.00002539540184873988, 0.00004843550551516466, -0.0000241741447502264,
    0.000009776761853526476,
  ],
  f32: [
    0.33333349227905273, 0.1333267241716385, 0.054059453308582306, 0.021282684057950974, 0.01083805039525032,
    0.00008326805982505903, 0.004380731377750635,
  ],
};

const fewerCoefficients = {
  f64: [
    0.33333333333332754, 0.1333333333341776, 0.05396825392519707, 0.021869489643843176, 0.008863218677284113,
    0.003592293448496229, 0.0014547315182238986, 0.0005951757670312384, 0.00022205286058114135, 0.0001371987496574918,
    -0.000027335235676137655, 0.00009032507946455883, -0.000045348106567945366, 0.000020976787208174186,
  ],
  f32: coefficients.f32,
};

export function buildTan(math: MathBuilder, x: Value): Value {
  const { fastMath } = math.options;
  const { r, count } = reduce(math, x, "pi/2", false);
  const z = math.mul(r.high, r.high);
  const slope = fastMath ? math.polynomial(z, fewerCoefficients[math.type]) : math.horner(z, coefficients[math.type]);
  const isOdd = math.builder.emit("ine", math.integers("and", count, 1n), math.integer(0n));
  if (fastMath) {
    const tangent = math.fma(math.mul(r.high, z), slope, r.high);
    return math.select(isOdd, math.div(-1, tangent), tangent);
  }
  // r + r^3 P as a pair, r^3 being one too; tan'(r) is about 1 + z.
  const cube = math.twoProduct(r.high, z);
  const cubeLow = math.fma(r.high, math.neg(math.residual(r.high, r.high, z)), cube.low);
  const sum = productSum(math, slope, cube.high, r.high);
  const tail = math.add(math.fma(cubeLow, slope, sum.low), math.fma(z, r.low, r.low));
  const tangent = math.add(sum.high, tail);
  const low = math.add(math.sub(sum.high, tangent), tail);
  const quotient = negativeReciprocal(math, tangent);
  const rest = math.fma(quotient, low, math.residual(math.neg(quotient), tangent, math.constant(1)));
  const cotangent = math.fma(quotient, rest, quotient);
  // 0 + -0 is 0, so a zero is taken as it came.
  return math.select(math.compare("feq", x, 0), x, math.select(isOdd, cotangent, tangent));
}

/** -1 / a, nearly; a vector of f32 is divided in the time of these operations. */
function negativeReciprocal(math: MathBuilder, a: Value): Value {
  return math.type === "f64" ? math.neg(goodReciprocal(math, a)) : math.div(-1, a);
}
