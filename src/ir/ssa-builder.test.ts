import { expect, test } from "vitest";
import { verify } from "../analysis/verify.ts";
import { InternalError } from "../base/errors.ts";
import { interpret } from "./interpret.ts";
import { printFunction } from "./print.ts";
import { SsaBuilder } from "./ssa-builder.ts";

/** `while (i < n) i += 1`, with a variable that the loop does not change. */
function counting(): SsaBuilder {
  const builder = new SsaBuilder("count", ["i32"], "i32");
  const i = builder.createVariable("i32");
  const kept = builder.createVariable("i32");
  builder.write(i, builder.constant("i32", 0));
  builder.write(kept, builder.parameter(0));
  const header = builder.createLaterBlock();
  const body = builder.createLaterBlock();
  const after = builder.createLaterBlock();
  builder.jump(header);
  builder.openBlock(header);
  builder.continueIn(header);
  builder.branch(builder.emit("slt", builder.read(i), builder.read(kept)), body, after);
  builder.continueIn(body);
  builder.write(i, builder.emit("iadd", builder.read(i), builder.constant("i32", 1)));
  builder.jump(header);
  builder.seal(header);
  builder.continueIn(after);
  builder.return(builder.emit("iadd", builder.read(i), builder.read(kept)));
  return builder;
}

test("a loop gets a parameter for what it changes, and none for what it keeps", () => {
  const builder = counting();
  builder.finish();
  verify(builder.function);
  const [, header] = builder.function.blocks;
  expect(header?.parameters.length).toBe(1);
  expect(interpret(builder.function, [7])).toBe(14);
  expect(printFunction(builder.function)).toContain("jump b1(v1)");
});

test("a join of two values is a parameter, of one value none", () => {
  const builder = new SsaBuilder("join", ["bool", "i32"], "i32");
  const changed = builder.createVariable("i32");
  const same = builder.createVariable("i32");
  builder.write(changed, builder.parameter(1));
  builder.write(same, builder.parameter(1));
  const then = builder.createLaterBlock();
  const after = builder.createLaterBlock();
  builder.branch(builder.parameter(0), then, after);
  builder.continueIn(then);
  builder.write(changed, builder.constant("i32", 5));
  builder.jump(after);
  builder.continueIn(after);
  builder.return(builder.emit("iadd", builder.read(changed), builder.read(same)));
  builder.finish();
  verify(builder.function);
  expect(after.parameters.length).toBe(1);
  expect(interpret(builder.function, [true, 2])).toBe(7);
  expect(interpret(builder.function, [false, 2])).toBe(4);
});

test("20,000 branches in a row are built without deep recursion, and quickly", () => {
  const builder = new SsaBuilder("chain", ["bool"], "i32");
  const x = builder.createVariable("i32");
  const y = builder.createVariable("i32");
  builder.write(x, builder.constant("i32", 1));
  builder.write(y, builder.constant("i32", 2));
  for (let count = 0; count < 20_000; count++) {
    const then = builder.createLaterBlock();
    const after = builder.createLaterBlock();
    builder.branch(builder.parameter(0), then, after);
    builder.continueIn(then);
    if (count === 10_000) builder.write(y, builder.constant("i32", 3));
    builder.jump(after);
    builder.continueIn(after);
  }
  const start = process.cpuUsage();
  builder.return(builder.emit("iadd", builder.read(x), builder.read(y)));
  builder.finish();
  expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  expect(builder.function.blocks.reduce((sum, { parameters }) => sum + parameters.length, 0)).toBe(2);
  expect(interpret(builder.function, [true])).toBe(4);
  expect(interpret(builder.function, [false])).toBe(3);
});

test("what was never written, and what was never sealed, is a bug of the caller", () => {
  const builder = new SsaBuilder("bad", [], "i32");
  const x = builder.createVariable("i32");
  expect(() => builder.read(x)).toThrow(InternalError);
  const block = builder.createBlock();
  builder.openBlock(block);
  expect(() => builder.finish()).toThrow("never sealed");
});
