/**
 * The rows of one turn of a kernel's loop: their parameters, loaded from the columns, and the row functions on them.
 *
 * Several row functions may share the inputs; columns are loaded once for all.
 */
import { InternalError } from "../base/errors.ts";
import type { Block, Value } from "../ir/function.ts";
import type { SsaBuilder } from "../ir/ssa-builder.ts";
import { elementOf } from "../ir/types.ts";
import { elementKinds, loadElements } from "./element-kinds.ts";
import type { IterationLimit } from "./iteration-limit.ts";
import { appendRow, type KernelInput, leaveTurn, type PreparedRow, scalarInput } from "./kernel.ts";
import type { LaneBuilder, Mask, Wide } from "./lane-builder.ts";
import type { RowPositions } from "./row-positions.ts";

export interface RowParts {
  readonly builder: SsaBuilder;
  readonly positions: RowPositions;
  readonly rows: readonly PreparedRow[];
  readonly inputs: readonly KernelInput[];
  /** The kernel's parameter of the first input. */
  readonly firstInput: number;
  /** Where scalar code is to go on from the current row. */
  readonly handOver: Block;
  /** Where a turn goes that is abandoned, instead. */
  readonly abandon?: Block;
  readonly limit: IterationLimit;
}

/** Appends all row functions for the U vectors of rows from the current one on; `skipped` rows further on. Gives their results. */
export function appendRows(parts: RowParts, lanes: LaneBuilder, mask: Mask, skipped = 0): Wide[] {
  const { builder, positions, rows, inputs, firstInput, handOver, limit } = parts;
  const ways = { handOver, abandon: parts.abandon ?? handOver };
  const [first] = rows;
  if (first === undefined) throw new InternalError("a kernel without a row function");
  const parameters = first.fn.parameters.map(({ type }, index): Wide => {
    const input = inputs[index];
    const passed = builder.parameter(firstInput + index);
    if (input?.kind !== "column") return scalarInput(lanes, passed, elementOf(type));
    const { element } = input;
    const { bytes } = elementKinds[element];
    const address = ahead(builder, positions.address(passed, bytes), skipped * bytes);
    return loadElements(lanes, { kind: element, address, mask }, elementOf(type));
  });
  return rows.map((row) => {
    const widened = appendRow(row, lanes, parameters, mask, ways, limit);
    leaveTurn(lanes, widened, ways);
    return widened.result;
  });
}

/** An address some bytes further on. */
export function ahead(builder: SsaBuilder, address: Value, bytes: number): Value {
  return bytes === 0 ? address : builder.emit("iadd", address, builder.constant("i64", BigInt(bytes)));
}
