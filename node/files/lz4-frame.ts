/**
 * LZ4 frames, as Arrow compresses buffers: a header, then blocks, each of which may copy from those before it. The packages that
 * we have read single blocks only.
 *
 *     magic 0x184d2204 | FLG | BD | content size, if FLG says so: 8 | dictionary, likewise: 4 | checksum of these: 1
 *     block: size, highest bit set where it is not compressed: 4 | bytes | checksum, if FLG says so: 4
 *     0: 4 | checksum of the content, if FLG says so: 4
 *
 * LZ4 Frame Format Description 1.6.4 and LZ4 Block Format Description. Checksums are not looked at.
 */
const magic = 0x184d2204;

/** The content of a frame. Throws an `Error` for bytes that are none. */
export function decompressLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== magic) throw new Error("LZ4: this is no frame");
  const flags = frame[4] ?? 0;
  const hasBlockChecksums = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  if (flags >> 6 !== 1 || hasDictionary) throw new Error("LZ4: a frame of another version, or with a dictionary");
  let at = 6 + (hasContentSize ? 8 : 0) + 1;
  const output = new Output(hasContentSize ? Math.min(Number(view.getBigUint64(6, true)), 255 * frame.length) : 0);
  for (;;) {
    if (at + 4 > frame.length) throw new Error("LZ4: the frame is cut off");
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return output.content();
    const size = word & 0x7fff_ffff;
    if (at + size > frame.length) throw new Error("LZ4: a block is cut off");
    const block = frame.subarray(at, at + size);
    if (word >>> 31 === 1) output.append(block, 0, size);
    else decompressBlock(block, output);
    at += size + (hasBlockChecksums ? 4 : 0);
  }
}

/** Bytes that grow, and copy from themselves. */
class Output {
  #bytes: Uint8Array;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(Math.max(1 << 16, expected));
  }

  append(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const to = this.#length;
    if (end - start > 32) this.#bytes.set(from.subarray(start, end), to);
    else for (let k = start; k < end; k++) this.#bytes[to + k - start] = from[k] ?? 0;
    this.#length += end - start;
  }

  /** Copies what stands `distance` before the end; it may run into what it writes. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new Error("LZ4: a copy from before the beginning");
    this.#reserve(count);
    const bytes = this.#bytes;
    const to = this.#length;
    if (distance >= count) bytes.copyWithin(to, to - distance, to - distance + count);
    else for (let k = to; k < to + count; k++) bytes[k] = bytes[k - distance] ?? 0;
    this.#length += count;
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    larger.set(this.content());
    this.#bytes = larger;
  }
}

/** Literals and copies in turn; lengths of 15 and more go on in bytes of 255. */
function decompressBlock(block: Uint8Array, output: Output): void {
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new Error("LZ4: a block ends too early");
    return byte;
  };
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15)
      for (let byte = 255; byte === 255; ) {
        byte = next();
        length += byte;
      }
    return length;
  };
  while (at < block.length) {
    const token = next();
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length) throw new Error("LZ4: a block ends too early");
    output.append(block, at, at + literals);
    at += literals;
    if (at === block.length) return;
    const distance = next() | (next() << 8);
    output.repeat(distance, 4 + lengthFrom(token & 15));
  }
}
