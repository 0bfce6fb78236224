/**
 * cbrt: |x| = m * 2^(3k + i), 1 <= m < 2, i one of -1, 0, 1; the result is 2^k times the root of c = m * 2^i.
 *
 * A cubic (f32: a quadratic) gives c^(-1/3) to 11.9 (9.1) bits; one step of order three, y + y e (1/3 + 2/9 e) with e = 1 - c y^3, trebles
 * them (f32: one of order two doubles them); t = c y^2 is then nearly the root, and one Newton step on the residual c - t^3 leaves
 * its own rounding. No division: 1 / (3 t^2) is y^2 / 3. Coefficients from scripts/coefficients/cbrt.sollya.
 * Newton steps on the inverse root: Kahan and Bindel, "Computing a real cube root" (2001). Error: at most 0.51 ULP.
 * Zeros, subnormals, infinities and NaN take a rare block.
 */
import type { Value } from "../ir/function.ts";
import type { MathBuilder } from "./math-builder.ts";

const coefficients = {
  f64: [1.5418870148823973, -0.8099603224733893, 0.3177571236717322, -0.04993690159281229],
  f32: [1.3881568908691406, -0.48332250118255615, 0.09339791536331177],
};

/** The parabola through 2^(1/3), 1 and 2^(-1/3) at -1, 0 and 1: 1 + linear i + square i^2. */
const parabola = {
  f64: { square: 0.02681078793948649, linear: -0.2331102619553867 },
  f32: { square: Math.fround(0.02681078793948649), linear: Math.fround(-0.2331102619553867) },
};

export function buildCbrt(math: MathBuilder, x: Value): Value {
  const magnitude = math.abs(x);
  const [least, most] = math.type === "f64" ? [2 ** -1022, Number.MAX_VALUE] : [2 ** -126, 2 ** 128 - 2 ** 104];
  const isUsual = math.and(math.compare("fge", magnitude, least), math.compare("fle", magnitude, most));
  return math.usually(isUsual, math.copySign(rootOfNormal(math, magnitude), x), () => {
    const step = math.type === "f64" ? 18 : 8;
    const root = math.mul(rootOfNormal(math, math.mul(magnitude, 2 ** (3 * step))), 2 ** -step);
    const isSubnormal = math.and(
      math.compare("fgt", magnitude, 0),
      math.compare("flt", magnitude, Number.POSITIVE_INFINITY),
    );
    return math.select(isSubnormal, math.copySign(root, x), math.add(x, x));
  });
}

/** The root of a positive normal number. */
function rootOfNormal(math: MathBuilder, x: Value): Value {
  const bits = math.bits(x);
  const exponentBits = math.integers("ushr", bits, math.significandBits);
  // The biased exponent as the last bits of 2^52 (2^23), and so as a float.
  const whole = 2 ** Number(math.significandBits);
  const offset = (math.bias + math.significandBits) << math.significandBits;
  const exponent = math.sub(math.fromBits(math.integers("or", exponentBits, offset)), whole + Number(math.bias));
  const third = math.roundedProduct(exponent, math.type === "f64" ? 1 / 3 : Math.fround(1 / 3));
  const i = math.fma(third.float, -3, exponent);

  const one = math.bias << math.significandBits;
  const m = math.fromBits(math.integers("or", math.integers("and", bits, (1n << math.significandBits) - 1n), one));
  const c = math.mul(m, math.fma(math.fma(i, 0.25, 0.75), i, 1)); // 2^i
  const { square, linear } = parabola[math.type];
  const start = math.horner(m, coefficients[math.type]);
  // 2^(-i/3), nearly: the parabola through its three values.
  const y0 = math.mul(start, math.fma(math.fma(i, square, linear), i, 1));
  const e = math.fnma(math.mul(c, y0), math.mul(y0, y0), 1);
  const oneThird = math.type === "f64" ? 1 / 3 : Math.fround(1 / 3);
  const factor = math.type === "f64" ? math.fma(e, 2 / 9, oneThird) : math.constant(oneThird);
  const y = math.fma(math.mul(y0, e), factor, y0);

  const ySquare = math.mul(y, y);
  const t = math.mul(c, ySquare);
  const power = math.twoProduct(t, t);
  const rest = math.fnma(power.low, t, math.residual(power.high, t, c));
  const root = math.fma(rest, math.mul(ySquare, oneThird), t);
  return math.fromBits(math.integers("iadd", math.bits(root), math.toExponent(third.integer)));
}
