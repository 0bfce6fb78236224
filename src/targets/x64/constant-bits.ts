/** The bits of constants, as they stand in registers and in the constant pool. */
import type { Value } from "../../ir/function.ts";

const float64 = new Float64Array(1);
const float32 = new Float32Array(float64.buffer);
const bits64 = new BigUint64Array(float64.buffer);
const bits32 = new Uint32Array(float64.buffer);

/** The bits of a floating-point constant, as an unsigned number of its width. */
export function floatBits(value: Value): bigint {
  if (value.type === "f64") {
    float64[0] = Number(value.immediate);
    return bits64[0]!; // of length 1
  }
  float32[0] = Number(value.immediate);
  return BigInt(bits32[0]!); // of length 2
}

/** The bits of a scalar constant, as an unsigned number of its width. */
export function scalarBits(value: Value): bigint {
  const { type, immediate } = value;
  if (type === "f32" || type === "f64") return floatBits(value);
  return BigInt.asUintN(type === "i64" ? 64 : 32, BigInt(immediate ?? 0));
}
