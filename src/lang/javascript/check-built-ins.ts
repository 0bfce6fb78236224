/**
 * Calls of what the language has itself: Math's functions and tests, Number, Boolean, BigInt and its `asIntN`, `asUintN`.
 *
 * A function that has a form for the declared type of its arguments stays in that type; others compute in f64.
 */
import type { CallExpression } from "acorn";
import type { Span } from "../../base/source.ts";
import { nearestWord } from "../../base/spelling.ts";
import type { CheckerState } from "./checker-state.ts";
import { laterFunctions, type MathFunction, mathFunctions, testFunctions } from "./functions.ts";
import { isExact } from "./operand-types.ts";
import { commonType, Node, type NumberType, numberTypeOf, payloadType } from "./tree.ts";

/** A call of the function written so, such as `Math.sqrt`. */
export function callBuiltIn(state: CheckerState, node: CallExpression, written: string, args: readonly Node[]): Node {
  const span = state.spanOf(node);
  const [operand] = args;
  if (written === "Number" || written === "Boolean" || written === "BigInt") {
    if (operand === undefined || args.length > 1)
      return state.refuse("wrong-argument-count", node, `${written} takes 1 argument, not ${args.length}`);
    if (written === "Boolean") return new Node("boolean", "bool", span, [operand], { at: "bool" });
    if (written === "BigInt") return convertToBigint(state, node, operand);
    return new Node("number", "f64", span, [operand]);
  }
  if (written === "BigInt.asIntN" || written === "BigInt.asUintN") return wrapBigint(state, node, written, args);
  const name = written.replace(/^Math\./, "");
  const callee = mathFunctions.get(name) ?? testFunctions.get(written);
  if (callee === undefined) return refuseUnknownFunction(state, node, written, name);
  if (callee.isExtra === true && written !== name)
    return state.refuse("unknown-function", node.callee, `JavaScript's Math has no ${name}`, `write ${name}(x)`);
  const { from, to } = callee.arity;
  if (args.length < from || args.length > to)
    return state.refuse(
      "wrong-argument-count",
      node,
      `${name} takes ${from === 1 ? "1 argument" : `${from} arguments`}, not ${args.length}`,
    );
  if (args.some((arg) => numberTypeOf(arg.type) === "i64"))
    return state.refuse("mixed-bigint", node, `${written} takes no BigInt, as in JavaScript`, "write Number(n)");
  if (callee.isTest === true) return new Node("call", "bool", span, args, { at: "f64", callee });
  if (name === "fround" && operand?.literal === true && typeof operand.constant === "number") {
    state.nodes.pop(); // the literal, which is the last node
    return new Node("constant", "f64", span, [], { constant: Math.fround(operand.constant), literal: true });
  }
  return callMath(state, span, callee, args);
}

/** A call of a function of numbers, in the type that its arguments meet in if it has a form for that. */
export function callMath(state: CheckerState, span: Span, callee: MathFunction, args: readonly Node[]): Node {
  const numbers = args.filter((arg) => !arg.literal && !arg.isPending);
  const common = numbers.reduce<NumberType | undefined>(
    (type, arg) => commonType(type, numberTypeOf(arg.type)),
    undefined,
  );
  const declared = numbers.find((arg) => numberTypeOf(arg.type) === common);
  const isDeclared = common === "i32" || common === "f32";
  if (isDeclared && declared !== undefined) for (const arg of args) state.types.adopt(arg, common, declared, "strict");
  const stays = (common === "i32" && callee.i32 !== undefined) || (common === "f32" && callee.f32 === true);
  const type = stays ? common : "f64";
  return new Node("call", type, span, args, {
    at: type,
    callee,
    hasEffects: callee.error !== undefined, // it takes long
    isPending: args.length > 0 && args.every((arg) => arg.isPending),
  });
}

/** `BigInt(x)`; a literal becomes a constant. */
function convertToBigint(state: CheckerState, node: CallExpression, operand: Node): Node {
  const span = state.spanOf(node);
  if (operand.type === "i64") return operand;
  if (operand.literal && typeof operand.constant === "number") {
    // As a neighbour of an i64, -0 is none; as an argument it is converted.
    if (operand.constant !== 0 && !isExact(operand.constant, "i64"))
      return state.refuse("bigint-range", node, `${operand.constant} is no whole number below 2^53`, "write it with n");
    return new Node("constant", "i64", span, [], { at: "i64", constant: BigInt(operand.constant) });
  }
  const type = payloadType(operand.type);
  return new Node("to-i64", "i64", span, [operand], { at: "i64", traps: type === "f64" || type === "f32" });
}

/** `BigInt.asIntN(bits, n)`: the low bits, with their sign or without. */
function wrapBigint(
  state: CheckerState,
  node: CallExpression,
  written: string,
  [bits, operand]: readonly Node[],
): Node {
  const span = state.spanOf(node);
  if (bits === undefined || operand === undefined || node.arguments.length !== 2)
    return state.refuse("wrong-argument-count", node, `${written} takes 2 arguments, not ${node.arguments.length}`);
  const most = written === "BigInt.asIntN" ? 64 : 63;
  const count = bits.literal ? Number(bits.constant) : Number.NaN;
  if (!Number.isInteger(count) || count < 1 || count > most)
    return state.refuse("bigint-range", node, `${written} takes a literal number of bits from 1 to ${most}`);
  if (operand.type !== "i64") return state.refuse("mixed-bigint", node, `${written} takes a BigInt`, "write BigInt(x)");
  if (count === 64) return operand;
  const shift = state.emit(new Node("constant", "i64", span, [], { at: "i64", constant: BigInt(64 - count) }));
  const up = state.emit(new Node("shift-left", "i64", span, [operand, shift], { at: "i64" }));
  const down = written === "BigInt.asIntN" ? "shift-right" : "shift-right-unsigned";
  return new Node(down, "i64", span, [up, shift], { at: "i64" });
}

/** The fault of a name that is no function, with the nearest one that is. */
function refuseUnknownFunction(state: CheckerState, node: CallExpression, written: string, name: string): Node {
  if (name === "eval" || name === "Function")
    return state.refuse("reserved-name", node.callee, `${name} is not accepted`, "source text is never evaluated");
  if (state.names.isFunction && !written.includes(".")) {
    const unknown = laterFunctions.has(name) ? undefined : state.names.unknown(name, true);
    if (unknown?.kind === "fault") return state.refuseFault(node.callee, unknown.fault);
  }
  if (laterFunctions.has(name)) return state.refuse("not-yet", node.callee, `${written} is not accepted yet`);
  const prefix = written === name ? "" : "Math.";
  const nearest = nearestWord(name, mathFunctions.keys());
  const later = nearest === undefined ? nearestWord(name, laterFunctions) : undefined;
  let hint = `the functions are ${[...mathFunctions.keys()].join(", ")}`;
  if (name === "random") hint = "the same arguments give the same result: pass random numbers as parameters";
  if (nearest !== undefined) hint = `did you mean ${prefix}${nearest}?`;
  else if (later !== undefined) hint = `${prefix}${later} comes in a later version`;
  return state.refuse("unknown-function", node.callee, `${written} is not a function here`, hint);
}
