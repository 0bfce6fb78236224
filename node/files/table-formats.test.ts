import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  Bool,
  DateDay,
  Dictionary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  RecordBatchStreamWriter,
  Table,
  TimestampMicrosecond,
  tableFromIPC,
  tableToIPC,
  Uint8,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import { ArrowTableWriter, readArrow } from "./arrow-file.ts";
import { type TableReduction, tableTask } from "./compute-table.ts";
import { CsvTableWriter } from "./csv-writer.ts";
import { readParquet } from "./parquet-file.ts";
import { ParquetTableWriter } from "./parquet-writer.ts";
import type { AddedColumn, Numbers, NumberType, TableTask, TableWriter } from "./table.ts";

const folder = mkdtempSync(join(tmpdir(), "jitsmith-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));
const datasets = join(dirname(dirname(createRequire(import.meta.url).resolve("vega-datasets"))), "data");

let files = 0;
function written(bytes: Uint8Array, extension: string): string {
  const path = join(folder, `${files++}.${extension}`);
  writeFileSync(path, bytes);
  return path;
}

function sink(): { parts: Uint8Array[]; write(part: Uint8Array): Promise<void>; bytes(): Buffer } {
  const parts: Uint8Array[] = [];
  return { parts, write: async (part) => void parts.push(part.slice()), bytes: () => Buffer.concat(parts) };
}

type Read = (path: string, task: TableTask) => Promise<void>;
const reads: Readonly<Record<"arrow" | "parquet", Read>> = {
  arrow: (path, task) => readArrow(path, task, () => {}),
  parquet: (path, task) => readParquet(path, task, () => {}),
};

interface Work {
  readonly columns?: readonly string[];
  readonly types?: Readonly<Record<string, NumberType>>;
  readonly keep?: (...numbers: number[]) => boolean;
}

/** Adds the sum of columns as `sum`, and drops rows. */
async function run(
  format: "arrow" | "parquet",
  path: string,
  output: TableWriter | TableReduction,
  { columns = [], types = {}, keep }: Work,
): Promise<void> {
  const wanted = columns.map((name) => ({ name, type: types[name] ?? ("f64" as const), isDeclared: name in types }));
  const each = (inputs: readonly Numbers[], row: number): number[] => inputs.map((input) => Number(input[row]));
  const { task } = tableTask({
    formulas: [
      {
        name: "sum",
        type: "f64",
        columns: wanted,
        map: (inputs, rows) =>
          Float64Array.from({ length: rows }, (_, row) => each(inputs, row).reduce((a, b) => a + b, 0)),
      },
    ],
    condition:
      keep === undefined
        ? undefined
        : {
            name: "keep",
            type: "bool",
            columns: wanted,
            map: (inputs, rows) => Uint8Array.from({ length: rows }, (_, row) => Number(keep(...each(inputs, row)))),
          },
    output,
    check: () => {},
  });
  await reads[format](path, task);
  if ("finish" in output) await output.finish();
}

/** A table with a column of every kind that numbers are read from, and some that go over untouched. */
function sample(rows: number, withNulls: boolean): Table {
  const at = <T>(value: (row: number) => T): (T | null)[] =>
    Array.from({ length: rows }, (_, row) => (withNulls && row % 3 === 1 ? null : value(row)));
  return new Table({
    f: vectorFromArray(
      at((row) => row / 4),
      new Float64(),
    ),
    g: vectorFromArray(
      at((row) => row / 2),
      new Float32(),
    ),
    s: vectorFromArray(
      at((row) => -row),
      new Int16(),
    ),
    u: vectorFromArray(
      at((row) => row % 256),
      new Uint8(),
    ),
    i: vectorFromArray(
      at((row) => row * 1000),
      new Int32(),
    ),
    l: vectorFromArray(
      at((row) => BigInt(row) << 20n),
      new Int64(),
    ),
    b: vectorFromArray(
      at((row) => row % 2 === 0),
      new Bool(),
    ),
    t: vectorFromArray(
      at((row) => 1_700_000_000_000 + row),
      new TimestampMicrosecond(),
    ),
    d: vectorFromArray(
      at((row) => new Date(86_400_000 * row)),
      new DateDay(),
    ),
    text: vectorFromArray(
      at((row) => `é${row}`),
      new Utf8(),
    ),
    city: vectorFromArray(
      at((row) => ["Oslo", "Rome"][row % 2]),
      new Dictionary(new Utf8(), new Int32()),
    ),
  });
}

const numberColumns = ["f", "g", "s", "u", "i", "l", "b", "t", "d"];

function rowsOf(table: Table): unknown[] {
  return Array.from(table, (row) => plain(row.toJSON()));
}

/** Comparable values: bigints and Dates as numbers. */
function plain(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const value = (each: unknown): unknown =>
    typeof each === "bigint" || each instanceof Date ? Number(each) : (each ?? null);
  return Object.fromEntries(Object.entries(row).map(([key, each]) => [key, value(each)]));
}

function expectedSum(row: Readonly<Record<string, unknown>>, columns: readonly string[]): number | null {
  return columns.some((name) => row[name] === null)
    ? null
    : columns.reduce((total, name) => total + Number(row[name]), 0);
}

describe("Arrow", () => {
  it.each([
    [0, false],
    [1, false],
    [9, true],
    [1000, true],
  ])("%i rows, nulls: %s: columns go over, and a computed one stands beside them", async (rows, withNulls) => {
    const table = sample(rows, withNulls);
    const path = written(tableToIPC(table, "file"), "arrow");
    const out = sink();
    await run("arrow", path, new ArrowTableWriter(out, false), { columns: numberColumns });
    const result = tableFromIPC(out.bytes());
    expect(result.schema.names).toEqual([...table.schema.names, "sum"]);
    const before = rowsOf(table) as Record<string, unknown>[]; // rows are objects
    expect(rowsOf(result)).toEqual(before.map((row) => ({ ...row, sum: expectedSum(row, numberColumns) })));
    expect(result.schema.fields.slice(0, -1).map(String)).toEqual(table.schema.fields.map(String));
  });

  it("drops rows of every type", async () => {
    const table = sample(100, true);
    const path = written(tableToIPC(table, "stream"), "arrow");
    const out = sink();
    const keep = (u: number): boolean => u % 5 === 0;
    await run("arrow", path, new ArrowTableWriter(out, true), { columns: ["u"], keep });
    const before = (rowsOf(table) as Record<string, unknown>[]).filter((row) => row.u !== null && keep(Number(row.u))); // rows are objects
    expect(rowsOf(tableFromIPC(out.bytes()))).toEqual(before.map((row) => ({ ...row, sum: row.u })));
  });

  it("reads batches one by one, and what begins inside a byte of a bitmap", async () => {
    const table = sample(50, true);
    const writer = new RecordBatchStreamWriter();
    for (const [from, to] of [
      [0, 7],
      [7, 7],
      [7, 50],
    ] as const)
      for (const batch of table.slice(from, to).batches) writer.write(batch);
    writer.finish();
    const path = written(writer.toUint8Array(true), "arrows");
    const out = sink();
    await run("arrow", path, new ArrowTableWriter(out, true), { columns: ["f", "b"] });
    const result = tableFromIPC(out.bytes());
    expect(result.batches.length).toBeGreaterThan(1);
    expect((rowsOf(result) as Record<string, unknown>[]).map(({ sum }) => sum)).toEqual(
      (rowsOf(table) as Record<string, unknown>[]).map((row) => expectedSum(row, ["f", "b"])), // rows are objects
    );
  });

  it("says what is wrong with a file", async () => {
    const output: TableReduction = { add: () => {} };
    const good = tableToIPC(sample(20, false), "file");
    const cut = written(good.subarray(0, good.length >> 1), "arrow");
    await expect(run("arrow", cut, output, { columns: ["f"] })).rejects.toThrow(
      /^.*arrow: has no footer; is it cut off\?$/,
    );
    const none = written(Buffer.from("no arrow at all, just some text"), "arrow");
    await expect(run("arrow", none, output, { columns: ["f"] })).rejects.toThrow("is no Arrow file or stream");
    const path = written(good, "arrow");
    await expect(run("arrow", path, output, { columns: ["text"] })).rejects.toThrow(
      'column "text" holds Utf8; expected numbers',
    );
    await expect(run("arrow", path, output, { columns: ["ff"] })).rejects.toThrow('has no column "ff"');
  });

  it("reads 200,000 real flights", async () => {
    const seen: AddedColumn[] = [];
    const output: TableReduction = { add: ([column]) => void (column !== undefined && seen.push(column)) };
    await run("arrow", join(datasets, "flights-200k.arrow"), output, { columns: ["delay", "distance"] });
    const table = tableFromIPC(readFileSync(join(datasets, "flights-200k.arrow")));
    const delay = table.getChild("delay")?.toArray() as Int16Array; // as its schema says
    const distance = table.getChild("distance")?.toArray() as Int16Array; // as its schema says
    const sums = seen.flatMap(({ values }) => [...(values as Float64Array)]); // f64 as the formula says
    expect(sums).toEqual(Array.from(delay, (value, row) => value + (distance[row] ?? 0)));
  });
});

describe("whole numbers of 64 bits", () => {
  const big = (value: bigint): string =>
    written(tableToIPC(new Table({ n: vectorFromArray([1n, value, null], new Int64()) }), "file"), "arrow");

  it("are numbers while they are exact", async () => {
    const output: TableReduction = {
      add: ([column]) => expect([...(column?.values ?? [])]).toEqual([1, -(2 ** 53) + 1, 0]),
    };
    await run("arrow", big(-(2n ** 53n) + 1n), output, { columns: ["n"] });
    await expect(run("arrow", big(2n ** 53n), output, { columns: ["n"] })).rejects.toThrow(
      'row 2 of column "n" is 9007199254740992, which f64 cannot hold exactly; say --type n=i64',
    );
  });

  it("are BigInts where that is declared, and harmless under nulls", async () => {
    let given: Numbers | undefined;
    const { task } = tableTask({
      formulas: [
        {
          name: "m",
          type: "i64",
          columns: [{ name: "n", type: "i64", isDeclared: true }],
          map: ([values = new BigInt64Array()]) => {
            given = values;
            return values;
          },
        },
      ],
      condition: undefined,
      output: { add: () => {} },
      check: () => {},
    });
    await reads.arrow(big(2n ** 60n), task);
    expect([...(given ?? [])]).toEqual([1n, 2n ** 60n, 1n]);
  });
});

describe("Parquet", () => {
  async function objects(bytes: Buffer): Promise<Record<string, unknown>[]> {
    const copy = new Uint8Array(bytes).buffer;
    const rows: unknown = await parquetReadObjects({ file: copy });
    return (rows as Record<string, unknown>[]).map(plain); // objects, as the name says
  }

  it.each([
    [1, false],
    [9, true],
    [3000, true],
  ])("from Arrow, %i rows, nulls: %s", async (rows, withNulls) => {
    const table = sample(rows, withNulls);
    const out = sink();
    await run("arrow", written(tableToIPC(table, "file"), "arrow"), new ParquetTableWriter(out), {
      columns: ["f", "i"],
    });
    const before = rowsOf(table) as Record<string, unknown>[]; // rows are objects
    expect(await objects(out.bytes())).toEqual(before.map((row) => ({ ...row, sum: expectedSum(row, ["f", "i"]) })));
  });

  it("to Parquet and back, with rows dropped", async () => {
    const table = sample(500, true);
    const first = sink();
    await run("arrow", written(tableToIPC(table, "file"), "arrow"), new ParquetTableWriter(first), { columns: ["f"] });
    const second = sink();
    const writer = new ParquetTableWriter(second);
    const { task, counts } = tableTask({
      formulas: [
        {
          name: "twice",
          type: "i64",
          columns: [{ name: "l", type: "i64", isDeclared: true }],
          map: ([l = new BigInt64Array()]) => BigInt64Array.from(l as BigInt64Array, (n) => 2n * n), // i64 as asked for
        },
      ],
      condition: {
        name: "keep",
        type: "bool",
        columns: [{ name: "i", type: "f64", isDeclared: false }],
        map: ([i = new Float64Array()]) => Uint8Array.from(i as Float64Array, (n) => Number(n % 7000 === 0)), // f64 as asked for
      },
      output: writer,
      check: () => {},
    });
    await reads.parquet(written(first.bytes(), "parquet"), task);
    await writer.finish();
    const kept = (await objects(first.bytes())).filter(({ i }) => i !== null && Number(i) % 7000 === 0);
    expect(counts).toEqual({ rows: 500, kept: kept.length });
    expect(await objects(second.bytes())).toEqual(
      kept.map((row) => ({ ...row, twice: row.l === null ? null : 2 * Number(row.l) })),
    );
  });

  it("reads three million real flights a row group at a time", async () => {
    let rows = 0;
    let total = 0;
    let largest = 0;
    const output: TableReduction = {
      add: ([column], count) => {
        rows += count;
        largest = Math.max(largest, count);
        for (const value of (column?.values ?? []) as Float64Array) if (!Number.isNaN(value)) total += value; // f64 as the formula says
      },
    };
    await run("parquet", join(datasets, "flights-3m.parquet"), output, { columns: ["distance"] });
    expect(rows).toBe(3_000_000);
    expect(largest).toBeLessThan(300_000);
    expect(total).toBeGreaterThan(2e9);
  });

  it("says what is wrong with a file", async () => {
    const output: TableReduction = { add: () => {} };
    const none = written(Buffer.from("PAR1 and then nothing of the kind"), "parquet");
    await expect(run("parquet", none, output, { columns: ["f"] })).rejects.toThrow("is no Parquet file, or is damaged");
    await expect(run("parquet", join(datasets, "flights-3m.parquet"), output, { columns: ["origin"] })).rejects.toThrow(
      'column "origin" holds STRING; expected numbers',
    );
  });
});

it("nulls are empty cells of CSV, times ISO 8601, texts quoted where they must be", async () => {
  const table = new Table({
    n: vectorFromArray([1.5, null], new Float64()),
    t: vectorFromArray([Date.UTC(2024, 1, 3), null], new TimestampMicrosecond()),
    s: vectorFromArray(['a,"b"', "c"], new Utf8()),
  });
  const out = sink();
  const writer = new CsvTableWriter(out, ",");
  await run("arrow", written(tableToIPC(table, "file"), "arrow"), writer, { columns: ["n"] });
  expect(out.bytes().toString()).toBe('n,t,s,sum\n1.5,2024-02-03T00:00:00.000Z,"a,""b""",1.5\n,,c,\n');
});

it("random tables of floats come through Arrow and Parquet bit by bit", async () => {
  const cells = fc.array(fc.option(fc.double(), { nil: null }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(cells, async (values) => {
      const path = written(tableToIPC(new Table({ x: vectorFromArray(values, new Float64()) }), "file"), "arrow");
      const out = sink();
      await run("arrow", path, new ParquetTableWriter(out), { columns: ["x"] });
      const results: unknown[] = [];
      if (values.length > 0)
        await run(
          "parquet",
          written(out.bytes(), "parquet"),
          {
            add: ([column], rows) => {
              for (let row = 0; row < rows; row++)
                results.push(((column?.validity?.[row >> 3] ?? 0xff) >> (row & 7)) & 1 ? column?.values[row] : null);
            },
          },
          { columns: ["x"] },
        );
      expect(results.length).toBe(values.length);
      values.forEach((value, row) => {
        // 0 + -0 is 0 in the sum
        expect(results[row]).toBe(Object.is(value, -0) ? 0 : value);
      });
    }),
    { numRuns: 60 },
  );
});
