/**
 * A place in front of a loop: the block that every way into the loop, and nothing else, passes last. Made when asked for;
 * where one block outside only jumps to the header, that is it.
 *
 * A new one takes the header's parameters as its own if several ways lead in, and passes them on.
 */
import type { IncomingEdge } from "../analysis/control-flow.ts";
import type { DominatorTree } from "../analysis/dominators.ts";
import type { Loop } from "../analysis/loops.ts";
import type { Block, IrFunction } from "../ir/function.ts";

export class Preheaders {
  readonly #fn: IrFunction;
  readonly #dominators: DominatorTree;
  readonly #incoming: readonly IncomingEdge[][];
  /** By the header's id. */
  readonly #known: (Block | undefined)[] = [];
  /** New blocks, by the id of the header that they come before. */
  readonly #created: (Block | undefined)[] = [];

  /** The dominator tree and the edges into blocks are those of the function before any block was made. */
  constructor(fn: IrFunction, dominators: DominatorTree, incoming: readonly IncomingEdge[][]) {
    this.#fn = fn;
    this.#dominators = dominators;
    this.#incoming = incoming;
  }

  /** Whether there are new blocks. */
  get hasCreated(): boolean {
    return this.#created.length > 0;
  }

  of(loop: Loop): Block {
    const known = this.#known[loop.header.id];
    if (known !== undefined) return known;
    const block = this.#find(loop.header) ?? this.#create(loop.header);
    this.#known[loop.header.id] = block;
    return block;
  }

  /** All that were asked for. */
  forEach(visit: (block: Block) => void): void {
    for (const block of this.#known) if (block !== undefined) visit(block);
  }

  /** Puts the new blocks into the layout. */
  place(): void {
    if (this.#created.length === 0) return;
    const isNew = new Set(this.#created);
    const layout: Block[] = [];
    for (const block of this.#fn.blocks) {
      if (isNew.has(block)) continue;
      const before = this.#created[block.id];
      if (before !== undefined) layout.push(before);
      layout.push(block);
    }
    this.#fn.blocks = layout;
  }

  #entries(header: Block): IncomingEdge[] {
    const incoming = this.#incoming[header.id] ?? [];
    return incoming.filter(({ from }) => !this.#dominators.dominates(header, from));
  }

  #find(header: Block): Block | undefined {
    const entries = this.#entries(header);
    const [only] = entries;
    return entries.length === 1 && only?.from.terminator?.kind === "jump" ? only.from : undefined;
  }

  #create(header: Block): Block {
    const fn = this.#fn;
    const block = fn.createBlock();
    this.#created[header.id] = block;
    const entries = this.#entries(header);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      block.terminator = { kind: "jump", target: { block: header, arguments: only.edge.arguments } };
      only.edge.arguments = [];
    } else {
      for (const { type } of header.parameters) fn.addParameter(block, type);
      block.terminator = { kind: "jump", target: { block: header, arguments: [...block.parameters] } };
    }
    for (const { edge } of entries) edge.block = block;
    return block;
  }
}
