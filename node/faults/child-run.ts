/**
 * The child process of run-code.ts: reads a request, runs the code under the fault guard, answers, and ends. Nothing
 * else happens here, so that code which harms the process harms nobody.
 */
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { WritableRegion } from "../memory/region.ts";
import { FaultGuard } from "./fault-guard.ts";
import { reportFault } from "./fault-report.ts";
import { type RunAnswer, type RunRequest, runPipe } from "./run-request.ts";

const int3 = 0xcc;

function answer(request: RunRequest): RunAnswer {
  const code = Buffer.from(request.code, "hex");
  const guard = FaultGuard.install();
  const writable = WritableRegion.allocate(code.length + 1);
  writable.fill(int3); // so that running past the end is seen at once
  writable.write(0, code);
  const region = writable.seal();
  const given = { integers: request.integers.map(BigInt), floats: request.floats.map(BigInt) };
  const outcome = guard.call(region.address, given, request.seconds);
  if (outcome.kind === "returned")
    return { kind: "returned", integer: String(outcome.integer), float: String(outcome.float) };
  const { fault } = outcome;
  const onStack = readWord(fault.registers.rsp);
  return { kind: "fault", report: reportFault(fault, code, BigInt(region.address), request.seconds, onStack) };
}

/** Eight bytes of this process's memory, or undefined where nothing is mapped. */
function readWord(address: bigint): bigint | undefined {
  const word = new BigUint64Array(1);
  try {
    const memory = openSync("/proc/self/mem", "r");
    try {
      return readSync(memory, word, 0, 8, address) === 8 ? word[0] : undefined;
    } finally {
      closeSync(memory);
    }
  } catch {
    return undefined;
  }
}

function tryAnswer(): RunAnswer {
  try {
    return answer(JSON.parse(readFileSync(runPipe.request, "utf8")) as RunRequest); // written by run-code.ts
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  }
}

writeSync(runPipe.answer, JSON.stringify(tryAnswer()));
