/** What happens to code that nobody refers to, and to a Worker's code when the Worker ends. */
import { describe, expect, it } from "vitest";
import { built, runChild } from "./memory-child.ts";

const memory = built("bundle/memory.js");
const exposeGc = { flags: ["--expose-gc"] };

/** Collects, and lets the event loop turn so that finalisation callbacks run. */
const collect = `
  import { readFileSync } from "node:fs";
  const collect = async () => {
    for (let round = 0; round < 4; round++) {
      gc();
      await new Promise((done) => setImmediate(done));
    }
  };
  const isMapped = (address) => readFileSync("/proc/self/maps", "utf8").split("\\n").some((line) => {
    const [, from, to] = /^(\\w+)-(\\w+)/.exec(line) ?? [];
    return parseInt(from, 16) <= address && address < parseInt(to, 16);
  });
`;

function outputOf(script: string, options: Parameters<typeof runChild>[1] = exposeGc): unknown {
  const { status, signal, stdout, stderr } = runChild(collect + script, options);
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
}

describe("functions that nobody refers to", () => {
  it("are collected when the event loop turns, and those referred to are not", () => {
    const counts = outputOf(`
      import { threadArena, toFunction } from ${memory};
      const code = Uint8Array.of(0x48, 0x8d, 0x47, 0x04, 0xc3);
      const kept = toFunction(code, "i64(i64)");
      const before = threadArena().statistics().functions;
      (() => { for (let index = 0; index < 1000; index++) toFunction(code, "i64(i64)"); })();
      const during = threadArena().statistics().functions;
      await collect();
      console.log(JSON.stringify([during - before, threadArena().statistics().functions - before, String(kept(4n))]));
    `);
    expect(counts).toEqual([1000, 0, "8"]);
  });

  it("are not collected while a bound method or a closure holds them", () => {
    const answers = outputOf(`
      import { toFunction } from ${memory};
      const held = (() => { const f = toFunction(Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3), "i32()"); return () => f(); })();
      await collect();
      for (let index = 0; index < 100; index++) toFunction(Uint8Array.of(0xb8, 1, 0, 0, 0, 0xc3), "i32()");
      await collect();
      console.log(JSON.stringify(held()));
    `);
    expect(answers).toBe(42);
  });

  it("are not collected while a reducer holds them, or a run on other threads", () => {
    const answers = outputOf(`
      import { compile } from ${built("bundle/index.js")};
      const { add, result } = compile("x * 3").reducer(["sum"]);
      const x = Float64Array.from({ length: 100_000 }, (_, row) => row);
      const runs = [compile("x * x + 1").mapAsync({ x }), compile("x - mean(x)").reduceAsync("max", { x })];
      await collect();
      for (let index = 0; index < 100; index++) compile("x + " + index);
      await collect();
      add({ x });
      const [squares, farthest] = await Promise.all(runs);
      console.log(JSON.stringify([result().sum, squares.at(-1), farthest]));
    `);
    expect(answers).toEqual([3 * 4_999_950_000, 99_999 ** 2 + 1, 49_999.5]);
  });

  it("free nothing twice when they were disposed before", () => {
    const [functions, answer] = outputOf(`
      import { CodeArena, toFunction } from ${memory};
      const arena = new CodeArena();
      (() => { for (let index = 0; index < 100; index++) toFunction(Uint8Array.of(0xc3), "void()", { arena }).dispose(); })();
      const reuse = toFunction(Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3), "i32()", { arena });
      await collect();
      console.log(JSON.stringify([arena.statistics().functions, reuse()]));
    `) as [number, number];
    expect([functions, answer]).toEqual([1, 42]);
  });

  it("stay in a loop that never turns, until maxCodeBytes says so", () => {
    const { stdout } = runChild(
      `
      import { toFunction } from ${memory};
      let made = 0;
      try { for (;;) { toFunction(Uint8Array.of(0xc3), "void()"); made++; } }
      catch (error) { console.log(error.name, made, error.message); }
    `,
      { environment: { JITSMITH_MAX_CODE_BYTES: "65536", JITSMITH_MEMORY: "dual" } },
    );
    expect(stdout).toMatch(
      /^MemoryError 10\d\d no room for 1 bytes of code: 1024 functions occupy 65536 of maxCodeBytes = 65536; dispose functions, let the event loop turn/,
    );
  });

  it("cost no memory when they are disposed, loop or not", () => {
    const [codeGrowth, heapGrowth] = outputOf(`
      import { threadArena, toFunction } from ${memory};
      const code = new Uint8Array(200).fill(0xc3);
      const round = (count) => { for (let index = 0; index < count; index++) toFunction(code, "void()").dispose(); };
      round(20_000);
      gc();
      const heap = process.memoryUsage().heapUsed;
      const pages = threadArena().statistics().pageBytes;
      round(100_000);
      const growth = threadArena().statistics().pageBytes - pages;
      gc();
      console.log(JSON.stringify([growth, process.memoryUsage().heapUsed - heap]));
    `) as [number, number];
    expect(codeGrowth).toBe(0);
    expect(heapGrowth).toBeLessThan(1_000_000); // ten bytes a function; one that stayed costs hundreds
  });
});

describe("regions that nobody refers to", () => {
  it("are unmapped, writable and sealed ones, but not while a function over them lives", () => {
    const states = outputOf(`
      import { WritableRegion } from ${memory};
      let f;
      const addresses = (() => {
        const writable = WritableRegion.allocate(1 << 20);
        const sealed = WritableRegion.allocate(1 << 20);
        const called = WritableRegion.allocate(1 << 20);
        called.write(100, [0xb8, 42, 0, 0, 0, 0xc3]);
        const places = [writable.address, sealed.address, called.address];
        sealed.seal().toFunction("void()");
        f = called.seal().toFunction("i32()", 100);
        return places;
      })();
      const states = [addresses.map(isMapped)];
      await collect();
      states.push(addresses.map(isMapped), f());
      f = undefined;
      await collect();
      states.push(addresses.map(isMapped));
      console.log(JSON.stringify(states));
    `);
    expect(states).toEqual([[true, true, true], [false, false, true], 42, [false, false, false]]);
  });
});

describe("arenas that nobody refers to", () => {
  it.each(["dual", "flip"])("are unmapped with their functions, but not while one of these lives, %s", (mode) => {
    const states = outputOf(`
      import { CodeArena, toFunction } from ${memory};
      let f;
      const addresses = (() => {
        const kept = new CodeArena({ mode: "${mode}" });
        const lost = new CodeArena({ mode: "${mode}" });
        f = toFunction(Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3), "i32()", { arena: kept });
        return [kept, lost].map((arena) => arena.install(Uint8Array.of(0xc3)).address);
      })();
      const states = [addresses.map(isMapped)];
      await collect();
      states.push(addresses.map(isMapped), f());
      f = undefined;
      await collect();
      states.push(addresses.map(isMapped));
      console.log(JSON.stringify(states));
    `);
    expect(states).toEqual([[true, true], [true, false], 42, [false, false]]);
  });
});

describe("a Worker's memory", () => {
  it.each([
    ["terminated while idle", "setInterval(() => {}, 1000)", true],
    ["terminated in a loop", "for (;;);", true],
    ["at its natural end", "", false],
    ["at process.exit", "process.exit(0)", false],
    ["after an exception", "setTimeout(() => { throw new Error('thrown on purpose'); })", false],
  ])("goes with it: %s", (_name, end, terminate) => {
    const result = outputOf(`
      import { Worker } from "node:worker_threads";
      const source = \`
        const { parentPort } = require("node:worker_threads");
        import(${memory.replaceAll('"', "'")}).then(({ CodeArena, toFunction, threadArena, WritableRegion }) => {
          const f = toFunction(Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3), "i32()");
          const region = WritableRegion.allocate(1 << 20);
          const places = [region.address];
          const sealed = region.seal();
          const open = WritableRegion.allocate(1 << 20);
          const flipped = new CodeArena({ mode: "flip" }).install(Uint8Array.of(0xc3));
          const shared = threadArena().install(Uint8Array.of(0xc3));
          const disposed = WritableRegion.allocate(4096);
          disposed.dispose();
          globalThis.keep = [f, sealed, open, flipped, shared];
          parentPort.postMessage({ answer: f(), places: [...places, open.address, flipped.address, shared.address] });
          ${end}
        });
      \`;
      const memoryFiles = () => readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => line.includes("jitsmith")).length;
      const states = [];
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(source, { eval: true, execArgv: [] });
        worker.on("error", () => {});
        const exited = new Promise((done) => worker.on("exit", done));
        const { answer, places } = await new Promise((done) => worker.on("message", done));
        const during = ${terminate} ? places.map(isMapped) : [true, true, true, true];
        if (${terminate}) await worker.terminate();
        await exited;
        states.push([answer, during, places.map(isMapped), memoryFiles()]);
      }
      console.log(JSON.stringify(states));
    `);
    const yes = [true, true, true, true];
    const no = [false, false, false, false];
    expect(result).toEqual(new Array(3).fill([42, yes, no, 0]));
  });
});
