/**
 * Conversions of vectors. What is out of range, or NaN, gives the machine's "indefinite" number, which the saturating
 * conversions put right before or after; ECMAScript's ToInt32 takes off multiples of 2^32 first, which is exact.
 */
import { InternalError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf, lanesOf, types } from "../../ir/types.ts";
import { narrowMask } from "./mask-widths.ts";
import type { VectorLowering } from "./vector-lowering.ts";

/** By opcode, source and result: the mnemonic; AVX2 has those of the second table. */
const conversions: Readonly<Record<string, string>> = {
  "wrap i64 i32": "vpmovqd",
  "sext i32 i64": "vpmovsxdq",
  "zext i32 i64": "vpmovzxdq",
  "promote f32 f64": "vcvtps2pd",
  "demote f64 f32": "vcvtpd2ps",
  "convert-s i32 f32": "vcvtdq2ps",
  "convert-s i32 f64": "vcvtdq2pd",
  "convert-s i64 f32": "vcvtqq2ps",
  "convert-s i64 f64": "vcvtqq2pd",
  "convert-u i32 f32": "vcvtudq2ps",
  "convert-u i32 f64": "vcvtudq2pd",
  "convert-u i64 f32": "vcvtuqq2ps",
  "convert-u i64 f64": "vcvtuqq2pd",
  "trunc-sat-s f32 i32": "vcvttps2dq",
  "trunc-sat-s f64 i32": "vcvttpd2dq",
  "trunc-sat-s f32 i64": "vcvttps2qq",
  "trunc-sat-s f64 i64": "vcvttpd2qq",
  "trunc-sat-u f32 i32": "vcvttps2udq",
  "trunc-sat-u f64 i32": "vcvttpd2udq",
  "trunc-sat-u f32 i64": "vcvttps2uqq",
  "trunc-sat-u f64 i64": "vcvttpd2uqq",
};
const only512 = new Set(["vpmovqd", "vcvtqq2ps", "vcvtqq2pd", "vcvttps2qq", "vcvttpd2qq"]);

function mnemonicOf(vectors: VectorLowering, value: Value): string {
  const operand = value.operands[0]!; // one operand
  const mnemonic = conversions[`${value.opcode} ${elementOf(operand.type)} ${elementOf(value.type)}`];
  if (mnemonic === undefined || (!vectors.is512 && (only512.has(mnemonic) || mnemonic.includes("u"))))
    throw new InternalError(`x64: ${value.opcode} from ${operand.type} to ${value.type} has to be expanded before`);
  return mnemonic;
}

export function lowerVectorConversion(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const operand = value.operands[0]!; // one operand
  const result = lowering.result(value);
  const from = vectors.bytesOf(operand.type);
  const to = vectors.bytesOf(value.type);
  if (value.opcode === "wrap") {
    const source = lowering.register(operand);
    if (vectors.is512) {
      const opcode = vectors.row("vpmovqd", `${vectors.nameOf(to)}/m${8 * to}, ${vectors.nameOf(from)}`);
      lowering.emit(opcode, result, source);
      return;
    }
    const high = vectors.temporary(16);
    lowering.emit(vectors.row("vextracti128", "xmm/m128, ymm, uimm8"), high, source, noRegister, 1);
    lowering.emit(vectors.row("vshufps", "xmm, xmm, xmm/m128, uimm8"), result, source, high, 0x88);
    return;
  }
  const opcode = vectors.convert(mnemonicOf(vectors, value), to, from);
  vectors.emit2(opcode, result, vectors.operand(operand, opcode.vector?.broadcastBytes));
}

/** Of numbers, or of masks: 0 or 1 in each lane. */
export function lowerVectorZeroExtend(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const operand = value.operands[0]!; // one operand
  if (elementOf(operand.type) !== "bool") {
    lowerVectorConversion(vectors, value);
    return;
  }
  const isWide = elementOf(value.type) === "i64";
  const bytes = vectors.bytesOf(value.type);
  const result = lowering.result(value);
  const mask = lowering.register(operand);
  if (vectors.is512) {
    const one = vectors.constantBits(1n, isWide ? 8 : 4, bytes);
    lowering.emitAny(
      vectors.op2(isWide ? "vmovdqu64" : "vmovdqu32", bytes, "zero"),
      result,
      one,
      noRegister,
      mask,
      null,
      0,
    );
    return;
  }
  const narrow = narrowMask(vectors, mask, lanesOf(value.type), bytes);
  const r = vectors.nameOf(bytes);
  lowering.emit(
    vectors.row(isWide ? "vpsrlq" : "vpsrld", `${r}, ${r}, uimm8`),
    result,
    narrow,
    noRegister,
    isWide ? 63 : 31,
  );
}

const ordered = 7;
const greaterOrEqual = 0x1d;
const floatBitsOf2 = (isDouble: boolean, exponent: number): bigint =>
  isDouble ? BigInt(1023 + exponent) << 52n : BigInt(127 + exponent) << 23n;

/** `trunc-sat-s`: NaN gives 0; what is too large, the largest number. What is too small is the indefinite number itself. */
export function lowerVectorSaturateSigned(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const operand = value.operands[0]!; // one operand
  const isDouble = elementOf(operand.type) === "f64";
  const toWide = elementOf(value.type) === "i64";
  const from = vectors.bytesOf(operand.type);
  const to = vectors.bytesOf(value.type);
  const suffix = isDouble ? "pd" : "ps";
  const elementBytes = isDouble ? 8 : 4;
  const source = lowering.register(operand);
  const result = lowering.result(value);
  const mnemonic = mnemonicOf(vectors, value);
  const largest = 0x41df_ffff_ffc0_0000n; // 2147483647 in double precision
  if (!vectors.is512) {
    const mask = vectors.temporary(from);
    const number = vectors.temporary(from);
    vectors.emit3(vectors.op3i(`vcmp${suffix}`, from), mask, source, source, noRegister, ordered);
    lowering.emit(vectors.op3(`vand${suffix}`, from), number, source, mask);
    if (isDouble) {
      const clamped = vectors.temporary(from);
      vectors.emit3(vectors.op3("vminpd", from), clamped, number, vectors.constantBits(largest, 8, from));
      lowering.emit(vectors.convert(mnemonic, to, from), result, clamped);
      return;
    }
    const converted = vectors.temporary(to);
    const tooLarge = vectors.temporary(from);
    lowering.emit(vectors.convert(mnemonic, to, from), converted, number);
    const bound = vectors.constantBits(floatBitsOf2(false, 31), 4, from);
    vectors.emit3(vectors.op3i("vcmpps", from), tooLarge, number, bound, noRegister, greaterOrEqual);
    // 80000000h becomes 7fffffffh.
    lowering.emit(vectors.op3("vpxor", to), result, converted, tooLarge);
    return;
  }
  const isNumber = lowering.temporary("boolx16");
  vectors.emit3(vectors.compare512(`vcmp${suffix}`, from, false), isNumber, source, source, noRegister, ordered);
  const opcode = vectors.convert(mnemonic, to, from, "zero");
  if (isDouble && !toWide) {
    const clamped = vectors.temporary(from);
    vectors.emit3(vectors.op3("vminpd", from), clamped, source, vectors.constantBits(largest, 8, from));
    lowering.emitAny(opcode, result, clamped, noRegister, isNumber, null, 0);
    return;
  }
  const tooLarge = lowering.temporary("boolx16");
  const bound = vectors.constantBits(floatBitsOf2(isDouble, toWide ? 63 : 31), elementBytes, from);
  const most = vectors.constantBits(toWide ? (1n << 63n) - 1n : (1n << 31n) - 1n, toWide ? 8 : 4, to);
  vectors.emit3(vectors.compare512(`vcmp${suffix}`, from, false), tooLarge, source, bound, noRegister, greaterOrEqual);
  lowering.emitAny(opcode, result, source, noRegister, isNumber, null, 0);
  const put = vectors.op2(toWide ? "vmovdqu64" : "vmovdqu32", to, "merge");
  lowering.emitAny(put, result, most, noRegister, tooLarge, null, 0);
}

/** `trunc-sat-u`: `vmax` gives zero for NaN and negative numbers; what is too large gives all ones by itself. */
export function lowerVectorSaturateUnsigned(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const operand = value.operands[0]!; // one operand
  const isDouble = elementOf(operand.type) === "f64";
  const from = vectors.bytesOf(operand.type);
  const source = lowering.register(operand);
  const positive = vectors.temporary(from);
  const zero = vectors.constantBits(0n, isDouble ? 8 : 4, from);
  vectors.emit3(vectors.op3(isDouble ? "vmaxpd" : "vmaxps", from), positive, source, zero);
  lowering.emit(
    vectors.convert(mnemonicOf(vectors, value), vectors.bytesOf(value.type), from),
    lowering.result(value),
    positive,
  );
}

/** x - trunc(x / 2^32) · 2^32 is exact and has a place in 64 bits; its low half is the answer. Infinities become NaN, and that 0. */
export function lowerVectorToInt32(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  if (!vectors.is512) throw new InternalError("x64: to-int32 has to be expanded before");
  const operand = value.operands[0]!; // one operand
  const from = vectors.bytesOf(operand.type);
  const to = vectors.bytesOf(value.type);
  const source = lowering.register(operand);
  const scaled = vectors.temporary(from);
  const multiple = vectors.temporary(from);
  const rest = vectors.temporary(from);
  const whole = vectors.temporary(from);
  vectors.emit3(vectors.op3("vmulpd", from), scaled, source, vectors.constantBits(floatBitsOf2(true, -32), 8, from));
  lowering.emit(vectors.op2i("vrndscalepd", from), multiple, scaled, noRegister, 8 | 3);
  lowering.emit(vectors.moveOpcode(operand.type), rest, source);
  vectors.emit3(
    vectors.op3("vfnmadd231pd", from),
    rest,
    multiple,
    vectors.constantBits(floatBitsOf2(true, 32), 8, from),
  );
  lowering.emit(vectors.op2("vcvttpd2qq", from), whole, rest);
  const opcode = vectors.row("vpmovqd", `${vectors.nameOf(to)}/m${8 * to}, ${vectors.nameOf(from)}`);
  lowering.emit(opcode, lowering.result(value), whole);
}

export function lowerVectorBitcast(vectors: VectorLowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  if (types[operand.type].bytes !== types[value.type].bytes)
    throw new InternalError(`x64: bitcast from ${operand.type} to ${value.type}`);
  const source = vectors.lowering.register(operand);
  vectors.lowering.emit(vectors.moveOpcode(value.type), vectors.lowering.result(value), source);
}
