/**
 * What is left of a huge argument of a trigonometric function after all multiples of pi (or pi/2) are taken away, exactly enough for
 * 1 ULP: the case that the reduction in floating point (trigonometric-reduction.ts) leaves to a rare block.
 *
 * |x| = m * 2^E with a whole m. Of x/pi only the value modulo 2 matters, and so only a window of the bits of 1/pi that starts where
 * 2^E gives them the weight of 1. The bits stand in limbs of 31 (f32: 15) bits, so that sums of three products fit the integers
 * of the float's own width. Which limbs, a cascade of selects finds on the bits of the window's number: all of it has a vector form.
 *
 *   E + bias = width * j + s        m * 2^s = [m2 m1 m0]       window = limbs j ... j+7
 *   columns:  weight 2^0            m0*w0 + m1*w1 + m2*w2      whole, modulo 2
 *             weight 2^-width       m0*w1 + m1*w2 + m2*w3
 *             ...   2^-(5 width)    m0*w5 + m1*w6 + m2*w7      what follows is below 2^-122 (f32: 2^-58)
 *
 * No f64 beyond 2^22 is nearer to a multiple of pi/2 than 2^-61, no f32 than 2^-30, so 60 (27) bits of the difference are right.
 * Payne and Hanek, "Radian reduction for trigonometric functions", SIGNUM Newsletter 18 (1983).
 */
import type { Value } from "../ir/function.ts";
import type { MathBuilder, Pair } from "./math-builder.ts";

/** 1/pi * 2^1216, without its fraction; printed by scripts/coefficients/pi.py. */
const inversePi = BigInt(
  "0x517cc1b727220a94fe13abe8fa9a6ee06db14acc9e21c820ff28b1d5ef5de2b0db92371d2126e9700324977504e8c90e7f0ef58e5894d39f74411afa975da24274ce38135a2fbf209cc8eb1cc1a99cfa4e422fc5defc941d8ffc4bffef02cc07f79788c5ad05368fb69b3f6793e584dba7a31fb34f2ff516ba93dd63f5f2f8bd9e839cfbc529497535fdafd88fc6ae842b0198237e3db5d5",
);
const inversePiBits = 1216;

const windowLimbs = 8;
const columns = 6;

/** `remainder` is |x| - n * period, with half a period added before if asked; the lowest bit of `count` is n's. */
export interface Remainder {
  readonly remainder: Pair;
  readonly count: Value;
}

/**
 * Appends the reduction of |x| by pi, or by pi/2.
 *
 * @param least the exponent of the smallest |x| that may come here: |x| >= 2^least; infinities and NaN give NaN
 */
export function reduceHuge(
  math: MathBuilder,
  x: Value,
  options: { period: "pi" | "pi/2"; addHalf: boolean; least: number },
): Remainder {
  const width = math.type === "f64" ? 31 : 15;
  const significand = Number(math.significandBits);
  const bias = significand - options.least;
  const lastBit = (math.type === "f64" ? 971 : 104) + bias;

  // The number of the window and the shift inside it, by a multiplication that stands for the division by the width.
  const magnitude = math.bits(math.abs(x));
  const biased = math.integers("ushr", magnitude, math.significandBits);
  const position = math.integers("isub", biased, math.bias + BigInt(options.least));
  const reciprocal = BigInt(Math.floor(2 ** 16 / width) + 1);
  const number = math.integers("ushr", math.integers("imul", position, reciprocal), 16n);
  const shift = math.integers("isub", position, math.integers("imul", number, BigInt(width)));

  const implicit = 1n << math.significandBits;
  const m = math.integers("or", math.integers("and", magnitude, implicit - 1n), implicit);
  const mask = (1n << BigInt(width)) - 1n;
  const shiftedBy = (bits: number) =>
    math.integers("ushr", m, math.integers("isub", math.integer(BigInt(bits)), shift));
  const parts = [
    math.integers("and", math.integers("shl", m, shift), mask),
    math.integers("and", shiftedBy(width), mask),
    shiftedBy(2 * width),
  ];

  const limbs = limbsOf(width, bias - (options.period === "pi/2" ? 1 : 0), Math.floor(lastBit / width) + windowLimbs);
  const window = windowAt(math, limbs, number, Math.floor(lastBit / width));

  // Columns from the lowest, with carries.
  const digits: Value[] = [];
  let carry: Value | undefined;
  for (let column = columns - 1; column >= 0; column--) {
    let sum = carry;
    for (const [part, value] of parts.entries()) {
      const limb = window[column + part];
      if (limb === undefined) continue;
      const product = math.integers("imul", value, limb);
      sum = sum === undefined ? product : math.integers("iadd", sum, product);
    }
    if (sum === undefined) continue;
    if (column === 1 && options.addHalf) sum = math.integers("iadd", sum, 1n << BigInt(width - 1));
    digits[column] = column === 0 ? sum : math.integers("and", sum, mask);
    carry = math.integers("ushr", sum, BigInt(width));
  }

  // The nearest whole number, and a signed fraction as floats of one digit each.
  const [whole = m, first = m, ...rest] = digits;
  const roundsUp = math.integers("ushr", first, BigInt(width - 1));
  const count = math.integers("iadd", whole, roundsUp);
  const toFloat = (digit: Value) => {
    // A digit becomes the last bits of 2^52 (2^23).
    const whole = math.type === "f64" ? 2 ** 52 : 2 ** 23;
    const offset = (math.bias + math.significandBits) << math.significandBits;
    return math.sub(math.fromBits(math.integers("or", digit, offset)), whole);
  };
  const signedFirst = math.sub(toFloat(first), toFloat(math.integers("shl", roundsUp, BigInt(width))));
  const floats = [signedFirst, ...rest.map(toFloat)].map((digit, place) =>
    math.mul(digit, 2 ** (-width * (place + 1))),
  );
  const [d1 = x, d2 = x, d3 = x, d4 = x, d5 = x] = floats;
  const top = math.quickTwoSum(d1, d2);
  const middle = math.twoSum(top.high, d3);
  const low = math.add(math.add(middle.low, math.add(top.low, d4)), d5);
  const fraction = math.quickTwoSum(middle.high, low);

  const period = periods[math.type][options.period];
  const product = math.twoProduct(fraction.high, math.constant(period.high));
  const small = math.fma(fraction.high, period.low, math.fma(fraction.low, period.high, product.low));
  const remainder = math.quickTwoSum(product.high, small);
  const invalid = math.sub(x, x); // 0, or NaN of what is not finite
  return { remainder: { high: math.add(remainder.high, invalid), low: remainder.low }, count };
}

const periods = {
  f64: {
    pi: { high: Math.PI, low: 1.2246467991473532e-16 },
    "pi/2": { high: Math.PI / 2, low: 6.123233995736766e-17 },
  },
  f32: {
    pi: { high: Math.fround(Math.PI), low: Math.fround(Math.PI - Math.fround(Math.PI)) },
    "pi/2": { high: Math.fround(Math.PI / 2), low: Math.fround(Math.PI / 2 - Math.fround(Math.PI / 2)) },
  },
};

/** 2^-shift / pi, shift >= -1, in limbs of so many bits: limb 0 is the whole part. */
function limbsOf(width: number, shift: number, count: number): bigint[] {
  const mask = (1n << BigInt(width)) - 1n;
  return Array.from({ length: count }, (_, limb) => (inversePi >> BigInt(inversePiBits + shift - width * limb)) & mask);
}

/** The limbs from `number` on: for each bit of it, from the highest, all that may still be needed moves down or stays. */
function windowAt(math: MathBuilder, limbs: readonly bigint[], number: Value, last: number): Value[] {
  let values = limbs.map((limb) => math.integer(limb));
  for (let step = 2 ** Math.floor(Math.log2(last)); step >= 1; step /= 2) {
    const bit = math.integers("and", number, BigInt(step));
    const isSet = math.builder.emit("ine", bit, math.integer(0n));
    const needed = windowLimbs + step - 1;
    values = values.slice(0, needed + step).flatMap((value, index, all) => {
      if (index >= needed) return [];
      const moved = all[index + step];
      return [moved === undefined ? value : math.select(isSet, moved, value)];
    });
  }
  return values;
}
