/** Runs a piece of JavaScript in a Node process of its own, since it may crash, hang or be killed by a signal. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The URL of a built file, as an `import` in a child's script takes it: of an entry as users get it, `bundle/index.js`, which
 * loads in half the time, or of a module that no entry shows, such as `node/node-host.js`. One script takes one sort only: each
 * has gates, arenas and registries of its own.
 */
export const built = (path: string): string => JSON.stringify(pathToFileURL(join(root, "dist", path)).href);

export interface ChildResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  /** Arguments of `node` before the script. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Shell limits, such as `ulimit -f 0`. */
  readonly limits?: string;
}

export function runChild(
  script: string,
  { flags = [], environment = {}, limits = ":" }: ChildOptions = {},
): ChildResult {
  const { JITSMITH_MEMORY: _mode, ...inherited } = process.env;
  const child = spawnSync(
    "/bin/sh",
    ["-c", `ulimit -c 0; ${limits}; exec "$0" "$@"`, process.execPath, ...flags, "--input-type=module", "-e", script],
    { encoding: "utf8", timeout: 60_000, cwd: root, env: { ...inherited, ...environment } },
  );
  const { status, signal, stdout, stderr } = child;
  return { status, signal, stdout, stderr };
}
