/** Operations on columns as their users meet them: every kind of array, against JavaScript itself. */
import { describe, expect, test } from "vitest";
import { type ColumnArray, CompileError, compile, TrapError, UnsupportedError } from "../../node/index.ts";

const numberKinds = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
};
type NumberArray = InstanceType<(typeof numberKinds)[keyof typeof numberKinds]>;
type NumberKind = { new (length: number): NumberArray; from(values: Iterable<number>): NumberArray };
const kinds: [string, NumberKind][] = Object.entries(numberKinds);

const special = [
  0,
  -0,
  1,
  -1,
  1.5,
  -2.5,
  127.5,
  128.5,
  255,
  256,
  -129,
  65536,
  2 ** 31,
  2 ** 32 + 3,
  -(2 ** 31) - 1,
  1e300,
  5e-324,
  0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
/** Around the lanes of every vector and the rows that small calls copy. */
const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130];

const filled = (Kind: NumberKind, length: number, seed = 7): NumberArray =>
  Kind.from(Array.from({ length }, (_, index) => special[(index * seed + seed) % special.length] ?? 0));

/** The first row that differs by Object.is, for messages. */
function firstDifference(a: ColumnArray, b: ColumnArray): string | undefined {
  if (a.length !== b.length) return `lengths ${a.length} and ${b.length}`;
  for (let row = 0; row < a.length; row++) if (!Object.is(a[row], b[row])) return `row ${row}: ${a[row]} and ${b[row]}`;
  return undefined;
}

describe("map reads and writes elements as JavaScript does", () => {
  const formulas: [string, Record<string, "i32" | "f32" | "bool">, (x: number, y: number, k: number) => unknown][] = [
    ["x * k + y", {}, (x, y, k) => x * k + y],
    ["x > y ? x : y / 3", {}, (x, y) => (x > y ? x : y / 3)],
    ["x >= y", {}, (x, y) => x >= y],
    ["x * y + k", { x: "i32", y: "i32", k: "i32" }, (x, y, k) => (Math.imul(x, y) + (k | 0)) | 0],
    [
      "x * y + k",
      { x: "f32", y: "f32", k: "f32" },
      (x, y, k) => Math.fround(Math.fround(Math.fround(x) * Math.fround(y)) + Math.fround(k)),
    ],
    ["x ? y : k", { x: "bool" }, (x, y, k) => (x ? y : k)],
  ];

  describe.each(formulas)("%s with %o", (text, types, inJavaScript) => {
    test.each(kinds)("from and to %s", (_, Kind) => {
      using f = compile(text, { parameters: ["x", "y", "k"], types });
      for (const [name, Out] of kinds)
        for (const length of lengths) {
          const x = filled(Kind, length);
          const y = filled(Kind, length, 5);
          const out = f.map({ x, y, k: 2 }, { out: new Out(length) });
          const expected = Out.from(Array.from(x, (value, row) => Number(inJavaScript(value, y[row] ?? 0, 2))));
          expect(firstDifference(out, expected), `to ${name}, ${length} rows`).toBeUndefined();
        }
    });
  });

  test("the fresh result is of the value's type", () => {
    const x = new Int8Array([1, -2, 3]);
    expect(compile("x * 2").map({ x })).toEqual(new Float64Array([2, -4, 6]));
    expect(compile("x * 2", { types: { x: "i32" } }).map({ x })).toEqual(new Int32Array([2, -4, 6]));
    expect(compile("x / 2", { types: { x: "f32" } }).map({ x })).toEqual(new Float32Array([0.5, -1, 1.5]));
    expect(compile("x > 0").map({ x })).toEqual(new Uint8Array([1, 0, 1]));
  });

  test("BigInt64Array columns make undeclared parameters i64", () => {
    using f = compile("x * y + x");
    const x = new BigInt64Array([1n, -2n, 2n ** 62n]);
    expect(f.map({ x, y: 3n })).toEqual(new BigInt64Array([4n, -8n, BigInt.asIntN(64, 2n ** 64n)]));
    expect(f.map({ x: new Float64Array([2]), y: 3 })).toEqual(new Float64Array([8]));
    expect(() => f.map({ x, y: 3 })).toThrow(CompileError);
    expect(() => compile("x + 1").map({ x })).toThrow("mixed-bigint");
    expect(() => f.map({ x, y: 3n }, { out: new Float64Array(3) })).toThrow("expected a BigInt64Array");
    expect(f.code.kernels.map(({ name }) => name)).toContain("map(x: BigInt64Array, y) to BigInt64Array");
  });

  test("views at odd offsets, and subclasses such as Buffer", () => {
    using f = compile("x + y");
    const memory = new ArrayBuffer(1000);
    new Uint8Array(memory).forEach((_, index, bytes) => {
      bytes[index] = index * 37;
    });
    for (const offset of [0, 1, 2, 3, 5, 17]) {
      const bytes = new Uint8Array(memory, offset, 200);
      const shorts = new Int16Array(memory, 2 * offset, 200);
      const expected = Float64Array.from(bytes, (value, row) => value + (shorts[row] ?? 0));
      expect(f.map({ x: bytes, y: shorts })).toEqual(expected);
      expect(f.map({ x: Buffer.from(memory, offset, 200), y: shorts })).toEqual(expected);
    }
  });

  test("whole arrays as tables, for every row", () => {
    using f = compile("(x, t) => x >= 0 && x < t.length ? t[x] : -1", { types: { t: "Float64Array" } });
    const t = Float64Array.from({ length: 10 }, (_, index) => index * index);
    const x = Float64Array.from({ length: 100 }, (_, index) => (index % 14) - 2);
    expect(f.map({ x, t })).toEqual(x.map((value) => (value >= 0 && value < 10 ? value * value : -1)));
    expect(f.map({ x, t: new Float64Array(0) })).toEqual(x.map(() => -1));
    using g = compile("(x, t) => t[x]", { types: { t: "Int32Array" } });
    expect(() => g.map({ x: Float64Array.of(0, 1, 2, 3), t: new Int32Array(3) })).toThrow(TrapError);
    try {
      g.map({ x: Float64Array.from({ length: 50 }, (_, index) => index), t: new Int32Array(37) });
    } catch (error) {
      expect(error).toMatchObject({ trap: "out-of-bounds", row: 37 });
    }
  });
});

describe("memory of every sort", () => {
  test("results over their own columns, in any position and width", () => {
    using f = compile("x * 2 + 1");
    for (const shift of [-9, -8, -1, 0, 1, 8, 9]) {
      const memory = Float64Array.from({ length: 300 }, (_, index) => index);
      const x = memory.subarray(20, 270);
      const expected = Float64Array.from(x, (value) => value * 2 + 1);
      expect(f.map({ x }, { out: memory.subarray(20 + shift, 270 + shift) })).toEqual(expected);
    }
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const expected = Float64Array.from(bytes.subarray(0, 30), (value) => value * 2 + 1);
    expect(f.map({ x: bytes.subarray(0, 30) }, { out: new Float64Array(bytes.buffer, 8, 30) })).toEqual(expected);
  });

  test("SharedArrayBuffer, resizable and growable buffers", () => {
    using f = compile("x + 1");
    const shared = new Float64Array(new SharedArrayBuffer(800)).fill(1);
    expect(f.map({ x: shared }, { out: shared })[99]).toBe(2);
    // ES2024, which the typings do not have.
    const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer & { resize(n: number): void };
    const buffer = new Resizable(80, { maxByteLength: 800 });
    const tracking = new Float64Array(buffer);
    expect(f.map({ x: tracking }).length).toBe(10);
    buffer.resize(800);
    expect(f.map({ x: tracking }).length).toBe(100);
    buffer.resize(160);
    expect(f.map({ x: tracking }).length).toBe(20);
    const fixed = new Float64Array(buffer, 80, 10);
    buffer.resize(100);
    expect(() => f.map({ x: fixed })).toThrow("the memory of column x is gone");
    structuredClone(buffer, { transfer: [buffer] });
    expect(() => f.map({ x: tracking })).toThrow("the memory of column x is gone");
    const Growable = SharedArrayBuffer as unknown as new (
      n: number,
      o: object,
    ) => SharedArrayBuffer & { grow(n: number): void };
    const growable = new Growable(80, { maxByteLength: 800 });
    const growing = new Float64Array(growable);
    growable.grow(800);
    expect(f.map({ x: growing }).length).toBe(100);
  });

  test("a getter that takes a column's memory away, or disposes the function", () => {
    const f = compile("x + y");
    const x = new Float64Array(100).fill(1);
    const taking = {
      x,
      get y() {
        structuredClone(x.buffer, { transfer: [x.buffer] });
        return 1;
      },
    };
    expect(() => f.map(taking)).toThrow("the memory of column x is gone");
    const small = new Float64Array(4).fill(1);
    const disposing = {
      x: small,
      get y() {
        f.dispose();
        return 1;
      },
    };
    expect(() => f.map(disposing)).toThrow("disposed");
  });

  test("a getter that runs the same map", () => {
    using f = compile("x * 10 + y");
    const columns = (depth: number): { x: Float64Array; y: number } => ({
      x: Float64Array.of(depth, depth + 1),
      get y() {
        return depth === 0 ? 1 : (f.map(columns(depth - 1))[0] ?? 0);
      },
    });
    expect(f.map(columns(3))).toEqual(Float64Array.of(30 + 20 + 10 + 1, 40 + 20 + 10 + 1));
  });

  test("no rows", () => {
    using f = compile("x / 0");
    const x = new Float64Array(0);
    expect(f.map({ x })).toEqual(x);
    expect(f.filter({ x })).toEqual(new Uint32Array(0));
    expect(f.select({ x })).toEqual({ x });
    expect(f.map({ x: new Float64Array(5) }, { offset: 5 }).length).toBe(0);
  });
});

describe("reduce", () => {
  const names = [
    "sum",
    "mean",
    "min",
    "max",
    "product",
    "count",
    "any",
    "all",
    "argmin",
    "argmax",
    "variance",
  ] as const;

  test("of nothing", () => {
    expect(compile("x").reduce(names, { x: new Float64Array(0) })).toEqual({
      sum: 0,
      mean: Number.NaN,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      product: 1,
      count: 0,
      any: false,
      all: true,
      argmin: -1,
      argmax: -1,
      variance: Number.NaN,
    });
    expect(compile("x").reduce(["sum", "min", "mean"], { x: new BigInt64Array(0) })).toEqual({
      sum: 0n,
      min: undefined,
      mean: Number.NaN,
    });
  });

  test.each([1, 2, 31, 32, 33, 1000, 16_383, 16_384, 16_385, 70_001])("of %i rows, against JavaScript", (rows) => {
    const x = Float64Array.from({ length: rows }, (_, row) => Math.sin(row) * 100 + (row % 3));
    const found = compile("x").reduce(names, { x });
    const values = [...x];
    const exact = values.reduce((a, b) => a + b, 0);
    expect(found.sum).toBeCloseTo(exact, 6);
    expect(found.mean).toBe(found.sum / rows);
    expect(found.min).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(found.max).toBe(values.reduce((a, b) => Math.max(a, b)));
    expect(found.argmin).toBe(values.indexOf(found.min));
    expect(found.argmax).toBe(values.indexOf(found.max));
    expect(found.count).toBe(values.filter((value) => value !== 0).length);
    expect(found.any).toBe(values.some((value) => value !== 0));
    expect(found.all).toBe(values.every((value) => value !== 0));
    const mean = exact / rows;
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / rows;
    expect(found.variance).toBeCloseTo(variance, 8);
  });

  test("error does not grow with length", () => {
    const rows = 1 << 20;
    const x = new Float64Array(rows).fill(0.1);
    expect(Math.abs(compile("x").reduce("sum", { x }) - rows * 0.1)).toBeLessThan(1e-9);
    const far = x.map((_, row) => 1e9 + (row % 2));
    expect(compile("x").reduce("variance", { x: far })).toBeCloseTo(0.25, 12);
  });

  test("integers: sums of i32 are exact, those of i64 wrap, products of i64 wrap", () => {
    const rows = 100_000;
    const a = new Int32Array(rows).fill(2 ** 31 - 1);
    expect(compile("a", { types: { a: "i32" } }).reduce("sum", { a })).toBe(rows * (2 ** 31 - 1));
    const n = new BigInt64Array(rows).fill(2n ** 62n);
    expect(compile("n").reduce(["sum", "max"], { n })).toEqual({
      sum: BigInt.asIntN(64, BigInt(rows) * 2n ** 62n),
      max: 2n ** 62n,
    });
    expect(compile("n").reduce("product", { n: new BigInt64Array(5).fill(3n) })).toBe(243n);
  });

  test("NaN and the zeros, as in Math.min and Math.max", () => {
    using f = compile("x");
    const read = (values: number[]) => f.reduce(["min", "max", "argmin", "argmax"], { x: Float64Array.from(values) });
    expect(read([0, -0, 0])).toEqual({ min: -0, max: 0, argmin: 1, argmax: 0 });
    expect(read([3, Number.NaN, 1, Number.NaN])).toEqual({ min: Number.NaN, max: Number.NaN, argmin: 1, argmax: 1 });
  });

  test("rows of a part keep their numbers", () => {
    const x = Float64Array.from([9, 1, 5, 0, 7]);
    expect(compile("x").reduce(["argmin", "sum"], { x }, { offset: 1, length: 2 })).toEqual({ argmin: 1, sum: 6 });
    expect(compile("x > 4").filter({ x }, { offset: 1 })).toEqual(Uint32Array.of(2, 4));
  });

  test("a list that is no typed array", () => {
    using f = compile("x + 1");
    expect(() => f.map({ x: [1, 2] } as never)).toThrow(/column x is an Array; .*; Float64Array\.from\(x\) is one$/);
  });

  test("wrong names", () => {
    using f = compile("x + 1");
    const x = Float64Array.of(1);
    const reduce = f.reduce as (...args: unknown[]) => unknown; // wrong ones on purpose
    expect(() => reduce.call(f, "summ", { x })).toThrow("reduce: summ is no reduction; did you mean sum?");
    expect(() => reduce.call(f, Array(2), { x })).toThrow("reduce: undefined is no reduction; the reductions are sum");
    expect(() => reduce.call(f, [], { x })).toThrow(TypeError);
    expect(() => f.reduce("dot", { x })).toThrow("dot is the sum of products");
    expect(compile("x * y").reduce("dot", { x: Float64Array.of(1, 2), y: Float64Array.of(3, 4) })).toBe(11);
  });

  test("columns in parts give the answer of the whole, to the bit", () => {
    const x = Float64Array.from({ length: 200_003 }, (_, row) => Math.sin(row) * 1e6);
    using f = compile("x * 3 - 1");
    const whole = f.reduce(names, { x });
    for (const part of [777, 16_384, 100_000]) {
      const reducer = f.reducer(names);
      expect(reducer.result()).toMatchObject({ sum: 0, count: 0, argmin: -1 });
      for (let row = 0; row < x.length; row += part) reducer.add({ x: x.subarray(row, row + part) });
      expect(reducer.result()).toEqual(whole);
      expect(reducer.result()).toEqual(whole);
    }
  });
});

describe("filter and select", () => {
  const rows = 150_000;
  const price = Float64Array.from({ length: rows }, (_, row) => (row * 7919) % 1000);
  const qty = Int16Array.from({ length: rows }, (_, row) => row % 11);
  const id = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row));
  const taken = [...price.keys()].filter((row) => (price[row] ?? 0) > 900 && (qty[row] ?? 0) < 5);

  test("row numbers", () => {
    expect(compile("price > 900 && qty < 5").filter({ price, qty })).toEqual(Uint32Array.from(taken));
    expect(compile("price").filter({ price: Float64Array.of(0, -0, Number.NaN, 3, -1) })).toEqual(Uint32Array.of(3, 4));
  });

  test("columns, all or named, those of the condition and others", () => {
    using f = compile("price > 900 && qty < 5");
    const found = f.select({ price, qty, id });
    expect(found.price).toEqual(Float64Array.from(taken, (row) => price[row] ?? 0));
    expect(found.qty).toEqual(Int16Array.from(taken, (row) => qty[row] ?? 0));
    expect(found.id).toEqual(BigInt64Array.from(taken, BigInt));
    expect(f.select({ price, qty, id }, "qty")).toEqual(found.qty);
    expect(Object.keys(f.select({ price, qty, id }, ["id"]))).toEqual(["id"]);
    expect(f.select({ price, qty, id }, "id", { offset: 100, length: 500 })).toEqual(
      BigInt64Array.from(
        taken.filter((row) => row >= 100 && row < 600),
        BigInt,
      ),
    );
  });

  test("what is no column", () => {
    using f = compile("price > limit");
    const select = f.select as (...args: unknown[]) => unknown; // wrong ones on purpose
    const columns = { price, limit: 5 };
    expect(() => select.call(f, columns, "limit")).toThrow("select: limit is no column; the columns are price");
    expect(() => select.call(f, { ...columns, other: [1] })).toThrow("other is an Array; expected a column");
    expect(() => select.call(f, { ...columns, other: new Int8Array(3) })).toThrow(RangeError);
    expect(() => select.call(f, columns, 7)).toThrow(TypeError);
    expect(() => select.call(f, { ...columns, other: new BigUint64Array(rows) })).toThrow(TypeError);
  });
});

describe("sum, mean and count in an expression", () => {
  const x = Float64Array.from({ length: 1000 }, (_, row) => row % 17);

  test("are of all rows", () => {
    using f = compile("(x - mean(x)) / sqrt(mean(x * x) - mean(x) * mean(x))");
    expect(f.parameters).toEqual(["x"]);
    const scores = f.map({ x });
    const { mean, variance } = compile("s").reduce(["mean", "variance"], { s: scores });
    expect(mean).toBeCloseTo(0, 12);
    expect(variance).toBeCloseTo(1, 12);
    expect(compile("x > mean(x)").filter({ x }).length).toBe([...x].filter((value) => value > 7.977).length);
    expect(compile("x / sum(x)").reduce("sum", { x })).toBeCloseTo(1, 12);
    expect(compile("count(x > 3) + 0 * x").map({ x })[5]).toBe([...x].filter((value) => value > 3).length);
    expect(compile("sum((x - mean(x)) * (x - mean(x))) + 0 * x").map({ x })[0]).toBeCloseTo(
      compile("x").reduce("variance", { x }) * 1000,
      6,
    );
  });

  test("take scalars, other columns and types", () => {
    expect(compile("x * k - sum(k)").map({ x, k: 2 })[1]).toBe(2 - 2000);
    expect(compile("a - mean(a)", { types: { a: "f32" } }).map({ a: x })).toBeInstanceOf(Float32Array);
    expect(compile("n - sum(n)").map({ n: BigInt64Array.of(1n, 2n) })).toEqual(BigInt64Array.of(-2n, -1n));
    expect(compile("sum(x) + y").parameters).toEqual(["x", "y"]);
  });

  test("have no value for single numbers", () => {
    using f = compile("x - mean(x)");
    expect(f.length).toBe(1);
    expect(() => f(1)).toThrow("the expression has no value for single numbers");
    expect(f.code.bytes.length).toBe(0);
    expect(f.explain()).toContain("mean(x), of all rows:");
    expect(() => f.reducer(["sum"])).toThrow(TypeError);
  });

  test("are for expressions, with one argument; a parameter may have the name", () => {
    expect(() => compile("(x) => x - mean(x)")).toThrow("mean(…) is over all rows, and a function sees one row");
    expect(() => compile("sum(x, y)")).toThrow("sum takes 1 argument, not 2");
    expect(() => compile("mean()")).toThrow("mean takes 1 argument, not 0");
    expect(compile("count * 2")(4)).toBe(8);
    expect(compile("(x) => sum(x)", { functions: { sum: "(x) => x + 1" } })(4)).toBe(5);
  });

  test("trap with the row", () => {
    using f = compile("a - sum(a / b)", { types: { a: "i32", b: "i32" } });
    expect(() => f.map({ a: Int32Array.of(1, 2, 3), b: Int32Array.of(1, 0, 0) })).toThrow("at row 1");
  });
});

test("kinds that are refused say why", () => {
  using f = compile("x + 1");
  const map = f.map as (...args: unknown[]) => unknown; // wrong ones on purpose
  expect(() => map.call(f, { x: new BigUint64Array(2) })).toThrow(UnsupportedError);
  expect(() => map.call(f, { x: new DataView(new ArrayBuffer(8)) })).toThrow(TypeError);
  expect(() => map.call(f, { x: Float64Array.of(1) }, { out: [] })).toThrow(TypeError);
  const Float16 = (globalThis as { Float16Array?: new (n: number) => object }).Float16Array; // of Node 24 and newer
  if (Float16 !== undefined) expect(() => map.call(f, { x: new Float16(2) })).toThrow(UnsupportedError);
});
