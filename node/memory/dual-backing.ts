/**
 * Functions that share pages: one memory file, mapped twice. Code is written at the writable address, which never leaves
 * this file and is kept out of forked children, and runs at the executable one; no address is both. The range is reserved
 * at once and costs nothing until a page is written. Freed code becomes `int3`; wholly free pages go back to the system (a
 * hole is punched into the file) but for a few kept warm, and read as zero until they are used again.
 *
 * The SDM (volume 3, "Self-Modifying Code") wants a serializing instruction between writing at one linear address and
 * executing at another. x86-64 CPUs compare physical addresses, a function is reached only by an indirect jump after the
 * copying call has returned, and .NET's dual mapping relies on the same; so there is none.
 */
import { ArenaCode, type Backing, int3, unreferenced } from "./backing.ts";
import { GranuleAllocator, granuleBytes, granulesPerPage } from "./granule-allocator.ts";
import { Mapping } from "./mapping.ts";
import {
  closeFile,
  copyIn,
  createMemoryFile,
  fill,
  keepFromFork,
  mapShared,
  pageBytes,
  protection,
  punchHole,
} from "./system-calls.ts";

/** Free pages that are kept while functions live, so that compiling and disposing in turn needs no system call. */
const mostWarmPages = 16;

/** Nothing behind it, or code, or only `int3` for the next functions. */
const pageState = { empty: 0, used: 1, warm: 2 } as const;

export class DualBacking implements Backing {
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
