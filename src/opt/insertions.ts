/** New instructions for places that a walk has passed or not reached yet: noted first, put in all at once. */
import type { Block, Value } from "../ir/function.ts";

export class Insertions {
  /** By value id: what comes right in front of it. */
  readonly #before: (Value[] | undefined)[] = [];
  /** By block id: what comes first in it. */
  readonly #first: (Value[] | undefined)[] = [];
  #count = 0;

  before(value: Value, inserted: Value): void {
    this.#count++;
    const list = this.#before[value.id];
    if (list === undefined) this.#before[value.id] = [inserted];
    else list.push(inserted);
  }

  atStart(block: Block, inserted: Value): void {
    this.#count++;
    const list = this.#first[block.id];
    if (list === undefined) this.#first[block.id] = [inserted];
    else list.push(inserted);
  }

  apply(blocks: readonly Block[]): void {
    if (this.#count === 0) return;
    for (const block of blocks) {
      const { instructions } = block;
      let list = this.#first[block.id];
      for (let index = 0; index < instructions.length; index++) {
        const value = instructions[index];
        if (value === undefined) continue;
        const before = this.#before[value.id];
        if (before !== undefined) {
          list ??= instructions.slice(0, index);
          for (const inserted of before) list.push(inserted);
        }
        list?.push(value);
      }
      if (list !== undefined) block.instructions = list;
    }
  }
}
