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

/** Texts as byte strings; each different text stands there once. */
export function stringsOfTexts(texts: ArrayLike<string>): ByteStrings {
  const known = new Map<string, number>();
  const indices = new Uint32Array(texts.length);
  let size = 0;
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] ?? "";
    let k = known.get(text);
    if (k === undefined) {
      k = known.size;
      known.set(text, k);
      size += Buffer.byteLength(text);
    }
    indices[row] = k;
  }
  const bytes = Buffer.allocUnsafe(size);
  const offsets = new Uint32Array(known.size + 1);
  let at = 0;
  let k = 0;
  for (const text of known.keys()) {
    at += bytes.write(text, at);
    offsets[++k] = at;
  }
  return { bytes, offsets, indices };
}
