/**
 * Instructions on vectors for lowering, found by mnemonic and operands in the instruction rows and kept once made: most
 * programs never ask for most of them.
 *
 * Operands are written as in the rows, without what EVEX adds: `zmm, zmm, zmm/m512` finds `w zmm{kz}, zmm, zmm/m512/m64bcst{er}`.
 * A memory operand as wide as the register beside it may be a spill slot, or a constant (machine-code.ts), which the emitter
 * writes as a broadcast element where the row has one.
 */
import { formOf } from "../../asm/x64/form.ts";
import { type Mnemonic, rowsOf } from "../../asm/x64/instructions.ts";
import type { Row, RowOperand } from "../../asm/x64/row.ts";
import { InternalError } from "../../base/errors.ts";
import { role } from "../../codegen/machine-code.ts";
import { type VectorEncoding, vectorTable, X64Opcode, ymmTable, zmmTable } from "./opcodes.ts";

export type Space = "EVEX" | "VEX";
export type Masking = VectorEncoding["masking"];

const opcodes = new Map<string, X64Opcode>();

/**
 * The opcode of a row. With masking, operand 3 is the mask; `merge` reads operand 0 as well; `choose` is for
 * blends, and for comparisons, which clear the bits of a mask that are masked out.
 * `mnemonic` has to be one of the assembler's, and the row to be there: `InternalError` otherwise.
 */
export function vectorOpcode(space: Space, mnemonic: string, operands: string, masking: Masking = "none"): X64Opcode {
  const key = `${space} ${mnemonic} ${operands} ${masking}`;
  let found = opcodes.get(key);
  if (found === undefined) {
    const rows = rowsOf(mnemonic as Mnemonic); // checked by the next line
    const row = rows?.find((each) => each.space === space && wordsOf(each) === operands);
    if (row === undefined) throw new InternalError(`no ${space} row for ${mnemonic} ${operands}`);
    found = make(row, masking);
    opcodes.set(key, found);
  }
  return found;
}

function wordsOf({ operands }: Row): string {
  return operands.map(({ word }) => word.replace(/\{\w+\}/g, "").replace(/\/m\d+bcst/, "")).join(", ");
}

const registerBits: Readonly<Record<string, number>> = { xmm: 128, ymm: 256, zmm: 512 };
const indexTables = { xmm: vectorTable, ymm: ymmTable, zmm: zmmTable } as const;

function make(row: Row, masking: Masking): X64Opcode {
  const { operands } = row;
  const roles = [0, 0, 0, 0];
  operands.forEach((operand, index) => {
    if (operand.register === undefined) return;
    roles[index] =
      (operand.read ? role.read : 0) | (operand.written ? role.write : 0) | (mayBeSlot(operand) ? role.memory : 0);
  });
  const memory = operands.find((operand) => operand.memory !== undefined);
  const indexed = operands.find(({ vectorIndex }) => vectorIndex !== undefined);
  if (masking !== "none") {
    if (operands.length > 3 && operands[3]?.field !== "immediate")
      throw new InternalError(`${row.mnemonic}: no place for a mask`);
    if (masking === "merge" && operands[0]?.register !== undefined) roles[0]! |= role.read; // four of them
    // A gather clears its mask as it goes.
    roles[3] = indexed !== undefined && operands[0]?.register !== undefined ? role.modify : role.read;
  }
  const broadcastBytes = (memory?.broadcast ?? 0) / 8;
  const vector: VectorEncoding = {
    masking,
    memoryBytes: (memory?.memory ?? 0) / 8,
    broadcastBytes,
    broadcastLanes: broadcastBytes === 0 ? 0 : (memory?.memory ?? 0) / 8 / broadcastBytes,
    index: indexed?.vectorIndex === undefined ? undefined : indexTables[indexed.vectorIndex],
  };
  return new X64Opcode(row.mnemonic, formOf(row), "none", roles, [], [], 0, 0, vector);
}

/** Whether an operand may stay in its slot: it is as wide as the slot of a vector in that register. */
function mayBeSlot({ register, memory, written }: RowOperand): boolean {
  return register !== undefined && memory !== undefined && !written && registerBits[register] === memory;
}
