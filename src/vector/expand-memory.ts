/**
 * Memory accesses of vectors that the target lacks, lane by lane, without touching what a mask leaves out.
 *
 * A load of a lane that is off reads from the call context instead, which is always there, so it needs no branch. A store of
 * such a lane has nowhere to go and is jumped over.
 */
import type { Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { elementOf, lanesOf, types, vectorOf } from "../ir/types.ts";
import type { Expansion, ExpansionBuilder, ExpansionTable } from "./expansion-builder.ts";
import { joinLanes, laneOf } from "./lane-by-lane.ts";
import { first, operandAt, operandsOf } from "./operands.ts";

const offsetOf = (value: Value): number => Number(value.immediate ?? 0);

/** Whether a lane of a mask is on, from all its bits. */
function isOn(builder: ExpansionBuilder, bits: Value, lane: number): Value {
  const bit = builder.emit("and", bits, builder.constant("i32", 2 ** lane));
  return builder.emit("ine", bit, builder.constant("i32", 0));
}

/** The bytes of one lane in memory. */
function laneBytes({ opcode, type }: Value): number {
  if (opcode.includes("16")) return 2;
  return opcode.includes("8") ? 1 : types[elementOf(type)].bytes;
}

/** Loads each lane that is on from its own address, which a function gives; the others are 0. */
function loadByLanes(
  builder: ExpansionBuilder,
  value: Value,
  opcode: Opcode,
  addressOf: (lane: number) => { address: Value; offset: number },
): Value {
  const { type } = value;
  const mask = first(value);
  const bits = builder.emit("mask-bits", mask);
  const nowhere = builder.typed("context", "i64", []);
  const scalars: Value[] = [];
  for (let lane = 0; lane < lanesOf(type); lane++) {
    const { address, offset } = addressOf(lane);
    const exact = builder.emit("iadd", address, builder.constant("i64", BigInt(offset)));
    const safe = builder.select(isOn(builder, bits, lane), exact, nowhere);
    scalars.push(builder.typed(opcode, elementOf(type), [safe], 0));
  }
  const zero = elementOf(type) === "i64" ? builder.constant(type, 0n) : builder.constant(type, 0);
  return builder.select(mask, joinLanes(builder, type, scalars), zero);
}

const maskedLoad =
  (opcode: Opcode): Expansion =>
  (builder, value) => {
    const address = operandAt(value, 1);
    const step = laneBytes(value);
    return loadByLanes(builder, value, opcode, (lane) => ({ address, offset: offsetOf(value) + step * lane }));
  };

const gather: Expansion = (builder, value) => {
  const [, addresses] = operandsOf(value);
  return loadByLanes(builder, value, "load", (lane) => ({
    address: laneOf(builder, addresses, lane),
    offset: offsetOf(value),
  }));
};

const maskedStore =
  (opcode: Opcode): Expansion =>
  (builder, value) => {
    const [stored, mask] = operandsOf(value);
    const address = operandAt(value, 2);
    const bits = builder.emit("mask-bits", mask);
    for (let lane = 0; lane < lanesOf(stored.type); lane++)
      builder.when(isOn(builder, bits, lane), () => {
        const offset = offsetOf(value) + laneBytes(value) * lane;
        builder.typed(opcode, elementOf(stored.type), [laneOf(builder, stored, lane), address], offset);
      });
    return value;
  };

/** All lanes one after the other. A bool in memory is a byte, which counts by its lowest bit. */
const load: Expansion = (builder, value) => {
  const { type, opcode } = value;
  if (elementOf(type) === "bool") {
    const bytesType = vectorOf("i32", lanesOf(type));
    const bytes = builder.typed("load8-u", bytesType, [first(value)], offsetOf(value));
    return builder.emit(
      "ine",
      builder.emit("and", bytes, builder.integer(bytesType, 1n)),
      builder.integer(bytesType, 0n),
    );
  }
  const step = laneBytes(value);
  const scalars = Array.from({ length: lanesOf(type) }, (_, lane) =>
    builder.typed(opcode, elementOf(type), [first(value)], offsetOf(value) + step * lane),
  );
  return joinLanes(builder, type, scalars);
};

const store =
  (opcode: Opcode): Expansion =>
  (builder, value) => {
    const [stored, address] = operandsOf(value);
    if (elementOf(stored.type) === "bool") {
      const bytes = builder.convert("zext", "i32", stored);
      return builder.typed("store8", bytes.type, [bytes, address], offsetOf(value));
    }
    const step = laneBytes(value);
    for (let lane = 0; lane < lanesOf(stored.type); lane++) {
      const scalar = laneOf(builder, stored, lane);
      builder.typed(opcode, elementOf(stored.type), [scalar, address], offsetOf(value) + step * lane);
    }
    return value;
  };

export const memoryExpansions: ExpansionTable = {
  load,
  "load8-s": load,
  "load8-u": load,
  "load16-s": load,
  "load16-u": load,
  store: store("store"),
  store8: store("store8"),
  store16: store("store16"),
  "masked-load": maskedLoad("load"),
  "masked-load8-s": maskedLoad("load8-s"),
  "masked-load8-u": maskedLoad("load8-u"),
  "masked-load16-s": maskedLoad("load16-s"),
  "masked-load16-u": maskedLoad("load16-u"),
  "masked-store": maskedStore("store"),
  "masked-store8": maskedStore("store8"),
  "masked-store16": maskedStore("store16"),
  gather,
  "store-streaming": (builder, value) => {
    const [stored, address] = operandsOf(value);
    return builder.typed("store", stored.type, [stored, address], offsetOf(value));
  },
};
