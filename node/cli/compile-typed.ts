/** Compiling what a command line names, with its mistakes told as such. */
import { CompileError } from "../../src/base/diagnostics.ts";
import { nearestWord } from "../../src/base/spelling.ts";
import type { CompiledFunction } from "../../src/engine/compiled-function.ts";
import { looksLikeFunction } from "../../src/lang/javascript/parse-function.ts";
import type { ParameterType } from "../../src/lang/javascript/tree.ts";
import { compile } from "../index.ts";
import { UsageError } from "./exit-status.ts";

/**
 * Compiles an expression or a function's text with declared types. Throws `UsageError` for a type of a variable that the text
 * does not have.
 */
export function compileTyped(text: string, types: Readonly<Record<string, ParameterType>>): CompiledFunction {
  const names = Object.keys(types);
  if (names.length === 0) return compile(text);
  // A function's variables may have types, too.
  if (!looksLikeFunction(text)) refuseUnused(names, variablesOf(text, names));
  try {
    return compile(text, { types });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message.replace(/^compile: /, "--type: "));
    throw error;
  }
}

/** The parameters of a text; where it does not compile without the types of some, those of `names` that it mentions. */
export function variablesOf(text: string, names: readonly string[]): readonly string[] {
  try {
    return compile(text).parameters;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return names.filter((name) => new RegExp(`(?<![\\w$.])${name.replace(/[$]/g, "\\$&")}(?![\\w$])`, "u").test(text));
  }
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
