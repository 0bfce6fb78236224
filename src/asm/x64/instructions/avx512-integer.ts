/**
 * AVX-512 integer arithmetic, logic, comparisons into masks, blends and tests (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const integerF = {
  vpaddd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 FE /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 FE /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 FE /r Full",
  },
  vpaddq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 D4 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 D4 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 D4 /r Full",
  },
  vpsubd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 FA /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 FA /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 FA /r Full",
  },
  vpsubq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 FB /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 FB /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 FB /r Full",
  },
  vpmuludq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 F4 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 F4 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 F4 /r Full",
  },
  vpmuldq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 28 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 28 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 28 /r Full",
  },
  vpmulld: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 40 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 40 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 40 /r Full",
  },
  vpminsd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 39 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 39 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 39 /r Full",
  },
  vpminsq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 39 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 39 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 39 /r Full",
  },
  vpminud: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 3B /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 3B /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 3B /r Full",
  },
  vpminuq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 3B /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 3B /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 3B /r Full",
  },
  vpmaxsd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 3D /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 3D /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 3D /r Full",
  },
  vpmaxsq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 3D /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 3D /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 3D /r Full",
  },
  vpmaxud: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 3F /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 3F /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 3F /r Full",
  },
  vpmaxuq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 3F /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 3F /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 3F /r Full",
  },
  vpabsd: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 1E /r Full",
    "w ymm{kz}, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 1E /r Full",
    "w zmm{kz}, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 1E /r Full",
  },
  vpabsq: {
    "w xmm{kz}, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 1F /r Full",
    "w ymm{kz}, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 1F /r Full",
    "w zmm{kz}, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 1F /r Full",
  },
  vpandd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 DB /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 DB /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 DB /r Full",
  },
  vpandq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 DB /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 DB /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 DB /r Full",
  },
  vpandnd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 DF /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 DF /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 DF /r Full",
  },
  vpandnq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 DF /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 DF /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 DF /r Full",
  },
  vpord: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 EB /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 EB /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 EB /r Full",
  },
  vporq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 EB /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 EB /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 EB /r Full",
  },
  vpxord: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 EF /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 EF /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 EF /r Full",
  },
  vpxorq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 EF /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 EF /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 EF /r Full",
  },
  vpternlogd: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 25 /r ib Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 25 /r ib Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 25 /r ib Full",
  },
  vpternlogq: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 25 /r ib Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 25 /r ib Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 25 /r ib Full",
  },
  vpcmpd: {
    "w k{k}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 1F /r ib Full",
    "w k{k}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 1F /r ib Full",
    "w k{k}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 1F /r ib Full",
  },
  vpcmpq: {
    "w k{k}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 1F /r ib Full",
    "w k{k}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 1F /r ib Full",
    "w k{k}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 1F /r ib Full",
  },
  vpcmpud: {
    "w k{k}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 1E /r ib Full",
    "w k{k}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 1E /r ib Full",
    "w k{k}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 1E /r ib Full",
  },
  vpcmpuq: {
    "w k{k}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 1E /r ib Full",
    "w k{k}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 1E /r ib Full",
    "w k{k}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 1E /r ib Full",
  },
  vpcmpeqd: {
    "w k{k}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 76 /r Full",
    "w k{k}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 76 /r Full",
    "w k{k}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 76 /r Full",
  },
  vpcmpeqq: {
    "w k{k}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 29 /r Full",
    "w k{k}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 29 /r Full",
    "w k{k}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 29 /r Full",
  },
  vpcmpgtd: {
    "w k{k}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F.W0 66 /r Full",
    "w k{k}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F.W0 66 /r Full",
    "w k{k}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F.W0 66 /r Full",
  },
  vpcmpgtq: {
    "w k{k}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 37 /r Full",
    "w k{k}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 37 /r Full",
    "w k{k}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 37 /r Full",
  },
  vptestmd: {
    "w k{k}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 27 /r Full",
    "w k{k}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 27 /r Full",
    "w k{k}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 27 /r Full",
  },
  vptestmq: {
    "w k{k}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 27 /r Full",
    "w k{k}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 27 /r Full",
    "w k{k}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 27 /r Full",
  },
  vptestnmd: {
    "w k{k}, xmm, xmm/m128/m32bcst": "EVEX.128.F3.0F38.W0 27 /r Full",
    "w k{k}, ymm, ymm/m256/m32bcst": "EVEX.256.F3.0F38.W0 27 /r Full",
    "w k{k}, zmm, zmm/m512/m32bcst": "EVEX.512.F3.0F38.W0 27 /r Full",
  },
  vptestnmq: {
    "w k{k}, xmm, xmm/m128/m64bcst": "EVEX.128.F3.0F38.W1 27 /r Full",
    "w k{k}, ymm, ymm/m256/m64bcst": "EVEX.256.F3.0F38.W1 27 /r Full",
    "w k{k}, zmm, zmm/m512/m64bcst": "EVEX.512.F3.0F38.W1 27 /r Full",
  },
  vpblendmd: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 64 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 64 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 64 /r Full",
  },
  vpblendmq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 64 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 64 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 64 /r Full",
  },
  vblendmps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 65 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 65 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 65 /r Full",
  },
  vblendmpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 65 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 65 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 65 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512BW; its forms of 128 and 256 bits need AVX512VL as well. */
export const integerBw = {
  vpaddb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG FC /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG FC /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG FC /r FullMem",
  },
  vpaddw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG FD /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG FD /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG FD /r FullMem",
  },
  vpsubb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG F8 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG F8 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG F8 /r FullMem",
  },
  vpsubw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG F9 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG F9 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG F9 /r FullMem",
  },
  vpaddsb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG EC /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG EC /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG EC /r FullMem",
  },
  vpaddsw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG ED /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG ED /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG ED /r FullMem",
  },
  vpaddusb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG DC /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG DC /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG DC /r FullMem",
  },
  vpaddusw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG DD /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG DD /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG DD /r FullMem",
  },
  vpsubsb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG E8 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG E8 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG E8 /r FullMem",
  },
  vpsubsw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG E9 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG E9 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG E9 /r FullMem",
  },
  vpsubusb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG D8 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG D8 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG D8 /r FullMem",
  },
  vpsubusw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG D9 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG D9 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG D9 /r FullMem",
  },
  vpmullw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG D5 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG D5 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG D5 /r FullMem",
  },
  vpmulhw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG E5 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG E5 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG E5 /r FullMem",
  },
  vpmulhuw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG E4 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG E4 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG E4 /r FullMem",
  },
  vpmaddwd: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG F5 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG F5 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG F5 /r FullMem",
  },
  vpmaddubsw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 04 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 04 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 04 /r FullMem",
  },
  vpmulhrsw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 0B /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 0B /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 0B /r FullMem",
  },
  vpsadbw: {
    "w xmm, xmm, xmm/m128": "EVEX.128.66.0F.WIG F6 /r FullMem",
    "w ymm, ymm, ymm/m256": "EVEX.256.66.0F.WIG F6 /r FullMem",
    "w zmm, zmm, zmm/m512": "EVEX.512.66.0F.WIG F6 /r FullMem",
  },
  vdbpsadbw: {
    "w xmm{kz}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W0 42 /r ib FullMem",
    "w ymm{kz}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W0 42 /r ib FullMem",
    "w zmm{kz}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W0 42 /r ib FullMem",
  },
  vpavgb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG E0 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG E0 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG E0 /r FullMem",
  },
  vpavgw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG E3 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG E3 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG E3 /r FullMem",
  },
  vpminub: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG DA /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG DA /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG DA /r FullMem",
  },
  vpminsw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG EA /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG EA /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG EA /r FullMem",
  },
  vpmaxub: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG DE /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG DE /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG DE /r FullMem",
  },
  vpmaxsw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F.WIG EE /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F.WIG EE /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F.WIG EE /r FullMem",
  },
  vpminsb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 38 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 38 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 38 /r FullMem",
  },
  vpminuw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 3A /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 3A /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 3A /r FullMem",
  },
  vpmaxsb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 3C /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 3C /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 3C /r FullMem",
  },
  vpmaxuw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.WIG 3E /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.WIG 3E /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.WIG 3E /r FullMem",
  },
  vpabsb: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.WIG 1C /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.WIG 1C /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.WIG 1C /r FullMem",
  },
  vpabsw: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.WIG 1D /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.WIG 1D /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.WIG 1D /r FullMem",
  },
  vpcmpb: {
    "w k{k}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W0 3F /r ib FullMem",
    "w k{k}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W0 3F /r ib FullMem",
    "w k{k}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W0 3F /r ib FullMem",
  },
  vpcmpw: {
    "w k{k}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W1 3F /r ib FullMem",
    "w k{k}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W1 3F /r ib FullMem",
    "w k{k}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W1 3F /r ib FullMem",
  },
  vpcmpub: {
    "w k{k}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W0 3E /r ib FullMem",
    "w k{k}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W0 3E /r ib FullMem",
    "w k{k}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W0 3E /r ib FullMem",
  },
  vpcmpuw: {
    "w k{k}, xmm, xmm/m128, uimm8": "EVEX.128.66.0F3A.W1 3E /r ib FullMem",
    "w k{k}, ymm, ymm/m256, uimm8": "EVEX.256.66.0F3A.W1 3E /r ib FullMem",
    "w k{k}, zmm, zmm/m512, uimm8": "EVEX.512.66.0F3A.W1 3E /r ib FullMem",
  },
  vpcmpeqb: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 74 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 74 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 74 /r FullMem",
  },
  vpcmpeqw: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 75 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 75 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 75 /r FullMem",
  },
  vpcmpgtb: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 64 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 64 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 64 /r FullMem",
  },
  vpcmpgtw: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F.WIG 65 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F.WIG 65 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F.WIG 65 /r FullMem",
  },
  vptestmb: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 26 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 26 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 26 /r FullMem",
  },
  vptestmw: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 26 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 26 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 26 /r FullMem",
  },
  vptestnmb: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.F3.0F38.W0 26 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.F3.0F38.W0 26 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.F3.0F38.W0 26 /r FullMem",
  },
  vptestnmw: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.F3.0F38.W1 26 /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.F3.0F38.W1 26 /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.F3.0F38.W1 26 /r FullMem",
  },
  vpblendmb: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 66 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 66 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 66 /r FullMem",
  },
  vpblendmw: {
    "w xmm{kz}, xmm, xmm/m128": "EVEX.128.66.0F38.W1 66 /r FullMem",
    "w ymm{kz}, ymm, ymm/m256": "EVEX.256.66.0F38.W1 66 /r FullMem",
    "w zmm{kz}, zmm, zmm/m512": "EVEX.512.66.0F38.W1 66 /r FullMem",
  },
} as const satisfies InstructionTable;

/** AVX512DQ; its forms of 128 and 256 bits need AVX512VL as well. */
export const integerDq = {
  vpmullq: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 40 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 40 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 40 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512CD; its forms of 128 and 256 bits need AVX512VL as well. */
export const conflicts = {
  vpconflictd: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 C4 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 C4 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 C4 /r Full",
  },
  vpconflictq: {
    "w xmm{kz}, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 C4 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 C4 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 C4 /r Full",
  },
  vplzcntd: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 44 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 44 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 44 /r Full",
  },
  vplzcntq: {
    "w xmm{kz}, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 44 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 44 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 44 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512_IFMA; its forms of 128 and 256 bits need AVX512VL as well. */
export const wideMultiplyAdd = {
  vpmadd52luq: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 B4 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 B4 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 B4 /r Full",
  },
  vpmadd52huq: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 B5 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 B5 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 B5 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512_VNNI; its forms of 128 and 256 bits need AVX512VL as well. */
export const dotProducts = {
  vpdpbusd: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 50 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 50 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 50 /r Full",
  },
  vpdpbusds: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 51 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 51 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 51 /r Full",
  },
  vpdpwssd: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 52 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 52 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 52 /r Full",
  },
  vpdpwssds: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 53 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 53 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 53 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512_BITALG; its forms of 128 and 256 bits need AVX512VL as well. */
export const countsBitalg = {
  vpopcntb: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W0 54 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W0 54 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W0 54 /r FullMem",
  },
  vpopcntw: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W1 54 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W1 54 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W1 54 /r FullMem",
  },
  vpshufbitqmb: {
    "w k{k}, xmm, xmm/m128": "EVEX.128.66.0F38.W0 8F /r FullMem",
    "w k{k}, ymm, ymm/m256": "EVEX.256.66.0F38.W0 8F /r FullMem",
    "w k{k}, zmm, zmm/m512": "EVEX.512.66.0F38.W0 8F /r FullMem",
  },
} as const satisfies InstructionTable;

/** AVX512_VPOPCNTDQ; its forms of 128 and 256 bits need AVX512VL as well. */
export const countsVpopcntdq = {
  vpopcntd: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 55 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 55 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 55 /r Full",
  },
  vpopcntq: {
    "w xmm{kz}, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 55 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 55 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 55 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512_BF16; its forms of 128 and 256 bits need AVX512VL as well. */
export const brainFloat = {
  vcvtne2ps2bf16: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.F2.0F38.W0 72 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.F2.0F38.W0 72 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.F2.0F38.W0 72 /r Full",
  },
  vcvtneps2bf16: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.F3.0F38.W0 72 /r Full",
    "w xmm{kz}, ymm/m256/m32bcst": "EVEX.256.F3.0F38.W0 72 /r Full",
    "w ymm{kz}, zmm/m512/m32bcst": "EVEX.512.F3.0F38.W0 72 /r Full",
  },
  vdpbf16ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.F3.0F38.W0 52 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.F3.0F38.W0 52 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.F3.0F38.W0 52 /r Full",
  },
} as const satisfies InstructionTable;

/** AVX512_VP2INTERSECT: writes the even-numbered mask of a pair, which it names, and the odd one after it. */
export const intersections = {
  vp2intersectd: {
    "w k, xmm, xmm/m128/m32bcst": "EVEX.128.F2.0F38.W0 68 /r Full",
    "w k, ymm, ymm/m256/m32bcst": "EVEX.256.F2.0F38.W0 68 /r Full",
    "w k, zmm, zmm/m512/m32bcst": "EVEX.512.F2.0F38.W0 68 /r Full",
  },
  vp2intersectq: {
    "w k, xmm, xmm/m128/m64bcst": "EVEX.128.F2.0F38.W1 68 /r Full",
    "w k, ymm, ymm/m256/m64bcst": "EVEX.256.F2.0F38.W1 68 /r Full",
    "w k, zmm, zmm/m512/m64bcst": "EVEX.512.F2.0F38.W1 68 /r Full",
  },
} as const satisfies InstructionTable;
