/**
 * Where in the code each virtual register holds a value that is still needed.
 *
 * Instruction i reads at position 2i and writes at 2i + 1; moves may stand in the gap before it. A live interval is a half
 * open stretch of positions *without holes*: a register that is live in several stretches (its blocks are apart in the
 * layout) has several intervals, and moves on the edges join them. So the allocator never asks whether two broken
 * ranges meet.
 *
 * Liveness is explored backwards from each use that no definition in its block precedes, register by register, so time
 * and memory are those of the answer, with no bit matrix (Appel, "Modern Compiler Implementation", 10.1, liveness one
 * variable at a time). Then one backward walk over the code builds intervals, uses and the fixed registers' ranges, all as lists in
 * ascending order. Registers may be written more than once inside one block (two-address code).
 */
import {
  firstVirtual,
  type MachineBlock,
  type MachineCode,
  type MachineInstruction,
  type MachineLoop,
  role,
} from "./machine-code.ts";

/** A stretch of positions, [from, to), in which one virtual register is live and stays in one place. */
export class LiveInterval {
  /** Virtual register minus `firstVirtual`. */
  readonly virtual: number;
  from: number;
  to: number;
  /** `unassigned`, a register of the machine, or `inSlot`. */
  location: number = unassigned;
  /** The next interval of the same virtual register. */
  next: LiveInterval | null;
  /** The one before it. */
  previous: LiveInterval | null = null;
  /** The next interval that starts at the same position, while waiting for allocation. */
  nextWaiting: LiveInterval | null = null;

  constructor(virtual: number, from: number, to: number, next: LiveInterval | null) {
    this.virtual = virtual;
    this.from = from;
    this.to = to;
    this.next = next;
    if (next !== null) next.previous = this;
  }
}

export const unassigned = -1;
/** In the home slot of its virtual register. */
export const inSlot = -2;

/** Bits of a use. `must`: a register is needed there. */
export const use = { must: 1, definition: 2 } as const;

/** Everything the allocator needs to know of a function. Lists are in ascending order of positions. */
export interface LiveRanges {
  /** By virtual register: its first interval. */
  readonly intervals: (LiveInterval | null)[];
  /** By virtual register: its first use, an index into the three arrays below, or -1. */
  readonly firstUse: number[];
  readonly usePosition: number[];
  readonly useBits: number[];
  readonly nextUse: number[];
  /** By register of the machine: the first range in which the code itself uses it, an index into the arrays below, or -1. */
  readonly firstFixed: number[];
  readonly fixedFrom: number[];
  readonly fixedTo: number[];
  readonly nextFixed: number[];
  /** By block: the virtual registers live where it begins, without its parameters. */
  readonly liveIn: (readonly number[])[];
  /** By virtual register: where it would save a move. A register of the machine, or a virtual register, or -1. */
  readonly hintFixed: number[];
  readonly hintSource: number[];
  readonly hintTarget: number[];
  /** Of a block parameter: what an edge inside the block's loop passes, or undefined. */
  readonly hintLoop: (number | undefined)[];
}

const empty: readonly number[] = [];

/** The virtual registers live into and out of each block. */
function exploreLiveness(code: MachineCode): { liveIn: number[][]; liveOut: number[][] } {
  const { blocks, instructions } = code;
  const liveIn: number[][] = [];
  const liveOut: number[][] = [];
  for (let b = 0; b < blocks.length; b++) {
    liveIn.push([]);
    liveOut.push([]);
  }
  // definedIn[v]: the block that defines v. All definitions of one register stand in one block.
  const definedIn = new Array<number>(code.virtualCount).fill(-1);
  for (const block of blocks)
    for (const parameter of block.parameters) definedIn[parameter - firstVirtual] = block.index;
  for (const block of blocks) {
    for (let i = block.first; i < block.end; i++) {
      const instruction = instructions[i]!; // i is in range
      const roles = instruction.opcode.roles;
      if (instruction.r0 >= firstVirtual && (roles[0]! & role.write) !== 0)
        definedIn[instruction.r0 - firstVirtual] = block.index;
      if (instruction.r1 >= firstVirtual && (roles[1]! & role.write) !== 0)
        definedIn[instruction.r1 - firstVirtual] = block.index;
      if (instruction.r2 >= firstVirtual && (roles[2]! & role.write) !== 0)
        definedIn[instruction.r2 - firstVirtual] = block.index;
      if (instruction.r3 >= firstVirtual && (roles[3]! & role.write) !== 0)
        definedIn[instruction.r3 - firstVirtual] = block.index;
    }
  }
  // Two stamps per block: whether the register in hand is known to be live in or out there already.
  const pending: number[] = [];
  const outStamp = new Array<number>(blocks.length).fill(-1);
  const inStamp = new Array<number>(blocks.length).fill(-1);
  // Upward exposed uses, gathered per register so that the stamps serve one register at a time.
  const exposed = new Array<number[] | undefined>(firstVirtual + code.virtualCount);
  const exposedRegisters: number[] = [];
  const expose = (virtual: number, block: number): void => {
    if (virtual < firstVirtual || definedIn[virtual - firstVirtual] === block) return;
    let list = exposed[virtual];
    if (list === undefined) {
      list = [];
      exposed[virtual] = list;
      exposedRegisters.push(virtual);
    }
    if (list[list.length - 1] !== block) list.push(block);
  };
  for (const block of blocks) {
    for (let i = block.first; i < block.end; i++) {
      const instruction = instructions[i]!; // i is in range
      expose(instruction.r0, block.index);
      expose(instruction.r1, block.index);
      expose(instruction.r2, block.index);
      expose(instruction.r3, block.index);
      if (instruction.address !== null) {
        expose(instruction.address.base, block.index);
        expose(instruction.address.index, block.index);
      }
    }
  }
  for (const block of blocks) {
    for (const edge of block.successors) {
      for (const argument of edge.arguments) {
        // Needed at the end of the block: live out, and exposed there unless defined in it.
        let list = exposed[argument];
        if (list === undefined) {
          list = [];
          exposed[argument] = list;
          exposedRegisters.push(argument);
        }
        list.push(-1 - block.index);
      }
    }
  }
  for (const virtual of exposedRegisters) {
    const home = definedIn[virtual - firstVirtual];
    for (const entry of exposed[virtual] ?? empty) {
      if (entry < 0) {
        const block = -1 - entry;
        if (outStamp[block] !== virtual) {
          outStamp[block] = virtual;
          liveOut[block]!.push(virtual); // one list per block
        }
        if (home !== block) pending.push(block);
      } else {
        pending.push(entry);
      }
    }
    for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
      if (inStamp[block] === virtual) continue;
      inStamp[block] = virtual;
      liveIn[block]!.push(virtual); // one list per block
      for (const predecessor of blocks[block]!.predecessors) {
        if (outStamp[predecessor] !== virtual) {
          outStamp[predecessor] = virtual;
          liveOut[predecessor]!.push(virtual); // one list per block
        }
        if (home !== predecessor) pending.push(predecessor);
      }
    }
  }
  return { liveIn, liveOut };
}

/** Computes the live ranges of lowered code. */
export function computeLiveRanges(code: MachineCode): LiveRanges {
  const builder = new RangeBuilder(code);
  builder.build();
  return builder;
}

class RangeBuilder implements LiveRanges {
  readonly intervals: (LiveInterval | null)[];
  readonly firstUse: number[];
  readonly usePosition: number[] = [];
  readonly useBits: number[] = [];
  readonly nextUse: number[] = [];
  readonly firstFixed: number[];
  readonly fixedFrom: number[] = [];
  readonly fixedTo: number[] = [];
  readonly nextFixed: number[] = [];
  liveIn: (readonly number[])[] = [];
  readonly hintFixed: number[];
  readonly hintSource: number[];
  readonly hintTarget: number[];
  readonly hintLoop: (number | undefined)[] = [];
  readonly #code: MachineCode;
  /** By register number, fixed and virtual: where the open stretch ends, or 0 if the register is not live here. */
  readonly #liveUntil: number[];

  constructor(code: MachineCode) {
    this.#code = code;
    const count = code.virtualCount;
    this.intervals = new Array<LiveInterval | null>(count).fill(null);
    this.firstUse = new Array<number>(count).fill(-1);
    this.hintFixed = new Array<number>(count).fill(-1);
    this.hintSource = new Array<number>(count).fill(-1);
    this.hintTarget = new Array<number>(count).fill(-1);
    this.firstFixed = new Array<number>(firstVirtual).fill(-1);
    this.#liveUntil = new Array<number>(firstVirtual + count).fill(0);
  }

  build(): void {
    const { blocks } = this.#code;
    let liveOut: readonly (readonly number[])[];
    if (blocks.length === 1) {
      this.liveIn = [empty];
      liveOut = [empty];
    } else {
      const liveness = exploreLiveness(this.#code);
      this.liveIn = liveness.liveIn;
      liveOut = liveness.liveOut;
      for (const block of blocks) this.#hintArguments(block.index);
      for (const block of blocks) if (block.loop !== null) this.#hintInLoops(block);
    }
    for (let b = blocks.length - 1; b >= 0; b--) {
      this.#walkBlock(b, liveOut[b] ?? empty);
      for (let loop = blocks[b]!.loop; loop !== null && loop.first === b; loop = loop.parent) this.#addLoopUses(loop); // b counts blocks
    }
  }

  /** What is live around a loop and used in it is used at its end as well: it is needed again when the loop comes around. */
  #addLoopUses({ first, last }: MachineLoop): void {
    const { usePosition, nextUse, intervals } = this;
    const end = 2 * this.#code.blocks[last]!.end - 1; // loops hold blocks
    for (const virtual of this.liveIn[first] ?? empty) {
      const v = virtual - firstVirtual;
      let cursor = this.firstUse[v]!; // dense
      if (cursor === -1 || usePosition[cursor]! >= end) continue; // not used in the loop
      let interval = intervals[v] ?? null;
      while (interval !== null && interval.to <= end) interval = interval.next;
      if (interval === null || interval.from > end) continue;
      for (let next = nextUse[cursor]!; next !== -1 && usePosition[next]! <= end; next = nextUse[cursor]!)
        cursor = next; // valid
      if (usePosition[cursor] === end) continue;
      nextUse.push(nextUse[cursor]!); // cursor is valid
      nextUse[cursor] = usePosition.push(end) - 1;
      this.useBits.push(0);
    }
  }

  /** An edge inside a loop is followed more often than one into it; its argument comes first where it has a place already. */
  #hintInLoops(block: MachineBlock): void {
    for (const edge of block.successors) {
      const target = this.#code.blocks[edge.block]!; // edges name blocks
      if (target.loop !== block.loop) continue;
      for (let k = 0; k < edge.arguments.length; k++)
        this.hintLoop[target.parameters[k]! - firstVirtual] = edge.arguments[k]! - firstVirtual; // as many as parameters
    }
  }

  #hintArguments(index: number): void {
    for (const edge of this.#code.blocks[index]!.successors) {
      const target = this.#code.blocks[edge.block]!; // edges name blocks
      for (let k = 0; k < edge.arguments.length; k++) {
        const argument = edge.arguments[k]! - firstVirtual; // k is in range
        const parameter = target.parameters[k]! - firstVirtual; // as many arguments as parameters
        if (this.hintTarget[argument] === -1) this.hintTarget[argument] = parameter;
        if (this.hintSource[parameter] === -1) this.hintSource[parameter] = argument;
      }
    }
  }

  #walkBlock(index: number, liveOut: readonly number[]): void {
    const block = this.#code.blocks[index]!; // the caller counts
    const liveUntil = this.#liveUntil;
    const start = 2 * block.first;
    for (const virtual of liveOut) liveUntil[virtual] = 2 * block.end;
    for (let i = block.end - 1; i >= block.first; i--) this.#walkInstruction(this.#code.instructions[i]!, 2 * i);
    for (const virtual of this.liveIn[index] ?? empty) this.#close(virtual, start);
    for (const parameter of block.parameters) {
      if (liveUntil[parameter] !== 0) {
        this.#addUse(parameter, start, use.definition);
        this.#close(parameter, start);
      }
    }
    if (index === 0) {
      // Arguments in fixed registers are live from the function's entry.
      for (let register = 0; register < firstVirtual; register++) {
        if (liveUntil[register] !== 0) this.#close(register, 0);
      }
    }
  }

  #walkInstruction(instruction: MachineInstruction, position: number): void {
    const { opcode, r0, r1, r2, r3, address } = instruction;
    const { roles, implicitReads, implicitWrites } = opcode;
    if (opcode.isMove && address === null) this.#hintMove(r0, r1);
    for (let k = 0; k < implicitWrites.length; k++) this.#write(implicitWrites[k]!, role.write, position);
    if (r3 >= 0) this.#write(r3, roles[3]!, position);
    if (r2 >= 0) this.#write(r2, roles[2]!, position);
    if (r1 >= 0) this.#write(r1, roles[1]!, position);
    if (r0 >= 0) this.#write(r0, roles[0]!, position);
    for (let k = 0; k < implicitReads.length; k++) this.#read(implicitReads[k]!, role.read, position);
    if (r3 >= 0) this.#read(r3, roles[3]!, position);
    if (r2 >= 0) this.#read(r2, roles[2]!, position);
    if (r1 >= 0) this.#read(r1, roles[1]!, position);
    if (r0 >= 0) this.#read(r0, roles[0]!, position);
    if (address !== null) {
      if (address.base >= 0) this.#read(address.base, role.read, position);
      if (address.index >= 0) this.#read(address.index, role.read, position);
    }
  }

  #write(register: number, bits: number, position: number): void {
    if ((bits & role.write) === 0) return;
    const at = (bits & role.whole) !== 0 && (bits & role.read) === 0 ? position : position + 1;
    if (this.#liveUntil[register] === 0) this.#liveUntil[register] = position + 2; // the result is not used
    if (register >= firstVirtual) this.#addUse(register, position + 1, use.must | use.definition);
    if ((bits & role.read) === 0) {
      if (at === position && register >= firstVirtual) this.#addUse(register, position, use.must);
      this.#close(register, at);
    }
  }

  #read(register: number, bits: number, position: number): void {
    if ((bits & role.read) === 0) return;
    const whole = (bits & role.whole) !== 0;
    if (this.#liveUntil[register] === 0) this.#liveUntil[register] = position + (whole ? 2 : 1);
    if (register < firstVirtual) return;
    const must = (bits & role.memory) !== 0 ? 0 : use.must;
    if (whole) this.#addUse(register, position + 1, must);
    this.#addUse(register, position, must);
  }

  #addUse(virtual: number, position: number, bits: number): void {
    const v = virtual - firstVirtual;
    this.usePosition.push(position);
    this.useBits.push(bits);
    this.nextUse.push(this.firstUse[v]!); // dense by virtual register
    this.firstUse[v] = this.usePosition.length - 1;
  }

  /** Ends, backwards, the open stretch of a register at `from`. A stretch that the next one continues becomes one with it. */
  #close(register: number, from: number): void {
    const to = this.#liveUntil[register]!; // dense
    this.#liveUntil[register] = 0;
    if (register < firstVirtual) {
      this.fixedFrom.push(from);
      this.fixedTo.push(to);
      this.nextFixed.push(this.firstFixed[register]!); // dense
      this.firstFixed[register] = this.fixedFrom.length - 1;
      return;
    }
    const v = register - firstVirtual;
    const first = this.intervals[v] ?? null;
    if (first !== null && first.from === to) first.from = from;
    else this.intervals[v] = new LiveInterval(v, from, to, first);
  }

  #hintMove(target: number, source: number): void {
    if (target < firstVirtual) {
      if (source >= firstVirtual && this.hintFixed[source - firstVirtual] === -1)
        this.hintFixed[source - firstVirtual] = target;
      return;
    }
    const t = target - firstVirtual;
    if (source < firstVirtual) {
      if (this.hintFixed[t] === -1) this.hintFixed[t] = source;
      return;
    }
    const s = source - firstVirtual;
    this.hintSource[t] = s;
    if (this.hintTarget[s] === -1) this.hintTarget[s] = t;
    if (this.hintFixed[s] === -1) this.hintFixed[s] = this.hintFixed[t]!; // dense
  }
}
