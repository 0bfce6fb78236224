/** What the two ways to hold a code arena's functions have in common: dual-backing.ts and flip-backing.ts. */
import type { InstalledCode } from "../../src/engine/host.ts";
import type { Mapping } from "./mapping.ts";

export type MemoryMode = "dual" | "flip";

/** The `int3` instruction: what stands where no code does. */
export const int3 = 0xcc;

/** One function's code. */
export class ArenaCode implements InstalledCode {
  address: number;
  readonly bytes: number;
  readonly #place: Backing;

  constructor(address: number, bytes: number, place: Backing) {
    this.address = address;
    this.bytes = bytes;
    this.#place = place;
  }

  release(): void {
    const { address } = this;
    if (address === 0) return;
    this.address = 0;
    this.#place.remove(address, this.bytes);
  }
}

/** Where functions go. One of two ways, chosen when the arena is made. */
export interface Backing {
  readonly mode: MemoryMode;
  install(code: Uint8Array): ArenaCode | undefined;
  /** Takes code back. Never throws: a finaliser may be calling. */
  remove(address: number, bytes: number): void;
  trim(): void;
  dispose(): void;
  readonly functions: number;
  readonly codeBytes: number;
  readonly occupiedBytes: number;
  readonly pageBytes: number;
  readonly metadataBytes: number;
}

/** An arena goes when neither it nor any of its functions is referred to. */
export const unreferenced = new FinalizationRegistry<Set<Mapping>>((mappings) => {
  for (const mapping of mappings) mapping.release();
});
