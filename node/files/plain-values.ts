/** Computed columns as JavaScript values, for writers that take those. */
import { type AddedColumn, isValid } from "./table.ts";

/** The values of the rows that stay; null where there is none, booleans as booleans. */
export function plainValues(column: AddedColumn, rows: number, kept: Uint32Array | undefined): unknown[] {
  const { values, validity, type } = column;
  const valueAt = (row: number): unknown => {
    if (!isValid(validity, row)) return null;
    const value = values[row];
    return type === "bool" ? value !== 0 : value;
  };
  return kept === undefined ? Array.from({ length: rows }, (_, row) => valueAt(row)) : Array.from(kept, valueAt);
}
