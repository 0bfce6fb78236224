/** Random columns for tests of kernels: typed arrays of every kind with the values at which conversions go wrong. */
import fc from "fast-check";
import type { ElementKind } from "../../src/vector/element-kinds.ts";

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

const constructors = {
  i8: Int8Array,
  u8: Uint8Array,
  u8c: Uint8ClampedArray,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
} as const;

export const allKinds = Object.keys(constructors) as ElementKind[]; // its keys
export const numberKinds = allKinds.filter((kind) => kind !== "i64");

const numbers = [
  ...[0, -0, 1, -1, 2, 3, 0.5, -0.5, 1.5, 2.5, -2.5, 254.5, 255.5, 256, 127.5, -128.5, 65535.5],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 31) - 1],
  ...[2 ** 53, 2 ** 63, 1e300, Number.MIN_VALUE, 7, -7, 10, 100, 0.1, 3.75, -6.25],
];
const bigints = [0n, 1n, -1n, 2n, 7n, -7n, 100n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];

/** A column: element `i` is what the kind makes of the list's next number. */
export function columnOf(kind: ElementKind, length: number, seeds: readonly number[]): ColumnArray {
  const seed = (index: number) => (seeds[index % seeds.length] ?? 0) + Math.floor(index / seeds.length);
  if (kind === "i64") return BigInt64Array.from({ length }, (_, index) => bigints[seed(index) % bigints.length] ?? 0n);
  const values = Array.from({ length }, (_, index) => numbers[seed(index) % numbers.length] ?? 0);
  return constructors[kind].from(values);
}

export function emptyColumn(kind: ElementKind, length: number): ColumnArray {
  return new constructors[kind](length);
}

/** Lengths around the numbers of lanes. */
export const lengths: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom(31, 32, 33, 63, 64, 65, 127, 128, 129, 150),
);

export const seedLists: fc.Arbitrary<readonly number[]> = fc.array(fc.nat({ max: 60 }), {
  minLength: 3,
  maxLength: 17,
});

/** Memory for the interpreter, with a call context of zeros at its start, into which arrays are laid at their own alignment. */
export class ColumnMemory {
  readonly address = 0x1_0000n;
  readonly bytes: Uint8Array;
  #next = 1024;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** Copies an array in, `gap` elements behind the last; gives its address. */
  place(array: ColumnArray, gap = 1): bigint {
    const width = array.BYTES_PER_ELEMENT;
    const at = Math.ceil(this.#next / width) * width + gap * width;
    this.bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    this.#next = at + array.byteLength;
    return this.address + BigInt(at);
  }

  /** What stands at an address now, as elements of the array's kind. */
  read<Column extends ColumnArray>(array: Column, address: bigint): Column {
    const at = Number(address - this.address);
    const copy = array.slice();
    new Uint8Array(copy.buffer).set(this.bytes.subarray(at, at + array.byteLength));
    return copy as Column; // a copy of it
  }
}
