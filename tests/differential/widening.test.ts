/**
 * Random functions, widened and run in the interpreter, lane by lane against the same text as JavaScript: loops with labelled exits,
 * early returns, `switch`, arrays that lanes read at different places, calls, integer traps; columns of every element kind, of
 * lengths around the vectors', for vectors of 32 and 64 bytes, with 1 to 8 of them in flight.
 *
 * Seeds and numbers of runs are those of random-runs.ts.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { verify } from "../../src/analysis/verify.ts";
import { Source } from "../../src/base/source.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import type { Constant } from "../../src/ir/function.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { isRefusal, type KernelInput } from "../../src/vector/kernel.ts";
import { buildVectorMap, type Stores } from "../../src/vector/map-kernel.ts";
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
import { kits, modelPrelude, programArbitrary } from "./program-generator.ts";
import { hasUniqueLabels, modelOfCallees, parameterOf, readOnlyKit } from "./row-programs.ts";

const numRuns = runsOr(12);
console.log(`widening.test.ts: seed ${seed}, ${numRuns} runs`);

const testShape = (bytes: number) => ({
  name: `test${8 * bytes}`,
  bytes,
  vectorRegisters: bytes === 64 ? 32 : 16,
  natively: () => true,
});

type Value = number | bigint | boolean;

const cases = [
  { name: "numbers", arrays: "xs, ys, zs, us", type: "f64", kinds: numberKinds },
  { name: "integers", arrays: "xs", type: "i32", kinds: numberKinds },
  { name: "bigints", arrays: "xs", type: "i64", kinds: ["i64"] },
  { name: "floats", arrays: "xs", type: "f32", kinds: numberKinds },
] as const;

const arrayKindOf = {
  Float64Array: "f64",
  Int32Array: "i32",
  Uint8ClampedArray: "u8c",
  Float32Array: "f32",
  BigInt64Array: "i64",
} as const;

for (const { name, arrays, type, kinds } of cases) {
  test(`widened functions of ${name} are JavaScript in every lane`, { timeout: patience(600) }, () => {
    const kit = readOnlyKit(kits[name]);
    let compared = 0;
    const property = fc.property(
      fc.record({
        sample: programArbitrary(kit, arrays),
        seedsX: seedLists,
        seedsY: seedLists,
        isYScalar: fc.boolean(),
        kindX: fc.constantFrom<ElementKind>(...kinds),
        kindY: fc.constantFrom<ElementKind>(...kinds),
        output: fc.constantFrom<ElementKind>(...(type === "i64" ? (["i64"] as const) : numberKinds)),
        rows: lengths,
        bytes: fc.constantFrom(32, 64),
        interleave: fc.constantFrom(1, 2, 4, 8),
        hasOneLoop: fc.boolean(),
        isOptimized: fc.boolean(),
        stores: fc.constantFrom<Stores>("plain", "fetching", "streaming"),
        rareBlocks: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
      }),
      ({
        sample,
        seedsX,
        seedsY,
        isYScalar,
        kindX,
        kindY,
        output,
        rows,
        bytes,
        interleave,
        hasOneLoop,
        isOptimized,
        stores,
        rareBlocks,
      }) => {
        fc.pre(hasUniqueLabels(sample.text));
        const subject = analyze(new Source(sample.text), readCompileOptions(kit.options));
        const giving = subject.resultOf("whole");
        if ((type === "i64") !== giving.startsWith("i64")) return; // of another type than columns for it
        const row = subject.buildRow("whole");
        if (isOptimized) optimize(row, { verify: true });
        // A hint may be wrong: any block is called unlikely, and rows take it often.
        row.blocks.forEach((block, index) => {
          block.isUnlikely =
            block !== row.entry && ((rareBlocks >> (index % 16)) & (rareBlocks >> ((index * 7) % 16)) & 1) === 1;
        });
        const inputs = subject.parameters.flatMap(({ name: parameter, type: declared }): KernelInput[] => {
          if (declared in arrayKindOf) return [{ kind: "scalar" }, { kind: "scalar" }];
          if (parameter === "y" && isYScalar) return [{ kind: "scalar" }];
          return [{ kind: "column", element: parameter === "x" ? kindX : kindY }];
        });
        const kernel = buildVectorMap(row, inputs, output, {
          shape: testShape(bytes),
          interleave,
          ...(interleave === 1 && { hasOneLoop }),
          stores,
          maxIterations: 5000,
          stopWord: callContext.stopWord,
        });
        if (isRefusal(kernel)) throw new Error(kernel.refused);
        verify(kernel.fn);
        if (isOptimized) optimize(kernel.fn, { verify: true });

        const x = columnOf(kindX, rows, seedsX);
        const y = columnOf(kindY, isYScalar ? 1 : rows, seedsY);
        const scalarY = parameterOf(type, y[0] ?? 0);
        const shared = subject.parameters.flatMap(({ type: declared }): ColumnArray[] =>
          declared in arrayKindOf
            ? [columnOf(arrayKindOf[declared as keyof typeof arrayKindOf], 8, seedsX)] // was found in it
            : [],
        );
        const model = new Function(
          `${modelPrelude}${modelOfCallees(name, kit.options.functions)}; return ${sample.model}`,
        )() as (...args: unknown[]) => Value; // that is what the text gives
        const want = emptyColumn(output, rows);
        let trap = rows;
        for (let index = 0; index < rows && trap === rows; index++) {
          try {
            const value = model(
              parameterOf(type, x[index] ?? 0),
              isYScalar ? scalarY : parameterOf(type, y[index] ?? 0),
              ...shared,
            );
            want[index] = typeof value === "bigint" ? value : Number(value);
          } catch (error) {
            if (error !== "trap" && !(error instanceof RangeError)) throw error; // BigInt of a fraction
            trap = index;
          }
        }

        const memory = new ColumnMemory(32_768);
        const addresses = [memory.place(x), memory.place(y, 3)];
        const sharedAddresses = shared.map((array) => memory.place(array));
        const guarded = emptyColumn(output, rows + 16);
        const out = memory.place(guarded, 5);
        let nextArray = 0;
        const args = subject.parameters.flatMap(({ name: parameter, type: declared }): Constant[] => {
          if (declared in arrayKindOf) return [sharedAddresses[nextArray++] ?? 0n, 8];
          if (parameter === "y" && isYScalar) return [scalarY];
          return [addresses[parameter === "x" ? 0 : 1] ?? 0n];
        });
        const done = Number(interpret(kernel.fn, [out, ...args, rows], { memory, context: memory.address }));
        const got = memory.read(guarded, out);
        const turn = kernel.lanes * kernel.interleave;
        const where = `${sample.text}\n${giving} ${kindX} ${isYScalar ? "scalar" : kindY} -> ${output}, ${rows} rows, x ${x.join()}, y ${y.join()}, xs ${shared.join(" ; ")}`;
        // Only a turn with a row that traps is left to scalar code.
        expect(done, where).toBeLessThanOrEqual(trap);
        expect(done, where).toBeGreaterThan(trap === rows ? rows - 1 : trap - turn);
        for (let index = 0; index < done; index++) expect(got[index], `row ${index} of ${where}`).toBe(want[index]);
        for (let index = done; index < got.length; index++) expect(Number(got[index]), where).toBe(0);
        compared += done;
      },
    );
    fc.assert(property, { seed, numRuns });
    expect(compared).toBeGreaterThan(numRuns);
  });
}

test("every element kind is in the sample columns", () => {
  for (const kind of allKinds) expect(columnOf(kind, 5, [0, 1, 2]).length).toBe(5);
});
