/**
 * Steps of a few more bits than the format has, for the functions whose last operation must be their only rounding that counts:
 * a large term and a small one are kept apart, and what the large one lost goes to the small one.
 *
 * Fast2Sum is Dekker's (1971); the fused form needs two operations more than the rounded sum itself.
 */
import type { Value } from "../ir/function.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/**
 * a * b + c as a pair, where c has no smaller magnitude than the product, and is at most twice the sum.
 * 3 operations with FMA, 20 without.
 */
export function productSum(math: MathBuilder, a: Value | number, b: Value, c: Value | number): Pair {
  const [x, z] = [asValue(math, a), asValue(math, c)];
  if (math.options.fma) {
    const high = math.fma(x, b, z);
    return { high, low: math.fma(x, b, math.sub(z, high)) };
  }
  const product = math.twoProduct(x, b);
  const sum = math.quickTwoSum(z, product.high);
  return { high: sum.high, low: math.add(sum.low, product.low) };
}

/** a^2 + c for c >= 0, and what its rounding lost. 6 operations with FMA, 24 without. */
export function squareAnd(math: MathBuilder, a: Value, c: Value | number): Pair {
  if (math.options.fma) {
    const high = math.fma(a, a, c);
    // high - c, as a pair: c is no larger than the sum.
    const part = math.sub(high, c);
    const partLow = math.sub(math.sub(high, part), c);
    return { high, low: math.sub(math.fma(a, a, math.neg(part)), partLow) };
  }
  const square = math.twoProduct(a, a);
  const sum = math.twoSum(c, square.high);
  return { high: sum.high, low: math.add(sum.low, square.low) };
}

/** c - a * b, and what a rounding of it lost: for c no larger than the product, or where the difference is exact. */
export function productDifference(math: MathBuilder, a: Value, b: Value, c: Value): Pair {
  if (math.options.fma) {
    const high = math.fnma(a, b, c);
    return { high, low: math.sub(c, math.fma(a, b, high)) };
  }
  const product = math.twoProduct(a, b);
  const difference = math.sub(c, product.high);
  const low = math.sub(c, math.add(difference, product.high));
  return { high: math.sub(difference, product.low), low };
}

function asValue(math: MathBuilder, value: Value | number): Value {
  return typeof value === "number" ? math.constant(value) : value;
}

/**
 * As `MathBuilder.usually`, for several values at once: the usual ones where the condition holds, else those that `build` computes
 * in blocks of its own, which vectors skip when all their lanes are usual.
 */
export function usuallyAll(
  math: MathBuilder,
  condition: Value,
  usual: readonly Value[],
  build: () => readonly Value[],
): readonly Value[] {
  const { builder } = math;
  const rare = builder.createLaterBlock();
  rare.isUnlikely = true;
  const join = builder.createLaterBlock(...usual.map((value) => value.type));
  builder.branch(condition, join, rare, [...usual]);
  builder.continueIn(rare);
  builder.jump(join, ...build());
  builder.continueIn(join);
  return join.parameters;
}

/** About 1 / a, within 12 %, for normal |a| well inside the range: enough to scale a correction. One integer operation. */
export function roughReciprocal(math: MathBuilder, a: Value): Value {
  const magic = math.type === "f64" ? 0x7fde_6238_22fc_16e6n : 0x7ef3_11c7n;
  return math.fromBits(math.integers("isub", math.integer(magic), math.bits(a)));
}
