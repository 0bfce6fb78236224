import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tableTask } from "./compute-table.ts";
import { readCsv } from "./csv-file.ts";
import { CsvTableWriter } from "./csv-writer.ts";
import type { Numbers, TableWriter } from "./table.ts";

interface Options {
  name?: string;
  delimiter?: string;
  variables?: string[];
  type?: "i32";
  headers?: Record<string, string>;
  missingIsNaN?: boolean;
  missing?: "null";
  /** Bytes a chunk; rows and multi-byte characters are cut anywhere. */
  chunk?: number;
}

/** Adds the sum of the variables' columns (`a` and `b` unless told otherwise) to the text. */
async function sum(text: string | Uint8Array, options: Options = {}): Promise<string> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const chunk = options.chunk ?? 1 << 16;
  async function* input(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += chunk) yield bytes.subarray(from, from + chunk);
  }
  const written: Uint8Array[] = [];
  const delimiter = options.delimiter ?? ",";
  const name = options.name ?? "sum";
  const sink = { write: async (part: Uint8Array) => void written.push(part.slice()) };
  const output: TableWriter = new CsvTableWriter(sink, delimiter);
  const { task } = tableTask({
    formulas: [
      {
        name,
        type: "f64",
        columns: (options.variables ?? ["a", "b"]).map((variable) => ({
          name: options.headers?.[variable] ?? variable,
          type: options.type ?? "f64",
          isDeclared: false,
        })),
        map: (columns: readonly Numbers[], rows) =>
          Float64Array.from({ length: rows }, (_, i) => columns.reduce((s, column) => s + Number(column[i] ?? 0), 0)),
      },
    ],
    condition: undefined,
    output,
    check: () => {},
  });
  const missing = options.missingIsNaN ? "nan" : (options.missing ?? "error");
  await readCsv({ bytes: input(), name: "t.csv", delimiter, missing }, task);
  await output.finish();
  return Buffer.concat(written).toString();
}

describe("a column is added and everything else stays", () => {
  it.each([
    ["plain rows", "a,b\n1,2\n3,4\n", "a,b,sum\n1,2,3\n3,4,7\n"],
    ["CRLF", "a,b\r\n1,2\r\n", "a,b,sum\r\n1,2,3\r\n"],
    ["mixed line ends", "a,b\n1,2\r\n3,4\n", "a,b,sum\n1,2,3\r\n3,4,7\n"],
    ["CR alone", "a,b\r1,2\r", "a,b,sum\r1,2,3\r"],
    ["no last line end", "a,b\n1,2", "a,b,sum\n1,2,3"],
    ["a header only", "a,b\n", "a,b,sum\n"],
    ["a header without line end", "a,b", "a,b,sum"],
    ["blank lines", "\na,b\n\n1,2\n\n\n3,4\n\n", "\na,b,sum\n\n1,2,3\n\n\n3,4,7\n\n"],
    ["a byte order mark", "\ufeffa,b\n1,2\n", "\ufeffa,b,sum\n1,2,3\n"],
    ["quotes with delimiter, quote and line break", 'x,a,b\n"p, ""q""\nr",1,2\n', 'x,a,b,sum\n"p, ""q""\nr",1,2,3\n'],
    ["quoted numbers", 'a,b\n"1","2"\r\n', 'a,b,sum\n"1","2",3\r\n'],
    ["other scripts", "naïve,a,b\n日本,1,2\n", "naïve,a,b,sum\n日本,1,2,3\n"],
    ["spaces and exponents", "a,b\n 1 ,2e3\n", "a,b,sum\n 1 ,2e3,2001\n"],
  ])("%s", async (_name, input, output) => {
    expect(await sum(input)).toBe(output);
    for (const chunk of [1, 2, 3, 7]) expect(await sum(input, { chunk }), `in chunks of ${chunk}`).toBe(output);
  });

  it("keeps bytes that are not UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from("x,a,b\n"), Buffer.from([0xe9, 0xff]), Buffer.from(",1,2\n")]);
    expect(Buffer.from(await sum(bytes, { variables: ["b"] })).includes("2,2")).toBe(true);
  });

  it("reads another delimiter", async () => {
    expect(await sum("a;b\n1;2\n", { delimiter: ";" })).toBe("a;b;sum\n1;2;3\n");
    expect(await sum("a·b\n1·2\n", { delimiter: "·" })).toBe("a·b·sum\n1·2·3\n");
  });

  it("quotes the new name where it must", async () => {
    expect(await sum("a,b\n1,2\n", { name: 'a, "b"' })).toBe('a,b,"a, ""b"""\n1,2,3\n');
  });

  it("reads a column under another name", async () => {
    expect(await sum("unit price,b\n1,2\n", { headers: { a: "unit price" } })).toBe("unit price,b,sum\n1,2,3\n");
  });

  it("batches more rows than fit one batch", async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `${i},${i}`);
    const lines = (await sum(`a,b\n${rows.join("\n")}\n`, { chunk: 100_000 })).split("\n");
    expect(lines[10_000]).toBe("9999,9999,19998");
  });

  it("random tables come out as they went in", async () => {
    const cell = fc.oneof(fc.string({ unit: fc.constantFrom("a", "ß", " ", ",", '"', "\n", "日", ".") }), fc.string());
    const written = cell.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
    const end = fc.constantFrom("\n", "\r\n");
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const table = fc.array(fc.tuple(written, number, end), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, chunk) => {
        const clean = rows.filter(([text]) => !text.includes("\0"));
        const input = clean.map(([text, value, ending]) => `${text},${value}${ending}`).join("");
        const output = clean.map(([text, value, ending]) => `${text},${value},${value + 0}${ending}`).join("");
        expect(await sum(`x,a\n${input}`, { variables: ["a"], chunk })).toBe(`x,a,sum\n${output}`);
      }),
    );
  });
});

describe("what is wrong is said with its place", () => {
  it.each([
    ["a missing cell", "a,b\n1,2\n1,\n", 't.csv:3:3: the cell of column "b" is missing'],
    ["a blank cell", "a,b\n1,  \n", 't.csv:2:3: the cell of column "b" is missing'],
    ["a word", "a,b\n1,2\nn/a,2\n", 't.csv:3:1: the cell of column "a" is "n/a", which is not a number'],
    ["after a quoted cell", 'x,a,b\n"p,\nü",1,z\n', 't.csv:3:6: the cell of column "b" is "z"'],
    ["a short row", "a,b\n1\n", "t.csv:2:1: the row has 1 cell; expected 2"],
    ["a long row", "a,b\n1,2\n1,2,3\n", "t.csv:3:5: the row has 3 cells; expected 2"],
    ["names twice", "a,b,a\n", 't.csv:1: columns 1 and 3 are both called "a"'],
    ["an unknown column", "a,c\n", 't.csv: has no column "b"'],
    ["an open quote", 'a,b\n1,2\n1,"2\n3,4\n', "t.csv:3: a quote is opened and never closed"],
    ["text after a quote", 'a,b\n1,"2"x\n', "t.csv:2: "],
    [
      "thousands",
      'a,b\n1,"1,234.5"\n',
      'is "1,234.5", which is not a number; expected a number without thousands separators',
    ],
    ["a decimal comma", 'a,b\n1,"2,5"\n', "expected a number with a point before its decimals"],
    ["a truth value", "a,b\n1,true\n", "--type b=bool reads such a column as booleans"],
    ["the first of two faults", "a,b\n1,2\nx,y\n1\n", 't.csv:3:1: the cell of column "a" is "x"'],
    ["bzip2", "BZh91AY", "t.csv: is compressed (bzip2); expected CSV: bunzip2 decompresses it"],
    ["nothing", "", "t.csv: is empty"],
    ["zero bytes", "a\0b\n", "t.csv: is not a text file"],
  ])("%s", async (_name, input, message) => {
    await expect(sum(input)).rejects.toThrow(message);
    await expect(sum(input, { chunk: 5 })).rejects.toThrow(message);
  });

  it("refuses cells that are no i32", async () => {
    expect(await sum("a,b\n1,-2\n", { type: "i32" })).toBe("a,b,sum\n1,-2,-1\n");
    for (const cell of ["1.5", "2147483648", "NaN"])
      await expect(sum(`a,b\n1,${cell}\n`, { type: "i32" })).rejects.toThrow(
        `t.csv:2:3: the cell of column "b" is "${cell}"`,
      );
  });

  it("names the nearest column", async () => {
    const wanted = sum("price,b\n", { variables: ["prize"] });
    await expect(wanted).rejects.toThrow('t.csv: has no column "prize"; did you mean "price"?');
  });

  it("refuses UTF-16", async () => {
    for (const text of ["\ufeffa,b\n", "a,b\n"])
      await expect(sum(Buffer.from(text, "utf16le"))).rejects.toThrow("t.csv: is UTF-16");
  });

  it("reads missing and other cells as nothing on demand", async () => {
    expect(await sum("a,b\n1,\nx,4\n5,6\n", { missing: "null" })).toBe("a,b,sum\n1,,\nx,4,\n5,6,11\n");
  });

  it("reads missing and other cells as NaN on demand", async () => {
    expect(await sum("a,b\n1,\nx,2\n3,NaN\n", { missingIsNaN: true })).toBe("a,b,sum\n1,,NaN\nx,2,NaN\n3,NaN,NaN\n");
  });

  it("does not follow an open quote for ever", async () => {
    await expect(sum(`a,b\n1,"${"2,3\n".repeat(5 << 20)}`, { chunk: 1 << 20 })).rejects.toThrow(
      "is a quote not closed?",
    );
  });
});
