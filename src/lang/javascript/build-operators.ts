/**
 * Operators to IR: an opcode each, of operands converted to the type that the checker has found for them.
 *
 * Only a remainder of floats takes more, and `===` of values that may differ in kind.
 */
import { InternalError } from "../../base/errors.ts";
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { buildRemainder } from "../../math/remainder.ts";
import { type BuiltValues, firstOperand } from "./built-values.ts";
import { convertPayload } from "./convert-payload.ts";
import type { Node, NodeKind } from "./tree.ts";

/** The opcodes of operators whose operands and result have one number type. */
const arithmetic: Partial<Record<NodeKind, { readonly float?: Opcode; readonly int: Opcode }>> = {
  add: { float: "fadd", int: "iadd" },
  subtract: { float: "fsub", int: "isub" },
  multiply: { float: "fmul", int: "imul" },
  divide: { float: "fdiv", int: "sdiv" },
  remainder: { int: "srem" },
  "bit-and": { int: "and" },
  "bit-or": { int: "or" },
  "bit-xor": { int: "xor" },
  "shift-left": { int: "shl" },
  "shift-right": { int: "sshr" },
  "shift-right-unsigned": { int: "ushr" },
};

/** The opcodes of operators whose result is a `bool`. */
const comparisons: Partial<Record<NodeKind, { readonly float: Opcode; readonly int: Opcode }>> = {
  less: { float: "flt", int: "slt" },
  "less-equal": { float: "fle", int: "sle" },
  greater: { float: "fgt", int: "sgt" },
  "greater-equal": { float: "fge", int: "sge" },
  equal: { float: "feq", int: "ieq" },
  "not-equal": { float: "fne", int: "ine" },
  identical: { float: "feq", int: "ieq" },
  "not-identical": { float: "feq", int: "ieq" },
};

/** The unary `-`. */
export function buildNegation(values: BuiltValues, node: Node): Value {
  const { builder } = values;
  const operand = values.numberAt(firstOperand(node), node.at);
  if (node.at === "f64" || node.at === "f32") return builder.emit("fneg", operand);
  const zero = node.at === "i64" ? builder.constant("i64", 0n) : builder.constant("i32", 0);
  return builder.emit("isub", zero, operand);
}

/** `~`. */
export function buildBitNot(values: BuiltValues, node: Node): Value {
  const { builder } = values;
  const ones = node.at === "i64" ? builder.constant("i64", -1n) : builder.constant("i32", -1);
  const inverted = builder.emit("xor", values.numberAt(firstOperand(node), node.at), ones);
  return node.type === "f64" ? builder.convert("convert-s", "f64", inverted) : inverted;
}

/** An operator of two values. */
export function buildBinary(values: BuiltValues, node: Node): Value {
  const [left, right] = node.operands;
  if (left === undefined || right === undefined) throw new InternalError(`${node.kind} without two operands`);
  if (node.kind === "remainder" && (node.at === "f64" || node.at === "f32"))
    return buildRemainderAt(values, left, right, node.at);
  const isInt = node.at === "i32" || node.at === "i64";
  const opcode = (arithmetic[node.kind] ?? comparisons[node.kind])?.[isInt ? "int" : "float"];
  if (opcode === undefined) throw new InternalError(`${node.kind} has no opcode at ${node.at}`);
  const { builder } = values;
  if (node.at === "bool") {
    const differs = builder.emit("xor", values.payload(left), values.payload(right));
    return node.kind === "not-equal" ? differs : builder.emit("not", differs);
  }
  const result = builder.emit(opcode, values.numberAt(left, node.at), values.numberAt(right, node.at));
  if (node.type === "f64" && node.at === "i32")
    return builder.convert(node.kind === "shift-right-unsigned" ? "convert-u" : "convert-s", "f64", result);
  if (node.kind !== "identical" && node.kind !== "not-identical") return result;
  const kindsDiffer = builder.emit("xor", values.isBoolean(left), values.isBoolean(right));
  const identical = builder.emit("and", result, builder.emit("not", kindsDiffer));
  return node.kind === "identical" ? identical : builder.emit("not", identical);
}

/** The remainder of floats: exact in f64 for both types. */
function buildRemainderAt(values: BuiltValues, left: Node, right: Node, at: "f64" | "f32"): Value {
  const { builder } = values;
  const a = convertPayload(builder, values.numberAt(left, at), "f64");
  const remainder = buildRemainder(builder, a, convertPayload(builder, values.numberAt(right, at), "f64"));
  return at === "f32" ? builder.emit("demote", remainder) : remainder;
}
