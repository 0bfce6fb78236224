/**
 * What a second thread gives: `mapAsync` and `reduceAsync`, one thread and two in turn; and what the machine has to give: two Workers
 * that count against one, and two threads of C that only read and write as many columns. The processor time of both
 * says what the second thread costs, and the time that threads waited for a processor whether other programs were in the way.
 */
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const total = (list) => list.reduce((sum, one) => sum + one, 0);
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

/** Milliseconds in which this process's threads were ready and had no processor; undefined where the system does not tell. */
function waitingTime() {
  try {
    const threads = readdirSync("/proc/self/task");
    return (
      total(threads.map((id) => Number(readFileSync(`/proc/self/task/${id}/schedstat`, "utf8").split(" ")[1]))) / 1e6
    );
  } catch {
    return undefined;
  }
}

/**
 * @param {readonly { id: string, n: number, inputs: readonly Float64Array[], out: Float64Array | undefined, here: () => unknown, run: (threads: number) => Promise<unknown> }[]} contenders
 * @param stream what memory gives (`threadedRoofline`)
 * @returns a row for each: nanoseconds an element on the calling thread, by one thread and by two; processor time of two against
 *   one; what memory needs with two threads; and the part of two threads' time that one waited for a processor
 */
export async function compareThreads(contenders, stream) {
  const rows = [];
  for (const { id, n, inputs, out, here, run } of contenders) {
    const wall = { 0: [], 1: [], 2: [] };
    const used = { 0: [], 1: [], 2: [] };
    const waited = [];
    const rounds = n > 1 << 20 ? 9 : 31;
    for (let round = -2; round < rounds; round++)
      for (const threads of [0, 1, 2]) {
        const usedBefore = processorTime();
        const waitedBefore = waitingTime();
        const start = performance.now();
        await (threads === 0 ? here() : run(threads));
        const took = performance.now() - start;
        if (round < 0) continue; // compiles, and touches pages
        wall[threads].push((took * 1e6) / n);
        used[threads].push(processorTime() - usedBefore);
        if (threads === 2 && waitedBefore !== undefined) waited.push((waitingTime() - waitedBefore) / took);
      }
    const memory = stream === undefined || inputs[0].BYTES_PER_ELEMENT !== 8 ? undefined : stream(inputs, out, 2);
    rows.push({
      id,
      here: median(wall[0]),
      one: median(wall[1]),
      two: median(wall[2]),
      work: total(used[2]) / total(used[1]),
      memory,
      waiting: waited.length === 0 ? undefined : median(waited),
    });
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
  const number = (value, width) => (value === undefined ? "-" : value.toPrecision(3)).padStart(width);
  const percent = (part) => (part === undefined ? "-" : `${Math.round(part * 100)} %`).padStart(7);
  console.log(`\nthreads: two Workers that count get ${machine.toPrecision(3)} times as much done as one`);
  console.log(
    "nanoseconds an element; memory: what two threads of C need to read and write as many columns, and how many times quicker that is\n" +
      "than one thread; waiting: the part of two threads' time in which one of them was ready and had no processor",
  );
  console.log(
    `${"".padEnd(32)}${["map", "one", "two", "times", "work", "memory", "at most"].map((word) => word.padStart(9)).join("")}  of two waiting`,
  );
  for (const { id, here, one, two, work, memory, waiting } of rows) {
    const numbers = [here, one, two, one / two, work, memory, memory && one / memory];
    console.log(
      `  ${id.padEnd(30)}${numbers.map((value) => number(value, 9)).join("")} ${percent(memory && memory / two)}${percent(waiting)}`,
    );
  }
}
