/** What the engine needs to run kernels on other threads (src/engine/host.ts, `Threads`), on this thread's behalf. */
import { availableParallelism } from "node:os";
import { bufferOf } from "../../src/engine/element-kinds.ts";
import type { Threads } from "../../src/engine/host.ts";
import { isColumn, mapBuffer } from "../columns/column.ts";
import { conventionOf } from "../memory/invoke.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { bindStint, openBoard } from "./stint-calls.ts";
import { bindOnThreads, mostCalls } from "./thread-calls.ts";

const sharedLength = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength")?.get;

/** Shared memory never moves and never shrinks. */
function isShared(buffer: ArrayBufferLike): boolean {
  try {
    sharedLength?.call(buffer);
    return sharedLength !== undefined;
  } catch {
    return false; // the getter's word for what is no SharedArrayBuffer
  }
}

/** `mov rax, rdi; ret`: gives the address that it gets. */
const identity = Uint8Array.of(0x48, 0x89, 0xf8, 0xc3);
let addressOf: ((array: ArrayBufferView) => number) | undefined;

function makeAddressOf(): (array: ArrayBufferView) => number {
  const code = threadArena().install(identity);
  const { invoke } = conventionOf("i64(ptr)");
  return (array) => Number(invoke(code.address, array));
}

export const threads: Threads = {
  most: mostCalls,
  usual: Math.min(mostCalls, availableParallelism()),
  bind: bindOnThreads,
  bindStint,
  openBoard,
  now: () => performance.now(),
  addressOf(array) {
    addressOf ??= makeAddressOf();
    return addressOf(array);
  },
  isStable: (array) => isColumn(array) || isShared(bufferOf(array)),
  allocate: (bytes) => new Uint8Array(mapBuffer(bytes)),
};
