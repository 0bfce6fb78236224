/**
 * Every instruction row at boundary operands, against golden/x64.txt: the assembler makes these bytes, the disassembler
 * prints this text. LLVM, GNU as and objdump have judged the file; `npm run golden` asks them again and rewrites it.
 *
 * The file has a line per row, `# mnemonic signature`, and under it a line per instruction: its bytes, its text.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { CodeBuffer } from "../../src/asm/code-buffer.ts";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { decodableRows } from "../../src/asm/x64/decode-tables.ts";
import { disassemble } from "../../src/asm/x64/disassembler.ts";
import { formOf } from "../../src/asm/x64/form.ts";
import { allRows } from "../../src/asm/x64/instructions.ts";
import { fillWithNoOperations } from "../../src/asm/x64/no-operations.ts";
import type { Row } from "../../src/asm/x64/row.ts";
import { EncodingError, InternalError } from "../../src/base/errors.ts";
import { parseIntel } from "./assembly-text.ts";
import { agrees } from "./compare-assembly.ts";
import { bytesOf, gasAssemble, hexOf, llvmDisassemble, objdumpDisassemble, oracleVersions } from "./oracles-x64.ts";
import { type Argument, expectedText, operandLists } from "./samples-x64.ts";

const file = fileURLToPath(new URL("../golden/x64.txt", import.meta.url));
const rewriting = process.env.BLESS === "x64";

interface Sample {
  readonly row: Row;
  readonly operands: readonly Argument[];
  readonly text: string;
  readonly hex: string;
}

/** A row's heading in the file, unique to it. */
const heading = (row: Row): string => `# ${row.mnemonic} ${row.signature} = ${row.encoding}`;

/** The bytes of `row` with `operands`; undefined where they cannot stand together (a high byte beside REX). */
function encode(row: Row, operands: readonly Argument[]): string | undefined {
  const buffer = new CodeBuffer(fillWithNoOperations);
  try {
    formOf(row).encode(buffer, operands[0], operands[1], operands[2], operands[3], operands[4]);
  } catch (error) {
    if (error instanceof EncodingError && /high|REX/.test(error.message)) return undefined;
    // A planted fault may make a row that has no encoder.
    if (error instanceof InternalError && /encoder/.test(error.message)) return undefined;
    throw error;
  }
  return hexOf(buffer.toBytes());
}

const rows = [...decodableRows()].map(({ row }) => row);

function samples(): Sample[] {
  return rows.flatMap((row) =>
    operandLists(row).flatMap((operands): Sample[] => {
      const hex = encode(row, operands);
      return hex === undefined ? [] : [{ row, operands, text: expectedText(row, operands), hex }];
    }),
  );
}

/** What the file says: the lines under each heading. */
function golden(): Map<string, string[]> {
  const byHeading = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.startsWith("# ")) {
      lines = [];
      byHeading.set(line, lines);
    } else if (line !== "") lines.push(line);
  }
  return byHeading;
}

/** A row as it is printed; the first lines of a long list. */
const listing = (lines: readonly string[]): string =>
  [...lines.slice(0, 40), ...(lines.length > 40 ? [`… ${lines.length - 40} more`] : [])].join("\n");

if (rewriting)
  describe("refreshing golden/x64.txt", () => {
    test("LLVM and objdump agree with every sample", { timeout: 600_000 }, () => {
      const all = samples();
      console.log(`${all.length} instructions of ${rows.length} rows, judged by ${oracleVersions()}`);
      const bytes = all.map(({ hex }) => bytesOf(hex));
      const llvm = llvmDisassemble(bytes);
      const objdump = objdumpDisassemble(bytes);
      const differences = all.flatMap(({ row, text, hex }, index) => {
        const [instruction] = disassemble(bytes[index] ?? new Uint8Array(0));
        const found: string[] = [];
        const byLlvm = llvm[index];
        const mistaken = isMistakenByLlvm(row, hex);
        if (!mistaken && (byLlvm?.text !== text || !byLlvm.valid)) found.push(`LLVM "${byLlvm?.text}"`);
        const byObjdump = objdump[index];
        // To objdump a prefix alone belongs to what follows it.
        if (row.mnemonic === "lock") return found;
        if (
          instruction === undefined ||
          byObjdump === undefined ||
          byObjdump.length !== hex.length / 2 ||
          !agrees(instruction, parseIntel(byObjdump.text), "intel")
        ) {
          found.push(`objdump "${byObjdump?.text}"`);
        }
        return found.length === 0 ? [] : [`${hex} ${text} (${row.encoding}): ${found.join(", ")}`];
      });
      expect(listing(differences)).toBe("");
      const lines: string[] = [];
      let current: Row | undefined;
      for (const { row, text, hex } of all) {
        if (row !== current) lines.push(heading(row));
        current = row;
        lines.push(`${hex} ${text}`);
      }
      writeFileSync(file, `${lines.join("\n")}\n`);
    });
  });

/** Where LLVM 14 alone is wrong; objdump still judges. */
function isMistakenByLlvm(row: Row, hex: string): boolean {
  // It does not decode int1 (F1), and forgets VEX and EVEX after 67.
  if (row.mnemonic === "int1" || /^67(?:c[45]|62)/.test(hex)) return true;
  // It prints no size of a far pointer, and `jmp` of one, which is another instruction; of 16-bit forms the plain name.
  if (/^(?:ljmp|lcall|pushw|popw|pushfw|popfw|iretw|enterw|leavew|retfw|addr32_\w+)$/.test(row.mnemonic)) return true;
  // The displacement of vmovq to memory counts in 8 bytes (SDM: Tuple1 Scalar), not in 16.
  if (row.mnemonic === "vmovq" && row.space === "EVEX" && row.opcode === 0x7e && row.w === 1) return true;
  // These broadcast 64 bits (SDM: m64bcst), not 8.
  return /^vgf2p8affine/.test(row.mnemonic) && /^(?:..)?62....[13579bdf].c[ef]/.test(hex);
}

if (rewriting)
  describe("GNU as", () => {
    test("assembles every text to an instruction that means it, in no fewer bytes than we do", {
      timeout: 600_000,
    }, () => {
      // It takes the number of a branch as an address.
      const all = samples().filter(({ row }) => row.branchBytes === undefined && row.mnemonic !== "lock");
      const theirs = gasAssemble(all.map(asGnuWritesIt));
      const differences = all.flatMap(({ row, operands, text }, index) => {
        const hex = theirs[index];
        if (isAnotherForGnu(row)) return [];
        if (hex === undefined) return [`${text}: refused`];
        const [instruction] = disassemble(bytesOf(hex));
        // `xchg ax, ax` is nop.
        const means =
          instruction?.text === text ||
          (row.mnemonic === "xchg" && instruction?.text === "nop") ||
          (instruction !== undefined && agrees(instruction, parseIntel(text), "intel"));
        const ours = new Assembler();
        // The method of a mnemonic that only the run knows.
        (ours as unknown as Record<string, (...operands: readonly Argument[]) => void>)[row.mnemonic]?.(...operands);
        // `{vex}` asks for less than the method chooses, and `vpcmpeqd` is an instruction of its own as well.
        const otherRow = text.startsWith("{vex}") || /^vpcmpeq/.test(text);
        const fewer = !otherRow && hex.length < 2 * ours.toBytes().length;
        return means && instruction?.length === hex.length / 2 && !fewer
          ? []
          : [`${text}: as makes ${hex}, "${instruction?.text}"`];
      });
      expect(listing(differences)).toBe("");
    });
  });

/**
 * Where GNU as goes another way: it takes no REX.W where the upper half of the register becomes zero anyway, sizes no far
 * pointers and knows none of 16:64.
 */
function isAnotherForGnu({ mnemonic, operands }: Row): boolean {
  return (
    /^(?:sldt|str|smsw|ljmp|lcall|l[fgs]s)$/.test(mnemonic) || operands.some(({ register }) => register === "sreg")
  );
}

/** GNU as sizes what a gather reads by its element, as the manual does; LLVM by the whole. */
function asGnuWritesIt({ row, text }: Sample): string {
  // The 64 bytes of these have no size word.
  if (row.mnemonic === "movdir64b" || row.mnemonic === "enqcmd") return text.replace("zmmword ptr ", "");
  if (!row.operands.some(({ vectorIndex }) => vectorIndex !== undefined)) return text;
  return text.replace(/\w+ ptr/, row.w === 1 ? "qword ptr" : "dword ptr");
}

if (!rewriting)
  describe("golden/x64.txt", () => {
    const expected = golden();

    test("has every row, and no other", () => {
      expect(rows.length).toBeGreaterThan(allRows().length - 1);
      expect([...expected.keys()].sort()).toEqual(rows.map(heading).sort());
      expect([...expected].filter(([, lines]) => lines.length === 0)).toEqual([]);
    });

    test("is what the assembler makes", () => {
      const made = new Map<string, string[]>();
      for (const { row, text, hex } of samples()) {
        const lines = made.get(heading(row)) ?? [];
        lines.push(`${hex} ${text}`);
        made.set(heading(row), lines);
      }
      const differences = [...expected].filter(([row, lines]) => made.get(row)?.join("\n") !== lines.join("\n"));
      expect(listing(differences.map(([row]) => row))).toBe("");
    });

    test("is what the disassembler prints", () => {
      const differences: string[] = [];
      for (const lines of expected.values()) {
        for (const line of lines) {
          const [hex = ""] = line.split(" ", 1);
          const text = disassemble(bytesOf(hex))
            .map((instruction) => instruction.text)
            .join("; ");
          if (`${hex} ${text}` !== line) differences.push(`${line}: ${text}`);
        }
      }
      expect(listing(differences)).toBe("");
    });

    test("notices one wrong bit in any row", () => {
      const unnoticed: string[] = [];
      for (const row of rows) {
        const lines = expected.get(heading(row)) ?? [];
        const lists = operandLists(row).filter((operands) => encode(row, operands) !== undefined);
        for (const [name, wrong] of mutations(row)) {
          const noticed = lists.some((operands, index) => lines[index]?.split(" ", 1)[0] !== encode(wrong, operands));
          if (!noticed) unnoticed.push(`${heading(row)}: ${name}`);
        }
      }
      expect(listing(unnoticed)).toBe("");
    });
  });

/** The row with one thing wrong in its encoding, in every way there is. */
function mutations(row: Row): [string, Row][] {
  const wrong: [string, Row][] = [];
  for (let bit = row.plusRegister ? 3 : 0; bit < 8; bit++) {
    wrong.push([`opcode bit ${bit}`, { ...row, opcode: row.opcode ^ (1 << bit) }]);
  }
  // The opcodes of branches are read from all rows of the mnemonic where labels are given, from the row elsewhere.
  if (row.w !== undefined && row.branchBytes === undefined) wrong.push(["W", { ...row, w: row.w === 1 ? 0 : 1 }]);
  if (row.map > 0) wrong.push(["map", { ...row, map: row.map === 1 ? 2 : 1 }]);
  wrong.push(["prefix", { ...row, prefixes: row.prefixes.includes(0xf3) ? [0xf2] : [0xf3] }]);
  const { modRm } = row;
  if (typeof modRm === "number") {
    for (let bit = 0; bit < 3; bit++) wrong.push([`digit bit ${bit}`, { ...row, modRm: modRm ^ (1 << bit) }]);
  }
  if (row.fixedModRm !== undefined) wrong.push(["second byte", { ...row, fixedModRm: row.fixedModRm ^ 1 }]);
  if (row.space !== "legacy" && row.l !== undefined) wrong.push(["L", { ...row, l: row.l === 1 ? 0 : 1 }]);
  const hasMemory = row.operands.some((operand) => operand.memory !== undefined);
  if (row.space === "EVEX" && hasMemory) wrong.push(["displacement scale", { ...row, dispScale: 2 * row.dispScale }]);
  return wrong;
}
