/** `eval --reduce`: single values of whole columns, gathered batch by batch. */
import { nearestWord } from "../../../src/base/spelling.ts";
import type { ReductionName } from "../../../src/engine/combination.ts";
import type { CompiledFunction } from "../../../src/engine/compiled-function.ts";
import { reductionNames as knownNames } from "../../../src/engine/reduce.ts";
import type { Reducer } from "../../../src/engine/reducer.ts";
import type { TableReduction } from "../../files/compute-table.ts";
import { type AddedColumn, gatherNumbers, isValid, keptRows } from "../../files/table.ts";
import { compile } from "../../index.ts";
import { UsageError } from "../exit-status.ts";
import { numberText, print, printJson, table } from "../terminal.ts";
import type { NamedFormula } from "./eval-table.ts";

/** Reads `sum,mean`. Throws `UsageError` for what is no reduction. */
export function reductionNames(text: string): ReductionName[] {
  const words = text.split(",").map((word) => word.trim());
  return words.map((word) => {
    const name = knownNames.find((known) => known === word);
    if (name !== undefined) return name;
    const nearest = nearestWord(word, knownNames);
    const hint = nearest === undefined ? `the reductions are ${knownNames.join(", ")}` : `did you mean ${nearest}?`;
    throw new UsageError(`--reduce ${text}: ${JSON.stringify(word)} is no reduction; ${hint}`);
  });
}

/** Reduces the results of formulas. Rows without a value do not count, as in SQL. */
export class TableReducer implements TableReduction {
  readonly #formulas: readonly NamedFormula[];
  readonly #names: readonly ReductionName[];
  readonly #compiled: readonly CompiledFunction[];
  readonly #reducers: readonly Reducer<ReductionName, number | boolean>[];
  /** For each formula where row numbers are asked for. */
  readonly #places: readonly RowPlaces[];
  #rows = 0;

  constructor(formulas: readonly NamedFormula[], names: readonly ReductionName[]) {
    this.#formulas = formulas;
    this.#names = names;
    this.#compiled = formulas.map(({ type }) => compile("x", { types: { x: type } }));
    this.#reducers = this.#compiled.map((values) => values.reducer(names));
    const wanted = rowReductions.filter((name) => names.includes(name));
    this.#places = wanted.length === 0 ? [] : formulas.map(() => new RowPlaces(wanted));
  }

  add(results: readonly AddedColumn[], rows: number, keep: Uint8Array | undefined): void {
    if (rows === 0) return;
    results.forEach((column, index) => {
      const kept = presentRows(column, rows, keep);
      const values = kept === undefined ? column.values : gatherNumbers(column.values, kept);
      const reducer = this.#reducers[index];
      if (values.length === 0 || reducer === undefined) return;
      reducer.add({ x: values });
      this.#places[index]?.follow(reducer.result(), values.length, this.#rows, kept);
    });
    this.#rows += rows;
  }

  /** Gives the code back. */
  dispose(): void {
    for (const values of this.#compiled) values.dispose();
  }

  /** For each formula: its name, and the value of each reduction. */
  results(): { name: string; values: Record<string, number | bigint | boolean> }[] {
    return this.#formulas.map(({ name }, index) => {
      const result: Readonly<Record<string, number | bigint | boolean>> = this.#reducers[index]?.result() ?? {};
      const values: Record<string, number | bigint | boolean> = {};
      for (const reduction of this.#names)
        values[reduction] = this.#places[index]?.of(reduction) ?? result[reduction] ?? Number.NaN;
      return { name, values };
    });
  }
}

const rowReductions = ["argmin", "argmax"] as const;

/**
 * Rows by their number in the file. A reducer counts the values that it was given, which lack the rows that were dropped and
 * those without a value; whenever its answer is among a batch's values, that batch knows the row.
 */
class RowPlaces {
  readonly #names: readonly ReductionName[];
  readonly #rows = new Map<ReductionName, number>();
  #values = 0;

  constructor(names: readonly ReductionName[]) {
    this.#names = names;
  }

  /** `count` more values came; they are those of rows `kept` of a batch that begins with row `firstRow`. */
  follow(
    result: Readonly<Record<string, number | bigint | boolean>>,
    count: number,
    firstRow: number,
    kept: Uint32Array | undefined,
  ): void {
    for (const name of this.#names) {
      const at = Number(result[name]) - this.#values;
      if (at >= 0) this.#rows.set(name, firstRow + (kept?.[at] ?? at));
    }
    this.#values += count;
  }

  of(name: ReductionName): number | undefined {
    return this.#rows.get(name);
  }
}

/** The rows that stay and have a value; undefined where all do. */
function presentRows({ validity }: AddedColumn, rows: number, keep: Uint8Array | undefined): Uint32Array | undefined {
  if (keep === undefined && validity === undefined) return undefined;
  return keptRows(rows, keep).filter((row) => isValid(validity, row));
}

/** One value alone on stdout where there is one, else a table. */
export function printReductions(
  reducer: TableReducer,
  { rows, kept }: { rows: number; kept: number },
  asJson: boolean,
): void {
  const results = reducer.results();
  if (asJson) {
    printJson({ rows, kept, results: Object.fromEntries(results.map(({ name, values }) => [name, values])) });
    return;
  }
  const [first] = results;
  const [only, ...more] = Object.values(first?.values ?? {});
  if (results.length === 1 && more.length === 0 && only !== undefined) {
    print(text(only));
    return;
  }
  const names = Object.keys(first?.values ?? {});
  const lines = results.map(({ name, values }) => [name, ...Object.values(values).map(text)]);
  for (const line of table([["", ...names], ...lines])) print(line);
}

function text(value: number | bigint | boolean): string {
  return typeof value === "number" ? numberText(value) : String(value);
}
