/**
 * `&&`, `||` and `?:` as values: by `select` where both arms can be evaluated, by blocks where an arm has effects.
 *
 * The marks `then` and `else` stand in the list of nodes before the arms; at the first the branch is made, at the second
 * the first arm is left, and at the choice itself the other one, so that both meet in a block whose parameter is the value.
 */
import { InternalError } from "../../base/errors.ts";
import type { Block, Value } from "../../ir/function.ts";
import { type BuiltValues, present, secondOperand } from "./built-values.ts";
import { isMixed, type Node, type NumberType, numberTypeOf, payloadType } from "./tree.ts";

/** A choice whose arms are blocks, while the arms are being built. */
interface OpenChoice {
  readonly otherwise: Block;
  readonly join: Block;
}

/** Builds the choices of one expression. */
export class ChoiceBuilder {
  readonly #values: BuiltValues;
  /** The choices whose arms are blocks. */
  #open: Map<Node, OpenChoice> | undefined;

  constructor(values: BuiltValues) {
    this.#values = values;
  }

  /** The choice itself, whose operands are known. */
  build(choice: Node): Value {
    return this.#open?.has(choice) ? this.#join(choice) : this.#select(choice);
  }

  /** `then`: the test is known; branches if an arm has effects. */
  enterArms(choice: Node): void {
    const { test } = armsOf(choice);
    if (!choice.armsHaveEffects) return;
    const { builder } = this.#values;
    const condition = this.#values.truth(test);
    const then = builder.createBlock();
    const otherwise = builder.createLaterBlock();
    const payload = payloadType(choice.type);
    const join = isMixed(choice.type) ? builder.createLaterBlock(payload, "bool") : builder.createLaterBlock(payload);
    this.#open ??= new Map();
    this.#open.set(choice, { otherwise, join });
    if (choice.kind === "or") builder.branch(condition, otherwise, then);
    else builder.branch(condition, then, otherwise);
    builder.switchTo(then);
  }

  /** `else`: the first arm is known. */
  enterOtherArm(choice: Node): void {
    const open = this.#open?.get(choice);
    if (open === undefined) return;
    this.#leaveArm(secondOperand(choice), choice, open.join);
    this.#values.builder.continueIn(open.otherwise);
  }

  /** Both arms are known. */
  #select(node: Node): Value {
    const { builder } = this.#values;
    const { test, whenTrue, whenFalse } = armsOf(node);
    const condition = this.#values.truth(test);
    if (isMixed(node.type)) {
      // Where one arm is always a boolean and the other never, the condition itself tells.
      const flag =
        whenTrue.type === "bool" && numberOnly(whenFalse)
          ? condition
          : whenFalse.type === "bool" && numberOnly(whenTrue)
            ? builder.emit("not", condition)
            : builder.emit("select", condition, this.#values.isBoolean(whenTrue), this.#values.isBoolean(whenFalse));
      this.#values.setFlag(node, flag);
    }
    if (node.type === "bool" && node.kind === "and")
      return builder.emit("and", condition, this.#values.payload(whenTrue));
    if (node.type === "bool" && node.kind === "or")
      return builder.emit("or", condition, this.#values.payload(whenFalse));
    return builder.emit("select", condition, this.#arm(whenTrue, node), this.#arm(whenFalse, node));
  }

  /** The second arm is known: the block where the two meet has the value. */
  #join(choice: Node): Value {
    const { join } = present(this.#open?.get(choice));
    const { test, whenFalse } = armsOf(choice);
    this.#leaveArm(choice.kind === "conditional" ? whenFalse : test, choice, join);
    this.#values.builder.continueIn(join);
    const [payload, flag] = join.parameters;
    this.#values.setFlag(choice, flag);
    return present(payload);
  }

  #leaveArm(arm: Node, choice: Node, join: Block): void {
    const payload = this.#arm(arm, choice);
    if (isMixed(choice.type)) this.#values.builder.jump(join, payload, this.#values.isBoolean(arm));
    else this.#values.builder.jump(join, payload);
  }

  /** The payload of an arm as its choice needs it. */
  #arm(node: Node, choice: Node): Value {
    // The left operand of `&&` is the result only when it is false, that of `||` only when it is true.
    if (node.type === "bool" && choice.at !== "bool" && choice.kind !== "conditional" && node === choice.operands[0])
      return this.#values.builder.constant(choice.at, oneOrZero(choice.at, choice.kind === "or"));
    return choice.at === "bool" ? this.#values.payload(node) : this.#values.numberAt(node, choice.at);
  }
}

/** What decides, and which operand is the value either way: `a && b` is b when a is true, else a. */
function armsOf(choice: Node): { test: Node; whenTrue: Node; whenFalse: Node } {
  const [a, b, c] = choice.operands;
  if (a === undefined || b === undefined) throw new InternalError(`${choice.kind} without arms`);
  switch (choice.kind) {
    case "and":
      return { test: a, whenTrue: b, whenFalse: a };
    case "or":
      return { test: a, whenTrue: a, whenFalse: b };
    default:
      return { test: a, whenTrue: b, whenFalse: present(c) };
  }
}

/** Whether the value is never a boolean. */
function numberOnly(node: Node): boolean {
  return numberTypeOf(node.type) === node.type;
}

function oneOrZero(type: NumberType, isOne: boolean): number | bigint {
  if (type === "i64") return isOne ? 1n : 0n;
  return isOne ? 1 : 0;
}
