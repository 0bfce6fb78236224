/**
 * Random functions (program-generator.ts) as JavaScript, in the interpreter before and after the optimiser with random passes
 * switched off, and as machine code, also with few registers: the same answer by `Object.is`, the same arrays afterwards, the
 * same traps. Seeds and numbers of runs are those of random-runs.ts.
 */
import fc from "fast-check";
import { test } from "vitest";
import { Source } from "../../src/base/source.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import { passes } from "../../src/opt/pipeline.ts";
import { inCase, patience, runsOr, seed } from "../random-runs.ts";
import { integerArbitrary, numberArbitrary } from "./expression-generator.ts";
import { kits, modelPrelude, programArbitrary } from "./program-generator.ts";
import {
  type Argument,
  buildIr,
  expectSame,
  interpreterOf,
  machineOf,
  type Runner,
  runModel,
} from "./program-runners.ts";

const numRuns = runsOr(12);
console.log(`programs-random.test.ts: seed ${seed}, ${numRuns} runs`);

const eight = <Value>(values: fc.Arbitrary<Value>) => fc.array(values, { minLength: 8, maxLength: 8 });
const bigintArbitrary = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -10n, max: 10n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 32n, -(2n ** 31n)),
);
const floatArbitrary = numberArbitrary.map(Math.fround);

const suites = [
  {
    kit: kits.numbers,
    arrays: "xs, ys, zs, us",
    args: fc
      .tuple(numberArbitrary, numberArbitrary, eight(numberArbitrary), eight(integerArbitrary))
      .map(([x, y, xs, ys]): Argument[] => [
        x,
        y,
        Float64Array.from(xs),
        Int32Array.from(ys),
        Uint8ClampedArray.from(ys),
        Float32Array.from(xs),
      ]),
  },
  {
    kit: kits.integers,
    arrays: "xs",
    args: fc
      .tuple(integerArbitrary, integerArbitrary, eight(integerArbitrary))
      .map(([x, y, xs]): Argument[] => [x, y, Int32Array.from(xs)]),
  },
  {
    kit: kits.bigints,
    arrays: "xs",
    args: fc
      .tuple(bigintArbitrary, bigintArbitrary, eight(bigintArbitrary))
      .map(([x, y, xs]): Argument[] => [x, y, BigInt64Array.from(xs)]),
  },
  {
    kit: kits.floats,
    arrays: "xs",
    args: fc
      .tuple(floatArbitrary, floatArbitrary, eight(floatArbitrary))
      .map(([x, y, xs]): Argument[] => [x, y, Float32Array.from(xs)]),
  },
] as const;
const names = ["numbers", "declared i32", "BigInts as i64", "declared f32"];

test.each(suites.map((suite, index) => ({ ...suite, name: names[index] })))(
  "$name",
  ({ kit, arrays, args }) => {
    const settings = readCompileOptions(kit.options);
    const helpers = Object.entries(kit.options.functions ?? {}).map(
      ([name, text]) => `const ${name} = ${String(text)};`,
    );
    const disabled = fc.subarray(passes.map(({ name }) => name));
    const registers = fc.constantFrom(undefined, 2, 3, 5);
    fc.assert(
      fc.property(
        programArbitrary(kit, arrays),
        fc.array(args, { minLength: 2, maxLength: 3 }),
        disabled,
        registers,
        (sample, rows, disable, count) => {
          const model = new Function(`${modelPrelude} ${helpers.join("\n")} return ${sample.model};`)() as (
            ...list: Argument[]
          ) => unknown; // a function's text
          const subject = analyze(new Source(sample.text), settings);
          const without = `without ${disable.join(", ")}`;
          const make = (how: string, runnerOf: () => Runner) => ({
            how,
            ...inCase(() => `${sample.text}\n${how}`, runnerOf),
          });
          const reduced = inCase(
            () => `${sample.text}\n${without}`,
            () => buildIr(subject, disable),
          );
          const runners = [
            make("as it was built", () => interpreterOf(subject, buildIr(subject, undefined))),
            make(without, () => interpreterOf(subject, reduced)),
            make("as machine code", () => machineOf(subject, buildIr(subject, []), undefined)),
            make(`as machine code of ${count ?? "all"} registers, ${without}`, () =>
              machineOf(subject, reduced, count),
            ),
          ];
          try {
            for (const row of rows) {
              const expected = runModel(model, row);
              for (const { how, run } of runners)
                expectSame(run(row), expected, () => `${sample.text}\nat (${row.join("; ")})\n${how}`);
            }
          } finally {
            for (const { release } of runners) release();
          }
        },
      ),
      { seed, numRuns },
    );
  },
  patience(300),
);
