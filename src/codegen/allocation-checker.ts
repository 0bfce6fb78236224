/**
 * Proves that an allocation reads the right value everywhere, by executing the allocated code on symbols (as regalloc2's
 * checker; Rideau and Leroy, "Validating register allocation and spilling", CC 2010).
 *
 * A state says for each location which registers of the lowered code, virtual or fixed, it holds the value of. Lowered
 * instructions move the symbols of what they write; the allocator's own moves copy symbols from place to place; on an edge,
 * what holds an argument holds the parameter as well, wherever the edge's moves stand. Where paths meet, a location holds a
 * symbol only if it does so on all of them; states shrink until nothing changes. Then each use is checked: its location has
 * to hold the symbol that the lowered code names there.
 *
 * It shares no tables with the allocator: it reads the lowered operands as they were recorded before, the operands as
 * rewritten, and the sequenced moves.
 */
import { InternalError } from "../base/errors.ts";
import type { Allocation, RegisterFile } from "./linear-scan.ts";
import {
  firstConstantSlot,
  firstVirtual,
  isConstant,
  isSlot,
  type MachineCode,
  type MachineEdge,
  type MachineInstruction,
  noRegister,
  role,
  slotOf,
} from "./machine-code.ts";
import { step } from "./parallel-move.ts";
import { findLiveSymbols } from "./symbol-liveness.ts";
import { nothing, SymbolSets } from "./symbol-sets.ts";

/** Numbers per instruction: r0 to r3, base, index. */
const perInstruction = 6;

/** The operands of lowered code, kept for `checkAllocation`. */
export function recordOperands(code: MachineCode): Int32Array {
  const recorded = new Int32Array(code.instructions.length * perInstruction);
  code.instructions.forEach((instruction, i) => {
    recorded.set(operandsOf(instruction), i * perInstruction);
  });
  return recorded;
}

function operandsOf({ r0, r1, r2, r3, address }: MachineInstruction): number[] {
  return [r0, r1, r2, r3, address?.base ?? noRegister, address?.index ?? noRegister];
}

/** Throws `InternalError` that names the first instruction that would read a wrong value. */
export function checkAllocation(
  code: MachineCode,
  recorded: Int32Array,
  allocation: Allocation,
  file: RegisterFile,
): void {
  const violation = findViolation(code, recorded, allocation, file);
  if (violation !== undefined) throw new InternalError(`allocation of @${code.name}: ${violation}`);
}

/** The first thing that is wrong, or undefined. */
export function findViolation(
  code: MachineCode,
  recorded: Int32Array,
  allocation: Allocation,
  file: RegisterFile,
): string | undefined {
  return new Checker(code, recorded, allocation, file).run();
}

class Checker {
  readonly #code: MachineCode;
  readonly #recorded: Int32Array;
  readonly #allocation: Allocation;
  readonly #file: RegisterFile;
  readonly #sets: SymbolSets;
  /** By block: by location, the set of symbols on entry; or undefined while no path has reached it. */
  readonly #entry: (Int32Array | undefined)[] = [];
  /** By block: the virtual registers it needs. Without what is dead, sets stay small and states settle soon. */
  readonly #live: readonly ReadonlySet<number>[];
  readonly #locations: number;
  /** The constant pool's places come last; by virtual register that is a constant. */
  readonly #firstConstant: number;
  readonly #constantIndex = new Map<number, number>();
  /** By instruction: where its moves start. */
  readonly #firstMove = new Map<number, number>();
  #violation: string | undefined;

  constructor(code: MachineCode, recorded: Int32Array, allocation: Allocation, file: RegisterFile) {
    this.#code = code;
    this.#sets = new SymbolSets(firstVirtual + code.virtualCount);
    this.#recorded = recorded;
    this.#live = findLiveSymbols(code, recorded, perInstruction);
    this.#allocation = allocation;
    this.#file = file;
    this.#firstConstant = firstVirtual + allocation.slotBytes.length;
    let constants = 0;
    for (const virtual of code.constants?.keys() ?? [])
      this.#constantIndex.set(virtual, this.#firstConstant + constants++);
    this.#locations = this.#firstConstant + constants;
    for (let k = allocation.moves.length - 4; k >= 0; k -= 4) this.#firstMove.set(allocation.moves[k]!, k); // k is in range
  }

  run(): string | undefined {
    const { blocks } = this.#code;
    const start = new Int32Array(this.#locations).fill(nothing);
    // Arguments: a fixed register holds itself when the function begins.
    for (let register = 0; register < firstVirtual; register++) start[register] = register;
    for (const [virtual, index] of this.#constantIndex) start[index] = virtual;
    this.#entry[0] = start;
    // The first in layout order goes first: a loop's way back has been met before anything behind the loop is walked, with
    // sets that would still shrink.
    const pending = new Uint8Array(blocks.length);
    pending[0] = 1;
    for (let index = 0; index < blocks.length; ) {
      if (pending[index] === 0) {
        index++;
        continue;
      }
      pending[index] = 0;
      const state = this.#entry[index]!.slice(); // blocks are pending once they have a state
      this.#walk(index, state, false);
      const block = blocks[index]!; // pending holds blocks
      for (const edge of block.successors) {
        if (!this.#meet(edge.block, this.#afterEdge(edge, state))) continue;
        pending[edge.block] = 1;
        index = Math.min(index, edge.block);
      }
    }
    for (let index = 0; index < blocks.length && this.#violation === undefined; index++) {
      const state = this.#entry[index];
      if (state !== undefined) this.#walk(index, state.slice(), true);
    }
    return this.#violation;
  }

  /** Makes the symbols of `state` hold at a block's entry besides those of other paths; true if that changed anything. */
  #meet(index: number, state: Int32Array): boolean {
    const known = this.#entry[index];
    if (known === undefined) {
      this.#entry[index] = state;
      return true;
    }
    let changed = false;
    for (let location = 0; location < this.#locations; location++) {
      const before = known[location]!; // locations are dense
      if (before === nothing) continue;
      const common = this.#sets.common(before, state[location]!); // as above
      if (common === before) continue;
      known[location] = common;
      changed = true;
    }
    return changed;
  }

  #indexOf(location: number): number {
    if (isConstant(location)) {
      const index = this.#constantIndex.get(slotOf(location) - firstConstantSlot + firstVirtual);
      if (index === undefined) throw new InternalError(`slot ${slotOf(location)} is no constant`);
      return index;
    }
    return isSlot(location) ? firstVirtual + slotOf(location) : location;
  }

  /** The state behind an edge: parameters are where their arguments were, and nowhere else; what is dead is forgotten. */
  #afterEdge(edge: MachineEdge, before: Int32Array): Int32Array {
    const state = before.slice();
    const { parameters } = this.#code.blocks[edge.block]!; // edges name blocks
    const live = this.#live[edge.block]!; // as above
    const isParameter = new Set(parameters);
    const passedTo = new Map<number, number[]>();
    edge.arguments.forEach((argument, k) => {
      const parameter = parameters[k]!; // as many as arguments
      const others = passedTo.get(argument);
      if (others === undefined) passedTo.set(argument, [parameter]);
      else others.push(parameter);
    });
    // The constant pool holds what it holds, needed or not, and none of it is a parameter: no instruction may take one from there.
    for (let location = 0; location < this.#firstConstant; location++) {
      const set = state[location]!; // locations are dense
      if (set < firstVirtual) continue; // nothing, or a fixed register
      const members = this.#sets.membersOf(set);
      const kept = members.filter((symbol) => symbol < firstVirtual || (live.has(symbol) && !isParameter.has(symbol)));
      kept.push(...members.flatMap((symbol) => passedTo.get(symbol) ?? []));
      state[location] = this.#sets.of(kept);
    }
    return state;
  }

  #applyMoves(instruction: number, state: Int32Array): void {
    const { moves } = this.#allocation;
    const first = this.#firstMove.get(instruction);
    if (first === undefined) return;
    for (let k = first; moves[k] === instruction; k += 4) {
      const from = moves[k + 2]!; // four by four
      const to = moves[k + 3]!; // four by four
      const source = this.#indexOf(from);
      const target = this.#indexOf(to);
      if (isConstant(to)) this.#report(instruction, "a move writes to a constant");
      const value = state[source]!; // locations are dense
      if (moves[k + 1] === step.exchange)
        state[source] = state[target]!; // locations are dense
      else if (moves[k + 1] === step.move && isSlot(from) && isSlot(to)) state[this.#file.scratch] = nothing;
      state[target] = value;
    }
  }

  #walk(index: number, state: Int32Array, check: boolean): void {
    const { blocks, instructions } = this.#code;
    const block = blocks[index]!; // the caller counts
    for (let i = block.first; i < block.end; i++) {
      this.#applyMoves(i, state);
      this.#execute(i, instructions[i]!, state, check); // i is in range
    }
  }

  #execute(i: number, instruction: MachineInstruction, state: Int32Array, check: boolean): void {
    const written = this.#recorded[i * perInstruction]!; // recorded for each instruction
    const isWritten = ((instruction.opcode.roles[0] ?? 0) & role.write) !== 0;
    const constant = isWritten ? this.#code.constants?.get(written) : undefined;
    if (constant !== undefined && instruction.address !== constant)
      this.#report(i, `${text(written)} is not its constant`);
    if (this.#allocation.omitted.has(i)) {
      if (constant === undefined) this.#report(i, "only constants may be left out");
      return;
    }
    const { opcode } = instruction;
    const now = operandsOf(instruction);
    const base = i * perInstruction;
    if (check) {
      for (let k = 0; k < perInstruction; k++) {
        const symbol = this.#recorded[base + k]!; // recorded for each instruction
        const bits = k < 4 ? (opcode.roles[k] ?? 0) : role.read;
        if (symbol < 0 || (bits & role.read) === 0) continue;
        const location = now[k]!; // six of them
        if (isSlot(location) && (bits & role.memory) === 0) this.#report(i, `operand ${k} may not be in memory`);
        const found = state[this.#indexOf(location)]!; // locations are dense
        if (!this.#sets.has(found, symbol))
          this.#report(i, `operand ${k} has to be ${text(symbol)}, and ${this.#textOf(found)} is there`);
      }
      for (const register of opcode.implicitReads) {
        if (!this.#sets.has(state[register]!, register))
          // locations are dense
          this.#report(i, `register ${register} has to be as the code left it`);
      }
      this.#checkWrites(i, instruction, now);
    }
    for (const register of opcode.implicitWrites) state[register] = register;
    for (let k = 0; k < 4; k++) {
      if (((opcode.roles[k] ?? 0) & role.write) === 0) continue;
      const symbol = this.#recorded[base + k]!; // recorded for each instruction
      if (symbol < 0) continue;
      // Elsewhere the symbol's old value is not its value any more.
      for (let location = 0; location < this.#firstConstant; location++)
        state[location] = this.#sets.without(state[location]!, symbol); // locations are dense
      state[this.#indexOf(now[k]!)] = symbol; // six of them
    }
  }

  /** Two results in one place, or a result in the place of an operand that is still to be read. */
  #checkWrites(i: number, { opcode }: MachineInstruction, now: readonly number[]): void {
    for (let k = 0; k < 4; k++) {
      const bits = opcode.roles[k] ?? 0;
      const location = now[k] ?? noRegister;
      if (location === noRegister || (bits & role.write) === 0) continue;
      if (isSlot(location)) this.#report(i, `operand ${k} is written and may not be in memory`);
      if (opcode.implicitWrites.includes(location))
        this.#report(i, `operand ${k} is destroyed by the instruction itself`);
      for (let other = 0; other < perInstruction; other++) {
        if (other === k || now[other] !== location) continue;
        const otherBits = other < 4 ? (opcode.roles[other] ?? 0) : role.read;
        const clash =
          (otherBits & role.write) !== 0 || ((bits | otherBits) & role.whole) !== 0 || (bits & role.read) !== 0;
        if (clash && this.#recorded[i * perInstruction + other] !== this.#recorded[i * perInstruction + k]) {
          this.#report(i, `operands ${k} and ${other} stand in one place`);
        }
      }
    }
    for (let k = 0; k < 4; k++) {
      if (((opcode.roles[k] ?? 0) & role.whole) === 0) continue;
      if (opcode.implicitWrites.includes(now[k] ?? noRegister))
        this.#report(i, `operand ${k} is overwritten too early`);
    }
  }

  #textOf(set: number): string {
    return this.#sets.membersOf(set).map(text).join(" and ") || "nothing known";
  }

  #report(i: number, what: string): void {
    const name = this.#code.instructions[i]?.opcode.name ?? "?";
    this.#violation ??= `instruction ${i} (${name}): ${what}`;
  }
}

function text(symbol: number): string {
  return symbol >= firstVirtual ? `v${symbol - firstVirtual}` : `register ${symbol}`;
}
