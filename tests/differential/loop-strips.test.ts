/**
 * Strips of counted loops against the loops as they were: random bodies over arrays of all kinds that may be one memory, with
 * indices that leave the arrays, steps, bounds, and little fuel. The answer, the trap, every byte of memory and the fuel that is
 * left must be the same with AVX-512, with AVX2, without vectors, and with few registers; where nothing traps, also the same as JavaScript's.
 */
import { expect, test } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { reachedFunctions } from "../../src/analysis/call-graph.ts";
import { Source } from "../../src/base/source.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { vectorSupport } from "../../src/targets/x64/vector-support.ts";
import { inCase, runsOr, seed } from "../random-runs.ts";

const programCount = runsOr(60);
const callCount = 12;
console.log(`loop-strips.test.ts: seed ${seed}, ${programCount} programs`);

let state = seed;
function below(count: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % count;
}
function oneOf<T>(list: readonly T[]): T {
  const picked = list[below(list.length)];
  if (picked === undefined) throw new RangeError("an empty list");
  return picked;
}

const kinds = { Float64Array, Float32Array, Int32Array, Uint16Array, Int16Array, Uint8Array, Int8Array } as const;
type Kind = keyof typeof kinds;
const plainKinds: readonly Kind[] = ["Float64Array", "Float64Array", "Float64Array", "Float64Array", "Int32Array"];
const allKinds: readonly Kind[] = [
  "Float64Array",
  "Float64Array",
  "Float64Array",
  "Float32Array",
  "Int32Array",
  "Int32Array",
  "Uint16Array",
  "Int16Array",
  "Uint8Array",
  "Int8Array",
];
const memoryBytes = 1024;

interface Program {
  readonly text: string;
  readonly types: Readonly<Record<string, string>>;
  readonly kinds: readonly [Kind, Kind, Kind];
}

/** Half of the programs take elements one by one, as vectors may; the others do what comes. */
let isPlain = false;
let plainIndex = "i";

const anyIndex = ["i", "i", "i", "i + 1", "i + 2", "i - 1", "(i + k) | 0", "(k + i) | 0", "k", "0"];
const index = (): string => (isPlain && below(12) > 0 ? plainIndex : oneOf(anyIndex));
const element = (): string => `${oneOf(["a", "b", "c"])}[${index()}]`;

function number(depth: number): string {
  if (depth === 0 || below(4) === 0) return oneOf([element(), element(), "i", "0.5", "3", "Number(k)", "x"]);
  const [one, other] = [number(depth - 1), number(depth - 1)];
  const lanes = [
    `(${one} + ${other})`,
    `(${one} - ${other})`,
    `(${one} * ${other})`,
    `(${one} / ${other})`,
    `Math.sqrt(${one})`,
    `Math.abs(${one})`,
  ];
  if (isPlain && below(12) > 0) return oneOf(lanes);
  return oneOf([
    ...lanes,
    `((${one} + ${other}) | 0)`,
    `(${one} & ${other})`,
    `(${one} ^ ${other})`,
    `(${one} < ${other} ? ${one} : ${other})`,
    `Math.min(${one}, ${other})`,
  ]);
}

function makeProgram(): Program {
  isPlain = below(2) === 0;
  plainIndex = oneOf(["i", "i", "i + 1", "(i + k) | 0"]);
  const kindNames = isPlain ? plainKinds : allKinds;
  const chosen: [Kind, Kind, Kind] = [oneOf(kindNames), oneOf(kindNames), oneOf(kindNames)];
  const body: string[] = [];
  for (let count = 1 + below(3); count > 0; count--)
    body.push(
      oneOf([
        () => `${oneOf(["a", "b", "c"])}[${index()}] = ${number(2)};`,
        () => `${oneOf(["a", "b", "c"])}[${index()}] += ${number(1)};`,
        () => `sum ${oneOf(["+", "-"])}= ${number(3)};`,
        () => (isPlain ? `b[${plainIndex}] = ${oneOf(["i", "k", "7", "a[i]"])};` : `x = ${number(1)};`),
        () => "{ const above = a[i + 1]; a[i + 1] = a[i] + 1; sum += above; }",
      ])(),
    );
  const head = oneOf([
    "let i = 0; i < n; i++",
    "let i = 0; i < n; i++",
    "let i = 0; i <= n; i++",
    "let i = Number(k); i < n; i++",
    "let i = 0; i < n; i += 3",
    "let i = 1; i < n; i += 2",
    "let i = 0; i < n; i = (i + step) | 0",
    "let i = 0; i < a.length; i++",
    "let i = 0; i < 13; i++",
  ]);
  const loop = `for (${head}) { ${body.join(" ")} }`;
  const text = `(a, b, c, n, k, step) => {
    let sum = 0.25;
    let x = 1.5;
    ${below(3) === 0 ? `for (let outer = 0; outer < 3; outer++) ${loop}` : loop}
    return sum + x;
  }`;
  const types = { a: chosen[0], b: chosen[1], c: chosen[2], n: "i32", k: "i32", step: "i32" };
  return { text, types, kinds: chosen };
}

interface Call {
  /** Of the three arrays: the first byte and the length. */
  readonly places: readonly (readonly [number, number])[];
  readonly numbers: readonly [number, number, number];
  readonly fuel: number;
  readonly iterationsLeft: number;
}

function makeCall({ kinds: chosen }: Program): Call {
  const isShared = below(3) === 0;
  const places = chosen.map((kind, at): [number, number] => {
    const size = kinds[kind].BYTES_PER_ELEMENT;
    const length = oneOf([40, 40, 37, 41, 30, below(45)]);
    const start = isShared ? below(8) * 8 : at * 336;
    return [start, Math.min(length, Math.floor(336 / size))];
  });
  const n = oneOf([40, 37, 36, 33, 30, 5, 4, 3, 2, 1, 0, -1, 100, 2147483647, -2147483648]);
  const k = oneOf([0, 0, 1, 2, 3, 4, -1, 30, 2147483647, -2147483648]);
  const step = oneOf([1, 1, 2, 5, 2147483647, 1073741824, 7]);
  return {
    places,
    numbers: [n, k, step],
    fuel: oneOf([0, 1, 4, 7, 20, 300, 4096]),
    iterationsLeft: oneOf([0, 3, 25, 200, 10_000]),
  };
}

/** The same bytes each time: small numbers of each kind of element, for the most part. */
function fillMemory(bytes: Uint8Array, salt: number): void {
  const floats = new Float64Array(bytes.buffer);
  for (let at = 0; at < floats.length; at++) floats[at] = ((at * 7 + salt) % 23) * 0.75 - 6;
}

function arraysOf({ kinds: chosen }: Program, { places }: Call, buffer: ArrayBuffer) {
  return chosen.map((kind, at) => {
    const [start, length] = places[at] ?? [0, 0];
    return new kinds[kind](buffer, start, length);
  });
}

/** Which NaN stands somewhere is promised nowhere: one takes the place of all. */
function withOneNaN(bytes: Uint8Array): Uint8Array {
  for (const floats of [new Float64Array(bytes.buffer), new Float32Array(bytes.buffer)])
    for (let at = 0; at < floats.length; at++) if (Number.isNaN(floats[at])) floats[at] = Number.NaN;
  return bytes;
}

interface Outcome {
  readonly status: number;
  readonly answer: number | undefined;
  readonly memory: string;
  readonly fuel: number;
  readonly iterationsLeft: number;
}

const withoutAvx512 = new Set([...nodeHost.cpuFeatures].filter((name) => !name.startsWith("avx512")));
const withoutVectors = new Set([...nodeHost.cpuFeatures].filter((name) => !/^(avx|fma)/.test(name)));
const variants = [
  { name: "as it was", features: nodeHost.cpuFeatures, disable: ["loop-strips"] },
  { name: "all features", features: nodeHost.cpuFeatures, disable: [] },
  { name: "no AVX-512", features: withoutAvx512, disable: [] },
  { name: "no vectors", features: withoutVectors, disable: [] },
  { name: "5 registers", features: nodeHost.cpuFeatures, disable: [], registers: 5 },
];

function build({ text, types }: Program, { features, disable, registers }: (typeof variants)[number]) {
  const fn = analyze(
    new Source(text),
    readCompileOptions({ types: { ...types } as Record<string, "i32"> }),
  ).buildScalar();
  let isStripped = false;
  const vectors = vectorSupport(features);
  for (const reached of reachedFunctions(fn))
    optimize(reached, {
      disable,
      vectors,
      verify: true,
      onPass: (name, _, isChanged) => {
        if (name === "loop-strips" && isChanged) isStripped = true;
      },
    });
  const options = registers === undefined ? { features, verify: true } : { features, verify: true, registers };
  const installed = nodeHost.install(compileFunction(fn, options).bytes);
  const call = nodeHost.bindCompiled(installed.address, "f64(ptr, i32, ptr, i32, ptr, i32, i32, i32, i32)");
  const isWide = fn.blocks.some(({ instructions }) => instructions.some(({ type }) => /x[48]$/.test(type)));
  const { words } = nodeHost.callContext;
  const run = (program: Program, given: Call, salt: number): Outcome => {
    const memory = new Uint8Array(memoryBytes);
    fillMemory(memory, salt);
    words[callContext.fuel >> 2] = given.fuel;
    words[callContext.iterationsLeft >> 2] = given.iterationsLeft;
    words[(callContext.iterationsLeft >> 2) + 1] = 0;
    const args = arraysOf(program, given, memory.buffer).flatMap((array) => [array, array.length]);
    const answer = call(...args, ...given.numbers) as number;
    const status = words[callContext.status >> 2] ?? 0;
    words[callContext.status >> 2] = 0;
    return {
      status,
      answer: status === 0 ? answer : undefined,
      memory: Buffer.from(withOneNaN(memory)).toString("hex"),
      fuel: words[callContext.fuel >> 2] ?? 0,
      iterationsLeft: words[callContext.iterationsLeft >> 2] ?? 0,
    };
  };
  return { run, isStripped, isWide, release: () => installed.release() };
}

test("strips do what the loops did", () => {
  let stripped = 0;
  let wide = 0;
  let answers = 0;
  for (let count = 0; count < programCount; count++) {
    const program = makeProgram();
    const model = new Function(`"use strict"; return ${program.text};`)() as (...args: unknown[]) => number; // the test's own text
    const built = variants.map((variant) =>
      inCase(
        () => `${variant.name}: ${program.text}\n${JSON.stringify(program.types)}`,
        () => build(program, variant),
      ),
    );
    const [before, ...others] = built;
    if (built[1]?.isStripped === true) stripped++;
    if (built[1]?.isWide === true) wide++;
    for (let at = 0; at < callCount; at++) {
      const call = makeCall(program);
      const expected = before?.run(program, call, at);
      for (const [index, other] of others.entries())
        expect(
          other.run(program, call, at),
          `${variants[index + 1]?.name}: ${JSON.stringify(call)}\n${program.text}\n${JSON.stringify(program.types)}`,
        ).toEqual(expected);
      if (expected?.status !== 0) continue;
      answers++;
      const memory = new Uint8Array(memoryBytes);
      fillMemory(memory, at);
      const answer = model(...arraysOf(program, call, memory.buffer), ...call.numbers);
      expect(expected.answer, program.text).toBe(answer);
    }
    for (const { release } of built) release();
  }
  console.log(`loop-strips.test.ts: ${stripped} with strips, ${wide} with vectors, ${answers} answers`);
  expect(stripped).toBeGreaterThan(programCount / 4);
  expect(wide).toBeGreaterThan(programCount / 40);
  expect(answers).toBeGreaterThan(programCount / 4);
});
