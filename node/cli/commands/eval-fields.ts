/** Whether the variables of formulas are columns of the table, told as the compiler tells its faults. */
import { CompileError, type Diagnostic } from "../../../src/base/diagnostics.ts";
import { Source } from "../../../src/base/source.ts";
import { nearestWord } from "../../../src/base/spelling.ts";
import { InputError } from "../../files/input-error.ts";
import type { Field } from "../../files/table.ts";
import { isName } from "../assignments.ts";
import { UsageError } from "../exit-status.ts";
import type { NamedFormula } from "./eval-table.ts";

/** Checks a table's fields once they are known. Throws `UsageError`, `InputError` and `CompileError`. */
export function fieldCheck(
  input: string,
  added: ReadonlySet<string>,
  values: ReadonlyMap<string, number>,
  headers: ReadonlyMap<string, string>,
  formulas: readonly NamedFormula[],
): (fields: readonly Field[]) => void {
  const inputName = input === "-" ? "stdin" : input;
  return (fields) => {
    const names = fields.map(({ name }) => name);
    for (const name of added)
      if (names.includes(name))
        throw new InputError(
          `${inputName}: has a column ${JSON.stringify(name)} already; give the new one another name`,
        );
    for (const name of values.keys())
      if (names.includes(name))
        throw new UsageError(`${name}=…: ${inputName} has a column ${name} too; expected one or the other`);
    for (const [variable, header] of headers)
      if (!names.includes(header)) throw unknownHeader(variable, header, names, inputName);
    for (const { expression, columns } of formulas)
      for (const { name } of columns)
        if (!names.includes(name)) throw unknownColumn(name, expression, names, inputName);
  };
}

function unknownHeader(variable: string, header: string, names: readonly string[], inputName: string): InputError {
  const nearest = nearestWord(header, names);
  const hint =
    nearest === undefined ? `; the columns are ${names.join(", ")}` : `; did you mean ${JSON.stringify(nearest)}?`;
  return new InputError(`${inputName}: has no column ${JSON.stringify(header)} for ${variable}${hint}`);
}

/** A variable that no column has, in the form of the compiler's own diagnostics. */
function unknownColumn(name: string, expression: string, names: readonly string[], inputName: string): CompileError {
  const start = new RegExp(`(?<![\\w$.])${name.replace(/[$]/g, "\\$&")}(?![\\w$])`, "u").exec(expression)?.index ?? 0;
  const nearest = nearestWord(name, names);
  const [only = ""] = names;
  const delimiter = names.length === 1 ? (["\t", ";", "|"] as const).find((each) => only.includes(each)) : undefined;
  const hint =
    delimiter !== undefined
      ? `there is only one column, ${JSON.stringify(only)}; say --delimiter ${delimiter === "\t" ? "tab" : `'${delimiter}'`}`
      : nearest !== undefined
        ? `did you mean ${isName(nearest) ? nearest : `--column '${name}=${nearest}'`}?`
        : `the columns are ${names.join(", ")}; or give it a value: ${name}=4`;
  const diagnostic: Diagnostic = {
    code: "unknown-column",
    message: `${name} is not a column of ${inputName}`,
    span: { start, end: start + name.length },
    hint,
  };
  return new CompileError(new Source(expression), [diagnostic]);
}
