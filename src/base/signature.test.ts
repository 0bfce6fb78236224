import { describe, expect, expectTypeOf, it } from "vitest";
import { SignatureError } from "./errors.ts";
import { type CallableOf, parseSignature } from "./signature.ts";

describe("parseSignature", () => {
  it("reads words and spaces as they come", () => {
    expect(parseSignature("i64(i64,f64)")).toEqual({
      text: "i64(i64, f64)",
      result: "i64",
      parameters: ["i64", "f64"],
    });
    expect(parseSignature("  void ( ptr ,i32 ) ")).toEqual({
      text: "void(ptr, i32)",
      result: "void",
      parameters: ["ptr", "i32"],
    });
    expect(parseSignature("f32()")).toEqual({ text: "f32()", result: "f32", parameters: [] });
  });

  it.each([
    ["", "expected result(parameter, …), such as i64(i64, f64)"],
    ["i64", "expected result(parameter, …)"],
    ["i64(i64", "expected result(parameter, …)"],
    ["(i64)", 'result "" is not one of i32 i64 f32 f64 void'],
    ["int(i64)", 'result "int" is not one of i32 i64 f32 f64 void'],
    ["ptr(i64)", 'result "ptr" is not one of i32 i64 f32 f64 void; an address as a result is an i64'],
    ["i64(int)", 'parameter 1, "int", is not one of i32 i64 f32 f64 ptr'],
    ["i64(i64, )", 'parameter 2, "", is not one of'],
    ["i64(void)", 'parameter 1, "void", is not one of i32 i64 f32 f64 ptr; no parameters are written ()'],
    ["i64(toString)", '"toString", is not one of'],
  ])("refuses %j", (text, message) => {
    expect(() => parseSignature(text)).toThrow(SignatureError);
    expect(() => parseSignature(text)).toThrow(message);
  });

  it("refuses what is no text", () => {
    expect(() => parseSignature(undefined as never)).toThrow(
      'expected a signature as text, such as "i64(i64, f64)", not undefined',
    );
  });
});

describe("CallableOf", () => {
  it("is the JavaScript function's type", () => {
    expectTypeOf<CallableOf<"i64(i64, f64)">>().toEqualTypeOf<(...args: [bigint, number]) => bigint>();
    expectTypeOf<CallableOf<"void(ptr,i32)">>().toEqualTypeOf<(...args: [ArrayBufferView, number]) => undefined>();
    expectTypeOf<CallableOf<" f32 ( ) ">>().toEqualTypeOf<(...args: []) => number>();
    expectTypeOf<ReturnType<CallableOf<string>>>().toEqualTypeOf<number | bigint | undefined>();
  });
});
