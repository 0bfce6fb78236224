/**
 * A row function without its rare ways: what the main loop of a kernel runs, on many vectors at once.
 *
 * A branch that lanes take apart, and that leads to an unlikely block on one side, becomes a jump to the other; its condition is
 * remembered as a *guard*. Blocks that are reached by rare ways only are gone. While every guard holds in every lane, the
 * function computes what the whole one does. Where one fails, what it computes means nothing: the turn has to be abandoned, and the
 * whole function computes these rows. So the copies of the main loop hold straight code only, and no value lives across rare code.
 *
 * A branch that is the same for all rows stays: its rare side is scalar code, and might be what all rows need.
 */
import { type Block, edgesOf, IrFunction, type Value } from "../ir/function.ts";
import { copyBlocks } from "../opt/copy-blocks.ts";
import type { Divergence } from "./divergence.ts";

/** What holds at the end of a block for lanes that go the usual way. */
export interface Guard {
  readonly condition: Value;
  /** Whether the usual way is the one where the condition is true. */
  readonly whenTrue: boolean;
}

export type Guards = ReadonlyMap<Block, Guard>;

export interface UsualRow {
  readonly fn: IrFunction;
  readonly guards: Guards;
}

/** A copy of the function without its rare ways; undefined if there are none, or some block would never come to an end. */
export function usualRow(divergence: Divergence): UsualRow | undefined {
  const { fn } = divergence;
  const guarded = new Map<Block, Guard>();
  const kept = new Set([fn.entry]);
  // The set grows while it is read.
  for (const block of kept) {
    const guard = guardOf(divergence, block);
    if (guard !== undefined) guarded.set(block, guard);
    for (const { block: next } of usualEdges(block, guard)) kept.add(next);
  }
  if (guarded.size === 0 || !allEnd(kept, guarded)) return undefined;

  const usual = new IrFunction(fn.name, fn.result);
  const originals = fn.blocks.filter((block) => kept.has(block));
  const substitutes = new Map<Value, Value>();
  const copies = copyBlocks(usual, originals, substitutes);
  const guards = new Map<Block, Guard>();
  copies.forEach((copy, index) => {
    const original = originals[index];
    const guard = original === undefined ? undefined : guarded.get(original);
    if (guard === undefined || copy.terminator?.kind !== "branch") return;
    const { condition, whenTrue, whenFalse } = copy.terminator;
    guards.set(copy, { condition, whenTrue: guard.whenTrue });
    copy.terminator = { kind: "jump", target: guard.whenTrue ? whenTrue : whenFalse };
  });
  return { fn: usual, guards };
}

/** Whether a return can be reached from all of the blocks. */
function allEnd(kept: ReadonlySet<Block>, guarded: Guards): boolean {
  const ending = new Set<Block>();
  for (let size = -1; size < ending.size; ) {
    size = ending.size;
    for (const block of [...kept].reverse()) {
      const isEnd = block.terminator?.kind === "return";
      if (isEnd || usualEdges(block, guarded.get(block)).some((edge) => ending.has(edge.block))) ending.add(block);
    }
  }
  return [...kept].every((block) => ending.has(block) || block.terminator?.kind === "trap");
}

function guardOf(divergence: Divergence, block: Block): Guard | undefined {
  const { terminator } = block;
  if (terminator?.kind !== "branch") return undefined;
  const { condition, whenTrue, whenFalse } = terminator;
  if (whenTrue.block.isUnlikely === whenFalse.block.isUnlikely) return undefined;
  return divergence.isVaryingIn(condition, block) ? { condition, whenTrue: whenFalse.block.isUnlikely } : undefined;
}

function usualEdges({ terminator }: Block, guard: Guard | undefined): ReturnType<typeof edgesOf> {
  if (guard === undefined || terminator?.kind !== "branch") return edgesOf(terminator);
  return [guard.whenTrue ? terminator.whenTrue : terminator.whenFalse];
}
