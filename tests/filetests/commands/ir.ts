/** `parse`, `verify`, `optimize`: the stages that take the IR's text. */
import { findViolations } from "../../../src/analysis/verify.ts";
import { CompileError } from "../../../src/base/diagnostics.ts";
import { parseFunctions } from "../../../src/ir/parse.ts";
import { printFunction } from "../../../src/ir/print.ts";
import { optimize } from "../../../src/opt/pipeline.ts";
import { vectorSupport } from "../../../src/targets/x64/vector-support.ts";
import type { Commands } from "../filetest.ts";

export const irCommands: Commands = {
  /** Reads and prints; or the diagnostics. Option `spans`. */
  parse: (input, options) => {
    try {
      const spans = options.includes("spans");
      return parseFunctions(input)
        .map((fn) => printFunction(fn, { spans }))
        .join("\n");
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
  },

  /** The violations of each function, or `valid`. */
  verify: (input) =>
    parseFunctions(input)
      .map((fn) => `@${fn.name}: ${findViolations(fn).join("\n  ") || "valid"}`)
      .join("\n"),

  /**
   * Each function after the passes named, or after all of them; verified after each. Callees stand before their callers.
   * With `for-avx2` in front, loops may use the vectors of AVX2.
   */
  optimize: (input, options) => {
    const functions = parseFunctions(input);
    const hasVectors = options[0] === "for-avx2";
    const passes = hasVectors ? options.slice(1) : options;
    const vectors = hasVectors ? vectorSupport(new Set(["avx2", "fma", "bmi2", "popcnt"])) : undefined;
    for (const fn of functions)
      optimize(fn, passes.length === 0 ? { vectors, verify: true } : { passes, vectors, verify: true });
    return functions.map((fn) => printFunction(fn)).join("\n");
  },
};
