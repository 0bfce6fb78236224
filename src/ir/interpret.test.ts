/** What calls of the interpreter give and throw; the meaning of operations is tested by filetests and in tests/. */
import { describe, expect, it } from "vitest";
import { TrapError, UnsupportedError } from "../base/errors.ts";
import { interpret, interpretBits } from "./interpret.ts";
import { parseFunction } from "./parse.ts";

const parse = (header: string, ...lines: string[]) => parseFunction(`fn @f${header} {\nb0:\n${lines.join("\n")}\n}\n`);

describe("interpret", () => {
  it("takes and gives constants of the declared types", () => {
    const choose = parse("(v0: bool, v1: i64, v2: i64) -> i64", "v3 = select v0, v1, v2", "return v3");
    expect(interpret(choose, [true, 1n, 2n])).toBe(1n);
    expect(interpret(choose, [false, 1n, 2n])).toBe(2n);
    expect(interpret(parse("(v0: f32) -> f32", "return v0"), [0.1])).toBe(Math.fround(0.1));
    expect(interpret(parse("()", "return"), [])).toBeUndefined();
    expect(() => interpret(choose, [true, 1n])).toThrow("@f takes 3 arguments, not 2");
  });

  it("traps with code and span", () => {
    const divide = parse("(v0: i32) -> i32", "v1 = sdiv v0, v0 ; span 4..9", "return v1");
    expect(interpret(divide, [7])).toBe(1);
    expect(() => interpret(divide, [0])).toThrow(TrapError);
    expect(trapOf(() => interpret(divide, [0]))).toMatchObject({
      code: "TRAP",
      trap: "integer-divide-by-zero",
      span: { start: 4, end: 9 },
    });
    const stop = parse("()", "trap unreachable ; span 1..2");
    expect(trapOf(() => interpret(stop, []))).toMatchObject({ trap: "unreachable", span: { start: 1, end: 2 } });
  });

  it("reads and writes the memory it is given, little endian and unaligned, and no other", () => {
    const copy = parse("(v0: i64) -> f64", "v1 = load.f64 v0, 1", "store v1, v0, 9", "return v1");
    const bytes = new Uint8Array(20);
    new DataView(bytes.buffer).setFloat64(3, 2.5, true);
    const memory = { address: 2n ** 40n, bytes: bytes.subarray(2) };
    expect(interpret(copy, [2n ** 40n], { memory })).toBe(2.5);
    expect(new DataView(bytes.buffer).getFloat64(11, true)).toBe(2.5);
    expect(() => interpret(copy, [2n ** 40n + 2n], { memory })).toThrow(RangeError);
    expect(() => interpret(copy, [2n ** 40n - 2n], { memory })).toThrow("load of 8 bytes at 0xffffffffff");
    expect(() => interpret(copy, [0n])).toThrow("outside the supplied memory");
    const context = parse("() -> i64", "v0 = context", "return v0");
    expect(interpret(context, [], { context: 77n })).toBe(77n);
  });

  it("gives up on a function that does not end", () => {
    const forever = parseFunction("fn @f() {\nb0:\n  jump b1\nb1:\n  jump b1\n}\n");
    expect(() => interpret(forever, [], { maxSteps: 1000 })).toThrow(UnsupportedError);
  });
});

describe("interpretBits", () => {
  it("keeps the payload of a NaN where bits are promised, also of a signalling one", () => {
    const signalling = 0x7fa12345n;
    const keep = parse("(v0: f32) -> f32", "v1 = fneg v0", "v2 = fneg v1", "return v2");
    expect(interpretBits(keep, [signalling])).toBe(signalling);
    const quieten = parse("(v0: f32) -> f32", "v1 = const.f32 1", "v2 = fmul v0, v1", "return v2");
    expect(interpretBits(quieten, [signalling])).toBe(0x7fc00000n);
    const sign = parse("(v0: f64, v1: f64) -> f64", "v2 = fcopysign v0, v1", "return v2");
    expect(interpretBits(sign, [0x7ff0000000000001n, 0x8000000000000000n])).toBe(0xfff0000000000001n);
  });
});

function trapOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
