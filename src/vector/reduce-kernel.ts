/**
 * `reduce`: accumulations of one value of each row, several at once.
 *
 *     @reduce(partials, inputs in the order of the parameters, rows) -> f64, the rows done
 *       block      the accumulators of all 32 virtual lanes start from their identity
 *       main       32 rows: 32 / W vectors, U of them in flight at a time
 *       rest       the last rows of the last block, masked
 *
 * Where the row function has rare ways, main is without them (usual-row.ts). A part of its 32 rows that needs them is abandoned: rest
 * goes on from that part to the end of the 32 rows, all lanes of which are on then, and back to main.
 *       store      the accumulators of all lanes, to the block's partials
 *
 * What an accumulator holds, and where it goes, is said in reduce-layout.ts; in short, row r belongs to lane r % 32 whatever the
 * vectors are, so that the answer is the same to the bit. Fewer rows done than asked for: whole blocks only, and the scalar
 * kernel has to go on from there, since a row of the next block would trap or takes too many turns.
 */
import { InternalError } from "../base/errors.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { SsaBuilder } from "../ir/ssa-builder.ts";
import { elementOf } from "../ir/types.ts";
import { type Accumulator, accumulate, identityOf } from "./accumulate.ts";
import { elementKinds } from "./element-kinds.ts";
import {
  chooseInterleave,
  elementsOf,
  inputTypes,
  isRefusal,
  type KernelInput,
  type KernelOptions,
  placeHandOver,
  prepareRow,
  prepareUsualRow,
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { KernelConstants, LaneBuilder, type Mask } from "./lane-builder.ts";
import { type Accumulation, accumulatorOf, layoutOf, reduceBlock, reduceLanes } from "./reduce-layout.ts";
import { ahead, appendRows, type RowParts } from "./row-parts.ts";
import { RowPositions } from "./row-positions.ts";

const wordBytes = 8;

/** Builds the kernel; changes the row function. */
export function buildVectorReduce(
  fn: IrFunction,
  accumulations: readonly Accumulation[],
  inputs: readonly KernelInput[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const row = prepareRow(fn, inputs);
  if (isRefusal(row)) return row;
  const usual = prepareUsualRow(row);
  const { shape } = options;
  const { result } = fn;
  if (result === undefined) throw new InternalError("a row function without a result");
  const lanesOfVector = shape.bytes / wordBytes; // accumulators have 64 bits
  const vectors = reduceLanes / lanesOfVector;
  const interleave = Math.min(options.interleave ?? chooseInterleave(shape, [usual ?? row]), vectors);
  const builder = new SsaBuilder("reduce", ["i64", ...inputTypes(fn, inputs), "f64"], "f64");
  const constants = new KernelConstants(builder);
  const lanes = new LaneBuilder(builder, constants, lanesOfVector, interleave);
  const positions = new RowPositions(
    builder,
    elementsOf(inputs).map((element) => elementKinds[element].bytes),
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
  const accumulatorRows = accumulations.map((accumulation) => accumulatorOf(accumulation, elementOf(result)));
  const layout = layoutOf(accumulatorRows);
  /** By part of a step: the accumulators of its lanes. */
  const accumulators = Array.from({ length: vectors / interleave }, () =>
    accumulations.map((accumulation, index): Accumulator => {
      const words = accumulatorRows[index]?.words ?? [];
      return { accumulation, words: words.map((type) => lanes.createVariable(type, true)) };
    }),
  );

  const rowsAsked = builder.parameter(inputs.length + 1);
  const rows = builder.convert("trunc-sat-s", "i64", rowsAsked);
  const zero = builder.constant("i64", 0n);
  const blockRows = builder.constant("i64", BigInt(reduceBlock));
  const stepRows = builder.constant("i64", BigInt(reduceLanes));
  const end = positions.bound(rows);
  const partials = builder.createVariable("i64");
  const blockStart = builder.createVariable("i64");
  builder.write(partials, builder.parameter(0));
  builder.write(blockStart, zero);
  positions.goTo(zero);
  const block = builder.createLaterBlock();
  const main = builder.createLaterBlock();
  const rest = builder.createLaterBlock();
  const store = builder.createLaterBlock();
  const exit = builder.createLaterBlock();
  const more = builder.createLaterBlock();

  /** In rest, where each part of a step begins, which main may leave to it. */
  const restParts = usual && accumulators.map(() => builder.createLaterBlock());
  const step = (masks: ((vector: number) => Value) | undefined): void => {
    accumulators.forEach((ofPart, part) => {
      const inRest = restParts?.[part];
      if (masks !== undefined && inRest !== undefined) {
        builder.jump(inRest);
        builder.continueIn(inRest);
      }
      const inBlock = builder.emit("isub", positions.row(), builder.read(blockStart));
      const skipped = part * interleave;
      const mask: Mask = masks === undefined ? undefined : lanes.vectors((index) => masks(skipped + index));
      const isUsual = masks === undefined && usual !== undefined && inRest !== undefined;
      const rowParts = isUsual ? { ...parts, rows: [usual], abandon: inRest } : parts;
      const [value] = appendRows(rowParts, lanes, mask, skipped * lanesOfVector);
      if (value === undefined) throw new InternalError("a row without a value");
      builder.span = undefined;
      const first = ahead(builder, inBlock, skipped * lanesOfVector);
      for (const accumulator of ofPart) accumulate(lanes, accumulator, value, { first, mask });
    });
    positions.advance(reduceLanes);
  };

  builder.jump(block);
  builder.openBlock(block);
  builder.continueIn(block);
  for (const ofPart of accumulators)
    for (const { accumulation, words } of ofPart) {
      const identity = identityOf(accumulation, elementOf(result));
      words.forEach((variable, index) => {
        lanes.write(variable, lanes.constant(variable.type, identity[index] ?? 0));
      });
    }
  const wholeEnd = builder.emit("iadd", builder.read(blockStart), blockRows);
  const blockEnd = builder.emit("select", builder.emit("slt", wholeEnd, rows), wholeEnd, rows);
  const bound = positions.bound(blockEnd);
  const lastStart = positions.bound(builder.emit("isub", blockEnd, stepRows));
  builder.branch(positions.isBefore(lastStart, true), main, more);

  builder.openBlock(main);
  builder.continueIn(main);
  step(undefined);
  builder.branch(positions.isBefore(lastStart, true), main, more);
  if (usual === undefined) builder.seal(main);

  if (usual !== undefined) builder.openBlock(more);
  builder.continueIn(more);
  builder.branch(positions.isBefore(bound), rest, store);

  builder.continueIn(rest);
  step((vector) => {
    const left = builder.emit("wrap", builder.emit("isub", blockEnd, positions.row()));
    const before = builder.constant("i32", vector * lanesOfVector);
    return builder.maskFirst(lanes.vectorType("bool"), builder.emit("isub", left, before));
  });
  if (usual === undefined) builder.jump(store);
  else {
    builder.branch(positions.isBefore(lastStart, true), main, more);
    builder.seal(main);
    builder.seal(more);
  }

  builder.continueIn(store);
  const to = builder.read(partials);
  accumulators.forEach((ofPart, part) => {
    ofPart.forEach(({ words }, index) => {
      words.forEach((variable, word) => {
        const start = ((layout.starts[index] ?? 0) + word * reduceLanes) * wordBytes;
        lanes.spread(lanes.read(variable)).forEach((vector, position) => {
          builder.store(vector, to, start + (part * interleave + position) * shape.bytes);
        });
      });
    });
  });
  builder.write(partials, ahead(builder, to, layout.words * wordBytes));
  builder.write(blockStart, wholeEnd);
  builder.branch(positions.isBefore(end), block, exit);
  builder.seal(block);

  builder.continueIn(exit);
  builder.return(rowsAsked);
  placeHandOver(builder, parts.handOver, () => builder.convert("convert-s", "f64", builder.read(blockStart)));
  builder.finish();
  return { fn: builder.function, lanes: lanesOfVector, interleave };
}
