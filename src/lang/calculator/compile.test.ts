import { describe, expect, test } from "vitest";
import { disassemble } from "../../asm/x64/disassembler.ts";
import { MemoryError } from "../../base/errors.ts";
import { CodeChunks } from "./code-chunks.ts";
import { CalculatorCompiler, type CalculatorOptions, compileProgram } from "./compile.ts";

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
const codeOf = (program: string, options?: CalculatorOptions): Uint8Array => compileProgram(program, options).code;
const textOf = (program: string, options?: CalculatorOptions): string[] =>
  disassemble(codeOf(program, options)).map((instruction) => instruction.text);

describe("unoptimised code", () => {
  test("is the challenge's, byte for byte", () => {
    const code = codeOf("+ + * - /");
    expect(code).toHaveLength(36);
    expect(hex(code)).toBe(
      "48 c7 c0 00 00 00 00 " +
        "48 83 c0 01 48 83 c0 01 48 c1 e0 01 48 83 e8 01 " +
        "48 c7 c1 02 00 00 00 48 99 48 f7 f9 " +
        "c3",
    );
  });

  test.each([
    ["", "48 c7 c0 00 00 00 00 c3"],
    ["+", "48 c7 c0 00 00 00 00 48 83 c0 01 c3"],
    ["-", "48 c7 c0 00 00 00 00 48 83 e8 01 c3"],
    ["*", "48 c7 c0 00 00 00 00 48 c1 e0 01 c3"],
    ["/", "48 c7 c0 00 00 00 00 48 c7 c1 02 00 00 00 48 99 48 f7 f9 c3"],
  ])("%j is %s", (program, bytes) => {
    expect(hex(codeOf(program))).toBe(bytes);
  });

  test("takes an input from the first argument", () => {
    expect(hex(codeOf("+", { input: true }))).toBe("48 89 f8 48 83 c0 01 c3");
    expect(compileProgram("+", { input: true }).signature).toBe("i64(i64)");
    expect(compileProgram("+").signature).toBe("i64()");
  });

  test("is the same whatever the pieces, and across the compiler's own buffers", () => {
    const program = new TextEncoder().encode("+-*/ ".repeat(60_000));
    const chunks = new CodeChunks();
    const compiler = new CalculatorCompiler(chunks);
    for (let at = 0; at < program.length; at += 12_345) compiler.feed(program.subarray(at, at + 12_345));
    compiler.finish();
    const code = chunks.take();
    expect(code).toHaveLength(7 + 60_000 * 24 + 1);
    const one = codeOf("+-*/").subarray(7, 7 + 24);
    for (let at = 7; at < code.length - 1; at += 24) {
      if (Buffer.compare(code.subarray(at, at + 24), one) !== 0) expect.fail(`differs at ${at}`);
    }
  });
});

describe("optimised code", () => {
  test.each([
    ["", "0", ["xor eax, eax", "ret"]],
    ["+ + * - /", "1", ["mov eax, 1", "ret"]],
    ["-", "-1", ["mov rax, -1", "ret"]],
    [`+${"*".repeat(31)}`, "2^31", ["mov eax, 2147483648", "ret"]],
    [`+${"*".repeat(40)}`, "2^40", ["movabs rax, 1099511627776", "ret"]],
  ])("without an input %j is a constant, %s", (program, _, text) => {
    expect(textOf(program, { optimize: true }).map(decimal)).toStrictEqual(text);
  });

  test.each([
    ["", ["mov rax, rdi", "ret"]],
    ["+", ["lea rax, [rdi + 1]", "ret"]],
    ["++*-", ["lea rax, [rdi + rdi + 3]", "ret"]],
    ["**-", ["lea rax, [4*rdi - 1]", "ret"]],
    ["*".repeat(63), ["mov rax, rdi", "shl rax, 63", "ret"]],
    ["*".repeat(64), ["xor eax, eax", "ret"]],
    ["/", ["mov rax, rdi", "shr rax, 63", "add rax, rdi", "sar rax", "ret"]],
    ["///", ["lea rax, [rdi + 7]", "test rdi, rdi", "cmovns rax, rdi", "sar rax, 3", "ret"]],
    ["/".repeat(63), ["mov rax, rdi", "sar rax, 63", "shr rax", "add rax, rdi", "sar rax, 63", "ret"]],
    [
      "/+/",
      [
        "mov rax, rdi",
        "shr rax, 63",
        "add rax, rdi",
        "sar rax",
        "add rax, 1",
        "mov rcx, rax",
        "shr rcx, 63",
        "add rax, rcx",
        "sar rax",
        "ret",
      ],
    ],
  ])("of an input, %j", (program, text) => {
    expect(textOf(program, { optimize: true, input: true }).map(decimal).map(normal)).toStrictEqual(text.map(normal));
  });

  test("never divides, multiplies or branches", () => {
    const program = "**+/***-///".repeat(30) + "*".repeat(40) + "/".repeat(35) + "**-//".repeat(9);
    const text = textOf(program, { optimize: true, input: true });
    expect(text.length).toBeGreaterThan(100);
    expect(text.filter((line) => !/^(mov|lea|add|sub|shl|shr|sar|test|cmovn?s|xor|ret)\b/.test(line))).toStrictEqual(
      [],
    );
  });
});

test("code past the limit is refused with what to do instead", () => {
  expect(() => codeOf("/".repeat(100_000), { maxCodeBytes: 1_000_000 })).toThrow(MemoryError);
  expect(() => codeOf("/".repeat(100_000), { maxCodeBytes: 1_000_000 })).toThrow(/more than 1000000 bytes.*optimize/);
  expect(codeOf("/".repeat(100_000), { maxCodeBytes: 1_000_000, optimize: true })).toHaveLength(3);
});

test("options that make no sense are refused", () => {
  // @ts-expect-error an untyped caller
  expect(() => compileProgram("+", { input: 5n })).toThrow(/input: expected true or false/);
  for (const maxCodeBytes of [0, -1, 1.5, Number.NaN])
    expect(() => compileProgram("+", { maxCodeBytes })).toThrow(/maxCodeBytes: expected a positive whole number/);
});

test("what is no program is refused", () => {
  // @ts-expect-error an untyped caller
  expect(() => compileProgram(5)).toThrow(/a string or a Uint8Array, not number/);
});

/** Numbers in hexadecimal as decimal ones, however the disassembler prints them. */
function decimal(text: string): string {
  return text.replace(/0x[0-9a-f]+/g, (number) => String(BigInt(number)));
}

/** Addresses in one spelling: no spaces, no scale of 1, no size. */
function normal(text: string): string {
  return text.replace(/\s+/g, "").replace("*1", "").replace("1*", "");
}
