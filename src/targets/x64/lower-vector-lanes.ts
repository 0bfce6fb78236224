/**
 * Between vectors and scalars, and lanes among each other. Constants are no matter of this file (vector-lowering.ts).
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf, lanesOf } from "../../ir/types.ts";
import { emitMaskBits } from "./lower-vector-masks.ts";
import { narrowMask } from "./mask-widths.ts";
import { isa } from "./opcodes.ts";
import type { VectorLowering } from "./vector-lowering.ts";
import { vectorOpcode } from "./vector-opcodes.ts";

export function lowerSplat(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const scalar = value.operands[0]!; // one operand
  const element = elementOf(value.type);
  const result = lowering.result(value);
  if (element === "bool") {
    lowerMaskSplat(vectors, value, result, scalar);
    return;
  }
  const bytes = vectors.bytesOf(value.type);
  const isFloat = element === "f64" || element === "f32";
  const isWide = element === "f64" || element === "i64";
  const mnemonic = isFloat ? (isWide ? "vbroadcastsd" : "vbroadcastss") : isWide ? "vpbroadcastq" : "vpbroadcastd";
  const r = vectors.nameOf(bytes);
  const memory = `m${isWide ? 64 : 32}`;
  if (lowering.canFoldLoad(scalar)) {
    const address = lowering.foldLoad(scalar);
    if (address !== undefined) {
      const source = isFloat && !vectors.is512 ? memory : `xmm/${memory}`;
      lowering.emitMemory(vectors.row(mnemonic, `${r}, ${source}`), result, noRegister, address);
      return;
    }
  }
  const source = lowering.register(scalar);
  if (isFloat) lowering.emit(vectors.row(mnemonic, `${r}, ${vectors.is512 ? `xmm/${memory}` : "xmm"}`), result, source);
  else if (vectors.is512) lowering.emit(vectors.row(mnemonic, `${r}, ${isWide ? "r64" : "r32"}`), result, source);
  else {
    const low = vectors.temporary(16);
    lowering.emit(vectors.row(isWide ? "vmovq" : "vmovd", `xmm, rm${isWide ? 64 : 32}`), low, source);
    lowering.emit(vectors.row(mnemonic, `${r}, xmm/${memory}`), result, low);
  }
}

/** 0 or 1 becomes no ones or all of them. */
function lowerMaskSplat(vectors: VectorLowering, value: Value, result: number, scalar: Value): void {
  const { lowering } = vectors;
  const lanes = lanesOf(value.type);
  const bits = lowering.temporary("i32");
  lowering.move("i32", bits, lowering.register(scalar));
  lowering.emit(isa.neg[0], bits);
  if (vectors.is512) {
    if (lanes < 16) lowering.emitImmediate(isa.and.imm[0], bits, 2 ** lanes - 1);
    lowering.emit(vectorOpcode("VEX", "kmovw", "k, r32"), result, bits);
    return;
  }
  const low = vectors.temporary(16);
  lowering.emit(vectors.row("vmovd", "xmm, rm32"), low, bits);
  lowering.emit(vectors.row("vpbroadcastd", "ymm, xmm/m32"), result, low);
}

export function lowerExtract(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const vector = value.operands[0]!; // one operand
  const lane = Number(value.immediate);
  const result = lowering.result(value);
  const element = elementOf(vector.type);
  if (element === "bool") {
    emitMaskBits(vectors, vector, result);
    if (lane > 0) lowering.emitImmediate(isa.shr.imm[0], result, lane);
    lowering.emitImmediate(isa.and.byte[0], result, 1);
    return;
  }
  const isFloat = element === "f64" || element === "f32";
  const isWide = element === "f64" || element === "i64";
  const source = lowering.register(vector);
  if (isFloat) {
    emitLane(vectors, vector, source, lane, isWide, result);
    return;
  }
  const low = lane === 0 ? source : vectors.temporary(16);
  if (lane > 0) emitLane(vectors, vector, source, lane, isWide, low);
  lowering.emit(vectors.row(isWide ? "vmovq" : "vmovd", `rm${isWide ? 64 : 32}, xmm`), result, low);
}

/** Brings a lane to the low end of a register. */
function emitLane(
  vectors: VectorLowering,
  { type }: Value,
  source: number,
  lane: number,
  isWide: boolean,
  result: number,
): void {
  const { lowering } = vectors;
  const bytes = vectors.bytesOf(type);
  if (lane === 0) {
    lowering.emit(vectors.op2("vmovaps", 16), result, source);
    return;
  }
  if (vectors.is512) {
    const opcode = vectors.op3i(isWide ? "valignq" : "valignd", bytes);
    lowering.emitAny(opcode, result, source, source, noRegister, null, lane);
    return;
  }
  const perHalf = isWide ? 2 : 4;
  let half = source;
  if (lane >= perHalf) {
    half = vectors.temporary(16);
    lowering.emit(vectors.row("vextracti128", "xmm/m128, ymm, uimm8"), half, source, noRegister, 1);
  }
  const within = lane % perHalf;
  // Dwords by two bits each: those of the lane first.
  const order = isWide ? (within === 0 ? 0xe4 : 0xee) : within;
  lowering.emit(vectors.row("vpshufd", "xmm, xmm/m128, uimm8"), result, half, noRegister, order);
}

export function lowerCompress(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  if (!vectors.is512) {
    lowerCompressByBytes(vectors, value);
    return;
  }
  const [vector, truth] = value.operands as [Value, Value]; // two operands
  const element = elementOf(value.type);
  const bytes = vectors.bytesOf(value.type);
  const result = lowering.result(value);
  const source = lowering.register(vector);
  const mask = lowering.register(truth);
  const r = vectors.nameOf(bytes);
  const mnemonic = { f64: "vcompresspd", f32: "vcompressps", i64: "vpcompressq", i32: "vpcompressd", bool: "" }[
    element
  ];
  const opcode = vectors.row(mnemonic, `${r}/m${8 * bytes}, ${r}`, "zero");
  lowering.emitAny(opcode, result, source, noRegister, mask, null, 0);
}

const eachByte = 0x0101_0101_0101_0101n;
const byteNumbers = 0x0706_0504_0302_0100n;

/**
 * AVX2: the mask's bits become bytes (`pdep`), which pick the numbers of their lanes out of 0, 1, 2 … (`pext`); by these the
 * lanes are permuted, and the rest is cleared with the bytes themselves, picked likewise. Lanes of 64 bits are two of 32.
 */
function lowerCompressByBytes(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [vector, truth] = value.operands as [Value, Value]; // two operands
  const bytes = vectors.bytesOf(value.type);
  const r = vectors.nameOf(bytes);
  const result = lowering.result(value);
  const source = lowering.register(vector);
  const mask = narrowMask(vectors, lowering.register(truth), lanesOf(value.type), bytes);
  const constant = (bits: bigint): number => {
    const register = lowering.temporary("i64");
    lowering.setInteger(register, "i64", bits);
    return register;
  };
  const pick = (mnemonic: "pdep" | "pext", from: number, by: number): number => {
    const register = lowering.temporary("i64");
    lowering.emit(vectorOpcode("VEX", mnemonic, "r64, r64, rm64"), register, from, by);
    return register;
  };
  const spread = (extension: "z" | "s", from: number): number => {
    const low = vectors.temporary(16);
    const wide = vectors.temporary(bytes);
    lowering.emit(vectors.row("vmovq", "xmm, rm64"), low, from);
    lowering.emit(vectors.row(`vpmov${extension}xbd`, `${r}, xmm/m${bytes === 32 ? 64 : 32}`), wide, low);
    return wide;
  };
  const bits = lowering.temporary("i64");
  lowering.emit(vectors.row("vmovmskps", `r32, ${r}`), bits, mask);
  const ones = pick("pdep", bits, constant(eachByte));
  const chosen = lowering.temporary("i64");
  // 255 for each one.
  lowering.emit(isa.imulImm[1], chosen, ones, noRegister, 255);
  const order = spread("z", pick("pext", constant(byteNumbers), chosen));
  const kept = spread("s", pick("pext", chosen, chosen));
  const permuted = vectors.temporary(bytes);
  if (bytes === 32) lowering.emit(vectors.op3("vpermps", 32), permuted, order, source);
  else lowering.emit(vectors.op3("vpermilps", 16), permuted, source, order);
  lowering.emit(vectors.op3("vandps", bytes), result, permuted, kept);
}
