import { describe, expect, it } from "vitest";
import { jitsmith, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();

describe("calc", () => {
  it("prints the article's sentence and its 36 bytes", async () => {
    const { status, stdout, stderr } = await jitsmith(["calc", "+ + * - /", "--bytes"]);
    expect(stdout).toBe(
      [
        'The program "+ + * - /" calculates the value 1',
        "36 bytes of machine code:",
        "48 c7 c0 00 00 00 00 48 83 c0 01 48 83 c0 01 48",
        "c1 e0 01 48 83 e8 01 48 c7 c1 02 00 00 00 48 99",
        "48 f7 f9 c3",
        "",
      ].join("\n"),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.each([
    [["- -"], "", 'The program "- -" calculates the value -2\n'],
    [["--*"], "", 'The program "--*" calculates the value -4\n'],
    [["*+", "--input", "-5"], "", 'The program "*+" calculates the value -9 from the input -5\n'],
    [["*+", "--optimize", "--input", "-5"], "", 'The program "*+" calculates the value -9 from the input -5\n'],
    [["-"], "+ +\n", 'The program "+ +" calculates the value 2\n'],
    [["--file", "-"], "+ + +", "The program in - calculates the value 3\n"],
  ])("%j", async (words, stdin, stdout) => {
    expect(await jitsmith(["calc", ...words], { stdin })).toMatchObject({ status: 0, stdout, stderr: "" });
  });

  it("prints JSON, 64-bit numbers as text", async () => {
    const { stdout } = await jitsmith(["calc", "+*", "--bytes", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      value: "2",
      optimized: false,
      bytes: expect.stringMatching(/^48c7c0.*c3$/),
    });
  });

  it("compiles a file of a million operations", async () => {
    const file = folder.write("million.calc", "+".repeat(1_000_000));
    const { status, stdout, stderr } = await jitsmith(["calc", "--file", file]);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `The program in ${file} calculates the value 1000000\n`,
      stderr: "",
    });
  });

  it("says where a foreign character stands under --strict", async () => {
    const { status, stderr } = await jitsmith(["calc", "+\n+x", "--strict"]);
    expect(status).toBe(65);
    expect(stderr).toContain(":2:2:");
    expect((await jitsmith(["calc", "--file", "/nowhere"])).status).toBe(65);
  });
});
