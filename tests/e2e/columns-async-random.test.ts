/**
 * Random runs on other threads, while their memory is transferred or shrunk, while they are aborted, and many at once: each gives what
 * `map` and `reduce` gave before, or the error that is due. Columns lie in all kinds of memory.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { column, compile } from "../../node/index.ts";
import { runsOr, seed } from "../random-runs.ts";

const numRuns = runsOr(60);
console.log(`columns-async-random.test.ts: seed ${seed}, ${numRuns} runs`);

/** Buffers of ES2024. */
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  limit: object,
) => ArrayBuffer & { resize(bytes: number): void }; // as Node has it
const resizable = (length: number) =>
  new Float64Array(new Resizable(8 * length, { maxByteLength: 16 * length }), 0, length);

/** Arrays of so many f64, by the kind of their memory. */
const memories = {
  plain: (length: number) => new Float64Array(length),
  part: (length: number) => new Float64Array(new ArrayBuffer(8 * length + 40), 16, length),
  shared: (length: number) => new Float64Array(new SharedArrayBuffer(8 * length)),
  column: (length: number) => column("f64", length),
  resizable,
  halved: resizable,
};
type MemoryName = keyof typeof memories;
const memoryNames = Object.keys(memories) as MemoryName[]; // its own keys

const reductions = ["sum", "min", "argmax", "variance", "count"] as const;
const functions = {
  row: compile("sqrt(abs(x) + 2) * y - x"),
  loop: compile("(x, y) => { let s = x; for (let i = 0; i < 7; i++) s = s * 0.5 + y; return s; }"),
  aggregate: compile("(x - mean(x)) * y"),
};

/** Takes the array's memory away, as its kind lets one. */
function takeAway(array: Float64Array, memory: MemoryName): void {
  const { buffer } = array;
  if (!(buffer instanceof ArrayBuffer)) return;
  if (memory === "resizable" || memory === "halved") {
    const { resize } = Resizable.prototype;
    resize.call(buffer, memory === "halved" ? buffer.byteLength / 2 : 0);
  } else if (memory === "plain" || memory === "part") structuredClone(buffer, { transfer: [buffer] });
}

/** When something happens to a run that was begun: at once, or some time later. */
const moments = {
  now: (act: () => void) => act(),
  microtask: (act: () => void) => queueMicrotask(act),
  turn: (act: () => void) => void setImmediate(act),
  later: (act: () => void) => void setTimeout(act, 1),
};

const samples = Float64Array.from({ length: 10_007 }, (_, index) => Math.sin(index) * 100);

function fill(array: Float64Array, from: number): Float64Array {
  for (let row = 0; row < array.length; row += samples.length)
    array.set(samples.subarray(from, from + Math.min(array.length - row, samples.length - from)), row);
  return array;
}

const oneOf = <Value>(...values: Value[]) => fc.constantFrom(...values);

const cases = fc.record({
  length: oneOf(1, 64, 513, 2049, 16_385, 40_000, 150_001, 1_200_001),
  x: oneOf(...memoryNames),
  y: oneOf(...memoryNames),
  out: oneOf<MemoryName | "fresh" | "x">("fresh", "fresh", "x", ...memoryNames),
  name: oneOf<keyof typeof functions>("row", "row", "loop", "aggregate"),
  threads: oneOf(1, 2, 3),
  offset: oneOf(0, 0, 1),
  action: oneOf("wait", "wait", "abort", "take x", "take out", "many"),
  when: oneOf<keyof typeof moments>("now", "microtask", "turn", "later"),
});

test("random runs", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (drawn) => {
      const { length, threads, action } = drawn;
      const f = functions[drawn.name];
      const x = fill(memories[drawn.x](length), 0);
      const y = fill(memories[drawn.y](length), 7);
      const rows = { offset: Math.min(drawn.offset, length - 1) };
      const expected = f.map({ x, y }, rows);
      const reduced = f.reduce(reductions, { x, y }, rows);
      const out = drawn.out === "fresh" ? undefined : drawn.out === "x" ? x : memories[drawn.out](length);
      const places = out === undefined ? {} : { out };
      const { signal, abort } = aborting();
      const run = f.mapAsync({ x, y }, { ...rows, ...places, threads, signal });
      // Results over x are read by no other run.
      const others = out === x ? 0 : action === "many" ? 12 : 1;
      const reducing = Array.from({ length: others }, () => f.reduceAsync(reductions, { x, y }, { ...rows, threads }));
      const settled = Promise.allSettled([run, ...reducing]);
      const act = {
        abort,
        "take x": () => takeAway(x, drawn.x),
        "take out": () => out && drawn.out !== "fresh" && takeAway(out, drawn.out === "x" ? drawn.x : drawn.out),
      };
      if (action in act) moments[drawn.when](act[action as keyof typeof act]); // it is there
      const due = action === "abort" ? /^enough$/ : /^the memory of (column x|out) is gone/;
      for (const outcome of await settled)
        if (outcome.status === "rejected") {
          expect(action).toMatch(/abort|take/);
          expect(String(outcome.reason.message)).toMatch(due);
        } else if (ArrayBuffer.isView(outcome.value)) {
          // An array whose memory went after the run has no elements.
          const found = outcome.value as Float64Array; // as map gives it
          if (action.startsWith("take") && found.length < expected.length) continue;
          expect(differenceOf(expected, found)).toBe(-1);
        } else expect(outcome.value).toEqual(reduced);
    }),
    { numRuns },
  );
});

/** The first row that differs; -1 without one. */
function differenceOf(expected: ArrayLike<unknown>, found: ArrayLike<unknown>): number {
  for (let row = 0; row < expected.length; row++) if (!Object.is(expected[row], found[row])) return row;
  return -1;
}

function aborting(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error("enough")) };
}
