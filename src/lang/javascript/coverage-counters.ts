/**
 * Coverage tools put counters into the text of functions, which then is not what was written.
 *
 * Their names are known, so that the fault tells where the text came from instead of calling them unknown variables.
 */
import type { Fault } from "./names.ts";

/** What Istanbul, V8's older tools and their like put into a function to count. */
export function isCoverageCounter(text: string): boolean {
  return /^(?:cov_\w+|__cov\w*|_cov\w*|__coverage__|_\$jscov\w*)/.test(text);
}

/** The fault of a text that begins with a counter. */
export function coverageFault(text: string): Fault {
  const name = /^[\w$]+/.exec(text)?.[0] ?? text;
  return {
    code: "instrumented",
    message: `a coverage tool has put its counter ${name} into the function's text`,
    hint: "leave the file out of coverage, or pass the function as text",
  };
}
