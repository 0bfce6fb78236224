/**
 * The elements that columns may have, one row each: how many bytes, as which IR type they are loaded and stored, and by
 * which opcode. Values convert on the way as JavaScript converts them: a column is read as `array[i]` is and then becomes a
 * parameter of its declared type, and a result is written as `array[i] = v` does, so Int8 keeps the low 8 bits of ToInt32, Uint8Clamped
 * clamps and rounds halves to even, Float32 rounds once. A boolean is 0 or 1; as one, anything but 0 and NaN is true.
 */
import { InternalError } from "../base/errors.ts";
import type { Value } from "../ir/function.ts";
import type { Scalar } from "../ir/types.ts";
import { type LaneBuilder, laneType, type Mask, vectorAt, type Wide } from "./lane-builder.ts";

export type ElementKind = "i8" | "u8" | "u8c" | "i16" | "u16" | "i32" | "u32" | "f32" | "f64" | "i64";

interface ElementRow {
  readonly bytes: 1 | 2 | 4 | 8;
  /** What a vector of them is in registers. */
  readonly type: Exclude<Scalar, "bool">;
  /** Of elements of fewer than 32 bits, which are loaded to i32. */
  readonly load?: "load8-s" | "load8-u" | "load16-s" | "load16-u";
  readonly store?: "store8" | "store16";
  /** Whether the i32 in a register is unsigned. */
  readonly isUnsigned?: true;
}

export const elementKinds: Readonly<Record<ElementKind, ElementRow>> = {
  i8: { bytes: 1, type: "i32", load: "load8-s", store: "store8" },
  u8: { bytes: 1, type: "i32", load: "load8-u", store: "store8" },
  u8c: { bytes: 1, type: "i32", load: "load8-u", store: "store8" },
  i16: { bytes: 2, type: "i32", load: "load16-s", store: "store16" },
  u16: { bytes: 2, type: "i32", load: "load16-u", store: "store16" },
  i32: { bytes: 4, type: "i32" },
  u32: { bytes: 4, type: "i32", isUnsigned: true },
  f32: { bytes: 4, type: "f32" },
  f64: { bytes: 8, type: "f64" },
  i64: { bytes: 8, type: "i64" },
};

/** Where a vector of elements lies. */
export interface ElementPlace {
  readonly kind: ElementKind;
  /** Of the first lane's element. The vectors in flight follow each other. */
  readonly address: Value;
  /** The lanes that are rows: only with one vector in flight, or undefined. */
  readonly mask: Mask;
}

/** Loads U vectors of elements as values of a parameter's type. */
export function loadElements(lanes: LaneBuilder, place: ElementPlace, type: Scalar): Wide {
  return fromElement(lanes, place.kind, loadPlain(lanes, place), type);
}

function loadPlain(lanes: LaneBuilder, { kind, address, mask }: ElementPlace): Wide {
  const { bytes, type, load } = elementKinds[kind];
  const { builder } = lanes;
  const vector = lanes.vectorType(type);
  const masks = mask === undefined ? undefined : lanes.spread(mask);
  return lanes.vectors((index) => {
    const offset = index * lanes.lanes * bytes;
    if (masks === undefined)
      return load === undefined
        ? builder.load(vector, address, offset)
        : builder.loadNarrow(load, address, offset, vector);
    return builder.maskedLoad(
      load === undefined ? "masked-load" : `masked-${load}`,
      vector,
      vectorAt(masks, index),
      address,
      offset,
    );
  });
}

/** What is in a register becomes a value of the type. */
function fromElement(lanes: LaneBuilder, kind: ElementKind, loaded: Wide, type: Scalar): Wide {
  const row = elementKinds[kind];
  if (type === "bool") return truth(lanes, loaded);
  if (row.type === type) return loaded;
  switch (`${row.type} ${type}`) {
    case "i32 f64":
    case "i32 f32":
      return lanes.convert(row.isUnsigned === true ? "convert-u" : "convert-s", type, loaded);
    case "f32 f64":
      return lanes.emit("promote", loaded);
    case "f64 f32":
      return lanes.emit("demote", loaded);
    case "f64 i32":
      return lanes.emit("to-int32", loaded);
    case "f32 i32":
      return lanes.emit("to-int32", lanes.emit("promote", loaded));
    default:
      throw new InternalError(`a column of ${kind} is no parameter of type ${type}`);
  }
}

/** Whether the value is truthy, as a mask. */
export function truth(lanes: LaneBuilder, value: Wide): Wide {
  const type = laneType(value);
  switch (type) {
    case "bool":
      return value;
    case "f64":
    case "f32":
      // A NaN is not above.
      return lanes.emit("fgt", lanes.emit("fabs", value), lanes.constant(type, 0));
    default:
      return lanes.emit("ine", value, lanes.zero(type));
  }
}

/** The value as elements of the kind are stored: of the row's type. */
export function toElement(lanes: LaneBuilder, kind: ElementKind, value: Wide): Wide {
  const { type } = elementKinds[kind];
  const from = laneType(value);
  if (from === "bool") return toElement(lanes, kind, lanes.convert("zext", "i32", value));
  if (kind === "u8c") return clamp(lanes, value);
  if (from === type) return value;
  switch (`${from} ${type}`) {
    case "f64 f32":
      return lanes.emit("demote", value);
    case "f32 f64":
      return lanes.emit("promote", value);
    case "i32 f64":
    case "i32 f32":
      return lanes.convert("convert-s", type, value);
    case "f64 i32":
      return lanes.emit("to-int32", value);
    case "f32 i32":
      return lanes.emit("to-int32", lanes.emit("promote", value));
    default:
      throw new InternalError(`values of ${from} cannot become elements of kind ${kind}`);
  }
}

/** ToUint8Clamp: to the range first, halves to even, NaN to 0. */
function clamp(lanes: LaneBuilder, value: Wide): Wide {
  const type = laneType(value);
  const most = lanes.constant(type, 255);
  const zero = lanes.zero(type);
  if (type === "i32") {
    const atLeast = lanes.select(lanes.emit("sgt", value, zero), value, zero);
    return lanes.select(lanes.emit("slt", atLeast, most), atLeast, most);
  }
  // A NaN is not above 0. What is left is small, so any conversion will do.
  const atLeast = lanes.select(lanes.emit("fgt", value, zero), value, zero);
  const clamped = lanes.select(lanes.emit("flt", atLeast, most), atLeast, most);
  return lanes.convert("trunc-sat-s", "i32", lanes.emit("fnearest", clamped));
}

/** Stores U vectors of what `toElement` gave. Streaming stores need addresses that are multiples of the vector's size. */
export function storeElements(lanes: LaneBuilder, place: ElementPlace, stored: Wide, isStreaming = false): void {
  const { bytes, store } = elementKinds[place.kind];
  const { builder } = lanes;
  const masks = place.mask === undefined ? undefined : lanes.spread(place.mask);
  lanes.spread(stored).forEach((vector, index) => {
    const offset = index * lanes.lanes * bytes;
    const { address } = place;
    if (masks !== undefined)
      builder.maskedStore(
        store === undefined ? "masked-store" : `masked-${store}`,
        vector,
        vectorAt(masks, index),
        address,
        offset,
      );
    else if (store !== undefined) builder.storeNarrow(store, vector, address, offset);
    else if (isStreaming) builder.storeStreaming(vector, address, offset);
    else builder.store(vector, address, offset);
  });
}
