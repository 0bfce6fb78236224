/** `doctor`: what this machine can do, what jitsmith makes of it, and whether it works. */
import { cpus, release } from "node:os";
import { isJitError } from "../../../src/base/errors.ts";
import { cpuFeatures, unmaskedCpuFeatures } from "../../cpu-features.ts";
import { compile } from "../../index.ts";
import { foreignCalls, whyUnsupported } from "../../memory/foreign-calls.ts";
import { pageBytes } from "../../memory/system-calls.ts";
import { threadArena } from "../../memory/thread-arena.ts";
import { nodeHost } from "../../node-host.ts";
import { type ExitStatus, exitStatus } from "../exit-status.ts";
import { paint, print, printJson, table } from "../terminal.ts";
import { version } from "../version.ts";

interface SelfTest {
  readonly passed: boolean;
  /** What was found, in a sentence. */
  readonly detail: string;
  readonly status: ExitStatus;
}

export async function doctor(options: { readonly json?: true }): Promise<ExitStatus> {
  const reason = whyUnsupported();
  const facts = { ...versions(), ...(reason === undefined ? nativeFacts() : { native: reason }) };
  const test = reason === undefined ? selfTest() : { passed: false, detail: reason, status: exitStatus.refused };
  if (options.json) printJson({ ...facts, selfTest: { passed: test.passed, detail: test.detail } });
  else showAll(facts, test);
  return test.status;
}

type Facts = Readonly<Record<string, string | readonly string[]>>;

function versions(): Facts {
  return {
    jitsmith: version,
    node: process.version,
    v8: process.versions.v8 ?? "unknown",
    platform: `${process.platform} ${process.arch}, kernel ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
  };
}

function nativeFacts(): Facts {
  const found = unmaskedCpuFeatures();
  const used = cpuFeatures();
  const hidden = [...found].filter((feature) => !used.has(feature));
  const arena = threadArena();
  return {
    cpuFeatures: [...used],
    hiddenFeatures: hidden,
    koffi: foreignCalls().koffi.version,
    calls: nodeHost.callPath,
    memory: memoryModes[arena.mode],
    pageBytes: String(pageBytes()),
  };
}

const memoryModes = {
  dual: "dual: functions share pages, mapped writable at one address and executable at another",
  flip: "flip: each function has pages of its own, first writable, then executable",
} as const;

const formula = "(x + 5) * 3";
const reference = (x: number): number => (x + 5) * 3;

/** Compiles a formula, calls it, maps a column, and compares with JavaScript. */
function selfTest(): SelfTest {
  try {
    const started = performance.now();
    const f = compile(formula);
    const compiled = performance.now();
    const values = [4, 10, -0, 0.1, Number.NaN, Number.NEGATIVE_INFINITY];
    const column = f.map({ x: Float64Array.from(values) });
    const wrong = values.findIndex((x, i) => !Object.is(f(x), reference(x)) || !Object.is(column[i], reference(x)));
    const ended = performance.now();
    if (wrong >= 0) {
      const x = values[wrong] ?? Number.NaN;
      const detail = `${formula} with x=${x} gave ${f(x)} and ${column[wrong]} in a column; expected ${reference(x)}`;
      return { passed: false, detail, status: exitStatus.bug };
    }
    f.dispose();
    const detail = `${formula} compiled in ${(compiled - started).toFixed(1)} ms; ${values.length} values, called and as a column, equal JavaScript's (${(ended - compiled).toFixed(1)} ms)`;
    return { passed: true, detail, status: exitStatus.done };
  } catch (error) {
    const status = isJitError(error) && error.code === "MEMORY" ? exitStatus.refused : exitStatus.bug;
    return { passed: false, detail: error instanceof Error ? error.message : String(error), status };
  }
}

const labels: Readonly<Record<string, string>> = {
  v8: "V8",
  node: "Node",
  cpu: "CPU",
  cpuFeatures: "CPU features",
  hiddenFeatures: "hidden by JITSMITH_CPU",
  pageBytes: "page size",
  native: "native code",
};

function showAll(facts: Facts, test: SelfTest): void {
  const rows: string[][] = [];
  for (const [name, value] of Object.entries(facts)) {
    const lines = typeof value === "string" ? [value] : wrapped(value);
    lines.forEach((line, i) => {
      rows.push([i === 0 ? (labels[name] ?? name) : "", line]);
    });
  }
  const verdict = test.passed ? paint(process.stdout, "green", "passed") : paint(process.stdout, "red", "FAILED");
  for (const line of table([...rows, ["self-test", `${verdict}: ${test.detail}`]], "left")) print(line);
}

/** Words in lines of about 90 characters; no line for no words. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 90) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
