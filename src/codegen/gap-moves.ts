/**
 * The moves between instructions that an allocation asks for: where one interval of a register goes on in another place,
 * where a definition is stored to its slot, and on edges between blocks that a value is in different places of. Each gap's
 * moves happen all at once, and are put into a sequence (parallel-move.ts).
 */
import { inSlot, type LiveInterval, type LiveRanges, unassigned, use } from "./live-ranges.ts";
import {
  blockAt,
  firstConstantSlot,
  firstVirtual,
  isSlot,
  type MachineBlock,
  type MachineCode,
  slotLocation,
} from "./machine-code.ts";
import { type MoveResources, sequenceMoves } from "./parallel-move.ts";

/** The order of moves in one gap: those of the edge that enters here, splits and stores, those of the edge that leaves. */
const gapPhase = { edgeIn: 0, inside: 1, edgeOut: 2 } as const;

/** Where an interval's value is, as a location of allocated code. */
export function locationOf(interval: LiveInterval, slots: readonly number[]): number {
  return interval.location === inSlot ? slotLocation(slots[interval.virtual]!) : interval.location; // spilled ones have slots
}

/** Where a virtual register (minus `firstVirtual`) is at a position, or `unassigned` if it is not live there. */
export function locationAt(ranges: LiveRanges, slots: readonly number[], virtual: number, position: number): number {
  let interval = ranges.intervals[virtual] ?? null;
  while (interval !== null && interval.to <= position) interval = interval.next;
  return interval === null || interval.from > position ? unassigned : locationOf(interval, slots);
}

/** Gathers the moves that splits, spills and edges need, and puts each gap's into a sequence. */
export class GapMoves {
  readonly #code: MachineCode;
  readonly #ranges: LiveRanges;
  readonly #slots: readonly number[];
  /** By move: 4 × the instruction it stands before + its phase in the gap, then where from and where to. */
  readonly #keys: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  constructor(code: MachineCode, ranges: LiveRanges, slots: readonly number[]) {
    this.#code = code;
    this.#ranges = ranges;
    this.#slots = slots;
  }

  gather(split: boolean, spilled: boolean): void {
    const { blocks } = this.#code;
    if (split) this.#splits();
    if (spilled) this.#stores();
    if (blocks.length > 1) this.#edges();
  }

  #add(instruction: number, phase: number, from: number, to: number): void {
    if (from === to) return;
    this.#keys.push(4 * instruction + phase);
    this.#from.push(from);
    this.#to.push(to);
  }

  /** Where one interval goes on in another place, in the middle of a block. */
  #splits(): void {
    const blockStarts = new Set<number>();
    for (const block of this.#code.blocks) blockStarts.add(2 * block.first);
    for (const first of this.#ranges.intervals) {
      if (first === null) continue;
      for (let before = first, after = first.next; after !== null; before = after, after = after.next) {
        if (before.to !== after.from || (after.from & 1) !== 0 || after.location === inSlot) continue;
        if (blockStarts.has(after.from)) continue;
        this.#add(after.from >> 1, gapPhase.inside, locationOf(before, this.#slots), after.location);
      }
    }
  }

  /** Each definition of a register that has a slot stores to it, unless the next definition follows before anyone can look. */
  #stores(): void {
    const { intervals, firstUse, usePosition, useBits, nextUse } = this.#ranges;
    for (let v = 0; v < intervals.length; v++) {
      const slot = this.#slots[v]!; // dense
      if (slot < 0 || slot >= firstConstantSlot) continue;
      let interval = intervals[v] ?? null;
      for (let k = firstUse[v]!; k !== -1; k = nextUse[k]!) {
        if ((useBits[k]! & use.definition) === 0) continue;
        const position = usePosition[k]!; // k is valid
        while (interval !== null && interval.to <= position) interval = interval.next;
        if (interval === null || interval.location === inSlot) continue;
        let later = nextUse[k]!; // k is valid
        while (later !== -1 && (useBits[later]! & use.definition) === 0) later = nextUse[later]!; // later is valid
        if (later !== -1 && usePosition[later]! < interval.to && this.#sameBlock(position, usePosition[later]!))
          continue;
        this.#add((position + 1) >> 1, gapPhase.inside, interval.location, slotLocation(slot));
      }
    }
  }

  #sameBlock(early: number, late: number): boolean {
    return late < 2 * blockAt(this.#code.blocks, early >> 1).end;
  }

  #edges(): void {
    const { blocks } = this.#code;
    for (const block of blocks) {
      for (const edge of block.successors) this.#edge(block, blocks[edge.block]!, edge.arguments); // edges name blocks
    }
  }

  #edge(block: MachineBlock, target: MachineBlock, args: readonly number[]): void {
    // Critical edges are split, so one of the two ends belongs to this edge alone.
    const atEnd = block.successors.length === 1;
    const instruction = atEnd ? block.end - 1 : target.first;
    const phase = atEnd ? gapPhase.edgeOut : gapPhase.edgeIn;
    const { intervals, liveIn } = this.#ranges;
    const endPosition = 2 * block.end - 1;
    const startPosition = 2 * target.first;
    for (const virtual of liveIn[target.index] ?? []) {
      const v = virtual - firstVirtual;
      if (intervals[v]!.next === null) continue; // one place for all its life
      const to = this.#locationAt(v, startPosition);
      if (isSlot(to)) continue; // the slot is up to date
      this.#add(instruction, phase, this.#locationAt(v, endPosition), to);
    }
    for (let k = 0; k < args.length; k++) {
      const to = this.#locationAt(target.parameters[k]! - firstVirtual, startPosition); // as many as arguments
      if (to === unassigned) continue; // the parameter is not used
      this.#add(instruction, phase, this.#locationAt(args[k]! - firstVirtual, endPosition), to);
    }
  }

  /** As `locationAt`, by halving once a register's intervals are many. */
  #locationAt(v: number, position: number): number {
    const index = this.#indexed[v];
    if (index === undefined) {
      let interval = this.#ranges.intervals[v] ?? null;
      let steps = 0;
      while (interval !== null && interval.to <= position) {
        interval = interval.next;
        if (++steps === 16) {
          const all: LiveInterval[] = [];
          for (let each = this.#ranges.intervals[v] ?? null; each !== null; each = each.next) all.push(each);
          this.#indexed[v] = all;
          return this.#locationAt(v, position);
        }
      }
      return interval === null || interval.from > position ? unassigned : locationOf(interval, this.#slots);
    }
    let low = 0;
    let high = index.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index[middle]!.to <= position) low = middle + 1;
      else high = middle;
    }
    const interval = index[low]!; // an indexed register has intervals
    return interval.to <= position || interval.from > position ? unassigned : locationOf(interval, this.#slots);
  }
  readonly #indexed: (LiveInterval[] | undefined)[] = [];

  sequence(resources: MoveResources): number[] {
    const keys = this.#keys;
    const count = keys.length;
    if (count === 0) return [];
    const order: number[] = [];
    for (let k = 0; k < count; k++) order.push(k);
    if (count > 1) order.sort((a, b) => keys[a]! - keys[b]!); // indices in range
    const moves: number[] = [];
    const from: number[] = [];
    const to: number[] = [];
    const steps: number[] = [];
    for (let k = 0; k < count; ) {
      const key = keys[order[k]!]!; // k is in range
      from.length = to.length = steps.length = 0;
      for (; k < count && keys[order[k]!] === key; k++) {
        from.push(this.#from[order[k]!]!); // k is in range
        to.push(this.#to[order[k]!]!); // k is in range
      }
      sequenceMoves(from, to, resources, steps);
      for (let s = 0; s < steps.length; s += 3) moves.push(key >> 2, steps[s]!, steps[s + 1]!, steps[s + 2]!);
    }
    return moves;
  }
}
