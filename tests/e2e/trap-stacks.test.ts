/** What a trap tells of the calls that led to it, through `compile`. */
import { describe, expect, test } from "vitest";
import { type CompileOptions, compile, TrapError } from "../../node/index.ts";
import { canExecute } from "../machine-code-runner.ts";

function trapOf(run: () => unknown): TrapError {
  try {
    run();
  } catch (error) {
    if (error instanceof TrapError) return error;
    throw error;
  }
  throw new Error("no trap");
}

/** `name: text` of each function, the innermost first. */
function told({ functions }: TrapError): string[] {
  return functions.map(
    ({ name, span, source }) => `${name}: ${span === undefined ? "?" : source?.text.slice(span.start, span.end)}`,
  );
}

const arrays: CompileOptions = { types: { xs: "Float64Array" } };

describe.skipIf(!canExecute)("the stack of a trap (no x86-64 CPU: skipped)", () => {
  test("functions that call each other, with the call of each", () => {
    const down = "(ys, n) => (n > 0 ? up(ys, n - 1) : ys[n])";
    const up = "(ys, n) => 1 + down(ys, n)";
    using f = compile("function outer(xs, n) { return 2 * down(xs, n); }", { ...arrays, functions: { down, up } });
    expect(f(Float64Array.of(5), 3)).toBe(16);
    const trap = trapOf(() => f(new Float64Array(0), 2));
    expect(told(trap).filter((line) => !line.endsWith("?"))).toEqual([
      "down: ys[n]",
      "up: down(ys, n)",
      "down: up(ys, n - 1)",
      "up: down(ys, n)",
      "down: up(ys, n - 1)",
      "outer: down(xs, n)",
    ]);
    expect(trap.span).toEqual(trap.functions[0]?.span);
    expect(trap.functions.map(({ source }) => source?.name).at(-1)).toBe("function");
    expect(trap.message).toBe(
      "an index outside its array in ys[n] (down:1:37); calls: outer → down → up → down → up → down",
    );
  });

  test("recursion is counted, and what the record does not reach is an ellipsis", () => {
    using f = compile("function sum(xs, n) { return n < 0 ? 0 : xs[n] + sum(xs, n - 1.5); }", arrays);
    const trap = trapOf(() => f(new Float64Array(9), 8));
    expect(trap.trap).toBe("out-of-bounds");
    expect(told(trap)).toEqual(["sum: xs[n]", "sum: sum(xs, n - 1.5)"]);
    expect(trap.message).toMatch(/; calls: sum × 2$/);
    using deep = compile("function deep(n) { return 1 + deep(n + 1); }");
    const exhausted = trapOf(() => deep(1));
    expect(exhausted.functions.length).toBeGreaterThan(5);
    expect(new Set(exhausted.functions.map(({ name }) => name))).toEqual(new Set(["deep"]));
    expect(exhausted.message).toMatch(/^calls went too deep for the stack; calls: deep → … → deep × \d+$/);
  });

  test("a function that was inlined stands before its caller", () => {
    using f = compile("(xs) => half(xs, 7)", { ...arrays, functions: { half: "(ys, i) => ys[i] / 2" } });
    const trap = trapOf(() => f(new Float64Array(3)));
    expect(told(trap)[0]).toBe("half: ys[i]");
    expect(trap.functions.map(({ name }) => name)).toEqual(["half", "f"]);
    expect(trap.message).toMatch(/; calls: f → half$/);
  });

  test("one function for other types has one name", () => {
    const get = "(ys, n) => (n > 0 ? get(ys, n - 1) : ys[n])";
    using f = compile("(xs, zs, n) => get(xs, n) + get(zs, n)", {
      types: { xs: "Float64Array", zs: "Int32Array" },
      functions: { get },
    });
    const { functions } = trapOf(() => f(Float64Array.of(1), new Int32Array(0), 1));
    expect(functions.map(({ name }) => name)).toEqual(["get", "get", "f"]);
  });

  test("rows of columns", () => {
    const walk = "(n) => (n < 0 ? walk(n + 1) : n)";
    const text = "(n) => walk(n)";
    using f = compile(text, { functions: { walk }, maxIterations: 10 });
    const trap = trapOf(() => f.map({ n: Float64Array.of(1, -2, -100) }));
    expect([trap.trap, trap.row]).toEqual(["iteration-limit", 2]);
    expect(trap.functions.at(-1)?.name).toBe("f");
    expect(new Set(trap.functions.map(({ name }) => name))).toEqual(new Set(["walk", "f"]));
    expect(trap.message).toMatch(/at row 2; calls: f → walk × \d+$/);
  });

  test("without calls there is no stack", () => {
    using f = compile("(xs, i) => xs[i]", arrays);
    const trap = trapOf(() => f(new Float64Array(1), 1));
    expect(trap.functions).toEqual([]);
    expect(trap.message).toBe("an index outside its array in xs[i] (function:1:12)");
  });
});
