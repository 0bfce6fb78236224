/**
 * Which values of a row function are the same in every lane, and which ways lanes go apart: what widening has to know before
 * it starts.
 *
 * A value is *uniform* if all lanes that run have the same, else *varying*. It varies if an operand does; a block parameter also
 * where the choice between its arguments does; and what is uniform inside a loop varies behind it, if lanes leave the loop in
 * different turns (the loop is *divergent*). Found as the greatest fixed point: everything is uniform until shown otherwise.
 *
 * A block *collects* another if all lanes that run the other come to it, so that the masks of the two are one. A way out of a
 * loop is *plain* if all lanes in the loop take it at once: it stands in every turn, and its condition is uniform.
 *
 * Karrenberg, Hack, "Whole-Function Vectorization" (CGO 2011); Moll, Hack, "Partial Control-Flow Linearization" (PLDI 2018).
 */
import { type IncomingEdge, incomingEdges } from "../analysis/control-flow.ts";
import { DominatorTree } from "../analysis/dominators.ts";
import { findLoops, type Loop } from "../analysis/loops.ts";
import { InternalError } from "../base/errors.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";

/** How a mask comes about, from the mask of a block above: all its lanes, all or none of them, or any. */
type Form = 0 | 1 | 2;
const allLanes = 0;
const allOrNone = 1;
const anyLanes = 2;

const worse = (a: Form, b: Form): Form => (a > b ? a : b);

export class Divergence {
  readonly fn: IrFunction;
  readonly dominators: DominatorTree;
  readonly loops: readonly Loop[];
  readonly #innermost: readonly (Loop | undefined)[];
  /** By loop: its own blocks and those of its inner loops. */
  readonly #inside = new Map<Loop, Block[]>();
  /** By block id: where it stands in `order`. */
  readonly #positions: number[] = [];
  readonly #incoming: readonly IncomingEdge[][];
  readonly #varying: Uint8Array;
  readonly #homes: (Block | undefined)[] = [];
  readonly #divergent = new Set<Loop>();
  readonly #plain = new Set<Edge>();
  /** By block id: what `collectedFrom` gave. */
  readonly #collected: (Block | null | undefined)[] = [];

  /** `varying` says which of the function's parameters are. */
  constructor(fn: IrFunction, varying: readonly boolean[]) {
    this.fn = fn;
    this.dominators = new DominatorTree(fn);
    const { innermost, loops } = findLoops(fn, this.dominators);
    this.loops = loops;
    this.#innermost = innermost;
    this.dominators.order.forEach((block, index) => {
      this.#positions[block.id] = index;
      for (let loop = innermost[block.id]; loop !== undefined; loop = loop.parent) {
        const inside = this.#inside.get(loop);
        if (inside === undefined) this.#inside.set(loop, [block]);
        else inside.push(block);
      }
    });
    this.#incoming = incomingEdges(fn, this.dominators.order);
    this.#varying = new Uint8Array(fn.valueCount);
    for (const block of this.dominators.order) {
      for (const value of block.parameters) this.#homes[value.id] = block;
      for (const value of block.instructions) this.#homes[value.id] = block;
    }
    fn.parameters.forEach(({ id }, index) => {
      if (varying[index] === true) this.#varying[id] = 1;
    });
    while (this.#propagate());
  }

  /** The blocks that the entry reaches, in reverse postorder. */
  get order(): readonly Block[] {
    return this.dominators.order;
  }

  /** Whether some way back goes to a block that does not dominate its start: no natural loop. */
  get isIrreducible(): boolean {
    return this.order.some((block, index) =>
      edgesOf(block.terminator).some(
        (edge) => this.positionOf(edge.block) <= index && !this.dominators.dominates(edge.block, block),
      ),
    );
  }

  /** Where the block stands in `order`. */
  positionOf(block: Block): number {
    return this.#positions[block.id] ?? 0;
  }

  /** The blocks of a loop, those of inner loops included, in their order. */
  blocksIn(loop: Loop): readonly Block[] {
    return this.#inside.get(loop) ?? [];
  }

  loopOf(block: Block): Loop | undefined {
    return this.#innermost[block.id];
  }

  /** Whether the loop, or one in it, holds the block. */
  contains(loop: Loop | undefined, block: Block): boolean {
    if (loop === undefined) return true;
    for (let inner = this.loopOf(block); inner !== undefined; inner = inner.parent) if (inner === loop) return true;
    return false;
  }

  /** The loops that an edge leaves, from the innermost out. */
  loopsLeft(from: Block, to: Block): Loop[] {
    const left: Loop[] = [];
    for (let loop = this.loopOf(from); loop !== undefined && !this.contains(loop, to); loop = loop.parent)
      left.push(loop);
    return left;
  }

  isBackEdge(from: Block, to: Block): boolean {
    return this.dominators.dominates(to, from);
  }

  /** The edges into a block that are no way back. */
  forwardEdges(block: Block): IncomingEdge[] {
    return (this.#incoming[block.id] ?? []).filter(({ from }) => !this.isBackEdge(from, block));
  }

  homeOf(value: Value): Block {
    const home = this.#homes[value.id];
    if (home === undefined) throw new InternalError(`v${value.id} stands nowhere`);
    return home;
  }

  /** Whether the value varies where it is computed. */
  isVarying(value: Value): boolean {
    return this.#varying[value.id] === 1;
  }

  /** Whether the value varies where it is used. */
  isVaryingIn(value: Value, block: Block): boolean {
    if (this.isVarying(value)) return true;
    if (value.opcode === "const") return false;
    return this.loopsLeft(this.homeOf(value), block).some((loop) => this.#divergent.has(loop));
  }

  isDivergent(loop: Loop): boolean {
    return this.#divergent.has(loop);
  }

  /** Whether an edge out of a loop is taken by all its lanes at once. */
  isPlain(edge: Edge): boolean {
    return this.#plain.has(edge);
  }

  /**
   * The block above whose lanes all come to this one. Where this one stands behind a loop that it does not share with the
   * block above, it is the loop's header, and its lanes those that enter the loop. Undefined if lanes are missing.
   */
  collectedFrom(block: Block): Block | undefined {
    let known = this.#collected[block.id];
    if (known === undefined) {
      known = this.#findCollected(block) ?? null;
      this.#collected[block.id] = known;
    }
    return known ?? undefined;
  }

  /** Whether the mask of a block may hold for some of the function's lanes only. */
  hasVaryingMask(block: Block): boolean {
    return this.#form(block, this.fn.entry) === anyLanes;
  }

  #findCollected(block: Block): Block | undefined {
    const above = this.dominators.immediateDominator(block);
    if (above === undefined) return undefined;
    const outermost = this.loopsLeft(above, block).at(-1);
    if (outermost === undefined && this.#isOneOfTwo(block)) return undefined;
    const start = outermost?.header ?? above;
    const around = outermost === undefined ? this.loopOf(above) : outermost.parent;
    const seen = new Set([start]);
    for (const from of seen) {
      // The set grows while it is read.
      const kind = from.terminator?.kind;
      if (kind === "return" || kind === "trap") return undefined;
      for (const { block: to } of edgesOf(from.terminator)) {
        if (to === block) continue;
        if (this.isBackEdge(from, to)) {
          if (around !== undefined && this.contains(this.loopOf(to), around.header)) return undefined;
          continue;
        }
        if (!this.contains(around, to) || !this.dominators.dominates(start, to)) return undefined;
        seen.add(to);
      }
    }
    return start;
  }

  /** Whether only one direction of a branch leads to the block. */
  #isOneOfTwo(block: Block): boolean {
    const incoming = this.#incoming[block.id] ?? [];
    const from = incoming[0]?.from;
    return incoming.length === 1 && from?.terminator?.kind === "branch";
  }

  /** How the mask of a block comes about from that of one that dominates it. */
  #form(block: Block, above: Block, isEntry = false): Form {
    if (block === above) return allLanes;
    const loop = this.loopOf(block);
    if (!isEntry && loop?.header === block && this.#divergent.has(loop)) return anyLanes;
    const start = this.collectedFrom(block);
    if (start !== undefined) {
      if (start !== above && this.dominators.dominates(start, above))
        return this.loopsLeft(above, block).some((left) => this.#divergent.has(left)) ? anyLanes : allOrNone;
      return this.#form(start, above, this.loopsLeft(start, block).length > 0);
    }
    let form: Form = allLanes;
    for (const incoming of this.forwardEdges(block)) {
      form = worse(form, this.#edgeForm(incoming, block, above));
      if (form === anyLanes) break;
    }
    return form;
  }

  #edgeForm({ from, edge }: IncomingEdge, to: Block, above: Block): Form {
    if (this.loopsLeft(from, to).some((loop) => this.#divergent.has(loop))) return anyLanes;
    const { terminator } = from;
    if (terminator?.kind !== "branch") return this.#form(from, above);
    if (this.isVaryingIn(terminator.condition, from)) return anyLanes;
    const other = edge === terminator.whenTrue ? terminator.whenFalse : terminator.whenTrue;
    const decides: Form = this.#plain.has(other) ? allLanes : allOrNone;
    return worse(decides, this.#form(from, above));
  }

  /** One round. Returns whether anything became varying. */
  #propagate(): boolean {
    let isChanged = this.#findPlainExits();
    const mark = (value: Value): void => {
      if (this.#varying[value.id] === 1) return;
      this.#varying[value.id] = 1;
      isChanged = true;
    };
    for (const block of this.order) {
      if (block !== this.fn.entry)
        block.parameters.forEach((parameter, position) => {
          if (!this.isVarying(parameter) && this.#isChosenByLane(block, position)) mark(parameter);
        });
      for (const value of block.instructions)
        if (!this.isVarying(value) && value.operands.some((operand) => this.isVaryingIn(operand, block))) mark(value);
    }
    return isChanged;
  }

  #isChosenByLane(block: Block, position: number): boolean {
    const incoming = this.#incoming[block.id] ?? [];
    for (const { from, edge } of incoming) {
      const argument = edge.arguments[position];
      if (argument !== undefined && this.isVaryingIn(argument, from)) return true;
      if (this.loopsLeft(from, block).some((loop) => this.#divergent.has(loop))) return true;
    }
    const above = this.dominators.immediateDominator(block);
    const forward = incoming.filter(({ from }) => !this.isBackEdge(from, block));
    const back = incoming.filter(({ from }) => this.isBackEdge(from, block));
    return this.#isChoiceByLane(forward, above) || this.#isChoiceByLane(back, block);
  }

  /** Whether which of several edges lanes come along, from a block above, differs among them. */
  #isChoiceByLane(edges: readonly IncomingEdge[], above: Block | undefined): boolean {
    if (edges.length < 2) return false;
    return edges.some(({ from }) => {
      if (isVaryingBranch(this, from)) return true;
      const steps = above === undefined ? undefined : this.conditionsBetween(above, from);
      return steps?.some((step) => isVaryingBranch(this, this.forwardEdges(step)[0]?.from)) ?? true;
    });
  }

  /**
   * The blocks between two, each entered by one edge, whose conditions together tell which lanes of the upper one come to
   * the lower one. Undefined if something else decides, too.
   */
  conditionsBetween(above: Block, below: Block): Block[] | undefined {
    const steps: Block[] = [];
    for (let at = below; at !== above; ) {
      const start = this.collectedFrom(at);
      const [only, ...more] = this.forwardEdges(at);
      if (start !== undefined && this.dominators.dominates(above, start)) at = start;
      else if (only !== undefined && more.length === 0 && this.loopsLeft(only.from, at).length === 0) {
        steps.push(at);
        at = only.from;
      } else return undefined;
    }
    return steps;
  }

  /** Which ways out of loops are plain, and so which loops are divergent. Shrinks and grows by what has become varying. */
  #findPlainExits(): boolean {
    let isChanged = false;
    for (const loop of this.loops) {
      for (const block of this.blocksIn(loop)) {
        const edges = edgesOf(block.terminator);
        for (const edge of edges) {
          if (this.contains(loop, edge.block)) continue;
          const isPlain = this.#staysInOneLoop(loop, block, edge) && this.#isPlainExit(loop, block, edges);
          if (isPlain) this.#plain.add(edge);
          else {
            if (this.loopsLeft(block, edge.block)[0] === loop) this.#plain.delete(edge);
            if (!this.#divergent.has(loop)) isChanged = true;
            this.#divergent.add(loop);
          }
        }
      }
    }
    return isChanged;
  }

  /** The edge leaves this loop from this loop, and no other. */
  #staysInOneLoop(loop: Loop, from: Block, edge: Edge): boolean {
    return this.loopOf(from) === loop && this.contains(loop.parent, edge.block);
  }

  #isPlainExit(loop: Loop, block: Block, edges: readonly Edge[]): boolean {
    const { terminator } = block;
    if (terminator?.kind !== "branch" || this.isVaryingIn(terminator.condition, block)) return false;
    return edges.some((edge) => this.contains(loop, edge.block)) && this.isInEveryTurn(loop, block);
  }

  /** Whether all lanes come to the block that are still in the loop by then. */
  isInEveryTurn(loop: Loop, block: Block): boolean {
    for (let at = block; at !== loop.header; ) {
      const start = this.collectedFrom(at);
      const [only, ...more] = this.forwardEdges(at);
      if (start !== undefined && this.contains(loop, start)) at = start;
      else if (only !== undefined && more.length === 0) {
        const other = edgesOf(only.from.terminator).find((edge) => edge !== only.edge);
        if (other === undefined || this.contains(loop, other.block)) return false;
        at = only.from; // lanes that are missing have left the loop
      } else return false;
    }
    return true;
  }
}

function isVaryingBranch(divergence: Divergence, block: Block | undefined): boolean {
  const { terminator } = block ?? {};
  return block !== undefined && terminator?.kind === "branch" && divergence.isVaryingIn(terminator.condition, block);
}
