/**
 * What a simplification rule is, and the questions rules ask.
 *
 * A rule looks at one instruction, whose operands are already simplified and, where the opcode is commutative, have the
 * constant second. It answers with the value that stands for the result from now on, or with the instruction itself after
 * changing it, or with undefined. It must keep every bit of the result, NaN and -0 included, and must not remove a trap
 * that could happen. Each rule gives its reason where that is not plain arithmetic.
 */
import type { Constant, Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import type { Type } from "../../ir/types.ts";

export type Rule = (value: Value, a: Value, b: Value, rewriter: Rewriter) => Value | undefined;

/** The rules of a topic, by opcode. Each opcode has its rules in one topic only. */
export type RuleTable = Partial<Record<Opcode, Rule>>;

/** How a rule changes an instruction. */
export interface Rewriter {
  /** A new constant in front of the instruction at hand. */
  constant(type: Type, value: Constant): Value;
}

/** Makes the instruction another one with the same result type. */
export function become(value: Value, opcode: Opcode, ...operands: Value[]): Value {
  value.opcode = opcode;
  value.operands = operands;
  return value;
}

/** Makes the instruction a constant of its type. */
export function becomeConstant(value: Value, constant: Constant): Value {
  value.opcode = "const";
  value.operands = [];
  value.immediate = constant;
  return value;
}

/** Makes the instruction a constant of its integer type. */
export function becomeInteger(value: Value, constant: number): Value {
  return becomeConstant(value, value.type === "i64" ? BigInt(constant) : constant);
}

/** True for a constant with exactly this value; 0 and -0 differ. */
export function isConstant(value: Value, constant: Constant): boolean {
  return value.opcode === "const" && Object.is(value.immediate, constant);
}

/** True for an i32 or i64 constant with this value. */
export function isInteger(value: Value, constant: number): boolean {
  if (value.opcode !== "const") return false;
  return typeof value.immediate === "bigint" ? value.immediate === BigInt(constant) : value.immediate === constant;
}

/** The only operand of an instruction with this opcode. */
export function operandOf(value: Value, opcode: Opcode): Value | undefined {
  return value.opcode === opcode ? value.operands[0] : undefined;
}
