/** Traps deep in calls: the stack of functions that the code leaves, and that nothing of the caller's is lost. */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { callContext, mostStackWords } from "../../src/codegen/call-context.ts";
import { type StackFrame, stackTrace } from "../../src/codegen/stack-trace.ts";
import { parseFunctions } from "../../src/ir/parse.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { canExecute } from "../machine-code-runner.ts";

/** Calls itself v0 times, with nine values alive, then divides by v1; `@outer` starts it. */
const text = `
fn @outer(v0: i32, v1: i32) -> i32 {
b0:
  v2 = call @inner(v0, v1)
  v3 = iadd v2, v1
  return v3
}

fn @inner(v0: i32, v1: i32) -> i32 {
b0:
  v2 = const.i32 0
  v3 = ieq v0, v2
  branch v3, b1, b2
b1:
  v4 = udiv v0, v1
  return v4
b2:
  v5 = const.i32 1
  v6 = isub v0, v5
  v7 = iadd v0, v1
  v8 = imul v0, v1
  v9 = xor v0, v1
  v10 = and v0, v1
  v11 = or v0, v1
  v12 = isub v1, v0
  v13 = call @inner(v6, v1)
  v14 = iadd v13, v7
  v15 = iadd v14, v8
  v16 = iadd v15, v9
  v17 = iadd v16, v10
  v18 = iadd v17, v11
  v19 = iadd v18, v12
  return v19
}
`;

function prepare(registers: number | undefined): (depth: number, divisor: number) => number | readonly StackFrame[] {
  const [outer] = parseFunctions(text);
  if (outer === undefined) throw new Error("no function");
  const options = { features: nodeHost.cpuFeatures, verify: true };
  const compiled = compileFunction(outer, registers === undefined ? options : { ...options, registers });
  const installed = nodeHost.install(compiled.bytes);
  const call = nodeHost.bindCompiled(installed.address, "i32(i32, i32)");
  const { words } = nodeHost.callContext;
  return (depth, divisor) => {
    words[callContext.status >> 2] = 0;
    const result = call(depth, divisor);
    // `installed` has to live until here.
    if (words[callContext.status >> 2] === 0) return Number(result);
    words[callContext.status >> 2] = 0;
    return stackTrace(compiled, words, installed.address);
  };
}

const names = (outcome: number | readonly StackFrame[]): readonly string[] =>
  typeof outcome === "number" ? [] : outcome.map(({ functionName }) => functionName);

describe.skipIf(!canExecute)("a trap in calls (no x86-64 CPU: skipped)", () => {
  it.each([undefined, 2, 5])(
    "tells the functions on the stack, the innermost first, with %s registers",
    (registers) => {
      const call = prepare(registers);
      expect(names(call(0, 0))).toEqual(["inner", "outer"]);
      expect(names(call(3, 0))).toEqual(["inner", "inner", "inner", "inner", "outer"]);
      expect(call(1, 1)).toBe(1 + 0 + (2 + 1 + 0 + 1 + 1 + 0));
    },
  );

  it("tells as many as the words of the context hold", () => {
    const traced = names(prepare(undefined)(1000, 0));
    expect(traced.length).toBeGreaterThan(5);
    expect(traced.length).toBeLessThanOrEqual(mostStackWords);
    expect(new Set(traced)).toEqual(new Set(["inner"]));
  });

  it("stops endless recursion before the stack ends", () => {
    const call = prepare(undefined);
    const traced = names(call(1_000_000, 1));
    expect(traced.length).toBeGreaterThan(5);
    expect(call(5, 1)).toBeTypeOf("number");
  });
});
