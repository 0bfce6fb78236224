/**
 * The engine's host on Node (src/engine/host.ts): one code arena and one call context for each thread, calls through
 * gates or thunks. Making one costs nothing; memory and koffi come with the first function, so that a host exists everywhere and
 * only installing code throws where native code is not supported.
 */
import { isMainThread } from "node:worker_threads";
import type { SignatureText } from "../src/base/signature.ts";
import type {
  Host,
  InstalledCode,
  KernelArgument,
  KernelBinding,
  KernelScratch,
  RawCall,
  ScalarBinding,
} from "../src/engine/host.ts";
import { cacheBytes } from "./cache-size.ts";
import { bindDirect, describeCalls, describeForeign } from "./calls/direct-calls.ts";
import { bindKernel, kernelScratch } from "./calls/kernel-calls.ts";
import { hugePage } from "./columns/column.ts";
import { cpuFeatures } from "./cpu-features.ts";
import { callContext } from "./memory/call-context.ts";
import { whyUnsupported } from "./memory/foreign-calls.ts";
import { type Convention, compiledConventionOf, conventionOf, type Value } from "./memory/invoke.ts";
import { adviseHugePages, wholePages } from "./memory/system-calls.ts";
import { threadArena } from "./memory/thread-arena.ts";
import { enterRegistry } from "./threads/stop-registry.ts";
import { threads } from "./threads/thread-host.ts";

/** Whether other threads can stop loops on this one; the main thread waits for nobody. */
let isEntered = isMainThread;

class NodeHost implements Host {
  readonly architecture = process.arch === "x64" || process.arch === "arm64" ? process.arch : "other";

  get callPath(): string {
    return describeCalls();
  }

  get cpuFeatures(): ReadonlySet<string> {
    return whyUnsupported() === undefined ? cpuFeatures() : new Set();
  }

  get memoryMode(): string {
    return whyUnsupported() === undefined ? threadArena().mode : "none";
  }

  get callContext(): { readonly address: number; readonly words: Int32Array } {
    const context = callContext();
    if (!isEntered) {
      isEntered = true;
      enterRegistry({ context: context.address });
    }
    return context;
  }

  readonly threads = threads;

  now(): number {
    return performance.now();
  }

  get cacheBytes(): number {
    return cacheBytes();
  }

  prepareResult(array: ArrayBufferView): void {
    const start = wholePages(threads.addressOf(array));
    const bytes = Math.floor((array.byteLength - hugePage) / hugePage) * hugePage;
    if (bytes > 0) adviseHugePages(start, bytes);
  }

  install(code: Uint8Array): InstalledCode {
    return threadArena().install(code);
  }

  bind(address: number, signature: SignatureText): RawCall {
    return bindTo(conventionOf(signature), address);
  }

  bindCompiled(address: number, signature: SignatureText): RawCall {
    return bindTo(compiledConventionOf(signature), address);
  }

  bindKernel(args: readonly KernelArgument[], values: number): KernelBinding | undefined {
    return bindKernel(args, values);
  }

  get kernelScratch(): KernelScratch | undefined {
    return kernelScratch();
  }

  bindScalar(address: number, signature: SignatureText): ScalarBinding {
    const direct = bindDirect(address, signature);
    if (direct !== undefined) return direct;
    // Scalar code takes and gives numbers; a call ignores the two addresses behind them.
    const call = this.bindCompiled(address, signature) as ScalarBinding["call"];
    return { call, address, entry: address, path: describeForeign(signature) };
  }
}

function bindTo({ invoke, signature }: Convention, address: number): RawCall {
  switch (signature.parameters.length) {
    case 0:
      return () => invoke(address);
    case 1:
      return ((a: Value) => invoke(address, a)) as RawCall; // the caller knows how many arguments it bound
    case 2:
      return ((a: Value, b: Value) => invoke(address, a, b)) as RawCall; // as above
    case 3:
      return ((a: Value, b: Value, c: Value) => invoke(address, a, b, c)) as RawCall; // as above
    case 4:
      return ((a: Value, b: Value, c: Value, d: Value) => invoke(address, a, b, c, d)) as RawCall; // as above
    default:
      return (...values) => invoke(address, ...values);
  }
}

/** This thread's host. */
export const nodeHost: Host = new NodeHost();
