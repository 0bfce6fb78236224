/**
 * Branch relaxation against GNU as: random programs of branches, labels, padding and plain bytes must come out byte for
 * byte as binutils lays them out. `tests/golden/x64-relaxation.txt` holds as' lengths and hashes; `BLESS=1` asks `as` anew.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import type { Label } from "../../src/asm/x64/operands.ts";

const golden = new URL("../golden/x64-relaxation.txt", import.meta.url);
const programs = 400;

type Statement =
  | { readonly what: "label" | "jmp" | "jnz" | "call"; readonly label: number }
  | { readonly what: "bytes" | "align"; readonly count: number };

/** A reproducible random program. Odd seeds have no padding; the span of branches differs from seed to seed. */
function programOf(seed: number): Statement[] {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const labels = 4 + random(60);
  const near = 1 + random(12);
  const filler = 1 + random(30);
  const statements: Statement[] = [];
  for (let label = 0; label < labels; label++) {
    for (let count = random(4); count > 0; count--) statements.push({ what: "bytes", count: random(filler) });
    const target = Math.min(labels - 1, Math.max(0, label + random(2 * near + 1) - near));
    const kind = random(8);
    if (kind < 3) statements.push({ what: "jnz", label: target });
    else if (kind < 6) statements.push({ what: "jmp", label: target });
    else if (kind === 6) statements.push({ what: "call", label: target });
    else if (seed % 2 === 0) statements.push({ what: "align", count: 2 ** random(6) });
    statements.push({ what: "label", label });
  }
  return statements;
}

function assemble(program: readonly Statement[]): Uint8Array {
  const a = new Assembler();
  const labels: Label[] = [];
  const labelOf = (label: number): Label => {
    labels[label] ??= a.label(`l${label}`);
    return labels[label];
  };
  for (const statement of program) {
    switch (statement.what) {
      case "label":
        a.bind(labelOf(statement.label));
        break;
      case "jmp":
        a.jmp(labelOf(statement.label));
        break;
      case "jnz":
        a.jnz(labelOf(statement.label));
        break;
      case "call":
        a.call(labelOf(statement.label));
        break;
      case "bytes":
        for (let count = statement.count; count > 0; count--) a.db(0x90);
        break;
      case "align":
        a.align(statement.count, 0xcc);
        break;
    }
  }
  return a.toBytes();
}

function assembleWithGnu(program: readonly Statement[]): Uint8Array {
  const lines = program.map((statement) => {
    switch (statement.what) {
      case "label":
        return `l${statement.label}:`;
      case "bytes":
        return `.fill ${statement.count}, 1, 0x90`;
      case "align":
        return `.balign ${statement.count}, 0xcc`;
      default:
        return `${statement.what} l${statement.label}`;
    }
  });
  const folder = mkdtempSync(join(tmpdir(), "relaxation-"));
  try {
    const object = join(folder, "a.o");
    execFileSync("as", ["-o", object, "-"], { input: `.text\n${lines.join("\n")}\n` });
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", object, join(folder, "a.bin")]);
    return readFileSync(join(folder, "a.bin"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const fingerprint = (bytes: Uint8Array): string =>
  `${bytes.length} ${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;

test(`${programs} random programs of branches are laid out as GNU as does`, () => {
  const seeds = Array.from({ length: programs }, (_, seed) => seed);
  if (process.env.BLESS === "1") {
    const lines = seeds.map((seed) => `${seed} ${fingerprint(assembleWithGnu(programOf(seed)))}`);
    writeFileSync(
      golden,
      `# seed, length, start of SHA-256: written by GNU as through relaxation-x64.test.ts\n${lines.join("\n")}\n`,
    );
  }
  const expected = readFileSync(golden, "utf8").trim().split("\n").slice(1);
  expect(seeds.map((seed) => `${seed} ${fingerprint(assemble(programOf(seed)))}`)).toEqual(expected);
});
