/** The package's version, from its package.json, which stands two folders above dist/node. */
import { readFileSync } from "node:fs";

export const version: string = readVersion();

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
