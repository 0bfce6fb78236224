/** Direct calls on several threads: each has gates of its own, and a Worker that ends leaves nothing behind. */
import { describe, expect, it } from "vitest";
import { built, runChild } from "./memory-child.ts";

/** A script for a Worker, as the URL that its constructor takes; it gets what every script here uses, and perhaps `count`. */
const inWorker = (script: string, counts = false): string => {
  const text = `
    import { parentPort, workerData } from "node:worker_threads";
    import { compile } from ${counts ? built("node/index.js") : built("bundle/index.js")};
    ${counts ? countDown : ""}
    ${script}`;
  return `new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(text)}`)})`;
};

/** `count(n)` counts n down in machine code, by a direct call; a gigacount takes a third of a second or more. */
const countDown = `
  import { bindDirect } from ${built("node/calls/direct-calls.js")};
  import { threadArena } from ${built("node/memory.js")};
  // cvttsd2si rax, xmm0; dec rax; jnz -5; xorps xmm0, xmm0; ret
  const countCode = threadArena().install(Uint8Array.of(0xf2, 0x48, 0x0f, 0x2c, 0xc0, 0x48, 0xff, 0xc8, 0x75, 0xfb, 0x0f, 0x57, 0xc0, 0xc3));
  const counter = bindDirect(countCode.address, "f64(f64)");
  const count = (n) => counter.call(n, counter.address, counter.entry);
`;

const prelude = `
  import { readFileSync } from "node:fs";
  import { Worker } from "node:worker_threads";
  import { compile } from ${built("bundle/index.js")};
  const message = (worker) => new Promise((done, failed) => { worker.once("message", done); worker.once("error", failed); });
  const ended = (worker) => new Promise((done) => worker.once("exit", done));
  const print = (value) => console.log(JSON.stringify(value));
`;

const environment = { JITSMITH_CALLS: "direct" };

function outputOf(script: string, flags: readonly string[] = []): unknown {
  const { status, signal, stdout, stderr } = runChild(prelude + script, { environment, flags });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
}

describe("direct calls in Workers", () => {
  it("run on several threads at once, each with its own call context", () => {
    const work = `
      const f = compile("(x + 5) * 3"), g = compile("a / b", { types: { a: "i32", b: "i32" } });
      const work = (own, rounds) => {
        let wrong = 0, traps = 0;
        for (let i = 0; i < rounds; i++) {
          if (f(i + own) !== (i + own + 5) * 3) wrong++;
          try { if (g(i, i % own) !== Math.trunc(i / (i % own))) wrong++; } catch { if (i % own === 0) traps++; }
        }
        return [wrong, traps === Math.ceil(rounds / own)];
      };
    `;
    const results = outputOf(`
      ${work}
      const url = ${inWorker(`${work} parentPort.postMessage(work(workerData, 100000));`)};
      const workers = [97, 89, 83].map((workerData) => new Worker(url, { workerData }));
      const answers = workers.map(message);
      const own = [];
      do own.push(work(101, 20000)); while (await Promise.race([Promise.all(answers).then(() => false), new Promise((done) => setImmediate(() => done(true)))]));
      print([await Promise.all(answers), own.every(([wrong, traps]) => wrong === 0 && traps)]);
    `);
    expect(results).toEqual([
      [
        [0, true],
        [0, true],
        [0, true],
      ],
      true,
    ]);
  });

  it("survive worker.terminate() during a call", () => {
    const results = outputOf(`
      const url = ${inWorker(`parentPort.postMessage("calling"); for (;;) count(3e8);`, true)};
      const f = compile("x + 1");
      const results = [];
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(url);
        await message(worker);
        results.push(await worker.terminate(), f(round));
      }
      print(results);
    `);
    expect(results).toEqual([1, 1, 1, 2, 1, 3]);
  });

  it("survive process.exit() of the main thread during a Worker's call, and of a Worker's own", () => {
    const { status, signal, stdout, stderr } = runChild(
      `${prelude}
      const url = ${inWorker(`parentPort.postMessage("calling"); for (;;) count(3e8);`, true)};
      const exiting = new Worker(${inWorker(`const f = compile("x + 1"); for (let i = 0; i < 50000; i++) f(i); process.exit(7);`)});
      console.log(await ended(exiting));
      await message(new Worker(url));
      process.exit(3);
    `,
      { environment },
    );
    expect({ status, signal, stdout, stderr }).toEqual({ status: 3, signal: null, stdout: "7\n", stderr: "" });
  });

  it("give everything back when Workers end, terminated or not, while V8 still compiles", () => {
    // koffi keeps 3 mappings for each environment that loaded it (two stacks and their guard page), without memory in them.
    const [resident, mappings] = outputOf(
      `
      const status = () => [Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]), readFileSync("/proc/self/maps", "utf8").split("\\n").length];
      const url = ${inWorker(`
        const functions = Array.from({ length: 30 }, (_, i) => compile("x + " + i));
        let sum = 0;
        for (let i = 0; i < 30000; i++) sum += functions[i % 30](i);
        parentPort.postMessage(sum);
        for (let i = 0; workerData === 0; i++) sum += functions[i % 30](i);
      `)};
      const run = async (count) => {
        for (let i = 0; i < count; i++) {
          const worker = new Worker(url, { workerData: i % 2 });
          const end = ended(worker); // it may come with the message
          if (await message(worker) !== 450420000) throw new Error("wrong sum");
          await (i % 2 === 0 ? worker.terminate() : end);
        }
        gc();
        return status();
      };
      const before = await run(6);
      const after = await run(16);
      print([(after[0] - before[0]) / 16, (after[1] - before[1]) / 16]);
    `,
      ["--expose-gc"],
    ) as [number, number];
    expect(resident).toBeLessThan(500); // KiB for each Worker; a Worker takes some MiB while it lives
    expect(mappings).toBeLessThan(5);
  });
});
