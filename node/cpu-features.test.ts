import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { instructionSets } from "../src/asm/x64/instructions.ts";
import { UnsupportedError } from "../src/base/errors.ts";
import { cpuFeatureNames, maskFeatures, unmaskedCpuFeatures } from "./cpu-features.ts";

/** What Linux found out by itself. */
const kernel = new Set(/^flags\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" ") ?? []);

describe("cpuFeatures", () => {
  it("agrees with /proc/cpuinfo on every name it knows", () => {
    expect(kernel.size).toBeGreaterThan(10);
    const known = cpuFeatureNames.filter((name) => kernel.has(name));
    // Linux does not list it.
    expect([...unmaskedCpuFeatures()].filter((name) => name !== "ptwrite")).toEqual(known);
  });

  it("knows every name that the instruction tables use", () => {
    const used = new Set(instructionSets.flatMap(({ features, below512 = [] }) => [...features, ...[below512].flat()]));
    expect([...used].filter((name) => !cpuFeatureNames.includes(name))).toEqual([]);
  });
});

describe("JITSMITH_CPU", () => {
  const everything = new Set(cpuFeatureNames);

  it("hides what lies above the level", () => {
    expect(maskFeatures(everything, undefined)).toEqual(everything);
    expect(maskFeatures(everything, "avx512")).toEqual(everything);
    const avx2 = maskFeatures(everything, "avx2");
    expect([...avx2].filter((name) => name.startsWith("avx512"))).toEqual([]);
    for (const name of ["avx2", "fma", "bmi2", "f16c"]) expect(avx2.has(name)).toBe(true);
    const sse = maskFeatures(everything, "sse4.1");
    for (const name of ["sse4_2", "avx", "avx2", "fma", "bmi1", "popcnt", "abm", "avx512f"])
      expect(sse.has(name)).toBe(false);
    for (const name of ["sse2", "pni", "ssse3", "sse4_1"]) expect(sse.has(name)).toBe(true);
  });

  it("refuses levels that are unknown, and those above the CPU", () => {
    expect(() => maskFeatures(everything, "avx3")).toThrow(
      new UnsupportedError("JITSMITH_CPU=avx3: expected one of sse4.1 avx2 avx512"),
    );
    expect(() => maskFeatures(everything, "toString")).toThrow(UnsupportedError);
    expect(() => maskFeatures(new Set(["sse2", "sse4_1"]), "avx2")).toThrow(
      "JITSMITH_CPU=avx2: this CPU does not have avx2 fma bmi1 bmi2",
    );
  });
});
