/**
 * What widening asks about the parts of a row function besides divergence: what they cost, where edges out of them lead, what is
 * used behind a loop, and what may trap.
 *
 * Costs are cycles of one AMD Zen 5 core for one 512-bit vector, roughly: 0.5 for most instructions, 4 for a division, 7.5 for
 * a square root. To jump over a block costs a test and now and then a branch that is predicted wrongly.
 */
import type { Loop } from "../analysis/loops.ts";
import { type Block, edgesOf, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import type { Divergence } from "./divergence.ts";

/** Half cycles of a vector instruction, where it is not 1. */
const costs: Partial<Record<Opcode, number>> = {
  const: 0,
  fdiv: 8,
  fsqrt: 15,
  sdiv: 16,
  srem: 18,
  udiv: 18,
  urem: 20,
  load: 16,
  "load8-s": 20,
  "load8-u": 20,
  "load16-s": 20,
  "load16-u": 20,
};

/** From this cost on, a conditional block is jumped over when no lane runs it. */
const worthJumping = 8;
/** The same where the condition is one for all lanes. */
const worthBranching = 3;

export class RowCosts {
  readonly #divergence: Divergence;
  readonly #traps: boolean;
  readonly #usedBehind = new Map<Loop, Value[]>();
  readonly #jumpedOver = new Map<Block, boolean>();
  readonly #reach = new Map<Block, ReadonlySet<Block>>();

  constructor(divergence: Divergence) {
    this.#divergence = divergence;
    this.#traps = divergence.order.some(
      ({ terminator, instructions }) => terminator?.kind === "trap" || instructions.some(({ shape }) => shape.traps),
    );
  }

  get mayTrap(): boolean {
    return this.#traps;
  }

  /** Whether the function's result is not the same for all lanes. */
  get hasVaryingResult(): boolean {
    const returns = this.#divergence.order.filter(({ terminator }) => terminator?.kind === "return");
    if (returns.length > 1) return true;
    return returns.some(
      (block) =>
        block.terminator?.kind === "return" &&
        block.terminator.value !== undefined &&
        this.#divergence.isVaryingIn(block.terminator.value, block),
    );
  }

  /** Whether a loop has operations that trap, whose lanes stay in it. */
  trapsInside(loop: Loop): boolean {
    for (const { instructions } of this.blocksOf(loop)) if (instructions.some(({ shape }) => shape.traps)) return true;
    return false;
  }

  /** Whether a way out of the loop begins in an inner one. */
  isLeftFromInside(loop: Loop): boolean {
    const divergence = this.#divergence;
    for (const block of this.blocksOf(loop))
      if (divergence.loopOf(block) !== loop)
        for (const edge of edgesOf(block.terminator)) if (!divergence.contains(loop, edge.block)) return true;
    return false;
  }

  /** The loop's blocks, those of inner loops included. */
  blocksOf(loop: Loop): Set<Block> {
    return new Set(this.#divergence.order.filter((block) => this.#divergence.contains(loop, block)));
  }

  /** The block and what it dominates, within the loop around it. */
  reach(block: Block): ReadonlySet<Block> {
    let reach = this.#reach.get(block);
    if (reach === undefined) {
      reach = this.#findReach(block);
      this.#reach.set(block, reach);
    }
    return reach;
  }

  #findReach(block: Block): Set<Block> {
    const divergence = this.#divergence;
    const loop = divergence.loopOf(block);
    const around = loop?.header === block ? loop.parent : loop;
    const reach = new Set([block]);
    // The set grows while it is read.
    for (const above of reach)
      for (const below of divergence.dominators.children(above))
        if (divergence.contains(around, below)) reach.add(below);
    return reach;
  }

  /** The blocks outside of these that edges from them lead to, and whether the function returns there. */
  targetsOf(blocks: ReadonlySet<Block>): Set<Block | "return"> {
    const targets = new Set<Block | "return">();
    for (const block of blocks) {
      if (block.terminator?.kind === "return") targets.add("return");
      for (const edge of edgesOf(block.terminator))
        if (!blocks.has(edge.block) && !this.#divergence.isBackEdge(block, edge.block)) targets.add(edge.block);
    }
    return targets;
  }

  /** The values of a loop that are used behind it. */
  usedBehind(loop: Loop): readonly Value[] {
    let used = this.#usedBehind.get(loop);
    if (used === undefined) {
      used = this.#findUsedBehind(loop);
      this.#usedBehind.set(loop, used);
    }
    return used;
  }

  #findUsedBehind(loop: Loop): Value[] {
    const divergence = this.#divergence;
    const used = new Set<Value>();
    const use = (value: Value): void => {
      if (value.opcode !== "const" && divergence.contains(loop, divergence.homeOf(value))) used.add(value);
    };
    for (const block of divergence.order) {
      if (divergence.contains(loop, block)) continue;
      for (const { operands } of block.instructions) operands.forEach(use);
      const { terminator } = block;
      for (const edge of edgesOf(terminator)) edge.arguments.forEach(use);
      if (terminator?.kind === "branch") use(terminator.condition);
      if (terminator?.kind === "return" && terminator.value !== undefined) use(terminator.value);
    }
    return [...used];
  }

  /** Whether a conditional block, with all that it dominates, is left out when no lane runs it. */
  isJumpedOver(block: Block): boolean {
    let known = this.#jumpedOver.get(block);
    if (known === undefined) {
      known = this.#findJumpedOver(block);
      this.#jumpedOver.set(block, known);
    }
    return known;
  }

  #findJumpedOver(block: Block): boolean {
    const divergence = this.#divergence;
    if (block === divergence.fn.entry || divergence.collectedFrom(block) !== undefined) return false;
    const blocks = this.reach(block);
    for (const inside of blocks) {
      const loop = divergence.loopOf(inside);
      if (loop?.header === inside && blocks.has(inside) && loop !== divergence.loopOf(block)) return true;
    }
    if (divergence.loopOf(block)?.header === block) return true;
    if (this.#isWhatIsLeft(block)) return false;
    const threshold = divergence.hasVaryingMask(block) ? worthJumping : worthBranching;
    return this.#costOf(blocks) >= threshold;
  }

  /** Whether lanes are missing only because they trapped, or left the loop: mostly, some run. */
  #isWhatIsLeft(block: Block): boolean {
    const [only, ...more] = this.#divergence.forwardEdges(block);
    if (only === undefined || more.length > 0) return false;
    const other = edgesOf(only.from.terminator).find((edge) => edge !== only.edge);
    if (other === undefined) return true;
    return other.block.terminator?.kind === "trap" || this.#divergence.loopsLeft(only.from, other.block).length > 0;
  }

  #costOf(blocks: ReadonlySet<Block>): number {
    let cost = 0;
    for (const { instructions, terminator } of blocks) {
      for (const { opcode } of instructions) cost += costs[opcode] ?? 1;
      if (terminator?.kind === "branch") cost += 2;
    }
    return cost;
  }
}
