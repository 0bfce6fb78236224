/** What calls of the interpreter give and throw; the meaning of operations is tested by filetests and in tests/. */
import { describe, expect, it } from "vitest";
import { TrapError, UnsupportedError } from "../base/errors.ts";
import { interpret, interpretBits } from "./interpret.ts";
import { parseFunction, parseFunctions } from "./parse.ts";

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

  it("reads and writes bytes and pairs of bytes, which extend to 32 bits as the opcode says", () => {
    const copy = parse(
      "(v0: i64) -> i32",
      "v1 = load8-s v0",
      "v2 = load8-u v0, 1",
      "v3 = load16-s v0, 1",
      "v4 = load16-u v0, 2",
      "store8 v1, v0, 8",
      "store16 v3, v0, 9",
      "store v4, v0, 11",
      "return v2",
    );
    const bytes = Uint8Array.from([0x80, 0xfe, 0xdc, 0xba, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(interpret(copy, [5n], { memory: { address: 5n, bytes } })).toBe(0xfe);
    expect([...bytes.subarray(8)]).toEqual([0x80, 0xfe, 0xdc, 0xdc, 0xba, 0, 0, 8]);
    expect(() => interpret(copy, [5n], { memory: { address: 5n, bytes: bytes.subarray(0, 3) } })).toThrow(
      "load of 2 bytes at 0x7",
    );
  });

  it("calls functions, themselves included, as deep as it is allowed", () => {
    const [fn] = parseFunctions(`fn @sum(v0: i32, v1: i64) -> i32 {
b0:
  v2 = const.i32 0
  v3 = ieq v0, v2
  branch v3, b2(v2), b1
b1:
  v4 = const.i32 1
  v5 = isub v0, v4
  v6 = call @sum(v5, v1) ; span 2..5
  v7 = iadd v6, v0
  call @note(v7, v1)
  jump b2(v7)
b2(v8: i32):
  return v8
}
fn @note(v0: i32, v1: i64) {
b0:
  store v0, v1
  return
}`);
    const bytes = new Uint8Array(4);
    const memory = { address: 0n, bytes };
    if (fn === undefined) throw new RangeError("two functions");
    expect(interpret(fn, [9_000, 0n], { memory })).toBe(40_504_500);
    expect(new DataView(bytes.buffer).getInt32(0, true)).toBe(40_504_500);
    expect(trapOf(() => interpret(fn, [10_001, 0n], { memory }))).toMatchObject({
      trap: "stack-exhausted",
      span: { start: 2, end: 5 },
    });
    expect(trapOf(() => interpret(fn, [10, 0n], { memory, maxDepth: 9 }))).toMatchObject({ trap: "stack-exhausted" });
    expect(interpret(fn, [9, 0n], { memory, maxDepth: 10 })).toBe(45);
    expect(() => interpret(fn, [9, 0n], { memory, maxSteps: 50 })).toThrow(UnsupportedError);
  });

  it.each([
    [3.99, 3],
    [-3.99, -3],
    [-0, 0],
    [2147483647, 2147483647],
    [2147483648, -2147483648],
    [-2147483649, 2147483647],
    [4294967295.5, -1],
    [4294967296, 0],
    [2 ** 53 - 1, -1],
    [2 ** 64 + 4096, 4096],
    [-(2 ** 52) - 1, -1],
    [1e300, 0],
    [Number.POSITIVE_INFINITY, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [Number.NaN, 0],
  ])("to-int32 of %d is %d, as ECMAScript's ToInt32 says", (from, to) => {
    expect(interpret(parse("(v0: f64) -> i32", "v1 = to-int32 v0", "return v1"), [from])).toBe(to);
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
