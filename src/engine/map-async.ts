/** `mapAsync`: `map` on other threads. The answer is that of `map`, to the bit. */
import { type ColumnTarget, prepare, requireLife } from "./column-call.ts";
import { type Columns, type MapOptions, readOut, readRowOptions } from "./columns.ts";
import {
  attachedLength,
  bufferOf,
  byteOffsetOf,
  type ColumnArray,
  elementKindOf,
  elementKinds,
  resultKind,
} from "./element-kinds.ts";
import { type KernelShape, rowType } from "./kernel-shape.ts";
import { separate } from "./map.ts";
import { aggregateValuesAsync } from "./reduce-async.ts";
import {
  type Chunk,
  InputSource,
  readThreadOptions,
  requireThreads,
  Scratch,
  scratchBytes,
  stintOf,
  type ThreadOptions,
  ThreadRun,
  threadCallsOf,
} from "./thread-run.ts";

export interface MapAsyncOptions<Out extends ColumnArray = ColumnArray> extends MapOptions<Out>, ThreadOptions {}

/** Chunks start at multiples of so many rows. */
const step = 64;
/** Rows that the scalar kernel takes at a time where the vector kernel left one to it. */
const scalarRows = 256;

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
  const release = target.claim();
  try {
    const run = new ThreadRun(threads, settings);
    const aggregates = await aggregateValuesAsync(target, threads, settings, typed, call);
    if (rows === 0) return out;
    const shape: KernelShape = { operation: { kind: "map", out: kind }, part: "whole", inputs: call.kinds };
    const kernel = target.kernels.get(typed, shape);
    const calls = threadCallsOf(threads, kernel);
    const names = typed.parameters.map(({ name }) => name);
    const source = new InputSource(threads, call, names, aggregates);
    const isInPlace = isFresh || threads.isStable(out);
    if (isFresh) target.host.prepareResult?.(out);
    const address = isInPlace ? threads.addressOf(out) : 0;
    const idle: Scratch[] = [];

    const compute = async ({ first, rows: count }: Chunk, thisRun: ThreadRun): Promise<void> => {
      const scratch = idle.pop() ?? new Scratch(threads);
      scratch.reset(scratchBytes(count * (source.copiedWidth + (isInPlace ? 0 : bytes)), call.inputs.length + 1));
      const inputs = source.chunk({ first, rows: count }, scratch);
      const staged = isInPlace ? undefined : scratch.room(count * bytes);
      const start = staged?.address ?? address + first * bytes;
      const main = calls.vector ?? calls.scalar();
      const argsFrom = (done: number, rowsNow: number) => [start + done * bytes, ...inputs.args(done), rowsNow];
      let done = await thisRun.call(main.call, argsFrom(0, count), main.code, call.offset + first);
      while (done < count) {
        const row = call.offset + first + done;
        const few = calls.scalar();
        const fewRows = Math.min(count - done, scalarRows);
        done += await thisRun.call(few.call, argsFrom(done, fewRows), few.code, row);
        if (done >= count) break;
        done += await thisRun.call(main.call, argsFrom(done, count - done), main.code, call.offset + first + done);
      }
      if (staged !== undefined) {
        if (attachedLength("out", out) < first + count)
          throw new TypeError("the memory of out is gone: its buffer has shrunk");
        new Uint8Array(bufferOf(out), byteOffsetOf(out) + first * bytes, count * bytes).set(staged.bytes);
      }
      idle.push(scratch);
    };
    const stint =
      isInPlace && source.isInPlace
        ? stintOf(threads, typed, source, { from: "column", bytes }, address, step)
        : undefined;
    if (stint === undefined) await run.over(rows, { step, compute });
    else {
      const main = (calls.vector ?? calls.scalar()).code;
      await run.overInPlace(rows, { ...stint, main, scalar: calls.ready, offset: call.offset, finish: compute });
    }
    return out;
  } finally {
    release();
  }
}
