/** The entries of the package: what they export, and that they work together. */
import { expect, test } from "vitest";
import * as jitsmith from "./index.ts";
import * as ir from "./ir.ts";

test("jitsmith", () => {
  expect(jitsmith.compile("(x + 5) * 3")(4)).toBe(27);
  expect(Object.keys(jitsmith).sort()).toEqual([
    "CompileError",
    "DisposedError",
    "EncodingError",
    "InternalError",
    "JitError",
    "MemoryError",
    "SignatureError",
    "Source",
    "TrapError",
    "UnsupportedError",
    "VerifyError",
    "column",
    "compile",
    "createEngine",
    "isJitError",
    "liveCompilations",
    "reductionNames",
    "releaseColumn",
    "renderDiagnostic",
  ]);
});

test("jitsmith/ir: an expression's IR, its text, its value", () => {
  const fn = ir.expressionToIr("(x + 5) * 3");
  ir.optimize(fn, { verify: true });
  const text = ir.printFunction(fn);
  expect(text).toContain("fadd");
  expect(ir.interpret(ir.parseFunction(text), [4])).toBe(27);
  expect(ir.findViolations(fn)).toEqual([]);
});
