/**
 * Instructions with a VEX prefix (SDM volume 2, section 2.3.5). R X B and vvvv are stored inverted.
 *
 *     C5  R vvvv L pp                            where X = B = W = 0 and the opcode map is 0F
 *     C4  R X B mmmmm  W vvvv L pp               else
 */
import { InternalError } from "../../base/errors.ts";
import type { CodeBuffer } from "../code-buffer.ts";
import { digitRegister } from "./encode-legacy.ts";
import { type Encode, longestInstruction, writeRarePrefixes, writeTail } from "./encode-rm.ts";
import type { Operand } from "./operand.ts";
import type { Row } from "./row.ts";

/** `last`: the immediate, where the row has one. */
type Vex = (buffer: CodeBuffer, reg: Operand, vvvv: Operand, rm: Operand, last: number) => void;

const none = digitRegister(0);

export function encodeVex(row: Row): Encode {
  const roles = row.operands.map(({ field }) => field).join(" ");
  if (row.modRm === undefined && roles === "" && row.map === 1 && row.w !== 1) {
    const bytes = Uint8Array.of(0xc5, 0xf8 | lengthAndPrefix(row), row.opcode);
    return (buffer) => buffer.append(bytes);
  }
  const encode = vex(row);
  const digit = digitRegister(typeof row.modRm === "number" ? row.modRm : 0);
  // The cast says that a row's closure is called with the operands of its row; dispatch and back end see to that.
  return byRoles(row, roles, encode, digit) as Encode;
}

function byRoles(row: Row, roles: string, encode: Vex, digit: Operand): unknown {
  switch (roles) {
    case "reg vvvv rm":
    case "reg vvvv rm immediate":
      return encode;
    case "reg vvvv rm is4":
      return (buffer: CodeBuffer, reg: Operand, vvvv: Operand, rm: Operand, is4: Operand) =>
        encode(buffer, reg, vvvv, rm, is4.code << 4);
    case "reg rm":
    case "reg rm immediate":
      return (buffer: CodeBuffer, reg: Operand, rm: Operand, last: number) => encode(buffer, reg, none, rm, last);
    case "reg rm vvvv":
      return (buffer: CodeBuffer, reg: Operand, rm: Operand, vvvv: Operand) => encode(buffer, reg, vvvv, rm, 0);
    case "rm reg":
    case "rm reg immediate":
      return (buffer: CodeBuffer, rm: Operand, reg: Operand, last: number) => encode(buffer, reg, none, rm, last);
    case "rm vvvv reg":
      return (buffer: CodeBuffer, rm: Operand, vvvv: Operand, reg: Operand) => encode(buffer, reg, vvvv, rm, 0);
    case "rm reg vvvv":
      return (buffer: CodeBuffer, rm: Operand, reg: Operand, vvvv: Operand) => encode(buffer, reg, vvvv, rm, 0);
    case "vvvv rm":
    case "vvvv rm immediate":
      return (buffer: CodeBuffer, vvvv: Operand, rm: Operand, last: number) => encode(buffer, digit, vvvv, rm, last);
    case "rm":
      return (buffer: CodeBuffer, rm: Operand) => encode(buffer, digit, none, rm, 0);
  }
  throw new InternalError(`row ${row.mnemonic} "${row.signature}": no VEX encoder for operands in ${roles}`);
}

const prefixCodes: Readonly<Record<number, number>> = { 102: 1, 243: 2, 242: 3 };

/** The number that `pp` has for the row's prefix. */
export function prefixCode(row: Row): number {
  return prefixCodes[row.prefixes[0] ?? 0] ?? 0;
}

function lengthAndPrefix(row: Row): number {
  return ((row.l ?? 0) << 2) | prefixCode(row);
}

function vex(row: Row): Vex {
  const lpp = lengthAndPrefix(row);
  const { map, opcode } = row;
  const w = row.w === 1 ? 0x80 : 0;
  const short = map === 1 && w === 0;
  const after = row.is4 ? 1 : (row.immediates[0] ?? 0);
  return (buffer, reg, vvvv, rm, last) => {
    if (buffer.length > buffer.limit) buffer.reserve(longestInstruction);
    let rex = rm.rex;
    if (rex > 0xff) rex = writeRarePrefixes(buffer, rex, rm);
    const { bytes } = buffer;
    let p = buffer.length;
    const r = (~reg.code & 8) << 4;
    const lower = ((~vvvv.code & 15) << 3) | lpp;
    if (short && rex === 0) {
      bytes[p++] = 0xc5;
      bytes[p++] = r | lower;
    } else {
      bytes[p++] = 0xc4;
      bytes[p++] = r | (((rex & 3) ^ 3) << 5) | map;
      bytes[p++] = w | lower;
    }
    bytes[p++] = opcode;
    bytes[p++] = rm.modrm | ((reg.code & 7) << 3);
    if (rm.tail !== 0) p = writeTail(buffer, p, rm, after);
    if (after !== 0) bytes[p++] = last;
    buffer.length = p;
  };
}
