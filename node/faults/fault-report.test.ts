/** Reports from made-up faults; real ones are in tests/e2e/cli-run.test.ts. */
import { describe, expect, it } from "vitest";
import type { RawFault, RegisterName } from "./fault-guard.ts";
import { reportFault } from "./fault-report.ts";
import { registerNames } from "./guard-record.ts";

const origin = 0x1000n;
const code = Uint8Array.from([0x90, 0xff, 0xd0, 0xeb, 0xfe, 0xc3]); // nop; call rax; jmp .; ret

function fault(signal: RawFault["signal"], known: Partial<Record<RegisterName, bigint>>): RawFault {
  const registers = Object.fromEntries(registerNames.map((name) => [name, known[name] ?? 0n]));
  return { signal, siCode: 0, address: 0n, registers: registers as RawFault["registers"] }; // one entry for each name
}

const pageFault = { trap: 14n };

describe("reportFault", () => {
  it("names byte and instruction inside the code", () => {
    const report = reportFault(fault("SIGALRM", { rip: origin + 3n, rax: 255n }), code, origin, 2);
    expect(report).toMatchObject({ offset: 3, reason: "it did not end within 2 s", calledFrom: undefined });
    expect(report.instruction).toBe("jmp 0x3"); // branch targets are bytes of the code
    expect(report.registers).toMatchObject({ rax: "0xff", rip: "0x1003" });
  });

  it("tells reading, writing and jumping, mapped and not", () => {
    const reason = (error: bigint, cr2 = 0x9000n): string =>
      reportFault(fault("SIGSEGV", { ...pageFault, rip: origin, rsp: 0x80_0000n, error, cr2 }), code, origin, 1).reason;
    expect(reason(4n)).toBe("it read address 0x9000, which is not mapped");
    expect(reason(6n)).toBe("it wrote to address 0x9000, which is not mapped");
    expect(reason(7n)).toBe("it wrote to address 0x9000, which does not allow that");
    expect(reason(6n, 0x7f_fff8n)).toContain("the stack is used up, or rsp is wrong");
  });

  it("finds the call that led outside by the return address", () => {
    const outside = fault("SIGSEGV", { ...pageFault, rip: 0n, cr2: 0n, error: 0x14n });
    const report = reportFault(outside, code, origin, 1, origin + 3n);
    expect(report).toMatchObject({ offset: undefined, calledFrom: 1, instruction: "call rax" });
    expect(report.reason).toBe("it jumped to 0x0, which is not executable memory");
    // A return address that no call precedes is none.
    expect(reportFault(outside, code, origin, 1, origin + 5n).calledFrom).toBeUndefined();
    expect(reportFault(outside, code, origin, 1).calledFrom).toBeUndefined();
  });

  it("takes int3 back by its byte, and sees code that ran past its end", () => {
    const at = (rip: bigint) => reportFault(fault("SIGTRAP", { trap: 3n, rip }), code, origin, 1);
    expect(at(origin + 1n)).toMatchObject({ offset: 0, reason: "a breakpoint" });
    expect(at(origin + 7n)).toMatchObject({ offset: undefined, reason: "it ran past its last byte; a ret is missing" });
  });
});
