/** Random functions with vectors are valid, read back as they print, and mean the same after the optimiser. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findViolations } from "../../src/analysis/verify.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { parseFunction } from "../../src/ir/parse.ts";
import { printFunction } from "../../src/ir/print.ts";
import { optimize, passes } from "../../src/opt/pipeline.ts";
import { inCase, runsOr } from "../random-runs.ts";
import { Choices, choices, manyChoices } from "./random-ir.ts";
import { type RandomVectorOptions, randomVectorFunction, vectorMemory } from "./random-vector-ir.ts";

const runs = runsOr(60);
const address = 0x1000n;
const shapes: readonly RandomVectorOptions[] = [
  { lanes: 4, bytes: 32 },
  { lanes: 8, bytes: 64 },
  { lanes: 16, bytes: 64 },
  { lanes: 8, bytes: 32 },
  { lanes: 2, bytes: 64 },
];

function outcomeOf(fn: IrFunction, memory: Uint8Array): { bits: bigint | undefined; bytes: Uint8Array } {
  const bytes = memory.slice();
  return { bits: interpretBits(fn, [address, 5n, 0x3ff8000000000000n], { memory: { address, bytes } }), bytes };
}

describe.each(shapes)("random functions of $lanes lanes in $bytes bytes", (shape) => {
  it("are valid and read back as they print", () => {
    fc.assert(
      fc.property(choices, (numbers) => {
        const fn = randomVectorFunction(new Choices(numbers), shape);
        const text = printFunction(fn);
        expect(findViolations(fn), text).toEqual([]);
        expect(printFunction(parseFunction(text))).toBe(text);
      }),
      { numRuns: runs },
    );
  });

  it("mean the same after the optimiser", () => {
    const names = passes.map((pass) => pass.name);
    let changed = 0;
    fc.assert(
      fc.property(manyChoices, fc.subarray(names, { maxLength: 3 }), choices, (numbers, disable, seed) => {
        const fn = randomVectorFunction(new Choices(numbers), shape);
        const memory = vectorMemory(new Choices(seed));
        const expected = outcomeOf(fn, memory);
        const before = printFunction(fn);
        inCase(
          () => `${before}\nwithout ${disable.join(", ")}`,
          () => optimize(fn, { disable, verify: true }),
        );
        const after = printFunction(fn);
        if (after !== before) changed++;
        expect(outcomeOf(fn, memory), `${before}\n${after}`).toEqual(expected);
      }),
      { numRuns: runs },
    );
    expect(changed).toBeGreaterThan(runs / 2);
  });
});
