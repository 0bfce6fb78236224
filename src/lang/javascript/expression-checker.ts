/**
 * Acorn's tree to the checked tree: resolves names, gives every node its type, and collects every fault.
 *
 * The tree is walked with a list of pending steps instead of recursion, in the order of evaluation, so that a sum of
 * 100,000 terms takes 100,000 steps and no stack. A construct that is not accepted becomes a diagnostic and a NaN, and
 * checking goes on. The rules of types are the table in docs/language.md; what names mean is told by `Names`. Each kind of
 * expression has its rules in a file of its own, check-….ts; this one says which.
 */
import type { Node as AcornNode, Expression } from "acorn";
import type { Diagnostic } from "../../base/diagnostics.ts";
import { InternalError } from "../../base/errors.ts";
import type { Source, Span } from "../../base/source.ts";
import {
  assignVariable,
  finishAssignment,
  finishUpdate,
  readPlace,
  visitAssignment,
  visitUpdate,
} from "./check-assignments.ts";
import { finishCall, visitCall } from "./check-calls.ts";
import { finishChoice, markArm, visitConditional, visitLogical } from "./check-choices.ts";
import { checkLiteral } from "./check-literals.ts";
import { arrayOf, elementOf, visitMember } from "./check-members.ts";
import { checkIdentifier, readVariable } from "./check-names.ts";
import { checkBinary, checkComparison, finishUnary, visitBinary, visitUnary } from "./check-operators.ts";
import { CheckerState, type Step } from "./checker-state.ts";
import { refusedConstructs } from "./messages.ts";
import type { Names } from "./names.ts";
import type { LocalVariable, Node, Tree } from "./tree.ts";

/** Checks expressions, one after the other. */
export class ExpressionChecker {
  readonly #state: CheckerState;

  /** `spanSource` is the source where that is not the compilation's own, so that traps can tell. */
  constructor(source: Source, names: Names, report: (diagnostic: Diagnostic) => void, spanSource?: Source) {
    this.#state = new CheckerState(source, names, report, spanSource);
  }

  /** An expression whose value is wanted. */
  check(expression: Expression): Tree {
    const state = this.#state;
    state.nodes = [];
    this.#run({ stage: "visit", node: expression });
    return { nodes: state.nodes, result: state.pop() };
  }

  /** An expression whose value nobody wants. */
  checkStatement(expression: Expression): Tree {
    this.#state.statement = expression;
    return this.check(expression);
  }

  /** `variable = expression`, for declarations. */
  checkInitializer(variable: LocalVariable, expression: Expression): Tree {
    const state = this.#state;
    state.nodes = [];
    this.#run({ stage: "visit", node: expression });
    const result = state.emit(assignVariable(state, variable, state.pop(), state.spanOf(expression)));
    return { nodes: state.nodes, result };
  }

  /** `variable === expression`, for the cases of a `switch`. */
  checkCase(variable: LocalVariable, expression: Expression): Tree {
    const state = this.#state;
    state.nodes = [];
    const subject = state.emit(readVariable(variable, state.spanOf(expression)));
    this.#run({ stage: "visit", node: expression });
    const result = state.emit(checkComparison(state, "identical", state.spanOf(expression), subject, state.pop()));
    return { nodes: state.nodes, result };
  }

  /** Where the node stands in the text. */
  spanOf(node: AcornNode): Span {
    return this.#state.spanOf(node);
  }

  // ---- the walk

  #run(first: Step): void {
    const state = this.#state;
    state.pending.push(first);
    for (let step = state.pending.pop(); step !== undefined; step = state.pending.pop()) {
      switch (step.stage) {
        case "visit":
          state.add(this.#visit(step.node));
          break;
        case "then":
        case "else":
          markArm(state, step.stage, step.choice);
          break;
        case "finish":
          state.add(this.#finish(step.node, step.choice));
          break;
        case "place":
          if (step.node.type === "UpdateExpression") state.results.push(finishUpdate(state, step.node, step.place));
          else state.add(readPlace(state, step.place, step.node.left));
          break;
        case "assign":
          state.add(finishAssignment(state, step.node, step.place));
          break;
        case "drop":
          state.pop();
          break;
      }
    }
  }

  #visit(node: Expression): Node | undefined {
    const state = this.#state;
    switch (node.type) {
      case "Literal":
        return checkLiteral(state, node);
      case "Identifier":
        return checkIdentifier(state, node);
      case "UnaryExpression":
        return visitUnary(state, node);
      case "BinaryExpression":
        return visitBinary(state, node);
      case "LogicalExpression":
        return visitLogical(state, node);
      case "ConditionalExpression":
        return visitConditional(state, node);
      case "CallExpression":
        return visitCall(state, node);
      case "MemberExpression":
        return visitMember(state, node);
      case "ParenthesizedExpression":
        state.visitLater(node.expression);
        return undefined;
      case "SequenceExpression":
        if (!state.names.isFunction) break;
        node.expressions.toReversed().forEach((part, fromLast) => {
          if (fromLast > 0) state.push({ stage: "drop" });
          state.visitLater(part);
        });
        return undefined;
      case "AssignmentExpression":
        return visitAssignment(state, node);
      case "UpdateExpression":
        return visitUpdate(state, node);
      default:
    }
    const [code, message, hint] = refusedConstructs[node.type] ?? ["unsupported", `${node.type} is not accepted`];
    return state.refuse(code, node, message, hint);
  }

  #finish(node: Expression, choice: Node | undefined): Node {
    const state = this.#state;
    switch (node.type) {
      case "UnaryExpression":
        return finishUnary(state, node, state.pop());
      case "BinaryExpression": {
        const right = state.pop();
        return checkBinary(state, node.operator, node, state.pop(), right);
      }
      case "AssignmentExpression":
      case "LogicalExpression": {
        const right = state.pop();
        const left = state.pop();
        if (left.kind === "element" && node.type === "AssignmentExpression") state.pop(); // the index
        return finishChoice(state, node, choice, [left, right], 0);
      }
      case "ConditionalExpression": {
        const alternate = state.pop();
        const consequent = state.pop();
        return finishChoice(state, node, choice, [state.pop(), consequent, alternate], 1);
      }
      case "MemberExpression": {
        const array = arrayOf(state, node);
        if (array === undefined) throw new InternalError("an element of no array");
        return elementOf(state, array, state.pop(), node);
      }
      case "CallExpression":
        return finishCall(state, node);
      default:
        throw new InternalError(`${node.type} has no second stage`);
    }
  }
}
