/**
 * Expressions of a thousand terms and functions of a hundred branches or many loops over columns: they are widened, right in every
 * row, and their code grows with their text and not faster. One loop does their rows (src/vector/kernel-plan.ts).
 */
import { expect, test } from "vitest";
import { createEngine } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import { canExecute } from "../machine-code-runner.ts";

const withoutAvx512 = new Set([...nodeHost.cpuFeatures].filter((feature) => !feature.startsWith("avx512")));
const engines = [
  createEngine(nodeHost),
  createEngine(Object.create(nodeHost, { cpuFeatures: { value: withoutAvx512 } })),
];

const each = (count: number, text: (index: number) => string, between = ""): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(between);

/** Each by the number of its parts. */
const texts: Readonly<Record<string, readonly [parts: number, (parts: number) => string]>> = {
  terms: [500, (n) => each(n, (i) => `x*${(i % 97) + 0.5}`, "+")],
  "terms of two columns": [500, (n) => each(n, (i) => `(x*y-${i % 7})*${i % 5}`, "+")],
  "variables that live long": [
    50,
    (n) =>
      `function f(x, y) { ${each(n, (i) => `let a${i} = x * ${i} + y;`)} return ${each(n, (i) => `a${n - 1 - i}`, "+")}; }`,
  ],
  branches: [
    50,
    (n) =>
      `function f(x, y) { let s = 0; ${each(n, (i) => `if (x > ${i} + y) { s += x * ${i}; } else { s -= y; }`)} return s; }`,
  ],
  "early returns": [
    50,
    (n) =>
      `function f(x, y) { let s = y; ${each(n, (i) => `if (x > ${i} + s) return s * ${i}; s -= x / 8;`)} return s; }`,
  ],
  loops: [
    12,
    (n) =>
      `function f(x, y) { let s = 0; ${each(n, (i) => `for (let i = 0; i < y; i++) { s += x * i; if (s > ${i * 100}) break; }`)} return s; }`,
  ],
  "loops in a loop": [
    12,
    (n) =>
      `function f(x, y) { let s = 0; for (let i = 0; i < y; i++) { ${each(n, (i) => `for (let j = 0; j < x; j++) { s += x * i; if (s > ${i * 100}) continue; s -= j; }`)} } return s; }`,
  ],
  "functions of the library": [8, (n) => each(n, (i) => `sin(x*${i}+y)`, "+")],
};

const rows = 37;
const x = Float64Array.from({ length: rows }, (_, row) => ((row * 37) % 101) / 8 - 2);
const y = Float64Array.from({ length: rows }, (_, row) => ((row * 13) % 7) + 0.5);

for (const [name, [parts, textOf]] of Object.entries(texts))
  test.skipIf(!canExecute)(`${name} (no x86-64 CPU: skipped)`, { timeout: 120_000 }, () => {
    for (const { compile } of engines) {
      const bytes = [parts, 2 * parts].map((count) => {
        const f = compile<number>(textOf(count));
        const isOfTwo = f.parameters.length === 2;
        const columns = isOfTwo ? { x, y } : { x };
        const got = f.map(columns) as Float64Array; // of numbers
        const want = Array.from(x, (value, row) => (isOfTwo ? f(value, y[row] ?? 0) : f(value)));
        expect(Array.from(got), `${count} ${name}`).toEqual(want);
        expect(f.reduce("max", columns), `${count} ${name}`).toBe(Math.max(...want));
        const [kernel] = f.code.kernels;
        expect(kernel?.how).toMatch(/vectors? of \d+ rows at once/);
        f.dispose();
        return kernel?.bytes ?? 0;
      });
      const [once = 0, twice = 0] = bytes;
      expect(once).toBeGreaterThan(0);
      expect(twice).toBeLessThan(2.5 * once);
    }
  });
