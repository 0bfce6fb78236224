/**
 * The stack frame: which spill slot each spilled virtual register gets. A slot has the size of its register's class; registers
 * of one size that do not live at the same time share one. Constants have no memory of the frame. Layout from the stack pointer upwards:
 *
 *     sp → spill slots | padding | callee-saved registers | return address | stack arguments
 */
import type { LiveInterval } from "./live-ranges.ts";
import { firstConstantSlot, firstVirtual, type MachineCode, slotBytesOf } from "./machine-code.ts";

/** Bytes of a scalar's spill slot. */
export const slotBytes = 8;

/**
 * Gives each spilled virtual register a slot that nobody else uses between its first definition and its last use,
 * by the left-edge rule: in order of starts, the slot that became free first. `slots[v]` is -1 for the others.
 */
export function assignSlots(
  { virtualClass, constants }: MachineCode,
  intervals: readonly (LiveInterval | null)[],
  spilled: readonly boolean[],
  spilledCount: number,
): { slots: number[]; slotBytes: number[] } {
  const slots = new Array<number>(intervals.length).fill(-1);
  const widths: number[] = [];
  if (spilledCount === 0) return { slots, slotBytes: widths };
  const lives: { virtual: number; from: number; to: number }[] = [];
  for (let v = 0; v < intervals.length; v++) {
    const first = intervals[v] ?? null;
    if (first === null || !spilled[v]) continue;
    if (constants?.has(v + firstVirtual)) {
      slots[v] = firstConstantSlot + v;
      continue;
    }
    let last = first;
    while (last.next !== null) last = last.next;
    lives.push({ virtual: v, from: first.from, to: last.to });
  }
  lives.sort((a, b) => a.from - b.from);
  const ends = lives.slice().sort((a, b) => a.to - b.to);
  const free: number[][] = slotBytesOf.map(() => []);
  let ended = 0;
  for (const life of lives) {
    // Strictly before: a store to the slot stands in the gap after its definition.
    for (let end = ends[ended]; end !== undefined && end.to < life.from; end = ends[++ended]) {
      const slot = slots[end.virtual] ?? -1;
      if (slot >= 0) free[virtualClass[end.virtual]!]!.push(slot); // dense, and by class
    }
    const registerClass = virtualClass[life.virtual]!; // dense
    const bytes = slotBytesOf[registerClass]!; // by class
    slots[life.virtual] = free[registerClass]!.pop() ?? widths.push(bytes) - 1; // by class
  }
  return { slots, slotBytes: widths };
}
