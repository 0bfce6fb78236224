/**
 * Whether a record batch holds what it says it holds. apache-arrow takes lengths and offsets as they stand in the file; in a
 * damaged one they point outside of the buffers, or claim more rows than there are bytes.
 *
 * Layouts: Arrow columnar format 1.5, "Physical memory layout".
 */
import { type Data, DataType, type RecordBatch, type Union } from "apache-arrow";
import { elementsPerRow } from "./arrow-columns.ts";

/** What is wrong with a batch, as the end of a sentence; undefined where nothing is. `runEnds` are its columns of runs. */
export function faultOfBatch({ data, numRows, schema }: RecordBatch, runEnds: ReadonlySet<number>): string | undefined {
  for (const [index, field] of schema.fields.entries()) {
    const column = data.children[index];
    if (column === undefined) return `it has no column ${JSON.stringify(field.name)}`;
    const faultOfColumn = runEnds.has(index) ? faultOfRuns : faultOf;
    const fault =
      column.length === numRows ? faultOfColumn(column) : `it has ${column.length} rows where others have ${numRows}`;
    if (fault !== undefined) return `column ${JSON.stringify(field.name)} is damaged: ${fault}`;
  }
  return undefined;
}

function faultOf(data: Data): string | undefined {
  const { type, length, offset, nullBitmap, children } = data;
  if (!(Number.isSafeInteger(length) && length >= 0)) return `${length} rows`;
  if (nullBitmap !== undefined && nullBitmap.length > 0 && nullBitmap.length * 8 < offset + length)
    return `${length} rows, and a bitmap of ${nullBitmap.length} bytes`;
  if (DataType.isNull(type) || length === 0) return undefined;
  if (DataType.isStruct(type)) {
    for (const child of children) {
      if (child.length < length) return `${length} rows, and ${child.length} of a child`;
      const fault = faultOf(child);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  const [child] = children;
  if (DataType.isFixedSizeList(type)) {
    if (child === undefined || child.length < length * type.listSize) return "its lists are cut off";
    return faultOf(child);
  }
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type)) {
    if (child === undefined) return "its lists have no values";
    return faultOfOffsets(data, child.length) ?? faultOf(child);
  }
  if (DataType.isBool(type)) return data.values.length * 8 < offset + length ? "its bits are cut off" : undefined;
  if (DataType.isUtf8(type) || DataType.isBinary(type) || DataType.isLargeUtf8(type) || DataType.isLargeBinary(type))
    return faultOfOffsets(data, data.values?.length ?? 0);
  if (DataType.isUnion(type)) return faultOfUnion(data);
  const perRow = elementsPerRow(type);
  const stored: number | undefined = data.values?.length;
  if (perRow !== undefined && (stored ?? 0) < length * perRow)
    return `${length} rows, and ${stored ?? 0} stored values`;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) return faultOfViews(data);
  return DataType.isDictionary(type) ? faultOfIndices(data) : undefined;
}

/** Runs end one behind the other, the last behind all rows; each has a value. */
function faultOfRuns({ length, children }: Data): string | undefined {
  const [ends, values] = children;
  if (ends === undefined || values === undefined) return "it has no runs";
  const fault = faultOf(ends) ?? faultOf(values);
  if (fault !== undefined) return fault;
  if (!DataType.isInt(ends.type)) return `its runs end at ${ends.type}`;
  if (values.length < ends.length) return `${ends.length} runs, and ${values.length} values`;
  const places: ArrayLike<number | bigint> = ends.values;
  let before = 0;
  for (let run = 0; run < ends.length; run++) {
    const end = Number(places[run] ?? 0);
    if (end <= before) return `a run that ends at ${end} behind one that ends at ${before}`;
    before = end;
  }
  return before < length ? `${length} rows, and runs of ${before}` : undefined;
}

/** A view is short, or names a place in a buffer. */
function faultOfViews(data: Data): string | undefined {
  const views: Uint8Array = data.values;
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) continue;
    const size = view.getInt32(16 * row, true);
    const start = view.getInt32(16 * row + 12, true);
    const buffer = data.variadicBuffers[view.getInt32(16 * row + 8, true)];
    if (size < 0 || (size > 12 && !(start >= 0 && start + size <= (buffer?.length ?? -1))))
      return `row ${row + 1} has ${size} bytes that are not there`;
  }
  return undefined;
}

/** Each row names a child, and a place in it. */
function faultOfUnion(data: Data): string | undefined {
  const { length, children } = data;
  const type = data.type as Union; // as faultOf has found
  const typeIds: Int8Array = data.typeIds;
  const offsets: Int32Array | undefined = data.valueOffsets;
  if (typeIds.length < length) return `${length} rows, and ${typeIds.length} type numbers`;
  for (let row = 0; row < length; row++) {
    const child = children[type.typeIdToChildIndex[typeIds[row] ?? 0] ?? -1];
    const place = DataType.isSparseUnion(type) ? row : (offsets?.[row] ?? -1);
    if (child === undefined || place < 0 || place >= child.length)
      return `row ${row + 1} names a value that is not there`;
  }
  for (const child of children) {
    const fault = faultOf(child);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Offsets go up, and end within what they are offsets into. */
function faultOfOffsets({ valueOffsets, length }: Data, end: number): string | undefined {
  const offsets: ArrayLike<number | bigint> | undefined = valueOffsets;
  if (offsets === undefined || offsets.length < length + 1)
    return `${length} rows, and ${offsets?.length ?? 0} offsets`;
  let before = offsets[0] ?? 0;
  if (before < 0) return `an offset of ${before}`;
  for (let row = 1; row <= length; row++) {
    const next = offsets[row] ?? 0;
    if (next < before) return `an offset of ${next} behind one of ${before}`;
    before = next;
  }
  return Number(before) > end ? `an offset of ${before} into ${end}` : undefined;
}

function faultOfIndices(data: Data): string | undefined {
  const size = data.dictionary?.length ?? 0;
  const indices: ArrayLike<number | bigint> = data.values;
  for (let row = 0; row < data.length; row++) {
    const index = Number(indices[row] ?? 0);
    if ((index < 0 || index >= size) && data.getValid(row)) return `entry ${index} of a dictionary of ${size}`;
  }
  return undefined;
}

/**
 * What is wrong with the footer of a file, a flatbuffer: vectors that say they are longer than it, which apache-arrow would walk
 * to their end. Arrow's File.fbs and Schema.fbs name the tables' fields.
 *
 *     Footer: version, schema, dictionaries (blocks of 24 bytes), recordBatches (the same), custom_metadata
 *     Schema: endianness, fields, custom_metadata
 */
export function faultOfFooter(footer: Uint8Array): string | undefined {
  const view = viewOf(footer);
  try {
    const root = view.getUint32(0, true);
    for (const [field, width] of [
      [2, 24],
      [3, 24],
      [4, 4],
    ] as const)
      if (!vectorFits(view, root, field, width)) return "its footer names more blocks than it has room for";
    const place = fieldPlace(view, root, 1);
    if (place === undefined) return "its footer has no schema";
    return faultOfSchema(view, place + view.getUint32(place, true));
  } catch {
    return "its footer points outside of itself"; // a DataView throws for places where there is nothing
  }
}

/** Where the footer says that messages stand, dictionaries first. A block is a place, a length, four bytes of nothing, and a length. */
export function blocksOfFooter(
  footer: Uint8Array,
): { readonly kind: "dictionary" | "batch"; readonly offset: number }[] {
  const view = viewOf(footer);
  const root = view.getUint32(0, true);
  return (["dictionary", "batch"] as const).flatMap((kind, index) =>
    vectorPlaces(view, root, 2 + index, 24).map((at) => ({ kind, offset: Number(view.getBigInt64(at, true)) })),
  );
}

/** Where the schema stands in a footer, and the version of the format. */
export function schemaPlace(footer: Uint8Array): { readonly version: number; readonly schema: number } {
  const view = viewOf(footer);
  const root = view.getUint32(0, true);
  const versionPlace = fieldPlace(view, root, 0);
  const place = fieldPlace(view, root, 1) ?? 0; // faultOfFooter has seen to it that there is one
  return {
    version: versionPlace === undefined ? 0 : view.getInt16(versionPlace, true),
    schema: place + view.getUint32(place, true),
  };
}

/**
 * What a message is and how long its body is. Throws an `Error` for one whose parts do not fit into it or into its body.
 *
 *     Message: version, header_type, header, bodyLength, custom_metadata
 *     RecordBatch: length, nodes (length, null_count), buffers (offset, length), compression, variadicBufferCounts
 *     DictionaryBatch: id, data, isDelta
 */
export function readMessage(metadata: Uint8Array): {
  readonly kind: "schema" | "dictionary" | "batch";
  /** Where the table of the schema, of the dictionary or of the record batch stands. */
  readonly header: number;
  readonly bodyLength: number;
} {
  const view = viewOf(metadata);
  try {
    const root = view.getUint32(0, true);
    const typePlace = fieldPlace(view, root, 1);
    const kind = ([undefined, "schema", "dictionary", "batch"] as const)[
      typePlace === undefined ? 0 : view.getUint8(typePlace)
    ];
    const headerPlace = fieldPlace(view, root, 2);
    if (kind === undefined || headerPlace === undefined) throw new DamageError("a message is of no known kind");
    if (!vectorFits(view, root, 4, 4)) throw new DamageError("a message says more than it has room for");
    const header = headerPlace + view.getUint32(headerPlace, true);
    const bodyLength = longAt(view, fieldPlace(view, root, 3));
    if (!(bodyLength >= 0)) throw new DamageError(`a message has a body of ${bodyLength} bytes`);
    if (kind === "schema") {
      const fault = faultOfSchema(view, header);
      if (fault !== undefined) throw new DamageError(fault);
    } else if (kind === "batch") checkBatch(view, header, bodyLength);
    else {
      const place = fieldPlace(view, header, 1);
      if (place === undefined) throw new DamageError("a dictionary has no values");
      checkBatch(view, place + view.getUint32(place, true), bodyLength);
    }
    return { kind, header, bodyLength };
  } catch (error) {
    if (error instanceof DamageError) throw error;
    throw new Error("a message points outside of itself"); // a DataView throws for places where there is nothing
  }
}

class DamageError extends Error {}

function checkBatch(view: DataView, batch: number, bodyLength: number): void {
  for (const [field, width] of [
    [1, 16],
    [2, 16],
    [4, 8],
  ] as const)
    if (!vectorFits(view, batch, field, width))
      throw new DamageError("a message names more parts than it has room for");
  const rows = longAt(view, fieldPlace(view, batch, 0));
  if (!(rows >= 0 && rows < 2 ** 31)) throw new DamageError(`a record batch has ${rows} rows`);
  for (const at of vectorPlaces(view, batch, 1, 16)) {
    const length = longAt(view, at);
    const nulls = longAt(view, at + 8);
    if (!(length >= 0 && length < 2 ** 31 && nulls >= -1 && nulls <= length))
      throw new DamageError(`a column has ${length} rows, of which ${nulls} are null`);
  }
  for (const at of vectorPlaces(view, batch, 2, 16)) {
    const offset = longAt(view, at);
    const length = longAt(view, at + 8);
    if (!(offset >= 0 && length >= 0 && offset + length <= bodyLength))
      throw new DamageError(`a column's bytes ${offset} to ${offset + length} do not stand in a body of ${bodyLength}`);
  }
  for (const at of vectorPlaces(view, batch, 4, 8)) {
    const count = longAt(view, at);
    if (!(count >= 0 && count <= view.byteLength)) throw new DamageError(`a column has ${count} buffers`);
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function longAt(view: DataView, place: number | undefined): number {
  return place === undefined ? 0 : Number(view.getBigInt64(place, true));
}

const runEndEncoded = "runs inside of another column";

/** Types that apache-arrow does not know, by their number; runs are read where they are a column of their own (arrow-run-ends.ts). */
const unreadTypes: Readonly<Record<number, string>> = { 22: runEndEncoded, 25: "list views", 26: "large list views" };

/** The number of a field's type. */
export function typeOfField(view: DataView, field: number): number {
  const place = fieldPlace(view, field, 2);
  return place === undefined ? 0 : view.getUint8(place);
}

function nameOfField(view: DataView, field: number): string {
  const place = fieldPlace(view, field, 0);
  if (place === undefined) return "";
  const start = place + view.getUint32(place, true);
  const length = view.getUint32(start, true);
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + start + 4, Math.min(length, 100)));
}

/**
 * Field: name, nullable, type_type, type, dictionary, children, custom_metadata. Where children point back to their parents there
 * is no end; honest fields have bytes of their own.
 */
function faultOfSchema(view: DataView, schema: number): string | undefined {
  const fault = "its schema names more columns than it has room for";
  if (!vectorFits(view, schema, 2, 4)) return fault;
  const waiting: (readonly [table: number, field: number])[] = [[schema, 1]];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [table, vectorField] = next;
    if (!vectorFits(view, table, vectorField, 4)) return fault;
    const place = fieldPlace(view, table, vectorField);
    if (place === undefined) continue;
    const vector = place + view.getUint32(place, true);
    const length = view.getUint32(vector, true);
    count += length;
    if (count > view.byteLength / 8) return fault;
    for (let at = vector + 4; at < vector + 4 + 4 * length; at += 4) {
      const child = at + view.getUint32(at, true);
      if (!vectorFits(view, child, 6, 4)) return fault;
      const kind = unreadTypes[typeOfField(view, child)];
      if (kind !== undefined && (kind !== runEndEncoded || table !== schema))
        return `column ${JSON.stringify(nameOfField(view, child))} holds ${kind} that cannot be read; cast it to plain values`;
      waiting.push([child, 5]);
    }
  }
  return undefined;
}

/** Where a field of a table stands; undefined where it has none. */
export function fieldPlace(view: DataView, table: number, field: number): number | undefined {
  const slots = table - view.getInt32(table, true);
  const slot = 4 + 2 * field;
  const offset = slot < view.getUint16(slots, true) ? view.getUint16(slots + slot, true) : 0;
  return offset === 0 ? undefined : table + offset;
}

function vectorFits(view: DataView, table: number, field: number, width: number): boolean {
  const place = fieldPlace(view, table, field);
  if (place === undefined) return true;
  const vector = place + view.getUint32(place, true);
  return vector + 4 + view.getUint32(vector, true) * width <= view.byteLength;
}

/** Where the elements of a vector stand, which fits. */
export function vectorPlaces(view: DataView, table: number, field: number, width: number): number[] {
  const place = fieldPlace(view, table, field);
  if (place === undefined) return [];
  const vector = place + view.getUint32(place, true);
  return Array.from({ length: view.getUint32(vector, true) }, (_, k) => vector + 4 + k * width);
}
