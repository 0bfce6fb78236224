/**
 * What must fail: operands that no instruction has, numbers out of range, labels without a place or with two, text and
 * bytes that are none. Every row fails with a message that says what is wrong: typed calls as an `EncodingError` that leaves
 * the code as it was, text as a `CompileError` with a place. Bytes never fail: what is no instruction is `(bad)`, in linear
 * time.
 */
import { describe, expect, test } from "vitest";
import { parseHexBytes } from "../../node/cli/hex-bytes.ts";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { disassemble } from "../../src/asm/x64/disassembler.ts";
import * as memory from "../../src/asm/x64/operands.ts";
import * as x64 from "../../src/asm/x64/registers.ts";
import { assemble } from "../../src/asm/x64/text/assemble.ts";
import { CompileError } from "../../src/base/diagnostics.ts";
import { EncodingError } from "../../src/base/errors.ts";

type Loose = (...operands: unknown[]) => LooseOperand;
interface LooseOperand {
  mask(by: unknown): LooseOperand;
  maskz(by: unknown): LooseOperand;
  broadcast(lanes: unknown): LooseOperand;
}
/** The assembler as a program without types sees it: the checker refuses nearly every row below. */
type LooseAssembler = Record<string, Loose>;

const { ptr, byte, word, dword, qword, zmmword } = memory as unknown as Record<string, Loose>; // as above
const { rax, rbx, rcx, rsp, esp, eax, ax, al, ah, bh, sil, r8, r8b, rip } = x64;
const { xmm0, xmm1, xmm16, ymm0, ymm1, ymm2, zmm0, zmm1, zmm2, k0, k1, k2, k3, rnSae, sae, mm0 } =
  x64 as unknown as Record<string, LooseOperand>; // as above

/** What is wrong, a typed call that does it, the message; the same as text, the message. */
type MustFail = readonly [string, ((a: LooseAssembler) => unknown) | undefined, RegExp, string | undefined, RegExp];

const noForm = /no form takes/;
const noCode = /no-such-form/;
const rex = /ah, ch, dh and bh cannot stand/;

const operands: readonly MustFail[] = [
  [
    "rsp as an index",
    (a) => a.mov?.(rax, ptr?.(rax, rsp)),
    /rsp cannot be an index/,
    "mov rax, [rax + 2*rsp]",
    /rsp cannot be an index/,
  ],
  [
    "esp as an index",
    (a) => a.mov?.(rax, ptr?.(eax, esp)),
    /esp cannot be an index/,
    "mov rax, [eax + 4*esp]",
    /esp cannot be an index/,
  ],
  [
    "rsp as the only index",
    (a) => a.lea?.(rax, ptr?.(undefined, rsp, 2)),
    /rsp cannot be an index/,
    "lea rax, [rsp*2]",
    /rsp cannot be an index/,
  ],
  [
    "base and index of two widths",
    (a) => a.mov?.(rax, ptr?.(rax, esp)),
    /cannot index rax/,
    "mov rax, [eax + rcx]",
    /rcx cannot index eax/,
  ],
  [
    "a scale of three",
    (a) => a.mov?.(rax, ptr?.(rax, rcx, 3)),
    /scale is 1, 2, 4 or 8, not 3/,
    "mov rax, [rax + 3*rcx]",
    /scale is 1, 2, 4 or 8/,
  ],
  ["two scaled registers", undefined, noForm, "mov rax, [2*rax + 2*rcx]", /bad-scale/],
  ["rip with an index", (a) => a.mov?.(rax, ptr?.(rip, rcx)), /no address/, "mov rax, [rip + rcx]", /bad-address/],
  ["a 16-bit address", (a) => a.mov?.(rax, ptr?.(ax)), /no address from/, "mov rax, [bx + si]", /bad-address/],
  [
    "a displacement of 2^31",
    (a) => a.mov?.(rax, ptr?.(rax, 2 ** 31)),
    /displacement/,
    "mov rax, [rax + 0x80000000]",
    /2147483648 does not fit/,
  ],
  [
    "a displacement below -2^31",
    (a) => a.mov?.(rax, ptr?.(rax, -(2 ** 31) - 1)),
    /displacement/,
    "mov rax, [rax - 0x80000001]",
    /does not fit/,
  ],
  ["ah beside r8b", (a) => a.mov?.(ah, r8b), rex, "mov ah, r8b", rex],
  ["ah beside sil", (a) => a.add?.(ah, sil), rex, "add ah, sil", rex],
  ["bh into a 64-bit register", (a) => a.movzx?.(rax, bh), rex, "movzx rax, bh", rex],
  ["ah beside an extended base", (a) => a.mov?.(byte?.(r8), ah), rex, "mov [r8], ah", rex],
  ["two memory operands", (a) => a.mov?.(qword?.(rax), qword?.(rbx)), noForm, "mov [rax], qword ptr [rbx]", noCode],
  ["registers of two sizes", (a) => a.mov?.(eax, al), noForm, "mov eax, bl", noCode],
  ["an immediate as the destination", (a) => a.mov?.(1, eax), noForm, "mov 1, eax", noCode],
  ["too few operands", (a) => a.mov?.(eax), noForm, "mov eax", noCode],
  ["too many operands", (a) => a.mov?.(eax, eax, eax), noForm, "mov eax, ebx, ecx", noCode],
  [
    "more operands than any instruction has",
    (a) => a.add?.(eax, eax, eax, eax, eax, eax, eax),
    noForm,
    "add eax, eax, eax, eax, eax, eax, eax",
    /./,
  ],
  [
    "memory of no known size",
    (a) => a.mov?.(ptr?.(rax), 1),
    /size of \[rax\] is not known/,
    "mov [rax], 1",
    /unknown-size/,
  ],
  ["memory of the wrong size", (a) => a.addsd?.(xmm0, dword?.(rax)), noForm, "addsd xmm0, dword ptr [rax]", noCode],
  ["lea of a register", (a) => a.lea?.(rax, rbx), noForm, "lea rax, rbx", noCode],
  ["xmm16 in an SSE instruction", (a) => a.haddps?.(xmm16, xmm1), noForm, "haddps xmm16, xmm1", noCode],
  [
    "xmm16 in an instruction that has VEX alone",
    (a) => a.vhaddps?.(xmm0, xmm1, xmm16),
    noForm,
    "vhaddps xmm0, xmm1, xmm16",
    noCode,
  ],
  ["vectors of two lengths", (a) => a.vaddps?.(ymm0, ymm1, xmm0), noForm, "vaddps ymm0, ymm1, xmm0", noCode],
  [
    "a gather without a vector index",
    (a) => a.vpgatherdd?.(xmm0, ptr?.(rax, rcx), xmm1),
    /vector register as its index/,
    "vpgatherdd xmm0, [rax + rcx], xmm1",
    /vector register as its index/,
  ],
  [
    "an AVX-512 gather without a vector index",
    (a) => a.vgatherdps?.(zmm0?.mask(k1), ptr?.(rax, rcx)),
    /vector register as its index/,
    "vgatherdps zmm0 {k1}, [rax + rcx]",
    /vector register as its index/,
  ],
  ["a vector index elsewhere", (a) => a.mov?.(rax, ptr?.(rax, zmm1)), noForm, "mov rax, [rax + zmm1]", noCode],
  [
    "an AVX-512 gather without a mask",
    (a) => a.vgatherdps?.(zmm0, ptr?.(rax, zmm1)),
    /need a mask/,
    "vgatherdps zmm0, [rax + zmm1]",
    /need a mask/,
  ],
  [
    "a gather with equal registers",
    (a) => a.vgatherdps?.(xmm0, ptr?.(rax, xmm0), xmm1),
    /different registers/,
    "vgatherdps xmm0, [rax + xmm0], xmm1",
    /different registers/,
  ],
  [
    "a gather with an index of the wrong length",
    (a) => a.vgatherqps?.(zmm0?.mask(k1), ptr?.(rax, zmm1)),
    noForm,
    "vgatherqps zmm0 {k1}, [rax + zmm1]",
    noCode,
  ],
  [
    "k0 as a mask",
    (a) => a.vaddps?.(zmm0?.mask(k0), zmm1, zmm2),
    /mask is k1 to k7, not k0/,
    "vaddps zmm0 {k0}, zmm1, zmm2",
    /mask is k1 to k7, not k0/,
  ],
  [
    "a general register as a mask",
    (a) => a.vaddps?.(zmm0?.mask(rax), zmm1, zmm2),
    /mask is k1 to k7, not rax/,
    "vaddps zmm0 {rax}, zmm1, zmm2",
    /bad-decorator/,
  ],
  [
    "two masks",
    (a) => a.vaddps?.(zmm0?.mask(k1).mask(k2), zmm1, zmm2),
    /cannot be masked/,
    "vaddps zmm0 {k1}{k2}, zmm1, zmm2",
    /mask is given already/,
  ],
  ["a mask on a source", (a) => a.vaddps?.(zmm0, zmm1?.mask(k1), zmm2), noForm, "vaddps zmm0, zmm1 {k1}, zmm2", noCode],
  ["a mask where none can be", (a) => a.kaddw?.(k1?.mask(k2), k2, k3), noForm, "kaddw k1 {k2}, k2, k3", noCode],
  ["{z} without a mask", undefined, noForm, "vaddps zmm0 {z}, zmm1, zmm2", /\{z\} needs a mask/],
  [
    "{z} with a store",
    (a) => a.vmovaps?.(zmmword?.(rax).maskz(k1), zmm0),
    /memory has no zeroing/,
    "vmovaps [rax] {k1}{z}, zmm0",
    /memory has no zeroing/,
  ],
  [
    "{z} with a compare into a mask",
    (a) => a.vcmpps?.(k1?.maskz(k2), zmm0, zmm1, 1),
    /no zeroing/,
    "vcmpps k1 {k2}{z}, zmm0, zmm1, 1",
    /no zeroing/,
  ],
  [
    "a broadcast of too few lanes",
    (a) => a.vaddps?.(zmm0, zmm1, dword?.(rax).broadcast(8)),
    noForm,
    "vaddps zmm0, zmm1, dword ptr [rax]{1to8}",
    noCode,
  ],
  [
    "a broadcast of the wrong element",
    (a) => a.vaddpd?.(zmm0, zmm1, dword?.(rax).broadcast(8)),
    noForm,
    "vaddpd zmm0, zmm1, dword ptr [rax]{1to8}",
    noCode,
  ],
  [
    "a broadcast to too many lanes",
    (a) => a.vaddpd?.(zmm0, zmm1, qword?.(rax).broadcast(16)),
    /expected 2, 4, or 8 lanes/,
    "vaddpd zmm0, zmm1, qword ptr [rax]{1to16}",
    /expected 2, 4, or 8 lanes/,
  ],
  [
    "a broadcast of words",
    (a) => a.vpaddw?.(zmm0, zmm1, word?.(rax).broadcast(32)),
    /cannot be broadcast/,
    "vpaddw zmm0, zmm1, word ptr [rax]{1to32}",
    /bad-decorator/,
  ],
  [
    "a broadcast of a register",
    (a) => a.vaddps?.(zmm0, zmm1, zmm2?.broadcast(16)),
    /cannot be broadcast/,
    "vaddps zmm0, zmm1, zmm2 {1to16}",
    /bad-decorator/,
  ],
  [
    "a broadcast where there is none",
    (a) => a.vmovaps?.(zmm0, dword?.(rax).broadcast(16)),
    noForm,
    "vmovaps zmm0, dword ptr [rax]{1to16}",
    noCode,
  ],
  [
    "rounding beside memory",
    (a) => a.vaddps?.(zmm0, zmm1, zmmword?.(rax), rnSae),
    /between registers only/,
    "vaddps zmm0, zmm1, [rax], {rn-sae}",
    /between registers only/,
  ],
  [
    "rounding of 256 bits",
    (a) => a.vaddps?.(ymm0, ymm1, ymm2, rnSae),
    /no form takes/,
    "vaddps ymm0, ymm1, ymm2, {rn-sae}",
    noCode,
  ],
  [
    "rounding of what does not round",
    (a) => a.vmovaps?.(zmm0, zmm1, sae),
    /does not round/,
    "vmovaps zmm0, zmm1, {sae}",
    /does not round/,
  ],
  [
    "rounding where only {sae} is",
    (a) => a.vcmpps?.(k1, zmm0, zmm1, 1, rnSae),
    noForm,
    "vcmpps k1, zmm0, zmm1, {rn-sae}, 1",
    noCode,
  ],
  ["two roundings", undefined, noForm, "vaddps zmm0, zmm1, zmm2, {rn-sae}{rz-sae}", /bad-decorator|unexpected/],
  [
    "a vector where a mask belongs",
    (a) => a.vcmpps?.(zmm0, zmm1, zmm2, 1),
    noForm,
    "vcmpps zmm0, zmm1, zmm2, 1",
    noCode,
  ],
  ["k8", undefined, noForm, "kmovw k8, eax", /no-such-register.*they end at k7/],
  ["zmm32", undefined, noForm, "vaddps zmm32, zmm1, zmm2", /no-such-register.*they end at zmm31/],
  ["an MMX register", (a) => a.paddb?.(mm0, mm0), noForm, "paddb mm0, mm1", /no-such-register.*MMX is left out/],
  ["xmm99", undefined, noForm, "addps xmm99, xmm1", /they end at xmm31/],
  ["r16d", undefined, noForm, "mov r16d, eax", /they end at r15/],
  ["r16 in an address", undefined, noForm, "mov eax, [r16 + 4]", /they end at r15/],
  ["cr0", undefined, noForm, "mov cr0, rax", /no-such-register/],
  ["a load of cs", (a) => a.mov?.(x64.cs, eax), noForm, "mov cs, eax", noCode],
  ["int -1", (a) => a.int?.(-1), noForm, "int -1", /out of range/],
  [
    "a 64-bit address elsewhere",
    (a) => a.add?.(rax, qword?.(1n << 40n)),
    noForm,
    "add rax, [0x10000000000]",
    /does not fit/,
  ],
  [
    "a 64-bit address beside another register",
    (a) => a.mov?.(rbx, qword?.(1n << 40n)),
    noForm,
    "mov rbx, [0x10000000000]",
    noCode,
  ],
  [
    "an address of 65 bits",
    (a) => a.mov?.(rax, qword?.(1n << 64n)),
    /address from 0 to 2\^64/,
    "mov rax, [0x10000000000000000]",
    /64 bits/,
  ],
  [
    "addresses of two widths",
    (a) => a.movdir64b?.(eax, zmmword?.(rax)),
    /of one width/,
    "movdir64b eax, [rax]",
    /of one width/,
  ],
  ["a far jump through a register", (a) => a.ljmp?.(rax), noForm, "jmp far rax", /through memory/],
  ["lock of a load", undefined, noForm, "lock mov eax, [rax]", /misplaced-prefix/],
  ["lock of a register", undefined, noForm, "lock add eax, ebx", /misplaced-prefix/],
  ["lock of a compare", undefined, noForm, "lock cmp [rax], ebx", /misplaced-prefix/],
  ["lock of a vector store", undefined, noForm, "lock movaps [rax], xmm0", /misplaced-prefix/],
  ["rep of an addition", undefined, noForm, "rep add [rax], ebx", /misplaced-prefix/],
  ["repne of a move", undefined, noForm, "repne mov [rax], ebx", /misplaced-prefix/],
  ["rep and repne", undefined, noForm, "rep repne movsb", /misplaced-prefix/],
  ["a string from its destination", undefined, noForm, "movsb [rsi], [rdi]", /movsb takes es:\[rdi\] and \[rsi\]/],
  ["a string onto itself", undefined, noForm, "movsb [rdi], [rdi]", noCode],
  ["a comparison of strings the wrong way round", undefined, noForm, "cmpsb [rdi], [rsi]", noCode],
  ["a string of three", undefined, noForm, "movsb [rdi], [rsi], [rsi]", noCode],
  ["a load of a string into memory", undefined, noForm, "lodsb [rsi], al", noCode],
  ["a string at rax", undefined, noForm, "stosd [rax], eax", noCode],
  ["a string of another width", undefined, noForm, "scasw eax, [rdi]", noCode],
  ["rounding between operands", undefined, noForm, "vaddpd zmm0, {rd-sae}, zmm1, zmm2", /behind the last register/],
  ["rounding of the destination", undefined, noForm, "vaddpd zmm0{rn-sae}, zmm1, zmm2", /behind the last register/],
  [
    "a gather of bytes",
    undefined,
    noForm,
    "vpgatherdd zmm0{k1}, byte ptr [rax+zmm1]",
    /expected memory of 32 or 512 bits/,
  ],
  ["a gather of other elements", undefined, noForm, "vgatherdps zmm0{k1}, qword ptr [rax+zmm1]", noCode],
  ["a scatter of another width", undefined, noForm, "vscatterqps [rax+zmm1]{k1}, zmm0", noCode],
  ["a label in 16 bits", undefined, noForm, "push word name\nname:", /takes no label's address/],
  ["times -1", undefined, noForm, "times -1 nop", /bad-number/],
  ["times without anything", undefined, noForm, "times 3", /expected an instruction/],
  ["null", (a) => a.mov?.(eax, null), noForm, undefined, noCode],
  ["a string", (a) => a.mov?.("eax", 1), noForm, undefined, noCode],
  ["an object", (a) => a.mov?.(eax, {}), noForm, undefined, noCode],
  ["NaN", (a) => a.mov?.(eax, Number.NaN), noForm, undefined, noCode],
  ["a fraction", (a) => a.mov?.(eax, 1.5), noForm, "mov eax, 1.5", /./],
  ["an infinity", (a) => a.mov?.(rax, Number.POSITIVE_INFINITY), noForm, undefined, noCode],
];

/** Both ends of each kind of immediate: the last number that is taken, on either side, is one nearer to zero. */
const limits: readonly [
  string,
  (a: LooseAssembler, n: number | bigint) => unknown,
  (n: string) => string,
  bigint,
  bigint,
][] = [
  ["imm8", (a, n) => a.mov?.(al, n), (n) => `mov al, ${n}`, -129n, 256n],
  ["imm16", (a, n) => a.mov?.(ax, n), (n) => `mov ax, ${n}`, -(2n ** 15n) - 1n, 2n ** 16n],
  ["imm32", (a, n) => a.mov?.(eax, n), (n) => `mov eax, ${n}`, -(2n ** 31n) - 1n, 2n ** 32n],
  ["simm32", (a, n) => a.add?.(rbx, n), (n) => `add rbx, ${n}`, -(2n ** 31n) - 1n, 2n ** 31n],
  [
    "simm32 of memory",
    (a, n) => a.mov?.(qword?.(rbx), n),
    (n) => `mov qword ptr [rbx], ${n}`,
    -(2n ** 31n) - 1n,
    2n ** 31n,
  ],
  ["imm64", (a, n) => a.mov?.(rbx, n), (n) => `mov rbx, ${n}`, -(2n ** 63n) - 1n, 2n ** 64n],
  ["push", (a, n) => a.push?.(n), (n) => `push ${n}`, -(2n ** 31n) - 1n, 2n ** 31n],
  ["a stack size", (a, n) => a.ret?.(n), (n) => `ret ${n}`, -(2n ** 15n) - 1n, 2n ** 16n],
  ["a shift count", (a, n) => a.shl?.(eax, n), (n) => `shl eax, ${n}`, -129n, 256n],
  ["a shuffle", (a, n) => a.pshufd?.(xmm0, xmm1, n), (n) => `pshufd xmm0, xmm1, ${n}`, -129n, 256n],
  [
    "a ternary logic table",
    (a, n) => a.vpternlogd?.(zmm0, zmm1, zmm2, n),
    (n) => `vpternlogd zmm0, zmm1, zmm2, ${n}`,
    -129n,
    256n,
  ],
  ["db", (a, n) => a.db?.(Number(n)), (n) => `db ${n}`, -129n, 256n],
  ["dw", (a, n) => a.dw?.(Number(n)), (n) => `dw ${n}`, -(2n ** 15n) - 1n, 2n ** 16n],
  ["dd", (a, n) => a.dd?.(Number(n)), (n) => `dd ${n}`, -(2n ** 31n) - 1n, 2n ** 32n],
  ["dq", (a, n) => a.dq?.(n), (n) => `dq ${n}`, -(2n ** 63n) - 1n, 2n ** 64n],
];

function loose(): { a: LooseAssembler; assembler: Assembler } {
  const assembler = new Assembler();
  return { a: assembler as unknown as LooseAssembler, assembler }; // for calls that the checker refuses
}

/** The error's class and message, or what was made of it. */
function outcome(run: () => unknown): string {
  try {
    run();
    return "no error";
  } catch (error) {
    if (error instanceof EncodingError || error instanceof CompileError) return error.message;
    return `${error}`.replace(/^/, "another error: ");
  }
}

describe("operands that do not exist", () => {
  test.each(operands)("%s", (_, call, message, text, textMessage) => {
    if (call !== undefined) {
      const { a, assembler } = loose();
      expect(outcome(() => call(a))).toMatch(message);
      expect(assembler.buffer.length, "nothing is written").toBe(0);
      expect(() => call(a)).toThrow(EncodingError);
    }
    if (text !== undefined) {
      expect(outcome(() => assemble(text))).toMatch(textMessage);
      expect(() => assemble(`nop\n${text}\nret`)).toThrow(CompileError);
    }
  });
});

describe("numbers at both ends of their range", () => {
  test.each(limits)("%s", (_, call, text, below, above) => {
    const asked = (n: bigint): number | bigint =>
      BigInt(Number(n)) === n && n < 2n ** 53n && n > -(2n ** 53n) ? Number(n) : n;
    for (const outside of [below, above]) {
      const { a, assembler } = loose();
      expect(
        outcome(() => call(a, asked(outside))),
        `${outside}`,
      ).toMatch(/no form takes|expected an integer/);
      expect(assembler.buffer.length).toBe(0);
      expect(
        outcome(() => call(a, outside)),
        `${outside}n`,
      ).toMatch(/no form takes|expected an integer/);
      expect(
        outcome(() => assemble(text(`${outside}`))),
        text(`${outside}`),
      ).toMatch(/out.of.range|does not fit|more than 64 bits|bad-number/);
    }
    for (const inside of [below + 1n, above - 1n]) expect(assemble(text(`${inside}`)).length).toBeGreaterThan(0);
  });
});

describe("labels", () => {
  const cases: [string, (a: Assembler) => unknown, RegExp, string | undefined][] = [
    ["unbound", (a) => a.jmp(a.label("here")), /"here" is used at byte 0 but never bound/, "jmp here"],
    ["unbound in an address", (a) => a.lea(rax, memory.ptr(a.label("here"))), /never bound/, "lea rax, [here]"],
    ["unbound in data", (a) => a.dq(a.label("here")), /never bound/, "dq here"],
    [
      "bound twice",
      (a) => ((label) => [a.bind(label), a.bind(label)])(a.label("x")),
      /bound already/,
      "x: nop\nx: nop",
    ],
    ["of another assembler", (a) => a.jmp(new Assembler().label()), /another assembler/, undefined],
    [
      "out of reach of what has no long form",
      (a) => {
        const label = a.label();
        a.jrcxz(label);
        for (let i = 0; i < 128; i++) a.nop();
        a.bind(label);
      },
      /128 bytes away .* reaches -128 to 127/,
      `jrcxz x\n${"nop\n".repeat(128)}x: ret`,
    ],
  ];
  test.each(cases)("%s", (_, write, message, text) => {
    const typed = outcome(() => {
      const a = new Assembler();
      write(a);
      a.toBytes();
    });
    expect(typed).toMatch(message);
    if (text !== undefined) expect(() => assemble(text)).toThrow(/./);
    if (text !== undefined) expect(outcome(() => assemble(text))).not.toMatch(/^(?:no error|another error)/);
  });
});

describe("text that is none", () => {
  const texts: [string, RegExp][] = [
    ["", /no instruction/],
    [" \n\t; nothing\n", /no instruction/],
    ["mvo eax, 1", /unknown-mnemonic/],
    ["addq rax, 1", /unknown-mnemonic/],
    ["mov eax,", /unexpected/],
    ["mov eax ebx", /unexpected/],
    ["mov eax, [rbx", /missing|unexpected/],
    ["mov eax, 0x", /bad-number|unexpected/],
    ["mov eax, 12z", /bad-number/],
    ["\u0000", /./],
    ["add eax, \ud800", /./],
    ["{}{}{}{}", /./],
    ["(".repeat(100_000), /./],
    [`db ${"-".repeat(100_000)}`, /./],
    [`mov eax, ${"(".repeat(50_000)}1${")".repeat(50_000)}`, /./],
    ["align 3", /power of two/],
    ["align 8192", /power of two/],
  ];
  test.each(texts)("%j", (text, message) => {
    expect(outcome(() => assemble(text))).toMatch(message);
    expect(() => assemble(text)).toThrow(CompileError);
  });

  test("hexadecimal of the command line", () => {
    for (const text of ["", "4", "489", "48 89 8", "zz", "0x123", "48 8g", "--"]) {
      expect(() => parseHexBytes(text), text).toThrow(/./);
    }
  });
});

describe("bytes that are no instruction", () => {
  test("every beginning of an instruction is (bad), or instructions that cover it", () => {
    for (const text of [
      "mov rax, 0x1122334455667788",
      "lock add qword ptr fs:[r8 + 4*r9 + 0x12345678], 0x1234567",
      "vaddpd zmm1 {k2}{z}, zmm3, qword ptr [rax + 4*rcx + 1000]{1to8}",
      "vpternlogd zmm1, zmm2, zmm3, 7",
      "vblendvps xmm1, xmm2, [rip + 16], xmm3",
      "call 0x1000",
    ]) {
      const bytes = assemble(text);
      expect(disassemble(bytes)).toHaveLength(1);
      for (let length = 0; length < bytes.length; length++) {
        const found = disassemble(bytes.subarray(0, length));
        expect(found.reduce((sum, each) => sum + each.length, 0)).toBe(length);
        for (const each of found) expect(each.offset + each.length).toBeLessThanOrEqual(length);
      }
    }
  });

  test("16 bytes of prefixes are no instruction", () => {
    for (const prefix of [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x64, 0x40, 0x48]) {
      const [first] = disassemble(Uint8Array.of(...Array<number>(15).fill(prefix), 0x90));
      expect(first?.length).toBe(1);
      expect(first?.text).toMatch(/^(?:\(bad\)|lock)$/);
    }
  });

  /** Garbage that is the same every time (xorshift). */
  function garbage(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let state = 0x9e3779b9;
    for (let at = 0; at < length; at++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[at] = state;
    }
    return bytes;
  }

  /** Nanoseconds of processor time a byte; disassembled in stretches, so that the machine's memory is not what is measured. */
  function timeOf(bytes: Uint8Array): number {
    const start = process.cpuUsage();
    let covered = 0;
    for (const { length } of disassemble(bytes)) covered += length;
    expect(covered).toBe(bytes.length);
    const { user, system } = process.cpuUsage(start);
    return ((user + system) * 1e3) / bytes.length;
  }

  const kinds: [string, (length: number) => Uint8Array][] = [
    ["garbage", garbage],
    ["prefixes", (length) => new Uint8Array(length).fill(0x66)],
    ["REX", (length) => new Uint8Array(length).fill(0x48)],
    ["beginnings of EVEX", (length) => new Uint8Array(length).fill(0x62)],
    ["locks", (length) => new Uint8Array(length).fill(0xf0)],
  ];
  test.each(kinds)("the time of a lot of %s grows as its size", { timeout: 60_000 }, (_, make) => {
    timeOf(make(1 << 14));
    const small = Math.min(...[1, 2, 3].map(() => timeOf(make(1 << 15))));
    const large = Math.min(...[1, 2].map(() => timeOf(make(1 << 18))));
    // Linear is 1; quadratic would be 8. Garbage collection takes its share of the larger one.
    expect(large / small).toBeLessThan(4);
  });
});
