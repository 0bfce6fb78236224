/**
 * Random functions of all types, with branches, loops, traps and memory: machine code against the interpreter, to the bit,
 * with all registers and with 2, 3 and 5, with and without AVX and BMI. The allocation checker looks at each of them.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reachedFunctions } from "../../src/analysis/call-graph.ts";
import { TrapError } from "../../src/base/errors.ts";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { printFunction } from "../../src/ir/print.ts";
import {
  canExecute,
  canonicalizeNaNs,
  featureLevels,
  machineExecutor,
  sharedMemoryBytes,
} from "../machine-code-runner.ts";
import { inCase, runsOr } from "../random-runs.ts";
import { choices, type RandomFunctionOptions, randomCall } from "./random-ir.ts";

/** Of the memory that functions touch, for the interpreter. */
const address = 0x1000n;
const runs = runsOr(40);
const initialMemory = Uint8Array.from({ length: sharedMemoryBytes }, (_, index) => (index * 37) & 0xff);

/** Result bits and memory, or the trap. Whether a bool in memory is 0 or 1 is up to the generator, so bools are left out there. */
function outcome(call: (memory: Uint8Array) => bigint | undefined): string {
  const memory = initialMemory.slice();
  try {
    const bits = call(memory);
    return `0x${bits?.toString(16)} ${memory.join(" ")}`;
  } catch (error) {
    if (error instanceof TrapError) return `trap ${error.trap} ${memory.join(" ")}`;
    throw error;
  }
}

function compare(
  numbers: readonly number[],
  options: RandomFunctionOptions,
  machine: Parameters<typeof machineExecutor>[1],
): void {
  const build = (): { fn: IrFunction; args: readonly bigint[] } => {
    const call = randomCall(numbers, options);
    canonicalizeNaNs(call.fn);
    return call;
  };
  const { fn, args } = build();
  const withMemory = options.memory === true;
  const expected = outcome((bytes) =>
    interpretBits(fn, withMemory ? [address, ...args] : args, withMemory ? { memory: { address, bytes } } : {}),
  );
  const text = reachedFunctions(fn)
    .map((each) => printFunction(each))
    .join("\n");
  const execute = inCase(
    () => text,
    () => machineExecutor(build().fn, machine, withMemory),
  );
  const got = outcome((memory) => execute(args, withMemory ? memory : undefined));
  expect(got, `${text}\narguments ${args.join(" ")}`).toBe(expected);
}

const kinds: Readonly<Record<string, RandomFunctionOptions>> = {
  "all types": {},
  memory: { memory: true, types: ["i32", "i64", "f32", "f64"] },
  "calls and all types": { everything: true },
  "calls and memory": { everything: true, memory: true, types: ["i32", "i64", "f32", "f64"] },
  integers: { types: ["i32", "i64", "bool"] },
  doubles: { types: ["f64", "bool"] },
};

describe.skipIf(!canExecute)("machine code and interpreter agree (no x86-64 CPU: skipped)", () => {
  for (const [level, features] of Object.entries(featureLevels)) {
    for (const registers of [undefined, 2, 3, 5]) {
      it.each(Object.entries(kinds))(`${level}, ${registers ?? "all"} registers, %s`, (_, options) => {
        const machine = registers === undefined ? { features } : { features, registers };
        fc.assert(
          fc.property(choices, (numbers) =>
            compare(numbers, { ...options, withoutFma: !features.has("fma") }, machine),
          ),
          { numRuns: runs },
        );
      });
    }
  }
});

describe.skipIf(!canExecute)("narrow loads and stores (no x86-64 CPU: skipped)", () => {
  it.each(["load8-s", "load8-u", "load16-s", "load16-u"] as const)("%s, then a store of both widths", (opcode) => {
    const build = (): IrFunction => {
      const builder = new FunctionBuilder("narrow", ["i64", "i32"], "i32");
      const [address, value] = [builder.parameter(0), builder.parameter(1)];
      const loaded = builder.loadNarrow(opcode, address, 7);
      builder.storeNarrow("store8", value, address, 7);
      builder.storeNarrow("store16", value, address, 12);
      builder.storeNarrow("store8", builder.constant("i32", -2), address, 20);
      builder.storeNarrow("store16", builder.constant("i32", 0x12345), address, 22);
      builder.return(builder.emit("iadd", loaded, builder.loadNarrow(opcode, address, 7)));
      return builder.function;
    };
    for (const registers of [2, 15]) {
      const execute = machineExecutor(build(), { registers }, true);
      for (const value of [0x80n, 0x7fn, 0xfedcba98n]) {
        const got = outcome((memory) => execute([value], memory));
        expect(got).toBe(outcome((bytes) => interpretBits(build(), [address, value], { memory: { address, bytes } })));
      }
    }
  });
});
