/**
 * Memory operands: `qword(rbp, -8)`, `dword(rax, rcx, 4)`, `ptr(label)`, …
 *
 * A constructor computes ModRM and SIB once (SDM volume 2, section 2.1.5 and tables 2-2, 2-3), so that encoding copies
 * them. The odd cases of those tables live here and nowhere else:
 *   - base rsp or r12 needs a SIB byte (r/m 100 means "SIB follows");
 *   - base rbp or r13 needs a displacement (mod 00 with r/m 101 means rip-relative, with SIB base 101 no base);
 *   - an absolute address needs a SIB byte without base and index, since mod 00 r/m 101 is rip-relative;
 *   - rsp is no index (index 100 means none).
 */
import { EncodingError } from "../../base/errors.ts";
import {
  evexBit,
  isAbsolute,
  isMemory,
  noRegister,
  Operand,
  operandFlag,
  operandKind,
  ripBase,
  tailFlag,
} from "./operand.ts";
import type {
  Gpr32,
  Gpr64,
  NonEspGpr32,
  NonRspGpr64,
  Rip,
  Segment,
  Xmm,
  XmmHigh,
  Ymm,
  YmmHigh,
  Zmm,
} from "./registers.ts";

/** Memory without a size: fits where a register or the instruction fixes it. */
export interface Mem extends Operand<"m"> {}
export interface Mem8 extends Operand<"m8"> {}
export interface Mem16 extends Operand<"m16"> {}
export interface Mem32 extends Operand<"m32"> {}
/** A far pointer in memory, 16:32. */
export interface Mem48 extends Operand<"m48"> {}
export interface Mem64 extends Operand<"m64"> {}
export interface Mem80 extends Operand<"m80"> {}
export interface Mem128 extends Operand<"m128"> {}
export interface Mem256 extends Operand<"m256"> {}
export interface Mem512 extends Operand<"m512"> {}
/** Memory with a vector of indices, for gathers and scatters. */
export interface MemX extends Operand<"vmx"> {}
export interface MemY extends Operand<"vmy"> {}
export interface MemZ extends Operand<"vmz"> {}
/** Memory at an address of 64 bits, for moves of al, ax, eax and rax: `qword(0x1122_3344_5566_7788n)`. */
export interface Far8 extends Operand<"moffs8"> {}
export interface Far16 extends Operand<"moffs16"> {}
export interface Far32 extends Operand<"moffs32"> {}
export interface Far64 extends Operand<"moffs64"> {}
/** A place in the code; made by `assembler.label()`, bound once by `assembler.bind(label)`. */
export interface Label extends Operand<"label"> {}

export type Scale = 1 | 2 | 4 | 8;

/** The ways to write an address. `disp` is a signed 32-bit number of bytes. */
export interface MemoryConstructor<M, Far = never> {
  /** `[base + disp]` */
  (base: Gpr64 | Gpr32, disp?: number): M;
  /** `[base + scale*index + disp]` */
  (base: Gpr64, index: NonRspGpr64, scale?: Scale, disp?: number): M;
  (base: Gpr32, index: NonEspGpr32, scale?: Scale, disp?: number): M;
  /** A vector of addresses `[base + scale*index + disp]`, `base` may be `undefined`. */
  (base: Gpr64 | undefined, index: Xmm | XmmHigh, scale?: Scale, disp?: number): MemX;
  (base: Gpr64 | undefined, index: Ymm | YmmHigh, scale?: Scale, disp?: number): MemY;
  (base: Gpr64 | undefined, index: Zmm, scale?: Scale, disp?: number): MemZ;
  /** `[scale*index + disp]` */
  (base: undefined, index: NonRspGpr64, scale?: Scale, disp?: number): M;
  /** A place in this code, reached from the instruction pointer; `disp` bytes after the label. */
  (label: Label, disp?: number): M;
  /** `[rip + disp]`, counted from the end of the instruction. */
  (base: Rip, disp?: number): M;
  /** The absolute address `disp`, a signed 32-bit number. */
  (absolute: number): M;
  /** An absolute address of 64 bits, signed or unsigned: only moves between the accumulator and memory take it. */
  (absolute: bigint): Far;
  /** The same address in another segment, as in `qword(fs, ptr(0x28))`. */
  (segment: Segment, address: Operand<`m${string}`>): M;
}

export const ptr = memoryConstructor<Mem>("ptr", operandKind.m);
export const byte = memoryConstructor<Mem8, Far8>("byte", operandKind.m8);
export const word = memoryConstructor<Mem16, Far16>("word", operandKind.m16);
export const dword = memoryConstructor<Mem32, Far32>("dword", operandKind.m32);
export const fword = memoryConstructor<Mem48>("fword", operandKind.m48);
export const qword = memoryConstructor<Mem64, Far64>("qword", operandKind.m64);
export const tbyte = memoryConstructor<Mem80>("tbyte", operandKind.m80);
export const xmmword = memoryConstructor<Mem128>("xmmword", operandKind.m128);
export const ymmword = memoryConstructor<Mem256>("ymmword", operandKind.m256);
export const zmmword = memoryConstructor<Mem512>("zmmword", operandKind.m512);

type First = Operand | Rip | number | bigint | undefined;

function memoryConstructor<M, Far = never>(name: string, kind: number): MemoryConstructor<M, Far> {
  const construct = (first: First, second?: Operand | number, third?: number, fourth?: number): Operand => {
    if (first instanceof Operand && first.kind <= operandKind.r64 && first.kind >= operandKind.eax) {
      // By far the most frequent: a base with a displacement.
      if (second === undefined) return fromBase(kind, first, 0);
      if (typeof second === "number") return fromBase(kind, first, checkDisp(name, second));
      return indexed(name, kind, first, second, third ?? 1, fourth ?? 0);
    }
    return construct2(name, kind, first, second, third, fourth);
  };
  // One implementation stands behind all overloads; the result's `type` is a fiction of the checker.
  return construct as unknown as MemoryConstructor<M, Far>;
}

function construct2(
  name: string,
  kind: number,
  first: First,
  second: Operand | number | undefined,
  scale = 1,
  disp = 0,
): Operand {
  if (typeof first === "number") return absolute(kind, checkDisp(name, first));
  if (typeof first === "bigint") return farAbsolute(name, kind, first);
  if (first === undefined && second instanceof Operand) return indexed(name, kind, undefined, second, scale, disp);
  if (first instanceof Operand) {
    if (first.kind === operandKind.label) return fromLabel(name, kind, first, second);
    const isSegment = first.kind === operandKind.fs || first.kind === operandKind.gs;
    if (isSegment && second instanceof Operand && (isMemory(second) || isAbsolute(second))) {
      return inSegment(kind, first.code + firstSegmentPrefix, second);
    }
  } else if (first !== undefined && "base" in first && (second === undefined || typeof second === "number")) {
    const relative = checkDisp(name, second ?? 0);
    return new Operand(kind, ripBase, 0, 0x05, tailFlag.disp32, 0, relative, noRegister, 0, undefined);
  }
  throw new EncodingError(
    `${name}: no address from (${describe(first)}, ${describe(second)}); ` +
      "forms: base, disp | base, index, scale, disp | undefined, index, scale, disp | label, disp | rip, disp | address | segment, memory",
  );
}

function fromBase(kind: number, base: Operand, disp: number): Operand {
  const low = base.code & 7;
  const mod = modOf(low, disp);
  const needsSib = low === 4;
  return new Operand(
    kind,
    base.code,
    addressRex(base),
    (mod << 6) | low,
    (needsSib ? tailFlag.sib : 0) | tailOf(mod),
    needsSib ? 0x24 : 0,
    disp,
    noRegister,
    0,
    undefined,
  );
}

function indexed(
  name: string,
  kind: number,
  base: Operand | undefined,
  index: Operand,
  scale: number,
  offset: number,
): Operand {
  const disp = checkDisp(name, offset);
  const indexKind = indexKindOf(kind, index);
  const general = indexKind === kind;
  if (indexKind === 0 || (general && base !== undefined && is32(base) !== is32(index))) {
    throw new EncodingError(
      `${name}: ${describe(index)} cannot index ${base === undefined ? "" : describe(base)}; ` +
        "an index is a general register as wide as the base, or an xmm, ymm or zmm register",
    );
  }
  if (general && index.code === 4) throw new EncodingError(`${name}: ${index} cannot be an index register`);
  if (scale !== 1 && scale !== 2 && scale !== 4 && scale !== 8) {
    throw new EncodingError(`${name}: a scale is 1, 2, 4 or 8, not ${scale}`);
  }
  const scaleBits = scale === 1 ? 0 : scale === 2 ? 0x40 : scale === 4 ? 0x80 : 0xc0;
  const indexRex = ((index.code & 8) >> 2) | (general && is32(index) ? operandFlag.address32 : 0);
  const indexBits = scaleBits | ((index.code & 7) << 3);
  const evex = index.code & 16 ? evexBit.v : 0;
  if (base === undefined) {
    const tail = tailFlag.sib | tailFlag.disp32;
    const sib = indexBits | 5;
    return new Operand(indexKind, noRegister, indexRex, 0x04, tail, sib, disp, index.code, 0, undefined, evex);
  }
  const low = base.code & 7;
  const mod = modOf(low, disp);
  return new Operand(
    indexKind,
    base.code,
    addressRex(base) | indexRex,
    (mod << 6) | 4,
    tailFlag.sib | tailOf(mod),
    indexBits | low,
    disp,
    index.code,
    0,
    undefined,
    evex,
  );
}

/** The memory's kind with this index: its own with a general register, a vector one, or 0 where it cannot be an index. */
function indexKindOf(kind: number, index: Operand): number {
  if (index.kind >= operandKind.eax && index.kind <= operandKind.r64) return kind;
  switch (index.kind) {
    case operandKind.xmm:
    case operandKind.xmm0:
    case operandKind.xmmHigh:
      return operandKind.vmx;
    case operandKind.ymm:
    case operandKind.ymmHigh:
      return operandKind.vmy;
    case operandKind.zmm:
      return operandKind.vmz;
    default:
      return 0;
  }
}

function absolute(kind: number, address: number): Operand {
  const tail = tailFlag.sib | tailFlag.disp32;
  return new Operand(kind, noRegister, 0, 0x04, tail, 0x25, address, noRegister, 0, undefined);
}

/** From the number of fs or gs to its override prefix. */
const firstSegmentPrefix = 0x60;

const farKinds: Readonly<Record<number, number>> = {
  [operandKind.m8]: operandKind.moffs8,
  [operandKind.m16]: operandKind.moffs16,
  [operandKind.m32]: operandKind.moffs32,
  [operandKind.m64]: operandKind.moffs64,
};

function farAbsolute(name: string, kind: number, address: bigint): Operand {
  const own = farKinds[kind];
  if (own === undefined) {
    throw new EncodingError(`${name}: an address of 64 bits has one of byte, word, dword and qword`);
  }
  if (address < -(1n << 63n) || address >= 1n << 64n) {
    throw new EncodingError(`${name}: expected an address from 0 to 2^64 - 1, got ${address}`);
  }
  const low = Number(BigInt.asIntN(32, address));
  const high = Number(BigInt.asIntN(32, address >> 32n));
  return new Operand(own, noRegister, 0, 0, 0, high, low, noRegister, 0, undefined);
}

function fromLabel(name: string, kind: number, label: Operand, addend: Operand | number | undefined): Operand {
  if (addend instanceof Operand) {
    throw new EncodingError(`${name}: a rip-relative address has no index; lea the label's address into a register`);
  }
  const disp = checkDisp(name, addend ?? 0);
  return new Operand(kind, ripBase, 0, 0x05, tailFlag.label, 0, disp, noRegister, 0, label);
}

function inSegment(kind: number, prefix: number, address: Operand): Operand {
  const { code, rex, modrm, tail, sib, disp, index, label, evex } = address;
  const own = address.kind >= operandKind.vmx && address.kind !== operandKind.m48 ? address.kind : kind;
  return new Operand(own, code, rex | operandFlag.segment, modrm, tail, sib, disp, index, prefix, label, evex);
}

function modOf(lowBase: number, disp: number): number {
  if (disp === 0 && lowBase !== 5) return 0;
  return disp === (disp << 24) >> 24 ? 1 : 2;
}

function tailOf(mod: number): number {
  return mod === 0 ? 0 : mod === 1 ? tailFlag.disp8 : tailFlag.disp32;
}

function addressRex(base: Operand): number {
  return is32(base) ? (base.code >> 3) | operandFlag.address32 : base.code >> 3;
}

function is32(register: Operand): boolean {
  return register.kind === operandKind.r32 || register.kind === operandKind.eax;
}

function checkDisp(name: string, disp: number): number {
  if (disp !== (disp | 0)) {
    throw new EncodingError(
      `${name}: a displacement is an integer from -2147483648 to 2147483647, not ${disp}; put a longer address into a register`,
    );
  }
  return disp | 0;
}

function describe(value: unknown): string {
  if (value instanceof Operand) return value.toString();
  if (typeof value === "object" && value !== null) return "base" in value ? "rip" : "object";
  return String(value);
}
