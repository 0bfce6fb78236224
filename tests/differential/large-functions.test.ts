/** Functions of a size that recursion or quadratic time would not survive: compiled, proven and executed. */
import { describe, expect, it } from "vitest";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { Block, IrFunction, Value } from "../../src/ir/function.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { canExecute, machineExecutor } from "../machine-code-runner.ts";

/** x + x·1 + x·2 + …, nested to the left. */
function longSum(terms: number): IrFunction {
  const builder = new FunctionBuilder("sum", ["i64"], "i64");
  let sum = builder.parameter(0);
  for (let k = 1; k < terms; k++) {
    sum = builder.emit("iadd", sum, builder.emit("imul", builder.parameter(0), builder.constant("i64", BigInt(k))));
  }
  builder.return(sum);
  return builder.function;
}

/** One `if` after the other, joined by parameters. */
function manyChoices(count: number): IrFunction {
  const builder = new FunctionBuilder("choices", ["i32", "i32"], "i32");
  let value: Value = builder.parameter(0);
  for (let k = 0; k < count; k++) {
    const [yes, no, join] = [builder.createBlock(), builder.createBlock(), builder.createBlock("i32")];
    builder.branch(builder.emit("slt", value, builder.parameter(1)), yes, no);
    builder.switchTo(yes);
    builder.jump(join, builder.emit("iadd", value, builder.constant("i32", k)));
    builder.switchTo(no);
    builder.jump(join, builder.emit("imul", value, builder.parameter(1)));
    builder.switchTo(join);
    value = join.parameters[0] ?? value;
  }
  builder.return(value);
  return builder.function;
}

/** A value leaves each block for one that stands at the end of the layout: thousands of live ranges with holes. */
function manyExits(count: number): IrFunction {
  const builder = new FunctionBuilder("exits", ["i32", "i32"], "i32");
  const exits: [Block, Value][] = [];
  let value: Value = builder.parameter(0);
  for (let k = 0; k < count; k++) {
    const [exit, next] = [builder.createBlock(), builder.createBlock()];
    value = builder.emit("iadd", value, builder.parameter(1));
    builder.branch(builder.emit("sgt", value, builder.constant("i32", 20_000)), exit, next);
    exits.push([exit, value]);
    builder.switchTo(next);
  }
  builder.return(value);
  const last = new Set(exits.map(([exit]) => exit));
  for (const [exit, result] of exits) {
    builder.switchTo(exit);
    builder.return(result);
  }
  const fn = builder.function;
  fn.blocks = [...fn.blocks.filter((block) => !last.has(block)), ...last];
  return fn;
}

/** One loop after the other, each of three turns with a call in it. */
function manyLoops(count: number): IrFunction {
  const callee = new FunctionBuilder("callee", ["i32"], "i32");
  callee.return(callee.emit("iadd", callee.parameter(0), callee.constant("i32", 3)));
  const builder = new FunctionBuilder("loops", ["i32"], "i32");
  let value: Value = builder.parameter(0);
  for (let k = 0; k < count; k++) {
    const header = builder.createBlock("i32", "i32");
    const [body, exit] = [builder.createBlock(), builder.createBlock()];
    builder.jump(header, builder.constant("i32", 0), value);
    builder.switchTo(header);
    const [turn, sum] = header.parameters as [Value, Value]; // as created
    builder.branch(builder.emit("slt", turn, builder.constant("i32", 3)), body, exit);
    builder.switchTo(body);
    const called = builder.call(callee.function, builder.emit("iadd", sum, builder.parameter(0)));
    builder.jump(header, builder.emit("iadd", turn, builder.constant("i32", 1)), called);
    builder.switchTo(exit);
    value = sum;
  }
  builder.return(value);
  return builder.function;
}

/** Loops in loops, each of one turn. */
function deepLoops(depth: number): IrFunction {
  const builder = new FunctionBuilder("deep", ["i32"], "i32");
  let sum: Value = builder.parameter(0);
  const exits: (() => void)[] = [];
  for (let k = 0; k < depth; k++) {
    const header = builder.createBlock("i32", "i32");
    const [body, exit] = [builder.createBlock(), builder.createBlock()];
    builder.jump(header, builder.constant("i32", 0), sum);
    builder.switchTo(header);
    const [turn, carried] = header.parameters as [Value, Value]; // as created
    builder.branch(builder.emit("slt", turn, builder.constant("i32", 1)), body, exit);
    builder.switchTo(body);
    sum = builder.emit("iadd", carried, builder.constant("i32", k));
    exits.push(() => {
      builder.jump(header, builder.emit("iadd", turn, builder.constant("i32", 1)), sum);
      builder.switchTo(exit);
      sum = carried;
    });
  }
  for (const leave of exits.reverse()) leave();
  builder.return(sum);
  return builder.function;
}

describe.skipIf(!canExecute)("large functions (no x86-64 CPU: skipped)", () => {
  it.each([
    ["a sum of 100,000 terms", () => longSum(100_000), [3n]],
    ["10,000 blocks in a row", () => manyChoices(3_333), [5n, 100n]],
    ["10,000 exits", () => manyExits(5_000), [7n, 11n]],
    ["2,500 loops in a row, with calls", () => manyLoops(2_500), [5n]],
    ["500 loops in each other", () => deepLoops(500), [5n]],
  ] as const)("%s", (_, build, args) => {
    expect(machineExecutor(build(), {})(args)).toBe(interpretBits(build(), args));
  });
});
