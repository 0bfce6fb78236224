/**
 * Conditions: `&&`, `||` and `!` that lead to blocks by themselves, so that no truth value is made of them.
 *
 * Before a condition is built, it is noted where its parts lead; each part then ends its block when its value is known.
 * Parts without effects are values like others.
 */
import type { Block } from "../../ir/function.ts";
import { type BuiltValues, firstOperand, secondOperand } from "./built-values.ts";
import type { Node } from "./tree.ts";

/** Where a part of a condition leads, and the block of the second operand of `&&` and `||`. */
interface Exit {
  readonly whenTrue: Block;
  readonly whenFalse: Block;
  readonly second: Block | undefined;
}

/** Whether a part of a condition ends blocks: `&&` and `||` whose second operand has effects, under any number of `!`. */
function isLeading(node: Node): boolean {
  let inner = node;
  while (inner.kind === "not" && inner.operands[0] !== undefined) inner = inner.operands[0];
  return (inner.kind === "and" || inner.kind === "or") && inner.armsHaveEffects;
}

/** Builds the parts of one condition. */
export class ConditionBuilder {
  readonly #values: BuiltValues;
  /** Where the parts of a condition lead that end blocks themselves. */
  #exits: Map<Node, Exit> | undefined;

  constructor(values: BuiltValues) {
    this.#values = values;
  }

  /** Notes where the parts of a condition lead. */
  lead(condition: Node, whenTrue: Block, whenFalse: Block): void {
    const pending = [{ node: condition, whenTrue, whenFalse }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node } = next;
      const operand = node.operands[0];
      if (operand === undefined) continue;
      if (node.kind === "not") {
        pending.push({ node: operand, whenTrue: next.whenFalse, whenFalse: next.whenTrue });
        if (isLeading(operand)) this.#noteExit(node, { ...next, second: undefined });
      } else if ((node.kind === "and" || node.kind === "or") && node.armsHaveEffects) {
        const second = this.#values.builder.createLaterBlock();
        this.#noteExit(node, { ...next, second });
        const isAnd = node.kind === "and";
        pending.push({
          node: operand,
          whenTrue: isAnd ? second : next.whenTrue,
          whenFalse: isAnd ? next.whenFalse : second,
        });
        pending.push({ ...next, node: secondOperand(node) });
      }
    }
  }

  /** Ends the block of a part of a condition, unless its own parts have done so. */
  leave(node: Node, whenTrue: Block, whenFalse: Block): void {
    if (this.#exits?.has(node) !== true) this.#values.builder.branch(this.#values.truth(node), whenTrue, whenFalse);
  }

  /**
   * Builds a node that belongs to a part with exits; false where the node is none. `then` of a leading choice: its first
   * operand is known. The choice itself: the second one is.
   */
  buildExit(node: Node): boolean {
    const exit = this.#exits?.get(node.kind === "then" || node.kind === "else" ? firstOperand(node) : node);
    if (exit === undefined) return false;
    this.#endPart(node, exit);
    return true;
  }

  #noteExit(node: Node, exit: Exit): void {
    this.#exits ??= new Map();
    this.#exits.set(node, exit);
  }

  #endPart(node: Node, { whenTrue, whenFalse, second }: Exit): void {
    if (second === undefined || node.kind === "else") return;
    if (node.kind !== "then") {
      this.leave(secondOperand(node), whenTrue, whenFalse);
      return;
    }
    const choice = firstOperand(node);
    const isAnd = choice.kind === "and";
    this.leave(firstOperand(choice), isAnd ? second : whenTrue, isAnd ? whenFalse : second);
    this.#values.builder.continueIn(second);
  }
}
