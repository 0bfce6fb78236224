/**
 * The values of one leaf of a Parquet file's schema, as they are stored: dense, without nulls, beside the levels that say where
 * they belong (Dremel; "Nested Encoding" in the Parquet format's documentation). A leaf reader goes through the pages of
 * a column chunk in order and holds no more than the pages that the rows asked for stand in.
 *
 * Page headers, decompression and the delta encodings are hyparquet's; the frequent encodings are read here, into typed arrays.
 */
import type { ColumnMetaData, PageHeader, SchemaElement, SchemaTree } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit, readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import { type ByteStrings, copyBytes, gatherStrings, joinStrings, lengthOfStrings } from "./byte-strings.ts";
import { compressors } from "./parquet-codecs.ts";

/** Stored values: INT32, INT64, FLOAT, DOUBLE, BOOLEAN as bytes 0 and 1, and all that is bytes. */
export type LeafValues = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint8Array | ByteStrings;

/** What stands in some rows of a leaf. */
export interface Leaf {
  /** Those that are there, in order. */
  readonly values: LeafValues;
  /** One for each entry; undefined where all have the highest, which is that of a value. */
  readonly definition: Uint8Array | undefined;
  /** One for each entry, 0 where a row begins; undefined where each entry is a row. */
  readonly repetition: Uint8Array | undefined;
  readonly entries: number;
}

/** A leaf of the schema. */
export interface LeafColumn {
  readonly path: readonly string[];
  readonly element: SchemaElement;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** The leaves below a column, in the order of their chunks. */
export function leavesOf(column: SchemaTree, root: SchemaTree): LeafColumn[] {
  const leaves: LeafColumn[] = [];
  const visit = (node: SchemaTree, path: readonly SchemaTree[]): void => {
    const own = [...path, node];
    if (node.children.length === 0)
      leaves.push({
        path: node.path,
        element: node.element,
        maxDefinition: getMaxDefinitionLevel(own),
        maxRepetition: getMaxRepetitionLevel(own),
      });
    for (const child of node.children) visit(child, own);
  };
  visit(column, [root]);
  return leaves;
}

export function isStrings(values: LeafValues): values is ByteStrings {
  return "offsets" in values;
}

export function lengthOfValues(values: LeafValues): number {
  return isStrings(values) ? lengthOfStrings(values) : values.length;
}

/** Reads bytes of the file. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

/** How much of a chunk is read at once, at least. */
const windowBytes = 1 << 20;

/** The rows of one column chunk, part by part. */
export class LeafReader {
  readonly #read: ReadBytes;
  readonly #leaf: LeafColumn;
  readonly #chunk: ColumnMetaData;
  readonly #end: number;
  #at: number;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #entriesLeft: number;
  /** The chunk's row that `next` begins with. */
  #row = 0;
  #dictionary: LeafValues | undefined;
  /** Decoded, and not yet given away. */
  #pending: Leaf[] = [];

  constructor(read: ReadBytes, leaf: LeafColumn, chunk: ColumnMetaData) {
    const { dictionary_page_offset: dictionary, data_page_offset: data } = chunk;
    this.#read = read;
    this.#leaf = leaf;
    this.#chunk = chunk;
    this.#at = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
    this.#end = this.#at + Number(chunk.total_compressed_size);
    this.#entriesLeft = Number(chunk.num_values);
  }

  /** Goes to a row of the chunk, which must not be behind it. */
  async skipTo(row: number): Promise<void> {
    if (row > this.#row) await this.next(row - this.#row);
  }

  /** The next rows. Throws an `Error` that says what is wrong with the file. */
  async next(rows: number): Promise<Leaf> {
    this.#row += rows;
    const taken: Leaf[] = [];
    let wanted = rows;
    for (;;) {
      const page = this.#pending.shift();
      if (page !== undefined) {
        const cut = endOfRows(page, wanted, taken.length === 0);
        if (cut.entries < page.entries) {
          if (cut.entries > 0) taken.push(leafPart(page, 0, cut.entries, this.#leaf.maxDefinition));
          this.#pending.unshift(leafPart(page, cut.entries, page.entries, this.#leaf.maxDefinition));
          wanted = 0;
          break;
        }
        taken.push(page);
        wanted -= cut.rows;
        if (wanted === 0 && page.repetition === undefined) break; // else the last row may go on in the next page
        continue;
      }
      if (this.#entriesLeft <= 0) break;
      await this.#decodePage();
    }
    if (wanted > 0) throw new Error(`its pages hold ${rows - wanted} rows where the row group has ${rows} more`);
    return joinLeaves(taken, this.#leaf);
  }

  async #decodePage(): Promise<void> {
    const header = await this.#header();
    const { compressed_page_size: size } = header;
    if (!(size >= 0) || this.#at + size > this.#end) throw new Error("a page is longer than its column chunk");
    const bytes = await this.#bytes(this.#at, this.#at + size);
    this.#at += size;
    if (header.type === "INDEX_PAGE") return;
    if (header.type === "DICTIONARY_PAGE") {
      const page = decompressPage(bytes, header.uncompressed_page_size, this.#chunk.codec, compressors);
      const count = header.dictionary_page_header?.num_values ?? 0;
      this.#dictionary = plainValues(this.#leaf.element, page, count);
      return;
    }
    const entries = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    if (!(entries >= 0 && entries <= this.#entriesLeft))
      throw new Error(`a page says it has ${entries} values where its column chunk has ${this.#entriesLeft} left`);
    const page = decodeDataPage(header, bytes, this.#leaf, this.#chunk, this.#dictionary);
    this.#entriesLeft -= page.entries;
    if (page.entries > 0) this.#pending.push(page);
  }

  async #header(): Promise<PageHeader> {
    for (let size = 1 << 10; ; size *= 8) {
      const end = Math.min(this.#at + size, this.#end);
      if (end <= this.#at) throw new Error("its column chunk ends too early");
      const bytes = await this.#bytes(this.#at, end);
      try {
        const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
        const header = parquetHeader(reader);
        this.#at += reader.offset;
        return header;
      } catch (error) {
        if (end === this.#end || size > 1 << 24) throw error; // else the header may be longer than what was read
      }
    }
  }

  async #bytes(start: number, end: number): Promise<Uint8Array> {
    const { length } = this.#window;
    if (start < this.#windowStart || end > this.#windowStart + length) {
      this.#window = await this.#read(start, Math.max(end, Math.min(start + windowBytes, this.#end)));
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }
}

/** How many entries the next `rows` rows of a page are, and how many rows begin among them. */
function endOfRows(page: Leaf, rows: number, isFirst: boolean): { readonly entries: number; readonly rows: number } {
  const { repetition, entries } = page;
  if (repetition === undefined) return entries <= rows ? { entries, rows: entries } : { entries: rows, rows };
  if (isFirst && rows === 0) return { entries: 0, rows: 0 };
  let begun = 0;
  for (let at = 0; at < entries; at++) {
    if (repetition[at] !== 0) continue;
    if (begun === rows) return { entries: at, rows: begun };
    begun++;
  }
  return { entries, rows: begun };
}

/** Entries [from, to) of a leaf. */
function leafPart(leaf: Leaf, from: number, to: number, maxDefinition: number): Leaf {
  const { definition } = leaf;
  const before = definition === undefined ? from : countLevel(definition, 0, from, maxDefinition);
  const count = definition === undefined ? to - from : countLevel(definition, from, to, maxDefinition);
  return {
    values: valuesPart(leaf.values, before, before + count),
    definition: definition?.subarray(from, to),
    repetition: leaf.repetition?.subarray(from, to),
    entries: to - from,
  };
}

function valuesPart(values: LeafValues, from: number, to: number): LeafValues {
  if (!isStrings(values)) return values.subarray(from, to);
  const { bytes, offsets, indices } = values;
  if (indices !== undefined) return { bytes, offsets, indices: indices.subarray(from, to) };
  return { bytes, offsets: offsets.subarray(from, to + 1), indices: undefined };
}

function countLevel(levels: Uint8Array, from: number, to: number, level: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (levels[at] === level) count++;
  return count;
}

function joinLeaves(parts: readonly Leaf[], { maxDefinition, element }: LeafColumn): Leaf {
  const [first] = parts;
  if (first === undefined)
    return {
      values: plainValues(element, new Uint8Array(), 0),
      definition: undefined,
      repetition: undefined,
      entries: 0,
    };
  if (parts.length === 1) return first;
  const entries = parts.reduce((sum, part) => sum + part.entries, 0);
  const definition = parts.some((part) => part.definition !== undefined) ? new Uint8Array(entries) : undefined;
  const repetition = first.repetition === undefined ? undefined : new Uint8Array(entries);
  let at = 0;
  for (const part of parts) {
    if (part.definition !== undefined) definition?.set(part.definition, at);
    else definition?.fill(maxDefinition, at, at + part.entries);
    if (part.repetition !== undefined) repetition?.set(part.repetition, at);
    at += part.entries;
  }
  return { values: joinValues(parts.map(({ values }) => values)), definition, repetition, entries };
}

function joinValues(parts: readonly LeafValues[]): LeafValues {
  const [first] = parts;
  if (first === undefined) return new Uint8Array();
  if (isStrings(first)) {
    const strings = parts.filter(isStrings);
    const isShared = strings.every(
      ({ indices, bytes, offsets }) => indices && bytes === first.bytes && offsets === first.offsets,
    );
    if (!isShared) return joinStrings(strings);
    const indices = new Uint32Array(strings.reduce((sum, part) => sum + lengthOfStrings(part), 0));
    let at = 0;
    for (const part of strings) {
      indices.set(part.indices ?? [], at);
      at += lengthOfStrings(part);
    }
    return { bytes: first.bytes, offsets: first.offsets, indices };
  }
  const length = parts.reduce((sum, part) => sum + lengthOfValues(part), 0);
  const all = emptyLike(first, length);
  let at = 0;
  for (const part of parts) {
    if (isStrings(part) || part.constructor !== all.constructor)
      throw new Error("its pages hold values of different kinds");
    (all as { set(values: unknown, at: number): void }).set(part, at); // the same kind, as just found
    at += part.length;
  }
  return all;
}

type TypedValues = Exclude<LeafValues, ByteStrings>;

function emptyLike(values: TypedValues, length: number): TypedValues {
  if (values instanceof Int32Array) return new Int32Array(length);
  if (values instanceof BigInt64Array) return new BigInt64Array(length);
  if (values instanceof Float32Array) return new Float32Array(length);
  return values instanceof Float64Array ? new Float64Array(length) : new Uint8Array(length);
}

/** The values at some places. */
export function gatherValues(values: LeafValues, places: Uint32Array): LeafValues {
  if (isStrings(values)) return gatherStrings(values, places);
  const kept = emptyLike(values, places.length);
  if (values instanceof BigInt64Array) {
    if (kept instanceof BigInt64Array)
      for (let at = 0; at < places.length; at++) kept[at] = values[places[at] ?? 0] ?? 0n;
  } else if (!(kept instanceof BigInt64Array))
    for (let at = 0; at < places.length; at++) kept[at] = values[places[at] ?? 0] ?? 0;
  return kept;
}

/** The entries of some rows; `keep` has 1 for each row that stays. */
export function keepLeafRows(leaf: Leaf, keep: Uint8Array, maxDefinition: number): Leaf {
  const { entries, definition, repetition } = leaf;
  const keptEntries = new Uint32Array(entries);
  const keptValues = new Uint32Array(entries);
  let row = -1;
  let value = 0;
  let entryCount = 0;
  let valueCount = 0;
  for (let at = 0; at < entries; at++) {
    if (repetition === undefined || repetition[at] === 0) row++;
    const isValue = definition === undefined || definition[at] === maxDefinition;
    if (keep[row] === 1) {
      keptEntries[entryCount++] = at;
      if (isValue) keptValues[valueCount++] = value;
    }
    if (isValue) value++;
  }
  const levels = (all: Uint8Array | undefined): Uint8Array | undefined => {
    if (all === undefined) return undefined;
    const kept = new Uint8Array(entryCount);
    for (let at = 0; at < entryCount; at++) kept[at] = all[keptEntries[at] ?? 0] ?? 0;
    return kept;
  };
  return {
    values: gatherValues(leaf.values, keptValues.subarray(0, valueCount)),
    definition: levels(definition),
    repetition: levels(repetition),
    entries: entryCount,
  };
}

function decodeDataPage(
  header: PageHeader,
  bytes: Uint8Array,
  leaf: LeafColumn,
  { codec }: ColumnMetaData,
  dictionary: LeafValues | undefined,
): Leaf {
  const v1 = header.data_page_header;
  const v2 = header.data_page_header_v2;
  const { maxDefinition, maxRepetition } = leaf;
  if (v2 !== undefined) {
    const repetitionEnd = v2.repetition_levels_byte_length;
    const levelsEnd = repetitionEnd + v2.definition_levels_byte_length;
    const entries = v2.num_values;
    const repetition =
      maxRepetition > 0 ? readLevels(bytes.subarray(0, repetitionEnd), entries, maxRepetition) : undefined;
    const definition =
      maxDefinition > 0 && levelsEnd > repetitionEnd
        ? readLevels(bytes.subarray(repetitionEnd, levelsEnd), entries, maxDefinition)
        : undefined;
    const stored = bytes.subarray(levelsEnd);
    const body =
      v2.is_compressed === false || stored.length === 0
        ? stored
        : decompressPage(stored, header.uncompressed_page_size - levelsEnd, codec, compressors);
    return made(leaf, entries, repetition, definition, (count) =>
      decodeValues(leaf, v2.encoding, body, count, dictionary),
    );
  }
  if (v1 === undefined) throw new Error(`a page of type ${header.type} stands among its data`);
  const page = decompressPage(bytes, header.uncompressed_page_size, codec, compressors);
  const entries = v1.num_values;
  let at = 0;
  const levels = (max: number): Uint8Array | undefined => {
    if (max === 0) return undefined;
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const length = view.getUint32(at, true);
    if (at + 4 + length > page.length) throw new Error("its levels are longer than their page");
    const read = readLevels(page.subarray(at + 4, at + 4 + length), entries, max);
    at += 4 + length;
    return read;
  };
  const repetition = levels(maxRepetition);
  const definition = levels(maxDefinition);
  return made(leaf, entries, repetition, definition, (count) =>
    decodeValues(leaf, v1.encoding, page.subarray(at), count, dictionary),
  );
}

function made(
  { maxDefinition }: LeafColumn,
  entries: number,
  repetition: Uint8Array | undefined,
  definition: Uint8Array | undefined,
  values: (count: number) => LeafValues,
): Leaf {
  const count = definition === undefined ? entries : countLevel(definition, 0, entries, maxDefinition);
  return { values: values(count), repetition, definition: count === entries ? undefined : definition, entries };
}

/** RLE and bit packing, mixed. */
function readLevels(bytes: Uint8Array, entries: number, max: number): Uint8Array {
  const levels = new Uint8Array(entries);
  const width = 32 - Math.clz32(max);
  // Most often all are the same: one run.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  readRleBitPackedHybrid({ view, offset: 0 }, width, levels, bytes.length);
  return levels;
}

function decodeValues(
  { element }: LeafColumn,
  encoding: string,
  bytes: Uint8Array,
  count: number,
  dictionary: LeafValues | undefined,
): LeafValues {
  const { type } = element;
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  switch (encoding) {
    case "PLAIN":
      return plainValues(element, bytes, count);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (count === 0) return plainValues(element, new Uint8Array(), 0);
      if (dictionary === undefined) throw new Error("it has no dictionary where a page needs one");
      const indices = new Uint32Array(count);
      const width = reader.view.getUint8(reader.offset++);
      if (width > 0) readRleBitPackedHybrid(reader, width, indices, bytes.length - 1);
      const size = lengthOfValues(dictionary);
      for (let at = 0; at < count; at++)
        if ((indices[at] ?? 0) >= size) throw new Error(`a page names entry ${indices[at]} of a dictionary of ${size}`);
      if (isStrings(dictionary)) return { bytes: dictionary.bytes, offsets: dictionary.offsets, indices };
      return gatherValues(dictionary, indices);
    }
    case "RLE": {
      if (type !== "BOOLEAN") break;
      const bits = new Uint8Array(count);
      if (count > 0) readRleBitPackedHybrid(reader, 1, bits);
      return bits;
    }
    case "DELTA_BINARY_PACKED": {
      const values = type === "INT64" ? new BigInt64Array(count) : new Int32Array(count);
      deltaBinaryUnpack(reader, count, values);
      return values;
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
    case "DELTA_BYTE_ARRAY": {
      const values: Uint8Array[] = new Array(count);
      if (encoding === "DELTA_BYTE_ARRAY") deltaByteArray(reader, count, values);
      else deltaLengthByteArray(reader, count, values);
      return stringsOfArrays(values);
    }
    case "BYTE_STREAM_SPLIT": {
      if (type === undefined) break;
      const values: unknown = byteStreamSplit(reader, count, type, element.type_length);
      return Array.isArray(values) ? stringsOfArrays(values) : (values as LeafValues); // typed arrays, or arrays of bytes
    }
  }
  throw new Error(`its encoding ${encoding} for ${type} is not known`);
}

function stringsOfArrays(values: readonly Uint8Array[]): ByteStrings {
  const offsets = new Uint32Array(values.length + 1);
  values.forEach((value, k) => {
    offsets[k + 1] = (offsets[k] ?? 0) + value.length;
  });
  const bytes = new Uint8Array(offsets.at(-1) ?? 0);
  values.forEach((value, k) => {
    bytes.set(value, offsets[k]);
  });
  return { bytes, offsets, indices: undefined };
}

/** Values one after another, little-endian. */
function plainValues({ type, type_length: fixed }: SchemaElement, bytes: Uint8Array, count: number): LeafValues {
  const copied = (width: number): ArrayBuffer => {
    if (bytes.length < count * width)
      throw new Error(`a page has ${bytes.length} bytes for ${count} values of ${type}`);
    const buffer = new ArrayBuffer(count * width);
    new Uint8Array(buffer).set(bytes.subarray(0, count * width));
    return buffer;
  };
  switch (type) {
    case "INT32":
      return new Int32Array(copied(4));
    case "INT64":
      return new BigInt64Array(copied(8));
    case "FLOAT":
      return new Float32Array(copied(4));
    case "DOUBLE":
      return new Float64Array(copied(8));
    case "BOOLEAN": {
      if (bytes.length < (count + 7) >> 3) throw new Error(`a page has ${bytes.length} bytes for ${count} booleans`);
      const values = new Uint8Array(count);
      for (let at = 0; at < count; at++) values[at] = ((bytes[at >> 3] ?? 0) >> (at & 7)) & 1;
      return values;
    }
    case "BYTE_ARRAY": {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const starts = new Uint32Array(count);
      const offsets = new Uint32Array(count + 1);
      let at = 0;
      for (let k = 0; k < count; k++) {
        const length = view.getUint32(at, true);
        starts[k] = at + 4;
        at += 4 + length;
        if (at > bytes.length) throw new Error("a text is longer than its page");
        offsets[k + 1] = (offsets[k] ?? 0) + length;
      }
      const joined = new Uint8Array(offsets[count] ?? 0);
      for (let k = 0; k < count; k++) {
        const start = starts[k] ?? 0;
        const to = offsets[k] ?? 0;
        copyBytes(bytes, start, start + (offsets[k + 1] ?? 0) - to, joined, to);
      }
      return { bytes: joined, offsets, indices: undefined };
    }
    case "INT96":
    case "FIXED_LEN_BYTE_ARRAY": {
      const width = type === "INT96" ? 12 : (fixed ?? 0);
      return {
        bytes: new Uint8Array(copied(width)),
        offsets: Uint32Array.from({ length: count + 1 }, (_, k) => k * width),
        indices: undefined,
      };
    }
    default:
      throw new Error(`its type ${type} is not known`);
  }
}
