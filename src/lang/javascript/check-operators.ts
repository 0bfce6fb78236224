/**
 * Unary and binary operators: the types of their operands and results, by the table in docs/language.md.
 *
 * `visit…` checks the form and asks for the operands; `finish…` and `check…` make the node once these have their types.
 */
import type { Node as AcornNode, BinaryExpression, UnaryExpression } from "acorn";
import { InternalError } from "../../base/errors.ts";
import type { Span } from "../../base/source.ts";
import { callMath } from "./check-built-ins.ts";
import { checkBigint } from "./check-literals.ts";
import type { CheckerState } from "./checker-state.ts";
import { mathFunctions } from "./functions.ts";
import { arithmeticOperators, bitOperators, comparisonOperators } from "./operators.ts";
import { isMixed, Node, type NodeKind, numberTypeOf } from "./tree.ts";

/** Asks for the operand; a sign before a BigInt is part of the literal. */
export function visitUnary(state: CheckerState, node: UnaryExpression): Node | undefined {
  switch (node.operator) {
    case "-":
    case "+":
    case "!":
    case "~":
      if (node.operator === "-" && node.argument.type === "Literal" && typeof node.argument.value === "bigint")
        return checkBigint(state, node, -node.argument.value);
      state.finishLater(node);
      state.visitLater(node.argument);
      return undefined;
    default:
      return state.refuse(
        "unsupported-operator",
        node,
        `\`${node.operator}\` is not accepted: values are numbers and booleans`,
      );
  }
}

/** The operator of the operand, which is the last node. */
export function finishUnary(state: CheckerState, node: UnaryExpression, operand: Node): Node {
  const span = state.spanOf(node);
  switch (node.operator) {
    case "!":
      return new Node("not", "bool", span, [operand], { at: "bool" });
    case "+":
    case "-":
      if (operand.literal && typeof operand.constant === "number") {
        // A literal's sign is part of it. The operand is the last node of the list.
        state.nodes.pop();
        const constant = node.operator === "-" ? -operand.constant : operand.constant;
        return new Node("constant", "f64", span, [], { constant, literal: true });
      }
      if (node.operator === "+" && numberTypeOf(operand.type) === "i64")
        return state.refuse("mixed-bigint", node, "unary `+` takes no BigInt", "write Number(n)");
      if (node.operator === "+") return new Node("number", "f64", span, [operand]);
      break;
    default:
  }
  const type = numberTypeOf(operand.type) ?? "f64";
  const { isPending } = operand;
  if (node.operator === "-") return new Node("negate", type, span, [operand], { at: type, isPending });
  const at = type === "i64" ? "i64" : "i32";
  return new Node("bit-not", type === "f32" ? "f64" : type, span, [operand], { at, isPending });
}

/** Asks for the operands. */
export function visitBinary(state: CheckerState, node: BinaryExpression): Node | undefined {
  const { operator, left } = node;
  if (left.type === "PrivateIdentifier" || operator === "in" || operator === "instanceof")
    return state.refuse(
      "unsupported-operator",
      node,
      `\`${operator}\` is not accepted: values are numbers and booleans`,
    );
  state.finishLater(node);
  state.visitLater(node.right);
  state.visitLater(left);
  return undefined;
}

/** An arithmetic, bitwise or comparing operator of two values; also the one in `x += 1`. */
export function checkBinary(
  state: CheckerState,
  operator: BinaryExpression["operator"],
  node: AcornNode,
  left: Node,
  right: Node,
): Node {
  const span = state.spanOf(node);
  const comparison = comparisonOperators.get(operator);
  if (comparison !== undefined) return checkComparison(state, comparison, span, left, right);
  if (operator === "**") return checkPower(state, node, left, right);
  const common = state.types.common(left, right, "strict");
  const isPending = isUnknown(left, right);
  const bits = bitOperators.get(operator);
  if (bits !== undefined) {
    if (operator === ">>>" && common === "i64")
      return state.refuse("mixed-bigint", node, "`>>>` takes no BigInt, as in JavaScript", "write BigInt.asUintN");
    const type = common === "f32" ? "f64" : common;
    return new Node(bits, type, span, [left, right], { at: type === "i64" ? "i64" : "i32", isPending });
  }
  const arithmetic = operator === "%" ? "remainder" : arithmeticOperators.get(operator);
  if (arithmetic === undefined) return state.refuse("unsupported-operator", node, `\`${operator}\` is not accepted`);
  const isInteger = common === "i32" || common === "i64";
  const traps = (arithmetic === "divide" || arithmetic === "remainder") && isInteger;
  // A remainder of f32 values is exact in f64, and then an f32.
  const takesLong = arithmetic === "remainder" && !isInteger;
  return new Node(arithmetic, common, span, [left, right], { at: common, traps, hasEffects: takesLong, isPending });
}

/** `**`: `Math.pow` of numbers. */
function checkPower(state: CheckerState, node: AcornNode, left: Node, right: Node): Node {
  if (numberTypeOf(left.type) === "i64" || numberTypeOf(right.type) === "i64")
    return state.refuse("not-yet", node, "`**` of BigInts is not accepted yet", "multiply, or write Number(n) ** 2");
  const callee = mathFunctions.get("pow");
  if (callee === undefined) throw new InternalError("there is a pow");
  return callMath(state, state.spanOf(node), callee, [left, right]);
}

/** A comparison, which asks for the kinds of the values only where they can differ. */
export function checkComparison(state: CheckerState, kind: NodeKind, span: Span, left: Node, right: Node): Node {
  const number = state.types.common(left, right, "lenient");
  const bothBoolean = left.type === "bool" && right.type === "bool";
  const ordered = kind === "less" || kind === "less-equal" || kind === "greater" || kind === "greater-equal";
  const at = bothBoolean ? (ordered ? "i32" : "bool") : number;
  // `===` asks for the kind of a value only where the two kinds can differ.
  const sameKind = !isMixed(left.type) && !isMixed(right.type) && (left.type === "bool") === (right.type === "bool");
  const loose = sameKind ? (kind === "identical" ? "equal" : kind === "not-identical" ? "not-equal" : kind) : kind;
  return new Node(loose, "bool", span, [left, right], { at });
}

/** Whether the type that two operands meet in is not known yet. */
function isUnknown(left: Node, right: Node): boolean {
  return (left.isPending && (right.isPending || right.literal)) || (right.isPending && left.literal);
}
