/**
 * What the partials of blocks and lanes (src/vector/reduce-layout.ts) amount to: lanes first, then blocks, each by a tree of
 * pairs on their index. So error does not grow with the number of rows, and the order of additions is the same wherever
 * and however the blocks were computed.
 */
import { InternalError } from "../base/errors.ts";
import type { NumberType } from "../lang/javascript/tree.ts";
import {
  type Accumulation,
  type AccumulatorRow,
  accumulatorOf,
  layoutOf,
  reduceBlock,
  reduceLanes,
} from "../vector/reduce-layout.ts";
import {
  addSmall,
  bestLane,
  foldFloats,
  foldMoments,
  foldWide,
  type PartialWords,
  partialWords,
} from "./block-folds.ts";

/** What `reduce` can make of the rows' values. */
export type ReductionName =
  | "sum"
  | "mean"
  | "min"
  | "max"
  | "product"
  | "count"
  | "any"
  | "all"
  | "argmin"
  | "argmax"
  | "dot"
  | "variance";

/** What a reduction gives: BigInts where the values are, booleans for `any` and `all`, else numbers. */
export type Reduced<Name extends ReductionName, Result> = Name extends "any" | "all"
  ? boolean
  : Name extends "sum" | "product" | "min" | "max" | "dot"
    ? [Result] extends [bigint]
      ? bigint | undefined
      : number
    : number;

export type Answer = number | bigint | boolean | undefined;

/** What each reduction keeps of the rows. */
export const kept: Readonly<Record<ReductionName, Accumulation>> = {
  sum: "sum",
  mean: "sum",
  min: "min",
  max: "max",
  product: "product",
  count: "count",
  any: "any",
  all: "all",
  argmin: "argmin",
  argmax: "argmax",
  dot: "sum",
  variance: "variance",
};

export function accumulationsOf(names: readonly ReductionName[]): Accumulation[] {
  return [...new Set(names.map((name) => kept[name]))];
}

/** What a block or several amount to, of one accumulation. */
interface Summary {
  readonly value: number | bigint;
  /** Of `argmin` and its like: the row. */
  readonly row: number;
  /** Of `variance`: how many values, and the sum of the squares of their distances from the mean, which is `value`. */
  readonly count: number;
  readonly squares: number;
}

/** Collects what the kernels left of all blocks, in their order. */
export class Combination {
  readonly names: readonly ReductionName[];
  /** What kernels are to keep. */
  readonly accumulations: readonly Accumulation[];
  readonly #accumulators: readonly AccumulatorRow[];
  readonly #starts: readonly number[];
  readonly type: NumberType | "bool";
  /** Words of a block. */
  readonly words: number;
  /** By accumulation: complete trees, the largest first; at the same place in `#sizes` how many blocks they hold. */
  readonly #trees: Summary[][];
  readonly #sizes: number[][];
  readonly #identity: Float64Array;

  constructor(type: NumberType | "bool", names: readonly ReductionName[]) {
    this.type = type;
    this.names = names;
    this.accumulations = accumulationsOf(names);
    this.#accumulators = this.accumulations.map((accumulation) => accumulatorOf(accumulation, type));
    const { starts, words } = layoutOf(this.#accumulators);
    this.#starts = starts;
    this.words = words;
    this.#trees = this.accumulations.map(() => []);
    this.#sizes = this.accumulations.map(() => []);
    this.#identity = this.#identityOfBlock();
  }

  #identityOfBlock(): Float64Array {
    const floats = new Float64Array(this.words);
    const integers = new BigInt64Array(floats.buffer);
    this.#accumulators.forEach(({ words, identity }, index) => {
      words.forEach((word, number) => {
        const from = (this.#starts[index] ?? 0) + number * reduceLanes;
        const value = identity[number] ?? 0;
        if (word === "f64") floats.fill(Number(value), from, from + reduceLanes);
        else integers.fill(BigInt(value), from, from + reduceLanes);
      });
    });
    return floats;
  }

  /** Room for the partials of so many rows, with identities in them. */
  partials(rows: number): Float64Array {
    const partials = new Float64Array(Math.ceil(rows / reduceBlock) * this.words);
    this.clear(partials);
    return partials;
  }

  /** Writes identities over all blocks. */
  clear(bytes: Float64Array): void {
    for (let at = 0; at < bytes.length; at += this.words) bytes.set(this.#identity, at);
  }

  /** The same so far; what is added to one is not in the other. */
  copy(): Combination {
    const copy = new Combination(this.type, this.names);
    for (const [index, trees] of this.#trees.entries()) copy.#trees[index] = [...trees];
    for (const [index, sizes] of this.#sizes.entries()) copy.#sizes[index] = [...sizes];
    return copy;
  }

  /** Adds the next blocks: `count` rows, the first of which is called `first`. */
  add(words: Float64Array, first: number, count: number): void {
    const partials = partialWords(words);
    for (let block = 0; block * reduceBlock < count; block++) {
      const start = block * this.words;
      const rows = Math.min(count - block * reduceBlock, reduceBlock);
      this.accumulations.forEach((accumulation, index) => {
        const from = start + (this.#starts[index] ?? 0);
        this.#push(
          accumulation,
          index,
          this.#block(accumulation, index, partials, from, rows, first + block * reduceBlock),
        );
      });
    }
  }

  /** What a block of `rows` rows amounts to; the first one is called `first`. */
  #block(
    accumulation: Accumulation,
    index: number,
    words: PartialWords,
    from: number,
    rows: number,
    first: number,
  ): Summary {
    const lanes = Math.min(rows, reduceLanes);
    const isWide = this.type === "i64";
    switch (accumulation) {
      case "argmin":
      case "argmax": {
        const at = from + bestLane(accumulation === "argmin", isWide, words, from, lanes);
        const value = (isWide ? words.integers[at] : words.floats[at]) ?? 0;
        return { value, row: first + (words.halves[2 * (at + reduceLanes)] ?? 0), count: 0, squares: 0 };
      }
      case "variance": {
        const { mean, count, squares } = foldMoments(words, from, rows);
        return { value: mean, row: 0, count, squares };
      }
      default:
        return { value: this.#foldNumbers(accumulation, index, words, from, lanes), row: 0, count: 0, squares: 0 };
    }
  }

  /** Sums of 32-bit integers in a block fit numbers, but those of many blocks do not. */
  #foldNumbers(
    accumulation: Accumulation,
    index: number,
    words: PartialWords,
    from: number,
    lanes: number,
  ): number | bigint {
    if (this.#accumulators[index]?.words[0] === "f64") return foldFloats(accumulation, words, from, lanes);
    const isSmall = this.type !== "i64" || isCount(accumulation);
    return isSmall ? BigInt(addSmall(words, from, lanes)) : foldWide(accumulation, words, from, lanes);
  }

  /** Trees of equal size become one, as carries in a binary counter. */
  #push(accumulation: Accumulation, index: number, block: Summary): void {
    const trees = this.#trees[index];
    const sizes = this.#sizes[index];
    if (trees === undefined || sizes === undefined) throw new InternalError("a reduction without a place");
    let summary = block;
    let size = 1;
    while (sizes.at(-1) === size) {
      const left = trees.pop();
      sizes.pop();
      if (left === undefined) break;
      summary = joinSummaries(accumulation, left, summary);
      size *= 2;
    }
    trees.push(summary);
    sizes.push(size);
  }

  /** The reductions, in the order of their names. */
  answers(rows: number): Answer[] {
    const totals = this.accumulations.map((accumulation, index) => {
      const trees = this.#trees[index] ?? [];
      return trees.reduceRight<Summary | undefined>(
        (right, left) => (right === undefined ? left : joinSummaries(accumulation, left, right)),
        undefined,
      );
    });
    return this.names.map((name) => {
      const index = this.accumulations.indexOf(kept[name]);
      return answerOf(name, this.type, totals[index], this.#accumulators[index]?.identity[0] ?? 0, rows);
    });
  }
}

function isCount(accumulation: Accumulation): boolean {
  return accumulation === "count" || accumulation === "any" || accumulation === "all";
}

export function joinNumbers(accumulation: Accumulation, left: number, right: number): number {
  switch (accumulation) {
    case "product":
      return left * right;
    case "min":
      return Math.min(left, right);
    case "max":
      return Math.max(left, right);
    default:
      return left + right;
  }
}

function joinSummaries(accumulation: Accumulation, left: Summary, right: Summary): Summary {
  switch (accumulation) {
    case "sum":
    case "count":
    case "any":
    case "all":
      return { ...left, value: add(left.value, right.value) };
    case "product":
      return { ...left, value: multiply(left.value, right.value) };
    case "min":
    case "max":
      return { ...left, value: best(accumulation, left.value, right.value) };
    case "argmin":
    case "argmax": {
      const winner = best(accumulation === "argmin" ? "min" : "max", left.value, right.value);
      const isLeft = Object.is(winner, left.value);
      const isRight = Object.is(winner, right.value);
      return isLeft && (!isRight || left.row < right.row) ? left : right;
    }
    case "variance": {
      const count = left.count + right.count;
      const distance = Number(right.value) - Number(left.value);
      const share = right.count / count;
      return {
        value: Number(left.value) + distance * share,
        row: 0,
        count,
        squares: left.squares + right.squares + distance * distance * left.count * share,
      };
    }
  }
}

function add(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "bigint" && typeof right === "bigint") return BigInt.asIntN(64, left + right);
  return Number(left) + Number(right);
}

function multiply(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "bigint" && typeof right === "bigint") return BigInt.asIntN(64, left * right);
  return Number(left) * Number(right);
}

function best(which: "min" | "max", left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "bigint" && typeof right === "bigint")
    return which === "min" ? (left < right ? left : right) : left > right ? left : right;
  return Math[which](Number(left), Number(right));
}

/** The answer of a reduction; `total` is undefined where there were no rows. */
function answerOf(
  name: ReductionName,
  type: NumberType | "bool",
  total: Summary | undefined,
  identity: number | bigint,
  rows: number,
): Answer {
  const value = total?.value ?? identity;
  const isWide = type === "i64";
  switch (name) {
    case "sum":
    case "dot":
    case "product":
      return isWide ? value : Number(value);
    case "mean":
      return Number(value) / rows;
    case "min":
    case "max":
      // No BigInt is above or below all others.
      return isWide ? (total === undefined ? undefined : value) : Number(value);
    case "count":
      return Number(value);
    case "any":
      return Number(value) > 0;
    case "all":
      return Number(value) === rows;
    case "argmin":
    case "argmax":
      return total === undefined ? -1 : total.row;
    case "variance":
      return total === undefined ? Number.NaN : Math.max(total.squares, 0) / rows;
  }
}
