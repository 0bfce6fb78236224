/** `npm run bench [-- arguments]`: set-up where needed, then the benchmarks of bench/. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const child = spawnSync(process.execPath, [join(root, "bench", "run.mjs"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = child.status ?? 70;
