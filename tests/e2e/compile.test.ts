/** `compile` as its users meet it, on this machine's code. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  CompileError,
  compile,
  DisposedError,
  liveCompilations,
  TrapError,
  UnsupportedError,
} from "../../node/index.ts";
import type { CompileOptions } from "../../src/engine/options.ts";
import { mostParameters } from "../../src/lang/javascript/tree.ts";

const i32 = (...names: string[]): CompileOptions => ({ types: Object.fromEntries(names.map((name) => [name, "i32"])) });

describe("calls", () => {
  test("text to answer, as machine code", () => {
    using f = compile("(x + 5) * 3");
    expect(f(4)).toBe(27);
    expect(f(10)).toBe(45);
    expect(f.parameters).toEqual(["x"]);
    expect(f.length).toBe(1);
    expect(f.source).toBe("(x + 5) * 3");
    expect(f.resultType).toBe("f64");
    expect(f.code.target).toMatch(/^x86-64/);
    expect(f.code.bytes.length).toBeGreaterThan(16);
    expect(f.code.listing).toContain("ret");
    expect(["dual", "flip"]).toContain(f.code.memory);
    expect(f.call(undefined, 4)).toBe(27);
    expect([1, 2].map((x) => f(x))).toEqual([18, 21]);
  });

  test("arguments convert as in JavaScript, from left to right, once", () => {
    using f = compile("x + y * 2");
    // Wrong types on purpose: JavaScript callers have none.
    const g = f as unknown as (...args: unknown[]) => unknown;
    expect(g("4", true)).toBe(6);
    expect(g(null, [3])).toBe(6);
    expect(g(1)).toBe(Number.NaN);
    expect(g(1, 2, 3)).toBe(5);
    expect(g(new Date(5), { valueOf: () => 1 })).toBe(7);
    expect(() => g(1n, 2)).toThrow(TypeError);
    expect(() => g(Symbol("x"), 2)).toThrow(TypeError);
    const order: string[] = [];
    const argument = (name: string) => ({
      valueOf() {
        order.push(name);
        return 1;
      },
    });
    expect(g(argument("x"), argument("y"))).toBe(3);
    expect(order).toEqual(["x", "y"]);
    const failing = {
      valueOf() {
        throw new RangeError("mine");
      },
    };
    expect(() => g(failing, argument("later"))).toThrow("mine");
    expect(order).toEqual(["x", "y"]);
  });

  test("i32 arguments wrap", () => {
    using f = compile("a", i32("a"));
    const g = f as unknown as (...args: unknown[]) => unknown; // as above
    expect([2 ** 31, 2 ** 32 + 7, -1.9, Number.NaN, Number.POSITIVE_INFINITY, "12"].map((x) => g(x))).toEqual([
      -(2 ** 31),
      7,
      -1,
      0,
      0,
      12,
    ]);
    expect(g()).toBe(0);
    expect(() => g(1n)).toThrow(TypeError);
  });

  test.each(Array.from({ length: 30 }, (_, count) => count))("%i parameters", (count) => {
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    // A different weight for each, so that no two can be mixed up.
    const text = names.length === 0 ? "42" : names.map((name, index) => `${name} * ${index + 1}`).join(" + ");
    const mixed = Object.fromEntries(names.filter((_, index) => index % 3 === 1).map((name) => [name, "i32" as const]));
    const values = names.map((_, index) => index * 7 - 20);
    const expected = count === 0 ? 42 : values.reduce((sum, value, index) => sum + value * (index + 1), 0);
    using f = compile(text);
    expect(f.length).toBe(count);
    expect(f(...values)).toBe(expected);
    using g = compile(text, { types: mixed });
    expect(g(...values)).toBe(expected);
    const columns = Object.fromEntries(
      names.map((name, index) => [
        name,
        index % 2 === 0 ? new Float64Array(3).fill(values[index] ?? 0) : (values[index] ?? 0),
      ]),
    );
    if (count > 0) expect(f.map(columns)).toEqual(new Float64Array(3).fill(expected));
  });

  test("a boolean is a boolean, a mixed value is what JavaScript gives", () => {
    using f = compile("x > 3 && y");
    expect([f(5, 7), f(1, 7), f(5, 0)]).toEqual([7, false, 0]);
    expect(f.resultType).toBe("f64|bool");
    using g = compile<boolean>("x > 3");
    expect([g(4), g(3)]).toEqual([true, false]);
    using h = compile("x || y > 1");
    expect([h(2, 0), h(0, 2), h(-0, 0)]).toEqual([2, true, false]);
    expect(f.map({ x: new Float64Array([5, 1]), y: 7 })).toEqual(new Float64Array([7, 0]));
    expect(g.map({ x: new Float64Array([5, 1]) })).toEqual(new Uint8Array([1, 0]));
  });
});

describe("traps", () => {
  const trapOf = (run: () => unknown): TrapError => {
    try {
      run();
    } catch (error) {
      if (error instanceof TrapError) return error;
    }
    throw new Error("no trap");
  };

  test("integer division says where", () => {
    using f = compile("1 + a / b", i32("a", "b"));
    const byZero = trapOf(() => f(7, 0));
    expect(byZero.trap).toBe("integer-divide-by-zero");
    expect(byZero.span).toEqual({ start: 4, end: 9 });
    expect(byZero.row).toBeUndefined();
    expect(byZero.message).toBe("integer division by zero in a / b (expression:1:5)");
    expect(trapOf(() => f(-(2 ** 31), -1)).trap).toBe("integer-overflow");
    // The context is clean again.
    expect(f(7, 2)).toBe(4);
    using g = compile("x > 3 && y");
    expect(g(1, 2)).toBe(false);
  });

  test("columns say the lowest row, counted from their start", () => {
    using f = compile("a / b", i32("a", "b"));
    const b = new Int32Array([1, 2, 0, 4, 0]);
    expect(trapOf(() => f.map({ a: 8, b })).row).toBe(2);
    expect(trapOf(() => f.map({ a: 8, b }, { offset: 3 })).row).toBe(4);
    expect(f.map({ a: 8, b }, { offset: 3, length: 1 })).toEqual(new Int32Array([2]));
    using g = compile("b === 0 ? -1 : a / b", i32("a", "b"));
    expect(g.map({ a: 8, b })).toEqual(new Int32Array([8, 4, -1, 2, -1]));
  });
});

describe("map", () => {
  test("fresh results, given results, parts, in place", () => {
    using f = compile("price * qty * (1 - discount)");
    const price = new Float64Array([10, 20, 30]);
    const qty = new Float64Array([1, 2, 3]);
    expect(f.map({ price, qty, discount: 0.5 })).toEqual(new Float64Array([5, 20, 45]));
    const out = new Float64Array(5).fill(-1);
    expect(f.map({ price, qty, discount: 0.5 }, { out })).toBe(out);
    expect(out).toEqual(new Float64Array([5, 20, 45, -1, -1]));
    expect(f.map({ price, qty, discount: 0 }, { offset: 1, length: 1 })).toEqual(new Float64Array([40]));
    f.map({ price, qty, discount: 0 }, { out: price });
    expect(price).toEqual(new Float64Array([10, 40, 90]));
    expect(f.map({ price: new Float64Array(0), qty: 1, discount: 1 })).toEqual(new Float64Array(0));
  });

  test("views at offsets, shared memory, many rows", () => {
    using f = compile("x * 2");
    const memory = new Float64Array(new SharedArrayBuffer(80));
    memory.set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(f.map({ x: memory.subarray(3, 6) })).toEqual(new Float64Array([6, 8, 10]));
    const unaligned = new DataView(new ArrayBuffer(40));
    expect(unaligned.byteLength).toBe(40);
    const many = Float64Array.from({ length: 1_000_003 }, (_, index) => index);
    const doubled = f.map({ x: many });
    expect(doubled.every((value, index) => value === 2 * index)).toBe(true);
  });

  test("wrong columns leave the memory alone", () => {
    using f = compile("x + y");
    const x = new Float64Array([1, 2, 3]);
    expect(() => f.map({ x, y: new Float64Array(2) })).toThrow(RangeError);
    expect(() => f.map({ x, y: new BigUint64Array(3) as unknown as Float64Array })).toThrow(UnsupportedError);
    expect(() => f.map({ x, y: x }, { out: x.subarray(1) })).toThrow(RangeError);
    expect(() => f.map({ x, yy: 1 } as unknown as { x: Float64Array; y: number })).toThrow(
      "column y is missing; there are x, yy",
    );
    expect([...x]).toEqual([1, 2, 3]);
  });
});

test("as many columns as parameters are accepted", () => {
  const names = Array.from({ length: mostParameters }, (_, index) => `p${index}`);
  using f = compile(names.map((name, index) => `${name} * ${index + 1}`).join(" + "));
  const sum = (mostParameters * (mostParameters + 1)) / 2;
  expect(f(...names.map(() => 1))).toBe(sum);
  expect(f.map(Object.fromEntries(names.map((name) => [name, new Float64Array(2).fill(1)])))).toEqual(
    new Float64Array([sum, sum]),
  );
});

describe("options and wrong sources", () => {
  test.each([
    [undefined, "the source is undefined; expected a function, or the text of a function or expression"],
    [42, "the source is 42; expected"],
    [{ toString: () => "x" }, "the source is an Object"],
  ])("%s", (source, message) => {
    expect(() => compile(source as unknown as string)).toThrow(TypeError);
    expect(() => compile(source as unknown as string)).toThrow(message);
  });

  test.each([
    [{ parameter: ["x"] }, TypeError, "unknown option parameter; did you mean parameters?"],
    [{ parameters: "x" }, TypeError, 'parameters is "x"; expected an array'],
    [{ parameters: ["x", "x"] }, TypeError, "parameter x is declared twice"],
    [{ parameters: ["class"] }, TypeError, "parameter class is a reserved word"],
    [{ parameters: ["1x"] }, TypeError, 'parameter "1x" is not a name'],
    [{ parameters: [""] }, TypeError, 'parameter "" is not a name'],
    [{ parameters: [1] }, TypeError, "a parameter is 1; expected a name"],
    [
      { types: { x: "i33" } },
      TypeError,
      'the type of x is "i33"; accepted are f64, i32, i64, f32, bool, and for arrays Int8Array',
    ],
    [{ types: { x: "BigUint64Array" } }, UnsupportedError, "whose elements are of no type of the language"],
    [{ types: { x: "Float64Array" } }, TypeError, "arrays are for functions: write (x, i) => …"],
    [{ constants: { k: 1 } }, TypeError, "constants are for functions"],
    [{ maxIterations: -1 }, TypeError, "maxIterations is -1; expected a whole number"],
    [{ types: { y: "i32" } }, TypeError, "types declares y, which is not a parameter; the parameters are x"],
    [{ parameters: ["x"], types: { y: "i32" } }, TypeError, "types declares y"],
    [{ verify: 1 }, TypeError, "verify is 1; expected a boolean"],
    ["x", TypeError, 'options is "x"; expected an object'],
  ])("%o", (options, type, message) => {
    const run = () => compile("x", options as unknown as CompileOptions);
    expect(run).toThrow(type);
    expect(run).toThrow(message);
  });

  test("faults of the text are one CompileError", () => {
    expect(() => compile("sine(x) + ")).toThrow(CompileError);
    const before = liveCompilations();
    expect(() => compile("sqrt(x, y)")).toThrow("wrong-argument-count");
    expect(liveCompilations()).toBe(before);
  });

  test("prototypes lead nowhere", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      using f = compile(`${name} * 2`);
      expect(f(21)).toBe(42);
      expect(f.map(Object.fromEntries([[name, new Float64Array([1])]]))).toEqual(new Float64Array([2]));
      using g = compile(`${name} / 2`, { types: Object.fromEntries([[name, "i32" as const]]) });
      expect(g(5)).toBe(2);
    }
  });
});

describe("life", () => {
  test("a disposed function throws, and disposing is harmless when repeated", () => {
    const f = compile("x * 1.25");
    expect(f.disposed).toBe(false);
    f.dispose();
    f.dispose();
    f[Symbol.dispose]();
    expect(f.disposed).toBe(true);
    expect(() => f(1)).toThrow(DisposedError);
    expect(() => f.map({ x: new Float64Array(1) })).toThrow(DisposedError);
    expect(f.parameters).toEqual(["x"]);
  });

  test("an argument that disposes the function is noticed", () => {
    const f = compile("x + y * 3.5");
    const argument = {
      valueOf() {
        f.dispose();
        return 1;
      },
    };
    expect(() => f(1, argument as unknown as number)).toThrow(DisposedError);
    const g = compile("x + y * 4.5");
    const columns = {
      x: new Float64Array(1),
      get y() {
        g.dispose();
        return 1;
      },
    };
    expect(() => g.map(columns)).toThrow(DisposedError);
  });

  test("equal text and options share a compilation until the last is disposed", () => {
    const before = liveCompilations();
    const f = compile("x * 17.125");
    const g = compile("x * 17.125");
    const h = compile("x * 17.125", { parameters: ["x"] });
    expect(liveCompilations()).toBe(before + 2);
    expect(f.code.address).toBe(g.code.address);
    expect(h.code.address).not.toBe(g.code.address);
    f.dispose();
    expect(() => f(1)).toThrow(DisposedError);
    expect(g(2)).toBe(34.25);
    g.dispose();
    h.dispose();
    expect(liveCompilations()).toBe(before);
  });

  test("functions that nothing refers to are collected when the event loop turns", () => {
    const script = `
      import { compile, liveCompilations } from ${JSON.stringify(new URL("../../dist/node/index.js", import.meta.url).href)};
      for (let round = 0; round < 8; round++) {
        for (let i = 0; i < 100; i++) compile("x * " + (round * 100 + i) + ".5").map({ x: new Float64Array(1) });
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log(liveCompilations());
    `;
    const run = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    expect(run.stderr).toBe("");
    expect(Number(run.stdout)).toBeLessThan(200);
  });
});

describe("size", () => {
  test("a sum of 100,000 terms", () => {
    using f = compile(Array.from({ length: 100_000 }, (_, index) => `x * ${index % 7}`).join(" + "));
    let sum = 0;
    for (let index = 0; index < 100_000; index++) sum += index % 7;
    expect(f(1)).toBe(sum);
  });

  test("a balanced tree of 4,096 leaves spills, and is right", () => {
    const build = (from: number, to: number): string =>
      to - from === 1 ? `(x + ${from})` : `(${build(from, (from + to) >> 1)} - ${build((from + to) >> 1, to)})`;
    const text = build(0, 4096);
    const model = new Function("x", `return ${text};`) as (x: number) => number; // its text is an expression
    using f = compile(text, { verify: true });
    expect(f(0.1)).toBe(model(0.1));
  });
});

test("every stage is explained, kernels included", () => {
  using f = compile("x > 3 ? sqrt(x) : -x");
  f.map({ x: new Float64Array([4, -1]) });
  const names = f.stages.map((stage) => stage.name);
  for (const name of [
    "source",
    "tree",
    "ir",
    "machine code over virtual registers",
    "live ranges",
    "registers allocated",
    "assembly",
  ])
    expect(names).toContain(name);
  for (const stage of ["row", "widened", "assembly"])
    expect(names).toContain(`map(x: Float64Array) to Float64Array: ${stage}`);
  const text = f.explain();
  expect(text).toContain("== tree");
  expect(text).toMatch(/v?sqrtsd/);
  expect(text).toContain("; sqrt(x)");
});
