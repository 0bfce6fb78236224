/**
 * How everything here is timed: the contenders of one table take turns in one process, so that a machine that changes its
 * speed changes it for all of them. A sample repeats the work until it fills `sampleMs`; the figure is the median of the
 * rounds, with the 10th and 90th percentile beside it. Ratios are taken between medians of the same run.
 */

/**
 * @typedef {{ name: string, run: (times: number) => unknown, unit?: number, warmUpMs?: number }} Contender
 *   `run(times)` does the work that often; `unit` is how many operations one time stands for (1 unless told);
 *   `warmUpMs` is for a contender that needs more of it than the others.
 * @typedef {{ name: string, ns: number, p10: number, p90: number, beside?: string } | { name: string, value: string, beside?: string }} Figure
 *   nanoseconds an operation, or the text of a value that is no time; `beside` stands where the ratio to a reference would
 */

/** A clock that stands still while other processes have the processor, in milliseconds; all threads of this process count. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

const wallTime = () => performance.now();

const median = (sorted) => sorted[Math.floor(sorted.length / 2)];

/** A figure from samples in nanoseconds. */
export function figureOf(name, samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { name, ns: median(sorted), p10: at(0.1), p90: at(0.9) };
}

/**
 * Times the contenders in turn. `settles`: each runs once before its sample, so that it finds the caches as it leaves them itself
 * rather than as the one before did. Where one run takes about as long as the scheduler's slices, `clock: processorTime` keeps a
 * loaded machine from stretching the longer contenders more than the shorter ones.
 * @param {readonly Contender[]} contenders
 * @returns {Figure[]} in the order given
 */
export function compare(
  contenders,
  { rounds = 15, sampleMs = 4, warmUpMs = 150, clock = wallTime, settles = false } = {},
) {
  const states = contenders.map((contender) => {
    let times = 1;
    const end = clock() + (contender.warmUpMs ?? warmUpMs);
    let took = 0;
    do {
      const start = clock();
      contender.run(times);
      took = clock() - start;
      if (took < sampleMs) times *= 2;
    } while (took < sampleMs || clock() < end);
    return { contender, times, samples: [] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const { contender, times, samples } of states) {
      if (settles) contender.run(1);
      const start = clock();
      contender.run(times);
      samples.push(((clock() - start) * 1e6) / (times * (contender.unit ?? 1)));
    }
  }
  return states.map(({ contender, samples }) => figureOf(contender.name, samples));
}

/** A time in the unit that suits it. */
export function showTime(ns) {
  if (ns < 1000) return `${ns.toPrecision(3)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  return `${(ns / 1e6).toPrecision(3)} ms`;
}

/** A figure's value; `perSecond` tells millions of operations a second instead of the time of one. */
export function showFigure({ ns, value }, perSecond) {
  if (value !== undefined) return value;
  return perSecond === true ? `${(1e3 / ns).toPrecision(3)} M/s` : showTime(ns);
}
