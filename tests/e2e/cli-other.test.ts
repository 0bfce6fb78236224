/** The tour, explain, lesson, doctor and the set-up scripts, as started from a shell. */
import { describe, expect, it } from "vitest";
import { jitsmith, root, start } from "./command-line.ts";

const isSupported = process.platform === "linux" && process.arch === "x64";

describe.runIf(isSupported)("the tour", () => {
  it("compiles, compares every row with JavaScript, and says where to go next", async () => {
    const { status, stdout, stderr } = await start(process.execPath, ["scripts/start.mjs"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/42049 postal codes/);
    expect(stdout).toMatch(/on a map +\d+\.\d\d +\d+\.\d\d +\d+\.\d x +all 42049 rows equal to the last bit\n/);
    expect(stdout).toMatch(/on the globe +\d+\.\d\d +\d+\.\d\d +\d+\.\d x +all 42049 rows equal to 13 digits\n/);
    expect(stdout).not.toContain("DIFFERS");
    for (const next of ["eval", "explain", "calc", "lesson", "run", "doctor"])
      expect(stdout).toContain(`jitsmith ${next}`);
    expect(stdout.split("\n").length).toBeLessThan(60);
  });
});

describe.runIf(isSupported)("explain", () => {
  it("shows the stages as text and as JSON", async () => {
    const { status, stdout } = await jitsmith(["explain", "(x + 5) * 3"]);
    expect(status).toBe(0);
    expect(stdout).toContain("mulsd");
    const stages: unknown = JSON.parse((await jitsmith(["explain", "(x + 5) * 3", "--json"])).stdout);
    expect(Array.isArray(stages)).toBe(true);
  });

  it("points at what is wrong", async () => {
    const { status, stderr } = await jitsmith(["explain", "x +* 1"]);
    expect(status).toBe(65);
    expect(stderr).toMatch(/\n {2}x \+\* 1\n {2} +\^/);
  });
});

describe("disasm", () => {
  it("prints the instructions", async () => {
    expect(
      (await jitsmith(["disasm", "48 89 f8 eb fc c3", "--address", "0x1000"])).stdout.replace(/ {2,}/g, "  "),
    ).toBe("1000  48 89 f8  mov rax, rdi\n1003  eb fc  jmp 0x1001\n1005  c3  ret\n");
    const { stdout } = await jitsmith(["disasm", "-", "--json"], { stdin: "0x90" });
    expect(JSON.parse(stdout)).toEqual([{ offset: 0, bytes: "90", text: "nop" }]);
    expect((await jitsmith(["disasm", "90", "--address", "x"])).status).toBe(64);
  });
});

describe("lesson", () => {
  it("lists the five lessons", async () => {
    const { status, stdout } = await jitsmith(["lesson"]);
    expect(status).toBe(0);
    for (const name of ["calculator", "jiter", "baby-jit N", "minimal-jit", "rustyjit"])
      expect(stdout).toContain(`  ${name} `);
  });

  it.runIf(isSupported)("tells one, and takes a negative number", async () => {
    expect(await jitsmith(["lesson", "baby-jit", "-4", "--plain"])).toMatchObject({ status: 0, stdout: "-3 -2 -1\n" });
    expect((await jitsmith(["lesson", "baby-jit"])).status).toBe(64);
  });
});

describe.runIf(isSupported)("doctor", () => {
  it("reports facts and passes its self-test", async () => {
    const { status, stdout } = await jitsmith(["doctor"]);
    expect(status).toBe(0);
    for (const word of ["CPU features", "sse2", "memory", "koffi", "V8", process.version, "self-test", "passed"])
      expect(stdout).toContain(word);
  });

  it("reports as JSON, and what the environment hides or forces", async () => {
    const { stdout } = await jitsmith(["doctor", "--json"], {
      env: { JITSMITH_CPU: "sse4.1", JITSMITH_MEMORY: "flip" },
    });
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ node: process.version, selfTest: { passed: true } });
    expect(facts.memory).toMatch(/^flip/);
    expect(facts.cpuFeatures).not.toContain("avx2");
  });
});

describe("the set-up", () => {
  it("is quick and silent when there is nothing to do", async () => {
    const script =
      'const { setUp } = await import("./scripts/setup.mjs"); setUp(); const t = process.cpuUsage(); setUp(); console.log(process.cpuUsage(t).user / 1000);';
    const { status, stdout, stderr } = await start(process.execPath, ["--input-type=module", "-e", script], {
      cwd: root,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(Number(stdout)).toBeLessThan(100);
  });

  it("leaves stdout to the command", async () => {
    const { stdout, stderr } = await start(process.execPath, ["scripts/start.mjs", "--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(stderr).toBe("");
  });
});
