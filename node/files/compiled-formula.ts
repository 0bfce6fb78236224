/** A compiled function as a formula over tables. */
import type { CompiledMembers } from "../../src/engine/compiled-function.ts";
import type { Formula } from "./compute-table.ts";
import type { Numbers, NumberType } from "./table.ts";

export interface FormulaNames {
  /** Column by parameter, for columns that are not the parameter's name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Parameters that have one value for all rows. */
  readonly scalars: ReadonlyMap<string, number | bigint>;
  /** Declared types of parameters that are columns. */
  readonly types: Readonly<Record<string, NumberType>>;
}

/** The formula of a function that gives a value. */
export function compiledFormula(
  name: string,
  fn: CompiledMembers<unknown>,
  { headers, scalars, types }: FormulaNames,
): Formula {
  const variables = fn.parameters.filter((variable) => !scalars.has(variable));
  return {
    name,
    type: resultTypeOf(fn),
    columns: variables.map((variable) => ({
      name: headers.get(variable) ?? variable,
      type: types[variable] ?? "f64",
      isDeclared: Object.hasOwn(types, variable),
    })),
    map(columns, rows): Numbers {
      if (variables.length === 0) return constantColumn(fn, scalars, rows);
      const named: Record<string, Numbers | number | bigint> = {};
      for (const variable of fn.parameters) named[variable] = scalars.get(variable) ?? Number.NaN;
      variables.forEach((variable, i) => {
        named[variable] = columns[i] ?? Number.NaN;
      });
      return fn.map(named);
    },
  };
}

/** The same value for every row: a single row of a column of one is computed, since no argument is a column. */
function constantColumn(
  fn: CompiledMembers<unknown>,
  scalars: ReadonlyMap<string, number | bigint>,
  rows: number,
): Numbers {
  const call = fn as unknown as (...args: (number | bigint)[]) => unknown; // compiled functions are functions
  const value = call(...fn.parameters.map((variable) => scalars.get(variable) ?? Number.NaN));
  return typeof value === "bigint" ? new BigInt64Array(rows).fill(value) : new Float64Array(rows).fill(Number(value));
}

function resultTypeOf({ resultType }: CompiledMembers<unknown>): NumberType {
  switch (resultType) {
    case "i32":
    case "i64":
    case "f32":
    case "bool":
      return resultType;
    case "void":
      throw new TypeError("the function gives nothing; expected one value for each row");
    default:
      return "f64";
  }
}
