/**
 * Reductions whose partials are single numbers (src/vector/reduce-layout.ts), of a few blocks: what `Combination` would make of
 * them, by the same tree, without an object for anything. All share one memory for partials, since one follows the other.
 */
import type { NumberType } from "../lang/javascript/tree.ts";
import { type Accumulation, accumulatorOf, layoutOf, reduceBlock, reduceLanes } from "../vector/reduce-layout.ts";
import { type Answer, accumulationsOf, joinNumbers, kept, type ReductionName } from "./combination.ts";

/** Blocks that memory is made for. */
const mostBlocks = 256;
/** Rows that one call reduces at most. Sums of so many i32 are exact in an f64. */
export const mostReducedRows: number = mostBlocks * reduceBlock;

let partials = new Float64Array(0);
let halves = new Int32Array(0);
const lanes = new Float64Array(reduceLanes);
/** Values of complete trees, one for each bit of the number of blocks so far. */
const trees = new Float64Array(Math.log2(mostBlocks) + 1);

function makeRoom(words: number): void {
  partials = new Float64Array(Math.max(words, 2 * partials.length));
  halves = new Int32Array(partials.buffer);
}

export class Reduction {
  readonly #names: readonly ReductionName[];
  readonly #accumulations: readonly Accumulation[];
  readonly #starts: readonly number[];
  /** By accumulation: what its words hold before, and whether they are integers of 64 bits. */
  readonly #identities: readonly number[];
  readonly #areIntegers: readonly boolean[];
  /** Words of a block. */
  readonly words: number;

  /** None where values are not single numbers. */
  static of(type: NumberType | "bool", names: readonly ReductionName[]): Reduction | undefined {
    const rows = accumulationsOf(names).map((accumulation) => accumulatorOf(accumulation, type));
    return type === "i64" || rows.some(({ words }) => words.length > 1) ? undefined : new Reduction(type, names);
  }

  private constructor(type: NumberType | "bool", names: readonly ReductionName[]) {
    this.#names = names;
    this.#accumulations = accumulationsOf(names);
    const rows = this.#accumulations.map((accumulation) => accumulatorOf(accumulation, type));
    const { starts, words } = layoutOf(rows);
    this.#starts = starts;
    this.words = words;
    this.#identities = rows.map(({ identity }) => Number(identity[0]));
    this.#areIntegers = rows.map((row) => row.words[0] === "i64");
  }

  /** Where a kernel leaves the partials of so many rows, with identities in it. */
  begin(rows: number): Float64Array {
    const blocks = Math.ceil(rows / reduceBlock);
    if (blocks * this.words > partials.length) makeRoom(blocks * this.words);
    this.#clear(partials, blocks);
    return partials;
  }

  /** Writes identities over all blocks. */
  clear(memory: Float64Array): void {
    this.#clear(memory, memory.length / this.words);
  }

  #clear(memory: Float64Array, blocks: number): void {
    for (let index = 0; index < this.#identities.length; index++) {
      const identity = this.#identities[index] ?? 0;
      const start = this.#starts[index] ?? 0;
      for (let block = 0; block < blocks; block++) {
        const from = block * this.words + start;
        for (let lane = 0; lane < reduceLanes; lane++) memory[from + lane] = identity;
      }
    }
  }

  /** The answer to a name, of the partials that a kernel has left of so many rows. */
  answer(name: number, rows: number): Answer {
    const word = this.#names[name] ?? "sum";
    const total = this.#total(this.#accumulations.indexOf(kept[word]), rows);
    if (word === "mean") return total / rows;
    if (word === "any") return total > 0;
    return word === "all" ? total === rows : total;
  }

  #total(index: number, rows: number): number {
    const accumulation = this.#accumulations[index] ?? "sum";
    const start = this.#starts[index] ?? 0;
    const areIntegers = this.#areIntegers[index] === true;
    const blocks = Math.ceil(rows / reduceBlock);
    let height = 0;
    for (let block = 0; block < blocks; block++) {
      const count = Math.min(rows - block * reduceBlock, reduceLanes);
      let value = fold(accumulation, block * this.words + start, count, areIntegers);
      // Trees of equal size become one, as carries in a binary counter.
      for (let carry = block; carry % 2 === 1; carry >>= 1)
        value = joinNumbers(accumulation, trees[--height] as number, value); // as many trees as bits
      trees[height++] = value;
    }
    let total = trees[--height] as number; // there is a block
    while (height > 0) total = joinNumbers(accumulation, trees[--height] as number, total); // as above
    return total;
  }
}

/** Folds the lanes of a block by pairs. */
function fold(accumulation: Accumulation, from: number, count: number, areIntegers: boolean): number {
  if (areIntegers)
    for (let lane = 0; lane < count; lane++) {
      const at = 2 * (from + lane);
      lanes[lane] = (halves[at + 1] as number) * 0x1_0000_0000 + ((halves[at] as number) >>> 0); // in the block
    }
  else if (count === reduceLanes && accumulation === "sum") return foldSums(from);
  else for (let lane = 0; lane < count; lane++) lanes[lane] = partials[from + lane] as number; // as above
  for (let width = count; width > 1; width = (width + 1) >> 1)
    for (let lane = 0; lane < width; lane += 2) {
      const left = lanes[lane] as number; // below the width
      lanes[lane >> 1] = lane + 1 < width ? joinNumbers(accumulation, left, lanes[lane + 1] as number) : left; // as above
    }
  return lanes[0] as number; // there is a lane
}

/** The same of the sums of all 32 lanes, which is what most calls ask for. */
function foldSums(from: number): number {
  return sumOf8(from) + sumOf8(from + 8) + (sumOf8(from + 16) + sumOf8(from + 24));
}

function sumOf8(at: number): number {
  const words = partials;
  const first = (words[at] as number) + (words[at + 1] as number); // these are lanes of a block
  const second = (words[at + 2] as number) + (words[at + 3] as number);
  const third = (words[at + 4] as number) + (words[at + 5] as number);
  const fourth = (words[at + 6] as number) + (words[at + 7] as number);
  return first + second + (third + fourth);
}
