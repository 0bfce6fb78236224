/**
 * AVX-512 arithmetic in single and double precision, its comparisons into masks, and the instructions that take numbers
 * apart: exponents, mantissas, approximate reciprocals, rounding, fix-ups, ranges, classes (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const floatingPointF = {
  vaddps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 58 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 58 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 58 /r Full",
  },
  vaddpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 58 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 58 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 58 /r Full",
  },
  vaddss: { "w xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 58 /r Tuple1Scalar" },
  vaddsd: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 58 /r Tuple1Scalar" },
  vsubps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 5C /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 5C /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 5C /r Full",
  },
  vsubpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 5C /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 5C /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 5C /r Full",
  },
  vsubss: { "w xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 5C /r Tuple1Scalar" },
  vsubsd: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 5C /r Tuple1Scalar" },
  vmulps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 59 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 59 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 59 /r Full",
  },
  vmulpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 59 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 59 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 59 /r Full",
  },
  vmulss: { "w xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 59 /r Tuple1Scalar" },
  vmulsd: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 59 /r Tuple1Scalar" },
  vdivps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 5E /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 5E /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 5E /r Full",
  },
  vdivpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 5E /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 5E /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 5E /r Full",
  },
  vdivss: { "w xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 5E /r Tuple1Scalar" },
  vdivsd: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 5E /r Tuple1Scalar" },
  vminps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":      "EVEX.128.NP.0F.W0 5D /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":      "EVEX.256.NP.0F.W0 5D /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{sae}": "EVEX.512.NP.0F.W0 5D /r Full",
  },
  vminpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":      "EVEX.128.66.0F.W1 5D /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":      "EVEX.256.66.0F.W1 5D /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{sae}": "EVEX.512.66.0F.W1 5D /r Full",
  },
  vminss: { "w xmm{kz}, xmm, xmm/m32{sae}": "EVEX.LIG.F3.0F.W0 5D /r Tuple1Scalar" },
  vminsd: { "w xmm{kz}, xmm, xmm/m64{sae}": "EVEX.LIG.F2.0F.W1 5D /r Tuple1Scalar" },
  vmaxps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":      "EVEX.128.NP.0F.W0 5F /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":      "EVEX.256.NP.0F.W0 5F /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{sae}": "EVEX.512.NP.0F.W0 5F /r Full",
  },
  vmaxpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":      "EVEX.128.66.0F.W1 5F /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":      "EVEX.256.66.0F.W1 5F /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{sae}": "EVEX.512.66.0F.W1 5F /r Full",
  },
  vmaxss: { "w xmm{kz}, xmm, xmm/m32{sae}": "EVEX.LIG.F3.0F.W0 5F /r Tuple1Scalar" },
  vmaxsd: { "w xmm{kz}, xmm, xmm/m64{sae}": "EVEX.LIG.F2.0F.W1 5F /r Tuple1Scalar" },
  vsqrtps: {
    "w xmm{kz}, xmm/m128/m32bcst":     "EVEX.128.NP.0F.W0 51 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":     "EVEX.256.NP.0F.W0 51 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{er}": "EVEX.512.NP.0F.W0 51 /r Full",
  },
  vsqrtpd: {
    "w xmm{kz}, xmm/m128/m64bcst":     "EVEX.128.66.0F.W1 51 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":     "EVEX.256.66.0F.W1 51 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{er}": "EVEX.512.66.0F.W1 51 /r Full",
  },
  vsqrtss: { "w xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.F3.0F.W0 51 /r Tuple1Scalar" },
  vsqrtsd: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.F2.0F.W1 51 /r Tuple1Scalar" },
  vcmpps: {
    "w k{k}, xmm, xmm/m128/m32bcst, uimm8":      "EVEX.128.NP.0F.W0 C2 /r ib Full",
    "w k{k}, ymm, ymm/m256/m32bcst, uimm8":      "EVEX.256.NP.0F.W0 C2 /r ib Full",
    "w k{k}, zmm, zmm/m512/m32bcst{sae}, uimm8": "EVEX.512.NP.0F.W0 C2 /r ib Full",
  },
  vcmppd: {
    "w k{k}, xmm, xmm/m128/m64bcst, uimm8":      "EVEX.128.66.0F.W1 C2 /r ib Full",
    "w k{k}, ymm, ymm/m256/m64bcst, uimm8":      "EVEX.256.66.0F.W1 C2 /r ib Full",
    "w k{k}, zmm, zmm/m512/m64bcst{sae}, uimm8": "EVEX.512.66.0F.W1 C2 /r ib Full",
  },
  vcmpss: { "w k{k}, xmm, xmm/m32{sae}, uimm8": "EVEX.LIG.F3.0F.W0 C2 /r ib Tuple1Scalar" },
  vcmpsd: { "w k{k}, xmm, xmm/m64{sae}, uimm8": "EVEX.LIG.F2.0F.W1 C2 /r ib Tuple1Scalar" },
  vucomiss: { "xmm, xmm/m32{sae}": "EVEX.LIG.NP.0F.W0 2E /r Tuple1Scalar" },
  vucomisd: { "xmm, xmm/m64{sae}": "EVEX.LIG.66.0F.W1 2E /r Tuple1Scalar" },
  vcomiss: { "xmm, xmm/m32{sae}": "EVEX.LIG.NP.0F.W0 2F /r Tuple1Scalar" },
  vcomisd: { "xmm, xmm/m64{sae}": "EVEX.LIG.66.0F.W1 2F /r Tuple1Scalar" },
  vunpcklps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.NP.0F.W0 14 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.NP.0F.W0 14 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.NP.0F.W0 14 /r Full",
  },
  vunpcklpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 14 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 14 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 14 /r Full",
  },
  vunpckhps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.NP.0F.W0 15 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.NP.0F.W0 15 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.NP.0F.W0 15 /r Full",
  },
  vunpckhpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 15 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 15 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 15 /r Full",
  },
  vshufps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst, uimm8": "EVEX.128.NP.0F.W0 C6 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8": "EVEX.256.NP.0F.W0 C6 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst, uimm8": "EVEX.512.NP.0F.W0 C6 /r ib Full",
  },
  vshufpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F.W1 C6 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F.W1 C6 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F.W1 C6 /r ib Full",
  },
  vrcp14ps: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 4C /r Full",
    "w ymm{kz}, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 4C /r Full",
    "w zmm{kz}, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 4C /r Full",
  },
  vrcp14pd: {
    "w xmm{kz}, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 4C /r Full",
    "w ymm{kz}, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 4C /r Full",
    "w zmm{kz}, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 4C /r Full",
  },
  vrcp14ss: { "w xmm{kz}, xmm, xmm/m32": "EVEX.LIG.66.0F38.W0 4D /r Tuple1Scalar" },
  vrcp14sd: { "w xmm{kz}, xmm, xmm/m64": "EVEX.LIG.66.0F38.W1 4D /r Tuple1Scalar" },
  vrsqrt14ps: {
    "w xmm{kz}, xmm/m128/m32bcst": "EVEX.128.66.0F38.W0 4E /r Full",
    "w ymm{kz}, ymm/m256/m32bcst": "EVEX.256.66.0F38.W0 4E /r Full",
    "w zmm{kz}, zmm/m512/m32bcst": "EVEX.512.66.0F38.W0 4E /r Full",
  },
  vrsqrt14pd: {
    "w xmm{kz}, xmm/m128/m64bcst": "EVEX.128.66.0F38.W1 4E /r Full",
    "w ymm{kz}, ymm/m256/m64bcst": "EVEX.256.66.0F38.W1 4E /r Full",
    "w zmm{kz}, zmm/m512/m64bcst": "EVEX.512.66.0F38.W1 4E /r Full",
  },
  vrsqrt14ss: { "w xmm{kz}, xmm, xmm/m32": "EVEX.LIG.66.0F38.W0 4F /r Tuple1Scalar" },
  vrsqrt14sd: { "w xmm{kz}, xmm, xmm/m64": "EVEX.LIG.66.0F38.W1 4F /r Tuple1Scalar" },
  vgetexpps: {
    "w xmm{kz}, xmm/m128/m32bcst":      "EVEX.128.66.0F38.W0 42 /r Full",
    "w ymm{kz}, ymm/m256/m32bcst":      "EVEX.256.66.0F38.W0 42 /r Full",
    "w zmm{kz}, zmm/m512/m32bcst{sae}": "EVEX.512.66.0F38.W0 42 /r Full",
  },
  vgetexppd: {
    "w xmm{kz}, xmm/m128/m64bcst":      "EVEX.128.66.0F38.W1 42 /r Full",
    "w ymm{kz}, ymm/m256/m64bcst":      "EVEX.256.66.0F38.W1 42 /r Full",
    "w zmm{kz}, zmm/m512/m64bcst{sae}": "EVEX.512.66.0F38.W1 42 /r Full",
  },
  vgetexpss: { "w xmm{kz}, xmm, xmm/m32{sae}": "EVEX.LIG.66.0F38.W0 43 /r Tuple1Scalar" },
  vgetexpsd: { "w xmm{kz}, xmm, xmm/m64{sae}": "EVEX.LIG.66.0F38.W1 43 /r Tuple1Scalar" },
  vgetmantps: {
    "w xmm{kz}, xmm/m128/m32bcst, uimm8":      "EVEX.128.66.0F3A.W0 26 /r ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8":      "EVEX.256.66.0F3A.W0 26 /r ib Full",
    "w zmm{kz}, zmm/m512/m32bcst{sae}, uimm8": "EVEX.512.66.0F3A.W0 26 /r ib Full",
  },
  vgetmantpd: {
    "w xmm{kz}, xmm/m128/m64bcst, uimm8":      "EVEX.128.66.0F3A.W1 26 /r ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8":      "EVEX.256.66.0F3A.W1 26 /r ib Full",
    "w zmm{kz}, zmm/m512/m64bcst{sae}, uimm8": "EVEX.512.66.0F3A.W1 26 /r ib Full",
  },
  vgetmantss: { "w xmm{kz}, xmm, xmm/m32{sae}, uimm8": "EVEX.LIG.66.0F3A.W0 27 /r ib Tuple1Scalar" },
  vgetmantsd: { "w xmm{kz}, xmm, xmm/m64{sae}, uimm8": "EVEX.LIG.66.0F3A.W1 27 /r ib Tuple1Scalar" },
  vscalefps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 2C /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 2C /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 2C /r Full",
  },
  vscalefpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 2C /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 2C /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 2C /r Full",
  },
  vscalefss: { "w xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 2D /r Tuple1Scalar" },
  vscalefsd: { "w xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 2D /r Tuple1Scalar" },
  vfixupimmps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst, uimm8":      "EVEX.128.66.0F3A.W0 54 /r ib Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst, uimm8":      "EVEX.256.66.0F3A.W0 54 /r ib Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{sae}, uimm8": "EVEX.512.66.0F3A.W0 54 /r ib Full",
  },
  vfixupimmpd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst, uimm8":      "EVEX.128.66.0F3A.W1 54 /r ib Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst, uimm8":      "EVEX.256.66.0F3A.W1 54 /r ib Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{sae}, uimm8": "EVEX.512.66.0F3A.W1 54 /r ib Full",
  },
  vfixupimmss: { "rw xmm{kz}, xmm, xmm/m32{sae}, uimm8": "EVEX.LIG.66.0F3A.W0 55 /r ib Tuple1Scalar" },
  vfixupimmsd: { "rw xmm{kz}, xmm, xmm/m64{sae}, uimm8": "EVEX.LIG.66.0F3A.W1 55 /r ib Tuple1Scalar" },
  vrndscaleps: {
    "w xmm{kz}, xmm/m128/m32bcst, uimm8":      "EVEX.128.66.0F3A.W0 08 /r ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8":      "EVEX.256.66.0F3A.W0 08 /r ib Full",
    "w zmm{kz}, zmm/m512/m32bcst{sae}, uimm8": "EVEX.512.66.0F3A.W0 08 /r ib Full",
  },
  vrndscalepd: {
    "w xmm{kz}, xmm/m128/m64bcst, uimm8":      "EVEX.128.66.0F3A.W1 09 /r ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8":      "EVEX.256.66.0F3A.W1 09 /r ib Full",
    "w zmm{kz}, zmm/m512/m64bcst{sae}, uimm8": "EVEX.512.66.0F3A.W1 09 /r ib Full",
  },
  vrndscaless: { "w xmm{kz}, xmm, xmm/m32{sae}, uimm8": "EVEX.LIG.66.0F3A.W0 0A /r ib Tuple1Scalar" },
  vrndscalesd: { "w xmm{kz}, xmm, xmm/m64{sae}, uimm8": "EVEX.LIG.66.0F3A.W1 0B /r ib Tuple1Scalar" },
} as const satisfies InstructionTable;

/** AVX512DQ; its forms of 128 and 256 bits need AVX512VL as well. */
export const floatingPointDq = {
  vandps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.NP.0F.W0 54 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.NP.0F.W0 54 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.NP.0F.W0 54 /r Full",
  },
  vandpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 54 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 54 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 54 /r Full",
  },
  vandnps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.NP.0F.W0 55 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.NP.0F.W0 55 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.NP.0F.W0 55 /r Full",
  },
  vandnpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 55 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 55 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 55 /r Full",
  },
  vorps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.NP.0F.W0 56 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.NP.0F.W0 56 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.NP.0F.W0 56 /r Full",
  },
  vorpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 56 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 56 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 56 /r Full",
  },
  vxorps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst": "EVEX.128.NP.0F.W0 57 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst": "EVEX.256.NP.0F.W0 57 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst": "EVEX.512.NP.0F.W0 57 /r Full",
  },
  vxorpd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst": "EVEX.128.66.0F.W1 57 /r Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst": "EVEX.256.66.0F.W1 57 /r Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst": "EVEX.512.66.0F.W1 57 /r Full",
  },
  vrangeps: {
    "w xmm{kz}, xmm, xmm/m128/m32bcst, uimm8":      "EVEX.128.66.0F3A.W0 50 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m32bcst, uimm8":      "EVEX.256.66.0F3A.W0 50 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m32bcst{sae}, uimm8": "EVEX.512.66.0F3A.W0 50 /r ib Full",
  },
  vrangepd: {
    "w xmm{kz}, xmm, xmm/m128/m64bcst, uimm8":      "EVEX.128.66.0F3A.W1 50 /r ib Full",
    "w ymm{kz}, ymm, ymm/m256/m64bcst, uimm8":      "EVEX.256.66.0F3A.W1 50 /r ib Full",
    "w zmm{kz}, zmm, zmm/m512/m64bcst{sae}, uimm8": "EVEX.512.66.0F3A.W1 50 /r ib Full",
  },
  vrangess: { "w xmm{kz}, xmm, xmm/m32{sae}, uimm8": "EVEX.LIG.66.0F3A.W0 51 /r ib Tuple1Scalar" },
  vrangesd: { "w xmm{kz}, xmm, xmm/m64{sae}, uimm8": "EVEX.LIG.66.0F3A.W1 51 /r ib Tuple1Scalar" },
  vreduceps: {
    "w xmm{kz}, xmm/m128/m32bcst, uimm8":      "EVEX.128.66.0F3A.W0 56 /r ib Full",
    "w ymm{kz}, ymm/m256/m32bcst, uimm8":      "EVEX.256.66.0F3A.W0 56 /r ib Full",
    "w zmm{kz}, zmm/m512/m32bcst{sae}, uimm8": "EVEX.512.66.0F3A.W0 56 /r ib Full",
  },
  vreducepd: {
    "w xmm{kz}, xmm/m128/m64bcst, uimm8":      "EVEX.128.66.0F3A.W1 56 /r ib Full",
    "w ymm{kz}, ymm/m256/m64bcst, uimm8":      "EVEX.256.66.0F3A.W1 56 /r ib Full",
    "w zmm{kz}, zmm/m512/m64bcst{sae}, uimm8": "EVEX.512.66.0F3A.W1 56 /r ib Full",
  },
  vreducess: { "w xmm{kz}, xmm, xmm/m32{sae}, uimm8": "EVEX.LIG.66.0F3A.W0 57 /r ib Tuple1Scalar" },
  vreducesd: { "w xmm{kz}, xmm, xmm/m64{sae}, uimm8": "EVEX.LIG.66.0F3A.W1 57 /r ib Tuple1Scalar" },
  vfpclassps: {
    "w k{k}, xmm/m128/m32bcst, uimm8": "EVEX.128.66.0F3A.W0 66 /r ib Full",
    "w k{k}, ymm/m256/m32bcst, uimm8": "EVEX.256.66.0F3A.W0 66 /r ib Full",
    "w k{k}, zmm/m512/m32bcst, uimm8": "EVEX.512.66.0F3A.W0 66 /r ib Full",
  },
  vfpclasspd: {
    "w k{k}, xmm/m128/m64bcst, uimm8": "EVEX.128.66.0F3A.W1 66 /r ib Full",
    "w k{k}, ymm/m256/m64bcst, uimm8": "EVEX.256.66.0F3A.W1 66 /r ib Full",
    "w k{k}, zmm/m512/m64bcst, uimm8": "EVEX.512.66.0F3A.W1 66 /r ib Full",
  },
  vfpclassss: { "w k{k}, xmm/m32, uimm8": "EVEX.LIG.66.0F3A.W0 67 /r ib Tuple1Scalar" },
  vfpclasssd: { "w k{k}, xmm/m64, uimm8": "EVEX.LIG.66.0F3A.W1 67 /r ib Tuple1Scalar" },
} as const satisfies InstructionTable;
