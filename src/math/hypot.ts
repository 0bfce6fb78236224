/**
 * hypot of two numbers: the root of x^2 + y^2 = s + e, e being what the roundings leave, and one Newton step.
 *
 * r is the root of s to 2^-31, by multiplications (inverses.ts; f32 and without FMA: the machine's), and r + (s - r^2 + e) / 2r, whose residual is exact, has
 * one rounding that counts: at most 0.53 ULP, and 0.75 where the result is subnormal.
 * x and y are treated alike, so that hypot(x, y) is hypot(y, x). The correction is Borges', "An improved algorithm for hypot(a, b)" (2019). fastMath: without e, 1.1 ULP.
 * Where squares would over- or underflow, a rare block scales first; there too are zeros, NaN, and infinities, which win over NaN.
 */
import type { Value } from "../ir/function.ts";
import { roughReciprocal } from "./extended-steps.ts";
import { nearRoot } from "./inverses.ts";
import type { MathBuilder } from "./math-builder.ts";

export function buildHypot(math: MathBuilder, x: Value, y: Value): Value {
  const [least, most] = math.type === "f64" ? [2 ** -900, 2 ** 960] : [2 ** -90, 2 ** 100];
  const { root, sum } = rootOfSquares(math, x, y);
  const isUsual = math.and(math.compare("fge", sum, least), math.compare("fle", sum, most));
  return math.usually(isUsual, root, () => {
    const [width, height] = [math.abs(x), math.abs(y)];
    const larger = math.select(math.compare("fgt", height, width), height, width);
    const step = math.type === "f64" ? 600 : 80;
    const isLarge = math.compare("fgt", larger, 1);
    const scale = math.select(isLarge, 2 ** -step, 2 ** step);
    const back = math.select(isLarge, 2 ** step, 2 ** -step);
    const scaled = math.mul(rootOfSquares(math, math.mul(x, scale), math.mul(y, scale)).root, back);
    const infinity = Number.POSITIVE_INFINITY;
    const isInfinite = math.or(math.compare("feq", width, infinity), math.compare("feq", height, infinity));
    return math.select(isInfinite, infinity, scaled);
  });
}

function rootOfSquares(math: MathBuilder, x: Value, y: Value): { root: Value; sum: Value } {
  if (math.options.fastMath) {
    const sum = math.add(math.mul(x, x), math.mul(y, y));
    if (math.type === "f32") return { root: math.sqrt(sum), sum };
    const { root, halfInverse } = rootOf(math, sum);
    return { root: math.fma(math.residual(root, root, sum), halfInverse, root), sum };
  }
  const [a, b] = [math.twoProduct(x, x), math.twoProduct(y, y)];
  const sum = math.twoSum(a.high, b.high);
  const { root, halfInverse } = rootOf(math, sum.high);
  const rest = math.add(math.residual(root, root, sum.high), math.add(sum.low, math.add(a.low, b.low)));
  return { root: math.fma(rest, halfInverse, root), sum: sum.high };
}

/** The root of s and half its inverse; of f32 the machine's root, a step of which takes half as long. */
function rootOf(math: MathBuilder, s: Value): { root: Value; halfInverse: Value } {
  if (math.type === "f64" && math.options.fma) return nearRoot(math, s);
  const root = math.sqrt(s);
  const rough = roughReciprocal(math, root);
  return { root, halfInverse: math.mul(rough, math.fma(math.mul(root, rough), -0.5, 1)) };
}
