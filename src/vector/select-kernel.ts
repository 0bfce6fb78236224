/**
 * `select`: the elements of columns in the rows whose value is truthy, packed (pack-kernel.ts), all columns in one pass.
 *
 *     @select(outs, columns, inputs in the order of the parameters, rows) -> f64, how many rows were taken
 *
 * Column k goes to out k, element for element, of the kind `columns[k]`; it may be an input, too. Each out needs room for `rows`
 * elements: what stands behind the result is overwritten. An out may be its own column.
 * -1 instead of a number: a row would trap, or takes too many turns; scalar code then has to do the whole call. That is so only
 * where outs are none of the inputs.
 */
import type { IrFunction } from "../ir/function.ts";
import { type Type, types } from "../ir/types.ts";
import { type ElementKind, elementKinds, loadElements } from "./element-kinds.ts";
import {
  isRefusal,
  type KernelInput,
  type KernelOptions,
  placeHandOver,
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { kernelOf, planKernel, startKernel } from "./kernel-plan.ts";
import { appendPacking, type Packed } from "./pack-kernel.ts";

/** Builds the kernel; changes the row function, which is the condition. */
export function buildVectorSelect(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  columns: readonly ElementKind[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const needs64 = columns.some((kind) => types[elementKinds[kind].type].bits === 64);
  const plan = planKernel(fn, inputs, options, { needs64, mostInterleaved: 4 });
  if (isRefusal(plan)) return plan;
  const pointers = columns.map((): Type => "i64");
  const start = startKernel("select", plan, inputs, options, { before: [...pointers, ...pointers], stored: columns });
  const { builder, positions, parts } = start;
  const packed = columns.map((kind, index): Packed => {
    const { bytes, type } = elementKinds[kind];
    const column = builder.parameter(columns.length + index);
    return {
      kind,
      out: builder.parameter(index),
      make: (lanes, mask) => loadElements(lanes, { kind, address: positions.address(column, bytes), mask }, type),
    };
  });
  const count = appendPacking(start, plan, packed);
  builder.return(builder.convert("convert-s", "f64", count));
  placeHandOver(builder, parts.handOver, () => builder.constant("f64", -1));
  return kernelOf(start, plan);
}
