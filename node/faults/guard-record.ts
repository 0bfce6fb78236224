/**
 * The record through which the guard's machine code and JavaScript talk: slots of eight bytes in a page of its own.
 *
 *     0       1       2         3      4       5       6        8..9            10..15    16..23  24    25..47     64..
 *     active  thread  savedRsp  mxcsr  signal  siCode  siAddr   result, xmm0    integers  floats  code  registers  previous
 *
 * `active` is 1 while guarded code runs. `registers` are the CPU's when it faulted, in the order of the kernel's
 * `gregset_t` (sys/ucontext.h). `previous` holds, by signal number, the handler that was there before ours.
 */
export const guardSlot = {
  active: 0,
  thread: 1,
  savedRsp: 2,
  mxcsr: 3,
  signal: 4,
  siCode: 5,
  siAddr: 6,
  result: 8,
  floatResult: 9,
  integers: 10,
  floats: 16,
  code: 24,
  registers: 25,
  previous: 64,
} as const;

export const mostIntegers = 6;
export const mostFloats = 8;

/** The names of `gregset_t`, in its order. */
export const registerNames = [
  ...["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp"],
  ...["rip", "eflags", "segments", "error", "trap", "mask", "cr2"],
] as const;

/** Sizes in bytes. */
export const guardBytes = { slot: 8, record: 4096 } as const;
