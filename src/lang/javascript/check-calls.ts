/**
 * Calls: which function a callee names, and calls of the functions that the program was given.
 *
 * Arrays are passed as a whole, and are no values; the other arguments are visited, and are results when the call is made.
 */
import type { Node as AcornNode, CallExpression, Expression, Identifier } from "acorn";
import { aggregateName, checkAggregate } from "./check-aggregates.ts";
import { callBuiltIn } from "./check-built-ins.ts";
import { methodHint } from "./check-members.ts";
import type { CheckerState } from "./checker-state.ts";
import { coverageFault, isCoverageCounter } from "./coverage-counters.ts";
import { type ArrayParameter, Node } from "./tree.ts";

/** Asks for the arguments that are no arrays. */
export function visitCall(state: CheckerState, node: CallExpression): Node | undefined {
  const { callee } = node;
  if (node.optional === true)
    return state.refuse("optional-chaining", node, "`?.` is not accepted", "write the call without `?.`");
  if (calleeName(state, node) === undefined) {
    if (callee.type === "MemberExpression")
      return state.refuse(
        "member-access",
        callee,
        "methods of values are not accepted: values are numbers and booleans",
        methodHint(state, callee),
      );
    return state.refuse(
      "unknown-function",
      callee,
      "only a function's name can be called",
      "the functions are those of Math",
    );
  }
  const written = calleeName(state, node) ?? "";
  if (state.names.lookup(written) === undefined && isCoverageCounter(written))
    return state.refuseFault(node, coverageFault(written));
  const spread = node.arguments.find((argument) => argument.type === "SpreadElement");
  if (spread !== undefined)
    return state.refuse("spread", spread, "`...` is not accepted", "list the arguments one by one");
  const aggregate = aggregateName(state, written);
  if (aggregate !== undefined) return checkAggregate(state, node, aggregate);
  state.finishLater(node);
  for (const argument of node.arguments.toReversed())
    if (!arrayArgument(state, argument)) state.visitLater(argument as Expression); // no spread is left
  return undefined;
}

/** The array that an argument is, as a whole. */
function arrayArgument(state: CheckerState, argument: AcornNode): ArrayParameter | undefined {
  if (argument.type !== "Identifier") return undefined;
  const binding = state.names.lookup((argument as Identifier).name); // its type says so
  return binding?.kind === "array" ? binding.array : undefined;
}

/** `sqrt` for `sqrt(…)`, `Math.sqrt` for `Math.sqrt(…)`, `Number.isNaN`, `BigInt.asIntN`. */
function calleeName(state: CheckerState, node: CallExpression): string | undefined {
  const { callee } = node;
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression" || callee.computed || callee.object.type !== "Identifier") return undefined;
  const { name } = callee.object;
  if ((name !== "Math" && name !== "Number" && name !== "BigInt") || callee.property.type !== "Identifier")
    return undefined;
  return state.names.lookup(name) === undefined ? `${name}.${callee.property.name}` : undefined;
}

/** The call, whose arguments are the last results. */
export function finishCall(state: CheckerState, node: CallExpression): Node {
  const arrays = node.arguments.map((argument) => arrayArgument(state, argument));
  const scalars = state.results.splice(state.results.length - arrays.filter((array) => array === undefined).length);
  const written = calleeName(state, node) ?? "";
  const binding = state.names.lookup(written);
  if (binding?.kind === "function") return invokeFunction(state, node, binding.name, arrays, scalars);
  if (binding?.kind === "refused") return state.missing(node);
  if (binding !== undefined && binding.kind !== "fault")
    return state.refuse("unknown-function", node.callee, `${written} is not a function here`);
  const array = arrays.find((argument) => argument !== undefined);
  if (array !== undefined)
    return state.refuse("array-as-value", node, `${array.name} is an array; ${written} takes numbers`);
  return callBuiltIn(state, node, written, scalars);
}

/** A call of one of the program's functions, as the instance for arguments of these types. */
function invokeFunction(
  state: CheckerState,
  node: CallExpression,
  name: string,
  arrays: readonly (ArrayParameter | undefined)[],
  scalars: readonly Node[],
): Node {
  let next = 0;
  const args = arrays.map((array) => array ?? scalars[next++]).filter((argument) => argument !== undefined);
  const instance = state.names.instance(name, args);
  if (!("parameterTypes" in instance)) return state.refuseFault(node, instance);
  const { result } = instance;
  const isPending = result === undefined;
  if (result === "void" && !state.isStatement(node))
    return state.refuse("no-value", node, `${name} returns nothing`, "use the call as a statement of its own");
  return new Node("invoke", result === undefined || result === "void" ? "f64" : result, state.spanOf(node), scalars, {
    target: instance,
    arrays: arrays.filter((array) => array !== undefined),
    traps: true,
    isPending,
  });
}
