/**
 * Where random tests start, and for how long they run. Each run of the suite draws the same cases: a suite that turns red
 * is the fault of the change in hand, never of chance. What the fixed cases do not find is looked for by
 * `scripts/fuzz.mjs`, which draws a new seed in every round.
 *
 * `JITSMITH_FUZZ_SEED` takes the place of the seed, `JITSMITH_FUZZ_TIMES` multiplies every test's number of runs, and
 * `JITSMITH_FUZZ_RUNS` takes its place. vitest loads this file before each file of tests (vitest.config.ts), so that
 * fast-check starts from here wherever it is used.
 */
import fc from "fast-check";

export const seed = Number(process.env.JITSMITH_FUZZ_SEED ?? 1_729);

/** How often a test runs that usually runs so often. */
export function runsOr(usual: number): number {
  return Number(process.env.JITSMITH_FUZZ_RUNS ?? usual * Number(process.env.JITSMITH_FUZZ_TIMES ?? 1));
}

/** How long a test may take, in milliseconds, that usually takes much less than so many seconds: longer runs have all the time. */
export function patience(seconds: number): number {
  const isLonger = process.env.JITSMITH_FUZZ_TIMES !== undefined || process.env.JITSMITH_FUZZ_RUNS !== undefined;
  return 1000 * (isLonger ? 3600 * 10 : seconds);
}

/** What `run` returns. What it throws says first of which case: compilers that fail say little of their input. */
export function inCase<Result>(describe: () => string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Error(`${describe()}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

fc.configureGlobal({ seed });
