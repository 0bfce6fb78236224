/**
 * Other projects' disassembly of x86-64 bytes (golang/arch, and LLVM's assembler tests as kept by Capstone) against ours.
 *
 * A line counts as covered if its mnemonic is in our tables and it needs no register that they leave out; on covered
 * lines nothing may differ, but for what `explained` tells one by one. Lines beyond the tables are "not covered"; they
 * must not decode to something else. The files lie beside the project; where they do not, the test says so.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { allRows } from "../../src/asm/x64/decode-tables.ts";
import { disassemble, type Instruction } from "../../src/asm/x64/disassembler.ts";
import type { RowOperand } from "../../src/asm/x64/row.ts";
import { type InstructionText, type OperandText, parseAtt, parseIntel } from "./assembly-text.ts";

const folder = fileURLToPath(new URL("../../../shared/corpora/x86-64/", import.meta.url));
const present = existsSync(folder);
if (!present) console.log(`skipped: no corpora at ${folder}`);

interface Line {
  readonly bytes: Uint8Array;
  /** Bytes of the instruction itself; more may follow. */
  readonly length: number;
  readonly syntax: "intel" | "att";
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

const known = new Map<string, Set<string>>();
for (const { row } of allRows()) {
  const features = known.get(row.mnemonic) ?? new Set<string>();
  known.set(row.mnemonic, features.add(row.features.join("+") || "base"));
}

/** Registers that no row of ours takes. */
const leftOut = /^(?:mmx?\d|zmm\d+|[xy]mm(?:1[6-9]|2\d|3[01])|k\d|[cd][rb]\d+|[cdefgs]s|st.*|tr\d)$/;

const suffixes: Readonly<Record<string, string>> = {
  b: "byte",
  w: "word",
  l: "dword",
  q: "qword",
  x: "xmmword",
  y: "ymmword",
};

/** AT&T's own mnemonics, in Intel's words. */
const attMnemonics: Readonly<Record<string, string>> = {
  movsl: "movsd",
  cmpsl: "cmpsd",
  movslq: "movsxd",
  cltq: "cdqe",
  cqto: "cqo",
  cltd: "cdq",
  cwtl: "cwde",
  cbtw: "cbw",
  cwtd: "cwd",
  movabsq: "movabs",
};

/** golang/arch's and AT&T's other names of the same instruction. */
const sameAs = new Map<string, string>([
  ["cmpsd_xmm", "cmpsd"],
  ["xlat", "xlatb"],
  ["sal", "shl"],
  ["iret", "iretd"],
  ["icebp", "int1"],
  ["pushf", "pushfq"],
  ["popf", "popfq"],
]);
for (const stem of ["j", "set", "cmov"]) {
  const others = "z e nz ne c b nc ae nae b nb ae na be nbe a nge l nl ge ng le nle g pe p po np".split(" ");
  for (let i = 0; i < others.length; i += 2) sameAs.set(stem + others[i], stem + others[i + 1]);
}

interface Spelling {
  readonly mnemonic: string;
  /** What an AT&T suffix tells of the operation's size. */
  readonly size?: string | undefined;
}

/** A corpus' mnemonic in our spelling. Where AT&T leaves two readings (`movq`), ours decides. */
function spelled(text: InstructionText, syntax: Line["syntax"], ours: string): Spelling {
  const { mnemonic } = text;
  const plain = sameAs.get(mnemonic) ?? mnemonic;
  if (syntax === "intel" || plain === ours) return { mnemonic: plain };
  // The accumulator tells the size of these: `stos %al,%es:(%rdi)`.
  if (/^(?:stos|lods|scas)$/.test(mnemonic)) {
    const accumulator = text.operands.find(({ kind }) => kind === "register");
    const letter = accumulator?.kind === "register" ? { al: "b", ax: "w", eax: "d", rax: "q" }[accumulator.name] : "";
    return { mnemonic: `${mnemonic}${letter}` };
  }
  const renamed = attMnemonics[mnemonic];
  if (renamed !== undefined) return { mnemonic: renamed };
  const extension = /^mov([sz])([bw])([wlq])$/.exec(mnemonic);
  if (extension !== null) return { mnemonic: `mov${extension[1]}x`, size: suffixes[extension[2] ?? ""] };
  const stem = mnemonic.slice(0, -1);
  const size = suffixes[mnemonic.slice(-1)];
  const spelling = sameAs.get(stem) ?? stem;
  if (isCompare(plain) || (known.has(plain) && spelling !== ours)) return { mnemonic: plain };
  return size !== undefined && known.has(spelling) ? { mnemonic: spelling, size } : { mnemonic: plain };
}

/** `cmpeqps` is a spelling of `cmpps`. */
function isCompare(mnemonic: string): boolean {
  return (
    known.has(mnemonic.replace(/^(v?cmp)\w+?(ps|pd|ss|sd)$/, "$1$2")) && /^v?cmp\w+(?:ps|pd|ss|sd)$/.test(mnemonic)
  );
}

const sizesInBits: Readonly<Record<string, number>> = {
  byte: 8,
  word: 16,
  dword: 32,
  qword: 64,
  xmmword: 128,
  ymmword: 256,
};

function sameOperand(ours: OperandText, theirs: OperandText, bits: number, withSize: boolean): boolean {
  if (ours.kind === "register" && theirs.kind === "register") return ours.name === theirs.name;
  // A signed and an unsigned spelling of the same bits are the same.
  if (ours.kind === "number" && theirs.kind === "number") {
    return BigInt.asUintN(bits, ours.value) === BigInt.asUintN(bits, theirs.value);
  }
  if (ours.kind === "branch" && theirs.kind === "branch") return ours.distance === theirs.distance;
  if (ours.kind !== "memory" || theirs.kind !== "memory") return false;
  return (
    ours.segment === theirs.segment &&
    ours.base === theirs.base &&
    ours.index === theirs.index &&
    ours.scale === theirs.scale &&
    ours.disp === theirs.disp &&
    (!withSize || (ours.size ?? "") === (theirs.size ?? ""))
  );
}

type Verdict = "passed" | "not covered" | { readonly mismatch: string };

function judge(line: Line): Verdict {
  const [instruction] = disassemble(line.bytes);
  if (instruction === undefined) return { mismatch: "nothing decoded" };
  if (/^error|^\S+$/.test(line.text) && /^(?:error.*|data16|addr32|rep|repne|lock|[cdefgs]s)$/.test(line.text)) {
    // Bytes that the corpus calls no instruction. Others know more instructions than it does.
    return instruction.text === "(bad)" || explained(line, instruction)
      ? "not covered"
      : { mismatch: instruction.text };
  }
  const theirs = line.syntax === "intel" ? parseIntel(line.text) : parseAtt(line.text);
  const { mnemonic, size } = spelled(theirs, line.syntax, instruction.mnemonic);
  const covered =
    (known.has(mnemonic) || isCompare(mnemonic)) &&
    !isEvexOrXop(line.bytes) &&
    !theirs.operands.some((operand) => operand.kind === "register" && leftOut.test(operand.name));
  if (instruction.text === "(bad)") {
    return !covered || explained(line, instruction) ? "not covered" : { mismatch: "(bad)" };
  }
  const ours = parseIntel(instruction.text);
  const agrees =
    instruction.length === line.length &&
    (ours.mnemonic === mnemonic || instruction.mnemonic === mnemonic) &&
    sameOperands(instruction, ours, theirs, line.syntax === "intel", size);
  if (agrees) return "passed";
  return explained(line, instruction) ? "not covered" : { mismatch: instruction.text };
}

/** 62 is EVEX; 8F with a map of 8 and up is AMD's XOP. */
function isEvexOrXop(bytes: Uint8Array): boolean {
  return bytes[0] === 0x62 || (bytes[0] === 0x8f && ((bytes[1] ?? 0) & 0x1f) >= 8);
}

function sameOperands(
  instruction: Instruction,
  ours: InstructionText,
  theirs: InstructionText,
  withSize: boolean,
  suffixSize: string | undefined,
): boolean {
  const row = instruction.row;
  if (row === undefined) return false;
  const string = ours.operands.length > 0 && row.operands.length === 0;
  let left = ours.operands;
  let right = theirs.operands;
  if (string) {
    // String instructions: es: and the accumulator are understood.
    const strip = (operands: readonly OperandText[]): OperandText[] =>
      operands.filter(({ kind }) => kind === "memory").map((operand) => ({ ...operand, segment: "" }) as OperandText);
    if (right.length === 0) return true;
    left = strip(left);
    right = strip(right);
  }
  // A shift by one: the count may be written or not.
  if (right.length === left.length + 1 && row.operands.at(-1)?.word === "1") {
    const count = right.at(-1);
    if (count?.kind !== "number" || count.value !== 1n) return false;
    right = right.slice(0, -1);
  }
  // `cmpeqps xmm0, xmm1` is `cmpps xmm0, xmm1, 0`.
  const predicate = instruction.operands.at(-1);
  if (
    ours.mnemonic !== row.mnemonic &&
    theirs.mnemonic.replace("_xmm", "") === row.mnemonic &&
    typeof predicate === "number"
  ) {
    left = [...left, { kind: "number", value: BigInt(predicate) }];
  }
  // xmm0 may be understood.
  if (row.operands.at(-1)?.word === "xmm0" && right.length === left.length - 1) left = left.slice(0, -1);
  if (row.mnemonic === "xchg" && left.length === 2 && left[0] !== undefined && left[1] !== undefined) {
    const turned = [left[1], left[0]];
    if (turned.every((operand, index) => sameOperand(operand, right[index] ?? operand, 64, false))) return true;
  }
  const gathers = row.operands.some(({ vectorIndex }) => vectorIndex !== undefined);
  if (left.length !== right.length) return false;
  const matches = left.every((operand, index) => {
    const other = right[index];
    const bits = row.operands[index]?.word === "uimm8" ? 8 : row.operationBits;
    return other !== undefined && sameOperand(operand, other, bits, withSize && !gathers);
  });
  if (!matches || suffixSize === undefined) return matches;
  return row.operands.length === 0 || row.operands.some((operand) => takes(operand, sizesInBits[suffixSize] ?? 0));
}

const fixedSizes: Readonly<Record<string, number>> = { al: 8, ax: 16, eax: 32, rax: 64 };

function takes({ memory, register, word }: RowOperand, bits: number): boolean {
  if (memory === bits || register === `r${bits}` || fixedSizes[register ?? ""] === bits) return true;
  // What is pushed, and where a jump goes, has 64 bits.
  return /^(?:s?imm|rel)/.test(word) && bits === 64;
}

interface Explanation {
  readonly why: string;
  readonly applies: (line: Line, instruction: Instruction) => boolean;
  count: number;
}

/** Where we follow the SDM or LLVM 14 and the corpus does not. Every entry is used; the run prints how often. */
const explanations: Explanation[] = [
  explain("far calls, jumps and returns are left out", /^(?:66|48)?(?:ff[1-2]8|c[ab])/),
  explain("moves at a 64-bit absolute address (A0 to A3) are left out", /^(?:26|48|66)?a[0-3]/),
  explain("16-bit forms of push, pushf, popf and leave are left out", /^66(?:68|9c|9d|c9)/),
  explain(
    "movsxd without REX.W, and movzx and movsx from 16 bits to 16, are mov with a longer name; left out",
    /^(?:66)?63|^660fb[7f]/,
  ),
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
    "golang/arch prints a 3E that stands before a 36, or none; of several segment prefixes the last counts",
    /^f267f0663e36/,
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
  const byExtension = new Map<string, number>();

  test.each(files)("%s", (name, read) => {
    const mismatches: string[] = [];
    let passed = 0;
    let notCovered = 0;
    for (const line of read()) {
      const verdict = judge(line);
      if (verdict === "not covered") notCovered++;
      else if (verdict === "passed") {
        passed++;
        const features = disassemble(line.bytes)[0]?.row?.features.join("+") || "base";
        byExtension.set(features, (byExtension.get(features) ?? 0) + 1);
      } else mismatches.push(`${hex(line.bytes.subarray(0, line.length))}  ${line.text}  ours: ${verdict.mismatch}`);
    }
    console.log(`${name}: ${passed} passed, ${mismatches.length} mismatches, ${notCovered} not covered`);
    expect(mismatches.join("\n")).toBe("");
  });

  test("score by extension", () => {
    console.log([...byExtension].map(([extension, count]) => `${extension}: ${count} passed`).join("\n"));
    for (const { why, count } of explanations) console.log(`explained ${count} times: ${why}`);
    expect(explanations.filter(({ count }) => count === 0).map(({ why }) => why)).toEqual([]);
  });
});
