/** `run`: raw bytes in a child process. Every way to go wrong is a report with its place, and never the end of ours. */
import { describe, expect, it } from "vitest";
import { jitsmith, jitsmithInTurn } from "./command-line.ts";

const isSupported = process.platform === "linux" && process.arch === "x64";

const returning: readonly [words: string[], stdout: string][] = [
  [["b8 2a 00 00 00 c3"], "42\n"],
  [["48 89 f8 48 83 c0 04 c3", "--signature", "i64(i64)", "4"], "8\n"],
  [
    ["0x48,0x89,0xf8,0x48,0x83,0xc0,0x04,0xc3", "--signature", "i64(i64)", "-9223372036854775808"],
    "-9223372036854775804\n",
  ],
  [["89 f8 01 f0 c3", "--signature", "i32(i32, i32)", "2147483647", "1"], "-2147483648\n"],
  [["f2 0f 58 c1 c3", "--signature", "f64(f64, f64)", "0.1", "-1e300"], "-1e+300\n"],
  [["f3 0f 58 c0 c3", "--signature", "f32(f32)", "-0"], "-0\n"],
  [["c3", "--signature", "void()"], ""],
  // Every callee-saved register and the direction flag destroyed: ours to restore.
  [["31 db 31 ed 45 31 e4 45 31 ed 45 31 f6 45 31 ff fd b8 07 00 00 00 c3"], "7\n"],
];

const faulting: readonly [name: string, hex: string, message: string][] = [
  ["ud2", "48 89 f8 0f 0b c3", "SIGILL at byte 3, ud2"],
  ["load from address 0", "48 31 c0 48 8b 00 c3", "SIGSEGV at byte 3, mov rax, qword ptr [rax]: it read address 0x0"],
  ["store to address 16", "31 c0 48 89 40 10 c3", "it wrote to address 0x10, which is not mapped"],
  ["division by zero", "48 31 c9 48 99 48 f7 f9 c3", "SIGFPE at byte 5, idiv rcx: integer division by zero"],
  ["int3", "90 cc c3", "SIGTRAP at byte 1, int3: a breakpoint"],
  ["endless push", "50 eb fd", "SIGSEGV at byte 0, push rax: it wrote to address"],
  ["hlt", "90 f4 c3", "SIGSEGV at byte 1"],
  ["jump to nowhere", "31 c0 ff e0", "SIGSEGV: it jumped to 0x0, which is not executable memory"],
  ["call of nowhere", "90 31 c0 ff d0 c3", "SIGSEGV, called from byte 3, call rax: it jumped to 0x0"],
  ["jump to an address that is none", "48 b8 00 00 00 00 00 00 00 80 ff e0", "SIGSEGV at byte 10, jmp rax"],
  ["no ret", "90", "it ran past its last byte; a ret is missing"],
  ["a stack pointer of zero", "31 e4 c3", "SIGSEGV at byte 2, ret: it read address 0x0"],
  ["an unaligned movaps", "0f 28 44 24 01 c3", "SIGSEGV at byte 0, movaps"],
];

const inTurn = jitsmithInTurn([
  ...returning.map(([words]) => ["run", ...words]),
  ...faulting.map(([, hex]) => ["run", hex]),
]);

describe.runIf(isSupported)("run: code that returns", () => {
  it.each(returning)("%j", async (words, stdout) => {
    expect(await inTurn(["run", ...words])).toMatchObject({ status: 0, stdout, stderr: "" });
  });

  it("reads the bytes from stdin and prints JSON", async () => {
    const { stdout } = await jitsmith(["run", "-", "--json"], { stdin: "\\xb8\\x2a\\x00\\x00\\x00\\xc3\n" });
    expect(JSON.parse(stdout)).toEqual({ outcome: "returned", value: "42" });
  });
});

describe.runIf(isSupported)("run: code that faults is reported with signal, byte and instruction", () => {
  it.each(faulting)("%s", async (_name, hex, message) => {
    const { status, stdout, stderr } = await inTurn(["run", hex]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^ {2}rax 0x[0-9a-f]+/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, stdout }).toEqual({ status: 65, stdout: "" });
  });

  it("an endless loop, after the time limit", async () => {
    const started = performance.now();
    const { status, stderr } = await jitsmith(["run", "90 eb fe", "--timeout", "0.3"]);
    expect(stderr).toContain("SIGALRM at byte 1, jmp");
    expect(stderr).toContain("it did not end within 0.3 s");
    expect(status).toBe(65);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("code that ends its process, and code that kills it", async () => {
    const exits = await jitsmith(["run", "b8 e7 00 00 00 bf 07 00 00 00 0f 05"]); // exit_group(7)
    expect(exits).toMatchObject({ status: 65, stdout: "" });
    expect(exits.stderr).toContain("the code ended its process with status 7");
    // getpid(), then kill(pid, SIGKILL)
    const kills = await jitsmith([
      "run",
      "b8 27 00 00 00 0f 05 89 c7 be 09 00 00 00 b8 3e 00 00 00 0f 05 c3",
      "--json",
    ]);
    expect(kills.status).toBe(65);
    expect(JSON.parse(kills.stdout)).toEqual({ outcome: "died", signal: "SIGKILL", status: null, timeout: false });
  });

  it("as JSON with the registers", async () => {
    const { status, stdout } = await jitsmith(["run", "b8 2a 00 00 00 0f 0b", "--json"]);
    expect(status).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "fault",
      signal: "SIGILL",
      offset: 5,
      instruction: "ud2",
      registers: { rax: "0x2a", rbx: "0x0" },
    });
  });

  it("bytes that are none", async () => {
    const { status, stderr } = await jitsmith(["run", "48 zz"]);
    expect(stderr).toContain('"zz" is not a byte in hexadecimal');
    expect(status).toBe(65);
  });
});
