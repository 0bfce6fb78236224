/**
 * The arguments of `map`, `reduce`, `filter` and `select`, read and checked: every property once, in the order of the
 * parameters, and only then lengths and memory, so that no getter can change what was checked.
 *
 * What comes for a parameter has a kind: a column's elements, `scalar` or `bigint` for one value of all rows, `whole` for a
 * typed array that a function takes as a whole. The kinds of all parameters say which kernel a call needs.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type ArrayKind, isArrayKind } from "../lang/javascript/array-kinds.ts";
import type { NumberType, Parameter } from "../lang/javascript/tree.ts";
import {
  arrayNameOf,
  attachedLength,
  type ColumnArray,
  type ElementKind,
  elementKindOf,
  elementKinds,
  numberArrayNames,
  refusedArrays,
  viewOf,
} from "./element-kinds.ts";
import { describe, requireKnownKeys, requireObject, suggestion } from "./options.ts";

/** A column, one number for all rows, or the array that a function takes as a whole. */
export type Column = ColumnArray | number | boolean | bigint;
export type Columns = Readonly<Record<string, Column>>;

/** The arrays that fresh results stand in: f64, f32, i32, i64, booleans as 0 and 1. */
export type ResultArray = Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** The array that results of a type of JavaScript stand in. */
export type ResultArrayOf<Result> = [Result] extends [bigint] ? BigInt64Array : Exclude<ResultArray, BigInt64Array>;

/** Which rows. */
export interface RowOptions {
  /** The first row; 0 without it. */
  readonly offset?: number;
  /** How many rows; all from `offset` on without it. */
  readonly length?: number;
}

export interface MapOptions<Out extends ColumnArray = ColumnArray> extends RowOptions {
  /**
   * Where the results go, its element 0 first; at least as long as the rows. Results convert to its elements as in
   * `out[i] = result`. A fresh array without it.
   */
  readonly out?: Out;
}

export type Input = ColumnArray | number | bigint;
export type InputKind = ElementKind | "scalar" | "bigint" | "whole";

/** What `readColumns` found. */
export interface ColumnCall {
  /** For each parameter. */
  readonly kinds: readonly InputKind[];
  /** For each parameter: the column's rows from `offset` on, perhaps with more behind them; the scalar; or the whole array. */
  readonly inputs: Input[];
  readonly rows: number;
  readonly offset: number;
  /** How long the columns are. */
  readonly available: number;
}

/** A parameter, and whether its type was declared; an undeclared one is an i64 where BigInts come. */
export interface ColumnParameter extends Parameter {
  readonly isDeclared: boolean;
}

/** For which operation, as messages tell, and what it takes. */
export interface Reading {
  readonly caller: string;
  readonly parameters: readonly ColumnParameter[];
  /** Whether there may be columns that are no parameters. */
  readonly takesOthers?: boolean;
}

/** Reads the columns of a call. Throws `TypeError`, `RangeError`, or `UnsupportedError` for arrays of a later version. */
export function readColumns(
  { caller, parameters, takesOthers }: Reading,
  columns: Columns,
  { offset, length }: { readonly offset?: unknown; readonly length?: unknown },
): ColumnCall {
  requireObject(caller, "columns", columns);
  const kinds: InputKind[] = [];
  const inputs: Input[] = [];
  for (const parameter of parameters) readInput(caller, parameter, columns, kinds, inputs);
  if (takesOthers !== true) requireKnownColumns(caller, parameters, columns);
  // From here on no code of the caller runs.
  const available = commonLength(caller, parameters, kinds, inputs);
  const first = readCount(caller, "offset", offset, 0, available);
  const rows = readCount(caller, "length", length, available - first, available - first);
  if (first > 0)
    for (const [index, input] of inputs.entries()) {
      const kind = kinds[index];
      if (typeof input === "object" && kind !== undefined && isElementKind(kind))
        inputs[index] = viewOf(input, kind, first, first + rows);
    }
  return { kinds, inputs, rows, offset: first, available };
}

/** Reads options that say which rows, and perhaps more. */
export function readRowOptions<Known extends string>(
  caller: string,
  options: object | undefined,
  known: readonly Known[],
): Readonly<Partial<Record<Known, unknown>>> {
  const read: Partial<Record<Known, unknown>> = {};
  if (options === undefined) return read;
  requireObject(caller, "options", options);
  requireKnownKeys(caller, options, known);
  for (const key of known) if (key in options) read[key] = (options as Partial<Record<Known, unknown>>)[key]; // any object has any property
  return read;
}

function readInput(
  caller: string,
  parameter: ColumnParameter,
  columns: Columns,
  kinds: InputKind[],
  inputs: Input[],
): void {
  const { name, type } = parameter;
  const value: unknown = columns[name];
  if (!isInput(value) && !Object.hasOwn(columns, name))
    throw new TypeError(`${caller}: column ${name} is missing; ${suggestion(name, Object.keys(columns), "there are")}`);
  if (isArrayKind(type)) {
    kinds.push("whole");
    inputs.push(requireWhole(caller, name, type, value));
    return;
  }
  const kind = elementKindOf(value);
  if (kind === undefined) {
    const scalar = scalarOf(caller, parameter, value);
    kinds.push(typeof scalar === "bigint" && type !== "i64" ? "bigint" : "scalar");
    inputs.push(scalar);
    return;
  }
  if (kind === "i64" ? parameter.isDeclared && type !== "i64" : type === "i64")
    throw new TypeError(
      `${caller}: column ${name} is of kind ${elementKinds[kind].array}; expected ${expectedFor(parameter)}, since ${name} is declared ${type}`,
    );
  kinds.push(kind);
  inputs.push(value as ColumnArray); // its kind has just been read
}

/** What may be a column or a value; of prototypes nothing else counts, such as methods. */
function isInput(value: unknown): boolean {
  return typeof value === "object"
    ? arrayNameOf(value) !== undefined
    : typeof value === "number" || typeof value === "bigint";
}

function scalarOf(caller: string, parameter: ColumnParameter, value: unknown): number | bigint {
  const { name, type, isDeclared } = parameter;
  if (typeof value === "bigint" && (type === "i64" || !isDeclared)) return BigInt.asIntN(64, value);
  if (typeof value === "number" && type !== "i64")
    return type === "i32" ? value | 0 : type === "bool" ? Number(Boolean(value)) : value;
  if (typeof value === "boolean") return type === "i64" ? BigInt(value) : Number(value);
  const array = arrayNameOf(value);
  const reason = array === undefined ? undefined : refusedArrays.get(array);
  if (array !== undefined && reason !== undefined)
    throw new UnsupportedError(`${caller}: column ${name} is of kind ${array}, which is refused: ${reason}`);
  throw new TypeError(
    `${caller}: column ${name} is ${array === undefined ? describe(value) : `of kind ${array}`}; expected ${expectedFor(parameter)}${Array.isArray(value) ? `; ${type === "i64" ? "BigInt64Array" : "Float64Array"}.from(${name}) is one` : ""}`,
  );
}

function expectedFor({ type, isDeclared }: ColumnParameter): string {
  if (type === "i64") return "a BigInt64Array or a bigint";
  const numbers = "a typed array of numbers (Int8Array to Float64Array) or a number";
  return isDeclared ? numbers : `${numbers}, or a BigInt64Array or a bigint`;
}

function requireWhole(caller: string, name: string, kind: ArrayKind, value: unknown): ColumnArray {
  const came = arrayNameOf(value);
  if (came === kind) return value as ColumnArray; // its kind has just been read
  throw new TypeError(
    `${caller}: ${name} is ${came === undefined ? describe(value) : `of kind ${came}`}; expected a ${kind}, which the function takes as a whole`,
  );
}

function requireKnownColumns(caller: string, parameters: readonly Parameter[], columns: Columns): void {
  const names = Object.keys(columns);
  if (names.length === parameters.length) return; // each parameter was found among them
  for (const name of names) {
    if (parameters.some((parameter) => parameter.name === name)) continue;
    const known = parameters.map((parameter) => parameter.name);
    throw new TypeError(
      `${caller}: column ${name} is not a parameter; ${suggestion(name, known, "the parameters are")}`,
    );
  }
}

/** The longest array that a function takes as a whole: its length is an i32. */
const longestWhole = 2 ** 31 - 1;

function commonLength(
  caller: string,
  parameters: readonly Parameter[],
  kinds: readonly InputKind[],
  inputs: readonly Input[],
): number {
  let length = -1;
  let named = "";
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index];
    if (typeof input !== "object") continue;
    const name = parameters[index]?.name ?? "";
    const own = attachedLength(`column ${name}`, input);
    if (kinds[index] === "whole") {
      if (own > longestWhole)
        throw new RangeError(`${caller}: ${name} has ${own} elements; at most ${longestWhole} are accepted`);
    } else if (length < 0) {
      length = own;
      named = name;
    } else if (own !== length)
      throw new RangeError(
        `${caller}: column ${name} has ${own} rows, column ${named} has ${length}; columns are equally long`,
      );
  }
  if (length < 0) throw new TypeError(`${caller}: no argument is a column; call the function itself for a single row`);
  return length;
}

function readCount(caller: string, name: string, value: unknown, absent: number, most: number): number {
  if (value === undefined) return absent;
  if (typeof value !== "number")
    throw new TypeError(`${caller}: ${name} is ${describe(value)}; expected a number of rows`);
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`${caller}: ${name} is ${value}; expected a whole number from 0 to ${most}`);
  return value;
}

/** Whether a kind is that of a column. */
export function isElementKind(kind: InputKind): kind is ElementKind {
  return kind !== "scalar" && kind !== "bigint" && kind !== "whole";
}

/** Checks `out`. Throws `TypeError` where results of the type cannot be assigned to its elements, `RangeError` where it is short. */
export function readOut(caller: string, out: unknown, result: NumberType | "bool", rows: number): ColumnArray {
  const kind = elementKindOf(out);
  if (kind === undefined || (kind === "i64") !== (result === "i64")) {
    const array = arrayNameOf(out);
    const reason = array === undefined ? undefined : refusedArrays.get(array);
    if (array !== undefined && reason !== undefined)
      throw new UnsupportedError(`${caller}: out is of kind ${array}, which is refused: ${reason}`);
    const accepted =
      result === "i64"
        ? "a BigInt64Array, since the results are BigInts"
        : `one of ${numberArrayNames}${kind === "i64" ? ", since the results are no BigInts" : ""}`;
    throw new TypeError(
      `${caller}: out is ${array === undefined ? describe(out) : `of kind ${array}`}; expected ${accepted}`,
    );
  }
  const array = out as ColumnArray; // its kind has just been read
  const length = attachedLength("out", array);
  if (length < rows) throw new RangeError(`${caller}: out has ${length} elements; expected at least ${rows}`);
  return array;
}
