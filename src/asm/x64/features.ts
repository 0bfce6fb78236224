/**
 * The CPU features that rows name, as `/proc/cpuinfo` spells them, with their names in the manuals.
 */

/** Feature -> its name in Intel's and AMD's manuals. */
export const cpuFeatures = {
  cx16: "CMPXCHG16B",
  rdtscp: "RDTSCP",
  "3dnowprefetch": "PREFETCHW",
  popcnt: "POPCNT",
  abm: "LZCNT",
  bmi1: "BMI1",
  bmi2: "BMI2",
  sse: "SSE",
  sse2: "SSE2",
  pni: "SSE3",
  ssse3: "SSSE3",
  sse4_1: "SSE4.1",
  sse4_2: "SSE4.2",
  aes: "AES",
  pclmulqdq: "PCLMULQDQ",
  sha_ni: "SHA",
  avx: "AVX",
  avx2: "AVX2",
  fma: "FMA3",
  f16c: "F16C",
} as const;

export type CpuFeature = keyof typeof cpuFeatures;
