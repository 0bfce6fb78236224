/**
 * The rows that `filter` and `select` take, packed by kernels that go over memory once. How many they are is known only behind the
 * last row, and kernels need room for every row that they look at. So results go to a memory of this thread's, which stays in the
 * cache, and are copied from there to arrays of their size. Where it is full before all rows are done, those that are left are counted
 * first, and then packed right into arrays of their size: so no more memory is taken than the results have, and it is written once.
 *
 * Another thread may change shared columns meanwhile, so that other rows are taken than were counted: what was made is copied then.
 */
import {
  type AggregateValues,
  type ColumnTarget,
  type Prepared,
  requireLife,
  rowsFrom,
  runKernel,
} from "./column-call.ts";
import type { Kernel } from "./column-kernels.ts";
import { type ColumnCall, type Input, isElementKind } from "./columns.ts";
import { type ColumnArray, type ElementKind, elementKinds, viewOf } from "./element-kinds.ts";
import type { Operation } from "./kernel-shape.ts";
import { aggregateValues, reduceRows } from "./reduce.ts";

/** What is packed. */
export interface Packing {
  /** Of the results. */
  readonly kinds: readonly ElementKind[];
  /** What the kernel takes behind the rows, where its row 0 is this one of the call. */
  readonly behind: (first: number, outs: readonly ColumnArray[]) => readonly Input[];
}

/** The kernel that packs. Throws where the function was disposed. */
export function packingKernel(target: ColumnTarget, { call, typed }: Prepared, operation: Operation): Kernel {
  requireLife(target);
  return target.kernels.get(typed, { operation, part: "whole", inputs: call.kinds });
}

/** The results, one array for each kind. */
export function packRows(
  target: ColumnTarget,
  { call, typed }: Prepared,
  kernel: Kernel,
  packing: Packing,
): ColumnArray[] {
  const { kinds } = packing;
  const { rows } = call;
  if (rows === 0) return kinds.map((kind) => elementKinds[kind].make(0));
  const aggregates = aggregateValues(target, typed, call);
  const run = (first: number, count: number, outs: readonly ColumnArray[]): number =>
    runPacking(target, kernel, { call, aggregates, packing }, first, count, outs);

  const room = roomFor(kinds, rows);
  let first = 0;
  let filled = 0;
  while (first < rows) {
    const left = room.rows - filled;
    if (left < rows - first && left < room.rows / 8) break;
    const count = Math.min(rows - first, left);
    filled += run(first, count, viewsFrom(room.outs, kinds, filled, room.rows));
    first += count;
  }
  if (first === rows) return copyOf(room.outs, kinds, filled);

  // Once for all results: another count might be another one.
  let capacity = filled + countRows(target, { call, typed }, aggregates, first);
  let outs = kinds.map((kind) => freshArray(target, kind, capacity));
  copyInto(outs, 0, room.outs, kinds, filled);
  while (first < rows) {
    const count = Math.min(rows - first, capacity - filled);
    if (count < fewRows && count < rows - first) break;
    filled += run(first, count, viewsFrom(outs, kinds, filled, capacity));
    first += count;
  }
  while (first < rows) {
    const count = Math.min(rows - first, room.rows);
    const taken = run(first, count, room.outs);
    if (filled + taken > capacity) {
      capacity = 2 * (filled + taken);
      const larger = kinds.map((kind) => elementKinds[kind].make(capacity));
      copyInto(larger, 0, outs, kinds, filled);
      outs = larger;
    }
    copyInto(outs, filled, room.outs, kinds, taken);
    filled += taken;
    first += count;
  }
  return filled === capacity ? outs : copyOf(outs, kinds, filled);
}

/** Rows for which a call of a kernel is worth while. */
const fewRows = 4096;

interface PackingRun {
  readonly call: ColumnCall;
  readonly aggregates: AggregateValues;
  readonly packing: Packing;
}

/** Packs rows of the call to `outs`, which have room for all of them. Returns how many were taken. */
function runPacking(
  { host }: ColumnTarget,
  kernel: Kernel,
  { call, aggregates, packing }: PackingRun,
  first: number,
  count: number,
  outs: readonly ColumnArray[],
): number {
  const firstRow = call.offset + first;
  const args = [outs[0] ?? 0, ...rowsFrom(call, first), ...aggregates, count, ...packing.behind(first, outs)];
  const { vector } = kernel;
  const taken = vector === undefined ? -1 : runKernel(host, kernel, vector, args, firstRow);
  // A row that the vector kernel leaves to the other one: all of them again, row by row.
  return taken < 0 ? runKernel(host, kernel, kernel.scalar(), args, firstRow) : taken;
}

/** How many rows are taken from one on. */
function countRows(
  target: ColumnTarget,
  { call, typed }: Prepared,
  aggregates: AggregateValues,
  first: number,
): number {
  const inputs = call.inputs.map((input, index) => {
    const kind = call.kinds[index] ?? "scalar";
    return typeof input === "object" && isElementKind(kind) ? viewOf(input, kind, first, call.rows) : input;
  });
  const rest = { ...call, inputs, rows: call.rows - first, offset: call.offset + first };
  return Number(reduceRows(target, typed, rest, aggregates, "whole", ["count"])[0]);
}

/** The most rows that a number of 32 bits can name. */
export const mostNumberedRows: number = 2 ** 32;
/** Of row numbers. */
export const numberKinds: readonly ElementKind[] = ["u32"];

/** The most memory that results go to first: what a thread that packs keeps. */
const mostRoomBytes = 4 * 1024 * 1024;
/** Results start at multiples of so many elements there. */
const roomUnit = 64;

interface Room {
  readonly kinds: readonly ElementKind[];
  readonly outs: readonly ColumnArray[];
  /** That each out has room for. */
  readonly rows: number;
}

let memory = new ArrayBuffer(0);
let lastRoom: Room = { kinds: [], outs: [], rows: 0 };

/** Room for results of so many rows, or of as many as there is room for. Results that are there already are overwritten. */
export function roomFor(kinds: readonly ElementKind[], rows: number): Room {
  if (kinds === lastRoom.kinds && rows <= lastRoom.rows) return lastRoom;
  let width = 0;
  for (const kind of kinds) width += elementKinds[kind].bytes;
  const units = Math.min(Math.ceil(rows / roomUnit), Math.max(Math.floor(mostRoomBytes / (width * roomUnit)), 1));
  const own = units * roomUnit;
  if (own * width > memory.byteLength) memory = new ArrayBuffer(Math.max(own * width, 2 * memory.byteLength));
  let at = 0;
  const outs = kinds.map((kind) => {
    const { view, bytes } = elementKinds[kind];
    const out = view(memory, at, own);
    at += own * bytes;
    return out;
  });
  lastRoom = { kinds, outs, rows: own };
  return lastRoom;
}

function viewsFrom(
  outs: readonly ColumnArray[],
  kinds: readonly ElementKind[],
  start: number,
  end: number,
): readonly ColumnArray[] {
  return start === 0 ? outs : outs.map((out, index) => viewOf(out, kinds[index] ?? "u8", start, end));
}

/** From this size on, the system is asked for huge pages for a result. */
const largeBytes = 4 * 1024 * 1024;

function freshArray({ host }: ColumnTarget, kind: ElementKind, length: number): ColumnArray {
  const { make, bytes } = elementKinds[kind];
  const array = make(length);
  if (length * bytes >= largeBytes) host.prepareResult?.(array);
  return array;
}

/** The first elements, as arrays of their own. */
export function copyOf(outs: readonly ColumnArray[], kinds: readonly ElementKind[], length: number): ColumnArray[] {
  const copies: ColumnArray[] = [];
  for (let index = 0; index < kinds.length; index++) copies.push(slice.call(outs[index], 0, length));
  return copies;
}

/** One function for all kinds; copies bit for bit. */
const slice = Uint8Array.prototype.slice as (this: unknown, start: number, end: number) => ColumnArray; // of the array's own kind

/** Copies the first elements to a place in other arrays of the same kinds, bit for bit. */
function copyInto(
  to: readonly ColumnArray[],
  place: number,
  from: readonly ColumnArray[],
  kinds: readonly ElementKind[],
  length: number,
): void {
  for (const [index, kind] of kinds.entries()) {
    const source = from[index];
    if (source !== undefined) (to[index] as Float64Array).set(viewOf(source, kind, 0, length) as Float64Array, place); // of one kind, whatever it is
  }
}
