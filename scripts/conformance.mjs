/**
 * `npm run conformance -- [CASES]`: writes docs/conformance.md after the conformance tests have run: rows, corpora (which have
 * to stand beside the project), CASES random cases of each property (100,000 where nothing is asked) and the comparisons with
 * `llvm-mc` and iced-x86.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const [cases = "100000"] = process.argv.slice(2);
const scores = mkdtempSync(join(tmpdir(), "jitsmith-conformance-"));
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

function run(tests, environment) {
  const paths = tests.map((name) => `tests/conformance/${name}.test.ts`);
  const { status } = spawnSync(process.execPath, [vitest, "run", ...paths], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment, CONFORMANCE_SCORES: scores },
  });
  return status ?? 1;
}

let status = run(["golden-x64", "corpora-x64", "random-x64", "text-round-trip-x64", "iced-x64"], { RANDOM_X64: cases });
if (status === 0) status = run(["conformance-page"], { BLESS: "conformance" });
rmSync(scores, { recursive: true, force: true });
process.exitCode = status;
