/** Masks by their bits, and lanes packed to the low end. */
import { elementOf, lanesOf, vectorOf } from "../ir/types.ts";
import type { Expansion, ExpansionTable } from "./expansion-builder.ts";
import { laneOf } from "./lane-by-lane.ts";
import { first, operandsOf } from "./operands.ts";

/** Each lane's bit at its place. */
const bitsByLanes: Expansion = (builder, value) => {
  const mask = first(value);
  let bits = builder.constant("i32", 0);
  for (let lane = 0; lane < lanesOf(mask.type); lane++) {
    const bit = builder.convert("zext", "i32", laneOf(builder, mask, lane));
    bits = builder.emit("or", bits, builder.emit("shl", bit, builder.constant("i32", lane)));
  }
  return bits;
};

/**
 * Each lane goes to the place that the number of lanes before it says. Places that none goes to stay 0. One select a lane:
 * for targets without a permutation.
 */
const compress: Expansion = (builder, value) => {
  const [vector, mask] = operandsOf(value);
  const { type } = value;
  const lanes = lanesOf(type);
  const places = vectorOf("i32", lanes);
  const index = builder.typed("lane-index", places, []);
  const bits = builder.emit("mask-bits", mask);
  const none = builder.constant("i32", -1);
  let result = elementOf(type) === "i64" ? builder.constant(type, 0n) : builder.constant(type, 0);
  for (let lane = 0; lane < lanes; lane++) {
    const before = builder.emit("and", bits, builder.constant("i32", 2 ** lane - 1));
    const bit = builder.emit("and", bits, builder.constant("i32", 2 ** lane));
    const isOn = builder.emit("ine", bit, builder.constant("i32", 0));
    const place = builder.select(isOn, builder.emit("popcnt", before), none);
    const here = builder.emit("ieq", index, builder.splat(places, place));
    result = builder.select(here, builder.splat(type, laneOf(builder, vector, lane)), result);
  }
  return result;
};

export const laneExpansions: ExpansionTable = {
  compress,
  "mask-bits": bitsByLanes,
  "mask-any": (builder, value) =>
    builder.emit("ine", builder.emit("mask-bits", first(value)), builder.constant("i32", 0)),
  "mask-all": (builder, value) =>
    builder.emit(
      "ieq",
      builder.emit("mask-bits", first(value)),
      builder.constant("i32", 2 ** lanesOf(first(value).type) - 1),
    ),
  "mask-count": (builder, value) => builder.emit("popcnt", builder.emit("mask-bits", first(value))),
  "mask-first": (builder, value) => {
    const places = vectorOf("i32", lanesOf(value.type));
    return builder.emit("slt", builder.typed("lane-index", places, []), builder.splat(places, first(value)));
  },
};
