/**
 * Executable memory that many functions share.
 *
 * `dual` (dual-backing.ts): functions share pages that are mapped twice, writable at one address and executable at another.
 * `flip` (flip-backing.ts): where the system forbids that, each function has pages of its own.
 */
import { MemoryError } from "../../src/base/errors.ts";
import type { InstalledCode } from "../../src/engine/host.ts";
import { describe, isBytes } from "./argument-checks.ts";
import type { Backing, MemoryMode } from "./backing.ts";
import { DualBacking } from "./dual-backing.ts";
import { FlipBacking } from "./flip-backing.ts";
import { wholePages } from "./system-calls.ts";

export type { MemoryMode } from "./backing.ts";

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

const defaultMaxCodeBytes = 256 * 1024 * 1024;

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
