/**
 * atan and atan2.
 *
 * The angle is u pi/4 + atan(t) with |t| <= 1/2: for a slope up to 1/2 t is the slope, from 2 on its reciprocal, negated, and between
 * (h - w) / (h + w), h the height and w the width. The operands of the division carry the signs that make all quadrants a sum.
 * What the rounding of h + w and of the quotient leaves is kept as a second number.
 * atan(t) = t + t^3 P(t^2), a minimax polynomial of relative error 2^-57.7 (f32: 2^-27.4), scripts/coefficients/atan.sollya.
 * The reduction is that of Cephes' atan.c with other bounds. Error: at most 0.8 ULP (f32: 0.85).
 * fastMath: one term less, no second numbers.
 */
import type { Value } from "../ir/function.ts";
import { roughReciprocal, usuallyAll } from "./extended-steps.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

const coefficients = {
  f64: [
    -0.3333333333333298, 0.19999999999903123, -0.1428571427638746, 0.11111110659708877, -0.09090896246524781,
    0.07692073939410958, -0.06663810877465709, 0.05858300584676323, -0.051220128119298915, 0.041865229890104126,
    -0.02743523443552715, 0.010117037543036871,
  ],
  f32: [-0.3333323299884796, 0.19994185864925385, -0.14174582064151764, 0.10158165544271469, -0.05129775404930115],
};

const fewerCoefficients = {
  f64: [
    -0.33333333333327503, 0.1999999999863092, -0.14285714173714897, 0.11111106528258276, -0.09090799673923083,
    0.07690654707817243, -0.06650148983018776, 0.057708510476014246, -0.04753102929807365, 0.032011573026373495,
    -0.012333470432372205,
  ],
  f32: coefficients.f32,
};

/** pi/4 in two parts, the first with bits to spare: its multiples up to 4 are exact. */
const quarterPi = {
  f64: { high: Math.PI / 4, low: 3.061616997868383e-17 },
  f32: { high: 0.785398006439209, low: 1.5695823663008923e-7 },
};

export function buildAtan(math: MathBuilder, x: Value): Value {
  const height = math.abs(x);
  // Beyond this the result is pi/2; and infinity must not meet a 0.
  const most = 2 ** 100;
  const bounded = math.select(math.compare("fgt", height, most), most, height);
  const isSteep = math.compare("fgt", height, 2);
  const isMiddle = math.and(math.compare("fgt", height, 0.5), math.not(isSteep));
  const larger = math.select(isSteep, bounded, 1);
  const ratio = quotient(
    math,
    math.select(isMiddle, math.sub(height, 1), math.select(isSteep, -1, height)),
    math.quickTwoSum(larger, math.select(isMiddle, height, 0)),
  );
  const eighths = math.select(isMiddle, 1, math.select(isSteep, 2, 0));
  return math.copySign(angle(math, eighths, ratio), x);
}

export function buildAtan2(math: MathBuilder, y: Value, x: Value): Value {
  const [least, most] = math.type === "f64" ? [2 ** -900, 2 ** 990] : [2 ** -80, 2 ** 110];
  const usual = slope(math, y, x);
  const extent = math.abs(usual.larger);
  const isUsual = math.and(math.compare("fge", extent, least), math.compare("fle", extent, most));
  const [eighths = x, high = x, low = x] = usuallyAll(
    math,
    isUsual,
    [usual.eighths, usual.ratio.high, usual.ratio.low],
    () => {
      // Infinities count as 1 against 0, or as 1 and 1; the exponents come to the middle; what is NaN stays so.
      const infinity = Number.POSITIVE_INFINITY;
      const isInfinite = math.compare("feq", extent, infinity);
      const step = math.type === "f64" ? 600 : 60;
      const scale = math.select(math.compare("fgt", extent, 1), 2 ** -step, 2 ** step);
      const moved = (value: Value) => {
        const limit = math.select(math.compare("feq", math.abs(value), infinity), 1, math.mul(value, 0));
        return math.select(isInfinite, math.copySign(limit, value), math.mul(value, scale));
      };
      const again = slope(math, moved(y), moved(x));
      const isZero = math.and(math.compare("feq", extent, 0), math.compare("feq", y, y));
      const zeroTo = (value: Value) => math.select(isZero, 0, value);
      return [again.eighths, zeroTo(again.ratio.high), zeroTo(again.ratio.low)];
    },
  );
  return math.copySign(angle(math, eighths, { high, low }), y);
}

interface Slope {
  /** The angle is so many times pi/4, and the arc tangent of the ratio. */
  readonly eighths: Value;
  readonly ratio: Pair;
  /** x, or the height with the sign of x where that is larger. */
  readonly larger: Value;
}

/** The angle from the right to (x, |y|). */
function slope(math: MathBuilder, y: Value, x: Value): Slope {
  const height = math.abs(y);
  const width = math.abs(x);
  const signedHeight = math.copySign(height, x);
  const isSteep = math.compare("fgt", height, width);
  const larger = math.select(isSteep, signedHeight, x);
  const smaller = math.select(isSteep, x, signedHeight);
  const isMiddle = math.compare("fgt", math.abs(smaller), math.mul(math.abs(larger), 0.5));
  const ratio = quotient(
    math,
    math.select(isMiddle, math.sub(height, width), math.select(isSteep, math.neg(width), height)),
    math.quickTwoSum(larger, math.select(isMiddle, smaller, 0)),
  );
  const fromTop = math.select(isMiddle, 1, math.select(isSteep, 0, 2));
  return { eighths: math.sub(2, math.copySign(fromTop, x)), ratio, larger };
}

function quotient(math: MathBuilder, numerator: Value, denominator: Pair): Pair {
  const high = math.div(numerator, denominator.high);
  if (math.options.fastMath) return { high, low: high }; // low is not used then
  const rest = math.fnma(high, denominator.low, math.residual(high, denominator.high, numerator));
  const low = math.mul(rest, roughReciprocal(math, denominator.high));
  if (math.options.fma) return { high, low };
  // Without FMA the residual of a tiny numerator underflows; and beside a tiny quotient its rest does not count.
  const counts = math.compare("fgt", math.abs(high), math.type === "f64" ? 2 ** -30 : 2 ** -15);
  return { high, low: math.select(counts, low, 0) };
}

/** eighths * pi/4 + atan(t), rounded. */
function angle(math: MathBuilder, eighths: Value, t: Pair): Value {
  const { fastMath } = math.options;
  const { high: quarter, low: quarterLow } = quarterPi[math.type];
  const z = math.mul(t.high, t.high);
  const p = math.polynomial(z, (fastMath ? fewerCoefficients : coefficients)[math.type]);
  if (fastMath) {
    const arc = math.fma(math.mul(t.high, z), p, t.high);
    return math.fma(eighths, quarter, math.fma(eighths, quarterLow, arc));
  }
  const tail = math.fma(math.mul(t.high, z), p, t.low);
  const high = math.fma(eighths, quarter, t.high);
  const low = math.sub(t.high, math.fma(eighths, -quarter, high));
  return math.add(high, math.add(low, math.fma(eighths, quarterLow, tail)));
}
