/** What the engine needs to run kernels on other threads (src/engine/host.ts, `Threads`), on this thread's behalf. */
import { availableParallelism } from "node:os";
import { types } from "node:util";
import { bufferOf, byteOffsetOf } from "../../src/engine/element-kinds.ts";
import type { Threads } from "../../src/engine/host.ts";
import { columnStart, isColumn, mapBuffer } from "../columns/column.ts";
import { conventionOf } from "../memory/invoke.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { bindStint, openBoard } from "./stint-calls.ts";
import { bindOnThreads, mostCalls } from "./thread-calls.ts";

/** `mov rax, rdi; ret`: gives the address that it gets. */
const identity = Uint8Array.of(0x48, 0x89, 0xf8, 0xc3);
let addressOf: ((array: ArrayBufferView) => number) | undefined;

function makeAddressOf(): (array: ArrayBufferView) => number {
  const code = threadArena().install(identity);
  const { invoke } = conventionOf("i64(ptr)");
  return (array) => Number(invoke(code.address, array));
}

/** The end of this turn of the event loop, if a moment of it was taken. */
let turn: Promise<void> | undefined;

const awaitTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });

export const threads: Threads = {
  most: mostCalls,
  usual: Math.min(mostCalls, availableParallelism()),
  processors: availableParallelism(),
  bind: bindOnThreads,
  bindStint,
  openBoard,
  takeMoment() {
    if (turn !== undefined) return false;
    turn = awaitTurn();
    return true;
  },
  // Of Node 20.18 and later.
  events: () => (performance.nodeTiming.uvMetricsInfo as { readonly events: number } | undefined)?.events ?? 0,
  nextTurn: () => turn ?? awaitTurn(),
  now: () => performance.now(),
  addressOf(array) {
    const start = columnStart(array);
    if (start !== undefined) return start + byteOffsetOf(array);
    addressOf ??= makeAddressOf();
    return addressOf(array);
  },
  isStable: (array) => isColumn(array) || types.isSharedArrayBuffer(bufferOf(array)),
  allocate: (bytes) => new Uint8Array(mapBuffer(bytes)),
};
