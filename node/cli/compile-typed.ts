/** Compiling what a command line names, with its mistakes told as such. */
import { nearestWord } from "../../src/base/spelling.ts";
import type { CompiledFunction } from "../../src/engine/compiled-function.ts";
import { compile } from "../index.ts";
import type { NumberTypes } from "./assignments.ts";
import { UsageError } from "./exit-status.ts";

/** Compiles an expression with declared types. Throws `UsageError` for a type of a variable that it does not use. */
export function compileTyped(expression: string, types: NumberTypes): CompiledFunction {
  const names = Object.keys(types);
  if (names.length === 0) return compile(expression);
  refuseUnused(names, compile(expression).parameters);
  return compile(expression, { types });
}

/** Throws `UsageError` for a name that the expression does not use. */
export function refuseUnused(names: Iterable<string>, parameters: readonly string[]): void {
  for (const name of names) {
    if (parameters.includes(name)) continue;
    const nearest = nearestWord(name, parameters);
    const uses = parameters.length === 0 ? "it uses no variables" : `it uses ${parameters.join(", ")}`;
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    throw new UsageError(`${name}=…: the expression does not use ${name}; ${uses}${hint}`);
  }
}
