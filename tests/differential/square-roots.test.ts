/**
 * Square roots of columns, some of which the divider takes and some multiplications (src/targets/x64/software-square-roots.ts): the
 * bits of the scalar instruction for every argument. Every root that the error bounds leave in doubt is among the arguments.
 *
 * In doubt is an m in [1/2, 2) whose root is so near to the middle of two numbers that a g and an h with relative errors of
 * 3 * 2^-53 could end on the wrong side. With the middle M * 2^-53 and m = N * 2^-52 (below 1: one bit more of each), N * 2^54 is M^2 + c
 * for an odd M and a small c; those with |c| <= 103 are in doubt.
 */
import { expect, test } from "vitest";
import { compile } from "../../node/index.ts";
import { inCase, runsOr } from "../random-runs.ts";
import { anyNumber, compileDividing, randomWord } from "./random-doubles.ts";

/** The odd M below 2^bits with M^2 + c = 0 modulo 2^bits, bit by bit: a solution modulo 2^k leads to those modulo 2^(k + 1). */
function rootsModulo(c: bigint, bits: bigint): bigint[] {
  let found = [1n, 3n, 5n, 7n].filter((x) => (x * x + c) % 8n === 0n);
  for (let k = 3n; k < bits; k++) {
    const modulus = 1n << (k + 1n);
    const next = new Set<bigint>();
    for (const x of found)
      for (const step of [0n, 1n, 2n, 3n]) {
        const candidate = (x + (step << (k - 1n))) % modulus;
        if ((candidate * candidate + c) % modulus === 0n) next.add(candidate);
      }
    found = [...next];
  }
  return found;
}

/** The arguments in [1/2, 2) that are in doubt. */
function inDoubt(): number[] {
  const found: number[] = [];
  for (const below of [0, 1])
    for (let c = -129n; c <= 127n; c += 8n)
      for (const middle of rootsModulo(c, BigInt(54 + below))) {
        const n = (middle * middle + c) >> BigInt(54 + below);
        if (n >= 1n << 52n && n < 1n << 53n) found.push(Number(n) * 2 ** -(52 + below));
      }
  return found;
}

/** The same numbers times powers of 4: all of them, or those of so many. */
const scaled = (numbers: readonly number[], step: number): number[] => {
  const all: number[] = [];
  for (let exponent = -1074 + (1074 % 2); exponent < 1024; exponent += 2 * step)
    for (const number of numbers) all.push(number * 2 ** (exponent / 2) * 2 ** (exponent / 2));
  return all;
};

/** Each argument in each lane of each vector in flight. */
function spread(numbers: readonly number[]): Float64Array {
  const column = new Float64Array(32 * numbers.length);
  numbers.forEach((number, index) => {
    column.fill(number, 32 * index, 32 * index + 32);
  });
  return column;
}

function expectRoots(column: Float64Array): void {
  using roots = compile("sqrt(x)");
  using usual = compileDividing("sqrt(x)");
  using chosen = compile("x > 0 ? sqrt(x) : -x");
  const [a, b, c] = [roots, usual, chosen].map((f) => f.map({ x: column }));
  for (let row = 0; row < column.length; row++) {
    const x = column[row] ?? 0;
    const root = Math.sqrt(x);
    if (!Object.is(a?.[row], root) || !Object.is(b?.[row], root) || !Object.is(c?.[row], x > 0 ? root : -x))
      inCase(
        () => `row ${row}: ${x}`,
        () => expect([a?.[row], b?.[row], c?.[row]]).toEqual([root, root, x > 0 ? root : -x]),
      );
  }
}

test("special values, subnormal numbers, and the ends of each range", () => {
  const { MAX_VALUE, MIN_VALUE } = Number;
  const plain = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -1, -MIN_VALUE, -MAX_VALUE];
  const least = [1, 2, 3, 4, 5, 1e6, 2 ** 52 - 1, 2 ** 52, 2 ** 52 + 1].map((count) => count * MIN_VALUE);
  expectRoots(spread([...plain, ...least, MAX_VALUE, MAX_VALUE / 2, MAX_VALUE / 4, 2 ** -969, 2 ** -968, 2 ** -967]));
  const nearPowers = [1, 1 + 2 ** -52, 1 + 2 ** -51, 1 - 2 ** -53, 1 - 2 ** -52];
  expectRoots(spread(scaled([...nearPowers, ...nearPowers.map((number) => 2 * number)], 16)));
});

test("arguments whose roots lie as near to the middle of two numbers as any", () => {
  const numbers = inDoubt();
  expect(numbers).toHaveLength(48);
  // (1 + 2^-53)^2 is hardly more than this: the nearest of all.
  expect(numbers).toContain(1 + 2 ** -52);
  expectRoots(spread(scaled(numbers, 32)));
});

test("exact squares and their neighbours", () => {
  const numbers: number[] = [];
  for (let run = 0; run < 2000; run++) {
    const root = (randomWord() % 2 ** 26) + 1;
    const square = root * root;
    const unit = 2 ** (Math.floor(Math.log2(square)) - 52);
    numbers.push(square, square + unit, square - unit);
  }
  expectRoots(Float64Array.from(numbers));
});

test("any number", () => {
  for (let left = runsOr(1 << 18); left > 0; left -= 1 << 17) {
    const column = new Float64Array(Math.min(left, 1 << 17)).map(anyNumber);
    expectRoots(column);
    // One of two has a root; of those, all kinds of mantissas.
    expectRoots(column.map((number) => 1 + (Math.abs(number) % 3)));
  }
});

test("any number of 32 bits", () => {
  using roots = compile("sqrt(x)", { types: { x: "f32" } });
  const { fround } = Math;
  const expectRootsOf = (column: Float32Array): void => {
    const out = roots.map({ x: column });
    for (let row = 0; row < column.length; row++)
      if (!Object.is(out[row], fround(Math.sqrt(column[row] ?? 0))))
        expect([row, column[row], out[row]]).toEqual([row, column[row], fround(Math.sqrt(column[row] ?? 0))]);
  };
  const special = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -1, 2 ** -149, 2 ** -126];
  expectRootsOf(new Float32Array(64 * special.length).map((_, row) => special[row >> 6] ?? 0));
  for (let left = runsOr(1 << 18); left > 0; left -= 1 << 17) {
    const column = new Float32Array(Math.min(left, 1 << 17));
    const ownWords = new Uint32Array(column.buffer);
    expectRootsOf(column.map((_, row) => 2 ** -1 + (randomWord() % 2 ** 24) * 2 ** -24 * (row % 2 === 0 ? 1 : 3)));
    expectRootsOf(new Float32Array(ownWords.map(randomWord).buffer));
  }
});
