/**
 * Parquet files, read and written by hyparquet and hyparquet-writer (MIT, no native code).
 *
 * A batch is a row group, or a part of one where it is very large; its columns are read when they are wanted. Times stay the
 * integers that the file has, so that nothing is lost between two Parquet files.
 */
import { open } from "node:fs/promises";
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { InputError } from "./input-error.ts";
import { findColumns, fromInt64, fromMixed, fromNumbers } from "./numbers.ts";
import { plainValues } from "./plain-values.ts";
import {
  type AddedColumn,
  type ByteSink,
  type Field,
  type FieldKind,
  keptRows,
  type NumberColumn,
  type Numbers,
  type NumberType,
  type TableBatch,
  type TableTask,
  type TableWriter,
} from "./table.ts";

/** The most rows of one batch. */
const mostRows = 1 << 20;

/** What `TableBatch.original` is for rows of a Parquet file: the schema of its columns, and the columns. */
interface ParquetRows {
  readonly schema: readonly SchemaElement[];
  readonly columns: readonly ArrayLike<unknown>[];
}

/** What `Field.own` is for a plain column of a Parquet file. */
class ParquetElement {
  readonly element: SchemaElement;

  constructor(element: SchemaElement) {
    this.element = element;
  }
}

/** Times and dates as the file has them. */
const rawTimes: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value) => value,
  timestampFromMicroseconds: (value) => value,
  timestampFromNanoseconds: (value) => value,
  dateFromDays: (value) => value,
};

/** Reads a file; `advance` is told how many of its bytes have been dealt with. Throws `InputError`. */
export async function readParquet(path: string, task: TableTask, advance: (bytes: number) => void): Promise<void> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        const buffer = new ArrayBuffer(end - start);
        let done = 0;
        while (done < buffer.byteLength) {
          const { bytesRead } = await handle.read(
            new Uint8Array(buffer, done),
            0,
            buffer.byteLength - done,
            start + done,
          );
          if (bytesRead === 0) throw new InputError(`${path}: ends at byte ${start + done}; is it cut off?`);
          done += bytesRead;
        }
        return buffer;
      },
    };
    await readBatches(path, file, await metadataOf(path, file), task, advance);
  } finally {
    await handle.close();
  }
}

async function metadataOf(path: string, file: AsyncBuffer): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file);
  } catch (error) {
    throw new InputError(`${path}: is no Parquet file, or is damaged: ${messageOf(error)}`);
  }
}

async function readBatches(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  task: TableTask,
  advance: (bytes: number) => void,
): Promise<void> {
  const columns = parquetSchema(metadata).children;
  const fields = columns.map(({ element, children }): Field => fieldOf(element, children.length > 0));
  const wanted = task.begin(fields);
  const found = findColumns(path, fields, wanted.numbers);
  const scan = await parquetScan({ file, metadata, compressors, parsers: rawTimes });
  const read = async (index: number, rowStart: number, rowEnd: number): Promise<ArrayLike<unknown>> => {
    try {
      return await scan.readColumn({ column: fields[index]?.name ?? "", rowStart, rowEnd });
    } catch (error) {
      throw new InputError(
        `${path}: column ${JSON.stringify(fields[index]?.name)} cannot be read: ${messageOf(error)}`,
      );
    }
  };
  const total = Number(metadata.num_rows);
  for (const range of scan.ranges)
    for (let rowStart = range.rowStart; rowStart < range.rowEnd; rowStart += mostRows) {
      const rowEnd = Math.min(rowStart + mostRows, range.rowEnd);
      const needed = wanted.rows ? fields.map((_, index) => index) : [...new Set(found.map(({ index }) => index))];
      const values: ArrayLike<unknown>[] = [];
      for (const index of needed) values[index] = await read(index, rowStart, rowEnd);
      const numbers = found.map((column): NumberColumn => {
        const given = values[column.index] ?? [];
        const { element } = columns[column.index] ?? {};
        const unit = element === undefined ? undefined : unitOf(element);
        if (unit !== undefined)
          return fromMixed(
            path,
            { ...column, field: { ...column.field, kind: "f64" } },
            milliseconds(given, unit),
            rowStart,
          );
        if (given instanceof BigInt64Array) return fromInt64(path, column, given, undefined, rowStart);
        if (isNumbers(given)) return fromNumbers(column.wanted, given, undefined);
        return fromMixed(path, column, given, rowStart);
      });
      const original: ParquetRows = { schema: metadata.schema, columns: values };
      await task.batch({
        rows: rowEnd - rowStart,
        numbers,
        values: (index) => portable(values[index] ?? [], columns[index]?.element),
        original,
      });
      advance((file.byteLength * (rowEnd - rowStart)) / total);
    }
}

function isNumbers(values: ArrayLike<unknown>): values is Exclude<Numbers, BigInt64Array> {
  return (
    values instanceof Float64Array ||
    values instanceof Float32Array ||
    values instanceof Int32Array ||
    values instanceof Uint32Array ||
    values instanceof Uint8Array
  );
}

function fieldOf(element: SchemaElement, isNested: boolean): Field {
  const { name, type = "group", converted_type: converted, logical_type: logical } = element;
  return {
    name,
    kind: isNested ? "other" : kindOf(element),
    type: logical?.type ?? converted ?? type,
    own: isNested ? undefined : new ParquetElement(element),
  };
}

function kindOf({ type, converted_type: converted, logical_type: logical, repetition_type }: SchemaElement): FieldKind {
  if (repetition_type === "REPEATED") return "other";
  const narrow: Partial<Record<string, FieldKind>> = {
    INT_8: "i8",
    UINT_8: "u8",
    INT_16: "i16",
    UINT_16: "u16",
    UINT_32: "u32",
    UINT_64: "u64",
    UTF8: "text",
    DATE: "date",
    TIMESTAMP_MILLIS: "timestamp",
    TIMESTAMP_MICROS: "timestamp",
    DECIMAL: "f64",
    INT_32: "i32",
    INT_64: "i64",
  };
  if (converted !== undefined) return narrow[converted] ?? "other";
  if (logical?.type === "INTEGER") return `${logical.isSigned ? "i" : "u"}${logical.bitWidth}` as FieldKind; // 8 16 32 64
  if (logical?.type === "TIMESTAMP") return "timestamp";
  if (logical?.type === "STRING") return "text";
  if (logical?.type === "DATE") return "date";
  if (logical !== undefined) return "other";
  const plain: Partial<Record<string, FieldKind>> = {
    BOOLEAN: "bool",
    INT32: "i32",
    INT64: "i64",
    FLOAT: "f32",
    DOUBLE: "f64",
  };
  return plain[type ?? ""] ?? "other";
}

/** How many of a time's units are a millisecond; for dates, the day in milliseconds, negative. */
function unitOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): number | undefined {
  if (logical?.type === "TIMESTAMP") return { MILLIS: 1, MICROS: 1e3, NANOS: 1e6 }[logical.unit];
  if (converted === "TIMESTAMP_MILLIS") return 1;
  if (converted === "TIMESTAMP_MICROS") return 1e3;
  if (converted === "DATE") return -86_400_000;
  return type === "INT96" ? 1e6 : undefined;
}

function milliseconds(values: ArrayLike<unknown>, unit: number): unknown[] {
  return Array.from(values, (value) => {
    if (value === null || value === undefined) return null;
    return unit < 0 ? Number(value) * -unit : Number(value) / unit;
  });
}

/** Values as any writer takes them. */
function portable(values: ArrayLike<unknown>, element: SchemaElement | undefined): ArrayLike<unknown> {
  const unit = element === undefined ? undefined : unitOf(element);
  if (unit === undefined) return values;
  return milliseconds(values, unit).map((value) => (typeof value === "number" ? new Date(value) : null));
}

/** Buffers what ParquetWriter appends; each row group goes to the sink. */
class SinkWriter extends ByteWriter {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    super(1 << 20);
    this.#sink = sink;
  }

  async flush(): Promise<void> {
    const bytes = new Uint8Array(this.buffer, 0, this.index);
    await this.#sink.write(bytes);
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}

const parquetTypes: Readonly<Record<NumberType, "DOUBLE" | "FLOAT" | "INT32" | "INT64" | "BOOLEAN">> = {
  f64: "DOUBLE",
  f32: "FLOAT",
  i32: "INT32",
  i64: "INT64",
  bool: "BOOLEAN",
};

/** Writes Snappy-compressed Parquet, a row group for each batch. */
export class ParquetTableWriter implements TableWriter {
  readonly #sink: SinkWriter;
  #fields: readonly Field[] = [];
  #added: readonly { readonly name: string; readonly type: NumberType }[] = [];
  #writer: ParquetWriter | undefined;

  constructor(sink: ByteSink) {
    this.#sink = new SinkWriter(sink);
  }

  begin(fields: readonly Field[], added: readonly { readonly name: string; readonly type: NumberType }[]): void {
    for (const { name, kind, type } of fields)
      if (kind === "u64")
        throw new InputError(`column ${JSON.stringify(name)} holds ${type}, which is not written to Parquet yet`);
    this.#fields = fields;
    this.#added = added;
  }

  async write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void> {
    const original = isParquetRows(batch.original) ? batch.original : undefined;
    this.#writer ??= this.#create(original);
    const kept = keep === undefined ? undefined : keptRows(batch.rows, keep);
    if (kept?.length === 0 || batch.rows === 0) return;
    const columnData = [
      ...this.#fields.map(({ name, kind }, index) => {
        const values = original === undefined ? writable(batch.values(index), kind) : (original.columns[index] ?? []);
        return { name, data: kept === undefined ? asArray(values) : Array.from(kept, (row) => values[row]) };
      }),
      ...added.map((column) => ({ name: column.name, data: plainValues(column, batch.rows, kept) })),
    ];
    await this.#writer.write({ columnData, rowGroupSize: batch.rows });
  }

  async finish(): Promise<void> {
    this.#writer ??= this.#create(undefined);
    await this.#writer.finish();
  }

  #create(original: ParquetRows | undefined): ParquetWriter {
    const own: SchemaElement[] =
      original === undefined
        ? [
            { name: "root" },
            ...this.#fields.map(({ name, kind, type, own: field }) =>
              field instanceof ParquetElement ? field.element : elementOf(name, kind, type),
            ),
          ]
        : [...original.schema];
    const count = (own[0]?.num_children ?? this.#fields.length) + this.#added.length;
    const schema: SchemaElement[] = [
      { ...own[0], name: own[0]?.name ?? "root", num_children: count },
      ...own.slice(1),
      ...this.#added.map(
        ({ name, type }): SchemaElement => ({ name, type: parquetTypes[type], repetition_type: "OPTIONAL" }),
      ),
    ];
    return new ParquetWriter({ writer: this.#sink, schema, createdBy: "jitsmith" });
  }
}

function isParquetRows(value: unknown): value is ParquetRows {
  return typeof value === "object" && value !== null && "schema" in value && "columns" in value;
}

/** The schema of a column that comes from another format. */
function elementOf(name: string, kind: FieldKind, type: string): SchemaElement {
  const optional = { name, repetition_type: "OPTIONAL" as const };
  switch (kind) {
    case "bool":
      return { ...optional, type: "BOOLEAN" };
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
      return { ...optional, type: "INT32" };
    case "u32":
    case "i64":
    case "u64":
      return { ...optional, type: "INT64" };
    case "f32":
      return { ...optional, type: "FLOAT" };
    case "f64":
      return { ...optional, type: "DOUBLE" };
    case "text":
      return { ...optional, type: "BYTE_ARRAY", converted_type: "UTF8" };
    case "timestamp":
      return { ...optional, type: "INT64", converted_type: "TIMESTAMP_MILLIS" };
    case "date":
      return { ...optional, type: "INT32", converted_type: "DATE" };
    case "other":
      throw new InputError(
        `column ${JSON.stringify(name)} holds ${type}, which cannot be written to Parquet from another format`,
      );
  }
}

/** Values for the types of `elementOf`. */
function writable(values: ArrayLike<unknown>, kind: FieldKind): ArrayLike<unknown> {
  if (kind !== "u32") return values;
  return Array.from(values, (value) => (typeof value === "number" ? BigInt(value) : value));
}

/** ParquetWriter takes texts in arrays only. */
function asArray(values: ArrayLike<unknown>): unknown[] {
  return Array.isArray(values) ? values : Array.from(values);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
