/**
 * Loop-invariant motion: an instruction whose operands come from outside a loop moves in front of it, out of as many loops
 * as that holds for.
 *
 * In reverse postorder, so that what an instruction needs has moved before it. Pure instructions move wherever they stand:
 * they cost nothing but time where the loop would not have come by. What may trap moves only from where every entry into
 * the loop must come by, before anything else can be seen: the beginning of the header, up to its first write, or trap that
 * stays. A load moves from there as well, if nothing in the loop writes: it then reads what it read, and no address that
 * was not read; those from the call context stay. What is free where it is used stays, lest it take a register: constants,
 * unless something that moves needs them, comparisons of what has not moved, unless a choice by them moves, and address offsets.
 *
 * After: some loops have a new block in front of them (preheaders.ts).
 */
import { Analyses } from "../analysis/analyses.ts";
import type { DominatorTree } from "../analysis/dominators.ts";
import type { Loop } from "../analysis/loops.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import type { Change } from "./change.ts";
import { effectOf, readsCallContext } from "./memory.ts";
import { Preheaders } from "./preheaders.ts";
import { mayTrap } from "./traps.ts";

export function moveLoopInvariants(fn: IrFunction, analyses = new Analyses(fn)): Change {
  if (!analyses.mayHaveLoops || analyses.loops.loops.length === 0) return false;
  return new Motion(fn, analyses).run();
}

class Motion {
  readonly #dominators: DominatorTree;
  readonly #innermost: readonly (Loop | undefined)[];
  readonly #preheaders: Preheaders;
  /** By value id: the innermost loop that the value is now defined in. */
  readonly #home: (Loop | undefined)[];
  readonly #loops: readonly Loop[];
  /** The headers of loops with a write somewhere in them, once somebody has asked. */
  #written: Set<Block> | undefined;
  /** By value id: the block that the value has moved to. A constant may move twice. */
  readonly #destination: (Block | undefined)[] = [];

  constructor(fn: IrFunction, { dominators, incoming, loops: { innermost, loops } }: Analyses) {
    this.#dominators = dominators;
    this.#innermost = innermost;
    this.#loops = loops;
    this.#preheaders = new Preheaders(fn, dominators, incoming);
    this.#home = new Array(fn.valueCount).fill(undefined);
    for (const loop of loops)
      for (const { parameters, instructions } of loop.blocks) {
        for (let index = 0; index < parameters.length; index++) this.#home[parameters[index]?.id ?? 0] = loop;
        for (let index = 0; index < instructions.length; index++) this.#home[instructions[index]?.id ?? 0] = loop;
      }
  }

  run(): Change {
    for (const block of this.#dominators.order) {
      const loop = this.#innermost[block.id];
      if (loop !== undefined) this.#moveFrom(block, loop);
    }
    if (this.#destination.length === 0) return false;
    this.#preheaders.place();
    // What moves leaves a block of a loop, perhaps a preheader, in which it was put on its way out.
    for (const { blocks } of this.#loops)
      for (const block of blocks) {
        const isGone = ({ id }: Value): boolean => (this.#destination[id] ?? block) !== block;
        if (block.instructions.some(isGone)) block.instructions = block.instructions.filter((value) => !isGone(value));
      }
    this.#preheaders.forEach((block) => {
      block.instructions = block.instructions.filter(({ id }) => (this.#destination[id] ?? block) === block);
    });
    return this.#preheaders.hasCreated ? true : "contents";
  }

  /** Whether anything in the loop writes. */
  #isWritten(loop: Loop): boolean {
    if (this.#written === undefined) {
      this.#written = new Set();
      // Inner loops first: what writes in one writes in those around it.
      for (const { header, parent, blocks } of this.#loops.toReversed()) {
        const writes = blocks.some((block) => block.instructions.some((value) => effectOf(value) === "write"));
        if (!writes && !this.#written.has(header)) continue;
        this.#written.add(header);
        if (parent !== undefined) this.#written.add(parent.header);
      }
    }
    return this.#written.has(loop.header);
  }

  #moveFrom(block: Block, loop: Loop): void {
    let mustExecute = block === loop.header;
    for (const value of block.instructions) {
      if (this.#destination[value.id] !== undefined) continue;
      const effect = effectOf(value);
      const traps = mayTrap(value);
      const isFree = effect === undefined && !traps;
      let target: Loop | undefined;
      if (isFree) {
        if (value.opcode !== "const" && !this.#isFreeWhereUsed(value)) target = this.#outermost(value, loop);
      } else if (mustExecute && effect !== "write") {
        // Out of one loop only: in front of this header, nothing is said about the loop around it.
        const mayChange = effect === "read" && (readsCallContext(value) || this.#isWritten(loop));
        if (!mayChange && !this.#dependsOn(value, loop)) target = loop;
      }
      if (target !== undefined) this.#move(value, target);
      else if (traps || effect === "write") mustExecute = false;
    }
  }

  /**
   * True for what costs no more where it is used than a register that holds it: a comparison of what is at hand, which a
   * branch makes itself, and the sum of an address and a constant, which a load or store does.
   */
  #isFreeWhereUsed({ opcode, type, operands }: Value): boolean {
    if (type === "bool") return operands.every(({ id }) => this.#destination[id] === undefined);
    return opcode === "iadd" && type === "i64" && operands[1]?.opcode === "const";
  }

  /** The outermost loop around an instruction that defines none of its operands. */
  #outermost(value: Value, innermost: Loop): Loop | undefined {
    let outermost: Loop | undefined;
    for (let loop: Loop | undefined = innermost; loop !== undefined; loop = loop.parent) {
      if (this.#dependsOn(value, loop)) break;
      outermost = loop;
    }
    return outermost;
  }

  #dependsOn(value: Value, loop: Loop): boolean {
    for (const operand of value.operands) {
      if (operand.opcode === "const" || (this.#isComparisonOf(value, operand) && !this.#dependsOn(operand, loop)))
        continue;
      if (this.#isIn(operand, loop)) return true;
    }
    return false;
  }

  #move(value: Value, loop: Loop): void {
    const preheader = this.#preheaders.of(loop);
    for (const operand of value.operands)
      if (this.#isComparisonOf(value, operand) && this.#isIn(operand, loop)) this.#move(operand, loop);
    for (const operand of value.operands) if (operand.opcode === "const") this.#moveConstant(operand, loop, preheader);
    this.#place(value, loop, preheader);
  }

  #moveConstant(constant: Value, loop: Loop, preheader: Block): void {
    if (this.#isIn(constant, loop)) this.#place(constant, loop, preheader);
  }

  /** Whether it is what a choice of numbers asks, which moves with the choice. */
  #isComparisonOf({ opcode, type }: Value, operand: Value): boolean {
    return (
      opcode === "select" &&
      type !== "bool" &&
      operand.type === "bool" &&
      operand.shape.pure &&
      operand.operands.length === 2
    );
  }

  #isIn({ id }: Value, loop: Loop): boolean {
    for (let home = this.#home[id]; home !== undefined; home = home.parent) if (home === loop) return true;
    return false;
  }

  #place(value: Value, loop: Loop, preheader: Block): void {
    preheader.instructions.push(value);
    this.#home[value.id] = loop.parent;
    this.#destination[value.id] = preheader;
  }
}
