/**
 * The tour: two formulas over one real table, compiled, run, checked row by row against plain JavaScript, and timed.
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
  readonly formulas: readonly Formula[];
  /** By the expressions' parameters, in their order. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** A name for each row, for the excerpt. */
  readonly names: readonly string[];
}

interface Formula {
  /** What it is called in the tables. */
  readonly name: string;
  readonly question: string;
  readonly expression: string;
  /** The same in JavaScript, row by row, as a user would write it. */
  readonly loop: (columns: readonly Float64Array[], out: Float64Array) => void;
  /** False where it calls functions that ECMAScript leaves to the engine: then results may differ in their last bits. */
  readonly isExact: boolean;
}

/** A formula that was compiled and run, with JavaScript's results beside its own. */
interface Answer {
  readonly formula: Formula;
  readonly compiled: CompiledFunction;
  readonly compileMilliseconds: number;
  readonly results: ArrayLike<number>;
  readonly expected: Float64Array;
}

/** The largest relative difference between two good libraries of functions, in a formula of some of them. */
const lastBits = 1e-13;

export async function tour(): Promise<void> {
  const sight = postalCodes() ?? orders();
  const heading = (text: string): void => print(paint(process.stdout, "bold", text));
  heading("jitsmith compiles expressions to machine code while your program runs.");
  print();
  print(sight.about);
  const answers = sight.formulas.map((formula) => answer(formula, sight.columns));
  for (const { formula, compileMilliseconds } of answers) {
    print();
    print(`${formula.question}  (compiled in ${compileMilliseconds.toFixed(1)} ms)`);
    print(`  const f = compile(${JSON.stringify(formula.expression)});`);
    print(`  f.map({ ${Object.keys(sight.columns).join(", ")} });`);
  }
  print();
  heading("Some of the machine code of the first");
  for (const line of innerLoop(answers[0]?.compiled)) print(`  ${line}`);
  print();
  heading("A few rows");
  for (const line of excerpt(sight, answers)) print(`  ${line}`);
  print();
  heading("Checked and timed, just now, on this machine");
  for (const line of measured(answers, sight)) print(`  ${line}`);
  const faults = answers.flatMap(faultOf);
  for (const line of faults) print(`  ${line}`);
  for (const { compiled } of answers) compiled.dispose();
  print();
  heading("Where to go next");
  for (const line of table(nextSteps(), "left")) print(`  ${line}`);
  if (faults.length > 0) process.exitCode = 70;
}

function answer(formula: Formula, columns: Sight["columns"]): Answer {
  const started = performance.now();
  const compiled = compile(formula.expression);
  const results = compiled.map(columns);
  const compileMilliseconds = performance.now() - started;
  const expected = new Float64Array(results.length);
  formula.loop(Object.values(columns), expected);
  return { formula, compiled, compileMilliseconds, results, expected };
}

/** A line for the first row that is not what JavaScript gives. */
function faultOf({ formula, results, expected }: Answer): string[] {
  const row = expected.findIndex((value, i) => !isEqual(value, results[i] ?? Number.NaN, formula.isExact));
  if (row < 0) return [];
  return [`${formula.name}: row ${row} DIFFERS: ${results[row]} instead of ${expected[row]}. Please report this.`];
}

function isEqual(a: number, b: number, isExact: boolean): boolean {
  return Object.is(a, b) || (!isExact && Math.abs(a - b) <= lastBits * Math.abs(a));
}

/** The listing's lines between the first arithmetic on whole vectors and the branch back, or the first lines. */
function innerLoop(compiled: CompiledFunction | undefined): string[] {
  const lines = compiled?.explain().split("\n") ?? [];
  const arithmetic = lines.findIndex((line) => /\bv(?:add|sub|mul)pd [yz]mm/.test(line));
  const from = arithmetic >= 0 ? arithmetic : lines.findIndex((line) => /^[0-9a-f]{4} {2}/.test(line));
  return lines.slice(Math.max(0, from), from + 6);
}

/** Commands as they work where the tour was started: by `npm start` in a clone, or as `jitsmith`. */
function nextSteps(): string[][] {
  const command = process.env.npm_lifecycle_event === "start" ? "npm start --" : "jitsmith";
  return [
    [`${command} eval '(x + 5) * 3' x=4`, "a value; with --input FILE new columns of CSV, Arrow or Parquet"],
    [`${command} explain '(x + 5) * 3'`, "every stage, from text to bytes"],
    [`${command} calc '+ + * - /' --bytes`, "a whole compiler for a language of four characters"],
    [`${command} lesson`, "five small JIT compilers, step by step"],
    [`${command} run '0f 0b'`, "raw machine code in a process of its own; crashes are reports"],
    [`${command} doctor`, "what this machine can do"],
    [`${command} --help`, "everything"],
  ];
}

/** The first, some middle and the last rows as a table. */
function excerpt({ columns, names }: Sight, answers: readonly Answer[]): string[] {
  const count = answers[0]?.results.length ?? 0;
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.floor(share * (count - 1)));
  const shown = [...Object.values(columns), ...answers.map(({ results }) => results)];
  const cells = rows.map((row) => [names[row] ?? "", ...shown.map((column) => numberText(column[row] ?? Number.NaN))]);
  return table([["", ...Object.keys(columns), ...answers.map(({ formula }) => formula.name)], ...cells]);
}

/** Nanoseconds a row of JavaScript's loop and of the machine code, and how the results compare. */
function measured(answers: readonly Answer[], sight: Sight): string[] {
  const columns = Object.values(sight.columns);
  const lines = answers.map(({ formula, compiled, expected }) => {
    const rows = expected.length;
    const out = new Float64Array(rows);
    const loop = nanosecondsPerRow(rows, () => formula.loop(columns, out));
    const code = nanosecondsPerRow(rows, () => compiled.map(sight.columns, { out }));
    const equal = formula.isExact ? "to the last bit" : `to ${-Math.log10(lastBits)} digits`;
    return [
      formula.name,
      loop.toFixed(2),
      code.toFixed(2),
      `${(loop / code).toFixed(1)} x`,
      `all ${rows} rows equal ${equal}`,
    ];
  });
  return table([["ns a row", "JavaScript's loop", "jitsmith's map", "", ""], ...lines]);
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
    formulas: [
      {
        name: "on a map",
        question: "How far is each from 39.8 N 98.6 W, the middle of the country, in kilometres on a flat map?",
        expression:
          "111.2 * sqrt((latitude - 39.8) * (latitude - 39.8) + 0.59 * (longitude + 98.6) * (longitude + 98.6))",
        loop: ([north = latitude, east = longitude], out) => {
          for (let i = 0; i < out.length; i++) {
            const x = north[i]!; // i is in range
            const y = east[i]!; // i is in range
            out[i] = 111.2 * Math.sqrt((x - 39.8) * (x - 39.8) + 0.59 * (y + 98.6) * (y + 98.6));
          }
        },
        isExact: true,
      },
      {
        name: "on the globe",
        question: "And on the globe?",
        expression:
          "12742 * asin(sqrt(sin((latitude - 39.8) * 0.008726646259971648) ** 2 + 0.7682835203 * cos(latitude * 0.017453292519943295) * sin((longitude + 98.6) * 0.008726646259971648) ** 2))",
        loop: ([north = latitude, east = longitude], out) => {
          for (let i = 0; i < out.length; i++) {
            const x = north[i]!; // i is in range
            const a = Math.sin((x - 39.8) * 0.008726646259971648);
            const b = Math.sin((east[i]! + 98.6) * 0.008726646259971648); // i is in range
            out[i] = 12742 * Math.asin(Math.sqrt(a ** 2 + 0.7682835203 * Math.cos(x * 0.017453292519943295) * b ** 2));
          }
        },
        isExact: false,
      },
    ],
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
    formulas: [
      {
        name: "revenue",
        question: "What does each order bring in?",
        expression: "price * qty * (1 - discount)",
        loop: ([prices = price, counts = qty, discounts = discount], out) => {
          // i is in range
          for (let i = 0; i < out.length; i++) out[i] = prices[i]! * counts[i]! * (1 - discounts[i]!);
        },
        isExact: true,
      },
      {
        name: "weight",
        question: "How much does each weigh, by a curve around 250?",
        expression: "exp(-(price - 250) * (price - 250) / 20000) * qty + 0 * discount",
        loop: ([prices = price, counts = qty, discounts = discount], out) => {
          for (let i = 0; i < out.length; i++) {
            const away = prices[i]! - 250; // i is in range
            out[i] = Math.exp((-away * away) / 20000) * counts[i]! + 0 * discounts[i]!; // i is in range
          }
        },
        isExact: false,
      },
    ],
    columns: { price, qty, discount },
    names: Array.from({ length: rows }, (_, i) => `order ${i + 1}`),
  };
}
