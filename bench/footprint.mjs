/**
 * What many live functions cost: 10,000 distinct small formulas compiled in a fresh process and kept. How many a second (while
 * V8 still optimises the compiler, and another 10,000 afterwards), the growth of the resident set at its peak, what stays on
 * V8's heap after a collection, and the machine code alone. Times are the processor's; V8's own threads count as ours.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { figureOf } from "./sampling.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const count = 10_000;

/** A program that prints JSON; it has compiled 1000 functions beforehand, so that the compiler itself hardly counts. */
const keepMany = `
  import { small } from "./bench/formulas.mjs";
  import { processorTime } from "./bench/sampling.mjs";
  import { compile } from "./dist/node/index.js";
  for (let n = 1; n <= 1000; n++) compile(small.vary(-n)).dispose();
  await new Promise(setImmediate);
  gc();
  const heapBefore = process.memoryUsage().heapUsed;
  const peakBefore = process.memoryUsage().rss;
  const kept = [];
  const start = processorTime();
  for (let n = 1; n <= ${count}; n++) kept.push(compile(small.vary(n)));
  const first = processorTime() - start;
  const peak = process.resourceUsage().maxRSS * 1024;
  gc();
  const heap = process.memoryUsage().heapUsed;
  let bytes = 0;
  for (let n = 1; n <= ${count}; n++) {
    const f = kept[n - 1];
    if (f(4) !== (4 + n + 5.5) * 3) throw new Error(f.source + " gave " + f(4));
    bytes += f.code.bytes.length;
  }
  const warmStart = processorTime();
  for (let n = ${count} + 1; n <= 2 * ${count}; n++) kept.push(compile(small.vary(n)));
  const second = processorTime() - warmStart;
  console.log(JSON.stringify({
    first: first * 1e6 / ${count},
    second: second * 1e6 / ${count},
    peak: (peak - peakBefore) / ${count},
    heap: (heap - heapBefore) / ${count},
    code: bytes / ${count},
  }));
`;

const showBytes = (bytes) => `${Math.round(bytes).toLocaleString("en")} bytes`;

export function footprint() {
  const runs = Array.from({ length: 5 }, () =>
    JSON.parse(
      execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", keepMany], {
        cwd: root,
        encoding: "utf8",
      }),
    ),
  );
  const time = (name, key) => {
    const figure = figureOf(
      name,
      runs.map((run) => run[key]),
    );
    return { ...figure, beside: `${Math.round(1e9 / figure.ns).toLocaleString("en")} a second` };
  };
  const memory = (name, key) => {
    const {
      ns: bytes,
      p10,
      p90,
    } = figureOf(
      name,
      runs.map((run) => run[key]),
    );
    const range = showBytes(p10) === showBytes(p90) ? "" : `${showBytes(p10)} to ${showBytes(p90)}`;
    return { name, bytes, value: showBytes(bytes), beside: range };
  };
  return [
    {
      title: `${count.toLocaleString("en")} distinct small formulas, all live, in a fresh process`,
      goal: "10,000 functions a second; memory published, not bounded",
      figures: [
        time("compile, the first 10,000", "first"),
        time("compile, another 10,000", "second"),
        memory("resident set at its peak, per function", "peak"),
        memory("V8's heap after a collection, per function", "heap"),
        memory("machine code, per function", "code"),
      ],
    },
  ];
}
