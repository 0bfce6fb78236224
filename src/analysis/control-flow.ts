/**
 * The order of blocks and the ways into them. Nothing here recurses: functions may have tens of thousands of blocks.
 */
import type { Block, Edge, IrFunction, Terminator } from "../ir/function.ts";

/** The blocks that the entry reaches, each before its successors save along back edges. Starts with the entry. */
export function reversePostorder(fn: IrFunction): Block[] {
  const postorder: Block[] = [];
  // A depth-first walk with a stack of our own. By block id: 0 if it was not met, else one more than its edges that are done.
  const met = new Uint8Array(fn.blockCount);
  const stack: Block[] = [fn.entry];
  met[fn.entry.id] = 1;
  for (let block = stack[0]; block !== undefined; block = stack[stack.length - 1]) {
    const target = targetFromBack(block.terminator, (met[block.id] ?? 0) - 1);
    if (target === undefined) {
      postorder.push(block);
      stack.pop();
      continue;
    }
    met[block.id] = (met[block.id] ?? 0) + 1;
    if (met[target.id] === 0) {
      met[target.id] = 1;
      stack.push(target);
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
export function incomingEdges(fn: IrFunction, blocks: readonly Block[]): readonly IncomingEdge[][] {
  const incoming: IncomingEdge[][] = new Array(fn.blockCount).fill(none);
  for (let index = 0; index < blocks.length; index++) {
    const from = blocks[index];
    const terminator = from?.terminator;
    if (from === undefined || terminator === undefined) continue;
    if (terminator.kind === "jump") add(incoming, from, terminator.target);
    else if (terminator.kind === "branch") {
      add(incoming, from, terminator.whenTrue);
      add(incoming, from, terminator.whenFalse);
    }
  }
  return incoming;
}

/** Of the blocks without any. */
const none: IncomingEdge[] = [];

/** Most blocks have one way in; a list that starts with it takes a fifth of the memory of one that grows to it. */
function add(incoming: IncomingEdge[][], from: Block, edge: Edge): void {
  const { id } = edge.block;
  const list = incoming[id];
  if (list === undefined || list === none) incoming[id] = [{ from, edge }];
  else list.push({ from, edge });
}
