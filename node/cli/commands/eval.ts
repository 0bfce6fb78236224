/** `eval`: an expression's value for given variables, or, with --input, what it gives for a table (eval-table.ts). */
import { type NumberTypes, parseAssignments, parseTypes } from "../assignments.ts";
import { compileTyped, refuseUnused } from "../compile-typed.ts";
import { UsageError } from "../exit-status.ts";
import { textOrStdin } from "../stdin.ts";
import { numberText, print, printJson } from "../terminal.ts";

/** As main.ts declares them. */
export interface EvalOptions {
  readonly input?: string;
  readonly output: string;
  readonly name: string;
  readonly type?: readonly string[];
  readonly column?: readonly string[];
  readonly delimiter?: string;
  readonly missing?: string;
  readonly add?: readonly string[];
  readonly filter?: readonly string[];
  readonly reduce?: string;
  readonly from?: string;
  readonly to?: string;
  readonly plot?: true;
  readonly force?: true;
  readonly json?: true;
}

export async function evaluate(
  expression: string,
  assignments: readonly string[],
  options: EvalOptions,
): Promise<void> {
  if (options.input === undefined) {
    refuseFileOptions(options);
    const ranges = assignments.filter((word) => word.includes(".."));
    if (options.plot || ranges.length > 0) {
      const { plotFunction } = await import("./eval-range.ts");
      plotFunction(await textOrStdin(expression), assignments, options.plot === true);
      return;
    }
    const values = parseAssignments(assignments);
    evaluateOnce(await textOrStdin(expression), parseTypes(options.type ?? []), values, options.json === true);
    return;
  }
  if (expression === "-" && options.input === "-")
    throw new UsageError("the expression and the input cannot both come from stdin");
  const { evaluateTable } = await import("./eval-table.ts"); // one value needs no readers of files
  const values = parseAssignments(assignments);
  await evaluateTable(await textOrStdin(expression), values, { ...options, input: options.input });
}

function evaluateOnce(
  expression: string,
  types: NumberTypes,
  values: ReadonlyMap<string, number>,
  asJson: boolean,
): void {
  const compiled = compileTyped(expression, types);
  const parameters = compiled.parameters;
  refuseUnused(values.keys(), parameters);
  const missing = parameters.filter((name) => !values.has(name));
  if (missing.length > 0)
    throw new UsageError(
      `the expression uses ${missing.join(", ")}; give ${missing.length === 1 ? "it a value" : "them values"}, such as ${missing.map((name) => `${name}=4`).join(" ")}`,
    );
  const value = compiled(...parameters.map((name) => values.get(name) ?? Number.NaN));
  if (asJson) printJson({ value });
  else print(typeof value === "number" ? numberText(value) : String(value));
}

function refuseFileOptions(options: EvalOptions): void {
  const given = [
    options.output !== "-" && "--output",
    options.column !== undefined && "--column",
    options.delimiter !== undefined && "--delimiter",
    options.missing !== undefined && "--missing",
    options.force !== undefined && "--force",
    options.add !== undefined && "--add",
    options.filter !== undefined && "--filter",
    options.reduce !== undefined && "--reduce",
    options.from !== undefined && "--from",
    options.to !== undefined && "--to",
  ].find((word) => word !== false);
  if (given !== undefined) throw new UsageError(`${given} goes with --input FILE`);
}
