/**
 * Rows that take the rare ways of mathematical functions, at every place of a turn of a kernel's loop: the main loop abandons such
 * turns, and another one computes them. Kernels against the same function called for each row, to the bit.
 */
import { expect, test } from "vitest";
import { createEngine } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import { canExecute } from "../machine-code-runner.ts";

const withoutAvx512 = new Set([...nodeHost.cpuFeatures].filter((feature) => !feature.startsWith("avx512")));
const engines = [
  createEngine(nodeHost),
  createEngine(Object.create(nodeHost, { cpuFeatures: { value: withoutAvx512 } })),
];

/** Values that go rare ways: of sin, of log, exp and pow, of several at once. */
const rare = [1e10, 5e-324, -0, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 2e-308, -746];

const usual = (row: number): number => 0.25 + ((row * 37) % 101) / 16;

const texts = {
  sine: "x => Math.sin(x)",
  power: "x => x ** 1.7",
  three: "x => Math.sin(x) * Math.cos(x + 1) + Math.log(x)",
  side: "x => x > 3 ? Math.exp(x * 8) : Math.tan(x)",
  // A wrong cosine may not lead the loop astray, nor the index.
  loop: "x => { let s = x; for (let i = 0; i < 20 && Math.abs(s) < 100; i++) s += Math.cos(s * i) + 1; return s; }",
  searched: "x => { let s = 0; do { s += Math.sin(x) ** 2 + 0.125; } while (s < 2); return Math.log(s * x); }",
};

/** Rows of a test: the usual ones, but these. */
function column(rows: number, isRare: (row: number) => boolean, kind: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) =>
    isRare(row) ? (rare[(row + kind) % rare.length] ?? 0) : usual(row),
  );
}

for (const [name, text] of Object.entries(texts))
  test.skipIf(!canExecute)(`${name}: rare rows anywhere (no x86-64 CPU: skipped)`, { timeout: 120_000 }, () => {
    for (const { compile } of engines) {
      const f = compile<number>(text);
      const compare = (x: Float64Array, where: string): void => {
        const want = Array.from(x, (value) => f(value));
        expect(Array.from(f.map({ x }) as Float64Array), where).toEqual(want); // of numbers
        const inPlace = x.slice();
        f.map({ x: inPlace }, { out: inPlace });
        expect(Array.from(inPlace), `${where}, in place`).toEqual(want);
      };
      for (let at = 0; at < 150; at++)
        compare(
          column(150, (row) => row === at, at),
          `row ${at} of 150`,
        );
      for (const rows of [17, 33, 64, 95, 100, 500, 2000])
        for (const [pattern, isRare] of Object.entries({
          all: () => true,
          last: (row: number) => row === rows - 1,
          first: (row: number) => row === 0,
          "each 40th": (row: number) => row % 40 === 39,
          stretches: (row: number) => (row & 128) !== 0,
        }))
          compare(column(rows, isRare, rows), `${pattern} of ${rows}`);
      f.dispose();
    }
  });

test.skipIf(!canExecute)("rare rows on the way past the caches (no x86-64 CPU: skipped)", { timeout: 120_000 }, () => {
  const rows = 2 ** 22 + 77;
  const x = column(rows, (row) => row % 9973 < 3 || row > rows - 2, 0);
  const shifted = new Float64Array(rows + 1).subarray(1);
  for (const { compile } of engines) {
    const f = compile<number>("x => Math.log(x) * 2");
    const got = f.map({ x }, { out: shifted }) as Float64Array; // of numbers
    for (let row = 0; row < rows; row++) {
      const isNear = row % 9973 < 100 || row > rows - 300;
      if (isNear && !Object.is(got[row], f(x[row] ?? 0))) expect.fail(`row ${row}: ${got[row]} for ${x[row]}`);
    }
    f.dispose();
  }
});

test.skipIf(!canExecute)("filter and reduce over rare rows (no x86-64 CPU: skipped)", { timeout: 120_000 }, () => {
  for (const { compile } of engines) {
    const condition = compile<boolean>("x => Math.sin(x) > 0.25");
    const value = compile<number>("x => Math.sin(x)");
    const precomputed = compile<number>("s => s");
    for (let at = 0; at < 150; at++)
      for (const step of [1, 7, 1000]) {
        const x = column(150, (row) => row >= at && (row - at) % step === 0 && row < at + 3000, at).map((number) =>
          Number.isFinite(number) ? number : 1e15,
        );
        const want = [...x.keys()].filter((row) => condition(x[row] ?? 0));
        expect(Array.from(condition.filter({ x })), `row ${at}, each ${step}`).toEqual(want);
        const values = Array.from(x, (number) => value(number));
        expect(value.reduce("max", { x }), `row ${at}, each ${step}`).toBe(Math.max(...values));
        // The lanes' sums do not depend on how the value is computed.
        expect(value.reduce("sum", { x }), `row ${at}, each ${step}`).toBe(
          precomputed.reduce("sum", { s: Float64Array.from(values) }),
        );
      }
    condition.dispose();
    value.dispose();
    precomputed.dispose();
  }
});
