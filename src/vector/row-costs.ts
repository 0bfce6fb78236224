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
import type { Guards } from "./usual-row.ts";

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

/** Some blocks of a row function. */
export interface BlockGroup {
  readonly blocks: readonly Block[];
  readonly has: (block: Block) => boolean;
}

const noValues: ReadonlySet<Value> = new Set();

export class RowCosts {
  readonly #divergence: Divergence;
  readonly #guards: Guards | undefined;
  readonly #traps: boolean;
  #usedBehind: Map<Loop, Set<Value>> | undefined;
  readonly #jumpedOver = new Map<Block, boolean>();
  /** The blocks in preorder of the dominator tree: what a block dominates follows it. */
  readonly #preorder: Block[] = [];
  /** By block id: where it stands there, and where what it dominates ends. */
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];
  /** By place in the preorder: how many headers of loops stand before it. */
  readonly #headersBefore: number[] = [0];

  /** `guards`: whose conditions are used where they stand, although nothing in the function shows it. */
  constructor(divergence: Divergence, guards?: Guards) {
    this.#divergence = divergence;
    this.#guards = guards;
    divergence.dominators.walk(
      (block) => {
        this.#begins[block.id] = this.#preorder.length;
        const isHeader = divergence.loopOf(block)?.header === block;
        this.#headersBefore.push((this.#headersBefore[this.#preorder.length] ?? 0) + (isHeader ? 1 : 0));
        this.#preorder.push(block);
      },
      (block) => {
        this.#ends[block.id] = this.#preorder.length;
      },
    );
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
    for (const { instructions } of this.#divergence.blocksIn(loop))
      if (instructions.some(({ shape }) => shape.traps)) return true;
    return false;
  }

  /** Whether a way out of the loop begins in an inner one. */
  isLeftFromInside(loop: Loop): boolean {
    const divergence = this.#divergence;
    for (const block of divergence.blocksIn(loop))
      if (divergence.loopOf(block) !== loop)
        for (const edge of edgesOf(block.terminator)) if (!divergence.contains(loop, edge.block)) return true;
    return false;
  }

  /** The block and what it dominates, within the loop around it. */
  reach(block: Block): BlockGroup {
    const divergence = this.#divergence;
    const loop = divergence.loopOf(block);
    const around = loop?.header === block ? loop.parent : loop;
    const dominated = this.#preorder.slice(this.#begins[block.id], this.#ends[block.id]);
    return {
      blocks: around === undefined ? dominated : dominated.filter((below) => divergence.contains(around, below)),
      has: (other) => divergence.dominators.dominates(block, other) && divergence.contains(around, other),
    };
  }

  /** The blocks of a loop. */
  inside(loop: Loop): BlockGroup {
    return {
      blocks: this.#divergence.blocksIn(loop),
      has: (block) => this.#divergence.contains(loop, block),
    };
  }

  /** The blocks outside of these that edges from them lead to, and whether the function returns there. */
  targetsOf({ blocks, has }: BlockGroup): Set<Block | "return"> {
    const targets = new Set<Block | "return">();
    for (const block of blocks) {
      if (block.terminator?.kind === "return") targets.add("return");
      for (const edge of edgesOf(block.terminator))
        if (!has(edge.block) && !this.#divergence.isBackEdge(block, edge.block)) targets.add(edge.block);
    }
    return targets;
  }

  /** Whether loops begin in what a block dominates. */
  #mayHoldLoops({ id }: Block): boolean {
    return this.#headersBefore[this.#begins[id] ?? 0] !== this.#headersBefore[this.#ends[id] ?? 0];
  }

  /** The values of a loop that are used behind it. */
  usedBehind(loop: Loop): ReadonlySet<Value> {
    this.#usedBehind ??= this.#findUsedBehind();
    return this.#usedBehind.get(loop) ?? noValues;
  }

  /** By loop, for all of them at once. */
  #findUsedBehind(): Map<Loop, Set<Value>> {
    const divergence = this.#divergence;
    const byLoop = new Map<Loop, Set<Value>>();
    for (const block of divergence.order) {
      const use = (value: Value): void => {
        if (value.opcode === "const") return;
        const home = divergence.homeOf(value);
        if (home === block) return;
        for (const left of divergence.loopsLeft(home, block)) {
          const used = byLoop.get(left);
          if (used === undefined) byLoop.set(left, new Set([value]));
          else used.add(value);
        }
      };
      for (const { operands } of block.instructions) operands.forEach(use);
      const { terminator } = block;
      for (const edge of edgesOf(terminator)) edge.arguments.forEach(use);
      if (terminator?.kind === "branch") use(terminator.condition);
      if (terminator?.kind === "return" && terminator.value !== undefined) use(terminator.value);
      const guard = this.#guards?.get(block);
      if (guard !== undefined) use(guard.condition);
    }
    return byLoop;
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
    if (this.#mayHoldLoops(block))
      for (const inside of this.reach(block).blocks) {
        const loop = divergence.loopOf(inside);
        if (loop?.header === inside && loop !== divergence.loopOf(block)) return true;
      }
    if (divergence.loopOf(block)?.header === block) return true;
    if (this.#isWhatIsLeft(block)) return false;
    const threshold = divergence.hasVaryingMask(block) ? worthJumping : worthBranching;
    return this.#costs(block, threshold);
  }

  /** Whether lanes are missing only because they trapped, or left the loop: mostly, some run. */
  #isWhatIsLeft(block: Block): boolean {
    const [only, ...more] = this.#divergence.forwardEdges(block);
    if (only === undefined || more.length > 0) return false;
    const other = edgesOf(only.from.terminator).find((edge) => edge !== only.edge);
    if (other === undefined) return true;
    return other.block.terminator?.kind === "trap" || this.#divergence.loopsLeft(only.from, other.block).length > 0;
  }

  /** Whether a block, with what it dominates within the loop around it, costs so much. */
  #costs(block: Block, threshold: number): boolean {
    const divergence = this.#divergence;
    const around = divergence.loopOf(block);
    const end = this.#ends[block.id] ?? 0;
    let cost = 0;
    for (let at = this.#begins[block.id] ?? 0; at < end; at++) {
      const inside = this.#preorder[at];
      if (inside === undefined || !divergence.contains(around, inside)) continue;
      for (const { opcode } of inside.instructions) cost += costs[opcode] ?? 1;
      if (inside.terminator?.kind === "branch") cost += 2;
      if (cost >= threshold) return true;
    }
    return false;
  }
}
