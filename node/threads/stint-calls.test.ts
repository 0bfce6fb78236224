/** Stints of kernels that are written here: which chunks threads take, and memory that is not there. */
import { describe, expect, test } from "vitest";
import type { Board, Stint, StintArgument, StintCall } from "../../src/engine/host.ts";
import { column } from "../columns/column.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { bindStint, openBoard } from "./stint-calls.ts";
import { threads } from "./thread-host.ts";

/** Writes the rows of each call, which come in xmm0 and go back there, to its first row's element: movsd [rsi], xmm0; ret. */
const marking = threadArena().install(Uint8Array.of(0xf2, 0x0f, 0x11, 0x06, 0xc3));
/** Copies the first row's element: mov rax, [rdx]; mov [rsi], rax; ret. */
const copying = threadArena().install(Uint8Array.of(0x48, 0x8b, 0x02, 0x48, 0x89, 0x06, 0xc3));

function bind(inputs: readonly StintArgument[], unit: number): StintCall {
  const call = bindStint([{ from: "column", bytes: 8 }, ...inputs, { from: "rows" }], unit);
  if (call === undefined) throw new Error("this system has no stints");
  return call;
}

const stint = (code: number, board: Board, rows: number, values: readonly number[], lasts: Stint["lasts"]): Stint => ({
  code,
  scalar: undefined,
  board,
  rows,
  values,
  chunkRows: undefined,
  lasts,
});

/** The chunks that the marking kernel has left. */
function chunksOf(marks: Float64Array): { first: number; rows: number }[] {
  return [...marks].flatMap((rows, first) => (rows > 0 ? [{ first, rows }] : []));
}

describe("chunks", () => {
  test.each([
    [64, 0, 100_003],
    [64, 0, 1],
    [64, 1 << 20, (1 << 20) + 70_001],
    [16_384, 0, 1_000_001],
  ])("in units of %i, from %i to %i: every row once, and small ones at the end", async (unit, first, end) => {
    const board = openBoard(first);
    const marks = column("f64", end - first);
    const values = [threads.addressOf(marks) - first * 8];
    const call = bind([], unit);
    const results = [
      call.runHere(stint(marking.address, board, end, values, "chunk")),
      ...(await Promise.all([1, 2].map(() => call.start(stint(marking.address, board, end, values, "stint")).done))),
    ];
    expect(board.next()).toBeGreaterThanOrEqual(end);
    board.close();
    const chunks = chunksOf(marks);
    let row = 0;
    for (const chunk of chunks) {
      expect(chunk.first).toBe(row);
      row += chunk.rows;
      if (row < end - first) expect(chunk.rows % unit).toBe(0);
    }
    expect(row).toBe(end - first);
    expect(results.reduce((sum, { rows }) => sum + rows, 0)).toBe(end - first);
    for (const { left, isGone, trap } of results) expect([left, isGone, trap]).toEqual([-1, false, undefined]);
    const most = Math.max(...chunks.map(({ rows }) => rows));
    if (chunks.length > 20 && unit === 64) expect(chunks.at(-1)?.rows).toBeLessThanOrEqual(most / 8);
  });

  test("a stint for one chunk takes one", () => {
    const board = openBoard(0);
    const marks = column("f64", 10_000);
    const call = bind([], 64);
    const { rows, chunkRows } = call.runHere(
      stint(marking.address, board, 10_000, [threads.addressOf(marks)], "chunk"),
    );
    expect(chunksOf(marks)).toEqual([{ first: 0, rows }]);
    expect(chunkRows).toBeGreaterThanOrEqual(rows);
    board.close();
  });
});

describe("columns that are copied", () => {
  test("are read where they are", async () => {
    const board = openBoard(0);
    const x = Float64Array.from({ length: 50_000 }, (_, row) => row + 1);
    const out = column("f64", x.length);
    const call = bind([{ from: "copied", bytes: 8 }], 64);
    const values = [threads.addressOf(out), threads.addressOf(x)];
    const { rows, isGone } = await call.start(stint(copying.address, board, x.length, values, "stint")).done;
    // The kernel gives back the rows that it was called for, though it has done one.
    expect([rows, isGone]).toEqual([x.length, false]);
    for (const [row, value] of out.entries()) if (value !== 0) expect(value).toBe(row + 1);
    expect(out[0]).toBe(1);
    board.close();
  });

  test("memory that is not there: no crash, and nobody goes on", async () => {
    const call = bind([{ from: "copied", bytes: 8 }], 64);
    const out = column("f64", 50_000);
    for (const address of [65_536, 8, 2 ** 47 - 65_536]) {
      const board = openBoard(0);
      const values = [threads.addressOf(out), address];
      const { rows, isGone, trap } = await call.start(stint(copying.address, board, out.length, values, "stint")).done;
      expect([rows, isGone, trap]).toEqual([0, true, undefined]);
      expect(board.next()).toBeGreaterThan(out.length);
      board.close();
    }
    expect(out.every((value) => value === 0)).toBe(true);
  });
});
