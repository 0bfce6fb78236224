/**
 * `map`: one result for each row.
 *
 *     @map(out, inputs in the order of the parameters, rows) -> f64, the rows done
 *       entry      constants, and what is the same for all rows
 *       choose     enough rows for a full turn: main; rows left: rest; else the end
 *       main       U vectors of W rows: load, compute, store
 *       more       fewer rows left than a full turn: main once more, for the last full turn's worth, some of which are done
 *                  already; where out is a column itself, or there are too few rows for that, rest
 *       rest       one vector, masked where it would reach beyond the rows
 *
 * A large row function, or one for few rows, has no main (kernel-plan.ts): rest goes over all rows, one masked vector at a time.
 *
 * Where the row function has rare ways, main is without them, and leaves turns that need them to rest (retreat.ts).
 *
 * Fewer rows done than asked for: from there on, scalar code has to go on, since one of the next U * W rows would trap, or takes
 * too many turns. Those before are stored. Where out is a column itself, element for element, each turn reads before it writes.
 *
 * Results that are larger than a core's caches wait for memory: a store needs its line first. Main then asks for lines well
 * before it writes them (`fetching`), and where the row function is short, goes a line at a time: runs of loads and then of stores
 * are slower from memory than one of each in turn. Or results go past the caches (`streaming`), which spares reading the lines.
 * That needs addresses that are multiples of the vector's size, so a first masked turn goes as far as the next one. Short kernels
 * begin like that anyway, if there are rows enough: typed arrays mostly lie 16 bytes behind such an address, all alike, and every
 * access would cross cache lines.
 */
import type { IrFunction, Value } from "../ir/function.ts";
import type { SsaBuilder } from "../ir/ssa-builder.ts";
import { type ElementKind, elementKinds, storeElements, toElement } from "./element-kinds.ts";
import {
  isRefusal,
  type KernelInput,
  type KernelOptions,
  placeHandOver,
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { type KernelPlan, type KernelStart, kernelOf, planKernel, rowsOfVector, startKernel } from "./kernel-plan.ts";
import { LaneBuilder, type Mask } from "./lane-builder.ts";
import { Retreat } from "./retreat.ts";
import { appendRows, type RowParts } from "./row-parts.ts";

/** How results reach memory: see above. `plain` is for those that fit into a core's caches. */
export type Stores = "plain" | "fetching" | "streaming";

export interface MapKernelOptions extends KernelOptions {
  /** `plain` if absent, and where there is one loop. Elements of fewer than 32 bits are not streamed. */
  readonly stores?: Stores;
}

/** Bytes of a cache line, and how far ahead of the writing it is asked for: anything from 1 to 4 KiB is as good. */
const lineBytes = 64;
const fetchDistance = 2048;

/** Up to so many instructions, a row function waits for memory rather than for arithmetic. */
const shortFunction = 16;
/** From so many rows on, it pays to start with a masked turn. */
const rowsWorthAligning = 256;

/** Builds the kernel; changes the row function. */
export function buildVectorMap(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  output: ElementKind,
  options: MapKernelOptions,
): VectorKernel | Refusal {
  const chosen = planKernel(fn, inputs, options, { output });
  if (isRefusal(chosen)) return chosen;
  const { bytes, store } = elementKinds[output];
  const isNarrow = store !== undefined;
  const stores =
    chosen.hasOneLoop || (isNarrow && options.stores === "streaming") ? "plain" : (options.stores ?? "plain");
  const plan = stores === "fetching" && options.interleave === undefined ? lineByLine(chosen, output) : chosen;
  const start = startKernel("map", plan, inputs, options, { before: ["i64"], stored: [output] });
  const { builder, positions, parts, rowsAsked } = start;
  const out = builder.parameter(0);
  const isStreaming = stores === "streaming";
  const turn = (rowParts: RowParts, lanes: LaneBuilder, mask: Mask, own: Stores = "plain"): void => {
    const [result] = appendRows(rowParts, lanes, mask);
    builder.span = undefined;
    if (result === undefined) return;
    // Behind the row function: an address that waits for its loops takes a register from them.
    const address = positions.address(out, bytes);
    const end = fetchDistance + lanes.lanes * lanes.count * bytes;
    if (own === "fetching")
      for (let ahead = fetchDistance; ahead < end; ahead += lineBytes) builder.prefetchForWriting(address, ahead);
    storeElements(lanes, { kind: output, address, mask }, toElement(lanes, output, result), own === "streaming");
  };
  if (plan.hasOneLoop) appendOneLoop(start, plan, turn);
  else appendLoops(start, plan, { turn, inputs, bytes, stores });
  if (isStreaming) builder.fence();
  builder.return(rowsAsked);
  placeHandOver(builder, parts.handOver, () => {
    if (isStreaming) builder.fence();
    return builder.convert("convert-s", "f64", positions.row());
  });
  return kernelOf(start, plan);
}

/** Appends a turn over the rows from the current one on: loads, the row function, stores. */
type Turn = (parts: RowParts, lanes: LaneBuilder, mask: Mask, stores?: Stores) => void;

/** All rows, one vector at a time. */
function appendOneLoop(start: KernelStart, { width }: KernelPlan, turn: Turn): void {
  const { builder, constants, positions, parts, rows } = start;
  const lanes = new LaneBuilder(builder, constants, width, 1);
  const end = positions.bound(rows);
  positions.goTo(builder.constant("i64", 0n));
  const loop = builder.createLaterBlock();
  const exit = builder.createLaterBlock();
  builder.jump(loop);
  builder.openBlock(loop);
  builder.continueIn(loop);
  turn(parts, lanes, rowsOfVector(start, lanes));
  positions.advance(width);
  builder.branch(positions.isBefore(end), loop, exit);
  builder.seal(loop);
  builder.continueIn(exit);
}

interface MapLoops {
  readonly turn: Turn;
  readonly inputs: readonly KernelInput[];
  /** Of an element of out. */
  readonly bytes: number;
  readonly stores: Stores;
}

/** Main, and rest for what it leaves. */
function appendLoops(
  { builder, constants, positions, parts, rows }: KernelStart,
  { row, usual, width, interleave }: KernelPlan,
  { turn, inputs, bytes, stores }: MapLoops,
): void {
  const isStreaming = stores === "streaming";
  const out = builder.parameter(0);
  const full = interleave * width;
  const zero = builder.constant("i64", 0n);
  const end = positions.bound(rows);
  const lastRow = builder.emit("isub", rows, builder.constant("i64", BigInt(full)));
  const lastStart = positions.bound(lastRow);
  const columnPointers = inputs.flatMap((input, index) =>
    input.kind === "column" ? [builder.parameter(index + 1)] : [],
  );
  const mayRepeat = columnPointers.reduce(
    (apart, pointer) => builder.emit("and", apart, builder.emit("ine", out, pointer)),
    builder.emit("sge", lastRow, zero),
  );
  positions.goTo(zero);
  const retreat = usual && new Retreat(builder, positions, full);
  const mainParts = usual && retreat ? { ...parts, rows: [usual], abandon: retreat.abandon } : parts;
  const step = builder.createVariable("i64");
  const vectorRows = builder.constant("i64", BigInt(width));
  const choose = builder.createLaterBlock();
  const main = builder.createLaterBlock();
  const rest = builder.createLaterBlock();
  const exit = builder.createLaterBlock();
  const few = builder.createLaterBlock();
  const more = builder.createLaterBlock();
  const remaining = builder.createLaterBlock();
  const again = builder.createLaterBlock();
  if (isStreaming || row.demands.instructions <= shortFunction) {
    const away = rowsToAlignment(builder, out, bytes, width * bytes);
    builder.write(step, away);
    const isAway = builder.emit("ine", away, zero);
    const pays = builder.emit("sge", rows, builder.constant("i64", BigInt(rowsWorthAligning)));
    if (isStreaming) builder.branch(isAway, rest, choose);
    else builder.branch(builder.emit("and", isAway, pays), rest, choose);
  } else {
    builder.write(step, vectorRows);
    builder.jump(choose);
  }

  builder.openBlock(choose);
  builder.openBlock(main);
  builder.openBlock(rest);
  builder.continueIn(choose);
  if (retreat === undefined) builder.branch(positions.isBefore(lastStart, true), main, few);
  else {
    const check = builder.createLaterBlock();
    builder.branch(positions.isBefore(lastStart, true), check, few);
    builder.continueIn(check);
    builder.branch(retreat.isOver(), main, few);
  }
  builder.continueIn(few);
  builder.write(step, vectorRows);
  builder.branch(positions.isBefore(end), rest, exit);

  builder.continueIn(main);
  turn(mainParts, new LaneBuilder(builder, constants, width, interleave), undefined, stores);
  positions.advance(full);
  retreat?.succeed();
  builder.branch(positions.isBefore(lastStart, true), main, more);

  builder.continueIn(more);
  builder.write(step, vectorRows);
  builder.branch(positions.isBefore(end), remaining, exit);
  builder.continueIn(remaining);
  if (isStreaming) builder.jump(rest);
  else {
    builder.branch(mayRepeat, again, rest);
    builder.continueIn(again);
    positions.goTo(lastRow);
    builder.jump(main);
  }
  builder.seal(main);
  if (retreat !== undefined) {
    retreat.begin();
    builder.write(step, vectorRows);
    builder.jump(rest);
  }

  builder.continueIn(rest);
  const left = builder.emit("isub", rows, positions.row());
  const count = builder.read(step);
  const here = builder.emit("select", builder.emit("slt", left, count), left, count);
  const lanes = new LaneBuilder(builder, constants, width, 1);
  turn(parts, lanes, [builder.maskFirst(lanes.vectorType("bool"), builder.emit("wrap", here))]);
  positions.advanceBy(count);
  builder.jump(choose);
  builder.seal(rest);
  builder.seal(choose);

  builder.continueIn(exit);
}

/** The plan with as many vectors at a time as a line of results takes, if the row function is short and has no loops. */
function lineByLine(plan: KernelPlan, output: ElementKind): KernelPlan {
  const { instructions, latency } = plan.row.demands;
  if (instructions > shortFunction || latency === undefined) return plan;
  const vectors = Math.max(1, lineBytes / (plan.width * elementKinds[output].bytes));
  return { ...plan, interleave: Math.min(plan.interleave, vectors) };
}

/** How many elements there are before the next address that is a multiple of `alignment`. */
function rowsToAlignment(builder: SsaBuilder, address: Value, bytes: number, alignment: number): Value {
  const constant = (value: number) => builder.constant("i64", BigInt(value));
  const away = builder.emit("and", builder.emit("isub", constant(0), address), constant(alignment - 1));
  return builder.emit("ushr", away, constant(Math.log2(bytes)));
}
