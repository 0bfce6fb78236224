/**
 * What passes ask about one function, found when it is first asked for and kept until the function changes.
 *
 * Most passes change nothing most of the time, and several ask the same in a row. Whoever changes the function says so with
 * `forget`; the pipeline does that for its passes, and a pass by itself gets analyses of its own.
 */
import type { Block, IrFunction, Value } from "../ir/function.ts";
import { type IncomingEdge, incomingEdges, reversePostorder } from "./control-flow.ts";
import { DominatorTree } from "./dominators.ts";
import { findLoops, type Loop } from "./loops.ts";
import { Ranges } from "./ranges.ts";

export class Analyses {
  readonly #fn: IrFunction;
  #order: readonly Block[] | undefined;
  #incoming: readonly IncomingEdge[][] | undefined;
  #dominators: DominatorTree | undefined;
  #loops: ReturnType<typeof findLoops> | undefined;
  #mayHaveLoops: boolean | undefined;
  #ranges: Ranges | undefined;
  #lastRanges: Ranges | undefined;

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  /** The function has changed; `keepsBlocks`: its blocks and edges are the same, if not their contents and arguments. */
  forget(keepsBlocks: boolean): void {
    this.#ranges = undefined;
    if (keepsBlocks) return;
    this.#order = undefined;
    this.#incoming = undefined;
    this.#dominators = undefined;
    this.#loops = undefined;
    this.#mayHaveLoops = undefined;
  }

  /** The blocks that the entry reaches, in reverse postorder. */
  get order(): readonly Block[] {
    this.#order ??= reversePostorder(this.#fn);
    return this.#order;
  }

  /** The edges into each block, by block id, from those that the entry reaches. */
  get incoming(): readonly IncomingEdge[][] {
    this.#incoming ??= incomingEdges(this.#fn, this.order);
    return this.#incoming;
  }

  get dominators(): DominatorTree {
    this.#dominators ??= new DominatorTree(this.#fn, this.order, this.incoming);
    return this.#dominators;
  }

  get loops(): ReturnType<typeof findLoops> {
    this.#loops ??= findLoops(this.#fn, this.dominators, this.incoming);
    return this.#loops;
  }

  /** By block id: the innermost loop that it is in. */
  get innermost(): readonly (Loop | undefined)[] {
    return this.mayHaveLoops ? this.loops.innermost : [];
  }

  get ranges(): Ranges {
    this.#ranges ??= new Ranges(this.#fn, this.dominators, this.incoming);
    this.#lastRanges = this.#ranges;
    return this.#ranges;
  }

  /**
   * True if a block's parameter is known not to be negative, from the newest intervals that there are, however old: passes
   * keep what a parameter may be, as long as it is there. (An instruction may have moved from behind its condition.)
   */
  isNatural(parameter: Value): boolean {
    const last = this.#lastRanges;
    const ranges = last !== undefined && parameter.id < last.low.length ? last : this.ranges;
    return ranges.lowOf(parameter) >= 0 && ranges.isKnown(parameter);
  }

  /** True if the entry reaches every block: block-simplification has seen to that. */
  get isAllReached(): boolean {
    return this.order.length === this.#fn.blocks.length;
  }

  /** The edges into each block, by block id, from all blocks. */
  get allIncoming(): readonly IncomingEdge[][] {
    return this.isAllReached ? this.incoming : incomingEdges(this.#fn, this.#fn.blocks);
  }

  /** A cheap answer to whether there is anything to do for passes over loops: false if no way leads back. */
  get mayHaveLoops(): boolean {
    this.#mayHaveLoops ??= leadsBack(this.#fn);
    return this.#mayHaveLoops;
  }
}

/** True if some edge goes to its own block or one before it in the layout. */
function leadsBack(fn: IrFunction): boolean {
  const { blocks } = fn;
  if (blocks.length === 1) return false;
  const isPlaced = new Uint8Array(fn.blockCount);
  for (const { id, terminator } of blocks) {
    isPlaced[id] = 1;
    if (terminator?.kind === "jump") {
      if (isPlaced[terminator.target.block.id] !== 0) return true;
    } else if (terminator?.kind === "branch")
      if (isPlaced[terminator.whenTrue.block.id] !== 0 || isPlaced[terminator.whenFalse.block.id] !== 0) return true;
  }
  return false;
}
