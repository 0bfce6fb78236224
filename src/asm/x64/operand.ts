/**
 * The one shape of everything an x86-64 instruction can be given besides numbers: registers, memory and labels.
 *
 * An `Operand` is immutable and carries its encoding ready-made, so that an encoder only combines fields: `rex` holds the
 * REX bits it asks for as the `r/m` operand, `modrm` its mod and r/m bits, and `tail` says which bytes follow. One hidden
 * class keeps the encoders' property reads monomorphic. `type` exists for the type checker alone.
 *
 *     rex    bit 0 B · bit 1 X · bit 6 a REX prefix must stand (spl bpl sil dil) · bits 8 up: `operandFlag`
 *     modrm  mod 00 r/m, as in SDM volume 2, section 2.1.5; the reg field is left zero
 *     tail   `tailFlag`s of what follows ModRM; 0 for registers
 */

/**
 * What dispatch sees of an operand: a number below 64, so that four fit into one key. Registers that have short forms of
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
} as const;

export type OperandKindName = keyof typeof operandKind;

/** Bits of `Operand.rex` above the byte: what needs more than the common path. */
export const operandFlag = {
  /** ah ch dh bh: no REX prefix may stand in the instruction. */
  noRex: 0x100,
  segment: 0x200,
  /** The address registers are 32 bits wide: prefix 67. */
  address32: 0x400,
} as const;

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
  /** Signed 32 bits. Of a label in memory: what is added to its address. */
  readonly disp: number;
  /** Memory's index register, or `noRegister`. */
  readonly index: number;
  /** Memory's segment override prefix: 0x64 (fs), 0x65 (gs) or 0. */
  readonly segment: number;
  readonly label: Operand | undefined;

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
  ) {
    this.kind = kind;
    this.code = code;
    this.rex = rex;
    this.modrm = modrm;
    this.tail = tail;
    this.sib = sib;
    this.disp = disp;
    this.index = index;
    this.segment = segment;
    this.label = label;
  }

  /** As the manuals write it: `rax`, `qword ptr [rax + 8*rcx - 16]`. */
  toString(): string {
    return operandText(this);
  }
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

const sizeWords: Readonly<Record<number, string>> = {
  [operandKind.m8]: "byte ptr ",
  [operandKind.m16]: "word ptr ",
  [operandKind.m32]: "dword ptr ",
  [operandKind.m64]: "qword ptr ",
  [operandKind.m80]: "tbyte ptr ",
  [operandKind.m128]: "xmmword ptr ",
  [operandKind.m256]: "ymmword ptr ",
  [operandKind.m512]: "zmmword ptr ",
};

/** True for memory of every size and kind of index. */
export function isMemory(operand: Operand): boolean {
  return operand.kind >= operandKind.m && operand.kind <= operandKind.vmz;
}

function operandText(operand: Operand): string {
  if (operand.kind === operandKind.label) return `label ${operand.code}`;
  return isMemory(operand) ? memoryText(operand) : registerText(operand);
}

function registerText({ kind, code, rex }: Operand): string {
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
};

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
    const vector = vectorIndexNames[memory.kind];
    const scale = 1 << (memory.sib >> 6);
    const name = vector === undefined ? addressNames[memory.index] : `${vector}${memory.index}`;
    terms.push(scale === 1 && terms.length > 0 ? `${name}` : `${scale}*${name}`);
  }
  const { disp } = memory;
  let inside = terms.join(" + ");
  if (inside === "") inside = String(disp);
  else if (disp !== 0) inside += disp < 0 ? ` - ${-disp}` : ` + ${disp}`;
  const segment = memory.segment === 0 ? "" : memory.segment === 0x64 ? "fs:" : "gs:";
  return `${sizeWords[memory.kind] ?? ""}${segment}[${inside}]`;
}
