import { describe, expect, test } from "vitest";
import { CompileError, type Diagnostic } from "../../../base/diagnostics.ts";
import { EncodingError } from "../../../base/errors.ts";
import { disassemble } from "../disassembler.ts";
import { type AssembleOptions, assemble, assembleText } from "./assemble.ts";

const hex = (text: string, options?: AssembleOptions): string => Buffer.from(assemble(text, options)).toString("hex");

/** Each group of texts is the same instruction, whose bytes GNU as and llvm-mc make of their spelling of it. */
describe("spellings", () => {
  test.each([
    ["4889f8", ["mov rax, rdi", "MOV RAX,RDI", "  mov\trax , rdi ; comment", "mov rax, rdi # c", "mov rax, rdi // c"]],
    [
      "8b44c8fc",
      ["mov eax, dword ptr [rax + 8*rcx - 4]", "mov eax, [rax+rcx*8-4]", "mov eax, dword [rcx*8 + rax - 4]"],
    ],
    ["8b44c8fc", ["mov eax, -4[rax][rcx*8]", "mov eax, DWORD PTR [rax+2*(rcx*4)-(8-4)]", "mov eax, [rax][8*rcx - 4]"]],
    ["8b0424", ["mov eax, [rsp]", "mov eax, [rsp+0]", "mov eax, dword ptr [rsp + 1 - 1]"]],
    ["8b040c", ["mov eax, [rsp + rcx]", "mov eax, [rcx + rsp]", "mov eax, [1*rcx + rsp]"]],
    ["8b044d00000000", ["mov eax, [2*rcx]", "mov eax, [rcx*2]"]],
    [
      "64488b042528000000",
      ["mov rax, fs:[0x28]", "mov rax, qword ptr fs:[28h]", "mov rax, [fs:0x28]", "mov rax, fs:40"],
    ],
    ["488b0510000000", ["mov rax, [rip + 16]", "mov rax, 16[rip]", "mov rax, qword ptr [rip+0x10]"]],
    ["678b4008", ["mov eax, [eax + 8]"]],
    ["678b0510000000", ["mov eax, dword ptr [eip + 16]"]],
    ["8b0420", ["mov eax, dword ptr [rax + riz]"]],
    ["8b0460", ["mov eax, dword ptr [rax + 2*riz]"]],
    ["48b8f0debc9a78563412", ["mov rax, 0x123456789abcdef0", "movabs rax, 123456789abcdef0h"]],
    ["48b80500000000000000", ["movabs rax, 5"]],
    ["b8ffffffff", ["mov eax, -1", "mov eax, 0xffffffff", "mov eax, ~0", "mov eax, 4294967295"]],
    ["b861620000", ["mov eax, 'ab'", "mov eax, 25185", "mov eax, 'a' | 'b' << 8"]],
    [
      "b80e000000",
      ["mov eax, 2 + 3 * 4", "mov eax, (2+5)*2", "mov eax, 29 / 2", "mov eax, 30 % 16", "mov eax, 15 ^ 1"],
    ],
    ["48d1f8", ["sar rax", "sar rax, 1"]],
    ["0f94c0", ["sete al", "setz al"]],
    ["7300", ["jae 0", "jnb 0", "jnc short 0"]],
    ["ebfe", ["jmp $", "x: jmp x", "1: jmp 1b", "jmp -2", "jmp .", "jmp short $"]],
    ["0f84faffffff", ["je near $"]],
    ["eb00", ["jmp x\nx:", "jmp 1f\n1:", "jmp $ + 2"]],
    ["e800000000", ["call x\nx:", "call 0"]],
    ["e2fe", ["loop $"]],
    ["660fc2c101", ["cmpltpd xmm0, xmm1", "cmppd xmm0, xmm1, 1"]],
    ["c5f0c2c210", ["vcmpeq_osps xmm0, xmm1, xmm2", "vcmpps xmm0, xmm1, xmm2, 16"]],
    ["c5f0c2c200", ["vcmpeqps xmm0, xmm1, xmm2", "vcmpeq_oqps xmm0, xmm1, xmm2"]],
    ["660f3a44c111", ["pclmulhqhqdq xmm0, xmm1", "pclmulqdq xmm0, xmm1, 17"]],
    ["660f3815c1", ["blendvpd xmm0, xmm1", "blendvpd xmm0, xmm1, xmm0"]],
    ["660f70c1ff", ["pshufd xmm0, xmm1, 255", "pshufd xmm0, xmm1, -1"]],
    ["486bc005", ["imul rax, rax, 5", "imul rax, 5"]],
    ["86c3", ["xchg al, bl"]],
    ["f3aa", ["rep stosb", "rep stosb byte ptr es:[rdi], al", "rep stos byte ptr [rdi]", "repe stosb"]],
    ["a5", ["movsd", "movs dword ptr es:[rdi], dword ptr [rsi]", "movsd dword ptr es:[rdi], dword ptr ds:[rsi]"]],
    ["64a4", ["movsb byte ptr es:[rdi], byte ptr fs:[rsi]"]],
    ["67aa", ["stosb byte ptr es:[edi], al"]],
    ["f2ae", ["repne scasb", "repnz scas al, byte ptr es:[rdi]"]],
    ["f20f1000", ["movsd xmm0, qword ptr [rax]", "movsd xmm0, [rax]"]],
    ["f0830001", ["lock add dword ptr [rax], 1", "lock\nadd dword [rax], 1"]],
    ["f3c3", ["rep ret"]],
    ["3effe0", ["notrack jmp rax"]],
    ["666690", ["data16 data16 nop"]],
    ["f2e900000000", ["bnd jmp near 0"]],
    ["c8008080", ["enter -32768, -128"]],
    ["666a05", ["pushw 5", "push word 5"]],
    ["66683412", ["pushw 0x1234", "push word 0x1234"]],
    ["0fa0", ["push fs"]],
    ["8cd8", ["mov eax, ds"]],
    ["8e18", ["mov ds, word ptr [rax]", "mov ds, [rax]"]],
    ["48a18877665544332211", ["movabs rax, qword ptr [0x1122334455667788]", "mov rax, [0x1122334455667788]"]],
    ["a08877665544332211", ["movabs al, [0x1122334455667788]", "mov al, byte ptr [0x1122334455667788]"]],
    ["a30500000000000000", ["movabs [5], eax", "movabs dword ptr [5], eax"]],
    ["64a30500000000000000", ["movabs fs:[5], eax", "movabs dword ptr fs:[5], eax"]],
    ["67ac", ["addr32 lodsb", "a32 lodsb", "[bits 64]\na32 lodsb", "[section .text]\nextern f\na32 lodsb"]],
    ["c70005000000", ["mov dword ptr [rax], 5", "mov [rax], dword 5"]],
    ["ff28", ["ljmp fword ptr [rax]", "ljmp [rax]", "jmp far [rax]", "jmp fword ptr [rax]", "jmp far fword ptr [rax]"]],
    ["66ff18", ["lcall dword ptr [rax]", "call far dword ptr [rax]"]],
    ["48ff18", ["lcall tbyte ptr [rax]", "call tword [rax]"]],
    ["0fb508", ["lgs ecx, [rax]", "lgs ecx, fword ptr [rax]"]],
    ["67e2fd", ["addr32 loop $", "loop $, ecx"]],
    ["e2fe", ["loop $, rcx"]],
    ["f0ff00", ["lock inc dword ptr [rax]"]],
    ["f2f0ff00", ["xacquire lock inc dword ptr [rax]"]],
    ["f3c70005000000", ["xrelease mov dword ptr [rax], 5"]],
    ["909090", ["times 3 nop", "times 2+1 nop"]],
    ["90000000", ["nop\ntimes 4-($-$$) db 0"]],
    ["c3", ["times 0 nop\nret"]],
    ["ebfeebfe", ["times 2 jmp $"]],
    ["eb00", ["jmp r16\nr16:", "jmp st1\nst1:"]],
    ["4088f0", ["mov al, sil"]],
    ["4588c8", ["mov r8l, r9b", "mov r8b, r9b"]],
  ])("%s", (bytes, texts) => {
    for (const text of texts) expect(`${text} = ${hex(text)}`).toBe(`${text} = ${bytes}`);
  });
});

describe("labels and data", () => {
  test("local names belong to the last global one, .L names to all", () => {
    expect(hex(".L0: nop\na: .x: jmp .x\nb: .x: jmp .x\njmp .L0\njmp a.x")).toBe("90ebfeebfeebf9ebf8");
  });

  test("data in all widths", () => {
    expect(hex("db 1, -1, 255, 'a', \"bc\", `\\n\\x41`")).toBe("01ffff6162630a41");
    expect(hex("dw 0x1234, 'a', 'abc'")).toBe("34126100" + "61626300");
    expect(hex("dd -1, 1.5\ndq 1.5, -0.5, 0xffffffffffffffff")).toBe(
      "ffffffff0000c03f000000000000f83f000000000000e0bfffffffffffffffff",
    );
    expect(hex('.ascii "a\\n\\101\\"", "b"\n.asciz "c"\n.byte 1\n.long 2\n.quad 3')).toBe(
      "610a4122626300010200000003000000" + "00000000",
    );
    expect(hex('db "é€😀"')).toBe("c3a9e282acf09f9880");
    expect(hex("db 'C:\\'")).toBe("433a5c");
    expect(hex('db "C:\\"')).toBe("433a5c");
    expect(hex("resb 3\n.zero 2")).toBe("0000000000");
    expect(hex("resw 1\nresd 1\nresq 1")).toBe("00".repeat(14));
  });

  test("labels in data: distances, addresses, constants", () => {
    expect(hex("a: nop\nb: dd b - a, a - b\ndq b - a + 1")).toBe("90" + "01000000" + "ffffffff" + "0200000000000000");
    expect(hex("msg db 'hello'\nlength equ $ - msg\nmov eax, length")).toBe("68656c6c6f" + "b805000000");
    expect(hex("x = 5\nmov eax, x\nx = 6\nmov eax, x\n.set y, x * 2\nmov al, y")).toBe("b805000000b806000000b00c");
    expect(hex("nop\nx: dq x\ndd x", { address: 0x401000 })).toBe("90" + "0110400000000000" + "01104000");
    expect(hex("mov rax, x\nmov eax, offset x\npush x\nx:", { address: 0x1000 })).toBe(
      "48b81410000000000000" + "b814100000" + "6814100000",
    );
    // A distance over code that may grow is known after layout.
    expect(hex(`a: jmp b\nresb 200\nb: dd b - a`).slice(-8)).toBe("cd000000");
  });

  test("alignment", () => {
    expect(hex("nop\nalign 4\nret")).toBe("900f1f00c3");
    expect(hex("nop\nalign 4, db 0xcc\nret")).toBe("90ccccccc3");
    expect(hex("nop\n.p2align 2, 0x90\nret")).toBe("900f1f00c3");
    expect(hex("ret\n.balign 4, 0")).toBe("c3000000");
  });

  test("what compilers write around code is passed over", () => {
    const text = `
      .intel_syntax noprefix
      .text
      .globl square
      .type square, @function
    square:
      .cfi_startproc
      imul edi, edi
      mov eax, DWORD PTR .LC0[rip]
      ret
      .cfi_endproc
    .LC0:
      .long 7`;
    expect(hex(text)).toBe("0fafff" + "8b0501000000" + "c3" + "07000000");
  });
});

describe("branches", () => {
  test("are as short as they can be, both ways", () => {
    expect(hex(`jmp x\nresb 127\nx:`).slice(0, 4)).toBe("eb7f");
    expect(hex(`jmp x\nresb 128\nx:`).slice(0, 10)).toBe("e980000000");
    expect(hex(`x: resb 126\njne x`).slice(-4)).toBe("7580");
    expect(hex(`x: resb 127\njne x`).slice(-12)).toBe("0f857bffffff");
  });

  test("to a label plus a number, and to addresses, grow as well", () => {
    expect(hex("jmp x + 1\nx: nop\nnop")).toBe("eb019090");
    expect(hex("jmp x + 128\nx: nop").slice(0, 10)).toBe("e980000000");
    expect(hex("jmp 0x1000", { address: 0x1000 })).toBe("ebfe");
    expect(hex("jmp 0x1081", { address: 0x1000 })).toBe("eb7f");
    expect(hex("jmp 0x1082", { address: 0x1000 })).toBe("e97d000000");
    expect(hex("call 0x1000\nje 0", { address: 0xfff0n })).toBe("e80b10ffff0f840500ffff");
    // The first jump grows because of the second one.
    const text = `jmp 0x1081\nresb 120\njmp x\nresb 200\nx:`;
    expect(disassemble(assemble(text, { address: 0x1000 }), { address: 0x1000 })[0]?.text).toBe("jmp 0x1081");
  });

  test("print back to the same text at an address", () => {
    const text = ["je 0x1005", "call 0x2000", "jmp 0x1000", "loop 0x1000", "jmp 0x5000"].join("\n");
    const address = 0x1000n;
    const printed = disassemble(assemble(text, { address }), { address }).map((instruction) => instruction.text);
    expect(printed.join("\n")).toBe(text);
  });

  test("in the form that was asked for", () => {
    expect(hex("jmp near x\nx:")).toBe("e900000000");
    expect(hex("jmp short x\nx:")).toBe("eb00");
    expect(hex("mov eax, [rel 0x2000]", { address: 0x1000 })).toBe("8b05fa0f0000");
  });
});

test("lines, with their places after branches have grown", () => {
  const text = "start: jmp end ; away\n\n  resb 200\n .x: mov eax, 1\nend: ret";
  const { bytes, lines, labels } = assembleText(text);
  expect(lines.map(({ text, offset, bytes }) => [text, offset, bytes.length])).toEqual([
    ["jmp end", 0, 5],
    ["resb 200", 5, 200],
    ["mov eax, 1", 205, 5],
    ["ret", 210, 1],
  ]);
  expect([...labels]).toEqual([
    ["start", 0],
    ["end", 210],
    ["start.x", 205],
  ]);
  expect(bytes.length).toBe(211);
  const jump = lines[0];
  expect(text.slice(jump?.span.start, jump?.span.end)).toBe("jmp end");
});

function diagnostics(text: string, options?: AssembleOptions): readonly Diagnostic[] {
  try {
    assemble(text, options);
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics;
    throw error;
  }
  return [];
}

describe("faults point at the token", () => {
  test.each([
    ["", "empty-text", ""],
    ["  ; nothing\n\n", "empty-text", ""],
    ["foo rax", "unknown-mnemonic", "foo"],
    ["mvo rax, 1", "unknown-mnemonic", "mvo"],
    ["fld qword ptr [rax]", "unknown-mnemonic", "fld"],
    ["add rax, ecx", "no-such-form", "rax, ecx"],
    ["ret rax, rbx, rcx, rdx, rsi", "no-such-form", "rax, rbx, rcx, rdx, rsi"],
    ["add [rax], 1", "unknown-size", "[rax]"],
    ["add rax, 0x80000000", "immediate-out-of-range", "0x80000000"],
    ["mov al, 256", "immediate-out-of-range", "256"],
    ["shl eax, 256", "immediate-out-of-range", "256"],
    ["db 256", "immediate-out-of-range", "256"],
    ["mov eax, 0x10000000000000000", "bad-number", "0x10000000000000000"],
    ["mov eax, 12ab", "bad-number", "12ab"],
    ["mov eax, 1.5", "bad-number", "1.5"],
    ["mov ah, sil", "high-byte-with-rex", "ah"],
    ["mov r8b, ch", "high-byte-with-rex", "ch"],
    ["mov eax, [rax + 2*rsp]", "bad-index", "rsp"],
    ["mov eax, [rsp + rsp]", "bad-index", "rsp"],
    ["mov eax, [rax + 2*bx]", "bad-index", "bx"],
    ["mov eax, [ax]", "bad-index", "ax"],
    ["mov eax, [rax + 3*rcx]", "bad-scale", "3*rcx"],
    ["mov eax, [2*rax + 4*rcx]", "bad-scale", "rax"],
    ["mov eax, [rax + rbx + rcx]", "bad-address", "rcx"],
    ["mov eax, [rax - rbx]", "bad-address", "rbx"],
    ["mov eax, [rax + ecx]", "bad-address", "[rax + ecx]"],
    ["mov eax, [rip + rax]", "bad-address", "rax"],
    ["x: mov eax, [x + rax]", "bad-address", "rax"],
    ["mov eax, [rax + 0x80000000]", "bad-address", "[rax + 0x80000000]"],
    ["mov eax, [rax", "missing-bracket", "["],
    ["mov eax, (1", "missing-bracket", "("],
    ["mov eax, 1)", "unexpected-token", ")"],
    ["mov eax, rax + 1", "unexpected-token", "+"],
    ["mov eax, 1 + rax", "bad-expression", "rax"],
    ["mov eax, 1 / 0", "bad-expression", "1 / 0"],
    ["mov eax, 1 << 64", "bad-expression", "1 << 64"],
    ["mov eax,", "unexpected-token", ""],
    ["mov eax 1", "unexpected-token", "1"],
    ["mov %eax, 1", "unexpected-token", "%"],
    ["mov eax, $5", "unexpected-token", "$5"],
    ["x: ret x", "no-such-form", "x"],
    ["42", "unexpected-token", "42"],
    ["db 'abc", "bad-string", "'abc"],
    ["mov rax, rxb", "undefined-label", "rxb"],
    ["jmp nowhere", "undefined-label", "nowhere"],
    ["jmp 1f", "undefined-label", "1f"],
    ["a: nop\na: nop", "duplicate-label", "a"],
    ["a equ 1\na: nop", "duplicate-label", "a"],
    ["rax: nop", "bad-label", "rax"],
    ["x: mov rax, x", "unknown-address", "x"],
    ["mov eax, [rel 0x1000]", "unknown-address", "[rel 0x1000]"],
    ["x: resb 200\nloop x", "out-of-reach", "x"],
    ["[bits 32]", "left-out", "32"],
    ["[rax]", "unexpected-token", "rax"],
    ["[bits 64", "missing-bracket", "["],
    ["shl [rax], byte 5", "unknown-size", "[rax]"],
    ["x: resb 200\njmp short x", "out-of-reach", "short x"],
    ["rep movaps xmm0, xmm1", "misplaced-prefix", "rep"],
    ["data16 add eax, ecx", "misplaced-prefix", "data16"],
    ["lock lock", "misplaced-prefix", "lock"],
    ["rep", "misplaced-prefix", "rep"],
    ["call far rax", "no-such-form", "far rax"],
    ["call far 0x1000", "no-such-form", "far 0x1000"],
    ["mov far [rax], eax", "no-such-form", "mov far [rax], eax"],
    ["lock mov [rax], eax", "misplaced-prefix", "lock"],
    ["lock add eax, ecx", "misplaced-prefix", "lock"],
    ["lock lock add [rax], ecx", "misplaced-prefix", "lock"],
    ["rep add [rax], ecx", "misplaced-prefix", "rep"],
    ["repne repe scasb", "misplaced-prefix", "repe"],
    ["xacquire add [rax], ecx", "misplaced-prefix", "xacquire"],
    ["xacquire mov [rax], ecx", "misplaced-prefix", "xacquire"],
    ["bnd mov [rax], ecx", "misplaced-prefix", "bnd"],
    ["bits 32", "left-out", "32"],
    ["section .data", "left-out", ".data"],
    ["align 3", "bad-number", "3"],
    ["resb -1", "bad-number", "-1"],
    ["vaddps xmm0{k0}, xmm1, xmm2", "bad-decorator", "{k0}"],
    ["vaddps xmm0{z}, xmm1, xmm2", "bad-decorator", "{z}"],
    ["vaddps xmm0{foo}, xmm1, xmm2", "bad-decorator", "{foo}"],
    ["movsb byte ptr [rax], byte ptr [rsi]", "no-such-form", "byte ptr [rax]"],
  ])("%j: %s at %j", (text, code, token) => {
    const [first] = diagnostics(text);
    expect(first?.code).toBe(code);
    expect(text.slice(first?.span.start, first?.span.end)).toBe(token);
  });

  test("suggest the nearest word", () => {
    const hints = ["mvo rax, 1", "mov rax, raxx", "start: jmp strat", "vaddsp xmm0, xmm1, xmm2"].map(
      (text) => diagnostics(text)[0]?.hint,
    );
    expect(hints).toEqual(["did you mean mov?", "did you mean rax?", "did you mean start?", "did you mean vaddps?"]);
  });

  test("all of a text in one go, in order, to a bound", () => {
    const codes = diagnostics("jmp a\nfoo\nmov eax, [\nb: b:\nnop").map(({ code }) => code);
    expect(codes).toEqual(["undefined-label", "unknown-mnemonic", "unexpected-token", "duplicate-label"]);
    expect(diagnostics("foo\n".repeat(1000)).length).toBe(51);
    expect(() => assemble("ret\nfoo", { name: "a.s" })).toThrow("a.s:2:1: unknown-mnemonic: foo");
  });

  test("what is no text", () => {
    // @ts-expect-error: untyped callers
    expect(() => assemble(undefined)).toThrow(EncodingError);
  });
});

describe("hostile text", () => {
  const million = 1 << 20;
  test.each([
    ["one word", "a".repeat(million)],
    ["brackets", `mov eax, ${"[".repeat(million)}`],
    ["parentheses", `mov eax, ${"(".repeat(million)}`],
    ["signs", `mov eax, ${"-".repeat(million)}1`],
    ["digits", `mov eax, ${"9".repeat(million)}`],
    ["a string", `db "${"a".repeat(million)}`],
    ["operands", `add ${"rax,".repeat(million)}`],
    ["braces", `vaddps xmm0${"{k1}".repeat(million)}`],
    ["labels", "a:".repeat(million)],
    ["undefined names", Array.from({ length: 1e5 }, (_, i) => `jmp q${i}`).join("\n")],
    ["new lines", "\n".repeat(million)],
    ["binary", Array.from({ length: 1e5 }, (_, i) => String.fromCharCode((i * 7919) % 65536)).join("")],
  ])("%s end in diagnostics", (_name, text) => {
    // Time of the processor: others may use it too.
    const start = process.cpuUsage();
    expect(diagnostics(text).length).toBeGreaterThan(0);
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });
});
