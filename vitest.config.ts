import { defineConfig } from "vitest/config";

/**
 * Two projects. What only computes shares a process for many files: modules are read, and made fast by V8, once a worker
 * instead of once a file, which halves the time of those files. What maps memory, handles signals, starts processes or sets
 * the environment has a process for each file.
 */
const computes = ["src/**/*.test.ts", "tests/*.test.ts", "tests/{conformance,filetests,math}/**/*.test.ts"];
const touchesTheMachine = ["node/**/*.test.ts", "tests/{differential,e2e}/**/*.test.ts", "examples/**/*.test.ts"];

export default defineConfig({
  test: {
    // Random tests start from one seed.
    setupFiles: ["tests/random-runs.ts"],
    pool: "forks",
    // Left to itself, vitest keeps one core for itself: of two cores, the tests would have one.
    maxWorkers: "100%",
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "computes", include: computes, isolate: false } },
      { extends: true, test: { name: "machine", include: touchesTheMachine } },
    ],
  },
});
