/**
 * Conversions of payloads: JavaScript's ToNumber, ToBoolean, ToInt32 and `BigInt(x)` in IR.
 *
 * A boolean's payload as a number is 0 or 1, so none of them needs to know whether a value is a boolean.
 */
import { InternalError } from "../../base/errors.ts";
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { Value } from "../../ir/function.ts";
import type { NumberType } from "./tree.ts";

/** A payload as another type holds it: ToNumber of a boolean, ToInt32 of a float at i32. */
export function convertPayload(builder: FunctionBuilder, payload: Value, type: NumberType | "bool"): Value {
  const from = payload.type;
  if (from === type) return payload;
  switch (type) {
    case "bool":
      throw new InternalError(`a ${from} is no boolean`);
    case "i32":
      if (from === "bool") return builder.convert("zext", "i32", payload);
      if (from === "i64") return builder.emit("wrap", payload);
      return builder.emit("to-int32", from === "f32" ? builder.emit("promote", payload) : payload);
    case "i64":
      if (from === "bool") return builder.convert("zext", "i64", payload);
      return from === "i32" ? builder.emit("sext", payload) : builder.convert("trunc-sat-s", "i64", payload);
    case "f64":
    case "f32": {
      if (from === "f32") return builder.emit("promote", payload);
      if (from === "f64") return builder.emit("demote", payload);
      const integer = from === "bool" ? builder.convert("zext", "i32", payload) : payload;
      return builder.convert("convert-s", type, integer);
    }
  }
}

/** JavaScript's ToBoolean: a number is true unless it is 0, -0 or NaN. */
export function isTrue(builder: FunctionBuilder, payload: Value): Value {
  switch (payload.type) {
    case "bool":
      return payload;
    case "i32":
      return builder.emit("ine", payload, builder.constant("i32", 0));
    case "i64":
      return builder.emit("ine", payload, builder.constant("i64", 0n));
    default:
      return builder.emit("fgt", builder.emit("fabs", payload), builder.constant(payload.type, 0));
  }
}

/** `BigInt(x)`: traps where x is no integer, or no i64. */
export function bigintOf(builder: FunctionBuilder, payload: Value): Value {
  if (payload.type === "bool" || payload.type === "i32" || payload.type === "i64")
    return convertPayload(builder, payload, "i64");
  const number = convertPayload(builder, payload, "f64");
  // A fraction becomes a NaN, which traps as one.
  const isWhole = builder.emit("feq", builder.emit("ftrunc", number), number);
  const whole = builder.emit("select", isWhole, number, builder.constant("f64", Number.NaN));
  return builder.convert("trunc-s", "i64", whole);
}
