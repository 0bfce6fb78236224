/** The operands of an instruction that has so many: verified IR has them all. */
import { InternalError } from "../base/errors.ts";
import type { Value } from "../ir/function.ts";

export function operandAt(value: Value, index: number): Value {
  const operand = value.operands[index];
  if (operand === undefined) throw new InternalError(`v${value.id}: ${value.opcode} without operand ${index + 1}`);
  return operand;
}

export function first(value: Value): Value {
  return operandAt(value, 0);
}

export function operandsOf(value: Value): readonly [Value, Value] {
  return [operandAt(value, 0), operandAt(value, 1)];
}
