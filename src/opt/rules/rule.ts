/**
 * What a simplification rule is, and the questions rules ask.
 *
 * A rule looks at one instruction, whose operands are already simplified and, where the opcode is commutative, have the
 * constant second. It answers with the value that stands for the result from now on, or with the instruction itself after
 * changing it, or with undefined. It must keep every bit of the result, NaN and -0 included, and must not remove a trap
 * that could happen. Each rule gives its reason where that is not plain arithmetic.
 *
 * An operation on vectors is the scalar one in each lane, so rules hold for it as well. Its constants are splats of constants,
 * which the questions here see through.
 */
import { InternalError } from "../../base/errors.ts";
import type { Constant, Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf, isVector, type Type } from "../../ir/types.ts";

export type Rule = (value: Value, a: Value, b: Value, rewriter: Rewriter) => Value | undefined;

/** The rules of a topic, by opcode. Each opcode has its rules in one topic only. */
export type RuleTable = Partial<Record<Opcode, Rule>>;

/** How a rule changes an instruction. */
export interface Rewriter {
  /** A new constant in front of the instruction at hand; of a vector type, in every lane. */
  constant(type: Type, value: Constant): Value;
  /** A new instruction there. */
  insert(opcode: Opcode, type: Type, ...operands: Value[]): Value;
}

/** Makes the instruction another one with the same result type. */
export function become(value: Value, opcode: Opcode, ...operands: Value[]): Value {
  value.opcode = opcode;
  value.operands = operands;
  return value;
}

/** Makes the instruction a constant of its type. Only that of a vector needs something in front of it. */
export function becomeConstant(value: Value, constant: Constant, rewriter?: Rewriter): Value {
  if (isVector(value.type)) {
    if (rewriter === undefined) throw new InternalError(`v${value.id}: no place for the lanes of ${value.type}`);
    value.opcode = "splat";
    value.operands = [rewriter.constant(elementOf(value.type), constant)];
    value.immediate = undefined;
    return value;
  }
  value.opcode = "const";
  value.operands = [];
  value.immediate = constant;
  return value;
}

/** Makes the instruction a constant of its integer type. */
export function becomeInteger(value: Value, constant: number, rewriter: Rewriter): Value {
  return becomeConstant(value, elementOf(value.type) === "i64" ? BigInt(constant) : constant, rewriter);
}

/** The constant that a value is, or that stands in each of its lanes. */
export function constantOf(value: Value): Value | undefined {
  const { opcode } = value;
  if (opcode === "const") return value;
  if (opcode !== "splat") return undefined;
  const [lane] = value.operands;
  return lane?.opcode === "const" ? lane : undefined;
}

/** True for a constant with exactly this value, or lanes that have it; 0 and -0 differ. */
export function isConstant(value: Value, constant: Constant): boolean {
  const known = constantOf(value);
  return known !== undefined && Object.is(known.immediate, constant);
}

/** True for an i32 or i64 constant with this value, or lanes that have it. */
export function isInteger(value: Value, constant: number): boolean {
  const known = constantOf(value)?.immediate;
  return known !== undefined && (typeof known === "bigint" ? known === BigInt(constant) : known === constant);
}

/** The only operand of an instruction with this opcode. */
export function operandOf(value: Value, opcode: Opcode): Value | undefined {
  return value.opcode === opcode ? value.operands[0] : undefined;
}
