/**
 * AVX-512 moves: whole vectors, single elements, broadcasts, inserts and extracts, gathers and scatters, compress and
 * expand (Intel SDM volume 2). A gather or scatter clears its mask as it goes.
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const movesF = {
  vmovaps: {
    "w xmm{kz}, xmm/m128": "EVEX.128.NP.0F.W0 28 /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.NP.0F.W0 29 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.NP.0F.W0 28 /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.NP.0F.W0 29 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.NP.0F.W0 28 /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.NP.0F.W0 29 /r FullMem",
  },
  vmovups: {
    "w xmm{kz}, xmm/m128": "EVEX.128.NP.0F.W0 10 /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.NP.0F.W0 11 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.NP.0F.W0 10 /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.NP.0F.W0 11 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.NP.0F.W0 10 /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.NP.0F.W0 11 /r FullMem",
  },
  vmovapd: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F.W1 28 /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F.W1 29 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F.W1 28 /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F.W1 29 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F.W1 28 /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F.W1 29 /r FullMem",
  },
  vmovupd: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F.W1 10 /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F.W1 11 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F.W1 10 /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F.W1 11 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F.W1 10 /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F.W1 11 /r FullMem",
  },
  vmovdqa32: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F.W0 6F /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F.W0 7F /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F.W0 6F /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F.W0 7F /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F.W0 6F /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F.W0 7F /r FullMem",
  },
  vmovdqa64: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F.W1 6F /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F.W1 7F /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F.W1 6F /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F.W1 7F /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F.W1 6F /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F.W1 7F /r FullMem",
  },
  vmovdqu32: {
    "w xmm{kz}, xmm/m128": "EVEX.128.F3.0F.W0 6F /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.F3.0F.W0 7F /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.F3.0F.W0 6F /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.F3.0F.W0 7F /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.F3.0F.W0 6F /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.F3.0F.W0 7F /r FullMem",
  },
  vmovdqu64: {
    "w xmm{kz}, xmm/m128": "EVEX.128.F3.0F.W1 6F /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.F3.0F.W1 7F /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.F3.0F.W1 6F /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.F3.0F.W1 7F /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.F3.0F.W1 6F /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.F3.0F.W1 7F /r FullMem",
  },
  vmovntps: {
    "w m128, xmm": "EVEX.128.NP.0F.W0 2B /r FullMem",
    "w m256, ymm": "EVEX.256.NP.0F.W0 2B /r FullMem",
    "w m512, zmm": "EVEX.512.NP.0F.W0 2B /r FullMem",
  },
  vmovntpd: {
    "w m128, xmm": "EVEX.128.66.0F.W1 2B /r FullMem",
    "w m256, ymm": "EVEX.256.66.0F.W1 2B /r FullMem",
    "w m512, zmm": "EVEX.512.66.0F.W1 2B /r FullMem",
  },
  vmovntdq: {
    "w m128, xmm": "EVEX.128.66.0F.W0 E7 /r FullMem",
    "w m256, ymm": "EVEX.256.66.0F.W0 E7 /r FullMem",
    "w m512, zmm": "EVEX.512.66.0F.W0 E7 /r FullMem",
  },
  vmovntdqa: {
    "w xmm, m128": "EVEX.128.66.0F38.W0 2A /r FullMem",
    "w ymm, m256": "EVEX.256.66.0F38.W0 2A /r FullMem",
    "w zmm, m512": "EVEX.512.66.0F38.W0 2A /r FullMem",
  },
  vmovddup: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.F2.0F.W1 12 /r Movddup",
    "w ymm{kz}, ymm/m256": "EVEX.256.F2.0F.W1 12 /r Movddup",
    "w zmm{kz}, zmm/m512": "EVEX.512.F2.0F.W1 12 /r Movddup",
  },
  vmovsldup: {
    "w xmm{kz}, xmm/m128": "EVEX.128.F3.0F.W0 12 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.F3.0F.W0 12 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.F3.0F.W0 12 /r FullMem",
  },
  vmovshdup: {
    "w xmm{kz}, xmm/m128": "EVEX.128.F3.0F.W0 16 /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.F3.0F.W0 16 /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.F3.0F.W0 16 /r FullMem",
  },
  vmovss: {
    "w xmm{kz}, xmm, xmm": "EVEX.LIG.F3.0F.W0 10 /r | EVEX.LIG.F3.0F.W0 11 /r MVR",
    "w xmm{kz}, m32":      "EVEX.LIG.F3.0F.W0 10 /r Tuple1Scalar",
    "w m32{k}, xmm":       "EVEX.LIG.F3.0F.W0 11 /r Tuple1Scalar",
  },
  vmovsd: {
    "w xmm{kz}, xmm, xmm": "EVEX.LIG.F2.0F.W1 10 /r | EVEX.LIG.F2.0F.W1 11 /r MVR",
    "w xmm{kz}, m64":      "EVEX.LIG.F2.0F.W1 10 /r Tuple1Scalar",
    "w m64{k}, xmm":       "EVEX.LIG.F2.0F.W1 11 /r Tuple1Scalar",
  },
  vbroadcastss: {
    "w xmm{kz}, xmm/m32": "EVEX.128.66.0F38.W0 18 /r Tuple1Scalar",
    "w ymm{kz}, xmm/m32": "EVEX.256.66.0F38.W0 18 /r Tuple1Scalar",
    "w zmm{kz}, xmm/m32": "EVEX.512.66.0F38.W0 18 /r Tuple1Scalar",
  },
  vbroadcastsd: {
    "w ymm{kz}, xmm/m64": "EVEX.256.66.0F38.W1 19 /r Tuple1Scalar",
    "w zmm{kz}, xmm/m64": "EVEX.512.66.0F38.W1 19 /r Tuple1Scalar",
  },
  vbroadcastf32x4: {
    "w ymm{kz}, m128": "EVEX.256.66.0F38.W0 1A /r Tuple4",
    "w zmm{kz}, m128": "EVEX.512.66.0F38.W0 1A /r Tuple4",
  },
  vbroadcastf64x4: { "w zmm{kz}, m256": "EVEX.512.66.0F38.W1 1B /r Tuple4" },
  vbroadcasti32x4: {
    "w ymm{kz}, m128": "EVEX.256.66.0F38.W0 5A /r Tuple4",
    "w zmm{kz}, m128": "EVEX.512.66.0F38.W0 5A /r Tuple4",
  },
  vbroadcasti64x4: { "w zmm{kz}, m256": "EVEX.512.66.0F38.W1 5B /r Tuple4" },
  vpbroadcastd: {
    "w xmm{kz}, xmm/m32": "EVEX.128.66.0F38.W0 58 /r Tuple1Scalar",
    "w ymm{kz}, xmm/m32": "EVEX.256.66.0F38.W0 58 /r Tuple1Scalar",
    "w zmm{kz}, xmm/m32": "EVEX.512.66.0F38.W0 58 /r Tuple1Scalar",
    "w xmm{kz}, r32":     "EVEX.128.66.0F38.W0 7C /r",
    "w ymm{kz}, r32":     "EVEX.256.66.0F38.W0 7C /r",
    "w zmm{kz}, r32":     "EVEX.512.66.0F38.W0 7C /r",
  },
  vpbroadcastq: {
    "w xmm{kz}, xmm/m64": "EVEX.128.66.0F38.W1 59 /r Tuple1Scalar",
    "w ymm{kz}, xmm/m64": "EVEX.256.66.0F38.W1 59 /r Tuple1Scalar",
    "w zmm{kz}, xmm/m64": "EVEX.512.66.0F38.W1 59 /r Tuple1Scalar",
    "w xmm{kz}, r64":     "EVEX.128.66.0F38.W1 7C /r",
    "w ymm{kz}, r64":     "EVEX.256.66.0F38.W1 7C /r",
    "w zmm{kz}, r64":     "EVEX.512.66.0F38.W1 7C /r",
  },
  vextractf32x4: {
    "w xmm/m128{kz}, ymm, uimm8": "EVEX.256.66.0F3A.W0 19 /r ib Tuple4",
    "w xmm/m128{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W0 19 /r ib Tuple4",
  },
  vextractf64x4: { "w ymm/m256{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W1 1B /r ib Tuple4" },
  vextracti32x4: {
    "w xmm/m128{kz}, ymm, uimm8": "EVEX.256.66.0F3A.W0 39 /r ib Tuple4",
    "w xmm/m128{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W0 39 /r ib Tuple4",
  },
  vextracti64x4: { "w ymm/m256{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W1 3B /r ib Tuple4" },
  vinsertf32x4: {
    "w ymm{kz}, ymm, xmm/m128, uimm8": "EVEX.256.66.0F3A.W0 18 /r ib Tuple4",
    "w zmm{kz}, zmm, xmm/m128, uimm8": "EVEX.512.66.0F3A.W0 18 /r ib Tuple4",
  },
  vinsertf64x4: { "w zmm{kz}, zmm, ymm/m256, uimm8": "EVEX.512.66.0F3A.W1 1A /r ib Tuple4" },
  vinserti32x4: {
    "w ymm{kz}, ymm, xmm/m128, uimm8": "EVEX.256.66.0F3A.W0 38 /r ib Tuple4",
    "w zmm{kz}, zmm, xmm/m128, uimm8": "EVEX.512.66.0F3A.W0 38 /r ib Tuple4",
  },
  vinserti64x4: { "w zmm{kz}, zmm, ymm/m256, uimm8": "EVEX.512.66.0F3A.W1 3A /r ib Tuple4" },
  vcompressps: {
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F38.W0 8A /r Tuple1Scalar",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F38.W0 8A /r Tuple1Scalar",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F38.W0 8A /r Tuple1Scalar",
  },
  vcompresspd: {
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F38.W1 8A /r Tuple1Scalar",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F38.W1 8A /r Tuple1Scalar",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F38.W1 8A /r Tuple1Scalar",
  },
  vpcompressd: {
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F38.W0 8B /r Tuple1Scalar",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F38.W0 8B /r Tuple1Scalar",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F38.W0 8B /r Tuple1Scalar",
  },
  vpcompressq: {
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F38.W1 8B /r Tuple1Scalar",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F38.W1 8B /r Tuple1Scalar",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F38.W1 8B /r Tuple1Scalar",
  },
  vexpandps: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W0 88 /r Tuple1Scalar",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W0 88 /r Tuple1Scalar",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W0 88 /r Tuple1Scalar",
  },
  vexpandpd: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W1 88 /r Tuple1Scalar",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W1 88 /r Tuple1Scalar",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W1 88 /r Tuple1Scalar",
  },
  vpexpandd: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W0 89 /r Tuple1Scalar",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W0 89 /r Tuple1Scalar",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W0 89 /r Tuple1Scalar",
  },
  vpexpandq: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W1 89 /r Tuple1Scalar",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W1 89 /r Tuple1Scalar",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W1 89 /r Tuple1Scalar",
  },
  vpgatherdd: {
    "rw xmm{k}, vm32x": "EVEX.128.66.0F38.W0 90 /r Tuple1Scalar",
    "rw ymm{k}, vm32y": "EVEX.256.66.0F38.W0 90 /r Tuple1Scalar",
    "rw zmm{k}, vm32z": "EVEX.512.66.0F38.W0 90 /r Tuple1Scalar",
  },
  vpgatherdq: {
    "rw xmm{k}, vm32x": "EVEX.128.66.0F38.W1 90 /r Tuple1Scalar",
    "rw ymm{k}, vm32x": "EVEX.256.66.0F38.W1 90 /r Tuple1Scalar",
    "rw zmm{k}, vm32y": "EVEX.512.66.0F38.W1 90 /r Tuple1Scalar",
  },
  vpgatherqd: {
    "rw xmm{k}, vm64x": "EVEX.128.66.0F38.W0 91 /r Tuple1Scalar",
    "rw xmm{k}, vm64y": "EVEX.256.66.0F38.W0 91 /r Tuple1Scalar",
    "rw ymm{k}, vm64z": "EVEX.512.66.0F38.W0 91 /r Tuple1Scalar",
  },
  vpgatherqq: {
    "rw xmm{k}, vm64x": "EVEX.128.66.0F38.W1 91 /r Tuple1Scalar",
    "rw ymm{k}, vm64y": "EVEX.256.66.0F38.W1 91 /r Tuple1Scalar",
    "rw zmm{k}, vm64z": "EVEX.512.66.0F38.W1 91 /r Tuple1Scalar",
  },
  vgatherdps: {
    "rw xmm{k}, vm32x": "EVEX.128.66.0F38.W0 92 /r Tuple1Scalar",
    "rw ymm{k}, vm32y": "EVEX.256.66.0F38.W0 92 /r Tuple1Scalar",
    "rw zmm{k}, vm32z": "EVEX.512.66.0F38.W0 92 /r Tuple1Scalar",
  },
  vgatherdpd: {
    "rw xmm{k}, vm32x": "EVEX.128.66.0F38.W1 92 /r Tuple1Scalar",
    "rw ymm{k}, vm32x": "EVEX.256.66.0F38.W1 92 /r Tuple1Scalar",
    "rw zmm{k}, vm32y": "EVEX.512.66.0F38.W1 92 /r Tuple1Scalar",
  },
  vgatherqps: {
    "rw xmm{k}, vm64x": "EVEX.128.66.0F38.W0 93 /r Tuple1Scalar",
    "rw xmm{k}, vm64y": "EVEX.256.66.0F38.W0 93 /r Tuple1Scalar",
    "rw ymm{k}, vm64z": "EVEX.512.66.0F38.W0 93 /r Tuple1Scalar",
  },
  vgatherqpd: {
    "rw xmm{k}, vm64x": "EVEX.128.66.0F38.W1 93 /r Tuple1Scalar",
    "rw ymm{k}, vm64y": "EVEX.256.66.0F38.W1 93 /r Tuple1Scalar",
    "rw zmm{k}, vm64z": "EVEX.512.66.0F38.W1 93 /r Tuple1Scalar",
  },
  vpscatterdd: {
    "w vm32x{k}, xmm": "EVEX.128.66.0F38.W0 A0 /r Tuple1Scalar",
    "w vm32y{k}, ymm": "EVEX.256.66.0F38.W0 A0 /r Tuple1Scalar",
    "w vm32z{k}, zmm": "EVEX.512.66.0F38.W0 A0 /r Tuple1Scalar",
  },
  vpscatterdq: {
    "w vm32x{k}, xmm": "EVEX.128.66.0F38.W1 A0 /r Tuple1Scalar",
    "w vm32x{k}, ymm": "EVEX.256.66.0F38.W1 A0 /r Tuple1Scalar",
    "w vm32y{k}, zmm": "EVEX.512.66.0F38.W1 A0 /r Tuple1Scalar",
  },
  vpscatterqd: {
    "w vm64x{k}, xmm": "EVEX.128.66.0F38.W0 A1 /r Tuple1Scalar",
    "w vm64y{k}, xmm": "EVEX.256.66.0F38.W0 A1 /r Tuple1Scalar",
    "w vm64z{k}, ymm": "EVEX.512.66.0F38.W0 A1 /r Tuple1Scalar",
  },
  vpscatterqq: {
    "w vm64x{k}, xmm": "EVEX.128.66.0F38.W1 A1 /r Tuple1Scalar",
    "w vm64y{k}, ymm": "EVEX.256.66.0F38.W1 A1 /r Tuple1Scalar",
    "w vm64z{k}, zmm": "EVEX.512.66.0F38.W1 A1 /r Tuple1Scalar",
  },
  vscatterdps: {
    "w vm32x{k}, xmm": "EVEX.128.66.0F38.W0 A2 /r Tuple1Scalar",
    "w vm32y{k}, ymm": "EVEX.256.66.0F38.W0 A2 /r Tuple1Scalar",
    "w vm32z{k}, zmm": "EVEX.512.66.0F38.W0 A2 /r Tuple1Scalar",
  },
  vscatterdpd: {
    "w vm32x{k}, xmm": "EVEX.128.66.0F38.W1 A2 /r Tuple1Scalar",
    "w vm32x{k}, ymm": "EVEX.256.66.0F38.W1 A2 /r Tuple1Scalar",
    "w vm32y{k}, zmm": "EVEX.512.66.0F38.W1 A2 /r Tuple1Scalar",
  },
  vscatterqps: {
    "w vm64x{k}, xmm": "EVEX.128.66.0F38.W0 A3 /r Tuple1Scalar",
    "w vm64y{k}, xmm": "EVEX.256.66.0F38.W0 A3 /r Tuple1Scalar",
    "w vm64z{k}, ymm": "EVEX.512.66.0F38.W0 A3 /r Tuple1Scalar",
  },
  vscatterqpd: {
    "w vm64x{k}, xmm": "EVEX.128.66.0F38.W1 A3 /r Tuple1Scalar",
    "w vm64y{k}, ymm": "EVEX.256.66.0F38.W1 A3 /r Tuple1Scalar",
    "w vm64z{k}, zmm": "EVEX.512.66.0F38.W1 A3 /r Tuple1Scalar",
  },
} as const satisfies InstructionTable;

/** AVX512F on 128 bits: these need no AVX512VL. */
export const elementMovesF = {
  vmovd: {
    "w xmm, rm32": "EVEX.128.66.0F.W0 6E /r Tuple1Scalar",
    "w rm32, xmm": "EVEX.128.66.0F.W0 7E /r Tuple1Scalar",
  },
  vmovq: {
    "w xmm, xmm/m64": "EVEX.128.F3.0F.W1 7E /r Tuple1Scalar",
    "w xmm/m64, xmm": "EVEX.128.66.0F.W1 D6 /r Tuple1Scalar",
    "w xmm, rm64":    "EVEX.128.66.0F.W1 6E /r Tuple1Scalar",
    "w rm64, xmm":    "EVEX.128.66.0F.W1 7E /r Tuple1Scalar",
  },
  vmovhlps: { "w xmm, xmm, xmm": "EVEX.128.NP.0F.W0 12 /r" },
  vmovlhps: { "w xmm, xmm, xmm": "EVEX.128.NP.0F.W0 16 /r" },
  vmovlps: {
    "w xmm, xmm, m64": "EVEX.128.NP.0F.W0 12 /r Tuple2",
    "w m64, xmm":      "EVEX.128.NP.0F.W0 13 /r Tuple2",
  },
  vmovhps: {
    "w xmm, xmm, m64": "EVEX.128.NP.0F.W0 16 /r Tuple2",
    "w m64, xmm":      "EVEX.128.NP.0F.W0 17 /r Tuple2",
  },
  vmovlpd: {
    "w xmm, xmm, m64": "EVEX.128.66.0F.W1 12 /r Tuple1Scalar",
    "w m64, xmm":      "EVEX.128.66.0F.W1 13 /r Tuple1Scalar",
  },
  vmovhpd: {
    "w xmm, xmm, m64": "EVEX.128.66.0F.W1 16 /r Tuple1Scalar",
    "w m64, xmm":      "EVEX.128.66.0F.W1 17 /r Tuple1Scalar",
  },
  vinsertps: { "w xmm, xmm, xmm/m32, uimm8": "EVEX.128.66.0F3A.W0 21 /r ib Tuple1Scalar" },
  vextractps: { "w rm32, xmm, uimm8": "EVEX.128.66.0F3A.WIG 17 /r ib Tuple1Scalar" },
} as const satisfies InstructionTable;

/** AVX512BW; its forms of 128 and 256 bits need AVX512VL as well. */
export const movesBw = {
  vmovdqu8: {
    "w xmm{kz}, xmm/m128": "EVEX.128.F2.0F.W0 6F /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.F2.0F.W0 7F /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.F2.0F.W0 6F /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.F2.0F.W0 7F /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.F2.0F.W0 6F /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.F2.0F.W0 7F /r FullMem",
  },
  vmovdqu16: {
    "w xmm{kz}, xmm/m128": "EVEX.128.F2.0F.W1 6F /r FullMem",
    "w xmm/m128{kz}, xmm": "EVEX.128.F2.0F.W1 7F /r FullMem",
    "w ymm{kz}, ymm/m256": "EVEX.256.F2.0F.W1 6F /r FullMem",
    "w ymm/m256{kz}, ymm": "EVEX.256.F2.0F.W1 7F /r FullMem",
    "w zmm{kz}, zmm/m512": "EVEX.512.F2.0F.W1 6F /r FullMem",
    "w zmm/m512{kz}, zmm": "EVEX.512.F2.0F.W1 7F /r FullMem",
  },
  vpbroadcastb: {
    "w xmm{kz}, xmm/m8": "EVEX.128.66.0F38.W0 78 /r Tuple1Scalar",
    "w ymm{kz}, xmm/m8": "EVEX.256.66.0F38.W0 78 /r Tuple1Scalar",
    "w zmm{kz}, xmm/m8": "EVEX.512.66.0F38.W0 78 /r Tuple1Scalar",
    "w xmm{kz}, r32":    "EVEX.128.66.0F38.W0 7A /r",
    "w ymm{kz}, r32":    "EVEX.256.66.0F38.W0 7A /r",
    "w zmm{kz}, r32":    "EVEX.512.66.0F38.W0 7A /r",
  },
  vpbroadcastw: {
    "w xmm{kz}, xmm/m16": "EVEX.128.66.0F38.W0 79 /r Tuple1Scalar",
    "w ymm{kz}, xmm/m16": "EVEX.256.66.0F38.W0 79 /r Tuple1Scalar",
    "w zmm{kz}, xmm/m16": "EVEX.512.66.0F38.W0 79 /r Tuple1Scalar",
    "w xmm{kz}, r32":     "EVEX.128.66.0F38.W0 7B /r",
    "w ymm{kz}, r32":     "EVEX.256.66.0F38.W0 7B /r",
    "w zmm{kz}, r32":     "EVEX.512.66.0F38.W0 7B /r",
  },
} as const satisfies InstructionTable;

/** AVX512BW on 128 bits: these need no AVX512VL. */
export const elementMovesBw = {
  vpextrb: { "w r32/m8, xmm, uimm8": "EVEX.128.66.0F3A.WIG 14 /r ib Tuple1Scalar" },
  vpextrw: {
    "w r32, xmm, uimm8":     "EVEX.128.66.0F.WIG C5 /r ib",
    "w r32/m16, xmm, uimm8": "EVEX.128.66.0F3A.WIG 15 /r ib Tuple1Scalar",
  },
  vpinsrb: { "w xmm, xmm, r32/m8, uimm8": "EVEX.128.66.0F3A.WIG 20 /r ib Tuple1Scalar" },
  vpinsrw: { "w xmm, xmm, r32/m16, uimm8": "EVEX.128.66.0F.WIG C4 /r ib Tuple1Scalar" },
} as const satisfies InstructionTable;

/** AVX512DQ; its forms of 128 and 256 bits need AVX512VL as well. */
export const movesDq = {
  vbroadcastf32x2: {
    "w ymm{kz}, xmm/m64": "EVEX.256.66.0F38.W0 19 /r Tuple2",
    "w zmm{kz}, xmm/m64": "EVEX.512.66.0F38.W0 19 /r Tuple2",
  },
  vbroadcastf64x2: {
    "w ymm{kz}, m128": "EVEX.256.66.0F38.W1 1A /r Tuple2",
    "w zmm{kz}, m128": "EVEX.512.66.0F38.W1 1A /r Tuple2",
  },
  vbroadcastf32x8: { "w zmm{kz}, m256": "EVEX.512.66.0F38.W0 1B /r Tuple8" },
  vbroadcasti32x2: {
    "w xmm{kz}, xmm/m64": "EVEX.128.66.0F38.W0 59 /r Tuple2",
    "w ymm{kz}, xmm/m64": "EVEX.256.66.0F38.W0 59 /r Tuple2",
    "w zmm{kz}, xmm/m64": "EVEX.512.66.0F38.W0 59 /r Tuple2",
  },
  vbroadcasti64x2: {
    "w ymm{kz}, m128": "EVEX.256.66.0F38.W1 5A /r Tuple2",
    "w zmm{kz}, m128": "EVEX.512.66.0F38.W1 5A /r Tuple2",
  },
  vbroadcasti32x8: { "w zmm{kz}, m256": "EVEX.512.66.0F38.W0 5B /r Tuple8" },
  vextractf64x2: {
    "w xmm/m128{kz}, ymm, uimm8": "EVEX.256.66.0F3A.W1 19 /r ib Tuple2",
    "w xmm/m128{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W1 19 /r ib Tuple2",
  },
  vextractf32x8: { "w ymm/m256{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W0 1B /r ib Tuple8" },
  vextracti64x2: {
    "w xmm/m128{kz}, ymm, uimm8": "EVEX.256.66.0F3A.W1 39 /r ib Tuple2",
    "w xmm/m128{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W1 39 /r ib Tuple2",
  },
  vextracti32x8: { "w ymm/m256{kz}, zmm, uimm8": "EVEX.512.66.0F3A.W0 3B /r ib Tuple8" },
  vinsertf64x2: {
    "w ymm{kz}, ymm, xmm/m128, uimm8": "EVEX.256.66.0F3A.W1 18 /r ib Tuple2",
    "w zmm{kz}, zmm, xmm/m128, uimm8": "EVEX.512.66.0F3A.W1 18 /r ib Tuple2",
  },
  vinsertf32x8: { "w zmm{kz}, zmm, ymm/m256, uimm8": "EVEX.512.66.0F3A.W0 1A /r ib Tuple8" },
  vinserti64x2: {
    "w ymm{kz}, ymm, xmm/m128, uimm8": "EVEX.256.66.0F3A.W1 38 /r ib Tuple2",
    "w zmm{kz}, zmm, xmm/m128, uimm8": "EVEX.512.66.0F3A.W1 38 /r ib Tuple2",
  },
  vinserti32x8: { "w zmm{kz}, zmm, ymm/m256, uimm8": "EVEX.512.66.0F3A.W0 3A /r ib Tuple8" },
} as const satisfies InstructionTable;

/** AVX512DQ on 128 bits: these need no AVX512VL. */
export const elementMovesDq = {
  vpextrd: { "w rm32, xmm, uimm8": "EVEX.128.66.0F3A.W0 16 /r ib Tuple1Scalar" },
  vpextrq: { "w rm64, xmm, uimm8": "EVEX.128.66.0F3A.W1 16 /r ib Tuple1Scalar" },
  vpinsrd: { "w xmm, xmm, rm32, uimm8": "EVEX.128.66.0F3A.W0 22 /r ib Tuple1Scalar" },
  vpinsrq: { "w xmm, xmm, rm64, uimm8": "EVEX.128.66.0F3A.W1 22 /r ib Tuple1Scalar" },
} as const satisfies InstructionTable;

/** AVX512_VBMI2; its forms of 128 and 256 bits need AVX512VL as well. */
export const movesVbmi2 = {
  vpcompressb: {
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F38.W0 63 /r Tuple1Scalar",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F38.W0 63 /r Tuple1Scalar",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F38.W0 63 /r Tuple1Scalar",
  },
  vpcompressw: {
    "w xmm/m128{kz}, xmm": "EVEX.128.66.0F38.W1 63 /r Tuple1Scalar",
    "w ymm/m256{kz}, ymm": "EVEX.256.66.0F38.W1 63 /r Tuple1Scalar",
    "w zmm/m512{kz}, zmm": "EVEX.512.66.0F38.W1 63 /r Tuple1Scalar",
  },
  vpexpandb: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W0 62 /r Tuple1Scalar",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W0 62 /r Tuple1Scalar",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W0 62 /r Tuple1Scalar",
  },
  vpexpandw: {
    "w xmm{kz}, xmm/m128": "EVEX.128.66.0F38.W1 62 /r Tuple1Scalar",
    "w ymm{kz}, ymm/m256": "EVEX.256.66.0F38.W1 62 /r Tuple1Scalar",
    "w zmm{kz}, zmm/m512": "EVEX.512.66.0F38.W1 62 /r Tuple1Scalar",
  },
} as const satisfies InstructionTable;
