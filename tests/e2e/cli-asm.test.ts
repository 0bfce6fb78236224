/** `asm` and `disasm` as a shell starts them: arguments, files, stdin, output, and what is wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jitsmith, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();

describe("asm", () => {
  it.each([
    [["asm", "mov rax, rdi", "add rax, 4", "ret"], "48 89 f8 48 83 c0 04 c3\n"],
    [["asm", "mov rax, rdi\\nret ; the end"], "48 89 f8 c3\n"],
    [["asm", "mov rax, rdi\nret"], "48 89 f8 c3\n"],
    [["asm", 'db "a\\nb"'], "61 5c 6e 62\n"],
    [["asm", "jmp 0x1000", "--address", "0x1000"], "eb fe\n"],
    [["asm", "jmp 0x2"], "eb 00\n"],
  ])("%j", async (words, stdout) => {
    expect(await jitsmith(words)).toMatchObject({ status: 0, stdout, stderr: "" });
  });

  it("reads files and stdin", async () => {
    const file = folder.write("code.s", "start: dec rcx\r\n  jnz start\r\n  ret\r\n");
    expect((await jitsmith(["asm", "--file", file])).stdout).toBe("48 ff c9 75 fb c3\n");
    expect((await jitsmith(["asm", "-"], { stdin: "ret\n" })).stdout).toBe("c3\n");
    expect((await jitsmith(["asm", "--file", "-"], { stdin: "ret" })).stdout).toBe("c3\n");
  });

  it("lists and prints rows", async () => {
    const text = ["start: mov rax, 0x123456789abcdef0", "jmp start"];
    expect((await jitsmith(["asm", ...text, "--listing", "--address", "0x401000"])).stdout).toBe(
      [
        "401000                           start:",
        "401000  48 b8 f0 de bc 9a 78 56    mov rax, 0x123456789abcdef0",
        "401008  34 12",
        "40100a  eb f4                      jmp start\n",
      ].join("\n"),
    );
    const { stdout } = await jitsmith(["asm", ...text, "--json"]);
    expect(JSON.parse(stdout)).toEqual([
      { text: "mov rax, 0x123456789abcdef0", offset: 0, bytes: "48b8f0debc9a78563412" },
      { text: "jmp start", offset: 10, bytes: "ebf4" },
    ]);
  });

  it("writes bytes, and over nothing unless told to", async () => {
    const output = join(folder.path, "code.bin");
    expect(await jitsmith(["asm", "ret", "--output", output])).toMatchObject({ status: 0, stdout: "" });
    expect([...readFileSync(output)]).toEqual([0xc3]);
    expect((await jitsmith(["asm", "nop", "--output", output])).stderr).toContain("--force overwrites it");
    expect((await jitsmith(["asm", "nop", "--output", output, "--force"])).status).toBe(0);
    expect([...readFileSync(output)]).toEqual([0x90]);
    expect((await jitsmith(["disasm", "--file", output, "--raw"])).stdout).toMatch(/^0000 {2}90 +nop\n$/);
  });

  it.each([
    [["asm"], 64, "asm takes assembly text"],
    [["asm", "ret", "--file", "x"], 64, "asm takes assembly text"],
    [["asm", "ret", "--json", "--listing"], 64, "take one"],
    [["asm", "ret", "--address", "0x1ffffffffffffffff"], 64, "--address"],
    [["asm", ""], 65, "empty-text"],
    [["asm", "--file", "/nowhere/code.s"], 65, "/nowhere/code.s"],
    [["asm", "mov rax, rdq", "mvo rax, 1"], 65, "did you mean mov?"],
    [["asm", "ret", "--output", "/"], 64, "is a folder"],
  ])("%j ends with %i", async (words, status, message) => {
    const ending = await jitsmith(words);
    expect(ending.status).toBe(status);
    expect(ending.stderr).toContain(message);
    expect(ending.stdout).toBe("");
  });
});

describe("disasm", () => {
  it("reads hex and bytes from files and stdin", async () => {
    const hex = folder.write("code.hex", "48 89 f8\nc3\n");
    const expected =
      "0000  48 89 f8                          mov rax, rdi\n0003  c3                                ret\n";
    expect((await jitsmith(["disasm", "--file", hex])).stdout).toBe(expected);
    expect((await jitsmith(["disasm", "-", "--raw"], { stdin: "\x48\x31\x40\x20" })).stdout).toMatch(
      /xor qword ptr \[rax \+ 32\], rax/,
    );
    expect((await jitsmith(["disasm", "c3", "--raw"])).status).toBe(64);
    expect((await jitsmith(["disasm"])).status).toBe(64);
  });

  it("takes back what asm prints", async () => {
    const { stdout } = await jitsmith(["asm", "vfmadd231pd ymm1, ymm2, ymmword ptr [rax + 8*rcx - 32]", "call 0x1000"]);
    const texts = (await jitsmith(["disasm", "-", "--json"], { stdin: stdout })).stdout;
    expect(JSON.parse(texts).map(({ text }: { text: string }) => text)).toEqual([
      "vfmadd231pd ymm1, ymm2, ymmword ptr [rax + 8*rcx - 32]",
      "call 0x1000",
    ]);
  });

  it("shows the anatomy", async () => {
    const { stdout } = await jitsmith(["disasm", "48 89 f8", "--anatomy"]);
    expect(stdout.split("\n").map((line) => line.trim().replace(/ {2,}/g, "  "))).toEqual([
      "0000  48 89 f8  mov rax, rdi",
      "48  0100....  REX  4  the prefix itself",
      "....1...  REX.W  1  operands of 64 bits",
      ".....0..  REX.R  0  ModRM.reg as it is",
      "......0.  REX.X  0  SIB.index as it is",
      ".......0  REX.B  0  ModRM.rm as it is",
      "89  10001001  opcode  0x89  mov rm64, r64",
      "f8  11......  ModRM.mod  3  a register",
      "..111...  ModRM.reg  7  rdi",
      ".....000  ModRM.rm  0  rax",
      "",
    ]);
    const [row] = JSON.parse((await jitsmith(["disasm", "eb fe", "--anatomy", "--json"])).stdout);
    expect(row.fields.map(({ name }: { name: string }) => name)).toEqual(["opcode", "rel8"]);
  });
});
