/**
 * `select`: the elements of columns in the rows whose value is truthy, packed (pack-kernel.ts), all columns in one pass.
 *
 *     @select(out 0, inputs in the order of the parameters, rows, outs 1…, columns that are no inputs…) -> f64, how many rows were taken
 *
 * Column k goes to out k, element for element. Each out needs room for `rows` elements: what stands behind the result is
 * overwritten. An out may be its own column.
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

/** A column whose elements are packed. */
export interface PackedColumn {
  readonly element: ElementKind;
  /** Which of the inputs it is; undefined for a column of its own. */
  readonly input: number | undefined;
}

/** Vectors in flight that registers hold the elements of, by number of columns. */
const mostInterleaved = (columns: number): number => (columns <= 2 ? 4 : 2);

/** Builds the kernel; changes the row function, which is the condition. */
export function buildVectorSelect(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  columns: readonly PackedColumn[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const needs64 = columns.some(({ element }) => types[elementKinds[element].type].bits === 64);
  const plan = planKernel(fn, inputs, options, { needs64, mostInterleaved: mostInterleaved(columns.length) });
  if (isRefusal(plan)) return plan;
  const others = columns.filter(({ input }) => input === undefined).length;
  const behind = Array.from({ length: columns.length - 1 + others }, (): Type => "i64");
  const stored = columns.map(({ element }) => element);
  const start = startKernel("select", plan, inputs, options, { before: ["i64"], behind, stored });
  const { builder, positions, parts } = start;
  const firstBehind = inputs.length + 2;
  let nextOther = firstBehind + columns.length - 1;
  const packed = columns.map(({ element, input }, index): Packed => {
    const { bytes, type } = elementKinds[element];
    const column = builder.parameter(input === undefined ? nextOther++ : 1 + input);
    return {
      kind: element,
      out: builder.parameter(index === 0 ? 0 : firstBehind + index - 1),
      make: (lanes, mask) =>
        loadElements(lanes, { kind: element, address: positions.address(column, bytes), mask }, type),
    };
  });
  const count = appendPacking(start, plan, packed, others > 0);
  builder.return(builder.convert("convert-s", "f64", count));
  placeHandOver(builder, parts.handOver, () => builder.constant("f64", -1));
  return kernelOf(start, plan);
}
