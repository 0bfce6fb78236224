/**
 * `npm run random-x64 -- [CASES [SEED]]`: random x86-64 instructions and bytes. As many cases of every property as asked
 * (100,000 where nothing is asked), from the seed asked or else one of chance, and of them up to 200,000 compared with
 * `llvm-mc`, which has to be installed; all of them with iced-x86. The tests print the seed.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const [cases = "100000", seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const tests = ["random-x64", "text-round-trip-x64", "iced-x64"].map((name) => `tests/conformance/${name}.test.ts`);
const child = spawnSync(process.execPath, [vitest, "run", ...tests], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, RANDOM_X64: cases, RANDOM_X64_SEED: seed },
});
process.exitCode = child.status ?? 1;
