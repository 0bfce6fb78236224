/**
 * Pages that belong to us until they are unmapped: once, by `release`, or when a Worker ends.
 * `address` is 0 from then on, which is what every user of the pages asks before touching them.
 */
import { unmapAtEnvironmentEnd } from "./environment-end.ts";
import { unmap } from "./system-calls.ts";

export class Mapping {
  /** Where the pages are; 0 once they are gone. */
  address: number;
  readonly bytes: number;
  readonly #cancel: () => void;

  constructor(address: number, bytes: number) {
    this.address = address;
    this.bytes = bytes;
    this.#cancel = unmapAtEnvironmentEnd(address, bytes);
  }

  /** Unmaps the pages. Idempotent. Throws `MemoryError` when the system refuses; they are still ours then. */
  release(): void {
    if (this.address === 0) return;
    unmap(this.address, this.bytes);
    this.address = 0;
    this.#cancel();
  }
}
