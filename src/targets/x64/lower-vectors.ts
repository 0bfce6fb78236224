/**
 * Lowering of vectors: which rule for which opcode, and the operations that are one instruction between registers of one
 * width. Those can be masked (AVX-512): a `select` that alone uses one makes it write the lanes of its mask only.
 *
 * Instructions stand in the order of the IR, which widening interleaves on purpose.
 */
import { InternalError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf } from "../../ir/types.ts";
import { lowerVectorComparison, lowerVectorSelect } from "./lower-vector-choices.ts";
import * as conversions from "./lower-vector-conversions.ts";
import * as floats from "./lower-vector-floats.ts";
import * as lanes from "./lower-vector-lanes.ts";
import { lowerVectorLogic } from "./lower-vector-logic.ts";
import * as logic from "./lower-vector-masks.ts";
import * as memory from "./lower-vector-memory.ts";
import { lowerVectorShift } from "./lower-vector-shifts.ts";
import type { Lowering } from "./lowering.ts";
import type { X64Opcode } from "./opcodes.ts";
import type { VectorBytes, VectorLowering } from "./vector-lowering.ts";
import type { Masking } from "./vector-opcodes.ts";

type Rule = (vectors: VectorLowering, value: Value) => void;

/** An operation that is one instruction on operands and result of one width. */
interface Plain {
  /** By element: the mnemonic of AVX-512, and of AVX2 where there is one. */
  readonly names: Partial<Record<string, readonly [evex: string, vex: string]>>;
  readonly commutative?: true;
  /** An immediate behind the operands. */
  readonly immediate?: number;
  readonly unary?: true;
}

const same = (name: string): readonly [string, string] => [name, name];
const float = (name: string): Plain["names"] => ({ f64: same(`v${name}pd`), f32: same(`v${name}ps`) });
const bitwise = (name: string): Plain["names"] => ({
  i32: [`vp${name}d`, `vp${name}`],
  i64: [`vp${name}q`, `vp${name}`],
});
const rounding = (mode: number): Plain => ({
  names: { f64: ["vrndscalepd", "vroundpd"], f32: ["vrndscaleps", "vroundps"] },
  unary: true,
  immediate: 8 | mode,
});

const plain: Partial<Record<Opcode, Plain>> = {
  iadd: { names: { i32: same("vpaddd"), i64: same("vpaddq") }, commutative: true },
  isub: { names: { i32: same("vpsubd"), i64: same("vpsubq") } },
  imul: { names: { i32: same("vpmulld"), i64: ["vpmullq", ""] }, commutative: true },
  and: { names: bitwise("and"), commutative: true },
  or: { names: bitwise("or"), commutative: true },
  xor: { names: bitwise("xor"), commutative: true },
  clz: { names: { i32: ["vplzcntd", ""], i64: ["vplzcntq", ""] }, unary: true },
  popcnt: { names: { i32: ["vpopcntd", ""], i64: ["vpopcntq", ""] }, unary: true },
  fadd: { names: float("add"), commutative: true },
  fsub: { names: float("sub") },
  fmul: { names: float("mul"), commutative: true },
  fdiv: { names: float("div") },
  fsqrt: { names: float("sqrt"), unary: true },
  fnearest: rounding(0),
  ffloor: rounding(1),
  fceil: rounding(2),
  ftrunc: rounding(3),
};

/** The row of a plain operation on a type, or undefined if it is none. */
function plainOpcode(vectors: VectorLowering, value: Value, masking: Masking): X64Opcode | undefined {
  const operation = plain[value.opcode];
  const names = operation?.names[elementOf(value.type)];
  const mnemonic = names?.[vectors.is512 ? 0 : 1] ?? "";
  if (operation === undefined || mnemonic === "") return undefined;
  const bytes = vectors.bytesOf(value.type);
  if (operation.unary === true)
    return operation.immediate === undefined
      ? vectors.op2(mnemonic, bytes, masking)
      : vectors.op2i(mnemonic, bytes, masking);
  return vectors.op3(mnemonic, bytes, masking);
}

/** Emits a plain operation into a register, under a mask if there is one. False if it is not plain. */
export function emitPlain(
  vectors: VectorLowering,
  value: Value,
  result: number,
  masking: Masking = "none",
  mask = noRegister,
): boolean {
  const opcode = plainOpcode(vectors, value, masking);
  const operation = plain[value.opcode];
  if (opcode === undefined || operation === undefined) return false;
  const { lowering } = vectors;
  const elementBytes = opcode.vector?.broadcastBytes ?? 0;
  const immediate = operation.immediate ?? 0;
  if (operation.unary === true) {
    vectors.emit2(opcode, result, vectors.operand(value.operands[0]!, elementBytes), mask, immediate); // one operand
    return true;
  }
  let [left, right] = value.operands as [Value, Value]; // two operands
  if (operation.commutative === true && vectors.prefersLast(left, right)) [left, right] = [right, left];
  const first = lowering.register(left);
  vectors.emit3(opcode, result, first, vectors.operand(right, elementBytes), mask, immediate);
  return true;
}

/** Whether a value's operation is one instruction that can be masked. */
export function isMaskable(vectors: VectorLowering, value: Value): boolean {
  return vectors.is512 && elementOf(value.type) !== "bool" && plainOpcode(vectors, value, "none") !== undefined;
}

const arithmetic: Rule = (vectors, value) => {
  if (elementOf(value.type) === "bool") logic.lowerMaskLogic(vectors, value);
  else if (!emitPlain(vectors, value, vectors.lowering.result(value))) nowhere(vectors, value);
};

const bitwiseLogic: Rule = (vectors, value) => {
  if (elementOf(value.type) === "bool") logic.lowerMaskLogic(vectors, value);
  else lowerVectorLogic(vectors, value);
};

const multiply: Rule = (vectors, value) => {
  if (vectors.is512 || elementOf(value.type) !== "i64") arithmetic(vectors, value);
  else emitWideMultiply(vectors, value);
};

/** AVX2 multiplies 32 bits to 64: low · low + ((low · high + high · low) << 32). */
function emitWideMultiply(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [left, right] = value.operands as [Value, Value]; // two operands
  const a = lowering.register(left);
  const b = lowering.register(right);
  const result = lowering.result(value);
  const product = vectors.op3("vpmuludq", 32);
  const add = vectors.op3("vpaddq", 32);
  const shift = (mnemonic: "vpsrlq" | "vpsllq", source: number): number => {
    const shifted = vectors.temporary(32);
    lowering.emit(vectors.row(mnemonic, "ymm, ymm, uimm8"), shifted, source, noRegister, 32);
    return shifted;
  };
  const one = vectors.temporary(32);
  const other = vectors.temporary(32);
  const sum = vectors.temporary(32);
  const low = vectors.temporary(32);
  lowering.emit(product, one, shift("vpsrlq", a), b);
  lowering.emit(product, other, a, shift("vpsrlq", b));
  lowering.emit(add, sum, one, other);
  lowering.emit(product, low, a, b);
  lowering.emit(add, result, low, shift("vpsllq", sum));
}

const nowhere: Rule = (vectors, { opcode, type, id }) => {
  throw new InternalError(
    `x64: ${opcode} of ${type} v${id} has no instruction of ${vectors.support.name}; it has to be expanded before`,
  );
};

const extend: Rule = (vectors, value) => {
  const bytes = vectors.bytesOf(value.type);
  emitSignExtension(vectors, value, bytes, value.opcode === "sext8" ? 8 : value.opcode === "sext16" ? 16 : 32);
};

/** Keeps the low bits of each lane with their sign, by two shifts. */
function emitSignExtension(vectors: VectorLowering, value: Value, bytes: VectorBytes, bits: number): void {
  const { lowering } = vectors;
  const isWide = elementOf(value.type) === "i64";
  if (isWide && !vectors.is512) nowhere(vectors, value);
  const distance = (isWide ? 64 : 32) - bits;
  const result = lowering.result(value);
  const high = lowering.temporary(value.type);
  const r = vectors.nameOf(bytes);
  const source = vectors.is512 ? `${r}, ${r}/m${8 * bytes}, uimm8` : `${r}, ${r}, uimm8`;
  const left = vectors.row(isWide ? "vpsllq" : "vpslld", source);
  const right = vectors.row(isWide ? "vpsraq" : "vpsrad", source);
  lowering.emit(left, high, lowering.register(value.operands[0]!), noRegister, distance); // one operand
  lowering.emit(right, result, high, noRegister, distance);
}

/** What vectors do; opcodes that are not here have no vector form, or none on this target. */
export const vectorRules: Partial<Record<Opcode, Rule>> = {
  iadd: arithmetic,
  isub: arithmetic,
  imul: multiply,
  and: bitwiseLogic,
  or: bitwiseLogic,
  xor: bitwiseLogic,
  not: logic.lowerMaskLogic,
  clz: arithmetic,
  popcnt: arithmetic,
  shl: lowerVectorShift,
  sshr: lowerVectorShift,
  ushr: lowerVectorShift,
  rotl: lowerVectorShift,
  rotr: lowerVectorShift,
  sext8: extend,
  sext16: extend,
  sext32: extend,
  fadd: arithmetic,
  fsub: arithmetic,
  fmul: arithmetic,
  fdiv: arithmetic,
  fsqrt: arithmetic,
  fnearest: arithmetic,
  ffloor: arithmetic,
  fceil: arithmetic,
  ftrunc: arithmetic,
  fneg: floats.lowerVectorSign,
  fabs: floats.lowerVectorSign,
  fcopysign: floats.lowerVectorCopySign,
  fmin: floats.lowerVectorExtreme,
  fmax: floats.lowerVectorExtreme,
  fma: floats.lowerVectorMultiplyAdd,
  ieq: lowerVectorComparison,
  ine: lowerVectorComparison,
  slt: lowerVectorComparison,
  sle: lowerVectorComparison,
  sgt: lowerVectorComparison,
  sge: lowerVectorComparison,
  ult: lowerVectorComparison,
  ule: lowerVectorComparison,
  ugt: lowerVectorComparison,
  uge: lowerVectorComparison,
  feq: lowerVectorComparison,
  fne: lowerVectorComparison,
  flt: lowerVectorComparison,
  fle: lowerVectorComparison,
  fgt: lowerVectorComparison,
  fge: lowerVectorComparison,
  select: lowerVectorSelect,
  wrap: conversions.lowerVectorConversion,
  sext: conversions.lowerVectorConversion,
  zext: conversions.lowerVectorZeroExtend,
  promote: conversions.lowerVectorConversion,
  demote: conversions.lowerVectorConversion,
  "convert-s": conversions.lowerVectorConversion,
  "convert-u": conversions.lowerVectorConversion,
  "trunc-sat-s": conversions.lowerVectorSaturateSigned,
  "trunc-sat-u": conversions.lowerVectorSaturateUnsigned,
  "to-int32": conversions.lowerVectorToInt32,
  bitcast: conversions.lowerVectorBitcast,
  load: memory.lowerVectorLoad,
  "load8-s": memory.lowerVectorNarrowLoad,
  "load8-u": memory.lowerVectorNarrowLoad,
  "load16-s": memory.lowerVectorNarrowLoad,
  "load16-u": memory.lowerVectorNarrowLoad,
  store: memory.lowerVectorStore,
  store8: memory.lowerVectorNarrowStore,
  store16: memory.lowerVectorNarrowStore,
  "masked-load": memory.lowerMaskedLoad,
  "masked-load8-s": memory.lowerVectorNarrowLoad,
  "masked-load8-u": memory.lowerVectorNarrowLoad,
  "masked-load16-s": memory.lowerVectorNarrowLoad,
  "masked-load16-u": memory.lowerVectorNarrowLoad,
  "masked-store": memory.lowerMaskedStore,
  "masked-store8": memory.lowerVectorNarrowStore,
  "masked-store16": memory.lowerVectorNarrowStore,
  gather: memory.lowerGather,
  "store-streaming": memory.lowerStreamingStore,
  splat: lanes.lowerSplat,
  extract: lanes.lowerExtract,
  compress: lanes.lowerCompress,
  "mask-any": logic.lowerMaskTest,
  "mask-all": logic.lowerMaskTest,
  "mask-count": logic.lowerMaskCount,
  "mask-bits": logic.lowerMaskBits,
  "mask-first": logic.lowerMaskFirst,
};

/** Lowers a value that is a vector, or has vectors for operands. */
export function lowerVector(lowering: Lowering, value: Value): void {
  (vectorRules[value.opcode] ?? nowhere)(lowering.vectors, value);
}
