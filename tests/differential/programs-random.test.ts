/**
 * Random functions (program-generator.ts) as JavaScript, in the interpreter before and after the optimiser with random passes
 * switched off, and as machine code, also with few registers: the same answer by `Object.is`, the same arrays afterwards, the
 * same traps. `JITSMITH_FUZZ_SEED` repeats a run, `JITSMITH_FUZZ_RUNS` makes it longer; a failure prints its seed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { reachedFunctions } from "../../src/analysis/call-graph.ts";
import { verify } from "../../src/analysis/verify.ts";
import { TrapError } from "../../src/base/errors.ts";
import { Source } from "../../src/base/source.ts";
import { callContext, fuelOf } from "../../src/codegen/call-context.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze, type Subject } from "../../src/engine/subject.ts";
import type { Constant, IrFunction } from "../../src/ir/function.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { optimize, passes } from "../../src/opt/pipeline.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { integerArbitrary, numberArbitrary } from "./expression-generator.ts";
import { kits, modelPrelude, programArbitrary } from "./program-generator.ts";

const seed = Number(process.env.JITSMITH_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const numRuns = Number(process.env.JITSMITH_FUZZ_RUNS ?? 20);
console.log(`programs-random.test.ts: seed ${seed}, ${numRuns} runs`);

type TypedArray = Float64Array | Float32Array | Int32Array | Uint8ClampedArray | BigInt64Array;
type Argument = number | bigint | TypedArray;
type Outcome = { readonly answer: unknown; readonly arrays: readonly TypedArray[] } | "trap";

const copies = (args: readonly Argument[]): Argument[] =>
  args.map((arg) => (typeof arg === "object" ? arg.slice() : arg));
const arraysOf = (args: readonly Argument[]) => args.filter((arg) => typeof arg === "object");

function runModel(model: (...args: Argument[]) => unknown, args: readonly Argument[]): Outcome {
  const own = copies(args);
  try {
    return { answer: model(...own), arrays: arraysOf(own) };
  } catch (error) {
    if (error === "trap") return "trap";
    throw error;
  }
}

/** The answer that raw bits stand for. */
function answerOf({ resultType }: Subject, raw: unknown, isBoolean: boolean): unknown {
  return resultType === "bool" || (resultType.endsWith("|bool") && isBoolean) ? Number(raw) !== 0 : raw;
}

const mapped = 4096;

/** One way to run a program, made once for all of a sample's arguments. */
interface Runner {
  readonly run: (args: readonly Argument[]) => Outcome;
  readonly release: () => void;
}

/** The program's IR without some passes, or, with `undefined`, as it was built. */
function buildIr(subject: Subject, disable: readonly string[] | undefined): IrFunction {
  const fn = subject.buildScalar();
  for (const reached of reachedFunctions(fn)) {
    verify(reached);
    if (disable !== undefined) optimize(reached, { disable, verify: true });
  }
  return fn;
}

function interpreterOf(subject: Subject, fn: IrFunction): Runner {
  const run = (args: readonly Argument[]): Outcome => {
    const bytes = new Uint8Array(1024);
    const words = new Int32Array(bytes.buffer);
    words[callContext.fuel >> 2] = fuelOf(100_000).fuel;
    words[callContext.iterationsLeft >> 2] = fuelOf(100_000).iterationsLeft;
    let at = 128;
    const own = copies(args);
    const places: { array: TypedArray; at: number }[] = [];
    const flat = own.flatMap((arg): Constant[] => {
      if (typeof arg !== "object") return [arg];
      bytes.set(new Uint8Array(arg.buffer), at);
      places.push({ array: arg, at });
      const address = BigInt(mapped + at);
      at += 128;
      return [address, arg.length];
    });
    try {
      const raw = interpret(fn, flat, { memory: { address: BigInt(mapped), bytes }, context: BigInt(mapped) });
      for (const { array, at: place } of places)
        new Uint8Array(array.buffer).set(bytes.subarray(place, place + array.byteLength));
      return { answer: answerOf(subject, raw, words[callContext.isBoolean >> 2] !== 0), arrays: arraysOf(own) };
    } catch (error) {
      if (error instanceof TrapError) return "trap";
      throw error;
    }
  };
  return { run, release: () => {} };
}

function machineOf(subject: Subject, fn: IrFunction, registers: number | undefined): Runner {
  const features = nodeHost.cpuFeatures;
  const code = compileFunction(fn, { features, verify: true, ...(registers === undefined ? {} : { registers }) });
  const installed = nodeHost.install(code.bytes);
  const { words } = nodeHost.callContext;
  const parameters = subject.parameters.flatMap(({ type }) => (/Array$/.test(type) ? ["ptr", "i32"] : [type]));
  const call = nodeHost.bindCompiled(installed.address, `${fn.result ?? "void"}(${parameters.join(", ")})`);
  const run = (args: readonly Argument[]): Outcome => {
    words[callContext.fuel >> 2] = fuelOf(100_000).fuel;
    words[callContext.iterationsLeft >> 2] = fuelOf(100_000).iterationsLeft;
    words[(callContext.iterationsLeft >> 2) + 1] = 0;
    const own = copies(args);
    try {
      const raw = call(...own.flatMap((arg): Argument[] => (typeof arg === "object" ? [arg, arg.length] : [arg])));
      if (words[callContext.status >> 2] !== 0) return "trap";
      return { answer: answerOf(subject, raw, words[callContext.isBoolean >> 2] !== 0), arrays: arraysOf(own) };
    } finally {
      words[callContext.status >> 2] = 0;
    }
  };
  return { run, release: () => installed.release() };
}

function expectSame(found: Outcome, expected: Outcome, where: () => string): void {
  if (expected === "trap" || found === "trap") {
    if (found !== expected) expect(found, where()).toBe(expected);
    return;
  }
  if (!Object.is(found.answer, expected.answer)) expect(found.answer, where()).toBe(expected.answer);
  // `toEqual` of typed arrays is the slowest line here where they are equal, as nearly always.
  found.arrays.forEach((array, index) => {
    if (!array.every((element, place) => Object.is(element, expected.arrays[index]?.[place])))
      expect(found.arrays, `${where()}: arrays`).toEqual(expected.arrays);
  });
}

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
          const reduced = buildIr(subject, disable);
          const without = `without ${disable.join(", ")}`;
          const runners = [
            { how: "as it was built", ...interpreterOf(subject, buildIr(subject, undefined)) },
            { how: without, ...interpreterOf(subject, reduced) },
            { how: "as machine code", ...machineOf(subject, buildIr(subject, []), undefined) },
            { how: `as machine code of ${count} registers, ${without}`, ...machineOf(subject, reduced, count) },
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
  300_000,
);
