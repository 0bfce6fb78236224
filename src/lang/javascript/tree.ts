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
import type { MathFunction } from "./functions.ts";

/** The types that a parameter may have. */
export type NumberType = "f64" | "i32";

/** What an expression gives. `f64|bool` is a number in one evaluation and a boolean in another: `x > 3 && y`. */
export type ValueType = NumberType | "bool" | "f64|bool" | "i32|bool";

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
  | "call"
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
  /** The value of a `constant`, the number of a `parameter`. */
  readonly constant: number | boolean;
  /** True for a number that the source spells out, sign included: it takes its neighbour's declared type. */
  readonly literal: boolean;
  /** True if evaluating the node or one of its operands may trap, so that it must not be evaluated in vain. */
  traps: boolean;
  readonly callee: MathFunction | undefined;

  constructor(kind: NodeKind, type: ValueType, span: Span, operands: readonly Node[], fields: NodeFields = none) {
    this.kind = kind;
    this.type = type;
    this.at = fields.at ?? "f64";
    this.operands = operands;
    this.span = span;
    this.constant = fields.constant ?? 0;
    this.literal = fields.literal ?? false;
    this.traps = fields.traps ?? false;
    this.callee = fields.callee;
    for (const operand of operands) if (operand.traps) this.traps = true;
  }
}

interface NodeFields {
  readonly at?: NumberType | "bool";
  readonly constant?: number | boolean;
  readonly literal?: boolean;
  readonly traps?: boolean;
  readonly callee?: MathFunction;
}
const none: NodeFields = {};

/** The most parameters that an expression may have: as columns, each is one of the 64 pointers that a foreign call may pass. */
export const mostParameters = 63;

export interface Parameter {
  readonly name: string;
  readonly type: NumberType;
}

/** An expression that passed the checker. */
export interface CheckedExpression {
  readonly source: Source;
  readonly parameters: readonly Parameter[];
  /** In the order of evaluation; the last is the result. */
  readonly nodes: readonly Node[];
  readonly result: Node;
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
    case "bool":
      return undefined;
  }
}

/** True for the types that hold booleans at times. */
export function isMixed(type: ValueType): boolean {
  return type === "f64|bool" || type === "i32|bool";
}
