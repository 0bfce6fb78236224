#!/usr/bin/env node
/**
 * Runs the differential tests again and again, with a new seed each time:
 *
 *     node scripts/fuzz.mjs --minutes 10
 *
 * Ends at the first failure, whose seed repeats it: JITSMITH_FUZZ_SEED=… npx vitest run tests/differential.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "1" }, runs: { type: "string", default: "4000" } },
});
const minutes = Number(values.minutes);
const runs = Number(values.runs);
if (!(minutes > 0) || !Number.isInteger(runs) || runs < 1) {
  console.error("fuzz: --minutes takes a positive number, --runs a whole number from 1");
  process.exit(64);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const end = Date.now() + minutes * 60_000;
let rounds = 0;
do {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const result = spawnSync(
    process.execPath,
    [vitest, "run", "tests/differential", "--testTimeout", "3600000", "--reporter", "dot"],
    {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, JITSMITH_FUZZ_SEED: String(seed), JITSMITH_FUZZ_RUNS: String(runs) },
    },
  );
  rounds++;
  if (result.status !== 0) {
    console.error(
      `${result.stdout}\n${result.stderr}\nfuzz: failed in round ${rounds} with JITSMITH_FUZZ_SEED=${seed} JITSMITH_FUZZ_RUNS=${runs}`,
    );
    process.exit(1);
  }
  console.log(`round ${rounds}: seed ${seed}, ${runs} runs of each property agree`);
} while (Date.now() < end);
