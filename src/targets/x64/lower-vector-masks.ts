/**
 * Masks: their logic, their tests, and what is made of them. AVX-512 has them in opmask registers with zeros above their
 * lanes; AVX2 in vectors of all-ones lanes, which move to the width of what they choose among.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { lanesOf } from "../../ir/types.ts";
import { emitComparison, isVectorComparison } from "./lower-vector-comparisons.ts";
import type { Lowering } from "./lowering.ts";
import { condition, isa } from "./opcodes.ts";
import type { VectorBytes, VectorLowering } from "./vector-lowering.ts";
import { vectorOpcode } from "./vector-opcodes.ts";

const opmask = (mnemonic: string) => vectorOpcode("VEX", mnemonic, "k, k, k");

/** `and`, `or`, `xor` and `not` of masks. */
export function lowerMaskLogic(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const result = lowering.result(value);
  if (value.opcode === "not") {
    const [compared] = value.operands;
    if (compared !== undefined && vectors.is512 && isVectorComparison(compared) && lowering.canAbsorb(compared)) {
      lowering.absorb(compared);
      emitComparison(vectors, compared, result, noRegister, true);
      return;
    }
    emitNot(vectors, value, result, lowering.register(value.operands[0]!)); // one operand
    return;
  }
  const [left, right] = value.operands as [Value, Value]; // two operands
  if (value.opcode === "and") {
    lowerMaskAnd(vectors, value, result, left, right);
    return;
  }
  const mnemonic = value.opcode === "or" ? ["korw", "vpor"] : ["kxorw", "vpxor"];
  const first = lowering.register(left);
  const second = lowering.register(right);
  if (vectors.is512)
    lowering.emit(opmask(mnemonic[0]!), result, first, second); // of two
  else lowering.emit(vectors.op3(mnemonic[1]!, vectors.bytesOf(value.type)), result, first, second); // of two
}

/** Conjunctions: of the opposite of a mask by `andn`, and with AVX-512 of a comparison, or its opposite, by comparing under the other mask. */
function lowerMaskAnd(vectors: VectorLowering, value: Value, result: number, left: Value, right: Value): void {
  const { lowering } = vectors;
  let inverted = withoutNot(lowering, left);
  let kept = withoutNot(lowering, right);
  if (!inverted.opposite) [inverted, kept] = [kept, inverted];
  if (inverted.opposite && !kept.opposite && vectors.is512) {
    const { mask } = inverted;
    if (isVectorComparison(mask) && lowering.canAbsorb(mask)) {
      lowering.absorb(mask);
      emitComparison(vectors, mask, result, lowering.register(kept.mask), true);
      return;
    }
  }
  if (!inverted.opposite && vectors.is512) {
    for (const [compared, other] of [
      [inverted.mask, kept.mask],
      [kept.mask, inverted.mask],
    ] as const) {
      if (!isVectorComparison(compared) || !lowering.canAbsorb(compared)) continue;
      lowering.absorb(compared);
      emitComparison(vectors, compared, result, lowering.register(other));
      return;
    }
  }
  const first = lowering.register(inverted.mask);
  let second = lowering.register(kept.mask);
  if (inverted.opposite && kept.opposite) {
    const opposite = lowering.temporary(value.type);
    emitNot(vectors, value, opposite, second);
    second = opposite;
  }
  if (vectors.is512) lowering.emit(opmask(inverted.opposite ? "kandnw" : "kandw"), result, first, second);
  else {
    const opcode = vectors.op3(inverted.opposite ? "vpandn" : "vpand", vectors.bytesOf(value.type));
    lowering.emit(opcode, result, first, second);
  }
}

/** A mask behind any number of `not`. */
function withoutNot(lowering: Lowering, value: Value): { mask: Value; opposite: boolean } {
  let mask = value;
  let opposite = false;
  while (mask.opcode === "not") {
    mask = lowering.skip(mask);
    opposite = !opposite;
  }
  return { mask, opposite };
}

function emitNot(vectors: VectorLowering, value: Value, result: number, source: number): void {
  const { lowering } = vectors;
  const lanes = lanesOf(value.type);
  if (!vectors.is512) {
    const bytes = vectors.bytesOf(value.type);
    vectors.emit3(vectors.op3("vpxor", bytes), result, source, vectors.constantBits(0xffff_ffffn, 4, bytes));
  } else if (lanes >= 8) {
    lowering.emit(vectorOpcode("VEX", lanes === 16 ? "knotw" : "knotb", "k, k"), result, source);
  } else {
    lowering.emit(opmask("kxorw"), result, source, emitOnes(vectors, lanes));
  }
}

/** An opmask of so many ones. */
function emitOnes({ lowering }: VectorLowering, lanes: number): number {
  const bits = lowering.temporary("i32");
  const ones = lowering.temporary("boolx16");
  lowering.setInteger(bits, "i32", 2 ** lanes - 1);
  lowering.emit(vectorOpcode("VEX", "kmovw", "k, r32"), ones, bits);
  return ones;
}

/** A `select` of masks: (truth and yes) or (no and not truth). */
export function emitMaskChoice(
  vectors: VectorLowering,
  value: Value,
  truth: Value,
  whenTrue: Value,
  whenFalse: Value,
): void {
  const { lowering } = vectors;
  const result = lowering.result(value);
  const mask = lowering.register(truth);
  const yes = lowering.register(whenTrue);
  const no = lowering.register(whenFalse);
  if (!vectors.is512) {
    const bytes = vectors.bytesOf(value.type);
    const r = vectors.nameOf(bytes);
    lowering.emit4(vectors.row("vpblendvb", `${r}, ${r}, ${r}/m${8 * bytes}, ${r}`), result, no, yes, mask);
    return;
  }
  const taken = lowering.temporary(value.type);
  const left = lowering.temporary(value.type);
  lowering.emit(opmask("kandw"), taken, mask, yes);
  lowering.emit(opmask("kandnw"), left, mask, no);
  lowering.emit(opmask("korw"), result, taken, left);
}

/** Sets the flags for `mask-any` and `mask-all`; returns the condition that holds if it is true. */
export function emitMaskCondition(vectors: VectorLowering, value: Value): number {
  const { lowering } = vectors;
  const operand = value.operands[0]!; // one operand
  const lanes = lanesOf(operand.type);
  const isAny = value.opcode === "mask-any";
  if (!vectors.is512) {
    const bytes = vectors.bytesOf(operand.type);
    const register = lowering.register(operand);
    const opcode = vectors.op2("vptest", bytes);
    if (isAny) {
      lowering.emit(opcode, register, register);
      return condition.notEqual;
    }
    // CF: nothing of the ones is missing in the mask.
    const ones = vectors.constantBits(0xffff_ffffn, 4, bytes);
    lowering.emit(opcode, register, ones);
    return condition.below;
  }
  const test = (mnemonic: string, left: number, right: number): void =>
    lowering.emit(vectorOpcode("VEX", mnemonic, "k, k"), left, right);
  if (isAny) {
    // The disjunction of two masks is tested as it is made.
    if (operand.opcode === "or" && lowering.canAbsorb(operand)) {
      lowering.absorb(operand);
      const [left, right] = operand.operands as [Value, Value]; // two operands
      const first = lowering.register(left);
      test("kortestw", first, lowering.register(right));
    } else {
      const register = lowering.register(operand);
      test("kortestw", register, register);
    }
    return condition.notEqual;
  }
  const register = lowering.register(operand);
  if (lanes >= 8) {
    test(lanes === 16 ? "kortestw" : "kortestb", register, register);
    return condition.below;
  }
  const missing = lowering.temporary(operand.type);
  lowering.emit(opmask("kxorw"), missing, register, emitOnes(vectors, lanes));
  test("kortestw", missing, missing);
  return condition.equal;
}

/** `mask-any` and `mask-all` as 0 or 1. */
export function lowerMaskTest(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const result = lowering.result(value);
  const zeroAt = lowering.sequence.length;
  const holds = emitMaskCondition(vectors, value);
  lowering.emitEarlier(zeroAt, isa.zeroInt, result);
  lowering.emit(isa.setcc[holds]!, result); // a condition code
}

/** Lane k as bit k of an integer register. */
export function emitMaskBits(vectors: VectorLowering, mask: Value, result: number): void {
  const { lowering } = vectors;
  const register = lowering.register(mask);
  if (vectors.is512) lowering.emit(vectorOpcode("VEX", "kmovw", "r32, k"), result, register);
  else {
    const bytes = vectors.bytesOf(mask.type);
    const mnemonic = lanesOf(mask.type) === 4 ? "vmovmskpd" : "vmovmskps";
    lowering.emit(vectors.row(mnemonic, `r32, ${vectors.nameOf(bytes)}`), result, register);
  }
}

export function lowerMaskBits(vectors: VectorLowering, value: Value): void {
  emitMaskBits(vectors, value.operands[0]!, vectors.lowering.result(value)); // one operand
}

export function lowerMaskCount(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const bits = lowering.temporary("i32");
  emitMaskBits(vectors, value.operands[0]!, bits); // one operand
  lowering.emit(isa.popcnt[0], lowering.result(value), bits);
}

/** Lanes below a number: their numbers are compared with it. */
export function lowerMaskFirst(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const lanes = lanesOf(value.type);
  const result = lowering.result(value);
  const count = lowering.register(value.operands[0]!); // one operand
  if (vectors.is512) {
    const bytes = (4 * lanes) as VectorBytes; // 4, 8 or 16 lanes
    const splatted = vectors.temporary(bytes);
    lowering.emit(vectors.row("vpbroadcastd", `${vectors.nameOf(bytes)}, r32`), splatted, count);
    const numbers = laneNumbers(vectors, lanes, 4, bytes);
    vectors.emit3(vectors.compare512("vpcmpd", bytes, false), result, splatted, numbers, noRegister, 6);
    return;
  }
  const isWide = lanes === 4;
  const bytes = vectors.bytesOf(value.type);
  const low = vectors.temporary(16);
  const splatted = vectors.temporary(bytes);
  if (isWide) {
    const extended = lowering.temporary("i64");
    lowering.emit(isa.movsxd, extended, count);
    lowering.emit(vectors.row("vmovq", "xmm, rm64"), low, extended);
  } else lowering.emit(vectors.row("vmovd", "xmm, rm32"), low, count);
  const r = vectors.nameOf(bytes);
  lowering.emit(vectors.row(isWide ? "vpbroadcastq" : "vpbroadcastd", `${r}, xmm/m${isWide ? 64 : 32}`), splatted, low);
  const numbers = laneNumbers(vectors, lanes, isWide ? 8 : 4, bytes);
  vectors.emit3(vectors.op3(isWide ? "vpcmpgtq" : "vpcmpgtd", bytes), result, splatted, numbers);
}

function laneNumbers(vectors: VectorLowering, lanes: number, elementBytes: number, bytes: VectorBytes): number {
  let bits = 0n;
  for (let lane = 0; lane < lanes; lane++) bits |= BigInt(lane) << BigInt(8 * elementBytes * lane);
  return vectors.constantBits(bits, lanes * elementBytes, bytes);
}
