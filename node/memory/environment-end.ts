/**
 * Memory of a Worker goes when its environment ends, also after `worker.terminate()`, when no JavaScript runs any more:
 * Node-API clean-up hooks do run, so the hook is machine code. Each mapping registers one, with a record as argument:
 *
 *     record:  address i64, bytes i64          (from malloc; the hook frees it)
 *
 * The hooks' own page has a hook too. It was registered first, so it runs last (clean-up is in reverse order), and its
 * last step is a jump to `munmap`, which returns to Node past the vanished page.
 * The main thread needs nothing of this: the end of the process is the end of its mappings.
 */
import { isMainThread } from "node:worker_threads";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { qword } from "../../src/asm/x64/operands.ts";
import { rax, rbx, rdi, rsi } from "../../src/asm/x64/registers.ts";
import { foreignCalls } from "./foreign-calls.ts";
import { copyIn, mapAnonymous, pageBytes, protect, protection, unmap } from "./system-calls.ts";

const recordBytes = 16;
const entryBytes = 64;

type Call = (...args: (number | bigint)[]) => number;

interface Hooks {
  /** Address of the code that unmaps what a record tells and frees the record. */
  readonly unmapEntry: number;
  readonly environment: bigint;
  readonly add: Call;
  readonly remove: Call;
  readonly malloc: Call;
  readonly free: Call;
}

let hooks: Hooks | undefined;

/** Has [address, address + bytes) unmapped when this Worker ends. The result takes that back; call it before unmapping. */
export function unmapAtEnvironmentEnd(address: number, bytes: number): () => void {
  if (isMainThread) return () => {};
  hooks ??= installHooks();
  const { unmapEntry, environment, add, remove, malloc, free } = hooks;
  const record = malloc(recordBytes);
  copyIn(record, recordOf(address, bytes));
  add(environment, unmapEntry, record);
  return () => {
    remove(environment, unmapEntry, record);
    free(record);
  };
}

function recordOf(address: number, bytes: number): Uint8Array {
  return new Uint8Array(new BigInt64Array([BigInt(address), BigInt(bytes)]).buffer);
}

function installHooks(): Hooks {
  const { koffi, library } = foreignCalls();
  // The typings make a brand of it; at run time it is the environment's address.
  const environment = koffi.node.env as unknown as bigint;
  const munmap: bigint = library.symbol("munmap");
  const free: bigint = library.symbol("free");

  const bytes = pageBytes();
  const page = mapAnonymous(bytes);
  copyIn(page, unmapAndFree(munmap, free));
  copyIn(page + entryBytes, unmapTail(munmap));
  const ownRecord = page + 2 * entryBytes;
  copyIn(ownRecord, recordOf(page, bytes));
  try {
    protect(page, bytes, protection.read | protection.execute);
  } catch (error) {
    unmap(page, bytes);
    throw error;
  }
  const add: Call = library.func("napi_add_env_cleanup_hook", "int", ["int64_t", "int64_t", "int64_t"]);
  add(environment, page + entryBytes, ownRecord);
  return {
    unmapEntry: page,
    environment,
    add,
    remove: library.func("napi_remove_env_cleanup_hook", "int", ["int64_t", "int64_t", "int64_t"]),
    malloc: library.func("malloc", "int64_t", ["int64_t"]),
    free: library.func("free", "void", ["int64_t"]),
  };
}

/** `void hook(record *r) { munmap(r->address, r->bytes); free(r); }` */
function unmapAndFree(munmap: bigint, free: bigint): Uint8Array {
  const a = new Assembler();
  a.push(rbx);
  a.mov(rbx, rdi);
  a.mov(rsi, qword(rbx, 8));
  a.mov(rdi, qword(rbx));
  a.mov(rax, munmap);
  a.call(rax);
  a.mov(rdi, rbx);
  a.pop(rbx);
  a.mov(rax, free);
  a.jmp(rax);
  return a.toBytes();
}

/** `void hook(record *r) { return munmap(r->address, r->bytes); }` as a jump, so that nothing returns here. */
function unmapTail(munmap: bigint): Uint8Array {
  const a = new Assembler();
  a.mov(rsi, qword(rdi, 8));
  a.mov(rdi, qword(rdi));
  a.mov(rax, munmap);
  a.jmp(rax);
  return a.toBytes();
}
