/** Calls of pure functions are instructions like others: equal ones are one, unused ones go, and loops do not repeat them. */
import { expect, test } from "vitest";
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction } from "../ir/function.ts";
import { interpret } from "../ir/interpret.ts";
import { MathLibrary } from "../math/library.ts";
import { optimize } from "./pipeline.ts";

const calls = (fn: IrFunction): number[] =>
  fn.blocks.map(({ instructions }) => instructions.filter(({ opcode }) => opcode === "call").length);

test("equal calls are one, and unused ones go", () => {
  const library = new MathLibrary();
  const builder = new FunctionBuilder("f", ["f64", "f64"], "f64");
  const [x, y] = [builder.parameter(0), builder.parameter(1)];
  const power = (a = x, b = y) => builder.call(library.function("pow", "f64"), a, b);
  power(y, y); // unused
  builder.return(builder.emit("fadd", builder.emit("fmul", power(), power()), power(y, x)));
  optimize(builder.function, { verify: true });
  expect(calls(builder.function)).toEqual([2]);
});

test("a call with constants is its result", () => {
  const builder = new FunctionBuilder("f", [], "f64");
  builder.return(builder.call(new MathLibrary().function("exp", "f64"), builder.constant("f64", 1)));
  optimize(builder.function, { verify: true });
  expect(calls(builder.function)).toEqual([0]);
  expect(interpret(builder.function, [])).toBe(Math.E);
});

test("a loop does not repeat a call of what it does not change", () => {
  const library = new MathLibrary();
  const builder = new FunctionBuilder("f", ["f64", "f64"], "f64");
  const loop = builder.createBlock("f64", "f64");
  const exit = builder.createBlock();
  const [x, y] = [builder.parameter(0), builder.parameter(1)];
  builder.jump(loop, builder.constant("f64", 0), x);
  builder.switchTo(loop);
  const [sum = x, counter = x] = loop.parameters;
  const power = builder.call(library.function("pow", "f64"), y, y);
  const next = builder.emit("fsub", counter, builder.constant("f64", 1));
  const total = builder.emit("fadd", sum, builder.emit("fmul", power, counter));
  builder.branch(builder.emit("fgt", next, builder.constant("f64", 0)), loop, exit, [total, next]);
  builder.switchTo(exit);
  builder.return(total);
  optimize(builder.function, { verify: true });
  const [before, inside] = calls(builder.function);
  expect([before, inside]).toEqual([1, 0]);
});

test("with fastMath, the functions stay as they are, and apart", () => {
  const library = new MathLibrary({ fma: false, fastMath: true });
  const exp = library.function("exp", "f64");
  const count = exp.blocks.flatMap(({ instructions }) => instructions).filter(({ opcode }) => opcode === "fsub").length;
  optimize(exp, { fastMath: true, verify: true });
  const left = exp.blocks.flatMap(({ instructions }) => instructions).filter(({ opcode }) => opcode === "fsub").length;
  expect(left).toBe(count);
});
