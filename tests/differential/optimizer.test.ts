/** Random functions mean the same before and after the optimiser, to the bit, with any of its passes left out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reachedFunctions } from "../../src/analysis/call-graph.ts";
import { findViolations } from "../../src/analysis/verify.ts";
import { TrapError } from "../../src/base/errors.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { parseFunctions } from "../../src/ir/parse.ts";
import { printFunction } from "../../src/ir/print.ts";
import { optimize, passes } from "../../src/opt/pipeline.ts";
import { inCase, runsOr } from "../random-runs.ts";
import { choices, manyChoices, memoryBytes, type RandomCall, randomCall } from "./random-ir.ts";

const runs = runsOr(300);
const address = 0x1000n;

/** The result's bits or the trap, and the memory afterwards. */
function outcomeOf(fn: IrFunction, args: readonly bigint[]): { result: string; bytes: Uint8Array } {
  const bytes = new Uint8Array(memoryBytes).map((_, index) => index * 37);
  try {
    const bits = interpretBits(fn, [address, ...args], { memory: { address, bytes }, maxSteps: 1e6 });
    return { result: `0x${bits?.toString(16)}`, bytes };
  } catch (error) {
    if (!(error instanceof TrapError)) throw error;
    return { result: error.trap, bytes };
  }
}

const printAll = (fn: IrFunction): string =>
  reachedFunctions(fn)
    .map((reached) => printFunction(reached))
    .join("");
const describeCall = ({ fn, args }: RandomCall): string => `${printAll(fn)}; arguments ${args.join(", ")}`;

describe("random functions", () => {
  it("are valid", () => {
    fc.assert(
      fc.property(choices, (numbers) => {
        const call = randomCall(numbers, { memory: true, everything: true });
        expect(reachedFunctions(call.fn).flatMap(findViolations), describeCall(call)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it("read back as they print", () => {
    fc.assert(
      fc.property(choices, (numbers) => {
        const text = printAll(randomCall(numbers, { memory: true, everything: true }).fn);
        expect(
          parseFunctions(text)
            .map((fn) => printFunction(fn))
            .join(""),
        ).toBe(text);
      }),
      { numRuns: runs },
    );
  });

  it("mean the same after the optimiser", () => {
    let changed = 0;
    fc.assert(
      fc.property(
        manyChoices,
        fc.subarray(
          passes.map((pass) => pass.name),
          { maxLength: 3 },
        ),
        (numbers, disable) => {
          const call = randomCall(numbers, { memory: true, everything: true });
          const expected = outcomeOf(call.fn, call.args);
          const before = describeCall(call);
          inCase(
            () => `${before}\nwithout ${disable.join(", ")}`,
            () => {
              for (const fn of reachedFunctions(call.fn)) optimize(fn, { disable, verify: true });
            },
          );
          const after = describeCall(call);
          if (after !== before) changed++;
          expect(outcomeOf(call.fn, call.args), `${before}\n${after}`).toEqual(expected);
        },
      ),
      { numRuns: runs },
    );
    // About half of them have anything to optimise: a pipeline that does nothing shows, chance does not.
    expect(changed).toBeGreaterThan(runs / 4);
  });
});
