/**
 * `npm run bench:columns -- select`: what `select` and `filter` take for one column of f64, where 1 to 90 % of the rows are taken.
 * C loops write to memory that they keep, and with a copy of the result beside it, since `select` gives a fresh array; numpy gives one, too,
 * in a Python of its own.
 */
import { spawnSync } from "node:child_process";
import * as jitsmith from "jitsmith";
import { compare } from "../sampling.mjs";
import { compileC, python } from "./peers.mjs";

const sizes = [1024, 32768, 1 << 20];
const shares = [0.01, 0.1, 0.5, 0.9];

const numpyScript = `
import json, time
import numpy as np
times = []
for rows in ${JSON.stringify(sizes)}:
    x = np.random.rand(rows)
    for share in ${JSON.stringify(shares)}:
        def best(run):
            count = max(2, 60000 // rows)
            samples = []
            for _ in range(60):
                start = time.perf_counter()
                for _ in range(count): run()
                samples.append((time.perf_counter() - start) / count * 1e9)
            return sorted(samples)[30]
        times.append([best(lambda: x[x > 1 - share]), best(lambda: np.flatnonzero(x > 1 - share))])
print(json.dumps(times))
`;

/** By size and share: nanoseconds of a selection, and of row numbers; none where there is no numpy. */
function numpyTimes() {
  const { status, stdout } = spawnSync(python, ["-c", numpyScript], { encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

/** The peers of C; none without gcc, or a CPU with AVX-512. */
function loops() {
  const { library, missing } = compileC("select.so", "gcc", "select.c", ["-O3", "-march=native"], []);
  if (missing !== undefined) return undefined;
  return {
    select: library.func("double select_above(double*, double, double*, double)"),
    rows: library.func("double rows_above(double*, double, uint32_t*, double)"),
  };
}

/** Prints a table in Markdown: microseconds, the 10th percentile of 25 samples. */
export function benchSelect() {
  const c = loops();
  const numpy = numpyTimes();
  const f = jitsmith.compile("x > limit");
  const shown = (ns) => (ns === undefined ? "" : String(Number((ns / 1000).toPrecision(3))));
  console.log("| rows | taken | select | C | C, fresh | numpy | `x.filter` | filter | C | numpy |");
  console.log("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
  let line = 0;
  for (const rows of sizes) {
    const x = Float64Array.from({ length: rows }, Math.random);
    const out = new Float64Array(rows);
    const numbers = new Uint32Array(rows);
    for (const share of shares) {
      const limit = 1 - share;
      const columns = { x, limit };
      const expected = x.filter((value) => value > limit);
      const found = f.select(columns, "x");
      if (found.length !== expected.length || found.some((value, row) => value !== expected[row]))
        throw new Error(`select: ${rows} rows, ${share}`);
      if (c !== undefined && c.select(x, limit, out, rows) !== expected.length) throw new Error("the C loop is wrong");
      const turns = {
        select: () => f.select(columns, "x"),
        ...(c && { c: () => c.select(x, limit, out, rows), fresh: () => out.slice(0, c.select(x, limit, out, rows)) }),
        javascript: () => x.filter((value) => value > limit),
        filter: () => f.filter(columns),
        ...(c && { rows: () => c.rows(x, limit, numbers, rows) }),
      };
      const figures = compare(
        Object.entries(turns).map(([name, turn]) => ({
          name,
          run(times) {
            for (let time = 0; time < times; time++) turn();
          },
        })),
        { sampleMs: 2, warmUpMs: 40, rounds: 25, settles: true },
      );
      const ns = Object.fromEntries(figures.map((figure) => [figure.name, figure.p10]));
      const [selected, numbered] = numpy?.[line++] ?? [];
      const cells = [ns.select, ns.c, ns.fresh, selected, ns.javascript, ns.filter, ns.rows, numbered].map(shown);
      console.log(`| ${rows} | ${100 * share} % | ${cells.join(" | ")} |`);
    }
  }
  f.dispose();
}
