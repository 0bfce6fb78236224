#!/usr/bin/env node
/**
 * `npm run accuracy`: the largest error of every mathematical function, against MPFR, on random and hard arguments; writes
 * docs/accuracy.md.
 *
 *     node scripts/accuracy.mjs [--count 250000] [--only exp,pow] [--level avx512|avx2|sse4.1] [--print]
 *
 * `--only` measures these and keeps the page's other rows; `--print` leaves the page alone.
 *
 * For each function, type and CPU level, a column is computed by `map`, and every 16th row by a call as well: the bits must be the same. The errors
 * are found by scripts/accuracy/measure.py. A second round looks around the 200 worst arguments of the first. Levels run in processes
 * of their own, since `JITSMITH_CPU` is read once. Needs python3-gmpy2, which it installs where apt-get may.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { besides, exponentToEdge, nearMultiplesOfHalfPi, unitsFrom } from "./accuracy/hard-arguments.mjs";
import { everywhere, plans, specials } from "./accuracy/plans.mjs";
import { setUpOrExit } from "./setup.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "250000" },
    only: { type: "string" },
    level: { type: "string" },
    print: { type: "boolean", default: false },
  },
});
const count = Number(values.count);
if (!Number.isInteger(count) || count < 1000) {
  console.error("accuracy: --count takes a whole number from 1000");
  process.exit(64);
}

let state = 0x9e3779b97f4a7c15n;
/** xorshift64*: the same arguments in each run. */
function bits64() {
  state ^= state >> 12n;
  state = BigInt.asUintN(64, state ^ (state << 25n));
  state ^= state >> 27n;
  return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
}
const random = () => Number(bits64() >> 11n) * 2 ** -53;

/** Fills a part by a plan; `others` are the first arguments where this is the second. */
function fill(array, from, to, plan, others) {
  const [kind, ...numbers] = plan.split(" ");
  const values = numbers.map(Number);
  const [a = 0, b = 0] = values;
  const type = array instanceof Float64Array ? "f64" : "f32";
  const reduced = kind === "reduction" ? nearMultiplesOfHalfPi(type, random, to - from) : [];
  const view = new DataView(new ArrayBuffer(8));
  for (let index = from; index < to; index++) {
    const u = random();
    const sign = random() < 0.5 ? -1 : 1;
    if (kind === "uniform") array[index] = a + (b - a) * u;
    else if (kind === "whole") array[index] = Math.round(a + (b - a) * u);
    else if (kind === "sizes") array[index] = sign * Math.exp(Math.log(a) + (Math.log(b) - Math.log(a)) * u);
    else if (kind === "positive") array[index] = Math.exp(Math.log(a) + (Math.log(b) - Math.log(a)) * u);
    else if (kind === "near") array[index] = a + sign * 2 ** (-53 * u) * random();
    else if (kind === "steps")
      array[index] = Math.round(10 ** (16 * u)) * a * (1 + Math.round(sign * 8 * random()) * 2 ** -52);
    else if (kind === "units")
      array[index] =
        sign * unitsFrom(type, values[Math.floor(u * values.length)], Math.round(200 * (random() - 0.5) ** 3));
    else if (kind === "halves") {
      const most = type === "f64" ? 2200 : 300;
      array[index] = unitsFrom(type, Math.round(sign * most * u) * 0.5 * a, Math.round(6 * random() - 3));
    } else if (kind === "scaled") {
      const [least, most] = type === "f64" ? [-1060, 1022] : [-145, 126];
      array[index] = unitsFrom(type, a * 2 ** Math.round(least + (most - least) * u), Math.round(10 * random() - 5));
    } else if (kind === "reduction") array[index] = reduced[index - from];
    else if (kind === "edge") array[index] = exponentToEdge(type, others[index], random);
    else if (kind === "beside") array[index] = besides(type, others[index], random);
    else if (kind === "special") array[index] = specials[Math.floor(u * specials.length)];
    else {
      view.setBigUint64(0, bits64());
      array[index] = array instanceof Float64Array ? view.getFloat64(0) : view.getFloat32(0);
    }
  }
}

/** Arguments by the plans of each parameter, the same share to each plan. */
function makeArguments(name, ArrayType, length) {
  let first;
  return plans[name].map((own, position) => {
    const array = new ArrayType(length);
    const all = [...own, ...everywhere];
    // Of two parameters, the specials of one meet all of the other.
    if (position === 1) all.push(all.shift());
    all.forEach((plan, index) => {
      fill(
        array,
        Math.floor((index * length) / all.length),
        Math.floor(((index + 1) * length) / all.length),
        plan,
        first,
      );
    });
    first ??= array;
    return array;
  });
}

/** Arguments around some: up to 250 units in the last place to either side. */
function around(columns, worst, length) {
  return columns.map((column) => {
    const ArrayType = column.constructor;
    const near = new ArrayType(length);
    const words = column instanceof Float64Array ? new BigInt64Array(near.buffer) : new Int32Array(near.buffer);
    for (let index = 0; index < length; index++) {
      near[index] = column[worst[index % worst.length]];
      const step = Math.round((random() - 0.5) * 500);
      words[index] += column instanceof Float64Array ? BigInt(step) : step;
    }
    return near;
  });
}

const folder = mkdtempSync(join(tmpdir(), "jitsmith-accuracy-"));
const script = fileURLToPath(new URL("accuracy/measure.py", import.meta.url));
const python = "/usr/bin/python3";

function requireOracle() {
  const hasGmpy = () => spawnSync(python, ["-c", "import gmpy2"]).status === 0;
  if (hasGmpy()) return;
  spawnSync("apt-get", ["install", "-y", "python3-gmpy2"], { stdio: "ignore" });
  if (hasGmpy()) return;
  console.error("accuracy: needs python3-gmpy2 (Debian: apt-get install python3-gmpy2)");
  process.exit(71);
}

function measure(name, type, columns, results) {
  const write = (file, array) => {
    const path = join(folder, file);
    writeFileSync(path, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return path;
  };
  const paths = columns.map((column, index) => write(`argument${index}`, column));
  const output = execFileSync(python, [script, name, type, write("results", results), ...paths], { encoding: "utf8" });
  return JSON.parse(output);
}

/** Computes a column, and compares single calls with it. */
function compute(compiled, columns) {
  const [x, y] = columns;
  const results = compiled.map(y === undefined ? { x } : { x, y });
  for (let row = 0; row < results.length; row += 16) {
    const single = y === undefined ? compiled(x[row]) : compiled(x[row], y[row]);
    if (!Object.is(single, results[row]))
      throw new Error(
        `${compiled.source}: row ${row} of x = ${x[row]}, y = ${y?.[row]} is ${results[row]}, a call gives ${single}`,
      );
  }
  return results;
}

async function runLevel() {
  const { compile } = await import(new URL("../dist/node/index.js", import.meta.url));
  const { isMathName } = await import(new URL("../dist/src/math/library.js", import.meta.url));
  const lines = [];
  for (const name of Object.keys(plans)) {
    if (!isMathName(name)) continue;
    if (values.only !== undefined && !values.only.split(",").includes(name)) continue;
    for (const type of ["f64", "f32"]) {
      const ArrayType = type === "f64" ? Float64Array : Float32Array;
      const names = plans[name].map((_, index) => ["x", "y"][index]);
      const types = Object.fromEntries(names.map((parameter) => [parameter, type]));
      const compiled = compile(`${name}(${names.join(", ")})`, { types });
      const columns = makeArguments(name, ArrayType, type === "f64" ? count : Math.ceil(count / 4));
      const first = measure(name, type, columns, compute(compiled, columns));
      const near = around(columns, first.worst, Math.ceil(count / 10));
      const second = measure(name, type, near, compute(compiled, near));
      const [found, of] = Number(second.error) > Number(first.error) ? [second, near] : [first, columns];
      const fast = compile(`${name}(${names.join(", ")})`, { types, fastMath: true });
      const line = {
        name,
        type,
        error: found.error,
        fast: measure(name, type, columns, compute(fast, columns)).error,
        at: of.map((column) => column[found.index]),
        count: first.count + second.count,
      };
      lines.push(line);
      console.error(`${values.level ?? ""} ${name} ${type}: ${line.error} ULP at ${line.at.join(", ")}`);
    }
  }
  return lines;
}

function page(levels) {
  const [first] = Object.values(levels);
  const number = (error) => (typeof error === "number" ? error.toFixed(3) : error);
  const rows = first.map(({ name, type, at, count: arguments_ }, index) => {
    const errors = [
      ...Object.values(levels).map((lines) => number(lines[index].error)),
      ...Object.values(levels).map((lines) => number(lines[index].fast)),
    ];
    return `| \`${name}\` | ${type} | ${errors.join(" | ")} | ${at.join(", ")} | ${arguments_.toLocaleString("en")} |`;
  });
  return `# Accuracy

The largest error found of each mathematical function, in units in the last place (ULP) of the exact result, which MPFR gives. A result rounded as well as it
can be is within 0.5. \`npm run accuracy\` writes this page.

${Object.keys(levels)
  .map((level) => `- **${level}**: ${descriptions[level]}`)
  .join("\n")}

Arguments are random bit patterns, special values, the ranges where each function is hard (thresholds, zeros, subnormal arguments and results, powers at the edge of the numbers), the numbers
nearest to multiples of PI/2 for every exponent, and the neighbourhood of the 200 worst of those. Columns were computed by \`map\`, and every 16th row by a call: the bits were the same.

## fastMath

Under \`fastMath\` the bound is 4 ULP. All functions have forms of their own but three, between a tenth and a half quicker: the time of an AVX-512 column of f64 goes
down by a tenth for \`log\`, \`asinh\`, \`acosh\` and \`log1p\`, a fifth for \`exp\`, \`exp10\`, \`log2\`, \`log10\`, \`atan\`, \`hypot\` and \`erf\`, a quarter to a third for \`sinh\`, \`cosh\`,
\`expm1\` and \`tanh\`, and two fifths for \`sin\`, \`cos\` and \`tan\`. Of three the exact form serves:

- \`erfc\`: three factors that are each rounded come to 7 ULP far out, where the square of the argument is large.
- \`pow\`: the logarithm must be exact to 2^-60 for 4 ULP, since it is multiplied by up to 709; only the exponential behind it is shorter, 7 instructions of 116.
- \`cbrt\`: two instructions of 56 are there for the last bit.

## Errors

The columns that are named *fast* are those of the same arguments under \`fastMath\`, special values among them.

| function | type | ${[...Object.keys(levels), ...Object.keys(levels).map((level) => `fast, ${level}`)].join(" | ")} | worst at (${Object.keys(levels)[0]}) | arguments |
|---|---|${Object.keys(levels)
    .map(() => "---|---|")
    .join("")}---|---|
${rows.join("\n")}
`;
}

const pageAt = new URL("../docs/accuracy.md", import.meta.url);

/** The page with the rows of functions that were not asked for as they are on it, where the levels are the same. */
function withOthers(text) {
  const row = /^\| `(\w+)` \| (f64|f32) \|.*$/gm;
  const rows = new Map();
  const known = readFileSync(pageAt, "utf8");
  const heads = [text, known].map((page_) => /^\| function .*$/m.exec(page_)?.[0]);
  for (const page_ of heads[0] === heads[1] ? [known, text] : [text])
    for (const [line, name, type] of page_.matchAll(row)) rows.set(`${name} ${type}`, line);
  const order = Object.keys(plans).flatMap((name) => [`${name} f64`, `${name} f32`]);
  const lines = order.flatMap((key) => rows.get(key) ?? []);
  return `${text.slice(0, text.search(row))}${lines.join("\n")}\n`;
}

const descriptions = {
  avx512: "vectors of 512 bits, with FMA",
  avx2: "vectors of 256 bits, with FMA; the same bits as avx512",
  "sse4.1": "one row at a time, without FMA: other bodies of the functions, and so other bits",
};

if (values.level === undefined) setUpOrExit();
requireOracle();
try {
  if (values.level !== undefined) console.log(JSON.stringify(await runLevel()));
  else {
    const levels = {};
    for (const level of Object.keys(descriptions)) {
      const only = values.only === undefined ? [] : ["--only", values.only];
      const run = spawnSync(
        process.execPath,
        [
          fileURLToPath(import.meta.url),
          "--level",
          level,
          "--count",
          String(level === "avx2" ? Math.ceil(count / 8) : count),
          ...only,
        ],
        {
          env: { ...process.env, JITSMITH_CPU: level },
          encoding: "utf8",
          stdio: ["ignore", "pipe", "inherit"],
          maxBuffer: 1e8,
        },
      );
      if (run.status !== 0) {
        console.error(`accuracy: ${level} is left out (status ${run.status})`);
        continue;
      }
      levels[level] = JSON.parse(run.stdout);
    }
    const text = page(levels);
    if (values.print) console.log(text);
    else writeFileSync(pageAt, values.only === undefined ? text : withOthers(text));
    const lines = Object.values(levels).flat();
    if (lines.some(({ error, fast }) => !(Number(error) <= 1 && Number(fast) <= 4))) process.exitCode = 65;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
