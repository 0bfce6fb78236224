/**
 * What a second thread gives: `mapAsync` and `reduceAsync` of columns that stay where they are, one thread and two in turn; and
 * what the machine has to give, two Workers that count against one. The processor time of both says what the second thread
 * costs, also where other programs keep it waiting.
 */
import { Worker } from "node:worker_threads";

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

/**
 * @param {readonly { id: string, n: number, run: (threads: number) => Promise<unknown> }[]} contenders
 * @returns a row for each: nanoseconds an element by one thread and by two, and processor time of two against one
 */
export async function compareThreads(contenders, rounds = 9) {
  const rows = [];
  for (const { id, n, run } of contenders) {
    const wall = { 1: [], 2: [] };
    const used = { 1: [], 2: [] };
    for (let round = 0; round <= rounds; round++)
      for (const threads of [1, 2]) {
        const usedBefore = processorTime();
        const start = performance.now();
        await run(threads);
        const took = performance.now() - start;
        if (round === 0) continue; // compiles, and touches pages
        wall[threads].push((took * 1e6) / n);
        used[threads].push(processorTime() - usedBefore);
      }
    const total = (list) => list.reduce((sum, one) => sum + one, 0);
    rows.push({ id, one: median(wall[1]), two: median(wall[2]), work: total(used[2]) / total(used[1]) });
  }
  return rows;
}

const counting = `
  const { parentPort } = require("node:worker_threads");
  parentPort.on("message", (turns) => {
    const start = performance.now();
    let s = 1;
    for (let i = 0; i < turns; i++) s = Math.imul(s, 1664525) + 1013904223;
    parentPort.postMessage([performance.now() - start, s]);
  });
`;

/** How much more two Workers that count get done than one: what the processors have to give. */
export async function machineScaling(rounds = 9, turns = 2e7) {
  const workers = [1, 2].map(() => new Worker(counting, { eval: true }));
  const count = (worker) =>
    new Promise((resolve) => {
      worker.once("message", ([took]) => resolve(took));
      worker.postMessage(turns);
    });
  const alone = [];
  const together = [];
  for (let round = 0; round <= rounds; round++) {
    const one = await count(workers[0]);
    const start = performance.now();
    await Promise.all(workers.map(count));
    const both = performance.now() - start;
    if (round > 0) {
      alone.push(one);
      together.push(both);
    }
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (2 * median(alone)) / median(together);
}

export function printThreads(rows, machine) {
  console.log(`\nthreads: two Workers that count get ${machine.toPrecision(3)} times as much done as one`);
  for (const { id, one, two, work } of rows)
    console.log(
      `  ${id.padEnd(34)}${one.toPrecision(3).padStart(7)} ns an element by one thread, ${two.toPrecision(3).padStart(6)} by two:` +
        ` ${(one / two).toPrecision(3)} times, ${work.toPrecision(3)} times the processor time`,
    );
}
