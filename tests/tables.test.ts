/** Tables that another program (pyarrow) wrote; tests/fixtures/tables/make.py is how, and expected.json what stands in them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ArrowTableWriter, readArrow, readArrowStream } from "../node/files/arrow-file.ts";
import { tableTask } from "../node/files/compute-table.ts";
import { CsvTableWriter } from "../node/files/csv-writer.ts";
import { InputError } from "../node/files/input-error.ts";
import { readParquet } from "../node/files/parquet-file.ts";
import { ParquetTableWriter } from "../node/files/parquet-writer.ts";
import { isValid, type Numbers, type TableTask, type TableWriter } from "../node/files/table.ts";

const fixtures = fileURLToPath(new URL("fixtures/tables", import.meta.url));
const files = readdirSync(fixtures).filter((name) => /\.(parquet|feather|arrows?)$/.test(name));
const expected: Readonly<Record<string, readonly unknown[]>> = JSON.parse(
  readFileSync(join(fixtures, "expected.json"), "utf8"),
);
const notNumbers = ["text", "coded", "list", "pair"];
const folder = mkdtempSync(join(tmpdir(), "jitsmith-foreign-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(path: string, task: TableTask): Promise<void> {
  return path.endsWith("parquet") ? readParquet(path, task, () => {}) : readArrow(path, task, () => {});
}

/** The columns of a table that hold numbers, as formulas see them, and the texts. */
async function contentOf(path: string): Promise<Record<string, unknown[]>> {
  const columns: Record<string, unknown[]> = {};
  let names: readonly string[] = [];
  let all: readonly string[] = [];
  await read(path, {
    begin(fields) {
      all = fields.map(({ name }) => name);
      names = all.filter((name) => !notNumbers.includes(name));
      for (const name of all) columns[name] = [];
      return { numbers: names.map((name) => ({ name, type: "f64", isDeclared: false })), rows: true };
    },
    async batch({ rows, numbers, values }) {
      for (const [index, name] of names.entries())
        for (let row = 0; row < rows; row++)
          columns[name]?.push(isValid(numbers[index]?.validity, row) ? Number(numbers[index]?.values[row]) : null);
      for (const name of all.filter((each) => notNumbers.includes(each)))
        columns[name]?.push(...Array.from(await values(all.indexOf(name), 0, rows)));
    },
  });
  return columns;
}

const plain = (value: unknown): unknown =>
  typeof value === "boolean" ? Number(value) : value === undefined ? null : value;

/** What should be in a file, for those of its columns that are compared. */
function expectedOf(file: string, names: readonly string[], keep: (row: number) => boolean): Record<string, unknown[]> {
  const rows = file.startsWith("empty") ? [] : (expected.x ?? []).map((_, row) => row).filter(keep);
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => plain(expected[name]?.[row]))]));
}

const compared = (columns: Record<string, unknown[]>): string[] =>
  Object.keys(columns).filter((name) => name !== "list" && name !== "pair" && name !== "twice");

const pick = (columns: Record<string, unknown[]>): Record<string, unknown[]> =>
  Object.fromEntries(compared(columns).map((name) => [name, columns[name] ?? []]));

function mapped(values: Numbers | undefined, of: (value: number) => number): Float64Array {
  return Float64Array.from({ length: values?.length ?? 0 }, (_, row) => of(Number(values?.[row])));
}

/** Adds `twice`, which is 2 x, and keeps some rows; `piped` comes in place of the file, in small parts. */
async function copy(
  path: string,
  writer: TableWriter,
  keep?: (x: number) => boolean,
  piped?: Uint8Array,
): Promise<void> {
  const x = { name: "x", type: "f64", isDeclared: false } as const;
  const { task } = tableTask({
    formulas: [{ name: "twice", type: "f64", columns: [x], map: ([xs]) => mapped(xs, (v) => 2 * v) }],
    condition: keep && {
      name: "keep",
      type: "bool",
      columns: [x],
      map: ([xs]) => mapped(xs, (v) => Number(keep(v))),
    },
    output: writer,
    check: () => {},
  });
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < (piped?.length ?? 0); from += 777)
      yield piped?.subarray(from, from + 777) ?? Buffer.alloc(0);
  }
  if (piped === undefined) await read(path, task);
  else await readArrowStream(parts(), "stdin", task, () => {});
  await writer.finish();
}

function sink(): { write(part: Uint8Array): Promise<void>; bytes(): Buffer } {
  const parts: Uint8Array[] = [];
  return { write: async (part) => void parts.push(part.slice()), bytes: () => Buffer.concat(parts) };
}

describe.each(files)("%s", (file) => {
  const path = join(fixtures, file);

  it("holds what its writer put into it", async () => {
    const content = await contentOf(path);
    expect(pick(content)).toEqual(expectedOf(file, compared(content), () => true));
  });

  const targets = [
    ["arrow", (out: ReturnType<typeof sink>) => new ArrowTableWriter(out, false)],
    ["parquet", (out: ReturnType<typeof sink>) => new ParquetTableWriter(out)],
  ] as const;
  it.each(targets)("goes over to %s, whole and in part", async (extension, writer) => {
    const isOwn = file.endsWith("parquet") === (extension === "parquet");
    const hasNested = !["delta.parquet", "int96.parquet"].includes(file);
    for (const keep of [undefined, (x: number) => Math.round(4 * x) % 3 === 1]) {
      const out = sink();
      const work = copy(path, writer(out), keep);
      if (hasNested && !isOwn) {
        await expect(work).rejects.toThrow(/"list" holds .*cannot be written/);
        return;
      }
      await work;
      const written = join(folder, `${file}.${extension}`);
      writeFileSync(written, out.bytes());
      const content = await contentOf(written);
      const rows = (row: number): boolean => keep === undefined || keep(row / 4);
      const wanted = expectedOf(file, compared(content), rows);
      expect(pick(content)).toEqual(wanted);
      expect(content.twice).toEqual(wanted.x?.map((value) => 2 * Number(value)));
      if (!hasNested) continue;
      // Nested columns as the same program reads them from the original.
      const before = await contentOf(path);
      for (const name of ["list", "pair"]) {
        const nested = (before[name] ?? []).filter((_, row) => rows(row));
        expect(JSON.stringify(content[name], withBigInts)).toBe(JSON.stringify(nested, withBigInts));
      }
    }
  });

  it("damaged at any place is an InputError or some table, and ends, from a file and from a pipe", async () => {
    const bytes = readFileSync(path);
    const place = fc.nat(bytes.length - 1);
    const word = fc.constantFrom(0, -1, 1, 0x7fffffff, -0x80000000, 0x10000, 1000);
    const damage = fc.array(fc.oneof(fc.tuple(place, fc.nat(255)), fc.tuple(place, word, fc.constant(4))), {
      minLength: 1,
      maxLength: 3,
    });
    const cut = fc.option(fc.nat(bytes.length), { nil: undefined, freq: 2 });
    const written = join(folder, `damaged-${file}`);
    const writers = [
      () => new CsvTableWriter(sink(), ","),
      () => new ArrowTableWriter(sink(), false),
      () => new ParquetTableWriter(sink()),
    ];
    const run = fc.record({ damage, cut, writer: fc.constantFrom(...writers), isPipe: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(run, async ({ damage: changes, cut: end, writer, isPipe }) => {
        const changed = Buffer.from(bytes);
        for (const [at, value, width] of changes)
          if (width === undefined) changed[at] = value;
          else changed.writeInt32LE(value, Math.min(at & ~3, bytes.length - 4));
        const damaged = changed.subarray(0, end);
        writeFileSync(written, damaged);
        try {
          await copy(written, writer(), undefined, isPipe && !file.endsWith("parquet") ? damaged : undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          const { message } = error as InputError; // as just seen
          expect(message).not.toMatch(/undefined|NaN|\[object|DataView|Cannot|is not a function/);
        }
      }),
      { numRuns: 15, seed: 5 },
    );
  });
});

function withBigInts(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
