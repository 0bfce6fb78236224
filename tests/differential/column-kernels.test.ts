/**
 * The kernels over columns in the interpreter, against plain JavaScript: `reduce` against a reference that follows
 * src/vector/reduce-layout.ts row by row, for every accumulation, type, vector width and number of vectors in flight, to the bit;
 * `filter` against `Array.prototype.filter`; `map` from every element kind to every other.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verify } from "../../src/analysis/verify.ts";
import { Source } from "../../src/base/source.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Scalar } from "../../src/ir/types.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { buildVectorFilter } from "../../src/vector/filter-kernel.ts";
import { isRefusal, type Refusal, type VectorKernel } from "../../src/vector/kernel.ts";
import { buildVectorMap } from "../../src/vector/map-kernel.ts";
import { buildVectorReduce } from "../../src/vector/reduce-kernel.ts";
import {
  type Accumulation,
  accumulatorOf,
  layoutOf,
  reduceBlock,
  reduceLanes,
} from "../../src/vector/reduce-layout.ts";
import { buildVectorSelect } from "../../src/vector/select-kernel.ts";
import { patience, runsOr, seed } from "../random-runs.ts";
import {
  allKinds,
  type ColumnArray,
  ColumnMemory,
  columnOf,
  emptyColumn,
  lengths,
  numberKinds,
  seedLists,
} from "./column-samples.ts";

const numRuns = runsOr(60);
console.log(`column-kernels.test.ts: seed ${seed}, ${numRuns} runs`);

/** `interleave` 0: one loop does all. */
const options = (bytes: number, interleave: number) => ({
  shape: { name: `test${8 * bytes}`, bytes, vectorRegisters: bytes / 2, natively: () => true },
  ...(interleave === 0 ? { hasOneLoop: true } : { interleave }),
  maxIterations: 1000,
  stopWord: callContext.stopWord,
});

/** A row function that gives its only parameter. */
function identity(type: Scalar): IrFunction {
  const builder = new FunctionBuilder("row", [type], type);
  builder.return(builder.parameter(0));
  return builder.function;
}

/** As `identity`, by a rare way for values above 2, where the usual one gives something else. */
function rareIdentity(type: Scalar): IrFunction {
  if (type === "bool") return identity(type);
  const builder = new FunctionBuilder("row", [type], type);
  const x = builder.parameter(0);
  const two = builder.constant(type, type === "i64" ? 2n : 2);
  const wrong = builder.constant(type, type === "i64" ? 77n : 77);
  const isUsual = builder.emit(type === "f64" || type === "f32" ? "fle" : "sle", x, two);
  const rare = builder.createLaterBlock();
  rare.isUnlikely = true;
  const join = builder.createLaterBlock(type);
  builder.branch(isUsual, join, rare, [builder.emit("select", isUsual, x, wrong)]);
  builder.continueIn(rare);
  builder.jump(join, x);
  builder.continueIn(join);
  builder.return(join.parameters[0]);
  return builder.function;
}

/** x > 1, by a rare way above 2. */
function rareTest(): IrFunction {
  const builder = new FunctionBuilder("row", ["f64"], "bool");
  const x = builder.parameter(0);
  const isUsual = builder.emit("fle", x, builder.constant("f64", 2));
  const rare = builder.createLaterBlock();
  rare.isUnlikely = true;
  const join = builder.createLaterBlock("bool");
  const isInside = builder.emit("and", isUsual, builder.emit("fgt", x, builder.constant("f64", 1)));
  builder.branch(isUsual, join, rare, [isInside]);
  builder.continueIn(rare);
  builder.jump(join, builder.emit("fgt", x, builder.constant("f64", 1)));
  builder.continueIn(join);
  builder.return(join.parameters[0]);
  return builder.function;
}

function rowOf(text: string, types: Record<string, "f64" | "i32" | "i64" | "f32"> = {}): IrFunction {
  const row = analyze(new Source(text), readCompileOptions({ types })).buildRow("whole");
  optimize(row, { verify: true });
  return row;
}

function ready(kernel: VectorKernel | Refusal, isOptimized: boolean): VectorKernel {
  if (isRefusal(kernel)) throw new Error(kernel.refused);
  verify(kernel.fn);
  if (isOptimized) optimize(kernel.fn, { verify: true });
  return kernel;
}

// ---- the reference of reduce-layout.ts

type Word = number | bigint;

/** The partials of all blocks before the kernel runs: the words' identities. */
function emptyPartials(values: number, type: Scalar, kinds: readonly Accumulation[]): Word[] {
  const rows = kinds.map((kind) => accumulatorOf(kind, type));
  const { starts, words } = layoutOf(rows);
  const blocks = Math.ceil(values / reduceBlock);
  const partials: Word[] = new Array(blocks * words).fill(0);
  for (let block = 0; block < blocks; block++)
    rows.forEach(({ identity: start }, index) => {
      start.forEach((word, position) => {
        for (let lane = 0; lane < reduceLanes; lane++)
          partials[block * words + (starts[index] ?? 0) + position * reduceLanes + lane] = word;
      });
    });
  return partials;
}

/** The partials of all blocks, as words. */
function reference(
  values: readonly (number | bigint | boolean)[],
  type: Scalar,
  kinds: readonly Accumulation[],
): Word[] {
  const { starts, words } = layoutOf(kinds.map((kind) => accumulatorOf(kind, type)));
  const partials = emptyPartials(values.length, type, kinds);
  values.forEach((value, row) => {
    const inBlock = row % reduceBlock;
    kinds.forEach((kind, index) => {
      const at = Math.floor(row / reduceBlock) * words + (starts[index] ?? 0) + (inBlock % reduceLanes);
      const all = [0, 1, 2].map((word) => partials[at + word * reduceLanes] ?? 0);
      take(kind, type, value, inBlock, all).forEach((word, position) => {
        partials[at + position * reduceLanes] = word;
      });
    });
  });
  return partials;
}

function take(kind: Accumulation, type: Scalar, value: number | bigint | boolean, row: number, words: Word[]): Word[] {
  const [word = 0, second = 0, third = 0] = words;
  const isFloat = type === "f64" || type === "f32";
  const exact = type === "i64" ? BigInt(value) : Number(value);
  switch (kind) {
    case "sum":
      return [isFloat ? Number(word) + Number(value) : BigInt.asIntN(64, BigInt(word) + BigInt(value))];
    case "product":
      return [typeof exact === "bigint" ? BigInt.asIntN(64, BigInt(word) * exact) : Number(word) * Number(value)];
    case "min":
      if (typeof exact === "bigint") return [exact < word ? exact : word];
      return [Math.min(Number(word), exact)];
    case "max":
      if (typeof exact === "bigint") return [exact > word ? exact : word];
      return [Math.max(Number(word), exact)];
    case "count":
    case "any":
    case "all":
      return [value ? BigInt(word) + 1n : word];
    case "argmin":
    case "argmax": {
      const pick = kind === "argmin" ? Math.min : Math.max;
      const isBetter =
        typeof exact === "bigint"
          ? kind === "argmin"
            ? exact < word
            : exact > word
          : !Object.is(pick(Number(word), exact), Number(word));
      return second === -1n || isBetter ? [exact, BigInt(row)] : [word, second];
    }
    case "variance": {
      const pivot = row < reduceLanes ? Number(value) : Number(word);
      const distance = Number(value) - pivot;
      return [pivot, Number(second) + distance, Number(third) + distance * distance];
    }
  }
}

const accumulations: readonly Accumulation[] = [
  ...(["sum", "product", "min", "max", "count", "any", "all", "argmin", "argmax", "variance"] as const),
];
/** What converts to the parameter's type. */
const elementsOfType: Readonly<Record<Scalar, readonly ElementKind[]>> = {
  f64: numberKinds,
  f32: numberKinds,
  i32: numberKinds,
  bool: numberKinds,
  i64: ["i64"],
};

function parameterOf(type: Scalar, element: number | bigint): number | bigint | boolean {
  if (type === "bool") return Boolean(element);
  if (typeof element === "bigint") return element;
  return type === "i32" ? element | 0 : type === "f32" ? Math.fround(element) : element;
}

describe("reduce", () => {
  test("leaves the partials of the reference, to the bit, for every vector", { timeout: patience(300) }, () => {
    const types: readonly Scalar[] = ["f64", "f32", "i32", "i64", "bool"];
    const property = fc.property(
      fc.constantFrom(...types).chain((type) =>
        fc.record({
          type: fc.constant(type),
          element: fc.constantFrom(...elementsOfType[type]),
          kinds: fc.array(fc.constantFrom(...accumulations.filter((kind) => kind !== "variance" || type !== "i64")), {
            minLength: 1,
            maxLength: 3,
          }),
        }),
      ),
      lengths,
      seedLists,
      fc.constantFrom(32, 64),
      fc.constantFrom(0, 1, 2, 4, 8),
      fc.boolean(),
      fc.boolean(),
      ({ type, element, kinds }, rows, seeds, bytes, interleave, isOptimized, hasRareWays) => {
        const column = columnOf(element, rows, seeds);
        const input = { kind: "column", element } as const;
        const kernel = ready(
          buildVectorReduce(
            hasRareWays ? rareIdentity(type) : identity(type),
            kinds,
            [input],
            options(bytes, interleave),
          ),
          isOptimized,
        );
        checkReduce(kernel, column, type, kinds);
      },
    );
    fc.assert(property, { seed, numRuns });
  });

  test("goes from block to block", { timeout: patience(120) }, () => {
    const column = columnOf("f64", reduceBlock + 77, [3, 5, 8, 9, 10]);
    const input = { kind: "column", element: "f64" } as const;
    for (const bytes of [32, 64])
      for (const [row, interleave] of [
        [identity("f64"), 8],
        [rareIdentity("f64"), 2],
      ] as const) {
        const kernel = ready(buildVectorReduce(row, ["sum", "argmax"], [input], options(bytes, interleave)), true);
        checkReduce(kernel, column, "f64", ["sum", "argmax"]);
      }
  });

  test("leaves the block of a row that traps to the scalar kernel", () => {
    const column = new Float64Array(reduceBlock + 200).fill(1);
    column[reduceBlock + 100] = 0;
    const row = rowOf("BigInt(1 / x)");
    const kernel = ready(buildVectorReduce(row, ["sum"], [{ kind: "column", element: "f64" }], options(64, 4)), true);
    const memory = new ColumnMemory(300_000);
    const address = memory.place(column);
    const partials = memory.place(new BigInt64Array(2 * reduceLanes));
    const done = interpret(kernel.fn, [partials, address, column.length], { memory, context: memory.address });
    expect(done).toBe(reduceBlock);
    const words = memory.read(new BigInt64Array(2 * reduceLanes), partials);
    expect([...words.subarray(0, reduceLanes)]).toEqual(new Array(reduceLanes).fill(BigInt(reduceBlock / reduceLanes)));
  });
});

function checkReduce(kernel: VectorKernel, column: ColumnArray, type: Scalar, kinds: readonly Accumulation[]): void {
  const values = Array.from(column as ArrayLike<number | bigint>, (element) => parameterOf(type, element));
  const want = reference(values, type, kinds);
  const memory = new ColumnMemory(400_000);
  const address = memory.place(column);
  const words = new Float64Array(want.length);
  const identities = new BigInt64Array(words.buffer);
  emptyPartials(column.length, type, kinds).forEach((word, index) => {
    if (typeof word === "bigint") identities[index] = word;
    else words[index] = word;
  });
  const partials = memory.place(words);
  const done = interpret(kernel.fn, [partials, address, column.length], { memory, context: memory.address });
  expect(done).toBe(column.length);
  const floats = memory.read(words, partials);
  const integers = new BigInt64Array(floats.buffer);
  want.forEach((word, index) => {
    const got = typeof word === "bigint" ? integers[index] : floats[index];
    expect(got, `word ${index} of ${kinds.join()} of ${type}, ${column.length} rows: ${column.join()}`).toBe(word);
  });
}

describe("filter", () => {
  test("gives the numbers of the rows that JavaScript's filter keeps", { timeout: patience(300) }, () => {
    const conditions = ["x > 0", "x", "x % 3 === 1 && y < 2", "x > y ? y : x < 0", "k > 1", "k < x"];
    const property = fc.property(
      fc.constantFrom(...conditions),
      fc.constantFrom(...numberKinds),
      fc.constantFrom(...numberKinds),
      lengths,
      seedLists,
      fc.constantFrom(32, 64),
      fc.constantFrom(0, 1, 2, 4, 8),
      fc.constantFrom(0, 7, 2 ** 31),
      fc.boolean(),
      fc.boolean(),
      (text, kindX, kindY, rows, seeds, bytes, interleave, firstRow, isOptimized, hasRareWays) => {
        const subject = analyze(new Source(text), readCompileOptions({}));
        const row = subject.buildRow("whole");
        if (isOptimized) optimize(row, { verify: true });
        if (hasRareWays)
          row.blocks.forEach((block, index) => {
            block.isUnlikely = index % 2 === 1; // a hint, wrong here
          });
        const columns: Readonly<Record<string, ColumnArray>> = {
          x: columnOf(kindX, rows, seeds),
          y: columnOf(kindY, rows, [...seeds].reverse()),
        };
        const k = 1.5;
        const inputs = subject.parameters.map(({ name }) =>
          name === "k"
            ? ({ kind: "scalar" } as const)
            : ({ kind: "column", element: name === "x" ? kindX : kindY } as const),
        );
        const kernel = ready(buildVectorFilter(row, inputs, options(bytes, interleave)), isOptimized);
        const memory = new ColumnMemory(20_000);
        const args = subject.parameters.map(({ name }) => {
          const column = columns[name];
          return column === undefined ? k : memory.place(column);
        });
        const out = new Uint32Array(rows);
        const guard = new Uint32Array(4).fill(0xdeadbeef);
        const address = memory.place(out);
        const guardAddress = memory.place(guard, 0);
        const count = Number(
          interpret(kernel.fn, [address, ...args, rows, firstRow], { memory, context: memory.address }),
        );
        const condition = new Function(...subject.parameters.map(({ name }) => name), `return ${text}`);
        const want = Array.from({ length: rows }, (_, index) => index).filter((index) =>
          condition(...subject.parameters.map(({ name }) => columns[name]?.[index] ?? k)),
        );
        expect([...memory.read(out, address).subarray(0, count)]).toEqual(want.map((index) => index + firstRow));
        expect(memory.read(guard, guardAddress)).toEqual(guard);
      },
    );
    fc.assert(property, { seed, numRuns });
  });
});

describe("select", () => {
  test("packs columns of any kind by a condition, in one pass, in place too", { timeout: patience(300) }, () => {
    const property = fc.property(
      fc.array(fc.constantFrom(...allKinds), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...numberKinds),
      lengths,
      seedLists,
      fc.constantFrom(32, 64),
      fc.constantFrom(0, 1, 2, 4),
      fc.boolean(),
      fc.boolean(),
      (kinds, kindX, rows, seeds, bytes, interleave, isOptimized, isInPlace) => {
        const isFloat = kindX === "f64";
        const row = isFloat ? rareTest() : rowOf("x > 1");
        const packed = [
          ...kinds.map((element) => ({ element, input: undefined })),
          ...(isInPlace ? [] : [{ element: kindX, input: 0 }]),
        ];
        const kernel = ready(
          buildVectorSelect(row, [{ kind: "column", element: kindX }], packed, options(bytes, interleave)),
          isOptimized,
        );
        const x = columnOf(kindX, rows, seeds);
        const columns = kinds.map((kind, index) => columnOf(kind, rows, [index, ...seeds]));
        const memory = new ColumnMemory(30_000);
        const from = columns.map((column) => memory.place(column));
        const outs = isInPlace
          ? from
          : columns.map((column) => memory.place(emptyColumn(kinds[columns.indexOf(column)] ?? "f64", rows)));
        const guard = new Uint32Array(4).fill(0xdeadbeef);
        const guardAddress = memory.place(guard, 0);
        const own = isInPlace ? [] : [memory.place(emptyColumn(kindX, rows))];
        const [first, ...others] = [...outs, ...own];
        const args = [first ?? 0n, memory.place(x), rows, ...others, ...from];
        const count = Number(interpret(kernel.fn, args, { memory, context: memory.address }));
        const taken = Array.from({ length: rows }, (_, index) => index).filter((index) => Number(x[index]) > 1);
        expect(count).toBe(taken.length);
        columns.forEach((column, index) => {
          const got = memory.read(column, outs[index] ?? 0n);
          taken.forEach((number, place) => {
            expect(got[place], `${kinds.join()} by ${kindX}, ${rows} rows`).toBe(column[number]);
          });
        });
        for (const address of own)
          expect([...memory.read(x, address).subarray(0, count)]).toEqual(taken.map((number) => x[number]));
        expect(memory.read(guard, guardAddress)).toEqual(guard);
      },
    );
    fc.assert(property, { seed, numRuns });
  });
});

describe("map", () => {
  test("converts from every element kind to every other as JavaScript does", { timeout: patience(300) }, () => {
    for (const from of allKinds)
      for (const to of from === "i64" ? (["i64"] as const) : numberKinds)
        for (const type of from === "i64" ? (["i64"] as const) : (["f64", "i32", "f32", "bool"] as const))
          for (const bytes of [32, 64]) {
            const kernel = ready(
              buildVectorMap(identity(type), [{ kind: "column", element: from }], to, options(bytes, 2)),
              true,
            );
            const column = columnOf(
              from,
              53,
              Array.from({ length: 53 }, (_, index) => index),
            );
            const memory = new ColumnMemory(8192);
            const address = memory.place(column);
            const out = emptyColumn(to, 53);
            const outAddress = memory.place(out);
            expect(interpret(kernel.fn, [outAddress, address, 53], { memory, context: memory.address })).toBe(53);
            const want = emptyColumn(to, 53);
            column.forEach((element, index) => {
              const value = parameterOf(type, element);
              want[index] = typeof value === "bigint" ? value : Number(value);
            });
            expect(memory.read(out, outAddress), `${from} as ${type} to ${to}`).toEqual(want);
          }
  });

  test("writes in place over its own column", () => {
    const kernel = ready(
      buildVectorMap(rowOf("x + 1"), [{ kind: "column", element: "f64" }], "f64", options(64, 4)),
      true,
    );
    const memory = new ColumnMemory(8192);
    const column = Float64Array.from({ length: 101 }, (_, index) => index);
    const address = memory.place(column);
    interpret(kernel.fn, [address, address, 101], { memory, context: memory.address });
    expect(memory.read(column, address)).toEqual(column.map((x) => x + 1));
  });

  test("goes a rare way by what the last turn of a loop found", () => {
    const builder = new FunctionBuilder("row", ["f64"], "f64");
    const constant = (value: number) => builder.constant("f64", value);
    const loop = builder.createBlock("f64");
    const after = builder.createLaterBlock();
    const rare = builder.createLaterBlock();
    rare.isUnlikely = true;
    const join = builder.createLaterBlock("f64");
    builder.jump(loop, builder.parameter(0));
    builder.switchTo(loop);
    const half = builder.emit("fmul", loop.parameters[0] ?? builder.parameter(0), constant(0.5));
    const isRare = builder.emit("fgt", half, constant(0.75));
    builder.branch(builder.emit("fle", half, constant(1)), after, loop, [], [half]);
    builder.continueIn(after);
    builder.branch(isRare, rare, join, [], [half]);
    builder.continueIn(rare);
    builder.jump(join, builder.emit("fneg", half));
    builder.continueIn(join);
    builder.return(join.parameters[0]);
    const kernel = ready(
      buildVectorMap(builder.function, [{ kind: "column", element: "f64" }], "f64", options(64, 2)),
      true,
    );
    const column = Float64Array.from({ length: 70 }, (_, index) => (index % 23 === 5 ? 1.75 : 1.2 * 2 ** (index % 9)));
    const memory = new ColumnMemory(8192);
    const address = memory.place(column);
    const out = memory.place(new Float64Array(70));
    expect(interpret(kernel.fn, [out, address, 70], { memory, context: memory.address })).toBe(70);
    const want = column.map((x) => {
      let value = x / 2;
      while (value > 1) value /= 2;
      return value > 0.75 ? -value : value;
    });
    expect(memory.read(new Float64Array(70), out)).toEqual(want);
  });

  test("hands a row over that takes too many turns, and all rows when it is to stop", () => {
    const text = "function f(x) { let n = 0; while (n < x) n++; return n; }";
    const column = Float64Array.from({ length: 40 }, (_, index) => (index === 25 ? 1e9 : index));
    const kernel = ready(
      buildVectorMap(rowOf(text), [{ kind: "column", element: "f64" }], "f64", options(64, 1)),
      true,
    );
    const memory = new ColumnMemory(8192);
    const address = memory.place(column);
    const out = memory.place(new Float64Array(40));
    expect(interpret(kernel.fn, [out, address, 40], { memory, context: memory.address })).toBe(24);
    const long = ready(
      buildVectorMap(rowOf(text), [{ kind: "column", element: "f64" }], "f64", {
        ...options(64, 1),
        maxIterations: 1e9,
      }),
      true,
    );
    memory.bytes[callContext.stopWord] = 1;
    expect(interpret(long.fn, [out, address, 40], { memory, context: memory.address })).toBe(0);
  });
});
