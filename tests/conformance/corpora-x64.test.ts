/**
 * Other projects' disassembly of x86-64 bytes (golang/arch, and LLVM's assembler tests as kept by Capstone) against ours.
 *
 * A line counts as covered if its mnemonic is in our tables and it needs no register that they leave out; on covered
 * lines nothing may differ, but for what `explanations` tells one by one, and what was decoded encodes to the same text.
 * Lines beyond the tables are "not covered"; they must not decode to something else. The files lie beside the project;
 * where they do not, the test says so.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { CodeBuffer } from "../../src/asm/code-buffer.ts";
import { disassemble, type Instruction } from "../../src/asm/x64/disassembler.ts";
import { formOf } from "../../src/asm/x64/form.ts";
import { extensionOf } from "../../src/asm/x64/instruction-reference.ts";
import { fillWithNoOperations } from "../../src/asm/x64/no-operations.ts";
import { parseAtt, parseIntel } from "./assembly-text.ts";
import { agrees, isKnown, type Syntax, spelled } from "./compare-assembly.ts";
import { type CorpusScore, recordScore } from "./scores.ts";

const folder = fileURLToPath(new URL("../../../shared/corpora/x86-64/", import.meta.url));
const present = existsSync(folder);
if (!present) console.log(`skipped: no corpora at ${folder}`);

interface Line {
  readonly bytes: Uint8Array;
  /** Bytes of the instruction itself; more may follow. */
  readonly length: number;
  readonly syntax: Syntax;
  readonly text: string;
}

function golangLines(syntax: "intel" | "gnu"): Line[] {
  const lines: Line[] = [];
  for (const line of readFileSync(`${folder}golang-arch-decode.txt`, "utf8").split("\n")) {
    const [code = "", mode, written, text = ""] = line.split("\t");
    if (mode !== "64" || written !== syntax) continue;
    const [own = "", rest = ""] = code.split("|");
    const bytes = Uint8Array.from(Buffer.from(own + rest, "hex"));
    lines.push({ bytes, length: own.length / 2, syntax: syntax === "intel" ? "intel" : "att", text });
  }
  return lines;
}

function capstoneLines(name: string): Line[] {
  const content = readFileSync(`${folder}capstone-mc/${name}`, "utf8").split("\n");
  const syntax = content[0]?.includes("SYNTAX_ATT") ? "att" : "intel";
  return content.flatMap((line): Line[] => {
    const match = /^((?:0x[0-9a-f]{2},?)+) = (.+)$/.exec(line);
    if (match === null) return [];
    const bytes = Uint8Array.from((match[1] ?? "").split(",").map(Number));
    return [{ bytes, length: bytes.length, syntax, text: (match[2] ?? "").trim() }];
  });
}

/** Registers that no row of ours takes. */
const leftOut = /^(?:mmx?\d|[cd][rb]\d+|st.*|tr\d)$/;

type Verdict = "passed" | "not covered" | "explained" | { readonly mismatch: string };

/**
 * What makes a line none of the extensions that the tables are to cover: general-purpose instructions that run unprivileged, SSE
 * to SSE4.2, AES, PCLMULQDQ, SHA, GFNI, AVX to AVX-512, FMA3, F16C, BMI1 and BMI2. Everything else counts.
 */
const otherExtensions: readonly (readonly [what: string, line: RegExp])[] = [
  ["no instruction, says the corpus, or a prefix alone", /^(?:error.*|data16|addr32|repn?e?|lock|[cdefgs]s)$/],
  ["MMX registers", /%?\bmmx?\d\b|^emms\b|^maskmovq\b|^cvtpi2p[sd]\b/],
  ["x87", /^f(?!x(?:save|rstor))|^wait\b|%?\bst\(|^(?:emms|femms)/],
  [
    "XOP",
    /^v(?:ph(?:add|sub)(?:[bw][dqw]|u?[bwd][dqw]|dq|wd|bw)|frcz|psh[al]|prot|pmadcss?wd|pmacs|pcom(?!press)|pperm|pcmov|permil2)/,
  ],
  ["FMA4", /^vf(?:n?madd|n?msub|maddsub|msubadd)[ps][sd]\b/],
  ["TBM", /^(?:blc|bls(?:fill|ic)|t1mskc|tzmsk)|^bextr\w* \$/],
  ["SSE4a, AVX512PF", /^movnts[sd]\b|^v(?:gather|scatter)pf/],
  [
    "privileged: the system's own, or its ports",
    /^(?:l[lgi]dt|ltr|lmsw|invlpg|invd|wbinvd|invpcid|clts|hlt|monitor|mwait|xsetbv|swapgs|sysret|sysenter|sysexit|rsm|[rw]dmsr|wrmsr|xsaves|xrstors|cli|sti|in|out|ins|outs)(?:[bwlqd]|64)?(?:\s|$)|%?\b(?:[cdt]r|db)\d/,
  ],
];

/** Whether the tables should have the line's instruction. */
function isListed({ text, bytes }: Line): boolean {
  const plain = text.replace(/^(?:(?:data16|addr32|lock|rep(?:n?e?)|[cdefgs]s) )+/, "");
  return !isXop(bytes) && !otherExtensions.some(([, shape]) => shape.test(plain));
}

function judge(line: Line): Verdict {
  const [instruction] = disassemble(line.bytes);
  if (instruction === undefined) return { mismatch: "nothing decoded" };
  if (/^(?:error.*|data16|addr32|rep|repne|lock|[cdefgs]s)$/.test(line.text)) {
    // Bytes that the corpus calls no instruction.
    if (instruction.text === "(bad)") return "not covered";
    return explained(line, instruction) ? "explained" : { mismatch: instruction.text };
  }
  const theirs = line.syntax === "intel" ? parseIntel(line.text) : parseAtt(line.text);
  const { mnemonic } = spelled(theirs, line.syntax, instruction.mnemonic);
  const covered =
    isKnown(mnemonic) &&
    !isXop(line.bytes) &&
    !theirs.operands.some((operand) => operand.kind === "register" && leftOut.test(operand.name));
  if (instruction.text === "(bad)") {
    if (!covered) return "not covered";
    return explained(line, instruction) ? "explained" : { mismatch: "(bad)" };
  }
  if (instruction.length === line.length && agrees(instruction, theirs, line.syntax)) {
    const again = encodedAgain(instruction);
    return again === withoutPrefixes(instruction.text)
      ? "passed"
      : { mismatch: `${instruction.text}; encoded again: ${again}` };
  }
  return explained(line, instruction) ? "explained" : { mismatch: instruction.text };
}

const withoutPrefixes = (text: string): string =>
  text.replace(/^(?:(?:lock|rep|repne|xacquire|xrelease) )+/, "").replace(/\b[cdes]s:\[/, "[");

/** The text of what the assembler makes of the decoded operands. The row has no place for prefixes. */
function encodedAgain({ row, operands, text }: Instruction): string {
  if (row === undefined) return "(bad)";
  // The strings' segments and addresses are no operands.
  if (row.operands.length === 0) return withoutPrefixes(text);
  const buffer = new CodeBuffer(fillWithNoOperations);
  formOf(row).encode(buffer, operands[0], operands[1], operands[2], operands[3], operands[4]);
  return disassemble(buffer.toBytes())
    .map((instruction) => instruction.text)
    .join("; ");
}

/** 8F with a map of 8 and up is AMD's XOP. */
function isXop(bytes: Uint8Array): boolean {
  return bytes[0] === 0x8f && ((bytes[1] ?? 0) & 0x1f) >= 8;
}

interface Explanation {
  readonly why: string;
  readonly applies: (line: Line, instruction: Instruction) => boolean;
  count: number;
}

/** Where we follow the SDM or LLVM 14 and the corpus does not. Every entry is used; the run prints how often. */
const explanations: Explanation[] = [
  explain("golang/arch loses the segment before A0 to A3, moves at a 64-bit absolute address", /^26a[0-3]/),
  explain("66 before bswap is undefined (SDM volume 2, BSWAP)", /^660fc8/),
  explain("66 before movnti is no instruction (SDM: NP 0F C3)", /^660fc3/),
  explain(
    "66 changes nothing in cvtsd2si and its like, nor in cvtsi2ss (SDM: only REX.W does)",
    /^66f[23]0f2[acd]|^3667f3660f2a/,
  ),
  explain(
    "66 before a near call, jump or return is ignored on Intel (SDM: operand size is forced to 64 bits)",
    /^66(?:ff[12][01]|c2|e[89])/,
  ),
  explain("golang/arch sizes prefetches and clflush as a whole cache line", /^0f(?:0d|18|ae38)/),
  explain("golang/arch prints the reg field of nop, which means nothing", /^(?:66)?0f1f/),
  explain("golang/arch takes a REX prefix before another one as an error; the SDM ignores the first", /^40/),
  explain(
    "rdrand and the bases of fs and gs are read and written in registers alone",
    /^(?:480fc730|(?:66)?f3(?:48)?0fae1[18])/,
  ),
  explain(
    "66 before xsave and its like is clwb or no instruction (SDM: NP 0F AE, NP 0F C7); before xbegin it makes rel16, left out",
    /^66(?:0fae[0-3]|0fc720|c7f8)/,
  ),
  explain(
    "golang/arch prints a 3E that stands before a 36, or none; of several segment prefixes the last counts",
    /^f267f0663e36|^3ef367660f38|^f3f0673e660f38/,
  ),
];

function explain(why: string, bytes: RegExp): Explanation {
  return { why, applies: (line) => bytes.test(hex(line.bytes.subarray(0, line.length))), count: 0 };
}

function explained(line: Line, instruction: Instruction): boolean {
  const found = explanations.find(({ applies }) => applies(line, instruction));
  if (found !== undefined) found.count++;
  return found !== undefined;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe.skipIf(!present)("x86-64 corpora", () => {
  const files: [string, () => Line[]][] = present
    ? [
        ["golang-arch-decode.txt (intel)", () => golangLines("intel")],
        ["golang-arch-decode.txt (gnu)", () => golangLines("gnu")],
        ...readdirSync(`${folder}capstone-mc`)
          .filter((name) => name.endsWith(".cs"))
          .map((name): [string, () => Line[]] => [name, () => capstoneLines(name)]),
      ]
    : [];
  const byExtension = new Map<string, { passed: number; explained: number }>();
  const scores: CorpusScore["files"][number][] = [];
  const missing = new Map<string, number>();
  const uncovered = new Map<string, number>();

  test.each(files)("%s", (name, read) => {
    const mismatches: string[] = [];
    let passed = 0;
    let notCovered = 0;
    let explainedLines = 0;
    let listed = 0;
    let covered = 0;
    for (const line of read()) {
      const verdict = judge(line);
      if (isListed(line)) {
        listed++;
        if (verdict === "passed") covered++;
        else missing.set(line.text, (missing.get(line.text) ?? 0) + 1);
      }
      const row = disassemble(line.bytes)[0]?.row;
      const extension = row === undefined ? "left out" : extensionOf(row.features);
      const ofExtension = byExtension.get(extension) ?? { passed: 0, explained: 0 };
      if (verdict === "passed" || verdict === "explained") byExtension.set(extension, ofExtension);
      if (verdict === "not covered") {
        notCovered++;
        const [mnemonic = ""] = line.text.split(/\s/, 1);
        uncovered.set(mnemonic, (uncovered.get(mnemonic) ?? 0) + 1);
      } else if (verdict === "explained") {
        explainedLines++;
        ofExtension.explained++;
      } else if (verdict === "passed") {
        passed++;
        ofExtension.passed++;
      } else mismatches.push(`${hex(line.bytes.subarray(0, line.length))}  ${line.text}  ours: ${verdict.mismatch}`);
    }
    scores.push({ name, passed, explained: explainedLines, notCovered, listed, covered });
    console.log(
      `${name}: ${covered} of ${listed} lines of the listed extensions covered; ${passed} passed, ${mismatches.length} mismatches, ${explainedLines} explained, ${notCovered} not covered`,
    );
    expect(mismatches.join("\n")).toBe("");
  });

  test("98 of 100 lines of the listed extensions are covered", () => {
    const listed = scores.reduce((sum, score) => sum + score.listed, 0);
    const covered = scores.reduce((sum, score) => sum + score.covered, 0);
    console.log(`${covered} of ${listed} lines of the listed extensions, ${((100 * covered) / listed).toFixed(2)} %`);
    console.log(`not among them: ${[...missing].map(([text, count]) => `${text} (${count})`).join("; ")}`);
    for (const score of scores) expect(score.covered, score.name).toBeGreaterThanOrEqual(0.98 * score.listed);
  });

  test("score by extension", () => {
    const extensions = [...byExtension].map(([name, counts]) => ({ name, ...counts }));
    console.log(extensions.map(({ name, passed }) => `${name}: ${passed} passed`).join("\n"));
    recordScore("corpora", {
      files: scores,
      extensions,
      notCovered: [...uncovered],
      explanations: explanations.map(({ why, count }) => [why, count]),
    });
    console.log(`not covered: ${[...uncovered].map(([mnemonic, count]) => `${mnemonic} ${count}`).join(", ")}`);
    for (const { why, count } of explanations) console.log(`explained ${count} times: ${why}`);
    expect(explanations.filter(({ count }) => count === 0).map(({ why }) => why)).toEqual([]);
  });
});
