import { defineConfig } from "vitest/config";

/** Differential tests that run no machine code. */
const interpreted =
  "{column-kernels,division-by-constants,interpreted-expressions,optimizer,small-expressions,vector-ir,webassembly-engine,widening}";

/**
 * Two projects, in the order of their names. What only computes shares a process for many files: modules are read, and made
 * fast by V8, once a worker instead of once a file, which halves the time of those files. What tests the process itself,
 * its memory, signals, environment and children, has one for each file; it goes first, so that shorter files fill the end.
 */
const alone = ["node/**/*.test.ts", "tests/{differential,e2e}/**/*.test.ts", "examples/**/*.test.ts"];
const together = [
  "src/**/*.test.ts",
  "tests/*.test.ts",
  "tests/{conformance,filetests,math}/**/*.test.ts",
  `tests/differential/${interpreted}.test.ts`,
];

export default defineConfig({
  test: {
    // Random tests start from one seed.
    setupFiles: ["tests/random-runs.ts"],
    pool: "forks",
    // Left to itself, vitest keeps one core for itself: of two cores, the tests would have one.
    maxWorkers: "100%",
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "alone", include: alone, exclude: together } },
      { extends: true, test: { name: "together", include: together, isolate: false } },
    ],
  },
});
