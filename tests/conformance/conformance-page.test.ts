/** The rows in docs/conformance.md are today's. The scores of a run need the data and take minutes: `npm run conformance`. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { allRows } from "../../src/asm/x64/instructions.ts";
import { conformancePage, rowsTable } from "./conformance-page.ts";

const file = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url));

if (process.env.BLESS === "conformance") {
  test("docs/conformance.md is written", () => {
    writeFileSync(file, conformancePage());
  });
} else {
  test("the rows in docs/conformance.md are current", () => {
    const page = readFileSync(file, "utf8");
    expect(page.includes(rowsTable().join("\n")), "run: npm run conformance").toBe(true);
  });

  test("every row is judged", () => {
    const [rows = 0, judged = 0] = (rowsTable().at(-1)?.match(/\d+/g) ?? []).map(Number);
    expect(rows).toBeGreaterThanOrEqual(allRows().length);
    expect(judged).toBe(rows);
  });

  test("no difference in docs/conformance.md is without a reason", () => {
    const counts = [...readFileSync(file, "utf8").matchAll(/(\d+) differences without a reason/g)].map(
      ([, count]) => count,
    );
    expect(counts).toEqual(["0", "0", "0", "0"]);
  });
}
