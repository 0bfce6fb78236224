/** Numbers and arrays by chance, the same ones for the same seed. */

export interface Draw {
  /** A whole number, both ends included. */
  readonly int: (low: number, high: number) => number;
  /** A finite number. */
  readonly float: () => number;
  /** Any number, and often a hard one. */
  readonly number: () => number;
  readonly i32: () => number;
  /** A BigInt of 64 bits, often a hard one. */
  readonly big: () => bigint;
}

const specials = [0, -0, 1, -1, 0.5, -1.5, 65535, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e308, 5e-324];
const numbers = [...specials, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const bigints64 = [0n, 1n, -1n, 2n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  /** From 0 below 1: a linear congruence whose upper bits are mixed into the lower ones. */
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 12)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const oneOf = <Value>(list: readonly Value[]): Value => list[int(0, list.length - 1)] as Value; // in range
  const float = (): number =>
    oneOf([() => int(-100, 100), next, () => (next() - 0.5) * 10 ** int(-3, 6), () => (next() - 0.5) * 8])();
  const word = (): number => int(-(2 ** 31), 2 ** 31 - 1);
  return {
    int,
    float,
    number: () => oneOf([() => oneOf(numbers), () => int(-(2 ** 31), 2 ** 32 - 1), float])(),
    i32: () => oneOf([() => oneOf(specials) | 0, word, () => int(-9, 9)])(),
    big: () =>
      oneOf([
        () => oneOf(bigints64),
        () => BigInt(int(-1000, 1000)),
        () => BigInt.asIntN(64, (BigInt(word()) << 32n) ^ BigInt(word())),
      ])(),
  };
}

type Element = (index: number) => number;

export const float64s = (length: number, of: Element): Float64Array => Float64Array.from({ length }, (_, i) => of(i));
export const int32s = (length: number, of: Element): Int32Array => Int32Array.from({ length }, (_, i) => of(i));
export const uint8s = (length: number, of: Element): Uint8Array => Uint8Array.from({ length }, (_, i) => of(i));
export const uint32s = (length: number, of: Element): Uint32Array => Uint32Array.from({ length }, (_, i) => of(i));
export const int64s = (length: number, of: (index: number) => bigint): BigInt64Array =>
  BigInt64Array.from({ length }, (_, i) => of(i));
