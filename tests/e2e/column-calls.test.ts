/**
 * Calls of `map`, `reduce`, `filter` and `select` that bring the same kinds of columns as the last one go straight to their kernels
 * (src/engine/call-plan.ts, node/calls/kernel-adapter.ts). The oracles are the general way, which a host without direct calls has
 * alone, and JavaScript. What could crash runs in a process of its own.
 */
import { describe, expect, test } from "vitest";
import { column, compile, createEngine, DisposedError, TrapError } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import { built, runChild } from "./memory-child.ts";

/** Compiles for a host whose every call goes the general way. */
const { compile: compileGeneral } = createEngine(
  Object.create(nodeHost, { bindKernel: { value: undefined }, kernelScratch: { value: undefined } }),
);

/** Around vectors, the strips of kernels, pages and blocks of reductions. */
const lengths = [
  1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1023, 1025, 16383, 16384, 16385, 50001,
];

const kinds = {
  Float64Array,
  Float32Array,
  Int32Array,
  Uint8Array,
  Int16Array,
  Uint32Array,
  Uint8ClampedArray,
} as const;

type Numbers = InstanceType<(typeof kinds)[keyof typeof kinds]>;

/** Values at an odd place of a longer buffer. */
function filled(Kind: (typeof kinds)[keyof typeof kinds], length: number, isShared = false): Numbers {
  const bytes = (length + 5) * 8;
  const buffer = isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const array = new Kind(buffer as ArrayBuffer, 3 * Kind.BYTES_PER_ELEMENT, length);
  for (let row = 0; row < length; row++) array[row] = ((row * 37) % 101) - 50.25;
  return array;
}

/** Such a buffer, which the library that this project compiles for does not know. */
function resizable(bytes: number, maxByteLength: number): ArrayBuffer & { resize(bytes: number): void } {
  const Resizable = ArrayBuffer as unknown as new (...args: unknown[]) => never; // ES2024
  return new Resizable(bytes, { maxByteLength });
}

function expectSame(found: ArrayLike<unknown>, expected: ArrayLike<unknown>): void {
  expect(found.length).toBe(expected.length);
  for (let row = 0; row < expected.length; row++)
    if (!Object.is(found[row], expected[row])) expect([row, found[row]]).toEqual([row, expected[row]]);
}

/** A WebAssembly memory that is shared. */
interface GrowingMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): void;
}

describe("map as last time", () => {
  test.each(Object.entries(kinds))("%s columns of every length, fresh and into out", (_, Kind) => {
    using f = compile("x * 3 - y + k");
    for (const length of lengths) {
      const x = filled(Kind, length);
      const y = filled(Float64Array, length, true);
      const columns = { x, y, k: length };
      const expected = Float64Array.from(x, (value, row) => value * 3 - (y[row] ?? 0) + length);
      for (let round = 0; round < 3; round++) {
        expectSame(f.map(columns), expected);
        const out = new Float32Array(length + 2).fill(7);
        expect(f.map(columns, { out })).toBe(out);
        expectSame(out.subarray(0, length), Float32Array.from(expected));
        expect([...out.subarray(length)]).toEqual([7, 7]);
      }
    }
  });

  test("results that lie over their columns in any way are those of copies", () => {
    using f = compile("x * 2 + y");
    for (const [In, Out] of [
      [Float64Array, Float64Array],
      [Float32Array, Float64Array],
      [Float64Array, Float32Array],
      [Uint8Array, Int32Array],
      [Int32Array, Uint8Array],
      [Int16Array, Int16Array],
    ] as const)
      for (const length of [1, 5, 8, 40, 300])
        for (let shift = -9; shift <= 9; shift++) {
          const make = () => {
            const buffer = new ArrayBuffer(16 * (length + 32));
            new Uint8Array(buffer).forEach((__, at, bytes) => {
              bytes[at] = In === Float64Array ? (at % 8 === 7 ? 0x40 : at % 8) : at % 61;
            });
            const start = 8 * (length + 16);
            return {
              x: new In(buffer, start, length),
              out: new Out(buffer, start + shift * Out.BYTES_PER_ELEMENT, length),
            };
          };
          const y = filled(Float64Array, length);
          const copied = make();
          const expected = new Out(Array.from(copied.x, (value, row) => value * 2 + (y[row] ?? 0)));
          for (let round = 0; round < 2; round++) {
            const { x, out } = make();
            f.map({ x, y }, { out });
            expectSame(out, expected);
          }
        }
  });

  test("memory that several SharedArrayBuffers share is one memory", async () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (limits: object) => GrowingMemory } }; // V8's
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const before = wasm.buffer;
    wasm.grow(1);
    const after = wasm.buffer;
    const memory = new SharedArrayBuffer(4096);
    for (const [first, second] of [
      [memory, structuredClone(memory)],
      [before, after],
    ] as const) {
      expect(first).not.toBe(second);
      for (const length of [1, 40])
        for (let shift = -2; shift <= 2; shift++) {
          using f = compile("x * 2 + 1");
          const x = new Float64Array(first, 64, length);
          const out = new Float64Array(second, 64 + 8 * shift, length);
          const values = Float64Array.from({ length }, (_, row) => row + 1);
          const expected = values.map((value) => value * 2 + 1);
          for (const way of ["map", "map", "mapAsync"] as const) {
            x.set(values);
            await f[way]({ x }, { out });
            expectSame(out, expected);
          }
        }
    }
  });

  test("kinds, scalars and lengths that change from call to call", () => {
    using f = compile("a * x + b", { types: { b: "i32" } });
    const x = filled(Float64Array, 20);
    const results = (a: number, b: number, values: Iterable<number>) =>
      Array.from(values, (value) => a * value + (b | 0));
    for (let round = 0; round < 50; round++) {
      const b = round * 1e9;
      const columns =
        round % 3 === 0
          ? { a: round, x, b }
          : round % 3 === 1
            ? { x: x.subarray(round % 7), a: 2, b }
            : { a: 3, b, x: Int16Array.from(x) };
      expectSame(f.map(columns), results(columns.a, b, columns.x));
    }
    using t = compile("flag ? x : -x", { types: { flag: "bool" } });
    for (const flag of [0, 1, -0, Number.NaN, 5, 0.5])
      expectSame(
        t.map({ x, flag }),
        x.map((value) => (flag ? value : -value)),
      );
  });

  test("names what is wrong as the first call does", () => {
    using f = compile("x + y");
    const x = filled(Float64Array, 12);
    f.map({ x, y: 1 });
    f.map({ x, y: 1 });
    expect(() => f.map({ x, y: 1, z: 3 } as never)).toThrow(/column z is not a parameter/);
    expect(() => f.map({ x } as never)).toThrow(/column y is missing/);
    expect(() => f.map({ x, y: "1" } as never)).toThrow(TypeError);
    expect(() => f.map({ x, y: { valueOf: () => 1 } } as never)).toThrow(TypeError);
    expect(() => f.map({ x, y: x.subarray(1) })).toThrow(/equally long/);
    expect(() => f.map({ x: 1, y: 1 })).toThrow(/no argument is a column/);
    expect(() => f.map(null as never)).toThrow(TypeError);
    expect(() => f.map({ x, y: 1 }, { out: new Float64Array(11) })).toThrow(RangeError);
    expect(() => f.map({ x, y: 1 }, { out: [] as never })).toThrow(TypeError);
    expect(() => f.map({ x, y: 1 }, { into: x } as never)).toThrow(TypeError);
    expect(() => f.map({ x, y: 1 }, 3 as never)).toThrow(TypeError);
    expect(() => f.map({ x: { __proto__: Float64Array.prototype, length: 12 } as never, y: 1 })).toThrow(TypeError);
    expect(() => f.map({ x: new Proxy(x, {}), y: 1 })).toThrow(TypeError);
    expect(f.map({ x: new Float64Array(0), y: 1 })).toHaveLength(0);
    class Named extends Float64Array {
      override get length(): number {
        return 1e9;
      }
    }
    expectSame(
      f.map({ x: new Named(x), y: 1 }),
      x.map((value) => value + 1),
    );
  });

  test("arrays whose memory goes, or shrinks, while the columns are read", () => {
    using f = compile("x + y");
    const usual = { x: new Float64Array(40), y: new Float64Array(40) };
    const out = new Float64Array(40);
    for (let round = 0; round < 3; round++) f.map(usual, { out });
    const gone = (what: "x" | "y" | "out") => {
      const arrays = { x: new Float64Array(40), y: new Float64Array(40), out: new Float64Array(40) };
      const take = () => structuredClone(arrays[what].buffer, { transfer: [arrays[what].buffer] });
      return {
        late: () =>
          f.map(
            {
              x: arrays.x,
              get y() {
                take();
                return arrays.y;
              },
            },
            { out: arrays.out },
          ),
        before: () =>
          f.map(
            { x: arrays.x, y: arrays.y },
            {
              get out() {
                take();
                return arrays.out;
              },
            },
          ),
      };
    };
    for (const what of ["x", "y", "out"] as const) {
      expect(gone(what).late).toThrow();
      expect(gone(what).before).toThrow();
    }
    const shrinking = resizable(320, 640);
    const tracked = new Float64Array(shrinking);
    expect(() =>
      f.map(
        {
          x: tracked,
          get y() {
            shrinking.resize(8);
            return usual.y;
          },
        },
        { out },
      ),
    ).toThrow(RangeError);
    shrinking.resize(640);
    expect(f.map({ x: tracked, y: 1 })).toHaveLength(80);
  });

  test("a function that is disposed while its columns are read, or calls itself from there", () => {
    const f = compile("x + y");
    const x = new Float64Array(20).fill(1);
    for (let round = 0; round < 3; round++) f.map({ x, y: x });
    const nested = {
      x,
      get y() {
        expect(f.map({ x: x.subarray(3), y: 5 })[0]).toBe(6);
        return f.map({ x, y: x });
      },
    };
    expectSame(f.map(nested), new Float64Array(20).fill(3));
    const ending = {
      x,
      get y() {
        f.dispose();
        return x;
      },
    };
    expect(() => f.map(ending)).toThrow(DisposedError);
    expect(() => f.map({ x, y: x })).toThrow(DisposedError);
    expect(() => f.reduce("sum", { x, y: x })).toThrow(DisposedError);
  });

  test("traps tell their row, and the next call is as if nothing had been", () => {
    using f = compile("a / b", { types: { a: "i32", b: "i32" } });
    const a = new Int32Array(100).fill(8);
    const b = new Int32Array(100).fill(2);
    const bad = b.with(57, 0);
    const out = new Int32Array(100);
    for (let round = 0; round < 5; round++) {
      f.map({ a, b }, { out });
      expect(out[57]).toBe(4);
      expect(() => f.map({ a, b: bad }, { out })).toThrow(expect.objectContaining({ name: "TrapError", row: 57 }));
      expect(() => f.reduce("sum", { a, b: bad })).toThrow(expect.objectContaining({ row: 57 }));
      expect(f.reduce("sum", { a, b })).toBe(400);
    }
  });

  test("loops keep their limit, row by row and call by call", () => {
    using f = compile("(n) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }", { maxIterations: 1000 });
    const n = Float64Array.from({ length: 40 }, (_, row) => row * 20);
    const expected = n.map((count) => (count === 0 ? 0 : (count * (count - 1)) / 2));
    for (let round = 0; round < 5; round++) {
      expectSame(f.map({ n }), expected);
      expect(() => f.map({ n: n.with(33, 1001) })).toThrow(TrapError);
      expect(f(900)).toBe((900 * 899) / 2);
      const inPlace = n.slice();
      expectSame(f.map({ n: inPlace }, { out: inPlace }), expected);
    }
  });

  test("a function that never returns traps, in every way of calling it", async () => {
    using f = compile("(x) => { while (true) { x++; } return 1; }", { maxIterations: 1000 });
    const x = new Float64Array(10);
    const trap = expect.objectContaining({ name: "TrapError", trap: "iteration-limit" });
    expect(() => f(1)).toThrow(trap);
    expect(() => f.map({ x })).toThrow(trap);
    expect(() => f.reduce("sum", { x })).toThrow(trap);
    expect(() => f.filter({ x })).toThrow(trap);
    await expect(f.mapAsync({ x })).rejects.toThrow(trap);
  });
});

test("arguments of every sort in any order find their registers", () => {
  let state = 20_231;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647; // Park and Miller's
    return state % below;
  };
  const Kinds = Object.values(kinds);
  for (let round = 0; round < 40; round++) {
    const rows = 1 + random(40);
    const types: Record<string, "i32" | "f32" | "Float64Array"> = {};
    const columns: Record<string, Numbers | number> = {};
    const terms: ((row: number) => number)[] = [];
    let text = "0";
    const names = [..."abcdefgh"].slice(0, 1 + random(8));
    names.forEach((name, index) => {
      const sort = index === 0 ? 0 : random(6);
      const weight = index + 1;
      if (sort <= 1) {
        const column = new (Kinds[random(Kinds.length)] ?? Float64Array)(rows).map(() => random(100));
        columns[name] = column;
        terms.push((row) => (column[row] ?? 0) * weight);
      } else if (sort === 5) {
        types[name] = "Float64Array";
        const whole = Float64Array.from({ length: 1 + random(5) }, () => random(100));
        columns[name] = whole;
        terms.push(() => (whole.at(-1) ?? 0) * weight);
      } else {
        if (sort > 2) types[name] = sort === 3 ? "i32" : "f32";
        const value = sort === 4 ? random(1000) / 8 : random(1000) - 500;
        columns[name] = value;
        terms.push(() => value * weight);
      }
      text += sort === 5 ? ` + ${name}[${name}.length - 1] * ${weight}` : ` + ${name} * ${weight}`;
    });
    using f = compile(`(${names.join(", ")}) => ${text}`, { types });
    const expected = Float64Array.from({ length: rows }, (_, row) => terms.reduce((sum, term) => sum + term(row), 0));
    for (let call = 0; call < 2; call++) expectSame(f.map(columns), expected);
    expect(f.filter(columns)).toEqual(Uint32Array.from(expected.keys()).filter((row) => expected[row] !== 0));
    expect(f.reduce("max", columns)).toBe(Math.max(...expected));
  }
});

describe("reduce and aggregates as last time", () => {
  const names = [
    ...(["sum", "mean", "min", "max", "product", "count", "any", "all", "argmin", "argmax", "variance"] as const),
  ];

  test.each([
    ["x * y", {}],
    ["x - y", { types: { x: "i32", y: "i32" } }],
    ["x * y", { types: { x: "f32", y: "f32" } }],
    ["x > y", {}],
  ] as const)("%s %o: the same bits as the general way, for every length", (text, options) => {
    using f = compile(text, options as object);
    using general = compileGeneral(text, options as object);
    for (const length of lengths) {
      const columns = { x: filled(Int32Array, length), y: filled(Int16Array, length).map((value) => value / 3) };
      const expected = general.reduce(names, columns);
      for (let round = 0; round < 2; round++) {
        expect(f.reduce(names, columns)).toEqual(expected);
        for (const name of ["min", "sum", "sum", "mean", "argmax", "variance"] as const)
          expect(Object.is(f.reduce(name, columns), expected[name])).toBe(true);
      }
    }
  });

  test("sums of many blocks", () => {
    using f = compile("x");
    using general = compileGeneral("x");
    for (const length of [300_001, 4_300_000]) {
      const x = Float64Array.from({ length }, (_, row) => Math.sin(row));
      const wanted = ["sum", "max", "argmin", "variance"] as const;
      const expected = general.reduce(wanted, { x });
      for (let round = 0; round < 2; round++) expect(f.reduce(wanted, { x })).toEqual(expected);
    }
  });

  test("aggregates in an expression", () => {
    using f = compile("(x - mean(x)) / sum(x * x) + k");
    using general = compileGeneral("(x - mean(x)) / sum(x * x) + k");
    for (const length of lengths) {
      const x = filled(Float64Array, length);
      const expected = general.map({ x, k: 2 });
      for (let round = 0; round < 2; round++) expectSame(f.map({ x, k: 2 }), expected);
      expectSame(f.map({ x, k: 3 }), general.map({ x, k: 3 }));
      const total = general.reduce("sum", { x, k: 2 });
      for (let round = 0; round < 2; round++) expect(Object.is(f.reduce("sum", { x, k: 2 }), total)).toBe(true);
      const inPlace = x.slice();
      expectSame(f.map({ x: inPlace, k: 2 }, { out: inPlace }), expected);
    }
  });
});

describe("rows from an offset on, many parameters, filter and select as last time", () => {
  const texts = [
    ["x * 3 - k", {}],
    ["x > y", {}],
    ["x - mean(x) + y", {}],
    ["x % 2n", { types: { x: "i64" } }],
    ["6 / n > 1", { types: { n: "i32" } }],
    ["(list, x) => list[0] < x", { types: { list: "Float64Array" } }],
    ["a + b - c * d > e + k", {}],
    ["a * b - (c - d) * (e + f - g) + h", {}],
  ] as const;

  test.each(texts)("%s %o: the same as the general way", (text, options) => {
    using f = compile(text, options as object);
    using general = compileGeneral(text, options as object);
    const isOfBigInts = /\dn\b/.test(text);
    let state = 77;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647; // Park and Miller's
      return state % below;
    };
    const Kinds = Object.values(kinds);
    for (let round = 0; round < 15; round++) {
      const length = random(4) === 0 ? 1 + random(900) : 1 + random(40);
      const columns: Record<string, Numbers | BigInt64Array | number> = {};
      for (const name of f.parameters) {
        const Kind = Kinds[round % 3 === 0 ? random(2) : 0] ?? Float64Array;
        columns[name] = name === "k" ? random(9) : filled(Kind, length, random(2) === 0);
        if (name === "x" && isOfBigInts) columns[name] = BigInt64Array.from({ length }, (_, row) => BigInt(row));
        if (name === "n") columns[name] = Int32Array.from({ length }, () => (random(200) === 0 ? 0 : 1 + random(9)));
      }
      const more = {
        ...columns,
        id: Int32Array.from({ length }, (_, row) => row),
        small: new Int8Array(length).fill(3),
      };
      const offset = random(length);
      const rows = [undefined, { offset }, { length: random(length) }, { offset, length: random(length - offset) }][
        random(4)
      ];
      const calls = [
        (one: typeof f) => one.map(columns, rows),
        (one: typeof f) => one.map(columns, { ...rows, ...(!isOfBigInts && { out: new Float32Array(length) }) }),
        (one: typeof f) => one.reduce("sum", columns, rows),
        (one: typeof f) => ["min", "mean", "any", "sum", "all"].map((name) => one.reduce(name as "sum", columns, rows)),
        (one: typeof f) => one.reduce(["max", "argmin", "count", "variance"], columns, rows),
        (one: typeof f) => one.filter(columns, rows),
        (one: typeof f) => one.select(more, undefined, rows),
        (one: typeof f) => one.select(more, "id", rows),
        (one: typeof f) => one.select(more, ["small", "id"], rows),
      ];
      for (const call of calls) {
        const expected = outcomeOf(() => call(general));
        for (let again = 0; again < 2; again++)
          expect(
            outcomeOf(() => call(f)),
            `${text}, ${length} rows`,
          ).toEqual(expected);
      }
    }
  });

  test("what does not fit is told as in the general way", () => {
    using f = compile("x > k");
    using general = compileGeneral("x > k");
    const x = Float64Array.from({ length: 20 }, (_, row) => row);
    const id = Int8Array.from(x);
    const odd: ((one: typeof f) => unknown)[] = [
      (one) => one.map({ x, k: 3 }, { offset: 21 }),
      (one) => one.map({ x, k: 3 }, { offset: 0.5 }),
      (one) => one.map({ x, k: 3 }, { offset: 20 }),
      (one) => one.map({ x, k: 3 }, { offset: 3, length: 18 }),
      (one) => one.map({ x, k: 3 }, { length: -1 }),
      (one) => one.map({ x, k: 3 }, { length: 10, out: new Uint8Array(9) }),
      (one) => one.reduce("sum", { x, k: 3 }, { offset: -1 }),
      (one) => one.reduce("sum", { x, k: 3 }, { length: 0 }),
      (one) => one.reduce("sum", { x, k: 3 }, { size: 3 } as object),
      (one) => one.filter({ x, k: 3 }, { offset: 20 }),
      (one) => one.filter({ x, k: 3 }, { length: 21 }),
      (one) => one.filter({ x, k: 3, id } as never),
      (one) => one.filter({ x, k: Float64Array.of(1) }),
      (one) => one.select({ x, k: 3, id: id.subarray(1) }),
      (one) => one.select({ x, k: 3, id: id.subarray(1) }, "x"),
      (one) => one.select({ id, x, k: 3 }),
      (one) => one.select({ x, id: [1, 2] as never, k: 3 }),
      (one) => one.select({ x, k: 3, id, other: id }),
      (one) => one.select({ x, k: 3, id }, ["id", "id"]),
      (one) => one.select({ x, k: 3 }, ["id"] as never),
      (one) => one.select({ x, k: 3 }, 3 as never),
    ];
    for (const call of odd) {
      f.map({ x, k: 3 });
      f.reduce("sum", { x, k: 3 });
      f.filter({ x, k: 3 });
      f.select({ x, k: 3, id });
      const expected = outcomeOf(() => call(general));
      expect(
        outcomeOf(() => call(f)),
        String(call),
      ).toEqual(expected);
      const keys = (outcome: unknown) => JSON.stringify(Object.keys(Object(outcome)));
      expect(keys(outcomeOf(() => call(f)))).toBe(keys(expected));
    }
  });

  test("results stay when the next call reuses memory, and are not kept from being collected by what is remembered", () => {
    using f = compile("x > 2");
    const x = Float64Array.from({ length: 50 }, (_, row) => row % 5);
    const found = [1, 2, 3].map((times) => f.select({ x: x.map((value) => value * times) }, "x"));
    expect(found.map((array) => [array.length, array[0], array[1]])).toEqual([
      [20, 3, 4],
      [30, 4, 6],
      [40, 3, 6],
    ]);
    const numbers = [f.filter({ x }), f.filter({ x }, { offset: 25 })];
    expect(numbers.map((array) => [array.length, array[0]])).toEqual([
      [20, 3],
      [10, 28],
    ]);
    f.dispose();
    expect(() => f.filter({ x })).toThrow(DisposedError);
    expect(() => f.select({ x }, "x")).toThrow(DisposedError);
  });
});

/** What a call gives, or says. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return { message: String(error), row: error instanceof TrapError ? error.row : undefined };
  }
}

describe("V8's own modes", () => {
  const script = `
    import { column, compile } from ${built("bundle/index.js")};
    const f = compile("x * 2 + y"), g = compile("a / b + c - d"), s = compile("x * y"), c = compile("x > k");
    const wrong = [];
    for (let k = 0; k < 30000; k++) {
      // Small arrays lie in V8's heap, where collections move them; these are fresh, and old ones are kept for a while.
      const n = 1 + (k % 8);
      const x = new Float64Array(n).fill(k), y = new Float32Array(n).fill(3), z = new Int16Array(4).fill(2);
      const fresh = f.map({ x, y });
      const out = f.map({ x, y }, { out: new Float64Array(n) });
      if (fresh[n - 1] !== 2 * k + 3 || out[0] !== 2 * k + 3) wrong.push(["map", k]);
      if (g.map({ a: z, b: z, c: z, d: k })[3] !== 3 - k) wrong.push(["four", k]);
      if (s.reduce("sum", { x, y }) !== 3 * k * n) wrong.push(["sum", k]);
      if (s.reduce("argmin", { x, y }, { offset: n - 1 }) !== n - 1) wrong.push(["offset", k]);
      if (c.filter({ x, k: k - 1 })[n - 1] !== n - 1) wrong.push(["filter", k]);
      const found = c.select({ x, k: k - 1, y }, undefined, { offset: n >> 1 });
      if (found.x[0] !== k || found.y[0] !== 3 || found.y.length !== n - (n >> 1)) wrong.push(["select", k]);
    }
    console.log(JSON.stringify(wrong.slice(0, 5)));
  `;
  test.each([
    [20_000, []],
    [2000, ["--stress-compaction"]],
    [1000, ["--gc-interval=97"]],
    [1000, ["--jitless"]],
    [2000, ["--no-turbo-fast-api-calls"]],
    [5000, ["--max-semi-space-size=1"]],
  ])(
    "%d rounds, %j",
    (rounds, flags) => {
      const { status, signal, stdout, stderr } = runChild(script.replace("30000", String(rounds)), { flags });
      expect({ status, signal, stderr: stderr.replace(/^Warning: disabling flag .*\n/, "") }).toEqual({
        status: 0,
        signal: null,
        stderr: "",
      });
      expect(JSON.parse(stdout)).toEqual([]);
    },
    90_000,
  );

  test("two Workers and the main thread at once", () => {
    const { status, signal, stdout, stderr } = runChild(`
      import { Worker } from "node:worker_threads";
      const work = ${JSON.stringify(script.replace("30000", "4000").replace("console.log", "(await import('node:worker_threads')).parentPort.postMessage"))};
      const workers = [1, 2].map(() => new Worker(new URL("data:text/javascript," + encodeURIComponent(work))));
      const answers = Promise.all(workers.map((worker) => new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); })));
      ${script.replace("30000", "4000").replace("console.log(JSON.stringify(wrong.slice(0, 5)))", "globalThis.own = wrong")}
      console.log(JSON.stringify([...(await answers).map((text) => JSON.parse(text)), globalThis.own].flat()));
    `);
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([]);
  }, 90_000);
});

test("column() memory, too, and a column and its own out", () => {
  using f = compile("x * x + 1");
  const x = column("f64", 1000);
  x.forEach((_, row) => {
    x[row] = row;
  });
  const out = column("f64", 1000);
  for (let round = 0; round < 3; round++) {
    f.map({ x }, { out });
    expect(out[999]).toBe(999 * 999 + 1);
  }
  f.map({ x }, { out: x });
  expectSame(x, out);
});
