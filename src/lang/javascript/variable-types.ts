/**
 * The types of variables: one that is not declared has the least type that holds all its values, and a declared one takes
 * only what converts to its type without a change. The rules are the
 * table in docs/language.md.
 */
import { isExact } from "./operand-types.ts";
import type { Instance } from "./program.ts";
import { commonType, isMixed, type LocalVariable, mixedType, type Node, numberTypeOf, type ValueType } from "./tree.ts";

/** The variable got the value. Returns whether it has another type now than when it was read. */
export function assignType(instance: Instance, variable: LocalVariable, value: Node): boolean {
  variable.wasAssigned = true;
  if (value.isPending) return false;
  const { declared } = variable;
  if (declared !== undefined) {
    requireDeclared(instance, variable, declared, value);
    return false;
  }
  const before = variable.type;
  takeNeighbour(value, before);
  variable.type = before === undefined ? value.type : joinTypes(instance, before, value);
  return variable.wasRead && variable.typeRead !== variable.type;
}

/** A literal takes the narrow type of the values beside it, where it is exact in that. */
export function takeNeighbour(value: Node, neighbour: ValueType | undefined): void {
  const number = neighbour === undefined ? undefined : numberTypeOf(neighbour);
  if (
    value.literal &&
    typeof value.constant === "number" &&
    (number === "i32" || number === "f32") &&
    isExact(value.constant, number)
  )
    value.type = number;
}

/** The type of a variable that held values of a type, and now holds this one, too. */
export function joinTypes(instance: Instance, type: ValueType, value: Node): ValueType {
  const left = numberTypeOf(type);
  const right = numberTypeOf(value.type);
  if (left !== undefined && right !== undefined && (left === "i64") !== (right === "i64")) {
    instance.report(
      value.span,
      "mixed-bigint",
      "a variable holds BigInts or numbers, not both",
      "convert: BigInt(x), or Number(n)",
    );
    return type;
  }
  const number = commonType(left, right);
  if (number === undefined) return "bool";
  return left === undefined || right === undefined || isMixed(type) || isMixed(value.type) ? mixedType(number) : number;
}

/** A declared variable takes what converts to its type without a change. */
function requireDeclared(instance: Instance, { name }: LocalVariable, declared: ValueType, value: Node): void {
  const number = numberTypeOf(value.type);
  if (
    value.literal &&
    typeof value.constant === "number" &&
    declared !== "bool" &&
    isExact(value.constant, numberTypeOf(declared) ?? "f64")
  ) {
    if (declared !== "i64") {
      value.type = declared;
      return;
    }
  }
  const accepted =
    value.type === declared ||
    (declared === "f64" && number !== "i64") ||
    (declared === "i32" && (value.type === "bool" || isInt32(value))) ||
    (declared === "f32" && (value.type === "bool" || isFloat32(value)));
  if (accepted) return;
  const hints: Readonly<Record<string, string>> = {
    i32: "write (…) | 0",
    f32: "write Math.fround(…)",
    i64: value.literal ? "write it with n" : "write BigInt(…)",
    bool: "write Boolean(…)",
    f64: "write Number(…)",
  };
  instance.report(
    value.span,
    "assigned-type",
    `this is of type ${value.type.replace("|", " or ")}, but ${name} is declared ${declared}`,
    hints[declared],
  );
}

/** Whether a number is always one of the 32-bit integers. */
function isInt32({ kind, type, at, callee, array }: Node): boolean {
  if (type === "i32") return true;
  if (callee !== undefined) return callee.name === "imul" || callee.name === "clz32";
  if (kind === "element") return /^(?:Int|Uint8|Uint16)/.test(array?.kind ?? "");
  return (kind.startsWith("bit-") || kind === "shift-left" || kind === "shift-right") && at === "i32";
}

/** Whether a number is always one of the 32-bit floats. */
function isFloat32({ kind, type, callee, array }: Node): boolean {
  return type === "f32" || callee?.name === "fround" || (kind === "element" && array?.kind === "Float32Array");
}
