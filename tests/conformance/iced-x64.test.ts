/**
 * Our disassembler against iced-x86: every instruction of golden/x64.txt, and where an instruction ends in random bytes.
 *
 * Lengths, mnemonics and operands have to agree; where they do not, `differences` says why, and every entry is used.
 * `npm test` tries some thousands of random bytes, `npm run random-x64` as many as it is asked for.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disassemble, Instruction } from "../../src/asm/x64/disassembler.ts";
import { seed as usualSeed } from "../random-runs.ts";
import { parseIntel } from "./assembly-text.ts";
import { agrees, isKnown } from "./compare-assembly.ts";
import { type IcedInstruction, icedDisassemble } from "./iced-x64.ts";
import { bytesOf, hexOf } from "./oracles-x64.ts";
import { likelyBytes } from "./random-bytes-x64.ts";
import { type ComparisonScore, recordScore } from "./scores.ts";

interface Case {
  readonly hex: string;
  /** Without the prefixes in front: legacy ones and REX. */
  readonly bare: string;
  readonly prefixes: string;
  readonly ours: Instruction;
  readonly theirs: IcedInstruction;
  readonly mnemonic: string;
}

const prefixRegion = /^(?:66|67|f0|f2|f3|26|2e|36|3e|64|65|4[0-9a-f])+/;

interface Difference {
  readonly why: string;
  readonly applies: (found: Case) => boolean;
}

/** Where one of the two goes another way than the other. The first entry that applies counts. */
const differences: readonly Difference[] = [
  {
    why: "an instruction that our tables leave out (left-out.ts)",
    applies: ({ ours, theirs, mnemonic, bare, prefixes }) =>
      ours.row === undefined &&
      theirs.text !== "(bad)" &&
      (!isKnown(mnemonic) ||
        /\b(?:[c-gs]s|[cdt]r\d+|mm[0-7]|bnd\d)(?!:)\b|^data16 |^xbegin |^mov[sz]x (?:..|r\d+w), (?:word ptr|[a-z][ixp]$|r\d+w$)|^(?:movsxd|bswap) (?:[a-z]{2}|r\d+w)\b|\bfword\b| far /.test(
          theirs.text,
        ) ||
        (prefixes.includes("67") && /^a[0-3]/.test(bare))),
  },
  {
    why: "the register of mov, lar and lsl beside a segment or selector: iced-x86 names another width of it",
    applies: ({ ours, theirs, mnemonic }) =>
      mnemonic === ours.mnemonic &&
      ours.length === theirs.length &&
      /^(?:mov [c-gs]s, |mov \w+, [c-gs]s$|l(?:ar|sl) )/.test(ours.text),
  },
  {
    why: "movsxd to 16 bits: iced-x86 reads 16 as the SDM says, LLVM and objdump 32, nor does it matter",
    applies: ({ ours, mnemonic }) =>
      ours.mnemonic === "movsxd" && mnemonic === "movsxd" && ours.row?.operationBits === 16,
  },
  {
    why: "lock alone, or before no instruction: ours is a row of its own, as in LLVM",
    applies: ({ ours }) => ours.mnemonic === "lock",
  },
  {
    why: "lock before what cannot be locked (SDM: #UD), which we print as LLVM does",
    applies: ({ ours, theirs, prefixes }) =>
      /\block /.test(ours.text) && prefixes.includes("f0") && theirs.text === "(bad)",
  },
  {
    why: "/6 of shifts and /1 of F6 and F7 test: other encodings that the SDM does not list",
    applies: ({ ours, bare }) =>
      ours.row === undefined && (/^(?:c[01]|d[0-3])[37bf]/.test(bare) || /^f[67][048c][89a-f]/.test(bare)),
  },
  {
    why: "0F 0D and 0F 18 to 0F 1F where they are reserved as nop and the SDM lists no instruction",
    applies: ({ ours, mnemonic, bare }) =>
      ours.row === undefined && mnemonic === "nop" && /^0f(?:0d|1[89a-f])/.test(bare),
  },
  {
    why: "0F 0D with a reg field of 2 to 7: AMD reserves them as prefetches",
    applies: ({ ours, mnemonic, bare }) =>
      ours.row === undefined && /^prefetch/.test(mnemonic) && bare.startsWith("0f0d"),
  },
  {
    why: "67 before movdir64b and enqcmd: the register is an address as well, of 32 bits; we print all of it",
    applies: ({ ours, prefixes, mnemonic }) =>
      /^(?:movdir64b|enqcmd)$/.test(ours.mnemonic) && mnemonic === ours.mnemonic && prefixes.includes("67"),
  },
  {
    why: "fences with an r/m field other than zero: the SDM lists E8, F0 and F8 alone",
    applies: ({ ours, mnemonic }) => ours.row === undefined && /^[lms]fence$/.test(mnemonic),
  },
  {
    why: "vp2intersect writes a pair of mask registers: we print the even one (SDM: the low bit is ignored)",
    applies: ({ ours }) => /^vp2intersect/.test(ours.mnemonic),
  },
  {
    why: "VEX.B or EVEX.B before a mask register: iced-x86 ignores it, LLVM finds no instruction, nor do we",
    applies: ({ ours, bare, theirs }) =>
      ours.row === undefined && /^(?:c4|62)/.test(bare) && /\bk[0-7]$|^k\w+ .*\bk[0-7]/.test(theirs.text),
  },
  {
    why: "EVEX.b where a conversion to double is exact: iced-x86 ignores it, LLVM finds no instruction, nor do we",
    applies: ({ ours, mnemonic }) => ours.row === undefined && /^vcvtu?(?:dq2pd|si2sd)$/.test(mnemonic),
  },
  {
    why: "REX.W before an instruction without a 64-bit form: iced-x86 names the 64-bit register, LLVM the 32-bit one",
    applies: ({ ours, prefixes, theirs, mnemonic }) =>
      /4[89a-f]$/.test(prefixes) &&
      mnemonic === ours.mnemonic &&
      ours.length === theirs.length &&
      /^p(?:ext|ins)r[bw]|^extractps|^pmovmskb|^movmskp[sd]|^tpause|^umwait/.test(mnemonic),
  },
  {
    why: "67 and an address without registers: iced-x86 prints its 32 bits, LLVM a signed number",
    applies: ({ ours, mnemonic, prefixes }) =>
      prefixes.includes("67") && ours.mnemonic === mnemonic && /\[(?:\d\*eiz )?-/.test(ours.text),
  },
  {
    why: "67 before loop counts in ecx, which the text does not tell: as in LLVM",
    applies: ({ ours, prefixes }) => prefixes.includes("67") && /^loop/.test(ours.mnemonic),
  },
  {
    why: "cs, ds, es or ss behind fs or gs: to iced-x86 it means nothing, to LLVM the last segment counts",
    applies: ({ ours, prefixes, mnemonic }) => ours.mnemonic === mnemonic && /6[45](?:..)*(?:[23][6e])/.test(prefixes),
  },
  {
    why: "the reg field of nop, which means nothing: we do not print it, nor does LLVM",
    applies: ({ ours, mnemonic }) => ours.mnemonic === "nop" && mnemonic === "nop",
  },
  {
    why: "66, F2 and F3 before monitorx, mwaitx and ptwrite: LLVM ignores them",
    applies: ({ ours, prefixes }) => /^(?:monitorx|mwaitx|ptwrite)$/.test(ours.mnemonic) && /f[23]|66/.test(prefixes),
  },
  {
    why: "a gather with equal registers (SDM: #UD), which we print as LLVM does",
    applies: ({ ours, theirs }) => /^vp?gather/.test(ours.mnemonic) && theirs.text === "(bad)",
  },
  {
    why: "a segment before lea, which has no effect: iced-x86 does not print it",
    applies: ({ ours, mnemonic }) => ours.mnemonic === "lea" && mnemonic === "lea" && /[fg]s:/.test(ours.text),
  },
  {
    why: "F3 or 66 and REX before 90: which of pause, nop and xchg it is",
    applies: ({ bare }) => bare === "90",
  },
];

function caseOf(bytes: Uint8Array, ours: Instruction, theirs: IcedInstruction): Case {
  const hex = hexOf(bytes.subarray(0, Math.max(ours.length, theirs.length)));
  const prefixes = prefixRegion.exec(hex)?.[0] ?? "";
  const { mnemonic } = parseIntel(theirs.text);
  return { hex, prefixes, bare: hex.slice(prefixes.length), ours, theirs, mnemonic };
}

/** cs, ds, es and ss mean nothing in 64-bit mode. */
const withoutSegment = (text: string): string => text.replace(/\b[cdes]s:\[/, "[");

/** Both find no instruction, or the same one. */
function same(ours: Instruction, theirs: IcedInstruction): boolean {
  if (ours.row === undefined) return theirs.text === "(bad)";
  const { bytes, length, text, row } = ours;
  const plain = new Instruction(bytes, 0, length, withoutSegment(text), row);
  return length === theirs.length && agrees(plain, parseIntel(withoutSegment(theirs.text)), "intel");
}

class Tally {
  readonly reasons = new Map<string, number>();
  readonly unexplained: string[] = [];

  compare(sequences: readonly Uint8Array[]): void {
    const theirs = icedDisassemble(sequences);
    sequences.forEach((bytes, index) => {
      const ours = disassemble(bytes)[0]!; // no sequence is empty
      const other = theirs[index]!; // as many answers as questions
      if (same(ours, other)) return;
      const found = caseOf(bytes, ours, other);
      const why = differences.find(({ applies }) => applies(found))?.why;
      if (why !== undefined) this.reasons.set(why, (this.reasons.get(why) ?? 0) + 1);
      else {
        this.unexplained.push(`${found.hex}: ours "${ours.text}" ${ours.length}, iced "${other.text}" ${other.length}`);
      }
    });
  }

  print(title: string, total: number): ComparisonScore {
    const explained = [...this.reasons.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${title}: ${total} cases, ${explained} explained, ${this.unexplained.length} unexplained`);
    for (const [why, count] of this.reasons) console.log(`  ${count} times: ${why}`);
    const { unexplained, reasons } = this;
    return { title, judge: "iced-x86", cases: total, unexplained: unexplained.length, explained: [...reasons] };
  }
}

const golden = readFileSync(fileURLToPath(new URL("../golden/x64.txt", import.meta.url)), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => bytesOf(line.slice(0, line.indexOf(" "))));

const asked = Number(process.env.RANDOM_X64 ?? 0);
const count = asked === 0 ? 8000 : asked;
const seed = Number(process.env.RANDOM_X64_SEED ?? usualSeed);

describe("iced-x86", () => {
  test("reads every instruction of golden/x64.txt as we do", { timeout: 120_000 }, () => {
    const tally = new Tally();
    tally.compare(golden);
    recordScore("icedGolden", tally.print("golden instructions", golden.length));
    expect(tally.unexplained.slice(0, 40).join("\n")).toBe("");
    expect(golden.length).toBeGreaterThan(90_000);
  });

  test("ends instructions in random bytes where we do", { timeout: 60_000 + 4 * asked }, () => {
    const bytes = fc.oneof({ weight: 3, arbitrary: likelyBytes }, fc.uint8Array({ minLength: 15, maxLength: 15 }));
    const tally = new Tally();
    tally.compare(fc.sample(bytes, { numRuns: count, seed }));
    recordScore("icedRandom", tally.print(`random bytes, seed ${seed}`, count));
    expect(tally.unexplained.slice(0, 60).join("\n")).toBe("");
  });
});
