/**
 * Commands on expressions. The options are parameters: `x y` declares them in that order, `a:i32` gives a type, and a type
 * alone (`types a:i32`) leaves the order to the text.
 */
import { CompileError } from "../../../src/base/diagnostics.ts";
import { Source } from "../../../src/base/source.ts";
import { printFunction } from "../../../src/ir/print.ts";
import { buildScalarFunction } from "../../../src/lang/javascript/build-ir.ts";
import { checkExpression } from "../../../src/lang/javascript/check.ts";
import { parseExpression } from "../../../src/lang/javascript/parse.ts";
import { printTree } from "../../../src/lang/javascript/print-tree.ts";
import type { CheckedExpression, NumberType } from "../../../src/lang/javascript/tree.ts";
import { optimize } from "../../../src/opt/pipeline.ts";
import type { Commands } from "../filetest.ts";

function check(input: string, options: readonly string[]): CheckedExpression {
  const source = new Source(input);
  const onlyTypes = options[0] === "types";
  const words = onlyTypes ? options.slice(1) : options;
  const types = new Map<string, NumberType>();
  const parameters = words.map((word) => {
    const [name = "", type] = word.split(":");
    if (type === "i32") types.set(name, type);
    return name;
  });
  return checkExpression(source, parseExpression(source), {
    types,
    parameters: onlyTypes || words.length === 0 ? undefined : parameters,
  });
}

function optimized(input: string, options: readonly string[]): string {
  const fn = buildScalarFunction(check(input, options));
  optimize(fn, { verify: true });
  return printFunction(fn);
}

export const languageCommands: Commands = {
  /** The faults, rendered for people. */
  diagnostics: (input, options) => {
    try {
      check(input, options);
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
    return "no faults";
  },
  /** The checked tree. */
  tree: (input, options) => printTree(check(input, options)),
  /** The IR as it is built. */
  "build-ir": (input, options) => printFunction(buildScalarFunction(check(input, options))),
  /** The IR after the optimiser. */
  "compile-ir": optimized,
};
