/**
 * Rows in short chunks over other threads. Each chunk's inputs are read in place where their memory stays where it is, and copied
 * first where it might not: a plain array may be transferred, shrunk or detached while a thread reads it. Chunks start in order;
 * after a trap no later one starts, so the lowest row that traps is told.
 *
 * Where everything stays where it is, threads take chunks themselves, for a stint of some milliseconds each (`overInPlace`).
 */
import { UnsupportedError } from "../base/errors.ts";
import { callContext, callStatus } from "../codegen/call-context.ts";
import type { AggregateValues } from "./column-call.ts";
import type { Kernel, KernelCode, Typed } from "./column-kernels.ts";
import { type ColumnCall, isElementKind } from "./columns.ts";
import {
  attachedLength,
  bufferOf,
  byteOffsetOf,
  type ColumnArray,
  elementKindOf,
  elementKinds,
  lengthOf,
} from "./element-kinds.ts";
import type { Board, Host, StintArgument, StintCall, ThreadCall, Threads } from "./host.ts";
import { inputWords } from "./kernel-shape.ts";
import { describe } from "./options.ts";
import { takeTrap } from "./traps.ts";

/** What `AbortSignal` has of use here. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface ThreadOptions {
  /** How many threads compute at once, at most one less than the pool has; as many as there are processors without it. */
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
export interface InPlaceWork {
  /** Chunks start at multiples of this many rows. */
  readonly unit: number;
  readonly call: StintCall;
  readonly values: readonly (number | bigint)[];
  /** The kernel for whole chunks, and the one for rows that it leaves, if that is there. */
  readonly main: KernelCode;
  readonly scalar: (() => KernelCode | undefined) | undefined;
  /** What row 0 is called. */
  readonly offset: number;
  /** Computes the rest of a chunk that a stint left. */
  finish(rest: Chunk, run: ThreadRun): Promise<void>;
}

/** Rows that are worth a thread. */
const leastShare = 2048;

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

  /** Resolves to true when it is a run's turn, to false when it withdraws. */
  async take(run: ThreadRun): Promise<boolean> {
    if (this.#free === 0) return new Promise((begin) => this.#waiting.push({ run, begin }));
    this.#free--;
    return true;
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
  readonly #running = new Set<{ stop(): void }>();
  #isStopped = false;
  #failures: { readonly error: unknown; readonly first: number }[] = [];
  #next = 0;
  #done = 0;
  #chunkRows = firstRows;

  constructor(threads: Threads, settings: ThreadSettings) {
    this.#threads = threads;
    this.#settings = settings;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when all rows are done. Rejects with the lowest chunk's failure, or the signal's reason; no call runs any more then. */
  over(rows: number, work: ThreadWork): Promise<void> {
    return this.#share(rows, this.#settings.threads, () => this.#work(rows, work));
  }

  /** The same over columns that stay where they are. */
  async overInPlace(rows: number, work: InPlaceWork): Promise<void> {
    const threads = Math.min(this.#settings.threads, Math.ceil(rows / Math.max(work.unit, leastShare)));
    const board = this.#threads.openBoard();
    try {
      await this.#share(rows, threads, () => this.#workInPlace(rows, work, board));
    } finally {
      board.close();
    }
  }

  /** Has so many threads work at once. */
  async #share(rows: number, threads: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#settings;
    const stop = () => this.stop();
    if (signal?.aborted === true) throw signal.reason;
    signal?.addEventListener("abort", stop);
    try {
      await Promise.all(Array.from({ length: threads }, work));
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    if (this.#isStopped && this.#done < rows) throw signal?.reason;
    const [failure] = this.#failures.sort((a, b) => a.first - b.first);
    if (failure !== undefined) throw failure.error;
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
  async #work(rows: number, work: ThreadWork): Promise<void> {
    const turns = turnsOf(this.#threads);
    const hasMore = () => this.#next < rows && !this.#isStopped && this.#failures.length === 0;
    while (hasMore()) {
      if (!(await turns.take(this))) return;
      try {
        if (hasMore()) await this.#chunk(rows, work);
      } finally {
        turns.give();
      }
    }
  }

  /** The same by stints. */
  async #workInPlace(rows: number, work: InPlaceWork, board: Board): Promise<void> {
    const turns = turnsOf(this.#threads);
    const hasMore = () => board.next() < rows && !this.#isStopped && this.#failures.length === 0;
    while (hasMore()) {
      if (!(await turns.take(this))) return;
      try {
        if (hasMore()) await this.#stint(rows, work, board);
      } finally {
        turns.give();
      }
    }
  }

  async #stint(rows: number, work: InPlaceWork, board: Board): Promise<void> {
    let first = 0;
    try {
      const { call, main, values } = work;
      const scalar = work.scalar?.();
      const code = main.installed.address;
      const running = call({ code, scalar: scalar?.installed.address, board, rows, values });
      this.#running.add(running);
      if (this.#isStopped) running.stop();
      const {
        rows: computed,
        left,
        leftEnd,
        isInScalar,
        trap,
      } = await running.done.finally(() => this.#running.delete(running));
      this.#done += computed;
      first = Math.max(left, 0);
      if (trap !== undefined)
        throw takeTrap(trap, ((isInScalar ? scalar : undefined) ?? main).trapping, work.offset + left);
      if (left >= 0) {
        await work.finish({ first: left, rows: leftEnd - left }, this);
        this.#done += leftEnd - left;
      }
      this.#settings.onProgress?.(this.#done, rows);
    } catch (error) {
      this.#failures.push({ error, first });
    }
  }

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

/** Where a chunk's inputs are. */
export interface ThreadInputs {
  /** Arguments between results and rows, for the chunk's rows from `skip` on. */
  args(skip: number): (number | bigint)[];
}

/** The inputs of a call, as threads read them. */
export class InputSource {
  readonly #call: ColumnCall;
  readonly #names: readonly string[];
  readonly #aggregates: AggregateValues;
  /** By parameter: where all its rows are, if they stay there. */
  readonly #addresses: readonly (number | undefined)[];
  /** Arrays that all rows see, copied where they might go; held for as long as the run. */
  readonly #held: unknown[] = [];

  constructor(threads: Threads, call: ColumnCall, names: readonly string[], aggregates: AggregateValues) {
    this.#call = call;
    this.#names = names;
    this.#aggregates = aggregates;
    this.#addresses = call.inputs.map((input, index) => {
      if (typeof input !== "object") return undefined;
      if (threads.isStable(input)) return threads.addressOf(input);
      if (isElementKind(call.kinds[index] ?? "scalar")) return undefined;
      const bytes = bytesOf(input);
      const copy = threads.allocate(bytes.byteLength);
      copy.set(bytes);
      this.#held.push(copy);
      return threads.addressOf(copy);
    });
  }

  /** Whether all columns stay where they are. */
  get isInPlace(): boolean {
    return this.#call.inputs.every((input, index) => typeof input !== "object" || this.#addresses[index] !== undefined);
  }

  /** What stints are told, the inputs between what is written and the rows; `typed` says as what numbers come. */
  stintInputs(
    threads: Threads,
    typed: Typed,
  ): {
    readonly args: readonly StintArgument[];
    readonly values: readonly (number | bigint)[];
  } {
    const { inputs, kinds } = this.#call;
    const values = this.chunk({ first: 0, rows: 0 }, new Scratch(threads)).args(0);
    const words = inputWords(typed, kinds);
    const args = words.map(
      (word): StintArgument => ({ from: "value", word: word === "f64" || word === "f32" ? word : "i64" }),
    );
    let at = 0;
    for (const [index, input] of inputs.entries()) {
      if (typeof input === "object" && isElementKind(kinds[index] ?? "scalar"))
        args[at++] = { from: "column", bytes: widthOf(input) };
      else at += typeof input === "object" ? 2 : 1;
    }
    return { args, values };
  }

  /** Bytes of copies that a row takes. */
  get copiedWidth(): number {
    let width = 0;
    for (const [index, input] of this.#call.inputs.entries())
      if (typeof input === "object" && this.#addresses[index] === undefined) width += widthOf(input);
    return width;
  }

  /** The inputs of a chunk; `scratch` has room for what is copied. Throws `TypeError` where memory is gone. */
  chunk({ first, rows }: Chunk, scratch: Scratch): ThreadInputs {
    const { inputs } = this.#call;
    const starts: { readonly address: number; readonly width: number }[] = [];
    for (const [index, input] of inputs.entries()) {
      const known = this.#addresses[index];
      if (typeof input !== "object") starts.push({ address: 0, width: 0 });
      else if (known !== undefined) {
        const isColumn = isElementKind(this.#call.kinds[index] ?? "scalar");
        const width = isColumn ? widthOf(input) : 0;
        starts.push({ address: known + first * width, width });
      } else {
        const width = widthOf(input);
        if (attachedLength(`column ${this.#names[index]}`, input) < first + rows)
          throw new TypeError(`the memory of column ${this.#names[index]} is gone: its buffer has shrunk`);
        const part = new Uint8Array(bufferOf(input), byteOffsetOf(input) + first * width, rows * width);
        starts.push({ address: scratch.take(part), width });
      }
    }
    return {
      args: (skip) => {
        const args: (number | bigint)[] = [];
        for (const [index, input] of inputs.entries()) {
          const start = starts[index];
          if (typeof input !== "object") args.push(input);
          else if (start !== undefined) {
            args.push(start.address + skip * start.width);
            if (start.width === 0) args.push(this.#lengthOfWhole(input));
          }
        }
        return [...args, ...this.#aggregates];
      },
    };
  }

  /** Of the copy, if there is one: the array itself may be gone. */
  #lengthOfWhole(input: ColumnArray): number {
    const known = this.#lengths.get(input) ?? lengthOf(input);
    this.#lengths.set(input, known);
    return known;
  }

  readonly #lengths = new Map<ColumnArray, number>();
}

function bytesOf(array: ColumnArray): Uint8Array {
  return new Uint8Array(bufferOf(array), byteOffsetOf(array), lengthOf(array) * widthOf(array));
}

function widthOf(array: ColumnArray): number {
  return elementKinds[elementKindOf(array) ?? "f64"].bytes;
}

/** How stints of a kernel are begun that writes at `address`; none where the platform has no way. */
export function stintOf(
  threads: Threads,
  typed: Typed,
  source: InputSource,
  out: StintArgument,
  address: number,
  unit: number,
): Pick<InPlaceWork, "unit" | "call" | "values"> | undefined {
  const { args, values } = source.stintInputs(threads, typed);
  const call = threads.bindStint([out, ...args, { from: "rows" }], unit);
  return call && { unit, call, values: [address, ...values] };
}

/** Memory for one chunk's copies, used again by the next chunk of the same thread. */
export class Scratch {
  readonly #threads: Threads;
  #memory: Uint8Array | undefined;
  #address = 0;
  #used = 0;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  /** Forgets what was copied, and makes room. */
  reset(bytes: number): void {
    this.#used = 0;
    if (bytes === 0 || (this.#memory !== undefined && this.#memory.length >= bytes)) return;
    this.#memory = this.#threads.allocate(bytes);
    this.#address = this.#threads.addressOf(this.#memory);
  }

  /** Takes bytes of the room, at a multiple of 64. Returns their address. */
  room(bytes: number): { readonly address: number; readonly bytes: Uint8Array } {
    const at = this.#used;
    this.#used = Math.ceil((at + bytes) / 64) * 64;
    if (this.#memory === undefined || at + bytes > this.#memory.length)
      throw new RangeError("scratch memory is too small");
    return { address: this.#address + at, bytes: this.#memory.subarray(at, at + bytes) };
  }

  /** Copies bytes to the room. Returns their address there. */
  take(bytes: Uint8Array): number {
    const { address, bytes: room } = this.room(bytes.length);
    room.set(bytes);
    return address;
  }
}

/** Scratch memory for so many bytes in some pieces. */
export const scratchBytes = (bytes: number, pieces: number): number => bytes + 64 * (pieces + 1);

export interface ThreadCalls {
  /** The scalar kernel, once it was needed. */
  readonly ready: () => KernelCode | undefined;
  readonly vector: { readonly code: KernelCode; readonly call: ThreadCall } | undefined;
  readonly scalar: () => { readonly code: KernelCode; readonly call: ThreadCall };
}

/** The calls of a kernel's code on other threads. */
export function threadCallsOf(threads: Threads, kernel: Kernel): ThreadCalls {
  const { vector } = kernel;
  let ready: KernelCode | undefined;
  return {
    ready: () => ready,
    vector: vector && { code: vector, call: threads.bind(vector.installed.address, vector.signature) },
    scalar: () => {
      const code = kernel.scalar();
      ready = code;
      return { code, call: threads.bind(code.installed.address, code.signature) };
    },
  };
}

/** The host's threads. Throws `UnsupportedError` where there are none. */
export function requireThreads({ host }: { readonly host: Host }, caller: string): Threads {
  if (host.threads === undefined)
    throw new UnsupportedError(`${caller}: this platform has no threads for it; use ${caller.replace("Async", "")}`);
  return host.threads;
}
