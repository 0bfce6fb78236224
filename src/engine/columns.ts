/**
 * The arguments of `map`, read and checked: every property once, in the order of the parameters, and only then lengths
 * and memory, so that no getter can change what was checked.
 *
 * Typed arrays are told apart by their intrinsic properties, which neither subclasses nor other realms can fake.
 */
import { UnsupportedError } from "../base/errors.ts";
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import type { NumberType, Parameter, ParameterType } from "../lang/javascript/tree.ts";
import { describe, requireKnownKeys, requireObject, suggestion } from "./options.ts";

/** A column, or one number for all rows. */
export type Column = ColumnArray | number | boolean | bigint;
type ColumnArray = Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array;
export type Columns = Readonly<Record<string, Column>>;

/** The arrays that results stand in: f64, f32, i32, i64, booleans as 0 and 1. */
export type ResultArray = Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** The array that results of a type of JavaScript stand in. */
export type ResultArrayOf<Result> = [Result] extends [bigint] ? BigInt64Array : Exclude<ResultArray, BigInt64Array>;

export interface MapOptions {
  /** Where the results go, its element 0 first; at least as long as the rows. A fresh array without it. */
  readonly out?: ResultArray;
  /** The first row; 0 without it. */
  readonly offset?: number;
  /** How many rows; all from `offset` on without it. */
  readonly length?: number;
}

type Input = ColumnArray | number | bigint;

/** What `readColumns` found. */
export interface MapCall {
  /** For each parameter: whether it is a column. */
  readonly mask: boolean[];
  /** For each parameter: the column's rows from `offset` on, or the scalar. */
  readonly inputs: Input[];
  readonly rows: number;
  readonly offset: number;
  readonly out: ResultArray;
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const nameGetter = getterOf(Symbol.toStringTag);
const lengthGetter = getterOf("length");
const offsetGetter = getterOf("byteOffset");
const bufferGetter = getterOf("buffer");

function getterOf(key: string | symbol): (this: unknown) => unknown {
  const getter = Object.getOwnPropertyDescriptor(typedArray, key)?.get;
  if (getter === undefined) throw new TypeError(`this JavaScript engine's typed arrays have no ${String(key)}`);
  return getter;
}

/** The name of a typed array's kind, such as `Float64Array`; undefined for everything else. */
export function kindOf(value: unknown): string | undefined {
  const name = nameGetter.call(value);
  return typeof name === "string" ? name : undefined;
}

const lengthOf = (array: ArrayBufferView): number => Number(lengthGetter.call(array));

const arrayKinds = {
  f64: "Float64Array",
  f32: "Float32Array",
  i32: "Int32Array",
  i64: "BigInt64Array",
  bool: "Uint8Array",
} as const;

/** Reads the arguments of `map`. Throws `TypeError`, `RangeError`, or `UnsupportedError` for arrays of a later version. */
export function readColumns(
  parameters: readonly Parameter[],
  result: NumberType | "bool",
  columns: Columns,
  options: MapOptions | undefined,
): MapCall {
  requireObject("map", "columns", columns);
  let out: unknown;
  let offset: unknown;
  let length: unknown;
  if (options !== undefined) {
    requireObject("map", "options", options);
    requireKnownKeys("map", options, ["out", "offset", "length"]);
    ({ out, offset, length } = options);
  }
  const mask: boolean[] = [];
  const inputs: Input[] = [];
  for (const { name, type } of parameters) {
    const input = readColumn(name, type, columns);
    mask.push(typeof input === "object");
    inputs.push(input);
  }
  requireKnownColumns(parameters, columns);
  // From here on no code of the caller runs.
  const available = commonLength(parameters, inputs);
  const first = readCount("offset", offset, 0, available);
  const rows = readCount("length", length, available - first, available - first);
  if (first > 0 || rows < available) {
    for (let index = 0; index < inputs.length; index++) {
      const input = inputs[index];
      if (typeof input === "object") inputs[index] = input.subarray(first, first + rows);
    }
  }
  const target = out === undefined ? freshArray(result, rows) : readOut(out, result, rows);
  if (out !== undefined) requireDisjoint(parameters, inputs, target, rows);
  return { mask, inputs, rows, offset: first, out: target };
}

function readColumn(name: string, type: ParameterType, columns: Columns): Input {
  if (isArrayKind(type))
    throw new UnsupportedError(`map: parameter ${name} is a ${type}; map takes functions of numbers`);
  if (!Object.hasOwn(columns, name)) {
    throw new TypeError(`map: column ${name} is missing; ${suggestion(name, Object.keys(columns), "there are")}`);
  }
  const value: unknown = columns[name];
  if (typeof value === "bigint" && type === "i64") return BigInt.asIntN(64, value);
  if (typeof value === "number" && type !== "i64")
    return type === "i32" ? value | 0 : type === "bool" ? Number(Boolean(value)) : value;
  if (typeof value === "boolean") return type === "i64" ? BigInt(value) : Number(value);
  const kind = kindOf(value);
  if (kind === arrayKinds[type]) return value as ColumnArray; // its kind has just been read
  const expected = `${arrayKinds[type]} or a ${type === "i64" ? "bigint" : "number"}`;
  if (kind === undefined) throw new TypeError(`map: column ${name} is ${describe(value)}; expected a ${expected}`);
  const declarable = Object.entries(arrayKinds).find(([, array]) => array === kind)?.[0];
  const declare = declarable === undefined ? "" : `, or declare { types: { ${name}: "${declarable}" } }`;
  throw new UnsupportedError(`map: column ${name} is of kind ${kind}; accepted for ${type} is a ${expected}${declare}`);
}

function requireKnownColumns(parameters: readonly Parameter[], columns: Columns): void {
  const names = Object.keys(columns);
  if (names.length === parameters.length) return; // each parameter was found among them
  for (const name of names) {
    if (parameters.some((parameter) => parameter.name === name)) continue;
    const known = parameters.map((parameter) => parameter.name);
    throw new TypeError(`map: column ${name} is not a parameter; ${suggestion(name, known, "the parameters are")}`);
  }
}

function commonLength(parameters: readonly Parameter[], inputs: readonly Input[]): number {
  let length = -1;
  let named = "";
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index];
    if (typeof input !== "object") continue;
    const name = parameters[index]?.name ?? "";
    const own = attachedLength(`column ${name}`, input);
    if (length < 0) {
      length = own;
      named = name;
    } else if (own !== length)
      throw new RangeError(
        `map: column ${name} has ${own} rows, column ${named} has ${length}; columns are equally long`,
      );
  }
  if (length < 0) throw new TypeError("map: no argument is a column; call the function itself for a single row");
  return length;
}

/** The length of an array whose memory is there. */
export function attachedLength(what: string, array: ArrayBufferView): number {
  const length = lengthOf(array);
  if (length > 0) return length;
  try {
    // Throws for a detached buffer, and for a view that a shrunk buffer no longer holds.
    Uint8Array.prototype.keys.call(array);
  } catch {
    throw new TypeError(`the memory of ${what} is gone: its buffer was transferred or has shrunk`);
  }
  return length;
}

function readCount(name: string, value: unknown, absent: number, most: number): number {
  if (value === undefined) return absent;
  if (typeof value !== "number") throw new TypeError(`map: ${name} is ${describe(value)}; expected a number of rows`);
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`map: ${name} is ${value}; expected a whole number from 0 to ${most}`);
  return value;
}

function freshArray(result: NumberType | "bool", rows: number): ResultArray {
  switch (result) {
    case "f64":
      return new Float64Array(rows);
    case "f32":
      return new Float32Array(rows);
    case "i32":
      return new Int32Array(rows);
    case "i64":
      return new BigInt64Array(rows);
    case "bool":
      return new Uint8Array(rows);
  }
}

function readOut(out: unknown, result: NumberType | "bool", rows: number): ResultArray {
  const kind = kindOf(out);
  if (kind !== arrayKinds[result])
    throw new TypeError(
      `map: out is ${kind === undefined ? describe(out) : `of kind ${kind}`}; expected a ${arrayKinds[result]}, since the expression gives ${result}`,
    );
  const array = out as ResultArray; // its kind has just been read
  const length = attachedLength("out", array);
  if (length < rows) throw new RangeError(`map: out has ${length} elements; expected at least ${rows}`);
  return array;
}

/** Results may overwrite a column of the same width in place, row by row; any other overlap would be read after written. */
function requireDisjoint(
  parameters: readonly Parameter[],
  inputs: readonly Input[],
  out: ResultArray,
  rows: number,
): void {
  const buffer = bufferGetter.call(out);
  const start = Number(offsetGetter.call(out));
  const end = start + rows * out.BYTES_PER_ELEMENT;
  inputs.forEach((input, index) => {
    if (typeof input !== "object" || bufferGetter.call(input) !== buffer) return;
    const from = Number(offsetGetter.call(input));
    const to = from + rows * input.BYTES_PER_ELEMENT;
    if (from >= end || to <= start) return;
    if (from === start && input.BYTES_PER_ELEMENT === out.BYTES_PER_ELEMENT) return;
    const name = parameters[index]?.name ?? "";
    throw new RangeError(
      `map: out overlaps column ${name}; accepted are separate memory, or exactly the column's own rows and element size`,
    );
  });
}
