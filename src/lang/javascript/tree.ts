/**
 * The checked tree: an expression whose names are resolved and whose every node has a type.
 *
 * Nodes stand in one list in the order of evaluation, operands before their operator, so that every later stage is a loop
 * over the list, whatever the depth. Where JavaScript evaluates one arm only (`&&`, `||`, `?:`), the arms are set off by
 * two nodes without a value:
 *
 *     c ? a : b      c  then  a  else  b  conditional
 *     a && b         a  then  b  else     and            the value of `else` is that of a
 *     a || b         a  then  b  else     or             `then` is entered when a is falsy
 *
 * Conversions are not nodes: an operator computes `at` a type, to which its operands convert.
 */
import type { Source, Span } from "../../base/source.ts";
import type { ArrayKind } from "./array-kinds.ts";
import type { MathFunction } from "./functions.ts";
import type { Instance } from "./program.ts";

/** The types of numbers. An i64 is a BigInt to JavaScript. */
export type NumberType = "f64" | "i32" | "i64" | "f32";

/** What an expression gives. `f64|bool` is a number in one evaluation and a boolean in another: `x > 3 && y`. */
export type ValueType = NumberType | "bool" | `${NumberType}|bool`;

/** What a parameter may be declared as. */
export type ParameterType = NumberType | "bool" | ArrayKind;

/** A variable of a function: a parameter, or one that `let` or `const` declares. */
export class LocalVariable {
  readonly name: string;
  /** The type that the options give it; its values convert to that. Undefined: it takes the types of its values. */
  readonly declared: NumberType | "bool" | undefined;
  readonly isConstant: boolean;
  /** Its number among the function's variables. */
  readonly index: number;
  /** The least type that holds all values assigned so far; undefined before the first. */
  type: ValueType | undefined;
  /** False between the start of its block and its declaration. */
  isDeclared = false;
  /** Whether it was read, and the type it had then; if that changes, the function is checked again. */
  wasRead = false;
  typeRead: ValueType | undefined = undefined;
  wasAssigned = false;

  constructor(name: string, index: number, isConstant: boolean, declared: NumberType | "bool" | undefined) {
    this.name = name;
    this.index = index;
    this.isConstant = isConstant;
    this.declared = declared;
    this.type = declared;
  }
}

/** A typed array that a function takes. */
export interface ArrayParameter {
  readonly name: string;
  readonly kind: ArrayKind;
  /** Its number among the function's parameters. */
  readonly parameter: number;
}

export type NodeKind =
  | "constant"
  | "parameter"
  | "number" // +x, Number(x)
  | "boolean" // Boolean(x)
  | "not"
  | "negate"
  | "bit-not"
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "remainder"
  | "bit-and"
  | "bit-or"
  | "bit-xor"
  | "shift-left"
  | "shift-right"
  | "shift-right-unsigned"
  | "less"
  | "less-equal"
  | "greater"
  | "greater-equal"
  | "equal" // ==
  | "not-equal" // !=
  | "identical" // ===
  | "not-identical" // !==
  | "call" // of a function of Math and its like
  | "aggregate" // sum(x): one value of all rows
  | "to-i64" // BigInt(x)
  | "local"
  | "assign" // the operand's value, kept in the variable
  | "element" // array[operand]
  | "store-element" // array[first operand] = second operand
  | "length"
  | "invoke" // a call of a function of the program
  | "and"
  | "or"
  | "conditional"
  | "then"
  | "else";

export class Node {
  readonly kind: NodeKind;
  /** What the node gives; a literal's type may still change while its operator is checked. */
  type: ValueType;
  /** The type that the operands convert to. */
  at: NumberType | "bool";
  operands: readonly Node[];
  readonly span: Span;
  /** The position in the list. */
  index = -1;
  /** The value of a `constant`, the number of a `parameter` or `aggregate`. */
  readonly constant: number | boolean | bigint;
  /** True for a number that the source spells out, sign included: it takes its neighbour's declared type. */
  readonly literal: boolean;
  /** True if evaluating the node or one of its operands may trap. */
  traps: boolean;
  /** True if the node itself must not be evaluated in vain: it may trap, or it assigns, stores, calls, or takes long. */
  readonly hasEffects: boolean;
  /** Of a choice: whether some node of its arms has effects. */
  armsHaveEffects = false;
  /** Of a choice, while it is checked: how many nodes before its arms have effects. */
  effectsBefore = 0;
  /** True while the type is not known, because it is that of a recursive call; the node's type is then a guess. */
  readonly isPending: boolean;
  readonly callee: MathFunction | undefined;
  /** Of `local` and `assign`. */
  readonly variable: LocalVariable | undefined;
  /** Of `element`, `store-element` and `length`. */
  readonly array: ArrayParameter | undefined;
  /** Of `invoke`. The arrays among its arguments stand in `arrays`, in order; the others are the operands. */
  readonly target: Instance | undefined;
  readonly arrays: readonly ArrayParameter[];

  constructor(kind: NodeKind, type: ValueType, span: Span, operands: readonly Node[], fields: NodeFields = none) {
    this.kind = kind;
    this.type = type;
    this.at = fields.at ?? "f64";
    this.operands = operands;
    this.span = span;
    this.constant = fields.constant ?? 0;
    this.literal = fields.literal ?? false;
    this.traps = fields.traps ?? false;
    this.hasEffects = fields.traps === true || fields.hasEffects === true;
    this.isPending = fields.isPending ?? false;
    this.callee = fields.callee;
    this.variable = fields.variable;
    this.array = fields.array;
    this.target = fields.target;
    this.arrays = fields.arrays ?? noArrays;
    for (const operand of operands) if (operand.traps) this.traps = true;
  }
}

interface NodeFields {
  readonly at?: NumberType | "bool";
  readonly constant?: number | boolean | bigint;
  readonly literal?: boolean;
  readonly traps?: boolean;
  readonly hasEffects?: boolean;
  readonly isPending?: boolean;
  readonly callee?: MathFunction;
  readonly variable?: LocalVariable;
  readonly array?: ArrayParameter;
  readonly target?: Instance;
  readonly arrays?: readonly ArrayParameter[];
}
const none: NodeFields = {};
const noArrays: readonly ArrayParameter[] = [];

/** The most parameters that an expression may have: as columns, each is one of the 64 pointers that a foreign call may pass. */
export const mostParameters = 63;

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
}

/** The nodes of one expression. */
export interface Tree {
  /** In the order of evaluation. */
  readonly nodes: readonly Node[];
  /** One of the nodes; the last one, unless that is an assignment whose old value counts, as in `x++`. */
  readonly result: Node;
}

/** What `sum(…)`, `mean(…)` and `count(…)` make of the values that their argument has in all rows. */
export type AggregateName = "sum" | "mean" | "count";

/** A call of an aggregate: its argument, an expression over the same parameters, and what it gives. */
export interface Aggregate {
  readonly name: AggregateName;
  readonly argument: Tree;
  readonly type: NumberType;
  readonly span: Span;
}

/** An expression that passed the checker. */
export interface CheckedExpression extends Tree {
  readonly source: Source;
  readonly parameters: readonly Parameter[];
  /** By the number of their nodes; those that an aggregate's argument uses stand before it. */
  readonly aggregates: readonly Aggregate[];
}

/** The number type of a value, or undefined for a boolean, which has none. */
export function numberTypeOf(type: ValueType): NumberType | undefined {
  switch (type) {
    case "f64":
    case "f64|bool":
      return "f64";
    case "i32":
    case "i32|bool":
      return "i32";
    case "i64":
    case "i64|bool":
      return "i64";
    case "f32":
    case "f32|bool":
      return "f32";
    case "bool":
      return undefined;
  }
}

/** True for the types that hold booleans at times. */
export function isMixed(type: ValueType): boolean {
  return type.endsWith("|bool");
}

/** What a value of an expression is in IR: its payload's type. */
export function payloadType(type: ValueType): NumberType | "bool" {
  return numberTypeOf(type) ?? "bool";
}

export function mixedType(type: NumberType): ValueType {
  return `${type}|bool`;
}

/** The number type that two meet in: integers and f32 that differ meet in f64. An i64 meets none but itself. */
export function commonType(left: NumberType | undefined, right: NumberType | undefined): NumberType | undefined {
  if (left === undefined || left === right) return right;
  return right === undefined ? left : "f64";
}
