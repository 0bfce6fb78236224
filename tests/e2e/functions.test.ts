/** `compile` of functions as its users meet it, on this machine's code. */
import { describe, expect, test } from "vitest";
import { CompileError, compile, DisposedError, TrapError, UnsupportedError } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import { callContext } from "../../src/codegen/call-context.ts";

function trapOf(run: () => unknown): TrapError {
  try {
    run();
  } catch (error) {
    if (error instanceof TrapError) return error;
    throw error;
  }
  throw new Error("no trap");
}

describe("functions", () => {
  test("an arrow function's text is compiled, and it is never called", () => {
    let calls = 0;
    const source = (x: number, y: number) => x * x + y;
    const counted = Object.assign(source, { toString: () => String(calls++) });
    using f = compile(counted);
    expect(f(3, 4)).toBe(13);
    expect(calls).toBe(0);
    expect(f.source).toBe("(x, y) => x * x + y");
    expect(f.parameters).toEqual(["x", "y"]);
    expect(f.length).toBe(2);
    expect(f.resultType).toBe("f64");
    expect(f.explain()).toContain("== assembly");
  });

  test("a number beyond an i64 is told as that, wherever it comes from", () => {
    using convert = compile<bigint>("(x) => BigInt(x)");
    expect(trapOf(() => convert(2 ** 63)).message).toMatch(/^the result is beyond the integers of its type in BigInt/);
    using divide = compile<bigint>("(n) => n / -1n", { types: { n: "i64" } });
    expect(trapOf(() => divide(-(2n ** 63n))).message).toMatch(/^the result is beyond the integers of its type in n/);
  });

  test("columns, with loops that leave at different times", () => {
    using turns = compile((cx: number, cy: number) => {
      let x = 0;
      let y = 0;
      let n = 0;
      while (x * x + y * y <= 4 && n < 256) {
        const t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
        n++;
      }
      return n;
    });
    const cx = Float64Array.from({ length: 100 }, (_, i) => i / 40 - 2);
    const expected = cx.map((value) => turns(value, 0.3));
    expect(turns.map({ cx, cy: 0.3 })).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(5);
  });

  test("recursion by the function's own name, and between functions", () => {
    const even = "(n) => (n === 0 ? true : odd(n - 1))";
    const odd = "(n) => (n === 0 ? false : even(n - 1))";
    using f = compile("(n) => even(n)", { functions: { even, odd } });
    expect([f(10), f(7)]).toEqual([true, false]);
    expect(f.resultType).toBe("bool");
    const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));
    using g = compile(fib);
    expect(g(20)).toBe(6765);
    using wrapping = compile(fib, { types: { n: "i32" } });
    expect(wrapping(20)).toBe(6765);
    expect(wrapping.resultType).toBe("i32");
  });

  test("constants, compiled functions and expressions are passed in", () => {
    using half = compile("v / 2");
    using square = compile((v: number) => v * v);
    using f = compile("(x) => half(square(x)) + k", { functions: { half, square }, constants: { k: 0.5 } });
    expect(f(4)).toBe(8.5);
    using b = compile("(n) => n * k", { constants: { k: 3n }, types: { n: "i64" } });
    expect(b(5n)).toBe(15n);
  });

  test("numbers that are booleans at times stay so through loops and calls", () => {
    const text = "(x) => { let r = x > 2; for (let i = 0; i < x; i++) r = r && pick(i); return r; }";
    const pick = "(i) => (i > 2 ? i : i === 1)";
    const model = new Function(`const pick = ${pick}; return ${text};`)() as (x: number) => unknown; // a function's text
    using f = compile(text, { functions: { pick } });
    for (const x of [0, 1, 2, 3, 4, 5, Number.NaN]) expect(f(x), String(x)).toBe(model(x));
  });

  test("a function that returns nothing gives undefined", () => {
    using f = compile<undefined>("(xs, x) => { xs[0] = x; }", { types: { xs: "Float64Array" } });
    const xs = new Float64Array(1);
    expect(f(xs, 4)).toBeUndefined();
    expect(xs[0]).toBe(4);
    expect(() => f.map({ xs: 1, x: 1 })).toThrow(TypeError);
  });

  test("i64 arguments convert by ToBigInt and wrap; f32 arguments round; booleans by truth", () => {
    using f = compile<bigint>("n + 1n", { types: { n: "i64" } });
    const g = f as unknown as (...args: unknown[]) => unknown; // wrong types on purpose
    expect([g(4n), g("4"), g(true), g(2n ** 64n + 1n)]).toEqual([5n, 5n, 2n, 2n]);
    expect(() => g(4)).toThrow(TypeError);
    expect(() => g()).toThrow(TypeError);
    expect(f.map({ n: BigInt64Array.of(1n, -1n) })).toEqual(BigInt64Array.of(2n, 0n));
    using h = compile("b * b", { types: { b: "f32" } });
    expect(h(0.1)).toBe(Math.fround(Math.fround(0.1) * Math.fround(0.1)));
    expect(h.map({ b: Float32Array.of(0.1, 3) })).toEqual(Float32Array.of(h(0.1) as number, 9));
    using t = compile("t ? x : -x", { types: { t: "bool" } });
    expect([t(2, 5), t(0, 5)]).toEqual([5, -5]);
    expect(t.map({ t: Uint8Array.of(0, 2), x: 1 })).toEqual(Float64Array.of(-1, 1));
  });
});

describe("arrays", () => {
  const kinds = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
  ] as const;
  const values = [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    2.5,
    254.5,
    255.5,
    256,
    -129,
    32768,
    65536,
    2 ** 31,
    2 ** 32 + 5,
    -(2 ** 31) - 1,
    1e300,
    0.1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];

  test.each(kinds)("%o: elements convert as JavaScript's", (kind) => {
    using f = compile("(xs, i, x) => { xs[i] = x; return xs[i]; }", { types: { xs: kind.name as "Int8Array" } }); // one of them
    const ours = new kind(values.length);
    const theirs = kind.from(values);
    values.forEach((value, index) => {
      expect(f(ours, index, value), `${kind.name} of ${value}`).toBe(theirs[index]);
    });
    expect(ours).toEqual(theirs);
  });

  test("BigInt64Array elements are i64", () => {
    using f = compile<bigint>("(xs, i) => { xs[i] += 1n; return xs[i]; }", { types: { xs: "BigInt64Array" } });
    const xs = BigInt64Array.of(5n, 2n ** 63n - 1n);
    expect([f(xs, 0), f(xs, 1)]).toEqual([6n, -(2n ** 63n)]);
  });

  test("the same array twice, views at an offset, shared memory", () => {
    using f = compile("(a, b) => { a[0] = 1; b[0] = 2; return a[0] + b.length; }", {
      types: { a: "Float64Array", b: "Float64Array" },
    });
    const one = new Float64Array(4);
    expect(f(one, one)).toBe(6);
    expect(f(one, one.subarray(1))).toBe(4);
    expect(one).toEqual(Float64Array.of(1, 2, 0, 0));
    expect(f(new Float64Array(new SharedArrayBuffer(8)), one)).toBe(5);
  });

  test.each([-1, 3, 1.5, Number.NaN, 2 ** 32, Number.POSITIVE_INFINITY, -(2 ** 31)])("index %d traps", (index) => {
    using read = compile("(xs, i) => xs[i]", { types: { xs: "Float64Array" } });
    using write = compile("(xs, i) => { xs[i] = 1; }", { types: { xs: "Float64Array" } });
    const xs = new Float64Array(3);
    const trap = trapOf(() => read(xs, index));
    expect(trap.trap).toBe("out-of-bounds");
    expect(read.source.slice(trap.span?.start, trap.span?.end)).toBe("xs[i]");
    expect(trapOf(() => write(xs, index)).trap).toBe("out-of-bounds");
    expect(xs).toEqual(new Float64Array(3));
  });

  test("an empty array has no elements, and -0 is the first index", () => {
    using f = compile("(xs, i) => xs[i]", { types: { xs: "Int32Array" } });
    expect(trapOf(() => f(new Int32Array(0), 0)).trap).toBe("out-of-bounds");
    expect(f(Int32Array.of(7), -0)).toBe(7);
  });

  test("other arguments and memory that is gone are refused", () => {
    using f = compile("(xs) => xs.length", { types: { xs: "Float64Array" } });
    const g = f as unknown as (...args: unknown[]) => unknown; // wrong types on purpose
    expect(() => g(new Int32Array(1))).toThrow("xs is of kind Int32Array; expected a Float64Array");
    expect(() => g([1])).toThrow("xs is an Array; expected a Float64Array");
    expect(() => g()).toThrow(TypeError);
    const xs = new Float64Array(2);
    structuredClone(xs.buffer, { transfer: [xs.buffer] });
    expect(() => g(xs)).toThrow("gone");
    expect(() => compile("(xs) => 1", { types: { xs: "BigUint64Array" as "Int8Array" } })).toThrow(UnsupportedError); // on purpose
  });

  test("an argument's valueOf that detaches an array, or disposes the function, is noticed", () => {
    const f = compile("(xs, x) => xs[0] + x", { types: { xs: "Float64Array" } });
    const g = f as unknown as (...args: unknown[]) => unknown; // objects on purpose
    const xs = Float64Array.of(1);
    const detach = { valueOf: () => structuredClone(xs.buffer, { transfer: [xs.buffer] }).byteLength };
    expect(() => g(xs, detach)).toThrow("gone");
    const dispose = {
      valueOf() {
        f.dispose();
        return 1;
      },
    };
    expect(() => g(Float64Array.of(1), dispose)).toThrow(DisposedError);
  });
});

describe("limits", () => {
  test.each([
    "(n) => { while (true) n++; }",
    "(n) => { for (;;) {} }",
    "(n) => { do { continue; } while (n === n); return 1; }",
    "(n) => { a: for (;;) { for (;;) continue a; } }",
  ])("%s", (text) => {
    using f = compile(text, { maxIterations: 100_000 });
    expect(trapOf(() => f(1)).trap).toBe("iteration-limit");
    expect(trapOf(() => f(1)).trap).toBe("iteration-limit");
  });

  test("the limit is exact, over all loops of a call", () => {
    const text =
      "(n) => { let s = 0; for (let i = 0; i < n; i++) for (let j = 0; j < 2; j++) s++; return s + inner(n); }";
    const inner = "(n) => { let i = 0; while (i < n) i++; return i; }";
    // n turns of the outer loop, two of the inner one in each, and n in the function.
    for (const n of [1, 10, 5000]) {
      using enough = compile(text, { functions: { inner }, maxIterations: 4 * n });
      expect(enough(n)).toBe(3 * n);
      expect(enough(n)).toBe(3 * n);
      using short = compile(text, { functions: { inner }, maxIterations: 4 * n - 1 });
      expect(trapOf(() => short(n)).trap).toBe("iteration-limit");
    }
  });

  test("recursion ends by the limit, or by the stack", () => {
    const slow = (n: number): number => (n < 2 ? 1 : slow(n - 1) + slow(n - 2));
    using f = compile(slow, { maxIterations: 1000 });
    expect(f(5)).toBe(8);
    expect(trapOf(() => f(90)).trap).toBe("iteration-limit");
    using deep = compile("function deep(n) { return 1 + deep(n + 1); }");
    expect(trapOf(() => deep(1)).trap).toBe("stack-exhausted");
    expect(f(5)).toBe(8);
  });

  test("the stop word stops, also between rows", () => {
    using f = compile("(n) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }");
    const { words } = nodeHost.callContext;
    words[callContext.stopWord >> 2] = 1;
    try {
      expect(trapOf(() => f(1e6)).trap).toBe("stopped");
      expect(trapOf(() => f.map({ n: Float64Array.of(1, 2) })).trap).toBe("stopped");
    } finally {
      words[callContext.stopWord >> 2] = 0;
    }
    expect(f(10)).toBe(45);
  });

  test("of map, each row has its own limit, and the trap its row", () => {
    using f = compile("(n) => { let i = 0; while (i < n) i++; return i; }", { maxIterations: 100 });
    const rows = Float64Array.of(100, 100, 100, 101, 5);
    expect(f.map({ n: rows.subarray(0, 3) })).toEqual(Float64Array.of(100, 100, 100));
    const trap = trapOf(() => f.map({ n: rows }));
    expect([trap.trap, trap.row]).toEqual(["iteration-limit", 3]);
  });

  test("a trap in a function that was passed in tells where", () => {
    using f = compile("(xs) => g(xs, 7)", { types: { xs: "Int32Array" }, functions: { g: "(ys, i) => 1 + ys[i]" } });
    const trap = trapOf(() => f(new Int32Array(3)));
    expect(trap.source?.name).toBe("g");
    expect(trap.source?.text.slice(trap.span?.start, trap.span?.end)).toBe("ys[i]");
    expect(trap.message).toContain("g:1:16");
  });
});

describe("faults", () => {
  test("several in one go, in source order", () => {
    try {
      compile("(x) => { var a = 1; const b = {}; try { x = k; } finally {} return foo(x) + `a`; }");
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      expect(error.diagnostics.map(({ code }) => code)).toEqual([
        "var",
        "not-a-number",
        "unsupported-statement",
        "unknown-function",
        "not-a-number",
      ]);
    }
  });

  test("built-in, bound and other kinds of functions", () => {
    expect(() => compile(Math.hypot)).toThrow("native-code");
    expect(() => compile(((x: number) => x).bind(undefined))).toThrow("native-code");
    const methods = {
      double(x: number) {
        return x * 2;
      },
    };
    expect(() => compile(methods.double)).toThrow("not-a-function: a method is not accepted");
    class Formula {}
    expect(() => compile(Formula as unknown as () => number)).toThrow("not-a-function: a class is not accepted");
    expect(() => compile(async (x: number) => x)).toThrow("async-function");
  });
});

test("a call in a loop that is turned around gives its result to code that stands above it", () => {
  const g = "function g(p, q) { return p > 100 ? g(p - 1, q) : p - q; }";
  const text = `function f(x, y, xs) {
    let n = 0;
    for (let i = 0, j = 5; i < j; i++, j--) {
      block: {
        for (let k = 0; ; k++) {
          if (k > 3) break block;
          do { xs[x & 7] = g(x + n, y); } while (n++ < 9);
        }
      }
    }
    return n;
  }`;
  const f = compile(text, {
    verify: true,
    types: { x: "i32", y: "i32", xs: "Int32Array" },
    functions: { g },
  });
  const ours = new Int32Array(8);
  const theirs = new Int32Array(8);
  const model = new Function(`${g} return ${text};`)() as (x: number, y: number, xs: Int32Array) => number; // the text's own type
  expect(f(3, 1, ours)).toBe(model(3, 1, theirs));
  expect(ours).toEqual(theirs);
  f.dispose();
});
