/** Kernels that compute many rows at once: src/vector/ widens the function of one row, as wide as the target's vectors are. */
import type { CompiledCode } from "../codegen/compiled-code.ts";
import type { Host } from "./host.ts";
import type { KernelShape } from "./kernel-shape.ts";
import type { CompileSettings } from "./options.ts";
import type { Subject } from "./subject.ts";

/** Code, or why there is none. */
export interface VectorKernelCode {
  readonly code: CompiledCode | undefined;
  /** The vectors that are used, or why none are. */
  readonly how: string;
}

export function buildVectorKernel(
  _subject: Subject,
  _shape: KernelShape,
  _host: Host,
  _settings: CompileSettings,
): VectorKernelCode {
  return { code: undefined, how: "one row at a time: vectors are not connected yet" };
}
