/**
 * Reductions of so few blocks that one call of a kernel leaves the partials of all (src/vector/reduce-layout.ts): what `Combination`
 * makes of them, by the same trees, without an object for anything. All share one memory for partials, since one follows the other.
 */
import type { NumberType } from "../lang/javascript/tree.ts";
import { type Accumulation, accumulatorOf, layoutOf, reduceBlock, reduceLanes } from "../vector/reduce-layout.ts";
import {
  addSmall,
  bestLane,
  compareFloats,
  foldFloats,
  foldMoments,
  foldWide,
  joinWide,
  Moments,
  type PartialWords,
  partialWords,
} from "./block-folds.ts";
import { type Answer, accumulationsOf, joinNumbers, kept, type ReductionName } from "./combination.ts";

/** Blocks that memory is made for. */
const mostBlocks = 256;
/** Rows that one call reduces at most. Sums of so many i32 are exact in an f64. */
export const mostReducedRows: number = mostBlocks * reduceBlock;

let partials: PartialWords = partialWords(new Float64Array(0));
/** What complete trees amount to, one for each bit of the number of blocks so far. */
const mostTrees = Math.log2(mostBlocks) + 1;
const trees = new Float64Array(mostTrees);
const momentTrees = Array.from({ length: mostTrees }, () => new Moments());

/** By type and names: those that were asked for. */
const reductions = new Map<string, Reduction>();
const mostReductions = 200;

export class Reduction {
  readonly #names: readonly ReductionName[];
  readonly #accumulations: readonly Accumulation[];
  readonly #starts: readonly number[];
  /** By name: its accumulation. */
  readonly #places: readonly number[];
  /** By accumulation: whether its values are floats; else they are integers of 64 bits, which numbers hold unless values are i64. */
  readonly #areFloats: readonly boolean[];
  readonly #isWide: boolean;
  /** A block with identities, and the one that all of its words are, if that is a number. */
  readonly #empty: Float64Array;
  readonly #identity: number | undefined;
  /** Words of a block. */
  readonly words: number;

  static of(type: NumberType | "bool", names: readonly ReductionName[]): Reduction {
    const key = `${type} ${names.join()}`;
    let reduction = reductions.get(key);
    if (reduction === undefined) {
      reduction = new Reduction(type, names);
      if (reductions.size === mostReductions) reductions.clear();
      reductions.set(key, reduction);
    }
    return reduction;
  }

  private constructor(type: NumberType | "bool", names: readonly ReductionName[]) {
    this.#names = [...names];
    this.#accumulations = accumulationsOf(names);
    const rows = this.#accumulations.map((accumulation) => accumulatorOf(accumulation, type));
    const { starts, words } = layoutOf(rows);
    this.#starts = starts;
    this.words = words;
    this.#places = names.map((name) => this.#accumulations.indexOf(kept[name]));
    this.#areFloats = rows.map((row) => row.words[0] === "f64");
    this.#isWide = type === "i64";
    this.#empty = new Float64Array(words);
    const integers = new BigInt64Array(this.#empty.buffer);
    rows.forEach((row, index) => {
      row.words.forEach((word, number) => {
        const from = (starts[index] ?? 0) + number * reduceLanes;
        const identity = row.identity[number] ?? 0;
        if (word === "f64") this.#empty.fill(Number(identity), from, from + reduceLanes);
        else integers.fill(BigInt(identity), from, from + reduceLanes);
      });
    });
    const [first] = this.#empty;
    this.#identity = this.#empty.every((word) => Object.is(word, first)) && !Number.isNaN(first) ? first : undefined;
  }

  /** Where a kernel leaves the partials of so many rows, with identities in it. */
  begin(rows: number): Float64Array {
    const words = Math.ceil(rows / reduceBlock) * this.words;
    if (words > partials.floats.length)
      partials = partialWords(new Float64Array(Math.max(words, 2 * partials.floats.length)));
    this.#clear(partials.floats, words);
    return partials.floats;
  }

  /** Writes identities over all blocks. */
  clear(memory: Float64Array): void {
    this.#clear(memory, memory.length);
  }

  #clear(memory: Float64Array, words: number): void {
    const identity = this.#identity;
    if (identity === undefined) for (let at = 0; at < words; at += this.words) memory.set(this.#empty, at);
    else for (let at = 0; at < words; at++) memory[at] = identity;
  }

  /** The answer to a name, of the partials that a kernel has left of so many rows, the first of which is called `firstRow`. */
  answer(name: number, rows: number, firstRow: number): Answer {
    const word = this.#names[name] ?? "sum";
    const place = this.#places[name] ?? 0;
    const start = this.#starts[place] ?? 0;
    const accumulation = this.#accumulations[place] ?? "sum";
    switch (word) {
      case "argmin":
      case "argmax":
        return firstRow + this.#best(word === "argmin", start, rows);
      case "variance":
        return Math.max(this.#moments(start, rows).squares, 0) / rows;
      case "count":
        return this.#number(accumulation, false, start, rows);
      case "any":
        return this.#number(accumulation, false, start, rows) > 0;
      case "all":
        return this.#number(accumulation, false, start, rows) === rows;
      default: {
        const total = this.#isWide
          ? this.#wide(accumulation, start, rows)
          : this.#number(accumulation, this.#areFloats[place] === true, start, rows);
        return word === "mean" ? Number(total) / rows : total;
      }
    }
  }

  #number(accumulation: Accumulation, areFloats: boolean, start: number, rows: number): number {
    const blocks = Math.ceil(rows / reduceBlock);
    let height = 0;
    for (let block = 0; block < blocks; block++) {
      const lanes = Math.min(rows - block * reduceBlock, reduceLanes);
      const from = block * this.words + start;
      let value = areFloats ? foldFloats(accumulation, partials, from, lanes) : addSmall(partials, from, lanes);
      if (blocks === 1) return value;
      // Trees of equal size become one, as carries in a binary counter.
      for (let carry = block; carry % 2 === 1; carry >>= 1)
        value = joinNumbers(accumulation, trees[--height] as number, value); // as many trees as bits
      trees[height++] = value;
    }
    let total = trees[--height] as number; // there is a block
    while (height > 0) total = joinNumbers(accumulation, trees[--height] as number, total); // as above
    return total;
  }

  #wide(accumulation: Accumulation, start: number, rows: number): bigint {
    let total = foldWide(accumulation, partials, start, Math.min(rows, reduceLanes));
    for (let block = 1; block * reduceBlock < rows; block++) {
      const lanes = Math.min(rows - block * reduceBlock, reduceLanes);
      total = joinWide(accumulation, total, foldWide(accumulation, partials, block * this.words + start, lanes));
    }
    return total;
  }

  /** The row of the best value. */
  #best(isMin: boolean, start: number, rows: number): number {
    const { floats, integers, halves } = partials;
    let best = -1;
    let bestRow = -1;
    for (let block = 0; block * reduceBlock < rows; block++) {
      const from = block * this.words + start;
      const at =
        from + bestLane(isMin, this.#isWide, partials, from, Math.min(rows - block * reduceBlock, reduceLanes));
      if (best >= 0) {
        const isBetter = this.#isWide
          ? isMin
            ? (integers[at] as bigint) < (integers[best] as bigint) // in the block
            : (integers[at] as bigint) > (integers[best] as bigint) // as above
          : isBefore(compareFloats(floats[at] as number, floats[best] as number, isMin), isMin); // as above
        if (!isBetter) continue;
      }
      best = at;
      bestRow = block * reduceBlock + (halves[2 * (at + reduceLanes)] as number); // a row's number in its block is small
    }
    return bestRow;
  }

  #moments(start: number, rows: number): Moments {
    const blocks = Math.ceil(rows / reduceBlock);
    const tree = (height: number): Moments => momentTrees[height] as Moments; // as many as bits
    let height = 0;
    for (let block = 0; block < blocks; block++) {
      tree(height).copy(
        foldMoments(partials, block * this.words + start, Math.min(rows - block * reduceBlock, reduceBlock)),
      );
      for (let carry = block; carry % 2 === 1; carry >>= 1, height--) tree(height - 1).join(tree(height));
      height++;
    }
    for (height--; height > 0; height--) tree(height - 1).join(tree(height));
    return tree(0);
  }
}

const isBefore = (order: number, isMin: boolean): boolean => (isMin ? order < 0 : order > 0);
