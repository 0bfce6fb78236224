/**
 * How an element of a column becomes a value of a parameter's type, and how a result becomes an element: as JavaScript
 * reads `array[i]`, converts arguments, and assigns `array[i] = v`. For code with one row at a time.
 */
import type { FunctionBuilder } from "../ir/builder.ts";
import type { Value } from "../ir/function.ts";
import { arrayRow } from "../lang/javascript/array-kinds.ts";
import type { NumberType } from "../lang/javascript/tree.ts";
import { type ElementKind, elementKinds } from "./element-kinds.ts";

/** Loads an element at an address, as a value of a type. An i64 comes from `i64` elements only, and nothing else does. */
export function loadAs(builder: FunctionBuilder, kind: ElementKind, type: NumberType | "bool", address: Value): Value {
  if (type === "i64" || kind === "i64") return builder.load("i64", address);
  if (type === "bool") return truth(builder, loadNatural(builder, kind, address));
  if (type === "f64") return arrayRow(elementKinds[kind].array).load(builder, address);
  if (type === "i32") {
    if (kind === "u32") return builder.load("i32", address); // the same bits, modulo 2^32
    const value = loadNatural(builder, kind, address);
    if (value.type === "f32") return builder.emit("to-int32", builder.emit("promote", value));
    return value.type === "f64" ? builder.emit("to-int32", value) : value;
  }
  if (kind === "f32") return builder.load("f32", address);
  return builder.emit("demote", arrayRow(elementKinds[kind].array).load(builder, address));
}

/** An element in the type that is nearest to it. */
function loadNatural(builder: FunctionBuilder, kind: ElementKind, address: Value): Value {
  switch (kind) {
    case "i8":
      return builder.loadNarrow("load8-s", address);
    case "u8":
    case "u8c":
      return builder.loadNarrow("load8-u", address);
    case "i16":
      return builder.loadNarrow("load16-s", address);
    case "u16":
      return builder.loadNarrow("load16-u", address);
    case "u32":
      return builder.load("i32", address);
    default:
      return builder.load(kind, address);
  }
}

/** Whether a value is truthy: no zero and no NaN. */
export function truth(builder: FunctionBuilder, value: Value): Value {
  switch (value.type) {
    case "f64":
    case "f32": {
      const zero = builder.constant(value.type, 0);
      // A NaN is neither below nor above.
      return builder.emit("fgt", builder.emit("fabs", value), zero);
    }
    case "i64":
      return builder.emit("ine", value, builder.constant("i64", 0n));
    case "i32":
      return builder.emit("ine", value, builder.constant("i32", 0));
    default:
      return value;
  }
}

/** Stores a value as an element at an address. */
export function storeAs(builder: FunctionBuilder, value: Value, kind: ElementKind, address: Value): void {
  if (value.type === kind) {
    builder.store(value, address);
    return;
  }
  if (value.type === "bool") {
    storeInt(builder, builder.convert("zext", "i32", value), kind, address);
    return;
  }
  if (value.type === "i32") {
    storeInt(builder, value, kind, address);
    return;
  }
  const number = value.type === "f32" ? builder.emit("promote", value) : value;
  arrayRow(elementKinds[kind].array).store(builder, number, address);
}

function storeInt(builder: FunctionBuilder, value: Value, kind: ElementKind, address: Value): void {
  switch (kind) {
    case "i8":
    case "u8":
      builder.storeNarrow("store8", value, address);
      return;
    case "u8c": {
      const zero = builder.constant("i32", 0);
      const most = builder.constant("i32", 255);
      const atLeast = builder.emit("select", builder.emit("sgt", value, zero), value, zero);
      const clamped = builder.emit("select", builder.emit("slt", atLeast, most), atLeast, most);
      builder.storeNarrow("store8", clamped, address);
      return;
    }
    case "i16":
    case "u16":
      builder.storeNarrow("store16", value, address);
      return;
    case "i32":
    case "u32":
      builder.store(value, address);
      return;
    default:
      // Of f32, too: an i32 is exact in f64, and then rounded once.
      arrayRow(elementKinds[kind].array).store(builder, builder.convert("convert-s", "f64", value), address);
  }
}
