/**
 * `filter`: the numbers of the rows whose value is truthy, as u32, packed.
 *
 *     @filter(out, inputs in the order of the parameters, rows, firstRow) -> f64, how many were written
 *       main       U vectors of W rows: the lanes' row numbers, those that are taken moved together (`compress`), and stored as a
 *                  whole; the next vector then overwrites what is too much
 *       rest       one vector, masked
 *
 * Numbers count from firstRow (below 2^32). `out` needs room for `rows` numbers: what stands behind the result is overwritten.
 * -1 instead of a number: a row would trap, or takes too many turns; scalar code then has to do the whole call.
 */
import type { Block, IrFunction, Value } from "../ir/function.ts";
import { SsaBuilder } from "../ir/ssa-builder.ts";
import { elementKinds, truth } from "./element-kinds.ts";
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
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { KernelConstants, LaneBuilder, type Mask, vectorAt } from "./lane-builder.ts";
import { appendRows, type RowParts } from "./row-parts.ts";
import { RowPositions } from "./row-positions.ts";

const numberBytes = 4;

/** Builds the kernel; changes the row function. */
export function buildVectorFilter(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const row = prepareRow(fn, inputs);
  if (isRefusal(row)) return row;
  const { shape } = options;
  const columns = elementsOf(inputs);
  const width = lanesOfKernel(shape, row, inputs);
  const interleave = options.interleave ?? chooseInterleave(shape, [row]);
  const builder = new SsaBuilder("filter", ["i64", ...inputTypes(fn, inputs), "f64", "f64"], "f64");
  const constants = new KernelConstants(builder);
  const positions = new RowPositions(
    builder,
    columns.map((element) => elementKinds[element].bytes),
  );
  const parts: RowParts = {
    builder,
    positions,
    rows: [row],
    inputs,
    firstInput: 1,
    handOver: builder.createLaterBlock(),
    limit: options,
  };
  const out = builder.parameter(0);
  const rows = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 1));
  const firstRow = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 2));
  const full = interleave * width;
  const end = positions.bound(rows);
  const lastStart = positions.bound(builder.emit("isub", rows, builder.constant("i64", BigInt(full))));
  /** Where the next number goes. */
  const place = builder.createVariable("i64");
  builder.write(place, out);
  positions.goTo(builder.constant("i64", 0n));

  const turn = (lanes: LaneBuilder, mask: Mask): void => {
    const [result] = appendRows(parts, lanes, mask);
    builder.span = undefined;
    if (result === undefined) return;
    const number = builder.emit("wrap", builder.emit("iadd", firstRow, positions.row()));
    const type = lanes.vectorType("i32");
    const index = constants.inEntry(() => builder.laneIndex(type));
    const start = builder.emit("iadd", lanes.splat(number), index);
    const taken = lanes.spread(lanes.and(mask, truth(lanes, result)) ?? lanes.constant("bool", true));
    const packed = lanes.vectors((vector): Value => {
      const skipped = lanes.splat(lanes.constant("i32", vector * width));
      return builder.emit("compress", builder.emit("iadd", start, skipped), vectorAt(taken, vector));
    });
    const counts = taken.map((lanesTaken) => builder.emit("mask-count", lanesTaken));
    packed.forEach((vector, position) => {
      const count = vectorAt(counts, position);
      const at = builder.read(place);
      if (mask === undefined) builder.store(vector, at);
      else builder.maskedStore("masked-store", vector, builder.maskFirst(lanes.vectorType("bool"), count), at);
      const bytes = builder.emit("shl", builder.convert("zext", "i64", count), builder.constant("i64", 2n));
      builder.write(place, builder.emit("iadd", at, bytes));
    });
  };

  const [main, more, rest, exit] = [0, 0, 0, 0].map(() => builder.createLaterBlock()) as [Block, Block, Block, Block]; // four
  builder.branch(positions.isBefore(lastStart, true), main, more);
  builder.openBlock(main);
  builder.continueIn(main);
  turn(new LaneBuilder(builder, constants, width, interleave), undefined);
  positions.advance(full);
  builder.branch(positions.isBefore(lastStart, true), main, more);
  builder.seal(main);

  builder.openBlock(more);
  builder.continueIn(more);
  builder.branch(positions.isBefore(end), rest, exit);
  builder.continueIn(rest);
  const lanes = new LaneBuilder(builder, constants, width, 1);
  const left = builder.emit("wrap", builder.emit("isub", rows, positions.row()));
  turn(lanes, [builder.maskFirst(lanes.vectorType("bool"), left)]);
  positions.advance(width);
  builder.jump(more);
  builder.seal(more);

  builder.continueIn(exit);
  const written = builder.emit("isub", builder.read(place), out);
  const shift = builder.constant("i64", BigInt(Math.log2(numberBytes)));
  builder.return(builder.convert("convert-s", "f64", builder.emit("ushr", written, shift)));
  placeHandOver(builder, parts.handOver, () => builder.constant("f64", -1));
  builder.finish();
  return { fn: builder.function, lanes: width, interleave };
}
