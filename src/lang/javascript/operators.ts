/** The binary operators: JavaScript's spelling, and the kind of node that each makes. */
import type { NodeKind } from "./tree.ts";

/** Between numbers of either type. */
export const arithmeticOperators: ReadonlyMap<string, NodeKind> = new Map([
  ["+", "add"],
  ["-", "subtract"],
  ["*", "multiply"],
  ["/", "divide"],
] as const);

/** Between values of any type; they give a boolean. */
export const comparisonOperators: ReadonlyMap<string, NodeKind> = new Map([
  ["<", "less"],
  ["<=", "less-equal"],
  [">", "greater"],
  [">=", "greater-equal"],
  ["==", "equal"],
  ["!=", "not-equal"],
  ["===", "identical"],
  ["!==", "not-identical"],
] as const);

/** Between numbers as 32-bit integers: of f64 values after ToInt32, and the result is an f64 again. */
export const bitOperators: ReadonlyMap<string, NodeKind> = new Map([
  ["&", "bit-and"],
  ["|", "bit-or"],
  ["^", "bit-xor"],
  ["<<", "shift-left"],
  [">>", "shift-right"],
  [">>>", "shift-right-unsigned"],
] as const);
