/**
 * One step of an accumulation, in all lanes at once: what reduce-layout.ts says of a row and its lane, on vectors.
 */
import { InternalError } from "../base/errors.ts";
import type { Value } from "../ir/function.ts";
import { truth } from "./element-kinds.ts";
import { type LaneBuilder, laneType, type Mask, type Wide, type WideVariable } from "./lane-builder.ts";
import { type Accumulation, reduceLanes } from "./reduce-layout.ts";

export interface Accumulator {
  readonly accumulation: Accumulation;
  /** The words, in the order of the layout. */
  readonly words: readonly WideVariable[];
}

/** The rows of a step. */
export interface StepRows {
  /** The number of the first lane's row in its block, an i64. */
  readonly first: Value;
  /** The lanes that are rows. */
  readonly mask: Mask;
}

/** Takes a value of each lane into the lane's accumulator. */
export function accumulate(
  lanes: LaneBuilder,
  { accumulation, words }: Accumulator,
  value: Wide,
  rows: StepRows,
): void {
  const before = words.map((variable) => lanes.read(variable));
  const after = next(lanes, accumulation, before, value, rows);
  words.forEach((variable, index) => {
    const old = before[index];
    const updated = after[index];
    if (old === undefined || updated === undefined) throw new InternalError(`${accumulation} lacks word ${index}`);
    lanes.write(variable, lanes.select(rows.mask, updated, old));
  });
}

/** The words with one more row. */
function next(
  lanes: LaneBuilder,
  accumulation: Accumulation,
  [word, second, third]: readonly Wide[],
  value: Wide,
  { first }: StepRows,
): readonly Wide[] {
  if (word === undefined) throw new InternalError(`${accumulation} without words`);
  switch (accumulation) {
    case "sum": {
      const type = laneType(value);
      return type === "f64" || type === "f32"
        ? [lanes.emit("fadd", word, toF64(lanes, value))]
        : [lanes.emit("iadd", word, toI64(lanes, value))];
    }
    case "product":
      return laneType(value) === "i64"
        ? [lanes.emit("imul", word, value)]
        : [lanes.emit("fmul", word, toF64(lanes, value))];
    case "min":
    case "max": {
      const isMin = accumulation === "min";
      if (laneType(value) !== "i64") return [lanes.emit(isMin ? "fmin" : "fmax", word, toF64(lanes, value))];
      return [lanes.select(lanes.emit(isMin ? "slt" : "sgt", value, word), value, word)];
    }
    case "count":
    case "any":
    case "all":
      return [lanes.select(truth(lanes, value), lanes.emit("iadd", word, lanes.constant("i64", 1n)), word)];
    case "argmin":
    case "argmax": {
      if (second === undefined) throw new InternalError(`${accumulation} without a row`);
      const candidate = laneType(value) === "i64" ? value : toF64(lanes, value);
      const isFirst = lanes.emit("slt", second, lanes.zero("i64"));
      const isBetter = lanes.emit("or", isFirst, better(lanes, candidate, word, accumulation === "argmin"));
      return [lanes.select(isBetter, candidate, word), lanes.select(isBetter, rowNumbers(lanes, first), second)];
    }
    case "variance": {
      if (second === undefined || third === undefined) throw new InternalError("variance without its sums");
      const x = toF64(lanes, value);
      const isFirst = lanes.builder.emit("slt", first, lanes.constant("i64", BigInt(reduceLanes)));
      const pivot = lanes.select(isFirst, x, word);
      const distance = lanes.emit("fsub", x, pivot);
      return [
        pivot,
        lanes.emit("fadd", second, distance),
        lanes.emit("fadd", third, lanes.emit("fmul", distance, distance)),
      ];
    }
  }
}

/** Whether a value comes before the best so far in the order of Math.min (or max): NaN first of all, and -0 below 0. */
function better(lanes: LaneBuilder, candidate: Wide, best: Wide, isMin: boolean): Wide {
  const less = isMin ? "slt" : "sgt";
  if (laneType(candidate) === "i64") return lanes.emit(less, candidate, best);
  const isLess = lanes.emit(isMin ? "flt" : "fgt", candidate, best);
  // Equal values with other bits are zeros; the one that Math.min prefers is below as an integer.
  const bits = (value: Wide) => lanes.convert("bitcast", "i64", value);
  const isOtherZero = lanes.emit(
    "and",
    lanes.emit("feq", candidate, best),
    lanes.emit(less, bits(candidate), bits(best)),
  );
  const isNaNFirst = lanes.emit("and", lanes.emit("fne", candidate, candidate), lanes.emit("feq", best, best));
  return lanes.emit("or", lanes.emit("or", isLess, isOtherZero), isNaNFirst);
}

/** The numbers of the lanes' rows, from that of the first lane on. */
function rowNumbers(lanes: LaneBuilder, first: Value): Wide {
  const type = lanes.vectorType("i64");
  const numbers = lanes.constants.inEntry(() => lanes.builder.laneIndex(type));
  const start = lanes.builder.emit("iadd", lanes.splat(first), numbers);
  return lanes.vectors((index) =>
    index === 0
      ? start
      : lanes.builder.emit("iadd", start, lanes.splat(lanes.constant("i64", BigInt(index * lanes.lanes)))),
  );
}

function toF64(lanes: LaneBuilder, value: Wide): Wide {
  switch (laneType(value)) {
    case "f64":
      return value;
    case "f32":
      return lanes.emit("promote", value);
    case "bool":
      return lanes.convert("convert-s", "f64", lanes.convert("zext", "i32", value));
    default:
      return lanes.convert("convert-s", "f64", value);
  }
}

function toI64(lanes: LaneBuilder, value: Wide): Wide {
  if (laneType(value) === "bool") return lanes.convert("zext", "i64", value);
  return laneType(value) === "i32" ? lanes.emit("sext", value) : value;
}
