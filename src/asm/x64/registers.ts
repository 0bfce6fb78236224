/**
 * The registers of x86-64 as operands, and their types.
 *
 * Each class of registers is a type of its own, so that `tsc` refuses a 32-bit register where the manual wants 64 bits.
 * Registers that have forms of their own (`al`, `cl`, `eax`, …) and `rsp`, which cannot be an index, are subtypes.
 * The high bytes ah ch dh bh share numbers with spl bpl sil dil; a REX prefix tells them apart, hence their flags.
 */
import { evexBit, noRegister, Operand, operandFlag, operandKind } from "./operand.ts";

export interface Al extends Operand<"al"> {}
export interface Cl extends Operand<"cl"> {}
export interface Ax extends Operand<"ax"> {}
export interface Dx extends Operand<"dx"> {}
export interface Eax extends Operand<"eax"> {}
export interface Rax extends Operand<"rax"> {}
export interface Rsp extends Operand<"rsp"> {}
export interface Esp extends Operand<"esp"> {}

export interface Gpr8 extends Operand<"al" | "cl" | "r8"> {}
export interface Gpr16 extends Operand<"ax" | "dx" | "r16"> {}
export interface Gpr32 extends Operand<"eax" | "esp" | "r32"> {}
export interface Gpr64 extends Operand<"rax" | "rsp" | "r64"> {}
/** What can be an index register: everything but rsp. */
export interface NonRspGpr64 extends Operand<"rax" | "r64"> {}
export interface NonEspGpr32 extends Operand<"eax" | "r32"> {}

export interface Xmm0 extends Operand<"xmm0"> {}

/** xmm0 to xmm15: what SSE and VEX reach. */
export interface Xmm extends Operand<"xmm" | "xmm0"> {}
export interface Ymm extends Operand<"ymm"> {}
/** xmm16 to xmm31: EVEX only. */
export interface XmmHigh extends Operand<"xmmHigh"> {}
export interface YmmHigh extends Operand<"ymmHigh"> {}
export interface Zmm extends Operand<"zmm"> {}
/** k0 to k7. */
export interface Mask extends Operand<"k" | "k0"> {}
/** k0 cannot mask: its number means that there is no mask. */
export interface Mask0 extends Operand<"k0"> {}
/** k1 to k7, which can: `zmm1.mask(k1)`. */
export interface WriteMask extends Operand<"k"> {}

/** A rounding mode, as the last operand of instructions between registers. Exceptions are suppressed as well. */
export interface Rounding extends Operand<"er"> {}
/** Suppresses floating-point exceptions; the last operand of instructions between registers. */
export interface SuppressExceptions extends Operand<"sae"> {}

/** The instruction pointer, which is a base of memory and nothing else. */
export interface Rip {
  readonly base: "rip";
}
export const rip: Rip = { base: "rip" };

/** es, cs, ss, ds, fs, gs: what `mov` reads and, but for cs, writes. */
export interface SegmentRegister extends Operand<"sreg" | "fs" | "gs"> {}
export interface Fs extends Operand<"fs"> {}
export interface Gs extends Operand<"gs"> {}
/** The two that an address can be in, in 64-bit mode: `qword(fs, ptr(0x28))`. */
export interface Segment extends Operand<"fs" | "gs"> {}

function register<Type extends string>(kind: number, code: number, flags = 0): Operand<Type> {
  // As EVEX's r/m operand, a register from 16 up has its fifth bit in X.
  const rex = ((code & 8) >> 3) | ((code & 16) >> 3) | flags;
  return new Operand<Type>(kind, code, rex, 0xc0 | (code & 7), 0, 0, 0, noRegister, 0, undefined);
}

export const es: SegmentRegister = register(operandKind.sreg, 0);
export const cs: SegmentRegister = register(operandKind.cs, 1);
export const ss: SegmentRegister = register(operandKind.sreg, 2);
export const ds: SegmentRegister = register(operandKind.sreg, 3);
export const fs: Fs = register(operandKind.fs, 4);
export const gs: Gs = register(operandKind.gs, 5);
/** The segment registers by number. */
export const sreg: readonly SegmentRegister[] = [es, cs, ss, ds, fs, gs];

const byte = (code: number, flags = 0): Gpr8 => register(operandKind.r8, code, flags);
const word = (code: number): Operand<"r16"> => register(operandKind.r16, code);
const dword = (code: number): Operand<"r32"> => register(operandKind.r32, code);
const qword = (code: number): Operand<"r64"> => register(operandKind.r64, code);

const rexOnly = 0x40;

export const al: Al = register(operandKind.al, 0);
export const cl: Cl = register(operandKind.cl, 1);
export const dl = byte(2);
export const bl = byte(3);
export const spl = byte(4, rexOnly);
export const bpl = byte(5, rexOnly);
export const sil = byte(6, rexOnly);
export const dil = byte(7, rexOnly);
export const r8b = byte(8);
export const r9b = byte(9);
export const r10b = byte(10);
export const r11b = byte(11);
export const r12b = byte(12);
export const r13b = byte(13);
export const r14b = byte(14);
export const r15b = byte(15);

export const ah = byte(4, operandFlag.noRex);
export const ch = byte(5, operandFlag.noRex);
export const dh = byte(6, operandFlag.noRex);
export const bh = byte(7, operandFlag.noRex);

export const ax: Ax = register(operandKind.ax, 0);
export const cx = word(1);
export const dx: Dx = register(operandKind.dx, 2);
export const bx = word(3);
export const sp = word(4);
export const bp = word(5);
export const si = word(6);
export const di = word(7);
export const r8w = word(8);
export const r9w = word(9);
export const r10w = word(10);
export const r11w = word(11);
export const r12w = word(12);
export const r13w = word(13);
export const r14w = word(14);
export const r15w = word(15);

export const eax: Eax = register(operandKind.eax, 0);
export const ecx = dword(1);
export const edx = dword(2);
export const ebx = dword(3);
export const esp: Esp = register(operandKind.r32, 4);
export const ebp = dword(5);
export const esi = dword(6);
export const edi = dword(7);
export const r8d = dword(8);
export const r9d = dword(9);
export const r10d = dword(10);
export const r11d = dword(11);
export const r12d = dword(12);
export const r13d = dword(13);
export const r14d = dword(14);
export const r15d = dword(15);

export const rax: Rax = register(operandKind.rax, 0);
export const rcx = qword(1);
export const rdx = qword(2);
export const rbx = qword(3);
export const rsp: Rsp = register(operandKind.r64, 4);
export const rbp = qword(5);
export const rsi = qword(6);
export const rdi = qword(7);
export const r8 = qword(8);
export const r9 = qword(9);
export const r10 = qword(10);
export const r11 = qword(11);
export const r12 = qword(12);
export const r13 = qword(13);
export const r14 = qword(14);
export const r15 = qword(15);

/** The general registers by number, for code that has numbers. */
export const gpr8: readonly Gpr8[] = [al, cl, dl, bl, spl, bpl, sil, dil, r8b, r9b, r10b, r11b, r12b, r13b, r14b, r15b]; // prettier keeps one line per width
export const gpr16: readonly Gpr16[] = [ax, cx, dx, bx, sp, bp, si, di, r8w, r9w, r10w, r11w, r12w, r13w, r14w, r15w];
export const gpr32: readonly Gpr32[] = [
  eax,
  ecx,
  edx,
  ebx,
  esp,
  ebp,
  esi,
  edi,
  r8d,
  r9d,
  r10d,
  r11d,
  r12d,
  r13d,
  r14d,
  r15d,
];
export const gpr64: readonly Gpr64[] = [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

type Sixteen<T> = readonly [T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T];
type Seven<T> = readonly [T, T, T, T, T, T, T];

function numbered<T>(first: number, count: number, make: (code: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(first + index));
}

// The casts below state the lengths of `numbered`, which the checker cannot count.
export const xmm0: Xmm0 = register(operandKind.xmm0, 0);
const xmmLow = [xmm0, ...numbered(1, 15, (code): Xmm => register(operandKind.xmm, code))] as unknown as Sixteen<Xmm>;
const xmmUpper = numbered(
  16,
  16,
  (code): XmmHigh => register(operandKind.xmmHigh, code),
) as unknown as Sixteen<XmmHigh>;
const ymmLow = numbered(0, 16, (code): Ymm => register(operandKind.ymm, code)) as unknown as Sixteen<Ymm>;
const ymmUpper = numbered(
  16,
  16,
  (code): YmmHigh => register(operandKind.ymmHigh, code),
) as unknown as Sixteen<YmmHigh>;
const zmmLow = numbered(0, 16, (code): Zmm => register(operandKind.zmm, code)) as unknown as Sixteen<Zmm>;
const zmmUpper = numbered(16, 16, (code): Zmm => register(operandKind.zmm, code)) as unknown as Sixteen<Zmm>;
export const k0: Mask0 = register(operandKind.k, 0);
const masks = numbered(1, 7, (code): WriteMask => register(operandKind.k, code)) as unknown as Seven<WriteMask>;

/** All 32 of a width, by number. */
export const xmm: readonly [...Sixteen<Xmm>, ...Sixteen<XmmHigh>] = [...xmmLow, ...xmmUpper];
export const ymm: readonly [...Sixteen<Ymm>, ...Sixteen<YmmHigh>] = [...ymmLow, ...ymmUpper];
export const zmm: readonly [...Sixteen<Zmm>, ...Sixteen<Zmm>] = [...zmmLow, ...zmmUpper];

export const [, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7] = xmmLow;
export const [, , , , , , , , xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15] = xmmLow;
export const [xmm16, xmm17, xmm18, xmm19, xmm20, xmm21, xmm22, xmm23] = xmmUpper;
export const [, , , , , , , , xmm24, xmm25, xmm26, xmm27, xmm28, xmm29, xmm30, xmm31] = xmmUpper;
export const [ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7] = ymmLow;
export const [, , , , , , , , ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15] = ymmLow;
export const [ymm16, ymm17, ymm18, ymm19, ymm20, ymm21, ymm22, ymm23] = ymmUpper;
export const [, , , , , , , , ymm24, ymm25, ymm26, ymm27, ymm28, ymm29, ymm30, ymm31] = ymmUpper;
export const [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7] = zmmLow;
export const [, , , , , , , , zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15] = zmmLow;
export const [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23] = zmmUpper;
export const [, , , , , , , , zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31] = zmmUpper;
export const [k1, k2, k3, k4, k5, k6, k7] = masks;
/** The mask registers by number. */
export const k: readonly [Mask0, ...Seven<WriteMask>] = [k0, ...masks];

function roundingMode(mode: number): Rounding {
  return roundingOperand(operandKind.er, evexBit.b | (mode << evexBit.roundingShift));
}

function roundingOperand<Type extends string>(kind: number, evex: number): Operand<Type> {
  return new Operand<Type>(kind, 0, 0, 0, 0, 0, 0, noRegister, 0, undefined, evex);
}

/** Round to nearest, ties to even: `a.vaddpd(zmm0, zmm1, zmm2, rnSae)`. */
export const rnSae = roundingMode(0);
/** Round down, toward minus infinity. */
export const rdSae = roundingMode(1);
/** Round up, toward plus infinity. */
export const ruSae = roundingMode(2);
/** Round toward zero. */
export const rzSae = roundingMode(3);
export const sae: SuppressExceptions = roundingOperand(operandKind.sae, evexBit.b);
