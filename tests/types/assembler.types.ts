/**
 * What the type checker must refuse and accept of the typed assembler. Checked by `tsc -p tests`; never run.
 */
import type { Assembler } from "../../src/asm/x64/assembler.ts";
import { form } from "../../src/asm/x64/form.ts";
import { byte, dword, fword, ptr, qword, word, xmmword } from "../../src/asm/x64/operands.ts";
import {
  ah,
  al,
  ax,
  cl,
  cx,
  dl,
  ds,
  eax,
  ecx,
  fs,
  r8,
  rax,
  rcx,
  rip,
  rsp,
  xmm0,
  xmm1,
  xmm2,
  xmm17,
  ymm1,
} from "../../src/asm/x64/registers.ts";

declare const a: Assembler;
declare const either: typeof rcx | ReturnType<typeof qword>;

// Accepted.
a.mov(rax, rcx);
a.mov(rax, 0);
a.mov(rax, 0x1234_5678_9abc_def0n);
a.mov(rax, either);
a.add(qword(rax, rcx, 8, 16), 1);
a.add(ptr(rax), rcx);
a.shl(rax, cl);
a.shl(rax, 1);
a.mov(ah, 1);
a.mul(rcx);
a.cqo();
a.ret();
a.ret(8);
a.lea(rax, ptr(rcx, rax, 4));
a.jmp(a.label());
a.jmp(rax);
a.call(qword(rip, 16));
a.movsd(xmm0, a.constant(1.5));
a.addsd(xmm0, xmm1);
a.vaddpd(xmm0, xmm1, xmm2);
a.vaddpd(xmm17, xmm1, xmm2);
a.mov(rax, qword(fs, ptr(0x28)));
a.movzx(eax, byte(rcx));
a.mov(rax, qword(0x1122_3344_5566_7788n));
a.mov(eax, fs);
a.mov(ds, ax);
a.push(fs);
a.ljmp(fword(rax));
a.lss(ecx, ptr(rax));
form("add", "rw r64, rm64").encode(a.buffer, rax, rcx);
form("add", "r64, rm64").encode(a.buffer, rax, rcx);
form("mul", "rm64");

// Widths that do not go together.
// @ts-expect-error
a.add(rax, ecx);
// @ts-expect-error
a.mov(ecx, qword(rax));
// @ts-expect-error
a.mov(cx, al);
// @ts-expect-error
a.movzx(rax, dword(rcx));
// @ts-expect-error
a.addsd(xmm0, ymm1);
// @ts-expect-error
a.addsd(xmm0, xmmword(rax));
// @ts-expect-error
a.vaddpd(xmm0, ymm1, xmm2);

// Addresses of 64 bits and segment registers, which few instructions take.
// @ts-expect-error
a.add(rax, qword(0x1122_3344_5566_7788n));
// @ts-expect-error
a.mov(rcx, qword(0x1122_3344_5566_7788n));
// @ts-expect-error
a.mov(eax, qword(0x1122_3344_5566_7788n));
// @ts-expect-error
a.push(ds);
// @ts-expect-error
a.add(eax, fs);
// @ts-expect-error
a.ljmp(rax);
// @ts-expect-error
qword(ds, ptr(8));

// Two memory operands, an immediate as the destination, a count in another register than cl.
// @ts-expect-error
a.mov(qword(rax), qword(rcx));
// @ts-expect-error
a.add(1, rax);
// @ts-expect-error
a.shl(rax, dl);

// Too few, too many, and unknown ones.
// @ts-expect-error
a.add(rax);
// @ts-expect-error
a.add();
// @ts-expect-error
a.ret(8, 8);
// @ts-expect-error
a.neg(rax, rcx);
// @ts-expect-error
a.addd(rax, rcx);
// @ts-expect-error
a.add(rax, "rcx");

// Memory whose size nothing tells.
// @ts-expect-error
a.add(ptr(rax), 1);
// @ts-expect-error
a.inc(ptr(rax));
// @ts-expect-error
a.shl(ptr(rax), cl);

// Addresses that do not exist, and registers that only EVEX reaches.
// @ts-expect-error
ptr(rax, rsp);
// @ts-expect-error
ptr(rax, rcx, 3);
// @ts-expect-error
ptr(rax, ecx);
// @ts-expect-error
word(al);
// @ts-expect-error
a.vhaddpd(xmm17, xmm1, xmm2);
// @ts-expect-error
a.movsd(xmm17, xmm0);

// Labels of the wrong kind, and forms that do not exist.
// @ts-expect-error
a.bind(rax);
// @ts-expect-error
a.jmp(r8, r8);
// @ts-expect-error
form("add", "r64, rm32");
