/**
 * What all column kernels share: how the parameters of a row function reach the kernel, how a kernel is asked for, and what
 * comes back.
 *
 * A row function computes one row: scalars in, one scalar out (engine/subject.ts, `buildRow`). An array among the parameters
 * of the source is two of its parameters, address (i64) and length (i32), the same for all rows.
 *
 * Every kernel takes the hidden context first, pointers as i64, and numbers of rows as f64, exact to 2^53 and at least 1.
 * Kernels are built wide and plain: `expand` and the optimiser come after, then the back end.
 */
import type { IrFunction } from "../ir/function.ts";
import type { Type } from "../ir/types.ts";
import type { ElementKind } from "./element-kinds.ts";
import type { VectorShape } from "./vector-shape.ts";

/**
 * How a parameter of the row function reaches the kernel: a column is a pointer (i64) to the element of the first row; a
 * scalar is one value for all rows, of the parameter's own type, a bool as an i32 of 0 or 1.
 */
export type KernelInput = { readonly kind: "column"; readonly element: ElementKind } | { readonly kind: "scalar" };

export interface KernelOptions {
  readonly shape: VectorShape;
  /** Vectors in flight (U); chosen from the row function's length and registers if absent. */
  readonly interleave?: number;
  /** The most iterations of loops that one row may take; 1e9 if absent. More hand the row to the scalar kernel. */
  readonly maxIterations?: number;
}

export interface VectorKernel {
  readonly fn: IrFunction;
  /** Lanes of one vector (W), and vectors in flight (U). */
  readonly lanes: number;
  readonly interleave: number;
}

/** Why there is no vector kernel. The engine then takes the scalar one, and `explain` tells. */
export interface Refusal {
  readonly refused: string;
}

export function isRefusal(result: VectorKernel | Refusal): result is Refusal {
  return "refused" in result;
}

/** What a scalar parameter is passed as. */
export function passedType(type: Type): Type {
  return type === "bool" ? "i32" : type;
}
