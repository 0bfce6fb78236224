/**
 * Numbers as JavaScript writes them (ECMA-262, Number::toString), into bytes and without a string for each: the fewest digits
 * that read back as the same number. Whole numbers and short decimals are found by dividing; of the others 17 digits are
 * computed as a sum of two doubles, and 15, 16 or all of them are taken. Where that is too close to tell, `String` is asked.
 * Unlike `String`, -0 keeps its sign.
 */
import { greatestPower, leastPower, powerHigh, powerLow, productRest } from "./powers-of-ten.ts";

/** How many bytes a number may need. */
export const longestNumber = 32;

const power = Float64Array.from({ length: 18 }, (_, k) => 10 ** k);
const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** Two digits at once. */
const pairs = new Uint8Array(200);
for (let k = 0; k < 100; k++) {
  pairs[2 * k] = 0x30 + Math.floor(k / 10);
  pairs[2 * k + 1] = 0x30 + (k % 10);
}

/** Writes a number at a place that has room for `longestNumber` bytes; gives the place behind it. */
export function printNumber(bytes: Uint8Array, at: number, value: number): number {
  let magnitude = value;
  let place = at;
  if (value < 0 || (value === 0 && 1 / value < 0)) {
    magnitude = -value;
    bytes[place++] = 0x2d;
  }
  if (magnitude < 1e15 && Math.floor(magnitude) === magnitude) return printWhole(bytes, place, magnitude);
  if (!(magnitude >= 1e-6 && magnitude < 1e17)) return printText(bytes, at, value);
  // Few places: where the quotient of two exact numbers is this number, those are its digits.
  if (magnitude < 1e9)
    for (let places = 1; places <= 4; places++) {
      const scale = power[places] ?? 1;
      const digits = Math.round(magnitude * scale);
      if (digits / scale === magnitude) return printDecimal(bytes, place, digits, places);
    }
  return printShortest(bytes, place, magnitude) || printText(bytes, at, value);
}

function printText(bytes: Uint8Array, at: number, value: number): number {
  const text = String(value);
  for (let k = 0; k < text.length; k++) bytes[at + k] = text.charCodeAt(k);
  return at + text.length;
}

/** A whole number below 2^53. */
export function printWhole(bytes: Uint8Array, at: number, value: number): number {
  let count = 1;
  while (count < 16 && value >= (power[count] ?? 0)) count++;
  printDigits(bytes, at, value, count);
  return at + count;
}

/** `count` digits of a whole number below 2^53, with leading zeros. */
export function printDigits(bytes: Uint8Array, at: number, value: number, count: number): void {
  let place = at + count;
  let high = value;
  while (high >= 4294967296) {
    const next = Math.floor(high / 1e8);
    const part = high - next * 1e8;
    const end = place - 8;
    place = printPairs(bytes, place, end, part);
    while (place > end) bytes[--place] = 0x30;
    high = next;
  }
  place = printPairs(bytes, place, at, high);
  while (place > at) bytes[--place] = 0x30;
}

/** Digits of a whole number below 2^32, from its last, which stands before `end`, not beyond `start`; gives the place of its first. */
function printPairs(bytes: Uint8Array, end: number, start: number, value: number): number {
  let place = end;
  let rest = value >>> 0;
  while (rest >= 10 && place - start >= 2) {
    const next = (rest / 100) >>> 0;
    const pair = (rest - next * 100) << 1;
    bytes[--place] = pairs[pair + 1] ?? 0;
    bytes[--place] = pairs[pair] ?? 0;
    rest = next;
  }
  if (rest > 0 && place > start) bytes[--place] = 0x30 + (rest % 10);
  return place;
}

/** digits / 10^places, where that is no whole number. */
function printDecimal(bytes: Uint8Array, at: number, digits: number, places: number): number {
  const scale = power[places] ?? 1;
  const whole = Math.floor(digits / scale);
  const point = printWhole(bytes, at, whole);
  bytes[point] = 0x2e;
  printDigits(bytes, point + 1, digits - whole * scale, places);
  return point + 1 + places;
}

/**
 * The fewest digits that are nearer to `value` than to any other double. Gives 0 where that cannot be told: near the middle of
 * two numbers, and for powers of two, which are nearer to the double below.
 *
 * value * 10^shift is in [10^16, 10^17): its whole part is 17 digits, more than any double needs.
 */
function printShortest(bytes: Uint8Array, at: number, value: number): number {
  bits[0] = value;
  const lowWord = words[0] ?? 0;
  const highWord = words[1] ?? 0;
  if (lowWord === 0 && (highWord & 0xfffff) === 0) return 0;
  const exponent = (highWord >>> 20) - 1023;
  let shift = 16 - Math.floor((exponent + 0.5) * 0.30102999566398);
  if (shift < leastPower || shift > greatestPower) return 0;
  if (value * (powerHigh[shift - leastPower] ?? 1) >= 1e17) shift--;
  else if (value * (powerHigh[shift - leastPower] ?? 1) < 1e16) shift++;
  const high = powerHigh[shift - leastPower] ?? 1;
  const scaled = value * high;
  if (!(scaled >= 1e16 && scaled < 9.9999e16)) return 0;
  const rest = productRest(value, high, scaled) + value * (powerLow[shift - leastPower] ?? 0);
  // The 17 digits in two parts: 9, and 8 with what is behind them.
  let top = Math.floor(scaled / 1e8);
  let bottom = scaled - top * 1e8 + rest; // exact but for its last bits: scaled - top * 1e8 is a whole number below 2^30
  if (bottom < 0) {
    top--;
    bottom += 1e8;
  } else if (bottom >= 1e8) {
    top++;
    bottom -= 1e8;
  }
  // Half of the distance to the next double, on the same scale; products with a power of two are exact.
  words[0] = 0;
  words[1] = (exponent - 53 + 1023) << 20;
  const half = high * (bits[0] ?? 0);
  const doubt = 1e-6;
  for (let dropped = 2; dropped >= 0; dropped--) {
    const unit = power[dropped] ?? 1;
    const exact = bottom / unit;
    const rounded = Math.round(exact);
    if (Math.abs(Math.abs(exact - Math.floor(exact)) - 0.5) < doubt) return 0;
    const distance = Math.abs(rounded * unit - bottom);
    if (dropped > 0) {
      if (Math.abs(distance - half) < doubt) return 0;
      if (distance > half) continue;
    }
    return printScaled(bytes, at, top, rounded, 8 - dropped, shift - dropped);
  }
  return 0;
}

/** (top * 10^bottomDigits + bottom) / 10^shift, without zeros at the end. */
function printScaled(
  bytes: Uint8Array,
  at: number,
  top: number,
  bottom: number,
  bottomDigits: number,
  shift: number,
): number {
  let high = top;
  let low = bottom;
  if (low >= (power[bottomDigits] ?? 1)) {
    high++;
    low -= power[bottomDigits] ?? 1;
  }
  if (high >= 1e9) return 0;
  const count = 9 + bottomDigits;
  // The point stands behind `whole` digits; before the first there may be zeros.
  const whole = count - shift;
  if (whole > 17) return 0;
  let digits = at;
  if (whole <= 0) {
    bytes[digits++] = 0x30;
    bytes[digits++] = 0x2e;
    for (let zero = whole; zero < 0; zero++) bytes[digits++] = 0x30;
  }
  printDigits(bytes, digits, high, 9);
  printDigits(bytes, digits + 9, low, bottomDigits);
  let end = digits + count;
  while (bytes[end - 1] === 0x30 && end > digits) end--;
  if (whole <= 0) return end;
  if (end - digits <= whole) {
    // A whole number: its zeros belong to it.
    for (let place = digits + count; place < digits + whole; place++) bytes[place] = 0x30;
    return digits + whole;
  }
  for (let place = end; place > digits + whole; place--) bytes[place] = bytes[place - 1] ?? 0;
  bytes[digits + whole] = 0x2e;
  return end + 1;
}
