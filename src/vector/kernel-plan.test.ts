/** How kernels go over the rows, by the length of what is computed for one. */
import { expect, test } from "vitest";
import { Source } from "../base/source.ts";
import { readCompileOptions } from "../engine/options.ts";
import { analyze } from "../engine/subject.ts";
import { optimize } from "../opt/pipeline.ts";
import { isRefusal, type KernelInput, type KernelOptions } from "./kernel.ts";
import { type KernelPlan, planKernel } from "./kernel-plan.ts";

const shape = { name: "test512", bytes: 64, vectorRegisters: 32, natively: () => true };

function plan(text: string, options: Partial<KernelOptions> = {}): KernelPlan {
  const subject = analyze(new Source(text), readCompileOptions({}));
  const row = subject.buildRow("whole");
  optimize(row);
  const inputs = subject.parameters.map((): KernelInput => ({ kind: "column", element: "f64" }));
  const made = planKernel(row, inputs, { shape, maxIterations: 1000, stopWord: 8, ...options }, { output: "f64" });
  if (isRefusal(made)) throw new Error(made.refused);
  return made;
}

const terms = (count: number): string => Array.from({ length: count }, (_, index) => `x * ${index + 0.5}`).join(" + ");

test("short functions wait for memory: four vectors; longer ones hide latencies by more", () => {
  expect(plan("(x + 5) * 3")).toMatchObject({ width: 8, interleave: 4, hasOneLoop: false });
  expect(plan(terms(8))).toMatchObject({ interleave: 8, hasOneLoop: false });
});

test("all vectors in flight stay within a budget of instructions", () => {
  for (const count of [100, 200, 300, 500]) {
    const { interleave, row, hasOneLoop } = plan(terms(count));
    expect(interleave * row.demands.size).toBeLessThanOrEqual(2048);
    expect(2 * interleave * row.demands.size).toBeGreaterThan(interleave === 8 ? 0 : 2048);
    expect(hasOneLoop).toBe(false);
  }
});

test("a row function beyond the budget has one loop, and so has a kernel for few rows", () => {
  expect(plan(terms(1100))).toMatchObject({ interleave: 1, hasOneLoop: true, usual: undefined });
  expect(plan("Math.sin(x)").usual).toBeDefined();
  expect(plan("Math.sin(x)", { hasOneLoop: true })).toMatchObject({ interleave: 1, usual: undefined });
});

test("long functions keep values in memory rather than do with fewer vectors, and wide ones need fewer", () => {
  expect(plan("erf(x)").interleave).toBe(4);
  expect(plan("sin(x) * cos(y) + log(z)").interleave).toBe(2);
});

test("where square roots keep the divider busy, two vectors do; where most are computed, they hide each other's latency", () => {
  expect(plan("x > 0 ? sqrt(x) : -x").interleave).toBe(2);
  const computing = { ...shape, rootInstructions: 18 };
  expect(plan("x > 0 ? sqrt(x) : -x", { shape: computing }).interleave).toBe(4);
});

test("what would grow too large with all that it calls in place is refused", () => {
  const inputs: KernelInput[] = [{ kind: "column", element: "f64" }];
  const options = { shape, maxIterations: 1000, stopWord: 8 };
  const many = Array.from({ length: 600 }, (_, index) => `sin(x + ${index})`).join(" + ");
  const row = analyze(new Source(many), readCompileOptions({})).buildRow("whole");
  expect(planKernel(row, inputs, options, {})).toEqual({ refused: expect.stringContaining("too large") });
});
