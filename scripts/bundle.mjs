/**
 * dist/bundle/: what the package's entries and its command run. Some two hundred modules become a few files, one for each
 * entry and one for what entries share, since finding and opening a module costs Node about half a millisecond.
 * dist/src and dist/node hold the types, and the modules that tests reach into one by one.
 */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");

const entries = {
  index: "index.js",
  x64: "x64.js",
  memory: "memory.js",
  ir: "ir.js",
  calculator: "calculator.js",
  arrow: "arrow.js",
  cli: "cli/main.js",
  // Programs that run in processes of their own; who starts them looks for them beside itself.
  "child-run": "faults/child-run.js",
  "first-try": "lessons/first-try.js",
};

const input = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(dist, "node", file)]));
// What is no file of ours stays an import: Node's modules and the dependencies.
const bundle = await rolldown({ input, external: /^[^./]/, platform: "node" });
rmSync(join(dist, "bundle"), { recursive: true, force: true });
await bundle.write({ dir: join(dist, "bundle"), format: "esm", chunkFileNames: "[name]-[hash].js" });
await bundle.close();
