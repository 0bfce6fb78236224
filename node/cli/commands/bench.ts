/** `bench`: runs the project's own benchmark script, which a clone has and the package has not. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../package-root.ts";
import { RefusedError } from "../../refused-error.ts";

export async function bench(sections: readonly string[], options: { readonly json?: true }): Promise<number> {
  const script = join(packageRoot, "scripts", "bench.mjs");
  if (!existsSync(script))
    throw new RefusedError(
      "the benchmarks and their peers are not part of the package; clone the project and run npm run bench",
    );
  const child = spawn(process.execPath, [script, ...sections, ...(options.json ? ["--json"] : [])], {
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal === null ? (code ?? 0) : 70));
  });
}
