/**
 * Adapters: between a gate, which knows f64 only, and compiled code that takes or gives an i32 or f32. There is one for each
 * signature and thread, not one for each function: the code's address comes behind the arguments.
 *
 *     from the gate:  rdi context; x0, …, xn-1, code, entry as f64 in xmm0-xmm7, then at [rbp+16], [rbp+24], …
 *     to the code:    rdi context; i32 in esi edx ecx r8d r9d, f64 and f32 in xmm0-xmm7; the others in order at [rsp]
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, qword } from "../../src/asm/x64/operands.ts";
import {
  eax,
  ecx,
  edx,
  esi,
  r8d,
  r9d,
  r11,
  r11d,
  rax,
  rbp,
  rsp,
  xmm,
  xmm0,
  xmm8,
} from "../../src/asm/x64/registers.ts";
import type { Signature } from "../../src/base/signature.ts";
import { floatRegisterCount } from "./gate-code.ts";

const wordBytes = 8;
const integerRegisters = [esi, edx, ecx, r8d, r9d] as const;

/** Whether code of this signature can be called directly: numbers in, a number out. */
export function isAdaptable({ parameters, result }: Signature): boolean {
  return [...parameters, result].every((word) => word === "f64" || word === "f32" || word === "i32");
}

/** Whether the gate can jump to the code itself. */
export function needsAdapter({ parameters, result }: Signature): boolean {
  return [...parameters, result].some((word) => word !== "f64");
}

export function buildAdapter({ parameters, result }: Signature): Uint8Array {
  const a = new Assembler();
  a.push(rbp);
  a.mov(rbp, rsp);
  const arrived = (index: number) => qword(rbp, 2 * wordBytes + wordBytes * (index - floatRegisterCount));

  // The code's address first, since moves below may overwrite its register; rax is no argument's register.
  const code = parameters.length;
  if (code < floatRegisterCount)
    a.cvttsd2si(rax, xmm[code as 0]); // below 8
  else a.cvttsd2si(rax, arrived(code));

  let integers = 0;
  let floats = 0;
  const onStack = parameters.filter((word) =>
    word === "i32" ? integers++ >= integerRegisters.length : floats++ >= floatRegisterCount,
  ).length;
  if (onStack > 0) a.sub(rsp, wordBytes * (onStack + (onStack % 2)));

  integers = 0;
  floats = 0;
  let pushed = 0;
  // In order, so that a float moves to a register at or below its own, whose value was taken already.
  parameters.forEach((word, index) => {
    const isInRegister = index < floatRegisterCount;
    const source = xmm[index as 0]; // read only where the index is below 8
    if (word === "i32") {
      const register = integerRegisters[integers++];
      const target = register ?? r11d;
      if (isInRegister) a.cvttsd2si(target, source);
      else a.cvttsd2si(target, arrived(index));
      if (register === undefined) a.mov(qword(rsp, wordBytes * pushed++), r11);
      return;
    }
    const place = floats < floatRegisterCount ? xmm[floats as 0] : undefined; // below 8
    floats++;
    if (word === "f64") {
      if (place === undefined) {
        a.movsd(xmm8, arrived(index)); // a ninth float came on the stack
        a.movsd(qword(rsp, wordBytes * pushed++), xmm8);
      } else if (!isInRegister) a.movsd(place, arrived(index));
      else if (floats - 1 !== index) a.movapd(place, source);
    } else if (place === undefined) {
      a.cvtsd2ss(xmm8, arrived(index));
      a.movss(dword(rsp, wordBytes * pushed++), xmm8);
    } else if (isInRegister) a.cvtsd2ss(place, source);
    else a.cvtsd2ss(place, arrived(index));
  });
  a.call(rax);
  if (result === "i32") a.cvtsi2sd(xmm0, eax);
  else if (result === "f32") a.cvtss2sd(xmm0, xmm0);
  a.leave();
  a.ret();
  return a.toBytes();
}
