/**
 * The stack frame: which spill slot each spilled virtual register gets. Slots are 8 bytes; registers that do not live at the
 * same time share one. Layout from the stack pointer upwards:
 *
 *     sp → spill slots | padding | callee-saved registers | return address | stack arguments
 */
import type { LiveInterval } from "./live-ranges.ts";

/** Bytes of a spill slot: the widest scalar. */
export const slotBytes = 8;

/**
 * Gives each spilled virtual register a slot that nobody else uses between its first definition and its last use,
 * by the left-edge rule: in order of starts, the slot that became free first. `slots[v]` is -1 for the others.
 */
export function assignSlots(
  intervals: readonly (LiveInterval | null)[],
  spilled: readonly boolean[],
  spilledCount: number,
): { slots: number[]; slotCount: number } {
  const slots = new Array<number>(intervals.length).fill(-1);
  if (spilledCount === 0) return { slots, slotCount: 0 };
  const lives: { virtual: number; from: number; to: number }[] = [];
  for (let v = 0; v < intervals.length; v++) {
    const first = intervals[v] ?? null;
    if (first === null || !spilled[v]) continue;
    let last = first;
    while (last.next !== null) last = last.next;
    lives.push({ virtual: v, from: first.from, to: last.to });
  }
  lives.sort((a, b) => a.from - b.from);
  const ends = lives.slice().sort((a, b) => a.to - b.to);
  const free: number[] = [];
  let ended = 0;
  let slotCount = 0;
  for (const life of lives) {
    // Strictly before: a store to the slot stands in the gap after its definition.
    for (let end = ends[ended]; end !== undefined && end.to < life.from; end = ends[++ended]) {
      const slot = slots[end.virtual] ?? -1;
      if (slot >= 0) free.push(slot);
    }
    slots[life.virtual] = free.pop() ?? slotCount++;
  }
  return { slots, slotCount };
}
