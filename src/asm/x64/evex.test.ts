/** Masks, broadcast memory, rounding and compressed displacements, from the methods to bytes, text and back. Bytes are LLVM's. */
import { describe, expect, test } from "vitest";
import { type Assembler, assembler } from "./assembler.ts";
import { disassemble } from "./disassembler.ts";
import type { Operand } from "./operand.ts";
import { dword, ptr, qword, xmmword, ymmword, zmmword } from "./operands.ts";
import {
  ecx,
  k0,
  k1,
  k2,
  k7,
  r13,
  rax,
  rcx,
  rdi,
  rnSae,
  rzSae,
  sae,
  xmm0,
  xmm1,
  xmm2,
  xmm3,
  xmm16,
  xmm17,
  ymm1,
  ymm2,
  ymm20,
  zmm0,
  zmm1,
  zmm2,
  zmm3,
  zmm16,
  zmm17,
  zmm20,
  zmm31,
} from "./registers.ts";

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function emitted(emit: (a: Assembler) => void): Uint8Array {
  const a = assembler();
  emit(a);
  return a.toBytes();
}

const cases: [text: string, hex: string, (a: Assembler) => void][] = [
  ["vaddpd zmm1, zmm2, zmm3", "62f1ed4858cb", (a) => a.vaddpd(zmm1, zmm2, zmm3)],
  ["vaddpd zmm1 {k1}, zmm2, zmm3", "62f1ed4958cb", (a) => a.vaddpd(zmm1.mask(k1), zmm2, zmm3)],
  ["vaddpd zmm1 {k7} {z}, zmm2, zmm3", "62f1edcf58cb", (a) => a.vaddpd(zmm1.maskz(k7), zmm2, zmm3)],
  ["vaddpd zmm17, zmm16, zmm31", "6281fd4058cf", (a) => a.vaddpd(zmm17, zmm16, zmm31)],
  ["vaddpd xmm0, xmm1, xmm17", "62b1f50858c1", (a) => a.vaddpd(xmm0, xmm1, xmm17)],
  ["vaddpd xmm0, xmm1, xmm2", "c5f158c2", (a) => a.vaddpd(xmm0, xmm1, xmm2)],
  ["vaddpd zmm1, zmm2, zmm3, {rn-sae}", "62f1ed1858cb", (a) => a.vaddpd(zmm1, zmm2, zmm3, rnSae)],
  ["vaddsd xmm1 {k1} {z}, xmm2, xmm3, {rz-sae}", "62f1eff958cb", (a) => a.vaddsd(xmm1.maskz(k1), xmm2, xmm3, rzSae)],
  ["vaddpd zmm1, zmm2, qword ptr [rax]{1to8}", "62f1ed585808", (a) => a.vaddpd(zmm1, zmm2, qword(rax).broadcast(8))],
  ["vcmpltpd k2, zmm17, zmm3, {sae}", "62f1f510c2d301", (a) => a.vcmppd(k2, zmm17, zmm3, 1, sae)],
  ["vcvtsi2sd xmm1, xmm2, {rz-sae}, rax", "62f1ef782ac8", (a) => a.vcvtsi2sd(xmm1, xmm2, rax, rzSae)],
  [
    "vgatherdpd zmm1 {k1}, zmmword ptr [rax + 2*ymm20 + 8]",
    "62f2fd41924c6001",
    (a) => a.vgatherdpd(zmm1.mask(k1), ptr(rax, ymm20, 2, 8)),
  ],
  [
    "vscatterdps zmmword ptr [rax + 2*zmm20 + 8] {k1}, zmm3",
    "62f27d41a25c6002",
    (a) => a.vscatterdps(ptr(rax, zmm20, 2, 8).mask(k1), zmm3),
  ],
  [
    "vcompressps zmmword ptr [rax + 4] {k1}, zmm3",
    "62f27d498a5801",
    (a) => a.vcompressps(zmmword(rax, 4).mask(k1), zmm3),
  ],
  ["vpsrld zmm1 {k1}, zmm2, 3", "62f1754972d203", (a) => a.vpsrld(zmm1.mask(k1), zmm2, 3)],
  ["kmovw k1, ecx", "c5f892c9", (a) => a.kmovw(k1, ecx)],
];

test.each(cases)("%s", (text, hex, emit) => {
  const bytes = emitted(emit);
  expect(hexOf(bytes)).toBe(hex);
  const [instruction] = disassemble(bytes);
  expect(instruction?.text).toBe(text);
  const again = assembler();
  // The method of a mnemonic that only the run knows.
  const methods = again as unknown as Record<string, (...operands: readonly unknown[]) => void>;
  methods[instruction?.mnemonic ?? ""]?.(...(instruction?.operands ?? []));
  expect(hexOf(again.toBytes())).toBe(hex);
});

describe("a displacement of eight bits counts in what is read", () => {
  const length = (memory: Operand<"m512"> | Operand<"m64to8">): number =>
    emitted((a) => a.vaddpd(zmm0, zmm1, memory)).length;
  test.each([
    [0, 6],
    [64, 7],
    [8128, 7],
    [-8192, 7],
    [8192, 10],
    [-8256, 10],
    [65, 10],
    [1, 10],
  ])("64 bytes: %i", (disp, bytes) => expect(length(zmmword(rdi, disp))).toBe(bytes));
  test.each([
    [8, 7],
    [1016, 7],
    [1024, 10],
    [-1024, 7],
    [-1032, 10],
    [4, 10],
  ])("a broadcast element of 8 bytes: %i", (disp, bytes) => expect(length(qword(rdi, disp).broadcast(8))).toBe(bytes));
  test("rbp and r13 have one always", () => expect(length(zmmword(r13))).toBe(7));
});

test("a masked register is made once", () => {
  expect(zmm1.mask(k1)).toBe(zmm1.mask(k1));
  expect(zmm1.mask(k1)).not.toBe(zmm1.maskz(k1));
  expect(xmm16.mask(k1)).not.toBe(xmm0.mask(k1));
});

test("operands print as the manuals write them", () => {
  expect(String(zmm1.maskz(k2))).toBe("zmm1 {k2} {z}");
  expect(String(dword(rax, 4).broadcast(16))).toBe("dword ptr [rax + 4]{1to16}");
  expect(String(zmmword(rdi).mask(k1))).toBe("zmmword ptr [rdi] {k1}");
  expect([rnSae, rzSae, sae].join(" ")).toBe("{rn-sae} {rz-sae} {sae}");
});

/** For calls that the checker refuses. */
type Untyped = Record<string, (...operands: readonly unknown[]) => void>;
const untyped = (value: unknown): Untyped => value as Untyped;

test.each<[expected: RegExp, () => void]>([
  [/a mask is k1 to k7, not k0/, () => untyped(zmm1).mask?.(k0)],
  [/a mask is k1 to k7, not zmm1/, () => untyped(zmm1).mask?.(zmm1)],
  [/memory has no zeroing/, () => untyped(zmmword(rax)).maskz?.(k1)],
  [/rax cannot be masked/, () => untyped(rax).mask?.(k1)],
  [/expected 2, 4, or 8 lanes, got 16/, () => untyped(qword(rax)).broadcast?.(16)],
  [/zmmword ptr \[rax\] cannot be broadcast/, () => untyped(zmmword(rax)).broadcast?.(2)],
])("operands: %s", (expected, make) => expect(make).toThrow(expected));

test.each<[mnemonic: string, expected: RegExp, ...operands: unknown[]]>([
  [
    "vaddpd",
    /\(zmm1, zmm2, m64bcst\{1to4\}\); forms: zmm\{kz\}, zmm, zmm\/m512\/m64bcst/,
    zmm1,
    zmm2,
    qword(rax).broadcast(4),
  ],
  ["vaddpd", /zmm2 \{k1\} is no destination/, zmm1, zmm2.mask(k1), zmm3],
  ["vaddpd", /\{rn-sae\} stands between registers only/, zmm1, zmm2, zmmword(rax), rnSae],
  ["vaddpd", /\{rn-sae\} stands behind the operands of forms with \{er\}/, ymm1, ymm2, ymm1, rnSae],
  ["vaddpd", /\{sae\} cannot follow, but a rounding mode such as \{rn-sae\} can/, zmm1, zmm2, zmm3, sae],
  ["vpaddd", /\{rn-sae\} cannot follow, this instruction does not round/, zmm1, zmm2, zmm3, rnSae],
  ["vcmppd", /no form takes/, k1, zmm2, zmm3, 3, 4],
  ["vmovapd", /no form takes/, ymmword(rax).mask(k1), zmm1],
  ["vpcompressd", /no form takes/, xmmword(rax).mask(k1), zmm1],
  ["vgatherdpd", /need a mask/, zmm1, ptr(rdi, ymm20, 8)],
  ["vgatherdpd", /needs a vector register as its index/, zmm1.mask(k1), zmmword(rdi)],
  ["vgatherdpd", /destination and index have to be different registers/, zmm1.mask(k1), ptr(rdi, ymm1, 8)],
  ["vgatherdpd", /destination, index and mask have to be different/, ymm1, ptr(rdi, xmm1, 8), ymm2],
  ["vgatherdpd", /cannot be zeroed here/, zmm1.maskz(k1), ptr(rdi, ymm20, 8)],
  ["add", /no form takes/, rax, rcx, sae],
])("%s: %s", (mnemonic, expected, ...operands) => {
  const a = assembler();
  expect(() => untyped(a)[mnemonic]?.(...operands)).toThrow(expected);
  expect(a.toBytes().length).toBe(0);
});

test.each([
  ["z without a mask", "62f1edc858cb"],
  ["z on memory", "62f1fdc9290b"],
  ["L'L = 11 without rounding", "62f1ed6858cb"],
  ["b between registers that do not round", "62f1fd5828cb"],
  ["b beside memory that is not broadcast", "62f1fd58280b"],
  ["vvvv without an operand", "62f1f54828cb"],
  ["V' without an operand", "62f1fd4028cb"],
  ["a mask where none can be", "62f27e4939c1"],
  ["a gather without a mask", "62f2fd48924c6001"],
  ["map 0", "62f0ed1858cb"],
  ["bit 2 of the second byte clear", "62f1e94858cb"],
  ["a mask register with R", "6231f510c2d601"],
  ["a general register with R'", "62e1ff182dc0"],
])("no instruction: %s", (_, hex) => {
  expect(disassemble(Uint8Array.from(Buffer.from(hex, "hex")))[0]?.text).toBe("(bad)");
});
