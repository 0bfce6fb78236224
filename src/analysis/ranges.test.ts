/** Intervals of values: what counted loops, conditions and fractions leave of them. */
import { expect, test } from "vitest";
import type { IrFunction, Value } from "../ir/function.ts";
import { parseFunction } from "../ir/parse.ts";
import { Analyses } from "./analyses.ts";

function numbered(fn: IrFunction, id: number): Value {
  for (const { parameters, instructions } of fn.blocks)
    for (const value of [...parameters, ...instructions]) if (value.id === id) return value;
  throw new RangeError(`there is no v${id}`);
}

const loop = `fn @f(v0: f64, v1: i32) -> f64 {
b0:
  v2 = const.i32 0
  v3 = const.f64 0
  v4 = const.f64 1.5
  v5 = const.i32 1
  v6 = const.i32 100
  jump b1(v2, v3, v3)
b1(v7: i32, v8: f64, v9: f64):
  v10 = slt v7, v6
  branch v10, b2, b3
b2:
  v11 = iadd v7, v5
  v12 = fadd v8, v4
  v13 = fmul v9, v12
  v14 = iadd v1, v7
  jump b1(v11, v12, v13)
b3:
  return v8
}
`;

test("a counter is between its start and its limit, and is less inside of the loop", () => {
  const fn = parseFunction(loop);
  const { ranges } = new Analyses(fn);
  const counter = numbered(fn, 7);
  expect([ranges.lowOf(counter), ranges.highOf(counter)]).toEqual([0, 100]);
  const inside: number[] = [];
  ranges.walk({
    enter: ({ id }) => id === 2 && inside.push(ranges.lowOf(counter), ranges.highOf(counter)),
    leave() {},
  });
  expect(inside).toEqual([0, 99]);
  expect(ranges.isExact[11]).toBe(1);
  expect(ranges.isExact[14]).toBe(0); // what comes from outside may be anything
});

test("sums with fractions are not known, though what they are carried in starts as a whole number", () => {
  const fn = parseFunction(loop);
  const { ranges } = new Analyses(fn);
  for (const id of [0, 4, 8, 9, 12, 13]) expect(ranges.isKnown(numbered(fn, id)), `v${id}`).toBe(false);
  expect(ranges.isKnown(numbered(fn, 3))).toBe(true);
});

test("what is known of a parameter outlives changes of contents, and of blocks", () => {
  const fn = parseFunction(loop);
  const analyses = new Analyses(fn);
  const { ranges, dominators } = analyses;
  analyses.forget(true);
  expect(analyses.dominators).toBe(dominators);
  expect(analyses.isNatural(numbered(fn, 7))).toBe(true);
  expect(analyses.isNatural(numbered(fn, 1))).toBe(false);
  analyses.forget(false);
  expect(analyses.dominators).not.toBe(dominators);
  expect(analyses.ranges).not.toBe(ranges);
});
