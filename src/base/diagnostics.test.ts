import { expect, test } from "vitest";
import { CompileError, renderDiagnostic } from "./diagnostics.ts";
import { isJitError } from "./errors.ts";
import { Source } from "./source.ts";

const fault = (start: number, end: number) => ({
  code: "unknown-function",
  message: "sine is not a function here",
  span: { start, end },
  hint: "write sin(y)",
});

test("a diagnostic shows place, line, caret and hint", () => {
  expect(renderDiagnostic(new Source("x + sine(y)"), fault(4, 8))).toBe(
    [
      "expression:1:5: unknown-function: sine is not a function here",
      "  x + sine(y)",
      "      ^~~~",
      "  hint: write sin(y)",
    ].join("\n"),
  );
});

test("the caret stands on the right line of several, and at the end of the text", () => {
  expect(renderDiagnostic(new Source("a +\r\n\tsine(b)\nc", "f.txt"), fault(6, 10)).split("\n")).toEqual([
    "f.txt:2:2: unknown-function: sine is not a function here",
    "   sine(b)",
    "   ^~~~",
    "  hint: write sin(y)",
  ]);
  expect(renderDiagnostic(new Source("a + "), fault(4, 4)).split("\n")[2]).toBe("      ^");
});

test("a long line is cut around the fault, and the caret still points at it", () => {
  const source = new Source(`${"a + ".repeat(500)}sine(b)${" + c".repeat(500)}`);
  const [, excerpt = "", caret = ""] = renderDiagnostic(source, fault(2000, 2004)).split("\n");
  expect(excerpt.length).toBeLessThan(110);
  expect(excerpt.slice(caret.indexOf("^"), caret.indexOf("^") + 4)).toBe("sine");
});

test("a CompileError carries every diagnostic and is of the JitError family, of a second copy of the package too", () => {
  const source = new Source("x + sine(y)");
  const error = new CompileError(source, [fault(4, 8), { ...fault(0, 1), code: "other" }]);
  expect(error.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(["unknown-function", "other"]);
  expect(error.code).toBe("COMPILE");
  expect(isJitError(error)).toBe(true);
  expect(isJitError(Object.assign(new Error("elsewhere"), { name: "TrapError", code: "TRAP" }))).toBe(true);
  expect(isJitError(Object.assign(new Error("no"), { code: "ENOENT" }))).toBe(false);
});
