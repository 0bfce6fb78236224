/** The size of the largest cache of the first processor, as Linux tells it. */
import { readdirSync, readFileSync } from "node:fs";

const folder = "/sys/devices/system/cpu/cpu0/cache";
/** Where Linux tells nothing. */
const usual = 32 * 1024 * 1024;

let known: number | undefined;

export function cacheBytes(): number {
  known ??= read() ?? usual;
  return known;
}

function read(): number | undefined {
  try {
    const sizes = readdirSync(folder)
      .filter((name) => name.startsWith("index"))
      .map((name) => sizeOf(readFileSync(`${folder}/${name}/size`, "utf8")));
    const largest = Math.max(...sizes);
    return largest > 0 ? largest : undefined;
  } catch {
    return undefined; // no such files in this system or container
  }
}

/** `36608K`, `8M`. */
function sizeOf(text: string): number {
  const [, digits, unit] = /^(\d+)([KMG]?)/.exec(text) ?? [];
  return Number(digits ?? 0) * (unit === "G" ? 1024 ** 3 : unit === "M" ? 1024 ** 2 : unit === "K" ? 1024 : 1);
}
