/**
 * asin and acos.
 *
 * Up to 1/2, asin(x) = x + x^3 P(x^2), a minimax polynomial of relative error 2^-55.9 (f32: 2^-27.6) from
 * scripts/coefficients/asin.sollya. Beyond, asin(x) = pi/2 - 2 asin(s), s = sqrt((1 - x) / 2), the root with what its rounding leaves.
 * acos(x) = pi/2 - asin(x), or 2 asin(s), or pi - 2 asin(s). So all cases are base + factor * asin(b).
 * The identities are those of fdlibm's e_asin.c. Error: at most 0.8 ULP. Outside [-1, 1] the root is NaN.
 * fastMath: no second numbers.
 */
import type { Value } from "../ir/function.ts";
import { roughReciprocal } from "./extended-steps.ts";
import type { MathBuilder } from "./math-builder.ts";

const coefficients = {
  f64: [
    0.16666666666665408, 0.07500000000337102, 0.04464285682827013, 0.03038195913898114, 0.022371758008736947,
    0.017359705316395916, 0.013885230601698757, 0.012169240347484839, 0.006527862692053526, 0.019528546948294166,
    -0.016224660260141157, 0.03191252899060948,
  ],
  f32: [0.16666752099990845, 0.0749531015753746, 0.045469019562006, 0.024185502901673317, 0.04215701296925545],
};

/** pi/2 in two parts: the second is so many times the first. */
const halfPi = {
  f64: { value: Math.PI / 2, ratio: 6.123233995736766e-17 / (Math.PI / 2) },
  f32: {
    value: Math.fround(Math.PI / 2),
    ratio: Math.fround((Math.PI / 2 - Math.fround(Math.PI / 2)) / (Math.PI / 2)),
  },
};

export function buildAsin(math: MathBuilder, x: Value): Value {
  const magnitude = math.abs(x);
  const isLarge = math.compare("fgt", magnitude, 0.5);
  const base = math.select(isLarge, halfPi[math.type].value, 0);
  const factor = math.select(isLarge, -2, 1);
  return math.copySign(combined(math, magnitude, isLarge, magnitude, base, factor), x);
}

export function buildAcos(math: MathBuilder, x: Value): Value {
  const magnitude = math.abs(x);
  const isLarge = math.compare("fgt", magnitude, 0.5);
  const isLeft = math.compare("flt", x, 0);
  const { value } = halfPi[math.type];
  const base = math.select(isLarge, math.select(isLeft, 2 * value, 0), value);
  const factor = math.select(isLarge, math.select(isLeft, -2, 2), -1);
  return combined(math, magnitude, isLarge, x, base, factor);
}

/** base + factor * asin(b): b is `small`, or for large magnitudes sqrt((1 - magnitude) / 2). */
function combined(
  math: MathBuilder,
  magnitude: Value,
  isLarge: Value,
  small: Value,
  base: Value,
  factor: Value,
): Value {
  const { fastMath } = math.options;
  const half = math.fma(magnitude, -0.5, 0.5);
  const root = math.sqrt(half);
  const z = math.select(isLarge, half, math.mul(magnitude, magnitude));
  const b = math.select(isLarge, root, small);
  const slope = math.polynomial(z, coefficients[math.type]);
  const cube = math.mul(b, z);
  if (fastMath) return math.fma(factor, math.fma(cube, slope, b), base);
  const rest = math.residual(root, root, half);
  const doubled = math.mul(rest, roughReciprocal(math, root)); // 2 * (sqrt(half) - root)
  const tail = math.fma(cube, slope, math.select(isLarge, math.mul(doubled, 0.5), 0));
  const term = math.mul(factor, b);
  const high = math.add(base, term);
  const low = math.fma(base, halfPi[math.type].ratio, math.add(math.sub(base, high), term));
  return math.add(high, math.fma(factor, tail, low));
}
