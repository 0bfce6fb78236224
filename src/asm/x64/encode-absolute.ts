/**
 * Moves between the accumulator and memory at an absolute address of 64 bits (SDM volume 2, MOV, opcodes A0 to A3): the
 * address stands where an immediate would, without ModRM.
 *
 *     [segment] [66] [REX.W] A0 … A3  address of eight bytes
 */
import type { CodeBuffer } from "../code-buffer.ts";
import { type Encode, longestInstruction, writeRarePrefixes } from "./encode-rm.ts";
import type { Operand } from "./operand.ts";
import type { Row } from "./row.ts";

/** Whether an operand of the row is memory at such an address. */
export function hasAbsoluteAddress({ operands }: Row): boolean {
  return operands.some(({ word }) => word.startsWith("moffs"));
}

/** Compiles such a row. */
export function encodeAbsolute({ operands, prefixes, w, opcode }: Row): Encode {
  const addressFirst = operands[0]?.word.startsWith("moffs") === true;
  // The cast says that a row's closure is called with the operands of its row; dispatch and back end see to that.
  return ((buffer: CodeBuffer, a: Operand, b: Operand): void => {
    const address = addressFirst ? a : b;
    buffer.reserve(longestInstruction);
    writeRarePrefixes(buffer, address.rex, address);
    const { bytes } = buffer;
    let p = buffer.length;
    for (const prefix of prefixes) bytes[p++] = prefix;
    if (w === 1) bytes[p++] = 0x48;
    bytes[p++] = opcode;
    for (let shift = 0; shift < 32; shift += 8, p++) {
      bytes[p] = address.disp >> shift;
      bytes[p + 4] = address.sib >> shift;
    }
    buffer.length = p + 4;
  }) as Encode;
}
