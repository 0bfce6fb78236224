/**
 * Members: `xs[i]` and `xs.length` of arrays, and the constants of Math and Number. Other members are refused.
 *
 * An element's index is a result by the time that the element is made; whether it is in bounds is asked at run time.
 */
import type { Node as AcornNode, Expression, MemberExpression } from "acorn";
import { nearestWord } from "../../base/spelling.ts";
import { arrayRow } from "./array-kinds.ts";
import type { CheckerState } from "./checker-state.ts";
import { laterFunctions, mathConstants, mathFunctions, numberConstants } from "./functions.ts";
import { type ArrayParameter, isMixed, Node } from "./tree.ts";

/** `xs[i]` and `xs.length`, `Math.PI` and its like; anything else is refused. */
export function visitMember(state: CheckerState, node: MemberExpression): Node | undefined {
  const { object, property } = node;
  const array = arrayOf(state, node);
  if (array !== undefined && node.computed) {
    state.finishLater(node);
    state.visitLater(property as Expression); // a computed property is no private name
    return undefined;
  }
  if (array !== undefined && property.type === "Identifier" && property.name === "length")
    return new Node("length", "f64", state.spanOf(node), [], { array });
  if (array !== undefined)
    return state.refuse(
      "member-access",
      node,
      `of an array, only elements and the length are accepted`,
      `write ${array.name}[i] or ${array.name}.length`,
    );
  const isShadowed = object.type === "Identifier" && state.names.lookup(object.name) !== undefined;
  const members = object.type === "Identifier" && !node.computed && !isShadowed ? constantsOf(object.name) : undefined;
  if (members === undefined || object.type !== "Identifier" || property.type !== "Identifier")
    return state.refuse(
      "member-access",
      node,
      "members of values are not accepted: values are numbers and booleans",
      memberHint(state, node),
    );
  const constant = members.get(property.name);
  if (constant !== undefined) return new Node("constant", "f64", state.spanOf(node), [], { constant });
  const name = `${object.name}.${property.name}`;
  if (object.name === "Math" && (mathFunctions.has(property.name) || laterFunctions.has(property.name)))
    return state.refuse("unknown-constant", node, `${name} is a function`, `write ${name}(x)`);
  const nearest = nearestWord(property.name, members.keys());
  const hint =
    nearest === undefined
      ? `${object.name} has ${[...members.keys()].join(", ")}`
      : `did you mean ${object.name}.${nearest}?`;
  return state.refuse("unknown-constant", node, `${name} is not a constant here`, hint);
}

/** What to write instead of a member that is not accepted. */
export function memberHint(state: CheckerState, node: MemberExpression): string {
  const { object } = node;
  const binding = object.type === "Identifier" ? state.names.lookup(object.name) : undefined;
  const isLikeArray = node.computed || (node.property.type === "Identifier" && node.property.name === "length");
  if (isLikeArray && object.type === "Identifier" && (binding?.kind === "parameter" || binding?.kind === "variable"))
    return `where ${object.name} is a typed array, declare it: { types: { ${object.name}: "Float64Array" } }`;
  return "pass the member as a parameter";
}

/** What to write instead of the call of a method. */
export function methodHint(state: CheckerState, { object, property, computed }: MemberExpression): string {
  if (object.type !== "Identifier") return "the functions are those of Math";
  const { name } = object;
  const binding = state.names.lookup(name);
  if (binding?.kind === "array") return `write a loop: for (let i = 0; i < ${name}.length; i++)`;
  if (binding !== undefined) return "the functions are those of Math";
  if (name === "console") return "return the value, and print it outside";
  if (name === "Date" || name === "performance") return "pass the time as a parameter";
  const nearest = nearestWord(name, ["Math", "Number", "BigInt"]);
  if (nearest === undefined) return "the functions are those of Math";
  if (!computed && property.type === "Identifier") return `did you mean ${nearest}.${property.name}?`;
  return `write ${nearest}. and the function's name`;
}

/** The array that a member expression is of. */
export function arrayOf(state: CheckerState, { object }: MemberExpression): ArrayParameter | undefined {
  if (object.type !== "Identifier") return undefined;
  const binding = state.names.lookup(object.name);
  return binding?.kind === "array" ? binding.array : undefined;
}

/** An element of the array at the index. */
export function elementOf(state: CheckerState, array: ArrayParameter, index: Node, node: AcornNode): Node {
  if (index.type === "bool" || isMixed(index.type))
    return state.refuse("index-type", node, "the index is a boolean at times", "write Number(index)");
  const { element } = arrayRow(array.kind);
  return new Node("element", element, state.spanOf(node), [index], { array, traps: true });
}

/** The constants that are members of Math or Number. */
function constantsOf(object: string): ReadonlyMap<string, number> | undefined {
  return object === "Math" ? mathConstants : object === "Number" ? numberConstants : undefined;
}
