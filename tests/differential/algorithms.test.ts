/**
 * Algorithms as people write them (algorithms/): JavaScript, the interpreter, and machine code as it comes, with few
 * registers and without some passes give the same, and leave the same arrays behind.
 */
import { expect, test } from "vitest";
import { Source } from "../../src/base/source.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { analyze } from "../../src/engine/subject.ts";
import { passes } from "../../src/opt/pipeline.ts";
import { inCase, runsOr, seed } from "../random-runs.ts";
import type { Algorithm } from "./algorithms/algorithm.ts";
import { bigints } from "./algorithms/bigints.ts";
import { bytes } from "./algorithms/bytes.ts";
import { drawFrom } from "./algorithms/draw.ts";
import { grids } from "./algorithms/grids.ts";
import { integers } from "./algorithms/integers.ts";
import { numerics } from "./algorithms/numerics.ts";
import { recursion } from "./algorithms/recursion.ts";
import { sorting } from "./algorithms/sorting.ts";
import { type Argument, buildIr, expectSame, interpreterOf, machineOf, runModel } from "./program-runners.ts";

const runs = runsOr(6);
const maxIterations = 2e6;
const algorithms: readonly Algorithm[] = [
  ...integers,
  ...bigints,
  ...sorting,
  ...grids,
  ...bytes,
  ...numerics,
  ...recursion,
];

function modelOf({ text, model, options }: Algorithm): (...args: Argument[]) => unknown {
  const helpers = Object.entries(options?.functions ?? {}).map(
    ([name, helper]) => `const ${name} = ${String(helper)};`,
  );
  // The test's own text.
  return new Function(`"use strict"; ${helpers.join("\n")} return ${model ?? text};`)() as () => unknown;
}

test.each(algorithms)("$name", (algorithm) => {
  const { name, text, options = {}, args } = algorithm;
  const model = modelOf(algorithm);
  const subject = analyze(new Source(text), readCompileOptions(options));
  const draw = drawFrom(seed + name.length);
  const disable = passes.map((pass) => pass.name).filter(() => draw.int(0, 3) === 0);
  const without = `without ${disable.join(", ")}`;
  const fn = inCase(
    () => "all passes",
    () => buildIr(subject, []),
  );
  const some = inCase(
    () => without,
    () => buildIr(subject, disable),
  );
  const runners = [
    { how: "machine code", make: () => machineOf(subject, fn, undefined, maxIterations) },
    { how: "machine code of 3 registers", make: () => machineOf(subject, fn, 3, maxIterations) },
    { how: without, make: () => machineOf(subject, some, undefined, maxIterations) },
    { how: `2 registers, ${without}`, make: () => machineOf(subject, some, 2, maxIterations) },
    { how: "interpreter", make: () => interpreterOf(subject, fn, maxIterations), isSlow: true },
  ].map(({ how, make, isSlow }) => ({ how, isSlow, ...inCase(() => how, make) }));
  for (let run = 0; run < runs; run++) {
    const drawn = args(draw);
    const expected = runModel(model, drawn);
    expect(expected).not.toBe("trap");
    for (const { how, run: runIt, isSlow } of runners)
      if (run < 2 || !isSlow) expectSame(runIt(drawn), expected, () => `${how}, (${drawn.join("; ")}), seed ${seed}`);
  }
  for (const { release } of runners) release();
});
