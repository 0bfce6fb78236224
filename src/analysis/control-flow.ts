/**
 * The order of blocks and the ways into them. Nothing here recurses: functions may have tens of thousands of blocks.
 */
import { type Block, type Edge, edgesOf, type IrFunction, type Terminator } from "../ir/function.ts";

/** The blocks that the entry reaches, each before its successors save along back edges. Starts with the entry. */
export function reversePostorder(fn: IrFunction): Block[] {
  const isSeen = new Uint8Array(fn.blockCount);
  const postorder: Block[] = [];
  // A depth-first walk with a stack of our own: a block, and how many of its edges are done.
  const stack: Block[] = [fn.entry];
  const done: number[] = [0];
  isSeen[fn.entry.id] = 1;
  for (let top = 0; top >= 0; top = stack.length - 1) {
    const block = stack[top]!; // top is in range
    const target = targetFromBack(block.terminator, done[top]!); // one entry for each on the stack
    if (target === undefined) {
      postorder.push(block);
      stack.pop();
      done.pop();
    } else {
      done[top]!++; // as above
      if (isSeen[target.id] === 0) {
        isSeen[target.id] = 1;
        stack.push(target);
        done.push(0);
      }
    }
  }
  return postorder.reverse();
}

/** The last edge first: in reverse, the first edge's target then follows its branch, as the layout would have it. */
function targetFromBack(terminator: Terminator | undefined, index: number): Block | undefined {
  if (terminator?.kind === "jump") return index === 0 ? terminator.target.block : undefined;
  if (terminator?.kind !== "branch" || index > 1) return undefined;
  return index === 0 ? terminator.whenFalse.block : terminator.whenTrue.block;
}

/** A way into a block. */
export interface IncomingEdge {
  readonly from: Block;
  readonly edge: Edge;
}

/**
 * The edges into each block, by block id, from the given blocks only and in their order; a branch with both edges to one
 * block is in there twice.
 */
export function incomingEdges(fn: IrFunction, blocks: readonly Block[]): IncomingEdge[][] {
  const incoming: IncomingEdge[][] = [];
  for (let id = 0; id < fn.blockCount; id++) incoming.push([]);
  for (const from of blocks) for (const edge of edgesOf(from.terminator)) incoming[edge.block.id]?.push({ from, edge });
  return incoming;
}
