/** WebAssembly's specification tests on x86-64 machine code: at two levels of CPU features, and with two registers. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { canExecute, featureLevels, machineExecutor } from "../machine-code-runner.ts";
import { describeScore, runScript } from "./wast.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpora/wasm/", import.meta.url));
const files = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".wast")) : [];

describe.skipIf(files.length === 0 || !canExecute)(
  "WebAssembly specification on machine code (../shared/corpora/wasm absent, or no x86-64 CPU: skipped)",
  () => {
    for (const [level, features] of Object.entries(featureLevels)) {
      for (const registers of [undefined, 2]) {
        const options = registers === undefined ? { features } : { features, registers };
        describe(`${level}, ${registers ?? "all"} registers`, () => {
          it.each(files)("%s", (file) => {
            const score = runScript(readFileSync(corpus + file, "utf8"), (fn) => machineExecutor(fn, options));
            console.log(`machine code, ${level}, ${registers ?? "all"} registers: ${describeScore(file, score)}`);
            expect(score.failures).toEqual([]);
            expect(score.passed).toBeGreaterThan(0);
          });
        });
      }
    }
  },
);
