/**
 * Executes vector functions as x86-64 machine code in a process of its own, which a fault may kill: each function expanded for
 * the CPU's features, compiled, and called on memory that ends where nothing may be touched.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { built, runChild } from "../e2e/memory-child.ts";

/** A function of an address, an i32 and an f64 that gives an i32, and the memory that it finds. */
export interface VectorCase {
  readonly text: string;
  readonly memory: Uint8Array;
  /** Names of features that the CPU is said not to have. */
  readonly hidden: readonly string[];
  readonly registers?: number;
  readonly isOptimized: boolean;
}

export interface VectorOutcome {
  /** The result, or what went wrong. */
  readonly result: string;
  readonly memory: Uint8Array;
}

/** What a child does: `cases` is a file with an array of cases, their memory in hexadecimal. */
const script = (cases: string): string => `
import { readFileSync, writeSync } from "node:fs";
import koffi from "koffi";
import { nodeHost } from ${built("node/node-host.js")};
import { verify } from ${built("src/analysis/verify.js")};
import { parseFunction } from ${built("src/ir/parse.js")};
import { optimize } from ${built("src/opt/pipeline.js")};
import { removeDeadCode } from ${built("src/opt/dead-code.js")};
import { moveLoopInvariants } from ${built("src/opt/loop-invariants.js")};
import { numberValues } from ${built("src/opt/value-numbering.js")};
import { compileFunction } from ${built("src/targets/x64/target.js")};
import { vectorSupport } from ${built("src/targets/x64/vector-support.js")};
import { expandVectors } from ${built("src/vector/expand.js")};

const libc = koffi.load("libc.so.6");
const mmap = libc.func("void *mmap(void *, size_t, int, int, int, int64_t)");
const mprotect = libc.func("int mprotect(void *, size_t, int)");
const page = 4096;
const pages = mmap(null, 3 * page, 3, 0x22, -1, 0);
const start = koffi.address(pages);
mprotect(pages, page, 0);
mprotect(start + BigInt(2 * page), page, 0);
const bytes = new Uint8Array(koffi.view(pages, 3 * page), page, page);

for (const [index, { text, memory, hidden, registers, isOptimized }] of JSON.parse(readFileSync(${JSON.stringify(cases)}, "utf8")).entries()) {
  writeSync(1, "start " + index + "\\n");
  const features = new Set(nodeHost.cpuFeatures);
  for (const feature of hidden) features.delete(feature);
  let result;
  const given = Buffer.from(memory, "hex");
  const at = page - given.length;
  try {
    const fn = parseFunction(text);
    if (isOptimized) optimize(fn, { verify: true });
    const shape = vectorSupport(features);
    if (shape !== undefined) expandVectors(fn, shape);
    numberValues(fn);
    if (isOptimized) moveLoopInvariants(fn);
    removeDeadCode(fn);
    verify(fn);
    const compiled = compileFunction(fn, { features, verify: true, ...(registers === undefined ? {} : { registers }) });
    const { address } = nodeHost.install(compiled.bytes);
    const call = nodeHost.bind(address, "i32(ptr, ptr, i32, f64)");
    bytes.set(given, at);
    const { words } = nodeHost.callContext;
    words[0] = 0;
    result = String(call(words, bytes.subarray(at), 5, 1.5) >>> 0);
    if (words[0] !== 0) result = "trap " + words[0];
    words[0] = 0;
  } catch (error) {
    result = "error " + String(error.stack).replaceAll("\\n", " | ");
  }
  writeSync(1, "end " + index + " " + Buffer.from(bytes.subarray(at)).toString("hex") + " " + result + "\\n");
}
`;

/** What each case gives; a case that kills the process has the signal for its result. */
export function executeVectors(cases: readonly VectorCase[]): VectorOutcome[] {
  const folder = mkdtempSync(join(tmpdir(), "vector-code-"));
  const outcomes: VectorOutcome[] = [];
  try {
    while (outcomes.length < cases.length) {
      const file = join(folder, "cases.json");
      const rest = cases.slice(outcomes.length);
      const written = rest.map((one) => ({ ...one, memory: Buffer.from(one.memory).toString("hex") }));
      writeFileSync(file, JSON.stringify(written));
      const { stdout, stderr, signal, status } = runChild(script(file));
      for (const [, memory = "", result = ""] of stdout.matchAll(/^end \d+ ([0-9a-f]*) (.*)$/gm))
        outcomes.push({ result, memory: Uint8Array.from(Buffer.from(memory, "hex")) });
      if (signal === null && status !== 0) throw new Error(`the child ends with ${status}: ${stderr}`);
      if (signal !== null && outcomes.length < cases.length)
        outcomes.push({ result: `killed by ${signal}`, memory: new Uint8Array() });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return outcomes;
}
