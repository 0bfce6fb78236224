/**
 * What a checked call accepts for each word of a signature (base/signature.ts has the table). An object other
 * than an array is asked for its `valueOf` once, so that user code may run here and only here; pointers are checked after
 * that, by the built-in getters, which no subclass can override.
 */
import { SignatureError } from "../../src/base/errors.ts";
import type { ParameterWord, Signature } from "../../src/base/signature.ts";

/** Turns an argument into what the word takes, or throws `SignatureError`. May run the argument's `valueOf`. */
export type Convert = (value: unknown, index: number, signature: Signature) => number | bigint | ArrayBufferView;

export const conversions: Readonly<Record<ParameterWord, Convert>> = {
  i32: (value, index, signature) =>
    typeof value === "number" && (value | 0) === value ? value : toInt32(value, index, signature),
  i64: (value, index, signature) =>
    typeof value === "bigint" && BigInt.asIntN(64, value) === value ? value : toInt64(value, index, signature),
  f32: (value, index, signature) => (typeof value === "number" ? value : toNumber(value, index, signature)),
  f64: (value, index, signature) => (typeof value === "number" ? value : toNumber(value, index, signature)),
  ptr: (value, index, signature) => {
    if (ArrayBuffer.isView(value)) return value;
    throw wrong(value, index, signature, "a TypedArray or DataView");
  },
};

/** Stands where a signature has no further parameter. */
export const noConversion: Convert = () => 0;

function toInt32(value: unknown, index: number, signature: Signature): number {
  const number = primitive(value);
  if (typeof number === "number" && (number | 0) === number) return number;
  throw wrong(value, index, signature, "a whole number from -2147483648 to 2147483647 (value | 0 wraps)");
}

function toInt64(value: unknown, index: number, signature: Signature): bigint {
  const integer = primitive(value);
  if (typeof integer === "bigint" && BigInt.asIntN(64, integer) === integer) return integer;
  throw wrong(value, index, signature, "a bigint from -2^63 to 2^63 - 1, such as 4n (BigInt.asIntN(64, value) wraps)");
}

function toNumber(value: unknown, index: number, signature: Signature): number {
  const number = primitive(value);
  if (typeof number === "number") return number;
  throw wrong(value, index, signature, "a number");
}

/** The number or bigint that an object stands for; whatever else comes is returned as it is. */
function primitive(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) return value;
  const method: unknown = value.valueOf;
  return typeof method === "function" ? method.call(value) : value;
}

function wrong(value: unknown, index: number, signature: Signature, expected: string): SignatureError {
  return new SignatureError(`${signature.text}: argument ${index + 1} must be ${expected}, not ${describe(value)}`);
}

export function wrongCount(came: number, signature: Signature): SignatureError {
  const { length } = signature.parameters;
  return new SignatureError(
    `${signature.text}: expected ${length === 0 ? "no arguments" : length === 1 ? "1 argument" : `${length} arguments`}, not ${came}`,
  );
}

/** `the number 1.5`, `the string "4"`, `an Array`, `undefined`, … */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "number":
      return `the number ${Object.is(value, -0) ? "-0" : value}`;
    case "bigint":
      return `the bigint ${value}n`;
    case "string":
      return `the string ${JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}…` : value)}`;
    case "boolean":
      return `the boolean ${value}`;
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "undefined":
      return "undefined";
    default:
      return value === null ? "null" : `an object of type ${Object.prototype.toString.call(value).slice(8, -1)}`;
  }
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const getLength = getter(typedArray, "length");
const getViewLength = getter(DataView.prototype, "byteLength");
const getKind = getter(typedArray, Symbol.toStringTag);
// `at` throws for detached arrays and those out of their buffer's bounds, and has no effect.
const validate = Uint8Array.prototype.at;

function getter(object: object, name: string | symbol): (this: unknown) => unknown {
  const get = Object.getOwnPropertyDescriptor(object, name)?.get;
  if (get === undefined) throw new TypeError(`${String(name)} is not a getter on this JavaScript engine`);
  return get;
}

/** Whether a value is a Uint8Array (a Buffer is), of this realm or another one's. */
export function isBytes(value: unknown): value is Uint8Array {
  return getKind.call(value) === "Uint8Array";
}

/** Looks at an argument when no more user code can run before the call. */
export type Check = (value: unknown, index: number, signature: Signature) => void;

export const noCheck: Check = () => {};

export const checks: Readonly<Record<ParameterWord, Check>> = {
  i32: noCheck,
  i64: noCheck,
  f32: noCheck,
  f64: noCheck,
  ptr: checkPointer,
};

/** Refuses views whose memory is gone: detached, or out of the bounds of a buffer that shrank. Runs no user code. */
function checkPointer(view: unknown, index: number, signature: Signature): void {
  // Whatever `instanceof` is made to say, the getter of the other kind of view throws.
  if (view instanceof DataView) {
    try {
      getViewLength.call(view);
    } catch {
      throw gone(view, index, signature);
    }
    return;
  }
  // 0 stands for an empty array as well as for one whose memory is gone.
  if (getLength.call(view) !== 0) return;
  try {
    validate.call(view as Uint8Array, 0); // any TypedArray is right, and which one does not matter
  } catch {
    throw gone(view, index, signature);
  }
}

function gone(view: unknown, index: number, signature: Signature): SignatureError {
  return new SignatureError(
    `${signature.text}: argument ${index + 1} must have memory behind it, but this ${Object.prototype.toString.call(view).slice(8, -1)} is detached or out of its buffer's bounds`,
  );
}
