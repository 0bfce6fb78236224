/** `filter`: the numbers of the rows whose value is truthy. */
import { InternalError } from "../base/errors.ts";
import type { CallPlans } from "./call-plan.ts";
import { type ColumnTarget, type Prepared, prepare } from "./column-call.ts";
import type { Kernel } from "./column-kernels.ts";
import { type Columns, type RowOptions, readRowOptions } from "./columns.ts";
import { rowType } from "./kernel-shape.ts";
import { mostNumberedRows, numberKinds, packingKernel, packRows } from "./packing.ts";

/** The row numbers. `plans` are told how, for calls like this one. */
export function filter(
  target: ColumnTarget,
  plans: CallPlans,
  columns: Columns,
  options: RowOptions | undefined,
): Uint32Array {
  const prepared = prepare(target, "filter", columns, readRowOptions("filter", options, ["offset", "length"]));
  rowType(prepared.typed.resultOf("whole"), "filter");
  const kernel = packingKernel(target, prepared, { kind: "filter" });
  const numbers = rowNumbers(target, "filter", prepared, kernel);
  plans.rememberFilter(kernel, prepared.call.kinds);
  return numbers;
}

/** The numbers of the rows that a kernel of `filter` takes. */
export function rowNumbers(target: ColumnTarget, caller: string, prepared: Prepared, kernel: Kernel): Uint32Array {
  const { rows, offset } = prepared.call;
  if (offset + rows > mostNumberedRows)
    throw new RangeError(
      `${caller}: ${offset + rows} rows; row numbers are 32-bit, so at most ${mostNumberedRows} are accepted`,
    );
  const behind = (first: number) => [offset + first];
  const [numbers] = packRows(target, prepared, kernel, { kinds: numberKinds, behind });
  if (numbers === undefined) throw new InternalError("filter lost its row numbers");
  return numbers as Uint32Array; // of kind u32
}
