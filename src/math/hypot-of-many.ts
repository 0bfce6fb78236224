/**
 * hypot of three or more numbers: the root of the sum of their squares, all in two parts, and one correction by what the root leaves;
 * the idea is that of hypot of two (hypot.ts). At most 0.52 ULP for up to a thousand arguments.
 * Where squares would over- or underflow, a rare block scales first; there too are zeros, NaN, and infinities, which win over NaN.
 */
import type { Value } from "../ir/function.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

export function buildHypotOfMany(math: MathBuilder, ...values: Value[]): Value {
  const [least, most] = math.type === "f64" ? [2 ** -900, 2 ** 960] : [2 ** -90, 2 ** 100];
  const { root, sum } = rootOfSquares(math, values);
  const isUsual = math.and(math.compare("fge", sum, least), math.compare("fle", sum, most));
  return math.usually(isUsual, root, () => {
    const infinity = Number.POSITIVE_INFINITY;
    const sizes = values.map((value) => math.abs(value));
    const largest = sizes.reduce((a, b) => math.select(math.compare("fgt", b, a), b, a));
    const isInfinite = sizes.map((size) => math.compare("feq", size, infinity)).reduce((a, b) => math.or(a, b));
    const step = math.type === "f64" ? 600 : 80;
    const isLarge = math.compare("fgt", largest, 1);
    const scale = math.select(isLarge, 2 ** -step, 2 ** step);
    const scaled = rootOfSquares(
      math,
      values.map((value) => math.mul(value, scale)),
    );
    const result = math.mul(scaled.root, math.select(isLarge, 2 ** step, 2 ** -step));
    const orZero = math.select(math.compare("feq", scaled.sum, 0), 0, result);
    return math.select(isInfinite, infinity, orZero);
  });
}

function rootOfSquares(math: MathBuilder, values: readonly Value[]): { root: Value; sum: Value } {
  const squares = values.map((value) => math.twoProduct(value, value));
  const sum = squares.reduce((total: Pair, square: Pair): Pair => {
    const high = math.twoSum(total.high, square.high);
    return { high: high.high, low: math.add(high.low, math.add(total.low, square.low)) };
  });
  const root = math.sqrt(sum.high);
  const rest = math.add(math.residual(root, root, sum.high), sum.low);
  return { root: math.fma(rest, math.div(0.5, root), root), sum: sum.high };
}
