/**
 * What the lanes of one block's partials (src/vector/reduce-layout.ts) amount to, without an object for anything. Where order
 * matters, to floating-point sums and products and to variances, lanes join by pairs, level by level; a last one without a partner goes up as
 * it is.
 *
 * Variances of parts join as in Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
 * Variances" (1979).
 */
import { type Accumulation, reduceLanes } from "../vector/reduce-layout.ts";

/** A block's words, as they may be read. */
export interface PartialWords {
  readonly floats: Float64Array;
  /** The low half of each word, then the high one. */
  readonly halves: Int32Array;
  readonly integers: BigInt64Array;
}

export function partialWords(floats: Float64Array): PartialWords {
  const { buffer, byteOffset, length } = floats;
  return {
    floats,
    halves: new Int32Array(buffer, byteOffset, 2 * length),
    integers: new BigInt64Array(buffer, byteOffset, length),
  };
}

/** One level of a tree of pairs. */
const level = new Float64Array(reduceLanes);

/** Lanes that are floats, from a word on: sum, product, least or greatest. */
export function foldFloats(accumulation: Accumulation, { floats }: PartialWords, from: number, lanes: number): number {
  switch (accumulation) {
    case "min": {
      let least = Number.POSITIVE_INFINITY;
      for (let at = from; at < from + lanes; at++) least = Math.min(least, floats[at] as number); // in the block
      return least;
    }
    case "max": {
      let greatest = Number.NEGATIVE_INFINITY;
      for (let at = from; at < from + lanes; at++) greatest = Math.max(greatest, floats[at] as number); // as above
      return greatest;
    }
    case "product":
      return multiplyPairs(floats, from, lanes);
    default:
      return addPairs(floats, from, lanes);
  }
}

/** The tree of pairs is written out over all lanes, the usual case, and a loop over fewer of them. */
function addPairs(floats: Float64Array, from: number, lanes: number): number {
  if (lanes === reduceLanes) {
    const left = addEight(floats, from) + addEight(floats, from + 8);
    return left + (addEight(floats, from + 16) + addEight(floats, from + 24));
  }
  copyLanes(floats, from, lanes);
  for (let width = lanes; width > 1; width = (width + 1) >> 1) {
    const pairs = width >> 1;
    for (let pair = 0; pair < pairs; pair++) level[pair] = level[2 * pair]! + level[2 * pair + 1]!; // below the width
    if (width % 2 === 1) level[pairs] = level[width - 1]!; // as above
  }
  return level[0]!; // there is a lane
}

function addEight(x: Float64Array, at: number): number {
  const left = x[at]! + x[at + 1]! + (x[at + 2]! + x[at + 3]!); // in the block
  return left + (x[at + 4]! + x[at + 5]! + (x[at + 6]! + x[at + 7]!)); // as above
}

function multiplyPairs(floats: Float64Array, from: number, lanes: number): number {
  if (lanes === reduceLanes) {
    const left = multiplyEight(floats, from) * multiplyEight(floats, from + 8);
    return left * (multiplyEight(floats, from + 16) * multiplyEight(floats, from + 24));
  }
  copyLanes(floats, from, lanes);
  for (let width = lanes; width > 1; width = (width + 1) >> 1) {
    const pairs = width >> 1;
    for (let pair = 0; pair < pairs; pair++) level[pair] = level[2 * pair]! * level[2 * pair + 1]!; // below the width
    if (width % 2 === 1) level[pairs] = level[width - 1]!; // as above
  }
  return level[0]!; // there is a lane
}

function multiplyEight(x: Float64Array, at: number): number {
  const left = x[at]! * x[at + 1]! * (x[at + 2]! * x[at + 3]!); // in the block
  return left * (x[at + 4]! * x[at + 5]! * (x[at + 6]! * x[at + 7]!)); // as above
}

function copyLanes(floats: Float64Array, from: number, lanes: number): void {
  for (let lane = 0; lane < lanes; lane++) level[lane] = floats[from + lane]!; // in the block
}

/** Lanes that are integers of 64 bits, but sums of few of 32 bits: their sum, which a number holds exactly. */
export function addSmall({ halves }: PartialWords, from: number, lanes: number): number {
  let sum = 0;
  for (let at = 2 * from; at < 2 * (from + lanes); at += 2)
    sum += (halves[at + 1] as number) * 0x1_0000_0000 + ((halves[at] as number) >>> 0); // in the block
  return sum;
}

/** Lanes that are integers of 64 bits. */
export function foldWide(accumulation: Accumulation, { integers }: PartialWords, from: number, lanes: number): bigint {
  let all = integers[from] as bigint; // there is a lane
  for (let at = from + 1; at < from + lanes; at++) all = joinWide(accumulation, all, integers[at] as bigint); // in the block
  return all;
}

export function joinWide(accumulation: Accumulation, left: bigint, right: bigint): bigint {
  switch (accumulation) {
    case "product":
      return BigInt.asIntN(64, left * right);
    case "min":
      return left < right ? left : right;
    case "max":
      return left > right ? left : right;
    default:
      return BigInt.asIntN(64, left + right);
  }
}

/** The lane of the least or greatest value, as `Math.min` and `Math.max` have it; of equals the one of the lowest row. */
export function bestLane(
  isMin: boolean,
  isWide: boolean,
  { floats, integers, halves }: PartialWords,
  from: number,
  lanes: number,
): number {
  const rows = from + reduceLanes;
  let best = 0;
  for (let lane = 1; lane < lanes; lane++) {
    const order = isWide
      ? compareWide(integers[from + lane] as bigint, integers[from + best] as bigint) // in the block
      : compareFloats(floats[from + lane] as number, floats[from + best] as number, isMin); // as above
    const sooner = isMin ? order < 0 : order > 0;
    const isEarlier = (halves[2 * (rows + lane)] as number) < (halves[2 * (rows + best)] as number); // row numbers in a block are small
    if (sooner || (order === 0 && isEarlier)) best = lane;
  }
  return best;
}

const compareWide = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Negative if `a` is less: -0 is less than 0, and NaN, which both `Math.min` and `Math.max` give, is beyond all. */
export function compareFloats(a: number, b: number, isMin: boolean): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : isMin ? -1 : 1;
  if (Number.isNaN(b)) return isMin ? 1 : -1;
  if (a !== 0) return 0;
  return Math.sign(1 / a - 1 / b) || 0; // of zeros: by their signs; equal infinities make NaN
}

/** What some values amount to: mean, number, and the sum of the squares of their distances from the mean. */
export class Moments {
  mean = 0;
  count = 0;
  squares = 0;

  set(mean: number, count: number, squares: number): void {
    this.mean = mean;
    this.count = count;
    this.squares = squares;
  }

  copy({ mean, count, squares }: Moments): void {
    this.set(mean, count, squares);
  }

  /** Adds the values behind. */
  join(right: Moments): void {
    const count = this.count + right.count;
    const distance = right.mean - this.mean;
    const share = right.count / count;
    this.set(
      this.mean + distance * share,
      count,
      this.squares + right.squares + distance * distance * this.count * share,
    );
  }
}

const momentsOfLanes = Array.from({ length: reduceLanes }, () => new Moments());

/** The moments of a block of `rows` rows. They are overwritten by the next. */
export function foldMoments({ floats }: PartialWords, from: number, rows: number): Moments {
  const lanes = Math.min(rows, reduceLanes);
  const of = (lane: number): Moments => momentsOfLanes[lane] as Moments; // there are as many
  for (let lane = 0; lane < lanes; lane++) {
    const count = Math.floor((rows - lane + reduceLanes - 1) / reduceLanes);
    const pivot = floats[from + lane] as number; // in the block
    const sum = floats[from + reduceLanes + lane] as number; // as above
    const squares = floats[from + 2 * reduceLanes + lane] as number; // as above
    of(lane).set(pivot + sum / count, count, squares - (sum * sum) / count);
  }
  for (let width = lanes; width > 1; width = (width + 1) >> 1)
    for (let lane = 0; lane < width; lane += 2) {
      const left = of(lane);
      if (lane + 1 < width) left.join(of(lane + 1));
      if (lane > 0) of(lane >> 1).copy(left);
    }
  return of(0);
}
