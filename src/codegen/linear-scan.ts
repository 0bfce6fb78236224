/**
 * Linear scan register allocation with interval splitting (Poletto and Sarkar 1999; Wimmer and Mössenböck, "Optimized
 * Interval Splitting in a Linear Scan Register Allocator", VEE 2005).
 *
 * Intervals are visited by where they start; they wait in one list per position, so what a split leaves over is put back in
 * constant time. Each takes the register that it was hinted to, else one that is free to its end, else the one that is
 * free longest, and the rest waits again. If all are taken, whoever needs a register last gives way and waits in its slot until then.
 *
 * Loops: what is used in a loop counts as used at its end, too, since it is needed again (live-ranges.ts). Who gives way in
 * a loop without having been used in it has been in its slot since before the loop; who comes back for a use in a loop
 * comes back in front of it. So the moves stand outside.
 *
 * A virtual register has one home slot. Once it has been spilled anywhere, each definition stores to the slot, so giving
 * up a register costs nothing at any position, and only coming back is a move. Intervals have no holes (live-ranges.ts):
 * an edge between blocks moves what stands in different places at its ends.
 *
 * Constants (`MachineCode.constants`) give way first: their slot is the constant pool, nothing is ever stored, and most
 * instructions take them from there. A definition that nobody reads before its constant has given way is left out.
 *
 * Before: lowered code (machine-code.ts). After: operands are locations, and `moves` says what to do in the gaps.
 */
import { InternalError } from "../base/errors.ts";
import { assignSlots } from "./frame.ts";
import { GapMoves } from "./gap-moves.ts";
import { computeLiveRanges, inSlot, LiveInterval, type LiveRanges, use } from "./live-ranges.ts";
import {
  blockAt,
  firstVirtual,
  type MachineBlock,
  type MachineCode,
  type RegisterClass,
  slotLocation,
} from "./machine-code.ts";
import type { MoveResources } from "./parallel-move.ts";

/** The registers that may be given out, by class, in order of preference. The scratch register is none of them. */
export interface RegisterFile extends MoveResources {
  readonly allocatable: readonly (readonly number[])[];
}

/** Where everything went. */
export interface Allocation {
  /** Moves in gaps, four numbers each, ascending: the instruction they stand before, and `step` kind, from, to. */
  readonly moves: readonly number[];
  /** By register of the machine: whether anything was put there. */
  readonly used: readonly boolean[];
  /** By spill slot: its size. */
  readonly slotBytes: readonly number[];
  /** Instructions that define a constant which nobody reads from its register: they are not emitted. */
  readonly omitted: ReadonlySet<number>;
  readonly ranges: LiveRanges;
  /** By virtual register minus `firstVirtual`: its slot, or -1. */
  readonly slots: readonly number[];
}

const nothingOmitted: ReadonlySet<number> = new Set();

/** Beyond every position. */
const never = 0x3fffffff;
/** What the next use of a constant counts as further away than that of any other register: beyond every position, below `never`. */
const constantGivesWay = 0x1fffffff;

/** Gives every virtual register a place and rewrites the code's operands. */
export function allocateRegisters(code: MachineCode, file: RegisterFile): Allocation {
  const ranges = computeLiveRanges(code);
  const scan = new LinearScan(code, ranges, file);
  scan.run();
  const { slots, slotBytes } = assignSlots(code, ranges.intervals, scan.spilled, scan.spilledCount);
  const omitted = code.constants === undefined ? nothingOmitted : findUnreadConstants(code, ranges);
  rewriteOperands(code, ranges, slots);
  const moves = new GapMoves(code, ranges, slots);
  moves.gather(scan.split, scan.spilledCount > 0);
  return { moves: moves.sequence(file), used: scan.used, slotBytes, omitted, ranges, slots };
}

/** Definitions of constants that go to their slot in the same block, before anyone has read them. */
function findUnreadConstants({ blocks, constants }: MachineCode, ranges: LiveRanges): Set<number> {
  const omitted = new Set<number>();
  for (const virtual of constants?.keys() ?? []) {
    const first = ranges.intervals[virtual - firstVirtual] ?? null;
    if (first === null || first.next === null || first.next.location !== inSlot || first.next.from !== first.to)
      continue;
    const definition = ranges.firstUse[virtual - firstVirtual]!; // dense; what is live is defined
    const next = ranges.nextUse[definition]!; // as above
    if (next !== -1 && ranges.usePosition[next]! < first.to) continue; // next is valid
    const instruction = ranges.usePosition[definition]! >> 1; // definition is valid
    // Arguments of an edge are read behind the block's last instruction.
    if (first.to < 2 * blockAt(blocks, instruction).end) omitted.add(instruction);
  }
  return omitted;
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
  readonly #constants: ReadonlyMap<number, unknown> | undefined;
  /** By position: the first interval that starts there and waits. */
  readonly #waiting: (LiveInterval | null)[];
  /** By register: who has it. Whoever has ended already counts as nobody. */
  readonly #active: (LiveInterval | null)[];
  readonly #fixedCursor: number[];
  readonly #useCursor: number[];
  /** By virtual register, if there are loops: the last use before the one that its cursor is at. */
  readonly #previousUse: number[];
  /** The same of uses that must be in a register. */
  readonly #previousMust: number[];
  /** By virtual register: the first use from now on that must be in a register, an index as in `#useCursor`; may lag behind. */
  readonly #mustCursor: number[];
  /** The blocks, if there are loops. */
  readonly #blocks: readonly MachineBlock[] | undefined;
  /** By virtual register: the first and the last of intervals that stand one behind the other, all in the slot. */
  readonly #slotRuns: ({ readonly first: LiveInterval; readonly last: LiveInterval } | undefined)[] = [];
  /** By virtual register: where it was last, for hints. */
  readonly #lastRegister: number[];
  #now = 0;

  constructor(code: MachineCode, ranges: LiveRanges, file: RegisterFile) {
    this.#ranges = ranges;
    this.#classes = code.virtualClass;
    this.#file = file;
    this.#constants = code.constants;
    this.#positions = 2 * code.instructions.length + 2;
    this.#waiting = new Array<LiveInterval | null>(this.#positions).fill(null);
    this.#active = new Array<LiveInterval | null>(firstVirtual).fill(null);
    this.used = new Array<boolean>(firstVirtual).fill(false);
    this.spilled = new Array<boolean>(code.virtualCount).fill(false);
    this.#lastRegister = new Array<number>(code.virtualCount).fill(-1);
    this.#fixedCursor = ranges.firstFixed.slice();
    this.#useCursor = ranges.firstUse.slice();
    const hasLoops = code.blocks.length > 1 && code.blocks.some(({ loop }) => loop !== null);
    this.#blocks = hasLoops ? code.blocks : undefined;
    this.#mustCursor = ranges.firstUse.slice();
    this.#previousMust = hasLoops ? new Array<number>(code.virtualCount).fill(-1) : [];
    this.#previousUse = hasLoops ? new Array<number>(code.virtualCount).fill(-1) : [];
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

  #registersFor(interval: LiveInterval): readonly number[] {
    return this.#file.allocatable[this.#classes[interval.virtual]!]!; // dense, and by class
  }

  #isConstant(interval: LiveInterval): boolean {
    return this.#constants?.has(interval.virtual + firstVirtual) === true;
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
    const { hintFixed, hintSource, hintTarget, hintLoop } = this.#ranges;
    let register = this.#lastRegister[v]!; // dense
    if (register >= 0 && this.#freeUntil(register) >= interval.to) return register;
    register = hintFixed[v]!; // dense
    if (register >= 0 && registers.includes(register) && this.#freeUntil(register) >= interval.to) return register;
    for (let other = hintTarget[v]!, hops = 0; other >= 0 && hops < 3; other = hintTarget[other]!, hops++) {
      register = this.#lastRegister[other]!; // dense
      if (register >= 0 && this.#freeUntil(register) >= interval.to) return register;
    }
    const again = hintLoop[v];
    if (again !== undefined) {
      register = this.#lastRegister[again]!; // dense
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
    const registers = this.#registersFor(interval);
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
      // Who is not asked for before that would only move about.
      if (this.#nextUse(interval.virtual) > bestUntil) return false;
      const cut = bestUntil & ~1;
      if (cut <= interval.from) return false;
      this.#wait(this.#cut(interval, cut));
    }
    this.#give(interval, best);
    return true;
  }

  /** Takes the register of whoever needs one last, if that is not the interval itself. */
  #takeFromOther(interval: LiveInterval): void {
    const registers = this.#registersFor(interval);
    const ownUse = this.#nextUse(interval.virtual);
    let best = -1;
    let bestUse = -1;
    for (let k = 0; k < registers.length; k++) {
      const register = registers[k]!; // k is in range
      const until = this.#nextFixed(register);
      if (until < interval.to && (until < ownUse || !this.#canLeaveAt(interval, until))) continue;
      const owner = this.#active[register] ?? null;
      let needed = this.#nextNeed(owner);
      if (owner !== null && needed > this.#now + 1 && needed < constantGivesWay && this.#isConstant(owner))
        needed += constantGivesWay;
      if (needed > bestUse) {
        best = register;
        bestUse = needed;
      }
    }
    const own = ownUse + (this.#isConstant(interval) ? constantGivesWay : 0);
    if ((own > bestUse || bestUse <= this.#now) && this.#spill(interval, interval.from)) return;
    if (bestUse <= this.#now)
      throw new InternalError(
        `register allocation: instruction ${this.#now >> 1} needs more than ${registers.length} registers at once`,
      );
    const other = this.#active[best] ?? null;
    if (other !== null && other.to > this.#now) this.#spill(other, this.#now);
    this.#active[best] = null;
    const until = this.#nextFixed(best);
    if (until < interval.to) {
      if ((until & ~1) > interval.from) this.#wait(this.#cut(interval, until & ~1));
      else this.#spill(interval, until);
      // From the start of a loop, which may be its own.
      if (interval.location === inSlot) return;
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
  #spill(interval: LiveInterval, at: number): boolean {
    const must = this.#nextMust(interval.virtual, at);
    let back = must === never || must >= interval.to ? never : must & ~1;
    if (back <= at) return false;
    let from = at;
    if (this.#blocks !== undefined) {
      if (back !== never) back = this.#startOfLoops(back, at + 1);
      // A constant can be read from the pool wherever memory will do, at no cost: rather so in all of a loop than loaded again.
      const isConstant = this.#isConstant(interval);
      const kept = isConstant ? this.#lastMust(interval.virtual, at) : this.#lastUse(interval.virtual, at);
      from = this.#startOfLoops(at, kept + 1);
      if (from < interval.from) this.#spillEarlier(interval, from);
    }
    const rest = from <= interval.from ? interval : this.#cut(interval, from);
    if (back !== never) this.#wait(this.#cut(rest, back));
    rest.location = inSlot;
    if (!this.spilled[rest.virtual]) {
      this.spilled[rest.virtual] = true;
      this.spilledCount++;
    }
    return true;
  }

  /**
   * Puts what stands before an interval of the same register into the slot as well, from a position on: it need not be in a register
   * there. What went there by this before is not looked at again: constants may have as many intervals as there are blocks.
   */
  #spillEarlier(interval: LiveInterval, from: number): void {
    const v = interval.virtual;
    const known = this.#slotRuns[v];
    let first = interval.previous;
    for (let earlier = first; earlier !== null && earlier.to > from; earlier = earlier.previous) {
      if (earlier === known?.last) {
        earlier = known.first;
        first = earlier;
        continue;
      }
      first = earlier.from < from ? this.#cut(earlier, from) : earlier;
      first.location = inSlot;
    }
    if (interval.previous !== null && first !== null) this.#slotRuns[v] = { first, last: interval.previous };
  }

  /** Where the outermost loop begins that holds a position and does not begin before `earliest`; else the position. */
  #startOfLoops(position: number, earliest: number): number {
    const blocks = this.#blocks ?? [];
    let start = position;
    for (let loop = blockAt(blocks, position >> 1).loop; loop !== null; loop = loop.parent) {
      const first = 2 * blocks[loop.first]!.first; // loops hold blocks
      if (first < earliest) break;
      start = first;
    }
    return start;
  }

  /** Cuts an interval in two at a position inside it; returns the later part. */
  #cut(interval: LiveInterval, at: number): LiveInterval {
    const rest = new LiveInterval(interval.virtual, at, interval.to, interval.next);
    interval.to = at;
    rest.previous = interval;
    interval.next = rest;
    this.split = true;
    return rest;
  }

  #nextUse(virtual: number): number {
    const { usePosition, nextUse } = this.#ranges;
    let cursor = this.#useCursor[virtual]!; // dense
    while (cursor !== -1 && usePosition[cursor]! < this.#now) {
      if (this.#blocks !== undefined) this.#previousUse[virtual] = usePosition[cursor]!; // cursor is valid
      cursor = nextUse[cursor]!; // cursor is valid
    }
    this.#useCursor[virtual] = cursor;
    return cursor === -1 ? never - 1 : usePosition[cursor]!; // cursor is valid
  }

  /** The last use before a position that is not before now; -1 if there is none. */
  #lastUse(virtual: number, at: number): number {
    const { usePosition, nextUse } = this.#ranges;
    this.#nextUse(virtual);
    let last = this.#previousUse[virtual]!; // dense
    for (let cursor = this.#useCursor[virtual]!; cursor !== -1 && usePosition[cursor]! < at; cursor = nextUse[cursor]!)
      last = usePosition[cursor]!; // cursor is valid
    return last;
  }

  /** The last position before one that is not before now where a virtual register must be in a register; -1 if there is none. */
  #lastMust(virtual: number, at: number): number {
    const { usePosition, useBits, nextUse } = this.#ranges;
    this.#toNextMust(virtual);
    let last = this.#previousMust[virtual]!; // dense
    for (let k = this.#mustCursor[virtual]!; k !== -1 && usePosition[k]! < at; k = nextUse[k]!)
      if ((useBits[k]! & use.must) !== 0) last = usePosition[k]!; // k is valid
    return last;
  }

  /** The next position, from one on that is not before now, where a virtual register must be in a register. */
  #nextMust(virtual: number, from: number): number {
    const { usePosition, useBits, nextUse } = this.#ranges;
    let cursor = this.#toNextMust(virtual);
    while (cursor !== -1 && (usePosition[cursor]! < from || (useBits[cursor]! & use.must) === 0))
      cursor = nextUse[cursor]!; // cursor is valid
    return cursor === -1 ? never : usePosition[cursor]!; // cursor is valid
  }

  /** Moves the cursor to the first use from now on that must be in a register. */
  #toNextMust(virtual: number): number {
    const { usePosition, useBits, nextUse } = this.#ranges;
    let cursor = this.#mustCursor[virtual]!; // dense
    while (cursor !== -1) {
      const isMust = (useBits[cursor]! & use.must) !== 0; // cursor is valid
      if (isMust && usePosition[cursor]! >= this.#now) break; // cursor is valid
      if (isMust && this.#blocks !== undefined) this.#previousMust[virtual] = usePosition[cursor]!; // cursor is valid
      cursor = nextUse[cursor]!; // cursor is valid
    }
    this.#mustCursor[virtual] = cursor;
    return cursor;
  }
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
