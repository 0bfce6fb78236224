/**
 * The machine instructions that lowering chooses from: assembler forms by their rows, and pseudo instructions, which the
 * emitter writes out as a few real ones.
 *
 * What an instruction reads, writes and may find in memory is the row's (`row-notation.ts`); nothing is stated twice but
 * for `modify`: rows that the manual marks as writing although the old upper part stays (`setcc r8`, `cvtsi2sd xmm`).
 * Pairs are indexed by the width of an integer (0: 32, 1: 64 bits) or of a float (0: 32, 1: 64 bits).
 */

import { type Form, formOf } from "../../asm/x64/form.ts";
import { type Mnemonic, rowOf } from "../../asm/x64/instructions.ts";
import { generalRegisterNames, type Operand } from "../../asm/x64/operand.ts";
import { byte, dword, ptr, qword, word, xmmword, ymmword, zmmword } from "../../asm/x64/operands.ts";
import { cl, gpr8, gpr16, gpr32, gpr64, k, xmm, ymm, zmm } from "../../asm/x64/registers.ts";
import { InternalError } from "../../base/errors.ts";
import { onDemand } from "../../base/on-demand.ts";
import { firstMask, firstVector, MachineOpcode, role } from "../../codegen/machine-code.ts";
import { callClobbers, floatArgumentCount, integerArguments, vectorCallClobbers } from "./calling-convention.ts";

/** What the emitter does for an instruction that is no single form. */
export type Pseudo =
  | "none"
  | "move"
  | "zero"
  | "jump"
  | "branch"
  | "return"
  | "call"
  | "trap"
  | "trap-if"
  | "trap-overflow"
  | "trap-conversion-if"
  | "remainder"
  | "float-extreme"
  | "float-select"
  | "truncate-signed"
  | "truncate-unsigned"
  | "saturate-signed"
  | "saturate-unsigned"
  | "convert-unsigned"
  | "to-int32"
  | "divide-if";

/** How a register's number (machine-code.ts) becomes the operand that stands at one place of a form; `undefined` for immediates. */
export type OperandTable = readonly (Operand | undefined)[] | undefined;

/** A table of registers whose numbers start at `first`. */
function tableFrom(first: number, registers: readonly Operand[]): readonly (Operand | undefined)[] {
  return [...new Array<undefined>(first).fill(undefined), ...registers];
}

/** Vector registers, by number. */
export const vectorTable = tableFrom(firstVector, xmm);
export const ymmTable = tableFrom(firstVector, ymm);
export const zmmTable = tableFrom(firstVector, zmm);
/** Mask registers, by number. */
export const maskTable = tableFrom(firstMask, k);

/** What an instruction on vectors has besides: masks, broadcasts, vector indices. */
export interface VectorEncoding {
  /**
   * How operand 3, which is no operand of the form, masks the form's first: not at all; other lanes stay; they become zero; or
   * the mask chooses between the sources, so that nothing of the old value stays.
   */
  readonly masking: "none" | "merge" | "zero" | "choose";
  /** Bytes of the form's memory operand, or 0. */
  readonly memoryBytes: number;
  /** Bytes of an element of memory that the form can broadcast, or 0; and to how many lanes. */
  readonly broadcastBytes: number;
  readonly broadcastLanes: number;
  /** The registers that index the form's memory, if they are vectors. */
  readonly index: OperandTable;
}

export class X64Opcode extends MachineOpcode {
  readonly form: Form | undefined;
  readonly pseudo: Pseudo;
  /** By operand of the form: the registers it takes, by number in the register class. */
  readonly tables: readonly OperandTable[];
  /** Operands that the form fixes (`cl`). */
  readonly fixed: readonly (Operand | undefined)[];
  /** Which operand of the form may be memory, or -1; and how such memory is built. */
  readonly memoryOperand: number;
  readonly memory: typeof qword;
  readonly operandCount: number;
  /** Which operand is the immediate, or -1. */
  readonly immediateOperand: number;
  /** Of a pseudo instruction: 1 for 64 bits of integer or float; further variants as its emitter knows. */
  readonly wide: 0 | 1;
  readonly variant: number;
  readonly vector: VectorEncoding | undefined;

  constructor(
    name: string,
    theForm: Form | undefined,
    pseudo: Pseudo,
    roles: readonly number[],
    reads: readonly number[],
    writes: readonly number[],
    wide: 0 | 1 = 0,
    variant = 0,
    vector: VectorEncoding | undefined = undefined,
  ) {
    super(name, roles, reads, writes, pseudo === "move");
    this.form = theForm;
    this.pseudo = pseudo;
    this.wide = wide;
    this.variant = variant;
    this.vector = vector;
    const operands = theForm?.row.operands ?? [];
    this.operandCount = operands.length;
    this.tables = operands.map(({ register }) => tableOf(register));
    this.fixed = operands.map(({ field, register }) => (field === "fixed" && register === "cl" ? cl : undefined));
    this.memoryOperand = operands.findIndex(({ memory }) => memory !== undefined);
    this.memory = memoryOf(operands[this.memoryOperand]?.memory ?? 64);
    this.immediateOperand = operands.findIndex(({ field }) => field === "immediate");
  }
}

function tableOf(register: string | undefined): OperandTable {
  switch (register) {
    case "r8":
      return gpr8;
    case "r16":
      return gpr16;
    case "r32":
      return gpr32;
    case "r64":
      return gpr64;
    case "xmm":
      return vectorTable;
    case "ymm":
      return ymmTable;
    case "zmm":
      return zmmTable;
    case "k":
      return maskTable;
    default:
      return undefined;
  }
}

function memoryOf(bits: number): typeof qword {
  // The constructors differ in the brand of their result only, which does not matter to the encoder of a chosen form.
  const constructors: Record<number, unknown> = {
    0: ptr,
    8: byte,
    16: word,
    32: dword,
    64: qword,
    128: xmmword,
    256: ymmword,
    512: zmmword,
  };
  return (constructors[bits] ?? qword) as typeof qword; // see above
}

/** The number of a register that a row names as implicit. */
function fixedNumber(name: string): number {
  const vectorMatch = /^xmm(\d+)$/.exec(name);
  if (vectorMatch !== null) return firstVector + Number(vectorMatch[1]);
  for (const names of Object.values(generalRegisterNames)) {
    const number = names.indexOf(name);
    if (number >= 0) return number;
  }
  throw new InternalError(`no register ${name}`);
}

/** An opcode for one row. `modify`: operand 0 keeps some of its old value although its row says `w`. */
function op(mnemonic: Mnemonic, signature: string, modify?: "modify"): X64Opcode {
  const row = rowOf(mnemonic, signature);
  const { operands, implicit } = row;
  const reads: number[] = [];
  const writes: number[] = [];
  for (const { register, read, written } of implicit) {
    if (read) reads.push(fixedNumber(register));
    if (written) writes.push(fixedNumber(register));
  }
  const roles = [0, 0, 0, 0];
  operands.forEach(({ read, written, field, register, memory }, index) => {
    if (field === "fixed") {
      if (register !== undefined) reads.push(fixedNumber(register));
      return;
    }
    if (register === undefined) return;
    roles[index] =
      (read || (modify !== undefined && index === 0) ? role.read : 0) |
      (written ? role.write : 0) |
      // A spill slot is 8 bytes of one value, so a wider memory operand cannot be one; nor can one that is written.
      (memory !== undefined && memory <= 64 && !written ? role.memory : 0);
  });
  return new X64Opcode(mnemonic, formOf(row), "none", roles, reads, writes);
}

function pseudo(
  name: string,
  kind: Pseudo,
  roles: readonly number[],
  wide: 0 | 1 = 0,
  variant = 0,
  reads: readonly number[] = [],
  writes: readonly number[] = [],
): X64Opcode {
  const padded = [0, 0, 0, 0];
  roles.forEach((bits, index) => {
    padded[index] = bits;
  });
  return new X64Opcode(name, undefined, kind, padded, reads, writes, wide, variant);
}

type Pair = readonly [X64Opcode, X64Opcode];
const pair = (make: (bits: 32 | 64) => X64Opcode): Pair => [make(32), make(64)];

const { read, write, modify, memory, whole } = role;
const rax = 0;
const rdx = 2;
/** Any place will do for a value that only a stub reads. */
const anywhere = read | memory;

/** `op rm → r` with two operands, by immediate of 8 and of 32 bits. */
const arithmetic = (mnemonic: "add" | "sub" | "and" | "or" | "xor" | "cmp") => {
  const mark = mnemonic === "cmp" ? "" : "rw ";
  return {
    rm: pair((bits) => op(mnemonic, `${mark}r${bits}, rm${bits}`)),
    byte: pair((bits) => op(mnemonic, `${mark}rm${bits}, simm8`)),
    imm: pair((bits) => op(mnemonic, `${mark}rm${bits}, ${bits === 32 ? "imm32" : "simm32"}`)),
  };
};

const shift = (mnemonic: "shl" | "shr" | "sar" | "rol" | "ror") => ({
  imm: pair((bits) => op(mnemonic, `rw rm${bits}, uimm8`)),
  cl: pair((bits) => op(mnemonic, `rw rm${bits}, cl`)),
});

const widths = [32, 64] as const;
export const conditionNames = [
  "o",
  "no",
  "b",
  "ae",
  "e",
  "ne",
  "be",
  "a",
  "s",
  "ns",
  "p",
  "np",
  "l",
  "ge",
  "le",
  "g",
] as const;

/** The condition codes, as they stand in the opcodes (SDM volume 1, appendix B), and two that take two tests. */
export const condition = {
  overflow: 0,
  below: 2,
  aboveOrEqual: 3,
  equal: 4,
  notEqual: 5,
  belowOrEqual: 6,
  above: 7,
  sign: 8,
  notSign: 9,
  parity: 10,
  notParity: 11,
  less: 12,
  greaterOrEqual: 13,
  lessOrEqual: 14,
  greater: 15,
  /** Equal and ordered, after `ucomis`: ZF = 1 and PF = 0. */
  floatEqual: 16,
  /** Different or unordered: ZF = 0 or PF = 1. */
  floatNotEqual: 17,
} as const;

export const isa = onDemand({
  add: () => arithmetic("add"),
  sub: () => arithmetic("sub"),
  and: () => arithmetic("and"),
  or: () => arithmetic("or"),
  xor: () => arithmetic("xor"),
  cmp: () => arithmetic("cmp"),
  test: () => pair((bits) => op("test", `rm${bits}, r${bits}`)),
  testImm: () => pair((bits) => op("test", `rm${bits}, ${bits === 32 ? "imm32" : "simm32"}`)),
  imul: () => pair((bits) => op("imul", `rw r${bits}, rm${bits}`)),
  imulByte: () => pair((bits) => op("imul", `w r${bits}, rm${bits}, simm8`)),
  imulImm: () => pair((bits) => op("imul", `w r${bits}, rm${bits}, ${bits === 32 ? "imm32" : "simm32"}`)),
  neg: () => pair((bits) => op("neg", `rw rm${bits}`)),
  not: () => pair((bits) => op("not", `rw rm${bits}`)),
  lea: () => pair((bits) => op("lea", `w r${bits}, m`)),
  idiv: () => pair((bits) => op("idiv", `rm${bits} <rw rax, rw rdx>`)),
  div: () => pair((bits) => op("div", `rm${bits} <rw rax, rw rdx>`)),
  signExtendAccumulator: () => [op("cdq", "<rax, w rdx>"), op("cqo", "<rax, w rdx>")] as Pair,
  shl: () => shift("shl"),
  shr: () => shift("shr"),
  sar: () => shift("sar"),
  rol: () => shift("rol"),
  ror: () => shift("ror"),
  shlx: () => pair((bits) => op("shlx", `w r${bits}, rm${bits}, r${bits}`)),
  shrx: () => pair((bits) => op("shrx", `w r${bits}, rm${bits}, r${bits}`)),
  sarx: () => pair((bits) => op("sarx", `w r${bits}, rm${bits}, r${bits}`)),
  rorx: () => pair((bits) => op("rorx", `w r${bits}, rm${bits}, uimm8`)),
  andn: () => pair((bits) => op("andn", `w r${bits}, r${bits}, rm${bits}`)),
  lzcnt: () => pair((bits) => op("lzcnt", `w r${bits}, rm${bits}`)),
  tzcnt: () => pair((bits) => op("tzcnt", `w r${bits}, rm${bits}`)),
  popcnt: () => pair((bits) => op("popcnt", `w r${bits}, rm${bits}`)),
  bsr: () => pair((bits) => op("bsr", `rw r${bits}, rm${bits}`)),
  bsf: () => pair((bits) => op("bsf", `rw r${bits}, rm${bits}`)),
  movsx8: () => pair((bits) => op("movsx", `w r${bits}, rm8`)),
  movsx16: () => pair((bits) => op("movsx", `w r${bits}, rm16`)),
  movzx8: () => op("movzx", "w r32, rm8"),
  movzx16: () => op("movzx", "w r32, rm16"),
  movsxd: () => op("movsxd", "w r64, rm32"),
  /** Also what zero-extends 32 to 64 bits, so it is no plain copy. */
  loadInt: () => pair((bits) => op("mov", `w r${bits}, rm${bits}`)),
  storeInt: () => pair((bits) => op("mov", `w rm${bits}, r${bits}`)),
  storeIntImm: () => pair((bits) => op("mov", `w rm${bits}, ${bits === 32 ? "imm32" : "simm32"}`)),
  storeByte: () => op("mov", "w rm8, r8"),
  storeByteImm: () => op("mov", "w rm8, imm8"),
  storeWord: () => op("mov", "w rm16, r16"),
  storeWordImm: () => op("mov", "w rm16, imm16"),
  movImm32: () => op("mov", "w r32, imm32"),
  movSigned32: () => op("mov", "w rm64, simm32"),
  movImm64: () => op("mov", "w r64, imm64"),
  cmov: () => conditionNames.map((name) => pair((bits) => op(`cmov${name}`, `rw r${bits}, rm${bits}`))),
  setcc: () => conditionNames.map((name) => op(`set${name}`, "w rm8", "modify")),

  // Between the classes
  intToFloatBits: () => [op("movd", "w xmm, rm32"), op("movq", "w xmm, rm64")] as Pair,
  floatBitsToInt: () => [op("movd", "w rm32, xmm"), op("movq", "w rm64, xmm")] as Pair,
  vIntToFloatBits: () => [op("vmovd", "w xmm, rm32"), op("vmovq", "w xmm, rm64")] as Pair,
  vFloatBitsToInt: () => [op("vmovd", "w rm32, xmm"), op("vmovq", "w rm64, xmm")] as Pair,

  blend: () => [op("vblendvps", "w xmm, xmm, xmm/m128, xmm"), op("vblendvpd", "w xmm, xmm, xmm/m128, xmm")] as Pair,

  // Copies and control
  moveInt: () => pair((bits) => pseudo("mov", "move", [write, read | memory], bits === 64 ? 1 : 0)),
  moveFloat: () => pseudo("movaps", "move", [write, read | memory], 1, 1),
  /** Of vectors and masks: as wide as there is. */
  moveVector: () => pseudo("movaps", "move", [write, read | memory], 1, 1),
  moveMask: () => pseudo("kmov", "move", [write, read | memory], 1, 2),
  storeFence: () => op("sfence", ""),
  prefetchForWriting: () => op("prefetchw", "m8"),
  zeroInt: () => pseudo("zero", "zero", [write]),
  zeroFloat: () => pseudo("zero", "zero", [write], 0, 1),
  jump: () => pseudo("jump", "jump", []),
  branch: () => pseudo("branch", "branch", []),
  returnNothing: () => pseudo("return", "return", []),
  returnInt: () => pseudo("return", "return", [], 0, 0, [rax]),
  returnFloat: () => pseudo("return", "return", [], 0, 0, [firstVector]),
  /** context, or no register where it is pinned; detail: the site. */
  trap: () => pseudo("trap", "trap", [anywhere]),
  /** context; immediate: the condition, detail: the site. */
  trapIf: () => pseudo("trap-if", "trap-if", [anywhere]),
  /** dividend, divisor, context: traps for the one quotient that has no place. */
  trapOverflow: () =>
    pair((bits) => pseudo("trap-overflow", "trap-overflow", [anywhere, anywhere, anywhere], bits === 64 ? 1 : 0)),
  /** float, context: if the condition holds, traps for a float that is no integer of the type; detail: the site for NaN, the next one for overflow. */
  trapConversionIf: () =>
    pair((bits) => pseudo("trap-conversion-if", "trap-conversion-if", [read, anywhere], bits === 64 ? 1 : 0)),
  /** divisor; the dividend is in rax, the remainder comes in rdx. Minus one gives zero. */
  remainder: () =>
    pair((bits) => pseudo("remainder", "remainder", [read | whole], bits === 64 ? 1 : 0, 0, [rax], [rax, rdx])),
  floatMin: () => pair((bits) => pseudo("float-min", "float-extreme", [modify, read], bits === 64 ? 1 : 0, 0)),
  floatMax: () => pair((bits) => pseudo("float-max", "float-extreme", [modify, read], bits === 64 ? 1 : 0, 1)),
  /** value if not, value if so; immediate: the condition. */
  floatSelect: () => pseudo("float-select", "float-select", [modify, read | memory]),
  /** integer, float, context; detail: the sites. `wide` is the float's. The integer has 64 bits. */
  truncateSigned: () =>
    pair((bits) =>
      pseudo("truncate-signed", "truncate-signed", [write, read | whole, read | whole], bits === 64 ? 1 : 0),
    ),
  truncateUnsigned: () =>
    pair((bits) =>
      pseudo("truncate-unsigned", "truncate-unsigned", [write, read | whole, read | whole], bits === 64 ? 1 : 0),
    ),
  /** integer, float; variant: 1 for an integer of 64 bits. */
  saturateSigned: () =>
    ([0, 1] as const).map((variant) =>
      pair((bits) => pseudo("saturate-signed", "saturate-signed", [write, read | whole], bits === 64 ? 1 : 0, variant)),
    ),
  saturateUnsigned: () =>
    pair((bits) => pseudo("saturate-unsigned", "saturate-unsigned", [write, read | whole], bits === 64 ? 1 : 0)),
  /** integer, float. */
  toInt32: () => pseudo("to-int32", "to-int32", [write, read | whole], 1),
  /** quotient, dividend, divisor, of f64x8: divided after all where the flags say not equal. */
  divideIf: () => pseudo("divide-if", "divide-if", [modify, read, read]),
  /** float, integer of 64 bits, scratch. */
  convertUnsigned: () =>
    pair((bits) =>
      pseudo("convert-unsigned", "convert-unsigned", [write, read | whole, write | whole], bits === 64 ? 1 : 0),
    ),
});

const callOpcodes: (X64Opcode | undefined)[] = [];

/**
 * A call with so many arguments in integer and float registers; detail: which function of the blob. `vectors`: the caller has values in
 * vector registers that only EVEX reaches, or in masks, which the call may change like the others.
 */
export function callOpcode(integers: number, floats: number, vectors = false): X64Opcode {
  const key = 2 * (integers * (floatArgumentCount + 1) + floats) + (vectors ? 1 : 0);
  const known = callOpcodes[key];
  if (known !== undefined) return known;
  // The first integer register is the context's.
  const reads = integerArguments.slice(1, 1 + integers);
  for (let k = 0; k < floats; k++) reads.push(firstVector + k);
  const opcode = pseudo("call", "call", [], 0, 0, reads, vectors ? vectorCallClobbers : callClobbers);
  callOpcodes[key] = opcode;
  return opcode;
}

/** Floating point with two operands (SSE) or three (AVX): one table each, the same names. `s`: single, `d`: double. */
function floats(v: "" | "v") {
  const three = v === "v";
  const name = (mnemonic: string): Mnemonic => `${v}${mnemonic}` as Mnemonic; // the tables have every SSE mnemonic with v
  const scalar = (mnemonic: string): Pair =>
    pair((bits) =>
      op(name(`${mnemonic}${bits === 32 ? "ss" : "sd"}`), three ? `w xmm, xmm, xmm/m${bits}` : `rw xmm, xmm/m${bits}`),
    );
  const packed = (mnemonic: string): Pair =>
    pair((bits) =>
      op(name(`${mnemonic}${bits === 32 ? "ps" : "pd"}`), three ? "w xmm, xmm, xmm/m128" : "rw xmm, xmm/m128"),
    );
  const suffix = (bits: 32 | 64): string => (bits === 32 ? "ss" : "sd");
  return onDemand({
    /** Whether operand 0 is a result apart from the two that follow. */
    three: () => three,
    add: () => scalar("add"),
    sub: () => scalar("sub"),
    mul: () => scalar("mul"),
    div: () => scalar("div"),
    min: () => scalar("min"),
    max: () => scalar("max"),
    and: () => packed("and"),
    andNot: () => packed("andn"),
    or: () => packed("or"),
    xor: () => packed("xor"),
    sqrt: () =>
      pair((bits) => op(name(`sqrt${suffix(bits)}`), three ? `w xmm, xmm, xmm/m${bits}` : `w xmm, xmm/m${bits}`)),
    round: () =>
      pair((bits) =>
        op(name(`round${suffix(bits)}`), three ? `w xmm, xmm, xmm/m${bits}, uimm8` : `w xmm, xmm/m${bits}, uimm8`),
      ),
    compareMask: () =>
      pair((bits) =>
        op(name(`cmp${suffix(bits)}`), three ? `w xmm, xmm, xmm/m${bits}, uimm8` : `rw xmm, xmm/m${bits}, uimm8`),
      ),
    compare: () => pair((bits) => op(name(`ucomi${suffix(bits)}`), `xmm, xmm/m${bits}`)),
    promote: () => op(name("cvtss2sd"), three ? "w xmm, xmm, xmm/m32" : "w xmm, xmm/m32"),
    demote: () => op(name("cvtsd2ss"), three ? "w xmm, xmm, xmm/m64" : "w xmm, xmm/m64"),
    // By float, then by integer. The casts: map() forgets that there are two.
    fromInt: () =>
      widths.map((bits) =>
        pair((int) =>
          op(
            name(`cvtsi2${suffix(bits)}`),
            three ? `w xmm, xmm, rm${int}` : `w xmm, rm${int}`,
            three ? undefined : "modify",
          ),
        ),
      ) as [Pair, Pair],
    truncate: () =>
      widths.map((bits) => pair((int) => op(name(`cvtt${suffix(bits)}2si`), `w r${int}, xmm/m${bits}`))) as [
        Pair,
        Pair,
      ],
    load: () => pair((bits) => op(name(`mov${suffix(bits)}`), `w xmm, m${bits}`)),
    store: () => pair((bits) => op(name(`mov${suffix(bits)}`), `w m${bits}, xmm`)),
  });
}

export type FloatIsa = ReturnType<typeof floats>;

/**
 * Fused multiply-add, FMA3: the result's register holds the third factor in 213 (second * result + third) and the addend in
 * 231. By the sign of the product, then of the addend.
 */
const fused = (order: "213" | "231") => {
  const row = (name: "fmadd" | "fmsub" | "fnmadd" | "fnmsub"): Pair =>
    pair((bits) => op(`v${name}${order}${bits === 32 ? "ss" : "sd"}`, `rw xmm, xmm, xmm/m${bits}`));
  return [
    [row("fmadd"), row("fmsub")],
    [row("fnmadd"), row("fnmsub")],
  ] as const;
};
export const fusedFloats = onDemand({ "213": () => fused("213"), "231": () => fused("231") });

export const sseFloats = floats("");
export const avxFloats = floats("v");
