/**
 * Machine code as it comes out of the compiler, in chunks of one size: code of a gigabyte grows without being copied,
 * and the largest piece of memory asked for is one chunk.
 */

/** Takes code piece by piece. The bytes are borrowed for the call. */
export interface CodeSink {
  write(bytes: Uint8Array): void;
}

/** Keeps the code that it takes. */
export interface CodeStore extends CodeSink {
  /** Bytes so far. */
  readonly length: number;
  /** Forgets the code. */
  clear(): void;
}

const firstChunkBytes = 0x100;
const chunkBytes = 0x100000;

export class CodeChunks implements CodeStore {
  #full: Uint8Array[] = [];
  /** The chunk being filled. Small programs are the usual ones, so the first chunk grows up to the common size. */
  #last = new Uint8Array(firstChunkBytes);
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#used === this.#last.length) this.#grow();
      const count = Math.min(bytes.length - from, this.#last.length - this.#used);
      this.#last.set(bytes.subarray(from, from + count), this.#used);
      this.#used += count;
      from += count;
    }
    this.#length += bytes.length;
  }

  #grow(): void {
    if (this.#last.length < chunkBytes) {
      const larger = new Uint8Array(this.#last.length * 4);
      larger.set(this.#last);
      this.#last = larger;
    } else {
      this.#full.push(this.#last);
      this.#last = new Uint8Array(chunkBytes);
      this.#used = 0;
    }
  }

  clear(): void {
    this.#full = [];
    this.#last = new Uint8Array(firstChunkBytes);
    this.#used = 0;
    this.#length = 0;
  }

  /** Hands out all chunks in order and lets go of each one, so that moving the code does not hold it twice. */
  *drain(): Generator<Uint8Array, void, void> {
    const chunks = [...this.#full, this.#last.subarray(0, this.#used)].reverse();
    this.clear();
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) yield chunk;
  }

  /** The code in one piece; this object is empty afterwards. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.drain()) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }
}
