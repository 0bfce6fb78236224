/**
 * What must hold before a change is taken: `npm test` on a clean checkout, lint, types, and the package installed into an
 * empty folder and used once. A checkout that is not clean (installed, built or edited) is cloned at HEAD first.
 * The last line of the output is the tests' count.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const start = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "jitsmith-ci-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** The tests' last line; set before a failure of the tests ends the run, so that it is the last line then, too. */
let count;
const checkout = await cleanCheckout();
await step("npm test", ["npm", "test"], checkout, (output) => {
  count = output.match(/^\d+ passed, \d+ failed, \d+ skipped$/gm)?.at(-1);
});
if (count === undefined) fail("npm test did not print its count");
await step("lint", ["npm", "run", "lint"], checkout);
await step("types", ["npm", "run", "check"], checkout);
await usePackage();
process.stdout.write(`\n${count}\n`);

/** The folder of a clean checkout: this one, or a clone beside its data. */
async function cleanCheckout() {
  const git = (...words) => spawnSync("git", ["-C", start, ...words], { encoding: "utf8" });
  const status = git("status", "--porcelain", "--ignored");
  if (status.error || status.status !== 0 || status.stdout.trim() === "") return start;
  const folder = join(work, basename(start));
  say(`cloning HEAD into ${folder}; this checkout has files that a clean one has not`);
  await step("git clone", ["git", "clone", "--quiet", "--no-hardlinks", start, folder], work);
  const shared = join(dirname(start), "shared");
  if (existsSync(shared)) symlinkSync(shared, join(work, "shared"));
  return folder;
}

async function usePackage() {
  const packed = join(work, "packed");
  const empty = join(work, "empty");
  mkdirSync(packed);
  mkdirSync(empty);
  await step("npm pack", ["npm", "pack", "--loglevel=error", `--pack-destination=${packed}`], checkout);
  const [tarball] = readdirSync(packed);
  if (tarball === undefined) fail("npm pack wrote no file");
  await step(
    "install the package",
    ["npm", "install", "--no-audit", "--no-fund", `--prefix=${empty}`, join(packed, tarball)],
    empty,
  );
  const command = join(empty, "node_modules", ".bin", "jitsmith");
  expect(await step("the command", [command, "eval", "(x + 5) * 3", "x=4"], empty), "27");
  const program = 'import { compile } from "jitsmith"; console.log(compile("(x + 5) * 3")(10));';
  writeFileSync(join(empty, "use.mjs"), program);
  expect(await step("the import", [process.execPath, "use.mjs"], empty), "45");
  const data = "price,qty\n2.5,4\n1e3,0\n";
  writeFileSync(join(empty, "orders.csv"), data);
  const added = await step(
    "a column",
    [command, "eval", "price * qty", "--input", "orders.csv", "--name", "total"],
    empty,
  );
  expect(added, "price,qty,total\n2.5,4,10\n1e3,0,0");
}

/** Runs a command, shows its output as it comes and returns its stdout, which `read` sees in any case. Ends the run if it fails. */
async function step(name, [command, ...words], folder, read) {
  say(name);
  const child = spawn(command, words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
    env: { ...process.env, CI: "true" },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    process.stdout.write(part);
    output += part;
  });
  const ending = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(status === 0 ? undefined : `ended with ${signal ?? status}`));
  });
  read?.(output);
  if (ending !== undefined) fail(`${name}: ${ending}`);
  return output;
}

function expect(output, wanted) {
  if (output.trim() !== wanted) fail(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(output.trim())}`);
}

function say(text) {
  process.stdout.write(`\n--- ${text}\n`);
}

function fail(text) {
  process.stdout.write(`\nFAILED: ${text}\n`);
  if (count !== undefined) process.stdout.write(`${count}\n`);
  process.exit(1);
}
