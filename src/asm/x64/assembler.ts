/**
 * The x86-64 assembler: a method for every mnemonic of the tables, typed from their rows, and labels, data, alignment and
 * constants around them.
 *
 *     const a = new Assembler();
 *     const loop = a.label("loop");
 *     a.xor(eax, eax);
 *     a.bind(loop);
 *     a.add(rax, rdi);
 *     a.dec(rdi);
 *     a.jnz(loop);
 *     a.ret();
 *     a.toBytes();
 *
 * A method picks the first row of its mnemonic that takes the operands, which is the shortest. Operands that fit no row
 * fail in `tsc`; for untyped callers they throw an `EncodingError` that lists the forms, and nothing is written.
 */
import { EncodingError } from "../../base/errors.ts";
import { CodeBuffer, type Relocation } from "../code-buffer.ts";
import { checkOwner } from "./encode-rm.ts";
import { InstructionBase } from "./instruction-methods.ts";
import { listingOf } from "./listing.ts";
import { fillWithNoOperations } from "./no-operations.ts";
import { noRegister, Operand, operandKind } from "./operand.ts";
import { type Label, type Mem, type Mem64, ptr, qword } from "./operands.ts";

/** A position in the code that was marked, for `offsetOf`. */
export type Mark = number & { readonly mark: unique symbol };

export class Assembler extends InstructionBase {
  /** What the instructions are written into; forms (`form.ts`) take it directly. */
  readonly buffer: CodeBuffer;

  constructor(buffer: CodeBuffer = new CodeBuffer(fillWithNoOperations)) {
    super();
    this.buffer = buffer;
  }

  /** A new label; `bind` gives it its place. `name` appears in errors. */
  label(name?: string): Label {
    return labelOperand(this.buffer, this.buffer.newLabel(name));
  }

  /**
   * A label in other code, which a linker finds by its name: calls, jumps and rip-relative addresses of it, and `dq`, become
   * `relocations()`.
   */
  external(name: string): Label {
    return labelOperand(this.buffer, this.buffer.externalLabel(name));
  }

  /** Puts a label here. Throws `EncodingError` if it has a place already or belongs to another assembler. */
  bind(label: Label): void {
    checkOwner(this.buffer, label);
    this.buffer.bindLabel(label.code);
  }

  /** Marks this place: `offsetOf` tells where it is in the finished code. Cheaper than a label. */
  mark(): Mark {
    const mark = this.buffer.newLabel();
    this.buffer.bindLabel(mark);
    return mark as Mark; // a mark is a label's number that nobody branches to
  }

  /** Offset in the finished code as it stands now. Throws `EncodingError` if the label, or any that is used, is unbound. */
  offsetOf(place: Label | Mark): number {
    if (typeof place === "number") return this.buffer.offsetOf(place);
    checkOwner(this.buffer, place);
    return this.buffer.offsetOf(place.code);
  }

  /**
   * Pads to a multiple of `alignment` (a power of two up to 4096) with no-operations, or with the byte `fill`.
   * Offsets count from the start of the code, which has to be installed as aligned.
   */
  align(alignment: number, fill?: number): void {
    this.buffer.align(alignment, fill);
  }

  /** Bytes: numbers from -128 to 255, or whole arrays of bytes. */
  db(...values: readonly (number | Uint8Array)[]): void {
    for (const value of values) {
      if (typeof value === "number") this.#append("db", value, 1);
      else this.buffer.append(value);
    }
  }

  /** 16-bit words, little endian. */
  dw(...values: readonly number[]): void {
    for (const value of values) this.#append("dw", value, 2);
  }

  /** 32-bit words, little endian. */
  dd(...values: readonly number[]): void {
    for (const value of values) this.#append("dd", value, 4);
  }

  /**
   * 64-bit words, little endian; numbers are integers, a double's bits are for `constant`. A label stands for its address,
   * which is known when the code is loaded (`toBytes(address)`) or linked (`relocations()`).
   */
  dq(...values: readonly (number | bigint | Label)[]): void {
    for (const value of values) {
      if (value instanceof Operand && value.kind === operandKind.label) {
        checkOwner(this.buffer, value);
        this.buffer.absolute(value.code);
      } else this.#append("dq", value as number | bigint, 8); // what is no label is checked there
    }
  }

  /**
   * A call of code anywhere in memory, through its address in the constant pool: six bytes, no register. `call(label)` is for
   * this code. The address has 64 bits; a number has to be an integer below 2^53.
   */
  callAddress(address: number | bigint): void {
    this.call(this.#addressConstant("callAddress", address));
  }

  /** A jump to code anywhere in memory, as `callAddress`. */
  jumpAddress(address: number | bigint): void {
    this.jmp(this.#addressConstant("jumpAddress", address));
  }

  #addressConstant(name: string, address: number | bigint): Mem64 {
    const value = typeof address === "bigint" || Number.isSafeInteger(address) ? BigInt(address) : undefined;
    if (value === undefined || value < 0n || value >= 1n << 64n) {
      throw new EncodingError(`${name}: expected an address from 0 to 2^64 - 1, got ${address}`);
    }
    return qword(labelOperand(this.buffer, this.buffer.constant(bytesOfConstant(BigInt.asIntN(64, value)), 8)));
  }

  /** Four bytes that hold the distance from one label to another: an entry of a jump table. */
  distance(from: Label, to: Label): void {
    checkOwner(this.buffer, from);
    checkOwner(this.buffer, to);
    this.buffer.distance(from.code, to.code);
  }

  /**
   * A constant that is put after the code, as an address without a size: `a.addsd(xmm0, a.constant(1.5))`.
   * A number is a double, a BigInt a 64-bit word; bytes are taken as they are, aligned to their length by default
   * (at most 64). Equal constants share one place.
   */
  constant(value: number | bigint | Uint8Array, alignment?: number): Mem {
    const bytes = value instanceof Uint8Array ? value : bytesOfConstant(value);
    const natural = bytes.length >= 64 ? 64 : 2 ** Math.ceil(Math.log2(Math.max(bytes.length, 1)));
    return ptr(labelOperand(this.buffer, this.buffer.constant(bytes, alignment ?? natural)));
  }

  /**
   * The finished code. Can be called again after more was written. Throws `EncodingError` for unbound labels and branches out
   * of range. What `dq` holds of labels counts from `address`, where the first byte will be loaded.
   */
  toBytes(address: number | bigint = 0n): Uint8Array {
    return this.buffer.toBytes(BigInt(address));
  }

  /**
   * The fields that depend on where this code and other code are loaded, for object files: labels in `dq`, and every use of an
   * `external` label. Empty for code that runs wherever it is put.
   */
  relocations(): readonly Relocation[] {
    return this.buffer.relocations();
  }

  /** The finished code as text: offsets, bytes, instructions as LLVM prints them, labels by their names. */
  listing(): string {
    return listingOf(this.buffer);
  }

  #append(name: string, value: number | bigint, width: 1 | 2 | 4 | 8): void {
    const bits = BigInt(8 * width);
    const integer = typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value) : undefined;
    if (integer === undefined || integer < -(1n << (bits - 1n)) || integer >= 1n << bits) {
      throw new EncodingError(`${name}: expected an integer from -2^${bits - 1n} to 2^${bits} - 1, got ${value}`);
    }
    const { buffer } = this;
    buffer.reserve(width);
    for (let index = 0; index < width; index++) {
      buffer.bytes[buffer.length++] = Number(BigInt.asUintN(8, integer >> BigInt(8 * index)));
    }
  }
}

/** A label's operand: its number, and in `disp` the serial number of its buffer. */
export function labelOperand(buffer: CodeBuffer, label: number): Label {
  return new Operand<"label">(operandKind.label, label, 0, 0, 0, 0, buffer.serial, noRegister, 0, undefined);
}

function bytesOfConstant(value: number | bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  if (typeof value === "number") view.setFloat64(0, value, true);
  else view.setBigInt64(0, value, true);
  return new Uint8Array(view.buffer);
}

/** A new, empty assembler. */
export function assembler(): Assembler {
  return new Assembler();
}
