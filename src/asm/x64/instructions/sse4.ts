/**
 * SSE3, SSSE3, SSE4.1 and SSE4.2 (Intel SDM volume 2). The forms on MMX registers are left out.
 */

import type { InstructionTable } from "../row-notation.ts";

/** SSE3. */
export const sse3 = {
  lddqu: { "w xmm, m128": "F2 0F F0 /r" },
  movddup: { "w xmm, xmm/m64": "F2 0F 12 /r" },
  movsldup: { "w xmm, xmm/m128": "F3 0F 12 /r" },
  movshdup: { "w xmm, xmm/m128": "F3 0F 16 /r" },
  haddps: { "rw xmm, xmm/m128": "F2 0F 7C /r" },
  haddpd: { "rw xmm, xmm/m128": "66 0F 7C /r" },
  hsubps: { "rw xmm, xmm/m128": "F2 0F 7D /r" },
  hsubpd: { "rw xmm, xmm/m128": "66 0F 7D /r" },
  addsubps: { "rw xmm, xmm/m128": "F2 0F D0 /r" },
  addsubpd: { "rw xmm, xmm/m128": "66 0F D0 /r" },
} as const satisfies InstructionTable;

/** SSSE3. */
export const ssse3 = {
  pshufb: { "rw xmm, xmm/m128": "66 0F 38 00 /r" },
  phaddw: { "rw xmm, xmm/m128": "66 0F 38 01 /r" },
  phaddd: { "rw xmm, xmm/m128": "66 0F 38 02 /r" },
  phaddsw: { "rw xmm, xmm/m128": "66 0F 38 03 /r" },
  pmaddubsw: { "rw xmm, xmm/m128": "66 0F 38 04 /r" },
  phsubw: { "rw xmm, xmm/m128": "66 0F 38 05 /r" },
  phsubd: { "rw xmm, xmm/m128": "66 0F 38 06 /r" },
  phsubsw: { "rw xmm, xmm/m128": "66 0F 38 07 /r" },
  psignb: { "rw xmm, xmm/m128": "66 0F 38 08 /r" },
  psignw: { "rw xmm, xmm/m128": "66 0F 38 09 /r" },
  psignd: { "rw xmm, xmm/m128": "66 0F 38 0A /r" },
  pmulhrsw: { "rw xmm, xmm/m128": "66 0F 38 0B /r" },
  pabsb: { "w xmm, xmm/m128": "66 0F 38 1C /r" },
  pabsw: { "w xmm, xmm/m128": "66 0F 38 1D /r" },
  pabsd: { "w xmm, xmm/m128": "66 0F 38 1E /r" },
  palignr: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 0F /r ib" },
} as const satisfies InstructionTable;

/** SSE4.1. */
export const sse41 = {
  pmuldq: { "rw xmm, xmm/m128": "66 0F 38 28 /r" },
  pmulld: { "rw xmm, xmm/m128": "66 0F 38 40 /r" },
  pcmpeqq: { "rw xmm, xmm/m128": "66 0F 38 29 /r" },
  packusdw: { "rw xmm, xmm/m128": "66 0F 38 2B /r" },
  pminsb: { "rw xmm, xmm/m128": "66 0F 38 38 /r" },
  pminsd: { "rw xmm, xmm/m128": "66 0F 38 39 /r" },
  pminuw: { "rw xmm, xmm/m128": "66 0F 38 3A /r" },
  pminud: { "rw xmm, xmm/m128": "66 0F 38 3B /r" },
  pmaxsb: { "rw xmm, xmm/m128": "66 0F 38 3C /r" },
  pmaxsd: { "rw xmm, xmm/m128": "66 0F 38 3D /r" },
  pmaxuw: { "rw xmm, xmm/m128": "66 0F 38 3E /r" },
  pmaxud: { "rw xmm, xmm/m128": "66 0F 38 3F /r" },
  phminposuw: { "w xmm, xmm/m128": "66 0F 38 41 /r" },
  pmovsxbw: { "w xmm, xmm/m64": "66 0F 38 20 /r" },
  pmovzxbw: { "w xmm, xmm/m64": "66 0F 38 30 /r" },
  pmovsxbd: { "w xmm, xmm/m32": "66 0F 38 21 /r" },
  pmovzxbd: { "w xmm, xmm/m32": "66 0F 38 31 /r" },
  pmovsxbq: { "w xmm, xmm/m16": "66 0F 38 22 /r" },
  pmovzxbq: { "w xmm, xmm/m16": "66 0F 38 32 /r" },
  pmovsxwd: { "w xmm, xmm/m64": "66 0F 38 23 /r" },
  pmovzxwd: { "w xmm, xmm/m64": "66 0F 38 33 /r" },
  pmovsxwq: { "w xmm, xmm/m32": "66 0F 38 24 /r" },
  pmovzxwq: { "w xmm, xmm/m32": "66 0F 38 34 /r" },
  pmovsxdq: { "w xmm, xmm/m64": "66 0F 38 25 /r" },
  pmovzxdq: { "w xmm, xmm/m64": "66 0F 38 35 /r" },
  ptest: { "xmm, xmm/m128": "66 0F 38 17 /r" },
  movntdqa: { "w xmm, m128": "66 0F 38 2A /r" },
  pblendvb: { "rw xmm, xmm/m128, xmm0": "66 0F 38 10 /r" },
  blendvps: { "rw xmm, xmm/m128, xmm0": "66 0F 38 14 /r" },
  blendvpd: { "rw xmm, xmm/m128, xmm0": "66 0F 38 15 /r" },
  roundps: { "w xmm, xmm/m128, uimm8": "66 0F 3A 08 /r ib" },
  roundpd: { "w xmm, xmm/m128, uimm8": "66 0F 3A 09 /r ib" },
  roundss: { "w xmm, xmm/m32, uimm8": "66 0F 3A 0A /r ib" },
  roundsd: { "w xmm, xmm/m64, uimm8": "66 0F 3A 0B /r ib" },
  blendps: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 0C /r ib" },
  blendpd: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 0D /r ib" },
  pblendw: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 0E /r ib" },
  dpps: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 40 /r ib" },
  dppd: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 41 /r ib" },
  mpsadbw: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 42 /r ib" },
  pextrb: { "w r32/m8, xmm, uimm8": "66 0F 3A 14 /r ib" },
  pextrw: { "w r32/m16, xmm, uimm8": "66 0F 3A 15 /r ib" },
  pextrd: { "w rm32, xmm, uimm8": "66 0F 3A 16 /r ib" },
  pextrq: { "w rm64, xmm, uimm8": "66 REX.W 0F 3A 16 /r ib" },
  extractps: { "w rm32, xmm, uimm8": "66 0F 3A 17 /r ib" },
  pinsrb: { "rw xmm, r32/m8, uimm8": "66 0F 3A 20 /r ib" },
  insertps: { "rw xmm, xmm/m32, uimm8": "66 0F 3A 21 /r ib" },
  pinsrd: { "rw xmm, rm32, uimm8": "66 0F 3A 22 /r ib" },
  pinsrq: { "rw xmm, rm64, uimm8": "66 REX.W 0F 3A 22 /r ib" },
} as const satisfies InstructionTable;

/** SSE4.2. */
export const sse42 = {
  pcmpgtq: { "rw xmm, xmm/m128": "66 0F 38 37 /r" },
  pcmpestrm: { "xmm, xmm/m128, uimm8 <eax, edx, w xmm0>": "66 0F 3A 60 /r ib" },
  pcmpestri: { "xmm, xmm/m128, uimm8 <eax, edx, w ecx>": "66 0F 3A 61 /r ib" },
  pcmpistrm: { "xmm, xmm/m128, uimm8 <w xmm0>": "66 0F 3A 62 /r ib" },
  pcmpistri: { "xmm, xmm/m128, uimm8 <w ecx>": "66 0F 3A 63 /r ib" },
  crc32: {
    "rw r32, rm8":  "F2 0F 38 F0 /r",
    "rw r32, rm16": "66 F2 0F 38 F1 /r",
    "rw r32, rm32": "F2 0F 38 F1 /r",
    "rw r64, rm8":  "F2 REX.W 0F 38 F0 /r",
    "rw r64, rm64": "F2 REX.W 0F 38 F1 /r",
  },
} as const satisfies InstructionTable;
