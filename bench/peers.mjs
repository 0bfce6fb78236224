/** Peers that only benchmarks use. They are installed into `.bench/peers` when they are first asked for, never by users. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../.bench/peers/", import.meta.url));
const versions = { "iced-x86": "1.21.0", "@defasm/core": "2.4.5" };

/** The module of a peer, or undefined with the reason on stderr where it cannot be had. */
export async function peer(name) {
  const path = `${folder}node_modules/${name}`;
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}package.json`, JSON.stringify({ private: true, type: "module", dependencies: versions }));
    process.stderr.write(`bench: installing ${name} …\n`);
    try {
      execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"],
      });
    } catch {
      process.stderr.write(`bench: ${name} could not be installed; its rows are left out\n`);
      return undefined;
    }
  }
  const resolved = createRequire(`${folder}package.json`).resolve(name);
  return import(resolved);
}
