/**
 * What the type checker must refuse and accept of masks, broadcast memory and rounding. Checked by `tsc -p tests`; never run.
 */
import type { Assembler } from "../../src/asm/x64/assembler.ts";
import type { Mnemonic } from "../../src/asm/x64/instructions.ts";
import type { OperandsOf } from "../../src/asm/x64/operand-types.ts";
import { dword, ptr, qword, zmmword } from "../../src/asm/x64/operands.ts";
import {
  ecx,
  k0,
  k1,
  k2,
  rax,
  rcx,
  rdi,
  rnSae,
  sae,
  xmm0,
  xmm1,
  xmm17,
  ymm1,
  ymm20,
  zmm0,
  zmm1,
  zmm2,
  zmm31,
} from "../../src/asm/x64/registers.ts";

declare const a: Assembler;

// Accepted.
a.vaddpd(zmm0, zmm1, zmm31);
a.vaddpd(zmm0.mask(k1), zmm1, zmm31);
a.vaddpd(zmm0.maskz(k1), zmm1, zmmword(rdi));
a.vaddpd(zmm0.maskz(k1), zmm1, qword(rdi).broadcast(8));
a.vaddpd(xmm17.maskz(k1), xmm1, qword(rdi).broadcast(2));
a.vaddpd(xmm17, xmm1, xmm0);
a.vaddpd(zmm0, zmm1, zmm2, rnSae);
a.vaddpd(zmm0.maskz(k1), zmm1, zmm2, rnSae);
a.vaddsd(xmm0, xmm1, xmm17, rnSae);
a.vcmppd(k1.mask(k2), zmm1, zmm2, 3, sae);
a.vcmppd(k0, zmm1, zmm2, 3);
a.vcvtsi2sd(xmm0, xmm1, rax, rnSae);
a.vgatherdpd(zmm0.mask(k1), ptr(rdi, ymm20, 8));
a.vscatterdps(ptr(rdi, zmm2, 4).mask(k1), zmm1);
a.vcompressps(zmmword(rdi).mask(k1), zmm1);
a.vmovapd(zmmword(rdi).mask(k1), zmm1);
a.vmovapd(ptr(rdi).mask(k1), zmm1);
a.kmovw(k1, ecx);
a.kandw(k1, k2, k0);

// k0 is no mask, a source is not masked, and broadcasts fill the vector.
// @ts-expect-error
a.vaddpd(zmm0.mask(k0), zmm1, zmm2);
// @ts-expect-error
a.vaddpd(zmm0, zmm1.mask(k1), zmm2);
// @ts-expect-error
a.vaddpd(zmm0, zmm1, qword(rdi).broadcast(4));
// @ts-expect-error
a.vaddpd(zmm0, zmm1, dword(rdi).broadcast(8));
// @ts-expect-error
a.vaddpd(zmm0, zmm1, qword(rdi).broadcast(16));

// Rounding stands between registers of 512 bits, where the instruction rounds.
// @ts-expect-error
a.vaddpd(zmm0, zmm1, zmmword(rdi), rnSae);
// @ts-expect-error
a.vaddpd(zmm0, zmm1, zmm2, sae);
// @ts-expect-error
a.vaddpd(ymm1, ymm1, ymm1, rnSae);

// Gathers have a mask and an index; memory and masks have no zeroing; general registers have no masks.
// @ts-expect-error
a.vgatherdpd(zmm0, ptr(rdi, ymm20, 8));
// @ts-expect-error
a.vgatherdpd(zmm0.mask(k1), zmmword(rdi));
// @ts-expect-error
a.vgatherdpd(zmm0.maskz(k1), ptr(rdi, ymm20, 8));
// @ts-expect-error
a.vmovapd(zmmword(rdi).maskz(k1), zmm1);
// @ts-expect-error
a.vcmppd(k1.maskz(k2), zmm1, zmm2, 3);
// @ts-expect-error
rax.mask(k1);
// @ts-expect-error
a.mov(rax.mask(k1), rcx);

// Every word of every row of every table has a type: no operand is `never`.
type WithoutType<Operands> = Operands extends readonly unknown[]
  ? true extends { [Index in keyof Operands]: [Operands[Index]] extends [never] ? true : false }[number]
    ? Operands
    : never
  : never;
type Broken = { [M in Mnemonic]: [WithoutType<OperandsOf<M>>] extends [never] ? never : M }[Mnemonic];
declare const broken: Broken;
broken satisfies never;
