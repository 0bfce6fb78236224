/**
 * The x86-64 target: lowering, allocation, emission, in that order.
 */
import { checkAllocation, recordOperands } from "../../codegen/allocation-checker.ts";
import type { CompiledCode } from "../../codegen/compiled-code.ts";
import { allocateRegisters } from "../../codegen/linear-scan.ts";
import { printLive, printMachineCode } from "../../codegen/print-machine-code.ts";
import type { CodegenOptions, Target } from "../../codegen/target.ts";
import type { IrFunction } from "../../ir/function.ts";
import { registerFile, restrictedRegisterFile } from "./calling-convention.ts";
import { emitFunction } from "./emit.ts";
import { lowerFunction } from "./lower.ts";
import { registerName } from "./register-names.ts";

export const x64: Target = { name: "x64", pointerBytes: 8, compileFunction };

/**
 * Compiles verified IR for an x86-64 CPU with the given features (names of `/proc/cpuinfo`).
 * Throws `UnsupportedError` if the CPU lacks SSE4.1.
 */
export function compileFunction(fn: IrFunction, options: CodegenOptions): CompiledCode {
  const { features, registers, verify, onStage } = options;
  const file = registers === undefined ? registerFile : restrictedRegisterFile(registers);
  const [general, vector] = file.allocatable;
  const { code, trapSites } = lowerFunction(fn, features, general.length, vector.length);
  if (onStage !== undefined) onStage("lower", printMachineCode(code, registerName));
  const recorded = verify === true ? recordOperands(code) : undefined;
  const allocation = allocateRegisters(code, file);
  if (recorded !== undefined) checkAllocation(code, recorded, allocation, file);
  if (onStage !== undefined) {
    onStage("live", printLive(code, allocation, registerName));
    onStage("regalloc", printMachineCode(code, registerName, allocation.moves));
  }
  return emitFunction(code, allocation, trapSites, features.has("avx"));
}
