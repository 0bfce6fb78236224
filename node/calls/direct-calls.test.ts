/** Direct calls against the thunks of koffi's way, which share no code with them, and against what was passed. */
import { describe, expect, it } from "vitest";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, qword } from "../../src/asm/x64/operands.ts";
import { eax, ecx, edx, esi, r8d, r9d, rax, rdi, rsp, xmm, xmm0 } from "../../src/asm/x64/registers.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import { nodeHost } from "../node-host.ts";
import { bindDirect } from "./direct-calls.ts";
import { gateOf, mostGateParameters, whyNoDirectCalls } from "./gates.ts";

type Word = "f64" | "f32" | "i32";

/** Code of a function with these parameters that returns the one at `wanted`, as the C calling convention passes it. */
function select(parameters: readonly Word[], wanted: number): Uint8Array {
  const integers = [esi, edx, ecx, r8d, r9d]; // rdi is the context
  let integer = 0;
  let float = 0;
  let stack = 0;
  const a = new Assembler();
  parameters.forEach((word, index) => {
    if (word === "i32") {
      const register = integers[integer++];
      if (index === wanted) {
        if (register === undefined) a.mov(eax, dword(rsp, 8 + 8 * stack));
        else a.mov(eax, register);
      }
      if (register === undefined) stack++;
      return;
    }
    const register = xmm[float++ as 0]; // there are none above 7 in this test's eyes
    const onStack = float > 8;
    if (index === wanted) {
      if (!onStack) a.movapd(xmm0, register);
      else if (word === "f64") a.movsd(xmm0, qword(rsp, 8 + 8 * stack));
      else a.movss(xmm0, dword(rsp, 8 + 8 * stack));
    }
    if (onStack) stack++;
  });
  a.ret();
  return a.toBytes();
}

/** A small generator, so that a failure can be repeated (Park and Miller's). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

const words: readonly Word[] = ["f64", "f32", "i32"];

describe("direct calls", () => {
  it("are what this Node has", () => {
    expect(whyNoDirectCalls()).toBeUndefined();
    expect(nodeHost.callPath).toMatch(/^direct/);
  });

  it("pass each argument of any signature to its place, as koffi's way does", () => {
    const random = randomFrom(20261120);
    for (let round = 0; round < 150; round++) {
      const parameters = Array.from({ length: 1 + random(mostGateParameters) }, () => words[random(3)] ?? "f64");
      const values = parameters.map((word, index) =>
        word === "i32" ? (random(2) === 0 ? -1 : 1) * random(2 ** 31) : (index + 1) * 1.25 - random(8),
      );
      const wanted = random(parameters.length);
      const signature = `${parameters[wanted]}(${parameters.join(", ")})`;
      const code = nodeHost.install(select(parameters, wanted));
      const direct = bindDirect(code.address, signature);
      if (direct === undefined) throw new Error(`no direct call for ${signature}`);
      const given = direct.call(...values, direct.address, direct.entry);
      expect(given, `${signature} of ${values}`).toBe(values[wanted]);
      expect(nodeHost.bindCompiled(code.address, signature)(...values), signature).toBe(given);
      code.release();
    }
  });

  it("pass values that are no ordinary numbers unchanged", () => {
    const code = nodeHost.install(select(["f64"], 0));
    const direct = bindDirect(code.address, "f64(f64)");
    for (const value of [-0, 0, Number.NaN, Number.NEGATIVE_INFINITY, Number.MIN_VALUE, 2 ** 53, -(2 ** 31)])
      expect(direct?.call(value, direct.address, direct.entry)).toBe(value);
    code.release();
  });

  it("convert what is not a number, and call nothing after an exception", () => {
    // f64 f(f64 x) { context->status++; return x; }
    const a = new Assembler();
    a.inc(dword(rdi, callContext.status));
    a.ret();
    const code = nodeHost.install(a.toBytes());
    const gate = gateOf(1) as (...values: unknown[]) => unknown; // with arguments that only the slow callback takes
    const { words: context } = nodeHost.callContext;
    const { address } = code;
    expect(gate("7", address, address)).toBe(7);
    expect(gate(undefined, address, address)).toBe(Number.NaN);
    expect(gate({ valueOf: () => 2.5 }, address, address)).toBe(2.5);
    expect(context[callContext.status >> 2]).toBe(3);
    const boom = new Error("boom");
    const thrower = {
      valueOf() {
        throw boom;
      },
    };
    expect(() => gate(thrower, address, address)).toThrow(boom);
    expect(() => gate(1n, address, address)).toThrow(TypeError);
    expect(() => gate(Symbol("x"), address, address)).toThrow(TypeError);
    expect(gate(1, address)).toBeUndefined(); // an address is missing
    expect(gate()).toBeUndefined();
    expect(context[callContext.status >> 2]).toBe(3);
    context[callContext.status >> 2] = 0;
    code.release();
  });

  it("leave bigints, pointers and long signatures to koffi", () => {
    for (const signature of ["i64(f64)", "f64(i64)", "f64(ptr)", "void(f64)", `f64(${"f64, ".repeat(12)}f64)`]) {
      expect(bindDirect(4096, signature)).toBeUndefined();
      expect(nodeHost.bindScalar(4096, signature).path).toContain(signature);
    }
  });

  it("come from one gate for each number of parameters", () => {
    const one = bindDirect(4096, "f64(f64)");
    expect(bindDirect(8192, "f64(f64)")?.call).toBe(one?.call);
    expect(bindDirect(4096, "i32(f32)")?.call).toBe(one?.call);
    expect(bindDirect(4096, "f64(f64, f64)")?.call).not.toBe(one?.call);
    expect(bindDirect(4096, "i32(f32)")?.entry).toBe(bindDirect(8192, "i32(f32)")?.entry);
  });

  it("have the limit of the thread's stack in the context, koffi's calls another one", () => {
    const a = new Assembler();
    a.mov(rax, qword(rdi, callContext.stackLimit));
    a.sub(rax, rsp);
    a.cvtsi2sd(xmm0, rax);
    a.ret();
    const code = nodeHost.install(a.toBytes());
    const direct = bindDirect(code.address, "f64()");
    const room = (): number => -Number(direct?.call(direct.address, direct.entry));
    const foreign = nodeHost.bindCompiled(code.address, "f64()");
    const before = room();
    expect(before).toBeGreaterThan(128 * 1024);
    expect(before).toBeLessThan(2 ** 30);
    expect(foreign()).toBe(-(1024 * 1024) + 8); // the return address was pushed since
    expect(room()).toBe(before);
    code.release();
  });
});
