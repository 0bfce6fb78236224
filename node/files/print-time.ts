/**
 * Times and days in ISO 8601, `2024-02-03T04:05:06.789Z`, into bytes and without a Date for each. Beyond milliseconds there are as many
 * digits as the unit has, where any of them is not 0. Days become dates by counting from the first of March of year 0, so that
 * the leap day is a year's last: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
import { printDigits } from "./print-number.ts";
import { perMillisecond, type TimeUnit } from "./table.ts";

/** How many bytes a time may need. */
export const longestTime = 40;

const dash = 0x2d;
const colon = 0x3a;
const dayMilliseconds = 86_400_000;

/** The last time that has a date in JavaScript; beyond it, and before its negative, nothing is written. */
const lastTime = 8.64e15;

/** The date that was written last: times of one day often follow each other. */
const knownDate = new Uint8Array(longestTime);
let knownDay = Number.NaN;
let knownLength = 0;

/** Writes a time, an integer of 64 bits in two halves; gives the place behind it. */
export function printTime(bytes: Uint8Array, at: number, high: number, low: number, unit: TimeUnit): number {
  const per = perMillisecond[unit];
  let time = high * 4294967296 + low; // rounded where it is no safe integer
  let rest = 0;
  if (per < 1) time /= per;
  else if (per > 1 && Number.isSafeInteger(time)) {
    const whole = Math.floor(time / per);
    rest = time - whole * per;
    time = whole;
  } else if (per > 1) {
    // 2^32 = a per + b, so the value is high a per + (high b + low), and all of these are exact.
    const a = Math.floor(4294967296 / per);
    const small = high * (4294967296 - a * per) + low;
    const whole = Math.floor(small / per);
    rest = small - whole * per;
    time = high * a + whole;
  }
  if (!(Math.abs(time) <= lastTime)) return at;
  const day = Math.floor(time / dayMilliseconds);
  const within = time - day * dayMilliseconds;
  if (day !== knownDay) {
    knownDay = day;
    knownLength = printDay(knownDate, 0, day);
  }
  let place = at;
  for (let k = 0; k < knownLength; k++) bytes[place++] = knownDate[k] ?? 0;
  const seconds = Math.floor(within / 1000);
  bytes[place] = 0x54;
  printDigits(bytes, place + 1, Math.floor(seconds / 3600), 2);
  bytes[place + 3] = colon;
  printDigits(bytes, place + 4, Math.floor(seconds / 60) % 60, 2);
  bytes[place + 6] = colon;
  printDigits(bytes, place + 7, seconds % 60, 2);
  bytes[place + 9] = 0x2e;
  printDigits(bytes, place + 10, within - seconds * 1000, 3);
  place += 13;
  if (rest !== 0) {
    const digits = per === 1000 ? 3 : 6;
    printDigits(bytes, place, rest, digits);
    place += digits;
  }
  bytes[place] = 0x5a;
  return place + 1;
}

/** Writes a day, counted from the first of 1970; gives the place behind it. */
export function printDay(bytes: Uint8Array, at: number, day: number): number {
  if (Math.abs(day) > lastTime / dayMilliseconds) return at;
  const shifted = day + 719_468; // days since March 1 of year 0
  const era = Math.floor(shifted / 146_097); // 400 years
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  let place = at;
  if (year >= 0 && year <= 9999) {
    printDigits(bytes, place, year, 4);
    place += 4;
  } else {
    // As ECMA-262 writes such years.
    bytes[place] = year < 0 ? dash : 0x2b;
    printDigits(bytes, place + 1, Math.abs(year), 6);
    place += 7;
  }
  bytes[place] = dash;
  printDigits(bytes, place + 1, month, 2);
  bytes[place + 3] = dash;
  printDigits(bytes, place + 4, dayOfYear - Math.floor((153 * march + 2) / 5) + 1, 2);
  return place + 6;
}
