/**
 * One operation of a row function, in all lanes.
 *
 * Most opcodes take vectors as they take scalars, so they are copied with wide operands. Three kinds need more:
 *   - what may trap: the lanes that would trap are told (`onTrap`), and computed on operands that cannot; a division of i32
 *     goes through f64, which is exact (|quotient| < 2^31, so rounding never reaches a whole number); one of i64 is done lane by lane;
 *   - loads from addresses that vary: gathers, narrow elements as the aligned 32 bits around them;
 *   - loads from one address for all lanes, where perhaps no lane runs: from the call context then, which is always there.
 */
import { InternalError } from "../base/errors.ts";
import type { Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { elementOf, type Scalar } from "../ir/types.ts";
import { isVarying, type LaneBuilder, type Mask, vectorAt, type Wide } from "./lane-builder.ts";

/** Told of lanes that trap: a mask within the lanes that run. */
export type OnTrap = (mask: Wide) => void;

/** Appends the operation with these operands. `mask`: the lanes that run here. */
export function widenOperation(
  lanes: LaneBuilder,
  value: Value,
  operands: readonly Wide[],
  mask: Mask,
  onTrap: OnTrap,
): Wide {
  const { opcode, shape, immediate } = value;
  const type = elementOf(value.type);
  if (opcode === "const" && immediate !== undefined) return lanes.constant(type, immediate);
  if (shape.effect === "read") return load(lanes, value, operandAt(operands, 0), mask);
  const trapping = (lanesThatTrap: Wide): void => onTrap(lanes.and(mask, lanesThatTrap) ?? lanesThatTrap);
  switch (opcode) {
    case "sdiv":
    case "srem":
    case "udiv":
    case "urem":
      return divide(lanes, opcode, type, operandAt(operands, 0), operandAt(operands, 1), trapping);
    case "trunc-s":
    case "trunc-u":
      return truncate(lanes, opcode === "trunc-s", type, operandAt(operands, 0), trapping);
    default:
      if (!shape.pure) throw new InternalError(`${opcode} cannot be widened`);
      return lanes.apply(opcode, type, operands);
  }
}

function operandAt(operands: readonly Wide[], index: number): Wide {
  const operand = operands[index];
  if (operand === undefined) throw new InternalError(`an operation lacks operand ${index}`);
  return operand;
}

// ---- what may trap

function divide(
  lanes: LaneBuilder,
  opcode: "sdiv" | "srem" | "udiv" | "urem",
  type: Scalar,
  dividend: Wide,
  divisor: Wide,
  trapping: OnTrap,
): Wide {
  const { builder } = lanes;
  const zero = lanes.zero(type);
  const one = lanes.constant(type, type === "i64" ? 1n : 1);
  const minusOne = lanes.constant(type, type === "i64" ? -1n : -1);
  const isZero = lanes.emit("ieq", divisor, zero);
  let bad = isZero;
  if (opcode === "sdiv") {
    const least = lanes.constant(type, type === "i64" ? -(2n ** 63n) : -(2 ** 31));
    const overflows = lanes.emit("and", lanes.emit("ieq", divisor, minusOne), lanes.emit("ieq", dividend, least));
    bad = lanes.emit("or", isZero, overflows);
  }
  trapping(bad);
  const safe = lanes.select(bad, one, divisor);
  if (!isVarying(dividend) && !isVarying(safe)) return builder.emit(opcode, dividend, safe);
  if (type === "i64") return divideLaneByLane(lanes, opcode, dividend, safe);
  const isSigned = opcode === "sdiv" || opcode === "srem";
  const asFloat = (wide: Wide): Wide => lanes.convert(isSigned ? "convert-s" : "convert-u", "f64", wide);
  const quotient = lanes.convert(
    isSigned ? "trunc-sat-s" : "trunc-sat-u",
    "i32",
    lanes.emit("fdiv", asFloat(dividend), asFloat(safe)),
  );
  if (opcode === "sdiv" || opcode === "udiv") return quotient;
  const remainder = lanes.emit("isub", dividend, lanes.emit("imul", quotient, safe));
  if (opcode === "urem") return remainder;
  // The least by -1 has a quotient that is no i32.
  return lanes.select(lanes.emit("ieq", safe, minusOne), zero, remainder);
}

function divideLaneByLane(lanes: LaneBuilder, opcode: Opcode, dividend: Wide, divisor: Wide): Wide {
  const { builder } = lanes;
  const dividends = lanes.spread(dividend);
  const divisors = lanes.spread(divisor);
  const type = lanes.vectorType("i64");
  const numbers = lanes.constants.inEntry(() => builder.laneIndex(type));
  return lanes.vectors((index) => {
    let all: Value | undefined;
    for (let lane = 0; lane < lanes.lanes; lane++) {
      const result = builder.emit(
        opcode,
        builder.extract(vectorAt(dividends, index), lane),
        builder.extract(vectorAt(divisors, index), lane),
      );
      const spread = builder.splat(type, result);
      const isHere = builder.emit("ieq", numbers, lanes.splat(lanes.constant("i64", BigInt(lane))));
      all = all === undefined ? spread : builder.emit("select", isHere, spread, all);
    }
    return all ?? vectorAt(dividends, index);
  });
}

/** A truncation that traps outside of the type's range, as the one that saturates. */
function truncate(lanes: LaneBuilder, isSigned: boolean, type: Scalar, operand: Wide, trapping: OnTrap): Wide {
  const bits = type === "i64" ? 64 : 32;
  const from = elementOf((isVarying(operand) ? vectorAt(operand, 0) : operand).type);
  const below = isSigned ? -(2 ** (bits - 1)) : 0;
  const above = isSigned ? 2 ** (bits - 1) : 2 ** bits;
  // Compared as whole numbers, which the bounds are in either type.
  const whole = lanes.emit("ftrunc", operand);
  const fits = lanes.emit(
    "and",
    lanes.emit("fge", whole, lanes.constant(from, below)),
    lanes.emit("flt", whole, lanes.constant(from, above)),
  );
  trapping(lanes.not(fits));
  return lanes.convert(isSigned ? "trunc-sat-s" : "trunc-sat-u", type, operand);
}

// ---- memory

function load(lanes: LaneBuilder, value: Value, address: Wide, mask: Mask): Wide {
  const offset = Number(value.immediate ?? 0);
  if (!isVarying(address)) {
    const { builder } = lanes;
    let at = address;
    if (offset !== 0) at = builder.emit("iadd", at, builder.constant("i64", BigInt(offset)));
    if (mask !== undefined) at = builder.emit("select", lanes.any(mask), at, contextOf(lanes));
    return value.opcode === "load" ? builder.load(value.type, at) : builder.loadNarrow(narrowLoad(value.opcode), at);
  }
  const masks = lanes.spread(lanes.explicit(mask));
  const gather = (type: Scalar, addresses: readonly Value[], at: number): Wide =>
    lanes.vectors((index) =>
      lanes.builder.gather(lanes.vectorType(type), vectorAt(masks, index), vectorAt(addresses, index), at),
    );
  if (value.opcode === "load" && value.type !== "bool") return gather(elementOf(value.type), address, offset);
  return gatherNarrow(lanes, value, lanes.emit("iadd", address, lanes.constant("i64", BigInt(offset))), gather);
}

/** Elements of 8 and 16 bits: the aligned 32 bits around them are on the same page. */
function gatherNarrow(
  lanes: LaneBuilder,
  { opcode }: Value,
  address: Wide,
  gather: (type: Scalar, addresses: readonly Value[], offset: number) => Wide,
): Wide {
  const aligned = lanes.emit("and", address, lanes.constant("i64", -4n));
  const around = gather("i32", lanes.spread(aligned), 0);
  const within = lanes.emit("and", lanes.convert("wrap", "i32", address), lanes.constant("i32", 3));
  const shifted = lanes.emit("ushr", around, lanes.emit("shl", within, lanes.constant("i32", 3)));
  switch (opcode) {
    case "load8-s":
      return lanes.emit("sext8", shifted);
    case "load16-s":
      return lanes.emit("sext16", shifted);
    case "load16-u":
      return lanes.emit("and", shifted, lanes.constant("i32", 0xffff));
    case "load8-u":
      return lanes.emit("and", shifted, lanes.constant("i32", 0xff));
    default:
      // The byte of a bool counts by its lowest bit.
      return lanes.emit("ine", lanes.emit("and", shifted, lanes.constant("i32", 1)), lanes.constant("i32", 0));
  }
}

function narrowLoad(opcode: Opcode): "load8-s" | "load8-u" | "load16-s" | "load16-u" {
  if (opcode === "load8-s" || opcode === "load8-u" || opcode === "load16-s" || opcode === "load16-u") return opcode;
  throw new InternalError(`${opcode} is no load`);
}

function contextOf(lanes: LaneBuilder): Value {
  return lanes.constants.inEntry(() => lanes.builder.emit("context"));
}
