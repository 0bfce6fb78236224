/**
 * `docs/conformance.md`: who has judged the assembler and the disassembler, on how much, and what differed. The table of rows
 * follows from the rows and the golden file, and a test keeps it current; the rest are scores of one run of
 * `npm run conformance`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodableRows } from "../../src/asm/x64/decode-tables.ts";
import { extensionOf } from "../../src/asm/x64/instruction-reference.ts";
import { instructionSets } from "../../src/asm/x64/instructions.ts";
import { type ComparisonScore, type CorpusScore, readScore } from "./scores.ts";

const golden = fileURLToPath(new URL("../golden/x64.txt", import.meta.url));

/** How many lines the golden file has under each heading, `# mnemonic signature = encoding`. */
function goldenCounts(): Map<string, number> {
  const counts = new Map<string, number>();
  let heading = "";
  for (const line of readFileSync(golden, "utf8").split("\n")) {
    if (line.startsWith("# ")) heading = line;
    else if (line !== "") counts.set(heading, (counts.get(heading) ?? 0) + 1);
  }
  return counts;
}

/** The table that the rows and the golden file make. */
export function rowsTable(): string[] {
  const counts = goldenCounts();
  const byExtension = new Map<string, { rows: number; judged: number; lines: number }>();
  for (const { features } of instructionSets) byExtension.set(extensionOf(features), { rows: 0, judged: 0, lines: 0 });
  const total = { rows: 0, judged: 0, lines: 0 };
  for (const { row } of decodableRows()) {
    const lines = counts.get(`# ${row.mnemonic} ${row.signature} = ${row.encoding}`) ?? 0;
    for (const entry of [byExtension.get(extensionOf(row.features)), total]) {
      if (entry === undefined) continue;
      entry.rows++;
      if (lines > 0) entry.judged++;
      entry.lines += lines;
    }
  }
  const line = (name: string, { rows, judged, lines }: typeof total): string =>
    `| ${name} | ${rows} | ${judged} | ${lines} |`;
  return [
    "| extension | rows | rows judged | instructions judged |",
    "|---|---:|---:|---:|",
    ...[...byExtension].map(([name, entry]) => line(name, entry)),
    line("**all**", total),
  ];
}

function corporaSection({ files, extensions, notCovered, explanations }: CorpusScore): string[] {
  const sum = files.reduce((all, file) => all + file.passed + file.explained, 0);
  const passed = files.reduce((all, file) => all + file.passed, 0);
  const listed = files.reduce((all, file) => all + file.listed, 0);
  const covered = files.reduce((all, file) => all + file.covered, 0);
  return [
    `**Of ${listed} lines of the extensions that the tables are to cover, ${percent(covered, listed)} are covered**: general-purpose`,
    "instructions that run unprivileged, SSE to SSE4.2, AES, PCLMULQDQ, SHA, GFNI, AVX, AVX2, FMA3, F16C, BMI1/2, VAES, VPCLMULQDQ,",
    "AVX-VNNI and AVX-512. Covered is what passes; a line whose difference is explained counts as not covered. The others are x87,",
    "MMX, XOP, FMA4, TBM, SSE4a, AVX512PF, privileged instructions, and bytes that the corpus calls no instruction.",
    "",
    `Of ${sum} lines that the tables cover, ${passed} pass and ${sum - passed} are explained; none differs without a reason.`,
    "",
    "| file | of listed extensions | covered | share | passed | explained | not covered |",
    "|---|---:|---:|---:|---:|---:|---:|",
    ...files.map(
      ({ name, listed: ofListed, covered: ofCovered, passed: ofPassed, explained, notCovered: left }) =>
        `| ${name} | ${ofListed} | ${ofCovered} | ${percent(ofCovered, ofListed)} | ${ofPassed} | ${explained} | ${left} |`,
    ),
    "",
    "| extension | passed | explained |",
    "|---|---:|---:|",
    ...extensions.map((each) => `| ${each.name} | ${each.passed} | ${each.explained} |`),
    "",
    "Not covered are, with the number of lines, instructions and forms that",
    "[left-out.ts](../src/asm/x64/left-out.ts) names, and bytes that the corpus calls no instruction:",
    "",
    notCovered.map(([mnemonic, lines]) => `\`${mnemonic}\` ${lines}`).join(", "),
    "",
    ...reasons("explained because", explanations),
  ];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(2)} %`;
}

function reasons(title: string, list: readonly (readonly [string, number])[]): string[] {
  const sorted = [...list].sort((a, b) => b[1] - a[1]);
  return [`| ${title} | times |`, "|---|---:|", ...sorted.map(([why, times]) => `| ${why} | ${times} |`), ""];
}

function comparison({ title, judge, cases, unexplained, explained }: ComparisonScore): string[] {
  return [
    `### ${title[0]?.toUpperCase()}${title.slice(1)}, judged by ${judge}`,
    "",
    `${cases} cases, ${unexplained} differences without a reason.`,
    "",
    ...reasons("outcome", explained),
  ];
}

/** The whole page, from the scores of a run. */
export function conformancePage(): string {
  const { cases, seed, names } = readScore("properties");
  const lines = [
    "# Conformance of the x86-64 assembler and disassembler",
    "",
    "This page is written by `npm run conformance`. The first table follows from the rows, and a test keeps it current; the",
    "others are the scores of that run.",
    "",
    "## Rows",
    "",
    "Every row is encoded and decoded at boundary operands: the ends of each immediate, of each displacement and of each",
    "register class, masks, broadcast and rounding. LLVM's `llvm-mc` and GNU `objdump` have read the bytes of every such",
    "instruction, and GNU `as` the texts of all but branches (`npm run golden`, `tests/golden/x64.txt`). Where LLVM 14 is",
    "known to be wrong, which `isMistakenByLlvm` in `golden-x64.test.ts` lists, objdump alone judges; `lock` LLVM alone.",
    "",
    ...rowsTable(),
    "",
    "## Corpora",
    "",
    "Other projects' test data, which is not part of this one and stands beside it as `../shared/corpora/x86-64`:",
    "golang/arch's decoder tests (in Intel and in GNU syntax) and LLVM's assembler tests as Capstone keeps them.",
    "A line passes if its bytes disassemble to the same mnemonic, operands and length, and assemble to the same text again.",
    "",
    ...corporaSection(readScore("corpora")),
    "## Random cases",
    "",
    `Properties, ${cases} cases each (seed ${seed}; \`npm run random-x64 -- ${cases} ${seed}\`), all passed:`,
    "",
    ...names.map((name) => `- ${name}`),
    "",
    ...comparison(readScore("llvmInstructions")),
    ...comparison(readScore("llvmBytes")),
    ...comparison(readScore("icedRandom")),
    "## A second decoder on the golden file",
    "",
    ...comparison(readScore("icedGolden")),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
