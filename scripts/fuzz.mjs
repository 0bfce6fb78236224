#!/usr/bin/env node
/**
 * Runs the differential tests again and again, with a new seed each time:
 *
 *     node scripts/fuzz.mjs --minutes 10
 *     node scripts/fuzz.mjs --minutes 60 --times 100 --files programs-random,machine-code
 *
 * `--files` names files of tests/differential by any part of their names (all, where it is absent), `--times` how many times
 * their usual number of runs each of their properties gets in a round (5), `--runs` one number for all instead.
 * Ends at the first failure: prints the failing case as the test shrank it, and the command that repeats it.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { minutes, length, files } = readArguments();
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const end = Date.now() + minutes * 60_000;
let rounds = 0;
do {
  const variables = { JITSMITH_FUZZ_SEED: String(Math.floor(Math.random() * 2 ** 31)), ...length };
  const command = ["run", ...files, "--testTimeout", "3600000"];
  const started = Date.now();
  const result = spawnSync(process.execPath, [vitest, ...command, "--reporter", "dot"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, ...variables },
  });
  rounds++;
  const shown = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  if (result.status !== 0) {
    console.error(`${result.stdout}\n${result.stderr}`);
    console.error(`fuzz: failed in round ${rounds}; again:\n  ${shown.join(" ")} npx vitest ${command.join(" ")}`);
    process.exit(1);
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`round ${rounds}: ${shown.join(" ")}: ${files.length} files agree after ${seconds} s`);
} while (Date.now() < end);

function readArguments() {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "1" },
      times: { type: "string", default: "5" },
      runs: { type: "string" },
      files: { type: "string", default: "" },
    },
  });
  const minutes = Number(values.minutes);
  const count = Number(values.runs ?? values.times);
  if (!(minutes > 0) || !Number.isInteger(count) || count < 1)
    refuse("--minutes takes a positive number, --times and --runs a whole number from 1");
  const all = readdirSync(new URL("../tests/differential", import.meta.url)).filter((name) =>
    name.endsWith(".test.ts"),
  );
  const wanted = values.files.split(",");
  const files = all.filter((name) => wanted.some((part) => name.includes(part)));
  const unknown = wanted.filter((part) => !all.some((name) => name.includes(part)));
  if (unknown.length > 0)
    refuse(`no file of tests/differential has ${unknown.join(", ")} in its name: ${all.join(", ")}`);
  return {
    minutes,
    length: values.runs === undefined ? { JITSMITH_FUZZ_TIMES: String(count) } : { JITSMITH_FUZZ_RUNS: String(count) },
    files: files.map((name) => `tests/differential/${name}`),
  };
}

function refuse(message) {
  console.error(`fuzz: ${message}`);
  process.exit(64);
}
