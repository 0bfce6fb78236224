/**
 * The x86-64 target: lowering, allocation, emission, in that order, function by function into one blob.
 */
import { callsAnything, reachedFunctions } from "../../analysis/call-graph.ts";
import { checkAllocation, recordOperands } from "../../codegen/allocation-checker.ts";
import type { CompiledCode } from "../../codegen/compiled-code.ts";
import { slotBytes } from "../../codegen/frame.ts";
import { allocateRegisters, type RegisterFile } from "../../codegen/linear-scan.ts";
import { printLive, printMachineCode } from "../../codegen/print-machine-code.ts";
import type { CodegenOptions, Target } from "../../codegen/target.ts";
import type { IrFunction } from "../../ir/function.ts";
import {
  argumentPlaces,
  callingRegisterFile,
  countingRegisterFile,
  registerFile,
  restrictedRegisterFile,
  withAllVectors,
} from "./calling-convention.ts";
import { CodeBlob } from "./code-blob.ts";
import { emitFunction } from "./emit.ts";
import { lowerFunction } from "./lower.ts";
import { mayPinFuel } from "./pinned-fuel.ts";
import { registerName } from "./register-names.ts";
import { vectorSupport } from "./vector-support.ts";

export const x64: Target = { name: "x64", pointerBytes: 8, compileFunction };

/**
 * Compiles a function and all that it calls, verified IR, for an x86-64 CPU with the given features (names of `/proc/cpuinfo`).
 * Throws `UnsupportedError` if the CPU lacks SSE4.1.
 */
export function compileFunction(fn: IrFunction, options: CodegenOptions): CompiledCode {
  const blob = new CodeBlob(options.features.has("avx"));
  if (!callsAnything(fn)) {
    compileInto(blob, fn, options, registerFile, undefined, false);
    return blob.finish();
  }
  const functions = reachedFunctions(fn);
  const numbers = new Map(functions.map((each, index) => [each, index]));
  const pinsFuel = mayPinFuel(functions);
  const keepsFloatControl = options.keepsFloatControl === true;
  blob.emitEntry(functions.length - 1, stackArgumentBytes(fn), { keepsFloatControl, pinsFuel });
  const file = pinsFuel ? countingRegisterFile : callingRegisterFile;
  for (const each of functions) compileInto(blob, each, options, file, numbers, pinsFuel);
  return blob.finish();
}

function compileInto(
  blob: CodeBlob,
  fn: IrFunction,
  { features, registers, verify, onStage, keepsFloatControl }: CodegenOptions,
  allRegisters: RegisterFile,
  numbers: ReadonlyMap<IrFunction, number> | undefined,
  pinsFuel: boolean,
): void {
  let file = registers === undefined ? allRegisters : restrictedRegisterFile(registers, allRegisters);
  const [general = [], vector = []] = file.allocatable;
  const code = lowerFunction(fn, features, general.length, vector.length, blob.trapSites, numbers, pinsFuel);
  if (code.vectorBytes > 0) {
    blob.hasAvx512 = vectorSupport(features)?.name === "avx512";
    if (blob.hasAvx512 && registers === undefined) file = withAllVectors(file);
  }
  if (onStage !== undefined) onStage("lower", printMachineCode(code, registerName));
  const recorded = verify === true ? recordOperands(code) : undefined;
  const allocation = allocateRegisters(code, file);
  if (recorded !== undefined) checkAllocation(code, recorded, allocation, file);
  if (onStage !== undefined) {
    onStage("live", printLive(code, allocation, registerName));
    onStage("regalloc", printMachineCode(code, registerName, allocation.moves));
  }
  blob.startFunction(fn.name, numbers?.get(fn) ?? 0);
  // With calls, the blob's entry sees to it.
  blob.endFunction(emitFunction(code, allocation, blob, keepsFloatControl === true && numbers === undefined));
}

/** How many bytes of arguments a function finds on the stack. */
function stackArgumentBytes(fn: IrFunction): number {
  let bytes = 0;
  for (const place of argumentPlaces(fn.parameters.map(({ type }) => type)))
    if (place.kind === "stack") bytes = place.offset + slotBytes;
  return bytes;
}
