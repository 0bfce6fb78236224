/**
 * Random expressions with mathematical functions: machine code, by calls and over columns, against JavaScript that calls the functions of
 * src/math as the interpreter executes them. So language, optimiser, widening and both bodies of each function (with FMA, without) agree by
 * `Object.is`. How exact the functions are is another matter (tests/math/functions.test.ts); V8's own are not looked at here.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEngine } from "../../node/index.ts";
import { nodeHost } from "../../node/node-host.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { buildMathFunction, type MathName, mathNames } from "../../src/math/library.ts";
import { canExecute } from "../machine-code-runner.ts";
import { runsOr, seed } from "../random-runs.ts";
import { numberArbitrary } from "./expression-generator.ts";

const numRuns = runsOr(30);
console.log(`math-expressions.test.ts: seed ${seed}, ${numRuns} runs`);

const ofTwo: readonly MathName[] = mathNames.filter((name) => name === "pow" || name === "atan2" || name === "hypot");
const ofOne: readonly MathName[] = mathNames.filter((name) => !ofTwo.includes(name));

const { expression } = fc.letrec<{ expression: string; leaf: string; call: string }>((tie) => ({
  leaf: fc.oneof(fc.constantFrom("x", "y"), fc.constantFrom("0.5", "3", "1e-3", "700", "(-2)")),
  call: fc.oneof(
    fc.tuple(fc.constantFrom(...ofOne), tie("expression")).map(([name, a]) => `${name}(${a})`),
    fc
      .tuple(fc.constantFrom(...ofTwo), tie("expression"), tie("expression"))
      .map(([name, a, b]) => `${name}(${a}, ${b})`),
  ),
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    tie("call"),
    fc
      .tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/", "**"), tie("expression"))
      .map(([a, operator, b]) => `((${a}) ${operator} (${b}))`),
    fc.tuple(tie("expression"), tie("call"), tie("expression")).map(([a, b, c]) => `(${a} > 0 ? ${b} : ${c})`),
  ),
}));

/** The expression as JavaScript that calls our own functions. */
function modelOf(text: string, fma: boolean): (x: number, y: number) => number {
  const functions = mathNames.map((name) => {
    const fn = buildMathFunction(name, "f64", { fma, fastMath: false });
    return (...args: number[]): number => Number(interpret(fn, args));
  });
  const power = functions[mathNames.indexOf("pow")];
  const spelled = rewritePowers(text);
  return new Function("power", ...mathNames, "x", "y", `return ${spelled}`).bind(undefined, power, ...functions);
}

/** Writes `(a) ** (b)` as `power((a), (b))`. The generator makes no power of the constants 2, 1 and -1, which are built otherwise. */
function rewritePowers(text: string): string {
  let result = text;
  for (let at = result.indexOf(") ** ("); at >= 0; at = result.indexOf(") ** (")) {
    let open = at;
    for (let depth = 0; ; open--) {
      if (result[open] === ")") depth++;
      else if (result[open] === "(" && --depth === 0) break;
    }
    let close = at + 5;
    for (let depth = 0; ; close++) {
      if (result[close] === "(") depth++;
      else if (result[close] === ")" && --depth === 0) break;
    }
    const [base, exponent] = [result.slice(open, at + 1), result.slice(at + 5, close + 1)];
    result = `${result.slice(0, open)}power(${base}, ${exponent})${result.slice(close + 1)}`;
  }
  return result;
}

const withoutFma = new Set([...nodeHost.cpuFeatures].filter((feature) => !/^avx|^fma/.test(feature)));
const engines = [
  { compile: createEngine(nodeHost).compile, fma: nodeHost.cpuFeatures.has("fma") },
  { compile: createEngine(Object.create(nodeHost, { cpuFeatures: { value: withoutFma } })).compile, fma: false },
];

test.skipIf(!canExecute)(
  "expressions with functions agree with the interpreted functions (no x86-64 CPU: skipped)",
  () => {
    fc.assert(
      fc.property(
        expression,
        fc.array(fc.tuple(numberArbitrary, numberArbitrary), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(...engines),
        (text, rows, { compile, fma }) => {
          const model = modelOf(text, fma);
          const expected = rows.map(([x, y]) => model(x, y));
          const f = compile(text, { parameters: ["x", "y"], verify: true });
          rows.forEach(([x, y], index) => {
            expect(f(x, y), `${text} at (${x}, ${y})`).toBe(expected[index]);
          });
          const columns = { x: Float64Array.from(rows, ([x]) => x), y: Float64Array.from(rows, ([, y]) => y) };
          expect([...(f.map(columns) as Float64Array)], text).toEqual(expected); // of numbers
          f.dispose();
        },
      ),
      { numRuns, seed },
    );
  },
);

test.skipIf(!canExecute)("so do functions with loops (no x86-64 CPU: skipped)", () => {
  const text = "(x) => { let s = 0; for (let i = 0; i < 8; i++) { s += exp(-x * i) * log(1 + i); } return s ** 0.5; }";
  for (const { compile, fma } of engines) {
    const [exp, log, pow] = (["exp", "log", "pow"] as const).map((name) => {
      const fn = buildMathFunction(name, "f64", { fma, fastMath: false });
      return (...args: number[]): number => Number(interpret(fn, args));
    });
    if (exp === undefined || log === undefined || pow === undefined) throw new RangeError("three functions");
    const model = (x: number): number => {
      let s = 0;
      for (let i = 0; i < 8; i++) s += exp(-x * i) * log(1 + i);
      return pow(s, 0.5);
    };
    const f = compile<number>(text);
    const x = Float64Array.from({ length: 37 }, (_, index) => index / 10 - 1);
    const column = f.map({ x }) as Float64Array; // of numbers
    x.forEach((value, index) => {
      expect(f(value)).toBe(model(value));
      expect(column[index]).toBe(model(value));
    });
  }
});
