/**
 * Where machine code grows: bytes, labels, fixups, alignment and a constant pool.
 *
 * Encoders write into `bytes` at `length` (after `reserve`). What depends on where things end up is a *fixup*, patched
 * when the code is laid out: until then a branch that can grow stands in its two-byte form and an alignment takes no
 * bytes. `layout()` finds the final sizes (`branch-layout.ts`), `toBytes()` makes a finished copy. Neither changes the
 * buffer, so both can be called again after more code was added.
 *
 * Positions before layout are *emission offsets*. A label keeps its emission offset and how many fixups stand before it:
 * its final offset is the sum of that offset and of what those fixups grew by.
 */
import { EncodingError } from "../base/errors.ts";
import { growBranches } from "./branch-layout.ts";
import { fixupKind, fixupWords, inOtherCode, inPool } from "./fixups.ts";

/** `labelOffsets` of a label without a place. */
const unbound = -1;

interface PoolEntry {
  readonly bytes: Uint8Array;
  alignment: number;
  readonly label: number;
}

/** A field that only a linker or loader can fill, as object files list them (ELF: `RELA`). */
export interface Relocation {
  /** Where the field starts in the finished code. */
  readonly offset: number;
  /**
   * `absolute64`: eight bytes, symbol + addend (ELF: R_X86_64_64). `relative32`: four bytes, symbol + addend - the field's own
   * address (R_X86_64_PC32, and R_X86_64_PLT32 for calls).
   */
  readonly kind: "absolute64" | "relative32";
  /** The name given to `externalLabel`; undefined: the first byte of this code. */
  readonly symbol: string | undefined;
  readonly addend: number;
}

/** Where everything stands in the finished code. */
export interface CodeLayout {
  /** Size of code and constants in bytes. */
  readonly byteLength: number;
  /** Size of the code, before the padding in front of the constant pool. */
  readonly codeLength: number;
  /** How many bytes the fixups before each one have added; one more entry than fixups. */
  readonly growth: Int32Array;
  /** Where the constant pool starts; `byteLength` where there is none. */
  readonly poolStart: number;
  /** Final offset of each pool entry. */
  readonly poolOffsets: readonly number[];
}

/** Fills [from, to) with instructions that do nothing. */
export type NoOperationFill = (bytes: Uint8Array, from: number, to: number) => void;

let buffers = 0;

/** What encoders write at most behind one look at `limit`. */
const longestWrite = 16;

const noOffsets: readonly number[] = [];

export class CodeBuffer {
  /** Tells the labels of one buffer from another's. */
  readonly serial: number = ++buffers;
  bytes: Uint8Array;
  /** Up to here there is room for an instruction more, without `reserve`. */
  limit: number;
  /** Emission offset of the next byte. */
  length = 0;
  /** Fixup records of `fixupWords` numbers. */
  fixups = new Int32Array(64);
  fixupCount = 0;
  labelOffsets = new Int32Array(16);
  labelFixups = new Int32Array(16);
  labelCount = 0;

  readonly #fill: NoOperationFill;
  readonly #labelNames = new Map<number, string>();
  readonly #pool: PoolEntry[] = [];
  readonly #poolKeys = new Map<string, PoolEntry>();
  #layout: CodeLayout | undefined;
  /** `length` when `#layout` was made. */
  #layoutLength = 0;

  constructor(fill: NoOperationFill, capacity = 512) {
    this.#fill = fill;
    this.bytes = new Uint8Array(capacity);
    this.limit = capacity - longestWrite;
  }

  /** Makes room for `count` more bytes. Call before writing into `bytes`. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
  }

  /** Appends bytes as they are. */
  append(bytes: ArrayLike<number>): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Forgets all code and labels and keeps the memory. Labels made before belong to no code any more. */
  clear(): void {
    this.length = 0;
    this.fixupCount = 0;
    this.labelCount = 0;
    if (this.#labelNames.size > 0) this.#labelNames.clear();
    if (this.#pool.length > 0) {
      this.#pool.length = 0;
      this.#poolKeys.clear();
    }
    this.#layout = undefined;
  }

  /** A new label's number; `name` appears in errors. */
  newLabel(name?: string): number {
    const label = this.labelCount++;
    if (label >= this.labelOffsets.length) {
      this.labelOffsets = doubled(this.labelOffsets);
      this.labelFixups = doubled(this.labelFixups);
    }
    this.labelOffsets[label] = unbound;
    this.labelFixups[label] = 0;
    if (name !== undefined) this.#labelNames.set(label, name);
    return label;
  }

  /** A label whose place is in other code, found by its name: a symbol that a linker resolves. */
  externalLabel(name: string): number {
    const label = this.newLabel(name);
    this.labelFixups[label] = inOtherCode;
    return label;
  }

  /** Puts the label here. Throws `EncodingError` if it has a place already. */
  bindLabel(label: number): void {
    if (this.#isExternal(label)) {
      throw new EncodingError(`${this.labelText(label)} is external and cannot be bound; make it with label() instead`);
    }
    if (this.labelOffsets[label] !== unbound) {
      throw new EncodingError(`${this.labelText(label)} is bound already, at byte ${this.labelOffsets[label]}`);
    }
    this.labelOffsets[label] = this.length;
    this.labelFixups[label] = this.fixupCount;
    this.#layout = undefined;
  }

  /** How errors call the label. */
  labelText(label: number): string {
    const name = this.#labelNames.get(label);
    return name === undefined ? `label ${label}` : `label "${name}"`;
  }

  /** The bound labels that have names, in order of their final offsets. Constants are not among them. */
  namedLabels(): { readonly name: string; readonly offset: number }[] {
    const layout = this.layout();
    const labels: { name: string; offset: number }[] = [];
    for (const [label, name] of this.#labelNames) {
      if (this.labelOffsets[label] === unbound || this.labelFixups[label] === inPool) continue;
      labels.push({ name, offset: this.#finalOffset(label, layout) });
    }
    return labels.sort((a, b) => a.offset - b.offset);
  }

  addFixup(kind: number, at: number, label: number, extra: number): void {
    const base = this.fixupCount++ * fixupWords;
    if (base + fixupWords > this.fixups.length) this.fixups = doubled(this.fixups);
    const { fixups } = this;
    fixups[base] = kind;
    fixups[base + 1] = at;
    fixups[base + 2] = label;
    fixups[base + 3] = extra;
  }

  /** A branch to a label: the two-byte form, which layout replaces by `longOpcode` and rel32 where it does not reach. */
  branch(shortOpcode: number, longOpcode: number, label: number): void {
    this.reserve(2);
    const at = this.length;
    this.bytes[at] = shortOpcode;
    this.bytes[at + 1] = 0;
    this.length = at + 2;
    this.addFixup(fixupKind.branch, at, label, longOpcode);
  }

  /** Pads to a multiple of `alignment`, a power of two, with no-operations or with the byte `fill`. */
  align(alignment: number, fill?: number): void {
    if (!(alignment >= 1 && alignment <= 4096) || (alignment & (alignment - 1)) !== 0) {
      throw new EncodingError(`align: expected a power of two from 1 to 4096, got ${alignment}`);
    }
    this.addFixup(fixupKind.align, this.length, fill === undefined ? -1 : fill & 0xff, alignment);
  }

  /**
   * Keeps what follows, up to `endTogether`, from crossing a multiple of `alignment` or ending there, by no-operations in front
   * of it. Returns what `endTogether` wants.
   */
  startTogether(alignment: number): number {
    this.addFixup(fixupKind.align, this.length, -1, alignment);
    return this.fixupCount - 1;
  }

  /** Ends what `startTogether` began, of less bytes than its alignment; branches in it count as long ones. */
  endTogether(start: number): void {
    const { fixups } = this;
    const base = start * fixupWords;
    let bytes = this.length - fixups[base + 1]!; // a record has an offset
    for (let index = start + 1; index < this.fixupCount; index++)
      if ((fixups[index * fixupWords]! & 0xff) === fixupKind.branch)
        bytes += fixups[index * fixupWords + 3]! > 0xff ? 4 : 3; // in range
    // Without bytes it would be an alignment.
    fixups[base] = fixupKind.align | (Math.max(1, Math.min(bytes, fixups[base + 3]! - 1)) << 8);
    this.#layout = undefined;
  }

  /** Four bytes that will hold the distance in bytes from one label to another, both in this buffer. */
  distance(from: number, to: number): void {
    this.reserve(4);
    const at = this.length;
    this.bytes.fill(0, at, at + 4);
    this.length = at + 4;
    this.addFixup(fixupKind.distance, at, to, from);
  }

  /** Eight bytes that will hold the label's address: a relocation. */
  absolute(label: number): void {
    this.reserve(8);
    const at = this.length;
    this.bytes.fill(0, at, at + 8);
    this.length = at + 8;
    this.addFixup(fixupKind.absolute64, at, label, 0);
  }

  /**
   * A label on a constant that will stand after the code. Equal constants share one place.
   * `alignment` is a power of two up to 64; code has to be installed at a multiple of it.
   */
  constant(bytes: Uint8Array, alignment: number): number {
    if (!(alignment >= 1 && alignment <= 64) || (alignment & (alignment - 1)) !== 0) {
      throw new EncodingError(`constant: expected an alignment of 1, 2, 4, …, 64, got ${alignment}`);
    }
    const key = String.fromCharCode(...bytes);
    let entry = this.#poolKeys.get(key);
    if (entry === undefined) {
      entry = { bytes: bytes.slice(), alignment, label: this.newLabel(`constant ${this.#pool.length}`) };
      this.labelOffsets[entry.label] = this.#pool.length;
      this.labelFixups[entry.label] = inPool;
      this.#pool.push(entry);
      this.#poolKeys.set(key, entry);
    } else if (alignment > entry.alignment) entry.alignment = alignment;
    this.#layout = undefined;
    return entry.label;
  }

  /**
   * The finished code: branches grown, labels patched, constants appended. Throws `EncodingError` (see `layout`).
   * Absolute addresses count from `address`, where the first byte will be loaded; fields of external labels are zero.
   */
  toBytes(address = 0n): Uint8Array {
    const layout = this.layout();
    const finished = new Uint8Array(layout.byteLength);
    this.#copyCode(finished, layout);
    this.#patch(finished, layout, address);
    this.#pool.forEach(({ bytes }, index) => {
      finished.set(bytes, layout.poolOffsets[index] ?? 0);
    });
    return finished;
  }

  /** What a linker or loader has to fill, in order. Throws `EncodingError` (see `layout`). */
  relocations(): Relocation[] {
    const layout = this.layout();
    const { growth } = layout;
    const { fixups, fixupCount } = this;
    const found: Relocation[] = [];
    for (let index = 0; index < fixupCount; index++) {
      const base = index * fixupWords;
      const kind = fixups[base]! & 0xff;
      if (kind === fixupKind.align || kind === fixupKind.distance) continue;
      const at = fixups[base + 1]! + growth[index]!;
      const label = fixups[base + 2]!;
      const extra = fixups[base + 3]!;
      const symbol = this.#isExternal(label) ? this.#labelNames.get(label) : undefined;
      if (kind === fixupKind.absolute64) {
        const addend = symbol === undefined ? this.#finalOffset(label, layout) : 0;
        found.push({ offset: at, kind: "absolute64", symbol, addend });
      } else if (symbol !== undefined) {
        // A relative field counts from the end of its instruction.
        const isBranch = kind === fixupKind.branch;
        const offset = isBranch ? at + (extra > 0xff ? 2 : 1) : at;
        const addend = isBranch ? -4 : extra - 4 - (fixups[base]! >> 8);
        found.push({ offset, kind: "relative32", symbol, addend });
      }
    }
    return found;
  }

  /** Final offset of a bound label. Throws `EncodingError` if it is not bound, or if another label that is used is not. */
  offsetOf(label: number): number {
    if (this.labelOffsets[label] === unbound) throw new EncodingError(`${this.labelText(label)} is not bound`);
    return this.#finalOffset(label, this.layout());
  }

  /** Lays the code out as it stands now. Throws `EncodingError` for unbound labels that are used. */
  layout(): CodeLayout {
    const known = this.#layout;
    if (known !== undefined && known.growth.length === this.fixupCount + 1 && this.#layoutLength === this.length) {
      return known;
    }
    this.#checkLabels();
    const growth = growBranches(this);
    const codeLength = this.length + (growth[this.fixupCount] ?? 0);
    if (codeLength > 0x7fff_0000) throw new EncodingError(`code of ${codeLength} bytes is over the limit of 2 GiB`);
    const layout =
      this.#pool.length === 0
        ? { byteLength: codeLength, codeLength, growth, poolStart: codeLength, poolOffsets: noOffsets }
        : this.#layoutWithPool(codeLength, growth);
    this.#layout = layout;
    this.#layoutLength = this.length;
    return layout;
  }

  #layoutWithPool(codeLength: number, growth: Int32Array): CodeLayout {
    const poolOffsets: number[] = [];
    let end = codeLength;
    // The most aligned first, so that padding stands only in front of the pool.
    const order = this.#pool.map((_, index) => index);
    order.sort((a, b) => this.#poolEntry(b).alignment - this.#poolEntry(a).alignment || a - b);
    for (const index of order) {
      const { alignment, bytes } = this.#poolEntry(index);
      end = (end + alignment - 1) & -alignment;
      poolOffsets[index] = end;
      end += bytes.length;
    }
    const poolStart = order[0] === undefined ? end : (poolOffsets[order[0]] ?? end);
    return { byteLength: end, codeLength, growth, poolStart, poolOffsets };
  }

  #poolEntry(index: number): PoolEntry {
    return this.#pool[index]!; // every index comes from the pool's own numbering
  }

  #grow(needed: number): void {
    let capacity = Math.max(this.bytes.length * 2, 64);
    while (capacity < needed) capacity *= 2;
    const larger = new Uint8Array(capacity);
    larger.set(this.bytes);
    this.bytes = larger;
    this.limit = capacity - longestWrite;
  }

  #checkLabels(): void {
    const { fixups, fixupCount, labelOffsets } = this;
    for (let base = 0; base < fixupCount * fixupWords; base += fixupWords) {
      const kind = fixups[base]! & 0xff;
      if (kind === fixupKind.align) continue;
      const label = fixups[base + 2]!;
      if (labelOffsets[label] === unbound) this.#requireExternal(label, base);
      if (kind !== fixupKind.distance) continue;
      const from = fixups[base + 3]!;
      if (labelOffsets[from] === unbound) this.#requireExternal(from, base);
    }
  }

  /** Refuses a label that has no place, unless a linker can fill the field. */
  #requireExternal(label: number, base: number): void {
    const kind = this.fixups[base]! & 0xff;
    const at = this.fixups[base + 1];
    if (!this.#isExternal(label))
      throw new EncodingError(
        `${this.labelText(label)} is used at byte ${at} but never bound; call bind(label) where it belongs`,
      );
    if (kind !== fixupKind.distance && kind !== fixupKind.relative8) return;
    throw new EncodingError(
      `${this.labelText(label)} is external: its distance is not known, and this instruction or table entry at byte ` +
        `${at} needs it`,
    );
  }

  #isExternal(label: number): boolean {
    return this.labelFixups[label] === inOtherCode;
  }

  #finalOffset(label: number, { growth, poolOffsets }: CodeLayout): number {
    const offset = this.labelOffsets[label]!;
    const before = this.labelFixups[label]!;
    return before === inPool ? poolOffsets[offset]! : offset + growth[before]!;
  }

  /** Copies the bytes between the fixups that grew to their new places and fills alignment. */
  #copyCode(finished: Uint8Array, { growth }: CodeLayout): void {
    const { bytes, fixups, fixupCount } = this;
    let from = 0;
    for (let index = 0; index < fixupCount; index++) {
      const grown = growth[index + 1]! - growth[index]!;
      if (grown === 0) continue;
      const base = index * fixupWords;
      const at = fixups[base + 1]!;
      copyBytes(bytes, from, at, finished, from + growth[index]!);
      from = at;
      if ((fixups[base]! & 0xff) === fixupKind.align) {
        const start = at + growth[index]!;
        const fill = fixups[base + 2]!;
        if (fill < 0) this.#fill(finished, start, start + grown);
        else finished.fill(fill, start, start + grown);
      } else from += 2; // the short form; #patch writes the long one
    }
    copyBytes(bytes, from, this.length, finished, from + growth[fixupCount]!);
  }

  #patch(finished: Uint8Array, layout: CodeLayout, address: bigint): void {
    const { fixups, fixupCount } = this;
    const { growth } = layout;
    for (let index = 0; index < fixupCount; index++) {
      const base = index * fixupWords;
      const kind = fixups[base]!;
      if ((kind & 0xff) === fixupKind.align) continue;
      const at = fixups[base + 1]! + growth[index]!;
      const extra = fixups[base + 3]!;
      const label = fixups[base + 2]!;
      if (this.#isExternal(label)) {
        // The opcode of the long form; the displacement is the linker's.
        if ((kind & 0xff) === fixupKind.branch)
          patchBranch(finished, at, at + 2 + growth[index + 1]! - growth[index]!, extra);
        continue;
      }
      const target = this.#finalOffset(label, layout);
      switch (kind & 0xff) {
        case fixupKind.branch:
          patchBranch(finished, at, target, growth[index + 1] !== growth[index] ? extra : 0);
          break;
        case fixupKind.relative8: {
          const displacement = target - (at + 1);
          if (displacement !== (displacement << 24) >> 24) {
            throw new EncodingError(
              `${this.labelText(label)} is ${displacement} bytes away from the instruction before byte ${at + 1}, ` +
                "which reaches -128 to 127 and has no longer form",
            );
          }
          finished[at] = displacement;
          break;
        }
        case fixupKind.relative32: {
          const displacement = target + extra - (at + 4 + (kind >> 8));
          if (displacement !== (displacement | 0)) {
            throw new EncodingError(
              `${this.labelText(label)} plus ${extra} is out of reach of a rip-relative displacement`,
            );
          }
          write32(finished, at, displacement);
          break;
        }
        case fixupKind.distance:
          write32(finished, at, target - this.#finalOffset(extra, layout));
          break;
        case fixupKind.absolute64: {
          const absolute = address + BigInt(target);
          write32(finished, at, Number(BigInt.asIntN(32, absolute)));
          write32(finished, at + 4, Number(BigInt.asIntN(32, absolute >> 32n)));
          break;
        }
      }
    }
  }
}

/** Writes a branch in its short form (longOpcode 0: the opcode stands there already) or its long one. */
function patchBranch(bytes: Uint8Array, at: number, target: number, longOpcode: number): void {
  if (longOpcode === 0) {
    bytes[at + 1] = target - (at + 2);
    return;
  }
  let field = at;
  if (longOpcode > 0xff) bytes[field++] = longOpcode >> 8;
  bytes[field++] = longOpcode;
  write32(bytes, field, target - (field + 4));
}

function write32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
}

/** Copies [from, to). A loop beats `set` for the short stretches between branches. */
function copyBytes(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (to - from > 64) target.set(source.subarray(from, to), at);
  else for (let i = from, j = at; i < to; i++, j++) target[j] = source[i]!;
}

function doubled(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
