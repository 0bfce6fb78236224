import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryError, UnsupportedError } from "../../src/base/errors.ts";
import { CodeArena, type MemoryMode } from "./code-arena.ts";
import { copyOut } from "./system-calls.ts";
import { optionsFromEnvironment } from "./thread-arena.ts";
import { functionAt } from "./to-function.ts";

const modes: readonly MemoryMode[] = ["dual", "flip"];

describe.each(modes)("CodeArena, %s", (mode) => {
  it("installs, runs, frees with int3, and reuses", () => {
    const arena = new CodeArena({ mode });
    expect(arena.mode).toBe(mode);
    const code = Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3);
    const first = arena.install(code);
    const second = arena.install(code);
    expect(first.bytes).toBe(6);
    expect(first.address % 64).toBe(0);
    expect(functionAt(second, 0, "i32()")()).toBe(42);
    expect([...copyOut(first.address, 6)]).toEqual([...code]);
    expect(copyOut(first.address + 6, 58).every((byte) => byte === 0xcc)).toBe(true);
    expect(arena.statistics()).toMatchObject({ mode, functions: 2, codeBytes: 12 });

    const { address } = first;
    first.release();
    first.release();
    expect(first.address).toBe(0);
    if (mode === "dual") {
      expect(copyOut(address, 64).every((byte) => byte === 0xcc)).toBe(true);
      expect(arena.install(code).address).toBe(address);
      expect(arena.statistics().functions).toBe(2);
    }
    expect(functionAt(second, 0, "i32()")()).toBe(42);
  });

  it("holds what was installed, whatever is released in between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.boolean(), fc.nat()), { maxLength: 60 }),
        (steps) => {
          const arena = new CodeArena({ mode, maxCodeBytes: 2 ** 22 });
          const live: { code: Uint8Array; installed: ReturnType<CodeArena["install"]> }[] = [];
          steps.forEach(([bytes, release, which], step) => {
            if (release && live.length > 0) {
              const [gone] = live.splice(which % live.length, 1);
              gone?.installed.release();
            } else {
              const code = new Uint8Array(bytes).fill(step + 1);
              live.push({ code, installed: arena.install(code) });
            }
            for (const { code, installed } of live) {
              expect(Buffer.compare(copyOut(installed.address, code.length), code)).toBe(0);
            }
            const { functions, codeBytes } = arena.statistics();
            expect(functions).toBe(live.length);
            expect(codeBytes).toBe(live.reduce((sum, { code }) => sum + code.length, 0));
          });
          for (const { installed } of live) installed.release();
          arena.dispose();
        },
      ),
      { numRuns: 30 },
    );
  });

  it("says what fills it when it is full, and goes on after a release", () => {
    const arena = new CodeArena({ mode, maxCodeBytes: 8192 });
    const code = new Uint8Array(4096).fill(0xc3);
    const first = arena.install(code);
    arena.install(code);
    const more = () => arena.install(Uint8Array.of(0xc3));
    expect(more).toThrow(MemoryError);
    expect(more).toThrow(
      "no room for 1 bytes of code: 2 functions occupy 8192 of maxCodeBytes = 8192; dispose functions, let the event loop turn",
    );
    first.release();
    expect(more().bytes).toBe(1);
  });

  it("refuses what is no code", () => {
    const arena = new CodeArena({ mode });
    expect(() => arena.install(new Uint8Array(0))).toThrow(RangeError);
    expect(() => arena.install([0xc3] as never)).toThrow(TypeError);
    expect(() => arena.install(undefined as never)).toThrow("install: expected code as a Uint8Array, not undefined");
  });

  it("is disposed once nothing lives in it", () => {
    const arena = new CodeArena({ mode });
    const installed = arena.install(Uint8Array.of(0xc3));
    expect(() => arena.dispose()).toThrow("dispose: 1 functions still live in this code arena; release them first");
    installed.release();
    arena.dispose();
    arena.dispose();
    expect(() => arena.install(Uint8Array.of(0xc3))).toThrow("install: this code arena was disposed");
  });
});

describe("CodeArena", () => {
  it("refuses sizes and modes that are none", () => {
    for (const maxCodeBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1"]) {
      expect(() => new CodeArena({ maxCodeBytes } as never)).toThrow(RangeError);
    }
    expect(() => new CodeArena({ mode: "both" } as never)).toThrow("memory mode: expected dual or flip, not both");
    expect(() => new CodeArena({ mode: "dual", maxCodeBytes: 2 ** 47 })).toThrow(MemoryError);
  });

  it("reads its options from the environment", () => {
    expect(optionsFromEnvironment({})).toEqual({});
    expect(optionsFromEnvironment({ JITSMITH_MEMORY: "flip" })).toEqual({ mode: "flip" });
    expect(optionsFromEnvironment({ JITSMITH_MAX_CODE_BYTES: "65536" })).toEqual({ maxCodeBytes: 65536 });
    expect(() => optionsFromEnvironment({ JITSMITH_MEMORY: "rwx" })).toThrow(
      new UnsupportedError("JITSMITH_MEMORY=rwx: expected dual or flip"),
    );
    for (const text of ["0", "-1", "1e6", "many"]) {
      expect(() => optionsFromEnvironment({ JITSMITH_MAX_CODE_BYTES: text })).toThrow(UnsupportedError);
    }
  });

  it("gives pages back: all but one when nothing lives, all after trim", () => {
    const arena = new CodeArena({ mode: "dual" });
    const code = new Uint8Array(64).fill(0xc3);
    const installed = Array.from({ length: 64 * 200 }, () => arena.install(code));
    expect(arena.statistics().pageBytes).toBe(200 * 4096);
    const resident = residentBytes(installed[0]?.address ?? 0);
    expect(resident).toBe(200 * 4096);
    const [base = { address: 0 }] = installed;
    const { address } = base;
    // Every other function: no page is free, so none goes.
    for (let index = 0; index < installed.length; index += 2) installed[index]?.release();
    expect(arena.statistics().pageBytes).toBe(200 * 4096);
    for (const code of installed) code.release();
    expect(arena.statistics()).toMatchObject({ functions: 0, codeBytes: 0, occupiedBytes: 0, pageBytes: 4096 });
    arena.trim();
    expect(arena.statistics().pageBytes).toBe(0);
    expect(residentBytes(address)).toBe(0);
    // What comes back is int3 again behind the code.
    const again = arena.install(Uint8Array.of(0xc3));
    expect(copyOut(again.address + 1, 4095).every((byte) => byte === 0xcc)).toBe(true);
    again.release();
    arena.dispose();
  });

  it("makes no system call for memory when functions come and go within a few pages", () => {
    const arena = new CodeArena({ mode: "dual" });
    const keep = arena.install(Uint8Array.of(0xc3));
    const page = new Uint8Array(4096).fill(0xc3);
    const { pageBytes } = arena.statistics();
    const large = arena.install(page);
    large.release();
    expect(arena.statistics().pageBytes).toBe(pageBytes + 4096); // kept warm
    keep.release();
    arena.dispose();
  });

  it("holds 100,000 small functions in less than 64 bytes each beside their code", { timeout: 120_000 }, () => {
    const count = 100_000;
    const arena = new CodeArena({ mode: "dual" });
    const code = Uint8Array.of(0x48, 0x8d, 0x47, 0x04, 0xc3);
    const installed = Array.from({ length: count }, () => arena.install(code));
    const { functions, codeBytes, pageBytes, metadataBytes } = arena.statistics();
    expect(functions).toBe(count);
    // 5 bytes of code in a granule of 64, and the bookkeeping of pages.
    expect((pageBytes + metadataBytes - codeBytes) / count).toBeLessThan(64);
    expect(residentBytes(installed[0]?.address ?? 0)).toBe(pageBytes);
    for (const index of [0, 1, 12_345, count - 1]) {
      const one = installed[index];
      expect(one && functionAt(one, 0, "i64(i64)")(4n)).toBe(8n);
    }
    for (const one of installed) one.release();
    expect(arena.statistics().pageBytes).toBeLessThanOrEqual(4096);
    arena.dispose();
  });
});

/** What the kernel holds of the memory file behind `address`: the resident pages of its writable mapping, from /proc/self/smaps. */
function residentBytes(address: number): number {
  const mappings = readFileSync("/proc/self/smaps", "utf8")
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .map((text) => {
      const [, from = "", to = "", access = "", inode = ""] = /^(\w+)-(\w+) (\S+) \w+ \S+ (\d+)/.exec(text) ?? [];
      return {
        holds: Number.parseInt(from, 16) <= address && address < Number.parseInt(to, 16),
        access,
        inode,
        resident: Number(/^Rss: +(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024,
      };
    });
  const executable = mappings.find(({ holds }) => holds);
  expect(executable?.access).toBe("r-xs");
  const writable = mappings.find(({ inode, access }) => inode === executable?.inode && access === "rw-s");
  expect(writable).toBeDefined();
  return writable?.resident ?? 0;
}
