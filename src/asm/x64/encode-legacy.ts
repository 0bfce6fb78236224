/**
 * Instructions with legacy prefixes (SDM volume 2, section 2.1 and 2.2.1):
 *
 *     [segment] [67]  [66] [F2|F3]  [REX 0100WRXB]  [0F [38|3A]] opcode  [ModRM mod reg r/m] [SIB] [disp]  [immediate]
 *
 * One closure per row. A row's `/digit` is a register of that number to the code that writes ModRM.
 */
import { InternalError } from "../../base/errors.ts";
import type { CodeBuffer } from "../code-buffer.ts";
import { fixupKind } from "../fixups.ts";
import {
  checkOwner,
  type Encode,
  longestInstruction,
  writeImmediate,
  writeNarrowImmediate,
  writeRarePrefixes,
  writeTail,
} from "./encode-rm.ts";
import { noRegister, Operand, operandFlag, operandKind } from "./operand.ts";
import type { Row } from "./row.ts";

type Rm = (buffer: CodeBuffer, rm: Operand, reg: Operand) => void;
type RmImmediate = (buffer: CodeBuffer, rm: Operand, immediate: number) => void;
type RegRmImmediate = (buffer: CodeBuffer, a: Operand, b: Operand, immediate: number) => void;
type Plus = (buffer: CodeBuffer, register: Operand, immediate: number | bigint) => void;

/** Compiles a row without branch displacement. */
export function encodeLegacy(row: Row): Encode {
  const fields = row.operands.map(({ field }) => field);
  while (fields.at(-1) === "fixed") fields.pop();
  const roles = fields.join(" ");
  // The casts say that a row's closure is called with the operands of its row; dispatch and back end see to that.
  if (row.modRm !== undefined) {
    const encode = withModRm(row, roles) as Encode;
    const narrow = row.prefixes.includes(0x67) && row.operands[1]?.memory !== undefined;
    return narrow ? (buffer, a, b) => encode(buffer, a, b instanceof Operand ? withAddress32(b) : b) : encode;
  }
  if (row.plusRegister) {
    const encode = plusRegister(row);
    if (roles === "fixed opcode")
      return ((buffer, _fixed: Operand, register: Operand) => encode(buffer, register, 0)) as Encode;
    if (roles === "opcode" || roles === "opcode immediate") return encode as Encode;
  } else {
    const bytes = leadingBytes(row);
    if (roles === "") return (buffer) => buffer.append(bytes);
    const immediates = immediatesOnly(bytes, row.immediates[0] ?? 0, row.immediates[1] ?? 0);
    if (roles === "immediate" || roles === "immediate immediate") return immediates as Encode;
    if (roles === "fixed immediate")
      return ((buffer, _fixed: Operand, value: number) => immediates(buffer, value, 0)) as Encode;
  }
  throw new InternalError(`row ${row.mnemonic} "${row.signature}": no legacy encoder for operands in ${roles}`);
}

/** Branches to labels. `relaxed`: the opcodes of the short and the long form where the mnemonic has both. */
export function encodeBranch(row: Row, relaxed: { short: number; long: number } | undefined): Encode {
  const bytes = leadingBytes(row);
  const width = row.branchBytes ?? 4;
  const kind = width === 1 ? fixupKind.relative8 : fixupKind.relative32;
  return (buffer, target) => {
    if (typeof target === "object" && target.kind === operandKind.label) {
      checkOwner(buffer, target);
      if (relaxed !== undefined) {
        buffer.branch(relaxed.short, relaxed.long, target.code);
        return;
      }
      buffer.append(bytes);
      buffer.addFixup(kind, buffer.length, target.code, 0);
      buffer.reserve(width);
      buffer.length = writeImmediate(buffer.bytes, buffer.length, 0, width);
      return;
    }
    buffer.append(bytes);
    buffer.reserve(width);
    buffer.length = writeImmediate(buffer.bytes, buffer.length, Number(target), width);
  };
}

/** The same memory behind a prefix 67, be there a register in its address or not. */
function withAddress32({ kind, code, rex, modrm, tail, sib, disp, index, segment, label, evex }: Operand): Operand {
  const flags = rex | operandFlag.address32;
  return new Operand(kind, code, flags, modrm, tail, sib, disp, index, segment, label, evex);
}

/** Every byte before the operands: prefixes, REX, opcode map, opcode, fixed ModRM. */
function leadingBytes(row: Row): Uint8Array {
  const map = row.map === 0 ? [] : row.map === 1 ? [0x0f] : [0x0f, row.map === 2 ? 0x38 : 0x3a];
  const rex = row.w === 1 ? [0x48] : [];
  return Uint8Array.of(
    ...row.prefixes,
    ...rex,
    ...map,
    row.opcode,
    ...(row.fixedModRm === undefined ? [] : [row.fixedModRm]),
  );
}

/** The operand that puts a digit into ModRM's reg field. */
export function digitRegister(digit: number): Operand {
  return new Operand(operandKind.none, digit, 0, 0xc0 | digit, 0, 0, 0, noRegister, 0, undefined);
}

function withModRm(row: Row, roles: string): unknown {
  const digit = digitRegister(typeof row.modRm === "number" ? row.modRm : 0);
  const width = row.immediates[0] ?? 0;
  const write = writerOf(row);
  switch (roles) {
    case "reg rm":
      return write;
    case "rm reg":
      return rmFirst(row, write);
    case "rm":
      return (buffer: CodeBuffer, rm: Operand) => write(buffer, digit, rm, 0);
    case "rm immediate":
      return digitImmediate(row, digit, width);
    case "reg rm immediate":
      return regRmImmediate(row, width, false);
    case "rm reg immediate":
      return regRmImmediate(row, width, true);
  }
  throw new InternalError(`row ${row.mnemonic} "${row.signature}": no ModRM encoder for operands in ${roles}`);
}

/**
 * The legacy prefixes, two at most, as one number, the first one lowest; 0 for none. No row has more. Memory brings its 67
 * itself.
 */
function packedPrefixes({ mnemonic, prefixes: all, operands }: Row): number {
  const hasMemory = operands.some(({ memory }) => memory !== undefined);
  const prefixes = hasMemory ? all.filter((prefix) => prefix !== 0x67) : all;
  if (prefixes.length > 2) throw new InternalError(`row of ${mnemonic}: more than two legacy prefixes`);
  return (prefixes[0] ?? 0) | ((prefixes[1] ?? 0) << 8);
}

/** Opcode map and opcode as one number: the map times 256 plus the opcode. */
function packedOpcode({ map, opcode }: Row): number {
  return (map << 8) | opcode;
}

/** Writes an instruction without immediate; of one with an immediate everything before that, which takes `after` bytes. */
type Write = (buffer: CodeBuffer, reg: Operand, rm: Operand, after: number) => void;

/** Everything up to the displacement, whatever the row and its operands are. */
function general(row: Row): Write {
  const prefixes = packedPrefixes(row);
  const w = row.w === 1 ? 8 : 0;
  const opcode = packedOpcode(row);
  return (buffer, reg, rm, after) => {
    if (buffer.length > buffer.limit) buffer.reserve(longestInstruction);
    let rex = w | (reg.reg >> 8) | rm.rex;
    if (rex > 0xff) rex = writeRarePrefixes(buffer, rex, rm);
    const { bytes } = buffer;
    let p = buffer.length;
    if (prefixes !== 0) {
      bytes[p++] = prefixes;
      if (prefixes > 0xff) bytes[p++] = prefixes >> 8;
    }
    if (rex !== 0) bytes[p++] = 0x40 | rex;
    if (opcode > 0xff) {
      bytes[p++] = 0x0f;
      if (opcode > 0x1ff) bytes[p++] = opcode > 0x2ff ? 0x3a : 0x38;
    }
    bytes[p] = opcode;
    bytes[p + 1] = rm.modrm | (reg.reg & 0x38);
    p += 2;
    buffer.length = rm.tail === 0 ? p : writeTail(buffer, p, rm, after);
  };
}

/**
 * The writer of a row. The two most frequent shapes, an opcode of one byte and one behind 0F with a prefix or none, have code
 * that does no more than they need and leaves full buffers, segments and the like to the general one.
 */
function writerOf(row: Row): Write {
  const prefix = packedPrefixes(row);
  const w = row.w === 1 ? 8 : 0;
  const { map, opcode } = row;
  const rare = general(row);
  if (map === 0 && prefix === 0) {
    return (buffer, reg, rm, after) => {
      const rex = w | (reg.reg >> 8) | rm.rex;
      let p = buffer.length;
      if (rex > 0xff || p > buffer.limit) {
        rare(buffer, reg, rm, after);
        return;
      }
      const { bytes } = buffer;
      if (rex !== 0) bytes[p++] = 0x40 | rex;
      bytes[p] = opcode;
      bytes[p + 1] = rm.modrm | (reg.reg & 0x38);
      p += 2;
      buffer.length = rm.tail === 0 ? p : writeTail(buffer, p, rm, after);
    };
  }
  if (map === 1 && prefix <= 0xff) {
    return (buffer, reg, rm, after) => {
      const rex = w | (reg.reg >> 8) | rm.rex;
      let p = buffer.length;
      if (rex > 0xff || p > buffer.limit) {
        rare(buffer, reg, rm, after);
        return;
      }
      const { bytes } = buffer;
      if (prefix !== 0) bytes[p++] = prefix;
      if (rex !== 0) bytes[p++] = 0x40 | rex;
      bytes[p] = 0x0f;
      bytes[p + 1] = opcode;
      bytes[p + 2] = rm.modrm | (reg.reg & 0x38);
      p += 3;
      buffer.length = rm.tail === 0 ? p : writeTail(buffer, p, rm, after);
    };
  }
  return rare;
}

/** The operands the other way round; the shape of `mov` and its like has code of its own once more. */
function rmFirst(row: Row, write: Write): Rm {
  const w = row.w === 1 ? 8 : 0;
  const { map, opcode } = row;
  if (map !== 0 || packedPrefixes(row) !== 0) return (buffer, rm, reg) => write(buffer, reg, rm, 0);
  return (buffer, rm, reg) => {
    const rex = w | (reg.reg >> 8) | rm.rex;
    let p = buffer.length;
    if (rex > 0xff || p > buffer.limit) {
      write(buffer, reg, rm, 0);
      return;
    }
    const { bytes } = buffer;
    if (rex !== 0) bytes[p++] = 0x40 | rex;
    bytes[p] = opcode;
    bytes[p + 1] = rm.modrm | (reg.reg & 0x38);
    p += 2;
    buffer.length = rm.tail === 0 ? p : writeTail(buffer, p, rm, 0);
  };
}

function digitImmediate(row: Row, digit: Operand, width: number): RmImmediate {
  const write = writerOf(row);
  const w = row.w === 1 ? 8 : 0;
  const { map, opcode } = row;
  const field = digit.reg & 0x38;
  const rare: RmImmediate = (buffer, rm, immediate) => {
    write(buffer, digit, rm, width);
    buffer.reserve(width);
    buffer.length = writeNarrowImmediate(buffer.bytes, buffer.length, immediate, width);
  };
  if (map !== 0 || packedPrefixes(row) !== 0) return rare;
  return (buffer, rm, immediate) => {
    const rex = w | rm.rex;
    let p = buffer.length;
    if (rex > 0xff || p > buffer.limit) {
      rare(buffer, rm, immediate);
      return;
    }
    const { bytes } = buffer;
    if (rex !== 0) bytes[p++] = 0x40 | rex;
    bytes[p] = opcode;
    bytes[p + 1] = rm.modrm | field;
    p += 2;
    if (rm.tail !== 0) p = writeTail(buffer, p, rm, width);
    buffer.length = writeNarrowImmediate(bytes, p, immediate, width);
  };
}

function regRmImmediate(row: Row, width: number, isRmFirst: boolean): RegRmImmediate {
  const write = writerOf(row);
  return (buffer, a, b, immediate) => {
    if (isRmFirst) write(buffer, b, a, width);
    else write(buffer, a, b, width);
    buffer.reserve(width);
    buffer.length = writeNarrowImmediate(buffer.bytes, buffer.length, immediate, width);
  };
}

/** A register in the opcode's low three bits, and an immediate or none. */
function plusRegister(row: Row): Plus {
  const prefixes = packedPrefixes(row);
  const w = row.w === 1 ? 8 : 0;
  const { map, opcode } = row;
  if (map > 1) throw new InternalError(`row ${row.mnemonic} "${row.signature}": no encoder for +r in a longer map`);
  const width = row.immediates[0] ?? 0;
  return (buffer, register, immediate) => {
    if (buffer.length > buffer.limit) buffer.reserve(longestInstruction);
    let rex = w | register.rex;
    if (rex > 0xff) rex = writeRarePrefixes(buffer, rex, register);
    const { bytes } = buffer;
    let p = buffer.length;
    if (prefixes !== 0) bytes[p++] = prefixes;
    if (rex !== 0) bytes[p++] = 0x40 | rex;
    if (map !== 0) bytes[p++] = 0x0f;
    bytes[p++] = opcode | (register.code & 7);
    buffer.length = width === 0 ? p : writeImmediate(bytes, p, immediate, width);
  };
}

function immediatesOnly(bytes: Uint8Array, first: number, second: number) {
  return (buffer: CodeBuffer, a: number, b: number): void => {
    buffer.append(bytes);
    buffer.reserve(8);
    let p = writeImmediate(buffer.bytes, buffer.length, a, first);
    if (second !== 0) p = writeImmediate(buffer.bytes, p, b, second);
    buffer.length = p;
  };
}
