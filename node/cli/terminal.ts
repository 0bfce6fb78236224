/** Writing for people and for pipes: colour only where a person looks, quiet ends when the reader has gone. */
import type { WriteStream } from "node:tty";

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Paint = keyof typeof codes;

/** Whether escape sequences may go to the stream: a terminal that understands them, and the user did not say no. */
export function isColourful(stream: NodeJS.WritableStream): boolean {
  return (stream as Partial<WriteStream>).isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb"; // stdout is a WriteStream only on a terminal
}

/** The text in a colour, or as it is. */
export function paint(stream: NodeJS.WritableStream, how: Paint, text: string): string {
  if (!isColourful(stream)) return text;
  const [on, off] = codes[how];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/** A line on stdout. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** A value as JSON on stdout; numbers that JSON lacks become strings, bigints too. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, (_key, part: unknown) => jsonPart(part), 2));
}

function jsonPart(part: unknown): unknown {
  if (typeof part === "bigint") return part.toString();
  if (typeof part === "number" && (!Number.isFinite(part) || Object.is(part, -0))) return numberText(part);
  return part;
}

/** The shortest text that reads back as the same number; unlike `String`, it keeps the sign of -0. */
export function numberText(value: number): string {
  return value === 0 && 1 / value < 0 ? "-0" : String(value);
}

/**
 * Ends the program when its output goes nowhere: quietly where the reader has closed its end, as `| head -1` does; with a
 * sentence and `status` where the system refused it, as a full disk does.
 */
export function endWhenOutputFails(status: number): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode);
      const meaning = /^[A-Z0-9]+: ([^,]*)/.exec(error.message)?.[1] ?? error.message;
      if (stream === process.stdout) process.stderr.write(`jitsmith: stdout: ${meaning} (${error.code})\n`);
      process.exit(status);
    });
  }
}

/** Columns of text under each other: the first to the left, the others to the right or to the left. */
export function table(rows: readonly (readonly string[])[], others: "right" | "left" = "right"): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number): string =>
    i === 0 || others === "left" ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
