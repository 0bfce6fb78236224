/**
 * Reduction of the argument of sin, cos and tan: x = n * period + r with |r| at most half a period and a little, r as a pair.
 *
 * pi is P1 + P2 + P3 (Cody and Waite 1980; with FMA as Brisebois et al., IEEE TC 54, 2005). P1 has the format's precision: x - n P1
 * is exact for FMA, since all its bits stand above the last bit of P1. P2 has so few bits that n P2 is exact, so the rounding error of
 * r is known exactly, and P3 is added to it: r.high + r.low misses by at most 2^-117 (f32: 2^-53), where the nearest that
 * arguments of this size come to a multiple of pi/2 is 2^-56 (2^-27). 7 operations with FMA, and 3 more for the half.
 *
 * Beyond 2^22 (f32: 2^10) lanes take the rare block of huge-reduction.ts; so do NaN and the infinities.
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
  f64: { p1: Math.PI, p2: 1.224646798818428e-16, p3: 3.2892513872648515e-26, inverse: 1 / Math.PI, least: 22 },
  f32: {
    p1: 3.141592502593994, // below pi, so that n p2 has the sign of n, and -0 stays -0
    p2: 1.5099067240953445e-7,
    p3: 5.126688136514179e-12,
    inverse: Math.fround(1 / Math.PI),
    least: 10,
  },
};

/**
 * Appends the reduction by `period`; with `addHalf`, x + period / 2 = n * period + r.
 *
 * -0 gives -0 without `addHalf`.
 */
export function reduce(math: MathBuilder, x: Value, period: "pi" | "pi/2", addHalf: boolean): Reduced {
  const { p1, p2, p3, inverse, least } = parts[math.type];
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
  rare.isUnlikely = true;
  const join = builder.createLaterBlock(math.type, math.type, math.integerType);
  const isUsual = math.compare("flt", math.abs(x), 2 ** least);
  builder.branch(isUsual, join, rare, [high, low, math.bits(quotient)]);
  builder.continueIn(rare);
  const huge = reduceHuge(math, x, { period, addHalf, least });
  const sign = math.copySign(1, x);
  builder.jump(
    join,
    addHalf ? huge.remainder.high : math.mul(huge.remainder.high, sign),
    addHalf ? huge.remainder.low : math.mul(huge.remainder.low, sign),
    huge.count,
  );
  builder.continueIn(join);
  const [joinedHigh = high, joinedLow = low, count = quotient] = join.parameters;
  return { r: { high: joinedHigh, low: joinedLow }, count };
}
