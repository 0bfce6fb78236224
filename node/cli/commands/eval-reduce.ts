/** `eval --reduce`: single values of whole columns, gathered batch by batch. */
import { nearestWord } from "../../../src/base/spelling.ts";
import type { ReductionName } from "../../../src/engine/combination.ts";
import type { CompiledFunction } from "../../../src/engine/compiled-function.ts";
import { reductionNames as knownNames } from "../../../src/engine/reduce.ts";
import type { Reducer } from "../../../src/engine/reducer.ts";
import type { TableReduction } from "../../files/compute-table.ts";
import { type AddedColumn, isValid, keptRows, type Numbers } from "../../files/table.ts";
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

  constructor(formulas: readonly NamedFormula[], names: readonly ReductionName[]) {
    this.#formulas = formulas;
    this.#names = names;
    this.#compiled = formulas.map(({ type }) => compile("x", { types: { x: type } }));
    this.#reducers = this.#compiled.map((values) => values.reducer(names));
  }

  add(results: readonly AddedColumn[], rows: number, keep: Uint8Array | undefined): void {
    if (rows === 0) return;
    results.forEach((column, index) => {
      const values = present(column, rows, keep);
      if (values.length > 0) this.#reducers[index]?.add({ x: values });
    });
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
      for (const reduction of this.#names) values[reduction] = result[reduction] ?? Number.NaN;
      return { name, values };
    });
  }
}

/** The values of the rows that stay and have one. */
function present({ values, validity }: AddedColumn, rows: number, keep: Uint8Array | undefined): Numbers {
  if (keep === undefined && validity === undefined) return values;
  const kept = keptRows(rows, keep).filter((row) => isValid(validity, row));
  const compact = values.slice(0, kept.length);
  if (compact instanceof BigInt64Array && values instanceof BigInt64Array)
    for (let at = 0; at < kept.length; at++) compact[at] = values[kept[at] ?? 0] ?? 0n;
  else if (!(compact instanceof BigInt64Array) && !(values instanceof BigInt64Array))
    for (let at = 0; at < kept.length; at++) compact[at] = values[kept[at] ?? 0] ?? 0;
  return compact;
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
