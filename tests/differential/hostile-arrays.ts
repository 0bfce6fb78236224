/** Typed arrays in every kind of memory that JavaScript has, for tests of columns: each `place` copies values to where few expect them. */
import { runInNewContext } from "node:vm";
import { column } from "../../node/index.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { type ColumnArray, emptyColumn } from "./column-samples.ts";

type View = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => ColumnArray;
const viewsOf = (globals: typeof globalThis): Readonly<Record<ElementKind, View>> =>
  ({
    i8: globals.Int8Array,
    u8: globals.Uint8Array,
    u8c: globals.Uint8ClampedArray,
    i16: globals.Int16Array,
    u16: globals.Uint16Array,
    i32: globals.Int32Array,
    u32: globals.Uint32Array,
    f32: globals.Float32Array,
    f64: globals.Float64Array,
    i64: globals.BigInt64Array,
  }) as Readonly<Record<ElementKind, View>>; // constructors have more forms than this one
export const views = viewsOf(globalThis);

/** Constructors of another realm. */
const realm = runInNewContext("globalThis") as typeof globalThis;
const foreignViews = viewsOf(realm);
const Resizable = ArrayBuffer as unknown as new (bytes: number, limit: object) => ArrayBuffer; // ES2024
const Growable = SharedArrayBuffer as unknown as new (bytes: number, limit: object) => SharedArrayBuffer; // as above

/** A view some elements into a larger buffer, with other bytes around it. */
function viewIn(
  make: (bytes: number) => ArrayBufferLike,
  kind: ElementKind,
  length: number,
  from: number,
): ColumnArray {
  const width = views[kind].prototype.BYTES_PER_ELEMENT;
  const buffer = make(width * (length + from + 3));
  new Uint8Array(buffer).fill(0xa5);
  return new views[kind](buffer, width * from, length);
}

type Place = (kind: ElementKind, length: number, from: number) => ColumnArray;

/** By name; all have room for `length` elements of a kind. */
export const places: Readonly<Record<string, Place>> = {
  own: (kind, length) => emptyColumn(kind, length),
  view: (kind, length, from) => viewIn((bytes) => new ArrayBuffer(bytes), kind, length, from),
  shared: (kind, length, from) => viewIn((bytes) => new SharedArrayBuffer(bytes), kind, length, from),
  "a clone of shared memory": (kind, length, from) =>
    viewIn((bytes) => structuredClone(new SharedArrayBuffer(bytes)), kind, length, from),
  resizable: (kind, length, from) =>
    viewIn((bytes) => new Resizable(bytes, { maxByteLength: bytes + 4096 }), kind, length, from),
  growable: (kind, length, from) =>
    viewIn((bytes) => new Growable(bytes, { maxByteLength: bytes + 4096 }), kind, length, from),
  "as long as its buffer": (kind, length, from) => {
    const width = views[kind].prototype.BYTES_PER_ELEMENT;
    const buffer = new Resizable(width * (length + from), { maxByteLength: 1 << 20 });
    return new views[kind](buffer, width * from);
  },
  "a subclass": (kind, length) => {
    class Named extends (views[kind] as unknown as typeof Float64Array) {
      override get length(): number {
        return 3;
      }
      override get byteOffset(): number {
        return 8;
      }
      override get buffer(): ArrayBuffer {
        return new ArrayBuffer(0);
      }
      override get [Symbol.toStringTag](): "Float64Array" {
        return "Float64Array";
      }
      static get [Symbol.species](): never {
        throw new Error("nobody should make arrays of this kind");
      }
    }
    return new Named(emptyColumn(kind, length).buffer as ArrayBuffer);
  },
  "another realm's": (kind, length, from) => {
    const width = views[kind].prototype.BYTES_PER_ELEMENT;
    return new foreignViews[kind](new realm.ArrayBuffer(width * (length + from)), width * from, length);
  },
  "column()": (kind, length) => (length === 0 ? emptyColumn(kind, 0) : column(kind, length)),
  "part of column()": (kind, length, from) =>
    column(kind, length + from + 1).subarray(from, from + length) as ColumnArray, // of a kind
  "a Buffer": (kind, length) => {
    const width = views[kind].prototype.BYTES_PER_ELEMENT;
    const pool = Buffer.alloc(width * length + 8);
    if (kind === "u8") return pool.subarray(3, 3 + length) as Uint8Array; // it is one
    return new views[kind](pool.buffer, Math.ceil(pool.byteOffset / 8) * 8, length);
  },
};
export const placeNames: readonly string[] = Object.keys(places);

/** Copies an array to such a place. */
export function placed(array: ColumnArray, kind: ElementKind, place: string, from: number): ColumnArray {
  const copy = (places[place] as Place)(kind, array.length, from); // one of them
  const length = trueLength(copy);
  for (let row = 0; row < length; row++) copy[row] = array[row] as never; // of the same kind
  return copy;
}

const prototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const lengthOf = Object.getOwnPropertyDescriptor(prototype, "length")?.get as (this: unknown) => number; // a getter
/** What a subclass cannot say otherwise. */
export const trueLength = (array: ColumnArray): number => lengthOf.call(array);

/** The elements, whatever a subclass says. */
export function elementsOf(array: ColumnArray): (number | bigint)[] {
  return Array.from({ length: trueLength(array) }, (_, row) => array[row] as number | bigint); // in range
}
