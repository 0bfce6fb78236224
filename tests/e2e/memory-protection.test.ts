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
  // V8 has writable and executable pages of its own; without its compilers it has none, and whatever is left is ours.
  it.each([["as usual"], ["--jitless"]])("are never writable and executable at once, %s", (flag) => {
    const { status, stdout, stderr } = runChild(
      `
      import { CodeArena, threadArena, toFunction, WritableRegion } from ${memory};
      import { callPage } from ${built("node/memory/call-page.js")};
      ${parseMaps}
      const seen = {};
      const both = [];
      const ours = new Set();
      const look = (what, address) => {
        ours.add(address);
        seen[what] = at(address).access;
        for (const { from, to, access } of maps()) {
          const isOurs = ${flag === "--jitless"} || [...ours].some((place) => from <= place && place < to);
          if (isOurs && access.includes("w") && access.includes("x")) both.push([what, from, access]);
        }
      };
      const writable = WritableRegion.allocate(100_000);
      const place = writable.address;
      look("writable region", place);
      writable.fill(0xc3);
      look("written region", place);
      const executable = writable.seal();
      look("sealed region", place);
      executable.call("void()");
      toFunction(Uint8Array.of(0x48, 0x89, 0xf8, 0xc3), "i64(ptr)")(new Uint8Array(8));
      look("call page", callPage().address);
      const installed = threadArena().install(Uint8Array.of(0xc3));
      look("installed code", installed.address);
      for (const { from, access } of maps().filter(({ name }) => name.includes("jitsmith"))) look("memory file " + access, from);
      const { address } = installed;
      installed.release();
      if (threadArena().mode === "dual") look("released code", address);
      console.log(JSON.stringify({ seen, both, mappings: ours.size }));
    `,
      { environment: { JITSMITH_MEMORY: mode }, flags: flag === "--jitless" ? [flag] : [] },
    );
    expect({ status, stderr: flag === "--jitless" ? "" : stderr }).toEqual({ status: 0, stderr: "" }); // it warns of itself
    const common = {
      "writable region": "rw-p",
      "written region": "rw-p",
      "sealed region": "r-xp",
      "call page": "rw-p",
    };
    const { seen, both } = JSON.parse(stdout);
    expect(seen).toEqual(
      mode === "flip"
        ? { ...common, "installed code": "r-xp" }
        : {
            ...common,
            "installed code": "r-xs",
            "memory file r-xs": "r-xs",
            "memory file rw-s": "rw-s",
            "released code": "r-xs",
          },
    );
    expect(both).toEqual([]);
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

  it("keeps the writable view out of forked children, and leaves no descriptor behind", () => {
    const { stdout, stderr, status } = runChild(`
      import { readdirSync, readFileSync, readlinkSync } from "node:fs";
      import { toFunction } from ${memory};
      toFunction(Uint8Array.of(0xc3), "void()")();
      const target = (descriptor) => { try { return readlinkSync("/proc/self/fd/" + descriptor); } catch { return ""; } };
      const descriptors = readdirSync("/proc/self/fd").map(target).filter((name) => name.includes("jitsmith"));
      const mappings = readFileSync("/proc/self/smaps", "utf8").split(/^(?=[0-9a-f]+-)/m).filter((text) => text.includes("jitsmith"));
      const notForked = mappings.map((text) => [text.split(" ")[1], /VmFlags:.* dc /.test(text)]);
      console.log(JSON.stringify([descriptors.length, Object.fromEntries(notForked)]));
    `);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([0, { "rw-s": true, "r-xs": false }]);
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
