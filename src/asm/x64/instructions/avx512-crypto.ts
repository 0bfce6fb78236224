/**
 * AES, carry-less multiplication and arithmetic in GF(2^8) on 256 and 512 bits (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** VAES on 256 bits without AVX-512. */
export const vaes256 = {
  vaesenc: { "w ymm, ymm, ymm/m256": "VEX.256.66.0F38.WIG DC /r" },
  vaesenclast: { "w ymm, ymm, ymm/m256": "VEX.256.66.0F38.WIG DD /r" },
  vaesdec: { "w ymm, ymm, ymm/m256": "VEX.256.66.0F38.WIG DE /r" },
  vaesdeclast: { "w ymm, ymm, ymm/m256": "VEX.256.66.0F38.WIG DF /r" },
} as const satisfies InstructionTable;

/** VAES with AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const vaes = {
  vaesenc: {
    "w xmm, xmm, xmm/m128": "EVEX.128.66.0F38.WIG DC /r FullMem",
    "w ymm, ymm, ymm/m256": "EVEX.256.66.0F38.WIG DC /r FullMem",
    "w zmm, zmm, zmm/m512": "EVEX.512.66.0F38.WIG DC /r FullMem",
  },
  vaesenclast: {
    "w xmm, xmm, xmm/m128": "EVEX.128.66.0F38.WIG DD /r FullMem",
    "w ymm, ymm, ymm/m256": "EVEX.256.66.0F38.WIG DD /r FullMem",
    "w zmm, zmm, zmm/m512": "EVEX.512.66.0F38.WIG DD /r FullMem",
  },
  vaesdec: {
    "w xmm, xmm, xmm/m128": "EVEX.128.66.0F38.WIG DE /r FullMem",
    "w ymm, ymm, ymm/m256": "EVEX.256.66.0F38.WIG DE /r FullMem",
    "w zmm, zmm, zmm/m512": "EVEX.512.66.0F38.WIG DE /r FullMem",
  },
  vaesdeclast: {
    "w xmm, xmm, xmm/m128": "EVEX.128.66.0F38.WIG DF /r FullMem",
    "w ymm, ymm, ymm/m256": "EVEX.256.66.0F38.WIG DF /r FullMem",
    "w zmm, zmm, zmm/m512": "EVEX.512.66.0F38.WIG DF /r FullMem",
  },
} as const satisfies InstructionTable;

/** VPCLMULQDQ on 256 bits without AVX-512. */
export const vpclmulqdq256 = {
  vpclmulqdq: { "w ymm, ymm, ymm/m256, uimm8": "VEX.256.66.0F3A.WIG 44 /r ib" },
} as const satisfies InstructionTable;

/** VPCLMULQDQ with AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const vpclmulqdq = {
  vpclmulqdq: {
    "w xmm, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.WIG 44 /r ib FullMem",
    "w ymm, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.WIG 44 /r ib FullMem",
    "w zmm, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.WIG 44 /r ib FullMem",
  },
} as const satisfies InstructionTable;

/** GFNI. */
export const gfni = {
  gf2p8mulb: { "rw xmm, xmm/m128": "66 0F 38 CF /r" },
  gf2p8affineqb: { "rw xmm, xmm/m128, uimm8": "66 0F 3A CE /r ib" },
  gf2p8affineinvqb: { "rw xmm, xmm/m128, uimm8": "66 0F 3A CF /r ib" },
} as const satisfies InstructionTable;

/** GFNI with AVX. */
export const avxGfni = {
  vgf2p8mulb: {
    "w xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 CF /r",
    "w ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 CF /r",
  },
  vgf2p8affineqb: {
    "w xmm, xmm, xmm/m128, uimm8": "VEX.128.66.0F3A.W1 CE /r ib",
    "w ymm, ymm, ymm/m256, uimm8": "VEX.256.66.0F3A.W1 CE /r ib",
  },
  vgf2p8affineinvqb: {
    "w xmm, xmm, xmm/m128, uimm8": "VEX.128.66.0F3A.W1 CF /r ib",
    "w ymm, ymm, ymm/m256, uimm8": "VEX.256.66.0F3A.W1 CF /r ib",
  },
} as const satisfies InstructionTable;

/** GFNI with AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const avx512Gfni = {
  vgf2p8mulb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 CF /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 CF /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 CF /r FullMem",
  },
  vgf2p8affineqb: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 CE /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 CE /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 CE /r ib Full",
  },
  vgf2p8affineinvqb: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 CF /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 CF /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 CF /r ib Full",
  },
} as const satisfies InstructionTable;

/** AVX-VNNI: the dot products of AVX512_VNNI in VEX form. */
export const avxDotProducts = {
  vpdpbusd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 50 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 50 /r",
  },
  vpdpbusds: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 51 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 51 /r",
  },
  vpdpwssd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 52 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 52 /r",
  },
  vpdpwssds: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 53 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 53 /r",
  },
} as const satisfies InstructionTable;
