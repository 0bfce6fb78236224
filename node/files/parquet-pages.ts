/**
 * Column chunks of Parquet files as they are stored: the counterpart of parquet-leaf.ts. Numbers stand in their pages as they
 * stand in memory; texts that repeat go through a dictionary. Pages are of version 2, each compressed with Snappy where that
 * makes it smaller.
 *
 * Page headers, runs of levels and Snappy are hyparquet-writer's; "Data Pages" and "Encodings" of the Parquet format's
 * documentation.
 */
import type { ColumnChunk, Encoding, Statistics } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { type ByteStrings, copyBytes } from "./byte-strings.ts";
import { isStrings, type Leaf, type LeafColumn, type LeafValues, lengthOfValues } from "./parquet-leaf.ts";

/** How many bytes of values a page holds, about. */
const pageBytes = 1 << 20;

/** Compression pays where less than this is left. */
const mostOfBody = 0.95;

/** How much is compressed on trial. */
const sampleBytes = 1 << 14;

/** Whether the middle of a page becomes smaller; numbers of many digits do not, and trying all of them takes long. */
function mayShrink(body: Uint8Array): boolean {
  if (body.length < 4 * sampleBytes) return true;
  const start = body.length >> 1;
  return snappyCompress(body.subarray(start, start + sampleBytes)).length < mostOfBody * sampleBytes;
}

/** Writes one column chunk; says what the file's footer must know of it. */
export function writeLeaf(writer: ByteWriter, column: LeafColumn, leaf: Leaf): ColumnChunk {
  const { element, maxDefinition, path } = column;
  const start = writer.offset;
  const coded = dictionaryOf(leaf.values);
  const encoding: Encoding = coded === undefined ? "PLAIN" : "RLE_DICTIONARY";
  const hasLengths = element.type === "BYTE_ARRAY";
  const pages = new PageWriter(writer);
  if (coded !== undefined) pages.dictionary(coded, hasLengths);
  const dataStart = writer.offset;
  const values = coded?.indices ?? leaf.values;
  const width = coded === undefined ? 0 : Math.max(1, 32 - Math.clz32(coded.offsets.length - 2));
  const step = entriesOfPage(values, leaf.entries);
  let value = 0;
  for (let from = 0; from < leaf.entries; ) {
    const to = endOfPage(leaf, from + step);
    const count = valuesIn(leaf, from, to, maxDefinition);
    const body =
      coded === undefined
        ? plainBytes(leaf.values, value, value + count, hasLengths)
        : packedIndices(coded.indices, value, value + count, width);
    pages.data(column, leaf, from, to, count, encoding, body);
    value += count;
    from = to;
  }
  const isPlain = element.converted_type === undefined && element.logical_type === undefined;
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element.type ?? "BYTE_ARRAY",
      encodings: coded === undefined ? ["PLAIN", "RLE"] : ["PLAIN", "RLE", "RLE_DICTIONARY"],
      path_in_schema: [...path],
      codec: "SNAPPY",
      num_values: BigInt(leaf.entries),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(pages.uncompressed),
      data_page_offset: BigInt(dataStart),
      ...(coded === undefined ? {} : { dictionary_page_offset: BigInt(start) }),
      statistics: {
        ...(isPlain ? extremes(leaf.values) : {}),
        null_count: BigInt(leaf.entries - lengthOfValues(leaf.values)),
      },
    },
  };
}

class PageWriter {
  readonly #writer: ByteWriter;
  /** Whether compression has paid so far. */
  #pays = true;
  uncompressed = 0;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  dictionary(strings: ByteStrings, hasLengths: boolean): void {
    const body = plainBytes({ ...strings, indices: undefined }, 0, strings.offsets.length - 1, hasLengths);
    const compressed = snappyCompress(body);
    const start = this.#writer.offset;
    writePageHeader(this.#writer, {
      type: "DICTIONARY_PAGE",
      uncompressed_page_size: body.length,
      compressed_page_size: compressed.length,
      dictionary_page_header: { num_values: strings.offsets.length - 1, encoding: "PLAIN" },
    });
    this.uncompressed += this.#writer.offset - start + body.length;
    this.#writer.appendBytes(compressed);
  }

  data(
    column: LeafColumn,
    leaf: Leaf,
    from: number,
    to: number,
    count: number,
    encoding: Encoding,
    body: Uint8Array,
  ): void {
    const entries = to - from;
    const levels = new ByteWriter();
    const repetition = writeLevels(levels, leaf.repetition?.subarray(from, to), 0, entries, column.maxRepetition);
    const { maxDefinition } = column;
    const definition = writeLevels(levels, leaf.definition?.subarray(from, to), maxDefinition, entries, maxDefinition);
    const isTried = this.#pays && body.length > 0 && mayShrink(body);
    const compressed = isTried ? snappyCompress(body) : body;
    const isSmaller = compressed.length < mostOfBody * body.length;
    this.#pays = isSmaller || body.length === 0;
    const stored = isSmaller ? compressed : body;
    const start = this.#writer.offset;
    writePageHeader(this.#writer, {
      type: "DATA_PAGE_V2",
      uncompressed_page_size: levels.offset + body.length,
      compressed_page_size: levels.offset + stored.length,
      data_page_header_v2: {
        num_values: entries,
        num_nulls: entries - count,
        num_rows: leaf.repetition === undefined ? entries : zerosIn(leaf.repetition, from, to),
        encoding,
        definition_levels_byte_length: definition,
        repetition_levels_byte_length: repetition,
        is_compressed: isSmaller,
      },
    });
    this.uncompressed += this.#writer.offset - start + levels.offset + body.length;
    this.#writer.appendBytes(levels.getBytes());
    this.#writer.appendBytes(stored);
  }
}

/** Levels as runs; all are `same` where there are none. Says how many bytes they are. */
function writeLevels(
  writer: ByteWriter,
  levels: Uint8Array | undefined,
  same: number,
  entries: number,
  max: number,
): number {
  if (max === 0) return 0;
  const start = writer.offset;
  const width = 32 - Math.clz32(max);
  if (levels !== undefined) writeRleBitPackedHybrid(writer, levels, width);
  else {
    writer.appendVarInt(entries << 1);
    writer.appendUint8(same);
  }
  return writer.offset - start;
}

function entriesOfPage(values: LeafValues | Uint32Array, entries: number): number {
  const bytes = "offsets" in values ? values.bytes.length + 4 * values.offsets.length : values.byteLength;
  const pages = Math.max(1, Math.ceil(bytes / pageBytes));
  return Math.max(8, (Math.ceil(entries / pages) + 7) & ~7);
}

/** A page ends where a row ends. */
function endOfPage({ repetition, entries }: Leaf, at: number): number {
  if (repetition === undefined) return Math.min(at, entries);
  let end = Math.min(at, entries);
  while (end < entries && repetition[end] !== 0) end++;
  return end;
}

function valuesIn({ definition }: Leaf, from: number, to: number, maxDefinition: number): number {
  if (definition === undefined) return to - from;
  let count = 0;
  for (let at = from; at < to; at++) if (definition[at] === maxDefinition) count++;
  return count;
}

function zerosIn(levels: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (levels[at] === 0) count++;
  return count;
}

/** The strings that rows have, each once, where that makes the column smaller. */
function dictionaryOf(values: LeafValues): (ByteStrings & { readonly indices: Uint32Array }) | undefined {
  if (!isStrings(values) || values.indices === undefined) return undefined;
  const { bytes, offsets, indices } = values;
  const places = new Int32Array(offsets.length - 1).fill(-1);
  const coded = new Uint32Array(indices.length);
  const newOffsets: number[] = [0];
  let size = 0;
  for (let row = 0; row < indices.length; row++) {
    const k = indices[row] ?? 0;
    if (places[k] === -1) {
      places[k] = newOffsets.length - 1;
      size += (offsets[k + 1] ?? 0) - (offsets[k] ?? 0);
      newOffsets.push(size);
    }
    coded[row] = places[k] ?? 0;
  }
  if (newOffsets.length > 1 + indices.length / 2) return undefined;
  const joined = new Uint8Array(size);
  places.forEach((place, k) => {
    if (place >= 0) copyBytes(bytes, offsets[k] ?? 0, offsets[k + 1] ?? 0, joined, newOffsets[place] ?? 0);
  });
  return { bytes: joined, offsets: Uint32Array.from(newOffsets), indices: coded };
}

/** Values one after another, little-endian. */
function plainBytes(values: LeafValues, from: number, to: number, hasLengths: boolean): Uint8Array {
  if (isStrings(values)) {
    const { bytes, offsets, indices } = values;
    const place = (row: number): number => (indices === undefined ? row : (indices[row] ?? 0));
    let size = 0;
    for (let row = from; row < to; row++) {
      const k = place(row);
      size += (hasLengths ? 4 : 0) + (offsets[k + 1] ?? 0) - (offsets[k] ?? 0);
    }
    const body = new Uint8Array(size);
    const view = new DataView(body.buffer);
    let at = 0;
    for (let row = from; row < to; row++) {
      const k = place(row);
      const start = offsets[k] ?? 0;
      const end = offsets[k + 1] ?? 0;
      if (hasLengths) {
        view.setUint32(at, end - start, true);
        at += 4;
      }
      copyBytes(bytes, start, end, body, at);
      at += end - start;
    }
    return body;
  }
  if (values instanceof Uint8Array) {
    const bits = new Uint8Array((to - from + 7) >> 3);
    for (let at = from; at < to; at++)
      if (values[at] !== 0) bits[(at - from) >> 3] = (bits[(at - from) >> 3] ?? 0) | (1 << ((at - from) & 7));
    return bits;
  }
  const part = values.subarray(from, to);
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

/** The width, and one run of bit-packed indices. */
function packedIndices(indices: Uint32Array, from: number, to: number, width: number): Uint8Array {
  const groups = (to - from + 7) >> 3;
  const header = new ByteWriter(8);
  header.appendUint8(width);
  header.appendVarInt((groups << 1) | 1);
  const start = header.offset;
  const body = new Uint8Array(start + groups * width);
  body.set(header.getBytes());
  // Index by index into bytes: those that one begins in, and up to four that it goes on in.
  for (let row = from; row < to; row++) {
    const bit = (row - from) * width;
    let at = start + (bit >>> 3);
    const used = bit & 7;
    const index = indices[row] ?? 0;
    body[at] = (body[at] ?? 0) | ((index << used) & 0xff);
    for (let done = 8 - used; done < width; done += 8) body[++at] = (index >>> done) & 0xff;
  }
  return body;
}

function extremes(values: LeafValues): Statistics {
  if (isStrings(values) || values instanceof Uint8Array || values.length === 0) return {};
  if (values instanceof BigInt64Array) {
    let min = values[0] ?? 0n;
    let max = min;
    for (const value of values) {
      if (value < min) min = value;
      else if (value > max) max = value;
    }
    return { min_value: min, max_value: max };
  }
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) return {}; // NaN throughout
  return { min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max };
}
