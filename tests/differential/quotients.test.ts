/**
 * Quotients of columns, some of which the divider takes and some multiplications (src/targets/x64/software-quotients.ts): the bits of the
 * scalar instruction. Among the arguments are such whose quotients are as near to the middle of two numbers as any: with
 * m = M * 2^-52 and n = N * 2^-52 in [1, 2), and the middle K * 2^-53, M * 2^53 is N * K + c for a small odd c (below 1: one bit more).
 */
import { expect, test } from "vitest";
import { compile } from "../../node/index.ts";
import { runsOr } from "../random-runs.ts";
import { anyNumber, compileDividing, doubleOf, randomWord } from "./random-doubles.ts";

/** In [1, 2). */
const mantissa = (): number => doubleOf(randomWord(), (randomWord() >>> 12) | 0x3ff0_0000);
const signed = (x: number): number => (randomWord() % 2 === 0 ? x : -x);

/** The inverse of an odd number modulo 2^54, with twice as many bits right in each turn. */
function inverse(odd: bigint): bigint {
  let found = odd;
  for (let turn = 0; turn < 6; turn++) found = BigInt.asUintN(54, found * (2n - odd * found));
  return found;
}

const hardly = [1n, -1n, 3n, -3n, 5n, -5n];

/** A dividend and a divisor whose quotient lies next to the middle of two numbers; undefined where there is none for the numbers drawn. */
function nearMiddle(): [number, number] | undefined {
  const below = BigInt(randomWord() % 2);
  const middle = (1n << 53n) | (BigInt(randomWord() >>> 11) << 32n) | BigInt(randomWord()) | 1n;
  const c = hardly[randomWord() % hardly.length] ?? 1n;
  const n = BigInt.asUintN(53 + Number(below), -c * inverse(middle));
  const m = (n * middle + c) >> (53n + below);
  const fits = (each: bigint): boolean => each >= 1n << 52n && each < 1n << 53n;
  return fits(n) && fits(m) ? [Number(m) * 2 ** -52, Number(n) * 2 ** -52] : undefined;
}

/** Each pair in each lane of each vector in flight. */
function spread(pairs: readonly (readonly [number, number])[]): readonly [Float64Array, Float64Array] {
  const x = new Float64Array(32 * pairs.length);
  const y = new Float64Array(32 * pairs.length);
  pairs.forEach(([a, b], index) => {
    x.fill(a, 32 * index, 32 * index + 32);
    y.fill(b, 32 * index, 32 * index + 32);
  });
  return [x, y];
}

function expectQuotients([x, y]: readonly [Float64Array, Float64Array]): void {
  using quotients = compile("x / y");
  using usual = compileDividing("x / y");
  using chosen = compile("x > y ? x / y : y / x");
  const [a, b, c] = [quotients, usual, chosen].map((f) => f.map({ x, y }));
  for (let row = 0; row < x.length; row++) {
    const [dividend = 0, divisor = 0] = [x[row], y[row]];
    const right = dividend / divisor;
    const rightChoice = dividend > divisor ? right : divisor / dividend;
    if (!Object.is(a?.[row], right) || !Object.is(b?.[row], right) || !Object.is(c?.[row], rightChoice))
      expect([row, dividend, divisor, a?.[row], b?.[row], c?.[row]]).toEqual([
        row,
        dividend,
        divisor,
        right,
        right,
        rightChoice,
      ]);
  }
}

test("special values, subnormal numbers, and the ends of each range", () => {
  const { MAX_VALUE, MIN_VALUE, POSITIVE_INFINITY } = Number;
  const list = [0, 1, 1.5, 3, 2 - 2 ** -52, 1 + 2 ** -52, POSITIVE_INFINITY, Number.NaN, MIN_VALUE, 3 * MIN_VALUE];
  list.push(2 ** -1022, 2 ** -1022 - 2 ** -1074, 2 ** -1021, 2 ** 1023, 2 ** 1022, MAX_VALUE, MAX_VALUE / 3, 2 ** 511);
  const numbers = list.flatMap((number) => [number, -number]);
  expectQuotients(spread(numbers.flatMap((a) => numbers.map((b) => [a, b] as const))));
});

test("quotients as near to the middle of two numbers as any", () => {
  const pairs: [number, number][] = [];
  for (let run = 0; run < 6000; run++) {
    const pair = nearMiddle();
    if (pair === undefined) continue;
    const [m, n] = pair;
    pairs.push([signed(m * 2 ** (randomWord() % 500)), signed(n * 2 ** -(randomWord() % 500))]);
  }
  expect(pairs.length).toBeGreaterThan(1000);
  expectQuotients(spread(pairs));
});

test("mantissas at the ends of their range", () => {
  const ends: number[] = [];
  for (let k = 0; k < 24; k++) ends.push(1 + k * 2 ** -52, 2 - (k + 1) * 2 ** -52);
  expectQuotients(spread(ends.flatMap((a) => ends.map((b) => [a, b] as const))));
});

test("divisors next to 2: all dividends whose quotients are next to a middle, and others", () => {
  const pairs: [number, number][] = [];
  let near = 0;
  for (let k = 1; k <= 15; k++) {
    const n = (1n << 53n) - BigInt(k);
    const divisor = Number(n) * 2 ** -52;
    for (let run = 0; run < 300; run++) pairs.push([mantissa(), divisor]);
    // With an even n, c is even, and the quotient twice as far from the middle.
    for (const m of dividendsNearMiddle(n)) {
      near++;
      pairs.push([m, divisor]);
    }
  }
  expect(near).toBeGreaterThan(100);
  expectQuotients(spread(pairs));
});

/** Mantissas of dividends whose quotients by this divisor of 53 bits are next to a middle. */
function dividendsNearMiddle(n: bigint): number[] {
  const found: number[] = [];
  if (n % 2n === 0n) return found;
  for (const below of [0, 1])
    for (let c = -33n; c <= 33n; c += 2n) {
      const least = BigInt.asUintN(53 + below, -c * inverse(n));
      const middle = below === 0 ? least | (1n << 53n) : least;
      const m = (n * middle + c) >> BigInt(53 + below);
      if (middle >= 1n << 53n && m >= 1n << 52n && m < 1n << 53n) found.push(Number(m) * 2 ** -52);
    }
  return found;
}

test("quotients by constants", () => {
  const { MAX_VALUE, MIN_VALUE, POSITIVE_INFINITY } = Number;
  const special = [0, 1, 3, POSITIVE_INFINITY, Number.NaN, MIN_VALUE, 7 * MIN_VALUE, 2 ** -1022, 2 ** -1020, MAX_VALUE];
  const constants = [3, -7, 10, 0.1, 1000, 1 / 3, 1.9999999999999998, 1.0000000000000002, 1e-300, -1e300, MAX_VALUE];
  for (let run = 0; run < 12; run++) constants.push(signed(mantissa() * 2 ** ((randomWord() % 200) - 100)));
  for (const constant of [...constants, MIN_VALUE, 123 * MIN_VALUE]) {
    let n = Math.abs(constant);
    while (n < 2 ** 52) n *= 2;
    while (n >= 2 ** 53) n /= 2;
    const numbers = special.flatMap((each) => [each, -each]);
    for (const m of dividendsNearMiddle(BigInt(n))) numbers.push(m, signed(m * 2 ** ((randomWord() % 400) - 200)));
    for (let run = 0; run < 300; run++) numbers.push(mantissa(), anyNumber(), constant * mantissa() * 2 ** -1024);
    const [x] = spread(numbers.map((number) => [number, 1]));
    using f = compile(`x / (${constant})`);
    const quotients = f.map({ x });
    for (let row = 0; row < x.length; row++)
      if (!Object.is(quotients[row], (x[row] ?? 0) / constant))
        expect([constant, x[row], quotients[row]]).toEqual([constant, x[row], (x[row] ?? 0) / constant]);
  }
});

test("quotients that are subnormal are rounded once", () => {
  const pairs: [number, number][] = [];
  for (let run = 0; run < 2000; run++) {
    const divisor = mantissa() * 2 ** (randomWord() % 100);
    const middle = (2 * (randomWord() % 2 ** (1 + (randomWord() % 30))) + 1) * divisor * 2 ** -1000 * 2 ** -75;
    pairs.push([middle, divisor], [middle * (1 + 2 ** -52), divisor], [middle * (1 - 2 ** -53), divisor]);
  }
  expectQuotients(spread(pairs));
});

test("any numbers", () => {
  for (let left = runsOr(1 << 18); left > 0; left -= 1 << 17) {
    const rows = Math.min(left, 1 << 17);
    expectQuotients([new Float64Array(rows).map(anyNumber), new Float64Array(rows).map(anyNumber)]);
    expectQuotients([new Float64Array(rows).map(mantissa), new Float64Array(rows).map(mantissa)]);
  }
});
