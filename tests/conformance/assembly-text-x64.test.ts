/**
 * Assembly text to bytes, against texts that others have judged: every line of golden/x64.txt (its texts and bytes are
 * LLVM's) and the Intel texts of the corpora beside the project. And the anatomy of every golden instruction.
 *
 * The same bytes come back, but where a text has a shorter form or another one of the same length; then the instruction
 * must be the same: mnemonic and operands, where numbers count modulo the operation's size, and xchg reads either way.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { anatomy } from "../../src/asm/x64/anatomy.ts";
import { disassemble } from "../../src/asm/x64/disassembler.ts";
import { assemble } from "../../src/asm/x64/text/assemble.ts";
import { meaning } from "./instruction-meaning.ts";

const golden = readFileSync(fileURLToPath(new URL("../golden/x64.txt", import.meta.url)), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const space = line.indexOf(" ");
    return { hex: line.slice(0, space), text: line.slice(space + 1) };
  });

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function sameMeaning(ours: Uint8Array, theirs: Uint8Array): boolean {
  const made = disassemble(ours);
  const wanted = disassemble(theirs)[0];
  return made.length === 1 && made[0] !== undefined && wanted !== undefined && meaning(made[0]) === meaning(wanted);
}

type Verdict = "same bytes" | "same instruction" | { readonly mismatch: string };

function judge(text: string, bytes: Uint8Array): Verdict {
  let made: Uint8Array;
  try {
    made = assemble(text);
  } catch (error) {
    return { mismatch: String(error).split("\n")[0] ?? "" };
  }
  if (hexOf(made) === hexOf(bytes)) return "same bytes";
  // As LLVM does, a VEX form stands before an EVEX one, which can be shorter by its scaled displacement.
  if ((made.length <= bytes.length || bytes[0] === 0x62) && sameMeaning(made, bytes)) return "same instruction";
  return { mismatch: hexOf(made) };
}

describe("golden/x64.txt", () => {
  test("every text assembles to its bytes, or to a form as short", () => {
    const counts = { "same bytes": 0, "same instruction": 0 };
    const mismatches: string[] = [];
    for (const { hex, text } of golden) {
      const verdict = judge(text, bytesOf(hex));
      if (typeof verdict === "string") counts[verdict]++;
      else mismatches.push(`${hex} ${text}: ${verdict.mismatch}`);
    }
    console.log(
      `golden texts assembled: ${counts["same bytes"]} to the same bytes, ${counts["same instruction"]} to another form of ` +
        `the same instruction, ${mismatches.length} mismatches`,
    );
    expect(mismatches.slice(0, 20).join("\n")).toBe("");
    expect(counts["same bytes"]).toBeGreaterThan(counts["same instruction"]);
  });

  test("what the disassembler prints of a form that was chosen is assembled to that form again", () => {
    const unstable: string[] = [];
    for (const { text } of golden.filter((_, index) => index % 5 === 0)) {
      const made = assemble(text);
      const printed = disassemble(made)[0]?.text ?? "";
      if (hexOf(assemble(printed)) !== hexOf(made)) unstable.push(`${text}: ${hexOf(made)} ${printed}`);
    }
    expect(unstable.slice(0, 20).join("\n")).toBe("");
  });

  test("is assembled as one text, in upper case, as line by line", () => {
    const some = golden.filter((_, index) => index % 7 === 0);
    const together = hexOf(assemble(some.map(({ text }) => text.toUpperCase()).join("\n")));
    expect(together).toBe(some.map(({ text }) => hexOf(assemble(text))).join(""));
  });

  test("the fields of every instruction cover each bit once and make up its bytes", () => {
    const wrong: string[] = [];
    for (const { hex, text } of golden) {
      const bytes = bytesOf(hex);
      const covered = new Uint8Array(bytes.length);
      const rebuilt = new Uint8Array(bytes.length);
      let isTwice = false;
      for (const { offset, bytes: count, high, low, value } of anatomy(bytes)) {
        for (let index = 0; index < count; index++) {
          const bits = ((2 << (high - low)) - 1) << low;
          const at = offset + index;
          isTwice ||= ((covered[at] ?? 0) & bits) !== 0;
          covered[at] = (covered[at] ?? 0) | bits;
          const part = Number((BigInt(value) >> BigInt(8 * index)) & 0xffn);
          rebuilt[at] = (rebuilt[at] ?? 0) | (count > 1 ? part : Number(value) << low);
        }
      }
      if (isTwice || covered.some((bits) => bits !== 0xff) || hexOf(rebuilt) !== hex) wrong.push(`${hex} ${text}`);
    }
    expect(wrong.slice(0, 20).join("\n")).toBe("");
  });
});

const folder = fileURLToPath(new URL("../../../shared/corpora/x86-64/", import.meta.url));
const present = existsSync(folder);
if (!present) console.log(`skipped: no corpora at ${folder}`);

interface Line {
  readonly file: string;
  readonly hex: string;
  readonly text: string;
}

function golangLines(): Line[] {
  return readFileSync(`${folder}golang-arch-decode.txt`, "utf8")
    .split("\n")
    .flatMap((line): Line[] => {
      const [code = "", mode, syntax, text = ""] = line.split("\t");
      if (mode !== "64" || syntax !== "intel") return [];
      // A distance from the end of the instruction is a number here.
      const plain = text.replace(/ \.\+?(-?)(0x[0-9a-f]+|\d+)$/, " $1$2");
      return [{ file: "golang-arch-decode.txt", hex: code.split("|")[0] ?? "", text: plain }];
    });
}

function capstoneLines(): Line[] {
  return readdirSync(`${folder}capstone-mc`).flatMap((file) => {
    const [head = "", ...lines] = readFileSync(`${folder}capstone-mc/${file}`, "utf8").split("\n");
    if (!file.endsWith(".cs") || head.includes("SYNTAX_ATT")) return [];
    return lines.flatMap((line): Line[] => {
      const match = /^((?:0x[0-9a-f]{2},?)+) = (.+)$/.exec(line);
      return match === null
        ? []
        : [{ file, hex: (match[1] ?? "").replace(/0x|,/g, ""), text: (match[2] ?? "").trim() }];
    });
  });
}

/** Texts that another disassembler writes and no assembler takes. Every entry is used. */
const explanations = new Map<string, RegExp>([
  ["golang/arch sizes prefetches and clflush as a whole cache line", /^(?:prefetch\w+|clflush) zmmword/],
  ["golang/arch prints the reg field of nop, which means nothing", /^nop \w+ ptr .*, \w+$/],
  ["golang/arch's own name of cmpsd", /^cmpsd_xmm/],
  ["66 before movnti is no instruction, and the text does not have it", /^movnti/],
  ["push of 16 bits, which the text does not tell from that of 32 or 64", /^push 0x2211$|^pop [fg]s$/],
  ["golang/arch does not tell the size of a far pointer", /^(?:call|jmp) far ptr/],
  ["66 before xsaveopt is no instruction, and the text does not have it", /^xsaveopt/],
  ["golang/arch writes a prefix once more that the mnemonic stands for", /^(?:data16 (?:cbw|cwd)|addr32 jecxz)/],
]);

describe.skipIf(!present)("texts of the corpora", () => {
  test("assemble to their bytes", () => {
    const scores = new Map<string, { bytes: number; instruction: number; notCovered: number }>();
    const mismatches: string[] = [];
    const used = new Set<string>();
    for (const { file, hex, text } of [...golangLines(), ...capstoneLines()]) {
      const score = scores.get(file) ?? { bytes: 0, instruction: 0, notCovered: 0 };
      scores.set(file, score);
      const bytes = bytesOf(hex);
      const verdict = judge(text, bytes);
      const reason = [...explanations].find(([, pattern]) => pattern.test(text))?.[0];
      if (verdict === "same bytes") score.bytes++;
      else if (verdict === "same instruction") score.instruction++;
      else if (reason !== undefined) {
        used.add(reason);
        score.notCovered++;
      } else if (disassemble(bytes)[0]?.length !== bytes.length || disassemble(bytes)[0]?.row === undefined) {
        score.notCovered++; // the bytes are of no row either
      } else mismatches.push(`${hex} ${text}: ${verdict.mismatch}`);
    }
    for (const [file, { bytes, instruction, notCovered }] of scores) {
      console.log(`${file}: ${bytes} to the same bytes, ${instruction} to another form, ${notCovered} not covered`);
    }
    expect(mismatches.join("\n")).toBe("");
    expect([...explanations.keys()].filter((reason) => !used.has(reason))).toEqual([]);
  });
});
