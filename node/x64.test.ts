import { describe, expect, expectTypeOf, it } from "vitest";
import { assembler, disassemble, EncodingError, eax, ptr, rax, rdi } from "./x64.ts";

describe("jitsmith/x64", () => {
  it("makes functions of what was written, again and again", () => {
    const a = assembler();
    a.mov(rax, rdi);
    a.add(rax, 4);
    a.ret();
    const addFour = a.toFunction("i64(i64)");
    expectTypeOf(addFour).toBeCallableWith(4n);
    expect(addFour(4n)).toBe(8n);
    expect(a.toBytes()).toEqual(Uint8Array.of(0x48, 0x89, 0xf8, 0x48, 0x83, 0xc0, 0x04, 0xc3));

    const start = a.mark();
    a.lea(rax, ptr(rdi, rdi, 2));
    a.ret();
    expect(addFour(4n)).toBe(8n);
    expect(a.offsetOf(start)).toBe(8);
    expect(disassemble(a.toBytes().subarray(8)).map(({ text }) => text)).toEqual(["lea rax, [rdi + 2*rdi]", "ret"]);
    addFour.dispose();
    expect(() => addFour(4n)).toThrow("disposed");
  });

  it("does not install what is not finished", () => {
    const a = assembler();
    a.jmp(a.label("nowhere"));
    expect(() => a.toFunction("void()")).toThrow(EncodingError);
    expect(() => assembler().toFunction("void()")).toThrow("at least one byte of code");
  });

  it("is typed", () => {
    const a = assembler();
    // @ts-expect-error: no such form, also at run time
    expect(() => a.add(rax, eax)).toThrow(EncodingError);
    a.ret();
    // @ts-expect-error: an i64 is a bigint
    expect(() => a.toFunction("i64(i64)")(4)).toThrow("must be a bigint");
  });
});
