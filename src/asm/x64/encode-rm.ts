/**
 * What legacy and VEX encoders share: the rare prefixes in front, the bytes behind ModRM, and the shape of an encoder.
 */
import { EncodingError } from "../../base/errors.ts";
import type { CodeBuffer } from "../code-buffer.ts";
import { fixupKind } from "../fixups.ts";
import { type Operand, operandFlag, tailFlag } from "./operand.ts";

/** What an instruction can be given. */
export type Argument = Operand | number | bigint;

/**
 * Writes one instruction. Takes the explicit operands of its row in order and checks nothing: the operands have to be of
 * the row's kinds and immediates in range.
 */
export type Encode = (buffer: CodeBuffer, a?: Argument, b?: Argument, c?: Argument, d?: Argument, e?: Argument) => void;

/** No instruction is longer (SDM volume 2, section 2.3.11). */
export const longestInstruction = 15;

/**
 * The uncommon half of REX: writes the segment and address-size prefixes that the flags in `rex` ask for and returns the
 * REX bits alone. Throws for a high byte register beside anything that needs a REX prefix.
 */
export function writeRarePrefixes(buffer: CodeBuffer, rex: number, memory: Operand): number {
  const bits = rex & 0xff;
  if (rex & operandFlag.noRex && bits !== 0) {
    throw new EncodingError(
      "ah, ch, dh and bh cannot stand in an instruction with a REX prefix (64-bit operands, r8 to r15, spl, bpl, sil, dil)",
    );
  }
  if (rex & operandFlag.segment) buffer.bytes[buffer.length++] = memory.segment;
  if (rex & operandFlag.address32) buffer.bytes[buffer.length++] = 0x67;
  return bits;
}

/** Writes SIB and displacement after ModRM; `after` immediate bytes follow them. Returns the next position. */
export function writeTail(buffer: CodeBuffer, at: number, memory: Operand, after: number): number {
  const { bytes } = buffer;
  const { tail, disp } = memory;
  let p = at;
  if (tail & tailFlag.sib) bytes[p++] = memory.sib;
  if (tail & tailFlag.disp8) bytes[p++] = disp;
  else if (tail & tailFlag.disp32) {
    bytes[p++] = disp;
    bytes[p++] = disp >> 8;
    bytes[p++] = disp >> 16;
    bytes[p++] = disp >> 24;
  } else if (tail & tailFlag.label && memory.label !== undefined) {
    checkOwner(buffer, memory.label);
    buffer.addFixup(fixupKind.relative32 | (after << 8), p, memory.label.code, disp);
    bytes[p++] = 0;
    bytes[p++] = 0;
    bytes[p++] = 0;
    bytes[p++] = 0;
  }
  return p;
}

/** A label carries its buffer's serial number in `disp`. */
export function checkOwner(buffer: CodeBuffer, label: Operand): void {
  if (label.disp !== buffer.serial) {
    throw new EncodingError(
      `${label} belongs to another assembler; make labels with label() of the one that uses them`,
    );
  }
}

/** Writes an immediate of 1, 2, 4 or 8 bytes. Numbers are taken modulo its width. Returns the next position. */
export function writeImmediate(bytes: Uint8Array, at: number, value: number | bigint, width: number): number {
  return width === 8 ? writeImmediate64(bytes, at, value) : writeNarrowImmediate(bytes, at, Number(value), width);
}

/** Writes an immediate of 1, 2 or 4 bytes. */
export function writeNarrowImmediate(bytes: Uint8Array, at: number, value: number, width: number): number {
  bytes[at] = value;
  if (width === 1) return at + 1;
  bytes[at + 1] = value >> 8;
  if (width === 2) return at + 2;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
  return at + 4;
}

function writeImmediate64(bytes: Uint8Array, at: number, value: number | bigint): number {
  let low: number;
  let high: number;
  if (typeof value === "number") {
    low = value | 0;
    high = Math.floor(value / 0x1_0000_0000) | 0;
  } else {
    low = Number(BigInt.asIntN(32, value));
    high = Number(BigInt.asIntN(32, value >> 32n));
  }
  for (let shift = 0, p = at; shift < 32; shift += 8, p++) {
    bytes[p] = low >> shift;
    bytes[p + 4] = high >> shift;
  }
  return at + 8;
}
