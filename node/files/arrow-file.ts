/**
 * Arrow IPC files and streams (Feather version 2 is the file format), read and written by apache-arrow.
 *
 * A batch is a record batch. Between two Arrow files the columns that nobody touches go over as they are, dictionaries and
 * nested types included.
 */
import { open } from "node:fs/promises";
import {
  Field as ArrowField,
  AsyncByteQueue,
  Binary,
  Bool,
  CompressionType,
  compressionRegistry,
  type Data,
  type DataType,
  DateDay,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Timestamp,
  TimeUnit,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { decompressZstd } from "hyparquet-compressors";
import { faultOfBatch } from "./arrow-check.ts";
import {
  addedField,
  dataOfAdded,
  dataOfNumbers,
  dataOfTexts,
  fieldOfArrow,
  keepRows,
  numbersOfData,
  portableValues,
  storedNumbers,
  textsOfData,
} from "./arrow-columns.ts";
import {
  type ArrowMessage,
  ChunkReader,
  messagesInOrder,
  messagesOfFile,
  type ReadAt,
  streamOf,
} from "./arrow-messages.ts";
import { RunEndColumns } from "./arrow-run-ends.ts";
import { InputError } from "./input-error.ts";
import { decompressLz4Frame } from "./lz4-frame.ts";
import { findColumns } from "./numbers.ts";
import {
  type AddedColumn,
  type ByteSink,
  type Field,
  type FieldKind,
  gatherColumn,
  keptRows,
  type NumberType,
  type TableBatch,
  type TableTask,
  type TableWriter,
  textsOfBatch,
} from "./table.ts";

/** Compressed bodies: apache-arrow leaves the codecs to us, and wants what they give to be aligned as numbers are. */
function registerCodecs(): void {
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => aligned(decompressZstd(bytes)) });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => aligned(decompressLz4Frame(bytes)) });
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}

/** Reads a file, or a stream in a file; `advance` is told how many bytes have been dealt with. Throws `InputError`. */
export async function readArrow(path: string, task: TableTask, advance: (bytes: number) => void): Promise<void> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const read: ReadAt = async (from, count) => {
      const bytes = new Uint8Array(count);
      for (let done = 0; done < count; ) {
        const { bytesRead } = await handle.read(bytes, done, count - done, from + done);
        if (bytesRead === 0) throw new Error(`the file ends at byte ${from + done}; is it cut off?`);
        done += bytesRead;
      }
      advance(count);
      return bytes;
    };
    const isFile = size >= 18 && Buffer.from(await read(0, 6)).toString("latin1") === "ARROW1";
    const input = { take: (count: number) => takeNext(count) };
    let at = 0;
    const takeNext = async (count: number): Promise<Uint8Array> => {
      const bytes = await read(at, Math.min(count, size - at));
      at += bytes.length;
      return bytes;
    };
    await readMessages(path, isFile ? messagesOfFile(read, size) : messagesInOrder(input), task);
  } finally {
    await handle.close();
  }
}

/** Reads a stream, or a file that can only be read in order. Throws `InputError`. */
export async function readArrowStream(
  chunks: AsyncIterable<Uint8Array | string>,
  name: string,
  task: TableTask,
  advance: (bytes: number) => void,
): Promise<void> {
  const counted = async function* (): AsyncGenerator<Uint8Array | string> {
    for await (const chunk of chunks) {
      advance(chunk.length);
      yield chunk;
    }
  };
  await readMessages(name, messagesInOrder(new ChunkReader(counted())), task);
}

async function readMessages(name: string, messages: AsyncIterable<ArrowMessage>, task: TableTask): Promise<void> {
  registerCodecs();
  const runEnds = new RunEndColumns();
  const reader = await opened(name, streamOf(messages, runEnds));
  const schema = runEnds.plainSchema(reader.schema);
  const fields = schema.fields.map(fieldOfArrow); // `opened` has seen to it that each type is complete
  const wanted = task.begin(fields);
  const found = findColumns(name, fields, wanted.numbers);
  let firstRow = 0;
  for (let index = 0; ; index++) {
    const read = await nextBatch(name, reader, index);
    if (read === undefined) return;
    const fault = faultOfBatch(read, runEnds.columns);
    if (fault !== undefined) throw new InputError(`${name}: a record batch cannot be read: ${fault}`);
    const batch = runEnds.plainBatch(read, schema);
    const columns: readonly Data[] = batch.data.children;
    if (batch.numRows > 0)
      await task.batch({
        rows: batch.numRows,
        numbers: found.map((column) => {
          const data = columns[column.index];
          if (data === undefined) throw new InputError(`${name}: a record batch has fewer columns than the schema`);
          return numbersOfData(name, column, data, firstRow);
        }),
        values: (index, from, to) => {
          const data = columns[index];
          return data === undefined ? [] : portableValues(data, from, to);
        },
        stored: (index) => {
          const data = columns[index];
          return data === undefined ? undefined : storedNumbers(data);
        },
        texts: (index) => {
          const data = columns[index];
          return data === undefined ? undefined : textsOfData(data);
        },
        original: batch,
      });
    firstRow += batch.numRows;
  }
}

async function opened(name: string, source: AsyncIterable<Uint8Array>): Promise<RecordBatchReader> {
  try {
    const reader = await RecordBatchReader.from(source as AsyncIterable<Uint8Array<ArrayBuffer>>); // none of ours is shared
    await reader.open();
    const fields: readonly ArrowField[] | undefined = reader.schema?.fields;
    if (fields === undefined) throw new Error("there is no schema");
    if (fields.some(({ name }) => typeof name !== "string")) throw new Error("a column has no name");
    fields.map(fieldOfArrow); // throws for types without the type of their children
    return reader;
  } catch (error) {
    if (isSystemError(error)) throw error;
    const message = messageOf(error);
    if (/^(?:has|is|column) /.test(message)) throw new InputError(`${name}: ${message}`);
    throw new InputError(`${name}: is no Arrow file or stream, or is damaged: ${message}`);
  }
}

async function nextBatch(name: string, reader: RecordBatchReader, index: number): Promise<RecordBatch | undefined> {
  try {
    const { done, value } = await reader.next();
    return done === true ? undefined : value;
  } catch (error) {
    if (isSystemError(error)) throw error;
    throw new InputError(`${name}: record batch ${index + 1} cannot be read: ${messageOf(error)}`);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Keeps what an Arrow writer writes until it is taken. */
class Collector extends AsyncByteQueue<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];

  override write(chunk: Parameters<AsyncByteQueue<Uint8Array>["write"]>[0]): void {
    if (chunk instanceof Uint8Array) this.#chunks.push(chunk);
    else if (ArrayBuffer.isView(chunk))
      this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  take(): Uint8Array[] {
    return this.#chunks.splice(0);
  }
}

/** Writes the file format, or the stream format. */
export class ArrowTableWriter implements TableWriter {
  readonly #sink: ByteSink;
  readonly #collector = new Collector();
  readonly #writer: RecordBatchFileWriter | RecordBatchStreamWriter;
  #fields: readonly Field[] = [];
  #added: readonly { readonly name: string; readonly type: NumberType }[] = [];
  #schema: Schema | undefined;

  constructor(sink: ByteSink, isStream: boolean) {
    this.#sink = sink;
    this.#writer = isStream ? new RecordBatchStreamWriter() : new RecordBatchFileWriter();
  }

  begin(fields: readonly Field[], added: readonly { readonly name: string; readonly type: NumberType }[]): void {
    this.#fields = fields;
    this.#added = added;
  }

  async write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void> {
    const original = batch.original instanceof RecordBatch ? batch.original : undefined;
    const schema = this.#begun(original?.schema);
    const kept = keep === undefined ? undefined : keptRows(batch.rows, keep);
    const rows = kept?.length ?? batch.rows;
    if (rows === 0) return;
    const own: Data[] = [];
    for (const [index, field] of this.#fields.entries()) {
      const data = original?.data.children[index];
      if (data !== undefined) own.push(kept === undefined ? data : keepRows(data, kept));
      else own.push(await chunkOfBatch(batch, index, field, kept));
    }
    const computed = added.map((column) => dataOfAdded({ ...column, ...gatherColumn(column, kept) }, rows));
    const struct = new Struct(schema.fields);
    const data = makeData({ type: struct, length: rows, nullCount: 0, children: [...own, ...computed] });
    this.#writer.write(new RecordBatch(schema, data));
    await this.#drain();
  }

  async finish(): Promise<void> {
    this.#begun(undefined);
    this.#writer.finish();
    await this.#drain();
  }

  #begun(original: Schema | undefined): Schema {
    if (this.#schema === undefined) {
      const own = this.#fields.map((field) =>
        field.own instanceof ArrowField ? field.own : new ArrowField(field.name, typeOf(field), true),
      );
      const added = this.#added.map(({ name, type }) => addedField(name, type));
      this.#schema = new Schema([...own, ...added], original?.metadata);
      this.#writer.reset(this.#collector, this.#schema);
    }
    return this.#schema;
  }

  async #drain(): Promise<void> {
    for (const chunk of this.#collector.take()) if (chunk.length > 0) await this.#sink.write(chunk);
  }
}

/** A column of another format. */
async function chunkOfBatch(
  batch: TableBatch,
  index: number,
  field: Field,
  kept: Uint32Array | undefined,
): Promise<Data> {
  const type = typeOf(field);
  const numbers = await batch.stored(index);
  if (numbers !== undefined) return dataOfNumbers(type, gatherColumn(numbers, kept), kept?.length ?? batch.rows);
  if (field.kind === "text" || field.kind === "bytes") return dataOfTexts(type, await textsOfBatch(batch, index), kept);
  const values = await batch.values(index, 0, batch.rows);
  const selected = kept === undefined ? Array.from(values) : Array.from(kept, (row) => values[row]);
  const [chunk] = vectorFromArray(selected, type).data;
  return chunk ?? makeData({ type, length: 0 } as Parameters<typeof makeData>[0]); // no rows
}

const types: Partial<Record<FieldKind, () => DataType>> = {
  bool: () => new Bool(),
  i8: () => new Int8(),
  u8: () => new Uint8(),
  i16: () => new Int16(),
  u16: () => new Uint16(),
  i32: () => new Int32(),
  u32: () => new Uint32(),
  i64: () => new Int64(),
  u64: () => new Uint64(),
  f32: () => new Float32(),
  f64: () => new Float64(),
  text: () => new Utf8(),
  bytes: () => new Binary(),
  date: () => new DateDay(),
};

const timeUnits = { s: TimeUnit.SECOND, ms: TimeUnit.MILLISECOND, us: TimeUnit.MICROSECOND, ns: TimeUnit.NANOSECOND };

function typeOf({ name, kind, type, time }: Field): DataType {
  if (kind === "timestamp") return new Timestamp(timeUnits[time?.unit ?? "ms"], time?.isUtc === true ? "UTC" : null);
  const made = types[kind]?.();
  if (made === undefined)
    throw new InputError(
      `column ${JSON.stringify(name)} holds ${type}, which cannot be written to Arrow from another format`,
    );
  return made;
}

/** What is wrong; errors of the engine itself, as from a place that is not there, say nothing to a reader. */
function messageOf(error: unknown): string {
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error))
    return "it makes no sense";
  return error.message;
}
