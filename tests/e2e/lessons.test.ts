/** The five systems as their readers meet them: each example as a program, each lesson, by output, bytes and exit status. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { adder } from "../../node/lessons/baby-jit.ts";
import { lessons } from "../../node/lessons/lessons.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function node(args: readonly string[], environment: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...environment },
    timeout: 30_000,
  });
}

const example = (name: string, ...args: readonly string[]): SpawnSyncReturns<string> =>
  node([`examples/${name}.mjs`, ...args]);

/** Runs a lesson as the command line does, in a process of its own. */
function lesson(name: string, args: readonly string[], before: readonly string[] = [], environment = {}) {
  const script = `
    const { lessons } = await import("./dist/node/lessons/lessons.js");
    const lesson = lessons.find((one) => one.name === ${JSON.stringify(name)});
    try {
      process.exitCode = await lesson.run(${JSON.stringify(args)}, process.stdout);
    } catch (error) {
      console.error(error.code === "MEMORY" ? error.message : error);
      process.exitCode = error.code === "MEMORY" ? 71 : 70;
    }`;
  return node([...before, "--input-type=module", "--eval", script], environment);
}

const linesOf = (result: SpawnSyncReturns<string>): string[] => result.stdout.trimEnd().split("\n");

beforeAll(() => {
  if (!existsSync(`${root}/dist/node/lessons/lessons.js`)) throw new Error("build first: npm run build");
});

test("the lessons are the five systems, each with a title and its article", () => {
  expect(lessons.map(({ name }) => name).sort()).toStrictEqual(
    ["baby-jit", "calculator", "jiter", "minimal-jit", "rustyjit"].sort(),
  );
  for (const { title, article } of lessons) expect([title, article]).not.toContain("");
});

describe("baby-jit", () => {
  const cases = [
    ["1", "2 3 4"],
    ["2", "3 4 5"],
    ["-4", "-3 -2 -1"],
    ["2147483647", "-2147483648 -2147483647 -2147483646"],
    ["-2147483648", "-2147483647 -2147483646 -2147483645"],
  ] as const;

  test.each(cases)("%s prints %s", (term, line) => {
    const result = example("baby-jit", term);
    expect(result.stdout).toBe(`${line}\n`);
    expect(result.stderr).toBe("");
    expect(result.status).toBe(0);
  });

  test.each(cases)("the lesson of %s prints %s on a line of its own", (term, line) => {
    const told = lesson("baby-jit", [term]);
    expect(linesOf(told)).toContain(line);
    expect(told.status).toBe(0);
    expect(lesson("baby-jit", [term, "--plain"]).stdout).toBe(`${line}\n`);
  });

  test("the eleven bytes hold N little endian", () => {
    const hex = (term: number): string => Buffer.from(adder(term)).toString("hex");
    expect(hex(0)).toBe("48c7c0000000004801f8c3");
    expect(hex(1)).toBe("48c7c0010000004801f8c3");
    expect(hex(-4)).toBe("48c7c0fcffffff4801f8c3");
    expect(hex(0x12345678)).toBe("48c7c0785634124801f8c3");
    expect(lesson("baby-jit", ["-4"]).stdout).toContain("48 c7 c0 fc ff ff ff");
  });

  test.each([[[]], [["x"]], [["4x"]], [["1.5"]], [["2147483648"]], [["1", "2"]], [[""]]])("%j ends with 64", (args) => {
    for (const result of [example("baby-jit", ...args), lesson("baby-jit", args)]) {
      expect(result.status).toBe(64);
      expect(result.stdout).toBe("");
      expect(result.stderr).toMatch(/whole number/);
    }
  });

  test("the command line passes number and exit status on", () => {
    const told = node(["bin/jitsmith", "lesson", "baby-jit", "-4"]);
    expect(linesOf(told)).toContain("-3 -2 -1");
    expect(told.status).toBe(0);
    expect(node(["bin/jitsmith", "lesson", "baby-jit"]).status).toBe(64);
  });

  // The kernel really refuses, by a filter on system calls. V8 needs executable memory as well, hence --jitless.
  describe.each([
    ["mmap", /mmap of 4096 bytes refused: ENOMEM/],
    ["mprotect", /mprotect of 4096 bytes .* refused: EACCES/],
  ])("a refused %s", (call, message) => {
    const before = ["--jitless", "--import", "./tests/e2e/refuse-memory.mjs"];
    const environment = { JITSMITH_TEST_REFUSE: call };

    test("ends the example and the lesson with 71 and the reason", ({ skip }) => {
      const program = node([...before, "examples/baby-jit.mjs", "1"], environment);
      if (program.status === 99) skip("this kernel does not let a process filter its system calls");
      const command = node([...before, "bin/jitsmith", "lesson", "baby-jit", "1"], environment);
      for (const result of [program, command, lesson("baby-jit", ["1"], before, environment)]) {
        expect(result.stderr).toMatch(message);
        expect(result.status).toBe(71);
        expect(result.stdout).not.toContain("2 3 4");
      }
    });
  });
});

describe("rustyjit", () => {
  test("prints 0x30", () => {
    const result = example("rustyjit");
    expect([result.stdout, result.stderr, result.status]).toStrictEqual(["0x30\n", "", 0]);
  });

  test("the lesson shows the filling as the code's only ret", () => {
    const result = lesson("rustyjit", []);
    expect(linesOf(result)).toContain("0x30");
    expect(result.stdout).toMatch(/00 {2}48 c7 c0 30 00 00 00 +mov +rax, (48|0x30)/);
    expect(result.stdout).toMatch(/07 {2}c3 +ret/);
    expect(result.status).toBe(0);
    expect(lesson("rustyjit", ["--plain"]).stdout).toBe("0x30\n");
  });
});

describe("jiter", () => {
  test("adds four, by bytes and by the builder", () => {
    const result = example("jiter");
    expect([result.stdout, result.stderr, result.status]).toStrictEqual(["Add(4): 8\nAdd(4): 8\n", "", 0]);
  });

  test("the lesson shows the bytes, the check of the copy, the protection, the release and the builder", () => {
    const result = lesson("jiter", []);
    expect(linesOf(result)).toContain("Add(4): 8");
    expect(result.stdout).toContain("read   48 89 f8 48 83 c0 04 c3\n");
    expect(result.stdout).toContain("8 of 8 bytes are equal");
    expect(result.stdout).toContain("MemoryError: write: this region of 4096 bytes was sealed");
    expect(result.stdout).toContain("was disposed");
    for (const wish of ["emit_mov", "emit_add", "emit_ret", "getFunction"]) expect(result.stdout).toContain(wish);
    expect(result.status).toBe(0);
    expect(lesson("jiter", ["--plain"]).stdout).toBe("Add(4): 8\n");
  });
});

describe("minimal-jit", () => {
  const lines = ["f() = 42", "f(4) = 27", "f(10) = 45"];

  test("prints its three values", () => {
    const result = example("minimal-jit");
    expect([result.stdout, result.stderr, result.status]).toStrictEqual([`${lines.join("\n")}\n`, "", 0]);
  });

  test("the lesson shows the emitted bytes of each phase and the compiler's code beside them", () => {
    const result = lesson("minimal-jit", []);
    expect(result.stderr).toBe("");
    for (const line of lines) expect(linesOf(result)).toContain(line);
    expect(result.stdout).toMatch(/b8 2a 00 00 00 +mov +eax, (42|0x2a)/); // return 42
    expect(result.stdout).toMatch(/89 f8 +mov +eax, edi[^\n]*\n +02 {2}83 c0 01 +add +eax, 1/); // inc
    expect(result.stdout).toMatch(/0f af c6 +imul +eax, esi/); // times_n
    expect(result.stdout).toContain("times_n(6, 7) is 42");
    expect(result.stdout).toContain("inc(41) is 42");
    // The tree walk, as one line and as a listing with 64-bit pushes.
    expect(result.stdout).toContain("89 f8 50 b8 05 00 00 00 59 01 c8 50 b8 03 00 00 00 59 0f af c1 c3\n");
    expect(result.stdout).toMatch(/50 +push +rax/);
    expect(result.stdout).toMatch(/59 +pop +rcx/);
    expect(result.stdout).toMatch(/tree walk +compiler\n/);
    expect(result.stdout).toContain("It agrees: f(4) is 27, f(10) is 45");
    expect(result.status).toBe(0);
    expect(lesson("minimal-jit", ["--plain"]).stdout).toBe(`${lines.join("\n")}\n`);
  });
});

describe("calculator", () => {
  const sentence = 'The program "+ + * - /" calculates the value 1';
  const bytes =
    "48 c7 c0 00 00 00 00 48 83 c0 01 48 83 c0 01 48 c1 e0 01 48 83 e8 01 48 c7 c1 02 00 00 00 48 99 48 f7 f9 c3";

  test("prints the 36 bytes and the sentence", () => {
    const result = example("calculator");
    expect([result.stdout, result.stderr, result.status]).toStrictEqual([`${bytes}\n${sentence}\n`, "", 0]);
    expect(bytes.split(" ")).toHaveLength(36);
  });

  test("takes another program", () => {
    expect(linesOf(example("calculator", "+**-"))[1]).toBe('The program "+**-" calculates the value 3');
  });

  test("the first try dies of SIGSEGV", () => {
    const result = example("calculator-first-try");
    expect(result.signal).toBe("SIGSEGV");
    expect(result.stdout).toBe("");
  });

  test("the lesson tells why, and then does it right", () => {
    const result = lesson("calculator", []);
    expect(result.stderr).toBe("");
    expect(result.stdout).toMatch(/the array is at [0-9a-f]+\n +in [0-9a-f]+-[0-9a-f]+ {2}rw-p\n/);
    expect(result.stdout).not.toContain("it returned");
    const lines = linesOf(result);
    expect(lines).toContain("The first try died of SIGSEGV.");
    expect(lines).toContain("run(b8 2a 00 00 00 c3) is 42");
    expect(lines).toContain(sentence);
    // The listing's bytes are the 36, in order.
    const listed = lines.flatMap((line) => /^ {4}[0-9a-f]{2} {2}((?:[0-9a-f]{2} )+) /.exec(line)?.[1]?.trim() ?? []);
    expect(listed.join(" ")).toContain(bytes);
    expect(result.status).toBe(0);
    expect(lesson("calculator", ["--plain"]).stdout).toBe(
      `The first try died of SIGSEGV.\nrun(b8 2a 00 00 00 c3) is 42\n${sentence}\n`,
    );
  });
});
