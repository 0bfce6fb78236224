/**
 * Executable memory that many functions share.
 *
 * `dual`: one memory file, mapped twice. Code is written at the writable address, which never leaves this file and is
 * kept out of forked children, and runs at the executable one; no address is both. The range is reserved at once and
 * costs nothing until a page is written. Freed code becomes `int3`; wholly free pages go back to the system (a hole is
 * punched into the file) but for a few kept warm, and read as zero until they are used again.
 *
 * `flip`: where the system forbids that, each function has pages of its own, written first and then made executable.
 *
 * The SDM (volume 3, "Self-Modifying Code") wants a serializing instruction between writing at one linear address and
 * executing at another. x86-64 CPUs compare physical addresses, a function is reached only by an indirect jump after the
 * copying call has returned, and .NET's dual mapping relies on the same; so there is none.
 */
import { MemoryError } from "../../src/base/errors.ts";
import type { InstalledCode } from "../../src/engine/host.ts";
import { describe, isBytes } from "./argument-checks.ts";
import { GranuleAllocator, granuleBytes, granulesPerPage } from "./granule-allocator.ts";
import { Mapping } from "./mapping.ts";
import {
  closeFile,
  copyIn,
  createMemoryFile,
  fill,
  keepFromFork,
  mapAnonymous,
  mapShared,
  pageBytes,
  protect,
  protection,
  punchHole,
  unmap,
  wholePages,
} from "./system-calls.ts";

export type MemoryMode = "dual" | "flip";

export interface CodeArenaOptions {
  /** The most bytes of code that live at once, rounded up to pages. 268435456 (256 MiB) unless told. */
  readonly maxCodeBytes?: number;
  /** `flip` forces one mapping a function; `dual` throws where it is refused. Otherwise dual, then flip. */
  readonly mode?: MemoryMode;
}

/** What an arena holds now; bytes everywhere. */
export interface CodeArenaStatistics {
  readonly mode: MemoryMode;
  /** Functions installed and not released. */
  readonly functions: number;
  /** The sum of their lengths. */
  readonly codeBytes: number;
  /** `codeBytes` with each length rounded up to what it occupies. */
  readonly occupiedBytes: number;
  /** Memory that the system gave: pages in use and, in dual mode, free ones kept warm. */
  readonly pageBytes: number;
  /** The allocator's own bookkeeping. */
  readonly metadataBytes: number;
  readonly maxCodeBytes: number;
}

/** The `int3` instruction: what stands where no code does. */
const int3 = 0xcc;
const defaultMaxCodeBytes = 256 * 1024 * 1024;
/** Free pages that are kept while functions live, so that compiling and disposing in turn needs no system call. */
const mostWarmPages = 16;

/**
 * The most functions of a `flip` arena. Linux gives a process 65,530 mappings (vm.max_map_count); neighbours merge, but
 * releasing every other function leaves half as many mappings as there were functions, and without one left nothing works.
 */
const mostFlipFunctions = 100_000;

/** Nothing behind it, or code, or only `int3` for the next functions. */
const pageState = { empty: 0, used: 1, warm: 2 } as const;

/** One function's code. */
class ArenaCode implements InstalledCode {
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
interface Backing {
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

export class CodeArena {
  readonly maxCodeBytes: number;
  readonly #backing: Backing;
  #disposed = false;

  /** Throws `MemoryError` where the system refuses, `RangeError` for a size that is none. */
  constructor(options: CodeArenaOptions = {}) {
    const { maxCodeBytes = defaultMaxCodeBytes, mode } = options;
    if (!Number.isSafeInteger(maxCodeBytes) || maxCodeBytes <= 0) {
      throw new RangeError(`maxCodeBytes: expected a positive whole number of bytes, not ${String(maxCodeBytes)}`);
    }
    if (mode !== undefined && mode !== "dual" && mode !== "flip") {
      throw new RangeError(`memory mode: expected dual or flip, not ${String(mode)}`);
    }
    this.maxCodeBytes = wholePages(maxCodeBytes);
    this.#backing = createBacking(this.maxCodeBytes, mode);
  }

  get mode(): MemoryMode {
    return this.#backing.mode;
  }

  /**
   * Copies code into executable memory. It stays until `release()`; keep what comes back as long as the code may run,
   * since an arena that nobody refers to, nor to any of its code, is unmapped. Throws `MemoryError` when `maxCodeBytes`
   * are in use or the system refuses.
   */
  install(code: Uint8Array): InstalledCode {
    if (this.#disposed) throw new MemoryError("install: this code arena was disposed");
    if (!isBytes(code)) throw new TypeError(`install: expected code as a Uint8Array, not ${describe(code)}`);
    if (code.length === 0) throw new RangeError("install: expected at least one byte of code, not 0");
    const installed = this.#backing.install(code);
    if (installed !== undefined) return installed;
    const { functions, occupiedBytes } = this.#backing;
    throw new MemoryError(
      `no room for ${code.length} bytes of code: ${functions} functions occupy ${occupiedBytes} of maxCodeBytes = ${this.maxCodeBytes}; ` +
        "dispose functions, let the event loop turn so that unreferenced ones are collected, or raise maxCodeBytes",
    );
  }

  statistics(): CodeArenaStatistics {
    const { mode, functions, codeBytes, occupiedBytes, pageBytes, metadataBytes } = this.#backing;
    return {
      mode,
      functions,
      codeBytes,
      occupiedBytes,
      pageBytes,
      metadataBytes,
      maxCodeBytes: this.maxCodeBytes,
    };
  }

  /** Gives every wholly free page back to the system, the warm ones too. */
  trim(): void {
    this.#backing.trim();
  }

  /** Unmaps everything. Refused with a `MemoryError` while functions live. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    const { functions } = this.#backing;
    if (functions > 0)
      throw new MemoryError(`dispose: ${functions} functions still live in this code arena; release them first`);
    this.#disposed = true;
    this.#backing.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function createBacking(maxCodeBytes: number, mode: MemoryMode | undefined): Backing {
  if (mode === "flip") return new FlipBacking(maxCodeBytes);
  try {
    return new DualBacking(maxCodeBytes);
  } catch (error) {
    if (mode === "dual" || !(error instanceof MemoryError)) throw error;
    return new FlipBacking(maxCodeBytes);
  }
}

/** An arena goes when neither it nor any of its functions is referred to. */
const unreferenced = new FinalizationRegistry<Set<Mapping>>((mappings) => {
  for (const mapping of mappings) mapping.release();
});

class DualBacking implements Backing {
  readonly mode = "dual";
  functions = 0;
  codeBytes = 0;
  occupiedBytes = 0;
  readonly #writable: Mapping;
  readonly #executable: Mapping;
  readonly #allocator: GranuleAllocator;
  readonly #pageBytes = pageBytes();
  /** What stands behind each page (`pageState`). Grown with use. */
  #pages = new Uint8Array(64);
  #backedPages = 0;
  #warmPages = 0;

  constructor(maxCodeBytes: number) {
    this.#allocator = new GranuleAllocator(maxCodeBytes / (granuleBytes * granulesPerPage));
    const fd = createMemoryFile("jitsmith", maxCodeBytes);
    try {
      this.#writable = new Mapping(mapShared(fd, maxCodeBytes, protection.read | protection.write), maxCodeBytes);
      try {
        keepFromFork(this.#writable.address, maxCodeBytes);
        const executable = mapShared(fd, maxCodeBytes, protection.read | protection.execute);
        this.#executable = new Mapping(executable, maxCodeBytes);
      } catch (error) {
        this.#writable.release();
        throw error;
      }
    } finally {
      // The mappings keep the file; without a descriptor nobody can open or inherit it.
      closeFile(fd);
    }
    unreferenced.register(this, new Set([this.#writable, this.#executable]));
  }

  get pageBytes(): number {
    return this.#backedPages * this.#pageBytes;
  }

  get metadataBytes(): number {
    return this.#allocator.metadataBytes + this.#pages.length;
  }

  install(code: Uint8Array): ArenaCode | undefined {
    const granules = Math.ceil(code.length / granuleBytes);
    const first = this.#allocator.take(granules);
    if (first < 0) return undefined;
    this.#backPages(first, granules);
    const offset = first * granuleBytes;
    copyIn(this.#writable.address + offset, code);
    this.functions++;
    this.codeBytes += code.length;
    this.occupiedBytes += granules * granuleBytes;
    return new ArenaCode(this.#executable.address + offset, code.length, this);
  }

  remove(address: number, bytes: number): void {
    const offset = address - this.#executable.address;
    const granules = Math.ceil(bytes / granuleBytes);
    fill(this.#writable.address + offset, int3, bytes);
    this.#allocator.give(offset / granuleBytes, granules);
    this.functions--;
    this.codeBytes -= bytes;
    this.occupiedBytes -= granules * granuleBytes;
    const first = Math.floor(offset / this.#pageBytes);
    const last = Math.floor((offset + bytes - 1) / this.#pageBytes);
    for (let page = first; page <= last; page++) {
      if (!this.#allocator.isPageFree(page)) continue;
      this.#pages[page] = pageState.warm;
      this.#warmPages++;
    }
    const keep = this.functions === 0 ? 1 : mostWarmPages;
    if (this.#warmPages > keep) this.#punch(this.functions === 0 ? 1 : 0);
  }

  trim(): void {
    this.#punch(0);
  }

  dispose(): void {
    this.#executable.release();
    this.#writable.release();
  }

  /** Sees that memory stands behind these granules, with `int3` where no code will be. */
  #backPages(first: number, granules: number): void {
    const from = Math.floor(first / granulesPerPage);
    const to = Math.floor((first + granules - 1) / granulesPerPage);
    if (to >= this.#pages.length) {
      const pages = new Uint8Array(Math.max(to + 1, 2 * this.#pages.length));
      pages.set(this.#pages);
      this.#pages = pages;
    }
    for (let page = from; page <= to; page++) {
      const state = this.#pages[page];
      if (state === pageState.used) continue;
      if (state === pageState.warm) this.#warmPages--;
      else {
        fill(this.#writable.address + page * this.#pageBytes, int3, this.#pageBytes);
        this.#backedPages++;
      }
      this.#pages[page] = pageState.used;
    }
  }

  /** Gives free pages back, adjacent ones in one call; the first `keep` stay, and those that the system does not want. */
  #punch(keep: number): void {
    let kept = 0;
    let from = -1;
    for (let page = 0; page <= this.#pages.length; page++) {
      const free = this.#pages[page] === pageState.warm;
      if (free && from < 0 && kept < keep) kept++;
      else if (free && from < 0) from = page;
      else if (!free && from >= 0) {
        const count = page - from;
        if (punchHole(this.#writable.address + from * this.#pageBytes, count * this.#pageBytes)) {
          this.#pages.fill(pageState.empty, from, page);
          this.#backedPages -= count;
        } else kept += count;
        from = -1;
      }
    }
    this.#warmPages = kept;
  }
}

/** One mapping a function, flipped from writable to executable. */
class FlipBacking implements Backing {
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
