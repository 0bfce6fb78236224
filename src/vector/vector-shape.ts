/**
 * What widening and expansion ask about the vectors of a target: how wide they are, how many registers hold them, and which
 * operations on them the back end lowers. Targets stand above this folder and hand theirs in (targets/x64/vector-support.ts).
 */
import type { Opcode } from "../ir/opcodes.ts";
import type { Type } from "../ir/types.ts";

export interface VectorShape {
  /** For names of kernels and for `explain`, such as `avx512`. */
  readonly name: string;
  /** Bytes of the widest vector. */
  readonly bytes: number;
  /** Registers for vectors, which values of all lanes in flight share. */
  readonly vectorRegisters: number;
  /** Where the back end computes square roots beside the divider: how many instructions one takes. */
  readonly rootInstructions?: number | undefined;
  /**
   * Whether the back end lowers the operation with a result of this type; of a store, with a stored value of it; of
   * `mask-any` and its like, with a mask of it. `from` is a conversion's operand where the result does not tell.
   */
  natively(opcode: Opcode, type: Type, from?: Type): boolean;
}
