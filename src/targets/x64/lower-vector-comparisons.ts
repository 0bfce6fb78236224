/**
 * Comparisons of vectors, which give masks.
 *
 * AVX-512 compares into an opmask by a predicate. AVX2 has equal and signed greater for integers, and the rest is made of
 * these by exchange of operands, inversion, and a change of sign bits for unsigned numbers; its result is as wide as what is compared,
 * which for four lanes of 32 bits is not how wide a mask is.
 */
import { InternalError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf } from "../../ir/types.ts";
import { widenMask } from "./mask-widths.ts";
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

/** By this bit, predicates of `vcmp` and `vpcmp` and their opposites differ. */
const opposite = 4;

/** Compares into an opmask, where `mask` is true; or the opposite of the comparison. */
export function emitComparison(
  vectors: VectorLowering,
  value: Value,
  result: number,
  mask = noRegister,
  isInverted = false,
): void {
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
  if (isInverted) predicate ^= opposite;
  const isTest = (value.opcode === "ieq" || value.opcode === "ine") && isZero(right);
  if (isTest && emitTestOfBits(vectors, (value.opcode === "ieq") !== isInverted, left, result, mask)) return;
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

/** Where `x and y` is zero, or is not, if that conjunction is nobody else's. */
function emitTestOfBits(
  vectors: VectorLowering,
  isForZero: boolean,
  left: Value,
  result: number,
  mask: number,
): boolean {
  const { lowering } = vectors;
  if (left.opcode !== "and" || !lowering.canAbsorb(left)) return false;
  lowering.absorb(left);
  let [one, other] = left.operands as [Value, Value]; // two operands
  if (vectors.prefersLast(one, other)) [one, other] = [other, one];
  const r = vectors.nameOf(vectors.bytesOf(left.type));
  const mnemonic = `vptest${isForZero ? "n" : ""}m${elementOf(left.type) === "i64" ? "q" : "d"}`;
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
