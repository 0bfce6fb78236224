/** What int32-narrowing.ts and int64-narrowing.ts share: candidates, groups of them, and parameters that go. */
import type { IncomingEdge } from "../analysis/control-flow.ts";
import type { Block, Value } from "../ir/function.ts";

/** A value to narrow, and what it is made from: operands, or the arguments for a parameter, in the order of the edges. */
export interface Candidate {
  readonly value: Value;
  readonly parts: readonly Value[];
  readonly block: Block;
  /** Of a parameter; -1 for an instruction. */
  readonly index: number;
}

/** Takes the f64 parameters out, and their arguments. */
export function removeParameters(chosen: readonly Candidate[], incoming: readonly (readonly IncomingEdge[])[]): void {
  const gone = new Map<Block, Set<number>>();
  for (const { block, index } of chosen) {
    if (index < 0) continue;
    const indices = gone.get(block) ?? new Set();
    gone.set(block, indices.add(index));
  }
  for (const [block, indices] of gone) {
    const stays = (_: Value, index: number): boolean => !indices.has(index);
    block.parameters = block.parameters.filter(stays);
    for (const { edge } of incoming[block.id] ?? []) edge.arguments = edge.arguments.filter(stays);
  }
}

/** Sets of values that are narrowed together or not at all, with the balance of their uses. */
export class Groups {
  readonly #parents: Int32Array;
  readonly #balance: Float64Array;

  constructor(count: number) {
    this.#parents = new Int32Array(count);
    for (let index = 0; index < count; index++) this.#parents[index] = index;
    this.#balance = new Float64Array(count);
  }

  join(a: Value, b: Value): void {
    this.#parents[this.#find(a.id)] = this.#find(b.id);
  }

  /** After all joins. */
  weigh(value: Value, weight: number): void {
    const group = this.#find(value.id);
    this.#balance[group] = (this.#balance[group] ?? 0) + weight;
  }

  isWorthwhile(value: Value): boolean {
    return (this.#balance[this.#find(value.id)] ?? 0) > 0;
  }

  #find(id: number): number {
    let root = id;
    while (this.#parents[root] !== root) root = this.#parents[root] ?? root;
    for (let at = id; at !== root; ) {
      const next = this.#parents[at] ?? root;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }
}
