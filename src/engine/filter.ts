/** `filter`: the numbers of the rows whose value is truthy, in batches of rows. */
import { type ColumnTarget, type Prepared, prepare, requireLife, rowsFrom, runKernel } from "./column-call.ts";
import { type Columns, type RowOptions, readRowOptions } from "./columns.ts";
import { type KernelShape, rowType } from "./kernel-shape.ts";
import { aggregateValues } from "./reduce.ts";

/** Rows that are looked at at a time, so that their numbers stay in the cache. */
const filterRows = 1 << 16;
/** The most rows that a number of 32 bits can name. */
const mostRows = 2 ** 32;

export function filter(target: ColumnTarget, columns: Columns, options: RowOptions | undefined): Uint32Array {
  const prepared = prepare(target, "filter", columns, readRowOptions("filter", options, ["offset", "length"]));
  return takenRows(target, "filter", prepared);
}

/** The numbers of the rows whose value is truthy. */
function takenRows(target: ColumnTarget, caller: string, { call, typed }: Prepared): Uint32Array<ArrayBuffer> {
  const parts: Uint32Array[] = [];
  let total = 0;
  eachBatch(target, caller, { call, typed }, (numbers) => {
    parts.push(numbers.slice());
    total += numbers.length;
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only as Uint32Array<ArrayBuffer>; // `slice` of a plain one
  const all = new Uint32Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Calls `use` with the row numbers of each batch of rows; the array is reused. */
export function eachBatch(
  target: ColumnTarget,
  caller: string,
  { call, typed }: Prepared,
  use: (numbers: Uint32Array, first: number) => void,
): void {
  rowType(typed.resultOf("whole"), caller);
  requireLife(target);
  const { rows, offset } = call;
  if (offset + rows > mostRows)
    throw new RangeError(
      `${caller}: ${offset + rows} rows; row numbers are 32-bit, so at most ${mostRows} are accepted`,
    );
  if (rows === 0) return;
  const shape: KernelShape = { operation: { kind: "filter" }, part: "whole", inputs: call.kinds };
  const kernel = target.kernels.get(typed, shape);
  const aggregates = aggregateValues(target, typed, call);
  const scratch = new Uint32Array(Math.min(rows, filterRows));
  for (let first = 0; first < rows; ) {
    const count = Math.min(rows - first, filterRows);
    const args = [scratch, ...rowsFrom(call, first), ...aggregates, count, offset + first];
    let written =
      kernel.vector === undefined ? -1 : runKernel(target.host, kernel, kernel.vector, args, offset + first);
    // A row that the vector kernel leaves to the other one: the batch again, row by row.
    if (written < 0) written = runKernel(target.host, kernel, kernel.scalar(), args, offset + first);
    use(scratch.subarray(0, written), first);
    first += count;
  }
}
