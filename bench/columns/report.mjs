/** What the figures of bench:columns say: ratios against the best peer of the same accuracy, and the goals. */

const geometricMean = (ratios) => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);

const readingOnly = "roofline: reading";

/** Peers that could be had instead of a kernel, apart from rooflines and V8's loop. */
const isPeer = ({ peer, isRoofline }) => !isRoofline && peer !== "jitsmith" && peer !== "V8's own loop";

/** For each kernel and size: our time, V8's, the best peers, the roofline. */
export function summarize(report, kernels) {
  const ulpsOf = (peer, uses) => {
    let worst = 0.5;
    for (const name of uses) {
      const found = report.functions.find((each) => each.function === name && each.peer === peer);
      if (found?.ulps === undefined) return undefined;
      worst = Math.max(worst, found.ulps);
    }
    return worst;
  };
  const rows = [];
  for (const { id, title, uses, inputs: own } of kernels) {
    const inputs = Object.keys(own).length;
    for (const n of [...new Set(report.kernels.filter((each) => each.id === id).map((each) => each.n))]) {
      const all = report.kernels.filter((each) => each.id === id && each.n === n);
      const ours = all.find(({ peer }) => peer === "jitsmith");
      const v8 = all.find(({ peer }) => peer === "V8's own loop");
      const withUlps = all.filter(isPeer).map((each) => ({ ...each, ulps: ulpsOf(each.peer, uses) }));
      const quickest = (list) =>
        list.reduce((best, each) => (best === undefined || each.ns < best.ns ? each : best), undefined);
      // 1 ULP, with what a measurement of some thousand arguments can miss: SLEEF promises 1.0 and shows up to that.
      const accurate = withUlps.filter(({ isFast, ulps }) =>
        uses.length > 0 ? ulps !== undefined && ulps <= 1.0 : !isFast || id === "k9",
      );
      const unknown = uses.length > 0 && report.functions.length === 0;
      const strict = unknown ? withUlps.filter(({ isFast, peer }) => !isFast && peer !== "SLEEF u35") : accurate;
      const limit = quickest(all.filter(({ peer, isRoofline }) => isRoofline && peer !== readingOnly));
      const reading = all.find(({ peer }) => peer === readingOnly);
      rows.push({
        id,
        title,
        n,
        ns: ours?.ns,
        ulps: ulpsOf("jitsmith", uses),
        v8: v8 === undefined ? undefined : v8.ns / ours.ns,
        accurate: describe(quickest(strict), ours),
        any: describe(quickest(withUlps), ours),
        sleef: ratio(
          withUlps.find(({ peer }) => peer === "SLEEF u10"),
          ours,
        ),
        numexpr: ratio(
          withUlps.find(({ peer }) => peer.startsWith("numexpr") && peer.endsWith("1 thread")),
          ours,
        ),
        roofline: limit === undefined ? undefined : limit.ns / ours.ns,
        // A line of the result is read, too, before it is written.
        reads: reading === undefined ? undefined : { columns: inputs, ns: (inputs + 1) * reading.ns },
      });
    }
  }
  const at = (size, ids) =>
    rows.filter(
      ({ id, n }) => (n === size || (id === "k10" && size === 32768)) && (ids === undefined || ids.includes(id)),
    );
  const mean = (list, pick) => {
    const ratios = list.map(pick).filter((each) => each !== undefined);
    return ratios.length === 0 ? undefined : geometricMean(ratios);
  };
  const cached = at(32768);
  const large = at(1 << 24, ["k1", "k2", "k3", "k7", "k8"]);
  const goals = [
    goal(
      "32,768 rows: against the best peer of <= 1 ULP on each kernel",
      1.0,
      mean(cached, ({ accurate }) => accurate?.ratio),
    ),
    goal(
      "32,768 rows: against the best peer of any accuracy",
      1.0,
      mean(cached, ({ any }) => any?.ratio),
    ),
    goal(
      "32,768 rows: against SLEEF u10, kernels with functions",
      1.3,
      mean(cached, ({ sleef }) => sleef),
    ),
    goal(
      "32,768 rows: against V8's own loop",
      8,
      mean(cached, ({ v8 }) => v8),
    ),
    goal(
      "32,768 rows: against numexpr with one thread",
      5,
      mean(cached, ({ numexpr }) => numexpr),
    ),
    goal(
      "Mandelbrot against V8",
      8,
      mean(at(32768, ["k10"]), ({ v8 }) => v8),
    ),
    goal(
      "16 Mi rows: against the best peer, K1-K3, K7, K8",
      1.25,
      mean(large, ({ any }) => any?.ratio),
    ),
    goal(
      "16 Mi rows: share of the roofline, K1-K3, K7, K8",
      0.9,
      mean(large, ({ roofline }) => roofline),
    ),
  ].filter(({ value }) => value !== undefined);
  return { rows, goals };
}

function goal(name, wanted, value) {
  return { name, wanted, value };
}

function ratio(peer, ours) {
  return peer === undefined ? undefined : peer.ns / ours.ns;
}

function describe(peer, ours) {
  return peer === undefined
    ? undefined
    : { peer: peer.peer, ratio: peer.ns / ours.ns, isFast: peer.isFast, ulps: peer.ulps };
}

const shown = (value, digits = 3) => (value === undefined ? "-" : value.toPrecision(digits));

/** The tables on stdout. */
export function printReport({ machine, summary, functions, calls, threads }) {
  console.log(
    `jitsmith columns: ns an element, and how many times quicker than each; Node ${machine.node}, ${machine.cpu}\n`,
  );
  const lines = [["kernel", "rows", "ns", "ULP", "V8", "best <= 1 ULP", "", "best of any", "", "roofline"]];
  for (const { title, n, ns, ulps, v8, accurate, any, roofline } of summary.rows)
    lines.push([
      title,
      String(n),
      shown(ns),
      shown(ulps, 2),
      shown(v8),
      shown(accurate?.ratio),
      accurate?.peer ?? "",
      shown(any?.ratio),
      any === undefined ? "" : `${any.isFast ? "~" : ""}${any.peer}`,
      shown(roofline, 2),
    ]);
  printColumns(lines);
  if (functions.length > 0) {
    console.log("\nfunctions, 32,768 rows: ns an element (largest error in ULP)\n");
    const peers = [...new Set(functions.map(({ peer }) => peer))];
    const names = [...new Set(functions.map((each) => each.function))];
    const cell = (name, peer) => {
      const found = functions.find((each) => each.function === name && each.peer === peer);
      return found === undefined ? "-" : `${shown(found.ns)} (${found.ulps === undefined ? "?" : shown(found.ulps)})`;
    };
    printColumns([["", ...peers], ...names.map((name) => [name, ...peers.map((peer) => cell(name, peer))])]);
  }
  console.log("\ncalls and threads");
  for (const { name, ns } of calls) console.log(`  ${name.padEnd(40)}${ns.toPrecision(3)} ns`);
  for (const { id, one, two } of threads)
    console.log(`  ${`${id}, mapAsync by two threads`.padEnd(40)}${(one / two).toPrecision(3)} times one thread`);
  console.log("\ngoals");
  for (const { name, wanted, value } of summary.goals)
    console.log(`  ${value >= wanted ? "met   " : "MISSED"}  ${name.padEnd(66)}${shown(value)} (goal ${wanted})`);
}

function printColumns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  for (const row of rows)
    console.log(
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ")}`.trimEnd(),
    );
}
