/** `map` on the calling thread: one result for each row. */

import type { Stores } from "../vector/map-kernel.ts";
import type { CallPlans } from "./call-plan.ts";
import { type AggregateValues, type ColumnTarget, prepare, requireLife, rowsFrom, runKernel } from "./column-call.ts";
import type { Kernel, KernelCode, Typed } from "./column-kernels.ts";
import { type ColumnCall, type Columns, type MapOptions, readOut, readRowOptions } from "./columns.ts";
import {
  bufferOf,
  byteOffsetOf,
  type ColumnArray,
  type ElementKind,
  elementKindOf,
  elementKinds,
  lengthOf,
  resultKind,
  viewOf,
} from "./element-kinds.ts";
import type { Host, Threads } from "./host.ts";
import { type KernelShape, rowType } from "./kernel-shape.ts";
import { aggregateValues } from "./reduce.ts";
import { stretchBytes } from "./store-trial.ts";

/** Fills `out` or a fresh array. `plans` are told how, for calls like this one. */
export function map(
  target: ColumnTarget,
  plans: CallPlans,
  columns: Columns,
  options: MapOptions | undefined,
): ColumnArray {
  const read = readRowOptions("map", options, ["out", "offset", "length"]);
  const { call, typed } = prepare(target, "map", columns, read);
  const result = rowType(typed.resultOf("whole"), "map");
  const out =
    read.out === undefined
      ? freshResult(target.host, resultKind(result), call.rows)
      : readOut("map", read.out, result, call.rows);
  requireLife(target);
  if (call.rows === 0) return out;
  const kind = elementKindOf(out) ?? "f64";
  if (read.out !== undefined) separate(call, out, elementKinds[kind].bytes, target.host.threads);
  const kernel = mapKernel(target, typed, call, kind);
  runMap(target, kernel, call, aggregateValues(target, typed, call), out, kind);
  plans.rememberMap(kernel, call.kinds, kind);
  return out;
}

/**
 * From this size on, a call waits for memory rather than for a core's caches; and a result gets huge pages from the system: for
 * smaller ones, asking takes longer than making them.
 */
const largeBytes = 4 * 1024 * 1024;

function freshResult(host: Host, kind: ElementKind, rows: number): ColumnArray {
  const { make, bytes } = elementKinds[kind];
  const out = make(rows);
  if (rows * bytes >= largeBytes) host.prepareResult?.(out);
  return out;
}

/** Fills `out`, which has elements of `kind`. Throws the trap of the lowest row. */
export function mapRows(
  target: ColumnTarget,
  typed: Typed,
  call: ColumnCall,
  out: ColumnArray,
  kind: ElementKind,
): void {
  if (call.rows === 0) return;
  const kernel = mapKernel(target, typed, call, kind);
  runMap(target, kernel, call, aggregateValues(target, typed, call), out, kind);
}

function mapKernel({ kernels }: ColumnTarget, typed: Typed, { kinds }: ColumnCall, out: ElementKind): Kernel {
  const shape: KernelShape = { operation: { kind: "map", out }, part: "whole", inputs: kinds };
  return kernels.get(typed, shape);
}

/** Rows that the scalar kernel takes at a time where the vector kernel left one to it. */
const scalarRows = 256;

/**
 * The stores that suit the amount of memory: `plain` where a core's own caches hold it, or where results stand in place of a
 * column, whose lines have just been read; undefined where a trial is to tell (store-trial.ts).
 */
export function storesFor(
  { cacheBytes, now }: Host,
  { vector, trial, typed }: Kernel,
  { rows, inputs }: ColumnCall,
  out: ColumnArray,
  kind: ElementKind,
): Stores | undefined {
  let width: number = elementKinds[kind].bytes;
  if (vector === undefined || rows * width * (inputs.length + 1) < largeBytes) return "plain";
  for (const input of inputs) {
    if (typeof input !== "object") continue;
    if (bufferOf(input) === bufferOf(out) && byteOffsetOf(input) === byteOffsetOf(out)) return "plain";
    width += elementKinds[elementKindOf(input) ?? "f64"].bytes;
  }
  if (rows * width < largeBytes) return "plain";
  const isInCache = cacheBytes === undefined || rows * width < cacheBytes;
  if (isInCache || now === undefined || typed.countsIterations || elementKinds[kind].bytes < 4) return "fetching";
  return trial.winner;
}

/** Fills `out`, the first rows of which are done already. Throws the trap of the lowest row. */
export function runMap(
  target: ColumnTarget,
  kernel: Kernel,
  call: ColumnCall,
  aggregates: AggregateValues,
  out: ColumnArray,
  kind: ElementKind,
  first = 0,
): void {
  const { trial } = kernel;
  const { now } = target.host;
  const work: MapWork = { target, kernel, call, aggregates, out, kind };
  const stores = storesFor(target.host, kernel, call, out, kind);
  let done = first;
  if (stores === undefined && now !== undefined) {
    const stretch = stretchBytes / elementKinds[kind].bytes;
    while (trial.winner === undefined && call.rows - done >= stretch) {
      const tried = trial.next;
      const code = kernel.storing(tried);
      const start = now();
      runRows(work, code, done, done + stretch);
      trial.record(tried, now() - start);
      done += stretch;
    }
  }
  const code = kernel.storing(stores ?? trial.winner ?? "fetching");
  runRows(work, code, done, call.rows);
}

/** A call of `map` on its way. */
interface MapWork {
  readonly target: ColumnTarget;
  readonly kernel: Kernel;
  readonly call: ColumnCall;
  readonly aggregates: AggregateValues;
  readonly out: ColumnArray;
  readonly kind: ElementKind;
}

/** Computes the rows from one on up to another, by the vector code as far as it goes. */
function runRows(work: MapWork, vector: KernelCode | undefined, first: number, rows: number): void {
  const { target, kernel, call, aggregates, out, kind } = work;
  let done = first;
  while (done < rows) {
    const rest = done === 0 ? out : viewOf(out, kind, done, rows);
    const inputs = rowsFrom(call, done);
    if (vector !== undefined) {
      const more = runKernel(
        target.host,
        kernel,
        vector,
        [rest, ...inputs, ...aggregates, rows - done],
        call.offset + done,
      );
      done += more;
      if (done >= rows) return;
    }
    const few = vector === undefined ? rows - done : Math.min(rows - done, scalarRows);
    const at = done === 0 || vector === undefined ? rest : viewOf(out, kind, done, rows);
    const args = [at, ...(at === rest ? inputs : rowsFrom(call, done)), ...aggregates, few];
    done += runKernel(target.host, kernel, kernel.scalar(), args, call.offset + done);
  }
}

/**
 * Copies the inputs that results would overwrite before they are read. A column may be overwritten in place, row by row, by
 * results of its own element size.
 */
export function separate(call: ColumnCall, out: ColumnArray, bytes: number, threads?: Threads): void {
  const { inputs, kinds, rows } = call;
  for (const [index, input] of inputs.entries()) {
    if (typeof input !== "object") continue;
    const distance = distanceOf(input, out, threads);
    if (distance === undefined) continue;
    const kind = elementKindOf(input) ?? "f64";
    const isWhole = kinds[index] === "whole";
    const width = elementKinds[kind].bytes;
    const count = isWhole ? lengthOf(input) : rows;
    if (distance >= rows * bytes || distance + count * width <= 0) continue;
    if (!isWhole && distance === 0 && width === bytes) continue;
    inputs[index] = copyOf(input, kind, count);
  }
}

/**
 * How many bytes an array starts behind another; undefined where they have no memory in common. Several SharedArrayBuffers may be
 * of one memory: clones, and a WebAssembly memory's before and after it grew. Where nothing tells addresses, those are taken to
 * overlap.
 */
function distanceOf(array: ColumnArray, other: ColumnArray, threads?: Threads): number | undefined {
  const buffer = bufferOf(array);
  const otherBuffer = bufferOf(other);
  if (buffer === otherBuffer) return byteOffsetOf(array) - byteOffsetOf(other);
  if (!isShared(buffer) || !isShared(otherBuffer)) return undefined;
  return threads === undefined ? 0.5 : threads.addressOf(array) - threads.addressOf(other);
}

/** Of any realm. */
const isShared = (buffer: ArrayBufferLike): boolean =>
  Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

function copyOf(array: ColumnArray, kind: ElementKind, count: number): ColumnArray {
  const copy = elementKinds[kind].make(count);
  new Uint8Array(copy.buffer).set(new Uint8Array(bufferOf(array), byteOffsetOf(array), copy.byteLength));
  return copy;
}
