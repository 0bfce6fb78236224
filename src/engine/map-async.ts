/** `mapAsync`: `map` on other threads. The answer is that of `map`, to the bit. */
import { type ColumnTarget, prepare, requireLife } from "./column-call.ts";
import { type ColumnCall, type Columns, type MapOptions, readOut, readRowOptions } from "./columns.ts";
import {
  attachedLength,
  bufferOf,
  byteOffsetOf,
  type ColumnArray,
  elementKindOf,
  elementKinds,
  resultKind,
} from "./element-kinds.ts";
import type { Threads } from "./host.ts";
import { type KernelShape, rowType } from "./kernel-shape.ts";
import { separate, storesFor } from "./map.ts";
import { aggregateValuesAsync } from "./reduce-async.ts";
import { giveScratch, InputSource, Scratch, scratchBytes, takeScratch } from "./thread-inputs.ts";
import { ThreadKernel } from "./thread-kernel.ts";
import {
  type Chunk,
  isMoment,
  readThreadOptions,
  requireThreads,
  type StintWork,
  type ThreadOptions,
  ThreadRun,
  type ThreadWork,
} from "./thread-run.ts";

export interface MapAsyncOptions<Out extends ColumnArray = ColumnArray> extends MapOptions<Out>, ThreadOptions {}

/** Chunks start at multiples of so many rows. */
const step = 64;
/** Rows that the scalar kernel takes at a time where the vector kernel left one to it. */
const scalarRows = 256;
/** Rows of a first chunk on the calling thread. */
const momentRows = 512;
/** Rows of results that are kept where the memory of `out` might go. */
const stagedRows = 1 << 20;

export async function mapAsync(
  target: ColumnTarget,
  columns: Columns,
  options: MapAsyncOptions | undefined,
): Promise<ColumnArray> {
  const threads = requireThreads(target, "mapAsync");
  const read = readRowOptions("mapAsync", options, ["out", "offset", "length", "threads", "signal", "onProgress"]);
  const settings = readThreadOptions("mapAsync", threads, read);
  const { call, typed } = prepare(target, "mapAsync", columns, read);
  const result = rowType(typed.resultOf("whole"), "mapAsync");
  const { rows } = call;
  const isFresh = read.out === undefined;
  const freshKind = resultKind(result);
  // Nobody else knows the buffer of a fresh result yet, so it stays where it is.
  const out = isFresh
    ? elementKinds[freshKind].view(new ArrayBuffer(rows * elementKinds[freshKind].bytes), 0, rows)
    : readOut("mapAsync", read.out, result, rows);
  const kind = elementKindOf(out) ?? freshKind;
  const { bytes } = elementKinds[kind];
  if (!isFresh) separate(call, out, bytes, threads);
  requireLife(target);
  if (rows === 0) return out;
  const release = target.claim();
  try {
    const aggregates =
      typed.aggregates.length === 0 ? [] : await aggregateValuesAsync(target, threads, settings, typed, call);
    const shape: KernelShape = { operation: { kind: "map", out: kind }, part: "whole", inputs: call.kinds };
    const whole = target.kernels.get(typed, shape);
    const stores = storesFor(target.host, whole, call, out, kind) ?? whole.trial.winner ?? "fetching";
    const main = whole.storing(stores) ?? whole.scalar();
    const kernel = ThreadKernel.of(threads, whole, main, { from: "column", bytes }, step);
    const source = new InputSource(threads, call, typed.parameters, aggregates);
    if (isFresh) target.host.prepareResult?.(out);
    const run = new ThreadRun(threads, settings, rows);
    const chunks = new MapChunks(threads, kernel, call, source, out);
    if (isFresh || threads.isStable(out)) chunks.start = threads.addressOf(out);
    const way = kernel.stints(source.copied);
    if (way === undefined) await run.over(chunks);
    else {
      const values: (number | bigint)[] = [0];
      source.pushValues(threads, values);
      const mayRunHere = isMoment(kernel, momentRows);
      const { offset } = call;
      const requireInputs = () => source.requireAll();
      const finish = (rest: Chunk) => chunks.compute(rest, run);
      const work = { way, kernel, values, mayGoOn: true, mayRunHere, offset, finish, requireInputs };
      if (chunks.start === undefined) await overStaged(threads, run, work, chunks);
      else {
        values[0] = chunks.start;
        await run.overStints(0, rows, work);
      }
    }
    return out;
  } finally {
    release();
  }
}

/** The memory of `out` might go: results stand in memory of ours first, for so many rows at a time. */
async function overStaged(
  threads: Threads,
  run: ThreadRun,
  work: StintWork & { readonly values: (number | bigint)[] },
  chunks: MapChunks,
): Promise<void> {
  const { out, bytes, rows } = chunks;
  const staged = Math.min(rows, stagedRows) * bytes;
  const scratch = takeScratch(threads, scratchBytes(staged, 1));
  const { address, bytes: results } = scratch.room(staged);
  for (let first = 0; first < rows; first += stagedRows) {
    const end = Math.min(first + stagedRows, rows);
    chunks.start = address - first * bytes;
    work.values[0] = chunks.start;
    await run.overStints(first, end, work);
    copyTo(out, first, results.subarray(0, (end - first) * bytes), bytes);
  }
  giveScratch(threads, scratch);
}

/** Chunks by calls of their own. */
class MapChunks implements ThreadWork {
  readonly step = step;
  readonly out: ColumnArray;
  /** Of an element of `out`. */
  readonly bytes: number;
  readonly rows: number;
  /** Where row 0's result goes, in memory that stays there; nowhere if each chunk's results are copied to `out`. */
  start: number | undefined;
  readonly #threads: Threads;
  readonly #kernel: ThreadKernel;
  readonly #source: InputSource;
  readonly #offset: number;
  readonly #inputs: number;
  readonly #idle: Scratch[] = [];

  constructor(threads: Threads, kernel: ThreadKernel, call: ColumnCall, source: InputSource, out: ColumnArray) {
    this.#threads = threads;
    this.#kernel = kernel;
    this.#source = source;
    this.#offset = call.offset;
    this.#inputs = call.inputs.length;
    this.rows = call.rows;
    this.out = out;
    this.bytes = elementKinds[elementKindOf(out) ?? "f64"].bytes;
  }

  async compute({ first, rows }: Chunk, run: ThreadRun): Promise<void> {
    const { bytes, start } = this;
    const scratch = this.#idle.pop() ?? new Scratch(this.#threads);
    scratch.reset(scratchBytes(rows * (this.#source.copiedWidth + bytes), this.#inputs + 1));
    const inputs = this.#source.chunk({ first, rows }, scratch);
    const staged = start === undefined ? scratch.room(rows * bytes) : undefined;
    const address = staged?.address ?? (start ?? 0) + first * bytes;
    const { main, mainCall } = this.#kernel;
    const argsFrom = (done: number, rowsNow: number) => [address + done * bytes, ...inputs.args(done), rowsNow];
    const row = this.#offset + first;
    let done = await run.call(mainCall, argsFrom(0, rows), main, row);
    while (done < rows) {
      const { scalar } = this.#kernel;
      const fewRows = Math.min(rows - done, scalarRows);
      done += await run.call(scalar.call, argsFrom(done, fewRows), scalar.code, row + done);
      if (done >= rows) break;
      done += await run.call(mainCall, argsFrom(done, rows - done), main, row + done);
    }
    if (staged !== undefined) copyTo(this.out, first, staged.bytes, bytes);
    this.#idle.push(scratch);
  }
}

/** Copies rows of results from `first` on. Throws `TypeError` where the memory of `out` is gone. */
function copyTo(out: ColumnArray, first: number, results: Uint8Array, bytes: number): void {
  if (attachedLength("out", out) < first + results.length / bytes)
    throw new TypeError("the memory of out is gone: its buffer has shrunk");
  new Uint8Array(bufferOf(out), byteOffsetOf(out) + first * bytes, results.length).set(results);
}
