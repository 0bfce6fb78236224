/** What a target provides to the rest of the compiler. */
import type { IrFunction } from "../ir/function.ts";
import type { CompiledCode } from "./compiled-code.ts";

export interface CodegenOptions {
  /** What the CPU can do, in the names of `/proc/cpuinfo`. */
  readonly features: ReadonlySet<string>;
  /** Restricts allocation to this many registers of each class, at least 2: for tests. */
  readonly registers?: number;
  /**
   * Whether the function sees to it that floats round to nearest, with all exceptions masked and denormals as they are, whatever its
   * caller set, and gives the caller's MXCSR back. Else it is taken for granted.
   */
  readonly keepsFloatControl?: boolean;
  /** Proves the allocation right before emission (allocation-checker.ts). Throws `InternalError` if it is not. */
  readonly verify?: boolean;
  /** Is told the text of each stage: `lower`, `live`, `regalloc`. */
  readonly onStage?: (name: string, text: string) => void;
}

export interface Target {
  readonly name: string;
  readonly pointerBytes: number;
  compileFunction(fn: IrFunction, options: CodegenOptions): CompiledCode;
}
