/**
 * LLVM and GNU binutils as judges of x86-64 bytes and text, for scripts that refresh golden files or compare at random.
 * Everything is asked in one run of the tool for a whole batch.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const hexOf = (bytes) => Buffer.from(bytes).toString("hex");
export const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

const features =
  "+sse4.2,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+popcnt,+aes,+pclmul,+sha,+adx,+movbe,+prfchw,+cx16,+mmx";

const llvmMc = ["llvm-mc-14", "llvm-mc"].find((name) => spawnSync(name, ["--version"]).status === 0);

/** The versions that judge, or undefined where a tool is missing. */
export function oracleVersions() {
  const version = (name) => spawnSync(name, ["--version"], { encoding: "utf8" }).stdout?.match(/\d+\.\d+(\.\d+)?/)?.[0];
  const versions = { "llvm-mc": llvmMc && version(llvmMc), as: version("as"), objdump: version("objdump") };
  return Object.values(versions).every(Boolean) ? versions : undefined;
}

const run = (command, commandArguments, input) =>
  spawnSync(command, commandArguments, { input, encoding: "utf8", maxBuffer: 1 << 30 });

const tidy = (text) =>
  text
    .replace(/\s*#.*$/, "")
    .replace(/\s+/g, " ")
    .trim();

/**
 * LLVM's Intel text of each byte sequence: all instructions that it finds in it, joined by "; ", and whether it found
 * bytes that are no instruction. A marker between any two sequences (`mov eax, <number>`) tells whose text it is.
 */
export function llvmDisassemble(sequences) {
  const first = 0x5a000000;
  // In brackets, no instruction runs on into the next line.
  const byteText = (bytes) => `[${Array.from(bytes, (byte) => `0x${byte.toString(16)}`).join(" ")}]`;
  const marker = (number) =>
    byteText([0xb8, number & 255, (number >> 8) & 255, (number >> 16) & 255, (number >>> 24) & 255]);
  const lines = sequences.flatMap((bytes, index) => [byteText(bytes), marker(first + index)]);
  const { stdout, stderr } = run(
    llvmMc,
    ["--disassemble", "--triple=x86_64", "--output-asm-variant=1", `--mattr=${features}`],
    `${lines.join("\n")}\n`,
  );
  const invalid = new Set();
  for (const match of stderr.matchAll(/<stdin>:(\d+):\d+: warning: invalid/g)) invalid.add((Number(match[1]) - 1) >> 1);
  const results = [];
  let texts = [];
  for (const line of stdout.split("\n")) {
    const text = tidy(line);
    if (text === "" || text === ".text") continue;
    if (text === `mov eax, ${first + results.length}`) {
      const joined = texts.join("; ").replace(/\b(lock|rep|repne|xacquire|xrelease); /g, "$1 ");
      results.push({ text: joined, valid: !invalid.has(results.length) && texts.length > 0 });
      texts = [];
    } else texts.push(text);
  }
  if (results.length !== sequences.length) {
    throw new Error(
      `llvm-mc answered ${results.length} of ${sequences.length}: ${stdout.slice(0, 300)} ${stderr.slice(0, 300)}`,
    );
  }
  return results;
}

/** Runs `action` with a temporary folder. */
function inFolder(action) {
  const folder = mkdtempSync(join(tmpdir(), "jitsmith-oracle-"));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** objdump's Intel text and length of the first instruction of each byte sequence; each stands at a place of its own. */
export function objdumpDisassemble(sequences) {
  return inFolder((folder) => {
    const slot = 32;
    const image = Buffer.alloc(sequences.length * slot, 0x90);
    sequences.forEach((bytes, index) => image.set(bytes, index * slot));
    const file = join(folder, "image.bin");
    writeFileSync(file, image);
    const stdout = execFileSync(
      "objdump",
      ["-D", "-z", "-w", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-addresses", file].filter(
        (argument) => argument !== "--no-addresses",
      ),
      { encoding: "utf8", maxBuffer: 1 << 30 },
    );
    const results = sequences.map(() => ({ text: "(bad)", length: 0 }));
    for (const match of stdout.matchAll(/^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(?:\t(.*))?$/gm)) {
      const address = Number.parseInt(match[1], 16);
      if (address % slot === 0 && results[address / slot] !== undefined) {
        results[address / slot] = {
          text: tidy(match[3] ?? "(bad)"),
          length: match[2].trim().split(" ").length,
          address,
        };
      }
    }
    return results;
  });
}

/** The bytes that llvm-mc makes of each Intel line as hex, or undefined where it refuses it. */
export function llvmAssemble(texts) {
  const source = [".intel_syntax noprefix", ...texts.flatMap((text) => [text, ".byte 0x5a"])].join("\n");
  const { stdout, stderr } = run(
    llvmMc,
    ["--triple=x86_64", "--show-encoding", "--output-asm-variant=1", `--mattr=${features}`],
    `${source}\n`,
  );
  const refused = new Set();
  for (const match of stderr.matchAll(/<stdin>:(\d+):\d+: error/g)) refused.add((Number(match[1]) - 2) >> 1);
  const results = texts.map(() => undefined);
  let index = 0;
  let hex = "";
  for (const line of stdout.split("\n")) {
    if (/^\s*\.byte\s+90\b/.test(line)) {
      results[index] = refused.has(index) ? undefined : hex;
      index++;
      hex = "";
    }
    const encoding = /# encoding: \[(.*)\]/.exec(line);
    if (encoding !== null) {
      hex += encoding[1]
        .split(",")
        .map((byte) => (/^0x/.test(byte) ? byte.slice(2) : "??"))
        .join("");
    }
  }
  return results;
}

/** The bytes that GNU as makes of each Intel line as hex, or undefined where it refuses it. */
export function gasAssemble(texts) {
  return inFolder((folder) => {
    const attempt = (lines) => {
      // Each line in a section of its own would be slow; labels before and after give its bytes instead.
      const source = [
        ".intel_syntax noprefix",
        ...lines.flatMap((text, index) => [`.L${index}:`, text]),
        `.L${lines.length}:`,
        ".section .marks",
        ...Array.from({ length: lines.length + 1 }, (_, index) => `.long .L${index} - .L0`),
      ].join("\n");
      const file = join(folder, "lines.s");
      writeFileSync(file, `${source}\n`);
      const { stderr, status } = run("as", ["-o", join(folder, "lines.o"), file]);
      const errors = [...stderr.matchAll(/lines\.s:(\d+): Error/g)].map((match) => (Number(match[1]) - 3) >> 1);
      return { status, errors };
    };
    const refused = new Set();
    for (;;) {
      const { status, errors } = attempt(texts.map((text, index) => (refused.has(index) ? "" : text)));
      if (status === 0) break;
      const before = refused.size;
      for (const index of errors) refused.add(index);
      if (refused.size === before) throw new Error("as failed without naming a line");
    }
    const section = (name) => {
      const file = join(folder, "section.bin");
      execFileSync("objcopy", [
        "-O",
        "binary",
        `--only-section=${name}`,
        "--set-section-flags",
        `${name}=alloc`,
        join(folder, "lines.o"),
        file,
      ]);
      return readFileSync(file);
    };
    const code = section(".text");
    const marks = section(".marks");
    return texts.map((_, index) =>
      refused.has(index)
        ? undefined
        : code.subarray(marks.readInt32LE(index * 4), marks.readInt32LE(index * 4 + 4)).toString("hex"),
    );
  });
}
