import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "node/**/*.test.ts", "tests/**/*.test.ts", "examples/**/*.test.ts"],
    pool: "forks",
    // Left to itself, vitest keeps one core for itself: of two cores, the tests would have one.
    maxWorkers: "100%",
    testTimeout: 60_000,
  },
});
