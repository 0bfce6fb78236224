/** A vitest reporter that writes `{ passed, failed, skipped }` to the file that JITSMITH_TEST_COUNTS names. */
import { writeFileSync } from "node:fs";

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "passed" || state === "failed" ? state : "skipped"]++;
      }
    }
    if (process.env.JITSMITH_TEST_COUNTS) writeFileSync(process.env.JITSMITH_TEST_COUNTS, JSON.stringify(counts));
  }
}
