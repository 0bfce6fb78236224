/**
 * The machine code between a gate and generated code, one thunk for each signature and thread: it loads the registers and
 * the stack from the call page as the System V ABI for x86-64 has it (section 3.2.3), calls, and stores the result.
 *
 *     stack at the call:   [rsp]      argument 7 of the integers or 9 of the floats, then the others in order
 *                          …          (8 bytes each; one more below the saved rbx where their number is odd)
 *                          saved rbx
 */

import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, ptr, qword } from "../../src/asm/x64/operands.ts";
import {
  r8,
  r9,
  r11,
  rax,
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
import type { ParameterWord, Signature } from "../../src/base/signature.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import { ownStackLimit } from "./call-context.ts";
import { slot, slotBytes } from "./call-page.ts";

/** How deep compiled code may go below its caller: koffi's synchronous calls run on a stack of 2 MiB. */
const foreignStackBytes = 1024 * 1024;

const integerRegisters = [rdi, rsi, rdx, rcx, r8, r9] as const;
const floatRegisters = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7] as const;

/** The slot of each parameter: pointers by their order among the pointers, others by position. */
export function argumentSlots(parameters: readonly ParameterWord[]): number[] {
  let pointers = 0;
  return parameters.map((word, index) => (word === "ptr" ? slot.pointers + pointers++ : slot.values + index));
}

/**
 * Code of the thunk for `signature`, working on the call page at `page`, or at the address in its first argument if that is
 * undefined. With `context`, an offset from there, that address is the first integer argument, before those of the signature.
 * `stackBytes`: how much stack there is for sure.
 */
export function buildThunk(
  signature: Signature,
  page: number | undefined,
  context?: number,
  stackBytes: number = foreignStackBytes,
): Uint8Array {
  const a = new Assembler();
  const slots = argumentSlots(signature.parameters);
  a.push(rbx);
  if (page === undefined) a.mov(rbx, rdi);
  else a.mov(rbx, BigInt(page));

  const onStack: number[] = [];
  let integers = 0;
  let floats = 0;
  if (context !== undefined) a.lea(integerRegisters[integers++] ?? rdi, qword(rbx, context));
  signature.parameters.forEach((word, index) => {
    const offset = (slots[index] ?? 0) * slotBytes;
    if (word === "f64" || word === "f32") {
      const register = floatRegisters[floats++];
      if (register === undefined) onStack.push(offset);
      else if (word === "f64") a.movsd(register, qword(rbx, offset));
      else a.movss(register, dword(rbx, offset));
    } else {
      const register = integerRegisters[integers++];
      if (register === undefined) onStack.push(offset);
      else if (word === "i32") a.movsxd(register, dword(rbx, offset));
      else a.mov(register, qword(rbx, offset));
    }
  });

  // rbx is saved, so the stack is aligned here: an odd number of arguments needs one slot more.
  const padding = onStack.length % 2;
  if (padding > 0) a.sub(rsp, slotBytes);
  for (const offset of onStack.reverse()) a.push(qword(rbx, offset));
  if (context !== undefined) {
    a.lea(rax, ptr(rsp, -stackBytes));
    a.mov(qword(rbx, context + callContext.stackLimit), rax);
  }
  a.cvttsd2si(rax, qword(rbx, slot.code * slotBytes));
  a.call(rax);
  if (context !== undefined) {
    a.mov(rcx, qword(rbx, context + ownStackLimit));
    a.mov(qword(rbx, context + callContext.stackLimit), rcx);
  }
  const result = slot.result * slotBytes;
  if (signature.result === "f64") a.movsd(qword(rbx, result), xmm0);
  else if (signature.result === "f32") a.movss(dword(rbx, result), xmm0);
  else if (signature.result !== "void") a.mov(qword(rbx, result), rax);
  if (onStack.length > 0) a.add(rsp, (onStack.length + padding) * slotBytes);
  a.pop(rbx);
  a.ret();
  return a.toBytes();
}

/** Code of a gate: takes `count` pointers as a C function does, stores them from pointer `skip` on, jumps to the thunk. */
export function buildGate(page: number, skip: number, count: number): Uint8Array {
  const a = new Assembler();
  a.mov(rax, BigInt(page));
  for (let index = 0; index < count; index++) {
    const place = qword(rax, (slot.pointers + skip + index) * slotBytes);
    const register = integerRegisters[index];
    if (register !== undefined) a.mov(place, register);
    else {
      a.mov(r11, qword(rsp, slotBytes + (index - integerRegisters.length) * slotBytes));
      a.mov(place, r11);
    }
  }
  a.cvttsd2si(rax, qword(rax, slot.thunk * slotBytes));
  a.jmp(rax);
  return a.toBytes();
}
