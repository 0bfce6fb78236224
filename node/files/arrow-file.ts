/**
 * Arrow IPC files and streams (Feather version 2 is the file format), read and written by apache-arrow.
 *
 * A batch is a record batch. Between two Arrow files the columns that nobody touches go over as they are, dictionaries and
 * nested types included.
 */
import type { Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import {
  Field as ArrowField,
  AsyncByteQueue,
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
import { faultOfBatch, faultOfFooter, faultOfSchemaMessage } from "./arrow-check.ts";
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

/** Reads a file, or a stream where `path` is undefined; `advance` is told how many bytes have been dealt with. */
export async function readArrow(
  path: string | undefined,
  task: TableTask,
  advance: (bytes: number) => void,
): Promise<void> {
  registerCodecs();
  const name = path ?? "stdin";
  const handle = path === undefined ? undefined : await open(path);
  try {
    if (handle !== undefined) await checkFooter(name, handle);
    const reader = await opened(name, handle === undefined ? process.stdin : guarded(handle));
    const schema: Schema = reader.schema;
    const fields = schema.fields.map(fieldOfArrow); // `opened` has seen to it that each type is complete
    const wanted = task.begin(fields);
    const found = findColumns(name, fields, wanted.numbers);
    let firstRow = 0;
    const size = handle === undefined ? 0 : (await handle.stat()).size;
    let done = 0;
    for (let index = 0; ; index++) {
      const batch = await nextBatch(name, reader, index);
      if (batch === undefined) return;
      const fault = faultOfBatch(batch);
      if (fault !== undefined) throw new InputError(`${name}: a record batch cannot be read: ${fault}`);
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
      const bytes = Math.min(byteLengthOf(batch), size - done);
      done += bytes;
      advance(bytes);
    }
  } finally {
    await handle?.close();
  }
}

/** A file, unlike a stream, ends with a footer, its length and the magic again. */
async function checkFooter(name: string, file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const ends = Buffer.alloc(16);
  await file.read(ends, 0, 6, 0);
  if (size < 18) return;
  if (ends.toString("latin1", 0, 6) !== "ARROW1") {
    await checkStream(name, file, size);
    return;
  }
  await file.read(ends, 6, 10, size - 10);
  const length = ends.readInt32LE(6);
  const isWhole = ends.toString("latin1", 10, 16) === "ARROW1" && length > 0 && length <= size - 18;
  if (!isWhole) throw new InputError(`${name}: has no footer; is it cut off?`);
  const footer = Buffer.alloc(length);
  await file.read(footer, 0, length, size - 10 - length);
  const fault = faultOfFooter(footer);
  if (fault !== undefined) throw new InputError(`${name}: is damaged: ${fault}`);
}

/** A stream begins with the schema: a mark, its length, and itself. */
async function checkStream(name: string, file: FileHandle, size: number): Promise<void> {
  const start = Buffer.alloc(8);
  await file.read(start, 0, 8, 0);
  const length = start.readInt32LE(4);
  if (start.readInt32LE(0) !== -1 || length <= 0 || length > size - 8) return; // apache-arrow says what is wrong
  const message = Buffer.alloc(length);
  await file.read(message, 0, length, 8);
  const fault = faultOfSchemaMessage(message);
  if (fault !== undefined) throw new InputError(`${name}: is damaged: ${fault}`);
}

/** For the progress bar: how large a batch is, about. apache-arrow cannot tell where a list of no rows is in it. */
function byteLengthOf({ data, numRows }: RecordBatch): number {
  if (numRows === 0) return 0;
  try {
    return data.byteLength;
  } catch {
    return 0;
  }
}

/**
 * A file as apache-arrow reads one, which throws for places where there is nothing: with the wrong offsets of a damaged file,
 * apache-arrow would go on reading nothing.
 */
function guarded(file: FileHandle): Pick<FileHandle, "fd" | "close"> & { stat(): Promise<Stats>; read: ReadAt } {
  return {
    fd: file.fd,
    stat: () => file.stat(),
    close: () => file.close(),
    async read(buffer, offset, length, position) {
      const from = Number(position);
      if (!(from >= 0)) throw new Error(`it names byte ${from} of the file`);
      const result = await file.read(buffer, offset, length, from);
      if (result.bytesRead === 0 && length > 0) throw new Error(`the file ends at byte ${from}; is it cut off?`);
      return result;
    },
  };
}

type ReadAt = (
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ readonly bytesRead: number; readonly buffer: Uint8Array }>;

type Source = Parameters<typeof RecordBatchReader.from>[0];

async function opened(name: string, source: unknown): Promise<RecordBatchReader> {
  try {
    const reader = await RecordBatchReader.from(source as Source); // a FileHandle or a Node stream, which its overloads do not join
    await reader.open();
    const fields: readonly ArrowField[] | undefined = reader.schema?.fields;
    if (fields === undefined) throw new Error("there is no schema");
    if (fields.some(({ name }) => typeof name !== "string")) throw new Error("a column has no name");
    fields.map(fieldOfArrow); // throws for types without the type of their children
    return reader;
  } catch (error) {
    throw new InputError(`${name}: is no Arrow file or stream, or is damaged: ${messageOf(error)}`);
  }
}

/** A file is read by the numbers of its batches: its `next` would come back to a message that is no batch for ever. */
async function nextBatch(name: string, reader: RecordBatchReader, index: number): Promise<RecordBatch | undefined> {
  try {
    if (reader.isFile()) {
      if (index >= reader.numRecordBatches) return undefined;
      const batch = await reader.readRecordBatch(index);
      if (batch === null) throw new Error("its footer names a place where none is");
      return batch;
    }
    const { done, value } = await reader.next();
    return done === true ? undefined : value;
  } catch (error) {
    throw new InputError(`${name}: record batch ${index + 1} cannot be read: ${messageOf(error)}`);
  }
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
  if (field.kind === "text") return dataOfTexts(await textsOfBatch(batch, index), kept);
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
