/** `explain`: every stage of an expression's compilation as text. */
import { parseTypes } from "../assignments.ts";
import { compileTyped } from "../compile-typed.ts";
import { textOrStdin } from "../stdin.ts";
import { print, printJson } from "../terminal.ts";

/** As main.ts declares them. */
export interface ExplainOptions {
  readonly type?: readonly string[];
  readonly json?: true;
}

export async function explain(expression: string, options: ExplainOptions): Promise<void> {
  const compiled = compileTyped(await textOrStdin(expression), parseTypes(options.type ?? []));
  if (options.json) printJson(compiled.stages);
  else print(compiled.explain());
}
