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

/** Calls of compiled code on other threads, each with a call context of its own. */
export interface Threads {
  /** How many calls may run at once without harm to the rest of the program. */
  readonly most: number;
  /** How many are worth it. */
  readonly usual: number;
  /** Calls the code at `address`, which gives an f64. Whoever calls keeps the code until the call is over. */
  bind(address: number, signature: SignatureText): ThreadCall;
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
  /** This thread's scratch memory for small calls: its address, and itself, `scratchBytes` (small-map.ts) long. */
  readonly scratch?: { readonly address: number; readonly f64: Float64Array } | undefined;
  /** How many bytes the largest cache has, if that is known. */
  readonly cacheBytes?: number | undefined;
  /** Calls on other threads; none where the platform has no way. */
  readonly threads?: Threads;
  /** Is told of a large array, fresh and not touched yet, all of which will be written next. */
  prepareResult?(array: ArrayBufferView): void;
  /** This thread's call context (codegen/call-context.ts): its address, and its memory as 32-bit words. */
  readonly callContext: { readonly address: number; readonly words: Int32Array };
}
