/**
 * The memory of calls on other threads: a record each, laid out as a call page (memory/call-page.ts), with a call context of its
 * own. Records are used again, and never unmapped while a call may run.
 *
 * When this environment ends with calls under way, as after `worker.terminate()` or `process.exit()`, no JavaScript runs any
 * more, but what the calls run in is about to be unmapped. So a clean-up hook, machine code that runs before those of the
 * mappings, sets every stop word and waits for the calls. It reads the directory:
 *
 *     directory:  started i32 | finished i32 | records i32 | (pad) | record addresses i64 …
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, qword } from "../../src/asm/x64/operands.ts";
import { eax, ecx, r12, rax, rbx, rcx, rdi, rdx } from "../../src/asm/x64/registers.ts";
import { callContext as layout } from "../../src/codegen/call-context.ts";
import { contextOffset } from "../memory/call-page.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { Mapping } from "../memory/mapping.ts";
import { mapAnonymous, pageBytes } from "../memory/system-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";

/** Where things stand in the directory, in bytes. */
const place = { started: 0, finished: 4, records: 8, addresses: 16 } as const;
/** The most calls at once on one thread: koffi takes 256, and a pool of threads has far fewer. */
export const mostRecords = 64;
/** Bytes of a record: slots and context. */
const recordBytes = 4096;

export interface ThreadRecord {
  readonly address: number;
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  /** The call context's words. */
  readonly words: Int32Array;
}

interface Directory {
  readonly words: Int32Array;
  readonly addresses: Float64Array | BigInt64Array;
  readonly finished: number;
}

let directory: Directory | undefined;
const free: ThreadRecord[] = [];
let made = 0;

function openDirectory(): Directory {
  if (directory !== undefined) return directory;
  const { koffi } = foreignCalls();
  const mapping = new Mapping(mapAnonymous(pageBytes()), pageBytes());
  const buffer: ArrayBuffer = koffi.view(BigInt(mapping.address), place.addresses + mostRecords * 8);
  directory = {
    words: new Int32Array(buffer),
    addresses: new BigInt64Array(buffer, place.addresses, mostRecords),
    finished: mapping.address + place.finished,
  };
  stopAtEnvironmentEnd(mapping.address);
  return directory;
}

/** Where the counter of finished calls is, which their code increments. */
export const finishedCounter = (): number => openDirectory().finished;

/** A record that no call uses, marked as started; none where too many calls are under way. */
export function takeRecord(): ThreadRecord | undefined {
  const { words } = openDirectory();
  const record = free.pop() ?? makeRecord();
  if (record === undefined) return undefined;
  record.words.fill(0);
  words[place.started >> 2] = (words[place.started >> 2] ?? 0) + 1;
  return record;
}

/** Of a call that is over. */
export function returnRecord(record: ThreadRecord): void {
  free.push(record);
}

/** Of a record whose call was never begun. */
export function dropRecord(record: ThreadRecord): void {
  const { words } = openDirectory();
  Atomics.add(words, place.finished >> 2, 1);
  free.push(record);
}

function makeRecord(): ThreadRecord | undefined {
  if (made === mostRecords) return undefined;
  const { koffi } = foreignCalls();
  const { address } = new Mapping(mapAnonymous(recordBytes), recordBytes);
  const slots: ArrayBuffer = koffi.view(BigInt(address), contextOffset);
  const context: ArrayBuffer = koffi.view(BigInt(address + contextOffset), recordBytes - contextOffset);
  const { words, addresses } = openDirectory();
  addresses[made++] = BigInt(address);
  words[place.records >> 2] = made;
  return {
    address,
    f64: new Float64Array(slots),
    f32: new Float32Array(slots),
    i32: new Int32Array(slots),
    i64: new BigInt64Array(slots),
    words: new Int32Array(context),
  };
}

/** Registers the hook, after those of all mappings so far: clean-up goes backwards, so it runs before them. */
function stopAtEnvironmentEnd(address: number): void {
  const { koffi, library } = foreignCalls();
  const hook = threadArena().install(stopAndWait(library.symbol("usleep") as bigint)); // the symbol's address
  library.func("napi_add_env_cleanup_hook", "int", ["int64_t", "int64_t", "int64_t"])(
    koffi.node.env as unknown as bigint, // a brand in the typings, the environment's address at run time
    hook.address,
    address,
  );
}

const pauseMicroseconds = 200;
/** A thread returns from its last instruction within this time. */
const returnMicroseconds = 2000;

/** `void hook(directory *d)`: sets all stop words until as many calls are finished as were started. */
function stopAndWait(usleep: bigint): Uint8Array {
  const a = new Assembler();
  const again = a.label();
  const next = a.label();
  const set = a.label();
  const done = a.label();
  a.push(rbx);
  a.push(r12);
  a.push(rdx);
  a.mov(rbx, rdi);
  a.mov(eax, dword(rbx, place.started));
  a.cmp(eax, dword(rbx, place.finished));
  a.je(done);
  a.bind(again);
  a.mov(ecx, dword(rbx, place.records));
  a.bind(next);
  a.test(ecx, ecx);
  a.jz(set);
  a.dec(ecx);
  a.mov(rax, qword(rbx, rcx, 8, place.addresses));
  a.mov(dword(rax, contextOffset + layout.stopWord), 1);
  a.jmp(next);
  a.bind(set);
  a.mov(rdi, BigInt(pauseMicroseconds));
  a.mov(rax, usleep);
  a.call(rax);
  a.mov(eax, dword(rbx, place.started));
  a.cmp(eax, dword(rbx, place.finished));
  a.jne(again);
  a.mov(rdi, BigInt(returnMicroseconds));
  a.mov(rax, usleep);
  a.call(rax);
  a.bind(done);
  a.pop(rdx);
  a.pop(r12);
  a.pop(rbx);
  a.ret();
  return a.toBytes();
}
