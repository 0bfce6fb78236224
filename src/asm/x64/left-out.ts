/**
 * What the instruction tables leave out, and why. Everything else that runs unprivileged in 64-bit mode has its rows.
 */

export interface LeftOut {
  /** The extension as the manuals name it, or a group of instructions. */
  readonly extension: string;
  readonly reason: string;
}

export const leftOut: readonly LeftOut[] = [
  { extension: "x87", reason: "its register stack fits no row, and SSE2 does all it does but for 80 bits" },
  { extension: "MMX, and the SSE forms on its registers", reason: "its registers are those of x87" },
  { extension: "3DNow! but for PREFETCH and PREFETCHW", reason: "no CPU since 2011 has it" },
  { extension: "SSE4a", reason: "on AMD CPUs only, and superseded" },
  { extension: "XOP, FMA4, TBM, LWP", reason: "on AMD CPUs from 2011 to 2017 only" },
  { extension: "AVX512ER, AVX512PF, AVX512_4FMAPS, AVX512_4VNNIW, PREFETCHWT1", reason: "on Xeon Phi only" },
  { extension: "AVX512_FP16", reason: "opcode maps 5 and 6 are not in the notation yet" },
  { extension: "AVX10.2, APX", reason: "need prefixes that the notation does not have" },
  { extension: "AMX", reason: "tile registers and their configuration are not in the notation" },
  {
    extension: "AVX-IFMA, AVX-VNNI-INT8, AVX-VNNI-INT16, AVX-NE-CONVERT, SHA512, SM3, SM4, CMPCCXADD, RAO-INT",
    reason: "younger than the assemblers that the rows are checked against",
  },
  {
    extension: "Key Locker, UINTR, HRESET, MCOMMIT, RDPRU, PadLock",
    reason: "keys, interrupts and counters of the system's making",
  },
  {
    extension: "CET shadow stacks (RDSSP, INCSSP, WRSS …)",
    reason: "the system decides whether they do anything; ENDBR64 is there",
  },
  { extension: "MPX", reason: "removed from CPUs" },
  {
    extension: "IN, OUT, INS, OUTS, CLI, STI, LGDT, LIDT, LLDT, LTR, LMSW and all privileged instructions but HLT",
    reason: "they fault in the programs that this is for; HLT is what listings of faults show",
  },
  {
    extension: "MOV of the accumulator at an absolute address of 32 bits (67 before A0 to A3)",
    reason: "the form with ModRM reaches every such address in fewer or as many bytes",
  },
  {
    extension: "XBEGIN with a 16-bit displacement, BSWAP of 16 bits, near branches with 66",
    reason: "the first cuts rip to 16 bits, the second is undefined, and CPUs disagree about the third",
  },
  {
    extension: "(V)PCMPESTRI and (V)PCMPESTRM with REX.W",
    reason: "strings have at most 16 elements, for which 32-bit lengths do",
  },
  {
    extension: "UD0, WAIT, SYSENTER",
    reason: "assemblers disagree about the length of the first; the others serve x87 and 32-bit code",
  },
  { extension: "SGX (ENCLU), PREFETCHIT0 and PREFETCHIT1", reason: "enclaves and hints that only a loader sets up" },
];
