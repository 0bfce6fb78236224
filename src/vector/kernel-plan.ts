/**
 * How a kernel goes over the rows, before any of it is built, and what every kernel begins with: which form of the row function its
 * main loop runs, in how many lanes, on how many vectors at a time.
 *
 * Code grows with the vectors in flight (U), and so does the time to compile it, while what they gain does not: U is as large as the
 * registers and a budget of instructions allow. A row function that takes the budget alone has one loop of one vector, masked,
 * instead of a main loop and another for what main leaves: its rows cost so much that a masked turn costs little more.
 */
import type { IrFunction, Value } from "../ir/function.ts";
import { SsaBuilder } from "../ir/ssa-builder.ts";
import type { Type } from "../ir/types.ts";
import { type ElementKind, elementKinds } from "./element-kinds.ts";
import {
  inputTypes,
  isRefusal,
  type KernelInput,
  type KernelOptions,
  type PreparedRow,
  prepareRow,
  prepareUsualRow,
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { KernelConstants, type LaneBuilder, type Mask } from "./lane-builder.ts";
import type { RowDemands } from "./row-demands.ts";
import type { RowParts } from "./row-parts.ts";
import { RowPositions } from "./row-positions.ts";
import type { VectorShape } from "./vector-shape.ts";

export interface KernelPlan {
  readonly row: PreparedRow;
  /** The row function without its rare ways, for the main loop; undefined if it has none. */
  readonly usual: PreparedRow | undefined;
  /** Lanes of a vector (W). */
  readonly width: number;
  /** Vectors in flight in the main loop (U). */
  readonly interleave: number;
  /** There is no main loop. */
  readonly hasOneLoop: boolean;
}

/** What a kernel is besides its row function. */
export interface KernelDemands {
  /** What is stored of each row, if anything. */
  readonly output?: ElementKind;
  /** Lanes have 64 bits, whatever the row function has. */
  readonly needs64?: boolean;
  readonly mostInterleaved?: number;
}

/** Checks and analyses the row function, which is changed: what it calls stands in place of the calls. */
export function planKernel(
  fn: IrFunction,
  inputs: readonly KernelInput[],
  options: KernelOptions,
  { output, needs64 = false, mostInterleaved = 8 }: KernelDemands,
): KernelPlan | Refusal {
  const row = prepareRow(fn, inputs);
  if (isRefusal(row)) return row;
  const { shape } = options;
  const usual = prepareUsualRow(row);
  const width = needs64 ? shape.bytes / 8 : lanesOfKernel(shape, row, inputs, output);
  const { demands } = usual ?? row;
  const chosen = options.interleave ?? chooseInterleave(shape, demands);
  const hasOneLoop = options.hasOneLoop ?? (chosen === 1 && demands.size > mostInOneLoop);
  const interleave = hasOneLoop ? 1 : Math.min(mostInterleaved, chosen);
  return { row, usual: hasOneLoop ? undefined : usual, width, interleave, hasOneLoop };
}

/** A kernel whose loops are to be built. */
export interface KernelStart {
  readonly builder: SsaBuilder;
  readonly constants: KernelConstants;
  readonly positions: RowPositions;
  readonly parts: RowParts;
  /** The number of rows, as it comes, and as an i64. */
  readonly rowsAsked: Value;
  readonly rows: Value;
}

/** Begins `@name(before…, inputs, rows, behind…) -> f64`. `stored`: elements that are written beside those of the columns. */
export function startKernel(
  name: string,
  { row }: KernelPlan,
  inputs: readonly KernelInput[],
  limit: KernelOptions,
  {
    before,
    behind = [],
    stored = [],
  }: { before: readonly Type[]; behind?: readonly Type[]; stored?: readonly ElementKind[] },
): KernelStart {
  const builder = new SsaBuilder(name, [...before, ...inputTypes(row.fn, inputs), "f64", ...behind], "f64");
  const constants = new KernelConstants(builder);
  const positions = new RowPositions(
    builder,
    [...stored, ...elementsOf(inputs)].map((element) => elementKinds[element].bytes),
  );
  const handOver = builder.createLaterBlock();
  const firstInput = before.length;
  const parts: RowParts = { builder, positions, rows: [row], inputs, firstInput, handOver, limit };
  const rowsAsked = builder.parameter(firstInput + inputs.length);
  const rows = builder.convert("trunc-sat-s", "i64", rowsAsked);
  return { builder, constants, positions, parts, rowsAsked, rows };
}

/** The kernel, once all of it is built. */
export function kernelOf({ builder }: KernelStart, { width, interleave, hasOneLoop }: KernelPlan): VectorKernel {
  builder.finish();
  return { fn: builder.function, lanes: width, interleave, hasOneLoop };
}

/** The lanes of one vector from the current row on that are rows. */
export function rowsOfVector({ builder, constants, positions, rows }: KernelStart, lanes: LaneBuilder): Mask {
  const most = constants.constant("i64", BigInt(lanes.lanes));
  const left = builder.emit("isub", rows, positions.row());
  const here = builder.emit("select", builder.emit("slt", left, most), left, most);
  return [builder.maskFirst(lanes.vectorType("bool"), builder.emit("wrap", here))];
}

/** The lanes of a kernel: as many as fit, by the widest that varies. `output`: what results are stored as, if they are. */
function lanesOfKernel(
  shape: VectorShape,
  row: PreparedRow,
  inputs: readonly KernelInput[],
  output?: ElementKind,
): number {
  const { fn, demands } = row;
  let needs64 = demands.needs64 || (output !== undefined && fn.result !== undefined && isWide(output, fn.result));
  fn.parameters.forEach(({ type }, index) => {
    const input = inputs[index];
    needs64 ||= input?.kind === "column" && isWide(input.element, type);
  });
  return shape.bytes / (needs64 ? 8 : 4);
}

/** Whether elements have 64 bits, or become what they are to be by way of 64 bits: between f32 and integers, f64. */
function isWide(element: ElementKind, type: Type): boolean {
  const inRegister = elementKinds[element].type;
  return (
    inRegister === "f64" ||
    inRegister === "i64" ||
    (inRegister === "i32" && type === "f32") ||
    (inRegister === "f32" && type === "i32")
  );
}

/** The element kinds of the columns. */
function elementsOf(inputs: readonly KernelInput[]): ElementKind[] {
  return inputs.flatMap((input) => (input.kind === "column" ? [input.element] : []));
}

/** From so many instructions on, hiding latency is worth values in memory: so many for each one in a register. */
const inMemory: readonly { readonly from: number; readonly perRegister: number }[] = [
  { from: 100, perRegister: 1.5 },
  { from: 50, perRegister: 0.5 },
];
/** Instructions that all vectors of a main loop may have together. Beyond, they come from outside of the first cache. */
const mostInMain = 2048;
/** Instructions of a row function, from which on a main loop of one vector is not worth its second copy. */
const mostInOneLoop = 400;

/**
 * How many vectors in flight: enough that the latency of one chain is hidden by the others, as far as the registers hold
 * them. A short function waits for memory anyway; a long one gains even where many values go to the stack. Where
 * one vector keeps the machine busy for most of the time that its longest chain takes, two do.
 */
function chooseInterleave(shape: VectorShape, demands: RowDemands): number {
  const { vectorRegisters } = shape;
  const { instructions, latency, live, size } = demands;
  let wanted = instructions >= 10 ? 8 : 4;
  if (latency !== undefined && latency <= 1.5 * busyCycles(shape, demands)) wanted = 2;
  const more = inMemory.find(({ from }) => instructions >= from)?.perRegister ?? 0;
  for (let count = wanted; count > 1; count /= 2) {
    if (count * size > mostInMain) continue;
    if (count * live <= vectorRegisters) return count;
    if (count <= 4 && count * live <= (1 + more) * vectorRegisters) return count;
  }
  return 1;
}

/** Cycles that one vector keeps the machine busy, at least: two instructions start in a cycle, and there is one divider. */
function busyCycles({ rootInstructions }: VectorShape, { instructions, roots, dividing }: RowDemands): number {
  if (rootInstructions === undefined) return Math.max(instructions / 2, dividing + 24 * roots);
  // Of quotients, half are computed, too.
  return Math.max((instructions + rootInstructions * roots) / 2, dividing / 2);
}
