/**
 * The compilations that functions refer to, by key.
 *
 * A Map whose entries come and go makes itself a new table every few of them, and V8 links each old table to the next: once
 * one of a chain is old, all that follow survive the collections of young objects, with every compilation they hold. So a key
 * that goes keeps its place, empty, and once most places are empty, a fresh Map takes what is left.
 */
import type { Compilation } from "./compilation.ts";

const mostEmpty = 256;

export class CompilationCache {
  #entries = new Map<string, Compilation | undefined>();
  #empty = 0;

  /** How many there are. */
  get size(): number {
    return this.#entries.size - this.#empty;
  }

  get(key: string): Compilation | undefined {
    return this.#entries.get(key);
  }

  /** Under a key that has none. */
  add(key: string, compilation: Compilation): void {
    const { size } = this.#entries;
    this.#entries.set(key, compilation);
    if (this.#entries.size === size) this.#empty--;
  }

  /** Of a key that has one. */
  delete(key: string): void {
    this.#entries.set(key, undefined);
    this.#empty++;
    if (this.#empty <= mostEmpty || 2 * this.#empty <= this.#entries.size) return;
    const left = new Map<string, Compilation>();
    for (const [other, compilation] of this.#entries) if (compilation !== undefined) left.set(other, compilation);
    this.#entries = left;
    this.#empty = 0;
  }
}
