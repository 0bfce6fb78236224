/** What the kernel says and does about our memory: never writable and executable, and death where that must be. */
import { describe, expect, it } from "vitest";
import { built, runChild } from "./memory-child.ts";

const memory = built("node/memory.js");
const systemCalls = built("node/memory/system-calls.js");

const parseMaps = `
  import { readFileSync } from "node:fs";
  const maps = () => readFileSync("/proc/self/maps", "utf8").trim().split("\\n").map((line) => {
    const [, from, to, access, name] = /^(\\w+)-(\\w+) (\\S+) \\S+ \\S+ \\d+ *(.*)$/.exec(line);
    return { from: parseInt(from, 16), to: parseInt(to, 16), access, name };
  });
  const at = (address) => maps().find(({ from, to }) => from <= address && address < to);
`;

describe.each(["dual", "flip"])("mappings, %s", (mode) => {
  it("are never writable and executable at once", () => {
    const { status, stdout, stderr } = runChild(
      `
      import { CodeArena, threadArena, toFunction, WritableRegion } from ${memory};
      ${parseMaps}
      const before = new Set(maps().map(({ from }) => from));
      const seen = [];
      const look = (what, address) => seen.push([what, address === undefined ? "none" : at(address).access]);
      const ours = ({ from, name }) => name.includes("jitsmith") || !before.has(from);

      const writable = WritableRegion.allocate(100_000);
      const place = writable.address;
      look("writable region", place);
      writable.fill(0xc3);
      look("written region", place);
      const executable = writable.seal();
      look("sealed region", place);
      executable.call("void()");
      look("called region", place);

      const f = toFunction(Uint8Array.of(0x48, 0x89, 0xf8, 0xc3), "i64(ptr)");
      f(new Uint8Array(8));
      const installed = threadArena().install(Uint8Array.of(0xc3));
      look("installed code", installed.address);
      for (const { access, name } of maps().filter(({ name }) => name.includes("jitsmith"))) look("memory file", undefined), seen.push([name, access]);
      const both = maps().filter((mapping) => ours(mapping) && mapping.access.includes("w") && mapping.access.includes("x"));
      console.log(JSON.stringify({ mode: threadArena().mode, seen, both: both.filter(({ from, to }) => [place, installed.address].some((a) => from <= a && a < to) || from.name === "jitsmith").length, jitsmith: maps().filter(({ name, access }) => name.includes("jitsmith")).map(({ access }) => access) }));
    `,
      { environment: { JITSMITH_MEMORY: mode } },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.mode).toBe(mode);
    const access = Object.fromEntries(found.seen);
    expect(access).toMatchObject({
      "writable region": "rw-p",
      "written region": "rw-p",
      "sealed region": "r-xp",
      "called region": "r-xp",
      "installed code": mode === "dual" ? "r-xs" : "r-xp",
    });
    expect(found.jitsmith.sort()).toEqual(mode === "dual" ? ["r-xs", "rw-s"] : []);
    expect(found.both).toBe(0);
  });
});

describe("protection", () => {
  it("kills a process that writes to sealed memory", () => {
    const script = (store: string): string => `
      import { WritableRegion } from ${memory};
      import { copyIn } from ${systemCalls};
      const writable = WritableRegion.allocate(16);
      const address = writable.address;
      copyIn(address, Uint8Array.of(0xc3));
      const executable = writable.seal();
      executable.call("void()");
      console.log("alive");
      ${store}
      console.log("survived");
    `;
    const writes = runChild(script("copyIn(address, Uint8Array.of(0xcc));"));
    expect(writes.stdout).toBe("alive\n");
    expect(writes.signal).toBe("SIGSEGV");
    // The same script without the store lives, so it is the store that kills.
    expect(runChild(script(""))).toMatchObject({ status: 0, signal: null, stdout: "alive\nsurvived\n" });
  });

  it("kills a process that jumps to unsealed memory", () => {
    const script = (seal: string): string => `
      import { WritableRegion } from ${memory};
      import { functionAt } from ${built("node/memory/to-function.js")};
      const writable = WritableRegion.allocate(16);
      writable.write(0, [0xc3]);
      const jump = functionAt({ address: writable.address }, 0, "void()");
      console.log("alive");
      ${seal}
      jump();
      console.log("survived");
    `;
    const jumps = runChild(script(""));
    expect(jumps.stdout).toBe("alive\n");
    expect(jumps.signal).toBe("SIGSEGV");
    expect(runChild(script("globalThis.keep = writable.seal();"))).toMatchObject({
      status: 0,
      stdout: "alive\nsurvived\n",
    });
  });

  it("stops at int3 in freed code", () => {
    const freed = runChild(`
      import { CodeArena } from ${memory};
      import { functionAt } from ${built("node/memory/to-function.js")};
      const arena = new CodeArena({ mode: "dual" });
      const code = arena.install(Uint8Array.of(0xc3));
      const { address } = code;
      const stale = functionAt({ address }, 0, "void()");
      stale();
      console.log("alive");
      code.release();
      stale();
    `);
    expect(freed.stdout).toBe("alive\n");
    expect(freed.signal).toBe("SIGTRAP");
  });

  it("keeps the writable view out of forked children and of other programs", () => {
    const { stdout, status } = runChild(`
      import { execFileSync } from "node:child_process";
      import { toFunction } from ${memory};
      const f = toFunction(Uint8Array.of(0xc3), "void()");
      f();
      const descriptors = execFileSync("/bin/ls", ["-l", "/proc/self/fd"], { encoding: "utf8" });
      const own = execFileSync("/bin/ls", ["-l", \`/proc/\${process.pid}/fd\`], { encoding: "utf8" });
      const flags = (await import("node:fs")).readFileSync("/proc/self/smaps", "utf8").split(/^(?=[0-9a-f]+-)/m)
        .filter((text) => text.includes("jitsmith")).map((text) => [text.split(" ")[1], /VmFlags:.* dc /.test(text)]);
      console.log(JSON.stringify([descriptors.includes("jitsmith"), own.includes("jitsmith"), flags]));
    `);
    expect(status).toBe(0);
    const [inherited, own, flags] = JSON.parse(stdout);
    expect([inherited, own]).toEqual([false, false]);
    expect(Object.fromEntries(flags)).toEqual({ "rw-s": true, "r-xs": false });
  });
});

describe("a system that refuses", () => {
  it("gets flipped pages where a memory file cannot grow", () => {
    const { stdout, stderr, status } = runChild(
      `
      import { CodeArena, toFunction, threadArena } from ${memory};
      console.log(toFunction(Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3), "i32()")(), threadArena().mode);
      try { new CodeArena({ mode: "dual" }); } catch (error) { console.log(error.name, error.message); }
    `,
      { limits: "ulimit -f 8" },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toBe(
      "42 flip\nMemoryError ftruncate of a memory file to 268435456 bytes refused: EFBIG (file too large)\n",
    );
  });

  it.each([
    ["mprotect", /^MemoryError mprotect of \d+ bytes at 0x[0-9a-f]+ to r-x refused: EACCES \(permission denied\)\n$/],
    ["mmap", /^MemoryError mmap of 4096 bytes refused: ENOMEM \(cannot allocate memory\)\n$/],
  ])("has its %s error told", (call, message) => {
    const { stdout, status } = runChild(
      `
      import { WritableRegion } from ${memory};
      try { WritableRegion.allocate(1).seal(); } catch (error) { console.log(error.name, error.message); }
    `,
      {
        flags: ["--jitless", "--import", "./tests/e2e/refuse-memory.mjs"],
        environment: { JITSMITH_TEST_REFUSE: call },
      },
    );
    if (status === 99) return; // no seccomp here; the lessons' tests tell so
    expect(stdout).toMatch(message);
  });

  it("tells which modes exist when JITSMITH_MEMORY names none", () => {
    const { stdout } = runChild(
      `
      import { toFunction } from ${memory};
      try { toFunction(Uint8Array.of(0xc3), "void()"); } catch (error) { console.log(error.name, error.message); }
    `,
      { environment: { JITSMITH_MEMORY: "rwx" } },
    );
    expect(stdout).toBe("UnsupportedError JITSMITH_MEMORY=rwx: expected dual or flip\n");
  });
});

describe("another platform", () => {
  it.each([
    ["darwin", "arm64"],
    ["linux", "arm64"],
    ["win32", "x64"],
  ])("imports on %s %s, and says what is supported on use", (platform, architecture) => {
    const { stdout, stderr, status } = runChild(`
      Object.defineProperty(process, "platform", { value: ${JSON.stringify(platform)} });
      Object.defineProperty(process, "arch", { value: ${JSON.stringify(architecture)} });
      const { CodeArena, toFunction, WritableRegion, whyUnsupported } = await import(${memory});
      const { nodeHost } = await import(${built("node/node-host.js")});
      const tries = [() => WritableRegion.allocate(1), () => new CodeArena(), () => toFunction(Uint8Array.of(0xc3), "void()"), () => nodeHost.install(Uint8Array.of(0xc3))];
      for (const attempt of tries) try { attempt(); } catch (error) { console.log(error.name, error.message); }
      console.log(whyUnsupported(), nodeHost.memoryMode, nodeHost.cpuFeatures.size);
    `);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const reason = `executable memory is supported on Linux x64, not on ${platform} ${architecture}`;
    expect(stdout).toBe(`${`UnsupportedError ${reason}\n`.repeat(4)}${reason} none 0\n`);
  });
});
