/**
 * `select` and `filter` against plain JavaScript: the rows for which the condition's text is truthy, as JavaScript evaluates it, and
 * the bytes of their elements. With AVX-512, AVX2 and one row at a time; columns of every kind, at any place in any memory.
 */
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ColumnArray, type CompiledFunction, createEngine, TrapError } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { runsOr, seed } from "../random-runs.ts";
import { allKinds, columnOf, emptyColumn, numberKinds, seedLists } from "./column-samples.ts";

const canExecute = nodeHost.memoryMode !== "none";
const all = nodeHost.cpuFeatures;
const without = (...prefixes: string[]) =>
  new Set([...all].filter((feature) => !prefixes.some((prefix) => feature.startsWith(prefix))));
const levels = new Map<string, ReadonlySet<string>>([["one row at a time", without("avx", "fma")]]);
if (all.has("avx2") && all.has("fma")) levels.set("avx2", without("avx512"));
if (all.has("avx512vl") && all.has("avx512dq")) levels.set("avx512", all);
const numRuns = runsOr(70);
console.log(`select.test.ts: seed ${seed}, ${numRuns} runs for each of ${[...levels.keys()].join(", ")}`);
const engines = [...levels].map(([name, cpuFeatures]) => ({
  name,
  compile: createEngine(Object.create(nodeHost, { cpuFeatures: { value: cpuFeatures } })).compile,
}));

/** Conditions of x and y, and which kinds x comes in. */
const conditions: readonly { readonly text: string; readonly kinds: readonly ElementKind[] }[] = [
  { text: "x > 1", kinds: numberKinds },
  { text: "x", kinds: numberKinds },
  { text: "x > y ? y : x < 0", kinds: numberKinds },
  { text: "Math.sqrt(x) + y", kinds: ["f64", "i16"] },
  { text: "y === 7 || x < -1e9", kinds: ["f64", "u8"] },
  { text: "x > 5n", kinds: ["i64"] },
  { text: "x * x - k", kinds: ["f64", "f32"] },
];
const kindsOfY: readonly ElementKind[] = ["f64", "i32", "u8"];
/** What is selected besides: few lists, since each makes a kernel. */
const furtherLists: readonly (readonly ElementKind[])[] = [
  ...allKinds.map((kind): ElementKind[] => [kind]),
  [],
  ["i64", "u8c"],
  ["f32", "i16"],
  ["f64", "u8", "i32", "f32"],
];

const functions = new Map<string, CompiledFunction>();
function compiled({ name, compile }: (typeof engines)[number], text: string): CompiledFunction {
  const key = `${name}: ${text}`;
  const f = functions.get(key) ?? (compile(text, { types: /\dn/.test(text) ? { x: "i64" } : {} }) as CompiledFunction); // of one type or another
  functions.set(key, f);
  return f;
}

/** The same elements elsewhere: at an odd place in a larger buffer, or in shared memory. */
function moved(column: ColumnArray, place: number, isShared: boolean): ColumnArray {
  const { byteLength, BYTES_PER_ELEMENT: width } = column;
  const size = byteLength + (place + 2) * width;
  const buffer = isShared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
  const bytes = new Uint8Array(buffer).fill(0xa5);
  bytes.set(new Uint8Array(column.buffer, column.byteOffset, byteLength), place * width);
  const Kind = column.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => ColumnArray; // its own
  return new Kind(buffer, place * width, column.length);
}

const bytesOf = (array: ArrayBufferView): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** The elements of rows, bit for bit. */
function picked(column: ColumnArray, rows: readonly number[]): Buffer {
  const width = column.BYTES_PER_ELEMENT;
  return Buffer.concat(rows.map((row) => bytesOf(column).subarray(row * width, (row + 1) * width)));
}

function expectPicked(got: ColumnArray, column: ColumnArray, rows: readonly number[], where: string): void {
  expect(got.constructor, where).toBe(column.constructor);
  expect(got.length, where).toBe(rows.length);
  expect(bytesOf(got).equals(picked(column, rows)), where).toBe(true);
  expect(got.buffer.byteLength, `${where}: its memory`).toBe(got.byteLength);
}

/** NaNs with payloads, and -0, among the elements. */
function withOddBits(column: ColumnArray): ColumnArray {
  const bits = column instanceof Float64Array ? new BigUint64Array(column.buffer) : undefined;
  for (let row = 0; bits !== undefined && row < bits.length; row += 5)
    bits[row] = [0x7ff0_0000_0000_0001n, 0xfff8_dead_beef_0001n, 0x8000_0000_0000_0000n][row % 3] ?? 0n;
  const words = column instanceof Float32Array ? new Uint32Array(column.buffer) : undefined;
  for (let row = 0; words !== undefined && row < words.length; row += 5)
    words[row] = [0x7f80_0001, 0xffc0_dead, 0x8000_0000][row % 3] ?? 0;
  return column;
}

const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 140 }) },
  { weight: 1, arbitrary: fc.integer({ min: 141, max: 3000 }) },
);

describe.skipIf(!canExecute)("on an x86-64 CPU", () => {
  test.each(engines)("rows and columns are those that JavaScript picks: $name", { timeout: 300_000 }, (engine) => {
    const property = fc.property(
      fc.constantFrom(...conditions).chain(({ text, kinds }) => fc.tuple(fc.constant(text), fc.constantFrom(...kinds))),
      fc.constantFrom(...kindsOfY),
      fc.constantFrom(...furtherLists),
      lengths,
      seedLists,
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 6 }),
      fc.boolean(),
      fc.constantFrom("all", "one", "some", "further"),
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()),
      ([text, kindX], kindY, kinds, length, seeds, places, isShared, what, [from, share, hasRange]) => {
        const f = compiled(engine, text);
        const column = (kind: ElementKind, index: number) =>
          moved(withOddBits(columnOf(kind, length, [...seeds, index])), places[index] ?? 0, isShared);
        const given: Record<string, ColumnArray> = {};
        if (f.parameters.includes("x")) given.x = column(kindX, 0);
        if (f.parameters.includes("y")) given.y = column(kindY, 1);
        for (const [index, kind] of kinds.entries()) given[`c${index}`] = column(kind, index + 2);
        const k = 2.25;
        const columns = f.parameters.includes("k") ? { ...given, k } : given;
        const where = `${text} of ${f.parameters.map((name) => given[name]?.constructor.name)}, ${kinds.join()}; ${length} rows`;

        const first = hasRange ? Math.floor(from * length) : 0;
        const count = hasRange ? Math.floor(share * (length - first)) : length;
        const options = hasRange ? { offset: first, length: count } : undefined;
        const condition = new Function(...f.parameters, `return ${text}`);
        const isTaken = (row: number) => condition(...f.parameters.map((name) => given[name]?.[row] ?? k));
        const rows = Array.from({ length: count }, (_, index) => first + index).filter(isTaken);

        const parameters = Object.fromEntries(f.parameters.map((name) => [name, given[name] ?? k]));
        expect([...f.filter(parameters, options)], where).toEqual(rows);
        const names = [...f.parameters, ...Object.keys(given)].filter(
          (name, index, list) => name in given && list.indexOf(name) === index,
        );
        const [one = "x"] = names;
        const lists = { all: undefined, one, some: [names.at(-1) ?? one, one, one], further: names.slice(1) };
        const found = f.select(columns, lists[what] as undefined, options) as Record<string, ColumnArray> | ColumnArray;
        if (what === "one") expectPicked(found as ColumnArray, given[one] as ColumnArray, rows, where);
        else {
          const wanted = what === "all" ? names : [...new Set(lists[what])];
          expect(Object.keys(found), where).toEqual(wanted);
          for (const name of wanted)
            expectPicked(
              (found as typeof given)[name] as ColumnArray,
              given[name] as ColumnArray,
              rows,
              `${where}: ${name}`,
            );
        }
      },
    );
    fc.assert(property, { seed, numRuns });
    for (const { how } of functions.get(`${engine.name}: x > 1`)?.code.kernels ?? [])
      expect(how).toContain(engine.name);
  });

  test.each(engines)("results larger than the memory that they go to first: $name", ({ name, compile }) => {
    using f = compile("x > t");
    const rows = 700_001;
    const x = Float64Array.from({ length: rows }, (_, row) => (row * 7919) % 1000);
    const y = Int16Array.from({ length: rows }, (_, row) => row);
    for (const t of name === "one row at a time" ? [99] : name === "avx2" ? [99, 990] : [-1, 99, 990]) {
      const taken = Uint32Array.from([...x.keys()].filter((row) => (x[row] ?? 0) > t));
      expect(bytesOf(f.filter({ x, t })).equals(bytesOf(taken)), `${t}`).toBe(true);
      const found = f.select({ x, y, t });
      expect(bytesOf(found.x).equals(bytesOf(Float64Array.from(taken, (row) => x[row] ?? 0))), `${t}`).toBe(true);
      expect(bytesOf(found.y).equals(bytesOf(Int16Array.from(taken, (row) => y[row] ?? 0))), `${t}`).toBe(true);
      expect(found.x.buffer.byteLength).toBe(8 * taken.length);
      const none = f.select({ x, y, t }, []);
      expect(none).toEqual({});
    }
  });

  test.each(engines)("a row that traps is told, however far it is, and where there are few: $name", ({ compile }) => {
    using f = compile("6 / n > 1", { types: { n: "i32" } });
    using loop = compile("(n) => { let i = 0; while (i < n) i++; return i > 5; }", { maxIterations: 100 });
    for (const rows of [1, 1000, 700_000]) {
      const n = new Int32Array(rows).fill(2);
      const id = Float64Array.from(n, (_, row) => row);
      expect(f.select({ n, id }, "id").length).toBe(rows);
      for (const row of new Set([0, rows >> 1, rows - 1])) {
        n[row] = 0;
        const trap = expect.objectContaining({ name: "TrapError", row });
        expect(() => f.select({ n, id })).toThrow(trap);
        expect(() => f.filter({ n })).toThrow(trap);
        expect(f.select({ n, id }, "id", { offset: row + 1 }).length).toBe(rows - row - 1);
        n[row] = 101;
        expect(() => loop.select({ n, id }, "id")).toThrow(trap);
        expect(() => loop.filter({ n })).toThrow(TrapError);
        n[row] = 100;
        expect(loop.select({ n, id }, "id")).toEqual(Float64Array.of(row));
        n[row] = 2;
      }
    }
  });

  test.each(engines)("aggregates, whole arrays and booleans in the condition: $name", ({ compile }) => {
    const x = Float64Array.from({ length: 4000 }, (_, row) => (row * 37) % 101);
    const rows = [...x.keys()];
    using above = compile("x > mean(x) && b", { types: { b: "bool" } });
    const b = Uint8Array.from(rows, (row) => row % 3);
    const mean = x.reduce((sum, value) => sum + value) / x.length;
    const taken = rows.filter((row) => (x[row] ?? 0) > mean && b[row] !== 0);
    expect(above.select({ x, b, id: Int32Array.from(rows) }, "id")).toEqual(Int32Array.from(taken));
    using listed = compile(
      "(list, x) => { for (let i = 0; i < list.length; i++) if (list[i] === x) return true; return false; }",
      {
        types: { list: "Float64Array" },
      },
    );
    const list = Float64Array.of(3, 50, 99);
    const found = listed.select({ list, x, id: Int32Array.from(rows) });
    expect(Object.keys(found)).toEqual(["x", "id"]);
    expect(found.id).toEqual(Int32Array.from(rows.filter((row) => list.includes(x[row] ?? 0))));
  });

  test("kernels of select are listed and explained", () => {
    const engine = engines.at(-1);
    using f = engine?.compile("x > t") ?? expect.fail("no engine");
    f.select({ x: Float64Array.of(1, 2, 3), t: 1, id: Int8Array.of(1, 2, 3) });
    expect(f.code.kernels.map(({ name }) => name)).toEqual(["select x, Int8Array(x: Float64Array, t)"]);
    const stages = f.stages.map(({ name }) => name).filter((name) => name.startsWith("select x, Int8Array"));
    expect(
      stages.some((name) => name.endsWith("widened")),
      stages.join(),
    ).toBe(true);
    expect(stages.at(-1)).toMatch(/assembly$/);
  });

  test("what the caller's code does meanwhile changes nothing that was checked", () => {
    const engine = engines.at(-1);
    using f = engine?.compile("x > 1") ?? expect.fail("no engine");
    const x = Float64Array.from({ length: 100 }, (_, row) => row);
    const take = () => structuredClone(x.buffer, { transfer: [x.buffer] });
    const names = new Proxy(["x"], {
      get(array, key) {
        if (x.length > 0) take();
        return Reflect.get(array, key);
      },
    });
    expect(() => f.select({ x }, names as readonly "x"[])).toThrow(TypeError);
  });

  test("shared columns that change meanwhile: only what was there at some time", { timeout: 60_000 }, async () => {
    const engine = engines.at(-1);
    using f = engine?.compile("x > 0") ?? expect.fail("no engine");
    const x = new Float64Array(new SharedArrayBuffer(8 * 800_000)).fill(1);
    const code = `const { x } = require("node:worker_threads").workerData;
      for (let value = 0; ; value = 1 - value) x.subarray(Math.random() * x.length).fill(value);`;
    const worker = new Worker(code, { eval: true, workerData: { x } });
    await new Promise((resolve) => worker.once("online", resolve));
    try {
      for (let round = 0; round < 8; round++) {
        const { length } = f.filter({ x });
        expect(length).toBeLessThanOrEqual(x.length);
        const { x: found, again } = f.select({ x, again: x });
        expect(found.buffer.byteLength).toBe(found.byteLength);
        expect(again.length).toBe(found.length);
        for (const array of [found, again]) expect(array.every((value) => value === 1 || value === 0)).toBe(true);
      }
    } finally {
      await worker.terminate();
    }
  });
});

test("columns that cannot be selected", () => {
  const engine = engines[0] ?? expect.fail("no engine");
  using f = engine.compile("x > 1");
  const x = Float64Array.of(1, 2);
  const select = f.select as (...args: unknown[]) => unknown; // wrong ones on purpose
  expect(() => select.call(f, { x, big: new BigUint64Array(2) })).toThrow(/big.*BigUint64Array/);
  expect(() => select.call(f, { x }, ["x", "z"])).toThrow("z is no column");
  expect(emptyColumn("u8c", 0).length).toBe(0);
});
