/**
 * Lowering of comparisons and of what consumes them: a branch or a select reads the flags of a comparison that it alone
 * uses; any other consumer gets 0 or 1 in a register.
 *
 * `ucomis a, b` sets CF for a < b, ZF for a = b, and both with PF when unordered (SDM volume 2). So greater and
 * greater-or-equal are `a` and `ae`, which are false when unordered, and less is greater with operands swapped; the two
 * conditions that need PF as well are `floatEqual` and `floatNotEqual`. Inverting the lowest bit inverts any of them.
 */
import { InternalError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { type Opcode, opcodeRow } from "../../ir/opcodes.ts";
import { isFloat } from "../../ir/types.ts";
import { emitForFlags, fitsInt8 } from "./lower-integers.ts";
import { emitMaskCondition } from "./lower-vector-masks.ts";
import { immediate32, type Lowering, type RegisterOrMemory, wide } from "./lowering.ts";
import { condition, isa } from "./opcodes.ts";

interface Comparison {
  readonly condition: number;
  /** The condition after operands changed places, for integers. */
  readonly swapped: number;
  /** For floats: the operands have to change places. */
  readonly swap?: true;
  /** For floats: predicate of `cmpsd` (SDM volume 2, table 3-1), on the operands as they stand. */
  readonly predicate?: number;
}

const comparisons: Partial<Record<Opcode, Comparison>> = {
  ieq: { condition: condition.equal, swapped: condition.equal },
  ine: { condition: condition.notEqual, swapped: condition.notEqual },
  slt: { condition: condition.less, swapped: condition.greater },
  sle: { condition: condition.lessOrEqual, swapped: condition.greaterOrEqual },
  sgt: { condition: condition.greater, swapped: condition.less },
  sge: { condition: condition.greaterOrEqual, swapped: condition.lessOrEqual },
  ult: { condition: condition.below, swapped: condition.above },
  ule: { condition: condition.belowOrEqual, swapped: condition.aboveOrEqual },
  ugt: { condition: condition.above, swapped: condition.below },
  uge: { condition: condition.aboveOrEqual, swapped: condition.belowOrEqual },
  feq: { condition: condition.floatEqual, swapped: condition.floatEqual, predicate: 0 },
  fne: { condition: condition.floatNotEqual, swapped: condition.floatNotEqual, predicate: 4 },
  flt: { condition: condition.above, swapped: condition.above, swap: true, predicate: 1 },
  fle: { condition: condition.aboveOrEqual, swapped: condition.aboveOrEqual, swap: true, predicate: 2 },
  fgt: { condition: condition.above, swapped: condition.above, predicate: 1 },
  fge: { condition: condition.aboveOrEqual, swapped: condition.aboveOrEqual, predicate: 2 },
};

/** Emits what sets the flags for a comparison; returns the condition that holds if it is true. */
function emitComparison(lowering: Lowering, value: Value): number {
  const comparison = comparisons[value.opcode];
  const [left, right] = value.operands;
  if (comparison === undefined || left === undefined || right === undefined)
    throw new InternalError(`${value.opcode} is no comparison`);
  if (isFloat(left.type)) {
    const [first, second] = comparison.swap === true ? [right, left] : [left, right];
    const register = lowering.register(first);
    lowering.emit2(lowering.fp.compare[wide(left.type)], register, lowering.operand(second));
    return comparison.condition;
  }
  return emitIntegerComparison(lowering, comparison, left, right);
}

function emitIntegerComparison(lowering: Lowering, comparison: Comparison, left: Value, right: Value): number {
  const w = wide(left.type);
  if (
    left.opcode === "const" ||
    (lowering.canFoldLoad(left) && right.opcode !== "const" && !lowering.canFoldLoad(right))
  ) {
    // An immediate or memory stands on the right.
    if (right.opcode !== "const") {
      const mirrored = { condition: comparison.swapped, swapped: comparison.condition };
      return emitIntegerComparison(lowering, mirrored, right, left);
    }
  }
  const immediate = immediate32(right);
  if (immediate === undefined) {
    const register = lowering.register(left);
    lowering.emit2(isa.cmp.rm[w], register, lowering.operand(right));
    return comparison.condition;
  }
  if (immediate === 0 && !lowering.canFoldLoad(left)) {
    const isTested = left.opcode === "and" && lowering.canAbsorb(left);
    if (left === lowering.compared && !isTested) {
      const ofFlags = conditionOfFlags(comparison.condition);
      if (ofFlags !== undefined && emitForFlags(lowering, left)) return ofFlags;
    }
    emitTest(lowering, left);
    return comparison.condition;
  }
  lowering.emitImmediate((fitsInt8(immediate) ? isa.cmp.byte : isa.cmp.imm)[w], lowering.operand(left), immediate);
  return comparison.condition;
}

/** Compared with zero: the condition that asks for nothing but the result's sign or that it is zero. */
function conditionOfFlags(asked: number): number | undefined {
  switch (asked) {
    case condition.less:
      return condition.sign;
    case condition.greaterOrEqual:
      return condition.notSign;
    case condition.equal:
    case condition.notEqual:
      return asked;
    default:
      return undefined;
  }
}

/** Compares with zero: CF and OF are clear afterwards, as after `cmp value, 0`. */
function emitTest(lowering: Lowering, value: Value): void {
  const w = wide(value.type);
  if (value.opcode === "and" && lowering.canAbsorb(value)) {
    const [left, right] = value.operands as [Value, Value]; // and has two
    lowering.absorb(value);
    const immediate = immediate32(right);
    if (immediate !== undefined) {
      lowering.emitImmediate(isa.testImm[w], lowering.register(left), immediate);
      return;
    }
    const register = lowering.register(left);
    lowering.emit(isa.test[w], register, lowering.register(right));
    return;
  }
  const register = lowering.register(value);
  lowering.emit(isa.test[w], register, register);
}

function absorbsComparison(lowering: Lowering, value: Value): boolean {
  return comparisons[value.opcode] !== undefined && lowering.canAbsorb(value);
}

/** Sets the flags for a truth value; returns the condition that holds if it is true. Nothing may come between but moves. */
export function emitCondition(lowering: Lowering, value: Value): number {
  let inner = value;
  let inverted = 0;
  while (inner.opcode === "not" && lowering.canAbsorb(inner)) {
    lowering.absorb(inner);
    inner = inner.operands[0]!; // one operand
    inverted ^= 1;
  }
  if (lowering.remade.has(inner)) return emitComparison(lowering, inner) ^ inverted;
  if (absorbsComparison(lowering, inner)) {
    lowering.absorb(inner);
    return emitComparison(lowering, inner) ^ inverted;
  }
  if ((inner.opcode === "mask-any" || inner.opcode === "mask-all") && lowering.canAbsorb(inner)) {
    lowering.absorb(inner);
    return emitMaskCondition(lowering.vectors, inner) ^ inverted;
  }
  emitTest(lowering, inner);
  return condition.notEqual ^ inverted;
}

/** A comparison as 0 or 1 in a register. */
export function lowerComparison(lowering: Lowering, value: Value): void {
  const result = lowering.result(value);
  const comparison = comparisons[value.opcode];
  if (comparison === undefined) throw new InternalError(`${value.opcode} is no comparison`);
  const [left, right] = value.operands as [Value, Value]; // comparisons have two
  if (isFloat(left.type) && comparison.condition >= condition.floatEqual && comparison.predicate !== undefined) {
    // No one flag tells; a mask does.
    const w = wide(left.type);
    const mask = emitMask(lowering, w, lowering.register(left), lowering.operand(right), comparison.predicate);
    lowering.emit((lowering.hasAvx ? isa.vFloatBitsToInt : isa.floatBitsToInt)[0], result, mask);
    lowering.emitImmediate(isa.and.byte[0], result, 1);
    return;
  }
  const zeroAt = lowering.sequence.length;
  const holds = emitComparison(lowering, value);
  // The zero has to come before the flags: it goes in front of all that the comparison needs.
  lowering.emitEarlier(zeroAt, isa.zeroInt, result);
  lowering.emit(isa.setcc[holds]!, result); // a condition code
}

export function lowerSelect(lowering: Lowering, value: Value): void {
  const [truth, whenTrue, whenFalse] = value.operands as [Value, Value, Value]; // three operands
  if (isFloat(value.type)) {
    lowerFloatSelect(lowering, value, truth, whenTrue, whenFalse);
    return;
  }
  const result = lowering.result(value);
  const w = wide(value.type);
  const yes = lowering.register(whenTrue);
  const no = lowering.register(whenFalse);
  const holds = emitCondition(lowering, truth);
  if (holds === condition.floatEqual) {
    lowering.move(value.type, result, yes);
    lowering.emit(isa.cmov[condition.notEqual]![w], result, no); // a condition code
    lowering.emit(isa.cmov[condition.parity]![w], result, no); // a condition code
    return;
  }
  lowering.move(value.type, result, no);
  if (holds === condition.floatNotEqual) {
    lowering.emit(isa.cmov[condition.notEqual]![w], result, yes); // a condition code
    lowering.emit(isa.cmov[condition.parity]![w], result, yes); // a condition code
    return;
  }
  lowering.emit(isa.cmov[holds]![w], result, yes); // a condition code
}

/** By a mask where the condition compares floats of the same width, so that nothing is predicted; else by a short branch. */
function lowerFloatSelect(lowering: Lowering, value: Value, truth: Value, whenTrue: Value, whenFalse: Value): void {
  const result = lowering.result(value);
  if (isMachineExtreme(lowering, truth, whenTrue, whenFalse)) {
    lowering.absorb(truth);
    const isLess = truth.opcode === "flt";
    const opcode = lowering.fp[isLess === (truth.operands[0] === whenTrue) ? "min" : "max"][wide(value.type)];
    const first = lowering.register(whenTrue);
    const second = lowering.operand(whenFalse);
    if (lowering.fp.three) {
      lowering.emit3(opcode, result, first, second);
    } else {
      lowering.move(value.type, result, first);
      lowering.emit2(opcode, result, second);
    }
    return;
  }
  const yes = lowering.register(whenTrue);
  const no = lowering.register(whenFalse);
  const comparison = comparisons[truth.opcode];
  if (
    comparison?.predicate !== undefined &&
    truth.operands[0]?.type === value.type &&
    lowering.vectorCount >= 4 &&
    absorbsComparison(lowering, truth)
  ) {
    lowering.absorb(truth);
    const [left, right] = truth.operands as [Value, Value]; // comparisons have two
    // Greater is less with operands swapped; unlike with `ucomis`, that suits `cmp`.
    const swap = truth.opcode === "fgt" || truth.opcode === "fge";
    const first = lowering.register(swap ? right : left);
    const second = lowering.operand(swap ? left : right);
    emitBlend(lowering, wide(value.type), result, first, second, comparison.predicate, yes, no);
    return;
  }
  const holds = emitCondition(lowering, truth);
  lowering.move(value.type, result, no);
  lowering.emit(isa.floatSelect, result, yes, noRegister, holds);
}

/** Whether a choice between what is compared is `minsd` or `maxsd`: first < second ? first : second, to the bit (SDM volume 2). */
function isMachineExtreme(lowering: Lowering, truth: Value, whenTrue: Value, whenFalse: Value): boolean {
  if ((truth.opcode !== "flt" && truth.opcode !== "fgt") || !absorbsComparison(lowering, truth)) return false;
  const [left, right] = truth.operands;
  return (left === whenTrue && right === whenFalse) || (left === whenFalse && right === whenTrue);
}

/** result = predicate(first, second) ? yes : no */
function emitBlend(
  lowering: Lowering,
  w: 0 | 1,
  result: number,
  first: number,
  second: RegisterOrMemory,
  predicate: number,
  yes: number,
  no: number,
): void {
  const { fp } = lowering;
  const mask = emitMask(lowering, w, first, second, predicate);
  if (fp.three) {
    lowering.emit4(isa.blend[w], result, no, yes, mask);
    return;
  }
  lowering.move("f64", result, yes);
  lowering.emit(fp.and[w], result, mask);
  lowering.emit(fp.andNot[w], mask, no);
  lowering.emit(fp.or[w], result, mask);
}

/** All ones in the low lane of a new register if the predicate holds, else all zeros. */
function emitMask(lowering: Lowering, w: 0 | 1, first: number, second: RegisterOrMemory, predicate: number): number {
  const { fp } = lowering;
  const mask = lowering.temporary("f64");
  if (fp.three) {
    lowering.emit3(fp.compareMask[w], mask, first, second, predicate);
  } else {
    lowering.move("f64", mask, first);
    lowering.emit2(fp.compareMask[w], mask, second, predicate);
  }
  return mask;
}

/** True for the opcodes that compare. */
export function isComparison(opcode: Opcode): boolean {
  return opcodeRow(opcode).signature.endsWith("-> bool") && comparisons[opcode] !== undefined;
}
