/** `x=4 y=-0.5` on the command line: names and numbers. */
import { isArrayKind } from "../../src/lang/javascript/array-kinds.ts";
import type { ParameterType } from "../../src/lang/javascript/tree.ts";
import type { NumberType } from "../files/table.ts";
import { UsageError } from "./exit-status.ts";

/** Reads the words in order. Throws `UsageError` for a word that is not `name=number`, and for a name given twice. */
export function parseAssignments(words: readonly string[]): Map<string, number> {
  const values = new Map<string, number>();
  for (const word of words) {
    const [name, text] = splitAssignment(word, "name=number, such as x=4");
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value) && text.trim() !== "NaN")
      throw new UsageError(`${word}: ${JSON.stringify(text)} is not a number`);
    if (values.has(name)) throw new UsageError(`${word}: ${name} has a value already (${values.get(name)})`);
    values.set(name, value);
  }
  return values;
}

/** The declared types of variables. */
export type NumberTypes = Readonly<Record<string, "f64" | "i32">>;

/** Reads `a=i32 b=f64`. Throws `UsageError` for another type. */
export function parseTypes(words: readonly string[]): NumberTypes {
  return parseTypesAmong(words, isNumberType, "f64 (a JavaScript number) or i32");
}

/** Reads `a=i64 b=f64`: the types that columns of files may have. Throws `UsageError` for another type. */
export function parseFileTypes(words: readonly string[]): Readonly<Record<string, NumberType>> {
  return parseTypesAmong(words, isFileType, "f64 (a JavaScript number), f32, i32, i64 (a BigInt) or bool");
}

/** Reads `a=i64 xs=Float64Array`: all types that parameters may have. Throws `UsageError` for another type. */
export function parseParameterTypes(words: readonly string[]): Readonly<Record<string, ParameterType>> {
  return parseTypesAmong(words, isParameterType, "f64 i32 i64 f32 bool, or an array such as Float64Array");
}

function parseTypesAmong<Type extends string>(
  words: readonly string[],
  isAccepted: (type: string) => type is Type,
  accepted: string,
): Readonly<Record<string, Type>> {
  const types: Record<string, Type> = {};
  for (const word of words) {
    const [name, type] = splitAssignment(word, "name=type, such as a=i32");
    if (!isAccepted(type)) throw new UsageError(`--type ${word}: expected ${accepted}`);
    types[name] = type;
  }
  return types;
}

function isNumberType(type: string): type is "f64" | "i32" {
  return type === "f64" || type === "i32";
}

function isFileType(type: string): type is NumberType {
  return isNumberType(type) || type === "f32" || type === "i64" || type === "bool";
}

function isParameterType(type: string): type is ParameterType {
  return isNumberType(type) || type === "i64" || type === "f32" || type === "bool" || isArrayKind(type);
}

/** Splits at the first `=`; the part before it must be a JavaScript name. */
export function splitAssignment(word: string, expected: string): [name: string, text: string] {
  const equals = word.indexOf("=");
  const name = equals < 0 ? "" : word.slice(0, equals).trim();
  if (!isName(name)) throw new UsageError(`${JSON.stringify(word)}: expected ${expected}`);
  return [name, word.slice(equals + 1)];
}

/** Whether the text can stand for a variable in an expression. */
export function isName(text: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(text);
}
