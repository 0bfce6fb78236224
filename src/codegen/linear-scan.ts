/**
 * Linear scan register allocation with interval splitting (Poletto and Sarkar 1999; Wimmer and Mössenböck, "Optimized
 * Interval Splitting in a Linear Scan Register Allocator", VEE 2005).
 *
 * Intervals are visited by where they start; they wait in one list per position, so what a split leaves over is put back in
 * constant time. Each takes the register that it was hinted to, else one that is free to its end, else the one that is
 * free longest, and the rest waits again. If all are taken, whoever needs a register last gives way and waits in its slot until then.
 *
 * A virtual register has one home slot. Once it has been spilled anywhere, each definition stores to the slot, so giving
 * up a register costs nothing at any position, and only coming back is a move. Intervals have no holes (live-ranges.ts):
 * an edge between blocks moves what stands in different places at its ends.
 *
 * Before: lowered code (machine-code.ts). After: operands are locations, and `moves` says what to do in the gaps.
 */
import { InternalError } from "../base/errors.ts";
import { assignSlots } from "./frame.ts";
import { computeLiveRanges, inSlot, LiveInterval, type LiveRanges, unassigned, use } from "./live-ranges.ts";
import {
  firstVirtual,
  isSlot,
  type MachineBlock,
  type MachineCode,
  type RegisterClass,
  slotLocation,
} from "./machine-code.ts";
import { type MoveResources, sequenceMoves } from "./parallel-move.ts";

/** The registers that may be given out, by class, in order of preference. The scratch register is none of them. */
export interface RegisterFile extends MoveResources {
  readonly allocatable: readonly [general: readonly number[], vector: readonly number[]];
}

/** Where everything went. */
export interface Allocation {
  /** Moves in gaps, four numbers each, ascending: the instruction they stand before, and `step` kind, from, to. */
  readonly moves: readonly number[];
  /** By register of the machine: whether anything was put there. */
  readonly used: readonly boolean[];
  readonly slotCount: number;
  readonly ranges: LiveRanges;
  /** By virtual register minus `firstVirtual`: its slot, or -1. */
  readonly slots: readonly number[];
}

/** Beyond every position. */
const never = 0x3fffffff;

/** Gives every virtual register a place and rewrites the code's operands. */
export function allocateRegisters(code: MachineCode, file: RegisterFile): Allocation {
  const ranges = computeLiveRanges(code);
  const scan = new LinearScan(code, ranges, file);
  scan.run();
  const { slots, slotCount } = assignSlots(ranges.intervals, scan.spilled, scan.spilledCount);
  rewriteOperands(code, ranges, slots);
  const moves = new GapMoves(code, ranges, slots);
  moves.gather(scan.split, scan.spilledCount > 0);
  return { moves: moves.sequence(file), used: scan.used, slotCount, ranges, slots };
}

class LinearScan {
  readonly used: boolean[];
  /** By virtual register: whether it is in its slot anywhere. */
  readonly spilled: boolean[];
  spilledCount = 0;
  /** Whether any interval was cut. */
  split = false;
  readonly #ranges: LiveRanges;
  readonly #classes: readonly RegisterClass[];
  readonly #file: RegisterFile;
  readonly #positions: number;
  /** By position: the first interval that starts there and waits. */
  readonly #waiting: (LiveInterval | null)[];
  /** By register: who has it. Whoever has ended already counts as nobody. */
  readonly #active: (LiveInterval | null)[];
  readonly #fixedCursor: number[];
  readonly #useCursor: number[];
  /** By virtual register: where it was last, for hints. */
  readonly #lastRegister: number[];
  #now = 0;

  constructor(code: MachineCode, ranges: LiveRanges, file: RegisterFile) {
    this.#ranges = ranges;
    this.#classes = code.virtualClass;
    this.#file = file;
    this.#positions = 2 * code.instructions.length + 2;
    this.#waiting = new Array<LiveInterval | null>(this.#positions).fill(null);
    this.#active = new Array<LiveInterval | null>(firstVirtual).fill(null);
    this.used = new Array<boolean>(firstVirtual).fill(false);
    this.spilled = new Array<boolean>(code.virtualCount).fill(false);
    this.#lastRegister = new Array<number>(code.virtualCount).fill(-1);
    this.#fixedCursor = ranges.firstFixed.slice();
    this.#useCursor = ranges.firstUse.slice();
    for (let v = 0; v < code.virtualCount; v++) {
      for (let interval = ranges.intervals[v] ?? null; interval !== null; interval = interval.next)
        this.#wait(interval);
    }
  }

  run(): void {
    const waiting = this.#waiting;
    for (let position = 0; position < this.#positions; position++) {
      this.#now = position;
      for (let interval = waiting[position] ?? null; interval !== null; interval = waiting[position] ?? null) {
        waiting[position] = interval.nextWaiting;
        interval.nextWaiting = null;
        if (!this.#takeFree(interval)) this.#takeFromOther(interval);
      }
    }
  }

  #wait(interval: LiveInterval): void {
    interval.nextWaiting = this.#waiting[interval.from] ?? null;
    this.#waiting[interval.from] = interval;
  }

  /** Where the code itself next uses a register; `now` or before if it does so here. */
  #nextFixed(register: number): number {
    const { fixedTo, fixedFrom, nextFixed } = this.#ranges;
    let cursor = this.#fixedCursor[register]!; // a register number
    if (cursor === -1) return never;
    while (fixedTo[cursor]! <= this.#now) {
      cursor = nextFixed[cursor]!; // cursor is valid
      this.#fixedCursor[register] = cursor;
      if (cursor === -1) return never;
    }
    return fixedFrom[cursor]!; // cursor is valid
  }

  #freeUntil(register: number): number {
    const active = this.#active[register] ?? null;
    if (active !== null && active.to > this.#now) return 0;
    return this.#nextFixed(register);
  }

  #give(interval: LiveInterval, register: number): void {
    interval.location = register;
    this.#active[register] = interval;
    this.#lastRegister[interval.virtual] = register;
    this.used[register] = true;
  }

  /** Free to the interval's end, or -1. */
  #hinted(interval: LiveInterval, registers: readonly number[]): number {
    const v = interval.virtual;
    const { hintFixed, hintSource, hintTarget } = this.#ranges;
    let register = this.#lastRegister[v]!; // dense
    if (register >= 0 && this.#freeUntil(register) >= interval.to) return register;
    register = hintFixed[v]!; // dense
    if (register >= 0 && registers.includes(register) && this.#freeUntil(register) >= interval.to) return register;
    for (let other = hintTarget[v]!, hops = 0; other >= 0 && hops < 3; other = hintTarget[other]!, hops++) {
      register = this.#lastRegister[other]!; // dense
      if (register >= 0 && this.#freeUntil(register) >= interval.to) return register;
    }
    const source = hintSource[v]!; // dense
    if (source >= 0) {
      register = this.#lastRegister[source]!; // dense
      if (register >= 0 && this.#freeUntil(register) >= interval.to) return register;
    }
    return -1;
  }

  #takeFree(interval: LiveInterval): boolean {
    const registers = this.#file.allocatable[this.#classes[interval.virtual]!]; // dense
    const hinted = this.#hinted(interval, registers);
    if (hinted >= 0) {
      this.#give(interval, hinted);
      return true;
    }
    let best = -1;
    let bestUntil = 0;
    for (let k = 0; k < registers.length; k++) {
      const register = registers[k]!; // k is in range
      const until = this.#freeUntil(register);
      if (until > bestUntil) {
        best = register;
        bestUntil = until;
        if (until >= interval.to) break;
      }
    }
    if (bestUntil < interval.to) {
      const cut = bestUntil & ~1;
      if (cut <= interval.from) return false;
      this.#wait(this.#cut(interval, cut));
    }
    this.#give(interval, best);
    return true;
  }

  /** Takes the register of whoever needs one last, if that is not the interval itself. */
  #takeFromOther(interval: LiveInterval): void {
    const registers = this.#file.allocatable[this.#classes[interval.virtual]!]; // dense
    let best = -1;
    let bestUse = -1;
    for (let k = 0; k < registers.length; k++) {
      const register = registers[k]!; // k is in range
      const until = this.#nextFixed(register);
      if (until < interval.to && !this.#canLeaveAt(interval, until)) continue;
      const needed = this.#nextNeed(this.#active[register] ?? null);
      if (needed > bestUse) {
        best = register;
        bestUse = needed;
      }
    }
    if ((this.#nextUse(interval.virtual) > bestUse || bestUse <= this.#now) && this.#spill(interval, interval.from))
      return;
    if (bestUse <= this.#now)
      throw new InternalError(
        `register allocation: instruction ${this.#now >> 1} needs more than ${registers.length} registers at once`,
      );
    const other = this.#active[best] ?? null;
    if (other !== null && other.to > this.#now) this.#spill(other, this.#now);
    const until = this.#nextFixed(best);
    if (until < interval.to) {
      if ((until & ~1) > interval.from) this.#wait(this.#cut(interval, until & ~1));
      else this.#spill(interval, until);
    }
    this.#give(interval, best);
  }

  /** Whether an interval that starts now can have a register that the code itself takes at `until`: it moves on, or to its slot. */
  #canLeaveAt(interval: LiveInterval, until: number): boolean {
    if (until <= interval.from) return false;
    return (until & ~1) > interval.from || (this.#nextMust(interval.virtual, until) & ~1) > until;
  }

  /** When a register's owner needs it again: `now` or before if it cannot give it away. */
  #nextNeed(owner: LiveInterval | null): number {
    if (owner === null || owner.to <= this.#now) return never;
    const needed = this.#nextUse(owner.virtual);
    if (needed > this.#now + 1) return needed;
    const must = this.#nextMust(owner.virtual, this.#now);
    return must < owner.to && (must & ~1) <= this.#now ? this.#now : this.#now + 1;
  }

  /**
   * Puts an interval into its slot from a position on, until a register is needed again.
   * False, and nothing done, if that is at once.
   */
  #spill(interval: LiveInterval, from: number): boolean {
    const must = this.#nextMust(interval.virtual, from);
    const back = must === never || must >= interval.to ? never : must & ~1;
    if (back <= from) return false;
    const rest = from <= interval.from ? interval : this.#cut(interval, from);
    if (back !== never) this.#wait(this.#cut(rest, back));
    rest.location = inSlot;
    if (!this.spilled[rest.virtual]) {
      this.spilled[rest.virtual] = true;
      this.spilledCount++;
    }
    return true;
  }

  /** Cuts an interval in two at a position inside it; returns the later part. */
  #cut(interval: LiveInterval, at: number): LiveInterval {
    const rest = new LiveInterval(interval.virtual, at, interval.to, interval.next);
    interval.to = at;
    interval.next = rest;
    this.split = true;
    return rest;
  }

  #nextUse(virtual: number): number {
    const { usePosition, nextUse } = this.#ranges;
    let cursor = this.#useCursor[virtual]!; // dense
    while (cursor !== -1 && usePosition[cursor]! < this.#now) cursor = nextUse[cursor]!; // cursor is valid
    this.#useCursor[virtual] = cursor;
    return cursor === -1 ? never - 1 : usePosition[cursor]!; // cursor is valid
  }

  /** The next position, from `from` on, where a virtual register must be in a register. */
  #nextMust(virtual: number, from: number): number {
    const { usePosition, useBits, nextUse } = this.#ranges;
    this.#nextUse(virtual);
    let cursor = this.#useCursor[virtual]!; // dense
    while (cursor !== -1 && (usePosition[cursor]! < from || (useBits[cursor]! & use.must) === 0))
      cursor = nextUse[cursor]!; // cursor is valid
    return cursor === -1 ? never : usePosition[cursor]!; // cursor is valid
  }
}

/** Where an interval's value is, as a location of allocated code. */
function locationOf(interval: LiveInterval, slots: readonly number[]): number {
  return interval.location === inSlot ? slotLocation(slots[interval.virtual]!) : interval.location; // spilled ones have slots
}

/** Where a virtual register (minus `firstVirtual`) is at a position, or `unassigned` if it is not live there. */
export function locationAt(ranges: LiveRanges, slots: readonly number[], virtual: number, position: number): number {
  let interval = ranges.intervals[virtual] ?? null;
  while (interval !== null && interval.to <= position) interval = interval.next;
  return interval === null || interval.from > position ? unassigned : locationOf(interval, slots);
}

/** Replaces virtual registers by where they are. */
function rewriteOperands(code: MachineCode, ranges: LiveRanges, slots: readonly number[]): void {
  const cursors = ranges.intervals.slice();
  const { instructions } = code;
  const place = (register: number, position: number): number => {
    const v = register - firstVirtual;
    let interval = cursors[v] ?? null;
    while (interval !== null && interval.to <= position) interval = interval.next;
    cursors[v] = interval;
    if (interval === null) throw new InternalError(`register allocation: v${v} is used where it is not live`);
    return interval.location === inSlot ? slotLocation(slots[v]!) : interval.location; // spilled ones have slots
  };
  for (let i = 0; i < instructions.length; i++) {
    const instruction = instructions[i]!; // i is in range
    const position = 2 * i;
    const roles = instruction.opcode.roles;
    const address = instruction.address;
    // Reads stand before writes, so the cursors only move on.
    if (address !== null) {
      if (address.base >= firstVirtual) address.base = place(address.base, position);
      if (address.index >= firstVirtual) address.index = place(address.index, position);
    }
    for (let at = 0; at < 2; at++) {
      const wanted = at === 0 ? 1 : 0;
      if (instruction.r0 >= firstVirtual && (roles[0]! & 1) === wanted)
        instruction.r0 = place(instruction.r0, position + at);
      if (instruction.r1 >= firstVirtual && (roles[1]! & 1) === wanted)
        instruction.r1 = place(instruction.r1, position + at);
      if (instruction.r2 >= firstVirtual && (roles[2]! & 1) === wanted)
        instruction.r2 = place(instruction.r2, position + at);
      if (instruction.r3 >= firstVirtual && (roles[3]! & 1) === wanted)
        instruction.r3 = place(instruction.r3, position + at);
    }
  }
}

/** Gathers the moves that splits, spills and edges need, and puts each gap's into a sequence. */
class GapMoves {
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
      if (slot < 0) continue;
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
    const { blocks } = this.#code;
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (2 * blocks[middle]!.first <= early) low = middle;
      else high = middle - 1;
    }
    return late < 2 * blocks[low]!.end;
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

/** The order of moves in one gap: those of the edge that enters here, splits and stores, those of the edge that leaves. */
const gapPhase = { edgeIn: 0, inside: 1, edgeOut: 2 } as const;
