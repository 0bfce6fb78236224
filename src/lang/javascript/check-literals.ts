/**
 * Literals: numbers, booleans and BigInts are constants; anything else, and old octal numbers, are refused.
 */
import type { Expression, Literal } from "acorn";
import type { CheckerState } from "./checker-state.ts";
import { Node } from "./tree.ts";

/** A literal's constant. */
export function checkLiteral(state: CheckerState, node: Literal): Node {
  const { value } = node;
  if (typeof value === "number") {
    const raw = node.raw ?? "";
    if (/^0\d/.test(raw))
      return state.refuse(
        "legacy-octal",
        node,
        `${raw} means ${value} in old JavaScript`,
        `write ${octalOrDecimal(raw)}`,
      );
    return new Node("constant", "f64", state.spanOf(node), [], { constant: value, literal: true });
  }
  if (typeof value === "boolean")
    return new Node("constant", "bool", state.spanOf(node), [], { at: "bool", constant: value });
  if (typeof value === "bigint") return checkBigint(state, node, value);
  if (typeof value === "string") {
    const number = value.trim() === "" ? Number.NaN : Number(value);
    const hint = Number.isNaN(number) ? "pass text as a number, such as a category's index" : `write ${value.trim()}`;
    return state.refuse("not-a-number", node, "strings are not accepted: values are numbers and booleans", hint);
  }
  if (value === null)
    return state.refuse(
      "not-a-number",
      node,
      "null is not accepted: values are numbers and booleans",
      "write 0 or NaN",
    );
  return state.refuse("not-a-number", node, "this literal is not accepted: values are numbers and booleans");
}

/** An i64 constant; a fault where the BigInt does not fit. */
export function checkBigint(state: CheckerState, node: Expression, constant: bigint): Node {
  if (BigInt.asIntN(64, constant) !== constant)
    return state.refuse("bigint-range", node, `${constant}n is no i64: -2^63 to 2^63 - 1`);
  return new Node("constant", "i64", state.spanOf(node), [], { at: "i64", constant, literal: true });
}

/** What may have been meant by a number that begins with 0. */
function octalOrDecimal(raw: string): string {
  const digits = raw.replace(/^0+/, "") || "0";
  return /[89]/.test(raw) ? digits : `0o${digits} for that, or ${digits} for the decimal number`;
}
