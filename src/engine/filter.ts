/** `filter`: the numbers of the rows whose value is truthy. */
import { InternalError } from "../base/errors.ts";
import { type ColumnTarget, type Prepared, prepare } from "./column-call.ts";
import { type Columns, type RowOptions, readRowOptions } from "./columns.ts";
import { rowType } from "./kernel-shape.ts";
import { type Packing, packRows } from "./packing.ts";

/** The most rows that a number of 32 bits can name. */
const mostRows = 2 ** 32;

export function filter(target: ColumnTarget, columns: Columns, options: RowOptions | undefined): Uint32Array {
  const prepared = prepare(target, "filter", columns, readRowOptions("filter", options, ["offset", "length"]));
  rowType(prepared.typed.resultOf("whole"), "filter");
  return rowNumbers(target, "filter", prepared);
}

/** The numbers of the rows that are taken. */
export function rowNumbers(target: ColumnTarget, caller: string, prepared: Prepared): Uint32Array {
  const { rows, offset } = prepared.call;
  if (offset + rows > mostRows)
    throw new RangeError(
      `${caller}: ${offset + rows} rows; row numbers are 32-bit, so at most ${mostRows} are accepted`,
    );
  const packing: Packing = { operation: { kind: "filter" }, kinds: ["u32"], behind: (first) => [offset + first] };
  const [numbers] = packRows(target, prepared, packing);
  if (numbers === undefined) throw new InternalError("filter lost its row numbers");
  return numbers as Uint32Array; // of kind u32
}
