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
  /** This thread's call context (codegen/call-context.ts): its address, and its memory as 32-bit words. */
  readonly callContext: { readonly address: number; readonly words: Int32Array };
}
