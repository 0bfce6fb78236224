/** Arrow's less usual layouts, as another program (pyarrow) wrote them; tests/fixtures/layouts/make.py is how. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { ArrowTableWriter, readArrow, readArrowStream } from "../node/files/arrow-file.ts";
import { tableTask } from "../node/files/compute-table.ts";
import { CsvTableWriter } from "../node/files/csv-writer.ts";
import { ParquetTableWriter } from "../node/files/parquet-writer.ts";
import type { Numbers, TableTask, TableWriter } from "../node/files/table.ts";

const folder = mkdtempSync(join(tmpdir(), "jitsmith-layouts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const layouts = fileURLToPath(new URL("fixtures/layouts/layouts.arrow", import.meta.url));

function sink(): { write(part: Uint8Array): Promise<void>; bytes(): Buffer } {
  const parts: Uint8Array[] = [];
  return { write: async (part) => void parts.push(part.slice()), bytes: () => Buffer.concat(parts) };
}

/** Adds runs + x as `sum`, and keeps the rows of some x. */
function work(output: TableWriter, keep?: (x: number) => boolean): TableTask {
  const x = { name: "x", type: "f64", isDeclared: false } as const;
  const runs = { ...x, name: "runs" };
  const mapped = (columns: readonly Numbers[], rows: number, of: (...values: number[]) => number) =>
    Float64Array.from({ length: rows }, (_, row) => of(...columns.map((column) => Number(column[row]))));
  return tableTask({
    formulas: [
      { name: "sum", type: "f64", columns: [x, runs], map: (all, rows) => mapped(all, rows, (a = 0, b = 0) => a + b) },
    ],
    condition: keep && {
      name: "keep",
      type: "bool",
      columns: [x],
      map: (all, rows) => mapped(all, rows, (value = 0) => Number(keep(value))),
    },
    output,
    check: () => {},
  }).task;
}

const header = "x,coded,view,struct,either,lists,none,large,fixed,bytes,runs,ns,day,dec,sum";
const rows = [
  '0,a,longer than a view 0,"{""a"":0,""b"":""0""}",1,"[1,2]",,[],000,b0,1.5,2020-09-13T12:26:40.123456789Z,1970-01-01,0,1.5',
  "1,a,,,p,[3],,,,,1.5,,,,2.5",
  '2,,longer than a view 2,"{""a"":2,""b"":""2""}",2,[3],,"[0,1]",002,b2,,2020-09-13T12:26:40.123456791Z,1970-07-20,0.2,',
  '3,b,short,"{""a"":3,""b"":""3""}",q,[3],,"[0,1,2]",003,b3,2.5,2020-09-13T12:26:40.123456792Z,1970-10-28,0.3,5.5',
  '4,b,longer than a view 4,"{""a"":4,""b"":""4""}",3,[3],,"[0,1,2,3]",004,b4,2.5,2020-09-13T12:26:40.123456793Z,1971-02-05,0.4,6.5',
  '5,b,short,"{""a"":5,""b"":""5""}",r,[3],,"[0,1,2,3,4]",005,b5,2.5,2020-09-13T12:26:40.123456794Z,1971-05-16,0.5,7.5',
];
const table = [...rows, ...rows.slice(3)];

async function* inParts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 100) yield bytes.subarray(from, from + 100);
}

it("run ends, views, unions, wide lists and bytes are read, from a file and from a pipe", async () => {
  const fromFile = sink();
  await readArrow(layouts, work(new CsvTableWriter(fromFile, ",")), () => {});
  expect(fromFile.bytes().toString().trimEnd().split("\n")).toEqual([header, ...table]);
  const fromPipe = sink();
  await readArrowStream(inParts(readFileSync(layouts)), "stdin", work(new CsvTableWriter(fromPipe, ",")), () => {});
  expect(fromPipe.bytes()).toEqual(fromFile.bytes());
});

it("all layouts go over to Arrow, whole and in part; runs as plain values", async () => {
  for (const keep of [undefined, (x: number) => x === 0 || x === 3 || x === 4]) {
    const out = sink();
    const writer = new ArrowTableWriter(out, false);
    await readArrow(layouts, work(writer, keep), () => {});
    await writer.finish();
    const path = join(folder, "again.arrow");
    writeFileSync(path, out.bytes());
    const text = sink();
    const { task } = tableTask({
      formulas: [],
      condition: undefined,
      output: new CsvTableWriter(text, ","),
      check: () => {},
    });
    await readArrow(path, task, () => {});
    const kept = table.filter((row) => keep?.(Number(row[0])) ?? true);
    expect(text.bytes().toString().trimEnd().split("\n")).toEqual([header, ...kept]);
  }
});

it("what cannot go elsewhere, or not be read, is refused by name", async () => {
  const task = work(new ParquetTableWriter(sink()));
  await expect(readArrow(layouts, task, () => {})).rejects.toThrow(
    'column "struct" holds Struct<{a:Int32, b:Utf8}>, which cannot be written to Parquet from another format',
  );
  const views = layouts.replace("layouts.arrow", "views.arrows");
  await expect(readArrow(views, work(new CsvTableWriter(sink(), ",")), () => {})).rejects.toThrow(
    'column "v" holds list views that cannot be read; cast it to plain values',
  );
});
