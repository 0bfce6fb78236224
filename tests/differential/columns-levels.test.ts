/**
 * One answer on every CPU: reductions, filters and maps of the same columns with AVX-512, with AVX2, and one row at a time are
 * the same to the bit. Levels that this machine lacks are left out, and told.
 */
import { expect, test } from "vitest";
import { type ColumnArray, createEngine } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";

const all = nodeHost.cpuFeatures;
const without = (...prefixes: string[]) =>
  new Set([...all].filter((feature) => !prefixes.some((prefix) => feature.startsWith(prefix))));
const levels = new Map<string, ReadonlySet<string>>([["one row at a time", without("avx", "fma")]]);
if (all.has("avx2") && all.has("fma")) levels.set("avx2", without("avx512"));
if (all.has("avx512vl") && all.has("avx512dq")) levels.set("avx512", all);
console.log(`columns-levels.test.ts: ${[...levels.keys()].join(", ")}`);
const engines = [...levels].map(([name, cpuFeatures]) => ({
  name,
  compile: createEngine(Object.create(nodeHost, { cpuFeatures: { value: cpuFeatures } })).compile,
}));

const kinds = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
};
const names = ["sum", "mean", "min", "max", "product", "count", "any", "all", "argmin", "argmax", "variance"] as const;
const texts = ["x", "x < 0 ? sqrt(-x) : x / 3 + y", "x - mean(y)"];
const special = [0, -0, 1, -1, 1.5, 255, 65536, -129, 2 ** 31, 5e-324, 0.1, 1e300, Number.NaN, -1e-3];

const valueAt = (row: number, hasNaN: boolean): number => {
  const value = special[(row * 7 + (row >> 4)) % special.length] ?? 0;
  return (Number.isNaN(value) && !hasNaN ? 3 : value) * (1 + (row % 13) / 17);
};

const bits = (array: ColumnArray): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

test("the levels are what they say", () => {
  const hows = engines.map(({ compile }) => {
    using f = compile("x * 2");
    f.map({ x: new Float64Array(100) });
    return f.code.kernels.at(-1)?.how.split(":")[0];
  });
  expect(hows).toEqual([...levels.keys()]);
});

test.each(Object.entries(kinds))("%s", (_, Kind) => {
  for (const text of texts)
    for (const type of [undefined, "i32"] as const) {
      const types = type === undefined ? {} : { x: type, y: type };
      const functions = engines.map(({ compile }) => compile(text, { parameters: ["x", "y"], types }));
      for (const hasNaN of [false, true])
        for (const [rows, offset] of [
          [33, 3],
          [16_385, 0],
          [20_001, 7],
        ] as const) {
          const x = Kind.from(Array.from({ length: rows }, (_, row) => valueAt(row, hasNaN)));
          const y = Kind.from(Array.from({ length: rows }, (_, row) => valueAt(row + 5, hasNaN)));
          const options = { offset };
          const [first, ...others] = functions.map((f) => ({
            reduced: f.reduce(names, { x, y }, options),
            taken: f.filter({ x, y }, options),
            mapped: f.map({ x, y }, options),
          }));
          if (first === undefined) throw new Error("no engine");
          for (const [index, other] of others.entries()) {
            const where = `${engines[index + 1]?.name}: ${text} of ${type}, ${rows} rows from ${offset}`;
            for (const name of names) expect(other.reduced[name], `${where}: ${name}`).toBe(first.reduced[name]);
            expect(bits(other.taken).equals(bits(first.taken)), `${where}: filter`).toBe(true);
            expect(bits(other.mapped).equals(bits(first.mapped)) || sameValues(other.mapped, first.mapped), where).toBe(
              true,
            );
          }
        }
      for (const f of functions) f.dispose();
    }
});

/** By Object.is: which NaN comes out is promised nowhere. */
function sameValues(a: ColumnArray, b: ColumnArray): boolean {
  for (let row = 0; row < a.length; row++) if (!Object.is(a[row], b[row])) return false;
  return a.length === b.length;
}
