/**
 * The checked tree to IR: one pass over the nodes in the order of evaluation.
 *
 * A value is its payload and, where it may be a boolean or a number, a second IR value that tells which. A boolean's
 * payload as a number is 0 or 1, so arithmetic never asks. Arms that cannot trap are evaluated both and chosen by
 * `select`; arms that may trap become blocks. Where the parameters come from is the caller's business: a function's
 * parameters for a scalar call, loads from columns inside a loop.
 */
import { InternalError } from "../../base/errors.ts";
import { callContext } from "../../codegen/call-context.ts";
import { FunctionBuilder } from "../../ir/builder.ts";
import type { Block, IrFunction, Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import type { Type } from "../../ir/types.ts";
import { convertToInt32 } from "./functions.ts";
import { type CheckedExpression, isMixed, type Node, type NodeKind, numberTypeOf, type ValueType } from "./tree.ts";

/** An expression's value in IR. */
export interface BuiltValue {
  /** Of the type's number type, or `bool` for `bool`. */
  readonly payload: Value;
  /** A `bool` that is true when the value is a boolean; undefined where the type says it. */
  readonly isBoolean: Value | undefined;
}

/** Appends the expression to the builder's current block; `parameters` are the values of its parameters, in order. */
export function buildExpression(
  builder: FunctionBuilder,
  expression: CheckedExpression,
  parameters: readonly Value[],
): BuiltValue {
  return new ExpressionBuilder(builder, expression, parameters).build();
}

/** The IR type of what a compiled function returns: booleans as 0 or 1 in an i32. */
export function returnType(type: ValueType): "f64" | "i32" {
  return numberTypeOf(type) ?? "i32";
}

/**
 * The function for scalar calls: the expression's parameters in, its value out. A mixed value returns its payload and
 * stores `callStatus.doneBoolean` in the context where it is a boolean.
 */
export function buildScalarFunction(expression: CheckedExpression): IrFunction {
  const parameterTypes = expression.parameters.map((parameter) => parameter.type);
  const builder = new FunctionBuilder("expression", parameterTypes, returnType(expression.result.type));
  const { payload, isBoolean } = buildExpression(builder, expression, builder.function.parameters);
  builder.span = expression.result.span;
  if (isBoolean !== undefined)
    builder.store(builder.convert("zext", "i32", isBoolean), builder.emit("context"), callContext.status);
  builder.return(payload.type === "bool" ? builder.convert("zext", "i32", payload) : payload);
  return builder.function;
}

/** The opcodes of operators whose operands and result have one number type. */
const arithmetic: Partial<Record<NodeKind, { readonly f64?: Opcode; readonly i32: Opcode }>> = {
  add: { f64: "fadd", i32: "iadd" },
  subtract: { f64: "fsub", i32: "isub" },
  multiply: { f64: "fmul", i32: "imul" },
  divide: { f64: "fdiv", i32: "sdiv" },
  remainder: { i32: "srem" },
  "bit-and": { i32: "and" },
  "bit-or": { i32: "or" },
  "bit-xor": { i32: "xor" },
  "shift-left": { i32: "shl" },
  "shift-right": { i32: "sshr" },
  "shift-right-unsigned": { i32: "ushr" },
};

const comparisons: Partial<Record<NodeKind, { readonly f64: Opcode; readonly i32: Opcode }>> = {
  less: { f64: "flt", i32: "slt" },
  "less-equal": { f64: "fle", i32: "sle" },
  greater: { f64: "fgt", i32: "sgt" },
  "greater-equal": { f64: "fge", i32: "sge" },
  equal: { f64: "feq", i32: "ieq" },
  "not-equal": { f64: "fne", i32: "ine" },
  identical: { f64: "feq", i32: "ieq" },
  "not-identical": { f64: "feq", i32: "ieq" },
};

/** A choice whose arms are blocks, while the arms are being built. */
interface OpenChoice {
  readonly otherwise: Block;
  readonly join: Block;
}

class ExpressionBuilder {
  readonly #builder: FunctionBuilder;
  readonly #expression: CheckedExpression;
  readonly #parameters: readonly Value[];
  /** By a node's position in the list. */
  readonly #payloads: Value[] = [];
  readonly #flags: (Value | undefined)[] = [];
  readonly #open = new Map<Node, OpenChoice>();

  constructor(builder: FunctionBuilder, expression: CheckedExpression, parameters: readonly Value[]) {
    this.#builder = builder;
    this.#expression = expression;
    this.#parameters = parameters;
  }

  build(): BuiltValue {
    const { nodes, result } = this.#expression;
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index];
      if (node === undefined) break;
      this.#builder.span = node.span;
      if (node.kind === "then") this.#enterArms(first(node));
      else if (node.kind === "else") this.#enterOtherArm(first(node));
      else this.#payloads[index] = this.#build(node);
    }
    return { payload: this.#payload(result), isBoolean: isMixed(result.type) ? this.#isBoolean(result) : undefined };
  }

  #build(node: Node): Value {
    const builder = this.#builder;
    switch (node.kind) {
      case "constant":
        return builder.constant(payloadType(node.type), node.constant);
      case "parameter":
        return present(this.#parameters[Number(node.constant)]);
      case "number":
        return this.#numberAt(first(node), "f64");
      case "boolean":
        return this.#truth(first(node));
      case "not":
        return builder.emit("not", this.#truth(first(node)));
      case "negate": {
        const operand = this.#numberAt(first(node), node.at);
        return node.at === "f64"
          ? builder.emit("fneg", operand)
          : builder.emit("isub", builder.constant("i32", 0), operand);
      }
      case "bit-not": {
        const inverted = builder.emit("xor", this.#numberAt(first(node), "i32"), builder.constant("i32", -1));
        return node.type === "f64" ? builder.convert("convert-s", "f64", inverted) : inverted;
      }
      case "call": {
        const { callee } = node;
        const args = node.operands.map((operand) => this.#numberAt(operand, node.at));
        if (callee === undefined) throw new InternalError("a call without a callee");
        return node.at === "i32" && callee.i32 !== undefined ? callee.i32(builder, args) : callee.f64(builder, args);
      }
      case "and":
      case "or":
      case "conditional":
        return this.#open.has(node) ? this.#join(node) : this.#select(node);
      default:
        return this.#binary(node);
    }
  }

  #binary(node: Node): Value {
    const [left, right] = node.operands;
    if (left === undefined || right === undefined) throw new InternalError(`${node.kind} without two operands`);
    const opcode = (arithmetic[node.kind] ?? comparisons[node.kind])?.[node.at === "i32" ? "i32" : "f64"];
    if (opcode === undefined) throw new InternalError(`${node.kind} has no opcode at ${node.at}`);
    const builder = this.#builder;
    if (node.at === "bool") {
      const differs = builder.emit("xor", this.#payload(left), this.#payload(right));
      return node.kind === "not-equal" ? differs : builder.emit("not", differs);
    }
    const result = builder.emit(opcode, this.#numberAt(left, node.at), this.#numberAt(right, node.at));
    if (node.type === "f64" && node.at === "i32")
      return builder.convert(node.kind === "shift-right-unsigned" ? "convert-u" : "convert-s", "f64", result);
    if (node.kind !== "identical" && node.kind !== "not-identical") return result;
    const kindsDiffer = builder.emit("xor", this.#isBoolean(left), this.#isBoolean(right));
    const identical = builder.emit("and", result, builder.emit("not", kindsDiffer));
    return node.kind === "identical" ? identical : builder.emit("not", identical);
  }

  // ---- the parts of a value

  #payload(node: Node): Value {
    return present(this.#payloads[node.index]);
  }

  /** True where the node's value is a boolean. */
  #isBoolean(node: Node): Value {
    return isMixed(node.type) ? present(this.#flags[node.index]) : this.#builder.constant("bool", node.type === "bool");
  }

  /** JavaScript's ToNumber; at i32 of an f64, its ToInt32. */
  #numberAt(node: Node, at: Node["at"]): Value {
    const payload = this.#payload(node);
    if (payload.type === at) return payload;
    const builder = this.#builder;
    if (payload.type === "f64") return convertToInt32(builder, payload);
    const integer = payload.type === "bool" ? builder.convert("zext", "i32", payload) : payload;
    return at === "i32" ? integer : builder.convert("convert-s", "f64", integer);
  }

  /** JavaScript's ToBoolean: a number is true unless it is 0, -0 or NaN. */
  #truth(node: Node): Value {
    const payload = this.#payload(node);
    const builder = this.#builder;
    switch (payload.type) {
      case "bool":
        return payload;
      case "i32":
        return builder.emit("ine", payload, builder.constant("i32", 0));
      default:
        return builder.emit("fgt", builder.emit("fabs", payload), builder.constant("f64", 0));
    }
  }

  /** The payload of an arm as its choice needs it. */
  #arm(node: Node, choice: Node): Value {
    // The left operand of `&&` is the result only when it is false, that of `||` only when it is true.
    if (node.type === "bool" && choice.at !== "bool" && choice.kind !== "conditional" && node === choice.operands[0])
      return this.#builder.constant(choice.at, choice.kind === "or" ? 1 : 0);
    return choice.at === "bool" ? this.#payload(node) : this.#numberAt(node, choice.at);
  }

  // ---- choices by select

  #select(node: Node): Value {
    const builder = this.#builder;
    const { test, whenTrue, whenFalse } = armsOf(node);
    const condition = this.#truth(test);
    if (isMixed(node.type)) {
      // Where one arm is always a boolean and the other never, the condition itself tells.
      const flag =
        whenTrue.type === "bool" && numberOnly(whenFalse)
          ? condition
          : whenFalse.type === "bool" && numberOnly(whenTrue)
            ? builder.emit("not", condition)
            : builder.emit("select", condition, this.#isBoolean(whenTrue), this.#isBoolean(whenFalse));
      this.#flags[node.index] = flag;
    }
    if (node.type === "bool" && node.kind === "and") return builder.emit("and", condition, this.#payload(whenTrue));
    if (node.type === "bool" && node.kind === "or") return builder.emit("or", condition, this.#payload(whenFalse));
    return builder.emit("select", condition, this.#arm(whenTrue, node), this.#arm(whenFalse, node));
  }

  // ---- choices by blocks

  /** `then`: the test is known; branches if an arm may trap. */
  #enterArms(choice: Node): void {
    const { test, whenTrue, whenFalse } = armsOf(choice);
    const trapping = choice.kind === "conditional" ? whenTrue.traps || whenFalse.traps : secondOperand(choice).traps;
    if (!trapping) return;
    const builder = this.#builder;
    const condition = this.#truth(test);
    const then = builder.createBlock();
    const otherwise = this.#createLaterBlock();
    const payload = payloadType(choice.type);
    const join = isMixed(choice.type) ? this.#createLaterBlock(payload, "bool") : this.#createLaterBlock(payload);
    this.#open.set(choice, { otherwise, join });
    if (choice.kind === "or") builder.branch(condition, otherwise, then);
    else builder.branch(condition, then, otherwise);
    builder.switchTo(then);
  }

  /** `else`: the first arm is known. */
  #enterOtherArm(choice: Node): void {
    const open = this.#open.get(choice);
    if (open === undefined) return;
    this.#leaveArm(secondOperand(choice), choice, open.join);
    this.#continueIn(open.otherwise);
  }

  #join(choice: Node): Value {
    const { join } = present(this.#open.get(choice));
    const { test, whenFalse } = armsOf(choice);
    this.#leaveArm(choice.kind === "conditional" ? whenFalse : test, choice, join);
    this.#continueIn(join);
    const [payload, flag] = join.parameters;
    this.#flags[choice.index] = flag;
    return present(payload);
  }

  /** A block that takes its place in the layout when it is entered, behind all that the blocks before it hold. */
  #createLaterBlock(...parameters: Type[]): Block {
    const block = this.#builder.createBlock(...parameters);
    this.#builder.function.blocks.pop();
    return block;
  }

  #continueIn(block: Block): void {
    this.#builder.function.blocks.push(block);
    this.#builder.switchTo(block);
  }

  #leaveArm(arm: Node, choice: Node, join: Block): void {
    const payload = this.#arm(arm, choice);
    if (isMixed(choice.type)) this.#builder.jump(join, payload, this.#isBoolean(arm));
    else this.#builder.jump(join, payload);
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

function numberOnly(node: Node): boolean {
  return node.type === "f64" || node.type === "i32";
}

function payloadType(type: ValueType): Type {
  return numberTypeOf(type) ?? "bool";
}

function first(node: Node): Node {
  return present(node.operands[0]);
}

function secondOperand(node: Node): Node {
  return present(node.operands[1]);
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new InternalError("the checked tree refers to a value that was not built");
  return value;
}
