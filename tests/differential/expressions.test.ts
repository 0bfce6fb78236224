/**
 * The whole pipeline against JavaScript: random expressions as machine code, by single calls and over columns, agree with
 * `new Function` by `Object.is` (and so with the interpreter, which interpreted-expressions.test.ts holds to the same).
 * Seeds and numbers of runs are those of random-runs.ts.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Compile, createEngine, TrapError } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import type { CompiledFunction } from "../../src/engine/compiled-function.ts";
import { runsOr, seed } from "../random-runs.ts";
import {
  integerArbitrary,
  modelPrelude,
  numberArbitrary,
  numberExpression,
  typedSample,
} from "./expression-generator.ts";

const numRuns = runsOr(70);
const runs = { numRuns, seed };
console.log(`expressions.test.ts: seed ${seed}, ${numRuns} runs`);

/** This machine's code, and code for a CPU without AVX. */
const withoutAvx = new Set([...nodeHost.cpuFeatures].filter((feature) => !feature.startsWith("avx")));
const native = createEngine(nodeHost).compile;
const older = createEngine(Object.create(nodeHost, { cpuFeatures: { value: withoutAvx } })).compile;
const compilers: fc.Arbitrary<{ compile: Compile; target: RegExp }> = fc.constantFrom(
  { compile: native, target: /^x86-64/ },
  { compile: older, target: /^x86-64 sse4\.1$/ },
);

type Model = (...args: number[]) => number | boolean;
type Answer = number | boolean | "trap";
const lengths = [0, 1, 2, 3, 7, 8, 9, 1000];

function callModel(model: Model, args: readonly number[]): Answer {
  try {
    return model(...args);
  } catch (error) {
    if (error === "trap") return "trap";
    throw error;
  }
}

function callNative(f: CompiledFunction, args: readonly number[]): Answer {
  try {
    return f(...args);
  } catch (error) {
    if (error instanceof TrapError) return "trap";
    throw error;
  }
}

/** Calls and maps `f` over rows, which are repeated to fill the columns. */
function agree(f: CompiledFunction, target: RegExp, model: Model, rows: readonly (readonly number[])[]): void {
  expect(f.code.target).toMatch(target);
  const answers = rows.map((args) => callModel(model, args));
  rows.forEach((args, index) => {
    expect(callNative(f, args), `${f.source} at (${args.join(", ")})`).toBe(answers[index]);
  });
  for (const length of lengths) {
    const columns = Object.fromEntries(
      f.parameters.map((name, parameter) => {
        const values = Array.from({ length }, (_, row) => rows[row % rows.length]?.[parameter] ?? 0);
        return [name, f.types[name] === "i32" ? Int32Array.from(values) : Float64Array.from(values)];
      }),
    );
    const expected = Array.from({ length }, (_, row) => answers[row % rows.length] ?? 0);
    const trapped = expected.indexOf("trap");
    if (trapped >= 0) {
      expect(
        rowOfTrap(() => f.map(columns)),
        `${f.source}: row of the trap at length ${length}`,
      ).toBe(trapped);
      continue;
    }
    const result = f.map(columns);
    expect(result.length).toBe(length);
    for (let row = 0; row < length; row++) {
      const want = Number(expected[row]);
      if (!Object.is(result[row], want))
        expect(result[row], `${f.source} at row ${row} of ${length}: (${rows[row % rows.length]?.join(", ")})`).toBe(
          want,
        );
    }
  }
}

function rowOfTrap(run: () => unknown): number | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof TrapError) return error.row;
    throw error;
  }
  return undefined;
}

test("numbers and booleans", () => {
  const rows = fc.array(fc.tuple(numberArbitrary, numberArbitrary, numberArbitrary), { minLength: 4, maxLength: 8 });
  fc.assert(
    fc.property(numberExpression, rows, compilers, (text, list, { compile, target }) => {
      const model = new Function("x", "y", "z", `return ${text};`) as Model; // its text is an expression
      const f = compile(text, { parameters: ["x", "y", "z"], verify: true });
      try {
        agree(f, target, model, list);
      } finally {
        f.dispose();
      }
    }),
    runs,
  );
});

test("declared i32 values", () => {
  const rows = fc.array(
    fc.tuple(integerArbitrary, integerArbitrary, integerArbitrary, numberArbitrary, numberArbitrary),
    {
      minLength: 4,
      maxLength: 8,
    },
  );
  const parameters = ["a", "b", "c", "x", "y"];
  fc.assert(
    fc.property(typedSample, rows, compilers, ({ text, model: modelText }, list, { compile, target }) => {
      const model = new Function(...parameters, `${modelPrelude} return ${modelText};`) as Model; // as above
      const f = compile(text, { parameters, types: { a: "i32", b: "i32", c: "i32" }, verify: true });
      try {
        agree(f, target, model, list);
      } finally {
        f.dispose();
      }
    }),
    runs,
  );
});

test("sums of products long enough to spill", () => {
  const terms = fc.array(
    fc.tuple(fc.constantFrom("x", "y", "z"), fc.constantFrom("+", "-", "*"), fc.integer({ min: 1, max: 99 })),
    {
      minLength: 20,
      maxLength: 60,
    },
  );
  // Balanced trees keep half of their leaves alive at once.
  const balanced = (list: readonly string[]): string =>
    list.length === 1
      ? (list[0] ?? "")
      : `(${balanced(list.slice(0, list.length >> 1))} - ${balanced(list.slice(list.length >> 1))})`;
  fc.assert(
    fc.property(
      terms,
      numberArbitrary,
      numberArbitrary,
      numberArbitrary,
      compilers,
      (list, x, y, z, { compile, target }) => {
        const leaves = list.map(([name, operator, literal]) => `(${name} ${operator} ${literal})`);
        const right = leaves.reduceRight((inner, leaf) => `(${leaf} / ${inner})`);
        const text = `${balanced(leaves)} + ${right}`;
        const model = new Function("x", "y", "z", `return ${text};`) as Model; // as above
        const f = compile(text, { parameters: ["x", "y", "z"], verify: true });
        try {
          agree(f, target, model, [[x, y, z]]);
        } finally {
          f.dispose();
        }
      },
    ),
    { ...runs, numRuns: Math.ceil(numRuns / 8) },
  );
});
