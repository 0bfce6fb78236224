/**
 * The order in which blocks stand in the code.
 *
 * Without loops that is the function's own order. With loops, reverse postorder with the blocks of each loop together, so
 * that nothing which leaves a loop stands inside it; and a loop whose header decides whether to go on is turned until the
 * header stands last: one conditional jump for each turn instead of a conditional and an unconditional one, for a
 * jump when the loop is entered ("loop rotation" of LLVM's MachineBlockPlacement). What is rarely executed stands at the
 * end: what passes say is unlikely, blocks that trap, and those that look after a loop's fuel now and then, which are the ones that may stop it.
 */
import { reversePostorder } from "../analysis/control-flow.ts";
import { DominatorTree } from "../analysis/dominators.ts";
import { findLoops, type Loop } from "../analysis/loops.ts";
import { type Block, edgesOf, type IrFunction } from "../ir/function.ts";

export interface BlockLayout {
  /** The blocks that the entry reaches; the entry first. */
  readonly order: readonly Block[];
  /** By block id: the innermost loop, for blocks in one. Empty if there are no loops. */
  readonly innermost: readonly (Loop | undefined)[];
}

const none: readonly undefined[] = [];

/** `isReached` by block id. */
export function layOutBlocks(fn: IrFunction, isReached: readonly boolean[]): BlockLayout {
  if (fn.blocks.length === 1) return { order: fn.blocks, innermost: none };
  const innermost = hasBackwardEdge(fn, isReached) ? loopsOf(fn) : [];
  const blocks =
    innermost.length === 0 ? fn.blocks.filter(({ id }) => isReached[id]) : keepLoopsTogether(fn, innermost);
  const order: Block[] = [];
  const cold: Block[] = [];
  const isCold = findColdBlocks(blocks, fn.blockCount);
  for (const block of blocks) (isCold[block.id] && block !== fn.entry ? cold : order).push(block);
  for (const block of cold) order.push(block);
  if (innermost.length === 0) return { order, innermost };
  // Behind everything, they belong to no loop: loops stand together.
  return { order, innermost: innermost.map((loop, id) => (isCold[id] ? undefined : loop)) };
}

/** By block id: blocks that trap, blocks that may go to a trap which stops the program, and what only those go to. */
function findColdBlocks(blocks: readonly Block[], blockCount: number): readonly boolean[] {
  const isCold = new Array<boolean>(blockCount).fill(false);
  const stops = new Array<boolean>(blockCount).fill(false);
  let isAny = false;
  for (const { id, terminator, isUnlikely } of blocks) {
    if (isUnlikely) isCold[id] = true;
    if (terminator?.kind !== "trap") continue;
    isCold[id] = true;
    stops[id] = terminator.code === "stopped" || terminator.code === "iteration-limit";
    isAny ||= stops[id];
  }
  if (!isAny) return isCold;
  const hotWays = new Array<number>(blockCount).fill(0);
  const pending: Block[] = [];
  for (const block of blocks) {
    const edges = edgesOf(block.terminator);
    for (const { block: target } of edges) hotWays[target.id]!++; // ids are dense
    if (!edges.some(({ block: target }) => stops[target.id])) continue;
    isCold[block.id] = true;
    pending.push(block);
  }
  for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
    for (const { block: target } of edgesOf(block.terminator)) {
      if (--hotWays[target.id]! > 0 || isCold[target.id]) continue; // ids are dense
      isCold[target.id] = true;
      pending.push(target);
    }
  }
  return isCold;
}

/** Whether an edge goes to a block at or above its own: every loop has one. */
function hasBackwardEdge(fn: IrFunction, isReached: readonly boolean[]): boolean {
  const isAbove = new Array<boolean>(fn.blockCount).fill(false);
  for (const block of fn.blocks) {
    isAbove[block.id] = true;
    if (!isReached[block.id]) continue;
    for (const edge of edgesOf(block.terminator)) if (isAbove[edge.block.id]) return true;
  }
  return false;
}

function loopsOf(fn: IrFunction): readonly (Loop | undefined)[] {
  const { innermost, loops } = findLoops(fn, new DominatorTree(fn));
  return loops.length === 0 ? [] : innermost;
}

type Item = Block | Loop;

function isLoop(item: Item): item is Loop {
  return "header" in item;
}

function keepLoopsTogether(fn: IrFunction, innermost: readonly (Loop | undefined)[]): Block[] {
  // What each loop, and the function outside all loops, holds: blocks, and loops where their headers stand.
  const outside: Item[] = [];
  const inside = new Map<Loop, Item[]>();
  for (const block of reversePostorder(fn)) {
    const loop = innermost[block.id];
    if (loop?.header === block) {
      inside.set(loop, []);
      (loop.parent === undefined ? outside : inside.get(loop.parent))?.push(loop);
    }
    (loop === undefined ? outside : inside.get(loop))?.push(block);
  }
  for (const [loop, items] of inside) if (isTurned(loop, items, innermost)) items.push(...items.splice(0, 1));
  const order: Block[] = [];
  const stack = [{ items: outside, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const item = top.items[top.next++];
    if (item === undefined) stack.pop();
    else if (isLoop(item)) stack.push({ items: inside.get(item) ?? [], next: 0 });
    else order.push(item);
  }
  return order;
}

/** Whether the header leaves the loop, and its last block does not decide that already. */
function isTurned({ header }: Loop, items: readonly Item[], innermost: readonly (Loop | undefined)[]): boolean {
  const loop = innermost[header.id];
  const last = items.at(-1);
  if (header.terminator?.kind !== "branch" || last === undefined || last === header) return false;
  if (!edgesOf(header.terminator).some((edge) => !isWithin(innermost[edge.block.id], loop))) return false;
  const jumpsBack = !isLoop(last) && last.terminator?.kind === "branch";
  return !(jumpsBack && edgesOf(last.terminator).some((edge) => edge.block === header));
}

function isWithin(loop: Loop | undefined, outer: Loop | undefined): boolean {
  while (loop !== undefined && loop !== outer) loop = loop.parent;
  return loop === outer;
}
