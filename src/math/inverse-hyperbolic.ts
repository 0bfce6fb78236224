/**
 * asinh, acosh and atanh, as logarithms whose argument is a sum of two numbers, so that nothing is lost where it is near 1:
 *
 *     asinh(x) = sign(x) ln(|x| + sqrt(x^2 + 1))
 *     acosh(x) = ln(x + sqrt(x^2 - 1))
 *     atanh(x) = sign(x) ln((1 + |x|) / (1 - |x|)) / 2
 *
 * Squares, roots and quotients are taken with what their rounding leaves, an error of about 2^-104. From 2^28 on the root is x itself,
 * and ln(2 x) = ln(x) + ln(2). The error is that of the logarithm, under 0.7 ULP (logarithm.ts).
 */
import type { Value } from "../ir/function.ts";
import { buildLogOfPair } from "./logarithm.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** From here on, x^2 + 1 and x^2 - 1 are x^2, to 2^-56 (f32: 2^-28); below the inverse of it, asinh and atanh are x. */
const large = { f64: 2 ** 28, f32: 2 ** 14 };

/** The logarithm of x + sqrt(x^2 + add), for x >= 0. */
function logOfSumWithRoot(math: MathBuilder, x: Value, addend: 1 | -1): Value {
  const square = math.twoProduct(x, x);
  const sum = math.twoSum(addend, square.high);
  const inside = math.quickTwoSum(sum.high, math.add(sum.low, square.low));
  const root = math.sqrt(inside.high);
  const isNothing = math.compare("feq", root, 0);
  const left = math.add(math.residual(root, root, inside.high), inside.low);
  const rootRest = math.select(isNothing, 0, math.mul(left, math.div(0.5, root)));
  const total = math.twoSum(x, root);
  const whole = math.quickTwoSum(total.high, math.add(total.low, rootRest));
  const isLarge = math.compare("fge", x, large[math.type]);
  const argument: Pair = { high: math.select(isLarge, x, whole.high), low: math.select(isLarge, 0, whole.low) };
  return buildLogOfPair(math, argument, math.select(isLarge, 1, 0));
}

export function buildAsinh(math: MathBuilder, x: Value): Value {
  const a = math.abs(x);
  const usual = math.copySign(logOfSumWithRoot(math, a, 1), x);
  // Below 2^-28 it is x, to 2^-57; infinities and NaN are themselves.
  const isUsual = math.and(
    math.compare("fge", a, 1 / large[math.type]),
    math.compare("flt", a, Number.POSITIVE_INFINITY),
  );
  return math.usually(isUsual, usual, () => x);
}

export function buildAcosh(math: MathBuilder, x: Value): Value {
  const usual = logOfSumWithRoot(math, x, -1);
  const isUsual = math.and(math.compare("fge", x, 1), math.compare("flt", x, Number.POSITIVE_INFINITY));
  return math.usually(isUsual, usual, () =>
    math.select(math.compare("feq", x, Number.POSITIVE_INFINITY), x, Number.NaN),
  );
}

export function buildAtanh(math: MathBuilder, x: Value): Value {
  const a = math.abs(x);
  const below = math.quickTwoSum(1, math.neg(a));
  // 1 + 2 a / (1 - a), the quotient in two parts.
  const twice = math.add(a, a);
  const reciprocal = math.div(1, below.high);
  const quotient = math.mul(twice, reciprocal);
  const left = math.residual(quotient, below.high, twice);
  const rest = math.mul(math.sub(left, math.mul(quotient, below.low)), reciprocal);
  const total = math.twoSum(1, quotient);
  const argument = math.quickTwoSum(total.high, math.add(total.low, rest));
  const usual = math.copySign(math.mul(buildLogOfPair(math, argument), 0.5), x);
  const isUsual = math.and(math.compare("fge", a, 1 / large[math.type]), math.compare("flt", a, 1));
  return math.usually(isUsual, usual, () => {
    const isSmall = math.compare("flt", a, 1 / large[math.type]);
    const isPole = math.compare("feq", a, 1);
    const pole = math.copySign(Number.POSITIVE_INFINITY, x);
    return math.select(isSmall, x, math.select(isPole, pole, Number.NaN));
  });
}
