/**
 * Runs machine code of unknown origin in a child process and tells what became of it: a result, a fault with its place,
 * or, when the code harmed the process so much that even the report was lost, how the child ended.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { SignatureError } from "../../src/base/errors.ts";
import { parseSignature, type SignatureText } from "../../src/base/signature.ts";
import { RefusedError } from "../refused-error.ts";
import type { FaultReport } from "./fault-report.ts";
import { mostFloats, mostIntegers } from "./guard-record.ts";
import { type RunAnswer, type RunRequest, runPipe } from "./run-request.ts";

/** What became of the code. */
export type RunOutcome =
  | { readonly kind: "returned"; readonly value: number | bigint | undefined }
  | { readonly kind: "fault"; readonly report: FaultReport }
  /** The process died without a report. `signal` or `status` says how; `isTimeout`: we ended it. */
  | {
      readonly kind: "died";
      readonly signal: NodeJS.Signals | null;
      readonly status: number | null;
      readonly isTimeout: boolean;
    };

export interface RunOptions {
  readonly signature: SignatureText;
  /** One for each parameter; i64 as bigint or whole number. */
  readonly values: readonly (number | bigint)[];
  /** The time limit; code that does not end by then is stopped. */
  readonly seconds: number;
}

/** How long the child may take beside the code: to start, and to report. */
const graceSeconds = 5;

/** Runs the code. Throws `SignatureError` for arguments that do not fit, `RefusedError` where nothing can run. */
export async function runCode(code: Uint8Array, options: RunOptions): Promise<RunOutcome> {
  const signature = parseSignature(options.signature);
  const request: RunRequest = {
    code: Buffer.from(code).toString("hex"),
    ...registersFor(options),
    seconds: options.seconds,
  };
  const { text, signal, status, isTimeout } = await callChild(request, options.seconds + graceSeconds);
  const answer = parseAnswer(text);
  if (answer === undefined) return { kind: "died", signal, status, isTimeout };
  if (answer.kind === "refused") throw new RefusedError(answer.message);
  if (answer.kind === "fault") return answer;
  return { kind: "returned", value: resultOf(signature.result, BigInt(answer.integer), BigInt(answer.float)) };
}

/** The bits of each argument, by the kind of register it travels in. */
function registersFor({ signature, values }: RunOptions): { integers: string[]; floats: string[] } {
  const { parameters, text } = parseSignature(signature);
  if (values.length !== parameters.length)
    throw new SignatureError(`${text}: expected ${parameters.length} arguments, got ${values.length}`);
  const integers: string[] = [];
  const floats: string[] = [];
  parameters.forEach((word, i) => {
    const value = values[i] ?? 0;
    if (word === "f64") floats.push(String(new BigInt64Array(new Float64Array([Number(value)]).buffer)[0]));
    else if (word === "f32") floats.push(String(new Uint32Array(new Float32Array([Number(value)]).buffer)[0]));
    else if (word === "ptr")
      throw new SignatureError(`${text}: ptr needs memory of this process; expected i32 i64 f32 f64`);
    else integers.push(String(BigInt.asIntN(64, BigInt(value))));
  });
  if (integers.length > mostIntegers || floats.length > mostFloats)
    throw new SignatureError(
      `${text}: expected at most ${mostIntegers} integer and ${mostFloats} floating-point parameters, which fit registers`,
    );
  return { integers, floats };
}

function resultOf(word: string, integer: bigint, float: bigint): number | bigint | undefined {
  const bits = new BigInt64Array([float]);
  switch (word) {
    case "i64":
      return integer;
    case "i32":
      return Number(BigInt.asIntN(32, integer));
    case "f64":
      return new Float64Array(bits.buffer)[0];
    case "f32":
      return new Float32Array(bits.buffer)[0];
    default:
      return undefined;
  }
}

interface ChildEnd {
  readonly text: string;
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  readonly isTimeout: boolean;
}

function callChild(request: RunRequest, seconds: number): Promise<ChildEnd> {
  const script = fileURLToPath(new URL("./child-run.js", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script], {
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let text = "";
    let isTimeout = false;
    const timer = setTimeout(() => {
      isTimeout = true;
      child.kill("SIGKILL");
    }, seconds * 1000);
    const question = child.stdio[runPipe.request] as Writable; // declared as pipes above
    const reply = child.stdio[runPipe.answer] as Readable;
    question.on("error", () => {}); // a child that died early is reported by its end
    question.end(JSON.stringify(request));
    reply.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ text, status, signal, isTimeout });
    });
  });
}

/** The child's answer, unless the code cut it off or wrote nonsense into its pipe. */
function parseAnswer(text: string): RunAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const isAnswer = typeof answer === "object" && answer !== null && "kind" in answer;
    return isAnswer ? (answer as RunAnswer) : undefined; // written by child-run.ts
  } catch {
    return undefined;
  }
}
