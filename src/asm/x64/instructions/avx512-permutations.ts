/**
 * AVX-512 permutations, shuffles, packs and interleavings (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const permutationsF = {
  valignd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 03 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 03 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 03 /r ib Full",
  },
  valignq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 03 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 03 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 03 /r ib Full",
  },
  vshuff32x4: {
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 23 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 23 /r ib Full",
  },
  vshuff64x2: {
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 23 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 23 /r ib Full",
  },
  vshufi32x4: {
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 43 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 43 /r ib Full",
  },
  vshufi64x2: {
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 43 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 43 /r ib Full",
  },
  vpermilps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":   "EVEX.128.66.0F38.W0 0C /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":   "EVEX.256.66.0F38.W0 0C /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst":   "EVEX.512.66.0F38.W0 0C /r Full",
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 04 /r ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 04 /r ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 04 /r ib Full",
  },
  vpermilpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":   "EVEX.128.66.0F38.W1 0D /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":   "EVEX.256.66.0F38.W1 0D /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst":   "EVEX.512.66.0F38.W1 0D /r Full",
    "w xmm{kz}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 05 /r ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 05 /r ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 05 /r ib Full",
  },
  vpermd: {
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 36 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 36 /r Full",
  },
  vpermq: {
    "w ymm{kz}, ymm, ymm/m256/m64bcst":   "EVEX.256.66.0F38.W1 36 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst":   "EVEX.512.66.0F38.W1 36 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 00 /r ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 00 /r ib Full",
  },
  vpermps: {
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 16 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 16 /r Full",
  },
  vpermpd: {
    "w ymm{kz}, ymm, ymm/m256/m64bcst":   "EVEX.256.66.0F38.W1 16 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst":   "EVEX.512.66.0F38.W1 16 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 01 /r ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 01 /r ib Full",
  },
  vpermi2d: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 76 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 76 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 76 /r Full",
  },
  vpermi2q: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 76 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 76 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 76 /r Full",
  },
  vpermi2ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 77 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 77 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 77 /r Full",
  },
  vpermi2pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 77 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 77 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 77 /r Full",
  },
  vpermt2d: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 7E /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 7E /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 7E /r Full",
  },
  vpermt2q: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 7E /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 7E /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 7E /r Full",
  },
  vpermt2ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 7F /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 7F /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 7F /r Full",
  },
  vpermt2pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 7F /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 7F /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 7F /r Full",
  },
  vpshufd: {
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F.W0 70 /r ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F.W0 70 /r ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F.W0 70 /r ib Full",
  },
  vpunpckldq: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 62 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 62 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 62 /r Full",
  },
  vpunpckhdq: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 6A /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 6A /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 6A /r Full",
  },
  vpunpcklqdq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 6C /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 6C /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 6C /r Full",
  },
  vpunpckhqdq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 6D /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 6D /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 6D /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512BW; its forms of 128 and 256 bits need AVX512VL as well. */
export const permutationsBw = {
  vpalignr: {
    "w xmm{kz}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.WIG 0F /r ib FullMem",
    "w ymm{kz}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.WIG 0F /r ib FullMem",
    "w zmm{kz}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.WIG 0F /r ib FullMem",
  },
  vpshufb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 00 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 00 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 00 /r FullMem",
  },
  vpshufhw: {
    "w xmm{kz}, xmm/m128, uimm8": "EVEX.128.F3.0F.WIG 70 /r ib FullMem",
    "w ymm{kz}, ymm/m256, uimm8": "EVEX.256.F3.0F.WIG 70 /r ib FullMem",
    "w zmm{kz}, zmm/m512, uimm8": "EVEX.512.F3.0F.WIG 70 /r ib FullMem",
  },
  vpshuflw: {
    "w xmm{kz}, xmm/m128, uimm8": "EVEX.128.F2.0F.WIG 70 /r ib FullMem",
    "w ymm{kz}, ymm/m256, uimm8": "EVEX.256.F2.0F.WIG 70 /r ib FullMem",
    "w zmm{kz}, zmm/m512, uimm8": "EVEX.512.F2.0F.WIG 70 /r ib FullMem",
  },
  vpermw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 8D /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 8D /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 8D /r FullMem",
  },
  vpermi2w: {
    "rw xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 75 /r FullMem",
    "rw ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 75 /r FullMem",
    "rw zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 75 /r FullMem",
  },
  vpermt2w: {
    "rw xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 7D /r FullMem",
    "rw ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 7D /r FullMem",
    "rw zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 7D /r FullMem",
  },
  vpunpcklbw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 60 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 60 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 60 /r FullMem",
  },
  vpunpcklwd: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 61 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 61 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 61 /r FullMem",
  },
  vpunpckhbw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 68 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 68 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 68 /r FullMem",
  },
  vpunpckhwd: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 69 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 69 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 69 /r FullMem",
  },
  vpacksswb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 63 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 63 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 63 /r FullMem",
  },
  vpackuswb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 67 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 67 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 67 /r FullMem",
  },
  vpackssdw: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 6B /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 6B /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 6B /r Full",
  },
  vpackusdw: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 2B /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 2B /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 2B /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512_VBMI; its forms of 128 and 256 bits need AVX512VL as well. */
export const permutationsVbmi = {
  vpermb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 8D /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 8D /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 8D /r FullMem",
  },
  vpermi2b: {
    "rw xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 75 /r FullMem",
    "rw ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 75 /r FullMem",
    "rw zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 75 /r FullMem",
  },
  vpermt2b: {
    "rw xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 7D /r FullMem",
    "rw ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 7D /r FullMem",
    "rw zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 7D /r FullMem",
  },
  vpmultishiftqb: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 83 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 83 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 83 /r Full",
  },
} as const satisfies InstructionTable;
