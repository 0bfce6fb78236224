/**
 * Control flow, traps, and what concerns the CPU as a whole (SDM volume 2). The notation is told in ../row-notation.ts.
 */
import type { InstructionTable } from "../row-notation.ts";

export const control = {
  // Jumps: a label takes the short form where it reaches
  jo:    { "rel8": "70 cb", "rel32": "0F 80 cd" },
  jno:   { "rel8": "71 cb", "rel32": "0F 81 cd" },
  jb:    { "rel8": "72 cb", "rel32": "0F 82 cd" },
  jc:    { "rel8": "72 cb", "rel32": "0F 82 cd" },
  jnae:  { "rel8": "72 cb", "rel32": "0F 82 cd" },
  jae:   { "rel8": "73 cb", "rel32": "0F 83 cd" },
  jnb:   { "rel8": "73 cb", "rel32": "0F 83 cd" },
  jnc:   { "rel8": "73 cb", "rel32": "0F 83 cd" },
  je:    { "rel8": "74 cb", "rel32": "0F 84 cd" },
  jz:    { "rel8": "74 cb", "rel32": "0F 84 cd" },
  jne:   { "rel8": "75 cb", "rel32": "0F 85 cd" },
  jnz:   { "rel8": "75 cb", "rel32": "0F 85 cd" },
  jbe:   { "rel8": "76 cb", "rel32": "0F 86 cd" },
  jna:   { "rel8": "76 cb", "rel32": "0F 86 cd" },
  ja:    { "rel8": "77 cb", "rel32": "0F 87 cd" },
  jnbe:  { "rel8": "77 cb", "rel32": "0F 87 cd" },
  js:    { "rel8": "78 cb", "rel32": "0F 88 cd" },
  jns:   { "rel8": "79 cb", "rel32": "0F 89 cd" },
  jp:    { "rel8": "7A cb", "rel32": "0F 8A cd" },
  jpe:   { "rel8": "7A cb", "rel32": "0F 8A cd" },
  jnp:   { "rel8": "7B cb", "rel32": "0F 8B cd" },
  jpo:   { "rel8": "7B cb", "rel32": "0F 8B cd" },
  jl:    { "rel8": "7C cb", "rel32": "0F 8C cd" },
  jnge:  { "rel8": "7C cb", "rel32": "0F 8C cd" },
  jge:   { "rel8": "7D cb", "rel32": "0F 8D cd" },
  jnl:   { "rel8": "7D cb", "rel32": "0F 8D cd" },
  jle:   { "rel8": "7E cb", "rel32": "0F 8E cd" },
  jng:   { "rel8": "7E cb", "rel32": "0F 8E cd" },
  jg:    { "rel8": "7F cb", "rel32": "0F 8F cd" },
  jnle:  { "rel8": "7F cb", "rel32": "0F 8F cd" },
  jmp:   { "rel8": "EB cb", "rel32": "E9 cd", "rm64": "FF /4" },
  call:  { "rel32 <rw rsp>": "E8 cd", "rm64 <rw rsp>": "FF /2" },
  ret:   { "<rw rsp>": "C3", "imm16 <rw rsp>": "C2 iw" },
  // Far, through a pointer of 16:16, 16:32 or (Intel alone) 16:64 in memory
  ljmp:  { "m32": "66 FF /5", "m48": "FF /5", "m80": "REX.W FF /5" },
  lcall: { "m32 <rw rsp>": "66 FF /3", "m48 <rw rsp>": "FF /3", "m80 <rw rsp>": "REX.W FF /3" },
  retf:  { "<rw rsp>": "CB", "imm16 <rw rsp>": "CA iw" },
  retfw: { "<rw rsp>": "66 CB", "imm16 <rw rsp>": "66 CA iw" },
  retfq: { "<rw rsp>": "REX.W CB", "imm16 <rw rsp>": "REX.W CA iw" },
  jrcxz: { "rel8 <rcx>": "E3 cb" },
  jecxz: { "rel8 <rcx>": "67 E3 cb" },
  loop:   { "rel8 <rw rcx>": "E2 cb" },
  loope:  { "rel8 <rw rcx>": "E1 cb" },
  loopz:  { "rel8 <rw rcx>": "E1 cb" },
  loopne: { "rel8 <rw rcx>": "E0 cb" },
  loopnz: { "rel8 <rw rcx>": "E0 cb" },
  // They count in ecx.
  addr32_loop:   { "rel8 <rw rcx>": "67 E2 cb" },
  addr32_loope:  { "rel8 <rw rcx>": "67 E1 cb" },
  addr32_loopne: { "rel8 <rw rcx>": "67 E0 cb" },
  enter:  { "imm16, uimm8 <rw rsp, rw rbp>": "C8 iw ib" },
  enterw: { "imm16, uimm8 <rw rsp, rw rbp>": "66 C8 iw ib" },
  leave:  { "<w rsp, rw rbp>": "C9" },
  leavew: { "<rw rsp, rw rbp>": "66 C9" },

  // Traps, and calls of the operating system
  int3:    { "": "CC" },
  int1:    { "": "F1" },
  int:     { "uimm8": "CD ib" },
  ud1:     { "r16, rm16": "66 0F B9 /r", "r32, rm32": "0F B9 /r", "r64, rm64": "REX.W 0F B9 /r" },
  ud2:     { "": "0F 0B" },
  // Privileged; listings and reports of faults name it.
  hlt:     { "": "F4" },
  syscall: { "<rw rax, w rcx, w r11>": "0F 05" },
  iretd:   { "<rw rsp>": "CF" },
  iretq:   { "<rw rsp>": "REX.W CF" },
  iretw:   { "<rw rsp>": "66 CF" },
  endbr64: { "": "F3 0F 1E FA" },
  endbr32: { "": "F3 0F 1E FB" },

  // What the CPU is and does
  cpuid:   { "<rw rax, w rbx, rw rcx, w rdx>": "0F A2" },
  rdtsc:   { "<w rax, w rdx>": "0F 31" },
  rdpmc:   { "<w rax, rcx, w rdx>": "0F 33" },
  ldmxcsr: { "m32": "NP 0F AE /2" },
  stmxcsr: { "w m32": "NP 0F AE /3" },
  fxsave:    { "w m": "NP 0F AE /0" },
  fxsave64:  { "w m": "NP REX.W 0F AE /0" },
  fxrstor:   { "m": "NP 0F AE /1" },
  fxrstor64: { "m": "NP REX.W 0F AE /1" },

  // Segments: registers and descriptors. Where the system sets CR4.UMIP, those that store a table's place fault.
  lss:  { "w r16, m": "66 0F B2 /r", "w r32, m": "0F B2 /r", "w r64, m": "REX.W 0F B2 /r" },
  lfs:  { "w r16, m": "66 0F B4 /r", "w r32, m": "0F B4 /r", "w r64, m": "REX.W 0F B4 /r" },
  lgs:  { "w r16, m": "66 0F B5 /r", "w r32, m": "0F B5 /r", "w r64, m": "REX.W 0F B5 /r" },
  lar:  { "rw r16, rm16": "66 0F 02 /r", "rw r32, rm16": "0F 02 /r", "rw r64, rm16": "REX.W 0F 02 /r" },
  lsl:  { "rw r16, rm16": "66 0F 03 /r", "rw r32, rm16": "0F 03 /r", "rw r64, rm16": "REX.W 0F 03 /r" },
  verr: { "rm16": "0F 00 /4" },
  verw: { "rm16": "0F 00 /5" },
  sldt: { "w m16": "0F 00 /0", "w r16": "66 0F 00 /0", "w r32": "0F 00 /0", "w r64": "REX.W 0F 00 /0" },
  str:  { "w m16": "0F 00 /1", "w r16": "66 0F 00 /1", "w r32": "0F 00 /1", "w r64": "REX.W 0F 00 /1" },
  smsw: { "w m16": "0F 01 /4", "w r16": "66 0F 01 /4", "w r32": "0F 01 /4", "w r64": "REX.W 0F 01 /4" },
  sgdt: { "w m": "0F 01 /0" },
  sidt: { "w m": "0F 01 /1" },

  // Order and caches
  lfence:  { "": "NP 0F AE E8" },
  mfence:  { "": "NP 0F AE F0" },
  sfence:  { "": "NP 0F AE F8" },
  pause:   { "": "F3 90" },
  clflush: { "m8": "NP 0F AE /7" },
  prefetchnta: { "m8": "0F 18 /0" },
  prefetcht0:  { "m8": "0F 18 /1" },
  prefetcht1:  { "m8": "0F 18 /2" },
  prefetcht2:  { "m8": "0F 18 /3" },
  // A prefix that makes the next instruction atomic; written before it, as in `a.lock(); a.xadd(…)`.
  lock: { "": "F0" },

  // Nothing; `align` pads with the recommended long forms
  nop: { "": "90", "rm16": "66 0F 1F /0", "rm32": "0F 1F /0", "rm64": "REX.W 0F 1F /0" },
} as const satisfies InstructionTable;

export const timestampAndProcessor = {
  rdtscp: { "<w rax, w rcx, w rdx>": "0F 01 F9" },
} as const satisfies InstructionTable;

export const prefetchForWriting = {
  prefetch:  { "m8": "0F 0D /0" },
  prefetchw: { "m8": "0F 0D /1" },
} as const satisfies InstructionTable;
