/**
 * Decimal numbers in bytes of text as the doubles that JavaScript's Number() makes of them, without a string for each. Up to 15
 * digits and a power of ten that is a double are one division or multiplication (W. D. Clinger, "How to read floating
 * point numbers accurately", 1990); up to 30 digits go through sums of two doubles, which nearly always tell how to round.
 */
import { greatestPower, leastPower, powerHigh, powerLow, productRest } from "./powers-of-ten.ts";

/** 10^k, each a double. */
const exactPowers = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * The number that is written in bytes [start, end), or NaN where it is not plainly a decimal number of so many digits: then
 * `Number()` must be asked.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const first = bytes[at] ?? 0;
  const isNegative = first === 0x2d;
  if (isNegative || first === 0x2b) at++;
  let head = 0;
  let tail = 0;
  let digits = 0;
  let scale = 0;
  let hasDigit = false;
  let isFraction = false;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 9) {
      hasDigit = true;
      if (isFraction) scale--;
      if (digits < 15) {
        head = head * 10 + digit;
        if (head > 0) digits++;
      } else {
        tail = tail * 10 + digit;
        digits++;
      }
    } else if (digit === -2 && !isFraction) isFraction = true;
    else break;
  }
  if (!hasDigit) return Number.NaN;
  if (at < end) {
    if (((bytes[at] ?? 0) | 0x20) !== 0x65) return Number.NaN;
    at++;
    const sign = bytes[at] ?? 0;
    if (sign === 0x2d || sign === 0x2b) at++;
    if (at >= end || end - at > 4) return Number.NaN;
    let exponent = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return Number.NaN;
      exponent = exponent * 10 + digit;
    }
    scale += sign === 0x2d ? -exponent : exponent;
  }
  const value =
    digits <= 15 ? shortValue(head, scale) : digits <= 30 ? longValue(head, tail, digits - 15, scale) : Number.NaN;
  return isNegative ? -value : value;
}

function shortValue(head: number, scale: number): number {
  if (scale === 0 || head === 0) return head;
  if (scale < 0 && scale >= -22) return head / (exactPowers[-scale] ?? 1);
  if (scale > 0 && scale <= 22) return head * (exactPowers[scale] ?? 1);
  return longValue(head, 0, 0, scale);
}

/** (head * 10^tailDigits + tail) * 10^scale, or NaN where it is too near to the middle of two doubles. */
function longValue(head: number, tail: number, tailDigits: number, scale: number): number {
  if (scale < leastPower || scale > greatestPower) return Number.NaN;
  const power = exactPowers[tailDigits] ?? 1;
  const product = head * power;
  const sum = product + tail;
  const rest = productRest(head, power, product) + (tail - (sum - product));
  const high = powerHigh[scale - leastPower] ?? 1;
  const low = powerLow[scale - leastPower] ?? 0;
  const value = sum * high;
  const correction = productRest(sum, high, value) + (sum * low + rest * high);
  const nearest = value + correction;
  const beside = correction - (nearest - value);
  const doubt = nearest * 2 ** -98;
  return nearest + (beside + doubt) === nearest && nearest + (beside - doubt) === nearest ? nearest : Number.NaN;
}
