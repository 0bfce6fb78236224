/**
 * hypot of two numbers: the root of x^2 + y^2, whose squares and sum are pairs, and one Newton step on what the root leaves.
 *
 * The sum is s + e with both products exact (Dekker) and r = sqrt(s) rounded; (s - r^2 + e) / 2r, with the reciprocal by an integer
 * subtraction and one Newton step to 6 bits, is the correction. So the last sum is the only rounding that counts: at most 0.53 ULP, and
 * 0.75 where the result is subnormal.
 * The idea is Borges', "An improved algorithm for hypot(a, b)" (2019). fastMath: sqrt(x^2 + y^2), 1 ULP and a little.
 * Where squares would over- or underflow, a rare block scales first; there too are zeros, NaN, and infinities, which win over NaN.
 */
import type { Value } from "../ir/function.ts";
import { roughReciprocal } from "./extended-steps.ts";
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
    const sum = math.fma(x, x, math.mul(y, y));
    return { root: math.sqrt(sum), sum };
  }
  const [a, b] = [math.twoProduct(x, x), math.twoProduct(y, y)];
  const sum = math.twoSum(a.high, b.high);
  const root = math.sqrt(sum.high);
  const low = math.add(sum.low, math.add(a.low, b.low));
  const rest = math.add(math.residual(root, root, sum.high), low);
  const rough = roughReciprocal(math, root);
  const reciprocal = math.mul(rough, math.fma(math.mul(root, rough), -0.5, 1)); // of 2 root
  return { root: math.fma(rest, reciprocal, root), sum: sum.high };
}
