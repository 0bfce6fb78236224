/** Numbers in bytes against JavaScript's own, which is what they must be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNumber } from "./parse-number.ts";
import { longestNumber, printNumber } from "./print-number.ts";
import { printDay, printTime } from "./print-time.ts";

const bytes = Buffer.alloc(100);

function printed(value: number): string {
  const end = printNumber(bytes, 3, value);
  expect(end - 3).toBeLessThanOrEqual(longestNumber);
  return bytes.toString("latin1", 3, end);
}

function parsed(text: string): number {
  const padded = Buffer.from(`7${text}7`);
  return parseNumber(padded, 1, padded.length - 1);
}

/** Every kind of double: any bits, short decimals, whole numbers, floats of 32 bits, powers of two and their neighbours. */
const numbers = fc.oneof(
  fc.double(),
  fc.double({ min: -1, max: 1 }),
  fc.double({ min: 1e-8, max: 1e22 }),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 22 })).map(([digits, places]) => digits / 10 ** places),
  fc.tuple(fc.integer(), fc.integer({ min: -12, max: 20 })).map(([digits, places]) => Number(`${digits}e${places}`)),
  fc.maxSafeInteger(),
  fc.float(),
  fc
    .tuple(fc.integer({ min: -80, max: 80 }), fc.integer({ min: -3, max: 3 }))
    .map(([e, n]) => 2 ** e * (1 + n * 2 ** -52)),
);

describe("numbers in bytes", () => {
  it("are written as JavaScript writes them, -0 with its sign", () => {
    for (const value of [0, -0, 1, -1, 10, 1e15, 1e16, 123456789012345680, 1e21, 1e20, 1e-6, 1e-7, 1.5e-6, 0.1 + 0.2])
      expect(printed(value)).toBe(Object.is(value, -0) ? "-0" : String(value));
    for (const value of [Number.NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE, 9999999999999998, 0.5])
      expect(printed(value)).toBe(String(value));
    fc.assert(
      fc.property(numbers, (value) => {
        expect(printed(value)).toBe(Object.is(value, -0) ? "-0" : String(value));
      }),
      { numRuns: 6000 },
    );
  });

  it("are read as JavaScript reads them, or not at all", () => {
    let unread = 0;
    const check = (text: string): void => {
      const value = parsed(text);
      if (Number.isNaN(value)) unread++;
      else if (!Object.is(value, Number(text))) expect(`${text}: ${value}`).toBe(`${text}: ${Number(text)}`);
    };
    fc.assert(
      fc.property(numbers, (value) => check(String(value))),
      { numRuns: 6000 },
    );
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 20 });
    const texts = fc
      .tuple(
        fc.constantFrom("", "-", "+"),
        digits,
        fc.constantFrom("", "."),
        digits,
        fc.option(fc.integer({ min: -45, max: 45 })),
      )
      .map(([sign, whole, point, rest, e]) => sign + whole + point + rest + (e === null ? "" : `e${e}`));
    fc.assert(fc.property(texts, check), { numRuns: 6000 });
    expect(unread).toBeLessThan(6000);
    unread = 0;
    for (const text of ["0.1", "-0", "1e5", "2.50", "+7", "12345678901234567890", "3.141592653589793238", ".5", "5."])
      check(text);
    expect(unread).toBe(0);
  });

  it("exactly between two doubles go to the even one", () => {
    // (2 n + 1) / 2^k with 54 bits is the middle of two doubles; its decimals are exact.
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }), fc.integer({ min: 1, max: 60 }), (n, k) => {
        const decimals = ((2n * n + 1n) * 5n ** BigInt(k)).toString().padStart(k + 1, "0");
        const text = `${decimals.slice(0, -k)}.${decimals.slice(-k)}`;
        const value = parsed(text);
        if (!Number.isNaN(value)) expect(value).toBe(Number(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("that are not plainly decimal are left to JavaScript", () => {
    for (const text of [
      "",
      " ",
      "x",
      "1x",
      "0x10",
      "1e",
      "1e+",
      "--1",
      "1.2.3",
      "Infinity",
      "nan",
      "1,5",
      " 1",
      "1 ",
      "1_0",
      ".",
      "e5",
      "1e99999",
    ])
      expect(parsed(text), text).toBeNaN();
  });
});

describe("times in bytes", () => {
  const time = (value: bigint, unit: "s" | "ms" | "us" | "ns"): string => {
    const low = Number(BigInt.asUintN(32, value));
    return bytes.toString("latin1", 5, printTime(bytes, 5, Number(value >> 32n), low, unit));
  };

  it("are those of Date", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        const milliseconds = date.getTime();
        expect(time(BigInt(milliseconds), "ms")).toBe(date.toISOString());
        expect(time(BigInt(milliseconds) * 1000n, "us")).toBe(date.toISOString());
        const day = Math.floor(milliseconds / 86_400_000);
        expect(bytes.toString("latin1", 0, printDay(bytes, 0, day))).toBe(
          new Date(day * 86_400_000).toISOString().split("T")[0],
        );
      }),
      { numRuns: 3000 },
    );
  });

  it("keep what is finer than a millisecond, and leave out what is no time", () => {
    expect(time(1_600_000_000_123_456_789n, "ns")).toBe("2020-09-13T12:26:40.123456789Z");
    expect(time(-1n, "ns")).toBe("1969-12-31T23:59:59.999999999Z");
    expect(time(-(2n ** 63n), "ns")).toBe("1677-09-21T00:12:43.145224192Z");
    expect(time(2n ** 63n - 1n, "ns")).toBe("2262-04-11T23:47:16.854775807Z");
    expect(time(1_600_000_000_123_456n, "us")).toBe("2020-09-13T12:26:40.123456Z");
    expect(time(1_600_000_000n, "s")).toBe("2020-09-13T12:26:40.000Z");
    for (const unit of ["s", "ms", "us"] as const) expect(time(2n ** 63n - 1n, unit)).toBe("");
  });
});
