import { describe, expect, test } from "vitest";
import { CompileError } from "../../base/diagnostics.ts";
import { Source } from "../../base/source.ts";
import { deepestNesting } from "./chain-parser.ts";
import { type CheckOptions, checkExpression } from "./check.ts";
import { longestText, parseExpression } from "./parse.ts";
import { type CheckedExpression, mostParameters } from "./tree.ts";

function check(text: string, options: CheckOptions = {}): CheckedExpression {
  const source = new Source(text);
  return checkExpression(source, parseExpression(source), options);
}

/** `code@the marked text` of each fault, in order. */
function faults(text: string, options?: CheckOptions): string[] {
  try {
    check(text, options);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.diagnostics.map(({ code, span }) => `${code}@${text.slice(span.start, span.end)}`);
  }
  return [];
}

function hint(text: string, options?: CheckOptions): string | undefined {
  try {
    check(text, options);
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics[0]?.hint;
  }
  return undefined;
}

const i32 = (...names: string[]): CheckOptions => ({ types: new Map(names.map((name) => [name, "i32"])) });

describe("faults", () => {
  test.each([
    ["", "empty@"],
    ["  // nothing", "empty@  // nothing"],
    ["x;", "trailing-semicolon@;"],
    ["x; y", "statement@; y"],
    ["return x", "statement@return"],
    ["let x = 1", "statement@let"],
    ["if (x) y", "statement@if"],
    ["x = 3", "assignment@="],
    ["x += 3", "assignment@+="],
    ["x ? y : z = 3", "assignment@="],
    ["x++", "assignment@x++"],
    ["--x", "assignment@x"],
    ["x => x", "function@x =>"],
    ["(x, y) => x", "function@(x, y) =>"],
    ["async (x) => x", "function@async (x) =>"],
    ["function f(x) { return x }", "function@function"],
    ["`x`", "not-a-number@`"],
    ["'a' + x", "not-a-number@'a'"],
    ["10n * x", "mixed-bigint@x"],
    ["x + null", "not-a-number@null"],
    ["[x]", "not-a-number@[x]"],
    ["({ x })", "not-a-number@{"],
    ["/a/", "unexpected-token@/"],
    ["new Date", "not-a-number@new"],
    ["x.y", "member-access@x.y"],
    ["x[0]", "member-access@x[0]"],
    ["x.toString()", "member-access@x.toString"],
    ["x.constructor.constructor('x')()", "unknown-function@x.constructor.constructor('x')"],
    ["Math['sqrt'](x)", "member-access@Math['sqrt']"],
    ["x?.y", "optional-chaining@x?.y"],
    ["sqrt?.(x)", "optional-chaining@sqrt?.(x)"],
    ["max(...x)", "spread@...x"],
    ["x, y", "sequence@x, y"],
    ["this", "reserved-name@this"],
    ["undefined", "reserved-name@undefined"],
    ["eval(x)", "reserved-name@eval"],
    ["Math", "reserved-name@Math"],
    ["Math.sqrt", "unknown-constant@Math.sqrt"],
    ["typeof x", "unsupported-operator@typeof x"],
    ["x ?? y", "unsupported-operator@x ?? y"],
    ["x ?? y || z", "unexpected-token@||"],
    ["-x ** 2", "unexpected-token@**"],
    ["2n ** 3n", "not-yet@2n ** 3n"],
    ["f16round(x)", "not-yet@f16round"],
    ["Math.exp2(x)", "unknown-function@Math.exp2"],
    ["010", "legacy-octal@010"],
    ["08", "legacy-octal@08"],
    ["sqrt()", "wrong-argument-count@sqrt()"],
    ["sqrt(x, y)", "wrong-argument-count@sqrt(x, y)"],
    ["(x", "unexpected-end@"],
    ["x +", "unexpected-end@"],
    ["x y", "unexpected-token@y"],
    ["x)", "unexpected-token@)"],
    ["x @ y", "syntax@@"],
    ["3x", "syntax@x"],
    ["'abc", "syntax@'"],
    ["class A {}", "statement@class"],
    ["import('x')", "statement@import"],
  ])("%s", (text, expected) => {
    expect(faults(text)).toEqual([expected]);
  });

  test("all faults come in one go, in source order", () => {
    expect(faults("sine(x) + f16round('y') * Math.PY - x.y")).toEqual([
      "unknown-function@sine",
      "not-yet@f16round",
      "not-a-number@'y'",
      "unknown-constant@Math.PY",
      "member-access@x.y",
    ]);
  });

  test("the nearest spelling is named", () => {
    expect(hint("sqtr(x)")).toBe("did you mean sqrt?");
    expect(hint("Math.Sqrt(x)")).toBe("did you mean Math.sqrt?");
    expect(hint("Math.PY")).toBe("did you mean Math.PI?");
    expect(hint("prise * 2", { parameters: ["price", "qty"] })).toBe("did you mean price?");
    expect(hint("zebra * 2", { parameters: ["price", "qty"] })).toBe("the parameters are price, qty");
  });

  test("a message shows the place", () => {
    expect(() => check("x +\n  sqtr(y)")).toThrow(
      "expression:2:3: unknown-function: sqtr is not a function here\n    sqtr(y)\n    ^~~~\n  hint: did you mean sqrt?",
    );
  });
});

describe("literals beside i32 values", () => {
  test.each([
    ["a * 0.5", "inexact-literal@0.5"],
    ["2147483648 + a", "inexact-literal@2147483648"],
    ["a + -0", "inexact-literal@-0"],
    ["c ? a : 1.5", "inexact-literal@1.5"],
    ["max(a, 1.5)", "inexact-literal@1.5"],
    ["a % 2.5", "inexact-literal@2.5"],
  ])("%s is refused", (text, expected) => {
    expect(faults(text, i32("a"))[0]).toBe(expected);
  });

  test.each([
    ["a * 2", "i32"],
    ["-2147483648 + a", "i32"],
    ["a * (1 + 1)", "f64"],
    ["a < 1.5", "bool"],
    ["max(a, x, 1.5)", "f64"],
    ["a * Math.PI", "f64"],
    ["a + true", "i32"],
    ["a >>> 1", "i32"],
    ["a | x", "f64"],
    ["x | 0", "f64"],
    ["~c", "f64"],
    ["a / b", "i32"],
    ["sqrt(a)", "f64"],
    ["+a", "f64"],
    ["c && a", "f64"],
    ["a > 0 && b", "i32|bool"],
    ["a > 0 && c", "f64|bool"],
    ["a > 0 && c > 1", "bool"],
    ["c ? a : b > 0", "i32|bool"],
  ])("%s is of type %s", (text, type) => {
    expect(check(text, i32("a", "b")).result.type).toBe(type);
  });
});

describe("names", () => {
  test("parameters stand in the order of first appearance", () => {
    const names = (text: string) => check(text).parameters.map((parameter) => parameter.name);
    expect(names("z ? b + a : b * z")).toEqual(["z", "b", "a"]);
    expect(names("1 + 2")).toEqual([]);
    expect(names("max + min(max, sqrt)")).toEqual(["max", "sqrt"]);
    expect(names("constructor + __proto__ + toString")).toEqual(["constructor", "__proto__", "toString"]);
    expect(names("größe * 数量 * \\u0061")).toEqual(["größe", "数量", "a"]);
  });

  test("declared parameters stand as declared, used or not, and hide constants", () => {
    const checked = check("NaN + x", { parameters: ["x", "unused", "NaN"] });
    expect(checked.parameters.map((parameter) => parameter.name)).toEqual(["x", "unused", "NaN"]);
    expect(checked.nodes.filter((node) => node.kind === "parameter")).toHaveLength(2);
  });

  test("too many are refused", () => {
    const sum = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`).join(" + ");
    expect(check(sum(mostParameters)).parameters).toHaveLength(mostParameters);
    expect(faults(sum(mostParameters + 1))[0]).toMatch(/^too-many-parameters@/);
  });
});

describe("size", () => {
  const count = 100_000;
  test.each([
    ["sum", Array.from({ length: count }, () => "x * y").join(" + "), 4 * count - 1],
    ["prefix chain", `${"!".repeat(count)}x`, count + 1],
    ["conditional chain", `${"x ? 1 : ".repeat(count)}2`, 5 * count + 1],
    ["conjunction", Array.from({ length: count }, () => "x").join(" && "), 4 * count - 3],
    ["arguments", `max(${Array.from({ length: count }, () => "x").join(", ")})`, count + 1],
  ])("a %s of 100,000", (_, text, nodes) => {
    expect(check(text).nodes).toHaveLength(nodes);
  });

  test("nesting ends in a diagnostic", () => {
    const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}x${close.repeat(depth)}`;
    const least = deepestNesting / 10;
    for (const [open, close] of [
      ["(", ")"],
      ["sqrt(", ")"],
      ["1 + x * (", ")"],
      ["x ? ", " : 1"],
    ] as const) {
      expect(faults(nested(open, close, least - 10)), open).toEqual([]);
      expect(faults(nested(open, close, 2 * least))[0], open).toMatch(/^too-deep@/);
      expect(faults(nested(open, close, 50_000))[0], open).toMatch(/^too-deep@/);
    }
    for (const open of ["x ** ", "x[", "[", "({ a: ", "`$" + "{", "f(function () { ", "x => ", "-("])
      expect(faults(open.repeat(50_000))).toHaveLength(1);
  });

  test("little stack left is a diagnostic, too", () => {
    const text = `${"(".repeat(200)}x${")".repeat(200)}`;
    /** Fills the stack, then tries on the way back with a little more room each time. */
    const seen = new Set<string>();
    const descend = (): number => {
      let room = 0;
      try {
        room = descend();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      if (room >= 100 && room % 20 === 0) seen.add(faults(text)[0] ?? "none");
      return room + 1;
    };
    descend();
    expect([...seen].every((fault) => fault === "none" || fault.startsWith("too-deep@"))).toBe(true);
    expect(seen).toContain("none");
  });

  test("a text of more than the longest length is refused unread", () => {
    expect(faults(`${" ".repeat(longestText)}x`)).toEqual(["too-long@"]);
  });
});
