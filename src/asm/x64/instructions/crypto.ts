/**
 * AES, carry-less multiplication and SHA, with their VEX forms of 128 bits (Intel SDM volume 2).
 */

import type { InstructionTable } from "../row-notation.ts";

/** AES-NI. */
export const aes = {
  aesenc: { "rw xmm, xmm/m128": "66 0F 38 DC /r" },
  aesenclast: { "rw xmm, xmm/m128": "66 0F 38 DD /r" },
  aesdec: { "rw xmm, xmm/m128": "66 0F 38 DE /r" },
  aesdeclast: { "rw xmm, xmm/m128": "66 0F 38 DF /r" },
  aesimc: { "w xmm, xmm/m128": "66 0F 38 DB /r" },
  aeskeygenassist: { "w xmm, xmm/m128, uimm8": "66 0F 3A DF /r ib" },
} as const satisfies InstructionTable;

/** PCLMULQDQ. */
export const pclmulqdq = {
  pclmulqdq: { "rw xmm, xmm/m128, uimm8": "66 0F 3A 44 /r ib" },
} as const satisfies InstructionTable;

/** SHA-NI. */
export const sha = {
  sha1nexte: { "rw xmm, xmm/m128": "NP 0F 38 C8 /r" },
  sha1msg1: { "rw xmm, xmm/m128": "NP 0F 38 C9 /r" },
  sha1msg2: { "rw xmm, xmm/m128": "NP 0F 38 CA /r" },
  sha256msg1: { "rw xmm, xmm/m128": "NP 0F 38 CC /r" },
  sha256msg2: { "rw xmm, xmm/m128": "NP 0F 38 CD /r" },
  sha256rnds2: { "rw xmm, xmm/m128, xmm0": "NP 0F 38 CB /r" },
  sha1rnds4: { "rw xmm, xmm/m128, uimm8": "NP 0F 3A CC /r ib" },
} as const satisfies InstructionTable;

/** AES-NI with AVX. */
export const avxAes = {
  vaesenc: { "w xmm, xmm, xmm/m128": "VEX.128.66.0F38.WIG DC /r" },
  vaesenclast: { "w xmm, xmm, xmm/m128": "VEX.128.66.0F38.WIG DD /r" },
  vaesdec: { "w xmm, xmm, xmm/m128": "VEX.128.66.0F38.WIG DE /r" },
  vaesdeclast: { "w xmm, xmm, xmm/m128": "VEX.128.66.0F38.WIG DF /r" },
  vaesimc: { "w xmm, xmm/m128": "VEX.128.66.0F38.WIG DB /r" },
  vaeskeygenassist: { "w xmm, xmm/m128, uimm8": "VEX.128.66.0F3A.WIG DF /r ib" },
} as const satisfies InstructionTable;

/** PCLMULQDQ with AVX. */
export const avxPclmulqdq = {
  vpclmulqdq: { "w xmm, xmm, xmm/m128, uimm8": "VEX.128.66.0F3A.WIG 44 /r ib" },
} as const satisfies InstructionTable;
