/** What is told where a text is of another language than ours, with what to write instead. */
import { expect, test } from "vitest";
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import { Source } from "../../base/source.ts";
import { parseExpression } from "./parse.ts";
import { looksLikeFunction, parseFunction } from "./parse-function.ts";

function diagnosticOf(text: string): Diagnostic | undefined {
  const source = new Source(text);
  try {
    if (looksLikeFunction(text)) parseFunction(source);
    else parseExpression(source);
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics[0];
    throw error;
  }
  return undefined;
}

test.each([
  "function f(x: number) { return x; }",
  "(x: number) => x",
  "(x): number => x",
  "(x?: number) => x",
  "(x) => { const y: number = x; return y; }",
  "(x) => { let y: number; y = x; return y; }",
  "(x) => x as number",
  "(x) => (x satisfies number) + 1",
  "(x) => x! + 1",
  "(x) => x!.y",
  "(x) => <number>x",
  "function f<T>(x) { return x; }",
  "x as number",
  "interface A { x: number }",
  "type A = number",
])("TypeScript: %s", (text) => {
  expect(diagnosticOf(text)?.hint).toMatch(/^types as in TypeScript/);
});

test.each([
  ["(x) => { const y; return x; }", "a constant has a value from its start: write const y = …, or let y"],
  ["(x) => { const a = 1, y; return x; }", "a constant has a value from its start: write const y = …, or let y"],
  ["x and y", "write &&"],
  ["x or y", "write ||"],
  ["not x", "write ! for not"],
  ["7 mod 3", "write %"],
  ["x <> y", "write !== for not equal"],
  ["x =< y", "write <="],
  ["x => 3", undefined],
  ["x = 3", "to compare, write == or ==="],
  ["x ^^ 2", "write ** for a power; ^ combines the bits of integers"],
  ["x – y", "write -"],
  ["x × y", "write *"],
  ["x²", "write ** 2"],
  ["x ≤ y", "write <="],
  ["(x) => x ≠ 1", "write !=="],
  ["“x”", "text is no value: values are numbers"],
  ["\u200bx", "remove it"],
  ["x y", "an operator is missing before it"],
  ["x ? y : z : w", undefined],
  ["(x) => { case 1: return x; }", undefined],
])("%s: %s", (text, hint) => {
  expect(diagnosticOf(text)?.hint).toBe(hint);
});

test("a character that cannot be seen is told by its number", () => {
  expect(diagnosticOf("x +\u200b y")?.message).toBe("the character U+200B, which cannot be seen, means nothing here");
});
