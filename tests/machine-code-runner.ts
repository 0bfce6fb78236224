/**
 * Executes IR as x86-64 machine code for tests, bit by bit: koffi and JavaScript numbers do not carry a NaN's payload, so
 * arguments and result pass through memory. The function gets a new entry that loads its parameters from there, and
 * stores its result there instead of returning it.
 */

import { nodeHost } from "../node/node-host.ts";
import { callsAnything, reachedFunctions } from "../src/analysis/call-graph.ts";
import { type TrapCode, TrapError, trapCodes } from "../src/base/errors.ts";
import type { CompiledCode } from "../src/codegen/compiled-code.ts";
import { IrFunction, type Value } from "../src/ir/function.ts";
import type { Opcode } from "../src/ir/opcodes.ts";
import { elementOf, lanesOf, type Type, types, vectorOf } from "../src/ir/types.ts";
import { compileFunction } from "../src/targets/x64/target.ts";

/** Whether this machine executes x86-64 code. */
export const canExecute = nodeHost.architecture === "x64" && nodeHost.cpuFeatures.has("sse4_1");

/** The CPU's features without those of these names; without AVX also whatever is built on it. */
export function featuresWithout(...hidden: readonly string[]): Set<string> {
  const features = new Set(nodeHost.cpuFeatures);
  for (const feature of hidden) features.delete(feature);
  return features;
}

/** Levels at which lowering takes other ways. */
export const featureLevels: Readonly<Record<string, ReadonlySet<string>>> = {
  all: nodeHost.cpuFeatures,
  "no AVX, no BMI": featuresWithout("avx", "avx2", "fma", "bmi1", "bmi2", "abm", "popcnt"),
};

export interface MachineOptions {
  readonly features?: ReadonlySet<string>;
  readonly registers?: number;
}

/** Bytes at the end of the argument buffer that a function may use as its memory. */
export const sharedMemoryBytes = 64;

/**
 * Compiles a function, which is changed. The call takes and gives bits. It throws `TrapError` where the code traps.
 * With `memory`, the first parameter is the address of `sharedMemoryBytes` bytes, which the call reads and writes.
 */
export function machineExecutor(
  fn: IrFunction,
  options: MachineOptions = {},
  withMemory = false,
): (args: readonly bigint[], memory?: Uint8Array) => bigint | undefined {
  const { result } = fn;
  const parameterTypes = fn.parameters.map(({ type }) => type);
  // A function with calls may be called by what it calls, so it stays as it is and another one calls it.
  const root = callsAnything(fn) ? callThroughMemory(fn, withMemory) : fn;
  if (root === fn) passThroughMemory(fn, withMemory);
  const compiled = compileFunction(root, { features: nodeHost.cpuFeatures, verify: true, ...options });
  const call = installed(compiled);
  const resultAt = 8 * parameterTypes.length;
  const buffer = new BigUint64Array(parameterTypes.length + 1 + sharedMemoryBytes / 8);
  const bytes = new Uint8Array(buffer.buffer);
  const memoryAt = bytes.length - sharedMemoryBytes;
  return (args, memory) => {
    buffer.fill(0n);
    parameterTypes.forEach((_, index) => {
      if (withMemory && index === 0) return;
      buffer[index] = args[index - (withMemory ? 1 : 0)] ?? 0n;
    });
    if (memory !== undefined) bytes.set(memory, memoryAt);
    try {
      call(buffer);
    } finally {
      if (memory !== undefined) memory.set(bytes.subarray(memoryAt));
    }
    if (result === undefined) return undefined;
    const bits = buffer[resultAt / 8] ?? 0n;
    return BigInt.asUintN(types[result].bits, bits);
  };
}

/** Installs code of signature `void(context, ptr)`. Its memory is kept until the process ends. */
function installed(compiled: CompiledCode): (buffer: BigUint64Array) => void {
  const { address } = nodeHost.install(compiled.bytes);
  const call = nodeHost.bind(address, "void(ptr, ptr)");
  const { words } = nodeHost.callContext;
  return (buffer) => {
    words[0] = 0;
    call(words, buffer);
    throwTrap(compiled, words);
  };
}

/** Reads the context after a call. */
export function throwTrap(compiled: CompiledCode, words: Int32Array): void {
  const [status = 0, site = -1] = words;
  if (status === 0) return;
  words[0] = 0;
  const { code } = compiled.trapSites[site] ?? {};
  if (code === undefined || trapCodes[code] !== status)
    throw new Error(`trap ${status} at site ${site}, which is ${code}`);
  throw new TrapError(`trapped: ${code}`, code as TrapCode);
}

/** Gives the function an entry that loads its parameters, and stores in place of results. */
function passThroughMemory(fn: IrFunction, withMemory: boolean): void {
  const oldEntry = fn.entry;
  const parameterTypes: readonly Type[] = oldEntry.parameters.map(({ type }) => type);
  const returns = fn.blocks.flatMap((block) => (block.terminator?.kind === "return" ? [block] : []));
  const entry = fn.createBlock();
  fn.blocks = [entry, ...fn.blocks.filter((block) => block !== entry)];
  const buffer = fn.addParameter(entry, "i64");
  const loads: Value[] = parameterTypes.map((type, index) => {
    if (withMemory && index === 0) {
      const offset = fn.createValue("const", "i64", [], BigInt(8 * (parameterTypes.length + 1)));
      const address = fn.createValue("iadd", "i64", [buffer, offset]);
      entry.instructions.push(offset, address);
      return address;
    }
    const load = fn.createValue("load", type, [buffer], 8 * index);
    entry.instructions.push(load);
    return load;
  });
  entry.terminator = { kind: "jump", target: { block: oldEntry, arguments: loads } };
  for (const block of returns) {
    if (block.terminator?.kind !== "return" || block.terminator.value === undefined) continue;
    const { value } = block.terminator;
    block.instructions.push(fn.createValue("store", value.type, [value, buffer], 8 * parameterTypes.length));
    block.terminator = { kind: "return", value: undefined };
  }
}

/** A function that loads the parameters of another, calls it and stores its result. */
function callThroughMemory(fn: IrFunction, withMemory: boolean): IrFunction {
  const caller = new IrFunction("caller", fn.result);
  const entry = caller.createBlock();
  const parameters = fn.parameters.map(({ type }) => caller.addParameter(entry, type));
  const call = caller.createCall(fn, parameters);
  entry.instructions.push(call);
  entry.terminator = { kind: "return", value: fn.result === undefined ? undefined : call };
  passThroughMemory(caller, withMemory);
  return caller;
}

/**
 * Makes a function, and all that it calls, independent of the NaN that arithmetic gives, whose sign and payload are the machine's own: wherever the
 * bits of a float can be seen (bitcast, store, the sign that `fcopysign` takes, the result), a NaN becomes the canonical one.
 */
export function canonicalizeNaNs(root: IrFunction): void {
  for (const fn of reachedFunctions(root)) canonicalizeIn(fn);
}

function canonicalizeIn(fn: IrFunction): void {
  const isFloat = (value: Value | undefined): value is Value =>
    value !== undefined && types[value.type].kind === "float";
  const stores = new Set<Opcode>(["bitcast", "store", "masked-store", "store-streaming"]);
  for (const block of fn.blocks) {
    const instructions: Value[] = [];
    const canonical = (value: Value): Value => {
      const lanes = lanesOf(value.type);
      let nan = fn.createValue("const", elementOf(value.type), [], Number.NaN);
      instructions.push(nan);
      if (lanes > 1) {
        nan = fn.createValue("splat", value.type, [nan]);
        instructions.push(nan);
      }
      const isNumber = fn.createValue("feq", vectorOf("bool", lanes), [value, value]);
      const chosen = fn.createValue("select", value.type, [isNumber, value, nan]);
      instructions.push(isNumber, chosen);
      return chosen;
    };
    for (const instruction of block.instructions) {
      const { opcode, operands } = instruction;
      const seen = stores.has(opcode) ? 0 : opcode === "fcopysign" ? 1 : -1;
      const operand = operands[seen];
      if (isFloat(operand)) operands[seen] = canonical(operand);
      instructions.push(instruction);
    }
    const { terminator } = block;
    if (terminator?.kind === "return" && isFloat(terminator.value)) terminator.value = canonical(terminator.value);
    block.instructions = instructions;
  }
}
