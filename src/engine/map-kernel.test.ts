import { expect, test } from "vitest";
import { verify } from "../analysis/verify.ts";
import { TrapError } from "../base/errors.ts";
import { Source } from "../base/source.ts";
import { callContext } from "../codegen/call-context.ts";
import { interpret } from "../ir/interpret.ts";
import type { NumberType } from "../lang/javascript/tree.ts";
import { optimize } from "../opt/pipeline.ts";
import { elementKindOf, resultKind } from "./element-kinds.ts";
import { type KernelShape, rowType } from "./kernel-shape.ts";
import { buildMapKernel } from "./map-kernel.ts";
import { defaultMaxIterations, readCompileOptions } from "./options.ts";
import { analyze } from "./subject.ts";

const base = 4096;

/** Runs a kernel in the interpreter, before and after the optimiser: columns from byte 64 on, the results at byte 1024. */
function run(
  text: string,
  types: Record<string, NumberType>,
  inputs: readonly (Float64Array | Int32Array | number)[],
  rows: number,
): ArrayBuffer[] {
  const source = new Source(text);
  const subject = analyze(source, readCompileOptions({ types }));
  const out = resultKind(rowType(subject.resultType, "map"));
  const kinds = inputs.map((input) => elementKindOf(input) ?? "scalar");
  const shape: KernelShape = { operation: { kind: "map", out }, part: "whole", inputs: kinds };
  const fn = buildMapKernel(subject, shape, defaultMaxIterations);
  verify(fn);
  return [false, true].map((optimized) => {
    if (optimized) optimize(fn, { verify: true });
    const bytes = new Uint8Array(2048);
    let at = 64;
    const args = inputs.map((input) => {
      if (typeof input === "number") return input;
      bytes.set(new Uint8Array(input.buffer), at);
      const address = BigInt(base + at);
      at += input.byteLength;
      return address;
    });
    try {
      interpret(fn, [BigInt(base + 1024), ...args, rows], {
        memory: { address: BigInt(base), bytes },
        context: BigInt(base),
      });
    } catch (error) {
      if (!(error instanceof TrapError)) throw error;
      return bytes.buffer.slice(callContext.row, callContext.row + 8);
    }
    return bytes.buffer.slice(1024);
  });
}

test("columns and scalars, one result for each row and none behind", () => {
  for (const memory of run("(x + k) * y", {}, [new Float64Array([1, 2, 3]), 0.5, new Float64Array([2, 4, 8])], 3))
    expect([...new Float64Array(memory, 0, 4)]).toEqual([3, 10, 28, 0]);
});

test("elements of different widths", () => {
  for (const memory of run(
    "a * x + b",
    { a: "i32", b: "i32" },
    [new Int32Array([1, -2, 3]), new Float64Array([0.5, 1, 2]), 10],
    3,
  ))
    expect([...new Float64Array(memory, 0, 4)]).toEqual([10.5, 8, 16, 0]);
  for (const memory of run(
    "a * b",
    { a: "i32", b: "i32" },
    [new Int32Array([1, -2, 65536]), new Int32Array([5, 6, 65536])],
    3,
  ))
    expect([...new Int32Array(memory, 0, 4)]).toEqual([5, -12, 0, 0]);
  for (const memory of run("x > y", {}, [new Float64Array([1, 2, 3]), 1.5], 3))
    expect([...new Uint8Array(memory, 0, 4)]).toEqual([0, 1, 1, 0]);
});

test("numbers and booleans in one result", () => {
  for (const memory of run("x > 1 && y", {}, [new Float64Array([1, 2]), new Float64Array([7, 8])], 2))
    expect([...new Float64Array(memory, 0, 2)]).toEqual([0, 8]);
});

test("the row of a trap is in the context", () => {
  for (const memory of run(
    "a / b",
    { a: "i32", b: "i32" },
    [new Int32Array([6, 7, 8, 9]), new Int32Array([1, 2, 0, 0])],
    4,
  ))
    expect([...new BigInt64Array(memory)]).toEqual([2n]);
});

test("a trap in an arm that is not taken is none", () => {
  for (const memory of run(
    "b !== 0 ? a / b : -1",
    { a: "i32", b: "i32" },
    [new Int32Array([0, 2]), new Int32Array([6, 7])],
    2,
  ))
    expect([...new Int32Array(memory, 0, 2)]).toEqual([-1, 3]);
});
