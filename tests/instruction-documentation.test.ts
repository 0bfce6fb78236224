/** The pages on instructions: the generated one is current, and the rows that the other one shows make the bytes it shows. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CodeBuffer } from "../src/asm/code-buffer.ts";
import { formOf } from "../src/asm/x64/form.ts";
import { instructionReference } from "../src/asm/x64/instruction-reference.ts";
import { allRows, mnemonics, rowsOf } from "../src/asm/x64/instructions.ts";
import { fillWithNoOperations } from "../src/asm/x64/no-operations.ts";
import { eax, edx } from "../src/asm/x64/registers.ts";
import { parseRow } from "../src/asm/x64/row.ts";
import { assemble } from "../src/asm/x64/text/assemble.ts";

const page = (name: string): string => readFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), "utf8");

test("docs/instructions.md is what npm run instructions makes", () => {
  expect(page("instructions.md") === instructionReference(), "run: npm run instructions").toBe(true);
});

test("docs/instructions.md has every form", () => {
  const text = page("instructions.md");
  for (const mnemonic of mnemonics()) expect(text).toContain(`| \`${mnemonic}\` |`);
  const forms = text.split("\n").filter((line) => /^\| (?:`\w+`)? \| (?:`[^`]*`)? \| `/.test(line));
  expect(forms.length).toBe(allRows().length);
});

test("the rows in docs/adding-an-instruction.md are rows, and make the bytes beside them", () => {
  const text = page("adding-an-instruction.md");
  const rows = [...text.matchAll(/^ {2}(\w+): *\{ "(.*?)": *"(.*?)" \},/gm)].map(
    ([, mnemonic = "", signature = "", encoding = ""]) => parseRow(mnemonic, signature, encoding, []),
  );
  expect(rows.length).toBeGreaterThan(2);
  for (const row of rows.filter(({ mnemonic }) => mnemonic !== "bump")) {
    const known = rowsOf(row.mnemonic).map(({ signature, encoding }) => `${signature}: ${encoding}`);
    expect(known).toContain(`${row.signature}: ${row.encoding}`);
  }
  const bump = rows.find(({ mnemonic }) => mnemonic === "bump");
  const buffer = new CodeBuffer(fillWithNoOperations);
  if (bump !== undefined) formOf(bump).encode(buffer, eax, edx);
  expect(text).toContain(
    `\`${Buffer.from(buffer.toBytes())
      .toString("hex")
      .replace(/..(?=.)/g, "$& ")}\``,
  );
  for (const [, statement = "", hex = ""] of text.matchAll(/`([^`]+)` is `([0-9a-f ]+)`/g)) {
    if (!statement.startsWith("bump"))
      expect(Buffer.from(assemble(statement))).toEqual(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  }
});
