/** Starts the built command line as a user's shell does. `npm test` builds it; after a change, `npm run build`. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const command = join(root, "bin", "jitsmith");

export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `jitsmith …words`. */
export function jitsmith(words: readonly string[], surroundings: Surroundings = {}): Promise<Ending> {
  return start(process.execPath, [command, ...words], surroundings);
}

/**
 * Several commands, which one process runs in turn: most of a small command's time is its process's start. For those that
 * read no stdin and whose point is what they print and how they end; each ending is asked for by its words.
 */
export function jitsmithInTurn(
  commands: readonly (readonly string[])[],
): (words: readonly string[]) => Promise<Ending> {
  let endings: Promise<Map<string, Ending>> | undefined;
  const runAll = async (): Promise<Map<string, Ending>> => {
    const script = join(root, "tests", "e2e", "commands-in-turn.mjs");
    const { stdout, stderr } = await start(process.execPath, [script, JSON.stringify(commands)]);
    if (stderr !== "") throw new Error(stderr);
    const all = JSON.parse(stdout) as Ending[]; // as the script writes them
    return new Map(commands.map((words, index) => [JSON.stringify(words), all[index] ?? missingEnding]));
  };
  return async (words) => {
    endings ??= runAll();
    return (await endings).get(JSON.stringify(words)) ?? missingEnding;
  };
}

const missingEnding: Ending = { status: null, signal: null, stdout: "", stderr: "not among the commands" };

/** A program with its output and end. */
export function start(program: string, words: readonly string[], surroundings: Surroundings = {}): Promise<Ending> {
  const { stdin = "", cwd = root, env = {} } = surroundings;
  const child = spawn(program, words, { cwd, env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      stdout += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      stderr += part;
    });
    child.stdin.on("error", () => {}); // a command that reads no stdin closes it
    child.stdin.end(stdin);
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

/** A folder for this test file, removed after it. */
export function temporaryFolder(): { path: string; write(name: string, text: string): string } {
  const path = mkdtempSync(join(tmpdir(), "jitsmith-e2e-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, text) {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
  };
}
