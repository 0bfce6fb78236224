/**
 * Functions with pages of their own, written first and then made executable: for systems that refuse to map memory twice.
 * A function costs a page at least, and about 12 µs.
 */
import { MemoryError } from "../../src/base/errors.ts";
import { ArenaCode, type Backing, int3, unreferenced } from "./backing.ts";
import { Mapping } from "./mapping.ts";
import { copyIn, fill, mapAnonymous, protect, protection, unmap, wholePages } from "./system-calls.ts";

/**
 * The most functions of a `flip` arena. Linux gives a process 65,530 mappings (vm.max_map_count); neighbours merge, but
 * releasing every other function leaves half as many mappings as there were functions, and without one left nothing works.
 */
const mostFlipFunctions = 100_000;

export class FlipBacking implements Backing {
  readonly mode = "flip";
  readonly metadataBytes = 0;
  functions = 0;
  codeBytes = 0;
  occupiedBytes = 0;
  readonly #maxCodeBytes: number;
  /** By `Mapping.address`, which is the function's. */
  readonly #mappings = new Map<number, Mapping>();
  readonly #all = new Set<Mapping>();
  readonly #stuck: Mapping[] = [];

  constructor(maxCodeBytes: number) {
    this.#maxCodeBytes = maxCodeBytes;
    unreferenced.register(this, this.#all);
  }

  get pageBytes(): number {
    return this.occupiedBytes;
  }

  install(code: Uint8Array): ArenaCode | undefined {
    if (this.functions >= mostFlipFunctions) {
      throw new MemoryError(
        `no room for one more function: flip mode holds ${mostFlipFunctions}, each with pages of its own; dispose some`,
      );
    }
    const bytes = wholePages(code.length);
    if (this.occupiedBytes + bytes > this.#maxCodeBytes) return undefined;
    const address = mapAnonymous(bytes);
    try {
      copyIn(address, code);
      if (bytes > code.length) fill(address + code.length, int3, bytes - code.length);
      protect(address, bytes, protection.read | protection.execute);
    } catch (error) {
      unmap(address, bytes);
      throw error;
    }
    const mapping = new Mapping(address, bytes);
    this.#mappings.set(address, mapping);
    this.#all.add(mapping);
    this.functions++;
    this.codeBytes += code.length;
    this.occupiedBytes += bytes;
    return new ArenaCode(address, code.length, this);
  }

  remove(address: number, bytes: number): void {
    const mapping = this.#mappings.get(address);
    if (mapping === undefined) return;
    this.#mappings.delete(address);
    this.functions--;
    this.codeBytes -= bytes;
    this.#release(mapping);
  }

  /** Tries again what could not be unmapped. */
  trim(): void {
    const again = [...this.#stuck];
    this.#stuck.length = 0;
    for (const mapping of again) this.#release(mapping);
  }

  dispose(): void {
    this.trim();
  }

  #release(mapping: Mapping): void {
    try {
      mapping.release();
    } catch {
      // A hole in the middle of a merged mapping makes one more, which a process may have too many of (vm.max_map_count).
      this.#stuck.push(mapping);
      return;
    }
    this.#all.delete(mapping);
    this.occupiedBytes -= mapping.bytes;
  }
}
