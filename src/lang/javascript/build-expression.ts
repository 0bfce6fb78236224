/**
 * The checked tree to IR: one pass over the nodes in the order of evaluation.
 *
 * A value is its payload and, where it may be a boolean or a number, a second IR value that tells which. A boolean's
 * payload as a number is 0 or 1, so arithmetic never asks. Arms without effects are evaluated both and chosen by
 * `select`; arms with effects become blocks. What names stand for is the caller's business, by `Environment`: a
 * function's parameters for a scalar call, loads from columns inside a loop, variables in a function.
 */
import { InternalError } from "../../base/errors.ts";
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { Block, Value } from "../../ir/function.ts";
import { arrayRow } from "./array-kinds.ts";
import { ChoiceBuilder } from "./build-choices.ts";
import { ConditionBuilder } from "./build-conditions.ts";
import { ElementAddresses } from "./build-elements.ts";
import { buildBinary, buildBitNot, buildNegation } from "./build-operators.ts";
import { BuiltValues, firstOperand, present, secondOperand } from "./built-values.ts";
import { bigintOf, convertPayload } from "./convert-payload.ts";
import type { BuiltValue, Environment } from "./environment.ts";
import { isMixed, type Node, payloadType, type Tree } from "./tree.ts";

/** Appends one expression to the builder's current block. */
export class ExpressionBuilder {
  readonly #values: BuiltValues;
  readonly #conditions: ConditionBuilder;
  readonly #choices: ChoiceBuilder;
  readonly #elements: ElementAddresses;

  constructor(builder: FunctionBuilder, environment: Environment) {
    this.#values = new BuiltValues(builder, environment);
    this.#conditions = new ConditionBuilder(this.#values);
    this.#choices = new ChoiceBuilder(this.#values);
    this.#elements = new ElementAddresses(this.#values);
  }

  /** Returns the expression's value. */
  build(tree: Tree): BuiltValue {
    this.#walk(tree);
    return this.#values.built(tree.result);
  }

  #walk({ nodes }: Tree): void {
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index];
      if (node === undefined) break;
      this.#values.builder.span = node.span;
      if (this.#conditions.buildExit(node)) continue;
      if (node.kind === "then") this.#choices.enterArms(firstOperand(node));
      else if (node.kind === "else") this.#choices.enterOtherArm(firstOperand(node));
      else this.#values.setPayload(node, this.#build(node));
    }
  }

  /**
   * Ends the current block: goes one way where the expression is true, and the other where it is not. `&&`, `||` and `!`
   * around arms with effects lead there themselves, so that no truth value is made of them.
   */
  branch(tree: Tree, whenTrue: Block, whenFalse: Block): void {
    const { result } = tree;
    this.#conditions.lead(result, whenTrue, whenFalse);
    this.#walk(tree);
    this.#values.builder.span = result.span;
    this.#conditions.leave(result, whenTrue, whenFalse);
  }

  #build(node: Node): Value {
    const values = this.#values;
    const { builder, environment } = values;
    switch (node.kind) {
      case "constant":
        // A number beside an i64 is one, too: n > 5.
        return node.type === "i64"
          ? builder.constant("i64", BigInt(node.constant))
          : builder.constant(payloadType(node.type), node.constant);
      case "parameter":
        return environment.parameter(Number(node.constant));
      case "aggregate":
        return environment.aggregate(Number(node.constant));
      case "number":
        return values.numberAt(firstOperand(node), "f64");
      case "boolean":
        return values.truth(firstOperand(node));
      case "not":
        return builder.emit("not", values.truth(firstOperand(node)));
      case "negate":
        return buildNegation(values, node);
      case "bit-not":
        return buildBitNot(values, node);
      case "call": {
        const { callee } = node;
        const args = node.operands.map((operand) => values.numberAt(operand, node.at));
        if (callee === undefined) throw new InternalError("a call without a callee");
        if (callee.isTest === true) return this.#test(node, callee.f64(builder, args, environment.math));
        return node.at === "i32" && callee.i32 !== undefined
          ? callee.i32(builder, args, environment.math)
          : callee.f64(builder, args, environment.math);
      }
      case "to-i64":
        return bigintOf(builder, values.payload(firstOperand(node)));
      case "local": {
        const { payload, isBoolean } = environment.read(present(node.variable));
        if (isMixed(node.type)) values.setFlag(node, isBoolean ?? builder.constant("bool", payload.type === "bool"));
        return convertPayload(builder, payload, payloadType(node.type));
      }
      case "assign":
        return this.#assign(node);
      case "length":
        return builder.convert("convert-s", "f64", environment.array(present(node.array)).length);
      case "element": {
        const array = present(node.array);
        return arrayRow(array.kind).load(builder, this.#elements.addressOf(array, firstOperand(node)));
      }
      case "store-element": {
        const array = present(node.array);
        const stored = values.numberAt(secondOperand(node), node.at);
        arrayRow(array.kind).store(builder, stored, this.#elements.addressOf(array, firstOperand(node)));
        if (isMixed(node.type)) values.setFlag(node, values.isBoolean(secondOperand(node)));
        return values.payload(secondOperand(node));
      }
      case "invoke": {
        const result = environment.invoke(
          node,
          node.operands.map((operand) => values.built(operand)),
        );
        if (isMixed(node.type)) values.setFlag(node, present(result?.isBoolean));
        return result?.payload ?? builder.constant("f64", Number.NaN);
      }
      case "and":
      case "or":
      case "conditional":
        return this.#choices.build(node);
      default:
        return buildBinary(values, node);
    }
  }

  #assign(node: Node): Value {
    const operand = firstOperand(node);
    const payload = convertPayload(this.#values.builder, this.#values.payload(operand), payloadType(node.type));
    const isBoolean = isMixed(node.type) ? this.#values.isBoolean(operand) : undefined;
    this.#values.setFlag(node, isBoolean);
    this.#values.environment.write(present(node.variable), { payload, isBoolean });
    return payload;
  }

  /** `Number.isNaN` and its like know of a boolean only that it is none of theirs. */
  #test(node: Node, ofNumber: Value): Value {
    const { builder } = this.#values;
    const operand = firstOperand(node);
    if (operand.type !== "bool" && !isMixed(operand.type)) return ofNumber;
    if (node.callee?.ofBoolean !== undefined) return ofNumber; // of 0 and 1 it is the same
    return builder.emit("and", ofNumber, builder.emit("not", this.#values.isBoolean(operand)));
  }
}
