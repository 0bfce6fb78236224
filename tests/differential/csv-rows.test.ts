/** Our rows of CSV against those of Papa Parse, on texts that are mostly delimiters, quotes and line ends. */
import fc from "fast-check";
import Papa from "papaparse";
import { expect, it } from "vitest";
import { cellText, readCsvRows } from "../../node/files/csv-rows.ts";
import { InputError } from "../../node/files/input-error.ts";

/** All cells by row, the header first; undefined where the text is refused. */
async function ours(text: string, delimiter: string, chunk: number): Promise<string[][] | undefined> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += chunk) yield bytes.subarray(from, from + chunk);
  }
  const rows: string[][] = [];
  const pieces: Buffer[] = [];
  try {
    await readCsvRows(chunks(), "t.csv", () => delimiter, {
      header: (cells) => void rows.push([...cells]),
      async rows(piece, fault) {
        if (fault !== undefined) throw fault;
        pieces.push(Buffer.from(piece.bytes));
        for (let row = 0; row < piece.rows; row++)
          rows.push(
            Array.from({ length: piece.columns }, (_, cell) => {
              const at = row * (piece.columns + 1) + cell;
              return cellText(piece.bytes, piece.starts[at] ?? 0, (piece.starts[at + 1] ?? 0) - piece.gap);
            }),
          );
      },
    });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
  if (rows.length > 0) expect(Buffer.concat(pieces).toString()).toBe(text);
  return rows;
}

function papas(text: string, delimiter: string): string[][] | undefined {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: "\n" });
  const rows = data
    .map((row) => row.map((cell, index) => (index === row.length - 1 ? cell.replace(/\r$/, "") : cell)))
    .filter((row) => row.length > 1 || row[0] !== "");
  const [first] = rows;
  if (errors.length > 0 || rows.some((row) => row.length !== first?.length)) return undefined;
  return rows;
}

const units = ["a", "1", " ", "é", ",", ",", "\n", "\n", "\r\n", '"', '"', '""', '"a"', '",', '\n"'];

it("the same cells, however the text is cut", async () => {
  const wild = fc.string({ unit: fc.constantFrom(...units), maxLength: 24 });
  const cell = fc.constantFrom("", "a", "é ", " 1", '"b"', '"c, d"', '"e ""f"""', '"g\nh"', 'i"j', '"k" ');
  const table = fc
    .integer({ min: 1, max: 3 })
    .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 6 }))
    .map((rows) => rows.map((row) => row.join(",")).join("\n"));
  const text = fc.oneof(wild, table);
  let read = 0;
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom(",", ";", "·"),
      fc.integer({ min: 1, max: 30 }),
      async (raw, delimiter, chunk) => {
        const shown = raw.replaceAll(",", delimiter);
        const expected = papas(shown, delimiter);
        // An empty cell in quotes alone on its line is a row for us, spaces may stand behind a quote that ends the file, and the
        // line feed behind a quoted cell's CR belongs to it.
        if (/(^|\n)"" *\r?(\n|$)|" +$/.test(shown) || /"[^"]*\r/.test(shown)) return;
        const found = await ours(shown, delimiter, chunk);
        expect(found).toEqual(expected);
        if (found !== undefined && found.length > 1) read++;
      },
    ),
    { numRuns: 2500 },
  );
  expect(read).toBeGreaterThan(500);
});
