/**
 * FMA3, a * b + c with one rounding: the digits name which operands multiply and which is added (`231`: 2 * 3 + 1);
 * and F16C, conversions between half and single precision (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** FMA3. */
export const fma = {
  vfmadd132ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 98 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 98 /r",
  },
  vfmadd132pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 98 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 98 /r",
  },
  vfmadd132ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 99 /r" },
  vfmadd132sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 99 /r" },
  vfmsub132ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 9A /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 9A /r",
  },
  vfmsub132pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 9A /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 9A /r",
  },
  vfmsub132ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 9B /r" },
  vfmsub132sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 9B /r" },
  vfnmadd132ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 9C /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 9C /r",
  },
  vfnmadd132pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 9C /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 9C /r",
  },
  vfnmadd132ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 9D /r" },
  vfnmadd132sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 9D /r" },
  vfnmsub132ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 9E /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 9E /r",
  },
  vfnmsub132pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 9E /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 9E /r",
  },
  vfnmsub132ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 9F /r" },
  vfnmsub132sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 9F /r" },
  vfmaddsub132ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 96 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 96 /r",
  },
  vfmaddsub132pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 96 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 96 /r",
  },
  vfmsubadd132ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 97 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 97 /r",
  },
  vfmsubadd132pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 97 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 97 /r",
  },
  vfmadd213ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 A8 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 A8 /r",
  },
  vfmadd213pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 A8 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 A8 /r",
  },
  vfmadd213ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 A9 /r" },
  vfmadd213sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 A9 /r" },
  vfmsub213ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 AA /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 AA /r",
  },
  vfmsub213pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 AA /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 AA /r",
  },
  vfmsub213ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 AB /r" },
  vfmsub213sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 AB /r" },
  vfnmadd213ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 AC /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 AC /r",
  },
  vfnmadd213pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 AC /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 AC /r",
  },
  vfnmadd213ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 AD /r" },
  vfnmadd213sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 AD /r" },
  vfnmsub213ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 AE /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 AE /r",
  },
  vfnmsub213pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 AE /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 AE /r",
  },
  vfnmsub213ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 AF /r" },
  vfnmsub213sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 AF /r" },
  vfmaddsub213ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 A6 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 A6 /r",
  },
  vfmaddsub213pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 A6 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 A6 /r",
  },
  vfmsubadd213ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 A7 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 A7 /r",
  },
  vfmsubadd213pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 A7 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 A7 /r",
  },
  vfmadd231ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 B8 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 B8 /r",
  },
  vfmadd231pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 B8 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 B8 /r",
  },
  vfmadd231ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 B9 /r" },
  vfmadd231sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 B9 /r" },
  vfmsub231ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 BA /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 BA /r",
  },
  vfmsub231pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 BA /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 BA /r",
  },
  vfmsub231ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 BB /r" },
  vfmsub231sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 BB /r" },
  vfnmadd231ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 BC /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 BC /r",
  },
  vfnmadd231pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 BC /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 BC /r",
  },
  vfnmadd231ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 BD /r" },
  vfnmadd231sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 BD /r" },
  vfnmsub231ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 BE /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 BE /r",
  },
  vfnmsub231pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 BE /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 BE /r",
  },
  vfnmsub231ss: { "rw xmm, xmm, xmm/m32": "VEX.LIG.66.0F38.W0 BF /r" },
  vfnmsub231sd: { "rw xmm, xmm, xmm/m64": "VEX.LIG.66.0F38.W1 BF /r" },
  vfmaddsub231ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 B6 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 B6 /r",
  },
  vfmaddsub231pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 B6 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 B6 /r",
  },
  vfmsubadd231ps: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W0 B7 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W0 B7 /r",
  },
  vfmsubadd231pd: {
    "rw xmm, xmm, xmm/m128": "VEX.128.66.0F38.W1 B7 /r",
    "rw ymm, ymm, ymm/m256": "VEX.256.66.0F38.W1 B7 /r",
  },
} as const satisfies InstructionTable;

/** F16C. */
export const f16c = {
  vcvtph2ps: {
    "w xmm, xmm/m64":  "VEX.128.66.0F38.W0 13 /r",
    "w ymm, xmm/m128": "VEX.256.66.0F38.W0 13 /r",
  },
  vcvtps2ph: {
    "w xmm/m64, xmm, uimm8":  "VEX.128.66.0F3A.W0 1D /r ib",
    "w xmm/m128, ymm, uimm8": "VEX.256.66.0F3A.W0 1D /r ib",
  },
} as const satisfies InstructionTable;
