/**
 * Results larger than the caches: the stretches by each kind of store (src/engine/store-trial.ts), and what follows. The host says
 * that its caches are small and tells a time that makes one kind win, so that each is used for the rest.
 */
import { describe, expect, test } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { createEngine, type Engine } from "../../src/engine/compile.ts";

/** How often the clock was read. */
let calls = 0;

/** An engine to which stretches by turns take the given times. */
function engineOf(...times: readonly number[]): Engine {
  let clock = 0;
  const now = () => {
    if (calls++ % 2 === 1) clock += times[(calls >> 1) % times.length] ?? 0;
    return clock;
  };
  return createEngine(Object.create(nodeHost, { cacheBytes: { value: 1 << 20 }, now: { value: now } }));
}

const rows = 13 * (1 << 17) + 77;
const x = new Float64Array(rows + 3).subarray(3);
const i = new Int32Array(rows + 1).subarray(1);
for (let row = 0; row < rows; row++) {
  x[row] = ((row * 2654435761) % 4093) / 16 - 100;
  i[row] = Math.imul(row, 2654435761);
}

function firstDifference(results: ArrayLike<unknown>, of: (row: number) => unknown): number {
  for (let row = 0; row < rows; row++) if (!Object.is(results[row], of(row))) return row;
  return -1;
}

describe.each([
  ["fetching", [1, 2, 2, 1]],
  ["streaming", [2, 1, 1, 2]],
])("%s wins", (_, times) => {
  const { compile } = engineOf(...times.slice(-1), ...times.slice(0, -1));

  test("results are the same row by row, at any offset", () => {
    const f = compile("x > 0 ? (x + 5) * 3 : -x");
    const of = (row: number) => ((x[row] ?? 0) > 0 ? ((x[row] ?? 0) + 5) * 3 : -(x[row] ?? 0));
    const out = new Float64Array(rows + 9).subarray(2, rows + 2);
    calls = 0;
    expect(firstDifference(f.map({ x }, { out }), of)).toBe(-1);
    expect([out.buffer.byteLength, new Float64Array(out.buffer).slice(rows + 2).every((value) => value === 0)]).toEqual(
      [(rows + 9) * 8, true],
    );
    expect(calls).toBe(24); // twelve stretches, and then it was decided
    expect(firstDifference(f.map({ x }), of)).toBe(-1);
    expect(calls).toBe(24);
    const own = x.slice();
    expect(firstDifference(f.map({ x: own }, { out: own }), of)).toBe(-1);
    f.dispose();
  });

  test("elements of other widths", () => {
    const f = compile("(i * 3 + 1) | 0", { types: { i: "i32" } });
    expect(firstDifference(f.map({ i }), (row) => ((i[row] ?? 0) * 3 + 1) | 0)).toBe(-1);
    const bytes = new Uint8Array(rows);
    expect(firstDifference(f.map({ i }, { out: bytes }), (row) => ((i[row] ?? 0) * 3 + 1) & 255)).toBe(-1);
    f.dispose();
  });

  test("a trap in a stretch is that of its row", () => {
    const f = compile<bigint>("100n / n", { types: { n: "i64" } });
    const rowOfTrap = 3 * (1 << 18) + 1001;
    const n = new BigInt64Array(rows).fill(3n);
    n[rowOfTrap] = 0n;
    const out = new BigInt64Array(rows).fill(7n);
    expect(() => f.map({ n }, { out })).toThrow(`row ${rowOfTrap}`);
    expect(out[rowOfTrap - 1]).toBe(33n);
    f.dispose();
  });
});
