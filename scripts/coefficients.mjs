/**
 * Derives the coefficients of src/math/: runs scripts/coefficients/<name>.sollya (Debian: apt-get install sollya) and prints each list
 * as it stands in the source. `--check` instead compares every number with src/math/<name>.ts.
 *
 *     node scripts/coefficients.mjs exponential [--check]
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("coefficients/", import.meta.url);
const words = process.argv.slice(2);
const isCheck = words.includes("--check");
const asked = words.filter((word) => !word.startsWith("--"));
const all = readdirSync(folder).flatMap((file) => (file.endsWith(".sollya") ? [file.replace(/\.sollya$/, "")] : []));

for (const name of asked.length === 0 ? all : asked) {
  const run = spawnSync("sollya", [fileURLToPath(new URL(`${name}.sollya`, folder))], { encoding: "utf8" });
  if (run.error !== undefined) {
    console.error(`sollya: ${run.error.message}; on Debian: apt-get install sollya`);
    process.exit(71);
  }
  if (/warning|error/i.test(run.stdout.replace(/relative error|absolute error/g, ""))) {
    console.error(run.stdout);
    process.exit(70);
  }
  // A line that ends in a comma is a number of the list whose name stands above; all others are as they are.
  const text = run.stdout.replace(/^ *(-?[\d.e+-]+) ,$/gm, (_, number) => `  ${Number(number)},`);
  if (!isCheck) {
    console.log(text.trimEnd());
    continue;
  }
  const source = readFileSync(new URL(`../src/math/${name}.ts`, import.meta.url), "utf8").replaceAll("_", "");
  const numbers = [...text.matchAll(/^ {2}(\S+),$/gm)].map(([, number]) => Number(number));
  const known = new Set([...source.matchAll(/-?\d[\d.]*(?:e[+-]?\d+)?/g)].map(([number]) => Number(number)));
  const missing = numbers.filter((number) => !known.has(number) && !known.has(-number));
  console.log(
    `${name}: ${numbers.length - missing.length} of ${numbers.length} coefficients stand in src/math/${name}.ts`,
  );
  if (missing.length > 0) process.exitCode = 65;
}
