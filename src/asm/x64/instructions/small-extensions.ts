/**
 * Small extensions of the general-purpose set, a table for each CPU feature: byte-swapping moves, additions with two
 * carries, random numbers, segment bases, the processor's saved state, cache lines, direct stores, waits and
 * transactions (Intel SDM volume 2; CLZERO, MONITORX and MWAITX: AMD64 manual, volume 3).
 */
import type { InstructionTable } from "../row-notation.ts";

export const swappingMoves = {
  movbe: {
    "w r16, m16": "66 0F 38 F0 /r",
    "w r32, m32": "NP 0F 38 F0 /r",
    "w r64, m64": "NP REX.W 0F 38 F0 /r",
    "w m16, r16": "66 0F 38 F1 /r",
    "w m32, r32": "NP 0F 38 F1 /r",
    "w m64, r64": "NP REX.W 0F 38 F1 /r",
  },
} as const satisfies InstructionTable;

export const twoCarries = {
  adcx: {
    "rw r32, rm32": "66 0F 38 F6 /r",
    "rw r64, rm64": "66 REX.W 0F 38 F6 /r",
  },
  adox: {
    "rw r32, rm32": "F3 0F 38 F6 /r",
    "rw r64, rm64": "F3 REX.W 0F 38 F6 /r",
  },
} as const satisfies InstructionTable;

export const randomNumbers = {
  rdrand: {
    "w r16": "NFx 66 0F C7 /6",
    "w r32": "NP 0F C7 /6",
    "w r64": "NP REX.W 0F C7 /6",
  },
} as const satisfies InstructionTable;

export const randomSeeds = {
  rdseed: {
    "w r16": "NFx 66 0F C7 /7",
    "w r32": "NP 0F C7 /7",
    "w r64": "NP REX.W 0F C7 /7",
  },
} as const satisfies InstructionTable;

export const processorNumber = {
  rdpid: { "w r64": "F3 0F C7 /7" },
} as const satisfies InstructionTable;

export const segmentBases = {
  rdfsbase: { "w r32": "F3 0F AE /0", "w r64": "F3 REX.W 0F AE /0" },
  rdgsbase: { "w r32": "F3 0F AE /1", "w r64": "F3 REX.W 0F AE /1" },
  wrfsbase: { "r32": "F3 0F AE /2", "r64": "F3 REX.W 0F AE /2" },
  wrgsbase: { "r32": "F3 0F AE /3", "r64": "F3 REX.W 0F AE /3" },
} as const satisfies InstructionTable;

// The saved state is as large as XCR0 and edx:eax make it, and saving reads the header that stands in it.
export const savedState = {
  xsave:    { "rw m <rax, rdx>": "NP 0F AE /4" },
  xsave64:  { "rw m <rax, rdx>": "NP REX.W 0F AE /4" },
  xgetbv:   { "<w rax, rcx, w rdx>": "NP 0F 01 D0" },
  xrstor:   { "m <rax, rdx>": "NP 0F AE /5" },
  xrstor64: { "m <rax, rdx>": "NP REX.W 0F AE /5" },
} as const satisfies InstructionTable;

export const savedStateOptimized = {
  xsaveopt:   { "rw m <rax, rdx>": "NP 0F AE /6" },
  xsaveopt64: { "rw m <rax, rdx>": "NP REX.W 0F AE /6" },
} as const satisfies InstructionTable;

export const savedStateCompacted = {
  xsavec:   { "rw m <rax, rdx>": "NP 0F C7 /4" },
  xsavec64: { "rw m <rax, rdx>": "NP REX.W 0F C7 /4" },
} as const satisfies InstructionTable;

export const protectionKeys = {
  rdpkru: { "<w rax, rcx, w rdx>": "NP 0F 01 EE" },
  wrpkru: { "<rax, rcx, rdx>": "NP 0F 01 EF" },
} as const satisfies InstructionTable;

export const flushOptimized = {
  clflushopt: { "m8": "66 0F AE /7" },
} as const satisfies InstructionTable;

export const writeBack = {
  clwb: { "m8": "66 0F AE /6" },
} as const satisfies InstructionTable;

export const demotion = {
  cldemote: { "m8": "NP 0F 1C /0" },
} as const satisfies InstructionTable;

export const lineOfZeros = {
  clzero: { "<rax>": "0F 01 FC" },
} as const satisfies InstructionTable;

export const directStores = {
  movdiri: {
    "w m32, r32": "NP 0F 38 F9 /r",
    "w m64, r64": "NP REX.W 0F 38 F9 /r",
  },
} as const satisfies InstructionTable;

/** The register holds the address that the 64 bytes are stored to. */
export const directStores64 = {
  movdir64b: { "r64, m512": "66 0F 38 F8 /r", "r32, m512": "67 66 0F 38 F8 /r" },
} as const satisfies InstructionTable;

export const commands = {
  enqcmd: { "r64, m512": "F2 0F 38 F8 /r", "r32, m512": "67 F2 0F 38 F8 /r" },
} as const satisfies InstructionTable;

export const traceWrites = {
  ptwrite: { "rm32": "F3 0F AE /4", "rm64": "F3 REX.W 0F AE /4" },
} as const satisfies InstructionTable;

export const serialization = {
  serialize: { "": "NP 0F 01 E8" },
} as const satisfies InstructionTable;

export const userWaits = {
  tpause:   { "r32 <rax, rdx>": "66 0F AE /6" },
  umwait:   { "r32 <rax, rdx>": "F2 0F AE /6" },
  umonitor: { "r64": "F3 0F AE /6", "r32": "67 F3 0F AE /6" },
} as const satisfies InstructionTable;

export const userWaitsAmd = {
  monitorx: { "<rax, rcx, rdx>": "0F 01 FA" },
  mwaitx:   { "<rax, rbx, rcx>": "0F 01 FB" },
} as const satisfies InstructionTable;

// An abort comes out at the label of xbegin with its reasons in eax.
export const transactions = {
  xbegin: { "rel32 <w rax>": "C7 F8 cd" },
  xend:   { "": "NP 0F 01 D5" },
  xabort: { "imm8": "C6 F8 ib" },
  xtest:  { "": "NP 0F 01 D6" },
} as const satisfies InstructionTable;

export const untrackedLoads = {
  xsusldtrk: { "": "F2 0F 01 E8" },
  xresldtrk: { "": "F2 0F 01 E9" },
} as const satisfies InstructionTable;
