/** What a function's faults are told as: each once, with nothing that only follows from it, and what to write instead. */
import { expect, test } from "vitest";
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import { Source } from "../../base/source.ts";
import { parseFunction } from "./parse-function.ts";
import { checkProgram } from "./program.ts";

function diagnosticsOf(text: string): readonly Diagnostic[] {
  const source = new Source(text);
  try {
    checkProgram(
      { name: "f", source, node: parseFunction(source), isAnonymous: true },
      { types: /\bxs\b/.test(text) ? new Map([["xs", "Float64Array"]]) : undefined },
    );
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics;
    throw error;
  }
  return [];
}

test.each([
  ["({ a, b: [c, d = 1], ...e }) => a + c + d + e", "destructuring"],
  ["([a, , b]) => a + b", "destructuring"],
  ["(x = 1) => x", "parameter-form"],
  ["(...list) => list[0] + list.length", "parameter-form"],
  ["(x) => { const [a, b] = x; return a + b; }", "destructuring"],
  ["(x) => { for (let { i } = x; i < 3; i++) x++; return x; }", "destructuring"],
  ["(x) => { switch (x) { case 1: let y = 1; return y; default: return x; } }", "declaration-in-case"],
  ["(x) => { const f = (y) => y; return f(x); }", "closure"],
  ["(x) => { const f = function (y) { return y; }; let z = f(x) + 1; return f(z); }", "closure"],
  ["(x) => { const y = g(x); function g(y) { return y; } return y + g(y); }", "closure"],
  ["(x) => { switch (x) { case 1: function g() {} return g(); default: return x; } }", "closure"],
])("%s has the one fault %s", (text, code) => {
  expect(diagnosticsOf(text).map((diagnostic) => diagnostic.code)).toEqual([code]);
});

test.each([
  ["(x) => math.sin(x)", "member-access", "did you mean Math.sin?"],
  ["(x) => Math['sin'](x)", "member-access", "write Math. and the function's name"],
  ["(xs) => xs.reduce((a, b) => a + b, 0)", "member-access", "write a loop: for (let i = 0; i < xs.length; i++)"],
  ["(x) => { console.log(x); return x; }", "member-access", "return the value, and print it outside"],
  ["(x) => Date.now() - x", "member-access", "pass the time as a parameter"],
  ["(x) => x.length", "member-access", 'where x is a typed array, declare it: { types: { x: "Float64Array" } }'],
  [
    "() => Math.random()",
    "unknown-function",
    "the same arguments give the same result: pass random numbers as parameters",
  ],
  [
    "(x) => isNan(x)",
    "unknown-function",
    "did you mean isNaN? Otherwise, a function's text does not hold what stands around it: pass it in { functions: { isNan } }",
  ],
  // Nobody has called it f.
  [
    "(x) => f(x - 1)",
    "unknown-function",
    "a function's text does not hold what stands around it: pass it in { functions: { f } }",
  ],
])("%s: %s, %s", (text, code, hint) => {
  expect(diagnosticsOf(text).map((diagnostic) => [diagnostic.code, diagnostic.hint])).toEqual([[code, hint]]);
});

test("a jump to a label that is not there names it", () => {
  const [first] = diagnosticsOf("(x) => { here: for (;;) { break there; } return x; }");
  expect(first?.code).toBe("syntax");
  expect(first?.message).toBe("`break` has no loop or label of that name around it");
});

test("BigInt(-0) is 0n", () => {
  expect(diagnosticsOf("() => BigInt(-0) + 1n")).toEqual([]);
});
