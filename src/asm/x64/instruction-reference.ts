/**
 * `docs/instructions.md` from the instruction rows: every mnemonic with its forms, encodings and the CPU features that
 * they need, by extension; and what is left out. Nothing in it is written by hand, and a test compares it with the file.
 */
import { type CpuFeature, cpuFeatures } from "./features.ts";
import { allRows, instructionSets, mnemonics } from "./instructions.ts";
import { leftOut } from "./left-out.ts";
import type { Row } from "./row.ts";

const baseExtension = "Base";

/** The page as Markdown. */
export function instructionReference(): string {
  const rows = allRows();
  // In the order of the tables, which is that of history.
  const extensions = new Map<string, Row[]>();
  for (const { features } of instructionSets) extensions.set(extensionOf(features), []);
  for (const row of rows) extensions.get(extensionOf(row.features))?.push(row);
  const lines = [
    "# The x86-64 instructions",
    "",
    "This page is made from the instruction rows by `npm run instructions`. Assembler, text assembler, disassembler,",
    "register allocator and tests read the same rows.",
    "",
    `There are ${mnemonics().length} mnemonics with ${rows.length} forms, in ${extensions.size} extensions.`,
    "Operands and encodings are in the notation of Intel's manual, told in",
    "[row-notation.ts](../src/asm/x64/row-notation.ts): `w` marks an operand that is written, `rw` one that is read and",
    "written, `<…>` holds registers that the instruction uses by itself. A second encoding after a bar is decoded only.",
    "An underscore in a mnemonic is a space in text: `rep_movsb` is `rep movsb`.",
    "How to add a row stands in [adding-an-instruction.md](adding-an-instruction.md).",
    "",
    "| extension | mnemonics | forms |",
    "|---|---:|---:|",
    ...[...extensions].map(
      ([name, list]) =>
        `| [${name}](#${anchor(name)}) | ${new Set(list.map(({ mnemonic }) => mnemonic)).size} | ${list.length} |`,
    ),
    "",
    "## Left out",
    "",
    "Everything else that runs unprivileged in 64-bit mode has its rows. Not here are:",
    "",
    "| instructions | why |",
    "|---|---|",
    ...leftOut.map(({ extension, reason }) => `| ${extension} | ${reason} |`),
    "",
    ...[...extensions].flatMap(([name, list]) => section(name, list)),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** What a row is listed under: its features but AVX512VL, which only tells the vector's length. */
export function extensionOf(features: readonly CpuFeature[]): string {
  const telling = features.filter((feature) => feature !== "avx512vl");
  return telling.length === 0 ? baseExtension : namesOf(telling).join(" with ");
}

function namesOf(features: readonly CpuFeature[]): string[] {
  return features.map((feature) => cpuFeatures[feature]);
}

/** As GitHub makes it of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}

function section(name: string, rows: readonly Row[]): string[] {
  const withLength = rows.some(({ features }) => features.includes("avx512vl"));
  const byMnemonic = [...rows].sort((a, b) => (a.mnemonic < b.mnemonic ? -1 : a.mnemonic > b.mnemonic ? 1 : 0));
  const lines = [`## ${name}`, "", ...needs(rows), `| mnemonic | operands | encoding |${withLength ? " needs |" : ""}`];
  lines.push(`|---|---|---|${withLength ? "---|" : ""}`);
  let last = "";
  for (const { mnemonic, signature, encoding, features } of byMnemonic) {
    const operands = signature === "" ? "" : `\`${signature}\``;
    // The first of several encodings in the manual's own column, the others behind a bar that is no column's.
    const encodings = encoding
      .split(" | ")
      .map((one) => `\`${one}\``)
      .join(" \\| ");
    const length = withLength ? ` ${features.includes("avx512vl") ? cpuFeatures.avx512vl : ""} |` : "";
    lines.push(`| ${mnemonic === last ? "" : `\`${mnemonic}\``} | ${operands} | ${encodings} |${length}`);
    last = mnemonic;
  }
  return [...lines, ""];
}

/** The features as `/proc/cpuinfo` and `jitsmith doctor` spell them. */
function needs(rows: readonly Row[]): string[] {
  const features = rows[0]?.features.filter((feature) => feature !== "avx512vl") ?? [];
  return features.length === 0 ? [] : [`CPU features: ${features.map((feature) => `\`${feature}\``).join(", ")}`, ""];
}
