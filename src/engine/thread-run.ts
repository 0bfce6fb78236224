/**
 * Rows in short chunks over other threads. Threads take chunks themselves, in stints of machine code of some milliseconds each
 * (`overStints`); where the platform has no stints for a kernel, each chunk is a call of its own (`over`). Chunks start in order;
 * after a trap no later one starts, so the lowest row that traps is told.
 *
 * To wake a thread takes longer than some thousand rows do, so the calling thread computes, too, for a moment: first one chunk, which
 * tells how long rows take and whether other threads are worth it, then beside these for a fifth of a millisecond, once in a
 * turn of the event loop. Then another thread takes its place, if there is a processor for it. Not where rows may take any time: code
 * with loops always runs on other threads.
 */
import { TrapError, UnsupportedError } from "../base/errors.ts";
import { callContext, callStatus } from "../codegen/call-context.ts";
import type { KernelCode } from "./column-kernels.ts";
import type { Board, Host, Stint, StintResult, ThreadCall, Threads } from "./host.ts";
import { describe } from "./options.ts";
import type { StintWay, ThreadKernel } from "./thread-kernel.ts";
import { takeTrap } from "./traps.ts";

/** What `AbortSignal` has of use here. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface ThreadOptions {
  /**
   * How many threads compute at once, the calling one among them while it does; at most one less than the pool has, as many as there
   * are processors without it.
   */
  readonly threads?: number;
  /** Stops the run: loops at the next poll, everything else after the chunks under way. */
  readonly signal?: AbortSignalLike;
  /** Is told after each chunk how many rows are done, of how many. What it throws ends the run. */
  readonly onProgress?: (done: number, rows: number) => void;
}

/** Options after checking. */
export interface ThreadSettings {
  readonly threads: number;
  readonly signal: AbortSignalLike | undefined;
  readonly onProgress: ((done: number, rows: number) => void) | undefined;
}

export function readThreadOptions(
  caller: string,
  host: Threads,
  read: { readonly threads?: unknown; readonly signal?: unknown; readonly onProgress?: unknown },
): ThreadSettings {
  const { threads = host.usual, signal, onProgress } = read;
  if (typeof threads !== "number" || !Number.isInteger(threads) || threads < 1)
    throw new RangeError(`${caller}: threads is ${describe(threads)}; expected a whole number from 1 on`);
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw new TypeError(`${caller}: onProgress is ${describe(onProgress)}; expected a function`);
  if (signal !== undefined && !isSignal(signal))
    throw new TypeError(`${caller}: signal is ${describe(signal)}; expected an AbortSignal`);
  return {
    threads: Math.min(threads, host.most),
    signal,
    onProgress: onProgress as ThreadSettings["onProgress"], // a function, whatever it takes
  };
}

function isSignal(value: unknown): value is AbortSignalLike {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}

/** A part of the rows. */
export interface Chunk {
  readonly first: number;
  readonly rows: number;
}

/** What the chunks of one run do. */
export interface ThreadWork {
  /** Chunks start at multiples of this many rows. */
  readonly step: number;
  /** Computes a chunk; called in the order of chunks, several at a time. */
  compute(chunk: Chunk, run: ThreadRun): Promise<void>;
}

/** What the stints of one run do. */
export interface StintWork {
  readonly way: StintWay;
  readonly kernel: ThreadKernel;
  /** Where row 0's result would stand, and the inputs. */
  readonly values: readonly (number | bigint)[];
  /** Whether the scalar kernel goes on with rows that the main one leaves. */
  readonly mayGoOn: boolean;
  /** Whether the calling thread may compute a chunk. */
  readonly mayRunHere: boolean;
  /** What row 0 is called. */
  readonly offset: number;
  /** Computes the rest of a chunk that a stint left. */
  finish(rest: Chunk, run: ThreadRun): Promise<void>;
  /** Throws where memory that stints copied is gone. */
  requireInputs(): void;
}

/** Instructions that the calling thread may take for a chunk, if each of a kernel is executed once for so many rows. */
const mostInstructions = 1 << 21;
const instructionBytes = 4;
const vectorRows = 8;

/** Whether a chunk of a kernel without loops takes a moment only. */
export function isMoment({ kernel, main }: ThreadKernel, chunkRows: number): boolean {
  const turns = kernel.vector === undefined ? chunkRows : chunkRows / vectorRows;
  return !kernel.typed.countsIterations && (turns * main.installed.bytes) / instructionBytes <= mostInstructions;
}

/** Rows that are worth a thread, where nothing is known about them, and milliseconds. */
const leastShare = 2048;
const leastMilliseconds = 0.04;
/** A turn of the event loop that takes longer has other work. */
const busyMilliseconds = 0.1;

/** Rows of the first chunks. */
const firstRows = 16_384;
/** A chunk that takes less is followed by larger ones, one that takes more by smaller ones: for chunks of a few milliseconds. */
const shortMilliseconds = 2;
const longMilliseconds = 32;
const growth = 4;
const mostRows = 1 << 22;
const leastRows = 256;

/**
 * Who may use a thread now. The runs of a program share them, chunk by chunk in the order in which they ask: more calls at once
 * would take the threads that the rest of the program waits for, and hold copies of chunks in memory for nothing.
 */
class Turns {
  #free: number;
  #waiting: { readonly run: ThreadRun; readonly begin: (isTurn: boolean) => void }[] = [];

  constructor(threads: number) {
    this.#free = threads;
  }

  /** Whether it is anybody's turn now. */
  takeNow(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Resolves to true when it is a run's turn, to false when it withdraws. */
  wait(run: ThreadRun): Promise<boolean> {
    return new Promise((begin) => this.#waiting.push({ run, begin }));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.begin(true);
  }

  withdraw(run: ThreadRun): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((entry) => entry.run !== run);
    for (const entry of waiting) if (entry.run === run) entry.begin(false);
  }
}

const turnsOfThreads = new WeakMap<Threads, Turns>();

function turnsOf(threads: Threads): Turns {
  let turns = turnsOfThreads.get(threads);
  if (turns === undefined) {
    turns = new Turns(threads.most);
    turnsOfThreads.set(threads, turns);
  }
  return turns;
}

/** One run over all rows. */
export class ThreadRun {
  readonly #threads: Threads;
  readonly #settings: ThreadSettings;
  /** All rows that are to be computed, for progress. */
  readonly #rows: number;
  readonly #running = new Set<{ stop(): void }>();
  #isStopped = false;
  #failures: { readonly error: unknown; readonly first: number }[] = [];
  #next = 0;
  #done = 0;
  #chunkRows = firstRows;

  constructor(threads: Threads, settings: ThreadSettings, rows: number) {
    this.#threads = threads;
    this.#settings = settings;
    this.#rows = rows;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when all rows are done. Rejects with the lowest chunk's failure, or the signal's reason; no call runs any more then. */
  over(work: ThreadWork): Promise<void> {
    return this.#share(() => Array.from({ length: this.#settings.threads }, () => this.#work(work)));
  }

  /** The same by stints, over the rows from `first` to `end`. */
  async overStints(first: number, end: number, work: StintWork): Promise<void> {
    const board = this.#threads.openBoard(first);
    try {
      await this.#share(() => this.#shareStints(first, end, work, board));
    } finally {
      board.close();
    }
  }

  /** Has threads work. An abort rejects even if all rows are done by the time that this is known. */
  async #share(begin: () => Promise<void>[]): Promise<void> {
    const { signal } = this.#settings;
    const stop = signal && (() => this.stop());
    if (signal?.aborted === true) throw signal.reason;
    if (stop) signal.addEventListener("abort", stop);
    try {
      await Promise.all(begin());
    } finally {
      if (stop) signal.removeEventListener("abort", stop);
    }
    if (this.#isStopped) throw signal?.reason;
    const [failure] = this.#failures.sort((a, b) => a.first - b.first);
    if (failure !== undefined) throw failure.error;
  }

  /** Begins stints, some of them on this thread. */
  #shareStints(first: number, end: number, work: StintWork, board: Board): Promise<void>[] {
    const { threads: most } = this.#settings;
    const waits: Promise<void>[] = [];
    const hasMore = () => board.next() < end && this.#failures.length === 0;
    const begin = () => waits.push(this.#workInStints(end, work, board));
    if (!work.mayRunHere || !this.#threads.takeMoment()) {
      const threads = Math.min(most, Math.ceil((end - first) / Math.max(work.way.unit, leastShare)));
      for (let thread = 0; thread < threads; thread++) begin();
      return waits;
    }
    const { kernel } = work;
    // A chunk tells how long rows take, unless another run has told.
    if (kernel.rowMilliseconds === undefined) this.#momentHere(end, work, board, "chunk", waits);
    if (hasMore()) {
      const milliseconds = (kernel.rowMilliseconds ?? 0) * (end - board.next());
      for (let others = 1; others < most && milliseconds > others * leastMilliseconds; others++) begin();
      this.#momentHere(end, work, board, "moment", waits);
      if (hasMore()) {
        if (most === 1 || most < this.#threads.processors) begin();
        else waits.push(this.#workHere(end, work, board));
      }
    }
    // As with other threads: nothing is done before the event loop has turned.
    if (waits.length === 0) waits.push(this.#threads.nextTurn());
    return waits;
  }

  /** Stops what runs, and starts no more. */
  stop(): void {
    this.#isStopped = true;
    for (const call of this.#running) call.stop();
    turnsOf(this.#threads).withdraw(this);
  }

  /** Calls code on another thread. Throws the trap; `firstRow` is what its row 0 is called. */
  async call(
    thread: ThreadCall,
    args: readonly (number | bigint)[],
    code: KernelCode,
    firstRow: number,
  ): Promise<number> {
    const running = thread(args);
    this.#running.add(running);
    if (this.#isStopped) running.stop();
    try {
      const { value, trap } = await running.done;
      if (trap !== undefined && trap[callContext.status >> 2] !== callStatus.done)
        throw takeTrap(trap, code.trapping, firstRow);
      return value;
    } finally {
      this.#running.delete(running);
    }
  }

  /** One thread's share: the next chunk, until there is none. */
  #work(work: ThreadWork): Promise<void> {
    return this.#inTurns(
      () => this.#next < this.#rows,
      () => this.#chunk(this.#rows, work),
    );
  }

  /** The same by stints. */
  #workInStints(end: number, work: StintWork, board: Board): Promise<void> {
    return this.#inTurns(
      () => board.next() < end,
      () => this.#stint(end, work, board),
    );
  }

  async #inTurns(hasMore: () => boolean, work: () => Promise<void>): Promise<void> {
    const turns = turnsOf(this.#threads);
    const mayGoOn = () => hasMore() && !this.#isStopped && this.#failures.length === 0;
    while (mayGoOn()) {
      if (!turns.takeNow() && !(await turns.wait(this))) return;
      try {
        if (mayGoOn()) await work();
      } finally {
        turns.give();
      }
    }
  }

  /**
   * This thread's share where there is no processor for another one: a moment in each turn of the event loop, as long as nobody
   * else wants the thread. Two threads that are woken while this one runs often wait for the same processor, some milliseconds.
   */
  async #workHere(end: number, work: StintWork, board: Board): Promise<void> {
    for (;;) {
      const before = this.#threads.now();
      const events = this.#threads.events();
      const returned = this.#returned;
      await this.#threads.nextTurn();
      if (board.next() >= end || this.#isStopped || this.#failures.length > 0) return;
      // The end of a stint of this run is an event, too.
      const hasEvents = this.#threads.events() !== events && this.#returned === returned;
      const isWanted = hasEvents || this.#threads.now() - before > busyMilliseconds;
      if (isWanted || !this.#threads.takeMoment()) return this.#workInStints(end, work, board);
      const waits: Promise<void>[] = [];
      this.#stintHere(end, work, board, "moments", waits);
      if (waits.length > 0) await Promise.all(waits);
    }
  }

  #stintOf({ values, kernel, mayGoOn }: StintWork, end: number, board: Board, lasts: Stint["lasts"]): Stint {
    const scalar = mayGoOn ? kernel.ready?.installed.address : undefined;
    return { code: kernel.main.installed.address, scalar, board, rows: end, values, chunkRows: this.#stintRows, lasts };
  }

  /** A stint on another thread. */
  async #stint(end: number, work: StintWork, board: Board): Promise<void> {
    let first = 0;
    try {
      const running = work.way.call.start(this.#stintOf(work, end, board, "stint"));
      this.#running.add(running);
      if (this.#isStopped) running.stop();
      const result = await running.done.finally(() => this.#running.delete(running));
      this.#returned++;
      first = Math.max(result.left, 0);
      work.requireInputs();
      this.#count(work, result);
      if (result.left >= 0) await this.#finish(work, result);
      this.#settings.onProgress?.(this.#done, this.#rows);
    } catch (error) {
      this.#failures.push({ error, first });
    }
  }

  /** A stint on this thread that tells how long rows take. */
  #momentHere(end: number, work: StintWork, board: Board, lasts: Stint["lasts"], waits: Promise<void>[]): void {
    const begun = this.#threads.now();
    const rows = this.#stintHere(end, work, board, lasts, waits);
    if (rows > 0) work.kernel.rowMilliseconds = (this.#threads.now() - begun) / rows;
  }

  /** A stint on this thread. What is still to be waited for is added to `waits`. Returns how many rows it computed. */
  #stintHere(end: number, work: StintWork, board: Board, lasts: Stint["lasts"], waits: Promise<void>[]): number {
    const fail = (error: unknown, left: number) => this.#failures.push({ error, first: Math.max(left, 0) });
    const { onProgress } = this.#settings;
    let result: StintResult | undefined;
    try {
      // Memory does not go while this thread computes, but may have gone before.
      work.requireInputs();
      result = work.way.callHere.runHere(this.#stintOf(work, end, board, lasts));
      this.#count(work, result);
    } catch (error) {
      // Not thrown: other threads may use the board already.
      fail(error, result?.left ?? 0);
      return 0;
    }
    const { left, rows } = result;
    if (left < 0 && onProgress === undefined) return rows;
    const tell = async () => {
      try {
        // Nobody is told before they have the promise.
        if (left >= 0) await this.#finish(work, result);
        else await this.#threads.nextTurn();
        onProgress?.(this.#done, this.#rows);
      } catch (error) {
        fail(error, left);
      }
    };
    waits.push(tell());
    return rows;
  }

  /** Counts what a stint has done. Throws its trap. */
  #count({ kernel, offset }: StintWork, { rows, left, isInScalar, isGone, trap, chunkRows }: StintResult): void {
    this.#done += rows;
    this.#stintRows = chunkRows;
    if (isGone) throw new TypeError("the memory of a column is gone: its buffer has shrunk meanwhile");
    if (trap === undefined) return;
    const { trapping } = (isInScalar ? kernel.ready : undefined) ?? kernel.main;
    throw takeTrap(trap, trapping, offset + left);
  }

  /** Does what a stint left. In a thread that ends, nothing may be called any more: Node-API would end the process. */
  async #finish(work: StintWork, { left, leftEnd, isStopped }: StintResult): Promise<void> {
    if (isStopped) throw new TrapError("trap: stopped, because the thread ends", "stopped");
    await work.finish({ first: left, rows: leftEnd - left }, this);
    this.#done += leftEnd - left;
  }

  /** Stints on other threads that are over. */
  #returned = 0;
  /** Rows that the last stint's chunks had come to. */
  #stintRows: number | undefined;

  async #chunk(rows: number, work: ThreadWork): Promise<void> {
    const first = this.#next;
    const wanted = Math.max(Math.floor(this.#chunkRows / work.step), 1) * work.step;
    // No thread waits long for the last one.
    const share = Math.ceil((rows - first) / this.#settings.threads / work.step) * work.step;
    const count = Math.min(wanted, share, rows - first);
    this.#next = first + count;
    const begun = this.#threads.now();
    try {
      await work.compute({ first, rows: count }, this);
      this.#done += count;
      this.#adapt(count, this.#threads.now() - begun);
      this.#settings.onProgress?.(this.#done, rows);
    } catch (error) {
      this.#failures.push({ error, first });
    }
  }

  #adapt(rows: number, milliseconds: number): void {
    if (rows < this.#chunkRows) return; // the rest of the rows tells little
    if (milliseconds < shortMilliseconds) this.#chunkRows = Math.min(rows * growth, mostRows);
    else if (milliseconds > longMilliseconds) this.#chunkRows = Math.max(Math.floor(rows / growth), leastRows);
  }
}

/** The host's threads. Throws `UnsupportedError` where there are none. */
export function requireThreads({ host }: { readonly host: Host }, caller: string): Threads {
  if (host.threads === undefined)
    throw new UnsupportedError(`${caller}: this platform has no threads for it; use ${caller.replace("Async", "")}`);
  return host.threads;
}
