/**
 * The typed arrays that columns may be, one row each. Typed arrays are told apart by their intrinsic properties, which
 * neither subclasses nor other realms can fake.
 */
import type { ArrayKind } from "../lang/javascript/array-kinds.ts";
import type { NumberType } from "../lang/javascript/tree.ts";
import type { ElementKind } from "../vector/element-kinds.ts";

export type { ElementKind };

/** The typed arrays that columns and results may be. */
export type ColumnArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array;

export interface ElementRow {
  readonly array: ArrayKind;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly make: (length: number) => ColumnArray;
  /** A view of memory at a multiple of the element's size. */
  readonly view: (buffer: ArrayBufferLike, byteOffset: number, length: number) => ColumnArray;
}

interface ColumnConstructor {
  new (length: number): ColumnArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ColumnArray;
}

function row(array: ArrayKind, bytes: ElementRow["bytes"], Kind: ColumnConstructor): ElementRow {
  return {
    array,
    bytes,
    make: (length) => new Kind(length),
    view: (buffer, byteOffset, length) => new Kind(buffer, byteOffset, length),
  };
}

export const elementKinds: Readonly<Record<ElementKind, ElementRow>> = {
  i8: row("Int8Array", 1, Int8Array),
  u8: row("Uint8Array", 1, Uint8Array),
  u8c: row("Uint8ClampedArray", 1, Uint8ClampedArray),
  i16: row("Int16Array", 2, Int16Array),
  u16: row("Uint16Array", 2, Uint16Array),
  i32: row("Int32Array", 4, Int32Array),
  u32: row("Uint32Array", 4, Uint32Array),
  f32: row("Float32Array", 4, Float32Array),
  f64: row("Float64Array", 8, Float64Array),
  i64: row("BigInt64Array", 8, BigInt64Array),
};

const kindsByArray: ReadonlyMap<string, ElementKind> = new Map(
  Object.entries(elementKinds).map(([kind, { array }]) => [array, kind as ElementKind]), // its own keys
);

/** The arrays' names, for messages. */
export const arrayNames: string = [...kindsByArray.keys()].join(", ");
export const numberArrayNames: string = [...kindsByArray.keys()].filter((name) => !name.startsWith("Big")).join(", ");

/** Arrays that are none of these yet, and why. */
export const refusedArrays: ReadonlyMap<string, string> = new Map([
  ["BigUint64Array", "its elements are of no type of the language; view its buffer as a BigInt64Array"],
  ["Float16Array", "its elements are of no type of the language; convert it to a Float32Array"],
]);

/** The array that results of a type stand in, if nobody asks for another. */
export function resultKind(type: NumberType | "bool"): ElementKind {
  return type === "bool" ? "u8" : type;
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const nameGetter = getterOf(Symbol.toStringTag);
const lengthGetter = getterOf("length");
const bufferGetter = getterOf("buffer");
const offsetGetter = getterOf("byteOffset");

function getterOf(key: string | symbol): (this: unknown) => unknown {
  const getter = Object.getOwnPropertyDescriptor(typedArray, key)?.get;
  if (getter === undefined) throw new TypeError(`this JavaScript engine's typed arrays have no ${String(key)}`);
  return getter;
}

/** The name of a typed array's kind, such as `Float64Array`; undefined for everything else. */
export function arrayNameOf(value: unknown): string | undefined {
  const name = nameGetter.call(value);
  return typeof name === "string" ? name : undefined;
}

/** The kind of a column's elements, or undefined for what is no such array. */
export function elementKindOf(value: unknown): ElementKind | undefined {
  switch (nameGetter.call(value)) {
    case "Float64Array":
      return "f64";
    case "Int32Array":
      return "i32";
    case "Float32Array":
      return "f32";
    case "Uint8Array":
      return "u8";
    case "BigInt64Array":
      return "i64";
    case "Int16Array":
      return "i16";
    case "Uint16Array":
      return "u16";
    case "Uint32Array":
      return "u32";
    case "Int8Array":
      return "i8";
    case "Uint8ClampedArray":
      return "u8c";
    default:
      return undefined;
  }
}

/** How many elements a typed array has now; 0 also where its memory is gone. */
export const lengthOf = (array: ArrayBufferView): number => lengthGetter.call(array) as number; // its type says so
export const bufferOf = (array: ArrayBufferView): ArrayBufferLike => bufferGetter.call(array) as ArrayBufferLike; // as above
export const byteOffsetOf = (array: ArrayBufferView): number => offsetGetter.call(array) as number; // as above

/** The length of an array whose memory is there; throws `TypeError` where it is not. */
export function attachedLength(what: string, array: ArrayBufferView): number {
  const length = lengthOf(array);
  if (length > 0) return length;
  try {
    // Throws for a detached buffer, and for a view that a shrunk buffer no longer holds.
    Uint8Array.prototype.keys.call(array);
  } catch {
    throw new TypeError(`the memory of ${what} is gone: its buffer was transferred or has shrunk`);
  }
  return length;
}

/** The elements from `start` to `end`, as a view of the same memory. */
export function viewOf(array: ColumnArray, kind: ElementKind, start: number, end: number): ColumnArray {
  const { view, bytes } = elementKinds[kind];
  return view(bufferOf(array), byteOffsetOf(array) + start * bytes, end - start);
}
