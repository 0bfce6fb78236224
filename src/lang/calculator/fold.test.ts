import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProgramFolder, type StepConsumer } from "./fold.ts";
import { readProgram } from "./read-program.ts";

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

/** Folds a program; returns its steps as text and as a function. */
function fold(program: string, input = true) {
  const text: string[] = [];
  const functions: ((value: bigint) => bigint)[] = [];
  const steps: StepConsumer = {
    multiplyAdd(shift, low, high) {
      const addend = (BigInt(high) << 32n) | BigInt(low >>> 0);
      text.push(`<<${shift} +${addend}`);
      functions.push((value) => wrap((value << BigInt(shift)) + addend));
    },
    divide(shift) {
      text.push(`/${shift}`);
      functions.push((value) => value / (1n << BigInt(shift)));
    },
    shiftRight(shift) {
      text.push(`>>${shift}`);
      functions.push((value) => value >> BigInt(shift));
    },
  };
  const folder = new ProgramFolder(steps, { input });
  readProgram(program, folder, {});
  const constant = folder.finish();
  return {
    text: constant === undefined ? text.join(", ") : `${constant}`,
    run: (value: bigint) => constant ?? functions.reduce((result, step) => step(result), value),
  };
}

describe("folding", () => {
  test.each([
    ["", ""],
    ["+-", ""],
    ["+++-", "<<0 +2"],
    ["++*-", "<<1 +3"],
    ["+*+*+*", "<<3 +14"],
    ["*".repeat(63), "<<63 +0"],
    ["*".repeat(64), "0"],
    [`${"-".repeat(3) + "*".repeat(70)}++`, "2"],
    ["/", "/1"],
    ["/".repeat(63), "/63"],
    ["/".repeat(64), "0"],
    ["*/", "<<1 +0, >>1"],
    ["**-/", "<<2 +-1, /1"],
    ["/*/", "/1"],
    ["//*++/", "/2, <<0 +1"],
    ["/*++/", "/1, <<1 +2, >>1"], // 2^62 - 1, doubled, plus 2 wraps
    ["//**++/*", "/2, <<2 +2"],
    [`${"/".repeat(63)}-/`, "/63"], // -1 and 0 stay -1 and 0
  ])("%s is %s", (program, steps) => {
    expect(fold(program).text).toBe(steps);
  });

  test("without an input everything is a constant", () => {
    expect(fold("+ + * - /", false).text).toBe("1");
    expect(fold("-/-", false).text).toBe("-1");
  });

  test("the steps of a program that settles on two values stay few", () => {
    const steps = fold("+/".repeat(1000)).text.split(", ");
    expect(steps.length).toBeLessThan(150);
    expect(fold("+/".repeat(100_000)).text.split(", ")).toStrictEqual(steps);
  });

  // Long runs of one operation are what reaches the bounds, so they are generated as such.
  const run = fc.tuple(
    fc.constantFrom("+", "-", "*", "/"),
    fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: 70 })),
  );
  const program = fc.array(run, { maxLength: 40 }).map((runs) => runs.map(([op, count]) => op.repeat(count)).join(""));
  const value = fc.oneof(
    fc.constantFrom(...extremes),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -40n, max: 40n }),
  );

  test("random programs keep their answer", () => {
    fc.assert(
      fc.property(program, fc.array(value, { minLength: 1, maxLength: 8 }), (text, values) => {
        const folded = fold(text);
        for (const input of [...values, ...extremes]) expect(folded.run(input)).toBe(reference(text, input));
      }),
      { numRuns: 3000 },
    );
  });

  test("all programs of up to six operations keep their answer at the extremes", () => {
    let programs = [""];
    for (let length = 1; length <= 6; length++) {
      programs = programs.flatMap((text) => ["+", "-", "*", "/"].map((operation) => text + operation));
      for (const text of programs) {
        const folded = fold(text);
        for (const input of extremes) {
          const answer = folded.run(input);
          if (answer !== reference(text, input)) expect.fail(`${text} of ${input}: ${answer}`);
        }
      }
    }
  });
});
