import { createReadStream, createWriteStream, existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { command, jitsmith, jitsmithInTurn, start, temporaryFolder } from "./command-line.ts";

const isSupported = process.platform === "linux" && process.arch === "x64";
const folder = temporaryFolder();
const orders = folder.write("orders.csv", "id,price,qty\n1,2.5,4\n2,1000,0\n3,0.1,3\n4,,5\n");
const datasets = join(dirname(dirname(createRequire(import.meta.url).resolve("vega-datasets"))), "data");
const flights = join(datasets, "flights-200k.arrow");
const inFolder = (name: string): string => join(dirname(orders), name);

const faults: readonly [words: string[], status: number, message: string][] = [
  [["price * qtty", "--input", orders], 65, "qtty is not a column of"],
  [["price", "--input", orders, "--name", "id"], 65, 'has a column "id" already'],
  [["price", "--input", orders, "--add", "tax"], 64, "expected name=expression"],
  [["price", "--input", orders, "--add", "result=price"], 64, 'two new columns are called "result"'],
  [["price", "--input", orders, "--reduce", "summ"], 64, "did you mean sum?"],
  [["price", "--input", orders, "--reduce", "sum", "--output", "x.csv"], 64, "it does not go with --output"],
  [["price", "--input", orders, "--missing", "zero"], 64, "expected nan or null"],
  [["price", "--input", orders, "--from", "xml"], 64, "expected csv, arrow, parquet"],
  [["price", "--input", orders, "--from", "parquet"], 65, "is no Parquet file"],
  [["delay", "--input", flights, "--type", "delay=i16"], 64, "--type delay=i16: expected f64"],
  [["delay", "--filter", "delay > 1"], 64, "--filter goes with --input FILE"],
  [["x", "x=1..2"], 64, "a range goes with --plot"],
  [["x", "x=2..1", "--plot"], 64, "with from < to"],
  [["x + y", "x=1..2", "--plot"], 64, "the expression uses y too"],
];

const inTurn = jitsmithInTurn(faults.map(([words]) => ["eval", ...words]));

describe.runIf(isSupported)("eval over tables", { timeout: 60_000 }, () => {
  it("adds several columns and drops rows; rows of CSV stay as they were", async () => {
    const { stdout, stderr, status } = await jitsmith([
      ...["eval", "price * qty", "--name", "total", "--add", "tax=price * 0.2", "--add", "many=qty >= 4"],
      ...["--filter", "price < 100", "--missing", "null", "--input", orders],
    ]);
    expect(stderr).toBe("");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "id,price,qty,total,tax,many\n1,2.5,4,10,0.5,1\n3,0.1,3,0.30000000000000004,0.020000000000000004,0\n",
    });
  });

  it("aggregates are over all rows of the file, not of a batch, and leave out what has no value", async () => {
    const numbers = folder.write("numbers.csv", `x\n${Array.from({ length: 50_000 }, (_, row) => row).join("\n")}\n`);
    const last = async (...words: string[]) =>
      (await jitsmith(["eval", ...words, "--input", numbers])).stdout.trimEnd().split("\n").at(-1);
    expect(await last("x - mean(x)")).toBe("49999,24999.5");
    expect(await last("mean(x - mean(x) / 2)", "--add", "y=sum(x) / 2", "--add", "z=x * k", "k=2")).toBe(
      "49999,12499.75,624987500,99998",
    );
    expect(await last("x", "--filter", "x > mean(x)", "--reduce", "count")).toBe("25000");
    expect(await last("n - sum(n) + 1n", "--type", "n=i64", "--column", "n=x")).toBe("49999,-1249925000");
    const missing = folder.write("missing.csv", "x,y\n1,2\n,5\n3,7\n");
    const { stdout } = await jitsmith(["eval", "y - mean(x)", "--missing", "null", "--input", missing]);
    expect(stdout).toBe("x,y,result\n1,2,0\n,5,3\n3,7,5\n");
    const piped = await jitsmith(["eval", "x - mean(x)", "--input", "-"], { stdin: "x\n1\n" });
    expect(piped).toMatchObject({ status: 64, stdout: "" });
    expect(piped.stderr).toContain("expected a file, not stdin or a pipe");
  });

  it("a byte order mark, blank lines before the header, and nothing at all", async () => {
    const of = (stdin: string) => jitsmith(["eval", "x * 2", "--input", "-"], { stdin });
    expect(await of("\ufeffx,y\r\n1,2\r\n")).toMatchObject({ stdout: "\ufeffx,y,result\r\n1,2,2\r\n", status: 0 });
    expect(await of("\n\nx\n1\n")).toMatchObject({ stdout: "\n\nx,result\n1,2\n", status: 0 });
    for (const input of ["", "\ufeff", "\n\n"])
      expect(await of(input)).toMatchObject({ status: 65, stderr: expect.stringContaining("is empty") });
  });

  it("nulls stay nulls from CSV to Parquet to Arrow to CSV", async () => {
    const parquet = inFolder("total.parquet");
    const arrow = inFolder("total.arrow");
    const first = await jitsmith([
      "eval",
      "price * qty",
      "--name",
      "total",
      "--missing",
      "null",
      "--input",
      orders,
      "--output",
      parquet,
    ]);
    expect(first).toMatchObject({ status: 0, stdout: "" });
    expect(first.stderr).toMatch(/total\.parquet: 4 rows, new column total/);
    expect(readFileSync(parquet).subarray(0, 4).toString()).toBe("PAR1");
    await jitsmith(["eval", "total > 5", "--name", "large", "--input", parquet, "--output", arrow]);
    const table = tableFromIPC(readFileSync(arrow));
    expect(table.schema.fields.map(String)).toEqual([
      "id: Utf8",
      "price: Utf8",
      "qty: Utf8",
      "total: Float64",
      "large: Bool",
    ]);
    expect(table.getChild("large")?.toJSON()).toEqual([true, false, false, null]);
    const { stdout } = await jitsmith(["eval", "total + 1", "--input", arrow]);
    expect(stdout).toBe(
      "id,price,qty,total,large,result\n1,2.5,4,10,true,11\n2,1000,0,0,false,1\n3,0.1,3,0.30000000000000004,false,1.3\n4,,5,,,\n",
    );
  });

  it("reduces 200,000 real flights, filtered, and agrees with a loop of JavaScript", async () => {
    const words = [
      "eval",
      "delay",
      "--input",
      flights,
      "--filter",
      "distance > 1000",
      "--reduce",
      "sum,min,max,count",
      "--json",
    ];
    const { stdout, status } = await jitsmith(words);
    expect(status).toBe(0);
    const table = tableFromIPC(readFileSync(flights));
    const delay = table.getChild("delay")?.toArray() as Int16Array; // as its schema says
    const distance = table.getChild("distance")?.toArray() as Int16Array; // as its schema says
    const kept = Array.from(delay).filter((_, row) => (distance[row] ?? 0) > 1000);
    expect(JSON.parse(stdout)).toEqual({
      rows: 200_000,
      kept: kept.length,
      results: {
        result: {
          sum: kept.reduce((a, b) => a + b, 0),
          min: Math.min(...kept.slice(0, 60_000), ...kept.slice(60_000)),
          max: kept.reduce((a, b) => Math.max(a, b)),
          count: kept.filter((value) => value !== 0).length, // rows for which it is true
        },
      },
    });
    expect((await jitsmith(["eval", "delay", "--input", flights, "--reduce", "max"])).stdout).toMatch(/^\d+\n$/);
  });

  it("draws a column and a function", async () => {
    const column = await jitsmith(["eval", "delay", "--input", flights, "--plot"]);
    expect(column.stdout).toContain("result by row");
    expect(column.stdout.split("\n").length).toBeGreaterThan(15);
    const range = await jitsmith(["eval", "x * x - a", "x=-2..2", "a=2", "--plot"]);
    expect(range.stdout).toContain("x * x - a");
  });

  it("reads an Arrow stream from a pipe and writes one to a pipe", async () => {
    const { stdout } = await start("sh", [
      "-c",
      `'${process.execPath}' '${command}' eval 'price * 2' --missing null --input '${orders}' --to arrow | '${process.execPath}' '${command}' eval 'result + 1' --from arrow --input - --name more`,
    ]);
    expect(stdout).toBe("id,price,qty,result,more\n1,2.5,4,5,6\n2,1000,0,2000,2001\n3,0.1,3,0.2,1.2\n4,,5,,\n");
  });

  it.each(faults)("%j ends with %d", async (words, status, message) => {
    const ending = await inTurn(["eval", ...words]);
    expect(ending.stderr).toContain(message);
    expect(ending.stderr).not.toMatch(/^\s+at /m);
    expect(ending).toMatchObject({ status, stdout: "" });
  });

  it("leaves no output behind when the input is damaged", async () => {
    const cut = inFolder("cut.arrow");
    await pipeline(createReadStream(flights, { end: statSync(flights).size >> 1 }), createWriteStream(cut));
    const output = inFolder("never.arrow");
    const ending = await jitsmith(["eval", "delay", "--input", cut, "--output", output]);
    expect(ending.status).toBe(65);
    expect(existsSync(output)).toBe(false);
  });
});

describe.runIf(isSupported)("eval over tables: output that goes nowhere", { timeout: 60_000 }, () => {
  const shell = (line: string) => start("sh", ["-c", line, command, orders], { env: { NODE: process.execPath } });

  it("a full disk is a sentence", async () => {
    const words = `eval 'price * 2' --missing null --input "$1"`;
    const stdout = await shell(`"$NODE" "$0" ${words} > /dev/full`);
    expect(stdout).toMatchObject({ status: 71, stderr: "jitsmith: stdout: no space left on device (ENOSPC)\n" });
    const device = await shell(`"$NODE" "$0" ${words} --output /dev/full`);
    expect(device).toMatchObject({ status: 71, stderr: "jitsmith: /dev/full: no space left on device (ENOSPC)\n" });
  });

  it("what is read is not written to, by stdout neither", async () => {
    const own = folder.write("own.csv", "x\n1\n2\n");
    const { status, stderr } = await shell(`"$NODE" "$0" eval 'x * 2' --input "${own}" >> "${own}"`);
    expect(stderr).toBe("jitsmith: stdout is the input too; write to another file\n");
    expect(status).toBe(64);
    expect(readFileSync(own, "utf8")).toBe("x\n1\n2\n");
  });

  it("a folder is no table", async () => {
    const { status, stderr } = await jitsmith(["eval", "x", "--input", folder.path]);
    expect(stderr).toBe(`jitsmith: ${folder.path} is a folder; expected a file\n`);
    expect(status).toBe(65);
  });
});

describe.runIf(isSupported)("eval over tables: words and rows", { timeout: 60_000 }, () => {
  it("argmax names the row of the file, whatever was left out before it", async () => {
    const rows = folder.write(
      "rows.csv",
      `x,y\n${Array.from({ length: 9000 }, (_, row) => `${row % 97},${row}`).join("\n")}\n`,
    );
    const of = async (...words: string[]) => (await jitsmith(["eval", ...words, "--input", rows])).stdout;
    expect(await of("y", "--filter", "x == 5", "--reduce", "argmax")).toBe(`${Math.floor((8999 - 5) / 97) * 97 + 5}\n`);
    expect(await of("x", "--filter", "y > 100", "--reduce", "argmin")).toBe("194\n");
    const holes = folder.write("holes.csv", "x\n1\nnull\n9\n3\n");
    const { stdout } = await jitsmith(["eval", "x", "--missing", "null", "--reduce", "argmax", "--input", holes]);
    expect(stdout).toBe("2\n");
  });

  it("several filters are all of them, also before a reduction", async () => {
    const rows = folder.write("filters.csv", "x,y\n1,2\n3,4\n5,6\n7,\n");
    const words = [
      "eval",
      "x * y",
      "--filter",
      "x > 1 // not the first",
      "--filter",
      "y < 6 || x == 0",
      "--missing",
      "null",
    ];
    expect((await jitsmith([...words, "--input", rows])).stdout).toBe("x,y,result\n3,4,12\n");
    expect((await jitsmith([...words, "--reduce", "sum", "--input", rows])).stdout).toBe("12\n");
  });

  it("reads what other languages write for infinity and NaN, and another delimiter from the header", async () => {
    const of = (stdin: string) => jitsmith(["eval", "x * 2", "--input", "-"], { stdin });
    expect((await of("x\ninf\n-Inf\n+Infinity\nnan\n")).stdout).toBe(
      "x,result\ninf,Infinity\n-Inf,-Infinity\n+Infinity,Infinity\nnan,NaN\n",
    );
    expect((await of("x;y\n1;2\n")).stdout).toBe("x;y;result\n1;2;2\n");
  });
});
