/**
 * What the engine asks of the platform it runs on: to install code, to call it, to say what the CPU can do.
 * `node/node-host.ts` is the one for Node; a test may bring its own.
 */
import type { SignatureText } from "../base/signature.ts";

/** Machine code in executable memory. */
export interface InstalledCode {
  /** Where it starts; exact below 2^53. */
  readonly address: number;
  /** Its length in bytes. */
  readonly bytes: number;
  /** Gives the memory back. Idempotent; the caller makes sure that nobody calls the code afterwards. */
  release(): void;
}

/**
 * A raw call: no checks, no conversions. i32 f32 f64 are numbers, i64 a bigint, ptr a TypedArray or an address as number.
 * Addresses that stand before every TypedArray are quick; the code must be kept by whoever calls.
 */
export type RawCall = (...args: (number | bigint | ArrayBufferView)[]) => number | bigint | undefined;

/** How JavaScript calls code that takes and gives numbers: `call(x0, …, xn-1, address, entry)`, with converted arguments. */
export interface ScalarBinding {
  /**
   * The same function for all code with as many parameters, or one that ignores `address` and `entry`. Whoever holds it can
   * jump anywhere: it stays inside the engine.
   */
  readonly call: (...values: number[]) => number;
  readonly address: number;
  readonly entry: number;
  /** Which way it goes, as `f.code.call` tells. */
  readonly path: string;
}

/** Where an argument of a kernel comes from. */
export type KernelArgument =
  | {
      /** The memory of the typed array that is this one of the values. */
      readonly from: "array";
      readonly value: number;
      /** Of its elements; 0 where it does not matter whether results are written over it. */
      readonly bytes: number;
    }
  | {
      /** A number in scratch memory, an f64 there unless the word is `i64`. */
      readonly from: "scratch";
      readonly place: number;
      readonly word: "f64" | "f32" | "i32" | "i64";
    }
  | { readonly from: "rows" };

/** How JavaScript calls kernels with typed arrays themselves, wherever they lie. */
export interface KernelBinding {
  /**
   * `gate(value0, …, valueN-1, rows, address, entry)`, with the kernel's address. The same function for all kernels with as many
   * values, and it looks at none that no argument comes from. Gives the kernel's result, or -1 where nothing was called, since
   * value 0, which the kernel writes, lies over another array but not row for row. It believes what it gets: that the values
   * are typed arrays with so many elements. Whoever holds it can jump anywhere: it stays inside the engine.
   */
  readonly gate: (...values: unknown[]) => number;
  readonly entry: number;
  /** How many values there are. */
  readonly values: number;
}

/** This thread's memory for single numbers. */
export interface KernelScratch {
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
}

/** The most values that kernels are called with directly. */
export const mostKernelValues = 9;
/** Numbers that scratch memory has room for. */
export const kernelScratchWords = 128;

/** What a call on another thread gave. */
export interface ThreadResult {
  /** Of code that gives an f64. */
  readonly value: number;
  /** The call context's words, if the code trapped. */
  readonly trap: Int32Array | undefined;
}

/** A call on another thread, under way. */
export interface RunningCall {
  /** Rejects only where the platform fails. */
  readonly done: Promise<ThreadResult>;
  /** Sets the stop word of the call's context. Harmless when it is over. */
  stop(): void;
}

/** Arguments as the signature has them; for `ptr`, addresses of memory that stays there until the call is over. */
export type ThreadCall = (args: readonly (number | bigint)[]) => RunningCall;

/** An argument of a kernel, as a stint makes it. */
export type StintArgument =
  /** Where the row's element is; the value is where row 0 is. */
  | { readonly from: "column"; readonly bytes: number }
  /** The same, but the memory there might go meanwhile: chunks are copied first. Not for stints on the calling thread. */
  | { readonly from: "copied"; readonly bytes: number }
  /** Where the partials of the row's unit are; the value is where those of the first unit are. */
  | { readonly from: "units"; readonly bytes: number }
  /** The same for all rows: an address, an i32 or i64 by value, a float. */
  | { readonly from: "value"; readonly word: "i64" | "f64" | "f32" }
  | { readonly from: "rows" };

/** Where the threads of one run find the next row that nobody has taken. */
export interface Board {
  readonly address: number;
  next(): number;
  /** Gives it back. No stint that uses it may run any more. */
  close(): void;
}

/** One thread's share of a run. Whoever begins it keeps code, board and columns until it is over. */
export interface Stint {
  readonly code: number;
  /** The kernel for rows that `code` leaves; none where JavaScript goes on with them. */
  readonly scalar: number | undefined;
  readonly board: Board;
  readonly rows: number;
  readonly values: readonly (number | bigint)[];
  /** Rows of its first chunk, if that is known from another stint of the run. */
  readonly chunkRows: number | undefined;
  /** Until when it begins chunks: only one; a fifth of a millisecond, two fifths; some milliseconds. */
  readonly lasts: "chunk" | "moment" | "moments" | "stint";
}

/** How a stint ended. */
export interface StintResult {
  /** Rows that it computed. */
  readonly rows: number;
  /** The first row of its last chunk that is left to do, or that its kernel was called for when it trapped; -1: none. */
  readonly left: number;
  readonly leftEnd: number;
  /** Whether it was the scalar kernel that ran last. */
  readonly isInScalar: boolean;
  /** Whether memory that it was to copy from was not there. */
  readonly isGone: boolean;
  /** Whether its stop word was set: by `stop`, or because its thread or the process ends. */
  readonly isStopped: boolean;
  /** Rows that its chunks had come to. */
  readonly chunkRows: number;
  readonly trap: Int32Array | undefined;
}

export interface RunningStint {
  /** Rejects only where the platform fails. */
  readonly done: Promise<StintResult>;
  /** Sets the stop word of the call's context. Harmless when it is over. */
  stop(): void;
}

/** How stints of kernels with certain arguments are begun. */
export interface StintCall {
  /** On another thread. */
  start(stint: Stint): RunningStint;
  /** On this thread, until it ends. */
  runHere(stint: Stint): StintResult;
}

/** Calls of compiled code on other threads, each with a call context of its own. */
export interface Threads {
  /** How many calls may run at once without harm to the rest of the program. */
  readonly most: number;
  /** How many are worth it. */
  readonly usual: number;
  /** How many threads of the process may run at the same time. */
  readonly processors: number;
  /** Calls the code at `address`, which gives an f64. Whoever calls keeps the code until the call is over. */
  bind(address: number, signature: SignatureText): ThreadCall;
  /**
   * Begins stints: a thread takes chunks of rows, which start at multiples of `unit`, from a board until there are none, it is
   * stopped, or others should have a turn. None for more arguments than the platform takes.
   */
  bindStint(args: readonly StintArgument[], unit: number): StintCall | undefined;
  /** A board whose next row is `first`. */
  openBoard(first: number): Board;
  /** Whether this thread may compute for a moment itself: once in each turn of the event loop. */
  takeMoment(): boolean;
  /** Resolves when the event loop has turned. */
  nextTurn(): Promise<void>;
  /** How many things from outside the event loop has seen so far; always the same where the platform does not tell. */
  events(): number;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Where an array's memory is now. */
  addressOf(array: ArrayBufferView): number;
  /** Whether the memory stays there for as long as the array is referred to, whatever anybody does with it. */
  isStable(array: ArrayBufferView): boolean;
  /** Such memory, all 0. Throws `MemoryError`. */
  allocate(bytes: number): Uint8Array;
}

export interface Host {
  readonly architecture: "x64" | "arm64" | "other";
  /** CPU features, as /proc/cpuinfo and the instruction tables spell them, after `JITSMITH_CPU` masked them. */
  readonly cpuFeatures: ReadonlySet<string>;
  /** `dual` or `flip`, as `doctor` and `f.code.memory` tell; `none` where native code is not supported. */
  readonly memoryMode: string;
  /** How calls go, as `doctor` tells. */
  readonly callPath: string;
  /** Copies the code into executable memory. Throws `MemoryError`, `UnsupportedError` where there is none. */
  install(code: Uint8Array): InstalledCode;
  /** Calls the code at `address` with a C signature. Creating one costs little: it shares one thunk per signature. */
  bind(address: number, signature: SignatureText): RawCall;
  /** As `bind`, for compiled code: passes this thread's call context as a first argument that the signature leaves out. */
  bindCompiled(address: number, signature: SignatureText): RawCall;
  /** As `bindCompiled`, the quickest way there is for calls with single numbers. Creating one costs little, too. */
  bindScalar(address: number, signature: SignatureText): ScalarBinding;
  /** How kernels with these arguments are called; none where the platform has no such way. The first is an array that is written. */
  bindKernel?(args: readonly KernelArgument[], values: number): KernelBinding | undefined;
  readonly kernelScratch?: KernelScratch | undefined;
  /** How many bytes the largest cache has, if that is known. */
  readonly cacheBytes?: number | undefined;
  /** Milliseconds on a clock that only goes forward, with fractions. Without it, nothing is tried out. */
  now?(): number;
  /** Calls on other threads; none where the platform has no way. */
  readonly threads?: Threads;
  /** Is told of a large array, fresh and not touched yet, all of which will be written next. */
  prepareResult?(array: ArrayBufferView): void;
  /** This thread's call context (codegen/call-context.ts): its address, and its memory as 32-bit words. */
  readonly callContext: { readonly address: number; readonly words: Int32Array };
}
