/**
 * How operands meet in a type: the rules of the table in docs/language.md that do not depend on the operator. A literal
 * takes the declared type of its neighbour where it is exact there.
 */
import type { Diagnostic } from "../../base/diagnostics.ts";
import type { Source } from "../../base/source.ts";
import { commonType, mixedType, type Node, type NumberType, numberTypeOf, type ValueType } from "./tree.ts";

/** Whether a literal that is exact nowhere but in f64 is a fault beside a declared type. */
export type Strictness = "strict" | "lenient";

export class OperandTypes {
  readonly #source: Source;
  readonly #report: (diagnostic: Diagnostic) => void;

  constructor(source: Source, report: (diagnostic: Diagnostic) => void) {
    this.#source = source;
    this.#report = report;
  }

  /** The number type that two operands meet in. Booleans alone meet in f64. */
  common(left: Node, right: Node, strictness: Strictness): NumberType {
    this.adopt(left, numberTypeOf(right.type), right, strictness);
    this.adopt(right, numberTypeOf(left.type), left, strictness);
    if (left.isPending !== right.isPending) {
      const known = left.isPending ? right : left;
      if (!known.literal) return numberTypeOf(known.type) ?? "f64";
    }
    return this.meet(left, right, numberTypeOf(left.type), numberTypeOf(right.type)) ?? "f64";
  }

  /** What either of two values may be. */
  union(left: Node, right: Node): ValueType {
    if (left.isPending !== right.isPending) return left.isPending ? right.type : left.type;
    if (left.type === "bool" && right.type === "bool") return "bool";
    const leftNumber = numberTypeOf(left.type);
    const rightNumber = numberTypeOf(right.type);
    const number =
      leftNumber && rightNumber ? this.common(left, right, "strict") : (leftNumber ?? rightNumber ?? "f64");
    const isBoolean = (node: Node) => numberTypeOf(node.type) !== node.type;
    return isBoolean(left) || isBoolean(right) ? mixedType(number) : number;
  }

  /** Gives a literal the declared type of its neighbour. */
  adopt(literal: Node, type: NumberType | undefined, neighbour: Node, strictness: Strictness): void {
    if (
      !literal.literal ||
      (neighbour.literal && type !== "i64") ||
      literal.type !== "f64" ||
      type === undefined ||
      type === "f64"
    )
      return;
    if (typeof literal.constant !== "number" || neighbour.isPending) return;
    if (isExact(literal.constant, type) && (type !== "i64" || strictness === "lenient")) literal.type = type;
    else if (strictness === "strict" && type !== "i64") {
      literal.type = type; // so that one fault does not bring another
      const other = this.#text(neighbour);
      this.#report({
        code: "inexact-literal",
        message: `${this.#text(literal)} is not an ${type}, as its neighbour is`,
        span: literal.span,
        hint: `to compute with numbers, write Number(${other.length <= 30 ? other : "…"})`,
      });
    }
  }

  /** `commonType` of two operands; a fault where one is a BigInt and the other is not. */
  meet(
    left: Node,
    right: Node,
    leftType: NumberType | undefined,
    rightType: NumberType | undefined,
  ): NumberType | undefined {
    if ((leftType === "i64") === (rightType === "i64")) return commonType(leftType, rightType);
    const other = leftType === "i64" ? right : left;
    const text = this.#text(other);
    this.#report({
      code: "mixed-bigint",
      message: `${text.length <= 40 ? text : "this"} is no BigInt, but an i64 is one and mixes with nothing else`,
      span: other.span,
      hint: this.#hintForMixed(other, text),
    });
    return "i64";
  }

  /** What makes a BigInt of what is none, or numbers of both. */
  #hintForMixed(other: Node, text: string): string {
    if (other.literal) return `write ${text}n`;
    const convert = "convert one of them: BigInt(x), or Number(n)";
    const isNumber = other.type === "f64" && (other.kind === "parameter" || other.kind === "local");
    return isNumber ? `if ${text} is a BigInt, declare { types: { ${text}: "i64" } }; else ${convert}` : convert;
  }

  #text(node: Node): string {
    return this.#source.text.slice(node.span.start, node.span.end);
  }
}

/** Whether a number is one of the type, to the bit. */
export function isExact(value: number, type: NumberType): boolean {
  switch (type) {
    case "f64":
      return true;
    case "f32":
      return Object.is(Math.fround(value), value);
    case "i32":
      return Object.is(value | 0, value);
    case "i64":
      return Number.isSafeInteger(value) && !Object.is(value, -0);
  }
}
