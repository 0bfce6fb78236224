/** docs/columns-speed.md, its picture, and the README's table of columns, from one run of bench:columns. */
import { readFileSync, writeFileSync } from "node:fs";

const docs = new URL("../../docs/", import.meta.url);
const shown = (value, digits = 3) => (value === undefined ? "" : value.toPrecision(digits));

export function writeDocs(report) {
  writeFileSync(new URL("columns-speed.md", docs), pageOf(report));
  writeFileSync(new URL("columns-speed.svg", docs), pictureOf(report));
  const readme = new URL("../../README.md", import.meta.url);
  const markers = /<!-- columns -->[\s\S]*<!-- \/columns -->/;
  const text = readFileSync(readme, "utf8");
  if (!markers.test(text)) throw new Error("README.md has no <!-- columns --> markers");
  writeFileSync(
    readme,
    text.replace(markers, () => `<!-- columns -->\n${summaryOf(report)}\n<!-- /columns -->`),
  );
}

/** What the README shows: the picture, and the goals. */
function summaryOf({ machine, summary }) {
  return [
    "![times quicker than V8's loop and than the best peer of 1 ULP](docs/columns-speed.svg)",
    "",
    `| times quicker, geometric means (Node ${machine.node}, ${machine.cpu}, ${machine.date.slice(0, 10)}) | goal | |`,
    "|---|---|---|",
    ...goalRows(summary),
  ].join("\n");
}

const goalRows = ({ goals }) =>
  goals.map(
    ({ name, wanted, value }) => `| ${name} | ${wanted} | ${shown(value)}${value >= wanted ? "" : " (missed)"} |`,
  );

function pageOf({ machine, summary, kernels, functions, calls, threads }) {
  const lines = [
    "# Columns: speed",
    "",
    "Written by `npm run bench:columns -- --docs`. Nanoseconds an element, medians, everything called from Node on the same arrays in one run;",
    `Node ${machine.node}, ${machine.cpu}, ${machine.date.slice(0, 10)}. The machine is shared: look at ratios.`,
    "",
    "![times faster than each peer at 32,768 rows](columns-speed.svg)",
    "",
    "## Goals",
    "",
    "| | goal | |",
    "|---|---|---|",
    ...goalRows(summary),
    "",
    "## Kernels",
    "",
    "How many times quicker than the peer; more than 1 is quicker. A peer's accuracy is the largest error of the functions it uses, against MPFR;",
    "~ marks peers that may reassociate and contract (`-ffast-math`). `roofline` is the share of what the quickest copy (one column) or triad (several) gets.",
    "Both C compilers contract at `-O3`, too: products and the sums that use them become one operation, rounded once, which JavaScript does not have. Of",
    "Horner they make 8 instructions a vector where its meaning asks for 16, which two ports of 512 bits take 8 cycles for: 0.42 ns a row at the 2.4 GHz of",
    "this CPU under such code, and 0.43 is what the loop takes in the first cache. With `-ffp-contract=off`, clang takes 0.71 and gcc 0.77.",
    "",
    "| kernel | rows | ns | ULP | V8's loop | best of <= 1 ULP | best of any accuracy | roofline |",
    "|---|--:|--:|--:|--:|---|---|--:|",
    ...summary.rows.map(
      ({ title, n, ns, ulps, v8, accurate, any, roofline }) =>
        `| \`${title}\` | ${n} | ${shown(ns)} | ${shown(ulps, 2)} | ${shown(v8)} | ${peerText(accurate)} | ${peerText(any)} | ${shown(roofline, 2)} |`,
    ),
    "",
    ...memoryTable(summary),
    "## Every peer",
    "",
    ...everyPeer(kernels),
  ];
  if (functions.length > 0)
    lines.push(
      "## Functions",
      "",
      "Nanoseconds an element at 32,768 rows, and the largest error in units in the last place against MPFR over those arguments.",
      "",
      ...functionTable(functions),
      "",
    );
  lines.push("## Calls", "", "| | |", "|---|--:|");
  for (const { name, ns } of calls) lines.push(`| ${name} | ${shown(ns)} ns |`);
  lines.push("", ...threadTable(threads));
  return `${lines.join("\n")}\n`;
}

/** What a second thread gives, and how much memory lets it. */
function threadTable(threads) {
  return [
    "## Threads",
    "",
    "Nanoseconds an element by `map` (`reduce` for k9), by `mapAsync` with one thread and with two, and how many times quicker two are. `memory` is what",
    "two threads of a C program need only to read and write as many columns: the part of two threads' time, and how many times quicker than one",
    "thread two can be if they only wait for memory. `waiting` is the part of two threads' time in which one was ready to run and had no processor.",
    "",
    "| | `map` | one thread | two | times | memory | at most | waiting |",
    "|---|--:|--:|--:|--:|--:|--:|--:|",
    ...threads.map(
      ({ id, here, one, two, memory, waiting }) =>
        `| ${id} | ${shown(here)} | ${shown(one)} | ${shown(two)} | ${shown(one / two)} × | ${percent(memory && memory / two)} | ${shown(memory && one / memory)} | ${percent(waiting)} |`,
    ),
  ];
}

const percent = (part) => (part === undefined ? "" : `${Math.round(part * 100)} %`);

/** What binds short kernels over columns that are larger than the caches. */
function memoryTable({ rows }) {
  const large = rows.filter(({ n, id, reads }) => n === 1 << 24 && reads !== undefined && /^k[12378]$/.test(id));
  if (large.length === 0) return [];
  const streams = { 1: "one column", 2: "two columns", 3: "three columns" };
  return [
    "### Where memory binds",
    "",
    "At 16 Mi rows, a kernel reads its columns, and the lines of its result before it writes them. `reading` is the time in which one core",
    "adds up so many columns, the result counted as one more: what comes near to it is bound by the core's way to memory, like every peer.",
    "",
    "| kernel | ns | reading | |",
    "|---|--:|--:|---|",
    ...large.map(
      ({ title, ns, reads }) =>
        `| \`${title}\` | ${shown(ns)} | ${shown(reads.ns)} | ${streams[reads.columns] ?? reads.columns} and the result |`,
    ),
    "",
  ];
}

function peerText(peer) {
  return peer === undefined ? "" : `${shown(peer.ratio)} × ${peer.isFast ? "~" : ""}${peer.peer}`;
}

function everyPeer(kernels) {
  const lines = [];
  for (const n of [...new Set(kernels.map((each) => each.n))].sort((a, b) => a - b)) {
    const at = kernels.filter((each) => each.n === n);
    const peers = [...new Set(at.map(({ peer }) => peer))];
    const titles = [...new Set(at.map(({ title }) => title))];
    lines.push(`### ${n} rows`, "", `| | ${peers.join(" | ")} |`, `|---|${peers.map(() => "--:").join("|")}|`);
    for (const title of titles)
      lines.push(
        `| \`${title}\` | ${peers.map((peer) => shown(at.find((each) => each.title === title && each.peer === peer)?.ns)).join(" | ")} |`,
      );
    lines.push("");
  }
  return lines;
}

function functionTable(functions) {
  const peers = [...new Set(functions.map(({ peer }) => peer))];
  const names = [...new Set(functions.map((each) => each.function))];
  const cell = (name, peer) => {
    const found = functions.find((each) => each.function === name && each.peer === peer);
    return found === undefined ? "" : `${shown(found.ns)} (${shown(found.ulps)})`;
  };
  return [
    `| | ${peers.join(" | ")} |`,
    `|---|${peers.map(() => "--:").join("|")}|`,
    ...names.map((name) => `| ${name} | ${peers.map((peer) => cell(name, peer)).join(" | ")} |`),
  ];
}

/** Bars on a logarithmic axis: how many times quicker than V8's loop and than the best peer. */
function pictureOf({ summary }) {
  const rows = summary.rows.filter(({ id, n }) => n === 32768 || id === "k10");
  const height = 34;
  const left = 210;
  const width = 430;
  const most = Math.max(2, ...rows.flatMap(({ v8, accurate }) => [v8 ?? 1, accurate?.ratio ?? 1]));
  const least = Math.min(0.5, ...rows.flatMap(({ accurate }) => [accurate?.ratio ?? 1]));
  const x = (ratio) => left + (width * (Math.log(ratio) - Math.log(least))) / (Math.log(most) - Math.log(least));
  const bar = (ratio, y, colour) => {
    if (ratio === undefined) return "";
    const from = Math.min(x(1), x(ratio));
    return `<rect x="${from.toFixed(1)}" y="${y}" width="${Math.abs(x(ratio) - x(1)).toFixed(1)}" height="11" fill="${colour}"/><text x="${(Math.max(x(1), x(ratio)) + 4).toFixed(1)}" y="${y + 9.5}" font-size="10">${shown(ratio)}</text>`;
  };
  const quote = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const parts = rows.map(({ title, v8, accurate }, i) => {
    const y = 46 + i * height;
    return `<text x="${left - 8}" y="${y + 16}" font-size="12" text-anchor="end">${quote(title)}</text>${bar(v8, y, "#4c78a8")}${bar(accurate?.ratio, y + 13, "#f58518")}`;
  });
  const total = 60 + rows.length * height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 ${total}" font-family="system-ui, sans-serif">`,
    "<title>How many times quicker than V8's own loop, and than the best peer of 1 ULP, each kernel is at 32,768 rows</title>",
    `<rect width="700" height="${total}" fill="white"/>`,
    `<text x="10" y="18" font-size="14">Times quicker at 32,768 rows (logarithmic): <tspan fill="#4c78a8">V8's own loop</tspan>, <tspan fill="#f58518">the best peer of 1 ULP or better</tspan></text>`,
    `<line x1="${x(1).toFixed(1)}" y1="34" x2="${x(1).toFixed(1)}" y2="${total - 10}" stroke="#888"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}
