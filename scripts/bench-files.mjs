/**
 * `npm run bench:files [-- --size 1GB --memory 256 --folder DIR --only csv-parquet,arrow-reduce]`: tables of about that size in each
 * format, made on the spot and deleted at the end, each computed on by `jitsmith eval` into each format, reduced, and filtered, in
 * processes whose JavaScript heap is bounded. Prints how quick each was, the processor's time for it (of all threads, which a busy
 * machine does not lengthen), and the most memory that its process ever held (VmHWM).
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  AsyncByteQueue,
  Bool,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMillisecond,
  Utf8,
} from "apache-arrow";
import { root, setUpOrExit } from "./setup.mjs";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "100MB" },
    memory: { type: "string", default: "256" },
    folder: { type: "string", default: tmpdir() },
    only: { type: "string" },
  },
});
setUpOrExit();
const wantedBytes = bytesOf(values.size);
const folder = mkdtempSync(join(values.folder, "jitsmith-bench-files-"));
const formula = ["price * qty * (1 - discount)", "--name", "total", "--missing", "null"];

try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const rowsOf = await makeInputs();
  console.log(`Each input about ${values.size}, --max-old-space-size=${values.memory}, Node ${process.version}`);
  console.log(["", "seconds", "CPU s", "MB/s in", "MB/s out", "M rows/s", "peak MB"].map(padded).join(""));
  for (const [from, { path, rows }] of Object.entries(rowsOf)) {
    const work = [
      ...["csv", "arrow", "parquet"].map((to) => [to, [...formula, "--output", join(folder, `out.${to}`), "--force"]]),
      ["reduce", [...formula, "--reduce", "sum,mean,min,max"]],
      ["filter", [...formula, "--filter", "qty >= 5", "--output", join(folder, `out.${from}`), "--force"]],
    ];
    for (const [name, words] of work) {
      const label = `${from}-${name}`;
      if (values.only !== undefined && !values.only.split(",").includes(label)) continue;
      const { seconds, cpu, peak } = await run([...words, "--input", path]);
      const output = words.includes("--output") ? words[words.indexOf("--output") + 1] : undefined;
      const written = output === undefined ? 0 : statSync(output).size;
      if (output !== undefined) rmSync(output);
      const figures = [
        seconds,
        cpu,
        statSync(path).size / 1e6 / seconds,
        written / 1e6 / seconds,
        rows / 1e6 / seconds,
        peak,
      ];
      console.log([label, ...figures.map((figure) => figure.toPrecision(3))].map(padded).join(""));
    }
  }
}

function padded(text, index) {
  return index === 0 ? text.padEnd(18) : text.padStart(10);
}

/** `1GB`, `200 MB`. */
function bytesOf(text) {
  const [, number, unit = ""] = /^([\d.]+)\s*([KMG]?)B?$/i.exec(text) ?? [];
  if (number === undefined) throw new Error(`--size ${text}: expected a size such as 100MB or 1GB`);
  return Number(number) * 1000 ** " KMG".indexOf(unit.toUpperCase() || " ");
}

/** `jitsmith eval`, its time, and the most memory that it held, which Linux counts in KiB. */
function run(words) {
  const started = performance.now();
  const told =
    "import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,JSON.stringify(process.resourceUsage())))";
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${values.memory}`,
      "--import",
      `data:text/javascript,${told}`,
      join(root, "bin", "jitsmith"),
      "eval",
      ...words,
    ],
    { stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  let errors = "";
  let usage = "";
  child.stderr.on("data", (part) => {
    errors += part;
  });
  child.stdio[3].on("data", (part) => {
    usage += part;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (status, signal) => {
      if (status !== 0) reject(new Error(`jitsmith eval ${words.join(" ")} ended with ${signal ?? status}: ${errors}`));
      else {
        const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(usage);
        const seconds = (performance.now() - started) / 1000;
        resolve({ seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, peak: (maxRSS * 1024) / 1e6 });
      }
    });
  });
}

/** A table with numbers of many digits and of few, whole ones, texts, times, truth values, and some nulls, in each format. */
async function makeInputs() {
  const small = join(folder, "small.arrow");
  writeArrow(small, 1 << 17);
  const made = {};
  for (const format of ["csv", "arrow", "parquet"]) {
    const wanted = values.only === undefined || values.only.split(",").some((label) => label.startsWith(`${format}-`));
    if (!wanted) continue;
    const probe = join(folder, `small-probe.${format}`);
    await convert(small, probe);
    const rows = Math.ceil(wantedBytes / (statSync(probe).size / (1 << 17)));
    const path = join(folder, `in.${format}`);
    if (format === "arrow") writeArrow(path, rows);
    else {
      const source = join(folder, "source.arrow");
      writeArrow(source, rows);
      await convert(source, path);
      rmSync(source);
    }
    made[format] = { path, rows };
  }
  return made;
}

/** CSV and Parquet as jitsmith itself writes them, with one more column. */
function convert(from, to) {
  return run(["1", "--name", "one", "--input", from, "--output", to]);
}

function writeArrow(path, rows) {
  const fields = [
    new Field("id", new Int32(), false),
    new Field("price", new Float64(), true),
    new Field("qty", new Int32(), false),
    new Field("discount", new Float64(), false),
    new Field("paid", new Bool(), false),
    new Field("city", new Utf8(), true),
    new Field("at", new TimestampMillisecond(), false),
  ];
  const schema = new Schema(fields);
  const file = openSync(path, "w");
  const writer = new RecordBatchFileWriter();
  const sink = new AsyncByteQueue();
  sink.write = (chunk) => writeSync(file, ArrayBuffer.isView(chunk) ? chunk : Buffer.from(chunk));
  writer.reset(sink, schema);
  const cities = ["Oslo", "Zürich", "New York", "São Paulo", "Rome, Italy", "Ulm"].map((city) => Buffer.from(city));
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let start = 0; start < rows; start += 1 << 16) {
    const length = Math.min(1 << 16, rows - start);
    const id = Int32Array.from({ length }, (_, row) => start + row);
    const price = Float64Array.from({ length }, () => Math.round(random() * 1e5) / 100);
    const qty = Int32Array.from({ length }, () => Math.floor(random() * 10));
    const discount = Float64Array.from({ length }, () => random() * random());
    const paid = Uint8Array.from({ length: (length + 7) >> 3 }, () => random() * 256);
    const nulls = Uint8Array.from({ length: (length + 7) >> 3 }, () => 255 & ~(1 << (random() * 40)));
    const picked = Uint8Array.from({ length }, () => random() * cities.length);
    const offsets = new Int32Array(length + 1);
    for (let row = 0; row < length; row++) offsets[row + 1] = offsets[row] + cities[picked[row]].length;
    const bytes = Buffer.concat(Array.from(picked, (k) => cities[k]));
    const at = BigInt64Array.from({ length }, (_, row) => 1_600_000_000_000n + BigInt(start + row) * 1000n);
    const own = [
      { data: id },
      { data: price, nullBitmap: nulls, nullCount: -1 },
      { data: qty },
      { data: discount },
      { data: paid },
      { data: bytes, valueOffsets: offsets },
      { data: at },
    ];
    const children = own.map((part, index) => makeData({ type: fields[index].type, length, nullCount: 0, ...part }));
    writer.write(new RecordBatch(schema, makeData({ type: new Struct(fields), length, nullCount: 0, children })));
  }
  writer.finish();
  closeSync(file);
}
