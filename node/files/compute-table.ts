/**
 * The work of `eval` on a table: formulas add columns, a condition drops rows, or formulas are reduced to single values.
 *
 * Nulls are strict: where a column that a formula reads has none, its result has none, and where a condition has none, the
 * row goes.
 */
import {
  type AddedColumn,
  bothValid,
  type Field,
  isValid,
  type NumberColumn,
  type Numbers,
  type NumberType,
  type TableBatch,
  type TableTask,
  type TableWriter,
  type Wanted,
  type WantedColumn,
} from "./table.ts";

/** Something computed from columns. */
export interface Formula {
  readonly name: string;
  readonly type: NumberType;
  /** The variables that are columns. */
  readonly columns: readonly WantedColumn[];
  /** One result for each row; `columns` in the order above. */
  map(columns: readonly Numbers[], rows: number): Numbers;
}

/** Takes the results of formulas for rows that stay, to make single values of them. */
export interface TableReduction {
  add(results: readonly AddedColumn[], rows: number, keep: Uint8Array | undefined): void;
}

export interface TableComputation {
  readonly formulas: readonly Formula[];
  /** Rows stay where its result is not 0. */
  readonly condition: Formula | undefined;
  readonly output: TableWriter | TableReduction;
  /** Called with the table's fields before anything is read; throws for variables that are no columns. */
  readonly check: (fields: readonly Field[]) => void;
  /** Called after each batch. */
  readonly onBatch?: (rows: number) => void;
}

/** How many rows came in, and how many stayed. */
export interface RowCounts {
  rows: number;
  kept: number;
}

/** The task of a computation, and its counts, which grow as it runs. */
export function tableTask(computation: TableComputation): { readonly task: TableTask; readonly counts: RowCounts } {
  const { formulas, condition, output, check, onBatch } = computation;
  const all = condition === undefined ? formulas : [...formulas, condition];
  const wanted: WantedColumn[] = [];
  const places = all.map((formula) =>
    formula.columns.map((column) => {
      const known = wanted.findIndex(({ name, type }) => name === column.name && type === column.type);
      return known >= 0 ? known : wanted.push(column) - 1;
    }),
  );
  const counts: RowCounts = { rows: 0, kept: 0 };
  const results = (formula: Formula, index: number, batch: TableBatch): NumberColumn =>
    resultOf(
      formula,
      (places[index] ?? []).flatMap((place) => batch.numbers[place] ?? []),
      batch.rows,
    );
  const task: TableTask = {
    begin(fields): Wanted {
      check(fields);
      if ("begin" in output) output.begin(fields, formulas);
      return { numbers: wanted, rows: "begin" in output };
    },
    async batch(batch) {
      const keep =
        condition === undefined ? undefined : keepMask(results(condition, formulas.length, batch), batch.rows);
      const added = formulas.map((formula, index) => {
        const { name, type } = formula;
        return { name, type, ...results(formula, index, batch) };
      });
      counts.rows += batch.rows;
      counts.kept += keep === undefined ? batch.rows : keep.reduce((sum, one) => sum + one, 0);
      if ("begin" in output) await output.write(batch, added, keep);
      else output.add(added, batch.rows, keep);
      onBatch?.(batch.rows);
    },
  };
  return { task, counts };
}

/** A formula's results; none where one of its inputs has none. */
export function resultOf(formula: Formula, inputs: readonly NumberColumn[], rows: number): NumberColumn {
  let validity: Uint8Array | undefined;
  for (const input of inputs) validity = bothValid(validity, input.validity);
  const columns = inputs.map(({ values }) => values);
  return { values: formula.map(columns, rows), validity };
}

function keepMask({ values, validity }: NumberColumn, rows: number): Uint8Array {
  const keep = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? 0;
    // As JavaScript's ToBoolean: NaN drops the row.
    keep[row] = isValid(validity, row) && value ? 1 : 0;
  }
  return keep;
}
