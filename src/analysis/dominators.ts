/**
 * The dominator tree: block A dominates B if every way from the entry to B passes A.
 *
 * Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001): immediate dominators by iteration over reverse
 * postorder. A block's predecessors are met from the last in that order to the first, so that a block which ten thousand
 * others branch to (the exit of a function full of checks) costs one walk up the tree and not ten thousand.
 * Afterwards the tree is numbered in preorder, so that `dominates` is two comparisons.
 */
import type { Block, IrFunction } from "../ir/function.ts";
import { type IncomingEdge, incomingEdges, reversePostorder } from "./control-flow.ts";

/** Valid until the function's blocks or edges change. Blocks that the entry does not reach are not in it. */
export class DominatorTree {
  /** The reachable blocks in reverse postorder. */
  readonly order: readonly Block[];
  // All by position in `order`, but `#positions` by block id; -1 where there is none.
  readonly #positions: Int32Array;
  readonly #immediate: Int32Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  readonly #enter: Int32Array;
  readonly #leave: Int32Array;
  /** A walk over the tree: a position in `order` on the way down, its complement (`~`) on the way up. */
  readonly steps: Int32Array;

  constructor(
    fn: IrFunction,
    order: readonly Block[] = reversePostorder(fn),
    incoming: readonly IncomingEdge[][] = incomingEdges(fn, order),
  ) {
    this.order = order;
    const count = order.length;
    this.#positions = new Int32Array(fn.blockCount).fill(-1);
    for (let position = 0; position < count; position++) this.#positions[order[position]?.id ?? 0] = position;
    this.#immediate = this.#findImmediate(incoming);
    this.#firstChild = new Int32Array(count).fill(-1);
    this.#nextSibling = new Int32Array(count).fill(-1);
    for (let position = count - 1; position > 0; position--) {
      const parent = this.#immediate[position] ?? 0;
      this.#nextSibling[position] = this.#firstChild[parent] ?? -1;
      this.#firstChild[parent] = position;
    }
    this.#enter = new Int32Array(count);
    this.#leave = new Int32Array(count);
    this.steps = new Int32Array(2 * count);
    this.#number();
  }

  /** True if the entry reaches the block. */
  reaches(block: Block): boolean {
    return this.#position(block) >= 0;
  }

  /** The closest other block on every way to this one; undefined for the entry and for what it does not reach. */
  immediateDominator(block: Block): Block | undefined {
    const position = this.#position(block);
    return position <= 0 ? undefined : this.order[this.#immediate[position] ?? 0];
  }

  /** True if `a` is on every way to `b`; a block dominates itself. False where the entry does not reach one of them. */
  dominates(a: Block, b: Block): boolean {
    const above = this.#position(a);
    const below = this.#position(b);
    if (above < 0 || below < 0) return false;
    return (
      (this.#enter[above] ?? 0) <= (this.#enter[below] ?? 0) && (this.#leave[below] ?? 0) <= (this.#leave[above] ?? 0)
    );
  }

  /** The blocks that this one dominates immediately, in reverse postorder. */
  children(block: Block): Block[] {
    const children: Block[] = [];
    const position = this.#position(block);
    if (position < 0) return children;
    for (let child = this.#firstChild[position] ?? -1; child >= 0; child = this.#nextSibling[child] ?? -1) {
      const childBlock = this.order[child];
      if (childBlock !== undefined) children.push(childBlock);
    }
    return children;
  }

  /** Walks the tree: `enter` on the way down, `leave` on the way up. */
  walk(enter: (block: Block) => void, leave: (block: Block) => void): void {
    const { steps, order } = this;
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] ?? 0;
      const block = order[step < 0 ? ~step : step];
      if (block === undefined) continue;
      if (step < 0) leave(block);
      else enter(block);
    }
  }

  #position(block: Block): number {
    return this.#positions[block.id] ?? -1;
  }

  #findImmediate(incoming: readonly IncomingEdge[][]): Int32Array {
    const immediate = new Int32Array(this.order.length).fill(-1);
    if (immediate.length === 0) return immediate;
    immediate[0] = 0;
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (let position = 1; position < this.order.length; position++) {
        const edges = incoming[this.order[position]?.id ?? -1] ?? [];
        let common = -1;
        for (let index = edges.length - 1; index >= 0; index--) {
          const from = this.#positions[edges[index]?.from.id ?? -1] ?? -1;
          if ((immediate[from] ?? -1) < 0) continue;
          common = common < 0 ? from : meet(immediate, from, common);
        }
        if (immediate[position] !== common) {
          immediate[position] = common;
          isChanged = true;
        }
      }
    }
    return immediate;
  }

  #number(): void {
    let clock = 0;
    for (let position = this.order.length > 0 ? 0 : -1; position >= 0; ) {
      this.#enter[position] = clock;
      this.steps[clock++] = position;
      let next = this.#firstChild[position] ?? -1;
      while (next < 0 && position >= 0) {
        this.#leave[position] = clock;
        this.steps[clock++] = ~position;
        next = this.#nextSibling[position] ?? -1;
        if (next < 0) position = position === 0 ? -1 : (this.#immediate[position] ?? -1);
      }
      position = next;
    }
  }
}

/** The closest common ancestor: whichever stands later in reverse postorder climbs. */
function meet(immediate: Int32Array, a: number, b: number): number {
  while (a !== b) {
    while (a > b) a = immediate[a] ?? 0;
    while (b > a) b = immediate[b] ?? 0;
  }
  return a;
}
