/**
 * Loops that may count in integers and may not: their starts, steps and bounds are whole and small, or fractions, -0, NaN,
 * infinite, or beyond what the versions of loops for integers take. The same answer as JavaScript's by `Object.is`, the same
 * arrays afterwards, the same traps, with all passes and with those left out that narrow numbers.
 */
import { expect, test } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { reachedFunctions } from "../../src/analysis/call-graph.ts";
import { Source } from "../../src/base/source.ts";
import { callContext, fuelOf } from "../../src/codegen/call-context.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { inCase, runsOr, seed } from "../random-runs.ts";

const mostTurns = 300;

/** Each is given two arrays of 8 and three numbers, and leaves its loops after a few hundred turns whatever they are. */
const programs: Readonly<Record<string, string>> = {
  "a sum of elements from a start to a bound, by a step": `(xs, ys, from, to, by) => {
    let sum = 0;
    for (let i = from, turns = 0; i < to && turns < ${mostTurns}; i += by, turns++) sum = sum * 3 + xs[i];
    return sum;
  }`,
  "rows of a matrix": `(xs, ys, from, to, by) => {
    for (let i = from, turns = 0; i < to && turns < ${mostTurns}; i++, turns++) for (let j = 0; j < by; j++) xs[i * by + j] += i - j;
    return xs[0] + xs[7];
  }`,
  "downwards, with what is left behind the loop": `(xs, ys, from, to, by) => {
    let i = to;
    let turns = 0;
    while (i >= from && turns < ${mostTurns}) {
      ys[i & 7] = i - turns;
      i -= by;
      turns++;
    }
    return 1 / (i * 2 + turns / 4);
  }`,
  "a way out in the middle, and one at the end": `(xs, ys, from, to, by) => {
    let found = -1;
    let i = from;
    for (let turns = 0; turns < ${mostTurns}; turns++) {
      if (ys[(i | 0) & 7] === to) { found = i; break; }
      if (i > to) break;
      i = i * 2 + by;
    }
    return found * 10 + 1 / i;
  }`,
  "halves and triples": `(xs, ys, from, to, by) => {
    let n = from;
    let turns = 0;
    while (n !== 1 && turns < ${mostTurns}) {
      n = n % 2 === 0 ? n / 2 : 3 * n + by;
      turns++;
    }
    return n + turns / 1000;
  }`,
  "halves where a branch finds an even number": `(xs, ys, from, to, by) => {
    let n = from;
    for (let turns = 0; turns < ${mostTurns}; turns++) {
      if (n % 4 === 0) n = n / 4;
      else if (n % 2 !== 0) n = n - by;
      else n = n / 4 + to;
      ys[n & 7] ^= turns;
    }
    return 1 / n;
  }`,
  "the least of sums of 33 bits": `(xs, ys, from, to, by) => {
    let before = ys[0];
    let turns = 0;
    for (let j = 0; j < 7; j++) {
      const above = ys[j + 1];
      let least = before + (ys[j] === above ? 0 : 1);
      if (ys[j] + to < least) least = ys[j] + 2147483647;
      if (above - 2147483648 > least) least = above - by;
      ys[j + 1] = least;
      before = above;
      turns += least > before ? 1 : 2;
    }
    return before + turns;
  }`,
  "what grows until it is no integer": `(xs, ys, from, to, by) => {
    let n = from;
    let sum = 0;
    for (let turns = 0; turns < ${mostTurns}; turns++) {
      sum += ys[n & 7];
      n = n * 3 + by;
    }
    return n + sum;
  }`,
  "remainders by powers of two": `(xs, ys, from, to, by) => {
    let sum = 0;
    for (let i = from, turns = 0; turns < 20; i += by, turns++) {
      sum = sum * 0.5 + (i % 8) + 1 / (i % 2) + ((i / 16) % 1);
      if (sum !== sum || sum === Infinity || sum === -Infinity) sum = i % 4096;
    }
    return sum;
  }`,
};

const numbers = [
  ...[0, 1, 2, 3, 5, 7, 8, 9, 27, 64, -1, -2, -7, -0, 0.5, 1.5, -2.5, 6.999, Number.NaN, Number.POSITIVE_INFINITY],
  ...[Number.NEGATIVE_INFINITY, 2 ** 28, 2 ** 28 + 1, 2 ** 29, 2 ** 29 + 1, 2 ** 30, 2 ** 30 + 2, 2 ** 31 - 1, 2 ** 31],
  ...[-(2 ** 31), -(2 ** 31) - 1, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e300, 5e-324, 89478485, 715827882],
];

const runs = runsOr(300);
console.log(`integer-loops.test.ts: seed ${seed}, ${runs} runs each`);

type Outcome = { readonly answer: unknown; readonly xs: readonly number[]; readonly ys: readonly number[] } | "trap";
type Numbers = readonly [number, number, number];

const arrays = (): [Float64Array, Int32Array] => [
  Float64Array.from({ length: 8 }, (_, i) => i * 1.25 - 3),
  Int32Array.of(0, 1, 2147483647, -2147483648, 7, 7, -1, 2147483646),
];

/** An array that traps as the language does. */
function checked<T extends Float64Array | Int32Array>(array: T): T {
  const at = (key: string | symbol): string => {
    if (key !== "length" && !/^[0-7]$/.test(String(key))) throw new RangeError("trap");
    return String(key);
  };
  return new Proxy(array, {
    get: (target, key) => Reflect.get(target, at(key)) as unknown,
    set: (target, key, value) => Reflect.set(target, at(key), value),
  });
}

function runModel(model: (...args: unknown[]) => unknown, args: Numbers): Outcome {
  const [xs, ys] = arrays();
  try {
    return { answer: model(checked(xs), checked(ys), ...args), xs: [...xs], ys: [...ys] };
  } catch (error) {
    if (error instanceof RangeError) return "trap";
    throw error;
  }
}

/** The program as machine code, without some passes. */
function build(text: string, disable: readonly string[]): { run: (args: Numbers) => Outcome; release: () => void } {
  const types = { xs: "Float64Array", ys: "Int32Array" } as const;
  const fn = analyze(new Source(text), readCompileOptions({ types })).buildScalar();
  for (const reached of reachedFunctions(fn)) optimize(reached, { disable, verify: true });
  const installed = nodeHost.install(compileFunction(fn, { features: nodeHost.cpuFeatures, verify: true }).bytes);
  const call = nodeHost.bindCompiled(installed.address, "f64(ptr, i32, ptr, i32, f64, f64, f64)");
  const { words } = nodeHost.callContext;
  const run = (args: Numbers): Outcome => {
    const { fuel, iterationsLeft } = fuelOf(100_000);
    words[callContext.fuel >> 2] = fuel;
    words[callContext.iterationsLeft >> 2] = iterationsLeft;
    words[(callContext.iterationsLeft >> 2) + 1] = 0;
    const [xs, ys] = arrays();
    const answer = call(xs, 8, ys, 8, ...args);
    const isTrap = words[callContext.status >> 2] !== 0;
    words[callContext.status >> 2] = 0;
    return isTrap ? "trap" : { answer, xs: [...xs], ys: [...ys] };
  };
  return { run, release: () => installed.release() };
}

const variants: readonly (readonly string[])[] = [
  [],
  ["loop-versioning"],
  ["int32-narrowing"],
  ["int64-narrowing", "exact-division"],
  ["known-conditions", "unrolling"],
];

test.each(Object.entries(programs))("%s", (_, text) => {
  // The test's own text, as JavaScript.
  const model = new Function(`"use strict"; return ${text};`)() as (...args: unknown[]) => unknown;
  const built = variants.map((disable) => ({
    disable,
    ...inCase(
      () => `without ${disable.join(" ")}`,
      () => build(text, disable),
    ),
  }));
  let state = seed;
  const pick = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return numbers[(state >>> 8) % numbers.length] ?? 0;
  };
  let answers = 0;
  for (let run = 0; run < runs; run++) {
    const args: Numbers = [pick(), pick(), pick()];
    // What turns too often for the fuel is left out.
    const [, , by] = args;
    if (text.includes("j < by; j++") && by > 1000) continue;
    const expected = runModel(model, args);
    if (expected !== "trap") answers++;
    for (const { disable, run: runBuilt } of built)
      expect(runBuilt(args), `${args.join(", ")}, without ${disable.join(" ")}`).toEqual(expected);
  }
  expect(answers).toBeGreaterThan(runs / 50);
  for (const { release } of built) release();
});
