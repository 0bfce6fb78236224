/**
 * Assignments, `x++` and their like: to variables, and to elements of arrays.
 *
 * The place is found first, then the index if it is an element, the old value if it is needed, and the right side: the
 * order in which JavaScript evaluates them.
 */
import type {
  Node as AcornNode,
  AssignmentExpression,
  BinaryExpression,
  Expression,
  Pattern,
  UpdateExpression,
} from "acorn";
import { InternalError } from "../../base/errors.ts";
import type { Span } from "../../base/source.ts";
import { arrayRow } from "./array-kinds.ts";
import { arrayOf, elementOf, memberHint } from "./check-members.ts";
import { readVariable } from "./check-names.ts";
import { checkBinary } from "./check-operators.ts";
import type { CheckerState, Place } from "./checker-state.ts";
import { coverageFault, isCoverageCounter } from "./coverage-counters.ts";
import type { Fault } from "./names.ts";
import { type ArrayParameter, isMixed, type LocalVariable, Node, numberTypeOf, payloadType } from "./tree.ts";

/** `x = 1`, `x += 1`, `x ||= 1`: asks for the values of the place and of the right side. */
export function visitAssignment(state: CheckerState, node: AssignmentExpression): Node | undefined {
  const place = placeOf(state, node.left, node);
  if (place === undefined) return state.refuse("assignment", node, "an expression assigns nothing");
  if (!("kind" in place)) return state.refuseFault(node.left, place);
  const { operator } = node;
  if (operator === "??=")
    return state.refuse("unsupported-operator", node, "`??=` has no use here: a number is never null", "write ||=");
  if (operator === "&&=" || operator === "||=") {
    const choice = new Node(operator === "&&=" ? "and" : "or", "f64", state.spanOf(node), []);
    state.finishLater(node, choice);
    state.push({ stage: "else", choice });
    state.push({ stage: "assign", node, place });
    state.visitLater(node.right);
    state.push({ stage: "then", choice });
  } else {
    state.push({ stage: "assign", node, place });
    state.visitLater(node.right);
  }
  if (operator !== "=") state.push({ stage: "place", node, place });
  if (place.kind === "element" && node.left.type === "MemberExpression")
    state.visitLater(node.left.property as Expression); // a computed property is no private name
  return undefined;
}

/** Asks for the index, if there is one; then it is `finishUpdate`'s turn. */
export function visitUpdate(state: CheckerState, node: UpdateExpression): Node | undefined {
  const place = placeOf(state, node.argument, node);
  if (place === undefined) return state.refuse("assignment", node, "an expression changes no variable");
  if (!("kind" in place)) return state.refuseFault(node.argument, place);
  state.push({ stage: "place", node, place });
  if (place.kind === "element" && node.argument.type === "MemberExpression")
    state.visitLater(node.argument.property as Expression); // a computed property is no private name
  return undefined;
}

/** Where an assignment goes; undefined in a language without assignments. */
function placeOf(state: CheckerState, target: Pattern | Expression, node: AcornNode): Place | Fault | undefined {
  if (!state.names.isFunction) return undefined;
  if (target.type === "MemberExpression") {
    const array = arrayOf(state, target);
    if (array !== undefined && target.computed) return { kind: "element", array };
    const text = state.source.text.slice(node.start, node.end);
    if (isCoverageCounter(text)) return coverageFault(text);
    if (array !== undefined)
      return {
        code: "member-access",
        message: "of an array, only elements can be assigned",
        hint: `write ${array.name}[i] = …`,
      };
    return {
      code: "member-access",
      message: "members of values are not accepted: values are numbers and booleans",
      hint: memberHint(state, target),
    };
  }
  if (target.type !== "Identifier")
    return {
      code: "destructuring",
      message: "destructuring is not accepted",
      hint: "assign the variables one by one",
    };
  const { name } = target;
  const binding = state.names.lookup(name) ?? state.names.unknown(name, false);
  switch (binding?.kind) {
    case "variable":
      if (!binding.variable.isConstant) return binding;
      return { code: "assignment-to-constant", message: `${name} is a \`const\``, hint: "declare it with `let`" };
    case "fault":
      return binding.fault;
    case "array":
      return { code: "assignment-to-constant", message: `${name} is an array, and stays the one that was passed` };
    default:
      return {
        code: "assignment-to-constant",
        message: `${name} is not a variable of the function`,
        hint: "declare it with `let`",
      };
  }
}

/** The old value of the place, whose index is on the list of results. */
export function readPlace(state: CheckerState, place: Place, node: AcornNode): Node {
  if (place.kind === "variable") return readVariable(place.variable, state.spanOf(node));
  const index = state.results.at(-1);
  if (index === undefined) throw new InternalError("an element without its index");
  return elementOf(state, place.array, index, node);
}

/** The assignment, once the right side is a result, above the old value and the index where these are needed. */
export function finishAssignment(state: CheckerState, node: AssignmentExpression, place: Place): Node {
  const { operator } = node;
  const span = state.spanOf(node);
  const right = state.pop();
  if (operator === "&&=" || operator === "||=") {
    if (place.kind === "variable") return assignVariable(state, place.variable, right, span);
    const index = state.results.at(-2);
    if (index === undefined) throw new InternalError("an element without its index");
    return storeElement(state, place.array, index, right, node);
  }
  const value =
    operator === "="
      ? right
      : state.emit(checkBinary(state, operator.slice(0, -1) as BinaryExpression["operator"], node, state.pop(), right)); // all but the logical ones
  if (place.kind === "variable") return assignVariable(state, place.variable, value, span);
  return storeElement(state, place.array, state.pop(), value, node);
}

/** The variable takes the value, which may widen its type. */
export function assignVariable(state: CheckerState, variable: LocalVariable, value: Node, span: Span): Node {
  state.names.assigned(variable, value);
  const type = variable.declared ?? value.type;
  return new Node("assign", type, span, [value], { at: payloadType(type), variable, hasEffects: true });
}

/** The element takes the value, which is a BigInt for arrays of BigInts only. */
function storeElement(state: CheckerState, array: ArrayParameter, index: Node, value: Node, node: AcornNode): Node {
  const { element } = arrayRow(array.kind);
  if (value.literal && element === "i64") state.types.adopt(value, "i64", index, "lenient");
  const isBigint = numberTypeOf(value.type) === "i64";
  if (isBigint !== (element === "i64"))
    state.report(
      "mixed-bigint",
      node,
      isBigint ? `the elements of ${array.name} are numbers, not BigInts` : `the elements of ${array.name} are BigInts`,
      isBigint ? "write Number(…)" : "write BigInt(…)",
    );
  if (index.type === "bool" || isMixed(index.type))
    return state.refuse("index-type", node, "the index is a boolean at times", "write Number(index)");
  return new Node("store-element", value.type, state.spanOf(node), [index, value], {
    at: element,
    array,
    traps: true,
  });
}

/** `x++` and its like. */
export function finishUpdate(state: CheckerState, node: UpdateExpression, place: Place): Node {
  const span = state.spanOf(node);
  const old = state.emit(readPlace(state, place, node.argument));
  const isNumber = numberTypeOf(old.type) === old.type;
  const number = isNumber ? old : state.emit(new Node("number", "f64", span, [old]));
  const type = numberTypeOf(number.type) ?? "f64";
  const one = state.emit(new Node("constant", type, span, [], { at: type, constant: type === "i64" ? 1n : 1 }));
  const kind = node.operator === "++" ? "add" : "subtract";
  const changed = state.emit(new Node(kind, type, span, [number, one], { at: type, isPending: old.isPending }));
  const assigned = state.emit(
    place.kind === "variable"
      ? assignVariable(state, place.variable, changed, span)
      : storeElement(state, place.array, state.pop(), changed, node),
  );
  return node.prefix ? assigned : number;
}
