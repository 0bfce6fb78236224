/** Runs every filetest under this folder. `BLESS=1` writes what the commands give into the files. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commands } from "./commands.ts";
import { diffLines, runFiletest } from "./filetest.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".txt"))
  .sort();
const isBlessing = process.env.BLESS === "1";

describe("filetests", () => {
  it.each(files)("%s", (file) => {
    const before = readFileSync(root + file, "utf8");
    const after = runFiletest(before, commands);
    if (after === before) return;
    if (isBlessing) writeFileSync(root + file, after);
    else
      expect.fail(
        `${file}: the commands give something else\n${diffLines(before, after)}\n\nIf that is right: BLESS=1 npx vitest run tests/filetests`,
      );
  });

  it("reports what differs, an unknown command and a header without one", () => {
    const file = "; test shout\n\nhello\n\n; expect:\n; HELLO\n";
    const shout = { shout: (input: string) => input.toUpperCase() };
    expect(runFiletest(file, shout)).toBe(file);
    expect(diffLines(file, runFiletest(file, { shout: () => "HI" }))).toBe("  ; expect:\n- ; HELLO\n+ ; HI\n  ");
    expect(() => runFiletest(file, {})).toThrow("unknown command shout");
    expect(() => runFiletest("hello\n", shout)).toThrow("no line `; test COMMAND`");
  });
});
