/**
 * Comparisons of vectors, which give masks, and selections by masks.
 *
 * AVX-512 compares into an opmask by a predicate. AVX2 has equal and signed greater for integers, and the rest is made of
 * these by exchange of operands, inversion, and a change of sign bits for unsigned numbers; its result is as wide as what is compared,
 * which for four lanes of 32 bits is not how wide a mask is.
 */
import { InternalError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf, lanesOf } from "../../ir/types.ts";
import { emitMaskChoice, narrowMask, widenMask } from "./lower-vector-masks.ts";
import { emitPlain, isMaskable } from "./lower-vectors.ts";
import { isZero, type VectorBytes, type VectorLowering } from "./vector-lowering.ts";

/** Predicates of `vpcmp` (SDM volume 2): they are those of the comparison, and of the one with operands exchanged. */
const integerPredicates: Partial<Record<Opcode, readonly [predicate: number, exchanged: number, unsigned: boolean]>> = {
  ieq: [0, 0, false],
  ine: [4, 4, false],
  slt: [1, 6, false],
  sle: [2, 5, false],
  sgt: [6, 1, false],
  sge: [5, 2, false],
  ult: [1, 6, true],
  ule: [2, 5, true],
  ugt: [6, 1, true],
  uge: [5, 2, true],
};

/** Predicates of `vcmp` that raise nothing for quiet NaNs (SDM volume 2, table 3-1). */
const floatPredicates: Partial<Record<Opcode, readonly [predicate: number, exchanged: number]>> = {
  feq: [0, 0],
  fne: [4, 4],
  flt: [0x11, 0x1e],
  fle: [0x12, 0x1d],
  fgt: [0x1e, 0x11],
  fge: [0x1d, 0x12],
};

export function isVectorComparison(value: Value): boolean {
  return integerPredicates[value.opcode] !== undefined || floatPredicates[value.opcode] !== undefined;
}

export function lowerVectorComparison(vectors: VectorLowering, value: Value): void {
  if (vectors.is512) emitComparison(vectors, value, vectors.lowering.result(value));
  else emitVectorComparison(vectors, value);
}

/** Compares into an opmask, where `mask` is true. */
export function emitComparison(vectors: VectorLowering, value: Value, result: number, mask = noRegister): void {
  const { lowering } = vectors;
  let [left, right] = value.operands as [Value, Value]; // comparisons have two
  const element = elementOf(left.type);
  const isFloat = element === "f32" || element === "f64";
  const predicates = isFloat ? floatPredicates[value.opcode] : integerPredicates[value.opcode];
  if (predicates === undefined || element === "bool")
    throw new InternalError(`${value.opcode} of ${left.type} is no comparison`);
  let [predicate] = predicates;
  if (vectors.isMemory(left) && !vectors.isMemory(right)) {
    [left, right] = [right, left];
    predicate = predicates[1];
  }
  const isTest = (value.opcode === "ieq" || value.opcode === "ine") && isZero(right);
  if (isTest && emitTestOfBits(vectors, value, left, result, mask)) return;
  const unsigned = predicates[2] === true ? "u" : "";
  const mnemonic = isFloat
    ? element === "f64"
      ? "vcmppd"
      : "vcmpps"
    : `vpcmp${unsigned}${element === "i64" ? "q" : "d"}`;
  const opcode = vectors.compare512(mnemonic, vectors.bytesOf(left.type), mask !== noRegister);
  const first = lowering.register(left);
  vectors.emit3(opcode, result, first, vectors.operand(right, opcode.vector?.broadcastBytes), mask, predicate);
}

/** Compares `x and y` with zero, where that conjunction is nobody else's. */
function emitTestOfBits(vectors: VectorLowering, value: Value, left: Value, result: number, mask: number): boolean {
  const { lowering } = vectors;
  if (left.opcode !== "and" || !lowering.canAbsorb(left)) return false;
  lowering.absorb(left);
  let [one, other] = left.operands as [Value, Value]; // two operands
  if (vectors.prefersLast(one, other)) [one, other] = [other, one];
  const r = vectors.nameOf(vectors.bytesOf(left.type));
  const mnemonic = `vptest${value.opcode === "ieq" ? "n" : ""}m${elementOf(left.type) === "i64" ? "q" : "d"}`;
  const memory = `${r}/m${8 * vectors.bytesOf(left.type)}`;
  const opcode = vectors.row(mnemonic, `k, ${r}, ${memory}`, mask === noRegister ? "none" : "choose");
  const first = lowering.register(one);
  vectors.emit3(opcode, result, first, vectors.operand(other, opcode.vector?.broadcastBytes), mask);
  return true;
}

/** Compares into a vector of all-ones lanes. */
function emitVectorComparison(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  let [left, right] = value.operands as [Value, Value]; // comparisons have two
  const element = elementOf(left.type);
  const bytes = vectors.bytesOf(left.type);
  const isNarrow = bytes < vectors.bytesOf(value.type);
  const result = lowering.result(value);
  const compared = isNarrow ? vectors.temporary(bytes) : result;
  const float = floatPredicates[value.opcode];
  if (float !== undefined) {
    let [predicate] = float;
    if (vectors.isMemory(left) && !vectors.isMemory(right)) {
      [left, right] = [right, left];
      predicate = float[1];
    }
    const opcode = vectors.op3i(element === "f64" ? "vcmppd" : "vcmpps", bytes);
    const first = lowering.register(left);
    vectors.emit3(opcode, compared, first, vectors.operand(right), noRegister, predicate);
  } else {
    emitIntegerComparison(vectors, value, left, right, bytes, compared);
  }
  if (isNarrow) widenMask(vectors, result, compared);
}

/** By opcode: `eq` or `gt`, whether operands are exchanged, and whether the answer is inverted. */
const madeOf: Partial<Record<Opcode, readonly [name: "eq" | "gt", exchanged: boolean, inverted: boolean]>> = {
  ieq: ["eq", false, false],
  ine: ["eq", false, true],
  sgt: ["gt", false, false],
  slt: ["gt", true, false],
  sle: ["gt", false, true],
  sge: ["gt", true, true],
  ugt: ["gt", false, false],
  ult: ["gt", true, false],
  ule: ["gt", false, true],
  uge: ["gt", true, true],
};

function emitIntegerComparison(
  vectors: VectorLowering,
  value: Value,
  left: Value,
  right: Value,
  bytes: VectorBytes,
  result: number,
): void {
  const { lowering } = vectors;
  const made = madeOf[value.opcode];
  if (made === undefined) throw new InternalError(`${value.opcode} is no comparison`);
  const [name, exchanged, inverted] = made;
  const isWide = elementOf(left.type) === "i64";
  let first = lowering.register(exchanged ? right : left);
  let second = lowering.register(exchanged ? left : right);
  if (value.opcode.startsWith("u")) {
    const sign = vectors.constantBits(isWide ? 1n << 63n : 1n << 31n, isWide ? 8 : 4, bytes);
    const flipped = [vectors.temporary(bytes), vectors.temporary(bytes)] as const;
    vectors.emit3(vectors.op3("vpxor", bytes), flipped[0], first, sign);
    vectors.emit3(vectors.op3("vpxor", bytes), flipped[1], second, sign);
    [first, second] = flipped;
  }
  const opcode = vectors.op3(`vpcmp${name}${isWide ? "q" : "d"}`, bytes);
  if (!inverted) {
    lowering.emit(opcode, result, first, second);
    return;
  }
  const opposite = vectors.temporary(bytes);
  lowering.emit(opcode, opposite, first, second);
  vectors.emit3(vectors.op3("vpxor", bytes), result, opposite, vectors.constantBits(0xffff_ffffn, 4, bytes));
}

/** `a > b ? a : b` is `vmax` to the bit, `a < b ? a : b` is `vmin`: the second operand where neither is greater (SDM volume 2). */
function emitExtreme(vectors: VectorLowering, value: Value, truth: Value, whenTrue: Value, whenFalse: Value): boolean {
  const { lowering } = vectors;
  const element = elementOf(value.type);
  if ((truth.opcode !== "flt" && truth.opcode !== "fgt") || !lowering.canAbsorb(truth)) return false;
  const [left, right] = truth.operands;
  const straight = left === whenTrue && right === whenFalse;
  if (!straight && !(left === whenFalse && right === whenTrue)) return false;
  lowering.absorb(truth);
  const isMinimum = (truth.opcode === "flt") === straight;
  const opcode = vectors.op3(
    `v${isMinimum ? "min" : "max"}${element === "f64" ? "pd" : "ps"}`,
    vectors.bytesOf(value.type),
  );
  const first = lowering.register(whenTrue);
  vectors.emit3(opcode, lowering.result(value), first, vectors.operand(whenFalse, opcode.vector?.broadcastBytes));
  return true;
}

export function lowerVectorSelect(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  let [truth, whenTrue, whenFalse] = value.operands as [Value, Value, Value]; // three operands
  // Nobody has to compute the opposite of a mask to choose by it.
  while (truth.opcode === "not") {
    truth = lowering.skip(truth);
    [whenTrue, whenFalse] = [whenFalse, whenTrue];
  }
  if (elementOf(value.type) === "bool") {
    emitMaskChoice(vectors, value, truth, whenTrue, whenFalse);
    return;
  }
  if (emitExtreme(vectors, value, truth, whenTrue, whenFalse)) return;
  const result = lowering.result(value);
  const bytes = vectors.bytesOf(value.type);
  const element = elementOf(value.type);
  const isWide = element === "f64" || element === "i64";
  if (!vectors.is512) {
    // Where one side is zero, the mask itself is the other operand.
    const kept = isZero(whenFalse) ? whenTrue : isZero(whenTrue) ? whenFalse : undefined;
    if (kept !== undefined) {
      const source = vectors.operand(kept);
      const mask = narrowMask(vectors, lowering.register(truth), lanesOf(value.type), bytes);
      const name = `v${kept === whenTrue ? "and" : "andn"}${isWide ? "pd" : "ps"}`;
      vectors.emit3(vectors.op3(name, bytes), result, mask, source);
      return;
    }
    const yes = vectors.operand(whenTrue);
    const no = lowering.register(whenFalse);
    const mask = narrowMask(vectors, lowering.register(truth), lanesOf(value.type), bytes);
    const r = vectors.nameOf(bytes);
    const opcode = vectors.row(isWide ? "vblendvpd" : "vblendvps", `${r}, ${r}, ${r}/m${8 * bytes}, ${r}`);
    vectors.emit3(opcode, result, no, yes, mask);
    return;
  }
  const mask = lowering.register(truth);
  const zeroing = isZero(whenFalse);
  if (lowering.canAbsorb(whenTrue) && isMaskable(vectors, whenTrue) && whenTrue !== whenFalse) {
    lowering.absorb(whenTrue);
    if (zeroing) emitPlain(vectors, whenTrue, result, "zero", mask);
    else {
      // The lanes that stay come first, so that the operation's operands are read after them.
      const at = lowering.sequence.length;
      emitPlain(vectors, whenTrue, result, "merge", mask);
      const rest = lowering.sequence.splice(at);
      const stays = lowering.register(whenFalse);
      lowering.emit(vectors.moveOpcode(value.type), result, stays);
      for (const instruction of rest) {
        // The result holds the same by now, and the operand may end here.
        if (instruction.r1 === stays) instruction.r1 = result;
        if (instruction.r2 === stays) instruction.r2 = result;
        lowering.sequence.push(instruction);
      }
    }
    return;
  }
  if (zeroing) {
    const opcode = vectors.op2(isWide ? "vmovapd" : "vmovaps", bytes, "zero");
    lowering.emitAny(opcode, result, lowering.register(whenTrue), noRegister, mask, null, 0);
    return;
  }
  const opcode = vectors.op3(isWide ? "vblendmpd" : "vblendmps", bytes, "choose");
  const first = lowering.register(whenFalse);
  vectors.emit3(opcode, result, first, vectors.operand(whenTrue, isWide ? 8 : 4), mask);
}
