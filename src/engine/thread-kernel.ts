/**
 * A kernel's code, as other threads call it: one call, or stints that write where `out` says. Made once for a kernel, since to look for
 * the calls of its signatures takes longer than to wake a thread.
 */
import type { Kernel, KernelCode } from "./column-kernels.ts";
import { isElementKind } from "./columns.ts";
import { elementKinds } from "./element-kinds.ts";
import type { StintArgument, StintCall, ThreadCall, Threads } from "./host.ts";
import { inputWords } from "./kernel-shape.ts";

interface Callable {
  readonly code: KernelCode;
  readonly call: ThreadCall;
}

/** How stints are begun. */
export interface StintWay {
  /** Chunks start at multiples of so many rows. */
  readonly unit: number;
  /** On other threads, and on the calling one, where no memory goes meanwhile, so that nothing is copied. */
  readonly call: StintCall;
  readonly callHere: StintCall;
}

/** By the kernel that takes most rows. */
const known = new WeakMap<KernelCode, ThreadKernel>();

export class ThreadKernel {
  readonly kernel: Kernel;
  /** The kernel that takes most rows. */
  readonly main: KernelCode;
  /** Milliseconds that a row took on the calling thread when it computed last. */
  rowMilliseconds: number | undefined;
  readonly #threads: Threads;
  readonly #out: StintArgument;
  readonly #unit: number;
  readonly #ways = new Map<string, StintWay | undefined>();
  #mainCall: ThreadCall | undefined;
  #scalar: Callable | undefined;

  /**
   * `main`: code of the kernel; `out`: what it writes; `unit`: chunks start at multiples of so many rows. Both are the same in all
   * calls for a kernel.
   */
  static of(threads: Threads, kernel: Kernel, main: KernelCode, out: StintArgument, unit: number): ThreadKernel {
    let found = known.get(main);
    if (found === undefined) {
      found = new ThreadKernel(threads, kernel, main, out, unit);
      known.set(main, found);
    }
    return found;
  }

  private constructor(threads: Threads, kernel: Kernel, main: KernelCode, out: StintArgument, unit: number) {
    this.#threads = threads;
    this.kernel = kernel;
    this.#out = out;
    this.#unit = unit;
    this.main = main;
  }

  /** One call of the main kernel. */
  get mainCall(): ThreadCall {
    const { installed, signature } = this.main;
    this.#mainCall ??= this.#threads.bind(installed.address, signature);
    return this.#mainCall;
  }

  /** The scalar kernel. */
  get scalar(): Callable {
    if (this.#scalar === undefined) {
      const code = this.kernel.scalar();
      this.#scalar = { code, call: this.#threads.bind(code.installed.address, code.signature) };
    }
    return this.#scalar;
  }

  /** The scalar kernel, once it was needed. */
  get ready(): KernelCode | undefined {
    return this.#scalar?.code;
  }

  /** Stints; `copied` has the indices of the inputs that are columns whose memory might go. None where the platform has no way. */
  stints(copied: readonly number[]): StintWay | undefined {
    const key = copied.length === 0 ? "" : copied.join();
    if (this.#ways.has(key)) return this.#ways.get(key);
    const call = this.#threads.bindStint(this.#arguments(copied), this.#unit);
    const callHere = copied.length === 0 ? call : this.#threads.bindStint(this.#arguments([]), this.#unit);
    const way = call && callHere && { unit: this.#unit, call, callHere };
    this.#ways.set(key, way);
    return way;
  }

  #arguments(copied: readonly number[]): StintArgument[] {
    const { typed, shape } = this.kernel;
    const args = inputWords(typed, shape.inputs).map(
      (word): StintArgument => ({ from: "value", word: word === "f64" || word === "f32" ? word : "i64" }),
    );
    let at = 0;
    for (const [index, kind] of shape.inputs.entries()) {
      if (isElementKind(kind)) {
        const from = copied.includes(index) ? "copied" : "column";
        args[at] = { from, bytes: elementKinds[kind].bytes };
      }
      at += kind === "whole" ? 2 : 1;
    }
    return [this.#out, ...args, { from: "rows" }];
  }
}
