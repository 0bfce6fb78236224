/**
 * sin and cos: x or x + pi/2 is n pi + r, and the result (-1)^n sin(r).
 *
 * With |r| <= pi/2, sin(r) = r + c3 r^3 + r^3 z S(z), z = r^2, a minimax polynomial of relative error 2^-61.5 (f32: 2^-33), from
 * scripts/coefficients/sine.sollya. One polynomial serves all of a period, so nothing is selected; but c3 r^3 is up to 0.65 of r, so
 * r^3 and the sum of the first two terms are pairs, and the result has one rounding that counts.
 * Error: at most 0.85 ULP (f32: 0.95). fastMath: no pairs and one term less.
 */
import type { Value } from "../ir/function.ts";
import { productSum } from "./extended-steps.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";
import { type Reduced, reduce } from "./trigonometric-reduction.ts";

const coefficients = {
  f64: [
    -0.16666666666666666, 0.008333333333333207, -0.00019841269841212509, 0.0000027557319211580273,
    -2.505210690589214e-8, 1.6058941097454449e-10, -7.643022327839745e-13, 2.7214550347473613e-15,
  ],
  f32: [-0.16666659712791443, 0.008333069272339344, -0.00019809772493317723, 0.0000026060747586598154],
};

const fewerCoefficients = {
  f64: [
    -0.16666666666666183, 0.008333333333285217, -0.00019841269824961698, 0.0000027557316588096826,
    -2.505187945325158e-8, 1.6048069009433126e-10, -7.373014452112778e-13,
  ],
  f32: coefficients.f32,
};

export function buildSin(math: MathBuilder, x: Value): Value {
  return sineOf(math, reduce(math, x, "pi", false));
}

export function buildCos(math: MathBuilder, x: Value): Value {
  return sineOf(math, reduce(math, x, "pi", true));
}

function sineOf(math: MathBuilder, { r, count }: Reduced): Value {
  // The sign of r, so that a zero has it too.
  const sign = math.integers(
    "xor",
    math.bits(r.high),
    math.integers("shl", count, BigInt(math.type === "f64" ? 63 : 31)),
  );
  const magnitude = math.options.fastMath ? roughSine(math, r.high) : sine(math, r);
  return math.copySign(magnitude, math.fromBits(sign));
}

function sine(math: MathBuilder, r: Pair): Value {
  const [c3 = 0, ...rest] = coefficients[math.type];
  const square = math.twoProduct(r.high, r.high);
  const z = square.high;
  const cube = math.twoProduct(r.high, z);
  const cubeLow = math.fma(r.high, square.low, cube.low);
  const sum = productSum(math, c3, cube.high, r.high);
  let low = math.fma(r.low, math.fma(z, -0.40625, 1), sum.low); // cos(r) within 0.06
  low = math.fma(cubeLow, c3, low);
  low = math.fma(cube.high, math.mul(math.horner(z, rest), z), low);
  return math.add(sum.high, low);
}

function roughSine(math: MathBuilder, r: Value): Value {
  const z = math.mul(r, r);
  return math.fma(math.mul(r, z), math.horner(z, fewerCoefficients[math.type]), r);
}
