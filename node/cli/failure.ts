/**
 * What a failed command says and how it ends. Faults of the user and refusals of the system are sentences without a
 * stack; a bug of ours shows what a report should contain.
 */
import { isJitError } from "../../src/base/errors.ts";
import { InputError } from "../files/input-error.ts";
import { whyUnsupported } from "../memory/foreign-calls.ts";
import { RefusedError } from "../refused-error.ts";
import { type ExitStatus, exitStatus, UsageError } from "./exit-status.ts";
import { paint } from "./terminal.ts";
import { version } from "./version.ts";

/** System calls on names that the user gave: these results say that the name is wrong, not that the system refused. */
const wrongNames: ReadonlySet<string> = new Set(["ENOENT", "EISDIR", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);

/** Prints the failure to stderr and returns the exit status for it. */
export function reportFailure(error: unknown): ExitStatus {
  const status = statusOf(error);
  const text = status === exitStatus.bug ? bugReport(error) : sentence(error);
  process.stderr.write(`${paint(process.stderr, "red", "jitsmith:")} ${text}\n`);
  return status;
}

function statusOf(error: unknown): ExitStatus {
  if (error instanceof UsageError) return exitStatus.usage;
  if (error instanceof InputError) return exitStatus.wrongInput;
  if (error instanceof RefusedError) return exitStatus.refused;
  if (isJitError(error)) {
    if (error.code === "VERIFY") return exitStatus.bug;
    const isRefused = error.code === "MEMORY" || (error.code === "UNSUPPORTED" && whyUnsupported() !== undefined);
    return isRefused ? exitStatus.refused : exitStatus.wrongInput;
  }
  if (isSystemError(error)) return wrongNames.has(error.code) ? exitStatus.wrongInput : exitStatus.refused;
  return exitStatus.bug;
}

function sentence(error: unknown): string {
  if (isSystemError(error)) return systemSentence(error);
  return error instanceof Error ? error.message : String(error);
}

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    typeof error.code === "string" &&
    typeof error.syscall === "string"
  );
}

/** Node's `ENOENT: no such file or directory, open 'x'` with the name first. */
function systemSentence(error: SystemError): string {
  const meaning = /^[A-Z0-9]+: ([^,]*)/.exec(error.message)?.[1] ?? error.message;
  return `${error.path ?? error.syscall}: ${meaning} (${error.code})`;
}

function bugReport(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    "this is a bug in jitsmith, not a mistake of yours. Please report it with the lines below:",
    "",
    `  jitsmith ${version}, Node ${process.version}, ${process.platform} ${process.arch}`,
    `  command: jitsmith ${process.argv
      .slice(2)
      .map((word) => JSON.stringify(word))
      .join(" ")}`,
    ...stack.split("\n").map((line) => `  ${line}`),
  ].join("\n");
}
