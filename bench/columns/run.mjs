/**
 * `npm run bench:columns`: column kernels against everybody who could do the same, in one run, results checked.
 *
 *     npm run bench:columns                  all kernels and sizes (some minutes); JSON in .bench/columns.json
 *     npm run bench:columns -- k4 k14        those kernels only        --sizes 32768   those sizes only
 *     npm run bench:columns -- threads       what a second thread gives, and nothing else
 *     npm run bench:columns -- select        what `select` and `filter` take, and nothing else
 *     npm run bench:columns -- --functions   the table of single functions too
 *     npm run bench:columns -- --peers       first installs the peers that are missing (Debian packages)
 *     npm run bench:columns -- --docs        writes docs/columns-speed.md and docs/columns-speed.svg
 *
 * Everything is called from Node on the same arrays: our kernels by `map` or `reduce`, native peers by koffi, V8's loop as it
 * is. numpy and numexpr run in a Python of their own. A peer's accuracy is the largest error, against MPFR, of the functions
 * that the kernel uses; peers that reassociate or contract what the source says are marked with ~.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import * as jitsmith from "jitsmith";
import { compare } from "../sampling.mjs";
import { functions, functionsOfSingle, javascriptLoops, kernels } from "./kernels.mjs";
import { installPeers, measureUlps, nativePeers, pythonTimes, roofline, threadedRoofline, wasmPeer } from "./peers.mjs";
import { printReport, summarize } from "./report.mjs";
import { benchSelect } from "./select.mjs";
import { compareThreads, machineScaling, printThreads } from "./threads.mjs";
import { writeDocs } from "./write-docs.mjs";

const kinds = { f64: Float64Array, f32: Float32Array, i32: Int32Array };
const words = process.argv.slice(2);
const allSizes = [1024, 32768, 1 << 20, 1 << 24];
const sizesAt = words.indexOf("--sizes");
const sizes = sizesAt < 0 ? allSizes : words[sizesAt + 1].split(",").map(Number);
const justThreads = words.includes("threads");
if (words.includes("select")) {
  benchSelect();
  process.exit();
}
const chosen = words.filter((word, i) => !word.startsWith("--") && words[i - 1] !== "--sizes" && word !== "threads");
const wanted = kernels.filter(({ id }) => chosen.length === 0 || chosen.includes(id));
if (wanted.length === 0) throw new Error(`no such kernel; there are ${kernels.map(({ id }) => id).join(" ")}`);

if (words.includes("--peers")) installPeers();

if (justThreads) {
  printThreads(await benchThreads(), await machineScaling());
  process.exit();
}

const folder = fileURLToPath(new URL("../../.bench/columns/", import.meta.url));
mkdirSync(folder, { recursive: true });
const { peers, missing } = nativePeers();
for (const line of missing) console.error(`missing peer: ${line}`);
const wasm = await wasmPeer();
if (wasm === undefined) console.error("missing peer: WebAssembly SIMD (clang and lld)");
const memory = roofline();

/** The same numbers in every run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

function makeColumn(type, n) {
  return jitsmith.column === undefined ? new kinds[type](n) : jitsmith.column(type, n);
}

function filledColumn(type, n, [from, to], seed) {
  const column = makeColumn(type, n);
  const next = random(seed);
  for (let i = 0; i < n; i++) column[i] = from + (to - from) * next();
  return column;
}

/** Arrays of the numbers that the Mandelbrot kernel wants: a grid. */
function gridColumns(n, ranges) {
  const side = Math.round(Math.sqrt(n));
  return ranges.map(([from, to], axis) => {
    const column = makeColumn("f64", n);
    for (let i = 0; i < n; i++)
      column[i] = from + ((to - from) * (axis === 0 ? i % side : Math.floor(i / side))) / side;
    return column;
  });
}

function compileKernel({ source, inputs, type, functions: callees, reduce }) {
  const names = Object.keys(inputs);
  const types = type === "f64" ? {} : { types: Object.fromEntries(names.map((name) => [name, type])) };
  const f = jitsmith.compile(source, {
    ...types,
    ...(callees === undefined ? {} : { functions: callees }),
  });
  return { f, names, reduce };
}

function wasmContender(kernel, columns, n) {
  if (wasm === undefined) return undefined;
  const { memory: pages, exports } = wasm;
  const width = columns[0].BYTES_PER_ELEMENT;
  const start = 1 << 20;
  const total = start + (columns.length + 1) * (n * width + 64);
  if (total > pages.buffer.byteLength) {
    try {
      pages.grow(Math.ceil((total - pages.buffer.byteLength) / 65536));
    } catch {
      return undefined;
    }
  }
  const places = columns.map((column, i) => {
    const at = start + i * (n * width + 64);
    new kinds[kernel.type](pages.buffer, at, n).set(column);
    return at;
  });
  const at = start + columns.length * (n * width + 64);
  const run = exports[kernel.id];
  return {
    run: (times) => {
      let result;
      for (let k = 0; k < times; k++) result = kernel.reduce ? run(...places, n) : run(...places, at, n);
      return result;
    },
    out: () => new kinds[kernel.type](pages.buffer, at, n),
  };
}

/** All contenders for one kernel and size, each with where its result is afterwards. */
function contendersFor(kernel, n) {
  const ranges = Object.values(kernel.inputs);
  const columns =
    kernel.id === "k10"
      ? gridColumns(n, ranges)
      : ranges.map((range, i) => filledColumn(kernel.type, n, range, 7 * i + 1));
  const out = makeColumn(kernel.type, n);
  const { f, names, reduce } = compileKernel(kernel);
  const named = Object.fromEntries(names.map((name, i) => [name, columns[i]]));
  const result = () => out;
  const contenders = [];
  const mapInto = { out };
  contenders.push({
    name: "jitsmith",
    run: reduce
      ? (times) => {
          let value;
          for (let k = 0; k < times; k++) value = f.reduce(reduce, named);
          return value;
        }
      : (times) => {
          for (let k = 0; k < times; k++) f.map(named, mapInto);
        },
    result,
  });
  const loop = javascriptLoops[kernel.id];
  // Other arrays first: a loop in a program sees more than one set.
  if (n <= 1 << 20) {
    const other = ranges.map((range, i) => Float64Array.from(filledColumn(kernel.type, 256, range, i + 99)));
    for (let k = 0; k < 300; k++) reduce ? loop(...other) : loop(...other, new Float64Array(256));
    const typed = ranges.map((range, i) => Float32Array.from(filledColumn("f32", 64, range, i + 5)));
    for (let k = 0; k < 100; k++) reduce ? loop(...typed) : loop(...typed, new Float32Array(64));
  }
  contenders.push({
    name: "V8's own loop",
    run: reduce
      ? (times) => {
          let value;
          for (let k = 0; k < times; k++) value = loop(...columns);
          return value;
        }
      : (times) => {
          for (let k = 0; k < times; k++) loop(...columns, out);
        },
    result,
  });
  for (const { name, isFast, find } of peers) {
    const fn = find(kernel.id, columns.length, kernel.reduce !== undefined);
    if (fn === undefined) continue;
    const args = reduce ? [...columns, n] : [...columns, out, n];
    contenders.push({
      name,
      isFast,
      run: (times) => {
        let value;
        for (let k = 0; k < times; k++) value = fn(...args);
        return value;
      },
      result,
    });
  }
  const inWasm = wasmContender(kernel, columns, n);
  if (inWasm !== undefined) contenders.push({ name: "WebAssembly SIMD", run: inWasm.run, result: inWasm.out });
  if (memory !== undefined && kernel.type === "f64" && !reduce && kernel.id !== "k10") {
    const [a, b = a] = columns;
    const double = columns.length > 1;
    const kinds = ["", "_fetching", "_streaming"].map((way) => (double ? "triad" : "copy") + way);
    for (const kind of [...kinds, "reading"]) {
      const fn = memory[kind];
      const args = kind === "reading" ? [a, n] : double ? [a, b, out, n] : [a, out, n];
      contenders.push({
        name: `roofline: ${kind.replace("_", ", ")}`,
        isRoofline: true,
        run: (times) => {
          for (let k = 0; k < times; k++) fn(...args);
        },
      });
    }
  }
  return { contenders, out, f };
}

/** Refuses results that differ from ours: the first contender is jitsmith. */
function checkResults(kernel, contenders, out) {
  const tolerance = kernel.tolerance ?? 1e-11;
  let expected;
  for (const { name, run, result, isRoofline } of contenders) {
    if (isRoofline) continue;
    out.fill(0);
    const value = run(1);
    const values = kernel.reduce ? [value] : Array.from(result());
    if (expected === undefined) {
      expected = values;
      continue;
    }
    let different = 0;
    values.forEach((each, i) => {
      const right = expected[i];
      const isClose =
        Object.is(each, right) ||
        Math.abs(each - right) <= tolerance * Math.max(Math.abs(right), kernel.smallest ?? 1e-300);
      if (!isClose) different++;
    });
    if (different > (kernel.mayDiffer ? values.length / 200 : 0))
      throw new Error(`${kernel.id}: ${different} of ${values.length} results of ${name} differ from jitsmith's`);
  }
}

const columnsOf = (n, isLong) =>
  n > 1 << 20
    ? { rounds: isLong ? 3 : 9, sampleMs: 1, warmUpMs: 1 }
    : n === 1 << 20
      ? { rounds: 5, sampleMs: 2, warmUpMs: 5, settles: true }
      : { rounds: 11, sampleMs: 3, warmUpMs: 40 };

function benchKernels() {
  const results = [];
  for (const kernel of wanted) {
    for (const n of kernel.sizes ?? sizes) {
      const { contenders, out, f } = contendersFor(kernel, n);
      if (n <= 1 << 20) checkResults(kernel, contenders, out);
      const figures = compare(
        contenders.map(({ name, run }) => ({ name, run, unit: n })),
        columnsOf(n, kernel.uses.length > 0),
      );
      figures.forEach(({ name, ns, p10, p90 }, i) => {
        const { isFast = false, isRoofline = false } = contenders[i];
        results.push({ id: kernel.id, title: kernel.title, n, peer: name, ns, p10, p90, isFast, isRoofline });
      });
      f.dispose();
      process.stderr.write(`${kernel.id} ${n}: ${figures[0].ns.toPrecision(3)} ns an element\n`);
    }
  }
  for (const { id, n, peer, ns } of pythonTimes(
    wanted.map(({ id, inputs, type, sizes: own }) => ({
      id,
      inputs: Object.values(inputs),
      type,
      sizes: own ?? sizes,
    })),
  ))
    results.push({
      id,
      title: kernels.find((kernel) => kernel.id === id).title,
      n,
      peer,
      ns,
      p10: ns,
      p90: ns,
      isFast: false,
      isRoofline: false,
    });
  return results;
}

/** Times and errors of single functions at 32,768 rows. */
function benchFunctions() {
  const n = 32768;
  const results = [];
  const jobs = [];
  // Of f32 with C's names.
  const table = ["f64", "f32"].flatMap((type) =>
    Object.entries(type === "f32" ? { ...functions, ...functionsOfSingle } : functions).map(([plain, ranges]) => ({
      name: type === "f32" ? `${plain}f` : plain,
      plain,
      type,
      ranges,
    })),
  );
  for (const { name, plain, type, ranges } of table) {
    const parameters = ["x", "y"].slice(0, ranges.length);
    const source = `${plain}(${parameters.join(", ")})`;
    const types = Object.fromEntries(parameters.map((parameter) => [parameter, type]));
    const f = jitsmith.compile(source, { types });
    const fast = jitsmith.compile(source, { types, fastMath: true });
    const columns = ranges.map((range, i) => filledColumn(type, n, range, 31 * i + 3));
    const out = makeColumn(type, n);
    const named = Object.fromEntries(parameters.map((parameter, i) => [parameter, columns[i]]));
    const mapInto = { out };
    const contenders = [
      {
        name: "jitsmith",
        run: (times) => {
          for (let k = 0; k < times; k++) f.map(named, mapInto);
        },
      },
      {
        name: "jitsmith, fastMath",
        run: (times) => {
          for (let k = 0; k < times; k++) fast.map(named, mapInto);
        },
      },
    ];
    const own = Math[plain];
    if (own !== undefined)
      contenders.push({
        name: "V8's own loop",
        run: (times) => {
          const [x, y] = columns;
          for (let k = 0; k < times; k++)
            if (y === undefined) for (let i = 0; i < n; i++) out[i] = own(x[i]);
            else for (let i = 0; i < n; i++) out[i] = own(x[i], y[i]);
        },
      });
    for (const { name: peer, find } of peers) {
      const fn = find(`f_${name}`, columns.length, false);
      if (fn !== undefined)
        contenders.push({
          name: peer,
          run: (times) => {
            for (let k = 0; k < times; k++) fn(...columns, out, n);
          },
        });
    }
    const argumentFiles = columns.map((column, i) => {
      const file = `${folder}${name}.x${i}`;
      writeFileSync(file, new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
      return file;
    });
    const outputs = {};
    contenders.forEach(({ name: peer, run }, i) => {
      run(1);
      outputs[peer] = `${folder}${name}.y${i}`;
      writeFileSync(outputs[peer], new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
    });
    jobs.push({ function: name, type, arguments: argumentFiles, outputs });
    for (const { name: peer, ns } of compare(
      contenders.map((each) => ({ ...each, unit: n })),
      columnsOf(n),
    ))
      results.push({ function: name, peer, ns });
    f.dispose();
    fast.dispose();
    process.stderr.write(`${name}: ${results.at(-contenders.length).ns.toPrecision(3)} ns an element\n`);
  }
  const ulps = measureUlps(jobs);
  if (ulps === undefined) console.error("missing: python3-gmpy2, so accuracy is not measured");
  for (const result of results) result.ulps = ulps?.[result.function]?.[result.peer];
  return results;
}

/** Kernels with functions, and some that memory holds back, by one thread and by two. */
async function benchThreads() {
  const contenders = [];
  const made = [];
  for (const [id, n, isPlain = false] of [
    ["k4", 1 << 20],
    ["k5", 1 << 20],
    ["k6", 1 << 20],
    ["k10", 1 << 18],
    ["k13", 1 << 20],
    ["k14", 1 << 20],
    ["k14", 1 << 16],
    ["k2", 1 << 20],
    ["k9", 1 << 20],
    ["k1", 1 << 24],
    ["k2", 1 << 24],
    ["k14", 1 << 20, true],
    ["k6", 1 << 20, true],
  ]) {
    const kernel = kernels.find((each) => each.id === id);
    const { f, names, reduce } = compileKernel(kernel);
    made.push(f);
    const ranges = Object.values(kernel.inputs);
    const filled =
      id === "k10" ? gridColumns(n, ranges) : ranges.map((range, i) => filledColumn(kernel.type, n, range, i + 1));
    const list = isPlain ? filled.map((column) => kinds[kernel.type].from(column)) : filled;
    const columns = Object.fromEntries(names.map((name, i) => [name, list[i]]));
    const out = reduce ? undefined : makeColumn(kernel.type, n);
    contenders.push({
      id: `${id}, ${n < 1 << 20 ? n.toLocaleString("en") : `${n >> 20} Mi`} rows${isPlain ? ", plain arrays" : ""}`,
      n,
      inputs: list,
      out,
      here: () => (reduce ? f.reduce(reduce, columns) : f.map(columns, { out })),
      run: (threads) => (reduce ? f.reduceAsync(reduce, columns, { threads }) : f.mapAsync(columns, { out, threads })),
    });
  }
  const rows = await compareThreads(contenders, threadedRoofline());
  for (const f of made) f.dispose();
  return rows;
}

/** What a call costs besides its rows, and what a second thread gives. */
async function benchCalls() {
  const f = jitsmith.compile("(x + 5) * 3");
  const x = filledColumn("f64", 8, [-10, 10], 1);
  const out = makeColumn("f64", 8);
  const named = { x };
  const mapInto = { out };
  const figures = compare([
    {
      name: "map of 8 rows into out",
      run: (times) => {
        for (let k = 0; k < times; k++) f.map(named, mapInto);
      },
    },
    {
      name: "map of 8 rows, fresh result",
      run: (times) => {
        for (let k = 0; k < times; k++) f.map(named);
      },
    },
    {
      name: "new Float64Array(8)",
      run: (times) => {
        let kept;
        for (let k = 0; k < times; k++) kept = new Float64Array(8);
        return kept;
      },
    },
  ]);
  f.dispose();
  return { calls: figures, threads: await benchThreads() };
}

const report = {
  machine: { node: process.version, cpu: cpus()[0]?.model ?? "unknown", date: new Date().toISOString() },
  kernels: benchKernels(),
  functions: words.includes("--functions") || words.includes("--docs") ? benchFunctions() : [],
  ...(await benchCalls()),
};
report.summary = summarize(report, kernels);
writeFileSync(
  fileURLToPath(new URL("../../.bench/columns.json", import.meta.url)),
  `${JSON.stringify(report, null, 1)}\n`,
);
printReport(report);
if (words.includes("--docs")) writeDocs(report);
