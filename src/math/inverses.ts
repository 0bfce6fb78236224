/**
 * Reciprocals and inverse roots in products and sums, for functions in which they are steps of few bits: a vector of eight takes 16 cycles
 * for a division and 24 for a root, in a unit that all vectors of a loop wait for, and two to eleven of these operations a cycle and a half each.
 *
 * Taking the bits of d from a constant negates the exponent and gives 1 / d up to a factor u, which the right constant keeps within 1.5 %; half of
 * the bits of s give 1 / sqrt(s), with u = s y^2 within 6 % (the method is Blinn's, "Floating-point tricks", 1997). A minimax polynomial in u is the
 * rest of the way: relative errors 2^-27.2 and 2^-31.6 (f32: 2^-20.1 and 2^-21.2). Where more is needed the caller has the residual.
 * Without FMA residuals are dear, and these are division and root. Coefficients: scripts/coefficients/inverses.sollya.
 */
import type { Value } from "../ir/function.ts";
import type { MathBuilder } from "./math-builder.ts";

/** 1 / u on [0.707106, 0.728555]. */
const ofReciprocal = {
  f64: [5.5729681189338285, -11.64630677315158, 10.816611115433183, -3.767118809883707],
  f32: [4.179718971252441, -5.823025226593018, 2.7039880752563477],
};
/** 1 / sqrt(u) on [1.47682, 1.66128]. */
const ofRoot = {
  f64: [
    2.163037753107132, -2.3011327015983163, 1.7619812698543018, -0.8027887032456161, 0.199069402103228,
    -0.020764043004652222,
  ],
  f32: [1.747922658920288, -1.1155331134796143, 0.4269169270992279, -0.06479679048061371],
};
/** What bits are taken from. */
const magic = {
  reciprocal: { f64: 0x7fd6_a09e_667f_3bcdn, f32: 0x7eb5_04f3n },
  root: { f64: 0x5feb_d000_0000_0000n, f32: 0x5f5e_8000n },
};

/** 1 / d, to 2^-27 (f32: 2^-20), for d whose reciprocal is a normal number. 6 operations with FMA (f32: 5). */
export function nearReciprocal(math: MathBuilder, d: Value): Value {
  if (!math.options.fma) return math.div(1, d);
  const start = math.fromBits(math.integers("isub", math.integer(magic.reciprocal[math.type]), math.bits(d)));
  return math.mul(start, math.horner(math.mul(start, d), ofReciprocal[math.type]));
}

/** 1 / d with one rounding or two, to 2^-52 (f32: 2^-23). 2 operations more. */
export function goodReciprocal(math: MathBuilder, d: Value): Value {
  if (!math.options.fma) return math.div(1, d);
  const near = nearReciprocal(math, d);
  return math.fma(near, math.fnma(near, d, 1), near);
}

/** sqrt(s) and 1 / (2 sqrt(s)), both to 2^-31 (f32: 2^-21), for normal s, and 0 and something for 0. 12 operations with FMA (f32: 10). */
export function nearRoot(math: MathBuilder, s: Value): { readonly root: Value; readonly halfInverse: Value } {
  if (!math.options.fma) {
    const root = math.sqrt(s);
    const divisor = math.select(math.compare("feq", root, 0), 1, root);
    return { root, halfInverse: math.div(0.5, divisor) };
  }
  const start = math.fromBits(
    math.integers("isub", math.integer(magic.root[math.type]), math.integers("ushr", math.bits(s), 1n)),
  );
  const first = math.mul(s, start);
  const factor = math.horner(math.mul(first, start), ofRoot[math.type]);
  return { root: math.mul(first, factor), halfInverse: math.mul(math.mul(start, 0.5), factor) };
}
