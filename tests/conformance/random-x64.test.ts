/**
 * Random x86-64: what is encoded decodes to the same instruction, what is decoded encodes to the same bytes.
 *
 * `npm test` tries some thousands. `npm run random-x64 -- 1000000` tries as many as it says and compares with LLVM as well:
 * our bytes of random instructions with its bytes, and of random bytes where each instruction ends.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodeBuffer } from "../../src/asm/code-buffer.ts";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { disassemble, type Instruction } from "../../src/asm/x64/disassembler.ts";
import { formOf } from "../../src/asm/x64/form.ts";
import { rowsOf } from "../../src/asm/x64/instructions.ts";
import { fillWithNoOperations } from "../../src/asm/x64/no-operations.ts";
import type { Row } from "../../src/asm/x64/row.ts";
import { seed as usualSeed } from "../random-runs.ts";
import { parseIntel } from "./assembly-text.ts";
import { agrees, isKnown } from "./compare-assembly.ts";
import { hexOf, llvmAssemble, llvmDisassemble, oracleVersions } from "./oracles-x64.ts";
import { choices, chooser, likelyBytes, rows } from "./random-bytes-x64.ts";
import { type Argument, expectedText, operandsFrom } from "./samples-x64.ts";
import { type ComparisonScore, recordScore } from "./scores.ts";

const asked = Number(process.env.RANDOM_X64 ?? 0);
const count = asked === 0 ? 4000 : asked;
const seed = Number(process.env.RANDOM_X64_SEED ?? usualSeed);
console.log(`random x86-64: seed ${seed}, ${count} cases each`);
const parameters: fc.Parameters<unknown> = { numRuns: count, seed };
const timeout = 60_000 + 4 * asked;

/** Fails with the message; `expect` takes longer than a case does, and there are a million of them. */
function check(holds: boolean, message: () => string): void {
  if (!holds) throw new Error(message());
}

function bytesByRow(row: Row, operands: readonly (Argument | undefined)[]): Uint8Array {
  const buffer = new CodeBuffer(fillWithNoOperations);
  formOf(row).encode(buffer, operands[0], operands[1], operands[2], operands[3], operands[4]);
  return buffer.toBytes();
}

/** Through the assembler's method, which chooses the row. */
function bytesByMethod(mnemonic: string, operands: readonly Argument[]): Uint8Array {
  const assembler = new Assembler();
  // The method of a mnemonic that only the run knows.
  (assembler as unknown as Record<string, (...operands: readonly Argument[]) => void>)[mnemonic]?.(...operands);
  return assembler.toBytes();
}

interface RandomInstruction {
  readonly row: Row;
  readonly decodeOnly: boolean;
  readonly operands: readonly Argument[];
}

const instructions: fc.Arbitrary<RandomInstruction | undefined> = fc
  .tuple(fc.nat(rows.length - 1), choices)
  .map(([at, numbers]) => {
    const { row, decodeOnly } = rows[at] ?? rows[0]!; // `at` is below the length
    const operands = operandsFrom(row, chooser(numbers));
    return operands === undefined ? undefined : { row, decodeOnly, operands };
  });

/** The one instruction in `bytes`. */
function only(bytes: Uint8Array): Instruction {
  const found = disassemble(bytes);
  check(found.length === 1, () => `${hexOf(bytes)} is ${found.map(({ text }) => text).join("; ")}`);
  return found[0]!; // the line above says so
}

describe("random instructions", () => {
  test("decode to what was encoded", { timeout }, () => {
    fc.assert(
      fc.property(instructions, (made) => {
        if (made === undefined) return;
        const text = expectedText(made.row, made.operands);
        const found = only(bytesByRow(made.row, made.operands)).text;
        check(found === text, () => `${text}: ${found}`);
      }),
      parameters,
    );
  });

  test("take no more bytes through the method of their mnemonic, and mean the same", { timeout }, () => {
    fc.assert(
      fc.property(instructions, (made) => {
        if (made === undefined) return;
        const text = expectedText(made.row, made.operands);
        const bytes = bytesByMethod(made.row.mnemonic, made.operands);
        const instruction = only(bytes);
        // A register exchanged with itself is nop, but for eax, whose upper half is cleared.
        if (instruction.text === "nop" && /^xchg (\w+), \1$/.test(text) && !text.includes("eax")) return;
        check(
          instruction.text === text || agrees(instruction, parseIntel(text), "intel"),
          () => `${text}: ${instruction.text}`,
        );
        // The method chooses EVEX where `{vex}` would have to be written, and else VEX, even where a scaled
        // displacement makes EVEX shorter, as LLVM and GNU as do.
        const choosesVex = made.row.space === "EVEX" && (bytes[0] ?? 0) !== 0x62;
        if (text.startsWith("{vex}") || choosesVex) return;
        const { length } = bytesByRow(made.row, made.operands);
        check(bytes.length <= length, () => `${text}: ${hexOf(bytes)} is longer than ${length} bytes`);
      }),
      parameters,
    );
  });
});

/** Without prefixes that change nothing and the segments that 64-bit mode ignores. */
const essential = (text: string): string =>
  text.replace(/^(?:(?:lock|rep|repne|xacquire|xrelease) )+/, "").replace(/\b[cdes]s:\[/, "[");

/** Whether the bytes could be shorter: a prefix that changes nothing, or VEX of three bytes where two do. */
function isCanonical({ bytes, row, text }: Instruction): boolean {
  return (
    row !== undefined &&
    essential(text) === text &&
    hexOf(bytesByRow(row, operandsOfInstruction(bytes))) === hexOf(bytes)
  );
}

const operandsOfInstruction = (bytes: Uint8Array): readonly Argument[] => disassemble(bytes)[0]?.operands ?? [];

describe("random bytes", () => {
  test("encode to what was decoded, or to a shorter form that decodes the same", { timeout }, () => {
    let exact = 0;
    let decoded = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: likelyBytes }, fc.uint8Array({ minLength: 1, maxLength: 24 })),
        (bytes) => {
          const [instruction] = disassemble(bytes);
          const row = instruction?.row;
          if (
            instruction === undefined ||
            row === undefined ||
            /^(?:(?:lock|rep\w*|x\w+) )*(?:movs|stos|lods|cmps|scas)[bwdq] (?!xmm)/.test(instruction.text)
          )
            return;
          decoded++;
          const again = bytesByRow(row, instruction.operands);
          check(again.length <= instruction.length, () => `${instruction.text}: ${hexOf(again)} is longer`);
          if (hexOf(again) === hexOf(instruction.bytes)) exact++;
          else {
            const second = only(again);
            check(second.text === essential(instruction.text), () => `${instruction.text}: ${second.text}`);
            check(isCanonical(second), () => `${instruction.text}: ${hexOf(again)} is not what is made again`);
          }
        },
      ),
      parameters,
    );
    // Most likely bytes carry nothing that is not needed.
    expect(exact).toBeGreaterThan(decoded / 4);
  });

  test("give instructions that cover them, whatever they are", { timeout }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const found = disassemble(bytes);
        const covered = found.reduce((sum, { length }) => sum + length, 0);
        check(covered === bytes.length, () => `${hexOf(bytes)}: ${covered} bytes covered`);
        for (const { text, length, row } of found) {
          check(length > 0 && length <= 15, () => `${hexOf(bytes)}: ${text} has ${length} bytes`);
          check((text === "(bad)") === (row === undefined), () => `${hexOf(bytes)}: ${text}`);
          check(!/undefined|NaN|\?/.test(text), () => `${hexOf(bytes)}: ${text}`);
        }
      }),
      parameters,
    );
  });
});

test("the properties above", () => {
  recordScore("properties", {
    cases: count,
    seed,
    names: [
      "a random instruction, encoded, decodes to itself",
      "the method of its mnemonic makes no more bytes, of the same meaning",
      "what is decoded from random bytes encodes to the same bytes, or to fewer that decode the same",
      "random bytes are covered by instructions and `(bad)` exactly",
      "what is printed of random bytes assembles to an instruction of the same meaning, with an address and without one",
    ],
  });
  expect(count).toBeGreaterThan(0);
});

/** As many cases as `among(at)` makes; fast-check's samples with the seed above. */
function sampled<T>(arbitrary: fc.Arbitrary<T>): T[] {
  return fc.sample(arbitrary, { numRuns: Math.min(asked, 200_000), seed });
}

/** How often each reason came up, and the first few cases of what has none. */
class Tally {
  readonly reasons = new Map<string, number>();
  readonly unexplained: string[] = [];

  add(reason: string | undefined, what: string): void {
    if (reason === undefined) this.unexplained.push(what);
    else this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  print(title: string, total: number): ComparisonScore {
    console.log(`${title}: ${total} cases, ${this.unexplained.length} unexplained`);
    for (const [reason, times] of this.reasons) console.log(`  ${times} times: ${reason}`);
    const { unexplained, reasons } = this;
    return {
      title,
      judge: oracleVersions() ?? "",
      cases: total,
      unexplained: unexplained.length,
      explained: [...reasons],
    };
  }
}

if (asked > 0)
  describe("compared with llvm-mc", () => {
    test("random instructions have LLVM's bytes", { timeout: 1_200_000 }, () => {
      const made = sampled(instructions).filter(
        (each) => each !== undefined && !each.decodeOnly,
      ) as RandomInstruction[];
      const cases = made.flatMap(({ row, operands }) => {
        const text = expectedText(row, operands, "as given");
        // LLVM takes the number of a branch as an address.
        return row.branchBytes === undefined ? [{ text, ours: hexOf(bytesByMethod(row.mnemonic, operands)), row }] : [];
      });
      const theirs = llvmAssemble(cases.map(({ text }) => text));
      const tally = new Tally();
      cases.forEach(({ text, ours, row }, index) => {
        const llvm = theirs[index];
        if (llvm === ours) tally.add("the same bytes", text);
        else tally.add(differsBecause(ours, llvm, row), `${text} (${row.encoding}): ours ${ours}, LLVM ${llvm}`);
      });
      recordScore("llvmInstructions", tally.print("instructions", cases.length));
      expect(tally.unexplained.slice(0, 30).join("\n")).toBe("");
    });

    test("random bytes end where LLVM ends them", { timeout: 1_200_000 }, () => {
      const cases = sampled(fc.oneof(likelyBytes, fc.uint8Array({ minLength: 15, maxLength: 15 })));
      const ours = cases.map((bytes) => disassemble(bytes)[0]!); // no case is empty
      // LLVM is given our instruction's bytes: it has to find one instruction there and nothing else.
      const asked = ours.map((instruction, index) =>
        instruction.row === undefined ? (cases[index] ?? instruction.bytes) : instruction.bytes,
      );
      const theirs = llvmDisassemble(asked);
      const tally = new Tally();
      ours.forEach((instruction, index) => {
        const llvm = theirs[index]!; // as many answers as questions
        const what = `${hexOf(asked[index] ?? instruction.bytes)}: ours "${instruction.text}", LLVM "${llvm.text}"`;
        if (instruction.row === undefined) {
          tally.add(
            llvm.valid || llvm.text !== ""
              ? unknownBecause(llvm.text, hexOf(cases[index] ?? instruction.bytes))
              : "no instruction to both",
            what,
          );
        } else if (llvm.valid && !llvm.text.includes("; ")) {
          tally.add(
            llvm.text === instruction.text ? "the same length and text" : printedBecause(instruction, llvm.text),
            what,
          );
        } else tally.add(endsBecause(instruction, llvm.text), what);
      });
      recordScore("llvmBytes", tally.print("byte strings", cases.length));
      expect(tally.unexplained.slice(0, 40).join("\n")).toBe("");
    });
  });

/** Why our bytes are not LLVM's though both mean the text. */
function differsBecause(ours: string, llvm: string | undefined, row: Row): string | undefined {
  if (row.mnemonic === "int1") return "LLVM 14 does not know int1";
  if (/^vgf2p8affine/.test(row.mnemonic) && row.space === "EVEX")
    return "LLVM 14 broadcasts bytes where the SDM has 64 bits";
  if (row.mnemonic === "movsxd" && row.w !== 1) return "LLVM 14 does not assemble movsxd to 32 bits";
  if (/^(?:push|pop|pushf|popf|leave|enter|iret|retf)w$/.test(row.mnemonic))
    return "LLVM 14 has no name of its own for the 16-bit form";
  if (/^l(?:jmp|call)$/.test(row.mnemonic))
    return "LLVM 14 sizes far pointers otherwise: GNU as and the SDM have 16:32 as fword";
  if (row.operands.at(-1)?.register === "sreg" && ours === `66${llvm}`)
    return "LLVM 14 forgets 66 before moves of segment registers";
  if (row.operands.some(({ word }) => word.startsWith("moffs"))) {
    if (row.mnemonic === "mov") return "LLVM 14 cuts the number in brackets to 32 bits where movabs is not written";
    if (/^65(?:66|48)/.test(ours) && llvm === `${ours.slice(2, 4)}65${ours.slice(4)}`)
      return "LLVM 14 puts a segment behind 66 and REX of movabs";
  }
  if (/^mov[sz]xd?$/.test(row.mnemonic) && row.operationBits === 16 && llvm === undefined)
    return "LLVM 14 does not assemble movsx, movzx and movsxd of 16 bits to 16";
  if (/^addr32_/.test(row.mnemonic)) return "addr32";
  if (llvm === undefined) return undefined;
  if (/^(?:eb|e9|e8)\?/.test(llvm) && /^ff[12]425/.test(ours))
    return "LLVM takes a jump through [number] as a jump to it";
  if (row.mnemonic === "int" && llvm === "cc") return "LLVM makes int3 of int 3";
  if (/^66f[23]/.test(ours) && llvm === ours.replace(/^66(f[23])/, "$166"))
    return "66 before F2 or F3, as GNU as has it";
  if (row.mnemonic === "xchg") return "which of two exchanged registers stands where: as GNU as has it";
  return undefined;
}

const prefixRegion = /^(?:66|67|f0|f2|f3|26|2e|36|3e|64|65|4[0-9a-f])+/;

const withoutPrefixes = (line: string): string =>
  line.replace(/^(?:(?:lock|rep|repne|xacquire|xrelease|data16|addr32|[c-gs]s|rex64) )+/, "");

/** A REX prefix with another prefix behind it: the CPU ignores it (SDM volume 2, section 2.2.1), LLVM does not. */
function hasIgnoredRex(hex: string): boolean {
  const prefixes = (prefixRegion.exec(hex)?.[0] ?? "").match(/../g) ?? [];
  return prefixes.slice(0, -1).some((prefix) => prefix.startsWith("4"));
}

/** Why LLVM reads an instruction where we read none. */
function unknownBecause(text: string, hex: string): string | undefined {
  if (/^(?:(?:lock|rep|repne|xacquire|xrelease) ?)+$/.test(text)) return "prefixes before no instruction";
  if (/^(?:x\w+ )?lock /.test(text)) return "lock before what cannot be locked (SDM: #UD)";
  const first = withoutPrefixes(text.split("; ")[0] ?? "");
  const { mnemonic } = parseIntel(first);
  if (!isKnown(mnemonic) || /^(?:mov|movabs)$/.test(mnemonic)) {
    // Of mov, only the moves of segment, control and debug registers and those at a 64-bit address (A0 to A3) are left out.
    const leftOut = /\b(?:[cdefgs]s|[cd]r\d+)\b/.test(first) || /^a[0-3]/.test(hex.replace(prefixRegion, ""));
    if (!/^mov/.test(mnemonic) || leftOut) {
      return "an instruction that the tables do not have";
    }
  }
  if (/^(?:..)*?(?:66|f0|f2|f3|4[0-9a-f])(?:..)*?(?:c[45]|62)/.test(hex))
    return "66, F2, F3, F0 or REX before VEX or EVEX (SDM: #UD)";
  if (/^67(?:c[45]|62)/.test(hex)) return "LLVM 14 forgets VEX after 67";
  const evex = hex.replace(prefixRegion, "");
  if (evex.startsWith("62")) {
    const last = Number.parseInt(evex.slice(6, 8), 16);
    if (first.includes("{k0} {z}")) return "EVEX.z without a mask (SDM: #UD)";
    if ((last & 0x60) === 0x60 && ((last & 0x10) === 0 || Number.parseInt(evex.slice(10, 12), 16) < 0xc0)) {
      return "EVEX.L'L = 11 without rounding (SDM: #UD)";
    }
    // R' is stored inverted.
    if (/^\S+ k\d/.test(first) && (Number.parseInt(evex.slice(2, 4), 16) & 0x10) === 0)
      return "EVEX.R' before a mask register (SDM: #UD)";
  }
  if (/\bmm[0-7]\b|\bzmm|\bk[0-7]\b/.test(first)) return "a register class that the tables leave out";
  if (hasIgnoredRex(hex)) return "a REX prefix that does not stand right before the opcode";
  if (/^(?:jmp|call|ljmp|lcall) (?:[cdefgs]s:)?\[/.test(first)) return "far jumps and calls";
  if (
    /^(?:push|xbegin) -?\d+$|^(?:bswap|movsxd) (?:[a-z]{2}|r\d+w)\b|^mov[sz]x \w+, (?:\w{2}|\w+w|word ptr.*)$|^(?:enter|leave)/.test(
      first,
    )
  ) {
    return "16-bit forms that the tables leave out";
  }
  if (/^(?:push|pop) [cdefgs]s$/.test(first)) return "a register class that the tables leave out";
  if (/^[lms]fence$/.test(first)) return "fences with an r/m field other than zero";
  const prefixes = prefixRegion.exec(hex)?.[0] ?? "";
  if (/66|f2|f3/.test(prefixes) && rowsOf(mnemonic).some(({ noPrefix }) => noPrefix)) {
    return "66, F2 or F3 before an instruction that allows none (SDM: NP)";
  }
  if (/66|f2|f3/.test(prefixes) && /xmm/.test(first)) return "a 66, F2 or F3 that makes no known vector instruction";
  return undefined;
}

/** Why LLVM prints the same bytes otherwise. */
function printedBecause({ bytes, text, mnemonic, row }: Instruction, llvm: string): string | undefined {
  const hex = hexOf(bytes);
  if (hasIgnoredRex(hex)) return "a REX prefix that does not stand right before the opcode";
  if (withoutPrefixes(text) === withoutPrefixes(llvm)) return "prefixes that change nothing, printed or not";
  if (
    /66/.test(prefixRegion.exec(hex)?.[0] ?? "") &&
    withoutPrefixes(text).replace(/\bword ptr/, "dword ptr") === withoutPrefixes(llvm)
  ) {
    return "66 with F2 or F3: LLVM 14 takes memory as 32 bits beside a 16-bit register";
  }
  if (/^(?:push|pop|pushf|popf|leave|enter|iret|retf)w$/.test(mnemonic))
    return "LLVM 14 has no name of its own for the 16-bit form";
  if (/^l(?:jmp|call)$/.test(mnemonic)) return "LLVM 14 prints no size of far pointers";
  if (/^(?:enqcmd|movdir64b|umonitor)$/.test(mnemonic) && /67.*4[89a-f]$/.test(prefixRegion.exec(hex)?.[0] ?? ""))
    return "67 with REX.W: the register that is an address has 32 bits, to LLVM 14 it has 64";
  if (/^addr32_/.test(mnemonic)) return "LLVM 14 does not print that loop counts in ecx";
  if (mnemonic === "movbe" && /66/.test(prefixRegion.exec(hex)?.[0] ?? ""))
    return "66 with REX.W before movbe: LLVM 14 takes memory as 16 bits beside a 64-bit register";
  if (/^(?:bsf|bsr)$/.test(mnemonic) && /66|f2|f3/.test(prefixRegion.exec(hex)?.[0] ?? "")) {
    return "66, F2 or F3 before bsf and bsr: LLVM 14 gives memory another size";
  }
  if (mnemonic === "xchg" && /^66f[23]9|^f[23]669/.test(hex))
    return "66 with F2 or F3 before xchg: LLVM 14 takes it as 32 bits";
  if (mnemonic === "ret" && prefixRegion.exec(hex)?.[0].includes("66"))
    return "66 before a near return: ignored on Intel";
  if (/^(?:push|pop)$/.test(mnemonic) && /66.*f[23]|f[23].*66/.test(prefixRegion.exec(hex)?.[0] ?? ""))
    return "66 with F2 or F3 before push and pop: LLVM 14 takes them as 64 bits";
  if (/^(?:xchg|mov)$/.test(mnemonic) && withoutPrefixes(text).replace(/[c-gs]s:\[/, "[") === withoutPrefixes(llvm)) {
    return "F2 or F3 after a segment prefix: LLVM 14 loses the segment";
  }
  if (row?.space !== "legacy" && hex.startsWith("67")) return "LLVM 14 forgets VEX after 67";
  if (row?.space === "EVEX" && /^vgf2p8affine/.test(mnemonic))
    return "LLVM 14 broadcasts bytes where the SDM has 64 bits";
  if (row?.space === "EVEX" && mnemonic === "vmovq" && row.opcode === 0x7e && row.w === 1)
    return "the displacement of vmovq to memory: LLVM 14 counts in 16 bytes, the SDM and GNU in 8";
  if (mnemonic === "mfence" && llvm.startsWith("tpause")) return "67 before mfence: LLVM 14 reads tpause, which has 66";
  if (mnemonic === "pause") return "F3 REX 90 is pause, REX.B aside";
  if (/67/.test(prefixRegion.exec(hex)?.[0] ?? "") && /^j[er]cxz$/.test(mnemonic))
    return "67 with REX.W before E3 is jecxz";
  return undefined;
}

/** Why LLVM ends an instruction elsewhere, or finds none. */
function endsBecause({ bytes, mnemonic, row }: Instruction, llvm: string): string | undefined {
  const hex = hexOf(bytes);
  if (mnemonic === "int1") return "LLVM 14 does not know int1";
  if (hasIgnoredRex(hex)) return "a REX prefix that does not stand right before the opcode";
  const prefixes = prefixRegion.exec(hex)?.[0] ?? "";
  if (prefixes.includes("66") && row?.branchBytes === 4)
    return "66 before a near branch: ignored on Intel, 16 bits on AMD";
  if (prefixes.includes("67") && row?.space === "VEX") return "LLVM 14 forgets VEX after 67";
  // LLVM has W0 where the SDM says WIG.
  if (
    row?.space === "EVEX" &&
    row.w === undefined &&
    Number.parseInt(hex.replace(prefixRegion, "").slice(4, 6), 16) > 0x7f
  )
    return "EVEX.W where it is ignored (SDM: WIG)";
  if (mnemonic === "umonitor") return "66 with F3 before umonitor: LLVM 14 finds no instruction";
  if (mnemonic === "enqcmd") return "66 with F2 before enqcmd: LLVM 14 finds no instruction";
  if (mnemonic === "pause") return "66 before pause";
  if (mnemonic === "xchg" && /f3.*90$/.test(hex)) return "66 with F3 before 90: LLVM 14 finds neither pause nor xchg";
  if (/^bs[fr]$/.test(mnemonic)) return "F2 and F3 before bsf and bsr: LLVM 14 does not know them";
  if (prefixes.length > 2 && llvm !== "") return "prefixes that LLVM 14 prints as instructions of their own";
  return undefined;
}
