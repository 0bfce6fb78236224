/**
 * The one shape of everything an x86-64 instruction can be given besides numbers: registers, memory and labels.
 *
 * An `Operand` is immutable and carries its encoding ready-made, so that an encoder only combines fields: `rex` holds the
 * REX bits it asks for as the `r/m` operand, `modrm` its mod and r/m bits, and `tail` says which bytes follow. One hidden
 * class keeps the encoders' property reads monomorphic. `type` exists for the type checker alone.
 *
 *     rex    bit 0 B · bit 1 X · bit 6 a REX prefix must stand (spl bpl sil dil) · bits 8 up: `operandFlag`
 *     modrm  mod 00 r/m, as in SDM volume 2, section 2.1.5; the reg field is left zero
 *     reg    bits 3-5 the reg field of ModRM · bits 8 up what it asks for in `rex`: R, and the flags of byte registers
 *     tail   `tailFlag`s of what follows ModRM; 0 for registers
 *     evex   z L'L b V' aaa, what it asks for in the last byte of an EVEX prefix (section 2.7); V' not inverted
 *
 * What AVX-512 adds to an operand makes another operand:
 *
 *     zmm1.mask(k2)              zmm1 {k2}       lanes that k2 leaves out keep their value
 *     zmm1.maskz(k2)             zmm1 {k2} {z}   … become zero
 *     qword(rdi).broadcast(8)    qword ptr [rdi]{1to8}
 */
import { EncodingError } from "../../base/errors.ts";

/**
 * What dispatch sees of an operand: a number below 128, so that four fit into one key. Registers that have short forms of
 * their own (`al`, `cl`, …) and those that only EVEX reaches are kinds of their own; numbers are classed by value
 * (`operand-kinds.ts`).
 */
export const operandKind = {
  none: 0,
  al: 1,
  cl: 2,
  r8: 3,
  ax: 4,
  dx: 5,
  r16: 6,
  eax: 7,
  r32: 8,
  rax: 9,
  r64: 10,
  xmm: 11,
  ymm: 12,
  zmm: 13,
  /** xmm16 to xmm31, and ymm16 to ymm31: no VEX form takes them. */
  xmmHigh: 14,
  ymmHigh: 15,
  k: 16,
  /** Memory without a size. */
  m: 17,
  m8: 18,
  m16: 19,
  m32: 20,
  m64: 21,
  m80: 22,
  m128: 23,
  m256: 24,
  m512: 25,
  /** Memory whose index is an xmm, ymm or zmm register. */
  vmx: 26,
  vmy: 27,
  vmz: 28,
  label: 29,
  /** The mask of the legacy blends. */
  xmm0: 30,
  /** With a mask, all 32 registers alike. */
  kMerge: 31,
  xmmMerge: 32,
  ymmMerge: 33,
  zmmMerge: 34,
  xmmZero: 35,
  ymmZero: 36,
  zmmZero: 37,
  /** In the order of their plain kinds, `maskedMemory` further on. */
  mMerge: 38,
  m8Merge: 39,
  m16Merge: 40,
  m32Merge: 41,
  m64Merge: 42,
  m80Merge: 43,
  m128Merge: 44,
  m256Merge: 45,
  m512Merge: 46,
  vmxMerge: 47,
  vmyMerge: 48,
  vmzMerge: 49,
  m32to2: 50,
  m32to4: 51,
  m32to8: 52,
  m32to16: 53,
  m64to2: 54,
  m64to4: 55,
  m64to8: 56,
  /** A rounding mode, and `{sae}` alone. */
  er: 57,
  sae: 58,
  // 64 to 95 are numbers (`immediates.ts`); those behind them are rare.
  /** Segment registers; fs and gs can be pushed. */
  sreg: 96,
  fs: 97,
  gs: 98,
  /** Memory of 48 bits, a far pointer of 16:32. */
  m48: 99,
  /** Memory at an address of 64 bits, which only moves of the accumulator take. */
  moffs8: 100,
  moffs16: 101,
  moffs32: 102,
  moffs64: 103,
  /** It can be read only. */
  cs: 104,
} as const;

/** From a kind of memory to the same with a mask. */
export const maskedMemory = operandKind.mMerge - operandKind.m;

export type OperandKindName = keyof typeof operandKind;

/** Bits of `Operand.rex` above the byte: what needs more than the common path. */
export const operandFlag = {
  /** ah ch dh bh: no REX prefix may stand in the instruction. */
  noRex: 0x100,
  segment: 0x200,
  /** The address registers are 32 bits wide: prefix 67. */
  address32: 0x400,
} as const;

/** In `Operand.rex`: a REX prefix must stand, with whatever bits. */
const rexNeeded = 0x40;

/** Bits of `Operand.tail`: what follows ModRM. */
export const tailFlag = {
  sib: 1,
  disp8: 2,
  disp32: 4,
  /** A four-byte displacement from the end of the instruction to `label` plus `disp`. */
  label: 8,
} as const;

/** `Operand.code` and `Operand.index` where there is no such register. */
export const noRegister = -1;
/** `Operand.code` of memory that is addressed from the instruction pointer. */
export const ripBase = -2;

/** Bits of `Operand.evex`. The lowest three are the mask's number. */
export const evexBit = {
  /** Rounding is given, or memory is broadcast. */
  b: 0x10,
  /** The fifth bit of a vector index. */
  v: 0x08,
  /** The rounding mode, where the vector length stands else. */
  roundingShift: 5,
  z: 0x80,
} as const;

type Vector = "xmm0" | "xmm" | "xmmHigh" | "ymm" | "ymmHigh" | "zmm";
type Maskable = Vector | "k" | "k0" | "m" | "m16" | "m32" | "m64" | "m128" | "m256" | "m512" | "vmx" | "vmy" | "vmz";
type Width<Type extends string> = Type extends `xmm${string}`
  ? "xmm"
  : Type extends `ymm${string}`
    ? "ymm"
    : Type extends `k${string}`
      ? "k"
      : Type;

export class Operand<out Type extends string = string> {
  /** For the type checker alone; never set. */
  declare readonly type: Type;

  /** One of `operandKind`. */
  readonly kind: number;
  /** A register's number; of memory the base register's, `noRegister` or `ripBase`; a label's number in its buffer. */
  readonly code: number;
  readonly rex: number;
  readonly modrm: number;
  readonly tail: number;
  readonly sib: number;
  /** Signed 32 bits. Of a label in memory: what is added to its address. Of a 64-bit address the low half, `sib` the high one. */
  readonly disp: number;
  /** Memory's index register, or `noRegister`. */
  readonly index: number;
  /** Memory's segment override prefix: 0x64 (fs), 0x65 (gs) or 0. */
  readonly segment: number;
  readonly label: Operand | undefined;
  readonly evex: number;
  /** What a register asks for as the `reg` operand: its field of ModRM, and above bit 8 what goes into `rex`. */
  readonly reg: number;

  constructor(
    kind: number,
    code: number,
    rex: number,
    modrm: number,
    tail: number,
    sib: number,
    disp: number,
    index: number,
    segment: number,
    label: Operand | undefined,
    evex = 0,
  ) {
    // In this order they stand in memory: what every encoder reads lies together.
    this.kind = kind;
    this.code = code;
    this.rex = rex;
    this.modrm = modrm;
    this.tail = tail;
    this.reg = ((code & 7) << 3) | ((((code & 8) >> 1) | (rex & (operandFlag.noRex | rexNeeded))) << 8);
    this.evex = evex;
    this.sib = sib;
    this.disp = disp;
    this.index = index;
    this.segment = segment;
    this.label = label;
  }

  /**
   * This operand as a destination of which only the lanes in the mask are written: `zmm1 {k2}`. k0 cannot be a mask.
   * Registers are made once; nothing is allocated for them afterwards.
   */
  mask<T extends Maskable>(this: Operand<T>, mask: Operand<"k">): Operand<`${Width<T>}{k}`> {
    return masked(this, mask, 0) as Operand<`${Width<T>}{k}`>; // `type` is a fiction of the checker
  }

  /** This register as a destination whose lanes outside the mask become zero: `zmm1 {k2} {z}`. */
  maskz<T extends Vector>(this: Operand<T>, mask: Operand<"k">): Operand<`${Width<T>}{kz}`> {
    return masked(this, mask, evexBit.z) as Operand<`${Width<T>}{kz}`>; // as above
  }

  /** One element of memory, repeated in all lanes: `qword(rdi).broadcast(8)`. `lanes` times its size is the vector's. */
  broadcast<T extends "m32" | "m64", const Lanes extends T extends "m32" ? 2 | 4 | 8 | 16 : 2 | 4 | 8>(
    this: Operand<T>,
    lanes: Lanes,
  ): Operand<`${T}to${Lanes}`> {
    return broadcast(this, lanes) as Operand<`${T}to${Lanes}`>; // as above
  }

  /** As the manuals write it: `rax`, `qword ptr [rax + 8*rcx - 16]`. */
  toString(): string {
    return operandText(this);
  }
}

function copy(operand: Operand, kind: number, evex: number): Operand {
  const { code, rex, modrm, tail, sib, disp, index, segment, label } = operand;
  return new Operand(kind, code, rex, modrm, tail, sib, disp, index, segment, label, evex);
}

const mergeKinds: Readonly<Record<number, number>> = {
  [operandKind.xmm0]: operandKind.xmmMerge,
  [operandKind.xmm]: operandKind.xmmMerge,
  [operandKind.xmmHigh]: operandKind.xmmMerge,
  [operandKind.ymm]: operandKind.ymmMerge,
  [operandKind.ymmHigh]: operandKind.ymmMerge,
  [operandKind.zmm]: operandKind.zmmMerge,
  [operandKind.k]: operandKind.kMerge,
};
const zeroKinds = operandKind.xmmZero - operandKind.xmmMerge;

/** Every masked register that was asked for, by kind, number, zeroing and mask. */
const maskedRegisters: (Operand | undefined)[] = [];

function masked(operand: Operand, mask: Operand, zeroing: number): Operand {
  if (!(mask instanceof Operand) || mask.kind !== operandKind.k || mask.code === 0) {
    throw new EncodingError(`${operand}: a mask is k1 to k7, not ${mask}${isK0(mask) ? ", which means no mask" : ""}`);
  }
  const merge = mergeKinds[operand.kind];
  if (merge === undefined) {
    if (operand.kind < operandKind.m || operand.kind > operandKind.vmz) {
      throw new EncodingError(`${operand} cannot be masked; vector registers, mask registers and memory can`);
    }
    if (zeroing !== 0) throw new EncodingError(`${operand}: memory has no zeroing {z}; use mask instead of maskz`);
    return copy(operand, operand.kind + maskedMemory, operand.evex | mask.code);
  }
  if (zeroing !== 0 && merge === operandKind.kMerge) {
    throw new EncodingError(`${operand}: a mask register has no zeroing {z}; use mask instead of maskz`);
  }
  const kind = zeroing === 0 ? merge : merge + zeroKinds;
  const at = (kind << 8) | (operand.code << 3) | mask.code;
  let found = maskedRegisters[at];
  if (found === undefined) {
    found = copy(operand, kind, zeroing | mask.code);
    maskedRegisters[at] = found;
  }
  return found;
}

function isK0(mask: unknown): boolean {
  return mask instanceof Operand && mask.kind === operandKind.k;
}

function broadcast(memory: Operand, lanes: number): Operand {
  const { kind } = memory;
  const first = kind === operandKind.m32 ? operandKind.m32to2 : kind === operandKind.m64 ? operandKind.m64to2 : -1;
  const most = kind === operandKind.m32 ? 16 : 8;
  if (first < 0) throw new EncodingError(`${memory} cannot be broadcast; dword and qword memory can`);
  const doubling = [2, 4, 8, 16].indexOf(lanes);
  if (doubling < 0 || lanes > most) {
    throw new EncodingError(
      `${memory}: expected 2, 4, ${most === 16 ? "8 or 16" : "or 8"} lanes, got ${lanes}; they fill a vector of up to 512 bits`,
    );
  }
  return copy(memory, first + doubling, memory.evex | evexBit.b);
}

/** The names of the general registers by width in bits, in the order of their numbers. */
export const generalRegisterNames = {
  8: "al cl dl bl spl bpl sil dil r8b r9b r10b r11b r12b r13b r14b r15b".split(" "),
  16: "ax cx dx bx sp bp si di r8w r9w r10w r11w r12w r13w r14w r15w".split(" "),
  32: "eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d".split(" "),
  64: "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" "),
} as const;

/** The high halves of ax cx dx bx, numbers 4 to 7 where no REX prefix stands. */
export const highByteNames: readonly string[] = ["ah", "ch", "dh", "bh"];

/** The segment registers, in the order of their numbers. */
export const segmentRegisterNames: readonly string[] = ["es", "cs", "ss", "ds", "fs", "gs"];

const sizeWords: Readonly<Record<number, string>> = {
  [operandKind.m8]: "byte ptr ",
  [operandKind.m16]: "word ptr ",
  [operandKind.m32]: "dword ptr ",
  [operandKind.m48]: "fword ptr ",
  [operandKind.m64]: "qword ptr ",
  [operandKind.m80]: "tbyte ptr ",
  [operandKind.m128]: "xmmword ptr ",
  [operandKind.m256]: "ymmword ptr ",
  [operandKind.m512]: "zmmword ptr ",
};

/** True for memory of every size and kind of index, masked and broadcast too. */
export function isMemory({ kind }: Operand): boolean {
  return (
    (kind >= operandKind.m && kind <= operandKind.vmz) ||
    (kind >= operandKind.mMerge && kind <= operandKind.m64to8) ||
    kind === operandKind.m48
  );
}

/** How many lanes broadcast memory fills; 0 for every other operand. */
export function broadcastLanes({ kind }: Operand): number {
  if (kind < operandKind.m32to2 || kind > operandKind.m64to8) return 0;
  return 2 << (kind >= operandKind.m64to2 ? kind - operandKind.m64to2 : kind - operandKind.m32to2);
}

/** The kind without mask and broadcast; of masked registers the one of the lower sixteen. */
function plainKind({ kind }: Operand): number {
  if (kind >= operandKind.m64to2) return kind <= operandKind.m64to8 ? operandKind.m64 : kind; // rare kinds are plain
  if (kind >= operandKind.m32to2) return operandKind.m32;
  if (kind >= operandKind.mMerge) return kind - maskedMemory;
  return maskedClasses[kind] ?? kind;
}

const maskedClasses: Readonly<Record<number, number>> = {
  [operandKind.kMerge]: operandKind.k,
  [operandKind.xmmMerge]: operandKind.xmm,
  [operandKind.ymmMerge]: operandKind.ymm,
  [operandKind.zmmMerge]: operandKind.zmm,
  [operandKind.xmmZero]: operandKind.xmm,
  [operandKind.ymmZero]: operandKind.ymm,
  [operandKind.zmmZero]: operandKind.zmm,
};

/** The rounding modes as the manuals write them, by their number in L'L. */
export const roundingNames: readonly string[] = ["{rn-sae}", "{rd-sae}", "{ru-sae}", "{rz-sae}"];

function operandText(operand: Operand): string {
  const { kind, evex } = operand;
  if (kind === operandKind.label) return `label ${operand.code}`;
  if (kind === operandKind.sae) return "{sae}";
  if (kind === operandKind.er) return roundingNames[evex >> evexBit.roundingShift] ?? "?";
  if (isAbsolute(operand)) return absoluteText(operand);
  const lanes = broadcastLanes(operand);
  const text = isMemory(operand) ? memoryText(operand) : registerText(operand);
  if (lanes > 0) return `${text}{1to${lanes}}`;
  return `${text}${(evex & 7) === 0 ? "" : ` {k${evex & 7}}`}${evex & evexBit.z ? " {z}" : ""}`;
}

function registerText(operand: Operand): string {
  const { code, rex } = operand;
  const kind = plainKind(operand);
  if (rex & operandFlag.noRex) return highByteNames[code - 4] ?? "?";
  const names = namesByKind[kind];
  return names === undefined ? `${vectorNames[kind] ?? "?"}${code}` : (names[code] ?? "?");
}

const namesByKind: Readonly<Record<number, readonly string[]>> = {
  [operandKind.al]: generalRegisterNames[8],
  [operandKind.cl]: generalRegisterNames[8],
  [operandKind.r8]: generalRegisterNames[8],
  [operandKind.ax]: generalRegisterNames[16],
  [operandKind.dx]: generalRegisterNames[16],
  [operandKind.r16]: generalRegisterNames[16],
  [operandKind.eax]: generalRegisterNames[32],
  [operandKind.r32]: generalRegisterNames[32],
  [operandKind.rax]: generalRegisterNames[64],
  [operandKind.r64]: generalRegisterNames[64],
  [operandKind.sreg]: segmentRegisterNames,
  [operandKind.cs]: segmentRegisterNames,
  [operandKind.fs]: segmentRegisterNames,
  [operandKind.gs]: segmentRegisterNames,
};

/** True for memory at an address of 64 bits. */
export function isAbsolute({ kind }: Operand): boolean {
  return kind >= operandKind.moffs8 && kind <= operandKind.moffs64;
}

/** The address of an operand of 64-bit address, signed. */
export function absoluteAddress({ disp, sib }: Operand): bigint {
  return (BigInt(sib) << 32n) | BigInt(disp >>> 0);
}

const absoluteSizes = ["byte", "word", "dword", "qword"];

function absoluteText(operand: Operand): string {
  const size = absoluteSizes[operand.kind - operandKind.moffs8] ?? "?";
  return `${size} ptr ${segmentText(operand)}[${absoluteAddress(operand)}]`;
}

function segmentText({ segment }: Operand): string {
  return segment === 0 ? "" : segment === 0x64 ? "fs:" : "gs:";
}

const vectorNames: Readonly<Record<number, string>> = {
  [operandKind.xmm]: "xmm",
  [operandKind.xmm0]: "xmm",
  [operandKind.xmmHigh]: "xmm",
  [operandKind.ymm]: "ymm",
  [operandKind.ymmHigh]: "ymm",
  [operandKind.zmm]: "zmm",
  [operandKind.k]: "k",
};

const vectorIndexNames: Readonly<Record<number, string>> = {
  [operandKind.vmx]: "xmm",
  [operandKind.vmy]: "ymm",
  [operandKind.vmz]: "zmm",
};

function memoryText(memory: Operand): string {
  const addressNames = generalRegisterNames[memory.rex & operandFlag.address32 ? 32 : 64];
  const terms: string[] = [];
  if (memory.label !== undefined) terms.push(`rip + label ${memory.label.code}`);
  else if (memory.code === ripBase) terms.push("rip");
  else if (memory.code !== noRegister) terms.push(addressNames[memory.code] ?? "?");
  if (memory.index !== noRegister) {
    const vector = vectorIndexNames[plainKind(memory)];
    const scale = 1 << (memory.sib >> 6);
    const name = vector === undefined ? addressNames[memory.index] : `${vector}${memory.index}`;
    terms.push(scale === 1 && terms.length > 0 ? `${name}` : `${scale}*${name}`);
  }
  const { disp } = memory;
  let inside = terms.join(" + ");
  if (inside === "") inside = String(disp);
  else if (disp !== 0) inside += disp < 0 ? ` - ${-disp}` : ` + ${disp}`;
  return `${sizeWords[plainKind(memory)] ?? ""}${segmentText(memory)}[${inside}]`;
}
