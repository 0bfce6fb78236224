/**
 * `filter`: the numbers of the rows whose value is truthy, as u32, packed (pack-kernel.ts).
 *
 *     @filter(out, inputs in the order of the parameters, rows, firstRow) -> f64, how many were written
 *
 * Numbers count from firstRow (below 2^32). `out` needs room for `rows` numbers: what stands behind the result is overwritten.
 * -1 instead of a number: a row would trap, or takes too many turns; scalar code then has to do the whole call.
 */
import type { IrFunction } from "../ir/function.ts";
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

/** Builds the kernel; changes the row function. */
export function buildVectorFilter(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const plan = planKernel(fn, inputs, options, {});
  if (isRefusal(plan)) return plan;
  const start = startKernel("filter", plan, inputs, options, { before: ["i64"], behind: ["f64"] });
  const { builder, constants, positions, parts } = start;
  const firstRow = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 2));
  const numbers: Packed = {
    kind: "u32",
    out: builder.parameter(0),
    make: (lanes) => {
      const type = lanes.vectorType("i32");
      const first = lanes.splat(builder.emit("wrap", builder.emit("iadd", firstRow, positions.row())));
      const own = builder.emit(
        "iadd",
        first,
        constants.inEntry(() => builder.laneIndex(type)),
      );
      return lanes.vectors((vector) =>
        vector === 0 ? own : builder.emit("iadd", own, lanes.splat(lanes.constant("i32", vector * plan.width))),
      );
    },
  };
  const count = appendPacking(start, plan, [numbers]);
  builder.return(builder.convert("convert-s", "f64", count));
  placeHandOver(builder, parts.handOver, () => builder.constant("f64", -1));
  return kernelOf(start, plan);
}
