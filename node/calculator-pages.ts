/**
 * Where the calculator's compiler puts its code: small code in an array, to share pages with other functions; large code
 * straight into pages of its own, so that a gigabyte of it exists once. The pages are reserved for the most code there
 * can be and the system gives them memory as they are written; where it does not reserve so much, for less.
 */
import { MemoryError } from "../src/base/errors.ts";
import { CodeChunks, type CodeStore } from "../src/lang/calculator/code-chunks.ts";
import { type ExecutableRegion, WritableRegion } from "./memory/region.ts";

/** Code up to this size shares pages with other functions. */
const largestSharing = 0x10000;

export class CodePages implements CodeStore {
  readonly #mostBytes: number;
  readonly #small = new CodeChunks();
  #region: WritableRegion | undefined;
  #used = 0;

  /** `mostBytes`: no program of the caller's makes more code than that. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get length(): number {
    return this.#region === undefined ? this.#small.length : this.#used;
  }

  write(bytes: Uint8Array): void {
    if (this.#region === undefined && this.#small.length + bytes.length > largestSharing)
      this.#moveToPages(bytes.length);
    if (this.#region === undefined) this.#small.write(bytes);
    else this.#append(this.#region, bytes);
  }

  #moveToPages(more: number): void {
    const region = reserve(Math.max(this.#mostBytes, this.#small.length + more), this.#small.length + more);
    this.#region = region;
    for (const chunk of this.#small.drain()) this.#append(region, chunk);
  }

  #append(region: WritableRegion, bytes: Uint8Array): void {
    if (this.#used + bytes.length > region.length) {
      throw new MemoryError(
        `the calculator program needs more machine code than the ${region.length} bytes that the system would reserve; compile it with optimize, or interpret it`,
        "ENOMEM",
      );
    }
    region.write(this.#used, bytes);
    this.#used += bytes.length;
  }

  clear(): void {
    this.#small.clear();
    this.#region?.dispose();
    this.#region = undefined;
    this.#used = 0;
  }

  /** Makes large code executable. Undefined for small code, which `take` gives. Throws `MemoryError`. */
  seal(): ExecutableRegion | undefined {
    return this.#region?.seal();
  }

  /** The bytes of small code. */
  take(): Uint8Array {
    return this.#small.take();
  }
}

/** Pages for `wanted` bytes, or for half as often as the system refuses, but for `needed`. */
function reserve(wanted: number, needed: number): WritableRegion {
  for (let bytes = wanted; ; bytes = Math.max(needed, Math.floor(bytes / 2))) {
    try {
      return WritableRegion.allocate(bytes);
    } catch (error) {
      if (!(error instanceof MemoryError) || bytes === needed) throw error;
    }
  }
}
