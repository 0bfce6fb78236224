/**
 * Runs over columns that stay where they are: threads take chunks from one counter, in stints of machine code
 * (node/threads/stint-code.ts). The oracle is the same call on this thread. What could crash runs in a process of its own.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { column, compile, DisposedError } from "../../node/index.ts";
import { built, runChild } from "./memory-child.ts";

const lengths = [1, 63, 64, 65, 1023, 1024, 1025, 2049, 16383, 16384, 16385, 70_001, 500_009];
const names = ["sum", "mean", "min", "max", "product", "count", "any", "all", "argmin", "argmax", "variance"] as const;

function filled(length: number, isShared = false): Float64Array {
  const array = isShared ? new Float64Array(new SharedArrayBuffer(length * 8)) : column("f64", length);
  for (let row = 0; row < length; row++) array[row] = Math.sin(row) * 100;
  return array;
}

function expectSame(found: ArrayLike<unknown>, expected: ArrayLike<unknown>): void {
  expect(found.length).toBe(expected.length);
  for (let row = 0; row < expected.length; row++)
    if (!Object.is(found[row], expected[row])) expect([row, found[row]]).toEqual([row, expected[row]]);
}

describe.each([
  ["column", false],
  ["shared", true],
])("in %s memory", (_, isShared) => {
  test("every length and number of threads gives the bits of one thread", async () => {
    using f = compile("sqrt(x * x + k) - y");
    for (const length of lengths) {
      const columns = { x: filled(length, isShared), y: filled(length, isShared), k: length };
      const expected = f.map(columns, {});
      const reduced = f.reduce(names, columns, {});
      for (const threads of [1, 2, 3]) {
        expectSame(await f.mapAsync(columns, { threads }), expected);
        expect(await f.reduceAsync(names, columns, { threads })).toEqual(reduced);
        for (const name of ["sum", "max"] as const)
          expect(Object.is(await f.reduceAsync(name, columns, { threads }), reduced[name])).toBe(true);
      }
    }
  });

  test("parts of the rows, other kinds, and results over their own column", async () => {
    using f = compile("x * 3 + 1");
    const x = filled(100_003, isShared);
    const out = column("f32", 100_003);
    const expected = f.map({ x }, { offset: 7, length: 99_990 });
    await f.mapAsync({ x }, { offset: 7, length: 99_990, out });
    expectSame(out.subarray(0, 99_990), Float32Array.from(expected));
    const whole = f.map({ x });
    const copy = x.slice();
    expectSame(await f.mapAsync({ x }, { out: x }), whole);
    x.set(copy);
    await f.mapAsync({ x: x.subarray(0, -1) }, { out: x.subarray(1) });
    expectSame(x.subarray(1), whole.subarray(0, -1));
  });

  test("many arguments of all sorts", async () => {
    const length = 50_001;
    const text = "(a, b, c, d, e, g, h, t, n, k) => a + b * c - d * e + g - h + t[3] + k";
    const types = { c: "i32", e: "f32", t: "Float64Array", k: "f32" } as const;
    using f = compile(text, { types });
    const x = filled(length, isShared);
    const t = filled(5, isShared);
    const columns = { a: x, b: x, c: -7, d: 2.5, e: 0.1, g: x.subarray(0), h: x, t, n: 1, k: 1 / 3 };
    expectSame(await f.mapAsync(columns, { threads: 2 }), f.map(columns));
    expect(await f.reduceAsync("sum", columns, { threads: 3 })).toBe(f.reduce("sum", columns));
    using big = compile("n * m - n");
    const n = column("i64", length);
    for (let row = 0; row < length; row++) n[row] = BigInt(row * row);
    expectSame(await big.mapAsync({ n, m: 3n }, { threads: 2 }), big.map({ n, m: 3n }));
    expect(await big.reduceAsync("sum", { n, m: 3n })).toBe(big.reduce("sum", { n, m: 3n }));
  });
});

test("aggregates", async () => {
  using f = compile("(x - mean(x)) / sum(x * x)");
  const x = filled(200_001);
  expectSame(await f.mapAsync({ x }, { threads: 2 }), f.map({ x }));
});

test("rows that are left to scalar code, and traps", async () => {
  using f = compile("a / b", { types: { a: "i32", b: "i32" } });
  const length = 300_007;
  const a = column("i32", length).fill(8);
  const b = column("i32", length).fill(2);
  for (const threads of [1, 2, 3]) {
    for (const row of [290_000, 200_001, 200_000, 250_000]) b[row] = 0;
    await expect(f.mapAsync({ a, b }, { threads })).rejects.toMatchObject({ name: "TrapError", row: 200_000 });
    await expect(f.reduceAsync("sum", { a, b }, { threads })).rejects.toMatchObject({ row: 200_000 });
    await expect(f.mapAsync({ a, b }, { threads, offset: 200_001 })).rejects.toMatchObject({ row: 200_001 });
    b.fill(2);
    expect(await f.reduceAsync("sum", { a, b }, { threads })).toBe(4 * length);
  }
  // A loop that takes many more turns in some rows.
  using g = compile("(n) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }", { maxIterations: 100_000 });
  const n = column("f64", 40_000).fill(3);
  for (let row = 0; row < n.length; row += 997) n[row] = 20_000;
  expectSame(await g.mapAsync({ n }, { threads: 2 }), g.map({ n }));
  expect(await g.reduceAsync("sum", { n }, { threads: 2 })).toBe(g.reduce("sum", { n }));
  n[31_234] = 100_001;
  n[35_000] = 200_000;
  await expect(g.mapAsync({ n }, { threads: 2 })).rejects.toMatchObject({ trap: "iteration-limit", row: 31_234 });
});

test("a thousand runs at once, and files are read meanwhile", async () => {
  using f = compile("x * k + 1");
  const x = filled(3_000);
  const runs = Promise.all(
    Array.from({ length: 1000 }, (_, k) =>
      k % 2 === 0 ? f.mapAsync({ x, k }, { threads: 1 + (k % 3) }) : f.reduceAsync("max", { x, k }),
    ),
  );
  await readFile(fileURLToPath(import.meta.url));
  for (const [k, result] of (await runs).entries())
    if (typeof result === "number") expect(result).toBe(f.reduce("max", { x, k }, {}));
    else expect(result[2999]).toBe((x[2999] ?? 0) * k + 1);
});

test("the event loop turns where the calling thread computes all rows, as it does where others do", async () => {
  using f = compile("x + 1");
  for (const length of [1, 100, 400]) {
    const x = filled(length);
    for (const threads of [1, 2]) {
      const run = threads === 1 ? f.mapAsync({ x }, { threads }) : f.reduceAsync("sum", { x }, { threads });
      let isOver = false;
      const ended = run.then(() => {
        isOver = true;
      });
      // Promises alone do not end it, however many. Which callback the loop then calls first, nobody promises.
      for (let count = 0; count < 1000; count++) await undefined;
      expect(isOver).toBe(false);
      await ended;
    }
  }
});

test("the calling thread gives way to other work", async () => {
  using f = compile("sin(x) * cos(x) + exp(-x * x)");
  const x = filled(1_000_000);
  let isOver = false;
  const run = f.mapAsync({ x }, { threads: 2 }).then((result) => {
    isOver = true;
    return result;
  });
  let turns = 0;
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    const begun = performance.now();
    while (performance.now() - begun < 0.2);
    turns++;
  }
  expectSame(await run, f.map({ x }));
  expect(turns).toBeGreaterThan(1);
});

test("abort at any moment: the whole answer, or the reason", async () => {
  using f = compile("(x) => { let s = x; for (let i = 0; i < 40; i++) s = s * 0.5 + i; return s; }");
  const x = filled(200_000);
  const expected = f.map({ x });
  const reason = new Error("enough");
  for (let round = 0; round < 60; round++) {
    const controller = new AbortController();
    const out = column("f64", x.length);
    const run = f.mapAsync({ x }, { out, threads: 1 + (round % 3), signal: controller.signal });
    const stop = () => controller.abort(reason);
    if (round % 4 === 0) stop();
    else if (round % 4 === 1) setImmediate(stop);
    else setTimeout(stop, round % 9);
    const answer = await run.catch((error: unknown) => error);
    if (answer === out) expectSame(out, expected);
    else expect(answer).toBe(reason);
  }
  expectSame(await f.mapAsync({ x }), expected);
});

test("a loop that never ends stops; others get their turn meanwhile", async () => {
  using endless = compile("(n) => { let s = 0; while (n > 0) { s += n; } return s; }");
  using f = compile("x + 1");
  const controller = new AbortController();
  const n = filled(5000).fill(1);
  const run = endless.mapAsync({ n }, { threads: 1, signal: controller.signal });
  const x = filled(100_000);
  expect((await f.mapAsync({ x }))[5]).toBe((x[5] ?? 0) + 1);
  controller.abort(new Error("enough"));
  await expect(run).rejects.toThrow("enough");
});

test("dispose during a run lets it end; progress never goes back", async () => {
  const f = compile("sin(x) * x");
  const x = filled(400_000);
  const expected = f.map({ x });
  const told: number[] = [];
  const run = f.mapAsync({ x }, { threads: 2, onProgress: (done) => told.push(done) });
  f.dispose();
  expectSame(await run, expected);
  expect(told.at(-1)).toBe(x.length);
  expect(told).toEqual([...told].sort((left, right) => left - right));
  await expect(f.mapAsync({ x })).rejects.toThrow(DisposedError);
  using g = compile("x + 1");
  const failing = g.mapAsync(
    { x },
    {
      onProgress() {
        throw new RangeError("mine");
      },
    },
  );
  await expect(failing).rejects.toThrow("mine");
});

test("Workers that compute, and are ended meanwhile", () => {
  const work = `
    import { parentPort, workerData } from "node:worker_threads";
    import { column, compile } from ${built("bundle/index.js")};
    const f = compile("x * 2 + k");
    const x = new Float64Array(workerData).fill(4);
    for (let k = 0; k < 50; k++) {
      const [result, sum] = await Promise.all([f.mapAsync({ x, k }), f.reduceAsync("sum", { x, k })]);
      if (result[x.length - 1] !== 8 + k || sum !== (8 + k) * x.length) throw new Error("wrong " + k);
    }
    parentPort.postMessage("done");
    for (;;) await f.mapAsync({ x, k: 1 });
  `;
  const { status, signal, stdout, stderr } = runChild(`
    import { Worker } from "node:worker_threads";
    const shared = new SharedArrayBuffer(8 * 100000);
    const url = new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(work)}));
    const workers = [1, 2].map(() => new Worker(url, { workerData: shared }));
    const answers = await Promise.all(workers.map((worker) => new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); })));
    await Promise.all(workers.map((worker) => worker.terminate()));
    console.log(answers.join());
  `);
  expect({ status, signal, stderr, stdout }).toEqual({ status: 0, signal: null, stderr: "", stdout: "done,done\n" });
}, 90_000);

test("Workers that are terminated while they end by themselves", () => {
  const work = `
    import { parentPort } from "node:worker_threads";
    import { column, compile } from ${built("bundle/index.js")};
    const x = column("f64", 20000);
    await compile("x + 1").mapAsync({ x });
    parentPort.postMessage("last words");
  `;
  const { status, signal, stdout, stderr } = runChild(`
    import { Worker } from "node:worker_threads";
    const url = new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(work)}));
    for (let round = 0; round < 8; round++) {
      const worker = new Worker(url);
      await new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); });
      await worker.terminate();
    }
    console.log("alive");
  `);
  expect({ status, signal, stderr, stdout }).toEqual({ status: 0, signal: null, stderr: "", stdout: "alive\n" });
}, 90_000);
