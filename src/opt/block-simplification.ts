/**
 * Block simplification: fewer blocks, with fewer parameters.
 *
 *   - blocks that the entry does not reach go;
 *   - a parameter that gets the same value on every way (single ways included; the parameter itself does not count) is
 *     that value: Braun and others, "Simple and Efficient Construction of SSA Form" (2013), section 3.1;
 *   - a block and the only one that jumps to it become one.
 *
 * In reverse postorder, so that a chain of blocks is gathered into its first and each instruction moves once.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { IncomingEdge } from "../analysis/control-flow.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import type { Change } from "./change.ts";
import { Replacements } from "./replacements.ts";

export function simplifyBlocks(fn: IrFunction, analyses = new Analyses(fn)): Change {
  if (fn.blocks.length === 1) return false;
  const { order, incoming } = analyses;
  const isAllReached = order.length === fn.blocks.length;
  if (!isAllReached) keep(fn, order);
  let isChanged = false;
  const replacements = new Replacements(fn);
  for (const block of order) {
    const edges = incoming[block.id];
    if (edges !== undefined && block.parameters.length > 0 && block !== fn.entry)
      if (removeParameters(block, edges, replacements)) isChanged = true;
  }
  replacements.apply();
  if (mergeChains(fn, order, incoming) || !isAllReached) return isChanged ? true : "blocks";
  return isChanged ? "contents" : false;
}

/** Keeps the layout of these blocks. */
function keep(fn: IrFunction, blocks: readonly Block[]): void {
  const isKept = new Uint8Array(fn.blockCount);
  for (const block of blocks) isKept[block.id] = 1;
  fn.blocks = fn.blocks.filter((block) => isKept[block.id] !== 0);
}

function removeParameters(block: Block, edges: readonly IncomingEdge[], replacements: Replacements): boolean {
  let removed: Set<number> | undefined;
  for (const [index, parameter] of block.parameters.entries()) {
    const only = onlyArgument(parameter, index, edges, replacements);
    if (only === undefined) continue;
    replacements.replace(parameter, only);
    removed ??= new Set();
    removed.add(index);
  }
  if (removed === undefined) return false;
  const isKept = (_: Value, index: number): boolean => !removed.has(index);
  block.parameters = block.parameters.filter(isKept);
  for (const { edge } of edges) edge.arguments = edge.arguments.filter(isKept);
  return true;
}

function onlyArgument(
  parameter: Value,
  index: number,
  edges: readonly IncomingEdge[],
  replacements: Replacements,
): Value | undefined {
  let only: Value | undefined;
  for (const { edge } of edges) {
    const argument = edge.arguments[index];
    if (argument === undefined) return undefined;
    const value = replacements.resolve(argument);
    if (value === parameter || value === only) continue;
    if (only !== undefined) return undefined;
    only = value;
  }
  return only;
}

/** A block with one way in has no parameters any more, so its instructions and its end just follow. */
function mergeChains(fn: IrFunction, order: readonly Block[], incoming: readonly IncomingEdge[][]): boolean {
  const isMerged = new Uint8Array(fn.blockCount);
  let isChanged = false;
  for (const block of order) {
    if (isMerged[block.id] !== 0) continue;
    while (block.terminator?.kind === "jump") {
      const next: Block = block.terminator.target.block;
      if (next === fn.entry || next === block || incoming[next.id]?.length !== 1) break;
      for (const value of next.instructions) block.instructions.push(value);
      block.terminator = next.terminator;
      isMerged[next.id] = 1;
      isChanged = true;
    }
  }
  if (isChanged) fn.blocks = fn.blocks.filter((block) => isMerged[block.id] === 0);
  return isChanged;
}
