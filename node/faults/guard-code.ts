/**
 * The guard's machine code: an entry that calls the code to be guarded, and a signal handler that brings a fault in it
 * back to the entry's end. System V ABI; the kernel's signal frame as in sys/ucontext.h and asm/sigcontext.h.
 *
 * `enter` saves the callee-saved registers, its stack pointer and MXCSR, loads the argument registers from the record,
 * calls, and stores rax and xmm0. The handler, while `active` and on the guarded thread, copies what happened into the
 * record and changes the interrupted state: rip to `recover` and rsp to the saved one, so that returning from the signal
 * goes on at the end of `enter`. Any other fault goes to the handler that was there before (V8 has one of its own).
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, qword } from "../../src/asm/x64/operands.ts";
import {
  eax,
  ebp,
  ebx,
  ecx,
  edi,
  edx,
  r8,
  r9,
  r10d,
  r11,
  r12,
  r12d,
  r13,
  r13d,
  r14,
  r14d,
  r15,
  r15d,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
  xmm0,
  xmm1,
  xmm2,
  xmm3,
  xmm4,
  xmm5,
  xmm6,
  xmm7,
} from "../../src/asm/x64/registers.ts";
import { guardBytes, guardSlot, registerNames } from "./guard-record.ts";

const integerArguments = [rdi, rsi, rdx, rcx, r8, r9] as const;
const floatArguments = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7] as const;
const calleeSaved = [rbx, rbp, r12, r13, r14, r15] as const;
/** Registers that carry no argument start as zero, so that runs are alike. */
const cleared = [ebx, ebp, r10d, r12d, r13d, r14d, r15d] as const;

/** Where the general registers stand in the `ucontext_t` that a handler gets. */
const contextRegisters = 40;
const siginfo = { code: 8, address: 16 } as const;
/** Trap, direction and alignment-check flags, which the code may have set. */
const unwantedFlags = 0x100 | 0x400 | 0x40000;
const systemCall = { rtSigaction: 13, gettid: 186 } as const;
const signalActions = { default: 0, ignore: 1 } as const;

export interface GuardCode {
  readonly bytes: Uint8Array;
  /** Offsets of `void enter(void)` and `void handler(int, siginfo_t *, ucontext_t *)`. */
  readonly enter: number;
  readonly handler: number;
}

/** The code for a record at address `record`, to be loaded at address `origin`. */
export function guardCode(record: number, origin: number): GuardCode {
  const entry = enterCode(record);
  const handler = handlerCode(record, origin + entry.recover);
  const handlerAt = Math.ceil(entry.bytes.length / 16) * 16;
  const bytes = new Uint8Array(handlerAt + handler.length);
  bytes.set(entry.bytes);
  bytes.set(handler, handlerAt);
  return { bytes, enter: 0, handler: handlerAt };
}

const at = (slot: number): number => slot * guardBytes.slot;

function enterCode(record: number): { bytes: Uint8Array; recover: number } {
  const a = new Assembler();
  for (const register of calleeSaved) a.push(register);
  a.sub(rsp, 8); // six pushes and the return address: the stack is aligned to 16 now
  a.mov(rax, BigInt(record));
  a.mov(qword(rax, at(guardSlot.savedRsp)), rsp);
  a.stmxcsr(dword(rax, at(guardSlot.mxcsr)));
  a.mov(qword(rax, at(guardSlot.active)), 1);
  integerArguments.forEach((register, i) => {
    a.mov(register, qword(rax, at(guardSlot.integers + i)));
  });
  floatArguments.forEach((register, i) => {
    a.movsd(register, qword(rax, at(guardSlot.floats + i)));
  });
  a.mov(r11, qword(rax, at(guardSlot.code)));
  for (const register of cleared) a.xor(register, register);
  a.xor(eax, eax);
  a.call(r11);
  a.mov(r11, BigInt(record));
  a.mov(qword(r11, at(guardSlot.result)), rax);
  a.movsd(qword(r11, at(guardSlot.floatResult)), xmm0);
  const recover = a.toBytes().length;
  a.mov(r11, BigInt(record));
  a.mov(qword(r11, at(guardSlot.active)), 0);
  a.mov(rsp, qword(r11, at(guardSlot.savedRsp)));
  a.ldmxcsr(dword(r11, at(guardSlot.mxcsr)));
  a.cld();
  a.add(rsp, 8);
  for (const register of calleeSaved.toReversed()) a.pop(register);
  a.ret();
  return { bytes: a.toBytes(), recover };
}

/** rdi: the signal; rsi: siginfo_t; rdx: ucontext_t. Returning restores all registers from the context. */
function handlerCode(record: number, recover: number): Uint8Array {
  const a = new Assembler();
  const other = a.label();
  const chain = a.label();
  const done = a.label();
  const register = (name: (typeof registerNames)[number]): number => contextRegisters + registerNames.indexOf(name) * 8;
  a.mov(r8, BigInt(record));
  a.cmp(dword(r8, at(guardSlot.active)), 0);
  a.je(other);
  a.mov(eax, systemCall.gettid);
  a.syscall();
  a.cmp(eax, dword(r8, at(guardSlot.thread)));
  a.jne(other);

  a.mov(dword(r8, at(guardSlot.signal)), edi);
  a.mov(eax, dword(rsi, siginfo.code));
  a.mov(dword(r8, at(guardSlot.siCode)), eax);
  a.mov(rax, qword(rsi, siginfo.address));
  a.mov(qword(r8, at(guardSlot.siAddr)), rax);
  const next = a.label();
  a.xor(ecx, ecx);
  a.bind(next);
  a.mov(rax, qword(rdx, rcx, 8, contextRegisters));
  a.mov(qword(r8, rcx, 8, at(guardSlot.registers)), rax);
  a.inc(ecx);
  a.cmp(ecx, registerNames.length);
  a.jne(next);

  a.mov(qword(r8, at(guardSlot.active)), 0);
  a.mov(rax, BigInt(recover));
  a.mov(qword(rdx, register("rip")), rax);
  a.mov(rax, qword(r8, at(guardSlot.savedRsp)));
  a.mov(qword(rdx, register("rsp")), rax);
  a.and(dword(rdx, register("eflags")), ~unwantedFlags);
  a.ret();

  // Not ours: to the handler before us; without one, back to the default, under which the fault repeats and kills.
  a.bind(other);
  a.mov(eax, edi);
  a.mov(rax, qword(r8, rax, 8, at(guardSlot.previous)));
  a.cmp(rax, signalActions.ignore);
  a.je(done);
  a.ja(chain);
  a.sub(rsp, 40); // a kernel_sigaction of zeros: SIG_DFL, no flags, no restorer, empty mask
  a.xor(eax, eax);
  for (let slot = 0; slot < 4; slot++) a.mov(qword(rsp, slot * 8), rax);
  a.mov(rsi, rsp);
  a.xor(edx, edx);
  a.mov(r10d, 8);
  a.mov(eax, systemCall.rtSigaction);
  a.syscall();
  a.add(rsp, 40);
  a.bind(done);
  a.ret();
  a.bind(chain);
  a.jmp(rax);
  return a.toBytes();
}
