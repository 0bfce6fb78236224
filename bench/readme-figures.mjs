/**
 * Writes the figures of a bench run where people read them: all of them into docs/benchmarks.md, the tables that a newcomer
 * asks for into the README, between its two markers. `npm run bench -- --readme`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { showFigure } from "./sampling.mjs";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));
const page = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));
/** The sections whose first tables stand in the README, and how many of them. */
const chosenTables = { compile: 2, programs: 1, calls: 1, emission: 1 };
const markers = /<!-- figures -->[\s\S]*<!-- \/figures -->/;

/** One row for each figure of the tables, its ratio to the table's reference beside it. */
function rowsOf({ title, goal, reference, figures, perSecond }) {
  const base = figures.find(({ name }) => name === reference)?.ns;
  const rows = figures.map((figure) => {
    const { name, ns, beside } = figure;
    const ratio =
      base === undefined ? "" : perSecond === true ? (base / ns).toPrecision(3) : (ns / base).toPrecision(3);
    return `| ${name} | ${showFigure(figure, perSecond)} | ${beside ?? (name === reference ? "1" : ratio)} |`;
  });
  return [`| **${title}** (goal: ${goal}) | | |`, ...rows];
}

/** Replaces the figures in the README. `report` is what `.bench/results.json` holds, of a run of all sections. */
export function writeReadmeFigures({ machine, results }) {
  const text = readFileSync(readme, "utf8");
  if (!markers.test(text)) throw new Error("README.md has no <!-- figures --> markers");
  const head = `Node ${machine.node}, ${machine.cpu}, ${machine.date.slice(0, 10)}. Ratios are to the row marked 1; for times less is better, for M/s (millions of instructions a second) more.`;
  const table = (tables) => [head, "", "| | median | ratio |", "|---|---|---|", ...tables.flatMap(rowsOf)].join("\n");
  const first = results.filter(
    ({ section }, at) => at - results.findIndex((other) => other.section === section) < (chosenTables[section] ?? 0),
  );
  writeFileSync(
    readme,
    text.replace(markers, () => `<!-- figures -->\n${table(first)}\n<!-- /figures -->`),
  );
  const introduction =
    "# Benchmarks\n\nWhat `npm run bench -- --readme` printed, whole. Contenders of one table take turns in one process (`bench/sampling.mjs`);\nthe machine is shared, so ratios say more than times. A goal stands beside each table, met or not.";
  writeFileSync(page, `${introduction}\n\n${table(results)}\n`);
}
