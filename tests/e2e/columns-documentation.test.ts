/** The examples of docs/columns.md: what stands behind `//` is what the line gives. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import * as jitsmith from "../../node/index.ts";

const page = readFileSync(new URL("../../docs/columns.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");

test("every example gives what its comment says", () => {
  // One context of this realm's arrays for all blocks, which go on from each other.
  const context = { ...jitsmith, Float64Array, Int32Array };
  let checked = 0;
  for (const block of blocks)
    for (const line of block.split("\n")) {
      if (line.trim() === "" || line.startsWith("import")) continue;
      const [code = "", expected] = line.split(/ {2,}\/\/ /);
      const value: unknown = runInNewContext(code.replace(/^const (\w+) =/, "globalThis.$1 ="), context);
      if (expected === undefined) continue;
      const shown = inspect(value, { breakLength: Number.POSITIVE_INFINITY }).replace(/\(\d+\) /, " ");
      expect(shown.replace(/\[ /g, "[").replace(/ \]/g, "]"), code).toBe(expected);
      checked++;
    }
  expect(checked).toBeGreaterThan(7);
});
