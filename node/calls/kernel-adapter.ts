/**
 * Adapters between the gates of kernels and kernels. A gate passes JavaScript values as handles (gate-code.ts); the adapter
 * finds the memory of the typed arrays among them, loads single numbers from scratch memory, and jumps to the kernel:
 *
 *     from the gate:  rdi context; handles in rsi rdx rcx r8 r9, then at [rbp+16] …; rows, code, entry in xmm0 xmm1 xmm2
 *     to the kernel:  rdi context; addresses and integers in rsi rdx rcx r8 r9, then at [rsp] …; floats in xmm0 …
 *
 * No garbage collection can run between here and the kernel's return, so that a small array, which lies in V8's heap, stays
 * where it is. Where results would overwrite a column before it is read, nothing is called, and the answer is -1.
 *
 * There is one for each list of arguments and thread, not one for each kernel: the kernel's address comes with the call.
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { qword } from "../../src/asm/x64/operands.ts";
import { r10, r11, rax, rbp, rsi, rsp, xmm, xmm0, xmm1 } from "../../src/asm/x64/registers.ts";
import type { KernelArgument } from "../../src/engine/host.ts";
import { floatRegisterCount, handleRegisters } from "./gate-code.ts";
import type { TypedArrayLayout } from "./v8-layouts.ts";

const wordBytes = 8;

/** Whether the arguments fit the registers that adapters know. */
export function isAdaptableKernel(args: readonly KernelArgument[]): boolean {
  return args.filter(isFloat).length <= floatRegisterCount;
}

const isFloat = (argument: KernelArgument): boolean =>
  argument.from === "rows" || (argument.from === "scratch" && (argument.word === "f64" || argument.word === "f32"));

/** The adapter for a kernel with these arguments, the first of which is where it writes; `scratch` is where single numbers are. */
export function buildKernelAdapter(
  args: readonly KernelArgument[],
  scratch: number,
  layout: TypedArrayLayout,
): Uint8Array {
  const a = new Assembler();
  const integers = args.filter((argument) => !isFloat(argument));
  const floats = args.filter(isFloat);
  const inFrame = Math.max(0, integers.length - handleRegisters.length);
  const arrays = args.filter((argument) => argument.from === "array");
  const hasFrame = inFrame > 0 || arrays.some(({ value }) => value >= handleRegisters.length);
  const arrived = (value: number) => qword(rbp, 2 * wordBytes + wordBytes * (value - handleRegisters.length));
  const overlaps = a.label("overlaps");
  if (hasFrame) {
    a.push(rbp);
    a.mov(rbp, rsp);
  }

  for (const { value } of arrays) {
    const register = handleRegisters[value];
    a.mov(r10, register === undefined ? arrived(value) : qword(register, 0));
    if (register === undefined) a.mov(r10, qword(r10, 0));
    const target = register ?? r11;
    a.mov(target, qword(r10, layout.external - 1));
    a.add(target, qword(r10, layout.base - 1));
    if (register === undefined) a.mov(arrived(value), r11);
  }

  const [out] = arrays;
  const others = arrays.filter(({ value, bytes }) => value !== out?.value && bytes > 0);
  if (out !== undefined && out.bytes > 0 && others.length > 0) {
    a.cvttsd2si(r10, xmm0);
    a.imul(r11, r10, out.bytes);
    for (const { value, bytes } of others) {
      const apart = a.label("apart");
      a.mov(rax, handleRegisters[value] ?? arrived(value));
      a.sub(rax, rsi);
      if (bytes === out.bytes) a.jz(apart); // each row is read before it is written
      a.cmp(rax, r11);
      a.jge(apart);
      a.neg(rax);
      if (bytes === out.bytes) a.cmp(rax, r11);
      else {
        if (bytes > 1) a.sar(rax, Math.log2(bytes));
        a.cmp(rax, r10);
      }
      a.jl(overlaps);
      a.bind(apart);
    }
  }

  a.cvttsd2si(r11, xmm1); // the kernel
  if (args.some(({ from }) => from === "scratch")) a.mov(rax, BigInt(scratch));
  // An i32 takes the whole register: its upper half is of no account.
  const loadInteger = (register: (typeof handleRegisters)[number] | typeof r10, place: number, word: string): void => {
    if (word === "i64") a.mov(register, qword(rax, place * wordBytes));
    else a.cvttsd2si(register, qword(rax, place * wordBytes));
  };
  if (inFrame % 2 === 1) a.sub(rsp, wordBytes);
  for (let index = integers.length - 1; index >= handleRegisters.length; index--) {
    const argument = integers[index];
    if (argument?.from === "array") a.push(handleRegisters[argument.value] ?? arrived(argument.value));
    else if (argument?.from === "scratch") {
      loadInteger(r10, argument.place, argument.word);
      a.push(r10);
    }
  }
  // Arrays keep their order. Those that move up, the last first, then those that move down, the first first: none is overwritten
  // before it is taken.
  const moveArray = (index: number, isUp: boolean): void => {
    const argument = integers[index];
    const target = handleRegisters[index];
    if (argument?.from !== "array" || target === undefined || argument.value === index) return;
    if (index > argument.value === isUp) a.mov(target, handleRegisters[argument.value] ?? arrived(argument.value));
  };
  for (let index = integers.length - 1; index >= 0; index--) moveArray(index, true);
  for (let index = 0; index < integers.length; index++) moveArray(index, false);
  integers.forEach((argument, index) => {
    const target = handleRegisters[index];
    if (argument.from === "scratch" && target !== undefined) loadInteger(target, argument.place, argument.word);
  });
  const rowsAt = floats.findIndex(({ from }) => from === "rows");
  if (rowsAt > 0) a.movapd(xmm[rowsAt as 0], xmm0); // below 8
  floats.forEach((argument, index) => {
    if (argument.from !== "scratch") return;
    const place = qword(rax, argument.place * wordBytes);
    if (argument.word === "f32")
      a.cvtsd2ss(xmm[index as 0], place); // as above
    else a.movsd(xmm[index as 0], place); // as above
  });
  if (hasFrame) {
    a.call(r11);
    a.leave();
    a.ret();
  } else a.jmp(r11);

  a.bind(overlaps);
  a.mov(rax, minusOne);
  a.movq(xmm0, rax);
  if (hasFrame) a.leave();
  a.ret();
  return a.toBytes();
}

/** -1 as f64. */
const minusOne = 0xbff0_0000_0000_0000n;
