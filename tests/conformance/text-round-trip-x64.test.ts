/**
 * What the disassembler prints is read back: random bytes, decoded to text, assembled and decoded again, have the same text.
 * With `llvm-mc`, asked for by `npm run random-x64`, what LLVM prints of them is read back as well.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disassemble, type Instruction } from "../../src/asm/x64/disassembler.ts";
import { assemble } from "../../src/asm/x64/text/assemble.ts";
import { seed as usualSeed } from "../random-runs.ts";
import { meaning } from "./instruction-meaning.ts";
import { hexOf, llvmDisassemble } from "./oracles-x64.ts";
import { likelyBytes } from "./random-bytes-x64.ts";

const asked = Number(process.env.RANDOM_X64 ?? 0);
const count = asked === 0 ? 8000 : asked;
const seed = Number(process.env.RANDOM_X64_SEED ?? usualSeed);
const anyBytes = fc.oneof({ weight: 5, arbitrary: likelyBytes }, fc.uint8Array({ minLength: 15, maxLength: 15 }));

/** A gather whose registers are not different ones is printed, and refused where it is written. */
const isUndefined = (text: string): boolean => /^vp?gather/.test(text);

/** Without a prefix that does nothing a branch ends earlier, and what was just in reach of it is not. */
const endsEarlier = ({ bytes, row }: Instruction, error: unknown): boolean =>
  /out-of-reach/.test(String(error)) && row?.branchBytes !== undefined && bytes[0] !== row.opcode;

/** What `text` assembles to, decoded. */
function again(text: string, address: bigint | undefined): string {
  return disassemble(assemble(text, { address }), { address }).map(meaning).join("; ");
}

/** A register exchanged with itself, which has a shorter form, is nop. */
const exchanges = (text: string, other: string): boolean => /^nop\b/.test(other) && /^xchg (\w+), \1$/.test(text);

describe("text of random bytes", () => {
  test.each([undefined, 0x7fff_0000_1000n])("is read back, address %s", { timeout: 60_000 + 4 * asked }, (address) => {
    let instructions = 0;
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const [first] = disassemble(bytes, { address });
        if (first?.row === undefined) return;
        instructions++;
        let made: string;
        try {
          made = again(first.text, address);
        } catch (error) {
          if (isUndefined(first.text) || endsEarlier(first, error)) return;
          throw new Error(`${hexOf(first.bytes)} ${first.text}: ${error}`);
        }
        if (exchanges(first.text, made)) return;
        if (made !== meaning(first)) throw new Error(`${hexOf(first.bytes)} ${first.text}: ${made}`);
      }),
      { numRuns: count, seed },
    );
    expect(instructions).toBeGreaterThan(count / 3);
  });

  test.runIf(asked > 0)("as LLVM prints it is read back", { timeout: 600_000 }, () => {
    const cases = fc.sample(anyBytes, { numRuns: Math.min(asked, 100_000), seed }).flatMap((bytes) => {
      const [first] = disassemble(bytes);
      return first?.row === undefined ? [] : [first];
    });
    const theirs = llvmDisassemble(cases.map(({ bytes }) => bytes));
    const refused: string[] = [];
    let read = 0;
    cases.forEach((ours, index) => {
      const { text = "", valid = false } = theirs[index] ?? {};
      // What LLVM takes for another instruction or none is counted where random bytes are compared.
      if (!valid || text.includes("; ") || isUndefined(text)) return;
      const plain = text.replace(/^(?:rep|repne|xacquire|xrelease) /, "");
      if (plain !== text && plain === ours.text) return;
      read++;
      try {
        again(text, undefined);
      } catch (error) {
        if (unreadable.some((shape) => shape.test(text))) return;
        refused.push(`${hexOf(ours.bytes)} ${text}: ${String(error).split("\n")[0]}`);
      }
    });
    console.log(`${read} texts of LLVM, ${refused.length} refused`);
    expect(refused.slice(0, 30).join("\n")).toBe("");
  });
});

/**
 * Texts of LLVM 14 that do not say what is meant: prefixes that mean nothing; memory of another
 * size than the register's where 66 stands beside F2, F3 or REX.W; bytes that are broadcast where the SDM has 64 bits.
 */
const unreadable: readonly RegExp[] = [
  /^(?:rep|repne|xacquire|xrelease) /,
  /^(?:cmov\w+|bt[src]?|bs[fr]|imul|xadd|cmpxchg|sh[lr]d|ud1|nop|l[fgs]s|lar|lsl|mov[sz]x) .*\bd?word ptr/,
  /^movbe .*\bword ptr/,
  /^vgf2p8affine.*byte ptr/,
  /^(?:movdir64b|enqcmd) r.*\[\w*(?:e\w\w|r\d+d)\b/,
];
