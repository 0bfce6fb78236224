/** `npm run bench:columns [-- arguments]`: set-up where needed, then bench/columns/run.mjs. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const child = spawnSync(process.execPath, [join(root, "bench", "columns", "run.mjs"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = child.status ?? 70;
