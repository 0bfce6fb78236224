/**
 * Natural loops: a header, and the blocks from which the header is reached again without passing anything above it.
 *
 * A back edge goes to a block that dominates its start. Headers are met from the innermost out (descending reverse
 * postorder), and a block that already belongs to a loop stands for that whole loop, so each block is climbed once per
 * nesting level. Aho, Lam, Sethi, Ullman, section 9.6.6. Irreducible cycles have no header and are not found.
 */
import type { Block, IrFunction } from "../ir/function.ts";
import { type IncomingEdge, incomingEdges } from "./control-flow.ts";
import type { DominatorTree } from "./dominators.ts";

export interface Loop {
  readonly header: Block;
  /** The loop around this one. */
  readonly parent: Loop | undefined;
  /** 1 for an outermost loop. */
  readonly depth: number;
  /** The blocks of this loop that are in no inner one, the header first. */
  readonly blocks: readonly Block[];
}

interface GrowingLoop extends Loop {
  parent: GrowingLoop | undefined;
  depth: number;
  readonly blocks: Block[];
}

/** Where the edges start that lead back to a block from what it dominates; undefined if there are none. */
function backEdgesOf(header: Block, incoming: readonly IncomingEdge[], dominators: DominatorTree): Block[] | undefined {
  let starts: Block[] | undefined;
  for (let index = 0; index < incoming.length; index++) {
    const from = incoming[index]?.from;
    if (from === undefined || !dominators.dominates(header, from)) continue;
    if (starts === undefined) starts = [from];
    else starts.push(from);
  }
  return starts;
}

/** The innermost loop of each block, by block id, and all loops, outer ones before those in them. */
export function findLoops(
  fn: IrFunction,
  dominators: DominatorTree,
  incoming: readonly IncomingEdge[][] = incomingEdges(fn, dominators.order),
): { readonly innermost: readonly (Loop | undefined)[]; readonly loops: readonly Loop[] } {
  const innermost: (GrowingLoop | undefined)[] = new Array(fn.blockCount).fill(undefined);
  const loops: GrowingLoop[] = [];
  for (let position = dominators.order.length - 1; position >= 0; position--) {
    const header = dominators.order[position];
    if (header === undefined) continue;
    const work = backEdgesOf(header, incoming[header.id] ?? [], dominators);
    if (work === undefined) continue;
    const loop: GrowingLoop = { header, parent: undefined, depth: 1, blocks: [] };
    loops.push(loop);
    for (let block = work.pop(); block !== undefined; block = work.pop()) {
      let inner = innermost[block.id];
      while (inner?.parent !== undefined && inner !== loop) inner = inner.parent;
      if (inner === loop) continue;
      const reached = inner?.header ?? block;
      if (inner === undefined) innermost[block.id] = loop;
      else inner.parent = loop;
      if (reached !== header) for (const { from } of incoming[reached.id] ?? []) work.push(from);
    }
    innermost[header.id] ??= loop;
  }
  loops.reverse();
  for (const loop of loops) loop.depth = loop.parent === undefined ? 1 : loop.parent.depth + 1;
  for (const block of dominators.order) innermost[block.id]?.blocks.push(block);
  return { innermost, loops };
}
