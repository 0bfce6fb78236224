/**
 * Parquet files, read column by column: hyparquet reads the footer, parquet-leaf.ts the pages.
 *
 * A batch is a row group, or a part of one where it is large; a column's pages are read when its values are asked for, so what
 * nobody looks at costs nothing. Values stay as they are stored until a formula or a writer of another format wants them.
 */
import { type FileHandle, open } from "node:fs/promises";
import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from "hyparquet";
import { InputError } from "./input-error.ts";
import { findColumns, fromNumbers } from "./numbers.ts";
import { compressors } from "./parquet-codecs.ts";
import { type Leaf, type LeafColumn, LeafReader, leavesOf } from "./parquet-leaf.ts";
import { fieldOf, formulaNumbers, ParquetColumn, portableLeaf, storedNumbers, textsOfLeaf } from "./parquet-values.ts";
import type { NumberColumn, TableBatch, TableTask } from "./table.ts";

/** A row group of up to so many rows is one batch; larger ones are taken in parts. */
const mostRows = 1 << 20;
const partRows = 1 << 17;

/** What `TableBatch.original` is for rows of a Parquet file. */
export class ParquetRows {
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
  /** The row group, if these are all of its rows: then its bytes may be copied. */
  readonly group: RowGroup | undefined;
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
  /** The leaves of a column, in these rows. */
  readonly leaves: (column: number) => Promise<readonly Leaf[]>;

  constructor(
    metadata: FileMetaData,
    columns: readonly ParquetColumn[],
    group: RowGroup | undefined,
    read: (start: number, end: number) => Promise<Uint8Array>,
    leaves: (column: number) => Promise<readonly Leaf[]>,
  ) {
    this.metadata = metadata;
    this.columns = columns;
    this.group = group;
    this.read = read;
    this.leaves = leaves;
  }
}

/** Reads a file; `advance` is told how many of its bytes have been dealt with. Throws `InputError`. */
export async function readParquet(path: string, task: TableTask, advance: (bytes: number) => void): Promise<void> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    await new FileReader(path, handle, size).run(task, advance);
  } finally {
    await handle.close();
  }
}

class FileReader {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #size: number;

  constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  async run(task: TableTask, advance: (bytes: number) => void): Promise<void> {
    const { metadata, root } = await this.#metadata();
    const columns = root.children.map((node) => new ParquetColumn(node, leavesOf(node, root)));
    const fields = columns.map(fieldOf);
    const wanted = task.begin(fields);
    const found = findColumns(this.#path, fields, wanted.numbers);
    const total = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    let groupStart = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const readers = this.#readers(columns, group);
      const step = rows <= mostRows ? rows : partRows;
      for (let start = 0; start < rows; start += step) {
        const count = Math.min(step, rows - start);
        const firstRow = groupStart + start;
        const known = new Map<number, Promise<readonly Leaf[]>>();
        const leaves = (index: number): Promise<readonly Leaf[]> => {
          const before = known.get(index);
          if (before !== undefined) return before;
          const now = this.#leaves(columns, readers, index, start, count);
          known.set(index, now);
          return now;
        };
        const flat = async (index: number): Promise<Leaf | undefined> =>
          columns[index]?.isFlat ? (await leaves(index))[0] : undefined;
        const numbers: NumberColumn[] = [];
        for (const column of found) {
          const leaf = await flat(column.index);
          const own = columns[column.index];
          if (leaf === undefined || own === undefined) throw new Error("a column of numbers is nested");
          const { values, validity } = formulaNumbers(own, leaf);
          numbers.push(fromNumbers(this.#path, column, values, validity, firstRow));
        }
        const portable = new Map<number, ArrayLike<unknown> | ((from: number, to: number) => unknown[])>();
        const batch: TableBatch = {
          rows: count,
          numbers,
          values: async (index, from, to) => {
            let values = portable.get(index);
            if (values === undefined) {
              const leaf = await flat(index);
              const own = columns[index];
              values =
                leaf === undefined || own === undefined
                  ? await this.#nested(metadata, fields[index]?.name ?? "", firstRow, count)
                  : portableLeaf(own, leaf);
              portable.set(index, values);
            }
            return typeof values === "function" ? values(from, to) : Array.prototype.slice.call(values, from, to);
          },
          stored: async (index) => {
            const own = columns[index];
            const leaf = await flat(index);
            return own === undefined || leaf === undefined ? undefined : storedNumbers(own, leaf);
          },
          texts: async (index) => {
            const own = columns[index];
            const leaf = await flat(index);
            return own === undefined || leaf === undefined ? undefined : textsOfLeaf(own, leaf);
          },
          original: new ParquetRows(metadata, columns, count === rows ? group : undefined, this.#read, leaves),
        };
        await task.batch(batch);
        advance((this.#size * count) / total);
      }
      groupStart += rows;
    }
  }

  async #metadata(): Promise<{ readonly metadata: FileMetaData; readonly root: SchemaTree }> {
    try {
      const metadata = await parquetMetadataAsync(this.#asyncBuffer(), { parsers: rawTimes });
      if (metadata.schema.some(({ name }) => typeof name !== "string")) throw new Error("a column has no name");
      return { metadata, root: parquetSchema(metadata) };
    } catch (error) {
      if (isSystemError(error)) throw error;
      throw new InputError(
        `${this.#path}: is no Parquet file, or is damaged: ${messageOf(error, "its footer makes no sense")}`,
      );
    }
  }

  /** A reader for each leaf of each column. */
  #readers(columns: readonly ParquetColumn[], group: RowGroup): LeafReader[][] {
    let chunk = 0;
    return columns.map(({ leaves }) =>
      leaves.map((leaf: LeafColumn) => {
        const { meta_data: own, file_path: elsewhere } = group.columns[chunk++] ?? {};
        if (own === undefined || elsewhere !== undefined)
          throw new InputError(
            `${this.#path}: column ${JSON.stringify(leaf.path.join("."))} is encrypted or stands in another file`,
          );
        if (!describesLeaf(own, leaf))
          throw new InputError(
            `${this.#path}: is damaged: its footer does not say where column ${JSON.stringify(leaf.path.join("."))} stands`,
          );
        return new LeafReader(this.#read, leaf, own);
      }),
    );
  }

  /** The next rows of a column. A reader only goes forward, so it skips what nobody asked for. */
  async #leaves(
    columns: readonly ParquetColumn[],
    readers: readonly LeafReader[][],
    index: number,
    start: number,
    count: number,
  ): Promise<readonly Leaf[]> {
    const leaves: Leaf[] = [];
    try {
      for (const reader of readers[index] ?? []) {
        await reader.skipTo(start);
        leaves.push(await reader.next(count));
      }
    } catch (error) {
      if (isSystemError(error)) throw error;
      const name = JSON.stringify(columns[index]?.field.name);
      throw new InputError(
        `${this.#path}: column ${name} cannot be read: ${messageOf(error, "its pages make no sense")}`,
      );
    }
    return leaves;
  }

  /** A nested column as JavaScript values, for writers of other formats. */
  async #nested(metadata: FileMetaData, column: string, rowStart: number, count: number): Promise<ArrayLike<unknown>> {
    try {
      const scan = await parquetScan({ file: this.#asyncBuffer(), metadata, compressors });
      return await scan.readColumn({ column, rowStart, rowEnd: rowStart + count });
    } catch (error) {
      if (isSystemError(error)) throw error;
      throw new InputError(
        `${this.#path}: column ${JSON.stringify(column)} cannot be read: ${messageOf(error, "its pages make no sense")}`,
      );
    }
  }

  #asyncBuffer() {
    return {
      byteLength: this.#size,
      slice: (start: number, end: number = this.#size) => {
        const part = this.#read(start, end).then(
          (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer, // never shared
        );
        part.catch(() => {}); // hyparquet begins several reads and waits for one of them first
        return part;
      },
    };
  }

  readonly #read = async (start: number, end: number): Promise<Uint8Array> => {
    if (!(start >= 0 && end >= start && end <= this.#size))
      throw new InputError(`${this.#path}: ends at byte ${this.#size}, but bytes ${start} to ${end} should be there`);
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await this.#handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new InputError(`${this.#path}: ends at byte ${start + done}; is it cut off?`);
      done += bytesRead;
    }
    return bytes;
  };
}

/** Times and dates in statistics as the file has them. */
const rawTimes = {
  timestampFromMilliseconds: (value: unknown) => value,
  timestampFromMicroseconds: (value: unknown) => value,
  timestampFromNanoseconds: (value: unknown) => value,
  dateFromDays: (value: unknown) => value,
};

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** What is wrong; errors of the engine itself, as from a place that is not there, say nothing to a reader. */
function messageOf(error: unknown, unclear: string): string {
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) return unclear;
  return error.message;
}

/** Whether a chunk's description is complete and is this leaf's. */
function describesLeaf(chunk: ColumnMetaData, { path, element }: LeafColumn): boolean {
  const { path_in_schema: own, type, codec, encodings } = chunk;
  const numbers = [
    chunk.data_page_offset,
    chunk.total_compressed_size,
    chunk.total_uncompressed_size,
    chunk.num_values,
  ];
  const dictionary: unknown = chunk.dictionary_page_offset ?? 0n;
  return (
    own?.length === path.length &&
    own.every((name, k) => name === path[k]) &&
    type === element.type &&
    typeof codec === "string" &&
    Array.isArray(encodings) &&
    [...numbers, dictionary].every((number) => typeof number === "bigint" && number >= 0n)
  );
}
