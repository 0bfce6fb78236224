import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { command, jitsmith, jitsmithInTurn, start, temporaryFolder } from "./command-line.ts";

const isSupported = process.platform === "linux" && process.arch === "x64";
const folder = temporaryFolder();
const orders = folder.write(
  "orders.csv",
  'id,price,qty,unit cost\r\n1,2.5,4,1\r\n"2, or so",1e3,0,2\r\n3,0.1,3,-0\r\n',
);
const hole = folder.write("hole.csv", "a,b\n1,2\n3,\n");

const values: readonly [words: string[], stdout: string][] = [
  [["(x + 5) * 3", "x=4"], "27\n"],
  [["x", "x=-4"], "-4\n"],
  [["-x", "x=0"], "-0\n"],
  [["-x + 1", "x=-4"], "5\n"],
  [["x / y", "x=1", "y=3"], "0.3333333333333333\n"],
  [["x / y", "x=0", "y=0"], "NaN\n"],
  [["x > 3 && x < 5", "x=4"], "true\n"],
  [["1 / x", "x=0x10"], "0.0625\n"],
  [["a / b", "a=-7", "b=2", "--type", "a=i32", "--type", "b=i32"], "-3\n"],
  [["2 + 3"], "5\n"],
  [["x * 1e300 * 1e300", "x=1", "--json"], '{\n  "value": "Infinity"\n}\n'],
  [["x + 1", "x=1", "--json"], '{\n  "value": 2\n}\n'],
];

const faults: readonly [words: string[], status: number, message: string][] = [
  [["x +* 1", "x=1"], 65, "expression:1:4"],
  [["sine(x)", "x=1"], 65, "sine"],
  [["x + y", "x=1"], 64, "the expression uses y; give it a value, such as y=4"],
  [["price", "prise=1"], 64, "did you mean price?"],
  [["x", "x=one"], 64, '"one" is not a number'],
  [["x", "x="], 64, "is not a number"],
  [["x", "x=1", "x=2"], 64, "x has a value already"],
  [["x", "1x=1"], 64, "expected name=number"],
  [["x", "x=1", "--type", "y=i32"], 64, "the expression does not use y"],
  [["x", "x=1", "--force"], 64, "--force goes with --input"],
];

const fileFaults: readonly [words: string[], status: number, message: string][] = [
  [["a * b", "--input", hole], 65, ':3:3: the cell of column "b" is missing; --missing nan'],
  [["a * c", "--input", hole], 65, "c is not a column of"],
  [["a", "--input", hole, "--name", "b"], 65, 'has a column "b" already'],
  [["a", "a=1", "--input", hole], 64, "has a column a too"],
  [["a", "--input", hole, "--output", hole, "--force"], 64, "is the input too"],
  [["a", "--input", hole, "--delimiter", ";;"], 64, "expected one character"],
  [["a", "--input", hole, "--missing", "zero"], 64, "expected nan"],
  [["a", "--input", join(folder.path, "none.csv")], 65, "no such file"],
  [["a", "--input", folder.path], 65, "is a folder; expected a file"],
  [["-", "--input", "-"], 64, "cannot both come from stdin"],
  [["a", "--input", hole, "--output", join(folder.path, "no", "folder.csv")], 65, "no such file"],
];

const inTurn = jitsmithInTurn([...values, ...faults, ...fileFaults].map(([words]) => ["eval", ...words]));

describe.runIf(isSupported)("eval: one value", () => {
  it.each(values)("%j", async (words, stdout) => {
    expect(await inTurn(["eval", ...words])).toEqual({ status: 0, signal: null, stdout, stderr: "" });
  });

  it("reads the expression from stdin", async () => {
    expect((await jitsmith(["eval", "-", "x=2"], { stdin: "x *\n  3\n" })).stdout).toBe("6\n");
  });

  it.each(faults)("%j ends with %d", async (words, status, message) => {
    const ending = await inTurn(["eval", ...words]);
    expect(ending.stderr).toContain(message);
    expect(ending.stderr).not.toMatch(/^\s+at /m);
    expect(ending).toMatchObject({ status, stdout: "" });
  });

  it("an i32 division by zero is a sentence", async () => {
    const { status, stderr } = await jitsmith(["eval", "a / b", "a=1", "b=0", "--type", "a=i32", "--type", "b=i32"]);
    expect(status).toBe(65);
    expect(stderr).toContain("divi");
  });
});

describe.runIf(isSupported)("eval: a column over a CSV file", () => {
  it("adds it and leaves every other byte alone", async () => {
    const output = join(folder.path, "revenue.csv");
    const words = [
      "eval",
      "price * qty * (1 - d)",
      "d=0.5",
      "--input",
      orders,
      "--output",
      output,
      "--name",
      "revenue",
    ];
    const { status, stdout, stderr } = await jitsmith(words);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toContain("3 rows");
    expect(readFileSync(output, "utf8")).toBe(
      'id,price,qty,unit cost,revenue\r\n1,2.5,4,1,5\r\n"2, or so",1e3,0,2,0\r\n3,0.1,3,-0,0.15000000000000002\r\n',
    );
    expect((await jitsmith(words)).stderr).toContain("exists already; --force overwrites it");
    expect((await jitsmith(words)).status).toBe(64);
    expect((await jitsmith([...words, "--force"])).status).toBe(0);
  });

  it("goes through pipes, with names for odd headers, booleans as 1 and 0", async () => {
    const stdin = readFileSync(orders, "utf8");
    const words = ["eval", "cost > 0", "--column", "cost=unit cost", "--input", "-", "--name", "paid"];
    expect(await jitsmith(words, { stdin })).toMatchObject({
      status: 0,
      stdout: 'id,price,qty,unit cost,paid\r\n1,2.5,4,1,1\r\n"2, or so",1e3,0,2,1\r\n3,0.1,3,-0,0\r\n',
      stderr: "",
    });
    const tabs = await jitsmith(["eval", "-a", "--input", "-", "--delimiter", "tab"], { stdin: "a\tb\n0\t1\n" });
    expect(tabs.stdout).toBe("a\tb\tresult\n0\t1\t-0\n");
    const integers = await jitsmith(["eval", "a / b", "--type", "a=i32", "--type", "b=i32", "--input", "-"], {
      stdin: "a,b\n7,2\n-7,2\n",
    });
    expect(integers.stdout).toBe("a,b,result\n7,2,3\n-7,2,-3\n");
    const constant = await jitsmith(["eval", "1 + d", "d=1", "--input", "-"], { stdin: "a\n5\n6\n" });
    expect(constant.stdout).toBe("a,result\n5,2\n6,2\n");
  });

  it.each(fileFaults)("%j ends with %d", async (words, status, message) => {
    const ending = await inTurn(["eval", ...words]);
    expect(ending.stderr).toContain(message);
    expect(ending.stderr).not.toMatch(/^\s+at /m);
    expect(ending.status).toBe(status);
  });

  it("points at an unknown column", async () => {
    const { stderr } = await jitsmith(["eval", "prize * 2", "--input", orders]);
    expect(stderr).toContain("  prize * 2\n  ^~~~~\n  hint: did you mean price?");
  });

  it("reads missing cells as NaN on demand", async () => {
    expect((await jitsmith(["eval", "a * b", "--input", hole, "--missing", "nan"])).stdout).toBe(
      "a,b,result\n1,2,2\n3,,NaN\n",
    );
  });

  it("leaves nothing behind when it fails", async () => {
    const before = readdirSync(folder.path);
    const words = ["eval", "a * b", "--input", hole, "--output", join(folder.path, "failed.csv")];
    expect((await jitsmith(words)).status).toBe(65);
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const before = readdirSync(folder.path);
    const output = join(folder.path, "interrupted.csv");
    const child = spawn(process.execPath, [command, "eval", "a", "--input", "-", "--output", output]);
    child.stdin.on("error", () => {}); // it may end before it has read all
    child.stdin.write(`a\n${"1\n".repeat(100_000)}`);
    const started = performance.now();
    while (readdirSync(folder.path).length === before.length && performance.now() - started < 20_000)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readdirSync(folder.path)).toContain(`.interrupted.csv.${child.pid}.part`);
    const ended = new Promise((resolve) => child.on("close", (_status, signal) => resolve(signal)));
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it("overwrites the file behind a link, and writes into a device", async () => {
    const real = folder.write("real.csv", "old");
    const link = join(folder.path, "link.csv");
    symlinkSync(real, link);
    await jitsmith(["eval", "a", "--input", "-", "--output", link, "--force"], { stdin: "a\n1\n" });
    expect(readFileSync(real, "utf8")).toBe("a,result\n1,1\n");
    expect((await jitsmith(["eval", "a", "--input", "-", "--output", "/dev/null"], { stdin: "a\n1\n" })).status).toBe(
      0,
    );
    expect(existsSync("/dev/null")).toBe(true);
  });

  it("ends quietly when its reader does", async () => {
    writeFileSync(join(folder.path, "long.csv"), `a\n${"1\n".repeat(200_000)}`);
    const script = `"$0" "$1" eval a --input long.csv | head -1`;
    const { stdout, stderr } = await start("sh", ["-c", script, process.execPath, command], { cwd: folder.path });
    expect({ stdout, stderr }).toEqual({ stdout: "a,result\n", stderr: "" });
  });

  it("computes on what a pipe has brought before it brings more", async () => {
    const child = spawn(process.execPath, [command, "eval", "a * 2", "--input", "-"]);
    child.stdin.write("a\n1\n2\n");
    const first = await new Promise((resolve) => child.stdout.once("data", (part) => resolve(String(part))));
    expect(first).toBe("a,result\n1,2\n2,4\n");
    const rest: string[] = [];
    child.stdout.on("data", (part) => rest.push(String(part)));
    child.stdin.end("3\n");
    await new Promise((resolve) => child.on("close", resolve));
    expect(rest.join("")).toBe("3,6\n");
  });

  it("keeps memory bounded", async () => {
    // 60 MB of rows through a process that may have 48 MB of JavaScript heap.
    const script =
      'process.stdout.write("a,b\\n"); const block = "12345.678,some text that is carried along\\n".repeat(25000);' +
      "for (let i = 0; i < 60; i++) process.stdout.write(block);";
    const pipeline = `"$0" -e '${script}' | "$0" --max-old-space-size=48 "$1" eval 'a * 2' --input - | tail -1`;
    const { stdout, stderr } = await start("sh", ["-c", pipeline, process.execPath, command]);
    expect({ stdout, stderr }).toEqual({ stdout: "12345.678,some text that is carried along,24691.356\n", stderr: "" });
  });

  it("agrees with JavaScript on a real file", async () => {
    const entry = createRequire(import.meta.url).resolve("vega-datasets"); // build/index.js
    const input = join(dirname(entry), "..", "data", "seattle-weather.csv");
    const lines = readFileSync(input, "utf8").trimEnd().split("\n");
    const { stdout, status } = await jitsmith([
      ...["eval", "(temp_max + temp_min) / 2 * 1.8 + 32 - wind * precipitation", "--input", input, "--name", "feel"],
    ]);
    expect(status).toBe(0);
    const results = stdout.trimEnd().split("\n");
    expect(results).toHaveLength(1462);
    results.forEach((line, i) => {
      const [, precipitation, high, low, wind] = (lines[i] ?? "").split(",").map(Number);
      const feel = (((high ?? 0) + (low ?? 0)) / 2) * 1.8 + 32 - (wind ?? 0) * (precipitation ?? 0);
      expect(line).toBe(`${lines[i]},${i === 0 ? "feel" : feel}`);
    });
  });
});
