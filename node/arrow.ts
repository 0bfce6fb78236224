/**
 * `jitsmith/arrow`: compiled functions over tables, record batches and vectors of apache-arrow.
 *
 *     import { tableFromIPC } from "apache-arrow";
 *     import { compile } from "jitsmith";
 *     import { mapTable } from "jitsmith/arrow";
 *
 *     const revenue = compile("price * qty");
 *     const result = mapTable(revenue, tableFromIPC(bytes)); // a Vector, one chunk for each record batch
 *
 * Columns of 8 to 64 bit integers and of floats are read where they stand; the other layouts are copied. Nulls are strict: where
 * a column that the function reads has none, its result has none.
 */
import { type Data, makeVector, type RecordBatch, Table, type Vector } from "apache-arrow";
import type { CompiledMembers } from "../src/engine/compiled-function.ts";
import type { ParameterType } from "../src/lang/javascript/tree.ts";
import { dataOfAdded, fieldOfArrow, numbersOfData } from "./files/arrow-columns.ts";
import { compiledFormula } from "./files/compiled-formula.ts";
import { resultOf } from "./files/compute-table.ts";
import { findColumns } from "./files/numbers.ts";
import type { NumberType } from "./files/table.ts";

export interface TableOptions {
  /** The column of a parameter, where its name is another one. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Parameters that have one value for all rows. */
  readonly scalars?: Readonly<Record<string, number>>;
}

/**
 * One result for each row, as a vector with a chunk for each record batch. Parameters take the types they were declared with.
 * Throws for parameters that are no columns, for columns that hold no numbers, and what `map` throws.
 */
export function mapTable(
  fn: CompiledMembers<unknown>,
  table: Table | RecordBatch,
  { columns = {}, scalars = {} }: TableOptions = {},
): Vector {
  const [aggregate] = fn.aggregates;
  if (aggregate !== undefined)
    throw new TypeError(
      `mapTable: ${aggregate} is over all rows, and a table's come in batches; make it a parameter, find its value with a reducer, and pass it in scalars`,
    );
  const formula = compiledFormula("result", fn, {
    headers: new Map(Object.entries(columns)),
    scalars: new Map(Object.entries(scalars)),
    types: declaredTypes(fn.types),
  });
  const fields = table.schema.fields.map(fieldOfArrow);
  const found = findColumns("table", fields, formula.columns);
  const batches: readonly RecordBatch[] = table instanceof Table ? table.batches : [table];
  let firstRow = 0;
  const chunks = batches.map((batch): Data => {
    const parts: readonly Data[] = batch.data.children;
    const numbers = found.map((column) => {
      const data = parts[column.index];
      if (data === undefined) throw new TypeError("a record batch has fewer columns than its schema");
      return numbersOfData("table", column, data, firstRow);
    });
    const rows = batch.numRows;
    firstRow += rows;
    return dataOfAdded({ name: formula.name, type: formula.type, ...resultOf(formula, numbers, rows) }, rows);
  });
  return makeVector(chunks);
}

/** The table with one more column; its own columns are shared, not copied. */
export function withColumn(
  fn: CompiledMembers<unknown>,
  table: Table,
  name: string,
  options: TableOptions = {},
): Table {
  return table.assign(new Table({ [name]: mapTable(fn, table, options) }));
}

/** What parameters were declared as, apart from f64, which is also what an undeclared one is. */
function declaredTypes(types: Readonly<Record<string, ParameterType>>): Record<string, NumberType> {
  const declared: Record<string, NumberType> = {};
  for (const [name, type] of Object.entries(types))
    if (type === "i32" || type === "i64" || type === "f32" || type === "bool") declared[name] = type;
  return declared;
}
