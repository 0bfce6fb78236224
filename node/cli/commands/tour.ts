/**
 * The tour: one formula over one real table, compiled, run, checked row by row against plain JavaScript, and timed.
 *
 * The table is vega-datasets' list of US postal codes in a clone of the project. The package has no such file, so there
 * it is orders made by a fixed rule.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Papa from "papaparse";
import type { CompiledFunction } from "../../../src/engine/compiled-function.ts";
import { compile } from "../../index.ts";
import { numberText, paint, print, table } from "../terminal.ts";

interface Sight {
  /** What the columns are and where they come from. */
  readonly about: string;
  readonly question: string;
  readonly expression: string;
  /** The same in JavaScript, row by row, as a user would write it. */
  readonly loop: (columns: readonly Float64Array[], out: Float64Array) => void;
  /** By the expression's parameters, in their order. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** A name for each row, for the excerpt. */
  readonly names: readonly string[];
}

export async function tour(): Promise<void> {
  const sight = postalCodes() ?? orders();
  const heading = (text: string): void => print(paint(process.stdout, "bold", text));
  heading("jitsmith compiles expressions to machine code while your program runs.");
  print();
  print(sight.about);
  print(sight.question);
  print();

  const started = performance.now();
  const f = compile(sight.expression);
  const compileMilliseconds = performance.now() - started;
  print(`  const f = compile(${JSON.stringify(sight.expression)});`);
  print(`  f.map({ ${Object.keys(sight.columns).join(", ")} });`);
  print();
  heading("The machine code");
  const { bytes } = f.code;
  print(`${bytes.length} bytes, made in ${compileMilliseconds.toFixed(1)} ms, the compiler's own start included:`);
  print(
    `  ${Buffer.from(bytes.subarray(0, 24))
      .toString("hex")
      .replace(/..(?=.)/g, "$& ")}${bytes.length > 24 ? " …" : ""}`,
  );
  print();

  const results = f.map(sight.columns);
  const columns = Object.values(sight.columns);
  const expected = new Float64Array(results.length);
  sight.loop(columns, expected);
  const differing = expected.findIndex((value, i) => !Object.is(value, results[i]));
  heading("A few rows");
  for (const line of excerpt(sight, results)) print(`  ${line}`);
  print();
  heading("Checked and timed, just now, on this machine");
  for (const line of measured(f, sight, expected)) print(`  ${line}`);
  print(
    differing < 0
      ? `  All ${results.length} results are equal to JavaScript's, to the last bit.`
      : `  Row ${differing} DIFFERS: ${results[differing]} instead of ${expected[differing]}. Please report this.`,
  );
  f.dispose();
  print();
  heading("Where to go next");
  for (const line of table(nextSteps(), "left")) print(`  ${line}`);
  if (differing >= 0) process.exitCode = 70;
}

/** Commands as they work where the tour was started: by `npm start` in a clone, or as `jitsmith`. */
function nextSteps(): string[][] {
  const command = process.env.npm_lifecycle_event === "start" ? "npm start --" : "jitsmith";
  return [
    [`${command} eval '(x + 5) * 3' x=4`, "a value; with --input FILE.csv a new column"],
    [`${command} explain '(x + 5) * 3'`, "every stage, from text to bytes"],
    [`${command} calc '+ + * - /' --bytes`, "a whole compiler for a language of four characters"],
    [`${command} lesson`, "five small JIT compilers, step by step"],
    [`${command} run '0f 0b'`, "raw machine code in a process of its own; crashes are reports"],
    [`${command} doctor`, "what this machine can do"],
    [`${command} --help`, "everything"],
  ];
}

/** The first, some middle and the last rows as a table. */
function excerpt({ columns, names }: Sight, results: ArrayLike<number>): string[] {
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.floor(share * (results.length - 1)));
  const cells = rows.map((row) => [
    names[row] ?? "",
    ...Object.values(columns).map((column) => numberText(column[row] ?? Number.NaN)),
    numberText(results[row] ?? Number.NaN),
  ]);
  return table([["", ...Object.keys(columns), "result"], ...cells]);
}

function measured(f: CompiledFunction, sight: Sight, scratch: Float64Array): string[] {
  const columns = Object.values(sight.columns);
  const rows = scratch.length;
  const out = new Float64Array(rows);
  const loop = nanosecondsPerRow(rows, () => sight.loop(columns, scratch));
  const code = nanosecondsPerRow(rows, () => f.map(sight.columns, { out }));
  return table([
    ["", "rows", "ns a row"],
    ["JavaScript's loop", String(rows), loop.toFixed(2)],
    ["jitsmith's map", String(rows), code.toFixed(2)],
  ]);
}

/** The best of several runs, each of a few milliseconds, after a warm-up. */
function nanosecondsPerRow(rows: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 40; round++) {
    const started = performance.now();
    for (let i = 0; i < 10; i++) run();
    best = Math.min(best, ((performance.now() - started) * 1e6) / (10 * rows));
  }
  return best;
}

/** The distance of each postal code from the middle of the contiguous states, on a map that is flat there. */
function postalCodes(): Sight | undefined {
  let text: string;
  try {
    const entry = createRequire(import.meta.url).resolve("vega-datasets"); // build/index.js; data/ is not exported
    text = readFileSync(join(dirname(entry), "..", "data", "zipcodes.csv"), "utf8");
  } catch {
    return undefined;
  }
  const rows = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
  const column = (name: string): Float64Array => Float64Array.from(rows, (row) => Number(row[name]));
  const [latitude, longitude] = [column("latitude"), column("longitude")];
  return {
    about: `The table: ${rows.length} postal codes of the United States with their latitude and longitude (vega-datasets).`,
    question: "The question: how far is each from 39.8 N 98.6 W, the middle of the country, in kilometres?",
    expression: "111.2 * sqrt((latitude - 39.8) * (latitude - 39.8) + 0.59 * (longitude + 98.6) * (longitude + 98.6))",
    loop: ([north = latitude, east = longitude], out) => {
      for (let i = 0; i < out.length; i++) {
        const x = north[i]!;
        const y = east[i]!;
        out[i] = 111.2 * Math.sqrt((x - 39.8) * (x - 39.8) + 0.59 * (y + 98.6) * (y + 98.6));
      }
    },
    columns: { latitude, longitude },
    names: rows.map(({ zip_code, city, state }) => `${zip_code} ${city}, ${state}`),
  };
}

/** Orders made by a linear congruential generator, the same on every machine. */
function orders(): Sight {
  const rows = 40_000;
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const price = Float64Array.from({ length: rows }, () => Math.round(random() * 50_000) / 100);
  const qty = Float64Array.from({ length: rows }, () => 1 + Math.floor(random() * 20));
  const discount = Float64Array.from({ length: rows }, () => Math.floor(random() * 6) / 20);
  return {
    about: `The table: ${rows} orders, made by a fixed rule (a clone of the project has real data here).`,
    question: "The question: what does each order bring in?",
    expression: "price * qty * (1 - discount)",
    loop: ([prices = price, counts = qty, discounts = discount], out) => {
      for (let i = 0; i < out.length; i++) out[i] = prices[i]! * counts[i]! * (1 - discounts[i]!);
    },
    columns: { price, qty, discount },
    names: Array.from({ length: rows }, (_, i) => `order ${i + 1}`),
  };
}
