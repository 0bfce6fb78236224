#!/usr/bin/env node
/**
 * Prints the coefficients of src/math as they stand there: `node scripts/coefficients/derive.mjs sine atan`.
 *
 * Each name is a Sollya script beside this file (Debian: apt-get install sollya). The scripts print `//` comments and one
 * hexadecimal float a line, which becomes the shortest decimal that JavaScript reads as the same number.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL(".", import.meta.url);
const names = process.argv.slice(2);
if (names.length === 0)
  names.push(
    ...readdirSync(folder)
      .filter((file) => file.endsWith(".sollya"))
      .map((file) => file.slice(0, -".sollya".length)),
  );

for (const name of names) {
  const script = fileURLToPath(new URL(`${name}.sollya`, folder));
  const { stdout, status, error } = spawnSync("sollya", [script], { encoding: "utf8" });
  if (error !== undefined || status !== 0) {
    console.error(`${name}: sollya did not run (${error?.message ?? `exit status ${status}`}); is it installed?`);
    process.exit(1);
  }
  console.log(`// ---- ${name}`);
  for (const line of stdout.split("\n")) {
    const text = line.trim();
    const match = /^(-?)0x([0-9a-f]+)(?:\.([0-9a-f]+))?p(-?\d+)$/.exec(text);
    if (text.startsWith("//")) console.log(text);
    else if (text === "0") console.log("  0,");
    else if (match !== null) {
      const [, sign, whole, fraction = "", exponent] = match;
      const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
      console.log(`  ${sign === "-" ? -value : value},`);
    }
  }
}
