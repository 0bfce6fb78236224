/**
 * Columns in memory of their own: `column("f64", n)` is a typed array over fresh pages, aligned to a cache line (and, if it is
 * large, to a huge page, which the system is asked for). Its memory stays where it is for as long as anything refers to its
 * buffer, whatever is done with the array, so that other threads can work on it in place.
 *
 * The buffer cannot be transferred. Its pages go back when it was collected, when the event loop turns; `releaseColumn`
 * gives the memory in them back at once and leaves the addresses, so that nothing dangles.
 */
import { MemoryError } from "../../src/base/errors.ts";
import {
  arrayNameOf,
  bufferOf,
  type ColumnArray,
  type ElementKind,
  elementKinds,
} from "../../src/engine/element-kinds.ts";
import { describe } from "../../src/engine/options.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { Mapping } from "../memory/mapping.ts";
import { adviseHugePages, giveBack, mapAnonymous, wholePages } from "../memory/system-calls.ts";

/** The array of a kind of elements. */
export type ColumnOf<Kind extends ElementKind> = {
  i8: Int8Array<ArrayBuffer>;
  u8: Uint8Array<ArrayBuffer>;
  u8c: Uint8ClampedArray<ArrayBuffer>;
  i16: Int16Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
  i64: BigInt64Array<ArrayBuffer>;
}[Kind];

export const hugePage: number = 2 * 1024 * 1024;
/** The most bytes of one column; V8's own limit on typed arrays is lower on some versions. */
const mostBytes = 2 ** 40;

interface Place {
  readonly mapping: Mapping;
  /** Where the first element is. */
  readonly start: number;
}

const places = new WeakMap<ArrayBufferLike, Place>();
const collected = new FinalizationRegistry<Mapping>((mapping) => mapping.release());

/**
 * A column of `length` elements, all 0, aligned to 64 bytes. `kind` is `f64`, `f32`, `i64`, `i32`, `u32`, `i16`, `u16`, `i8`,
 * `u8` or `u8c`. For large data: every column takes whole pages, and from 2 MiB on it starts at a huge page.
 * Throws `TypeError`, `RangeError`, `MemoryError` where the system has no memory, `UnsupportedError` elsewhere than on Linux.
 */
export function column<const Kind extends ElementKind>(kind: Kind, length: number): ColumnOf<Kind> {
  if (typeof kind !== "string" || !Object.hasOwn(elementKinds, kind))
    throw new TypeError(`column: kind is ${describe(kind)}; expected one of ${Object.keys(elementKinds).join(", ")}`);
  if (!Number.isInteger(length) || length < 0)
    throw new RangeError(`column: length is ${describe(length)}; expected a whole number of elements`);
  const { bytes, view } = elementKinds[kind];
  if (length * bytes > mostBytes)
    throw new RangeError(`column: ${length} elements are ${length * bytes} bytes; at most ${mostBytes} are accepted`);
  const buffer = mapBuffer(length * bytes);
  return view(buffer, 0, length) as ColumnOf<Kind>; // of this kind
}

/** A buffer over fresh pages, as long as asked for. */
export function mapBuffer(bytes: number): ArrayBuffer {
  const { koffi } = foreignCalls();
  const pages = wholePages(Math.max(bytes, 1));
  const isHuge = pages >= hugePage;
  const mapping = new Mapping(mapAnonymous(isHuge ? pages + hugePage : pages), isHuge ? pages + hugePage : pages);
  const start = isHuge ? Math.ceil(mapping.address / hugePage) * hugePage : mapping.address;
  let buffer: ArrayBuffer;
  try {
    if (isHuge) adviseHugePages(start, pages);
    buffer = koffi.view(BigInt(start), bytes);
  } catch (cause) {
    mapping.release();
    throw new MemoryError(`this JavaScript engine makes no buffer of ${bytes} bytes`, undefined, { cause });
  }
  places.set(buffer, { mapping, start });
  collected.register(buffer, mapping);
  return buffer;
}

/** Whether an array lies in memory from `column`. */
export function isColumn(array: ArrayBufferView): boolean {
  return places.has(bufferOf(array));
}

/** Where the memory of an array from `column` is, from its buffer's start on; undefined for others. */
export function columnStart(array: ArrayBufferView): number | undefined {
  return places.get(bufferOf(array))?.start;
}

/**
 * Gives the memory of a column back at once. The array stays usable: its elements are 0 from now on, and take memory again
 * when they are written. Throws `TypeError` for what is no column.
 */
export function releaseColumn(array: ColumnArray): void {
  if (arrayNameOf(array) === undefined)
    throw new TypeError(`releaseColumn: array is ${describe(array)}; expected an array from column()`);
  const mapping = places.get(bufferOf(array))?.mapping;
  if (mapping === undefined)
    throw new TypeError("releaseColumn: the array is none that column() made, nor a part of one");
  giveBack(mapping.address, mapping.bytes);
}
