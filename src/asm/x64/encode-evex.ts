/**
 * Instructions with an EVEX prefix (SDM volume 2, section 2.7.1). R X B R' vvvv V' are stored inverted.
 *
 *     62   R X B R' 0 m m m   W v v v v 1 p p   z L'L b V' a a a   opcode   ModRM [SIB] [disp8*N | disp32]   [immediate]
 *          |           |      |         |       | |   |  |                  |
 *          |           |      |         |       | |   |  mask, 0 for none   an r/m register's fifth bit stands in X
 *          |           |      |         |       | |   broadcast; with a register r/m: rounding, L'L its mode
 *          |           |      |         |       | vector length
 *          |           |      |         |       zeroing
 *          R' R: the two high bits of reg; V' vvvv: a register, V' alone the fifth bit of a vector index
 *
 * A displacement of eight bits counts in units of N bytes: what the instruction reads of memory, or the broadcast element
 * (section 2.7.5). One closure encodes every row; operands bring their bits of the fourth byte (`Operand.evex`).
 */
import { InternalError } from "../../base/errors.ts";
import type { CodeBuffer } from "../code-buffer.ts";
import { digitRegister } from "./encode-legacy.ts";
import { type Encode, longestInstruction, writeRarePrefixes, writeTail } from "./encode-rm.ts";
import { prefixCode } from "./encode-vex.ts";
import { evexBit, type Operand, tailFlag } from "./operand.ts";
import type { Row } from "./row.ts";

/** `last`: the immediate, where the row has one. */
type Evex = (
  buffer: CodeBuffer,
  reg: Operand,
  vvvv: Operand,
  rm: Operand,
  last: number,
  rounding: Operand | undefined,
) => void;

const none = digitRegister(0);

export function encodeEvex(row: Row): Encode {
  const encode = evex(row);
  const digit = digitRegister(typeof row.modRm === "number" ? row.modRm : 0);
  // The cast says that a row's closure is called with the operands of its row; dispatch and back end see to that.
  return byRoles(row, encode, digit) as Encode;
}

type Rounding = Operand | undefined;

function byRoles(row: Row, encode: Evex, digit: Operand): unknown {
  const roles = row.operands.map(({ field }) => field).join(" ");
  switch (roles) {
    case "reg vvvv rm":
      return (buffer: CodeBuffer, reg: Operand, vvvv: Operand, rm: Operand, rounding: Rounding) =>
        encode(buffer, reg, vvvv, rm, 0, rounding);
    case "reg vvvv rm immediate":
      return encode;
    case "reg rm":
      return (buffer: CodeBuffer, reg: Operand, rm: Operand, rounding: Rounding) =>
        encode(buffer, reg, none, rm, 0, rounding);
    case "reg rm immediate":
      return (buffer: CodeBuffer, reg: Operand, rm: Operand, last: number, rounding: Rounding) =>
        encode(buffer, reg, none, rm, last, rounding);
    case "rm reg":
      return (buffer: CodeBuffer, rm: Operand, reg: Operand, rounding: Rounding) =>
        encode(buffer, reg, none, rm, 0, rounding);
    case "rm reg immediate":
      return (buffer: CodeBuffer, rm: Operand, reg: Operand, last: number, rounding: Rounding) =>
        encode(buffer, reg, none, rm, last, rounding);
    case "rm vvvv reg":
      return (buffer: CodeBuffer, rm: Operand, vvvv: Operand, reg: Operand) =>
        encode(buffer, reg, vvvv, rm, 0, undefined);
    case "vvvv rm immediate":
      return (buffer: CodeBuffer, vvvv: Operand, rm: Operand, last: number) =>
        encode(buffer, digit, vvvv, rm, last, undefined);
  }
  throw new InternalError(`row ${row.mnemonic} "${row.signature}": no EVEX encoder for operands in ${roles}`);
}

/** The vector length, which a rounding mode takes the place of. */
const lengthBits = 0x60;

function evex(row: Row): Evex {
  const { map, opcode } = row;
  const wpp = (row.w === 1 ? 0x80 : 0) | 0x04 | prefixCode(row);
  const length = (row.l ?? 0) << evexBit.roundingShift;
  const after = row.immediates[0] ?? 0;
  const scale = Math.log2(row.dispScale);
  const broadcast = row.operands.find((operand) => operand.broadcast !== undefined)?.broadcast;
  const broadcastScale = broadcast === undefined ? 0 : Math.log2(broadcast / 8);
  return (buffer, reg, vvvv, rm, last, rounding) => {
    if (buffer.length > buffer.limit) buffer.reserve(longestInstruction);
    let rex = rm.rex;
    if (rex > 0xff) rex = writeRarePrefixes(buffer, rex, rm);
    const { bytes } = buffer;
    let p = buffer.length;
    const { code } = reg;
    // Of the operands one at most brings each bit; V' is stored inverted, as is everything in the two bytes before.
    const asked = reg.evex | vvvv.evex | rm.evex | ((vvvv.code & 16) >> 1);
    bytes[p] = 0x62;
    bytes[p + 1] = ((~code & 8) << 4) | (((rex & 3) ^ 3) << 5) | (~code & 16) | map;
    bytes[p + 2] = wpp | ((~vvvv.code & 15) << 3);
    bytes[p + 3] = (rounding === undefined ? length | asked : rounding.evex | (asked & ~lengthBits)) ^ evexBit.v;
    bytes[p + 4] = opcode;
    bytes[p + 5] = rm.modrm | ((code & 7) << 3);
    p += 6;
    if (rm.tail !== 0) p = writeScaledTail(buffer, p, rm, after, rm.evex & evexBit.b ? broadcastScale : scale);
    if (after !== 0) bytes[p++] = last;
    buffer.length = p;
  };
}

/** Writes SIB and displacement behind ModRM, which it changes where the displacement in units of `1 << scale` fits a byte, or not. */
function writeScaledTail(buffer: CodeBuffer, at: number, memory: Operand, after: number, scale: number): number {
  const { modrm, tail, disp } = memory;
  // Without mod there is no displacement, or one of four bytes that cannot be shorter.
  if (modrm < 0x40) return writeTail(buffer, at, memory, after);
  const { bytes } = buffer;
  let p = at;
  if (tail & tailFlag.sib) bytes[p++] = memory.sib;
  const units = disp >> scale;
  const isShort = units << scale === disp && units === (units << 24) >> 24;
  // mod 01 or 10, bits 7 and 6.
  bytes[at - 1] = ((bytes[at - 1] ?? 0) & 0x3f) | (isShort ? 0x40 : 0x80);
  bytes[p++] = isShort ? units : disp;
  if (isShort) return p;
  bytes[p++] = disp >> 8;
  bytes[p++] = disp >> 16;
  bytes[p++] = disp >> 24;
  return p;
}
