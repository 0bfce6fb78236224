import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompileError } from "../../base/diagnostics.ts";
import { Accumulator } from "./accumulator.ts";
import { CalculatorInterpreter, interpret } from "./interpret.ts";
import { readProgram } from "./read-program.ts";
import { StrictReader } from "./strict.ts";

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.bigInt({ min: 2n ** 32n - 3n, max: 2n ** 32n + 3n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n, -(2n ** 62n) - 1n, -(2n ** 32n), 2n ** 31n, -(2n ** 31n)),
);
const fits = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

describe("the accumulator", () => {
  test("does 64-bit arithmetic as BigInt does, and tells when it wraps", () => {
    fc.assert(
      fc.property(int64, int64, (value, other) => {
        const wraps: Record<string, boolean | undefined> = {};
        const resultOf = (change: (accumulator: Accumulator) => boolean | undefined, name: string): bigint => {
          const accumulator = new Accumulator(value);
          wraps[name] = change(accumulator);
          return accumulator.toBigInt();
        };
        expect(resultOf(() => undefined, "none")).toBe(value);
        expect(resultOf((a) => a.increment(), "+")).toBe(BigInt.asIntN(64, value + 1n));
        expect(resultOf((a) => a.decrement(), "-")).toBe(BigInt.asIntN(64, value - 1n));
        expect(resultOf((a) => a.double(), "*")).toBe(BigInt.asIntN(64, value * 2n));
        const addend = new Accumulator(other);
        expect(resultOf((a) => a.add(addend.low, addend.high), "sum")).toBe(BigInt.asIntN(64, value + other));
        expect(wraps).toStrictEqual({
          none: undefined,
          "+": !fits(value + 1n),
          "-": !fits(value - 1n),
          "*": !fits(value * 2n),
          sum: !fits(value + other),
        });
        expect(resultOf((a) => void a.halve(), "/")).toBe(value / 2n);
        expect(resultOf((a) => void a.halveDown(), ">>")).toBe(value >> 1n);
        expect(new Accumulator(value).isJustBelow(new Accumulator(other))).toBe(
          BigInt.asIntN(64, value + 1n) === other,
        );
        const difference = new Accumulator(value);
        difference.subtract(addend.low, addend.high);
        expect(difference.toBigInt()).toBe(BigInt.asIntN(64, value - other));
        if (fits(value + 1n)) expect(new Accumulator(value).isJustBelow(new Accumulator(value + 1n))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("interpret", () => {
  test.each([
    ["+ + * - /", 1n],
    ["", 0n],
    ["-/", 0n],
    ["---/", -1n],
    ["no operations here", 0n],
    ["a+b", 1n],
    [`-${"*".repeat(63)}`, -(2n ** 63n)],
    [`-${"*".repeat(63)}-`, 2n ** 63n - 1n],
    [`+${"*".repeat(64)}`, 0n],
  ])("%j is %d", (program, value) => {
    expect(interpret(program)).toBe(value);
  });

  test("starts from the input, wrapped", () => {
    expect(interpret("+", { input: 41n })).toBe(42n);
    expect(interpret("", { input: 2n ** 63n })).toBe(-(2n ** 63n));
  });

  test("reads a text as it reads its bytes, whatever the pieces", () => {
    const text = "+*é+/-😀*-".repeat(20_000);
    const whole = new CalculatorInterpreter(7n);
    readProgram(text, whole, {});
    const pieces = new CalculatorInterpreter(7n);
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += 999) pieces.feed(bytes.subarray(at, at + 999));
    expect(pieces.value).toBe(whole.value);
  });
});

describe("strict", () => {
  const faults = (run: () => void): CompileError => {
    try {
      run();
    } catch (error) {
      if (error instanceof CompileError) return error;
      throw error;
    }
    throw new Error("expected a CompileError");
  };

  test("allows operations and white space", () => {
    expect(interpret(" + +\t*\r\n- /\n", { strict: true })).toBe(1n);
  });

  test("shows every foreign character with its place", () => {
    const error = faults(() => interpret("+ +\n* x /\n😀", { strict: true }));
    expect(error.message).toBe(
      [
        'program:2:3: foreign-character: "x" (U+0078) is not an operation; the operations are + - * /',
        "  * x /",
        "    ^",
        'program:3:1: foreign-character: "😀" (U+1F600) is not an operation; the operations are + - * /',
        "  😀",
        "  ^~",
      ].join("\n"),
    );
  });

  test("names a character that cannot be shown by its number", () => {
    expect(faults(() => interpret("+\u0007", { strict: true })).message).toContain(": U+0007 is not an operation");
  });

  test("lists ten faults at most", () => {
    expect(faults(() => interpret("x".repeat(50), { strict: true })).diagnostics).toHaveLength(10);
  });

  test.each([1, 2, 3, 7, 1000])("finds the same place in pieces of %d bytes", (size) => {
    const text = `+-\n${"+".repeat(300)}${"*".repeat(9)}é//\n+`;
    const bytes = new TextEncoder().encode(text);
    const seen: number[] = [];
    const reader = new StrictReader({ feed: (piece) => void seen.push(...piece) }, "file.calc");
    const error = faults(() => {
      for (let at = 0; at < bytes.length; at += size) reader.feed(bytes.subarray(at, at + size));
    });
    expect(error.message).toContain("file.calc:2:310: foreign-character: ");
    const whole = faults(() => interpret(text, { strict: true }));
    expect(error.source.position(error.diagnostics[0]?.span.start ?? 0)).toStrictEqual(
      whole.source.position(whole.diagnostics[0]?.span.start ?? 0),
    );
    if (size === 1000) expect(error.message).toContain('"é" (U+00E9) is not an operation');
    expect(seen.length).toBeLessThan(bytes.length);
  });

  test("survives bytes that are no text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const isForeign = bytes.some((byte) => !"+-*/ \t\r\n".includes(String.fromCharCode(byte)));
        const read = (): void => new StrictReader(new CalculatorInterpreter()).feed(bytes);
        if (isForeign) expect(faults(read).diagnostics[0]?.code).toBe("foreign-character");
        else read();
      }),
    );
  });
});
