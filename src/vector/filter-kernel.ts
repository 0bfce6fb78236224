/**
 * `filter`: the numbers of the rows whose value is truthy, as u32, packed (pack-kernel.ts).
 *
 *     @filter(out, inputs in the order of the parameters, rows, firstRow) -> f64, how many were written
 *
 * Numbers count from firstRow (below 2^32). `out` needs room for `rows` numbers: what stands behind the result is overwritten.
 * -1 instead of a number: a row would trap, or takes too many turns; scalar code then has to do the whole call.
 */
import type { IrFunction } from "../ir/function.ts";
import { SsaBuilder } from "../ir/ssa-builder.ts";
import { elementKinds } from "./element-kinds.ts";
import {
  chooseInterleave,
  elementsOf,
  inputTypes,
  isRefusal,
  type KernelInput,
  type KernelOptions,
  lanesOfKernel,
  placeHandOver,
  prepareRow,
  prepareUsualRow,
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { KernelConstants } from "./lane-builder.ts";
import { appendPacking, type Packed } from "./pack-kernel.ts";
import type { RowParts } from "./row-parts.ts";
import { RowPositions } from "./row-positions.ts";

/** Builds the kernel; changes the row function. */
export function buildVectorFilter(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const row = prepareRow(fn, inputs);
  if (isRefusal(row)) return row;
  const usual = prepareUsualRow(row);
  const { shape } = options;
  const width = lanesOfKernel(shape, row, inputs);
  const interleave = options.interleave ?? chooseInterleave(shape, [usual ?? row]);
  const builder = new SsaBuilder("filter", ["i64", ...inputTypes(fn, inputs), "f64", "f64"], "f64");
  const constants = new KernelConstants(builder);
  const positions = new RowPositions(
    builder,
    elementsOf(inputs).map((element) => elementKinds[element].bytes),
  );
  const handOver = builder.createLaterBlock();
  const parts: RowParts = { builder, positions, rows: [row], inputs, firstInput: 1, handOver, limit: options };
  const rows = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 1));
  const firstRow = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 2));
  const numbers: Packed = {
    kind: "u32",
    out: builder.parameter(0),
    make: (lanes) => {
      const type = lanes.vectorType("i32");
      const first = lanes.splat(builder.emit("wrap", builder.emit("iadd", firstRow, positions.row())));
      const start = builder.emit(
        "iadd",
        first,
        constants.inEntry(() => builder.laneIndex(type)),
      );
      return lanes.vectors((vector) =>
        vector === 0 ? start : builder.emit("iadd", start, lanes.splat(lanes.constant("i32", vector * width))),
      );
    },
  };
  const count = appendPacking({ parts, usual, constants, width, interleave, rows, packed: [numbers] });
  builder.return(builder.convert("convert-s", "f64", count));
  placeHandOver(builder, handOver, () => builder.constant("f64", -1));
  builder.finish();
  return { fn: builder.function, lanes: width, interleave };
}
