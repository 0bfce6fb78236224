/**
 * Columns as machine code: `map` of random functions against their text as JavaScript, at each level of vectors that the machine
 * has, in processes of their own.
 *
 * Seeds and numbers of runs are those of random-runs.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import type { CompileOptions } from "../../src/engine/options.ts";
import { vectorSupport } from "../../src/targets/x64/vector-support.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { built, runChild } from "../e2e/memory-child.ts";
import { patience, runsOr, seed } from "../random-runs.ts";
import { type ColumnArray, columnOf, emptyColumn, lengths, numberKinds, seedLists } from "./column-samples.ts";
import { kits, modelPrelude, programArbitrary } from "./program-generator.ts";
import { hasUniqueLabels, modelOfCallees, parameterOf, readOnlyKit } from "./row-programs.ts";

const numRuns = runsOr(4);
console.log(`columns.test.ts: seed ${seed}, ${numRuns} runs`);

/** What `JITSMITH_CPU` may say, and which vectors the machine then has. */
const levels = ["avx512", "avx2"].filter((level) => {
  const features = new Set(nodeHost.cpuFeatures);
  if (level === "avx2") for (const feature of [...features]) if (feature.startsWith("avx512")) features.delete(feature);
  return nodeHost.architecture === "x64" && vectorSupport(features)?.name === level;
});

interface Column {
  readonly kind: ElementKind;
  readonly hex: string;
}

interface Case {
  readonly text: string;
  readonly options: CompileOptions;
  readonly columns: Readonly<Record<string, Column | number | string>>;
  readonly out: ElementKind;
  readonly rows: number;
}

interface Outcome {
  /** The bytes of `out` afterwards. */
  readonly hex: string;
  readonly error: string | undefined;
  /** How the kernel computes. */
  readonly how: string;
}

const hexOf = (array: ColumnArray): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex");

const script = (file: string): string => `
import { readFileSync, writeSync } from "node:fs";
import { compile } from ${built("bundle/index.js")};
const constructors = {
  i8: Int8Array, u8: Uint8Array, u8c: Uint8ClampedArray, i16: Int16Array, u16: Uint16Array, i32: Int32Array,
  u32: Uint32Array, f32: Float32Array, f64: Float64Array, i64: BigInt64Array,
};
const column = ({ kind, hex }) => {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  return new constructors[kind](bytes.buffer);
};
const value = (given) => typeof given === "object" ? column(given) : typeof given === "string" ? BigInt(given) : given;
for (const { text, options, columns, out, rows } of JSON.parse(readFileSync(${JSON.stringify(file)}, "utf8"))) {
  const { functions, ...rest } = options;
  const fn = compile(text, { ...rest, ...(functions && { functions }) });
  const target = new constructors[out](rows);
  let error;
  try {
    fn.map(Object.fromEntries(Object.entries(columns).map(([name, given]) => [name, value(given)])), { out: target });
  } catch (thrown) {
    error = String(thrown.code ?? "") + " " + thrown;
  }
  const how = /(avx\\S+: \\d+ vectors? of \\d+ rows at once|one row at a time[^\\n]*)/.exec(fn.explain())?.[1] ?? "";
  fn.dispose();
  writeSync(1, JSON.stringify({ hex: Buffer.from(target.buffer).toString("hex"), error, how }) + "\\n");
}
`;

/** A child has a minute. */
const casesOfChild = 5;

function executeAll(cases: readonly Case[], level: string): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let first = 0; first < cases.length; first += casesOfChild)
    outcomes.push(...execute(cases.slice(first, first + casesOfChild), level));
  return outcomes;
}

function execute(cases: readonly Case[], level: string): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), "columns-"));
  try {
    const file = join(folder, "cases.json");
    writeFileSync(file, JSON.stringify(cases));
    const { status, signal, stdout, stderr } = runChild(script(file), { environment: { JITSMITH_CPU: level } });
    const lines = stdout.split("\n").filter((line) => line !== "");
    if (status !== 0)
      throw new Error(
        `case ${lines.length} ended the process: ${signal ?? stderr}\n${JSON.stringify(cases[lines.length])}`,
      );
    return lines.map((line) => JSON.parse(line) as Outcome); // as the script writes it
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The child's answer as elements. */
function elementsOf({ hex }: Outcome, kind: ElementKind, rows: number): ColumnArray {
  const array = emptyColumn(kind, rows);
  new Uint8Array(array.buffer).set(Buffer.from(hex, "hex"));
  return array;
}

const caseKinds = [
  { name: "numbers", arrays: "xs, ys, zs, us", type: "f64", kinds: numberKinds },
  { name: "integers", arrays: "xs", type: "i32", kinds: numberKinds },
  { name: "bigints", arrays: "xs", type: "i64", kinds: ["i64"] },
  { name: "floats", arrays: "xs", type: "f32", kinds: numberKinds },
] as const;

const arrayKindOf: Readonly<Record<string, ElementKind>> = {
  Float64Array: "f64",
  Int32Array: "i32",
  Uint8ClampedArray: "u8c",
  Float32Array: "f32",
  BigInt64Array: "i64",
};

interface Sampled {
  readonly asked: Case;
  readonly want: ColumnArray;
  /** The first row that traps, or how many there are. */
  readonly trap: number;
}

for (const level of levels)
  describe(level, () => {
    let sampledOfAll = 0;
    let widened = 0;
    for (const { name, arrays, type, kinds } of caseKinds)
      test(`map of random functions of ${name} is JavaScript`, { timeout: patience(600) }, () => {
        const kit = readOnlyKit(kits[name]);
        const shape = fc.record({
          sample: programArbitrary(kit, arrays),
          seedsX: seedLists,
          seedsY: seedLists,
          isYScalar: fc.boolean(),
          kindX: fc.constantFrom<ElementKind>(...kinds),
          kindY: fc.constantFrom<ElementKind>(...kinds),
          out: fc.constantFrom<ElementKind>(...(type === "i64" ? (["i64"] as const) : numberKinds)),
          rows: lengths,
        });
        const sampled: Sampled[] = [];
        for (const { sample, seedsX, seedsY, isYScalar, kindX, kindY, out, rows } of fc.sample(shape, {
          seed,
          numRuns,
        })) {
          if (!hasUniqueLabels(sample.text)) continue;
          const x = columnOf(kindX, rows, seedsX);
          const y = columnOf(kindY, isYScalar ? 1 : rows, seedsY);
          const scalarY = parameterOf(type, y[0] ?? 0);
          const shared = Object.entries(kit.options.types ?? {}).flatMap(([array, kind]) => {
            const element = arrayKindOf[kind];
            return element === undefined ? [] : [[array, columnOf(element, 8, seedsX)] as const];
          });
          const names = arrays.split(", ");
          const inOrder = names.map((array) => shared.find(([each]) => each === array)?.[1]);
          const model = new Function(
            `${modelPrelude}${modelOfCallees(name, kit.options.functions)}; return ${sample.model}`,
          )() as (...args: unknown[]) => number | bigint | boolean; // that is what the text gives
          const want = emptyColumn(out, rows);
          let trap = rows;
          let givesNumber = false;
          for (let index = 0; index < rows && trap === rows; index++) {
            try {
              const value = model(
                parameterOf(type, x[index] ?? 0),
                isYScalar ? scalarY : parameterOf(type, y[index] ?? 0),
                ...inOrder,
              );
              if (type === "i64" && typeof value !== "bigint") givesNumber = true;
              else want[index] = typeof value === "bigint" ? value : Number(value);
            } catch (error) {
              if (error !== "trap" && !(error instanceof RangeError)) throw error;
              trap = index;
            }
          }
          if (givesNumber) continue;
          const columns: Record<string, Column | number | string> = { x: { kind: kindX, hex: hexOf(x) } };
          columns.y = isYScalar
            ? typeof scalarY === "bigint"
              ? String(scalarY)
              : scalarY
            : { kind: kindY, hex: hexOf(y) };
          if (typeof columns.y === "number" && !Number.isFinite(columns.y)) continue; // not in JSON
          for (const [array, elements] of shared)
            columns[array] = { kind: arrayKindOf[kit.options.types?.[array] ?? ""] ?? "f64", hex: hexOf(elements) };
          sampled.push({ asked: { text: sample.text, options: kit.options, columns, out, rows }, want, trap });
        }
        const outcomes = executeAll(
          sampled.map(({ asked }) => asked),
          level,
        );
        sampledOfAll += sampled.length;
        const widenedBefore = widened;
        outcomes.forEach((outcome, index) => {
          const { asked, want, trap } = sampled[index] as Sampled; // one outcome for each
          const where = `${asked.text}\n${JSON.stringify(asked.columns)} -> ${asked.out}: ${outcome.error} ${outcome.how}`;
          if (outcome.how.startsWith(level)) widened++;
          if (/at most|columns of BigInt|gives/.test(outcome.error ?? "")) return; // refused, in words
          expect(outcome.error === undefined, where).toBe(trap === asked.rows);
          const got = elementsOf(outcome, asked.out, asked.rows);
          for (let row = 0; row < trap; row++) expect(got[row], `row ${row} of ${where}`).toBe(want[row]);
        });
        if (sampled.length > 2) expect(widened).toBeGreaterThan(widenedBefore);
      });

    test("most of them compute several rows at once", () => {
      expect(widened).toBeGreaterThan(sampledOfAll / 2);
    });
  });

test.skipIf(levels.length > 0)("the machine has vectors", (context) => context.skip("neither AVX-512 nor AVX2"));
