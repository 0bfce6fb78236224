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
import { fitsInt8 } from "./lower-integers.ts";
import { immediate32, type Lowering, type RegisterOrMemory, wide } from "./lowering.ts";
import { blend, condition, isa } from "./opcodes.ts";

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
    emitTest(lowering, left);
    return comparison.condition;
  }
  lowering.emitImmediate((fitsInt8(immediate) ? isa.cmp.byte : isa.cmp.imm)[w], lowering.operand(left), immediate);
  return comparison.condition;
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
  if (absorbsComparison(lowering, inner)) {
    lowering.absorb(inner);
    return emitComparison(lowering, inner) ^ inverted;
  }
  const register = lowering.register(inner);
  lowering.emit(isa.test[0], register, register);
  return condition.notEqual ^ inverted;
}

/** A comparison as 0 or 1 in a register. */
export function lowerComparison(lowering: Lowering, value: Value): void {
  const result = lowering.result(value);
  const comparison = comparisons[value.opcode];
  if (comparison === undefined) throw new InternalError(`${value.opcode} is no comparison`);
  const [left] = value.operands;
  if (left !== undefined && isFloat(left.type) && comparison.condition >= condition.floatEqual) {
    const equal = comparison.condition === condition.floatEqual;
    const holds = emitComparison(lowering, value);
    if (holds !== comparison.condition) throw new InternalError(`${value.opcode}: unexpected condition`);
    // `mov` leaves the flags alone.
    const byParity = lowering.temporary("bool");
    const byZero = lowering.temporary("bool");
    lowering.emit(isa.movImm32, byParity, noRegister, noRegister, 0);
    lowering.emit(isa.setcc[equal ? condition.notParity : condition.parity]!, byParity); // a condition code
    lowering.emit(isa.movImm32, byZero, noRegister, noRegister, equal ? 0 : 1);
    lowering.move("bool", result, byParity);
    lowering.emit(isa.cmov[condition.notEqual]![0], result, byZero); // a condition code
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
  const mask = lowering.temporary("f64");
  if (fp.three) {
    lowering.emit3(fp.compareMask[w], mask, first, second, predicate);
    lowering.emit4(blend[w], result, no, yes, mask);
    return;
  }
  lowering.move("f64", mask, first);
  lowering.emit2(fp.compareMask[w], mask, second, predicate);
  lowering.move("f64", result, yes);
  lowering.emit(fp.and[w], result, mask);
  lowering.emit(fp.andNot[w], mask, no);
  lowering.emit(fp.or[w], result, mask);
}

/** True for the opcodes that compare. */
export function isComparison(opcode: Opcode): boolean {
  return opcodeRow(opcode).signature.endsWith("-> bool") && comparisons[opcode] !== undefined;
}
