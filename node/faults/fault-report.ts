/**
 * A fault in the words of the manuals: which signal, at which byte and instruction, and why. Pure: from the kernel's
 * numbers and the code's bytes to a report. Sources: sigaction(2); SDM volume 3, chapter 6 and section 4.7 (error codes).
 */
import { disassemble } from "../../src/asm/x64/disassembler.ts";
import type { GuardedSignal, RawFault, RegisterName } from "./fault-guard.ts";

/** What is known about a fault. Offsets are bytes from the start of the code. */
export interface FaultReport {
  readonly signal: GuardedSignal;
  /** A sentence without the place: `it read address 0x0, which is not mapped`. */
  readonly reason: string;
  /** Where the faulting instruction starts; undefined when the CPU was not in the code. */
  readonly offset: number | undefined;
  /** That instruction, or the one at `calledFrom`. */
  readonly instruction: string | undefined;
  /** Where the code had called or jumped from when the CPU was elsewhere, as far as the stack tells. */
  readonly calledFrom: number | undefined;
  /** The instruction pointer and the other registers, as hexadecimal text. */
  readonly registers: Readonly<Record<string, string>>;
}

const trap = { debug: 1, breakpoint: 3, generalProtection: 13, pageFault: 14, alignment: 17 } as const;
const pageFault = { present: 1, write: 2, fetch: 16 } as const;

const shownRegisters: readonly RegisterName[] = [
  ...(["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"] as const),
  ...(["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"] as const),
];

/** Makes the report. `origin` is where the code's bytes were; `returnAddress` what the stack's top holds, if readable. */
export function reportFault(
  raw: RawFault,
  code: Uint8Array,
  origin: bigint,
  seconds: number,
  returnAddress?: bigint,
): FaultReport {
  const rip = raw.registers.rip;
  // int3 faults after its byte; the fill behind the code is int3 too.
  const isBreakpoint = raw.signal === "SIGTRAP" && Number(raw.registers.trap) === trap.breakpoint;
  const position = Number(rip - origin) - (isBreakpoint ? 1 : 0);
  const isInside = position >= 0 && position < code.length;
  const ranPast = position === code.length;
  const calledFrom = isInside || ranPast ? undefined : callBefore(code, origin, returnAddress);
  const offset = isInside ? position : undefined;
  return {
    signal: raw.signal,
    reason: ranPast
      ? `it ran past its last byte; a ret is missing`
      : isInside
        ? reasonInside(raw, seconds)
        : reasonOutside(raw, rip, seconds),
    offset,
    instruction: instructionAt(code, offset ?? calledFrom),
    calledFrom,
    registers: Object.fromEntries(shownRegisters.map((name) => [name, hex(raw.registers[name])])),
  };
}

function reasonInside(raw: RawFault, seconds: number): string {
  switch (raw.signal) {
    case "SIGALRM":
      return `it did not end within ${seconds} s`;
    case "SIGILL":
      return "this CPU has no such instruction, or it is forbidden (ud2)";
    case "SIGFPE":
      return "integer division by zero, or a quotient that does not fit its register";
    case "SIGTRAP":
      return Number(raw.registers.trap) === trap.breakpoint
        ? "a breakpoint"
        : "the trap flag or a debug register stopped it";
    case "SIGBUS":
      return `the access to ${hex(raw.address)} is not aligned, or lies behind the end of a mapped file`;
    case "SIGSEGV":
      return memoryReason(raw);
  }
}

function memoryReason(raw: RawFault): string {
  const { registers } = raw;
  if (Number(registers.trap) !== trap.pageFault)
    return "the instruction is privileged, or an address is not canonical (general protection)";
  const error = Number(registers.error);
  const address = registers.cr2;
  const verb = error & pageFault.write ? "wrote to" : error & pageFault.fetch ? "jumped to" : "read";
  const state = error & pageFault.present ? "which does not allow that" : "which is not mapped";
  const distance = address - registers.rsp;
  const nearStack = distance > -65536n && distance < 65536n;
  return `it ${verb} address ${hex(address)}, ${state}${nearStack ? "; that is at the stack pointer: the stack is used up, or rsp is wrong" : ""}`;
}

function reasonOutside(raw: RawFault, rip: bigint, seconds: number): string {
  const where = `the CPU was at ${hex(rip)}, outside the code`;
  if (raw.signal === "SIGALRM") return `it did not end within ${seconds} s; ${where}`;
  if (raw.signal === "SIGSEGV" && raw.registers.cr2 === rip && Number(raw.registers.error) & pageFault.fetch)
    return `it jumped to ${hex(rip)}, which is not executable memory`;
  return where;
}

/** The call whose return address the stack holds. */
function callBefore(code: Uint8Array, origin: bigint, returnAddress: bigint | undefined): number | undefined {
  if (returnAddress === undefined) return undefined;
  const end = Number(returnAddress - origin);
  if (end <= 0 || end > code.length) return undefined;
  return disassemble(code).find(({ offset, length, mnemonic }) => mnemonic === "call" && offset + length === end)
    ?.offset;
}

function instructionAt(code: Uint8Array, offset: number | undefined): string | undefined {
  if (offset === undefined) return undefined;
  const found = disassemble(code.subarray(offset, offset + 15), { address: offset })[0];
  return found?.row === undefined ? `an instruction that begins with ${byteText(code[offset])}` : found.text;
}

function byteText(byte: number | undefined): string {
  return (byte ?? 0).toString(16).padStart(2, "0");
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
