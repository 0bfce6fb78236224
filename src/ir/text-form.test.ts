/** Constants in the text form, faults of the whole text, and that every opcode's row has a meaning. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompileError } from "../base/diagnostics.ts";
import { meaningOf } from "./evaluate.ts";
import type { Constant } from "./function.ts";
import { shapes } from "./opcode-shapes.ts";
import { parseFunction, parseFunctions, readConstant } from "./parse.ts";
import { printConstant, printFunction } from "./print.ts";
import { type Scalar, scalars, types } from "./types.ts";

describe("constants", () => {
  const constants: Readonly<Record<Scalar, fc.Arbitrary<Constant>>> = {
    bool: fc.boolean(),
    i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    f32: fc.float(),
    f64: fc.double(),
  };
  it.each(Object.entries(constants))("of %s read back the same", (type, constant) => {
    fc.assert(
      fc.property(constant, (value) => {
        expect(readConstant(type as Scalar, printConstant(type as Scalar, value))).toBe(value); // keys of a Record<Scalar, …>
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[Scalar, string]>([
    ["i32", "4294967296"],
    ["i32", "1.5"],
    ["i32", ""],
    ["i64", "18446744073709551616"],
    ["f64", "NaN"],
    ["f64", "1e"],
    ["f64", "."],
    ["bool", "1"],
  ])("of %s do not look like %s", (type, text) => {
    expect(readConstant(type, text)).toBeUndefined();
  });
});

describe("parseFunction", () => {
  it("keeps numbers with gaps, and takes those that are left for stores", () => {
    const text = "fn @f(v7: i64) {\nb3:\n  store v7, v7\n  v2 = iadd v7, v7\n  return\n}\n";
    const fn = parseFunction(text);
    expect(printFunction(fn)).toBe(text);
    expect(fn.entry.instructions[0]?.id).toBe(8);
    expect([fn.valueCount, fn.blockCount]).toEqual([9, 4]);
  });

  it("wants one function", () => {
    expect(() => parseFunction("")).toThrow(CompileError);
    expect(parseFunctions(" \n; nothing\n")).toEqual([]);
    const one = "fn @f() {\nb0:\n  return\n}\n";
    expect(() => parseFunction(one + one)).toThrow("expected one function, found 2");
  });

  it("does not let a text choose how much memory it takes", () => {
    expect(() => parseFunction("fn @f(v999999999: f64) {\nb0:\n  return\n}\n")).toThrow("numbers go up to");
  });

  it("reads a definition that comes 100,000 definitions later", () => {
    const count = 100_000;
    const lines = Array.from({ length: count }, (_, index) => `  v${index + 1} = fneg v${index + 2}`);
    const text = `fn @f() {\nb0:\n${lines.join("\n")}\n  v${count + 1} = const.f64 1\n  return\n}\n`;
    expect(parseFunction(text).entry.instructions[0]?.type).toBe("f64");
  });
});

describe("opcode rows", () => {
  it("have a meaning for all types that they allow, and for no others", () => {
    for (const shape of shapes) {
      const [first, second] = shape.operands;
      if (first === undefined || shape.effect !== undefined || shape.lanes === "many") continue;
      for (const from of scalars) {
        for (const to of scalars) {
          let isAllowed = first.accepts.includes(from) && (shape.result?.accepts.includes(to) ?? false);
          if (first.variable === "T" && shape.result?.variable === "T" && from !== to) isAllowed = false;
          if (shape.opcode === "bitcast" && types[from].bits !== types[to].bits) isAllowed = false;
          if (shape.opcode === "zext" && types[from].bits >= types[to].bits) isAllowed = false;
          expect([shape.opcode, from, to, meaningOf(shape.opcode, from, to) !== undefined]).toEqual([
            shape.opcode,
            from,
            to,
            isAllowed,
          ]);
        }
      }
      expect(second === undefined || shape.operands.length >= 2).toBe(true);
    }
  });
});

it.each([
  ["f32", "3.4e+38"],
  ["f32", "-3.4028235e+38"],
  ["f32", "1e-45"],
  ["f64", "1e+300"],
  ["f64", "-1.7976931348623157e+308"],
  ["f64", "5e-324"],
])("a constant of many places is read as it was printed: %s %s", (type, constant) => {
  const text = `fn @f() -> ${type} {\nb0:\n  v0 = const.${type} ${constant}\n  return v0\n}\n`;
  expect(printFunction(parseFunction(text))).toBe(text);
});
