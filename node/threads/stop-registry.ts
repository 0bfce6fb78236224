/**
 * Stopping compiled code on other threads of the process. A Worker in an endless compiled loop runs no JavaScript, so
 * `worker.terminate()` and `process.exit()` would wait for it; but its loops look at the stop word of their call context, which any
 * thread can set that knows where it is. Every thread with code that loops enters its contexts here:
 *
 *     page:   entry 0: threadId + 1 i64 (0: free) | call context i64 | directory of thread records i64 (0: none) | entry 1 … | 1 i64
 *
 * The page belongs to the process; all copies of this module find it by an environment variable of the C library, with the
 * process's id in it, since child processes inherit the variable. A Worker's entry is cleared by a clean-up hook, which runs before its
 * memory goes. Stop words are written by `process_vm_writev`, which refuses where memory is gone instead of crashing.
 */
import { isMainThread, threadId, Worker } from "node:worker_threads";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { qword } from "../../src/asm/x64/operands.ts";
import { rdi } from "../../src/asm/x64/registers.ts";
import { callContext as layout } from "../../src/codegen/call-context.ts";
import { contextOffset } from "../memory/call-page.ts";
import { foreignCalls, whyUnsupported } from "../memory/foreign-calls.ts";
import { copyOut, mapAnonymous, pageBytes } from "../memory/system-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";

const variable = "JITSMITH_STOP_REGISTRY";
const entryBytes = 24;
const entryWords = entryBytes / 8;

/** The directory of thread records, as thread-records.ts lays it out. */
export const directoryLayout = { records: 0, addresses: 8 } as const;

interface Registry {
  readonly address: number;
  readonly words: BigInt64Array;
}

let registry: Registry | undefined;
let own: number | undefined;
/** Sets the stop words of this thread's calls on other threads. */
let stopOwnCalls: (() => void) | undefined;

/** The process's registry; made if `isWanted`. */
function open(isWanted: boolean): Registry | undefined {
  if (registry !== undefined) return registry;
  const { koffi, library } = foreignCalls();
  const text: unknown = library.func("getenv", "str", ["str"])(variable);
  const [pid, known] = typeof text === "string" ? text.split(":").map(Number) : [];
  let address = pid === process.pid ? known : undefined;
  if (address === undefined) {
    if (!isWanted) return undefined;
    address = mapAnonymous(pageBytes()); // for as long as the process lives
    library.func("setenv", "int", ["str", "str", "int"])(variable, `${process.pid}:${address}`, 1);
  }
  const words = new BigInt64Array(koffi.view(BigInt(address), pageBytes()));
  words[words.length - 1] = 1n;
  registry = { address, words };
  return registry;
}

/** Enters this thread's context, or the directory of its calls on other threads and what stops these. */
export function enterRegistry(entry: {
  readonly context?: number;
  readonly directory?: number;
  readonly stop?: () => void;
}): void {
  stopOwnCalls ??= entry.stop;
  const found = open(true);
  if (found === undefined) return;
  const { words } = found;
  own ??= claim(found);
  if (own === undefined) return; // the page is full: such threads are not stopped
  if (entry.context !== undefined) words[own + 1] = BigInt(entry.context);
  if (entry.directory !== undefined) words[own + 2] = BigInt(entry.directory);
}

function claim({ address, words }: Registry): number | undefined {
  // The main thread's number is 0, which stands for a free entry here.
  const id = BigInt(threadId) + 1n;
  for (let at = 0; at + entryWords < words.length; at += entryWords) {
    if (Atomics.compareExchange(words, at, 0n, id) !== 0n) continue;
    words[at + 1] = 0n;
    words[at + 2] = 0n;
    if (!isMainThread) clearAtEnvironmentEnd(address + at * 8);
    return at;
  }
  return undefined;
}

/** Registered after the mapping of what the entry names, so it runs before that goes: clean-up goes backwards. */
function clearAtEnvironmentEnd(entry: number): void {
  const { koffi, library } = foreignCalls();
  const a = new Assembler();
  for (const at of [8, 16, 0]) a.mov(qword(rdi, at), 0);
  a.ret();
  const hook = threadArena().install(a.toBytes());
  library.func("napi_add_env_cleanup_hook", "int", ["int64_t", "int64_t", "int64_t"])(
    koffi.node.env as unknown as bigint, // a brand in the typings, the environment's address at run time
    hook.address,
    entry,
  );
}

/** Sets the stop words of a thread, or of all threads. */
function stopThreads(id: number | undefined): void {
  const found = open(false);
  if (found === undefined) return;
  const { words } = found;
  for (let at = 0; at + entryWords < words.length; at += entryWords) {
    const thread = Number(words[at] ?? 0n) - 1;
    if (thread < 0 || (id !== undefined && thread !== id)) continue;
    const context = Number(words[at + 1] ?? 0n);
    const directory = Number(words[at + 2] ?? 0n);
    if (context !== 0) setWord(found, context + layout.stopWord);
    if (directory === 0) continue;
    const bytes = copyOut(directory, pageBytes());
    const view = new DataView(bytes.buffer);
    for (let record = 0; record < view.getInt32(directoryLayout.records, true); record++)
      setWord(
        found,
        Number(view.getBigInt64(directoryLayout.addresses + record * 8, true)) + contextOffset + layout.stopWord,
      );
  }
}

/** Writes 1 to a word of this process, unless there is no memory any more. */
function setWord({ address, words }: Registry, place: number): void {
  const { library } = foreignCalls();
  const write = library.func("process_vm_writev", "int64_t", [
    "int",
    "void *",
    "uint64_t",
    "void *",
    "uint64_t",
    "uint64_t",
  ]);
  const one = address + (words.length - 1) * 8;
  const vector = (at: number) => BigUint64Array.of(BigInt(at), 4n);
  write(process.pid, vector(one), 1, vector(place), 1, 0);
}

const isKnown = (): boolean =>
  whyUnsupported() === undefined && process.env[variable]?.startsWith(`${process.pid}:`) === true;

/** Has `worker.terminate()` and the end of the process stop compiled loops first. Once for each thread; costs nothing until then. */
export function stopLoopsAtEnds(): void {
  const { terminate } = Worker.prototype;
  if (Object.hasOwn(terminate, marker)) return;
  const stopping = function (this: Worker): Promise<number> {
    const { threadId: id } = this;
    if (id >= 0 && (registry !== undefined || isKnown() || !isMainThread)) quietly(() => stopThreads(id));
    return terminate.call(this);
  };
  Object.defineProperty(stopping, marker, { value: true });
  Object.defineProperty(stopping, "name", { value: "terminate" });
  Worker.prototype.terminate = stopping;
  process.once("exit", () => {
    // A Worker that is terminated while it ends by itself must not call koffi any more: Node-API would end the process.
    if (!isMainThread) stopOwnCalls?.();
    else if (registry !== undefined || isKnown()) quietly(() => stopThreads(undefined));
  });
}

const marker = Symbol.for("jitsmith stops loops");

/** What cannot be stopped is waited for, as without us. */
function quietly(stop: () => void): void {
  try {
    stop();
  } catch {
    // koffi is not to be had, or the system refuses.
  }
}
