/** Questions about f64 that are known to be whole numbers. */
import type { Ranges } from "../analysis/ranges.ts";
import type { Value } from "../ir/function.ts";

/** True if an f64 or i32 is known to be one of the integers of i32, and not -0. */
export function isInInt32(value: Value, ranges: Ranges): boolean {
  return ranges.lowOf(value) >= -(2 ** 31) && ranges.highOf(value) <= 2 ** 31 - 1 && ranges.isKnown(value);
}
