/**
 * AVX-512 forms of FMA3, a * b + c with one rounding; the digits are told in fma.ts (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AVX512F; its forms of 128 and 256 bits need AVX512VL as well. */
export const fmaF = {
  vfmaddsub132ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 96 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 96 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 96 /r Full",
  },
  vfmaddsub132pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 96 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 96 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 96 /r Full",
  },
  vfmsubadd132ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 97 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 97 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 97 /r Full",
  },
  vfmsubadd132pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 97 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 97 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 97 /r Full",
  },
  vfmadd132ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 98 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 98 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 98 /r Full",
  },
  vfmadd132pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 98 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 98 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 98 /r Full",
  },
  vfmadd132ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 99 /r Tuple1Scalar" },
  vfmadd132sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 99 /r Tuple1Scalar" },
  vfmsub132ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 9A /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 9A /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 9A /r Full",
  },
  vfmsub132pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 9A /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 9A /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 9A /r Full",
  },
  vfmsub132ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 9B /r Tuple1Scalar" },
  vfmsub132sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 9B /r Tuple1Scalar" },
  vfnmadd132ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 9C /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 9C /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 9C /r Full",
  },
  vfnmadd132pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 9C /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 9C /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 9C /r Full",
  },
  vfnmadd132ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 9D /r Tuple1Scalar" },
  vfnmadd132sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 9D /r Tuple1Scalar" },
  vfnmsub132ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 9E /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 9E /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 9E /r Full",
  },
  vfnmsub132pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 9E /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 9E /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 9E /r Full",
  },
  vfnmsub132ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 9F /r Tuple1Scalar" },
  vfnmsub132sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 9F /r Tuple1Scalar" },
  vfmaddsub213ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 A6 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 A6 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 A6 /r Full",
  },
  vfmaddsub213pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 A6 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 A6 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 A6 /r Full",
  },
  vfmsubadd213ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 A7 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 A7 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 A7 /r Full",
  },
  vfmsubadd213pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 A7 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 A7 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 A7 /r Full",
  },
  vfmadd213ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 A8 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 A8 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 A8 /r Full",
  },
  vfmadd213pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 A8 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 A8 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 A8 /r Full",
  },
  vfmadd213ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 A9 /r Tuple1Scalar" },
  vfmadd213sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 A9 /r Tuple1Scalar" },
  vfmsub213ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 AA /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 AA /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 AA /r Full",
  },
  vfmsub213pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 AA /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 AA /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 AA /r Full",
  },
  vfmsub213ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 AB /r Tuple1Scalar" },
  vfmsub213sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 AB /r Tuple1Scalar" },
  vfnmadd213ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 AC /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 AC /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 AC /r Full",
  },
  vfnmadd213pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 AC /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 AC /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 AC /r Full",
  },
  vfnmadd213ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 AD /r Tuple1Scalar" },
  vfnmadd213sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 AD /r Tuple1Scalar" },
  vfnmsub213ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 AE /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 AE /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 AE /r Full",
  },
  vfnmsub213pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 AE /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 AE /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 AE /r Full",
  },
  vfnmsub213ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 AF /r Tuple1Scalar" },
  vfnmsub213sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 AF /r Tuple1Scalar" },
  vfmaddsub231ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 B6 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 B6 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 B6 /r Full",
  },
  vfmaddsub231pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 B6 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 B6 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 B6 /r Full",
  },
  vfmsubadd231ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 B7 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 B7 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 B7 /r Full",
  },
  vfmsubadd231pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 B7 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 B7 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 B7 /r Full",
  },
  vfmadd231ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 B8 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 B8 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 B8 /r Full",
  },
  vfmadd231pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 B8 /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 B8 /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 B8 /r Full",
  },
  vfmadd231ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 B9 /r Tuple1Scalar" },
  vfmadd231sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 B9 /r Tuple1Scalar" },
  vfmsub231ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 BA /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 BA /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 BA /r Full",
  },
  vfmsub231pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 BA /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 BA /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 BA /r Full",
  },
  vfmsub231ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 BB /r Tuple1Scalar" },
  vfmsub231sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 BB /r Tuple1Scalar" },
  vfnmadd231ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 BC /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 BC /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 BC /r Full",
  },
  vfnmadd231pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 BC /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 BC /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 BC /r Full",
  },
  vfnmadd231ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 BD /r Tuple1Scalar" },
  vfnmadd231sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 BD /r Tuple1Scalar" },
  vfnmsub231ps: {
    "rw xmm{kz}, xmm, xmm/m128/m32bcst":     "EVEX.128.66.0F38.W0 BE /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m32bcst":     "EVEX.256.66.0F38.W0 BE /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m32bcst{er}": "EVEX.512.66.0F38.W0 BE /r Full",
  },
  vfnmsub231pd: {
    "rw xmm{kz}, xmm, xmm/m128/m64bcst":     "EVEX.128.66.0F38.W1 BE /r Full",
    "rw ymm{kz}, ymm, ymm/m256/m64bcst":     "EVEX.256.66.0F38.W1 BE /r Full",
    "rw zmm{kz}, zmm, zmm/m512/m64bcst{er}": "EVEX.512.66.0F38.W1 BE /r Full",
  },
  vfnmsub231ss: { "rw xmm{kz}, xmm, xmm/m32{er}": "EVEX.LIG.66.0F38.W0 BF /r Tuple1Scalar" },
  vfnmsub231sd: { "rw xmm{kz}, xmm, xmm/m64{er}": "EVEX.LIG.66.0F38.W1 BF /r Tuple1Scalar" },
} as const satisfies InstructionTable;
