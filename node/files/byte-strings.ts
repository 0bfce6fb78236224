/**
 * Many byte strings in two arrays, as Arrow and Parquet keep text: string k is bytes[offsets[k] .. offsets[k + 1]). Where many
 * rows have the same string, `indices` say which string each row has; then there may be fewer strings than rows.
 */
export interface ByteStrings {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  /** Row r has string indices[r]; without them, string r. */
  readonly indices: Uint32Array | undefined;
}

/** How many rows there are. */
export function lengthOfStrings({ offsets, indices }: ByteStrings): number {
  return indices?.length ?? offsets.length - 1;
}

/** A reader of rows as text, UTF-8. A string that many rows have is decoded once. */
export function textReader({ bytes, offsets, indices }: ByteStrings): (row: number) => string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (k: number): string => buffer.toString("utf8", offsets[k] ?? 0, offsets[k + 1] ?? 0);
  if (indices === undefined) return text;
  const known: (string | undefined)[] = [];
  return (row) => {
    const k = indices[row] ?? 0;
    const before = known[k];
    if (before !== undefined) return before;
    const decoded = text(k);
    known[k] = decoded;
    return decoded;
  };
}

/** Copies bytes [start, end); most strings are too short for a view of their own to pay. */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 48) to.set(from.subarray(start, end), at);
  else for (let k = start; k < end; k++) to[at + k - start] = from[k] ?? 0;
}

/** The strings of some rows. */
export function gatherStrings(strings: ByteStrings, rows: ArrayLike<number>): ByteStrings {
  const { bytes, offsets, indices } = strings;
  if (indices !== undefined) {
    const kept = new Uint32Array(rows.length);
    for (let at = 0; at < rows.length; at++) kept[at] = indices[rows[at] ?? 0] ?? 0;
    return { bytes, offsets, indices: kept };
  }
  const kept = new Uint32Array(rows.length + 1);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    kept[at + 1] = (kept[at] ?? 0) + (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
  }
  const copy = new Uint8Array(kept[rows.length] ?? 0);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    copyBytes(bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0, copy, kept[at] ?? 0);
  }
  return { bytes: copy, offsets: kept, indices: undefined };
}

/** Rows one after another, with one string for each row. */
export function joinStrings(parts: readonly ByteStrings[]): ByteStrings {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const plain = parts.map((part) => (part.indices === undefined ? part : withoutIndices(part)));
  let rows = 0;
  let size = 0;
  for (const { offsets } of plain) {
    rows += offsets.length - 1;
    size += (offsets.at(-1) ?? 0) - (offsets[0] ?? 0);
  }
  const bytes = new Uint8Array(size);
  const offsets = new Uint32Array(rows + 1);
  let row = 0;
  for (const part of plain) {
    const first = part.offsets[0] ?? 0;
    const start = offsets[row] ?? 0;
    bytes.set(part.bytes.subarray(first, part.offsets.at(-1)), start);
    for (let k = 1; k < part.offsets.length; k++) offsets[row + k] = start + (part.offsets[k] ?? 0) - first;
    row += part.offsets.length - 1;
  }
  return { bytes, offsets, indices: undefined };
}

function withoutIndices({ bytes, offsets, indices = new Uint32Array() }: ByteStrings): ByteStrings {
  return gatherStrings({ bytes, offsets, indices: undefined }, indices);
}

/** How many strings are looked at before it is told whether they repeat. */
const sampleRows = 4096;

/**
 * The same strings with each different one once, where at most half of them are different; else as they are. The hash is FNV-1a of
 * 32 bits.
 */
export function withoutRepetitions(strings: ByteStrings): ByteStrings {
  const { bytes, offsets, indices: known } = strings;
  if (known !== undefined) return strings;
  const rows = offsets.length - 1;
  const table = new Int32Array(1 << (33 - Math.clz32(Math.max(16, rows)))).fill(-1);
  const mask = table.length - 1;
  const indices = new Uint32Array(rows);
  const firsts = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & mask;
    let found = table[slot] ?? -1;
    while (found >= 0 && !areEqual(strings, firsts[found] ?? 0, start, end)) {
      slot = (slot + 1) & mask;
      found = table[slot] ?? -1;
    }
    if (found < 0) {
      found = count;
      table[slot] = count;
      firsts[count++] = row;
      if (count > rows / 2 || (row === sampleRows && count > 0.8 * sampleRows)) return strings;
    }
    indices[row] = found;
  }
  return { ...gatherStrings(strings, firsts.subarray(0, count)), indices };
}

function areEqual({ bytes, offsets }: ByteStrings, row: number, start: number, end: number): boolean {
  const other = offsets[row] ?? 0;
  const length = end - start;
  if ((offsets[row + 1] ?? 0) - other !== length) return false;
  for (let at = 0; at < length; at++) if (bytes[other + at] !== bytes[start + at]) return false;
  return true;
}

/** Strings one for each row, without `indices`. */
export function plainStrings(strings: ByteStrings): ByteStrings {
  return strings.indices === undefined ? strings : withoutIndices(strings);
}

/** Texts as byte strings. */
export function stringsOfTexts(texts: ArrayLike<string>): ByteStrings {
  const encoded = Array.from(texts, (text) => Buffer.from(text));
  const offsets = new Uint32Array(encoded.length + 1);
  encoded.forEach((text, k) => {
    offsets[k + 1] = (offsets[k] ?? 0) + text.length;
  });
  return { bytes: Buffer.concat(encoded), offsets, indices: undefined };
}
