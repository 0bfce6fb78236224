/**
 * `npm run bench`: every figure that the README and docs quote, as a table on stdout and as JSON in `.bench/results.json`.
 * `npm run bench -- calls emission` runs those sections only; `--json` prints the JSON instead of the table;
 * `--clang` insists on the comparison with clang that `programs` makes where clang is installed;
 * `--readme` puts the figures of a whole run into the README.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { writeReadmeFigures } from "./readme-figures.mjs";
import { showFigure, showTime } from "./sampling.mjs";

const words = process.argv.slice(2);
const sections = {
  compile: async () => (await import("./compile-latency.mjs")).compileLatency(),
  programs: async () => (await import("./programs.mjs")).programSpeed({ requireClang: words.includes("--clang") }),
  footprint: async () => (await import("./footprint.mjs")).footprint(),
  calls: async () => (await import("./calls.mjs")).callCost(),
  assembler: async () => (await import("./assembler.mjs")).assemblerToolkit(),
  emission: async () => (await import("./emission.mjs")).emission(),
  "start-up": async () => (await import("./start-up.mjs")).startUp(),
  scaling: async () => (await import("./scaling.mjs")).scaling(),
};

const asJson = words.includes("--json");
const chosen = words.filter((word) => !word.startsWith("--"));
const unknown = chosen.filter((word) => !Object.hasOwn(sections, word));
if (unknown.length > 0) {
  console.error(`bench: no section ${unknown.join(", ")}; sections: ${Object.keys(sections).join(" ")}`);
  process.exit(64);
}

function printTable({ title, goal, reference, figures, perSecond }) {
  const base = figures.find((figure) => figure.name === reference)?.ns;
  console.log(`\n${title}   (goal: ${goal})`);
  for (const figure of figures) {
    const { name, ns, p10, p90, beside } = figure;
    const spread = p10 === p90 ? "" : `  (${showTime(p10)} to ${showTime(p90)})`;
    const ratio = base === undefined || name === reference ? "" : `${(ns / base).toPrecision(3)} × ${reference}`;
    console.log(
      `  ${name.padEnd(46)}${showFigure(figure, perSecond).padStart(12)}${spread.padEnd(26)}  ${beside ?? ratio}`.trimEnd(),
    );
  }
}

const machine = {
  node: process.version,
  v8: process.versions.v8,
  cpu: cpus()[0]?.model ?? "unknown",
  date: new Date().toISOString(),
};
if (!asJson)
  console.log(`jitsmith benchmarks: medians, with the 10th and 90th percentile; Node ${machine.node}, ${machine.cpu}`);
const results = [];
for (const [name, run] of Object.entries(sections)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const table of await run()) {
    results.push({ section: name, ...table });
    if (!asJson) printTable(table);
  }
}
const report = { machine, results };
if (asJson) console.log(JSON.stringify(report, null, 2));
const folder = fileURLToPath(new URL("../.bench/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}results.json`, `${JSON.stringify(report, null, 2)}\n`);
if (words.includes("--readme")) {
  if (chosen.length > 0) throw new Error("--readme takes a run of all sections");
  writeReadmeFigures(report);
}
