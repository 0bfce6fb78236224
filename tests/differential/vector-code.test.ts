/**
 * Vectors as machine code against the interpreter, to the bit: random functions of all operations, for AVX-512 and for AVX2,
 * with all registers and with few, optimised and not; and masked accesses at the end of what is mapped.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { parseFunction } from "../../src/ir/parse.ts";
import { printFunction } from "../../src/ir/print.ts";
import { type Type, types, type Vector, vectorOf } from "../../src/ir/types.ts";
import { vectorSupport } from "../../src/targets/x64/vector-support.ts";
import { canonicalizeNaNs } from "../machine-code-runner.ts";
import { runsOr, seed } from "../random-runs.ts";
import { Choices, manyChoices } from "./random-ir.ts";
import { type RandomVectorOptions, randomVectorFunction, vectorMemory } from "./random-vector-ir.ts";
import { executeVectors, type VectorCase, type VectorOutcome } from "./vector-code.ts";

const runs = runsOr(8);

/** Without AVX-512 the CPU is one with AVX2. */
const levels: Readonly<Record<string, readonly string[]>> = { avx512: [], avx2: ["avx512f"] };
const widths: Readonly<Record<string, readonly RandomVectorOptions[]>> = {
  avx512: [
    { lanes: 4, bytes: 64 },
    { lanes: 8, bytes: 64 },
    { lanes: 16, bytes: 64 },
  ],
  avx2: [
    { lanes: 4, bytes: 32 },
    { lanes: 8, bytes: 32 },
  ],
};

const base = 0x10000n;

/** By the interpreter, from the text that the machine gets. The last bytes are where the memory of a case ends. */
function interpreted({ text, memory }: VectorCase): VectorOutcome {
  const bytes = memory.slice();
  const bits = interpretBits(parseFunction(text), [base, 5n, 0x3ff8000000000000n], {
    memory: { address: base, bytes },
  });
  return { result: String(bits), memory: bytes };
}

function supports(level: string): boolean {
  const features = new Set(nodeHost.cpuFeatures);
  for (const feature of levels[level] ?? []) features.delete(feature);
  return nodeHost.architecture === "x64" && vectorSupport(features)?.name === level;
}

/** What is wrong with each case, or undefined. */
function faultsOf(cases: readonly VectorCase[]): (string | undefined)[] {
  // Ways to execute the same function stand side by side.
  let last: VectorCase | undefined;
  let expected: VectorOutcome = { result: "", memory: new Uint8Array() };
  return executeVectors(cases).map((outcome, index) => {
    const one = cases[index];
    if (one === undefined) return undefined;
    if (one.text !== last?.text || Buffer.compare(one.memory, last.memory) !== 0) expected = interpreted(one);
    last = one;
    const at = expected.memory.findIndex((byte, place) => byte !== outcome.memory[place]);
    if (outcome.result === expected.result && at < 0) return undefined;
    const difference = `${outcome.memory.slice(at, at + 16)} instead of ${expected.memory.slice(at, at + 16)} at ${at}`;
    const registers = `${one.registers ?? "all"} registers`;
    return `${registers}, ${one.isOptimized ? "optimised" : "as it is"}: ${outcome.result}, expected ${expected.result}; ${difference}\n${one.text}`;
  });
}

/** What the numbers of a random function and of its memory are executed as. */
type Build = (numbers: readonly number[]) => VectorCase;

/** The shortest list that still has a fault: pieces left out, many at once, since each process takes its time. */
function shrink(numbers: readonly number[], build: Build): string {
  let best = numbers;
  let fault = faultsOf([build(best)])[0] ?? "none when executed alone";
  for (let size = Math.ceil(numbers.length / 2), rounds = 0; size >= 1 && rounds < 40; rounds++) {
    const candidates = Array.from({ length: Math.ceil(best.length / size) }, (_, index) =>
      best.filter((_number, at) => at < index * size || at >= (index + 1) * size),
    );
    const faults = faultsOf(candidates.map(build));
    const found = faults.findIndex((text) => text !== undefined);
    if (found < 0) size = size === 1 ? 0 : Math.ceil(size / 2);
    else {
      best = candidates[found] ?? best;
      fault = faults[found] ?? fault;
    }
  }
  return fault;
}

describe.each(Object.entries(levels))("vectors as machine code for %s", (level, hidden) => {
  const isThere = supports(level);
  for (const shape of widths[level] ?? [])
    it.skipIf(!isThere)(
      `random functions of ${shape.lanes} lanes in ${shape.bytes} bytes (skipped without the CPU)`,
      () => {
        const samples = fc.sample(fc.tuple(manyChoices, manyChoices), { numRuns: runs, seed: seed + shape.lanes });
        const ways = samples.flatMap(([numbers, filling]) =>
          [undefined, 5, 3].flatMap((registers) =>
            [false, true].map((isOptimized) => ({
              numbers,
              build: (list: readonly number[]): VectorCase => {
                const fn = randomVectorFunction(new Choices(list), shape);
                canonicalizeNaNs(fn);
                const memory = vectorMemory(new Choices(filling));
                const some = registers === undefined ? {} : { registers };
                return { text: printFunction(fn), memory, hidden, isOptimized, ...some };
              },
            })),
          ),
        );
        const faults = faultsOf(ways.map(({ numbers, build }) => build(numbers)));
        const first = faults.findIndex((fault) => fault !== undefined);
        const { numbers, build } = ways[first] ?? {};
        if (numbers === undefined || build === undefined) return;
        const count = faults.filter((fault) => fault !== undefined).length;
        expect.fail(`${count} of ${faults.length} differ; the first, shrunk: ${shrink(numbers, build)}`);
      },
    );

  it.skipIf(!isThere)("masked accesses do not touch what is off, be it mapped or not (skipped without the CPU)", () => {
    const cases: VectorCase[] = [];
    const bytes = level === "avx512" ? 64 : 32;
    for (const lanes of [4, 8, 16]) {
      const all = (["i32", "f32", "i64", "f64"] as const)
        .filter((element) => types[element].bytes * lanes <= bytes)
        .map((element) => vectorOf(element, lanes) as Vector); // more than one lane
      for (const type of all)
        for (const active of [0, 1, lanes / 2 + 1, lanes - 1, lanes])
          for (const text of accessesAtTheEnd(type, active)) {
            const memory = Uint8Array.from({ length: 256 }, (_, index) => (index * 37 + 11) & 0xff);
            cases.push({ text, memory, hidden, isOptimized: false });
          }
    }
    expect(faultsOf(cases).filter((fault) => fault !== undefined)).toEqual([]);
  });
});

/** Functions whose masked access reaches past the 256 bytes of memory with the lanes that are off. */
function accessesAtTheEnd(type: Vector, active: number): string[] {
  const { bytes, lanes, element } = types[type];
  const lane = bytes / lanes;
  const build = (fill: (builder: FunctionBuilder, mask: ReturnType<FunctionBuilder["emit"]>) => void): string => {
    const builder = new FunctionBuilder("ends", ["i64", "i32", "f64"], "i32");
    // Not a constant, which the optimiser would see through.
    const count = builder.emit("iadd", builder.parameter(1), builder.constant("i32", active - 5));
    fill(builder, builder.maskFirst(vectorOf("bool", lanes) as Vector, count)); // more than one lane
    builder.return(count);
    return printFunction(builder.function);
  };
  const end = (size: number): number => 256 - active * size;
  const index: Type = vectorOf("i64", Math.min(lanes, 8));
  const texts = [
    build((builder, mask) => {
      const address = builder.parameter(0);
      builder.store(builder.maskedLoad("masked-load", type, mask, address, end(lane)), address);
    }),
    build((builder, mask) => {
      const address = builder.parameter(0);
      builder.maskedStore("masked-store", builder.load(type, address, 3), mask, address, end(lane));
    }),
  ];
  if (types[index].lanes === lanes && (lanes === 4 || bytes === 64 || lane === 8))
    texts.push(
      build((builder, mask) => {
        const address = builder.parameter(0);
        // Lane k at the end less k lanes; what is off lies behind.
        const places = builder.emit(
          "imul",
          builder.laneIndex(index as Vector),
          builder.splatConstant(index, BigInt(lane)),
        );
        const addresses = builder.emit("iadd", builder.splat(index as Vector, address), places); // more than one lane
        builder.store(builder.gather(type, mask, addresses, end(lane)), address);
      }),
    );
  if (element === "i32")
    for (const width of [8, 16] as const)
      texts.push(
        ...(["s", "u"] as const).map((sign) =>
          build((builder, mask) => {
            const address = builder.parameter(0);
            builder.store(
              builder.maskedLoad(`masked-load${width}-${sign}`, type, mask, address, end(width / 8)),
              address,
            );
          }),
        ),
        build((builder, mask) => {
          const address = builder.parameter(0);
          builder.maskedStore(`masked-store${width}`, builder.load(type, address, 3), mask, address, end(width / 8));
        }),
      );
  return texts;
}
