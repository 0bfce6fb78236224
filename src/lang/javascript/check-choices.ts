/**
 * `&&`, `||` and `?:`: a node for each choice, and marks in the list of nodes where its arms begin.
 *
 * The choice's node exists before its operands, since the marks refer to it. It gets its type at the end, when it is also
 * known whether an arm has effects: then the arms become blocks, and not both are evaluated.
 */
import type { ConditionalExpression, Expression, LogicalExpression } from "acorn";
import { InternalError } from "../../base/errors.ts";
import type { CheckerState } from "./checker-state.ts";
import { Node, numberTypeOf } from "./tree.ts";

/** `&&` and `||`. */
export function visitLogical(state: CheckerState, node: LogicalExpression): Node | undefined {
  if (node.operator === "??")
    return state.refuse("unsupported-operator", node, "`??` has no use here: a number is never null", "write || or ?:");
  const choice = new Node(node.operator === "&&" ? "and" : "or", "f64", state.spanOf(node), []);
  state.finishLater(node, choice);
  state.push({ stage: "else", choice });
  state.visitLater(node.right);
  state.push({ stage: "then", choice });
  state.visitLater(node.left);
  return undefined;
}

/** `?:`. */
export function visitConditional(state: CheckerState, node: ConditionalExpression): undefined {
  const choice = new Node("conditional", "f64", state.spanOf(node), []);
  state.finishLater(node, choice);
  state.visitLater(node.alternate);
  state.push({ stage: "else", choice });
  state.visitLater(node.consequent);
  state.push({ stage: "then", choice });
  state.visitLater(node.test);
}

/** Marks where an arm begins: `then` the first one, `else` the other one. */
export function markArm(state: CheckerState, kind: "then" | "else", choice: Node): void {
  if (kind === "then") choice.effectsBefore = state.effects;
  state.emit(new Node(kind, "bool", choice.span, [choice]));
}

/** `&&`, `||` and `?:`, whose result is one of the operands from `firstArm` on. */
export function finishChoice(
  state: CheckerState,
  node: LogicalExpression | Expression,
  choice: Node | undefined,
  operands: readonly Node[],
  firstArm: number,
): Node {
  const left = operands[firstArm];
  const right = operands[firstArm + 1];
  if (choice === undefined || left === undefined || right === undefined)
    throw new InternalError(`${node.type} without arms`);
  choice.operands = operands;
  choice.traps = operands.some((operand) => operand.traps);
  choice.armsHaveEffects = state.effects > choice.effectsBefore;
  choice.type = state.types.union(left, right);
  choice.at = numberTypeOf(choice.type) ?? "bool";
  return choice;
}
