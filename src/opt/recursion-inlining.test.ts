/** Functions inlined into themselves: how often, and that they stay what they were. */
import { expect, test } from "vitest";
import { verify } from "../analysis/verify.ts";
import type { IrFunction } from "../ir/function.ts";
import { interpret } from "../ir/interpret.ts";
import { parseFunctions } from "../ir/parse.ts";
import { inlineRecursion } from "./recursion-inlining.ts";

/** Calls itself so often with half its argument, after so many instructions. */
function halving(calls: number, instructions: number): IrFunction {
  let text = `fn @f(v0: i32) -> i32 {
b0:
  v1 = const.i32 1
  v2 = ule v0, v1
  branch v2, b1, b2
b1:
  return v0
b2:
  v3 = ushr v0, v1
`;
  let next = 4;
  let sum = 0;
  for (let k = 0; k < calls; k++) {
    text += `  v${next} = call @f(v3)\n  v${next + 1} = iadd v${next}, v${sum}\n`;
    sum = next + 1;
    next += 2;
  }
  for (let k = 0; k < instructions; k++) {
    text += `  v${next} = imul v${sum}, v${next - 1}\n`;
    sum = next++;
  }
  const [fn] = parseFunctions(`${text}  return v${sum}\n}\n`);
  if (fn === undefined) throw new Error("no function");
  return fn;
}

const callsIn = (fn: IrFunction): number =>
  fn.blocks.reduce((sum, { instructions }) => sum + instructions.filter(({ callee }) => callee === fn).length, 0);

test.each([
  ["one call goes four rounds", 1, 10, 4, 1],
  ["two calls, while it is small: 2 + 4 + 8 copies", 2, 10, 14, 16],
  ["a round that is too large is not begun", 2, 40, 6, 8],
  ["a large function stays as it is", 1, 320, 0, 1],
  ["without a call there is nothing to do", 0, 10, 0, 0],
])("%s", (_, calls, instructions, copies, left) => {
  const fn = halving(calls, instructions);
  const inputs = [0, 1, 2, 3, 100, 700];
  const before = inputs.map((input) => interpret(fn, [input]));
  const { length } = fn.blocks;
  expect(inlineRecursion(fn)).toBe(copies > 0);
  verify(fn);
  expect(callsIn(fn)).toBe(left);
  // Each copy brings its blocks and the rest of the block that called, but for its entry.
  expect(fn.blocks.length).toBe(length * (1 + copies));
  expect(inputs.map((input) => interpret(fn, [input]))).toEqual(before);
});
