/** docs/ir.md and docs/filetests.md say what is: tables come from the rows, examples run. `BLESS=1` rewrites the tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { verify } from "../src/analysis/verify.ts";
import { opcodeNames } from "../src/ir/opcode-shapes.ts";
import { opcodeRow } from "../src/ir/opcodes.ts";
import { parseFunctions } from "../src/ir/parse.ts";
import { printFunction } from "../src/ir/print.ts";
import { passes } from "../src/opt/pipeline.ts";
import { analysisCommands } from "./filetests/commands/analysis.ts";
import { irCommands } from "./filetests/commands/ir.ts";
import { runCommands } from "./filetests/commands/run.ts";
import { commands } from "./filetests/commands.ts";
import { runFiletest } from "./filetests/filetest.ts";

const page = (name: string): URL => new URL(`../docs/${name}`, import.meta.url);
const examples = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((match) => match[1] ?? "");

/** The lines between `<!-- name -->` and `<!-- end -->`. */
function withTable(text: string, name: string, table: string): string {
  const pattern = new RegExp(`<!-- ${name} -->\n(?:.*?\n)??<!-- end -->`, "s");
  expect(text).toMatch(pattern);
  return text.replace(pattern, () => `<!-- ${name} -->\n${table}\n<!-- end -->`);
}

const beside = {
  constant: "its value",
  offset: "a byte offset",
  lane: "a lane's number",
  callee: "the function",
} as const;

function opcodeTable(): string {
  const rows = opcodeNames
    .filter((opcode) => opcode !== "parameter")
    .map((opcode) => {
      const { signature, lanes, types, from, wasm, commutative, traps, effect, immediate } = opcodeRow(opcode);
      const notes = [
        types === undefined ? "" : `T: ${types.join(" ")}`,
        from === undefined ? "" : `S: ${from.join(" ")}`,
        lanes === undefined ? "" : lanes === "one" ? "no vectors" : "vectors alone",
        commutative === true ? "commutative" : "",
        traps === true ? "traps" : "",
        effect === undefined ? "" : `${effect}s memory`,
        immediate === undefined ? "" : `with ${beside[immediate]}`,
      ];
      return `| \`${opcode}\` | \`${signature.trim()}\` | ${wasm ?? ""} | ${notes.filter((note) => note !== "").join("; ")} |`;
    });
  return ["| opcode | operands -> result | WebAssembly | |", "|---|---|---|---|", ...rows].join("\n");
}

function passTable(): string {
  const rows = passes.map(
    ({ name, after, option }) =>
      `| \`${name}\` | ${option !== undefined ? `with \`${option}: true\`` : after === undefined ? "always" : `if \`${after}\` changed something`} |`,
  );
  return ["| pass | runs |", "|---|---|", ...rows].join("\n");
}

describe("docs/ir.md", () => {
  it("has the tables that the rows give", () => {
    const text = readFileSync(page("ir.md"), "utf8");
    const expected = withTable(withTable(text, "opcodes", opcodeTable()), "passes", passTable());
    if (process.env.BLESS === "1") writeFileSync(page("ir.md"), expected);
    else expect(text, "BLESS=1 npx vitest run tests/ir-documentation.test.ts rewrites the tables").toBe(expected);
  });

  it("has examples that read back and are valid", () => {
    const texts = examples(readFileSync(page("ir.md"), "utf8"), "ir");
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) {
      const functions = parseFunctions(text);
      functions.forEach(verify);
      expect(functions.map((fn) => printFunction(fn)).join("\n")).toBe(text);
    }
  });
});

describe("docs/filetests.md", () => {
  it("has examples that pass", () => {
    const texts = examples(readFileSync(page("filetests.md"), "utf8"), "filetest");
    expect(texts.length).toBeGreaterThan(1);
    for (const text of texts) expect(runFiletest(text, commands)).toBe(text);
  });

  it("names every command for IR", () => {
    const [, table = ""] = /## Commands\n(.*?)## /s.exec(readFileSync(page("filetests.md"), "utf8")) ?? [];
    const named = [...table.matchAll(/`([a-z]+)[^`]*`(?=[^|]*\|)/g)].map((match) => match[1]);
    const names = Object.keys({ ...irCommands, ...analysisCommands, ...runCommands });
    for (const name of names) expect(named).toContain(name);
  });
});
