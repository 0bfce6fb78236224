/**
 * Random functions with vectors: machine code against the interpreter, to the bit, for AVX-512 and for AVX2, with all registers
 * and with 3 and 5. What a target has no instruction for is expanded first. The allocation checker looks at each of them.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { parseFunction } from "../../src/ir/parse.ts";
import { printFunction } from "../../src/ir/print.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { vectorSupport } from "../../src/targets/x64/vector-support.ts";
import { expandVectors } from "../../src/vector/expand.ts";
import { canExecute, canonicalizeNaNs, featuresWithout } from "../machine-code-runner.ts";
import { inCase, runsOr } from "../random-runs.ts";
import { Choices, choices, manyChoices } from "./random-ir.ts";
import { type RandomVectorOptions, randomVectorFunction, vectorMemory, vectorMemoryBytes } from "./random-vector-ir.ts";

const runs = runsOr(30);
const address = 0x1000n;
const scalars = [5, 1.5] as const;
const scalarBits = [5n, 0x3ff8000000000000n] as const;

type Call = (context: Int32Array, memory: Uint8Array, counter: number, number: number) => number;

function installed(fn: IrFunction, options: Omit<Parameters<typeof compileFunction>[1], "verify">): Call {
  const { bytes } = compileFunction(fn, { verify: true, ...options });
  const { address: at } = nodeHost.install(bytes);
  return nodeHost.bind(at, "i32(ptr, ptr, i32, f64)") as unknown as Call; // the signature says so
}

/** Memory at a multiple of 64, which machine code can be given. */
function alignedMemory(): Uint8Array {
  const builder = new FunctionBuilder("low", ["i64", "i32", "f64"], "i32");
  builder.return(builder.convert("wrap", "i32", builder.parameter(0)));
  const low = installed(builder.function, { features: nodeHost.cpuFeatures });
  const bytes = new Uint8Array(vectorMemoryBytes + 64);
  const start = -low(nodeHost.callContext.words, bytes, 0, 0) & 63;
  return bytes.subarray(start, start + vectorMemoryBytes);
}

interface Machine {
  readonly name: string;
  readonly features: ReadonlySet<string>;
  readonly shapes: readonly RandomVectorOptions[];
}

const machines: readonly Machine[] = [
  {
    name: "avx512",
    features: nodeHost.cpuFeatures,
    shapes: [
      { lanes: 8, bytes: 64 },
      { lanes: 16, bytes: 64 },
      { lanes: 4, bytes: 32 },
      { lanes: 8, bytes: 32 },
    ],
  },
  {
    name: "avx2",
    features: featuresWithout("avx512f", "avx512vl", "avx512bw", "avx512dq", "avx512cd"),
    shapes: [
      { lanes: 4, bytes: 32 },
      { lanes: 8, bytes: 32 },
    ],
  },
].filter(({ name, features }) => canExecute && vectorSupport(features)?.name === name);

function compare(
  features: ReadonlySet<string>,
  shape: RandomVectorOptions,
  numbers: readonly number[],
  seed: readonly number[],
  registers: number | undefined,
  memory: Uint8Array,
): void {
  const build = (): IrFunction => {
    const fn = randomVectorFunction(new Choices(numbers), shape);
    canonicalizeNaNs(fn);
    return fn;
  };
  const fn = build();
  const initial = vectorMemory(new Choices(seed));
  const bytes = initial.slice();
  const expected = interpretBits(fn, [address, ...scalarBits], { memory: { address, bytes } });
  const text = printFunction(fn);
  const support = vectorSupport(features);
  if (support === undefined) throw new Error("no vectors");
  const compiled = build();
  expandVectors(compiled, support);
  const call = inCase(
    () => text,
    () => installed(compiled, { features, ...(registers === undefined ? {} : { registers }) }),
  );
  memory.set(initial);
  const got = call(nodeHost.callContext.words, memory, ...scalars);
  expect(BigInt.asUintN(32, BigInt(got)), text).toBe(expected);
  expect(Array.from(memory), text).toEqual(Array.from(bytes));
}

describe.each(machines)("random functions with vectors, compiled for $name", ({ features, shapes }) => {
  const memory = alignedMemory();
  describe.each(shapes)("of $lanes lanes in $bytes bytes", (shape) => {
    it.each([undefined, 3, 5])("give what the interpreter gives, with %s registers", (registers) => {
      fc.assert(
        fc.property(registers === undefined ? manyChoices : choices, choices, (numbers, seed) => {
          compare(features, shape, numbers, seed, registers, memory);
        }),
        { numRuns: runs },
      );
    });
  });
});

describe.each(machines)("gathers by a base and scaled indices, compiled for $name", ({ features }) => {
  it.each([0, 1, 2, 3, 4])("shifted by %i", (by) => {
    const text = `
fn @f(v0: i64, v1: i32, v2: f64) -> i32 {
b0:
  v3 = load.i64x4 v0
  v4 = const.i64 ${by}
  v5 = splat.i64x4 v4
  v6 = shl v3, v5
  v7 = splat.i64x4 v0
  v8 = iadd v6, v7
  v9 = load.boolx4 v0, 32
  v10 = gather.f64x4 v9, v8, 64
  store v10, v0, 1024
  v11 = iadd v7, v3
  v12 = gather.i32x4 v9, v11, 65
  store v12, v0, 1056
  return v1
}`;
    const memory = alignedMemory();
    memory.forEach((_, index) => {
      memory[index] = (index * 131) >> 2;
    });
    new BigInt64Array(memory.buffer, memory.byteOffset, 4).set([7n, -1n, 30n, 3n]);
    memory.set([1, 0, 1, 1], 32);
    const bytes = memory.slice();
    const fn = parseFunction(text);
    interpretBits(fn, [address, ...scalarBits], { memory: { address, bytes } });
    installed(fn, { features })(nodeHost.callContext.words, memory, ...scalars);
    expect(Array.from(memory)).toEqual(Array.from(bytes));
  });
});
