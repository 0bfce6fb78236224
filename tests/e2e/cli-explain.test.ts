/** `jitsmith explain` and `eval` of functions, as started from a shell; what is shown is checked against the library's data. */
import { describe, expect, it } from "vitest";
import { compile } from "../../node/index.ts";
import { verify } from "../../src/analysis/verify.ts";
import { passChanges, passNames, stagesAfter } from "../../src/engine/pass-history.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { parseFunctions } from "../../src/ir/parse.ts";
import { jitsmith, temporaryFolder } from "./command-line.ts";

const isSupported = process.platform === "linux" && process.arch === "x64";
const folder = temporaryFolder();

const sum = `// Adds and narrows.
function sum(xs, a, n) {
  let s = 0;
  for (let i = 0; i < n; i++) s = (s + xs[i] * (a * 1)) | 0;
  return s;
}
`;

describe.runIf(isSupported)("explain of a function", () => {
  const types = { xs: "Int32Array", a: "i32", n: "i32" } as const;
  const typeWords = Object.entries(types).flatMap(([name, type]) => ["--type", `${name}=${type}`]);

  it("from a file, with types: every stage, as data the same as the library's", async () => {
    const file = folder.write("sum.js", sum);
    const { status, stdout, stderr } = await jitsmith(["explain", "--file", file, ...typeWords, "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    using f = compile(sum.trimEnd(), { types });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(f.stages)));
    expect(f(Int32Array.of(1, 2, 3), 2, 3)).toBe(12);
  });

  it("--diff shows what came and what went; the stages hold it", async () => {
    const { status, stdout } = await jitsmith(["explain", "(a, b) => (a + b) * 1", "--diff", "--type", "a=i32"]);
    expect(status).toBe(0);
    const part = stdout.split("\n\n").find((text) => text.startsWith("== after simplification\n"));
    expect(part).toMatch(/^- {3}v\d+ = fmul v\d+, v\d+$/m);
    expect(part).not.toMatch(/^\+.*fmul/m);
    expect(stdout.split("\n").filter((line) => line.startsWith("=="))).toEqual(
      ["simplification", "dead-code"].map((pass) => `== after ${pass}`),
    );
  });

  it("--after shows IR that is valid and parses; --stage one stage; stdin is read", async () => {
    const text = "(x, y) => (x + y) * (x + y)";
    const after = await jitsmith(["explain", "-", "--after", "value-numbering"], { stdin: `${text}\n` });
    expect(after.status).toBe(0);
    const [fn] = parseFunctions(after.stdout);
    if (fn === undefined) throw new Error("no function");
    verify(fn);
    expect(after.stdout.match(/fadd/g)).toHaveLength(1);
    const stage = await jitsmith(["explain", text, "--stage", "ir"]);
    expect(stage.stdout.match(/fadd/g)).toHaveLength(2);
  });

  it.each([
    [["(x) => x", "--after", "value-numberin"], /no pass "value-numberin"; did you mean value-numbering\?/],
    [["(x) => x", "--stage", "ir", "--diff"], /take one/],
    [["(x) => x", "--type", "y=i32"], /types declares y, which is not a parameter/],
    [["(x) => x", "--file", "x.js"], /takes one text/],
  ])("refuses %j", async (words, message) => {
    const { status, stdout, stderr } = await jitsmith(["explain", ...words]);
    expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("eval takes functions", async () => {
    const loop = "(x) => { let s = 0; while (s < x) s += 3; return s; }";
    expect(await jitsmith(["eval", loop, "x=4"])).toMatchObject({ status: 0, stdout: "6\n" });
    expect((await jitsmith(["eval", loop, "y=4"])).stderr).toMatch(/does not use y/);
  });
});

describe.runIf(isSupported)("the history of passes", () => {
  const even = "(n) => (n === 0 ? 1 : odd(n - 1) * 1)";
  const odd = "(n) => (n === 0 ? 0 : even(n - 1) * 1)";
  using f = compile("function root(n) { return even(n) * 1 + 2 * 3; }", { functions: { even, odd } });
  const { stages } = f;

  it("knows every function, and each pass's changes lead from one stage to the next", () => {
    const functions = new Set(stages.flatMap(({ function: name }) => name ?? []));
    expect(functions).toEqual(new Set(["root", "even", "odd"]));
    const changes = passChanges(stages);
    for (const name of functions) {
      let text = stages.find((stage) => stage.function === name && stage.pass === undefined)?.text;
      for (const { lines, pass } of changes.filter((change) => change.function === name)) {
        const side = (sign: string) => lines.flatMap((line) => (line.sign === sign ? [] : [line.text])).join("\n");
        expect(side("+"), `before ${pass} in ${name}`).toBe(text);
        text = side("-");
      }
      expect(text).toBe(stagesAfter(stages, passNames.at(-1) ?? "").find((stage) => stage.function === name)?.text);
    }
  });

  it("has one state of each function after each pass, changed or not", () => {
    for (const pass of passNames) expect(stagesAfter(stages, pass)).toHaveLength(3);
  });

  it("has IR that computes what the function does, after every pass", () => {
    using g = compile("(x, y) => (x + y) * (x + y) - (x > 3 ? y * 1 : 2 * 3)");
    for (const pass of passNames) {
      const [fn] = parseFunctions(stagesAfter(g.stages, pass)[0]?.text ?? "");
      if (fn === undefined) throw new Error("no function");
      for (const [x, y] of [
        [1, 2],
        [4, 0.5],
      ] as const)
        expect(interpret(fn, [x, y]), pass).toBe((x + y) * (x + y) - (x > 3 ? y : 6));
    }
  });
});
