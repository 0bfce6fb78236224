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
import { lowerVectorSelect } from "./lower-vector-choices.ts";
import { lowerVectorComparison } from "./lower-vector-comparisons.ts";
import * as conversions from "./lower-vector-conversions.ts";
import * as floats from "./lower-vector-floats.ts";
import { lowerVectorHighProduct } from "./lower-vector-high-products.ts";
import * as lanes from "./lower-vector-lanes.ts";
import { lowerVectorLogic } from "./lower-vector-logic.ts";
import * as logic from "./lower-vector-masks.ts";
import * as memory from "./lower-vector-memory.ts";
import { lowerVectorShift } from "./lower-vector-shifts.ts";
import type { Lowering } from "./lowering.ts";
import { emitComputedQuotient } from "./software-quotients.ts";
import { emitComputedRoot } from "./software-square-roots.ts";
import type { VectorBytes, VectorLowering } from "./vector-lowering.ts";
import { emitPlain } from "./vector-operations.ts";

type Rule = (vectors: VectorLowering, value: Value) => void;

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
  "mulh-s": lowerVectorHighProduct,
  "mulh-u": lowerVectorHighProduct,
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
  fdiv: (vectors, value) => {
    if (vectors.computed.has(value)) emitComputedQuotient(vectors, value);
    else arithmetic(vectors, value);
  },
  fsqrt: (vectors, value) => {
    if (vectors.computed.has(value)) emitComputedRoot(vectors, value);
    else arithmetic(vectors, value);
  },
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
