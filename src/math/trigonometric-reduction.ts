/**
 * Reduction of the argument of sin, cos and tan: x = n * period + r with |r| at most half a period and a little, r as a pair.
 *
 * pi is P1 + P2 + P3 (Cody and Waite 1980; with FMA as Brisebois et al., IEEE TC 54, 2005). P1 has the format's precision: x - n P1
 * is exact for FMA, since all its bits stand above the last bit of P1. P2 has so few bits that n P2 is exact, so the rounding error of
 * r is known exactly, and P3 is added to it: r.high + r.low misses by at most 2^-117 (f32: 2^-53), where the nearest that
 * arguments of this size come to a multiple of pi/2 is 2^-56 (2^-27). 7 operations with FMA, and 3 more for the half.
 *
 * Beyond 2^22 (f32: 2^10) lanes take a rare block. Up to 2^40 (f32: 2^18) it takes away n P2 with all bits of P2, as an exact product, and
 * P3 behind it: r misses by at most 2^-120 (f32: 2^-56). Beyond that, another block is that of huge-reduction.ts; so are NaN and the
 * infinities.
 */
import type { Value } from "../ir/function.ts";
import { productDifference } from "./extended-steps.ts";
import { reduceHuge } from "./huge-reduction.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

export interface Reduced {
  readonly r: Pair;
  /** An integer of the float's width whose lowest bit is that of n. */
  readonly count: Value;
}

const parts = {
  f64: {
    p1: Math.PI,
    p2: 1.224646798818428e-16,
    p3: 3.2892513872648515e-26,
    inverse: 1 / Math.PI,
    middle: 22,
    most: 40,
  },
  f32: {
    p1: 3.141592502593994, // below pi, so that n p2 has the sign of n, and -0 stays -0
    p2: 1.5099067240953445e-7,
    p3: 5.126688136514179e-12,
    inverse: Math.fround(1 / Math.PI),
    middle: 10,
    most: 18,
  },
};

/** What P1 leaves of pi in two numbers of full precision. */
const rest = {
  f64: { p2: 1.2246467991473532e-16, p3: -2.9947698097183397e-33 },
  f32: { p2: 1.5099580252808664e-7, p3: -3.4302490200117637e-15 },
};

/**
 * Appends the reduction by `period`; with `addHalf`, x + period / 2 = n * period + r.
 *
 * -0 gives -0 without `addHalf`.
 */
export function reduce(math: MathBuilder, x: Value, period: "pi" | "pi/2", addHalf: boolean): Reduced {
  const { p1, p2, p3, inverse, middle, most } = parts[math.type];
  const scale = period === "pi" ? 1 : 0.5;
  const c1 = math.constant(p1 * scale);
  const c2 = math.constant(-p2 * scale);
  const c3 = math.constant(-p3 * scale);

  const shifter = 1.5 * 2 ** Number(math.significandBits);
  const quotient = addHalf
    ? math.add(math.fma(x, inverse / scale, 0.5), shifter)
    : math.fma(x, inverse / scale, shifter);
  const nearest = math.sub(quotient, shifter);
  let n = nearest;
  let first: Value;
  let lost: Value | undefined;
  if (addHalf) {
    // Small x is smaller than the last bit of half a period.
    n = math.sub(nearest, 0.5);
    const difference = productDifference(math, n, c1, x);
    first = difference.high;
    lost = difference.low;
  } else first = math.residual(n, c1, x);
  let high = math.fma(n, c2, first);
  let low = math.fma(n, c2, math.sub(first, high));
  low = math.fma(n, c3, low);
  if (lost !== undefined) low = math.add(low, lost);
  if (math.options.fastMath) high = math.fma(n, c3, high); // low is not used then
  const { builder } = math;
  const rare = builder.createLaterBlock();
  const huge = builder.createLaterBlock();
  rare.isUnlikely = true;
  huge.isUnlikely = true;
  const join = builder.createLaterBlock(math.type, math.type, math.integerType);
  const magnitude = math.abs(x);
  const count = math.bits(quotient);
  builder.branch(math.compare("flt", magnitude, 2 ** middle), join, rare, [high, low, count]);

  builder.continueIn(rare);
  const further = reduceFurther(math, n, first, lost, scale);
  const isModerate = math.compare("flt", magnitude, 2 ** most);
  builder.branch(isModerate, join, huge, [further.high, further.low, count]);

  builder.continueIn(huge);
  const { remainder, count: hugeCount } = reduceHuge(math, x, { period, addHalf, least: most });
  const sign = math.copySign(1, x);
  builder.jump(
    join,
    addHalf ? remainder.high : math.mul(remainder.high, sign),
    addHalf ? remainder.low : math.mul(remainder.low, sign),
    hugeCount,
  );
  builder.continueIn(join);
  const [joinedHigh = high, joinedLow = low, joinedCount = count] = join.parameters;
  return { r: { high: joinedHigh, low: joinedLow }, count: joinedCount };
}

/** What is left of `first` = x - n P1 after n P2 and n P3, where n P2 has more bits than the format. */
function reduceFurther(math: MathBuilder, n: Value, first: Value, lost: Value | undefined, scale: number): Pair {
  const { p2, p3 } = rest[math.type];
  const product = math.twoProduct(n, math.constant(p2 * scale));
  const difference = math.twoSum(first, math.neg(product.high));
  const low = math.sub(difference.low, product.low);
  const all = math.fma(n, -p3 * scale, lost === undefined ? low : math.add(low, lost));
  return math.quickTwoSum(difference.high, all);
}
