/**
 * Identifiers as values: what `Names` says a name means becomes a node, or the fault that explains it.
 */
import type { Identifier } from "acorn";
import type { Span } from "../../base/source.ts";
import type { CheckerState } from "./checker-state.ts";
import { type LocalVariable, Node } from "./tree.ts";

/** Names that JavaScript gives a meaning which is not a number's. */
const refusedNames: ReadonlyMap<string, string> = new Map([
  ["undefined", "write NaN for a missing number"],
  ["arguments", "name the parameters"],
  ["eval", "source text is never evaluated"],
]);

/** The value of what the name means. */
export function checkIdentifier(state: CheckerState, node: Identifier): Node {
  const { name } = node;
  let binding = state.names.lookup(name);
  if (binding === undefined) {
    if (name === "NaN" || name === "Infinity") {
      const constant = name === "NaN" ? Number.NaN : Number.POSITIVE_INFINITY;
      return new Node("constant", "f64", state.spanOf(node), [], { constant });
    }
    const refused = refusedNames.get(name);
    if (refused !== undefined) return state.refuse("reserved-name", node, `${name} is not a variable`, refused);
    if (name === "Math" || name === "Number" || name === "BigInt")
      return state.refuse(
        "reserved-name",
        node,
        `${name} is not a number`,
        name === "BigInt"
          ? "write BigInt(x)"
          : `write a member of it, such as ${name === "Math" ? "Math.PI" : "Number.EPSILON"}`,
      );
    binding = state.names.unknown(name, false);
  }
  switch (binding?.kind) {
    case "parameter":
      return new Node("parameter", binding.type, state.spanOf(node), [], { constant: binding.number });
    case "variable":
      return readVariable(binding.variable, state.spanOf(node));
    case "constant":
      return givenConstant(binding.value, state.spanOf(node));
    case "array":
      return state.refuse(
        "array-as-value",
        node,
        `${name} is an array, not a number`,
        `write ${name}[i] or ${name}.length; as a whole, an array can only be passed to a function`,
      );
    case "function":
      return state.refuse("function-as-value", node, `${name} is a function, not a number`, `write ${name}(…)`);
    case "fault":
      return state.refuseFault(node, binding.fault);
    case "refused":
      return state.missing(node);
    case undefined:
      return state.refuse("unknown-variable", node, `${name} is not a variable`);
  }
}

/** The variable's value; notes that it was read, and as what type. */
export function readVariable(variable: LocalVariable, span: Span): Node {
  variable.wasRead = true;
  variable.typeRead = variable.type;
  return new Node("local", variable.type ?? "f64", span, [], { variable, isPending: variable.type === undefined });
}

/** A constant that was passed with the source. */
function givenConstant(constant: number | boolean | bigint, span: Span): Node {
  switch (typeof constant) {
    case "boolean":
      return new Node("constant", "bool", span, [], { at: "bool", constant });
    case "bigint":
      return new Node("constant", "i64", span, [], { at: "i64", constant, literal: true });
    default:
      return new Node("constant", "f64", span, [], { constant, literal: true });
  }
}
