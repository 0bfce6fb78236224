import { describe, expect, it } from "vitest";
import { Assembler } from "../src/asm/x64/assembler.ts";
import { dword, qword } from "../src/asm/x64/operands.ts";
import { gpr64, rax, rdi, rsi, rsp, xmm, xmm0, xmm1 } from "../src/asm/x64/registers.ts";
import { callContext } from "../src/codegen/call-context.ts";
import { nodeHost } from "./node-host.ts";

const written = (write: (a: Assembler) => void): Uint8Array => {
  const a = new Assembler();
  write(a);
  return a.toBytes();
};

/** `f64 sum(double *a, double *b, …)`: *a + 2 *b + 4 *c + …, by doubling from the last on. */
function weightedSum(count: number): Uint8Array {
  const places = [7, 6, 2, 1, 8, 9]; // rdi rsi rdx rcx r8 r9
  return written((a) => {
    a.xorps(xmm0, xmm0);
    for (let index = count - 1; index >= 0; index--) {
      a.addsd(xmm0, xmm0);
      const register = gpr64[places[index] ?? 0] ?? rax;
      if (index >= places.length) a.mov(rax, qword(rsp, 8 + 8 * (index - places.length)));
      a.addsd(xmm0, qword(register));
    }
    a.ret();
  });
}

describe("nodeHost", () => {
  it("installs, binds and releases", () => {
    const code = nodeHost.install(
      written((a) => {
        a.addsd(xmm0, xmm1);
        a.ret();
      }),
    );
    expect(nodeHost.bind(code.address, "f64(f64, f64)")(1.5, 2)).toBe(3.5);
    code.release();
    code.release();
    expect(code.address).toBe(0);
    expect(nodeHost.architecture).toBe("x64");
    expect(["dual", "flip"]).toContain(nodeHost.memoryMode);
    expect(nodeHost.cpuFeatures.has("sse2")).toBe(true);
  });

  it("shares the call context with code, by address", () => {
    const { address, words } = nodeHost.callContext;
    expect(address % 64).toBe(0);
    expect(words.byteLength).toBeGreaterThanOrEqual(callContext.bytes);
    const code = nodeHost.install(
      written((a) => {
        a.mov(dword(rdi, callContext.status), 17);
        a.mov(dword(rdi, callContext.site), 3);
        a.movsd(xmm0, qword(rsi));
        a.ret();
      }),
    );
    const run = nodeHost.bind(code.address, "f64(ptr, ptr)");
    words.fill(0);
    expect(run(address, new Float64Array([2.5]))).toBe(2.5);
    expect([...words.subarray(0, 3)]).toEqual([17, 3, 0]);
    words.fill(0);
    code.release();
  });

  it("takes addresses and arrays as pointers in any order and number", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const arrays = names.map((_, index) => Float64Array.of(index + 1));
    const addressOf = nodeHost.bind(
      nodeHost.install(
        written((a) => {
          a.mov(rax, rdi);
          a.ret();
        }),
      ).address,
      "i64(ptr)",
    );
    const addresses = arrays.map((array) => Number(addressOf(array)));
    // Sums 2^i times the i-th pointed-to number, for up to eight pointers; the last two are on the stack.
    for (let count = 1; count <= 8; count++) {
      const code = nodeHost.install(weightedSum(count));
      const sum = nodeHost.bind(code.address, `f64(${new Array(count).fill("ptr").join(", ")})`);
      const expected = arrays.slice(0, count).reduce((total, [value = 0], index) => total + value * 2 ** index, 0);
      for (let asAddress = 0; asAddress < 2 ** count; asAddress++) {
        const values = arrays
          .slice(0, count)
          .map((array, index) => (asAddress & (1 << index) ? (addresses[index] ?? 0) : array));
        expect(sum(...values)).toBe(expected);
      }
      code.release();
    }
  });

  it("binds every number of arguments", () => {
    for (let count = 0; count <= 8; count++) {
      const code = nodeHost.install(
        written((a) => {
          if (count === 0) a.xorps(xmm0, xmm0);
          for (let index = 1; index < count; index++) a.addsd(xmm0, xmm[index as 1]); // all of the first eight are alike;
          a.ret();
        }),
      );
      const sum = nodeHost.bind(code.address, `f64(${new Array(count).fill("f64").join(", ")})`);
      expect(sum(...Array.from({ length: count }, (_, index) => 2 ** index))).toBe(2 ** count - 1);
    }
  });
});
