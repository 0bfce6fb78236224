/**
 * What the nodes of an expression were built to: for each a payload and, where it may be a boolean or a number, the `bool`
 * that tells which. The parts of the builder of expressions share it.
 */
import { InternalError } from "../../base/errors.ts";
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { Value } from "../../ir/function.ts";
import { convertPayload, isTrue } from "./convert-payload.ts";
import type { BuiltValue, Environment } from "./environment.ts";
import { isMixed, type Node } from "./tree.ts";

/** The values of the nodes of one expression. */
export class BuiltValues {
  readonly builder: FunctionBuilder;
  readonly environment: Environment;
  /** By a node's position in the list. */
  readonly #payloads: Value[] = [];
  readonly #flags: (Value | undefined)[] = [];

  constructor(builder: FunctionBuilder, environment: Environment) {
    this.builder = builder;
    this.environment = environment;
  }

  /** Notes what the node was built to. */
  setPayload(node: Node, payload: Value): void {
    this.#payloads[node.index] = payload;
  }

  /** Notes what tells whether the node's value is a boolean. */
  setFlag(node: Node, isBoolean: Value | undefined): void {
    this.#flags[node.index] = isBoolean;
  }

  /** The node's value, with what tells its kind where that is not known. */
  built(node: Node): BuiltValue {
    return { payload: this.payload(node), isBoolean: isMixed(node.type) ? this.isBoolean(node) : undefined };
  }

  /** The value itself, whatever its kind. */
  payload(node: Node): Value {
    return present(this.#payloads[node.index]);
  }

  /** True where the node's value is a boolean. */
  isBoolean(node: Node): Value {
    return isMixed(node.type) ? present(this.#flags[node.index]) : this.builder.constant("bool", node.type === "bool");
  }

  /** JavaScript's ToNumber; at i32 of a float, its ToInt32. */
  numberAt(node: Node, at: Node["at"]): Value {
    return convertPayload(this.builder, this.payload(node), at === "bool" ? "f64" : at);
  }

  /** JavaScript's ToBoolean. */
  truth(node: Node): Value {
    return isTrue(this.builder, this.payload(node));
  }
}

/** The first operand of a node that has one. */
export function firstOperand(node: Node): Node {
  return present(node.operands[0]);
}

/** The second operand of a node that has two. */
export function secondOperand(node: Node): Node {
  return present(node.operands[1]);
}

/** What must be there when the checker and the order of building are right. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new InternalError("the checked tree refers to a value that was not built");
  return value;
}
