/**
 * Random functions in which all types and kinds of arrays meet (mixed-program-generator.ts): JavaScript, the interpreter, and
 * machine code with random passes switched off and with few registers agree on the answer, the arrays and whether it traps.
 */
import fc from "fast-check";
import { test } from "vitest";
import { Source } from "../../src/base/source.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import { passes } from "../../src/opt/pipeline.ts";
import { inCase, patience, runsOr, seed } from "../random-runs.ts";
import { type Draw, drawFrom } from "./algorithms/draw.ts";
import { mixedOptions, mixedPrelude, mixedProgram } from "./mixed-program-generator.ts";
import {
  type Argument,
  buildIr,
  expectSame,
  interpreterOf,
  machineOf,
  type Runner,
  runModel,
} from "./program-runners.ts";

const numRuns = runsOr(20);
const maxIterations = 1e7;

/** Arrays of integers may be views of one memory, and the two of f64 the same array. */
function draw({ int, number, i32, big }: Draw): Argument[] {
  const isShared = int(0, 2) === 0;
  const memory = new ArrayBuffer(96);
  const integers = [Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array, Uint8ClampedArray].map(
    (Kind) => {
      if (isShared) return new Kind(memory, 4 * int(0, 6), 8);
      return Kind.from(Array.from({ length: 8 }, () => (int(0, 1) === 0 ? i32() : int(-9, 9))));
    },
  );
  const fs = Float64Array.from({ length: 8 }, number);
  const gs = int(0, 2) === 0 ? fs : Float64Array.from({ length: 8 }, number);
  const longs = isShared ? new BigInt64Array(memory, 8 * int(0, 4), 8) : BigInt64Array.from({ length: 8 }, big);
  return [number(), number(), i32(), big(), Math.fround(number()), fs, gs, Float32Array.from(fs), ...integers, longs];
}

test("programs of all types", { timeout: patience(300) }, () => {
  const settings = readCompileOptions(mixedOptions);
  const helpers = Object.entries(mixedOptions.functions ?? {})
    .map(([name, text]) => `const ${name} = ${String(text)};`)
    .join("\n");
  const disabled = fc.subarray(passes.map(({ name }) => name));
  const registers = fc.constantFrom(undefined, 2, 3, 5);
  fc.assert(
    fc.property(mixedProgram(), fc.nat(), disabled, registers, (sample, rowSeed, disable, count) => {
      const model = new Function(`${mixedPrelude} ${helpers} return ${sample.model};`)() as () => unknown; // a function's text
      const subject = inCase(
        () => sample.text,
        () => analyze(new Source(sample.text), settings),
      );
      const without = `without ${disable.join(", ")}`;
      const make = (how: string, runnerOf: () => Runner) => ({
        how,
        ...inCase(() => `${sample.text}\n${how}`, runnerOf),
      });
      const build = (how: string, without: readonly string[]) =>
        inCase(
          () => `${sample.text}\n${how}`,
          () => buildIr(subject, without),
        );
      const whole = build("with all passes", []);
      const some = build(without, disable);
      const runners = [
        make("as it was built", () => interpreterOf(subject, buildIr(subject, undefined), maxIterations)),
        make(without, () => interpreterOf(subject, some, maxIterations)),
        make("as machine code", () => machineOf(subject, whole, undefined, maxIterations)),
        make(`as machine code of ${count ?? "all"} registers`, () => machineOf(subject, whole, count, maxIterations)),
        make(`as machine code of ${count ?? "all"} registers, ${without}`, () =>
          machineOf(subject, some, count, maxIterations),
        ),
      ];
      try {
        for (let row = 0; row < 4; row++) {
          const args = draw(drawFrom(rowSeed + row));
          const expected = runModel(model, args);
          for (const { how, run } of runners)
            expectSame(
              run(args),
              expected,
              () => `${sample.text}\nat (${args.join("; ")}), row ${rowSeed + row}\n${how}`,
            );
        }
      } finally {
        for (const { release } of runners) release();
      }
    }),
    { seed, numRuns },
  );
});
