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
import { SsaBuilder } from "../ir/ssa-builder.ts";
import { type Type, types } from "../ir/types.ts";
import { type ElementKind, elementKinds, loadElements } from "./element-kinds.ts";
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

/** Builds the kernel; changes the row function, which is the condition. */
export function buildVectorSelect(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  columns: readonly ElementKind[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const row = prepareRow(fn, inputs);
  if (isRefusal(row)) return row;
  const usual = prepareUsualRow(row);
  const { shape } = options;
  const has64 = columns.some((kind) => types[elementKinds[kind].type].bits === 64);
  const width = has64 ? shape.bytes / 8 : lanesOfKernel(shape, row, inputs);
  const interleave = options.interleave ?? Math.min(4, chooseInterleave(shape, [usual ?? row]));
  const pointers = columns.map((): Type => "i64");
  const builder = new SsaBuilder("select", [...pointers, ...pointers, ...inputTypes(fn, inputs), "f64"], "f64");
  const constants = new KernelConstants(builder);
  const positions = new RowPositions(
    builder,
    [...columns, ...elementsOf(inputs)].map((element) => elementKinds[element].bytes),
  );
  const handOver = builder.createLaterBlock();
  const firstInput = 2 * columns.length;
  const parts: RowParts = { builder, positions, rows: [row], inputs, firstInput, handOver, limit: options };
  const rows = builder.convert("trunc-sat-s", "i64", builder.parameter(firstInput + inputs.length));
  const packed = columns.map((kind, index): Packed => {
    const { bytes, type } = elementKinds[kind];
    const column = builder.parameter(columns.length + index);
    return {
      kind,
      out: builder.parameter(index),
      make: (lanes, mask) => loadElements(lanes, { kind, address: positions.address(column, bytes), mask }, type),
    };
  });
  const count = appendPacking({ parts, usual, constants, width, interleave, rows, packed });
  builder.return(builder.convert("convert-s", "f64", count));
  placeHandOver(builder, handOver, () => builder.constant("f64", -1));
  builder.finish();
  return { fn: builder.function, lanes: width, interleave };
}
