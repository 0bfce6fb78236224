/**
 * A form is one row made ready to encode: what the back end holds in its lowered instructions.
 *
 *     const add = form("add", "r64, rm64");
 *     add.encode(buffer, rax, qword(rbp, -8));
 *     add.row.operands[0].written;   // true
 */

import { encodeAbsolute, hasAbsoluteAddress } from "./encode-absolute.ts";
import { encodeEvex } from "./encode-evex.ts";
import { encodeBranch, encodeLegacy } from "./encode-legacy.ts";
import type { Encode } from "./encode-rm.ts";
import { encodeVex } from "./encode-vex.ts";
import { type Mnemonic, rowOf, rowsOf, type SignatureKey } from "./instructions.ts";
import type { SignatureOf } from "./operand-types.ts";
import type { Row } from "./row.ts";

export interface Form {
  readonly mnemonic: string;
  /** Operand roles, implicit registers and features. */
  readonly row: Row;
  /**
   * Writes the instruction. Checks nothing: the operands have to fit the row, memory included, and immediates be in
   * range. A branch given a label takes its short or long form at layout, whichever row it was asked for.
   */
  readonly encode: Encode;
}

const forms = new WeakMap<Row, Form>();

/** The form of a row; compiled once. */
export function formOf(row: Row): Form {
  let found = forms.get(row);
  if (found === undefined) {
    found = { mnemonic: row.mnemonic, row, encode: compile(row) };
    forms.set(row, found);
  }
  return found;
}

/** The form of a mnemonic with this signature, with or without marks and implicit operands. */
export function form<M extends Mnemonic>(mnemonic: M, signature: SignatureOf<M> | SignatureKey<M>): Form;
// `unknown`, and not the type above: to see that it is a string, the compiler would read every row of every table.
export function form(mnemonic: Mnemonic, signature: unknown): Form {
  return formOf(rowOf(mnemonic, String(signature)));
}

function compile(row: Row): Encode {
  if (row.branchBytes !== undefined) return encodeBranch(row, relaxedOpcodes(row));
  if (hasAbsoluteAddress(row)) return encodeAbsolute(row);
  if (row.space === "legacy") return encodeLegacy(row);
  return row.space === "VEX" ? encodeVex(row) : encodeEvex(row);
}

/** The opcodes of a branch that has a short and a long form. */
function relaxedOpcodes({ mnemonic }: Row): { short: number; long: number } | undefined {
  const rows = rowsOf(mnemonic);
  const short = rows.find(({ branchBytes }) => branchBytes === 1);
  const long = rows.find(({ branchBytes }) => branchBytes === 4);
  if (short === undefined || long === undefined) return undefined;
  return { short: short.opcode, long: long.map === 1 ? 0x0f00 | long.opcode : long.opcode };
}
