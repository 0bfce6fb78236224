/**
 * Writes tables as Parquet: a row group for each batch. From Parquet to Parquet a row group that stays whole has its column
 * chunks copied, byte for byte, and the new columns behind them; one that loses rows is decoded no further than to its stored
 * values, so nothing changes on the way. Other formats' numbers are stored from their typed arrays.
 *
 * The footer is hyparquet-writer's.
 */
import type {
  ColumnChunk,
  ConvertedType,
  FileMetaData,
  KeyValue,
  RowGroup,
  SchemaElement,
  Statistics,
} from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { gatherStrings, withoutRepetitions } from "./byte-strings.ts";
import { InputError } from "./input-error.ts";
import { ParquetRows } from "./parquet-file.ts";
import { keepLeafRows, type Leaf, type LeafColumn, type LeafValues } from "./parquet-leaf.ts";
import { writeLeaf } from "./parquet-pages.ts";
import { ParquetColumn } from "./parquet-values.ts";
import {
  type AddedColumn,
  type ByteSink,
  type Field,
  gatherColumn,
  isValid,
  keptRows,
  type NumberColumn,
  type Numbers,
  type NumberType,
  type TableBatch,
  type TableWriter,
  textsOfBatch,
} from "./table.ts";

/** PAR1. */
const magic = 0x31524150;

/** How many bytes of a column chunk are copied at once. */
const copyBytes = 4 << 20;

/** Buffers what is written; each column goes to the sink. */
class SinkWriter extends ByteWriter {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    super(1 << 20);
    this.#sink = sink;
  }

  async flush(): Promise<void> {
    if (this.index > 0) await this.#sink.write(new Uint8Array(this.buffer, 0, this.index));
    this.index = 0;
  }
}

const parquetTypes: Readonly<Record<NumberType, "DOUBLE" | "FLOAT" | "INT32" | "INT64" | "BOOLEAN">> = {
  f64: "DOUBLE",
  f32: "FLOAT",
  i32: "INT32",
  i64: "INT64",
  bool: "BOOLEAN",
};

interface NewColumn {
  readonly name: string;
  readonly type: NumberType;
}

export class ParquetTableWriter implements TableWriter {
  readonly #writer: SinkWriter;
  readonly #groups: RowGroup[] = [];
  #fields: readonly Field[] = [];
  #added: readonly NewColumn[] = [];
  #columns: readonly LeafColumn[] = [];
  #source: FileMetaData | undefined;
  #rows = 0n;

  constructor(sink: ByteSink) {
    this.#writer = new SinkWriter(sink);
    this.#writer.appendUint32(magic);
  }

  begin(fields: readonly Field[], added: readonly NewColumn[]): void {
    this.#fields = fields;
    this.#added = added;
    this.#columns = fields.map((field) =>
      field.own instanceof ParquetColumn ? leafOf(field.own.node.element) : leafOf(elementOf(field)),
    );
  }

  async write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void> {
    const original = batch.original instanceof ParquetRows ? batch.original : undefined;
    this.#source ??= original?.metadata;
    const kept = keep === undefined || keep.every((one) => one === 1) ? undefined : keptRows(batch.rows, keep);
    const rows = kept?.length ?? batch.rows;
    if (rows === 0) return;
    const writer = this.#writer;
    const start = writer.offset;
    const columns: ColumnChunk[] = [];
    if (original === undefined)
      for (const [index, field] of this.#fields.entries()) {
        const column = this.#columns[index];
        if (column === undefined) continue;
        columns.push(writeLeaf(writer, column, await leafOfBatch(batch, index, field, kept)));
        await writer.flush();
      }
    else if (kept === undefined && original.group !== undefined)
      for (const chunk of original.group.columns) columns.push(await this.#copy(original, chunk));
    else
      for (const [index, { leaves }] of original.columns.entries()) {
        const stored = await original.leaves(index);
        for (const [at, column] of leaves.entries()) {
          const leaf = stored[at];
          if (leaf === undefined) continue;
          const own = keep === undefined ? leaf : keepLeafRows(leaf, keep, column.maxDefinition);
          columns.push(writeLeaf(writer, column, own));
        }
        await writer.flush();
      }
    for (const column of added) {
      columns.push(writeLeaf(writer, addedColumn(column), numbersLeaf(column, gatherColumn(column, kept), rows)));
      await writer.flush();
    }
    this.#rows += BigInt(rows);
    this.#groups.push({
      columns,
      total_byte_size: columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(writer.offset - start),
    });
  }

  async finish(): Promise<void> {
    writeMetadata(this.#writer, {
      version: 2,
      created_by: "jitsmith",
      schema: this.#schema(),
      num_rows: this.#rows,
      row_groups: this.#groups,
      metadata_length: 0,
      ...this.#keyValues(),
    });
    this.#writer.appendUint32(magic);
    await this.#writer.flush();
  }

  /** The bytes of a column chunk go over as they are; only where they stand is another place. */
  async #copy({ read }: ParquetRows, { meta_data: own }: ColumnChunk): Promise<ColumnChunk> {
    if (own === undefined) throw new InputError("a column chunk is encrypted");
    const writer = this.#writer;
    const { dictionary_page_offset: dictionary, data_page_offset: data } = own;
    const hasDictionary = dictionary !== undefined && dictionary > 0n && dictionary < data;
    const from = Number(hasDictionary ? dictionary : data);
    const end = from + Number(own.total_compressed_size);
    const start = writer.offset;
    for (let at = from; at < end; at += copyBytes) {
      writer.appendBytes(await read(at, Math.min(at + copyBytes, end)));
      await writer.flush();
    }
    const statistics = this.#statistics(own.path_in_schema, own.statistics);
    return {
      file_offset: BigInt(start),
      meta_data: {
        type: own.type,
        encodings: own.encodings,
        path_in_schema: own.path_in_schema,
        codec: own.codec,
        num_values: own.num_values,
        total_uncompressed_size: own.total_uncompressed_size,
        total_compressed_size: own.total_compressed_size,
        data_page_offset: hasDictionary ? BigInt(start) + data - dictionary : BigInt(start),
        ...(hasDictionary ? { dictionary_page_offset: BigInt(start) } : {}),
        ...(statistics === undefined ? {} : { statistics }),
      },
    };
  }

  /** Least and greatest only of plain numbers: those of other types were changed by being read. */
  #statistics(path: readonly string[], statistics: Statistics | undefined): Statistics | undefined {
    if (statistics === undefined) return undefined;
    const { null_count, min_value, max_value } = statistics;
    const element = this.#source?.schema.find(({ name }) => path.length === 1 && name === path[0]);
    const isPlain =
      element !== undefined &&
      element.converted_type === undefined &&
      element.logical_type === undefined &&
      ["INT32", "INT64", "FLOAT", "DOUBLE"].includes(element.type ?? "");
    return {
      ...(null_count === undefined ? {} : { null_count }),
      ...(isPlain && min_value !== undefined && max_value !== undefined ? { min_value, max_value } : {}),
    };
  }

  #schema(): SchemaElement[] {
    const added = this.#added.map((column) => addedColumn(column).element);
    const source = this.#source?.schema ?? this.#emptySource();
    const [root, ...rest] = source;
    return [
      { ...root, name: root?.name ?? "root", num_children: (root?.num_children ?? 0) + added.length },
      ...rest.map(withoutIntegerType),
      ...added,
    ];
  }

  /** The schema where there was no batch, or none of a Parquet file. */
  #emptySource(): SchemaElement[] {
    const own = this.#fields.flatMap((field) =>
      field.own instanceof ParquetColumn ? elementsBelow(field.own) : [elementOf(field)],
    );
    return [{ name: "root", num_children: this.#fields.length }, ...own];
  }

  /** What writers of the input said beside it, apart from Arrow's description of the columns, which are others now. */
  #keyValues(): { readonly key_value_metadata?: KeyValue[] } {
    const kept = this.#source?.key_value_metadata?.filter(({ key }) => key !== "ARROW:schema") ?? [];
    return kept.length === 0 ? {} : { key_value_metadata: kept };
  }
}

function elementsBelow({ node }: ParquetColumn): SchemaElement[] {
  const elements: SchemaElement[] = [];
  const visit = (each: typeof node): void => {
    elements.push(each.element);
    for (const child of each.children) visit(child);
  };
  visit(node);
  return elements;
}

/** hyparquet-writer stores an integer's width as a number of four bytes, which other readers refuse; the older note says the same. */
function withoutIntegerType(element: SchemaElement): SchemaElement {
  const { logical_type: logical, ...rest } = element;
  if (logical?.type !== "INTEGER") return element;
  const converted = `${logical.isSigned ? "" : "U"}INT_${logical.bitWidth}` as ConvertedType; // 8 16 32 64
  return { ...rest, converted_type: rest.converted_type ?? converted };
}

function leafOf(element: SchemaElement): LeafColumn {
  return {
    path: [element.name],
    element,
    maxDefinition: element.repetition_type === "OPTIONAL" ? 1 : 0,
    maxRepetition: 0,
  };
}

function addedColumn({ name, type }: NewColumn): LeafColumn {
  return leafOf({ name, type: parquetTypes[type], repetition_type: "OPTIONAL" });
}

/** The schema of a column that comes from another format. */
function elementOf({ name, kind, type, time }: Field): SchemaElement {
  const optional = { name, repetition_type: "OPTIONAL" as const };
  switch (kind) {
    case "bool":
      return { ...optional, type: "BOOLEAN" };
    case "i32":
      return { ...optional, type: "INT32" };
    case "i64":
      return { ...optional, type: "INT64" };
    case "i8":
    case "i16":
      return { ...optional, type: "INT32", converted_type: kind === "i8" ? "INT_8" : "INT_16" };
    case "u8":
    case "u16":
    case "u32":
      return { ...optional, type: "INT32", converted_type: `UINT_${kind === "u8" ? 8 : kind === "u16" ? 16 : 32}` };
    case "u64":
      return { ...optional, type: "INT64", converted_type: "UINT_64" };
    case "f32":
      return { ...optional, type: "FLOAT" };
    case "f64":
      return { ...optional, type: "DOUBLE" };
    case "text":
      return { ...optional, type: "BYTE_ARRAY", converted_type: "UTF8" };
    case "bytes":
      return { ...optional, type: "BYTE_ARRAY" };
    case "timestamp": {
      const unit = time?.unit === "ns" ? "NANOS" : time?.unit === "us" ? "MICROS" : "MILLIS";
      return {
        ...optional,
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: time?.isUtc ?? true, unit },
      };
    }
    case "date":
      return { ...optional, type: "INT32", converted_type: "DATE" };
    case "other":
      throw new InputError(
        `column ${JSON.stringify(name)} holds ${type}, which cannot be written to Parquet from another format`,
      );
  }
}

/** A column of another format. */
async function leafOfBatch(
  batch: TableBatch,
  index: number,
  field: Field,
  kept: Uint32Array | undefined,
): Promise<Leaf> {
  const rows = kept?.length ?? batch.rows;
  const numbers = await batch.stored(index);
  if (numbers !== undefined) {
    const column = gatherColumn(numbers, kept);
    return denseLeaf(physical(column.values, field), column, rows);
  }
  const { strings, validity } = await textsOfBatch(batch, index);
  const definition = new Uint8Array(rows);
  const present = new Uint32Array(rows);
  let count = 0;
  for (let at = 0; at < rows; at++) {
    const row = kept?.[at] ?? at;
    if (!isValid(validity, row)) continue;
    definition[at] = 1;
    present[count++] = row;
  }
  const isWhole = count === batch.rows;
  const values = withoutRepetitions(isWhole ? strings : gatherStrings(strings, present.subarray(0, count)));
  return { values, definition: count === rows ? undefined : definition, repetition: undefined, entries: rows };
}

function numbersLeaf({ type }: NewColumn, column: NumberColumn, rows: number): Leaf {
  const { values } = column;
  const stored: LeafValues =
    type === "f64" && !(values instanceof Float64Array) ? Float64Array.from(values, Number) : physicalOf(values);
  return denseLeaf(stored, column, rows);
}

function physical(values: Numbers, { time, kind }: Field): LeafValues {
  if (time?.unit === "s" && values instanceof BigInt64Array) return values.map((seconds) => seconds * 1000n);
  return kind === "u8" ? Int32Array.from(values as Uint8Array) : physicalOf(values); // bytes are its numbers
}

/** Narrow integers are stored as INT32; bytes are booleans. */
function physicalOf(values: Numbers): LeafValues {
  if (values instanceof Uint32Array) return new Int32Array(values.buffer, values.byteOffset, values.length);
  if (values instanceof Int8Array || values instanceof Int16Array || values instanceof Uint16Array)
    return Int32Array.from(values);
  return values;
}

/** Without what stands under nulls. */
function denseLeaf(values: LeafValues, { validity }: NumberColumn, rows: number): Leaf {
  if (validity === undefined || "offsets" in values)
    return { values, definition: undefined, repetition: undefined, entries: rows };
  const definition = new Uint8Array(rows);
  const dense = values.slice(0, rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (!isValid(validity, row)) continue;
    definition[row] = 1;
    if (dense instanceof BigInt64Array)
      dense[count++] = (values as BigInt64Array)[row] ?? 0n; // of the same kind
    else dense[count++] = Number(values[row]);
  }
  const isFull = count === rows;
  return {
    values: dense.subarray(0, count),
    definition: isFull ? undefined : definition,
    repetition: undefined,
    entries: rows,
  };
}
