/**
 * The constants of one function, which stand behind its code: the most aligned first, each once. Kept as numbers rather
 * than bytes until they are written, since most functions have a few and compile in microseconds.
 */
import type { CodeBuffer } from "../asm/code-buffer.ts";

interface Entry {
  readonly bits0: bigint;
  readonly bits1: bigint;
  readonly label: number;
}

/** Up to so many entries are searched one by one. */
const searched = 8;
const words = new BigUint64Array(8);
const bytesOfWords = new Uint8Array(words.buffer);
const sizes = [16, 8, 4, 64, 32] as const;
/** The index into `sizes` by size, the widest first. */
const widestFirst = [3, 4, 0, 1, 2] as const;

export class ConstantPool {
  /** By `sizes`. */
  readonly #entries: readonly [Entry[], Entry[], Entry[], Entry[], Entry[]] = [[], [], [], [], []];
  readonly #found: (Map<bigint, number> | undefined)[] = [undefined, undefined, undefined, undefined, undefined];

  /**
   * The label of a constant of 4, 8 or 16 bytes: `bits0` the low 64 bits, `bits1` those above, both unsigned. Of 32 or 64
   * bytes: all bits in `bits0`.
   */
  label(buffer: CodeBuffer, bits0: bigint, bits1: bigint, bytes: number): number {
    const size = bytes === 8 ? 1 : bytes === 4 ? 2 : bytes === 16 ? 0 : bytes === 64 ? 3 : 4;
    const entries = this.#entries[size];
    let found = this.#found[size];
    if (found === undefined) {
      for (let k = 0; k < entries.length; k++) {
        const entry = entries[k]!; // k is in range
        if (entry.bits0 === bits0 && entry.bits1 === bits1) return entry.label;
      }
    } else {
      const known = found.get(bits0 | (bits1 << 64n));
      if (known !== undefined) return known;
    }
    const label = buffer.newLabel();
    entries.push({ bits0, bits1, label });
    if (found !== undefined) found.set(bits0 | (bits1 << 64n), label);
    else if (entries.length > searched) {
      found = new Map();
      for (const entry of entries) found.set(entry.bits0 | (entry.bits1 << 64n), entry.label);
      this.#found[size] = found;
    }
    return label;
  }

  /** Writes the constants and binds their labels. */
  emit(buffer: CodeBuffer): void {
    let isAligned = false;
    for (const size of widestFirst) {
      const bytes = sizes[size]!; // size is in range
      for (const { bits0, bits1, label } of this.#entries[size]!) {
        if (!isAligned) buffer.align(bytes, 0xcc);
        isAligned = true;
        words[0] = bits0;
        words[1] = bits1;
        for (let k = 1; k < bytes >> 3 && bytes > 16; k++) words[k] = bits0 >> BigInt(64 * k);
        buffer.bindLabel(label);
        buffer.reserve(bytes);
        const { bytes: code, length } = buffer;
        for (let k = 0; k < bytes; k++) code[length + k] = bytesOfWords[k]!; // 64 of them
        buffer.length = length + bytes;
      }
    }
  }
}
