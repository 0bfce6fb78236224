/**
 * `npm test [-- vitest's arguments]`: set-up where needed, then the tests. The last line is
 * `N passed, N failed, N skipped`; a file that did not load counts as a failed test, and so does an error outside tests.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const folder = mkdtempSync(join(tmpdir(), "jitsmith-tests-"));
const countsFile = join(folder, "counts.json");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "count-reporter.mjs")}`];
const child = spawnSync(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, JITSMITH_TEST_COUNTS: countsFile },
});

let counts = { passed: 0, failed: 0, skipped: 0 };
try {
  counts = JSON.parse(readFileSync(countsFile, "utf8"));
} catch {
  process.stderr.write(`jitsmith: vitest ended with ${child.signal ?? child.status} before it could count\n`);
  counts.failed = 1;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed > 0 ? 1 : (child.status ?? 1);
