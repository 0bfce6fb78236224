/**
 * AVX-512 shifts and rotates, by one count for all elements or by a count for each (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const shiftsF = {
  vpslld: {
    "w xmm{kz}, xmm, xmm/m128":           "EVEX.128.66.0F.W0 F2 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":           "EVEX.256.66.0F.W0 F2 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":           "EVEX.512.66.0F.W0 F2 /r Mem128",
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F.W0 72 /6 ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F.W0 72 /6 ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F.W0 72 /6 ib Full",
  },
  vpsllq: {
    "w xmm{kz}, xmm, xmm/m128":           "EVEX.128.66.0F.W1 F3 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":           "EVEX.256.66.0F.W1 F3 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":           "EVEX.512.66.0F.W1 F3 /r Mem128",
    "w xmm{kz}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F.W1 73 /6 ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F.W1 73 /6 ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F.W1 73 /6 ib Full",
  },
  vpsrld: {
    "w xmm{kz}, xmm, xmm/m128":           "EVEX.128.66.0F.W0 D2 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":           "EVEX.256.66.0F.W0 D2 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":           "EVEX.512.66.0F.W0 D2 /r Mem128",
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F.W0 72 /2 ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F.W0 72 /2 ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F.W0 72 /2 ib Full",
  },
  vpsrlq: {
    "w xmm{kz}, xmm, xmm/m128":           "EVEX.128.66.0F.W1 D3 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":           "EVEX.256.66.0F.W1 D3 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":           "EVEX.512.66.0F.W1 D3 /r Mem128",
    "w xmm{kz}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F.W1 73 /2 ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F.W1 73 /2 ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F.W1 73 /2 ib Full",
  },
  vpsrad: {
    "w xmm{kz}, xmm, xmm/m128":           "EVEX.128.66.0F.W0 E2 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":           "EVEX.256.66.0F.W0 E2 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":           "EVEX.512.66.0F.W0 E2 /r Mem128",
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F.W0 72 /4 ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F.W0 72 /4 ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F.W0 72 /4 ib Full",
  },
  vpsraq: {
    "w xmm{kz}, xmm, xmm/m128":           "EVEX.128.66.0F.W1 E2 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":           "EVEX.256.66.0F.W1 E2 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":           "EVEX.512.66.0F.W1 E2 /r Mem128",
    "w xmm{kz}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F.W1 72 /4 ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F.W1 72 /4 ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F.W1 72 /4 ib Full",
  },
  vpsllvd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 47 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 47 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 47 /r Full",
  },
  vpsllvq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 47 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 47 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 47 /r Full",
  },
  vpsrlvd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 45 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 45 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 45 /r Full",
  },
  vpsrlvq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 45 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 45 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 45 /r Full",
  },
  vpsravd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 46 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 46 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 46 /r Full",
  },
  vpsravq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 46 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 46 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 46 /r Full",
  },
  vprolvd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 15 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 15 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 15 /r Full",
  },
  vprolvq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 15 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 15 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 15 /r Full",
  },
  vprorvd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 14 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 14 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 14 /r Full",
  },
  vprorvq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 14 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 14 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 14 /r Full",
  },
  vprold: {
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F.W0 72 /1 ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F.W0 72 /1 ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F.W0 72 /1 ib Full",
  },
  vprolq: {
    "w xmm{kz}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F.W1 72 /1 ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F.W1 72 /1 ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F.W1 72 /1 ib Full",
  },
  vprord: {
    "w xmm{kz}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F.W0 72 /0 ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F.W0 72 /0 ib Full",
    "w zmm{kz}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F.W0 72 /0 ib Full",
  },
  vprorq: {
    "w xmm{kz}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F.W1 72 /0 ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F.W1 72 /0 ib Full",
    "w zmm{kz}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F.W1 72 /0 ib Full",
  },
} as const satisfies InstructionTable;

/** AVX512BW; its forms of 128 and 256 bits need AVX512VL as well. */
export const shiftsBw = {
  vpsllw: {
    "w xmm{kz}, xmm, xmm/m128":   "EVEX.128.66.0F.WIG F1 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":   "EVEX.256.66.0F.WIG F1 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":   "EVEX.512.66.0F.WIG F1 /r Mem128",
    "w xmm{kz}, xmm/m128, uimm8": "EVEX.128.66.0F.WIG 71 /6 ib FullMem",
    "w ymm{kz}, ymm/m256, uimm8": "EVEX.256.66.0F.WIG 71 /6 ib FullMem",
    "w zmm{kz}, zmm/m512, uimm8": "EVEX.512.66.0F.WIG 71 /6 ib FullMem",
  },
  vpsrlw: {
    "w xmm{kz}, xmm, xmm/m128":   "EVEX.128.66.0F.WIG D1 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":   "EVEX.256.66.0F.WIG D1 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":   "EVEX.512.66.0F.WIG D1 /r Mem128",
    "w xmm{kz}, xmm/m128, uimm8": "EVEX.128.66.0F.WIG 71 /2 ib FullMem",
    "w ymm{kz}, ymm/m256, uimm8": "EVEX.256.66.0F.WIG 71 /2 ib FullMem",
    "w zmm{kz}, zmm/m512, uimm8": "EVEX.512.66.0F.WIG 71 /2 ib FullMem",
  },
  vpsraw: {
    "w xmm{kz}, xmm, xmm/m128":   "EVEX.128.66.0F.WIG E1 /r Mem128",
    "w ymm{kz}, ymm, xmm/m128":   "EVEX.256.66.0F.WIG E1 /r Mem128",
    "w zmm{kz}, zmm, xmm/m128":   "EVEX.512.66.0F.WIG E1 /r Mem128",
    "w xmm{kz}, xmm/m128, uimm8": "EVEX.128.66.0F.WIG 71 /4 ib FullMem",
    "w ymm{kz}, ymm/m256, uimm8": "EVEX.256.66.0F.WIG 71 /4 ib FullMem",
    "w zmm{kz}, zmm/m512, uimm8": "EVEX.512.66.0F.WIG 71 /4 ib FullMem",
  },
  vpslldq: {
    "w xmm, xmm/m128, uimm8": "EVEX.128.66.0F.WIG 73 /7 ib FullMem",
    "w ymm, ymm/m256, uimm8": "EVEX.256.66.0F.WIG 73 /7 ib FullMem",
    "w zmm, zmm/m512, uimm8": "EVEX.512.66.0F.WIG 73 /7 ib FullMem",
  },
  vpsrldq: {
    "w xmm, xmm/m128, uimm8": "EVEX.128.66.0F.WIG 73 /3 ib FullMem",
    "w ymm, ymm/m256, uimm8": "EVEX.256.66.0F.WIG 73 /3 ib FullMem",
    "w zmm, zmm/m512, uimm8": "EVEX.512.66.0F.WIG 73 /3 ib FullMem",
  },
  vpsllvw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 12 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 12 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 12 /r FullMem",
  },
  vpsrlvw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 10 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 10 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 10 /r FullMem",
  },
  vpsravw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 11 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 11 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 11 /r FullMem",
  },
} as const satisfies InstructionTable;

/** AVX512_VBMI2; its forms of 128 and 256 bits need AVX512VL as well. */
export const shiftsVbmi2 = {
  vpshldw: {
    "w xmm{kz}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W1 70 /r ib FullMem",
    "w ymm{kz}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W1 70 /r ib FullMem",
    "w zmm{kz}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W1 70 /r ib FullMem",
  },
  vpshldd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 71 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 71 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 71 /r ib Full",
  },
  vpshldq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 71 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 71 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 71 /r ib Full",
  },
  vpshldvw: {
    "rw xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 70 /r FullMem",
    "rw ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 70 /r FullMem",
    "rw zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 70 /r FullMem",
  },
  vpshldvd: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 71 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 71 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 71 /r Full",
  },
  vpshldvq: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 71 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 71 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 71 /r Full",
  },
  vpshrdw: {
    "w xmm{kz}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W1 72 /r ib FullMem",
    "w ymm{kz}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W1 72 /r ib FullMem",
    "w zmm{kz}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W1 72 /r ib FullMem",
  },
  vpshrdd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 73 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 73 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 73 /r ib Full",
  },
  vpshrdq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 73 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 73 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 73 /r ib Full",
  },
  vpshrdvw: {
    "rw xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 72 /r FullMem",
    "rw ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 72 /r FullMem",
    "rw zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 72 /r FullMem",
  },
  vpshrdvd: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 73 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 73 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 73 /r Full",
  },
  vpshrdvq: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 73 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 73 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 73 /r Full",
  },
} as const satisfies InstructionTable;
