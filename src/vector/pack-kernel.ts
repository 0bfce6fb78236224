/**
 * The common part of `filter` and `select`: the lanes of rows whose value is truthy, moved together and stored one behind the other.
 *
 *       main       U vectors of W rows: what is packed, those that are taken moved to the low lanes (`compress`), and stored as a
 *                  whole; the next vector then overwrites what is too much
 *       rest       one vector, masked; also where main, which has no rare ways, abandons a turn (retreat.ts), and for all rows
 *                  where there is one loop alone (kernel-plan.ts)
 *
 * What is written to needs room for all rows: what stands behind the result is overwritten.
 */
import type { Block, Value } from "../ir/function.ts";
import type { SsaBuilder } from "../ir/ssa-builder.ts";
import { type ElementKind, elementKinds, storeElements, truth } from "./element-kinds.ts";
import { type KernelPlan, type KernelStart, rowsOfVector } from "./kernel-plan.ts";
import { LaneBuilder, type Mask, vectorAt, type Wide } from "./lane-builder.ts";
import { Retreat } from "./retreat.ts";
import { appendRows, type RowParts } from "./row-parts.ts";
import { RowPositions } from "./row-positions.ts";

/** Something of each row that is packed. */
export interface Packed {
  readonly kind: ElementKind;
  /** Where the first one goes. */
  readonly out: Value;
  /** Of all lanes, as they are stored (`toElement`). */
  readonly make: (lanes: LaneBuilder, mask: Mask) => Wide;
}

/**
 * Appends the loops, from row 0 on; gives how many rows were taken, an i64. `skipsEmptyTurns`: a turn without rows that are taken makes
 * nothing, which pays where what is packed has to be read from memory for it.
 */
export function appendPacking(
  start: KernelStart,
  { usual, width, interleave, hasOneLoop }: KernelPlan,
  packed: readonly Packed[],
  skipsEmptyTurns = false,
): Value {
  const { builder, constants, positions, parts, rows } = start;
  const full = interleave * width;
  const zero = constants.constant("i64", 0n);
  const end = positions.bound(rows);
  const lastStart = positions.bound(builder.emit("isub", rows, builder.constant("i64", BigInt(full))));
  const places = new RowPositions(
    builder,
    packed.map(({ kind }) => elementKinds[kind].bytes),
  );
  positions.goTo(zero);
  places.goTo(zero);

  const retreat = usual && new Retreat(builder, positions, full);
  const mainParts = usual && retreat ? { ...parts, rows: [usual], abandon: retreat.abandon } : parts;

  const turn = (rowParts: RowParts, lanes: LaneBuilder, mask: Mask): void => {
    const [result] = appendRows(rowParts, lanes, mask);
    builder.span = undefined;
    if (result === undefined) return;
    const isTaken = lanes.and(mask, truth(lanes, result)) ?? lanes.constant("bool", true);
    const next = builder.createLaterBlock();
    if (skipsEmptyTurns) {
      const some = builder.createLaterBlock();
      builder.branch(lanes.any(isTaken), some, next);
      builder.continueIn(some);
    }
    const taken = lanes.spread(isTaken);
    const compressed = packed.map(({ make }) => {
      const vectors = lanes.spread(make(lanes, mask));
      return lanes.vectors((index) => builder.emit("compress", vectorAt(vectors, index), vectorAt(taken, index)));
    });
    const counts = taken.map((lanesTaken) => builder.emit("mask-count", lanesTaken));
    const one = new LaneBuilder(builder, constants, width, 1);
    counts.forEach((count, index) => {
      packed.forEach(({ kind, out }, column) => {
        const vector = vectorAt(compressed[column] ?? [], index);
        const written: Mask = mask === undefined ? undefined : [builder.maskFirst(one.vectorType("bool"), count)];
        const address = places.address(out, elementKinds[kind].bytes);
        storeElements(one, { kind, address, mask: written }, [vector]);
      });
      places.advanceBy(builder.convert("zext", "i64", count));
    });
    if (skipsEmptyTurns) {
      builder.jump(next);
      builder.continueIn(next);
    }
  };

  const [choose, main, more, rest, exit] = blocks(builder);
  const restTurn = (): void => {
    builder.continueIn(rest);
    const lanes = new LaneBuilder(builder, constants, width, 1);
    turn(parts, lanes, rowsOfVector(start, lanes));
    positions.advance(width);
  };
  if (hasOneLoop) {
    builder.jump(rest);
    builder.openBlock(rest);
    restTurn();
    builder.branch(positions.isBefore(end), rest, exit);
    builder.seal(rest);
    builder.continueIn(exit);
    return places.row();
  }
  builder.jump(choose);
  if (retreat !== undefined) builder.openBlock(choose);
  builder.openBlock(main);
  builder.openBlock(more);
  builder.openBlock(rest);
  builder.continueIn(choose);
  const isMain = positions.isBefore(lastStart, true);
  builder.branch(retreat === undefined ? isMain : builder.emit("and", isMain, retreat.isOver()), main, more);
  builder.continueIn(main);
  turn(mainParts, new LaneBuilder(builder, constants, width, interleave), undefined);
  positions.advance(full);
  retreat?.succeed();
  builder.branch(positions.isBefore(lastStart, true), main, more);
  builder.seal(main);
  if (retreat !== undefined) {
    retreat.begin();
    builder.jump(rest);
  }

  builder.continueIn(more);
  builder.branch(positions.isBefore(end), rest, exit);
  restTurn();
  builder.jump(retreat === undefined ? more : choose);
  builder.seal(rest);
  builder.seal(more);
  if (retreat !== undefined) builder.seal(choose);
  builder.continueIn(exit);
  return places.row();
}

function blocks(builder: SsaBuilder): [Block, Block, Block, Block, Block] {
  const block = () => builder.createLaterBlock();
  return [block(), block(), block(), block(), block()];
}
