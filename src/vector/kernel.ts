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
import type { ElementKind } from "./element-kinds.ts";
import { takeHighProducts } from "./high-products.ts";
import { inlineAllCalls } from "./inline-calls.ts";
import type { IterationLimit } from "./iteration-limit.ts";
import type { LaneBuilder, Mask, Wide } from "./lane-builder.ts";
import { RowCosts } from "./row-costs.ts";
import { demandsOf, type RowDemands } from "./row-demands.ts";
import { splitUniformConditions } from "./uniform-conditions.ts";
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
  /** One loop of one vector, masked, takes all rows: for few rows, or a large row function. Chosen by its size if absent. */
  readonly hasOneLoop?: boolean;
}

export interface VectorKernel {
  readonly fn: IrFunction;
  /** Lanes of one vector (W), and vectors in flight (U). */
  readonly lanes: number;
  readonly interleave: number;
  /** One loop takes all rows; `streaming` makes no difference to it. */
  readonly hasOneLoop: boolean;
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
const mostBlocks = 10_000;

/** Checks and analyses a row function. */
export function prepareRow(fn: IrFunction, inputs: readonly KernelInput[]): PreparedRow | Refusal {
  const refused = inlineAllCalls(fn) ?? findObstacle(fn);
  if (refused !== undefined) return { refused };
  takeHighProducts(fn);
  const varying = fn.parameters.map((_, index) => inputs[index]?.kind === "column");
  let divergence = new Divergence(fn, varying);
  if (splitUniformConditions(divergence)) divergence = new Divergence(fn, varying);
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
  return analyzed(new Divergence(usual.fn, varying), usual.guards);
}

function analyzed(divergence: Divergence, guards?: Guards): PreparedRow {
  const costs = new RowCosts(divergence, guards);
  const demands = demandsOf(divergence, costs);
  return { fn: divergence.fn, divergence, costs, demands, ...(guards !== undefined && { guards }) };
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
