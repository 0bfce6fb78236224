/**
 * The messages of Arrow files and streams, one by one and checked, before apache-arrow sees them: it takes lengths, counts and
 * places as they stand, and walks to their ends. A stream is read in order, a file by its footer's blocks; both come out as the
 * bytes of a stream, so no more than a message is held, also of a file that comes through a pipe.
 *
 *     stream:  message … message, -1, 0
 *     message: -1, length of the metadata, metadata (a flatbuffer, its length with it a multiple of 8), body
 *     file:    ARROW1, 0, 0, stream, footer, length of the footer, ARROW1
 *
 * Arrow columnar format 1.5, "Serialization and Interprocess Communication"; Message.fbs and File.fbs name the tables' fields.
 */
import { blocksOfFooter, faultOfFooter, readMessage, schemaPlace } from "./arrow-check.ts";
import type { RunEndColumns } from "./arrow-run-ends.ts";

/** Reads `count` bytes at the next place, or fewer where the input ends. */
export interface ByteReader {
  take(count: number): Promise<Uint8Array>;
}

/** A message, checked. */
export interface ArrowMessage {
  readonly kind: MessageKind;
  readonly metadata: Uint8Array;
  /** Where the table of what it is stands in the metadata. */
  readonly header: number;
  readonly body: Uint8Array;
}

const magic = "ARROW1";

/** The longest metadata that is believed, and the longest body. */
const longestMetadata = 256 << 20;
const longestBody = 2 ** 32;

/** The bytes of chunks, in order. */
export class ChunkReader implements ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array | string>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array | string>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Uint8Array> {
    if (this.#rest.length >= count) return this.#cut(count);
    const parts: Uint8Array[] = [this.#rest];
    let size = this.#rest.length;
    while (size < count) {
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      const bytes = typeof value === "string" ? Buffer.from(value) : value;
      parts.push(bytes);
      size += bytes.length;
    }
    // A place of its own, which begins where numbers may.
    const all = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#rest = all;
    return this.#cut(Math.min(count, size));
  }

  #cut(count: number): Uint8Array {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }
}

/** Reads a part of a file. */
export type ReadAt = (from: number, count: number) => Promise<Uint8Array>;

/** The messages of a stream, or of a file that can only be read in order. Throws an `Error` that says what is wrong. */
export async function* messagesInOrder(input: ByteReader): AsyncGenerator<ArrowMessage> {
  const first = await input.take(8);
  const isFile = Buffer.from(first).toString("latin1", 0, 6) === magic;
  let start = isFile ? await input.take(8) : first;
  for (let index = 0; ; index++) {
    if (start.length === 0 && index > 0) break; // a stream may end without a mark
    if (start.length < 8)
      throw new Error(index === 0 ? "it is too short" : "it ends inside of a message; is it cut off?");
    const { length, known } = metadataLength(start);
    if (length === 0) break;
    const metadata = joined(known, await input.take(length - known.length));
    if (metadata.length < length) throw new Error("it ends inside of a message; is it cut off?");
    const { kind, header, bodyLength } = readMessage(metadata);
    if (isFile && index === 0 && kind !== "schema") {
      // Some writers, apache-arrow's among them, put a file's schema nowhere but into its footer.
      const whole = await gathered(input, [first, start, metadata.subarray(known.length)]);
      yield* messagesOfFile(async (from, count) => whole.slice(from, from + count), whole.length);
      return;
    }
    refuseKind(kind, index);
    if (bodyLength > longestBody) throw new Error(`a message has a body of ${bodyLength} bytes`);
    const body = await input.take(bodyLength);
    if (body.length < bodyLength) throw new Error("it ends inside of a message; is it cut off?");
    yield { kind, header, metadata, body };
    start = await input.take(8);
  }
}

/** The messages that the footer of a file names. Throws an `Error` that says what is wrong. */
export async function* messagesOfFile(read: ReadAt, size: number): AsyncGenerator<ArrowMessage> {
  const tail = Buffer.from(await read(size - 10, 10));
  const footerLength = tail.readInt32LE(0);
  const isWhole = tail.toString("latin1", 4) === magic && footerLength > 0 && footerLength <= size - 18;
  if (!isWhole) throw new Error("has no footer; is it cut off?");
  const footer = await read(size - 10 - footerLength, footerLength);
  const fault = faultOfFooter(footer);
  if (fault !== undefined) throw new Error(fault.startsWith("column ") ? fault : `is damaged: ${fault}`);
  const schema = schemaOfFooter(footer);
  yield { kind: "schema", header: readMessage(schema).header, metadata: schema, body: new Uint8Array() };
  for (const block of blocksOfFooter(footer)) {
    const { metadata, header, bodyStart, bodyLength, kind } = await messageAt(read, size, block.offset);
    if (kind !== block.kind) throw new Error("its footer names a message of another kind");
    yield { kind, header, metadata, body: await read(bodyStart, bodyLength) };
  }
}

type MessageKind = "schema" | "dictionary" | "batch";

async function messageAt(
  read: ReadAt,
  size: number,
  offset: number,
): Promise<{ metadata: Uint8Array; kind: MessageKind; header: number; bodyStart: number; bodyLength: number }> {
  if (!(offset >= 8 && offset + 8 <= size)) throw new Error(`its footer names byte ${offset} of ${size}`);
  const { length, known } = metadataLength(await read(offset, 8));
  const start = offset + 8 - known.length;
  if (length === 0 || start + length > size) throw new Error(`no message stands at byte ${offset}`);
  const metadata = await read(start, length);
  const { kind, header, bodyLength } = readMessage(metadata);
  const bodyStart = start + length;
  if (bodyStart + bodyLength > size)
    throw new Error(`a message's body ends at byte ${bodyStart + bodyLength} of ${size}; is it cut off?`);
  return { metadata, kind, header, bodyStart, bodyLength };
}

/** The length of the metadata, and what of it has been read: files from before Arrow 0.15 have no mark before the length. */
function metadataLength(start: Uint8Array): { readonly length: number; readonly known: Uint8Array } {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const hasMark = view.getInt32(0, true) === -1;
  const length = view.getInt32(hasMark ? 4 : 0, true);
  const known = start.subarray(hasMark ? 8 : 4);
  if (length < 0 || length > longestMetadata) throw new Error(`a message says that it has ${length} bytes`);
  if (length > 0 && length < known.length) throw new Error(`a message says that it has ${length} bytes`);
  return { length, known };
}

function refuseKind(kind: MessageKind, index: number): void {
  if ((kind === "schema") !== (index === 0))
    throw new Error(index === 0 ? "its first message is no schema" : "it has a second schema");
}

/** All that is left, behind what has been read. */
async function gathered(input: ByteReader, before: readonly Uint8Array[]): Promise<Uint8Array> {
  const parts = [...before];
  for (;;) {
    const part = await input.take(1 << 20);
    if (part.length === 0) return new Uint8Array(Buffer.concat(parts));
    parts.push(part);
  }
}

/**
 * The schema in a footer as a message of its own: a table before the footer's bytes, which points into them.
 *
 *      0  u32  16, where the table begins
 *      4  u16  12, the length of the table's list of fields; u16  12, that of the table; u16  4, 6, 8: version, type, header; u16  0
 *     16  i32  12, from here back to the list; i16  version; u8  1, a schema; u8  0; u32  from here to the schema
 *     32  the footer
 */
function schemaOfFooter(footer: Uint8Array): Uint8Array {
  const metadata = new Uint8Array((32 + footer.length + 7) & ~7);
  metadata.set(footer, 32);
  const view = new DataView(metadata.buffer);
  const { version, schema } = schemaPlace(footer);
  view.setUint32(0, 16, true);
  [12, 12, 4, 6, 8, 0].forEach((word, k) => {
    view.setUint16(4 + 2 * k, word, true);
  });
  view.setInt32(16, 12, true);
  view.setInt16(20, version, true);
  view.setUint8(22, 1);
  view.setUint32(24, 32 + schema - 24, true);
  return metadata;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Messages as the bytes of a stream, in which `runEnds` finds columns of runs and makes structs of them. */
export async function* streamOf(
  messages: AsyncIterable<ArrowMessage>,
  runEnds: RunEndColumns,
): AsyncGenerator<Uint8Array> {
  for await (const { kind, header, metadata: own, body } of messages) {
    const metadata =
      kind === "schema" ? runEnds.schema(own, header) : kind === "batch" ? runEnds.batch(own, header) : own;
    const length = (metadata.length + 7) & ~7;
    const start = new Uint8Array(8 + length);
    const view = new DataView(start.buffer);
    view.setInt32(0, -1, true);
    view.setInt32(4, length, true);
    start.set(metadata, 8);
    yield start;
    if (body.length > 0) yield body;
  }
  yield Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
}
