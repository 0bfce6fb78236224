/**
 * Makes a clone ready to run: installs what package-lock.json lists, builds dist/ from src/ and node/. Both are skipped
 * when up to date, which costs a few milliseconds: the installation is compared by its lock file, the build by the path,
 * size and time of every source. Everything said goes to stderr, so that stdout belongs to the command that follows.
 *
 * Two set-ups at once wait for each other through a lock file that holds the owner's process id.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const oldestNode = 20;
const lockFile = join(root, "dist", ".setup.lock");
const buildStamp = join(root, "dist", ".setup-build");
const installStamp = join(root, "node_modules", ".setup-install");
const hiddenLock = join(root, "node_modules", ".package-lock.json");

/** A step of the set-up failed; the message says which and what to do. */
export class SetUpError extends Error {}

/** Installs and builds what is missing or out of date. Throws `SetUpError`. */
export function setUp() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode)
    throw new SetUpError(
      `jitsmith needs Node ${oldestNode} or newer; this is ${process.version}. See https://nodejs.org`,
    );
  if (isInstalled() && isBuilt()) return;
  withLock(() => {
    if (!isInstalled()) install();
    if (!isBuilt()) build();
  });
}

/** Runs the compiler and the bundler over the whole project, whatever the stamp says, and removes output whose source is gone. */
export function build() {
  say("building (tsc -b) …");
  const stamp = sourceStamp();
  rmSync(buildStamp, { force: true }); // a failed build leaves output that belongs to no stamp
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  run(process.execPath, [compiler, "-b"], "the build failed; the compiler's messages stand above");
  removeOrphans();
  run(process.execPath, [join(root, "scripts", "bundle.mjs")], "bundling failed; the bundler's messages stand above");
  writeFileSync(buildStamp, stamp);
}

function install() {
  say("installing dependencies (npm install) …");
  // Not `npm ci`: it refuses a lock file that lacks other platforms' optional packages, as one made behind a registry
  // that does not carry them. With --no-save npm takes the lock file's versions and leaves the file alone.
  const flags = [
    "install",
    "--no-save",
    "--include=dev",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--progress=false",
  ];
  const advice = "npm could not install the dependencies; its messages stand above. Check the network and try again";
  const npm = process.env.npm_execpath;
  if (npm?.endsWith(".js")) run(process.execPath, [npm, ...flags], advice);
  else run("npm", flags, advice);
  writeFileSync(installStamp, installationKey());
}

/** Runs a program with its output on our stderr. */
function run(command, args, advice) {
  const shell = command === "npm" && process.platform === "win32";
  const child = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (child.error) throw new SetUpError(`${command} did not start: ${child.error.message}`);
  if (child.status !== 0) throw new SetUpError(`${advice} (${command} ended with ${child.signal ?? child.status})`);
}

function isInstalled() {
  if (!existsSync(hiddenLock)) return false;
  const key = installationKey();
  if (readIfThere(installStamp) === key) return true;
  if (!holdsLockedPackages()) return false;
  writeFileSync(installStamp, key);
  return true;
}

function installationKey() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
}

/** Whether node_modules, as installed by hand, holds every package of package-lock.json in that version. */
function holdsLockedPackages() {
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hiddenLock, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, locked]) => path === "" || locked.optional || present[path]?.version === locked.version,
  );
}

function isBuilt() {
  return readIfThere(buildStamp) === sourceStamp();
}

/** What the build depends on, as text: path, size and time of each source and of the settings. */
function sourceStamp() {
  const lines = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name === "tsconfig.json" || isSource(entry.name)) note(path);
    }
  };
  const note = (path) => {
    const { size, mtimeMs } = statSync(path);
    lines.push(`${relative(root, path)} ${size} ${mtimeMs}`);
  };
  visit(join(root, "src"));
  visit(join(root, "node"));
  for (const name of ["tsconfig.json", "tsconfig.base.json", "package-lock.json", "scripts/bundle.mjs"])
    note(join(root, name));
  return lines.sort().join("\n");
}

function isSource(name) {
  return name.endsWith(".ts") && !name.endsWith(".test.ts");
}

/** tsc never deletes: output of a source that was renamed or removed would stay importable and go into the package. */
function removeOrphans() {
  for (const layer of ["src", "node"]) {
    const visit = (folder) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) visit(path);
        else if (!existsSync(join(root, relative(join(root, "dist"), path).replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts"))))
          rmSync(path);
      }
    };
    if (existsSync(join(root, "dist", layer))) visit(join(root, "dist", layer));
  }
}

/** Runs `work` while holding the lock; waits while another live process holds it. */
function withLock(work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  let told = false;
  while (!tryLock()) {
    if (!told) say("waiting for another set-up of this clone …");
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  const release = () => rmSync(lockFile, { force: true });
  process.once("exit", release);
  try {
    work();
  } finally {
    release();
    process.off("exit", release);
  }
}

function tryLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw new SetUpError(`cannot write ${lockFile}: ${error.message}`);
  }
  const owner = Number(readIfThere(lockFile));
  if (owner > 0 && !isAlive(owner)) rmSync(lockFile, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function say(text) {
  process.stderr.write(`jitsmith: ${text}\n`);
}

/** For the scripts that begin with a set-up: on failure says what failed and ends with 70, as the CLI does. */
export function setUpOrExit() {
  try {
    setUp();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(`set-up: ${error.message}`);
    process.exit(70);
  }
}
