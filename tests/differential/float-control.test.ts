/**
 * `keepsFloatControl`: a function rounds to nearest and keeps denormals whatever MXCSR its caller runs with, and the caller finds its
 * own again. The caller here is machine code that sets MXCSR, calls, and stores what it found afterwards.
 */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, qword } from "../../src/asm/x64/operands.ts";
import { eax, rax, rbx, rsi, rsp, xmm0, xmm1 } from "../../src/asm/x64/registers.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { parseFunctions } from "../../src/ir/parse.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { canExecute } from "../machine-code-runner.ts";

const usual = 0x1f80;
const product = `
fn @product(v0: f64, v1: f64) -> f64 {
b0:
  v2 = fmul v0, v1
  return v2
}`;
/** Traps by zero, so that it leaves by another way. */
const quotient = `
fn @quotient(v0: f64, v1: f64) -> f64 {
b0:
  v2 = trunc-s.i32 v0
  v3 = trunc-s.i32 v1
  v4 = sdiv v2, v3
  v5 = convert-s.f64 v4
  return v5
}`;
/** As above, called. */
const called = `${quotient.replace("@quotient", "@inner")}
fn @outer(v0: f64, v1: f64) -> f64 {
b0:
  v2 = call @inner(v0, v1)
  return v2
}`;
const vector = `
fn @lanes(v0: f64, v1: f64) -> f64 {
b0:
  v2 = splat.f64x4 v0
  v3 = splat.f64x4 v1
  v4 = fmul v2, v3
  v5 = extract.f64 v4, 3
  return v5
}`;

interface Outcome {
  readonly result: number;
  /** As the caller finds it afterwards, without its flags. */
  readonly control: number;
}

function lastFunction(text: string): IrFunction {
  const fn = parseFunctions(text).at(-1);
  if (fn === undefined) throw new Error("no function");
  return fn;
}

/** Calls a function of two f64 while MXCSR is `control`. */
function callUnder(text: string, control: number, keepsFloatControl: boolean, x: number, y: number): Outcome {
  const { bytes } = compileFunction(lastFunction(text), {
    features: nodeHost.cpuFeatures,
    verify: true,
    keepsFloatControl,
  });
  const { address } = nodeHost.install(bytes);
  const a = new Assembler();
  // (context, buffer): x and y at 0 and 8; the result to 16, MXCSR to 24 from 28; 32 keeps the host's.
  a.push(rbx);
  a.mov(rbx, rsi);
  a.sub(rsp, 16);
  a.stmxcsr(dword(rbx, 32));
  a.movsd(xmm0, qword(rbx));
  a.movsd(xmm1, qword(rbx, 8));
  a.ldmxcsr(dword(rbx, 28));
  a.mov(rax, BigInt(address));
  a.call(rax);
  a.stmxcsr(dword(rbx, 24));
  a.ldmxcsr(dword(rbx, 32));
  a.movsd(qword(rbx, 16), xmm0);
  a.add(rsp, 16);
  a.pop(rbx);
  a.xor(eax, eax);
  a.ret();

  const call = nodeHost.bind(nodeHost.install(a.toBytes()).address, "void(ptr, ptr)");
  const buffer = new Float64Array(5);
  const words = new Int32Array(buffer.buffer);
  buffer[0] = x;
  buffer[1] = y;
  words[7] = control;
  call(nodeHost.callContext.words, buffer);
  nodeHost.callContext.words[0] = 0;
  return { result: buffer[2] ?? Number.NaN, control: (words[6] ?? 0) & 0xffc0 };
}

describe.skipIf(!canExecute || !nodeHost.cpuFeatures.has("avx2"))("a function that keeps float control", () => {
  const denormal = 5e-324;
  const cases = [
    { name: "flush to zero and denormals are zero", control: usual | 0x8040, x: 2 ** -1060, y: 0.5, exact: 2 ** -1061 },
    { name: "denormals are zero", control: usual | 0x40, x: denormal, y: 1, exact: denormal },
    { name: "rounding up", control: usual | 0x4000, x: 1 + 2 ** -52, y: 1 + 2 ** -52, exact: 1 + 2 ** -51 },
    { name: "rounding to zero", control: usual | 0x6000, x: 1 + 2 ** -52, y: 1.5, exact: (1 + 2 ** -52) * 1.5 },
    { name: "what is usual", control: usual, x: 3, y: 0.1, exact: 3 * 0.1 },
    { name: "flags that are set", control: usual | 0x3f, x: 3, y: 0.1, exact: 3 * 0.1 },
  ];

  it.each(cases)("is exact under $name, which stays", ({ control, x, y, exact }) => {
    for (const text of [product, vector]) {
      expect(callUnder(text, control, true, x, y)).toEqual({ result: exact, control: control & 0xffc0 });
    }
  });

  it("is not exact otherwise, so the cases above ask something", () => {
    const differing = cases.slice(0, 4).filter(({ control, x, y, exact }) => {
      return callUnder(product, control, false, x, y).result !== exact;
    });
    expect(differing.map(({ name }) => name)).toEqual(cases.slice(0, 4).map(({ name }) => name));
  });

  it("gives it back when it traps", () => {
    const control = usual | 0x8040;
    for (const text of [quotient, called]) {
      expect(callUnder(text, control, true, 1, 0).control).toBe(control & 0xffc0);
      expect(callUnder(text, control, true, 6, 3)).toEqual({ result: 2, control: control & 0xffc0 });
    }
  });

  it("sees an exception that is unmasked, and raises none", () => {
    const control = usual & ~0x1000; // the inexact exception would end the process
    expect(callUnder(vector, control, true, 1, 3)).toEqual({ result: 3, control: control & 0xffc0 });
  });
});
