/**
 * Random programs (column-programs.ts) over random columns, called in every way: `map` fresh, into all kinds of arrays, over its
 * own columns; `filter`, `select`, `reduce`, reducers, parts of the rows, other threads; arrays in all kinds of memory. AVX-512,
 * AVX2 and one row at a time each give what the model gives, which is JavaScript, and for reductions reduction-model.ts.
 *
 * `JITSMITH_FUZZ_CASE` names a file that has the case under way, for where the process ends with it.
 */
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEngine, TrapError } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import type { ReductionName } from "../../src/engine/combination.ts";
import type { CompiledFunction } from "../../src/engine/compiled-function.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { canExecute } from "../machine-code-runner.ts";
import { patience, runsOr, seed } from "../random-runs.ts";
import { type Draw, drawFrom } from "./algorithms/draw.ts";
import {
  type ColumnProgram,
  columnProgram,
  modelledFunctions,
  modelledPairs,
  modelOf,
  type ScalarName,
  scalarTypes,
} from "./column-programs.ts";
import { type ColumnArray, emptyColumn, numberKinds } from "./column-samples.ts";
import { elementsOf, placed, placeNames, trueLength, views } from "./hostile-arrays.ts";
import { mixedArrays } from "./mixed-program-generator.ts";
import { reduceModel } from "./reduction-model.ts";

const numRuns = runsOr(3);
console.log(`column-calls-random.test.ts: seed ${seed}, ${numRuns} runs`);

/** Shrinking compiles each smaller case for every engine. */
const shrinking =
  process.env.JITSMITH_FUZZ_SHRINK === "0" ? { endOnFailure: true } : { interruptAfterTimeLimit: 3_600_000 };

const without = (...prefixes: string[]) =>
  new Set([...nodeHost.cpuFeatures].filter((feature) => !prefixes.some((prefix) => feature.startsWith(prefix))));
type Compile = ReturnType<typeof createEngine>["compile"];
type Functions = Readonly<Record<string, (...args: number[]) => number>>;

/** Mathematical functions for models: single values of the engine's own, which tests of accuracy look at. */
function functionsOf(compile: Compile): Functions {
  const functions: Record<string, (...args: number[]) => number> = {};
  for (const name of modelledFunctions) {
    functions[name] = compile<number>(`(x) => ${name}(x)`);
    functions[`${name}32`] = compile<number>(`(x) => ${name}(x)`, { types: { x: "f32" } });
  }
  for (const name of modelledPairs) functions[name] = compile<number>(`(x, y) => ${name}(x, y)`);
  return functions;
}

const engines: { readonly name: string; readonly compile: Compile; readonly M: Functions }[] = [];
if (canExecute)
  for (const [name, features] of [
    ["all", nodeHost.cpuFeatures],
    ["avx2", without("avx512")],
    ["one row at a time", without("avx", "fma")],
  ] as const) {
    const { compile } = createEngine(Object.create(nodeHost, { cpuFeatures: { value: features } }));
    engines.push({ name, compile, M: functionsOf(compile) });
  }

const arrayKinds: Readonly<Record<string, ElementKind>> = {
  Float64Array: "f64",
  Float32Array: "f32",
  Int32Array: "i32",
  Uint32Array: "u32",
  Int16Array: "i16",
  Uint16Array: "u16",
  Int8Array: "i8",
  Uint8Array: "u8",
  Uint8ClampedArray: "u8c",
  BigInt64Array: "i64",
};
const freshKinds = { f64: "f64", f32: "f32", i32: "i32", i64: "i64", bool: "u8" } as const;

const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 70 }) },
  { weight: 2, arbitrary: fc.integer({ min: 71, max: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 511, 1023, 1025, 4097) },
);
const large = fc.constantFrom(16_383, 16_384, 16_385, 20_000, 32_768, 49_153, 65_537);

type Cell = number | bigint;

function drawArray(kind: ElementKind, length: number, { number, big, int }: Draw, isTame: boolean): ColumnArray {
  const array = emptyColumn(kind, length);
  for (let row = 0; row < length; row++)
    array[row] = (
      kind === "i64" ? (isTame ? BigInt(int(-50, 50)) : big()) : isTame ? int(-500, 500) / 8 : number()
    ) as never; // of the kind
  return array;
}

/** A column's element, or the value of all rows, as the model of a parameter has it. */
function modelValue(name: ScalarName, value: Cell): unknown {
  const type = scalarTypes[name];
  if (typeof value === "bigint") return value;
  return type === "i32" ? value | 0 : type === "f32" ? Math.fround(value) : type === "bool" ? Boolean(value) : value;
}

const isSame = (a: unknown, b: unknown): boolean => Object.is(a, b);

function expectElements(found: ColumnArray, expected: readonly Cell[], where: () => string): void {
  const length = trueLength(found);
  if (length !== expected.length) expect(length, where()).toBe(expected.length);
  for (let row = 0; row < length; row++)
    if (!isSame(found[row], expected[row])) expect([row, found[row]], where()).toEqual([row, expected[row]]);
}

/** What `out[i] = value` leaves. */
function converted(kind: ElementKind, values: readonly unknown[]): Cell[] {
  const array = emptyColumn(kind, values.length);
  values.forEach((value, row) => {
    array[row] = (kind === "i64" ? value : Number(value)) as never; // of the kind
  });
  return Array.from(array as ArrayLike<Cell>);
}

const names = ["sum", "mean", "min", "max", "product", "count", "any", "all", "argmin", "argmax"] as const;

test.skipIf(!canExecute)(
  "any program, columns and call (no x86-64 CPU: skipped)",
  { timeout: patience(300) },
  async () => {
    const seen = { rows: 0, traps: 0, widened: 0, refused: 0, calls: 0 };
    const given = fc.record({
      kinds: fc.array(fc.constantFrom(...numberKinds), { minLength: 6, maxLength: 6 }),
      areScalars: fc.array(fc.nat({ max: 4 }), { minLength: 6, maxLength: 6 }),
      places: fc.array(fc.constantFrom(...placeNames), { minLength: 9, maxLength: 9 }),
      from: fc.nat({ max: 9 }),
      isTame: fc.boolean(),
      out: fc.constantFrom(...numberKinds),
      rows: lengths,
      wholeLength: fc.integer({ min: 8, max: 20 }),
      draws: fc.nat(),
      /** Which ways of calling. */
      ways: fc.subarray(["out", "over", "part", "filter", "select", "reduce", "several", "reducer", "threads"], {
        minLength: 2,
        maxLength: 4,
      }),
    });
    const property = fc.asyncProperty(columnProgram, given, check);
    await fc.assert(property, { seed, numRuns, ...shrinking });
    const simple = columnProgram.filter(({ text }) => text.length < 120);
    await fc.assert(
      fc.asyncProperty(simple, given, large, (program, some, rows) => check(program, { ...some, rows })),
      {
        seed,
        numRuns: Math.ceil(numRuns / 8),
        ...shrinking,
      },
    );
    console.log(`column-calls-random.test.ts: ${JSON.stringify(seen)}`);
    expect(seen.widened).toBeGreaterThan(0);

    async function check(
      program: ColumnProgram,
      how: {
        readonly kinds: readonly ElementKind[];
        readonly areScalars: readonly number[];
        readonly places: readonly string[];
        readonly from: number;
        readonly isTame: boolean;
        readonly out: ElementKind;
        readonly rows: number;
        readonly wholeLength: number;
        readonly draws: number;
        readonly ways: readonly string[];
      },
    ): Promise<void> {
      const draw = drawFrom(how.draws);
      const { rows } = how;
      const placeOf = (index: number) => how.places[index % how.places.length] ?? "own";
      const plain: Record<string, ColumnArray | Cell> = {};
      const columns: Record<string, unknown> = {};
      const told: Record<string, string> = {};
      let hasColumn = false;
      program.parameters.forEach((name, index) => {
        if (name in mixedArrays) {
          const kind = arrayKinds[mixedArrays[name as keyof typeof mixedArrays]] ?? "f64";
          const array = drawArray(kind, how.wholeLength, draw, how.isTame);
          plain[name] = array;
          columns[name] = placed(array, kind, placeOf(index), how.from);
          told[name] = `whole ${placeOf(index)}`;
          return;
        }
        const type = scalarTypes[name as ScalarName];
        const isLast = !program.parameters.slice(index + 1).some((other) => other in scalarTypes);
        if (how.areScalars[index % 6] === 0 && (hasColumn || !isLast)) {
          const value = type === "i64" ? draw.big() : type === "i32" ? draw.i32() : draw.number();
          plain[name] = value;
          columns[name] = type === "bool" ? (draw.int(0, 1) === 0 ? value : Boolean(value)) : value;
          told[name] = String(Object.is(value, -0) ? "-0" : value);
          return;
        }
        hasColumn = true;
        const kind = type === "i64" ? "i64" : (how.kinds[index % 6] ?? "f64");
        const array = drawArray(kind, rows, draw, how.isTame);
        plain[name] = array;
        columns[name] = placed(array, kind, placeOf(index), how.from);
        told[name] = `${kind} ${placeOf(index)}`;
      });
      if (!hasColumn) return;
      const where = (what: string) => () =>
        `${program.text}\n${JSON.stringify({ types: program.types, functions: program.functions, told, ...how })}\n${what}`;
      const begin = (what: string): void => {
        seen.calls++;
        const file = process.env.JITSMITH_FUZZ_CASE;
        if (file !== undefined) writeFileSync(file, where(what)());
      };

      const argumentsOf = (row: number): unknown[] =>
        program.parameters.map((name) => {
          const value = plain[name] as ColumnArray | Cell; // one for each
          if (name in mixedArrays) return value;
          return modelValue(name as ScalarName, typeof value === "object" ? (value[row] ?? 0) : value);
        });
      /** The rows' values as JavaScript has them; fewer than there are rows where one traps. */
      const valuesWith = (M: Functions, first: number, count: number): unknown[] => {
        const model = modelOf(program.model, program.functions, M);
        const aggregates = program.aggregates.map(({ name, model: inner, type }) => {
          const each = modelOf(inner, undefined, M);
          const values = Array.from({ length: count }, (_, row) => each(...argumentsOf(first + row)));
          const total = reduceModel(name, values as Cell[], type, 0);
          return type === "f32" && name !== "count" ? Math.fround(Number(total)) : total;
        });
        const values: unknown[] = [];
        for (let row = first; row < first + count; row++) {
          try {
            values.push(model(...argumentsOf(row), ...aggregates));
          } catch (error) {
            if (error !== "trap") throw error;
            break;
          }
        }
        return values;
      };
      const fresh = freshKinds[program.result];
      const outKind = program.result === "i64" ? "i64" : how.out;
      const variances = new Set<number>();

      for (const { name: level, compile, M } of engines) {
        const valuesOf = (first: number, count: number) => valuesWith(M, first, count);
        let want: unknown[];
        try {
          want = valuesOf(0, rows);
        } catch (error) {
          if (error === "trap") return; // in an aggregate
          throw error;
        }
        const isTrap = want.length < rows;
        seen.rows += want.length;
        if (isTrap) seen.traps++;
        const at = (what: string) => where(`${level}: ${what}`);
        begin(`${level}: compile`);
        let f: CompiledFunction<number>;
        try {
          f = compile<number>(program.text, {
            types: program.types as never, // by name
            ...(program.functions !== undefined && { functions: program.functions }),
            verify: process.env.JITSMITH_FUZZ_VERIFY !== "0" && how.draws % 5 === 0,
          });
        } catch (error) {
          throw new Error(`${at("compile")()}\n${error instanceof Error ? error.stack : error}`, { cause: error });
        }
        /** What a call gives, or undefined where it traps as it should. */
        const outcome = <Result>(
          what: string,
          call: () => Result,
          expectedRow = want.length,
          last = rows,
        ): Result | undefined => {
          begin(`${level}: ${what}`);
          try {
            const result = call();
            if (expectedRow < last) expect("no trap", at(what)()).toBe(`a trap in row ${expectedRow}`);
            return result;
          } catch (error) {
            if (!(error instanceof TrapError))
              throw new Error(`${at(what)()}\n${error instanceof Error ? error.stack : error}`, { cause: error });
            if (expectedRow === last || error.row !== expectedRow)
              expect(`a trap in row ${error.row}`, at(what)()).toBe(`row ${expectedRow} of ${last}`);
            return undefined;
          }
        };
        for (let round = 0; round < 2; round++) {
          const got = outcome("map", () => f.map(columns as never) as ColumnArray);
          if (got !== undefined) {
            expect(got, at("fresh")()).toBeInstanceOf(views[fresh]);
            expectElements(got, converted(fresh, want), at("map"));
          }
        }
        for (const way of how.ways) {
          if (way === "out") {
            const extra = how.from % 3;
            for (let round = 0; round < 2; round++) {
              const out = placed(drawArray(outKind, rows + extra, draw, false), outKind, placeOf(7), how.from);
              const tail = elementsOf(out).slice(rows);
              const got = outcome(`map into ${outKind} ${placeOf(7)}`, () => f.map(columns as never, { out }));
              if (got === undefined) continue;
              expect(got).toBe(out);
              expectElements(out, [...converted(outKind, want), ...tail], at(`map into ${outKind} ${placeOf(7)}`));
            }
          }
          if (way === "over") {
            const mine = program.parameters.filter((name) => typeof plain[name] === "object");
            const over = mine[how.draws % mine.length];
            const original = over === undefined ? undefined : (plain[over] as ColumnArray); // not a scalar
            if (over !== undefined && original !== undefined)
              for (let round = 0; round < 2; round++) {
                const kind = arrayKinds[Object.prototype.toString.call(original).slice(8, -1)] ?? "f64";
                const kindOut = round === 0 && kind !== "i64" && program.result !== "i64" ? kind : outKind;
                const width = original.BYTES_PER_ELEMENT;
                const widthOut = views[kindOut].prototype.BYTES_PER_ELEMENT;
                const make = how.from % 2 === 0 ? ArrayBuffer : SharedArrayBuffer;
                const buffer = new make(8 * (rows + how.wholeLength) * 2 + 512);
                const other = how.from % 4 === 1 ? structuredClone(buffer) : buffer;
                const laid = new views[kind](buffer, 128, original.length);
                original.forEach((value: Cell, row: number) => {
                  laid[row] = value as never; // of the same kind
                });
                const shift = ((how.draws >> 3) % 21) - 10;
                const outAt = Math.max(
                  0,
                  128 + (shift > 7 ? 0 : shift) * (shift % 2 === 0 ? widthOut : Math.max(width, widthOut)),
                );
                const out = new views[kindOut](other, outAt, rows);
                const mineNow = { ...columns, [over]: laid };
                const what = `map over ${over}: ${kindOut} ${outAt - 128} bytes on${other === buffer ? "" : ", a clone"}`;
                const got = outcome(what, () => f.map(mineNow as never, { out }));
                if (got !== undefined) expectElements(out, converted(kindOut, want), at(what));
              }
          }
          if (way === "part" && rows > 0) {
            const first = how.draws % rows;
            const count = (how.draws >> 4) % (rows - first + 1);
            let part: unknown[] | undefined;
            try {
              part = valuesOf(first, count);
            } catch (error) {
              if (error !== "trap") throw error;
            }
            if (part !== undefined) {
              const expected = part;
              const row = first + part.length;
              const what = `map of ${count} rows from ${first}`;
              const got = outcome(
                what,
                () => f.map(columns as never, { offset: first, length: count }),
                row,
                first + count,
              );
              if (got !== undefined) expectElements(got, converted(fresh, expected), at(what));
              const reduced = outcome(
                `sum of ${what}`,
                () => f.reduce(["sum", "argmax"], columns as never, { offset: first, length: count }),
                row,
                first + count,
              );
              if (reduced !== undefined)
                for (const name of ["sum", "argmax"] as const)
                  if (!isSame(reduced[name], reduceModel(name, expected as Cell[], program.result, first)))
                    expect(reduced[name], at(`${name} of ${what}`)()).toBe(
                      reduceModel(name, expected as Cell[], program.result, first),
                    );
              const taken = outcome(
                `filter of ${what}`,
                () => f.filter(columns as never, { offset: first, length: count }),
                row,
                first + count,
              );
              if (taken !== undefined)
                expectElements(
                  taken,
                  expected.flatMap((value, index) => (value ? [first + index] : [])),
                  at(`filter of ${what}`),
                );
            }
          }
          const truthy = () => want.flatMap((value, row) => (value ? [row] : []));
          if (way === "filter") {
            const taken = outcome("filter", () => f.filter(columns as never));
            if (taken !== undefined) expectElements(taken, truthy(), at("filter"));
          }
          if (way === "select") {
            const kind = how.kinds[3] ?? "f64";
            const other = placed(drawArray(kind, rows, draw, false), kind, placeOf(8), how.from);
            const chosen = program.parameters.filter(
              (name) => !(name in mixedArrays) && typeof plain[name] === "object",
            );
            const all = outcome(
              "select",
              () => f.select({ ...columns, other } as never) as Record<string, ColumnArray>,
            );
            if (all !== undefined) {
              const rowsTaken = truthy();
              for (const name of chosen)
                expectElements(
                  all[name] as ColumnArray,
                  rowsTaken.map((row) => (plain[name] as ColumnArray)[row] as Cell),
                  at(`select ${name}`),
                ); // one for each
              expectElements(
                all.other as ColumnArray,
                rowsTaken.map((row) => other[row] as Cell),
                at("select other"),
              ); // it was asked for
            }
          }
          const checkReduced = (what: string, name: ReductionName, got: unknown): void => {
            const expected = reduceModel(name, want as Cell[], program.result, 0);
            if (name !== "variance") {
              if (!isSame(got, expected)) expect(got, at(`${what} ${name}`)()).toBe(expected);
              return;
            }
            if (level !== "one row at a time") variances.add(got as number); // of these
            if (!(Math.abs(expected as number) < 1e200)) return;
            const largest = Math.max(0, ...want.map((value) => Math.abs(Number(value))));
            const allowed = 1e-12 * (expected as number) + 1e-14 * largest * largest; // as above
            if (!(Math.abs((got as number) - (expected as number)) <= allowed))
              expect(got, at(`${what} ${name}`)()).toBe(expected);
          };
          const usual = [...names, "variance"] as const;
          if (way === "several") {
            const some = usual.filter((_, index) => (how.draws >> index) % 2 === 0);
            if (some.length > 0)
              for (let round = 0; round < 2; round++) {
                const got = outcome(`reduce [${some}]`, () => f.reduce(some, columns as never));
                if (got !== undefined) for (const name of some) checkReduced(`reduce [${some}]`, name, got[name]);
              }
          }
          if (way === "reduce") {
            const name = usual[how.draws % usual.length] ?? "sum";
            for (let round = 0; round < 2; round++) {
              const got = outcome(`reduce ${name}`, () => f.reduce(name, columns as never));
              if (got !== undefined || (!isTrap && rows === 0)) checkReduced("reduce", name, got);
            }
          }
          if (way === "reducer" && program.aggregates.length === 0) {
            const gather = f.reducer(usual);
            const cut = rows === 0 ? 0 : how.draws % rows;
            const parts = [
              [0, cut],
              [cut, rows],
            ] as const;
            // A trap's row counts from the start of the columns that brought it.
            const trapRow = want.length < cut ? want.length : want.length - cut;
            const gathered = () => {
              for (const [start, end] of parts) {
                const own = Object.entries(columns).map(([name, column]) => {
                  const source = plain[name];
                  return [name, name in mixedArrays || typeof source !== "object" ? column : source.slice(start, end)];
                });
                gather.add(Object.fromEntries(own));
              }
              return gather.result() as Record<string, unknown>;
            };
            const got = isTrap ? outcome("reducer", gathered, trapRow, rows) : outcome("reducer", gathered);
            if (got !== undefined) for (const name of usual) checkReduced("reducer", name, got[name]);
          }
          if (way === "threads" && level !== "avx2") {
            const threads = 1 + (how.draws % 3);
            const out = placed(drawArray(outKind, rows, draw, false), outKind, placeOf(7), how.from);
            for (const target of [undefined, out]) {
              const what = `mapAsync ${threads} ${target === undefined ? "" : `into ${outKind} ${placeOf(7)}`}`;
              begin(`${level}: ${what}`);
              const options = { threads, ...(target !== undefined && { out: target }) };
              const settled = await f.mapAsync(columns as never, options as never).then(
                (value) => ({ value }),
                (error: unknown) => ({ error }),
              );
              const got = outcome(what, () => {
                if ("error" in settled) throw settled.error;
                return settled.value as ColumnArray;
              });
              if (got !== undefined)
                expectElements(got, converted(target === undefined ? fresh : outKind, want), at(what));
            }
            const what = `reduceAsync ${threads}`;
            begin(`${level}: ${what}`);
            const settled = await f.reduceAsync(usual, columns as never, { threads }).then(
              (value) => ({ value }),
              (error: unknown) => ({ error }),
            );
            const got = outcome(what, () => {
              if ("error" in settled) throw settled.error;
              return settled.value as Record<string, unknown>;
            });
            if (got !== undefined) for (const name of usual) checkReduced(what, name, got[name]);
          }
        }
        if (f.code.kernels.some(({ how: text }) => /rows at once/.test(text))) seen.widened++;
        f.dispose();
        for (const name of program.parameters) {
          const value = plain[name];
          if (typeof value === "object")
            expectElements(columns[name] as ColumnArray, elementsOf(value), at(`column ${name} afterwards`));
        }
      }
      if (variances.size > 1) expect([...variances], where("variance")()).toHaveLength(1);
    }
  },
);
