/**
 * Aggregates: `sum(x)`, `mean(x * x)`, `count(x > 0)` in an expression over columns.
 *
 * The argument is an expression of its own over the same parameters. It is computed for all rows in a pass before, and the
 * aggregate is one number for all rows then.
 */
import type { CallExpression, Expression } from "acorn";
import type { CheckerState } from "./checker-state.ts";
import { type AggregateName, Node, type NumberType, numberTypeOf, type ValueType } from "./tree.ts";

const names: ReadonlySet<string> = new Set<AggregateName>(["sum", "mean", "count"]);

/** The aggregate that a callee names, unless something else has that name. */
export function aggregateName(state: CheckerState, written: string): AggregateName | undefined {
  if (!names.has(written) || state.names.lookup(written) !== undefined) return undefined;
  if (state.names.aggregate === undefined && state.names.unknown(written, true)?.kind !== "fault") return undefined;
  return written as AggregateName; // one of the names
}

/** The node of an aggregate. Its argument is checked at once, since its nodes are not the expression's. */
export function checkAggregate(state: CheckerState, node: CallExpression, name: AggregateName): Node {
  const { names } = state;
  if (names.aggregate === undefined)
    return state.refuse(
      "aggregate",
      node,
      `${name}(…) is over all rows, and a function sees one row`,
      `compute it before, by compile("…").reduce("${name}", …), and pass it as a parameter`,
    );
  const [argument] = node.arguments;
  if (argument === undefined || node.arguments.length > 1)
    return state.refuse("wrong-argument-count", node, `${name} takes 1 argument, not ${node.arguments.length}`);
  const span = state.spanOf(node);
  const { number, type } = names.aggregate(name, argument as Expression, span); // spreads are refused
  return new Node("aggregate", type, span, [], { at: type, constant: number });
}

/**
 * What an aggregate gives for values of a type. Sums of i32 are exact and may leave i32, so they are f64; those of i64 wrap,
 * as i64 does everywhere.
 */
export function aggregateType(name: AggregateName, argument: ValueType): NumberType {
  if (name === "count") return "f64";
  const type = numberTypeOf(argument);
  if (type === "f32" || (type === "i64" && name === "sum")) return type;
  return "f64";
}
