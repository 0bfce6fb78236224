/**
 * The memory of calls on other threads: a record each, laid out as a call page (memory/call-page.ts), with a call context of its
 * own. Records are used again, and never unmapped while a call may run: Node waits for the pool's work before it ends an environment.
 * Whoever wants calls to end sooner finds their stop words through the directory (stop-registry.ts):
 *
 *     directory:  records i32 | (pad) | record addresses i64 …
 */
import { callContext as layout } from "../../src/codegen/call-context.ts";
import { contextOffset } from "../memory/call-page.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { Mapping } from "../memory/mapping.ts";
import { mapAnonymous, pageBytes, wholePages } from "../memory/system-calls.ts";
import { stintOffset } from "./stint-code.ts";
import { directoryLayout, enterRegistry } from "./stop-registry.ts";

/** The most calls at once on one thread: koffi takes 256, and a pool of threads has far fewer. */
export const mostRecords = 64;
/** Bytes of a record: slots, context, the words of a stint, and on a page of their own its lists of what to copy. */
const recordBytes = 8192;
const stintEnd = 4096;

export interface ThreadRecord {
  readonly address: number;
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  /** The call context's words. */
  readonly words: Int32Array;
  /** The words of a stint (stint-code.ts). */
  readonly stint: StintWords;
  /** Memory for copies of columns. */
  copies: Mapping | undefined;
}

/** Words of 64 bits, in halves: numbers go there without BigInts. */
export interface StintWords {
  readonly halves: Int32Array;
  readonly i64: BigInt64Array;
  readonly f64: Float64Array;
  readonly f32: Float32Array;
}

interface Directory {
  readonly words: Int32Array;
  readonly addresses: BigInt64Array;
}

let directory: Directory | undefined;
const free: ThreadRecord[] = [];
const made: ThreadRecord[] = [];

function stopAll(): void {
  for (const { words } of made) Atomics.store(words, layout.stopWord >> 2, 1);
}

function openDirectory(): Directory {
  if (directory !== undefined) return directory;
  const { koffi } = foreignCalls();
  const mapping = new Mapping(mapAnonymous(pageBytes()), pageBytes());
  const buffer: ArrayBuffer = koffi.view(BigInt(mapping.address), directoryLayout.addresses + mostRecords * 8);
  directory = {
    words: new Int32Array(buffer),
    addresses: new BigInt64Array(buffer, directoryLayout.addresses, mostRecords),
  };
  enterRegistry({ directory: mapping.address, stop: stopAll });
  return directory;
}

/** A record that no call uses; none where too many calls are under way. */
export function takeRecord(): ThreadRecord | undefined {
  const record = free.pop() ?? makeRecord();
  record?.words.fill(0);
  return record;
}

/** Of a call that is over, or was never begun. */
export function returnRecord(record: ThreadRecord): void {
  free.push(record);
}

/** Where so many bytes are that only this record's call uses. Throws `MemoryError`. */
export function copiesOf(record: ThreadRecord, bytes: number): number {
  if (record.copies === undefined || record.copies.bytes < bytes) {
    const pages = wholePages(bytes);
    const mapping = new Mapping(mapAnonymous(pages), pages);
    record.copies?.release();
    record.copies = mapping;
  }
  return record.copies.address;
}

function makeRecord(): ThreadRecord | undefined {
  if (made.length === mostRecords) return undefined;
  const { koffi } = foreignCalls();
  const { address } = new Mapping(mapAnonymous(recordBytes), recordBytes);
  const slots: ArrayBuffer = koffi.view(BigInt(address), contextOffset);
  const context: ArrayBuffer = koffi.view(BigInt(address + contextOffset), stintOffset - contextOffset);
  const stint: ArrayBuffer = koffi.view(BigInt(address + stintOffset), stintEnd - stintOffset);
  const { words, addresses } = openDirectory();
  const record: ThreadRecord = {
    address,
    f64: new Float64Array(slots),
    f32: new Float32Array(slots),
    i32: new Int32Array(slots),
    i64: new BigInt64Array(slots),
    words: new Int32Array(context),
    stint: {
      halves: new Int32Array(stint),
      i64: new BigInt64Array(stint),
      f64: new Float64Array(stint),
      f32: new Float32Array(stint),
    },
    copies: undefined,
  };
  addresses[made.length] = BigInt(address);
  made.push(record);
  words[directoryLayout.records >> 2] = made.length;
  return record;
}
