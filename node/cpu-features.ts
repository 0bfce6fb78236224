/**
 * What this CPU can do, and the operating system lets it do: CPUID and XGETBV, run as code of our own assembler.
 *
 * A feature counts when its CPUID bit is set and, where it needs registers that the system must save, XCR0 says that the
 * system saves them (SDM volume 1, chapter 14; volume 2, CPUID and XGETBV). `JITSMITH_CPU=sse4.1|avx2|avx512` hides what
 * lies above that level, so that every level can be tried on one machine.
 */

import { Assembler } from "../src/asm/x64/assembler.ts";
import { dword } from "../src/asm/x64/operands.ts";
import { eax, ebx, ecx, edi, edx, esi, r8, rbx, rdx } from "../src/asm/x64/registers.ts";
import { UnsupportedError } from "../src/base/errors.ts";
import { toFunction } from "./memory/to-function.ts";

type Register = "eax" | "ebx" | "ecx" | "edx";
/** What XCR0 must have for a feature: x and y for AVX (bits 1, 2), also opmask and z for AVX-512 (bits 5 to 7). */
type State = "none" | "ymm" | "zmm";

const stateBits: Readonly<Record<State, number>> = { none: 0, ymm: 0b110, zmm: 0b1110_0110 };

/** Name as in /proc/cpuinfo, leaf, subleaf, register, bit, register state: CPUID's tables in the manual, row by row. */
const rows: readonly (readonly [string, number, number, Register, number, State])[] = [
  ["cmov", 1, 0, "edx", 15, "none"],
  ["sse", 1, 0, "edx", 25, "none"],
  ["sse2", 1, 0, "edx", 26, "none"],
  ["pni", 1, 0, "ecx", 0, "none"],
  ["pclmulqdq", 1, 0, "ecx", 1, "none"],
  ["ssse3", 1, 0, "ecx", 9, "none"],
  ["fma", 1, 0, "ecx", 12, "ymm"],
  ["cx16", 1, 0, "ecx", 13, "none"],
  ["sse4_1", 1, 0, "ecx", 19, "none"],
  ["sse4_2", 1, 0, "ecx", 20, "none"],
  ["movbe", 1, 0, "ecx", 22, "none"],
  ["popcnt", 1, 0, "ecx", 23, "none"],
  ["aes", 1, 0, "ecx", 25, "none"],
  ["xsave", 1, 0, "ecx", 26, "none"],
  ["avx", 1, 0, "ecx", 28, "ymm"],
  ["f16c", 1, 0, "ecx", 29, "ymm"],
  ["rdrand", 1, 0, "ecx", 30, "none"],
  ["fsgsbase", 7, 0, "ebx", 0, "none"],
  ["bmi1", 7, 0, "ebx", 3, "none"],
  ["avx2", 7, 0, "ebx", 5, "ymm"],
  ["bmi2", 7, 0, "ebx", 8, "none"],
  ["rtm", 7, 0, "ebx", 11, "none"],
  ["avx512f", 7, 0, "ebx", 16, "zmm"],
  ["avx512dq", 7, 0, "ebx", 17, "zmm"],
  ["rdseed", 7, 0, "ebx", 18, "none"],
  ["adx", 7, 0, "ebx", 19, "none"],
  ["avx512ifma", 7, 0, "ebx", 21, "zmm"],
  ["clflushopt", 7, 0, "ebx", 23, "none"],
  ["clwb", 7, 0, "ebx", 24, "none"],
  ["avx512cd", 7, 0, "ebx", 28, "zmm"],
  ["sha_ni", 7, 0, "ebx", 29, "none"],
  ["avx512bw", 7, 0, "ebx", 30, "zmm"],
  ["avx512vl", 7, 0, "ebx", 31, "zmm"],
  ["avx512vbmi", 7, 0, "ecx", 1, "zmm"],
  ["ospke", 7, 0, "ecx", 4, "none"],
  ["waitpkg", 7, 0, "ecx", 5, "none"],
  ["avx512_vbmi2", 7, 0, "ecx", 6, "zmm"],
  ["gfni", 7, 0, "ecx", 8, "none"],
  ["vaes", 7, 0, "ecx", 9, "ymm"],
  ["vpclmulqdq", 7, 0, "ecx", 10, "ymm"],
  ["avx512_vnni", 7, 0, "ecx", 11, "zmm"],
  ["avx512_bitalg", 7, 0, "ecx", 12, "zmm"],
  ["avx512_vpopcntdq", 7, 0, "ecx", 14, "zmm"],
  ["rdpid", 7, 0, "ecx", 22, "none"],
  ["cldemote", 7, 0, "ecx", 25, "none"],
  ["movdiri", 7, 0, "ecx", 27, "none"],
  ["movdir64b", 7, 0, "ecx", 28, "none"],
  ["enqcmd", 7, 0, "ecx", 29, "none"],
  ["avx512_vp2intersect", 7, 0, "edx", 8, "zmm"],
  ["serialize", 7, 0, "edx", 14, "none"],
  ["tsxldtrk", 7, 0, "edx", 16, "none"],
  ["avx512_fp16", 7, 0, "edx", 23, "zmm"],
  ["avx_vnni", 7, 1, "eax", 4, "ymm"],
  ["avx512_bf16", 7, 1, "eax", 5, "zmm"],
  ["avx_ifma", 7, 1, "eax", 23, "ymm"],
  ["xsaveopt", 13, 1, "eax", 0, "none"],
  ["xsavec", 13, 1, "eax", 1, "none"],
  ["ptwrite", 20, 0, "ebx", 4, "none"],
  ["lahf_lm", 0x8000_0001, 0, "ecx", 0, "none"],
  ["abm", 0x8000_0001, 0, "ecx", 5, "none"],
  ["3dnowprefetch", 0x8000_0001, 0, "ecx", 8, "none"],
  ["mwaitx", 0x8000_0001, 0, "ecx", 29, "none"],
  ["rdtscp", 0x8000_0001, 0, "edx", 27, "none"],
  ["clzero", 0x8000_0008, 0, "ebx", 0, "none"],
];

const osxsaveBit = 27;
const extendedLeaves = 0x8000_0000;

/** Every name that `cpuFeatures` may hold, in the manual's order. */
export const cpuFeatureNames: readonly string[] = rows.map(([name]) => name);

/** Accepted values of `JITSMITH_CPU`, and what each hides: the features whose names begin so. */
const levels = {
  "sse4.1": ["sse4_2", "popcnt", "abm", "bmi", "avx", "fma", "f16c", "vaes", "vpclmulqdq", "movbe", "adx", "gfni"],
  avx2: ["avx512"],
  avx512: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What a level promises: masking to it on a CPU that lacks these is an error. */
const levelNeeds: Readonly<Record<string, readonly string[]>> = {
  "sse4.1": ["sse4_1"],
  avx2: ["avx2", "fma", "bmi1", "bmi2"],
  avx512: ["avx512f", "avx512bw", "avx512dq", "avx512vl"],
};

let known: { readonly found: ReadonlySet<string>; readonly masked: ReadonlySet<string> } | undefined;

/** The features of this CPU under this system, after `JITSMITH_CPU`. Throws `UnsupportedError` for an unknown mask. */
export function cpuFeatures(): ReadonlySet<string> {
  return read().masked;
}

/** The features of this CPU under this system, whatever `JITSMITH_CPU` says. */
export function unmaskedCpuFeatures(): ReadonlySet<string> {
  return read().found;
}

function read(): NonNullable<typeof known> {
  if (known === undefined) {
    const found = readFeatures();
    known = { found, masked: maskFeatures(found, process.env.JITSMITH_CPU) };
  }
  return known;
}

/** `found` without what lies above `level`. Throws `UnsupportedError` for a level that is unknown or above the CPU's. */
export function maskFeatures(found: ReadonlySet<string>, level: string | undefined): ReadonlySet<string> {
  if (level === undefined || level === "") return found;
  const hidden: readonly string[] | undefined = Object.hasOwn(levels, level)
    ? levels[level as keyof typeof levels] // the line above has looked
    : undefined;
  if (hidden === undefined) {
    throw new UnsupportedError(`JITSMITH_CPU=${level}: expected one of ${Object.keys(levels).join(" ")}`);
  }
  const missing = (levelNeeds[level] ?? []).filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new UnsupportedError(`JITSMITH_CPU=${level}: this CPU does not have ${missing.join(" ")}`);
  }
  return new Set([...found].filter((name) => !hidden.some((prefix) => name.startsWith(prefix))));
}

function readFeatures(): ReadonlySet<string> {
  const cpuid = cpuidFunction();
  const leaves = new Map<string, Uint32Array>();
  const leaf = (number: number, subleaf: number): Uint32Array => {
    const key = `${number}.${subleaf}`;
    let registers = leaves.get(key);
    if (registers === undefined) {
      registers = new Uint32Array(4);
      cpuid(number | 0, subleaf, registers);
      leaves.set(key, registers);
    }
    return registers;
  };
  const highest = (number: number): number => leaf(number >= extendedLeaves ? extendedLeaves : 0, 0)[0] ?? 0;
  const bit = (number: number, subleaf: number, register: Register, position: number): boolean => {
    if (number > highest(number)) return false;
    if (subleaf > 0 && subleaf > (leaf(number, 0)[0] ?? 0)) return false;
    const registers = leaf(number, subleaf);
    const word = registers[{ eax: 0, ebx: 1, ecx: 2, edx: 3 }[register]] ?? 0;
    return ((word >>> position) & 1) === 1;
  };

  const saved = bit(1, 0, "ecx", osxsaveBit) ? readXcr0() : 0;
  const found = new Set<string>();
  for (const [name, number, subleaf, register, position, state] of rows) {
    const needed = stateBits[state];
    if (bit(number, subleaf, register, position) && (saved & needed) === needed) found.add(name);
  }
  return found;
}

/** `void cpuid(leaf, subleaf, u32 registers[4])` */
function cpuidFunction(): (leaf: number, subleaf: number, registers: Uint32Array) => void {
  const a = new Assembler();
  a.push(rbx);
  a.mov(r8, rdx);
  a.mov(eax, edi);
  a.mov(ecx, esi);
  a.cpuid();
  a.mov(dword(r8), eax);
  a.mov(dword(r8, 4), ebx);
  a.mov(dword(r8, 8), ecx);
  a.mov(dword(r8, 12), edx);
  a.pop(rbx);
  a.ret();
  return toFunction(a.toBytes(), "void(i32, i32, ptr)");
}

/** The low half of XCR0. */
function readXcr0(): number {
  const a = new Assembler();
  a.xor(ecx, ecx);
  a.xgetbv();
  a.ret();
  return toFunction(a.toBytes(), "i32()")();
}
