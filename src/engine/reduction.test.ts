import { expect, test } from "vitest";
import { accumulatorOf, layoutOf, reduceBlock, reduceLanes } from "../vector/reduce-layout.ts";
import { accumulationsOf, Combination, type ReductionName } from "./combination.ts";
import { reductionNames } from "./reduce.ts";
import { Reduction } from "./reduction.ts";

const specials = [0, -0, 1, -1, 1.5, 0.1, 1e300, -1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, 3];

let state = 1729;
const draw = (below: number): number => {
  state = (state * 48_271) % 2_147_483_647; // Park and Miller's
  return state % below;
};

/** Partials as a kernel may leave them. */
function fill(words: Float64Array, type: "f64" | "i32" | "i64", names: readonly ReductionName[], rows: number): void {
  const integers = new BigInt64Array(words.buffer, words.byteOffset, words.length);
  const accumulations = accumulationsOf(names);
  const rowsOf = accumulations.map((accumulation) => accumulatorOf(accumulation, type));
  const { starts, words: perBlock } = layoutOf(rowsOf);
  const hasNaN = draw(3) === 0;
  for (let block = 0; block * reduceBlock < rows; block++)
    accumulations.forEach((accumulation, index) => {
      rowsOf[index]?.words.forEach((word, number) => {
        for (let lane = 0; lane < Math.min(rows - block * reduceBlock, reduceLanes); lane++) {
          const at = block * perBlock + (starts[index] ?? 0) + number * reduceLanes + lane;
          const special = specials[draw(specials.length)] ?? 0;
          if (word === "f64") words[at] = Number.isNaN(special) && !hasNaN ? 2 : special;
          else if (accumulation === "argmin" || accumulation === "argmax")
            integers[at] = number === 1 ? BigInt(32 * draw(20) + lane) : BigInt(draw(5) - 2);
          else if (accumulation === "count" || accumulation === "any" || accumulation === "all")
            integers[at] = BigInt(draw(513));
          else integers[at] = type === "i64" ? BigInt(draw(7) - 3) * 2n ** BigInt(draw(62)) : BigInt(draw(1 << 20));
        }
      });
    });
}

test("a reduction and a combination of the same partials have the same answers", () => {
  for (let round = 0; round < 300; round++) {
    const type = (["f64", "i32", "i64"] as const)[draw(3)] ?? "f64";
    const names = reductionNames.filter(() => draw(3) === 0);
    if (names.length === 0) continue;
    const rows =
      [1, 7, 31, 32, 33, 1000, reduceBlock, reduceBlock + 5, 3 * reduceBlock, 6 * reduceBlock + 33][draw(10)] ?? 1;
    const first = draw(2) * 1000;
    const reduction = Reduction.of(type, names);
    const words = reduction.begin(rows).subarray(0, Math.ceil(rows / reduceBlock) * reduction.words);
    fill(words, type, names, rows);
    const combination = new Combination(type, names);
    expect(combination.words).toBe(reduction.words);
    combination.add(words.slice(), first, rows);
    const answers = names.map((_, index) => reduction.answer(index, rows, first));
    expect(answers, `${names} of ${rows} rows of ${type}`).toEqual(combination.answers(rows));
  }
});

test("partials begin with the identities that a combination writes", () => {
  for (const type of ["f64", "f32", "i32", "bool", "i64"] as const)
    for (const names of [...reductionNames.map((name) => [name]), ["min", "sum", "argmax", "variance"] as const]) {
      const combination = new Combination(type, names);
      const words = Reduction.of(type, names)
        .begin(2 * reduceBlock)
        .subarray(0, 2 * combination.words);
      const bytes = (array: Float64Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
      expect(bytes(words).equals(bytes(combination.partials(2 * reduceBlock))), `${names} of ${type}`).toBe(true);
    }
});
