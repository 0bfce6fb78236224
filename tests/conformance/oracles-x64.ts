/**
 * LLVM and GNU binutils as judges of x86-64 bytes and text, for tests that are asked to refresh golden files or to compare
 * at random. Everything is asked in one run of the tool for a whole batch. `npm test` needs neither tool.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

const features = [
  "+sse4.2,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+popcnt,+aes,+pclmul,+sha,+adx,+movbe,+prfchw,+cx16,+mmx",
  "+gfni,+vaes,+vpclmulqdq,+avxvnni,+avx512f,+avx512vl,+avx512bw,+avx512dq,+avx512cd,+avx512ifma,+avx512vbmi",
  "+avx512vbmi2,+avx512vnni,+avx512bitalg,+avx512vpopcntdq,+avx512bf16,+avx512vp2intersect",
].join();

interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

function run(command: string, options: readonly string[], input?: string): Output {
  return spawnSync(command, options, { input, encoding: "utf8", maxBuffer: 1 << 30 });
}

function versionOf(tool: string): string | undefined {
  return run(tool, ["--version"]).stdout?.match(/\d+\.\d+(?:\.\d+)?/)?.[0];
}

const llvmMc = versionOf("llvm-mc-14") === undefined ? "llvm-mc" : "llvm-mc-14";

/** The tools and their versions, or undefined where one is missing. */
export function oracleVersions(): string | undefined {
  const versions = [llvmMc, "as", "objdump"].map((tool) => [tool, versionOf(tool)] as const);
  if (versions.some(([, version]) => version === undefined)) return undefined;
  return versions.map(([tool, version]) => `${tool} ${version}`).join(", ");
}

const tidy = (text: string): string =>
  text
    .replace(/\s*#.*$/, "")
    .replace(/\s+/g, " ")
    .trim();

export interface LlvmText {
  /** All instructions found in the bytes, joined by "; ". */
  readonly text: string;
  /** No byte was left over that is no instruction. */
  readonly valid: boolean;
}

/** LLVM's Intel text. A marker between any two sequences (`mov eax, <number>`) tells whose text it is. */
export function llvmDisassemble(sequences: readonly Uint8Array[]): LlvmText[] {
  const first = 0x5a000000;
  // In brackets, no instruction runs on into the next line.
  const line = (bytes: Iterable<number>): string =>
    `[${Array.from(bytes, (byte) => `0x${byte.toString(16)}`).join(" ")}]`;
  const marker = (n: number): string => line([0xb8, n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255]);
  const lines = sequences.flatMap((bytes, index) => [line(bytes), marker(first + index)]);
  const options = ["--disassemble", "--triple=x86_64", "--output-asm-variant=1", `--mattr=${features}`];
  const { stdout, stderr } = run(llvmMc, options, `${lines.join("\n")}\n`);
  const invalid = new Set<number>();
  for (const match of stderr.matchAll(/<stdin>:(\d+):\d+: warning: invalid/g)) invalid.add((Number(match[1]) - 1) >> 1);
  const results: LlvmText[] = [];
  let texts: string[] = [];
  for (const written of stdout.split("\n")) {
    const text = tidy(written);
    if (text === "" || text === ".text") continue;
    if (text === `mov eax, ${first + results.length}`) {
      // Some prefixes are printed on a line of their own.
      const joined = texts.join("; ").replace(/\b(lock|rep|repne|xacquire|xrelease); /g, "$1 ");
      results.push({ text: joined, valid: !invalid.has(results.length) && texts.length > 0 });
      texts = [];
    } else texts.push(text);
  }
  if (results.length !== sequences.length) {
    throw new Error(`${llvmMc} answered ${results.length} of ${sequences.length}: ${stderr.slice(0, 300)}`);
  }
  return results;
}

function inFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "jitsmith-oracle-"));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface ObjdumpText {
  /** Branch targets are distances from the instruction's end, as `.+5`. */
  readonly text: string;
  readonly length: number;
}

/** objdump's Intel text and length of the first instruction of each sequence. Each stands at a place of its own. */
export function objdumpDisassemble(sequences: readonly Uint8Array[]): ObjdumpText[] {
  return inFolder((folder) => {
    const slot = 32;
    const image = Buffer.alloc(sequences.length * slot, 0x90);
    for (const [index, bytes] of sequences.entries()) image.set(bytes, index * slot);
    const file = join(folder, "image.bin");
    writeFileSync(file, image);
    const options = ["-D", "-z", "-w", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", file];
    const stdout = execFileSync("objdump", options, { encoding: "utf8", maxBuffer: 1 << 30 });
    const results: ObjdumpText[] = sequences.map(() => ({ text: "(bad)", length: 0 }));
    for (const match of stdout.matchAll(/^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(?:\t(.*))?$/gm)) {
      const address = Number.parseInt(match[1] ?? "", 16);
      if (address % slot !== 0 || address / slot >= results.length) continue;
      const length = (match[2] ?? "").trim().split(" ").length;
      results[address / slot] = { text: relativeTarget(tidy(match[3] ?? "(bad)"), address + length), length };
    }
    return results;
  });
}

function relativeTarget(text: string, end: number): string {
  return text.replace(
    /^((?:addr32 )?(?:j\w+|call|loop\w*|xbegin) )(0x[0-9a-f]+)$/,
    (_, mnemonic: string, target: string) => {
      const distance = BigInt.asIntN(64, BigInt(target) - BigInt(end));
      return `${mnemonic}.${distance < 0n ? "" : "+"}${distance}`;
    },
  );
}

/** The bytes that LLVM makes of each Intel line as hex, or undefined where it refuses it. */
export function llvmAssemble(texts: readonly string[]): (string | undefined)[] {
  const source = [".intel_syntax noprefix", ...texts.flatMap((text) => [text, ".byte 0x5a"])].join("\n");
  const options = ["--triple=x86_64", "--show-encoding", "--output-asm-variant=1", `--mattr=${features}`];
  const { stdout, stderr } = run(llvmMc, options, `${source}\n`);
  const refused = new Set<number>();
  for (const match of stderr.matchAll(/<stdin>:(\d+):\d+: error/g)) refused.add((Number(match[1]) - 2) >> 1);
  const results: (string | undefined)[] = [];
  let hex = "";
  for (const line of stdout.split("\n")) {
    if (/^\s*\.byte\s+90\b/.test(line)) {
      results.push(refused.has(results.length) ? undefined : hex);
      hex = "";
    }
    const bytes = /# encoding: \[(.*)\]/.exec(line)?.[1]?.split(",") ?? [];
    for (const byte of bytes) hex += byte.startsWith("0x") ? byte.slice(2) : "??";
  }
  if (results.length !== texts.length) throw new Error(`${llvmMc} answered ${results.length} of ${texts.length}`);
  return results;
}

/** The bytes that GNU as makes of each Intel line as hex, or undefined where it refuses it. */
export function gasAssemble(texts: readonly string[]): (string | undefined)[] {
  return inFolder((folder) => {
    const file = join(folder, "lines.s");
    const object = join(folder, "lines.o");
    const refused = new Set<number>();
    for (;;) {
      const lines = texts.flatMap((text, index) => [`.L${index}:`, refused.has(index) ? "" : text]);
      const marks = Array.from({ length: texts.length + 1 }, (_, index) => `.long .L${index} - .L0`);
      const end = [`.L${texts.length}:`, ".section .marks", ...marks, ""];
      writeFileSync(file, [".intel_syntax noprefix", ...lines, ...end].join("\n"));
      const { stderr, status } = run("as", ["-o", object, file]);
      if (status === 0) break;
      const before = refused.size;
      for (const match of stderr.matchAll(/lines\.s:(\d+): Error/g)) refused.add((Number(match[1]) - 3) >> 1);
      if (refused.size === before) throw new Error(`as: ${stderr.slice(0, 300)}`);
    }
    const section = (name: string): Buffer => {
      const out = join(folder, "section.bin");
      const flags = ["-O", "binary", `--only-section=${name}`, "--set-section-flags", `${name}=alloc`];
      execFileSync("objcopy", [...flags, object, out]);
      return readFileSync(out);
    };
    const code = section(".text");
    const marks = section(".marks");
    const place = (index: number): number => marks.readInt32LE(index * 4);
    return texts.map((_, index) =>
      refused.has(index) ? undefined : code.subarray(place(index), place(index + 1)).toString("hex"),
    );
  });
}
