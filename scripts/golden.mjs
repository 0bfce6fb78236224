/**
 * `npm run golden`: makes tests/golden/x64.txt anew from the instruction rows, after LLVM, GNU as and objdump have agreed with
 * every line of it. Needs `llvm-mc` and binutils; `npm test` needs neither.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const child = spawnSync(process.execPath, [vitest, "run", "tests/conformance/golden-x64.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, BLESS: "x64" },
});
process.exitCode = child.status ?? 1;
