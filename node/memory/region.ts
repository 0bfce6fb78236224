/**
 * One piece of executable memory, as types: `WritableRegion.allocate` -> `write`, `fill` -> `seal()` -> `ExecutableRegion`
 * -> `dispose`. Its pages are writable first and executable afterwards, never both (W^X), and nothing leads back.
 * A region that nobody refers to any more is unmapped when the event loop turns.
 */
import { MemoryError } from "../../src/base/errors.ts";
import type { CallableOf } from "../../src/base/signature.ts";
import { describe, isBytes } from "./argument-checks.ts";
import { Mapping } from "./mapping.ts";
import { copyIn, copyOut, fill, mapAnonymous, protect, protection, unmap, wholePages } from "./system-calls.ts";
import { checkOffset, functionAt, type MachineFunction } from "./to-function.ts";

/** No system has more: x86-64 user space ends at 2^47. */
const mostBytes = 2 ** 47;

/** What regions and functions over them share, so that the pages live while one of them does. */
class RegionPages {
  readonly #mapping: Mapping;

  constructor(mapping: Mapping) {
    this.#mapping = mapping;
    unreferenced.register(this, mapping, this);
  }

  /** 0 once unmapped. */
  get address(): number {
    return this.#mapping.address;
  }

  release(): void {
    unreferenced.unregister(this);
    this.#mapping.release();
  }
}

const unreferenced = new FinalizationRegistry<Mapping>((mapping) => mapping.release());

/** Makes an `ExecutableRegion` of sealed pages; only `seal()` can. */
let executableRegion: (pages: RegionPages, length: number) => ExecutableRegion;

/** Memory for code that is being written. Not executable. */
export class WritableRegion {
  /** Its size in bytes: what was asked for, rounded up to whole pages. */
  readonly length: number;
  #pages: RegionPages | undefined;
  #sealed = false;

  private constructor(pages: RegionPages, length: number) {
    this.#pages = pages;
    this.length = length;
  }

  /**
   * Zeroed memory of at least `bytes` bytes, in whole pages. Throws `RangeError` for a size that is none, `MemoryError`
   * when the system refuses, `UnsupportedError` elsewhere than on Linux x64.
   */
  static allocate(bytes: number): WritableRegion {
    if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes <= 0 || bytes > mostBytes) {
      throw new RangeError(`allocate: expected a whole number of bytes from 1 to ${mostBytes}, not ${describe(bytes)}`);
    }
    const length = wholePages(bytes);
    const address = mapAnonymous(length);
    try {
      return new WritableRegion(new RegionPages(new Mapping(address, length)), length);
    } catch (error) {
      unmap(address, length);
      throw error;
    }
  }

  /** Where the region is, for listings and diagnosis. Throws `MemoryError` once it was sealed or disposed. */
  get address(): number {
    return this.#writable("address").address;
  }

  get disposed(): boolean {
    return this.#pages === undefined && !this.#sealed;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** Copies `bytes` to `offset`. Throws `RangeError` when they do not fit, `MemoryError` after `seal` and `dispose`. */
  write(offset: number, bytes: Uint8Array | readonly number[]): void {
    const { address } = this.#writable("write");
    const source = asBytes(bytes);
    checkRange("write", offset, source.length, this.length);
    copyIn(address + offset, source);
  }

  /** Sets every byte, or `length` bytes from `offset` on, to `byte`. Throws as `write` does. */
  fill(byte: number, offset = 0, length: number = this.length - offset): void {
    const { address } = this.#writable("fill");
    if (!isByte(byte)) throw new RangeError(`fill: expected a byte from 0 to 255, not ${describe(byte)}`);
    checkRange("fill", offset, length, this.length);
    fill(address + offset, byte, length);
  }

  /** A copy of `length` bytes from `offset` on. Throws as `write` does. */
  read(offset = 0, length: number = this.length - offset): Uint8Array {
    const { address } = this.#writable("read");
    checkRange("read", offset, length, this.length);
    return copyOut(address + offset, length);
  }

  /** Makes the memory executable and no longer writable. This region is used up. Throws `MemoryError`. */
  seal(): ExecutableRegion {
    const pages = this.#writable("seal");
    protect(pages.address, this.length, protection.read | protection.execute);
    this.#pages = undefined;
    this.#sealed = true;
    return executableRegion(pages, this.length);
  }

  /** Unmaps the memory, unless it was sealed: then it belongs to the `ExecutableRegion`. Idempotent. */
  dispose(): void {
    this.#pages?.release();
    this.#pages = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #writable(what: string): RegionPages {
    if (this.#pages !== undefined) return this.#pages;
    throw new MemoryError(
      this.#sealed
        ? `${what}: this region of ${this.length} bytes was sealed; it is executable now and cannot change (use what seal() returned)`
        : `${what}: this region of ${this.length} bytes was disposed`,
    );
  }
}

/** Memory that holds code. Not writable. Made by `WritableRegion.seal()`. */
export class ExecutableRegion {
  /** Its size in bytes, whole pages. */
  readonly length: number;
  #pages: RegionPages | undefined;
  readonly #functions = new Map<string, (...values: never[]) => unknown>();

  private constructor(pages: RegionPages, length: number) {
    this.#pages = pages;
    this.length = length;
  }

  static {
    executableRegion = (pages, length) => new ExecutableRegion(pages, length);
  }

  /** Where the code is. Throws `MemoryError` after `dispose`. */
  get address(): number {
    return this.#executable("address").address;
  }

  get disposed(): boolean {
    return this.#pages === undefined;
  }

  /** A copy of `length` bytes from `offset` on. Throws `RangeError`, and `MemoryError` after `dispose`. */
  read(offset = 0, length: number = this.length - offset): Uint8Array {
    const { address } = this.#executable("read");
    checkRange("read", offset, length, this.length);
    return copyOut(address + offset, length);
  }

  /** Calls the code at the region's start. Throws `SignatureError` for arguments that do not fit, `MemoryError` after `dispose`. */
  call<const S extends string>(signature: S, ...values: Parameters<CallableOf<S>>): ReturnType<CallableOf<S>> {
    this.#executable("call");
    let known = this.#functions.get(signature);
    if (known === undefined) {
      known = functionAt(this.#executable("call"), 0, signature);
      this.#functions.set(signature, known);
    }
    return known(...(values as never[])) as ReturnType<CallableOf<S>>; // the map has a function of this signature under it
  }

  /**
   * A function over the code at `offset`. It keeps the region's memory while it is referenced, and throws `DisposedError`
   * once the region was disposed. Throws `SignatureError`, `RangeError`, and `MemoryError` after `dispose`.
   */
  toFunction<const S extends string>(signature: S, offset = 0): MachineFunction<S> {
    const pages = this.#executable("toFunction");
    return functionAt(pages, checkOffset("toFunction", offset, this.length), signature);
  }

  /** Unmaps the memory; functions over it throw from now on. Idempotent. */
  dispose(): void {
    this.#pages?.release();
    this.#pages = undefined;
    this.#functions.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #executable(what: string): RegionPages {
    if (this.#pages !== undefined) return this.#pages;
    throw new MemoryError(`${what}: this region of ${this.length} bytes was disposed`);
  }
}

const isByte = (value: unknown): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;

function asBytes(bytes: Uint8Array | readonly number[]): Uint8Array {
  if (isBytes(bytes)) return bytes;
  if (!Array.isArray(bytes)) {
    throw new TypeError(`write: expected a Uint8Array or an array of bytes, not ${describe(bytes)}`);
  }
  const wrong = bytes.findIndex((byte) => !isByte(byte));
  if (wrong >= 0) throw new RangeError(`write: byte ${wrong} must be from 0 to 255, not ${describe(bytes[wrong])}`);
  return Uint8Array.from(bytes);
}

function checkRange(what: string, offset: unknown, length: unknown, size: number): void {
  if (typeof offset !== "number" || !Number.isInteger(offset) || offset < 0 || offset > size) {
    throw new RangeError(`${what}: expected an offset from 0 to ${size}, not ${describe(offset)}`);
  }
  if (typeof length !== "number" || !Number.isInteger(length) || length < 0 || length > size - offset) {
    throw new RangeError(
      `${what}: ${typeof length === "number" ? length : describe(length)} bytes at offset ${offset} do not fit a region of ${size} bytes (${size - offset} are left)`,
    );
  }
}
