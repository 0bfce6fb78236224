import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CompileError,
  call,
  compile,
  DisposedError,
  interpret,
  MemoryError,
  run,
  StreamingCompiler,
} from "./calculator.ts";

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const extremes = [0n, 1n, -1n, 2n, -2n, 3n, -3n, 2n ** 62n, -(2n ** 62n), 2n ** 63n - 1n, -(2n ** 63n), 1n - 2n ** 63n];

/** The language in BigInt, straight from its definition. */
function reference(program: string, input: bigint): bigint {
  let value = input;
  for (const operation of program) {
    if (operation === "+") value = wrap(value + 1n);
    else if (operation === "-") value = wrap(value - 1n);
    else if (operation === "*") value = wrap(value * 2n);
    else if (operation === "/") value /= 2n;
  }
  return value;
}

// Long runs of one operation reach the bounds; other characters are to be skipped.
const operation = fc.constantFrom("+", "-", "*", "/");
const count = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: 140 }));
const run1 = fc.tuple(operation, count).map(([character, times]) => character.repeat(times));
const program = fc
  .array(fc.oneof({ weight: 9, arbitrary: run1 }, fc.constantFrom(" ", "x", "\n", "é")), { maxLength: 40 })
  .map((parts) => parts.join(""));
const int64 = fc.oneof(
  fc.constantFrom(...extremes),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -200n, max: 200n }),
);

describe("on the CPU", () => {
  test("interpreter, unoptimised and optimised code agree with the definition on random programs", () => {
    let calls = 0;
    fc.assert(
      fc.property(program, fc.array(int64, { maxLength: 6 }), (text, inputs) => {
        const plain = compile(text, { input: true });
        const optimised = compile(text, { input: true, optimize: true });
        for (const input of [...inputs, ...extremes]) {
          const answer = reference(text, input);
          expect(interpret(text, { input })).toBe(answer);
          expect(plain(input)).toBe(answer);
          expect(optimised(input)).toBe(answer);
          calls++;
        }
        expect(run(text)).toBe(reference(text, 0n));
        expect(run(text, { optimize: true })).toBe(reference(text, 0n));
        plain.dispose();
        optimised.dispose();
      }),
      { numRuns: 1500 },
    );
    expect(calls).toBeGreaterThan(1500 * extremes.length);
  });

  test("all programs of up to five operations agree at the extremes", () => {
    let programs = [""];
    for (let length = 1; length <= 5; length++) {
      programs = programs.flatMap((text) => ["+", "-", "*", "/"].map((next) => text + next));
      for (const text of programs) {
        const optimised = compile(text, { input: true, optimize: true });
        for (const input of extremes) {
          const answer = optimised(input);
          if (answer !== reference(text, input)) expect.fail(`${text} of ${input}: ${answer}`);
        }
        optimised.dispose();
      }
    }
  });

  test("a program of a megabyte runs from pages of its own", () => {
    const text = "+*-/-".repeat(200_000);
    const f = compile(text);
    expect(f.codeBytes).toBe(7 + 200_000 * 28 + 1);
    expect(f()).toBe(interpret(text));
    expect(f.code.subarray(0, 11)).toStrictEqual(Uint8Array.of(0x48, 0xc7, 0xc0, 0, 0, 0, 0, 0x48, 0x83, 0xc0, 1));
    f.dispose();
    expect(f.disposed).toBe(true);
    expect(() => f()).toThrow(DisposedError);
    expect(() => f.code).toThrow(MemoryError);
  });
});

describe("the functions", () => {
  test("compile gives the code and its size, and a constant where there is one", () => {
    const f = compile("+ + * - /");
    expect(f.code).toHaveLength(36);
    expect(f.codeBytes).toBe(36);
    expect(f.signature).toBe("i64()");
    expect(f.constant).toBeUndefined();
    expect(f()).toBe(1n);
    f.code.fill(0); // a copy
    expect(f()).toBe(1n);
    expect(f.code[0]).toBe(0x48);
    f.dispose();
    f.dispose();
    expect(() => f()).toThrow(DisposedError);
    const constant = compile("/".repeat(64), { optimize: true, input: true });
    expect(constant.constant).toBe(0n);
    expect(constant(5n)).toBe(0n);
    constant.dispose();
  });

  test("call wraps the input, and leaves it out where none is taken", () => {
    const f = compile("+", { input: true });
    expect(call(f, 2n ** 64n)).toBe(1n);
    expect(call(f)).toBe(1n);
    f.dispose();
    const g = compile("+");
    expect(call(g, 5n)).toBe(1n);
    g.dispose();
  });

  test("run takes an input", () => {
    expect(run("+*", { input: 20n })).toBe(42n);
    expect(run("+*", { input: 20n, optimize: true })).toBe(42n);
    expect(run(new TextEncoder().encode("+*"))).toBe(2n);
  });

  test("an input that is no BigInt is refused before anything runs", () => {
    // @ts-expect-error an untyped caller
    expect(() => run("+", { input: 5 })).toThrow(/input: expected a BigInt such as 5n, not number 5/);
    // @ts-expect-error an untyped caller
    expect(() => interpret("+", { input: "5" })).toThrow(/input: expected a BigInt such as 5n, not string 5/);
  });

  test("strict programs are refused with a place", () => {
    expect(() => compile("+ x", { strict: true, name: "my.calc" })).toThrow(CompileError);
    expect(() => run("+\n+ x", { strict: true, name: "my.calc" })).toThrow(/^my\.calc:2:3: foreign-character: "x"/);
    expect(run("+\n+", { strict: true })).toBe(2n);
  });

  test("the streaming compiler takes pieces", () => {
    const compiler = new StreamingCompiler({ optimize: true, input: true, strict: true });
    for (const piece of ["+ +", " *", "", "- /\n"]) compiler.feed(new TextEncoder().encode(piece));
    const f = compiler.finish();
    expect(call(f, 10n)).toBe(11n);
    f.dispose();
    const refusing = new StreamingCompiler({ strict: true });
    refusing.feed(new TextEncoder().encode("++\n+"));
    expect(() => refusing.feed(new TextEncoder().encode("+?"))).toThrow(/^program:2:3: foreign-character: "\?"/);
  });
});
