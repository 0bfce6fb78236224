/**
 * The last resort of expansion: an operation lane by lane, as scalars. Slow, and always right: it is what an operation on
 * vectors means.
 */
import { UnsupportedError } from "../base/errors.ts";
import type { Value } from "../ir/function.ts";
import { elementOf, lanesOf, type Type, types, vectorOf } from "../ir/types.ts";
import type { ExpansionBuilder } from "./expansion-builder.ts";

/** Computes an operation without effects as scalars. Throws `UnsupportedError` if the target cannot take lanes apart or join them. */
export function computeByLanes(builder: ExpansionBuilder, value: Value): Value {
  const { shape, opcode, type, operands } = value;
  const lanes = lanesOf(type);
  if (!shape.pure || shape.lanes !== "any" || lanes === 1)
    throw new UnsupportedError(`${builder.shape.name} has no ${opcode} of ${type}, nor what would stand for it`);
  const results: Value[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const scalars = operands.map((operand) => laneOf(builder, operand, lane));
    results.push(shape.explicit ? builder.typed(opcode, elementOf(type), scalars) : builder.emit(opcode, ...scalars));
  }
  return joinLanes(builder, type, results);
}

/** One lane of a vector as a scalar. */
export function laneOf(builder: ExpansionBuilder, vector: Value, lane: number): Value {
  const [scalar] = vector.operands;
  if (vector.opcode === "splat" && scalar !== undefined) return scalar;
  require(builder, "extract", vector.type);
  return builder.extract(vector, lane);
}

/** The vector of these lanes. */
export function joinLanes(builder: ExpansionBuilder, type: Type, scalars: readonly Value[]): Value {
  require(builder, "splat", type);
  require(builder, "select", type);
  let [result, ...rest] = scalars.map((scalar) => builder.splat(type, scalar));
  rest.forEach((splat, index) => {
    if (result !== undefined) result = builder.select(onlyLane(builder, type, index + 1), splat, result);
  });
  if (result === undefined) throw new RangeError("a vector has lanes");
  return result;
}

/** The mask of one lane, for a vector of this type. */
export function onlyLane(builder: ExpansionBuilder, type: Type, lane: number): Value {
  const lanes = lanesOf(type);
  // Numbers as wide as the lanes, if the target has such vectors.
  const wide = types[type].bits === 64 && builder.shape.natively("lane-index", vectorOf("i64", lanes));
  const index = vectorOf(wide ? "i64" : "i32", lanes);
  require(builder, "lane-index", index);
  return builder.emit("ieq", builder.typed("lane-index", index, []), builder.integer(index, BigInt(lane)));
}

function require({ shape }: ExpansionBuilder, opcode: "extract" | "splat" | "select" | "lane-index", type: Type): void {
  if (!shape.natively(opcode, type))
    throw new UnsupportedError(
      `${shape.name} has no vectors of ${type} (no ${opcode}): its widest have ${shape.bytes} bytes`,
    );
}
