/** `run`: raw machine code in a child process; a crash becomes a report. */
import { disassemble } from "../../../src/asm/x64/disassembler.ts";
import { type ParameterWord, parseSignature } from "../../../src/base/signature.ts";
import type { FaultReport } from "../../faults/fault-report.ts";
import { type RunOutcome, runCode } from "../../faults/run-code.ts";
import { type ExitStatus, exitStatus, UsageError } from "../exit-status.ts";
import { parseHexBytes } from "../hex-bytes.ts";
import { textOrStdin } from "../stdin.ts";
import { numberText, paint, print, printJson } from "../terminal.ts";

/** As main.ts declares them. */
export interface RunOptions {
  readonly signature: string;
  readonly timeout: string;
  readonly json?: true;
}

/** What one run may take at most; longer ones are not what this command is for. */
const longestSeconds = 3600;

export async function run(hex: string, words: readonly string[], options: RunOptions): Promise<ExitStatus> {
  const seconds = Number(options.timeout);
  if (!(seconds > 0 && seconds <= longestSeconds))
    throw new UsageError(`--timeout ${options.timeout}: expected seconds, more than 0 and at most ${longestSeconds}`);
  const { text: signature, parameters } = parseSignature(options.signature);
  if (words.length !== parameters.length)
    throw new UsageError(`${signature} takes ${parameters.length} arguments; ${words.length} came`);
  const values = parameters.map((word, i) => parseValue(words[i] ?? "", word));
  const code = parseHexBytes(await textOrStdin(hex));
  const outcome = await runCode(code, { signature, values, seconds });
  if (options.json) printJson(outcomeJson(outcome));
  else showOutcome(outcome, code, seconds);
  return outcome.kind === "returned" ? exitStatus.done : exitStatus.wrongInput;
}

/** An argument of the command line as a value of the signature's word. */
function parseValue(text: string, word: ParameterWord): number | bigint {
  if (word === "ptr") throw new UsageError("a ptr needs memory to point to; expected parameters i32 i64 f32 f64");
  if (word === "f64" || word === "f32") {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value) && text.trim() !== "NaN") throw new UsageError(`${JSON.stringify(text)} is not a number`);
    return value;
  }
  const bits = word === "i64" ? 64n : 32n;
  let value: bigint;
  try {
    value = text.trim().startsWith("-") ? -BigInt(text.trim().slice(1)) : BigInt(text.trim());
    if (text.trim() === "") throw new SyntaxError("blank");
  } catch {
    throw new UsageError(`${JSON.stringify(text)} is not a whole number, as ${word} is`);
  }
  if (value < -(2n ** (bits - 1n)) || value >= 2n ** bits)
    throw new UsageError(`${text} does not fit ${word}; expected -2^${bits - 1n} to 2^${bits} - 1`);
  return value;
}

function showOutcome(outcome: RunOutcome, code: Uint8Array, seconds: number): void {
  if (outcome.kind === "returned") {
    const { value } = outcome;
    if (value !== undefined) print(typeof value === "number" ? numberText(value) : value.toString());
    return;
  }
  const text = outcome.kind === "fault" ? faultText(outcome.report, code) : deathText(outcome, seconds);
  process.stderr.write(`${paint(process.stderr, "red", "jitsmith:")} ${text}\n`);
}

function faultText(report: FaultReport, code: Uint8Array): string {
  const { offset, calledFrom, instruction, signal, reason } = report;
  const place =
    offset !== undefined
      ? ` at byte ${offset}, ${instruction}`
      : calledFrom !== undefined
        ? `, called from byte ${calledFrom}, ${instruction}`
        : "";
  return [
    `the code was stopped by ${signal}${place}: ${reason}`,
    ...listing(code, offset ?? calledFrom),
    ...registerLines(report.registers),
  ].join("\n");
}

/** Instructions before and after the place that a listing shows. */
const context = 4;

function listing(code: Uint8Array, place: number | undefined): string[] {
  if (place === undefined) return [];
  // What stands before the place is only known to be instructions if decoding from the start meets it.
  const before = disassemble(code.subarray(0, place), { address: 0 });
  const after = disassemble(code.subarray(place), { address: place }).slice(0, context + 1);
  const line = (at: number, bytes: Uint8Array, text: string): string =>
    `  ${at === place ? ">" : " "} ${at.toString(16).padStart(4, "0")}  ${Buffer.from(bytes)
      .toString("hex")
      .replace(/..(?=.)/g, "$& ")
      .padEnd(30)}  ${text}`;
  return [
    ...before.slice(-context).map(({ offset, bytes, text }) => line(offset, bytes, text)),
    ...after.map(({ offset, bytes, text }) => line(place + offset, bytes, text)),
  ];
}

function registerLines(registers: Readonly<Record<string, string>>): string[] {
  const cells = Object.entries(registers).map(([name, value]) => `${name.padStart(3)} ${value.padEnd(18)}`);
  const lines: string[] = [];
  for (let from = 0; from < cells.length; from += 4)
    lines.push(
      `  ${cells
        .slice(from, from + 4)
        .join("  ")
        .trimEnd()}`,
    );
  return lines;
}

function deathText(outcome: Extract<RunOutcome, { kind: "died" }>, seconds: number): string {
  if (outcome.isTimeout)
    return `the code did not end within ${seconds} s and could not be stopped with a report; its process was killed`;
  if (outcome.signal !== null)
    return `the code harmed its process, which died of ${outcome.signal} before it could report where`;
  return `the code ended its process with status ${outcome.status}`;
}

function outcomeJson(outcome: RunOutcome): unknown {
  switch (outcome.kind) {
    case "returned":
      return { outcome: "returned", value: outcome.value ?? null };
    case "fault":
      return { outcome: "fault", ...outcome.report };
    case "died":
      return { outcome: "died", signal: outcome.signal, status: outcome.status, timeout: outcome.isTimeout };
  }
}
