/**
 * Functions whose parameters have declared types of all kinds at once, over columns of every kind that these may take, into columns
 * of every kind: `map`, `filter` and `reduce` against the same function called for each row, with AVX-512 and AVX2. Rows may trap, leave
 * loops in different turns from inside of each other, and take rare ways.
 *
 * `JITSMITH_FUZZ_SEED` repeats a run, `JITSMITH_FUZZ_RUNS` makes it longer; a failure prints its seed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEngine } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import type { CompiledFunction } from "../../src/engine/compiled-function.ts";
import type { ElementKind } from "../../src/vector/element-kinds.ts";
import { canExecute } from "../machine-code-runner.ts";
import { patience, runsOr, seed } from "../random-runs.ts";
import { columnOf, emptyColumn, lengths, numberKinds, seedLists } from "./column-samples.ts";

const numRuns = runsOr(12);
console.log(`columns-declared.test.ts: seed ${seed}, ${numRuns} runs`);

const withoutAvx512 = new Set([...nodeHost.cpuFeatures].filter((feature) => !feature.startsWith("avx512")));
const engines = [
  createEngine(nodeHost),
  createEngine(Object.create(nodeHost, { cpuFeatures: { value: withoutAvx512 } })),
];

/** x is not declared; of n, elements are BigInts. */
const types = { i: "i32", f: "f32", b: "bool", n: "i64" } as const;
const names = ["x", "i", "f", "b", "n"] as const;

const { number, condition, statement } = fc.letrec<{
  number: string;
  condition: string;
  bigint: string;
  statement: string;
}>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom("x", "Number(i)", "Number(f)", "s", "t", "3", "-0.5", "1e9", "Number(n)", "i", "f"),
    fc
      .tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "%", "|", "&", "^", "<<", ">>", ">>>"), tie("number"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(
        fc.constantFrom("sqrt", "abs", "floor", "round", "fround", "sign", "sin", "exp", "log", "cbrt"),
        tie("number"),
      )
      .map(([name, operand]) => `Math.${name}(${operand})`),
    fc
      .tuple(fc.constantFrom("min", "max", "imul", "pow", "hypot", "atan2"), tie("number"), tie("number"))
      .map(([name, left, right]) => `Math.${name}(${left}, ${right})`),
    fc.tuple(tie("condition"), tie("number"), tie("number")).map(([c, yes, no]) => `(${c} ? ${yes} : ${no})`),
    tie("bigint").map((operand) => `Number(${operand})`),
  ),
  bigint: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom("n", "7n", "-1n"),
    fc
      .tuple(tie("bigint"), fc.constantFrom("+", "-", "*", "/", "%", "&", "|", "^"), tie("bigint"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("number").map((operand) => `BigInt(${operand} | 0)`),
    fc.tuple(tie("condition"), tie("bigint"), tie("bigint")).map(([c, yes, no]) => `(${c} ? ${yes} : ${no})`),
  ),
  condition: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom("b", "!b", "true"),
    fc
      .tuple(tie("number"), fc.constantFrom("<", "<=", ">", ">=", "===", "!=="), tie("number"))
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    fc
      .tuple(tie("bigint"), fc.constantFrom("<", ">=", "===", "!=="), tie("bigint"))
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    fc.tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition")).map((parts) => `(${parts.join(" ")})`),
  ),
  statement: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    tie("number").map((value) => `s = ${value};`),
    tie("number").map((value) => `t += ${value};`),
    fc
      .tuple(tie("condition"), tie("statement"), tie("statement"))
      .map(([c, yes, no]) => `if (${c}) { ${yes} } else { ${no} }`),
    fc.tuple(tie("condition"), tie("number")).map(([c, value]) => `if (${c}) return ${value};`),
    fc.tuple(tie("condition"), fc.constantFrom("break", "continue")).map(([c, way]) => `if (k < 40 && ${c}) ${way};`),
    fc
      .tuple(fc.integer({ min: 1, max: 5 }), tie("condition"), tie("statement"), tie("statement"))
      .map(([turns, c, body, more]) => `for (let j = 0; j < ${turns} && (${c}); j++) { k++; ${body} ${more} }`),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), tie("condition"), tie("statement"), tie("statement"))
      .map(([turns, c, body, more]) => `do { if (++k > ${turns}) break; ${body} ${more} } while (${c});`),
    fc.tuple(tie("statement"), tie("statement")).map((parts) => parts.join(" ")),
  ),
}));

/** `break` and `continue` need a loop around. */
const program = fc
  .tuple(statement, statement, number, condition)
  .map(
    ([first, second, value, c]) =>
      `function g(x, i, f, b, n) { let s = 0, t = x, k = 0; for (let a = 0; a < 3 && (a < 1 || ${c}); a++) { ${first} ${second} } return ${value} + s - t; }`,
  );

const kindsOf: Readonly<Record<(typeof names)[number], readonly ElementKind[]>> = {
  x: numberKinds,
  i: numberKinds,
  f: numberKinds,
  b: numberKinds,
  n: ["i64"],
};

test.skipIf(!canExecute)(
  "columns of all kinds for all types (no x86-64 CPU: skipped)",
  { timeout: patience(600) },
  () => {
    let compared = 0;
    let trapped = 0;
    let widened = 0;
    const property = fc.property(
      fc.oneof(
        program,
        condition.map((text) => `(x, i, f, b, n, s, t) => ${text}`),
        number.map((text) => `(x, i, f, b, n, s, t) => ${text}`),
      ),
      fc.record({
        x: fc.constantFrom(...kindsOf.x),
        i: fc.constantFrom(...kindsOf.i),
        f: fc.constantFrom(...kindsOf.f),
        b: fc.constantFrom(...kindsOf.b),
        n: fc.constantFrom(...kindsOf.n),
      }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      fc.constantFrom(...numberKinds),
      lengths,
      seedLists,
      (text, kinds, isUniform, out, rows, seeds) => {
        const isProgram = text.startsWith("function");
        const samples = names.map((name, index) => columnOf(kinds[name], rows, [...seeds, index]));
        // Values for all rows are numbers of the type; something is a column.
        const scalar = { x: 2.5, i: -3, f: 0.25, b: true, n: 5n };
        const columns: Record<string, unknown> = { ...(!isProgram && { s: 1.5, t: -7 }) };
        names.forEach((name, index) => {
          columns[name] = isUniform[index] === true && name !== "x" ? scalar[name] : samples[index];
        });
        let want: unknown[] | undefined;
        for (const { compile } of engines) {
          let f: CompiledFunction<number>;
          try {
            f = compile<number>(text, { types, maxIterations: 10_000 });
          } catch (error) {
            if ((error as { code?: string }).code !== "COMPILE") throw error; // ours have one
            return; // types that do not mix
          }
          if (want === undefined) {
            want = [];
            for (let row = 0; row < rows; row++) {
              const args = names.map((name, index) => {
                if (columns[name] !== samples[index]) return scalar[name];
                const element = samples[index]?.[row] ?? 0;
                return name === "b" ? Boolean(element) : element;
              });
              try {
                want.push(f(...(args as number[]), ...(isProgram ? [] : [1.5, -7]))); // as the types want them
              } catch (error) {
                if ((error as { code?: string }).code === undefined) throw error; // ours have one
                trapped++;
                want = [];
                break;
              }
            }
          }
          const where = `${text}\n${JSON.stringify(kinds)} uniform ${isUniform} -> ${out}, ${rows} rows, seeds ${seeds}`;
          if (want.length === 0) {
            expect(() => f.map(columns as never), where).toThrow();
            want = undefined;
            f.dispose();
            continue;
          }
          const expected = emptyColumn(out, rows);
          want.forEach((value, row) => {
            expected[row] = Number(value);
          });
          expect(f.map(columns as never, { out: emptyColumn(out, rows) as never }), where).toEqual(expected);
          const taken = want.flatMap((value, row) => (value ? [row] : []));
          expect(Array.from(f.filter(columns as never)), where).toEqual(taken);
          expect(f.reduce("count", columns as never), where).toBe(taken.length);
          const most = want.reduce<number>((max, value) => Math.max(max, Number(value)), Number.NEGATIVE_INFINITY);
          expect(f.reduce("max", columns as never), where).toBe(most);
          compared += rows;
          if (f.code.kernels.some(({ how }) => /rows at once/.test(how))) widened++;
          f.dispose();
        }
      },
    );
    fc.assert(property, { seed, numRuns });
    console.log(`columns-declared.test.ts: ${compared} rows, ${trapped} traps, ${widened} widened`);
    expect(compared).toBeGreaterThan(numRuns);
    expect(widened).toBeGreaterThan(0);
  },
);
