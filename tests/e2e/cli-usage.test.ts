import { describe, expect, it } from "vitest";
import { jitsmith, start } from "./command-line.ts";

const commands = ["eval", "explain", "calc", "run", "asm", "disasm", "lesson", "bench", "doctor"];

describe("help and version", () => {
  it("of the command line name every command and every exit status", async () => {
    const { status, stdout, stderr } = await jitsmith(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const name of commands) expect(stdout).toContain(`\n  ${name} `);
    for (const code of ["64", "65", "70", "71"]) expect(stdout).toContain(code);
  });

  it("exist for every command", async () => {
    const version = await jitsmith(["--version"]);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const pages = await Promise.all(commands.map((name) => jitsmith([name, "--help"])));
    pages.forEach(({ status, stdout, stderr }, i) => {
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain(`Usage: jitsmith ${commands[i]}`);
    });
    expect((await jitsmith(["eval", "--version"])).stdout).toBe(version.stdout);
    expect((await jitsmith(["help", "eval"])).stdout).toBe(pages[0]?.stdout);
  });
});

describe("a wrong command line", () => {
  it.each([
    [["evla", "1"], 'no command "evla"; did you mean eval?'],
    [["xyzzy"], 'no command "xyzzy"'],
    [["help", "evla"], 'no command "evla"; did you mean eval?'],
    [["evla", "--help"], 'no command "evla"; did you mean eval?'],
    [["eval", "x", "--outputt", "f"], "--output"],
    [["eval"], "missing required argument"],
    [["doctor", "now"], "too many arguments"],
    [["calc"], "calc takes one program"],
    [["calc", "+", "--file", "f"], "calc takes one program"],
    [["calc", "+", "--input", "x"], "--input x: expected a whole number"],
    [["calc", "+", "--input", "9223372036854775808"], "expected a number of 64 bits"],
    [["lesson", "jitter"], "did you mean jiter?"],
    [["run", "c3", "--timeout", "0"], "--timeout 0"],
    [["run", "c3", "5"], "i64() takes 0 arguments; 1 came"],
    [["run", "c3", "--signature", "i32(i32)", "4294967296"], "does not fit i32"],
    [["run", "c3", "--signature", "i32(i32)", "1.5"], "not a whole number"],
  ])("%j", async (words, message) => {
    const { status, stdout, stderr } = await jitsmith(words);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
  });
});

describe("colour", () => {
  it("is not there in a pipe", async () => {
    const { stdout, stderr } = await jitsmith(["run", "0f 0b"], { env: { FORCE_COLOR: "1" } });
    expect(stdout + stderr).not.toContain("\x1b[");
  });
});

describe("a closed pipe", () => {
  it("ends the command quietly", async () => {
    const { stdout, stderr } = await start("sh", ["-c", `"$0" bin/jitsmith lesson jiter | head -1`, process.execPath]);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("");
  });
});
