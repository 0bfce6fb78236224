/**
 * AVX-512 conversions: between floating-point formats, from and to signed and unsigned integers, and between integer
 * widths (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const conversionsF = {
  vcvtdq2ps: {
    "w xmm{kz}, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 5B /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 5B /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 5B /r Full",
  },
  vcvtps2dq: {
    "w xmm{kz}, xmm/m128/m32bcst":     "EVEX.128.66.0F.W0 5B /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":     "EVEX.256.66.0F.W0 5B /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{er}": "EVEX.512.66.0F.W0 5B /r Full",
  },
  vcvttps2dq: {
    "w xmm{kz}, xmm/m128/m32bcst":      "EVEX.128.F3.0F.W0 5B /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":      "EVEX.256.F3.0F.W0 5B /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{sae}": "EVEX.512.F3.0F.W0 5B /r Full",
  },
  vcvtudq2ps: {
    "w xmm{kz}, xmm/m128/m32bcst":     "EVEX.128.F2.0F.W0 7A /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":     "EVEX.256.F2.0F.W0 7A /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{er}": "EVEX.512.F2.0F.W0 7A /r Full",
  },
  vcvtps2udq: {
    "w xmm{kz}, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 79 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 79 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 79 /r Full",
  },
  vcvttps2udq: {
    "w xmm{kz}, xmm/m128/m32bcst":      "EVEX.128.NP.0F.W0 78 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":      "EVEX.256.NP.0F.W0 78 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{sae}": "EVEX.512.NP.0F.W0 78 /r Full",
  },
  vcvtdq2pd: {
    "w xmm{kz}, xmm/m64/m32bcst":  "EVEX.128.F3.0F.W0 E6 /r Half",
    "w ymm{kz}, xmm/m128/m32bcst": "EVEX.256.F3.0F.W0 E6 /r Half",
    "w zmm{kz}, ymm/m256/m32bcst": "EVEX.512.F3.0F.W0 E6 /r Half",
  },
  vcvtudq2pd: {
    "w xmm{kz}, xmm/m64/m32bcst":  "EVEX.128.F3.0F.W0 7A /r Half",
    "w ymm{kz}, xmm/m128/m32bcst": "EVEX.256.F3.0F.W0 7A /r Half",
    "w zmm{kz}, ymm/m256/m32bcst": "EVEX.512.F3.0F.W0 7A /r Half",
  },
  vcvtpd2dq: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.F2.0F.W1 E6 /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":     "EVEX.256.F2.0F.W1 E6 /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.F2.0F.W1 E6 /r Full",
  },
  vcvttpd2dq: {
    "w xmm{kz}, xmm/m128/m64bcst":      "EVEX.128.66.0F.W1 E6 /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":      "EVEX.256.66.0F.W1 E6 /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{sae}": "EVEX.512.66.0F.W1 E6 /r Full",
  },
  vcvtpd2udq: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.NP.0F.W1 79 /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":     "EVEX.256.NP.0F.W1 79 /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.NP.0F.W1 79 /r Full",
  },
  vcvttpd2udq: {
    "w xmm{kz}, xmm/m128/m64bcst":      "EVEX.128.NP.0F.W1 78 /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":      "EVEX.256.NP.0F.W1 78 /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{sae}": "EVEX.512.NP.0F.W1 78 /r Full",
  },
  vcvtps2pd: {
    "w xmm{kz}, xmm/m64/m32bcst":       "EVEX.128.NP.0F.W0 5A /r Half",
    "w ymm{kz}, xmm/m128/m32bcst":      "EVEX.256.NP.0F.W0 5A /r Half",
    "w zmm{kz}, ymm/m256/m32bcst{sae}": "EVEX.512.NP.0F.W0 5A /r Half",
  },
  vcvtpd2ps: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 5A /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 5A /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 5A /r Full",
  },
  vcvtph2ps: {
    "w xmm{kz}, xmm/m64":       "EVEX.128.66.0F38.W0 13 /r HalfMem",
    "w ymm{kz}, xmm/m128":      "EVEX.256.66.0F38.W0 13 /r HalfMem",
    "w zmm{kz}, ymm/m256{sae}": "EVEX.512.66.0F38.W0 13 /r HalfMem",
  },
  vcvtps2ph: {
    "w xmm/m64{kz}, xmm, uimm8":       "EVEX.128.66.0F3A.W0 1D /r ib HalfMem",
    "w xmm/m128{kz}, ymm, uimm8":      "EVEX.256.66.0F3A.W0 1D /r ib HalfMem",
    "w ymm/m256{kz}, zmm{sae}, uimm8": "EVEX.512.66.0F3A.W0 1D /r ib HalfMem",
  },
  vcvtss2sd: { "w xmm{kz}, xmm, xmm/m32{sae}": "EVEX.LIG.F3.0F.W0 5A /r Tuple1Scalar" },
  vcvtsd2ss: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 5A /r Tuple1Scalar" },
  vcvtsi2ss: {
    "w xmm, xmm, rm32{er}": "EVEX.LIG.F3.0F.W0 2A /r Tuple1Scalar",
    "w xmm, xmm, rm64{er}": "EVEX.LIG.F3.0F.W1 2A /r Tuple1Scalar",
  },
  vcvtsi2sd: {
    "w xmm, xmm, rm32":     "EVEX.LIG.F2.0F.W0 2A /r Tuple1Scalar",
    "w xmm, xmm, rm64{er}": "EVEX.LIG.F2.0F.W1 2A /r Tuple1Scalar",
  },
  vcvtusi2ss: {
    "w xmm, xmm, rm32{er}": "EVEX.LIG.F3.0F.W0 7B /r Tuple1Scalar",
    "w xmm, xmm, rm64{er}": "EVEX.LIG.F3.0F.W1 7B /r Tuple1Scalar",
  },
  vcvtusi2sd: {
    "w xmm, xmm, rm32":     "EVEX.LIG.F2.0F.W0 7B /r Tuple1Scalar",
    "w xmm, xmm, rm64{er}": "EVEX.LIG.F2.0F.W1 7B /r Tuple1Scalar",
  },
  vcvtss2si: {
    "w r32, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 2D /r Tuple1Fixed",
    "w r64, xmm/m32{er}": "EVEX.LIG.F3.0F.W1 2D /r Tuple1Fixed",
  },
  vcvttss2si: {
    "w r32, xmm/m32{sae}": "EVEX.LIG.F3.0F.W0 2C /r Tuple1Fixed",
    "w r64, xmm/m32{sae}": "EVEX.LIG.F3.0F.W1 2C /r Tuple1Fixed",
  },
  vcvtss2usi: {
    "w r32, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 79 /r Tuple1Fixed",
    "w r64, xmm/m32{er}": "EVEX.LIG.F3.0F.W1 79 /r Tuple1Fixed",
  },
  vcvttss2usi: {
    "w r32, xmm/m32{sae}": "EVEX.LIG.F3.0F.W0 78 /r Tuple1Fixed",
    "w r64, xmm/m32{sae}": "EVEX.LIG.F3.0F.W1 78 /r Tuple1Fixed",
  },
  vcvtsd2si: {
    "w r32, xmm/m64{er}": "EVEX.LIG.F2.0F.W0 2D /r Tuple1Fixed",
    "w r64, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 2D /r Tuple1Fixed",
  },
  vcvttsd2si: {
    "w r32, xmm/m64{sae}": "EVEX.LIG.F2.0F.W0 2C /r Tuple1Fixed",
    "w r64, xmm/m64{sae}": "EVEX.LIG.F2.0F.W1 2C /r Tuple1Fixed",
  },
  vcvtsd2usi: {
    "w r32, xmm/m64{er}": "EVEX.LIG.F2.0F.W0 79 /r Tuple1Fixed",
    "w r64, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 79 /r Tuple1Fixed",
  },
  vcvttsd2usi: {
    "w r32, xmm/m64{sae}": "EVEX.LIG.F2.0F.W0 78 /r Tuple1Fixed",
    "w r64, xmm/m64{sae}": "EVEX.LIG.F2.0F.W1 78 /r Tuple1Fixed",
  },
  vpmovsxbd: {
    "w xmm{kz}, xmm/m32":  "EVEX.128.66.0F38.WIG 21 /r QuarterMem",
    "w ymm{kz}, xmm/m64":  "EVEX.256.66.0F38.WIG 21 /r QuarterMem",
    "w zmm{kz}, xmm/m128": "EVEX.512.66.0F38.WIG 21 /r QuarterMem",
  },
  vpmovzxbd: {
    "w xmm{kz}, xmm/m32":  "EVEX.128.66.0F38.WIG 31 /r QuarterMem",
    "w ymm{kz}, xmm/m64":  "EVEX.256.66.0F38.WIG 31 /r QuarterMem",
    "w zmm{kz}, xmm/m128": "EVEX.512.66.0F38.WIG 31 /r QuarterMem",
  },
  vpmovsxbq: {
    "w xmm{kz}, xmm/m16": "EVEX.128.66.0F38.WIG 22 /r EighthMem",
    "w ymm{kz}, xmm/m32": "EVEX.256.66.0F38.WIG 22 /r EighthMem",
    "w zmm{kz}, xmm/m64": "EVEX.512.66.0F38.WIG 22 /r EighthMem",
  },
  vpmovzxbq: {
    "w xmm{kz}, xmm/m16": "EVEX.128.66.0F38.WIG 32 /r EighthMem",
    "w ymm{kz}, xmm/m32": "EVEX.256.66.0F38.WIG 32 /r EighthMem",
    "w zmm{kz}, xmm/m64": "EVEX.512.66.0F38.WIG 32 /r EighthMem",
  },
  vpmovsxwd: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.66.0F38.WIG 23 /r HalfMem",
    "w ymm{kz}, xmm/m128": "EVEX.256.66.0F38.WIG 23 /r HalfMem",
    "w zmm{kz}, ymm/m256": "EVEX.512.66.0F38.WIG 23 /r HalfMem",
  },
  vpmovzxwd: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.66.0F38.WIG 33 /r HalfMem",
    "w ymm{kz}, xmm/m128": "EVEX.256.66.0F38.WIG 33 /r HalfMem",
    "w zmm{kz}, ymm/m256": "EVEX.512.66.0F38.WIG 33 /r HalfMem",
  },
  vpmovsxwq: {
    "w xmm{kz}, xmm/m32":  "EVEX.128.66.0F38.WIG 24 /r QuarterMem",
    "w ymm{kz}, xmm/m64":  "EVEX.256.66.0F38.WIG 24 /r QuarterMem",
    "w zmm{kz}, xmm/m128": "EVEX.512.66.0F38.WIG 24 /r QuarterMem",
  },
  vpmovzxwq: {
    "w xmm{kz}, xmm/m32":  "EVEX.128.66.0F38.WIG 34 /r QuarterMem",
    "w ymm{kz}, xmm/m64":  "EVEX.256.66.0F38.WIG 34 /r QuarterMem",
    "w zmm{kz}, xmm/m128": "EVEX.512.66.0F38.WIG 34 /r QuarterMem",
  },
  vpmovsxdq: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.66.0F38.W0 25 /r HalfMem",
    "w ymm{kz}, xmm/m128": "EVEX.256.66.0F38.W0 25 /r HalfMem",
    "w zmm{kz}, ymm/m256": "EVEX.512.66.0F38.W0 25 /r HalfMem",
  },
  vpmovzxdq: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.66.0F38.W0 35 /r HalfMem",
    "w ymm{kz}, xmm/m128": "EVEX.256.66.0F38.W0 35 /r HalfMem",
    "w zmm{kz}, ymm/m256": "EVEX.512.66.0F38.W0 35 /r HalfMem",
  },
  vpmovdb: {
    "w xmm/m32{kz}, xmm":  "EVEX.128.F3.0F38.W0 31 /r QuarterMem",
    "w xmm/m64{kz}, ymm":  "EVEX.256.F3.0F38.W0 31 /r QuarterMem",
    "w xmm/m128{kz}, zmm": "EVEX.512.F3.0F38.W0 31 /r QuarterMem",
  },
  vpmovsdb: {
    "w xmm/m32{kz}, xmm":  "EVEX.128.F3.0F38.W0 21 /r QuarterMem",
    "w xmm/m64{kz}, ymm":  "EVEX.256.F3.0F38.W0 21 /r QuarterMem",
    "w xmm/m128{kz}, zmm": "EVEX.512.F3.0F38.W0 21 /r QuarterMem",
  },
  vpmovusdb: {
    "w xmm/m32{kz}, xmm":  "EVEX.128.F3.0F38.W0 11 /r QuarterMem",
    "w xmm/m64{kz}, ymm":  "EVEX.256.F3.0F38.W0 11 /r QuarterMem",
    "w xmm/m128{kz}, zmm": "EVEX.512.F3.0F38.W0 11 /r QuarterMem",
  },
  vpmovdw: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 33 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 33 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 33 /r HalfMem",
  },
  vpmovsdw: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 23 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 23 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 23 /r HalfMem",
  },
  vpmovusdw: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 13 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 13 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 13 /r HalfMem",
  },
  vpmovqb: {
    "w xmm/m16{kz}, xmm": "EVEX.128.F3.0F38.W0 32 /r EighthMem",
    "w xmm/m32{kz}, ymm": "EVEX.256.F3.0F38.W0 32 /r EighthMem",
    "w xmm/m64{kz}, zmm": "EVEX.512.F3.0F38.W0 32 /r EighthMem",
  },
  vpmovsqb: {
    "w xmm/m16{kz}, xmm": "EVEX.128.F3.0F38.W0 22 /r EighthMem",
    "w xmm/m32{kz}, ymm": "EVEX.256.F3.0F38.W0 22 /r EighthMem",
    "w xmm/m64{kz}, zmm": "EVEX.512.F3.0F38.W0 22 /r EighthMem",
  },
  vpmovusqb: {
    "w xmm/m16{kz}, xmm": "EVEX.128.F3.0F38.W0 12 /r EighthMem",
    "w xmm/m32{kz}, ymm": "EVEX.256.F3.0F38.W0 12 /r EighthMem",
    "w xmm/m64{kz}, zmm": "EVEX.512.F3.0F38.W0 12 /r EighthMem",
  },
  vpmovqw: {
    "w xmm/m32{kz}, xmm":  "EVEX.128.F3.0F38.W0 34 /r QuarterMem",
    "w xmm/m64{kz}, ymm":  "EVEX.256.F3.0F38.W0 34 /r QuarterMem",
    "w xmm/m128{kz}, zmm": "EVEX.512.F3.0F38.W0 34 /r QuarterMem",
  },
  vpmovsqw: {
    "w xmm/m32{kz}, xmm":  "EVEX.128.F3.0F38.W0 24 /r QuarterMem",
    "w xmm/m64{kz}, ymm":  "EVEX.256.F3.0F38.W0 24 /r QuarterMem",
    "w xmm/m128{kz}, zmm": "EVEX.512.F3.0F38.W0 24 /r QuarterMem",
  },
  vpmovusqw: {
    "w xmm/m32{kz}, xmm":  "EVEX.128.F3.0F38.W0 14 /r QuarterMem",
    "w xmm/m64{kz}, ymm":  "EVEX.256.F3.0F38.W0 14 /r QuarterMem",
    "w xmm/m128{kz}, zmm": "EVEX.512.F3.0F38.W0 14 /r QuarterMem",
  },
  vpmovqd: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 35 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 35 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 35 /r HalfMem",
  },
  vpmovsqd: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 25 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 25 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 25 /r HalfMem",
  },
  vpmovusqd: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 15 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 15 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 15 /r HalfMem",
  },
} as const satisfies InstructionTable;

/** AVX512BW; its forms of 128 and 256 bits need AVX512VL as well. */
export const conversionsBw = {
  vpmovsxbw: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.66.0F38.WIG 20 /r HalfMem",
    "w ymm{kz}, xmm/m128": "EVEX.256.66.0F38.WIG 20 /r HalfMem",
    "w zmm{kz}, ymm/m256": "EVEX.512.66.0F38.WIG 20 /r HalfMem",
  },
  vpmovzxbw: {
    "w xmm{kz}, xmm/m64":  "EVEX.128.66.0F38.WIG 30 /r HalfMem",
    "w ymm{kz}, xmm/m128": "EVEX.256.66.0F38.WIG 30 /r HalfMem",
    "w zmm{kz}, ymm/m256": "EVEX.512.66.0F38.WIG 30 /r HalfMem",
  },
  vpmovwb: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 30 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 30 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 30 /r HalfMem",
  },
  vpmovswb: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 20 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 20 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 20 /r HalfMem",
  },
  vpmovuswb: {
    "w xmm/m64{kz}, xmm":  "EVEX.128.F3.0F38.W0 10 /r HalfMem",
    "w xmm/m128{kz}, ymm": "EVEX.256.F3.0F38.W0 10 /r HalfMem",
    "w ymm/m256{kz}, zmm": "EVEX.512.F3.0F38.W0 10 /r HalfMem",
  },
} as const satisfies InstructionTable;

/** AVX512DQ; its forms of 128 and 256 bits need AVX512VL as well. */
export const conversionsDq = {
  vcvtpd2qq: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 7B /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 7B /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 7B /r Full",
  },
  vcvttpd2qq: {
    "w xmm{kz}, xmm/m128/m64bcst":      "EVEX.128.66.0F.W1 7A /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":      "EVEX.256.66.0F.W1 7A /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{sae}": "EVEX.512.66.0F.W1 7A /r Full",
  },
  vcvtpd2uqq: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 79 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 79 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 79 /r Full",
  },
  vcvttpd2uqq: {
    "w xmm{kz}, xmm/m128/m64bcst":      "EVEX.128.66.0F.W1 78 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":      "EVEX.256.66.0F.W1 78 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{sae}": "EVEX.512.66.0F.W1 78 /r Full",
  },
  vcvtps2qq: {
    "w xmm{kz}, xmm/m64/m32bcst":      "EVEX.128.66.0F.W0 7B /r Half",
    "w ymm{kz}, xmm/m128/m32bcst":     "EVEX.256.66.0F.W0 7B /r Half",
    "w zmm{kz}, ymm/m256/m32bcst{er}": "EVEX.512.66.0F.W0 7B /r Half",
  },
  vcvttps2qq: {
    "w xmm{kz}, xmm/m64/m32bcst":       "EVEX.128.66.0F.W0 7A /r Half",
    "w ymm{kz}, xmm/m128/m32bcst":      "EVEX.256.66.0F.W0 7A /r Half",
    "w zmm{kz}, ymm/m256/m32bcst{sae}": "EVEX.512.66.0F.W0 7A /r Half",
  },
  vcvtps2uqq: {
    "w xmm{kz}, xmm/m64/m32bcst":      "EVEX.128.66.0F.W0 79 /r Half",
    "w ymm{kz}, xmm/m128/m32bcst":     "EVEX.256.66.0F.W0 79 /r Half",
    "w zmm{kz}, ymm/m256/m32bcst{er}": "EVEX.512.66.0F.W0 79 /r Half",
  },
  vcvttps2uqq: {
    "w xmm{kz}, xmm/m64/m32bcst":       "EVEX.128.66.0F.W0 78 /r Half",
    "w ymm{kz}, xmm/m128/m32bcst":      "EVEX.256.66.0F.W0 78 /r Half",
    "w zmm{kz}, ymm/m256/m32bcst{sae}": "EVEX.512.66.0F.W0 78 /r Half",
  },
  vcvtqq2pd: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.F3.0F.W1 E6 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":     "EVEX.256.F3.0F.W1 E6 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.F3.0F.W1 E6 /r Full",
  },
  vcvtuqq2pd: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.F3.0F.W1 7A /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":     "EVEX.256.F3.0F.W1 7A /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.F3.0F.W1 7A /r Full",
  },
  vcvtqq2ps: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.NP.0F.W1 5B /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":     "EVEX.256.NP.0F.W1 5B /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.NP.0F.W1 5B /r Full",
  },
  vcvtuqq2ps: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.F2.0F.W1 7A /r Full",
    "w xmm{kz}, ymm/m256/m64bcst":     "EVEX.256.F2.0F.W1 7A /r Full",
    "w ymm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.F2.0F.W1 7A /r Full",
  },
} as const satisfies InstructionTable;
