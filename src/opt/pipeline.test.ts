/** How passes are chosen, reported and blamed; that they stay linear; and that they hold on to what effects demand. */
import { describe, expect, it } from "vitest";
import { InternalError, UnsupportedError } from "../base/errors.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction } from "../ir/function.ts";
import { interpret } from "../ir/interpret.ts";
import { parseFunction } from "../ir/parse.ts";
import { printFunction } from "../ir/print.ts";
import { constraints, optimize, passes } from "./pipeline.ts";

const text = `fn @f(v0: f64) -> f64 {
b0:
  v1 = const.f64 2
  v2 = const.f64 3
  v3 = fmul v1, v2
  v4 = fadd v0, v3
  return v4
}
`;

describe("optimize", () => {
  it("runs the passes in order and tells which changed something", () => {
    const told: string[] = [];
    optimize(parseFunction(text), { onPass: (name, _, isChanged) => told.push(`${name} ${isChanged}`) });
    expect(told).toEqual(["constant-folding true", "simplification false", "value-numbering false", "dead-code true"]);
  });

  it("leaves passes out by name, or runs only those asked for", () => {
    const unfolded = parseFunction(text);
    optimize(unfolded, { disable: ["constant-folding", "simplification"] });
    expect(printFunction(unfolded)).toBe(text);
    const folded = parseFunction(text);
    optimize(folded, { passes: ["constant-folding"] });
    expect(printFunction(folded)).toContain("v3 = const.f64 6");
    expect(printFunction(folded)).toContain("v1 = const.f64 2");
  });

  it("changes rounding only when asked to, and then by little", () => {
    const sum = `fn @f(v0: f64, v1: f64, v2: f64, v3: f64) -> f64 {
b0:
  v4 = fadd v0, v1
  v5 = fadd v4, v2
  v6 = fadd v5, v3
  v7 = const.f64 3
  v8 = fdiv v6, v7
  return v8
}
`;
    const args = [0.1, 0.2, 0.3, 0.4];
    const exact = parseFunction(sum);
    optimize(exact);
    expect(printFunction(exact)).toBe(sum);
    const relaxed = parseFunction(sum);
    optimize(relaxed, { fastMath: true, verify: true });
    expect(printFunction(relaxed)).not.toContain("fdiv");
    expect(printFunction(relaxed)).toContain("fadd v2, v3");
    expect(interpret(relaxed, args)).toBeCloseTo(Number(interpret(exact, args)), 14);
    const disabled = parseFunction(sum);
    optimize(disabled, { fastMath: true, disable: ["fast-math"] });
    expect(printFunction(disabled)).toBe(sum);
  });

  it("names the passes that there are", () => {
    expect(() => optimize(parseFunction(text), { disable: ["outlining"] })).toThrow(UnsupportedError);
    expect(() => optimize(parseFunction(text), { passes: ["outlining"] })).toThrow("dead-code");
  });

  it("blames the pass that leaves an invalid function, and shows the function", () => {
    const fn = parseFunction(text);
    const onPass = (name: string, changed: IrFunction): void => {
      if (name === "simplification") changed.entry.terminator = { kind: "return", value: undefined };
    };
    expect(() => optimize(fn, { onPass, verify: true })).toThrow(InternalError);
    expect(() => optimize(parseFunction(text), { onPass, verify: true })).toThrow(
      /pass value-numbering on @f: (.|\n)*rule 12(.|\n)*fn @f\(v0: f64\)/,
    );
  });

  it("has a reason for every constraint, on passes that exist", () => {
    const names = passes.map((pass) => pass.name);
    expect(new Set(names).size).toBe(names.length);
    for (const [before, after, reason] of constraints) {
      expect(names).toContain(before);
      expect(names).toContain(after);
      expect(reason.length).toBeGreaterThan(20);
    }
    for (const { after } of passes) if (after !== undefined) expect(names).toContain(after);
  });
});

describe("size", () => {
  /** `x + 1 + y + x + 3 + y …`, and afterwards as many conditional additions. */
  function long(terms: number, joins: number): IrFunction {
    const builder = new FunctionBuilder("long", ["f64", "f64"], "f64");
    const [x, y] = [builder.parameter(0), builder.parameter(1)];
    let sum = x;
    for (let index = 0; index < terms; index++)
      sum = builder.emit("fadd", sum, index % 2 === 0 ? y : builder.constant("f64", index));
    for (let index = 0; index < joins; index++) {
      const [then, join] = [builder.createBlock(), builder.createBlock("f64")];
      builder.branch(builder.emit("flt", sum, builder.constant("f64", index)), then, join, [], [sum]);
      builder.switchTo(then);
      builder.jump(join, builder.emit("fmul", sum, y));
      builder.switchTo(join);
      sum = join.parameters[0] ?? sum;
    }
    builder.return(sum);
    return builder.function;
  }

  /** Counted loops one after the other, each with a check and a division; every third unrolls. */
  function loops(count: number): IrFunction {
    const builder = new FunctionBuilder("loops", ["i64", "i32"], "i32");
    const [address, length] = [builder.parameter(0), builder.parameter(1)];
    let sum = builder.constant("i32", 0);
    for (let done = 0; done < count; done++) {
      const header = builder.createBlock("i32", "i32");
      const [body, inside, outside, exit] = [0, 0, 0, 0].map(() => builder.createBlock());
      const [index = sum, total = sum] = header.parameters;
      if (body === undefined || inside === undefined || outside === undefined || exit === undefined) break;
      builder.jump(header, builder.constant("i32", 0), sum);
      builder.switchTo(header);
      builder.branch(builder.emit("slt", index, done % 3 === 0 ? builder.constant("i32", 5) : length), body, exit);
      builder.switchTo(body);
      builder.branch(builder.emit("ult", index, length), inside, outside);
      builder.switchTo(inside);
      const element = builder.load("i32", builder.emit("iadd", address, builder.emit("sext", index)));
      const part = builder.emit("sdiv", element, builder.constant("i32", 7));
      builder.jump(header, builder.emit("iadd", index, builder.constant("i32", 1)), builder.emit("iadd", total, part));
      builder.switchTo(outside);
      builder.trap("out-of-bounds");
      builder.switchTo(exit);
      sum = total;
    }
    builder.return(sum);
    return builder.function;
  }

  it("takes 5,000 loops, in time that grows with their number", () => {
    const time = (count: number): number => {
      const fn = loops(count);
      const start = process.cpuUsage();
      optimize(fn);
      return process.cpuUsage(start).user / 1000;
    };
    time(500);
    const small = Math.min(time(500), time(500), time(500));
    expect(time(5_000) / Math.max(1, small)).toBeLessThan(60); // ten times the number; quadratic: a hundred
  });

  it("takes 100,000 terms and 10,000 joins, in time that grows with the size", () => {
    const time = (terms: number, joins: number): number => {
      const fn = long(terms, joins);
      const start = process.cpuUsage();
      optimize(fn);
      return process.cpuUsage(start).user / 1000;
    };
    time(10_000, 1_000);
    const small = Math.min(time(10_000, 1_000), time(10_000, 1_000), time(10_000, 1_000));
    expect(time(100_000, 10_000) / Math.max(1, small)).toBeLessThan(60); // ten times the size; quadratic: a hundred
  });
});
