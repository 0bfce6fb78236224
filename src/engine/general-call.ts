/**
 * Calls with arguments of any type: typed arrays, i64, f32 and booleans beside numbers, or a limit of iterations of the
 * function's own. Convert, then check, then call, as callable.ts does for numbers alone, where speed counts more.
 */
import { DisposedError } from "../base/errors.ts";
import { type ArrayKind, isArrayKind } from "../lang/javascript/array-kinds.ts";
import type { Parameter, ParameterType } from "../lang/javascript/tree.ts";
import { arrayNameOf, attachedLength } from "./element-kinds.ts";
import type { RawCall } from "./host.ts";
import { describe } from "./options.ts";

export interface GeneralTarget {
  readonly lease: { readonly live: boolean };
  readonly raw: RawCall;
  readonly parameters: readonly Parameter[];
  /** Called directly before the code. */
  readonly before: () => void;
  /** Makes the answer of a raw result, or throws the trap. */
  readonly finish: (result: number | bigint | undefined) => number | boolean | bigint | undefined;
}

/** The longest array that a function takes: its length is an i32. */
const longestArray = 2 ** 31 - 1;

/** The function to call `target` with. */
export function makeGeneralCall({ lease, raw, parameters, before, finish }: GeneralTarget) {
  const convert = parameters.map(({ name, type }) => conversion(name, type));
  const arrays = parameters.flatMap(({ name, type }, index) => (isArrayKind(type) ? [{ name, index }] : []));
  const call = (...args: unknown[]) => {
    const converted = convert.map((one, index) => one(args[index]));
    // From here on no code of the caller runs.
    const values: (number | bigint | ArrayBufferView)[] = arrays.length === 0 ? (converted as number[]) : []; // no array among them
    if (arrays.length > 0)
      for (const [index, value] of converted.entries()) {
        values.push(value);
        if (typeof value === "object") values.push(checkedLength(parameters[index]?.name ?? "", value));
      }
    if (!lease.live) throw new DisposedError("the compiled function was disposed; compile it again");
    before();
    return finish(raw(...values));
  };
  return Object.defineProperty(call, "length", { value: parameters.length, configurable: true });
}

/** The C signature of parameters: an array is its address and its length. */
export function signatureWords(type: ParameterType): string[] {
  if (isArrayKind(type)) return ["ptr", "i32"];
  return [type === "bool" ? "i32" : type];
}

function conversion(name: string, type: ParameterType): (value: unknown) => number | bigint | ArrayBufferView {
  switch (type) {
    case "f64":
    case "f32":
      return (value) => +(value as number); // ToNumber, whatever it is
    case "i32":
      return (value) => +(value as number) | 0; // as above
    case "i64":
      return (value) => BigInt.asIntN(64, value as bigint); // ToBigInt, whatever it is
    case "bool":
      return (value) => (value ? 1 : 0);
    default:
      return (value) => requireArray(name, type, value);
  }
}

function requireArray(name: string, expected: ArrayKind, value: unknown): ArrayBufferView {
  const kind = arrayNameOf(value);
  if (kind === expected) return value as ArrayBufferView; // its kind has just been read
  throw new TypeError(`${name} is ${kind === undefined ? describe(value) : `of kind ${kind}`}; expected a ${expected}`);
}

function checkedLength(name: string, array: ArrayBufferView): number {
  const length = attachedLength(name, array);
  if (length > longestArray)
    throw new RangeError(`${name} has ${length} elements; at most ${longestArray} are accepted`);
  return length;
}
