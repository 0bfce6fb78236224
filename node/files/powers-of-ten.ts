/**
 * Powers of ten as unevaluated sums of two doubles, and the product of two doubles as such a sum (T. J. Dekker, "A floating-point
 * technique for extending the available precision", 1971): some 106 bits, enough to tell for nearly every number how a text
 * is rounded to a double and which digits a double needs. Where they are not enough, callers ask JavaScript itself.
 */

/** The least and the greatest exponent in the tables. */
export const leastPower = -60;
export const greatestPower = 60;

/** 10^(k + leastPower), rounded, and what is left of it, rounded: the relative error of both together is below 2^-105. */
export const powerHigh = new Float64Array(greatestPower - leastPower + 1);
export const powerLow = new Float64Array(powerHigh.length);

const splitter = 2 ** 27 + 1;

for (let k = 0; k < powerHigh.length; k++) {
  const exponent = k + leastPower;
  const high = Number(`1e${exponent}`);
  powerHigh[k] = high;
  powerLow[k] = exponent >= 0 ? Number(10n ** BigInt(exponent) - BigInt(high)) : restOfFraction(high, -exponent);
}

/** 10^-digits - high, where high is the double nearest to 10^-digits. */
function restOfFraction(high: number, digits: number): number {
  // high = whole / 2^scale exactly; so the rest is (2^scale - whole 10^digits) / (2^scale 10^digits).
  const scale = 52 - Math.floor(Math.log2(high)) + 1;
  const whole = BigInt(high * 2 ** (scale >> 1) * 2 ** (scale - (scale >> 1)));
  const rest = 2n ** BigInt(scale) - whole * 10n ** BigInt(digits);
  return Number(rest) / 2 ** scale / Number(`1e${digits}`);
}

/** What a * b lacks when it is `product`, the rounded one; exact where nothing over- or underflows. */
export function productRest(a: number, b: number, product: number): number {
  const aScaled = splitter * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = splitter * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
