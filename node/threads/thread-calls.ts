/**
 * Calls of compiled code on the threads of libuv's pool, through koffi's asynchronous calls. Arguments and context stand in a
 * record (thread-records.ts); a thunk for each signature takes the record's address, loads the registers, and counts the end.
 */
import { parseSignature, type Signature, type SignatureText } from "../../src/base/signature.ts";
import { callContext as layout } from "../../src/codegen/call-context.ts";
import type { InstalledCode, ThreadCall, ThreadResult } from "../../src/engine/host.ts";
import { contextOffset, slot } from "../memory/call-page.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { argumentSlots, buildThunk } from "../memory/thunk.ts";
import { returnRecord, type ThreadRecord, takeRecord } from "./thread-records.ts";

/** Of koffi's asynchronous calls, which have 128 KiB: what is below compiled code's first frame for sure. */
export const stackBytes: number = 64 * 1024;

/** libuv's pool, which file reads and name look-ups use, too. */
const poolThreads = Math.max(1, Math.min(1024, Number(process.env.UV_THREADPOOL_SIZE) || 4));

/** How many calls may run at once: one thread of the pool stays free for the rest of the program. */
export const mostCalls: number = Math.max(1, poolThreads - 1);

export type AsyncCall = (record: number, done: (error: unknown) => void) => void;

/** How code of one signature is called on another thread. */
interface Way {
  readonly signature: Signature;
  readonly start: AsyncCall;
  /** Kept, since an arena without references is unmapped. */
  readonly thunk: InstalledCode;
}

const ways = new Map<string, Way>();

/** The call of code at an address. Arguments for `ptr` are addresses. */
export function bindOnThreads(address: number, text: SignatureText): ThreadCall {
  const way = wayOf(text);
  return (args) => {
    const record = takeRecord();
    if (record === undefined) throw new RangeError("too many calls on other threads at once");
    try {
      store(record, way, address, args);
    } catch (error) {
      returnRecord(record);
      throw error;
    }
    const done = new Promise<ThreadResult>((resolve, reject) => {
      way.start(record.address, (error) => {
        const { words, f64 } = record;
        const hasTrapped = words[layout.status >> 2] !== 0;
        const result = { value: f64[slot.result] ?? Number.NaN, trap: hasTrapped ? words.slice() : undefined };
        returnRecord(record);
        if (error) reject(error);
        else resolve(result);
      });
    });
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    done.then(over, over);
    return {
      done,
      stop() {
        if (!isOver) Atomics.store(record.words, layout.stopWord >> 2, 1);
      },
    };
  };
}

function wayOf(text: SignatureText): Way {
  const known = ways.get(text);
  if (known !== undefined) return known;
  const { koffi } = foreignCalls();
  const signature = parseSignature(text);
  const thunk = threadArena().install(buildThunk(signature, undefined, contextOffset, stackBytes));
  const call = koffi.decode(BigInt(thunk.address), koffi.proto("void", ["int64_t"])) as { async: AsyncCall }; // of its prototype
  const way = { signature, start: call.async, thunk };
  ways.set(text, way);
  return way;
}

function store(record: ThreadRecord, { signature }: Way, address: number, args: readonly (number | bigint)[]): void {
  const { parameters } = signature;
  const { f64, f32, i32, i64 } = record;
  const slots = argumentSlots(parameters);
  f64[slot.code] = address;
  for (const [index, word] of parameters.entries()) {
    const at = slots[index] ?? 0;
    const value = args[index] ?? 0;
    if (word === "i64" || word === "ptr") i64[at] = BigInt(value);
    else if (word === "f64") f64[at] = Number(value);
    else if (word === "f32") f32[2 * at] = Number(value);
    else i32[2 * at] = Number(value);
  }
}
