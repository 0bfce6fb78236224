/**
 * What a reduction keeps while it goes over the rows, and where: the contract between the kernels, one row at a time or many,
 * and the engine, which combines what they leave.
 *
 * Row `r`, counted from the first row of the call, belongs to block `r / reduceBlock` and there to lane `r % reduceLanes`,
 * whatever the machine's vectors are; so the result is the same to the bit for every vector width, alignment and number of
 * threads. A block's partials are words of 8 bytes, the aggregates one after the other:
 *
 *     block b:   aggregate 0, word 0: lanes 0 … 31 | aggregate 0, word 1: … | aggregate 1, word 0: … | …
 *
 * Every word holds its identity before the kernel runs. A kernel may go on from there or start from the identity: both are the
 * same bits. Calls of kernels start at multiples of `reduceBlock`. Kernels combine nothing.
 */
import type { Scalar } from "../ir/types.ts";

/** Virtual lanes. */
export const reduceLanes = 32;
/** Rows of a block, a multiple of the lanes. */
export const reduceBlock = 16384;

/** What is kept of a row's values. */
export type Accumulation =
  | "sum" // f64 of floats; of integers and booleans an i64, which wraps
  | "product" // f64; of i64 an i64, which wraps
  | "min" // fmin or fmax, as Math.min and Math.max; f64, of i64 an i64
  | "max"
  | "count" // of the truthy values: neither zero nor NaN
  | "any" // the same as count
  | "all"
  | "argmin" // value as min, and the row's number in its block; -1 before the first. The first of equals stays. Better: NaN, then as Math.min orders
  | "argmax"
  | "variance"; // pivot: the lane's first value in the block; sum of (x - pivot), sum of its squares, all f64, not contracted

export type AccumulatorWord = "f64" | "i64";

export interface AccumulatorRow {
  readonly words: readonly AccumulatorWord[];
  readonly identity: readonly (number | bigint)[];
}

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

/** The words of an accumulation of values of a type. */
export function accumulatorOf(accumulation: Accumulation, type: Scalar): AccumulatorRow {
  const isWide = type === "i64";
  switch (accumulation) {
    case "sum":
      return type === "f64" || type === "f32" ? one("f64", 0) : one("i64", 0n);
    case "product":
      return isWide ? one("i64", 1n) : one("f64", 1);
    case "min":
      return isWide ? one("i64", greatest) : one("f64", Number.POSITIVE_INFINITY);
    case "max":
      return isWide ? one("i64", least) : one("f64", Number.NEGATIVE_INFINITY);
    case "count":
    case "any":
    case "all":
      return one("i64", 0n);
    case "argmin":
    case "argmax":
      return isWide ? { words: ["i64", "i64"], identity: [0n, -1n] } : { words: ["f64", "i64"], identity: [0, -1n] };
    case "variance":
      return { words: ["f64", "f64", "f64"], identity: [0, 0, 0] };
  }
}

function one(word: AccumulatorWord, identity: number | bigint): AccumulatorRow {
  return { words: [word], identity: [identity] };
}

/** Where an aggregate's words start, in words from its block's start, and how many words a block has. */
export function layoutOf(rows: readonly AccumulatorRow[]): {
  readonly starts: readonly number[];
  readonly words: number;
} {
  const starts: number[] = [];
  let words = 0;
  for (const row of rows) {
    starts.push(words);
    words += row.words.length * reduceLanes;
  }
  return { starts, words };
}
