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
import type { Opcode } from "../../ir/opcodes.ts";
import { buildRemainder } from "../../math/remainder.ts";
import { arrayRow } from "./array-kinds.ts";
import {
  type ArrayParameter,
  isMixed,
  type LocalVariable,
  type Node,
  type NodeKind,
  type NumberType,
  numberTypeOf,
  payloadType,
  type Tree,
} from "./tree.ts";

/** An expression's value in IR. */
export interface BuiltValue {
  /** Of the type's number type, or `bool` for `bool`. */
  readonly payload: Value;
  /** A `bool` that is true when the value is a boolean; undefined where the type says it. */
  readonly isBoolean: Value | undefined;
}

/** A typed array in IR: the address of its first element, an i64, and how many there are, an i32. */
export interface BuiltArray {
  readonly address: Value;
  readonly length: Value;
}

/** What the names of an expression stand for. */
export interface Environment {
  /** The value of a parameter, by its number. */
  parameter(number: number): Value;
  read(variable: LocalVariable): BuiltValue;
  write(variable: LocalVariable, value: BuiltValue): void;
  array(array: ArrayParameter): BuiltArray;
  /** Ends the current block with a branch to a trap where `inBounds` is false. */
  checkBounds(inBounds: Value): void;
  /** Calls the node's target with what the arguments were built to. */
  invoke(node: Node, args: readonly BuiltValue[]): BuiltValue | undefined;
}

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

/** A choice whose arms are blocks, while the arms are being built. */
interface OpenChoice {
  readonly otherwise: Block;
  readonly join: Block;
}

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

/** Appends one expression to the builder's current block. */
export class ExpressionBuilder {
  readonly #builder: FunctionBuilder;
  readonly #environment: Environment;
  /** By a node's position in the list. */
  readonly #payloads: Value[] = [];
  readonly #flags: (Value | undefined)[] = [];
  readonly #open = new Map<Node, OpenChoice>();
  /** Where the parts of a condition lead that end blocks themselves. */
  readonly #exits = new Map<Node, Exit>();
  /** The addresses of elements that were checked, by index node: `xs[i] += 1` checks once. */
  readonly #addresses = new Map<Node, Value>();

  constructor(builder: FunctionBuilder, environment: Environment) {
    this.#builder = builder;
    this.#environment = environment;
  }

  build(tree: Tree): BuiltValue {
    this.#walk(tree);
    return this.#built(tree.result);
  }

  #walk({ nodes }: Tree): void {
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index];
      if (node === undefined) break;
      this.#builder.span = node.span;
      const exit = this.#exits.get(node.kind === "then" || node.kind === "else" ? first(node) : node);
      if (exit !== undefined) this.#buildExit(node, exit);
      else if (node.kind === "then") this.#enterArms(first(node));
      else if (node.kind === "else") this.#enterOtherArm(first(node));
      else this.#payloads[index] = this.#build(node);
    }
  }

  /**
   * Ends the current block: goes one way where the expression is true, and the other where it is not. `&&`, `||` and `!`
   * around arms with effects lead there themselves, so that no truth value is made of them.
   */
  branch(tree: Tree, whenTrue: Block, whenFalse: Block): void {
    const { result } = tree;
    this.#lead(result, whenTrue, whenFalse);
    this.#walk(tree);
    this.#builder.span = result.span;
    this.#leave(result, whenTrue, whenFalse);
  }

  /** Notes where the parts of a condition lead. */
  #lead(condition: Node, whenTrue: Block, whenFalse: Block): void {
    const pending = [{ node: condition, whenTrue, whenFalse }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node } = next;
      const operand = node.operands[0];
      if (operand === undefined) continue;
      if (node.kind === "not") {
        pending.push({ node: operand, whenTrue: next.whenFalse, whenFalse: next.whenTrue });
        if (isLeading(operand)) this.#exits.set(node, { ...next, second: undefined });
      } else if ((node.kind === "and" || node.kind === "or") && node.armsHaveEffects) {
        const second = this.#builder.createLaterBlock();
        this.#exits.set(node, { ...next, second });
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
  #leave(node: Node, whenTrue: Block, whenFalse: Block): void {
    if (!this.#exits.has(node)) this.#builder.branch(this.#truth(node), whenTrue, whenFalse);
  }

  /** `then` of a leading choice: its first operand is known. The choice itself: the second one is. */
  #buildExit(node: Node, { whenTrue, whenFalse, second }: Exit): void {
    if (second === undefined || node.kind === "else") return;
    if (node.kind !== "then") {
      this.#leave(secondOperand(node), whenTrue, whenFalse);
      return;
    }
    const choice = first(node);
    const isAnd = choice.kind === "and";
    this.#leave(first(choice), isAnd ? second : whenTrue, isAnd ? whenFalse : second);
    this.#builder.continueIn(second);
  }

  #built(node: Node): BuiltValue {
    return { payload: this.#payload(node), isBoolean: isMixed(node.type) ? this.#isBoolean(node) : undefined };
  }

  #build(node: Node): Value {
    const builder = this.#builder;
    switch (node.kind) {
      case "constant":
        // A number beside an i64 is one, too: n > 5.
        return node.type === "i64"
          ? builder.constant("i64", BigInt(node.constant))
          : builder.constant(payloadType(node.type), node.constant);
      case "parameter":
        return this.#environment.parameter(Number(node.constant));
      case "number":
        return this.#numberAt(first(node), "f64");
      case "boolean":
        return this.#truth(first(node));
      case "not":
        return builder.emit("not", this.#truth(first(node)));
      case "negate": {
        const operand = this.#numberAt(first(node), node.at);
        if (node.at === "f64" || node.at === "f32") return builder.emit("fneg", operand);
        const zero = node.at === "i64" ? builder.constant("i64", 0n) : builder.constant("i32", 0);
        return builder.emit("isub", zero, operand);
      }
      case "bit-not": {
        const ones = node.at === "i64" ? builder.constant("i64", -1n) : builder.constant("i32", -1);
        const inverted = builder.emit("xor", this.#numberAt(first(node), node.at), ones);
        return node.type === "f64" ? builder.convert("convert-s", "f64", inverted) : inverted;
      }
      case "call": {
        const { callee } = node;
        const args = node.operands.map((operand) => this.#numberAt(operand, node.at));
        if (callee === undefined) throw new InternalError("a call without a callee");
        if (callee.isTest === true) return this.#test(node, callee.f64(builder, args));
        return node.at === "i32" && callee.i32 !== undefined ? callee.i32(builder, args) : callee.f64(builder, args);
      }
      case "to-i64":
        return this.#toInt64(this.#payload(first(node)));
      case "local": {
        const { payload, isBoolean } = this.#environment.read(present(node.variable));
        if (isMixed(node.type))
          this.#flags[node.index] = isBoolean ?? builder.constant("bool", payload.type === "bool");
        return this.#converted(payload, payloadType(node.type));
      }
      case "assign":
        return this.#assign(node);
      case "length":
        return builder.convert("convert-s", "f64", this.#environment.array(present(node.array)).length);
      case "element": {
        const array = present(node.array);
        return arrayRow(array.kind).load(builder, this.#addressOf(array, first(node)));
      }
      case "store-element": {
        const array = present(node.array);
        const stored = this.#numberAt(secondOperand(node), node.at);
        arrayRow(array.kind).store(builder, stored, this.#addressOf(array, first(node)));
        if (isMixed(node.type)) this.#flags[node.index] = this.#isBoolean(secondOperand(node));
        return this.#payload(secondOperand(node));
      }
      case "invoke": {
        const result = this.#environment.invoke(
          node,
          node.operands.map((operand) => this.#built(operand)),
        );
        if (isMixed(node.type)) this.#flags[node.index] = present(result?.isBoolean);
        return result?.payload ?? builder.constant("f64", Number.NaN);
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
    if (node.kind === "remainder" && (node.at === "f64" || node.at === "f32"))
      return this.#remainder(left, right, node.at);
    const isInt = node.at === "i32" || node.at === "i64";
    const opcode = (arithmetic[node.kind] ?? comparisons[node.kind])?.[isInt ? "int" : "float"];
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

  /** JavaScript's ToNumber; at i32 of a float, its ToInt32. */
  #numberAt(node: Node, at: Node["at"]): Value {
    return this.#converted(this.#payload(node), at === "bool" ? "f64" : at);
  }

  #converted(payload: Value, type: NumberType | "bool"): Value {
    return convertPayload(this.#builder, payload, type);
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
      case "i64":
        return builder.emit("ine", payload, builder.constant("i64", 0n));
      default:
        return builder.emit("fgt", builder.emit("fabs", payload), builder.constant(payload.type, 0));
    }
  }

  /** The payload of an arm as its choice needs it. */
  #arm(node: Node, choice: Node): Value {
    // The left operand of `&&` is the result only when it is false, that of `||` only when it is true.
    if (node.type === "bool" && choice.at !== "bool" && choice.kind !== "conditional" && node === choice.operands[0])
      return this.#builder.constant(choice.at, oneOrZero(choice.at, choice.kind === "or"));
    return choice.at === "bool" ? this.#payload(node) : this.#numberAt(node, choice.at);
  }

  // ---- variables, arrays, calls

  #assign(node: Node): Value {
    const operand = first(node);
    const payload = this.#converted(this.#payload(operand), payloadType(node.type));
    const isBoolean = isMixed(node.type) ? this.#isBoolean(operand) : undefined;
    this.#flags[node.index] = isBoolean;
    this.#environment.write(present(node.variable), { payload, isBoolean });
    return payload;
  }

  /** `Number.isNaN` and its like know of a boolean only that it is none of theirs. */
  #test(node: Node, ofNumber: Value): Value {
    const builder = this.#builder;
    const operand = first(node);
    if (operand.type !== "bool" && !isMixed(operand.type)) return ofNumber;
    if (node.callee?.ofBoolean !== undefined) return ofNumber; // of 0 and 1 it is the same
    return builder.emit("and", ofNumber, builder.emit("not", this.#isBoolean(operand)));
  }

  /** `BigInt(x)`: traps where x is no integer, or no i64. */
  #toInt64(payload: Value): Value {
    const builder = this.#builder;
    if (payload.type === "bool" || payload.type === "i32" || payload.type === "i64")
      return this.#converted(payload, "i64");
    const number = this.#converted(payload, "f64");
    // A fraction becomes a NaN, which traps as one.
    const isWhole = builder.emit("feq", builder.emit("ftrunc", number), number);
    const whole = builder.emit("select", isWhole, number, builder.constant("f64", Number.NaN));
    return builder.convert("trunc-s", "i64", whole);
  }

  #remainder(left: Node, right: Node, at: "f64" | "f32"): Value {
    const builder = this.#builder;
    const a = this.#converted(this.#numberAt(left, at), "f64");
    const remainder = buildRemainder(builder, a, this.#converted(this.#numberAt(right, at), "f64"));
    return at === "f32" ? builder.emit("demote", remainder) : remainder;
  }

  /** The address of an element, behind a check of its index. */
  #addressOf(array: ArrayParameter, index: Node): Value {
    const known = this.#addresses.get(index);
    if (known !== undefined) return known;
    const builder = this.#builder;
    const { address, length } = this.#environment.array(array);
    let position = this.#payload(index);
    if (position.type === "i64") {
      const inBounds = builder.emit("ult", position, builder.convert("zext", "i64", length));
      this.#environment.checkBounds(inBounds);
    } else {
      // An index with a fraction, NaN, or beyond 2^31 is no element either.
      const number = position.type === "i32" ? undefined : this.#converted(position, "f64");
      if (number !== undefined) position = builder.emit("to-int32", number);
      const isBelow = builder.emit("ult", position, length);
      const isWhole = number && builder.emit("feq", builder.convert("convert-s", "f64", position), number);
      this.#environment.checkBounds(isWhole === undefined ? isBelow : builder.emit("and", isBelow, isWhole));
      position = builder.convert("zext", "i64", position);
    }
    const { shift } = arrayRow(array.kind);
    const offset = shift === 0 ? position : builder.emit("shl", position, builder.constant("i64", BigInt(shift)));
    const element = builder.emit("iadd", address, offset);
    this.#addresses.set(index, element);
    return element;
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

  /** `then`: the test is known; branches if an arm has effects. */
  #enterArms(choice: Node): void {
    const { test } = armsOf(choice);
    if (!choice.armsHaveEffects) return;
    const builder = this.#builder;
    const condition = this.#truth(test);
    const then = builder.createBlock();
    const otherwise = builder.createLaterBlock();
    const payload = payloadType(choice.type);
    const join = isMixed(choice.type) ? builder.createLaterBlock(payload, "bool") : builder.createLaterBlock(payload);
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
    this.#builder.continueIn(open.otherwise);
  }

  #join(choice: Node): Value {
    const { join } = present(this.#open.get(choice));
    const { test, whenFalse } = armsOf(choice);
    this.#leaveArm(choice.kind === "conditional" ? whenFalse : test, choice, join);
    this.#builder.continueIn(join);
    const [payload, flag] = join.parameters;
    this.#flags[choice.index] = flag;
    return present(payload);
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
  return numberTypeOf(node.type) === node.type;
}

function oneOrZero(type: NumberType, isOne: boolean): number | bigint {
  if (type === "i64") return isOne ? 1n : 0n;
  return isOne ? 1 : 0;
}

/** A payload as another type holds it: ToNumber of a boolean, ToInt32 of a float at i32. */
export function convertPayload(builder: FunctionBuilder, payload: Value, type: NumberType | "bool"): Value {
  const from = payload.type;
  if (from === type) return payload;
  switch (type) {
    case "bool":
      throw new InternalError(`a ${from} is no boolean`);
    case "i32":
      if (from === "bool") return builder.convert("zext", "i32", payload);
      if (from === "i64") return builder.emit("wrap", payload);
      return builder.emit("to-int32", from === "f32" ? builder.emit("promote", payload) : payload);
    case "i64":
      if (from === "bool") return builder.convert("zext", "i64", payload);
      return from === "i32" ? builder.emit("sext", payload) : builder.convert("trunc-sat-s", "i64", payload);
    case "f64":
    case "f32": {
      if (from === "f32") return builder.emit("promote", payload);
      if (from === "f64") return builder.emit("demote", payload);
      const integer = from === "bool" ? builder.convert("zext", "i32", payload) : payload;
      return builder.convert("convert-s", type, integer);
    }
  }
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
