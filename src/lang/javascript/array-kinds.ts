/**
 * The typed arrays that a function may take, one row each: how an element is read and written. Elements are numbers as in
 * JavaScript (f64), but those of a `BigInt64Array`, which are i64. `Uint32Array` elements are read as unsigned.
 */
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { Value } from "../../ir/function.ts";
import type { NumberType } from "./tree.ts";

interface ArrayRow {
  /** Bytes of one element, as a power of two. */
  readonly shift: 0 | 1 | 2 | 3;
  /** What an element is in the language. */
  readonly element: NumberType;
  /** Reads the element at an address, as the element's type. */
  readonly load: (builder: FunctionBuilder, address: Value) => Value;
  /** Writes a value of the element's type, converted as JavaScript's `array[i] = v` converts. */
  readonly store: (builder: FunctionBuilder, value: Value, address: Value) => void;
}

const fromInt = (builder: FunctionBuilder, value: Value) => builder.convert("convert-s", "f64", value);
const toInt = (builder: FunctionBuilder, value: Value) => builder.emit("to-int32", value);

function narrow(
  shift: 0 | 1,
  load: "load8-s" | "load8-u" | "load16-s" | "load16-u",
  store: "store8" | "store16",
): ArrayRow {
  return {
    shift,
    element: "f64",
    load: (builder, address) => fromInt(builder, builder.loadNarrow(load, address)),
    store: (builder, value, address) => builder.storeNarrow(store, toInt(builder, value), address),
  };
}

export const arrayKinds = {
  Int8Array: narrow(0, "load8-s", "store8"),
  Uint8Array: narrow(0, "load8-u", "store8"),
  Uint8ClampedArray: {
    ...narrow(0, "load8-u", "store8"),
    // ToUint8Clamp: to the range first, halves to even, NaN to 0.
    store: (builder, value, address) => {
      const atLeast = builder.emit("fmax", value, builder.constant("f64", 0));
      const clamped = builder.emit("fmin", atLeast, builder.constant("f64", 255));
      builder.storeNarrow("store8", toInt(builder, builder.emit("fnearest", clamped)), address);
    },
  },
  Int16Array: narrow(1, "load16-s", "store16"),
  Uint16Array: narrow(1, "load16-u", "store16"),
  Int32Array: {
    shift: 2,
    element: "f64",
    load: (builder, address) => fromInt(builder, builder.load("i32", address)),
    store: (builder, value, address) => builder.store(toInt(builder, value), address),
  },
  Uint32Array: {
    shift: 2,
    element: "f64",
    load: (builder, address) => builder.convert("convert-u", "f64", builder.load("i32", address)),
    store: (builder, value, address) => builder.store(toInt(builder, value), address),
  },
  Float32Array: {
    shift: 2,
    element: "f64",
    load: (builder, address) => builder.emit("promote", builder.load("f32", address)),
    store: (builder, value, address) => builder.store(builder.emit("demote", value), address),
  },
  Float64Array: {
    shift: 3,
    element: "f64",
    load: (builder, address) => builder.load("f64", address),
    store: (builder, value, address) => builder.store(value, address),
  },
  BigInt64Array: {
    shift: 3,
    element: "i64",
    load: (builder, address) => builder.load("i64", address),
    store: (builder, value, address) => builder.store(value, address),
  },
} as const satisfies Readonly<Record<string, ArrayRow>>;

export type ArrayKind = keyof typeof arrayKinds;

export function isArrayKind(name: unknown): name is ArrayKind {
  return typeof name === "string" && Object.hasOwn(arrayKinds, name);
}

export function arrayRow(kind: ArrayKind): ArrayRow {
  return arrayKinds[kind];
}
