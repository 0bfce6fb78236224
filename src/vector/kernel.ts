/**
 * What all column kernels share: how the parameters of a row function reach the kernel, how a kernel is asked for, and what
 * comes back.
 *
 * A row function computes one row: scalars in, one scalar out (engine/subject.ts, `buildRow`). An array among the parameters
 * of the source is two of its parameters, address (i64) and length (i32), the same for all rows. Kernel builders put what it calls in
 * place of the calls, so it is changed; optimise it before.
 *
 * Every kernel takes the hidden context first, pointers as i64, and numbers of rows as f64, exact to 2^53 and at least 1.
 * Kernels are built wide and plain: `expand` and the optimiser come after, then the back end.
 */
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { SsaBuilder } from "../ir/ssa-builder.ts";
import type { Scalar, Type } from "../ir/types.ts";
import { Divergence } from "./divergence.ts";
import { type ElementKind, elementKinds } from "./element-kinds.ts";
import { inlineAllCalls } from "./inline-calls.ts";
import type { IterationLimit } from "./iteration-limit.ts";
import type { LaneBuilder, Mask, Wide } from "./lane-builder.ts";
import { RowCosts } from "./row-costs.ts";
import { demandsOf, type RowDemands } from "./row-demands.ts";
import { type Guards, usualRow } from "./usual-row.ts";
import type { VectorShape } from "./vector-shape.ts";
import { type WaysOut, type WidenedRow, widenRow } from "./widen-row.ts";

/**
 * How a parameter of the row function reaches the kernel: a column is a pointer (i64) to the element of the first row; a
 * scalar is one value for all rows, of the parameter's own type, a bool as an i32 of 0 or 1.
 */
export type KernelInput = { readonly kind: "column"; readonly element: ElementKind } | { readonly kind: "scalar" };

export interface KernelOptions extends IterationLimit {
  readonly shape: VectorShape;
  /** Vectors in flight (U), a power of two; chosen from the row function's length and the registers if absent. */
  readonly interleave?: number;
}

export interface VectorKernel {
  readonly fn: IrFunction;
  /** Lanes of one vector (W), and vectors in flight (U). */
  readonly lanes: number;
  readonly interleave: number;
}

/** Why there is no vector kernel. The engine then takes the scalar one, and `explain` tells. */
export interface Refusal {
  readonly refused: string;
}

export function isRefusal(result: object): result is Refusal {
  return "refused" in result;
}

/** What a scalar parameter is passed as. */
export function passedType(type: Type): Type {
  return type === "bool" ? "i32" : type;
}

/** The types of a kernel's parameters for a row function's inputs. */
export function inputTypes(fn: IrFunction, inputs: readonly KernelInput[]): Type[] {
  return fn.parameters.map(({ type }, index) => (inputs[index]?.kind === "column" ? "i64" : passedType(type)));
}

/** A row function that is ready to be widened. */
export interface PreparedRow {
  readonly fn: IrFunction;
  readonly divergence: Divergence;
  readonly costs: RowCosts;
  readonly demands: RowDemands;
  /** Of a usual row: what has to hold for its results to mean anything. */
  readonly guards?: Guards;
}

/** Blocks of one row function that is widened. */
const mostBlocks = 1000;

/** Checks and analyses a row function. */
export function prepareRow(fn: IrFunction, inputs: readonly KernelInput[]): PreparedRow | Refusal {
  const refused = inlineAllCalls(fn) ?? findObstacle(fn);
  if (refused !== undefined) return { refused };
  const divergence = new Divergence(
    fn,
    fn.parameters.map((_, index) => inputs[index]?.kind === "column"),
  );
  if (divergence.isIrreducible) return { refused: "its loops have several entries" };
  const returns = divergence.order.some(({ terminator }) => terminator?.kind === "return");
  if (!returns) return { refused: "it never returns" };
  return analyzed(divergence);
}

/** The row function without its rare ways (usual-row.ts), for a kernel's main loop; undefined if it has none. */
export function prepareUsualRow({ fn, divergence }: PreparedRow): PreparedRow | undefined {
  const usual = usualRow(divergence);
  if (usual === undefined) return undefined;
  const varying = fn.parameters.map((parameter) => divergence.isVarying(parameter));
  return { ...analyzed(new Divergence(usual.fn, varying)), guards: usual.guards };
}

function analyzed(divergence: Divergence): PreparedRow {
  const costs = new RowCosts(divergence);
  return { fn: divergence.fn, divergence, costs, demands: demandsOf(divergence, costs) };
}

function findObstacle({ blocks }: IrFunction): string | undefined {
  if (blocks.length > mostBlocks) return `it has more than ${mostBlocks} blocks`;
  for (const { instructions } of blocks)
    for (const { shape } of instructions) {
      if (shape.effect === "write") return "it stores into memory";
      if (shape.opcode === "context") return "it uses the call context";
    }
  return undefined;
}

/** The lanes of a kernel: as many as fit, by the widest that varies. `output`: what results are stored as, if they are. */
export function lanesOfKernel(
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
export function elementsOf(inputs: readonly KernelInput[]): ElementKind[] {
  return inputs.flatMap((input) => (input.kind === "column" ? [input.element] : []));
}

/** From so many instructions on, hiding latency is worth some values in memory. */
const longFunction = 50;

/**
 * How many vectors in flight: enough that the latency of one chain is hidden by the others, as far as the registers hold
 * them. A short function waits for memory anyway; a long one gains even where half of the values too many go to the stack.
 */
export function chooseInterleave(shape: VectorShape, rows: readonly PreparedRow[]): number {
  let instructions = 0;
  let live = 1;
  for (const { demands } of rows) {
    instructions += demands.instructions;
    live = Math.max(live, demands.live);
  }
  const wanted = instructions >= 10 ? 8 : 4;
  const { vectorRegisters } = shape;
  for (let count = wanted; count > 1; count /= 2) {
    if (count * live <= vectorRegisters) return count;
    if (instructions >= longFunction && count <= 4 && count * live <= 1.5 * vectorRegisters) return count;
  }
  return 1;
}

/** Appends a row function in all lanes. */
export function appendRow(
  row: PreparedRow,
  lanes: LaneBuilder,
  parameters: readonly Wide[],
  active: Mask,
  ways: WaysOut,
  limit: IterationLimit,
): WidenedRow {
  const { divergence, costs, guards } = row;
  return widenRow({ lanes, divergence, costs, guards, parameters, active, ways, limit });
}

/** Ends the builder's block: out of the turn if lanes of the row would trap, or go a rare way. Goes on behind. */
export function leaveTurn(lanes: LaneBuilder, { trapped, usual }: WidenedRow, { abandon }: WaysOut): void {
  const { builder } = lanes;
  if (usual !== undefined) {
    const goOn = builder.createLaterBlock();
    builder.branch(lanes.all(usual), goOn, abandon);
    builder.continueIn(goOn);
  }
  if (trapped !== undefined) {
    const goOn = builder.createLaterBlock();
    builder.branch(lanes.any(trapped), abandon, goOn);
    builder.continueIn(goOn);
  }
}

/** Places the block where scalar code takes over, if anything leads there; `build` appends what it does. */
export function placeHandOver(builder: SsaBuilder, handOver: Block, build: () => Value): void {
  if (!builder.function.blocks.some(({ terminator }) => edgesOf(terminator).some(({ block }) => block === handOver)))
    return;
  builder.continueIn(handOver);
  builder.return(build());
}

/** A scalar parameter of a row function, as it comes into the kernel. */
export function scalarInput(lanes: LaneBuilder, passed: Value, type: Scalar): Value {
  if (type !== "bool") return passed;
  return lanes.constants.inEntry(() => lanes.builder.emit("ine", passed, lanes.builder.constant("i32", 0)));
}
