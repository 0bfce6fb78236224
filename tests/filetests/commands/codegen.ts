/**
 * `lower`, `live`, `regalloc`, `emit`: the back end's stages on x86-64. Options: `sse` for a CPU without AVX and BMI,
 * `avx2` and `avx512` for one with these vectors, and a number, which restricts the registers that are given out. The executor that runs machine code joins those of `run`.
 */

import { reachedFunctions } from "../../../src/analysis/call-graph.ts";
import { disassemble } from "../../../src/asm/x64/disassembler.ts";
import type { CompiledCode } from "../../../src/codegen/compiled-code.ts";
import type { Constant, IrFunction } from "../../../src/ir/function.ts";
import { parseFunctions } from "../../../src/ir/parse.ts";
import { printFunction } from "../../../src/ir/print.ts";
import type { Type } from "../../../src/ir/types.ts";
import { compileFunction } from "../../../src/targets/x64/target.ts";
import { canExecute, canonicalizeNaNs, machineExecutor } from "../../machine-code-runner.ts";
import type { Commands } from "../filetest.ts";
import { functionExecutors } from "./run.ts";

const baseline = ["sse4_1"];
const modern = [...baseline, "avx", "bmi1", "bmi2", "abm", "popcnt"];
const avx2 = [...modern, "avx2", "fma"];
const avx512 = [...avx2, "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"];

function featuresFor(options: readonly string[]): readonly string[] {
  if (options.includes("sse")) return baseline;
  return options.includes("avx512") ? avx512 : options.includes("avx2") ? avx2 : modern;
}

interface Compiled {
  readonly stages: ReadonlyMap<string, string>;
  readonly code: Uint8Array;
  readonly functions: CompiledCode["functions"];
}

function compile(input: string, options: readonly string[]): Compiled {
  const stages = new Map<string, string>();
  const registers = options.find((option) => /^\d+$/.test(option));
  // The first function, with what it calls.
  const [fn] = parseFunctions(input);
  if (fn === undefined) throw new SyntaxError("there is no function");
  const { bytes, codeBytes, functions } = compileFunction(fn, {
    features: new Set(featuresFor(options)),
    verify: true,
    onStage: (name, text) => stages.set(name, (stages.get(name) ?? "") + text),
    ...(registers === undefined ? {} : { registers: Number(registers) }),
  });
  return { stages, code: bytes.subarray(0, codeBytes), functions };
}

const stage =
  (name: string) =>
  (input: string, options: readonly string[]): string =>
    compile(input, options).stages.get(name) ?? "";

export const codegenCommands: Commands = {
  /** Machine code over virtual registers. */
  lower: stage("lower"),

  /** Live intervals and where each of them went. */
  live: stage("live"),

  /** Machine code after allocation; the allocator's own moves stand behind `;`. */
  regalloc: stage("regalloc"),

  /** The finished code, disassembled. */
  emit: (input, options) => {
    const { code, functions } = compile(input, options);
    return disassemble(code)
      .flatMap((instruction) => {
        const starts = functions.length < 2 ? [] : functions.filter(({ offset }) => offset === instruction.offset);
        const text = `${instruction.offset.toString(16).padStart(4, "0")}  ${instruction.text}`;
        return [...starts.map(({ name }) => `@${name}:`), text];
      })
      .join("\n");
  },
};

function bitsOf(type: Type, constant: Constant): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, Number(constant), true);
  else if (type === "f64") view.setFloat64(0, Number(constant), true);
  else view.setBigInt64(0, BigInt(constant), true);
  return view.getBigUint64(0, true);
}

function constantOf(type: Type, bits: bigint): Constant {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  switch (type) {
    case "f32":
      return view.getFloat32(0, true);
    case "f64":
      return view.getFloat64(0, true);
    case "i32":
      return view.getInt32(0, true);
    case "i64":
      return view.getBigInt64(0, true);
    case "bool":
      return bits !== 0n;
    default:
      throw new TypeError(`machine code gives no ${type}`);
  }
}

function prepareMachineCode(fn: IrFunction, registers: number | undefined) {
  const parameterTypes = fn.parameters.map(({ type }) => type);
  const { result } = fn;
  // A copy, because its entry is replaced.
  const text = reachedFunctions(fn)
    .map((each) => printFunction(each))
    .join("\n");
  const copy = parseFunctions(text).find(({ name }) => name === fn.name);
  if (copy === undefined) throw new Error(`@${fn.name} is not in its own text`);
  canonicalizeNaNs(copy);
  const call = machineExecutor(copy, registers === undefined ? {} : { registers });
  return (args: readonly Constant[]): Constant | undefined => {
    const bits = call(parameterTypes.map((type, index) => bitsOf(type, args[index] ?? 0)));
    return result === undefined || bits === undefined ? undefined : constantOf(result, bits);
  };
}

if (canExecute) {
  for (const registers of [undefined, 2]) {
    functionExecutors.push({
      name: `machine code with ${registers ?? "all"} registers`,
      prepare: (fn) => prepareMachineCode(fn, registers),
    });
  }
}
