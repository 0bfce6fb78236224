/** How compiled functions are called: arguments of both classes in registers and on the stack, results, saved registers, deep frames. */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { qword } from "../../src/asm/x64/operands.ts";
import { r12, r13, r14, r15, rax, rbp, rbx, rdx } from "../../src/asm/x64/registers.ts";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { IrFunction, Value } from "../../src/ir/function.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Type } from "../../src/ir/types.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { canExecute } from "../machine-code-runner.ts";

const features = nodeHost.cpuFeatures;
const sequences: readonly (readonly Type[])[] = [
  ["f64"],
  ["i32", "f32", "i64", "f64"],
  ["i64", "i64", "i64", "i64", "i64", "i64", "i64", "i64"],
  ["f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f32", "f64"],
  [
    "i32",
    "f64",
    "i64",
    "f32",
    "i32",
    "f64",
    "i64",
    "f64",
    "i32",
    "f32",
    "f64",
    "i64",
    "f64",
    "f32",
    "f64",
    "f32",
    "i32",
  ],
];

/** The sum of (k + 1) times parameter k, as f64. */
function weightedSum(types: readonly Type[]): IrFunction {
  const builder = new FunctionBuilder("sum", types, "f64");
  let sum: Value = builder.constant("f64", 0);
  types.forEach((type, index) => {
    const parameter = builder.parameter(index);
    const asFloat =
      type === "f64"
        ? parameter
        : type === "f32"
          ? builder.emit("promote", parameter)
          : builder.convert("convert-s", "f64", parameter);
    sum = builder.emit("fadd", sum, builder.emit("fmul", asFloat, builder.constant("f64", index + 1)));
  });
  builder.return(sum);
  return builder.function;
}

/** A function with `width` values alive at once. */
function wide(width: number): IrFunction {
  const builder = new FunctionBuilder("wide", ["i64"], "i64");
  const leaves: Value[] = [];
  for (let k = 0; k < width; k++)
    leaves.push(builder.emit("imul", builder.parameter(0), builder.constant("i64", BigInt(k * k + 1))));
  let sum = builder.constant("i64", 0n);
  // Used in an order that keeps them all.
  for (let k = 0; k < width; k++)
    sum = builder.emit("xor", builder.emit("iadd", sum, leaves[(k * 7) % width] ?? sum), sum);
  builder.return(sum);
  return builder.function;
}

describe.skipIf(!canExecute)("calling compiled functions (no x86-64 CPU: skipped)", () => {
  it.each(sequences.map((types) => [types.join(" "), types] as const))("%s", (_, types) => {
    const fn = weightedSum(types);
    const args = types.map((type, index) =>
      type === "i64" ? BigInt(1000 - 77 * index) : index % 2 === 0 ? index * 3 : -index,
    );
    for (const registers of [undefined, 2]) {
      const compiled = compileFunction(fn, {
        features,
        verify: true,
        ...(registers === undefined ? {} : { registers }),
      });
      const { address } = nodeHost.install(compiled.bytes);
      const call = nodeHost.bind(address, `f64(ptr, ${types.join(", ")})`);
      expect(call(nodeHost.callContext.words, ...args)).toBe(interpret(fn, args));
    }
  });

  it.each([3, 20, 600, 4000])(
    "with %i values alive saves what the caller owns, and reaches its whole frame",
    (width) => {
      const fn = wide(width);
      const compiled = compileFunction(fn, { features, verify: true });
      if (width >= 600) expect(compiled.frameBytes).toBeGreaterThan(4096);
      expect(compiled.frameBytes % 16 === 8 || compiled.frameBytes === 0 || compiled.frameBytes < 64).toBe(true);
      const { address } = nodeHost.install(compiled.bytes);
      // A caller that fills the registers it owns, calls (rdi: context, rsi: argument, rdx: where to report) and reports them.
      const a = new Assembler();
      const owned = [rbx, rbp, r12, r13, r14, r15] as const;
      for (const register of owned) a.push(register);
      a.push(rdx);
      for (const [index, register] of owned.entries()) a.mov(register, 0x1111 * (index + 1));
      a.mov(rax, BigInt(address));
      a.call(rax);
      a.pop(rdx);
      for (const [index, register] of owned.entries()) a.mov(qword(rdx, 8 * index), register);
      for (const register of owned.toReversed()) a.pop(register);
      a.ret();
      const caller = nodeHost.install(a.toBytes());
      const report = new BigInt64Array(8);
      const call = nodeHost.bind(caller.address, "i64(ptr, i64, ptr)");
      expect(call(nodeHost.callContext.words, 12_345_678_901n, report)).toBe(interpret(fn, [12_345_678_901n]));
      expect([...report.subarray(0, 6)]).toEqual([0x1111n, 0x2222n, 0x3333n, 0x4444n, 0x5555n, 0x6666n]);
    },
  );
});
