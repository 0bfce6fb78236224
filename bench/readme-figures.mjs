/** Writes the figures of a bench run into the README, between its two markers: `npm run bench -- --readme`. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { showFigure } from "./sampling.mjs";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));
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
  const table = [
    `Node ${machine.node}, ${machine.cpu}, ${machine.date.slice(0, 10)}. Ratios are to the row marked 1; for times less is better, for M/s (millions of instructions a second) more.`,
    "",
    "| | median | ratio |",
    "|---|---|---|",
    ...results.flatMap(rowsOf),
  ].join("\n");
  writeFileSync(
    readme,
    text.replace(markers, () => `<!-- figures -->\n${table}\n<!-- /figures -->`),
  );
}
