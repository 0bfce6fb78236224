/**
 * Puts moves that happen all at once into an order that one instruction at a time can follow.
 *
 * Each location is the target of at most one move, so the moves form trees that hang off cycles. A move whose target
 * nobody else still reads goes first; what then remains are cycles, and a cycle is opened by swapping two registers, or by
 * carrying one value through the scratch register (Boissinot et al., "Revisiting out-of-SSA translation", CGO 2009,
 * algorithm 1). Linear in the number of moves but for the search of a location, which is among the moves of one gap.
 */
import { isSlot } from "./machine-code.ts";

/** The steps of a sequence, as numbers three by three: kind, from, to. */
export const step = {
  /** Copies. Slot to slot goes through a scratch register. */
  move: 0,
  /** Exchanges two registers. */
  exchange: 1,
  /** Copies slot to slot while the scratch register is taken. */
  moveThroughStack: 2,
} as const;

/** What the sequence may use: which registers can be exchanged, and some that nobody else uses. */
export interface MoveResources {
  /** What a slot is copied through. */
  readonly scratch: number;
  /** What can hold the value of this register while its cycle moves up. */
  scratchFor(register: number): number;
  canExchange(location: number): boolean;
}

/**
 * Appends to `steps` a sequence with the meaning of moving each `from[k]` to `to[k]` at once.
 * `from` and `to` are used up. Targets are distinct.
 */
export function sequenceMoves(from: number[], to: number[], resources: MoveResources, steps: number[]): void {
  let count = 0;
  for (let k = 0; k < from.length; k++) {
    if (from[k] === to[k]) continue;
    from[count] = from[k]!; // k is in range
    to[count] = to[k]!; // k is in range
    count++;
  }
  if (count === 1) {
    steps.push(step.move, from[0]!, to[0]!); // one is left
    return;
  }
  while (count > 0) {
    // Trees, leaves first.
    let ready = true;
    while (ready) {
      ready = false;
      for (let k = 0; k < count; k++) {
        if (reads(from, count, to[k]!)) continue; // k is in range
        steps.push(step.move, from[k]!, to[k]!); // k is in range
        count--;
        from[k] = from[count]!; // the last one takes its place
        to[k] = to[count]!; // the last one takes its place
        k--;
        ready = true;
      }
    }
    if (count === 0) return;
    // Only cycles are left, and no location is read twice.
    const target = to[0]!; // count > 0
    const source = from[0]!; // count > 0
    if (resources.canExchange(target) && resources.canExchange(source)) {
      // Afterwards `target` is done, and what it held stands in `source`.
      steps.push(step.exchange, source, target);
      count--;
      from[0] = from[count]!; // the last one takes its place
      to[0] = to[count]!; // the last one takes its place
      for (let k = 0; k < count; k++) if (from[k] === target) from[k] = source;
      for (let k = 0; k < count; k++) {
        if (from[k] !== to[k]) continue;
        count--;
        from[k] = from[count]!; // the last one takes its place
        to[k] = to[count]!; // the last one takes its place
        k--;
      }
    } else {
      // What `target` holds waits in the scratch register while the rest of its cycle moves up.
      const scratch = scratchOfCycle(from, to, target, resources);
      steps.push(step.move, target, scratch);
      let hole = target;
      for (;;) {
        let k = 0;
        while (to[k] !== hole) k++;
        const value = from[k]!; // a cycle has a move into each of its locations
        count--;
        from[k] = from[count]!; // the last one takes its place
        to[k] = to[count]!; // the last one takes its place
        if (value === target) {
          steps.push(step.move, scratch, hole);
          break;
        }
        steps.push(isSlot(value) && isSlot(hole) ? step.moveThroughStack : step.move, value, hole);
        hole = value;
      }
    }
  }
}

/** The scratch register for the cycle that a location is in: that of one of its registers, if it has any. */
function scratchOfCycle(
  from: readonly number[],
  to: readonly number[],
  target: number,
  { scratch, scratchFor }: MoveResources,
): number {
  let location = target;
  do {
    if (!isSlot(location)) return scratchFor(location);
    location = from[to.indexOf(location)]!; // a cycle has a move into each of its locations
  } while (location !== target);
  return scratch;
}

function reads(from: readonly number[], count: number, location: number): boolean {
  for (let k = 0; k < count; k++) if (from[k] === location) return true;
  return false;
}
