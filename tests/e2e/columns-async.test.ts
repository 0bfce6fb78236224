/** Columns on other threads, and the memory that `column` hands out. What could crash runs in a process of its own. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { column, compile, DisposedError, releaseColumn } from "../../node/index.ts";
import { built, runChild } from "./memory-child.ts";

const rows = 300_007;
const numbers = Float64Array.from({ length: rows }, (_, row) => Math.sin(row) * 1000);
const names = ["sum", "mean", "min", "max", "product", "count", "any", "all", "argmin", "argmax", "variance"] as const;

const copies = {
  plain: () => numbers.slice(),
  shared: () => {
    const shared = new Float64Array(new SharedArrayBuffer(rows * 8));
    shared.set(numbers);
    return shared;
  },
  column: () => {
    const own = column("f64", rows);
    own.set(numbers);
    return own;
  },
};

/** Equal by Object.is; `toEqual` takes minutes for as many elements. */
function expectSame(found: ArrayLike<unknown>, expected: ArrayLike<unknown>): void {
  expect(found.length).toBe(expected.length);
  for (let row = 0; row < expected.length; row++)
    if (!Object.is(found[row], expected[row])) expect([row, found[row]]).toEqual([row, expected[row]]);
}

describe.each(Object.entries(copies))("columns in %s memory", (_, make) => {
  test("give what one thread gives, to the bit, for any number of threads", async () => {
    using f = compile("sqrt(x * x + k) * x");
    const x = make();
    const expected = f.map({ x, k: 3 });
    const reduced = f.reduce(names, { x, k: 3 });
    for (const threads of [1, 2, 3, 100]) {
      expectSame(await f.mapAsync({ x, k: 3 }, { threads }), expected);
      expect(await f.reduceAsync(names, { x, k: 3 }, { threads })).toEqual(reduced);
    }
    const out = make();
    expect(await f.mapAsync({ x, k: 3 }, { out, threads: 2 })).toBe(out);
    expectSame(out, expected);
    expectSame(await f.mapAsync({ x, k: 3 }, { out: x }), expected);
  });

  test("a part of the rows, into another kind", async () => {
    using f = compile("x * 2");
    const x = make();
    const out = new Int16Array(1000);
    await f.mapAsync({ x }, { offset: 5, length: 999, out });
    const expected = new Int16Array(1000);
    f.map({ x }, { offset: 5, length: 999, out: expected });
    expect(out).toEqual(expected);
    expect(await f.reduceAsync("argmin", { x }, { offset: 7, length: 100_000 })).toBe(
      f.reduce("argmin", { x }, { offset: 7, length: 100_000 }),
    );
  });

  test("results that overlap their columns", async () => {
    using f = compile("x + 1");
    const x = make();
    const expected = f.map({ x }).slice(0, rows - 1);
    await f.mapAsync({ x }, { length: rows - 1, out: x.subarray(1) });
    expectSame(x.subarray(1), expected);
  });
});

test("several kinds of columns, tables, aggregates and BigInts", async () => {
  const a = Int16Array.from({ length: rows }, (_, row) => row % 100);
  const t = Float32Array.from({ length: 100 }, (_, index) => index / 7);
  using f = compile("(a, x, t) => t[a] * x", { types: { a: "i32", t: "Float32Array" } });
  expectSame(await f.mapAsync({ a, x: numbers, t }), f.map({ a, x: numbers, t }));
  using z = compile("(x - mean(x)) / sum(x * x)");
  expectSame(await z.mapAsync({ x: numbers }), z.map({ x: numbers }));
  expect(await z.reduceAsync("max", { x: numbers })).toBe(z.reduce("max", { x: numbers }));
  using b = compile("n * n - n");
  const n = BigInt64Array.from(a, BigInt);
  expectSame(await b.mapAsync({ n }), b.map({ n }));
  expect(await b.reduceAsync("sum", { n })).toBe(b.reduce("sum", { n }));
});

test("results in plain memory, past what is kept of them at once", async () => {
  const length = 1_100_003;
  using f = compile("a / b + a", { types: { a: "i32", b: "i32" } });
  const a = Int32Array.from({ length }, (_, row) => row);
  const b = new Int32Array(length + 1).subarray(1).fill(3);
  const out = new Float32Array(length + 5).fill(-1).subarray(1);
  const expected = f.map({ a, b }, { out: new Float32Array(length) });
  for (const threads of [1, 2]) {
    expect(await f.mapAsync({ a, b }, { out, threads })).toBe(out);
    expectSame(out.subarray(0, length), expected);
    expect([...out.subarray(length)]).toEqual([-1, -1, -1, -1]);
    out.fill(-1);
  }
  b[1_090_000] = 0;
  await expect(f.mapAsync({ a, b }, { out })).rejects.toMatchObject({ name: "TrapError", row: 1_090_000 });
  using g = compile("x + 1");
  await g.mapAsync({ x: a }, { out: a });
  expect([a[0], a[1_048_575], a[1_048_576], a[length - 1]]).toEqual([1, 1_048_576, 1_048_577, length]);
});

test("more columns than stints copy", async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `x${index}`);
  using f = compile(keys.join(" + "));
  const columns = Object.fromEntries(
    keys.map((key, index) => [key, Float64Array.from({ length: 30_011 }, (_, row) => Math.cos(row * index))]),
  );
  expectSame(await f.mapAsync(columns, { threads: 2 }), f.map(columns));
  expect(await f.reduceAsync("sum", columns, { threads: 2 })).toBe(f.reduce("sum", columns));
});

test("no rows", async () => {
  using f = compile("x + 1");
  const x = new Float64Array(0);
  expect(await f.mapAsync({ x })).toEqual(x);
  expect(await f.reduceAsync(["sum", "argmin"], { x })).toEqual({ sum: 0, argmin: -1 });
});

test("progress ends with all rows and never goes back", async () => {
  using f = compile("x * 2");
  const told: number[] = [];
  await f.mapAsync({ x: numbers }, { threads: 2, onProgress: (done, of) => told.push(of === rows ? done : -1) });
  expect(told.at(-1)).toBe(rows);
  expect(told).toEqual([...told].sort((left, right) => left - right));
  const failing = f.mapAsync(
    { x: numbers },
    {
      onProgress() {
        throw new RangeError("mine");
      },
    },
  );
  await expect(failing).rejects.toThrow("mine");
});

test("traps tell the lowest row", async () => {
  using f = compile("a / b", { types: { a: "i32", b: "i32" } });
  const a = new Int32Array(rows).fill(8);
  const b = new Int32Array(rows).fill(2);
  for (const row of [290_000, 200_001, 200_000, 250_000]) b[row] = 0;
  await expect(f.mapAsync({ a, b }, { threads: 3 })).rejects.toMatchObject({ name: "TrapError", row: 200_000 });
  await expect(f.reduceAsync("sum", { a, b }, { threads: 3 })).rejects.toMatchObject({ row: 200_000 });
  await expect(f.mapAsync({ a, b }, { offset: 200_001 })).rejects.toMatchObject({ row: 200_001 });
});

test("a hundred runs at once share the threads, and leave one for file reads", async () => {
  using f = compile("x * x + k");
  const x = numbers.slice(0, 100_000);
  const runs = Promise.all(Array.from({ length: 100 }, (_, k) => f.mapAsync({ x, k }, { threads: 1 + (k % 3) })));
  await readFile(fileURLToPath(import.meta.url));
  for (const [k, result] of (await runs).entries()) expectSame(result.subarray(-3), f.map({ x, k }).subarray(-3));
});

test("a run that waits for threads rejects at once when it is aborted", async () => {
  using endless = compile("(x) => { let s = 0; while (x > 0) s += x; return s; }");
  // Code with loops never runs on the calling thread.
  using f = compile("(x) => { let s = x; for (let i = 0; i < 2; i++) s += i; return s; }");
  const first = new AbortController();
  const second = new AbortController();
  const running = endless.mapAsync({ x: new Float64Array(rows).fill(1) }, { signal: first.signal });
  const waiting = f.mapAsync({ x: numbers }, { signal: second.signal });
  second.abort(new Error("no longer wanted"));
  await expect(waiting).rejects.toThrow("no longer wanted");
  first.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  expect((await f.mapAsync({ x: numbers }))[7]).toBe((numbers[7] ?? 0) + 1);
});

describe("abort", () => {
  const endless = "(n) => { let s = 0; while (n > 0) { s += n; } return s; }";

  test("stops a loop that never ends, with the signal's reason", async () => {
    using f = compile(endless);
    const controller = new AbortController();
    const run = f.mapAsync({ n: new Float64Array(1000).fill(1) }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 50);
    const begun = performance.now();
    await expect(run).rejects.toThrow("enough");
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(f(0)).toBe(0);
    expect(await f.mapAsync({ n: new Float64Array(3) })).toEqual(new Float64Array(3));
  });

  test("before and after the run", async () => {
    using f = compile("x + 1");
    await expect(f.mapAsync({ x: numbers }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    const controller = new AbortController();
    expect((await f.mapAsync({ x: numbers }, { signal: controller.signal })).length).toBe(rows);
    controller.abort();
  });
});

test("dispose during a run lets it end, and refuses the next", async () => {
  const f = compile("x * 3 + 1");
  const expected = f.map({ x: numbers });
  const run = f.mapAsync({ x: numbers });
  f.dispose();
  expectSame(await run, expected);
  await expect(f.mapAsync({ x: numbers })).rejects.toThrow(DisposedError);
  await expect(f.reduceAsync("sum", { x: numbers })).rejects.toThrow(DisposedError);
});

test("wrong options and columns reject", async () => {
  using f = compile("x + 1");
  const run = f.mapAsync.bind(f) as (...args: unknown[]) => Promise<unknown>; // wrong ones on purpose
  await expect(run({ x: numbers }, { threads: 0 })).rejects.toThrow("threads is 0; expected a whole number from 1 on");
  await expect(run({ x: numbers }, { signal: {} })).rejects.toThrow("expected an AbortSignal");
  await expect(run({ x: numbers }, { onProgress: 5 })).rejects.toThrow("expected a function");
  await expect(run({ x: numbers }, { thread: 2 })).rejects.toThrow("did you mean threads?");
  await expect(run({})).rejects.toThrow("mapAsync: column x is missing");
});

test("a pool thread stays free: a file is read meanwhile", async () => {
  using f = compile("(n) => { let s = 0; for (let i = 0; i < 3000; i++) s += n / (i + 1); return s; }");
  const n = new Float64Array(400_000).fill(2);
  let isOver = false;
  const run = f.mapAsync({ n }, { threads: 100 }).then(() => {
    isOver = true;
  });
  await readFile(fileURLToPath(import.meta.url));
  expect(isOver).toBe(false);
  await run;
});

describe("memory that goes meanwhile", () => {
  test("plain arrays that are transferred, shrunk or dropped: an error or an answer, no crash", () => {
    const { status, stdout, stderr } = runChild(
      `
      const { compile } = await import(${built("bundle/index.js")});
      const f = compile("(x, n) => { let s = x; for (let i = 0; i < 300; i++) s += n / (i + 1); return s; }"); // takes longer than 3 ms
      const rows = 1_000_000;
      const outcomes = [];
      // Looks at the answer as soon as it is there: it may be before its memory goes.
      const watch = (run) => run.then((a) => a.length === rows ? "all" : "part", (e) => e.message);
      const settle = async (run) => outcomes.push(await run);
      for (let round = 0; round < 3; round++) {
        const x = new Float64Array(rows).fill(1);
        const run = watch(f.mapAsync({ x, n: 2 }, { threads: 2 }));
        await new Promise((resolve) => setTimeout(resolve, 3));
        structuredClone(x.buffer, { transfer: [x.buffer] });
        await settle(run);
        const out = new Float64Array(rows);
        const second = watch(f.mapAsync({ x: new Float64Array(rows), n: 2 }, { out }));
        await new Promise((resolve) => setTimeout(resolve, 3));
        structuredClone(out.buffer, { transfer: [out.buffer] });
        await settle(second);
        const buffer = new ArrayBuffer(rows * 8, { maxByteLength: rows * 8 });
        const third = watch(f.mapAsync({ x: new Float64Array(buffer), n: 2 }));
        await new Promise((resolve) => setTimeout(resolve, 3));
        buffer.resize(4096);
        await settle(third);
        await settle(watch(f.mapAsync({ x: new Float64Array(rows), n: 2 }, { onProgress: (done) => { if (done % 3 === 0) gc(); } })));
      }
      console.log(JSON.stringify([...new Set(outcomes)].sort()));
      `,
      { flags: ["--expose-gc"] },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const outcomes = JSON.parse(stdout) as string[]; // printed above
    for (const outcome of outcomes) expect(outcome).toMatch(/^(all|the memory of (column x|out) is gone: .*)$/);
    expect(outcomes).toContain("all");
    expect(outcomes.length).toBeGreaterThan(1);
  });

  describe("endless loops end with their thread", () => {
    const endless = `compile("(n) => { let s = 0; while (n > 0) { s += n; } return s; }", { maxIterations: 1e15 })`;
    const onThreads = `${endless}.mapAsync({ n: new Float64Array(1000).fill(1) }, { threads: 3 }).catch(() => {});
      setTimeout(() => parentPort.postMessage("running"), 50); setInterval(() => {}, 1000);`;
    const onItself = `const f = ${endless}; parentPort.postMessage("running"); f(1); parentPort.postMessage("never");`;

    test.each([
      ["in a Worker's calls on other threads", onThreads],
      ["in a call of the Worker itself", onItself],
    ])("worker.terminate(), %s", (_, run) => {
      const inWorker = `import { parentPort } from "node:worker_threads"; const { compile } = await import(${built("bundle/index.js")}); ${run}`;
      const { stdout, status } = runChild(`
        import { Worker } from "node:worker_threads";
        await import(${built("bundle/index.js")});
        const worker = new Worker(${JSON.stringify(inWorker)}, { eval: true, execArgv: ["--input-type=module"] });
        worker.on("error", (error) => { console.log(error); process.exit(1); });
        worker.on("message", (message) => { if (message === "never") process.exit(2); });
        await new Promise((resolve) => worker.once("message", resolve));
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.log("terminated", await worker.terminate());`);
      expect(stdout).toBe("terminated 1\n");
      expect(status).toBe(0);
    });

    test("process.exit()", () => {
      const { status, signal } = runChild(`
        const { compile } = await import(${built("bundle/index.js")});
        ${endless}.mapAsync({ n: new Float64Array(1000).fill(1) }, { threads: 3 }).catch(() => {});
        setTimeout(() => process.exit(7), 50);`);
      expect([status, signal]).toEqual([7, null]);
    });
  });
});

describe("column", () => {
  test("is aligned, zeroed and of its kind", () => {
    const kinds = {
      f64: Float64Array,
      f32: Float32Array,
      i64: BigInt64Array,
      i32: Int32Array,
      u32: Uint32Array,
      i16: Int16Array,
      u16: Uint16Array,
      i8: Int8Array,
      u8: Uint8Array,
      u8c: Uint8ClampedArray,
    };
    for (const [kind, Kind] of Object.entries(kinds)) {
      const made = column(kind as keyof typeof kinds, 1000); // its own keys
      expect(made).toBeInstanceOf(Kind);
      expect(made.length).toBe(1000);
      expect(made.byteOffset).toBe(0);
      expect(made.every((value) => Number(value) === 0)).toBe(true);
    }
    expect(column("f64", 0).length).toBe(0);
    const large = column("f64", 1 << 20);
    large.fill(2);
    expect(compile("x * 2").map({ x: large }, { out: large })[(1 << 20) - 1]).toBe(4);
  });

  test("refuses what it cannot make", () => {
    const make = column as (...args: unknown[]) => unknown; // wrong ones on purpose
    expect(() => make("f16", 5)).toThrow('column: kind is "f16"; expected one of i8, u8');
    expect(() => make("f64", -1)).toThrow(RangeError);
    expect(() => make("f64", 1.5)).toThrow(RangeError);
    expect(() => make("f64", "5")).toThrow(RangeError);
    expect(() => make("f64", 2 ** 40)).toThrow("at most 1099511627776 are accepted");
    expect(() => make("f64", 2 ** 36)).toThrow(/makes no buffer|refused: ENOMEM/);
  });

  test("releaseColumn gives the memory back and leaves the array", () => {
    const x = column("f64", 1 << 20).fill(3);
    releaseColumn(x.subarray(5));
    expect(x[7]).toBe(0);
    x[7] = 9;
    expect(compile("x").reduce("sum", { x })).toBe(9);
    releaseColumn(x);
    expect(() => releaseColumn(new Float64Array(3))).toThrow(TypeError);
    for (const other of [undefined, 7, "x", [1], new ArrayBuffer(8), new DataView(new ArrayBuffer(8))])
      expect(() => releaseColumn(other as never)).toThrow(/^releaseColumn: .* expected an array from column\(\)/);
  });

  test("goes back when it is collected", () => {
    const { stdout, stderr } = runChild(
      `
      const { column } = await import(${built("bundle/index.js")});
      const { readFileSync } = await import("node:fs");
      const mapped = () => readFileSync("/proc/self/maps", "utf8").split("\\n").length;
      const resident = () => process.memoryUsage().rss;
      column("f64", 10).fill(1);
      const [mappings, bytes] = [mapped(), resident()];
      for (let round = 0; round < 60; round++) {
        for (let i = 0; i < 10; i++) column("f64", 1 << 18).fill(1);
        gc();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(JSON.stringify([mapped() - mappings, (resident() - bytes) / 2 ** 20]));
      `,
      { flags: ["--expose-gc"] },
    );
    expect(stderr).toBe("");
    const [mappings, megabytes] = JSON.parse(stdout) as [number, number]; // printed above
    expect(mappings).toBeLessThan(40);
    expect(megabytes).toBeLessThan(150);
  });

  test("is cloned, not taken, by a message", async () => {
    const x = column("f64", 10).fill(2);
    const worker = new Worker(
      "require('worker_threads').parentPort.once('message', (x) => process.exit(x.reduce((a, b) => a + b)))",
      { eval: true },
    );
    worker.postMessage(x);
    expect(await new Promise((resolve) => worker.once("exit", resolve))).toBe(20);
    expect(x[9]).toBe(2);
  });
});
