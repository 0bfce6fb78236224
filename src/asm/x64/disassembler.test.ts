import { describe, expect, test } from "vitest";
import { disassemble, disassembly } from "./disassembler.ts";
import { Operand } from "./operand.ts";

const bytesOf = (hex: string): Uint8Array => {
  const digits = hex.replace(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
};
const text = (hex: string, address?: bigint | number): string =>
  disassemble(bytesOf(hex), { address })
    .map((instruction) => instruction.text)
    .join("; ");

describe("text", () => {
  // bytes, then text as `llvm-mc --disassemble --output-asm-variant=1` prints it
  test.each([
    ["48 89 f8 48 83 c0 04 c3", "mov rax, rdi; add rax, 4; ret"],
    ["48 8b 44 cf 10", "mov rax, qword ptr [rdi + 8*rcx + 16]"],
    ["48 8b 05 10 00 00 00", "mov rax, qword ptr [rip + 16]"],
    ["48 8b 05 f0 ff ff ff", "mov rax, qword ptr [rip - 16]"],
    ["48 8b 04 25 00 10 00 00", "mov rax, qword ptr [4096]"],
    ["48 8b 0c 8d 00 00 00 00", "mov rcx, qword ptr [4*rcx]"],
    ["48 8b 04 24", "mov rax, qword ptr [rsp]"],
    ["4a 8b 04 20", "mov rax, qword ptr [rax + r12]"],
    ["48 8b 44 e0 01", "mov rax, qword ptr [rax + 8*riz + 1]"],
    ["67 48 8b 00", "mov rax, qword ptr [eax]"],
    ["67 8b 05 00 00 00 00", "mov eax, dword ptr [eip]"],
    ["64 48 8b 04 25 28 00 00 00", "mov rax, qword ptr fs:[40]"],
    ["88 e0", "mov al, ah"],
    ["40 88 e0", "mov al, spl"],
    ["b8 ff ff ff ff", "mov eax, 4294967295"],
    ["48 c7 c0 ff ff ff ff", "mov rax, -1"],
    ["48 b8 ff ff ff ff ff ff ff ff", "movabs rax, -1"],
    ["66 05 ff ff", "add ax, 65535"],
    ["eb fe", "jmp -2"],
    ["0f 84 00 00 00 00", "je 0"],
    ["90 66 90 48 90 41 90 f3 90", "nop; nop; nop; xchg eax, r8d; pause"],
    ["d1 e0", "shl eax"],
    ["f0 0f b1 0f", "lock cmpxchg dword ptr [rdi], ecx"],
    ["f3 48 ab", "rep stosq qword ptr es:[rdi], rax"],
    ["66 41 0f 6e c0", "movd xmm0, r8d"],
    ["f2 0f c2 c1 01", "cmpltsd xmm0, xmm1"],
    ["c5 f0 c2 c1 1f", "vcmptrue_usps xmm0, xmm1, xmm1"],
    ["c5 f0 c2 c1 20", "vcmpps xmm0, xmm1, xmm1, 32"],
    ["c4 e3 71 4a c2 30", "vblendvps xmm0, xmm1, xmm2, xmm3"],
    ["c4 e2 61 92 34 25 08 00 00 00", "vgatherdps xmm6, xmmword ptr [xmm4 + 8], xmm3"],
    ["c4 e2 fb f6 c1", "mulx rax, rax, rcx"],
  ])("%s is %s", (hex, expected) => {
    expect(text(hex)).toBe(expected);
  });

  test("branch targets are absolute where the address is known", () => {
    expect(text("75 fe e8 00 00 00 00", 0x1000)).toBe("jne 0x1000; call 0x1007");
    expect(text("eb fd", 0n)).toBe("jmp 0xffffffffffffffff");
    expect(text("eb 10", 0xffff_ffff_ffff_fff8n)).toBe("jmp 0xa");
    expect(text("48 8b 05 10 00 00 00", 0x1000)).toBe("mov rax, qword ptr [rip + 16]");
  });
});

describe("bytes that are no instruction", () => {
  test.each([
    "06",
    "0f 04",
    "48 b8 01 02",
    "8b",
    "8b 05 00 00",
    "c5 f0",
    "66",
    "66 c5 f0 58 c0",
    "48 c5 f0 58 c0",
    "c5 70 10 0f",
    "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90",
  ])("%s starts with (bad)", (hex) => {
    const [first] = disassemble(bytesOf(hex));
    expect(first).toMatchObject({ text: "(bad)", offset: 0, length: 1, mnemonic: "", row: undefined });
    expect(first?.operands).toEqual([]);
  });

  test("are passed over one by one", () => {
    expect(text("06 90 0e c3")).toBe("(bad); nop; (bad); ret");
    expect(text("")).toBe("");
  });

  test("what is no bytes is refused", () => {
    // @ts-expect-error text is not bytes
    expect(() => disassemble("4889f8")).toThrow("disassemble: expected a Uint8Array, got string");
  });

  test("a lock prefix before nothing is an instruction of its own", () => {
    expect(text("f0 06")).toBe("lock; (bad)");
  });

  test("fifteen bytes are the most", () => {
    const prefixes = "66".repeat(14);
    expect(disassemble(bytesOf(`${prefixes}90`))).toMatchObject([{ length: 15, text: "nop" }]);
  });
});

describe("an instruction", () => {
  test("knows its place, bytes and row", () => {
    const source = bytesOf("90 48 03 44 cf 10");
    const [, add] = disassemble(source);
    expect(add).toMatchObject({ offset: 1, length: 5, mnemonic: "add", text: "add rax, qword ptr [rdi + 8*rcx + 16]" });
    expect([...(add?.bytes ?? [])]).toEqual([...source.subarray(1)]);
    expect(add?.row?.encoding).toBe("REX.W 03 /r");
    expect(add?.operands.map(String)).toEqual(["rax", "qword ptr [rdi + 8*rcx + 16]"]);
    expect(add?.row?.operands.map(({ read, written }) => [read, written])).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  test("has operands that the assembler takes", () => {
    const [move] = disassemble(bytesOf("48 b8 ff ff ff ff ff ff ff ff"));
    expect(move?.operands[0]).toBeInstanceOf(Operand);
    expect(move?.operands[1]).toBe(-1n);
    const [compare] = disassemble(bytesOf("c5 f0 c2 c1 1f"));
    expect(compare).toMatchObject({ mnemonic: "vcmpps" });
    expect(compare?.operands[3]).toBe(31);
  });

  test("names the features it needs", () => {
    expect(disassemble(bytesOf("c4 e2 75 b8 c0"))[0]?.row?.features).toEqual(["fma"]);
    expect(disassemble(bytesOf("c3"))[0]?.row?.features).toEqual([]);
  });
});

test("a megabyte of anything comes to an end, and every byte has its instruction", () => {
  const bytes = new Uint8Array(1 << 20);
  for (let at = 0, state = 1; at < bytes.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  let next = 0;
  for (const { offset, length } of disassemble(bytes)) {
    if (offset !== next || length < 1 || length > 15) throw new Error(`instruction at ${offset}, expected ${next}`);
    next = offset + length;
  }
  expect(next).toBe(bytes.length);
});

test("disassembly gives the same instructions one at a time", () => {
  const bytes = bytesOf("48 89 f8 ff 48 83 c0 04 c3");
  expect([...disassembly(bytes, { address: 16 })]).toEqual(disassemble(bytes, { address: 16 }));
  const [first] = disassembly(bytes);
  expect(first?.text).toBe("mov rax, rdi");
});
