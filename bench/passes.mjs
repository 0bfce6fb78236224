/**
 * Where the time of compiling goes: `node bench/passes.mjs [PROGRAM…]` prints, for the bench's programs, the microseconds of
 * each pass and of the stages around them, and with `--sizes` how many blocks and instructions each pass left, `*` where it
 * changed something. Warm: medians of processor time after as many compiles before. It reads dist/, as `npm run build` leaves it.
 */

import { cpuFeatures } from "../dist/node/cpu-features.js";
import { reachedFunctions } from "../dist/src/analysis/call-graph.js";
import { Source } from "../dist/src/base/source.js";
import { readCompileOptions } from "../dist/src/engine/options.js";
import { analyze } from "../dist/src/engine/subject.js";
import { optimize } from "../dist/src/opt/pipeline.js";
import { x64 } from "../dist/src/targets/x64/target.js";
import { vectorSupport } from "../dist/src/targets/x64/vector-support.js";
import { programs } from "./programs/programs.mjs";
import { processorTime } from "./sampling.mjs";

const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith("--"));
const rounds = 200;
const features = cpuFeatures();
const vectors = vectorSupport(features);

/** Compiles once; tells `onTime` of each pass and stage in microseconds, and `onSize` what each pass left of the function. */
function compileOnce({ source, options }, onTime, onSize) {
  const time = (name, work) => {
    const start = processorTime();
    const result = work();
    onTime(name, (processorTime() - start) * 1e3);
    return result;
  };
  const subject = time("parse and check", () => analyze(new Source(source), readCompileOptions(options)));
  const fn = time("build", () => subject.buildScalar());
  const ofPasses = new Map();
  const start = processorTime();
  for (const reached of reachedFunctions(fn)) {
    let last = processorTime();
    const onPass = (name, changed, isChanged) => {
      ofPasses.set(name, (ofPasses.get(name) ?? 0) + processorTime() - last);
      if (changed === fn) onSize?.(name, changed, isChanged);
      last = processorTime();
    };
    optimize(reached, { vectors, onPass });
  }
  onTime("all passes", (processorTime() - start) * 1e3);
  for (const [name, ms] of ofPasses) onTime(`  ${name}`, ms * 1e3);
  time("lower, allocate, emit", () => x64.compileFunction(fn, { features, verify: false }));
}

const median = (samples) => samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)];

const chosen = programs.filter(({ name }) => names.length === 0 || names.includes(name));
/** By row, then by program. */
const table = new Map();
for (const program of chosen) {
  const samples = new Map();
  for (let round = 0; round < 2 * rounds; round++) {
    compileOnce(program, (name, microseconds) => {
      if (round < rounds) return;
      if (!samples.has(name)) samples.set(name, []);
      samples.get(name).push(microseconds);
    });
  }
  for (const [name, list] of samples) {
    if (!table.has(name)) table.set(name, new Map());
    table.get(name).set(program.name, median(list));
  }
  if (words.includes("--sizes"))
    compileOnce(
      program,
      () => {},
      (name, { blocks }, isChanged) => {
        const instructions = blocks.reduce((sum, block) => sum + block.instructions.length, 0);
        console.log(`${program.name}: ${name} ${blocks.length}/${instructions}${isChanged ? "*" : ""}`);
      },
    );
}

const width = 34;
console.log(
  "µs".padEnd(width) + [...chosen.map(({ name }) => name.slice(0, 8)), "sum"].map((name) => name.padStart(9)).join(""),
);
for (const [name, row] of table) {
  const figures = chosen.map((program) => row.get(program.name));
  const sum = figures.reduce((total, figure) => total + (figure ?? 0), 0);
  const cells = [...figures.map((figure) => figure?.toFixed(0) ?? "-"), sum.toFixed(0)];
  console.log(name.padEnd(width) + cells.map((cell) => cell.padStart(9)).join(""));
}
