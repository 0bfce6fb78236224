/**
 * Instructions on the opmask registers, and those that make vectors of masks and masks of vectors (Intel SDM volume 2).
 * b, w, d, q: the low 8, 16, 32, 64 bits of the mask.
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F. */
export const masksF = {
  kmovw: {
    "w k, k/m16": "VEX.128.NP.0F.W0 90 /r",
    "w m16, k":   "VEX.128.NP.0F.W0 91 /r",
    "w k, r32":   "VEX.128.NP.0F.W0 92 /r",
    "w r32, k":   "VEX.128.NP.0F.W0 93 /r",
  },
  kandw: { "w k, k, k": "VEX.256.NP.0F.W0 41 /r" },
  kandnw: { "w k, k, k": "VEX.256.NP.0F.W0 42 /r" },
  korw: { "w k, k, k": "VEX.256.NP.0F.W0 45 /r" },
  kxnorw: { "w k, k, k": "VEX.256.NP.0F.W0 46 /r" },
  kxorw: { "w k, k, k": "VEX.256.NP.0F.W0 47 /r" },
  knotw: { "w k, k": "VEX.128.NP.0F.W0 44 /r" },
  kortestw: { "k, k": "VEX.128.NP.0F.W0 98 /r" },
  kshiftlw: { "w k, k, uimm8": "VEX.128.66.0F3A.W1 32 /r ib" },
  kshiftrw: { "w k, k, uimm8": "VEX.128.66.0F3A.W1 30 /r ib" },
  kunpckbw: { "w k, k, k": "VEX.256.66.0F.W0 4B /r" },
} as const satisfies InstructionTable;

/** AVX512BW. */
export const masksBw = {
  kmovd: {
    "w k, k/m32": "VEX.128.66.0F.W1 90 /r",
    "w m32, k":   "VEX.128.66.0F.W1 91 /r",
    "w k, r32":   "VEX.128.F2.0F.W0 92 /r",
    "w r32, k":   "VEX.128.F2.0F.W0 93 /r",
  },
  kandd: { "w k, k, k": "VEX.256.66.0F.W1 41 /r" },
  kandnd: { "w k, k, k": "VEX.256.66.0F.W1 42 /r" },
  kord: { "w k, k, k": "VEX.256.66.0F.W1 45 /r" },
  kxnord: { "w k, k, k": "VEX.256.66.0F.W1 46 /r" },
  kxord: { "w k, k, k": "VEX.256.66.0F.W1 47 /r" },
  knotd: { "w k, k": "VEX.128.66.0F.W1 44 /r" },
  kortestd: { "k, k": "VEX.128.66.0F.W1 98 /r" },
  kaddd: { "w k, k, k": "VEX.256.66.0F.W1 4A /r" },
  kshiftld: { "w k, k, uimm8": "VEX.128.66.0F3A.W0 33 /r ib" },
  kshiftrd: { "w k, k, uimm8": "VEX.128.66.0F3A.W0 31 /r ib" },
  ktestd: { "k, k": "VEX.128.66.0F.W1 99 /r" },
  kmovq: {
    "w k, k/m64": "VEX.128.NP.0F.W1 90 /r",
    "w m64, k":   "VEX.128.NP.0F.W1 91 /r",
    "w k, r64":   "VEX.128.F2.0F.W1 92 /r",
    "w r64, k":   "VEX.128.F2.0F.W1 93 /r",
  },
  kandq: { "w k, k, k": "VEX.256.NP.0F.W1 41 /r" },
  kandnq: { "w k, k, k": "VEX.256.NP.0F.W1 42 /r" },
  korq: { "w k, k, k": "VEX.256.NP.0F.W1 45 /r" },
  kxnorq: { "w k, k, k": "VEX.256.NP.0F.W1 46 /r" },
  kxorq: { "w k, k, k": "VEX.256.NP.0F.W1 47 /r" },
  knotq: { "w k, k": "VEX.128.NP.0F.W1 44 /r" },
  kortestq: { "k, k": "VEX.128.NP.0F.W1 98 /r" },
  kaddq: { "w k, k, k": "VEX.256.NP.0F.W1 4A /r" },
  kshiftlq: { "w k, k, uimm8": "VEX.128.66.0F3A.W1 33 /r ib" },
  kshiftrq: { "w k, k, uimm8": "VEX.128.66.0F3A.W1 31 /r ib" },
  ktestq: { "k, k": "VEX.128.NP.0F.W1 99 /r" },
  kunpckwd: { "w k, k, k": "VEX.256.NP.0F.W0 4B /r" },
  kunpckdq: { "w k, k, k": "VEX.256.NP.0F.W1 4B /r" },
} as const satisfies InstructionTable;

/** AVX512DQ. */
export const masksDq = {
  kmovb: {
    "w k, k/m8": "VEX.128.66.0F.W0 90 /r",
    "w m8, k":   "VEX.128.66.0F.W0 91 /r",
    "w k, r32":  "VEX.128.66.0F.W0 92 /r",
    "w r32, k":  "VEX.128.66.0F.W0 93 /r",
  },
  kandb: { "w k, k, k": "VEX.256.66.0F.W0 41 /r" },
  kandnb: { "w k, k, k": "VEX.256.66.0F.W0 42 /r" },
  korb: { "w k, k, k": "VEX.256.66.0F.W0 45 /r" },
  kxnorb: { "w k, k, k": "VEX.256.66.0F.W0 46 /r" },
  kxorb: { "w k, k, k": "VEX.256.66.0F.W0 47 /r" },
  knotb: { "w k, k": "VEX.128.66.0F.W0 44 /r" },
  kortestb: { "k, k": "VEX.128.66.0F.W0 98 /r" },
  kaddb: { "w k, k, k": "VEX.256.66.0F.W0 4A /r" },
  kaddw: { "w k, k, k": "VEX.256.NP.0F.W0 4A /r" },
  kshiftlb: { "w k, k, uimm8": "VEX.128.66.0F3A.W0 32 /r ib" },
  kshiftrb: { "w k, k, uimm8": "VEX.128.66.0F3A.W0 30 /r ib" },
  ktestb: { "k, k": "VEX.128.66.0F.W0 99 /r" },
  ktestw: { "k, k": "VEX.128.NP.0F.W0 99 /r" },
} as const satisfies InstructionTable;

/** AVX512BW; its forms of 128 and 256 bits need AVX512VL as well. */
export const maskVectorsBw = {
  vpmovm2b: {
    "w xmm, k": "EVEX.128.F3.0F38.W0 28 /r",
    "w ymm, k": "EVEX.256.F3.0F38.W0 28 /r",
    "w zmm, k": "EVEX.512.F3.0F38.W0 28 /r",
  },
  vpmovm2w: {
    "w xmm, k": "EVEX.128.F3.0F38.W1 28 /r",
    "w ymm, k": "EVEX.256.F3.0F38.W1 28 /r",
    "w zmm, k": "EVEX.512.F3.0F38.W1 28 /r",
  },
  vpmovb2m: {
    "w k, xmm": "EVEX.128.F3.0F38.W0 29 /r",
    "w k, ymm": "EVEX.256.F3.0F38.W0 29 /r",
    "w k, zmm": "EVEX.512.F3.0F38.W0 29 /r",
  },
  vpmovw2m: {
    "w k, xmm": "EVEX.128.F3.0F38.W1 29 /r",
    "w k, ymm": "EVEX.256.F3.0F38.W1 29 /r",
    "w k, zmm": "EVEX.512.F3.0F38.W1 29 /r",
  },
} as const satisfies InstructionTable;

/** AVX512DQ; its forms of 128 and 256 bits need AVX512VL as well. */
export const maskVectorsDq = {
  vpmovm2d: {
    "w xmm, k": "EVEX.128.F3.0F38.W0 38 /r",
    "w ymm, k": "EVEX.256.F3.0F38.W0 38 /r",
    "w zmm, k": "EVEX.512.F3.0F38.W0 38 /r",
  },
  vpmovm2q: {
    "w xmm, k": "EVEX.128.F3.0F38.W1 38 /r",
    "w ymm, k": "EVEX.256.F3.0F38.W1 38 /r",
    "w zmm, k": "EVEX.512.F3.0F38.W1 38 /r",
  },
  vpmovd2m: {
    "w k, xmm": "EVEX.128.F3.0F38.W0 39 /r",
    "w k, ymm": "EVEX.256.F3.0F38.W0 39 /r",
    "w k, zmm": "EVEX.512.F3.0F38.W0 39 /r",
  },
  vpmovq2m: {
    "w k, xmm": "EVEX.128.F3.0F38.W1 39 /r",
    "w k, ymm": "EVEX.256.F3.0F38.W1 39 /r",
    "w k, zmm": "EVEX.512.F3.0F38.W1 39 /r",
  },
} as const satisfies InstructionTable;

/** AVX512CD; its forms of 128 and 256 bits need AVX512VL as well. */
export const maskVectorsCd = {
  vpbroadcastmb2q: {
    "w xmm, k": "EVEX.128.F3.0F38.W1 2A /r",
    "w ymm, k": "EVEX.256.F3.0F38.W1 2A /r",
    "w zmm, k": "EVEX.512.F3.0F38.W1 2A /r",
  },
  vpbroadcastmw2d: {
    "w xmm, k": "EVEX.128.F3.0F38.W0 3A /r",
    "w ymm, k": "EVEX.256.F3.0F38.W0 3A /r",
    "w zmm, k": "EVEX.512.F3.0F38.W0 3A /r",
  },
} as const satisfies InstructionTable;
