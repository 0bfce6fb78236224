/** Programs ten times as large must take about ten times as long: long expressions, long calculator programs, many functions. */

import { run } from "../dist/node/calculator.js";
import { compile } from "../dist/node/index.js";
import { figureOf } from "./sampling.mjs";

function once(name, work) {
  const start = performance.now();
  work();
  return figureOf(name, [(performance.now() - start) * 1e6]);
}

const sumOf = (terms) => Array.from({ length: terms }, (_, i) => (i % 2 === 0 ? "x" : `x * ${i}`)).join(" + ");

export function scaling() {
  compile(sumOf(500)).dispose();
  const terms = [1_000, 10_000, 100_000].map((n) =>
    once(`expression of ${n} terms`, () => compile(sumOf(n)).dispose()),
  );
  const programs = [1e6, 1e7, 1e8].map((n) => {
    const text = "+*-/++".repeat(Math.ceil(n / 6));
    return once(`calculator program of ${n / 1e6} MB, optimised`, () => run(text, { optimize: true }));
  });
  return [
    { title: "growth with the expression", goal: "linear", reference: "expression of 1000 terms", figures: terms },
    {
      title: "growth with the calculator program",
      goal: "linear",
      reference: "calculator program of 1 MB, optimised",
      figures: programs,
    },
  ];
}
