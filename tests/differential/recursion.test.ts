/**
 * Random recursive functions, which are inlined into themselves and keep their fuel in a register, against the same text in
 * JavaScript with a counter beside it: the same answer where `maxIterations` is just what the calls and loops take, and a
 * trap where it is one less. Seeds and numbers of runs are those of random-runs.ts.
 */
import { expect, test } from "vitest";
import { compile } from "../../node/index.ts";
import { TrapError } from "../../src/base/errors.ts";
import { runsOr, seed } from "../random-runs.ts";

const runs = runsOr(6);
console.log(`recursion.test.ts: seed ${seed}, ${runs} runs`);

/** Numbers below a bound (xorshift32). */
function randomNumbers(start: number): (bound: number) => number {
  let state = start | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

interface Program {
  readonly source: string;
  /** The same, counting entries and turns of loops. */
  readonly counting: string;
}

function makeProgram(random: (bound: number) => number): Program {
  const pick = <T>(...choices: T[]): T => choices[random(choices.length)] as T; // in range
  const isInteger = random(2) === 0;
  const close = (text: string): string => (isInteger ? `(${text}) | 0` : text);
  let calls = 0;
  // No two alike, nor the same in each turn of a loop: the optimiser would make them one call.
  const call = (turn = ""): string => {
    const step = pick("n - 1", "n - 2", "n - 3", isInteger ? "n >> 1" : "Math.floor(n / 2)");
    return `f(${step}, ${close(pick("a + n", "b - a", "a", "a * 3 + b", "n"))}, ${close(`${pick("b", "a - 1", "b + 2 * n")} + ${++calls * 64}${turn}`)})`;
  };
  const statements: string[] = [];
  const values = ["a", "b", "n"];
  const count = 1 + random(3);
  for (let k = 0; k < count; k++) {
    const kind = random(5);
    const one = pick(...values);
    const other = pick(...values);
    if (kind === 0) statements.push(`if (${one} > ${other}) return ${close(`${call()} + ${one}`)};`);
    else if (kind === 1)
      statements.push(
        `let s${k} = 0; for (let i = 0; i < ${1 + random(3)}; i++) { COUNT s${k} = ${close(`s${k} + ${call(" + i")} - i`)}; }`,
      );
    else if (kind === 2) statements.push(`let s${k} = ${one} < ${other} ? ${call()} : ${close(`${one} - 7`)};`);
    else if (kind === 3) statements.push(`let s${k} = ${close(`${call()} + ${one}`)};`);
    else statements.push(`let s${k} = ${close(`${call()} ${pick("+", "-")} ${call()}`)};`);
    if (kind !== 0) values.push(`s${k}`);
  }
  const result = close(values.slice(-3).join(pick(" + ", " - ")));
  const body = `if (n < ${1 + random(2)}) return ${close(pick("a", "b", "n + a", "a - b"))}; ${statements.join(" ")} return ${result};`;
  const text = `function f(n, a, b) { ENTER ${body} }`;
  return {
    source: text.replaceAll(/ENTER |COUNT /g, ""),
    counting: text.replace("ENTER", "enter();").replaceAll("COUNT", "enter();"),
  };
}

type Recursive = ((n: number, a: number, b: number) => number) & Disposable;

const mostEntries = 20_000;

/** The answer, and how many entries and turns it took; undefined if too many. */
function runModel({ counting }: Program, args: Parameters<Recursive>): { answer: number; count: number } | undefined {
  let count = 0;
  const enter = (): void => {
    if (++count > mostEntries) throw new RangeError("too many");
  };
  const f = new Function("enter", `return ${counting}`)(enter) as (...args: Parameters<Recursive>) => number; // text of ours
  try {
    return { answer: f(...args), count };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const trapOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TrapError) return error.trap;
    throw error;
  }
  return "none";
};

test("a trap tells of each call, although one does the work of several", () => {
  using f = compile("function f(xs, n) { return n < 1 ? xs[100] : f(xs, n - 1) + 1; }", {
    types: { xs: "Float64Array" },
  });
  for (const n of [0, 1, 6, 23]) {
    let trap: unknown;
    try {
      (f as unknown as (xs: Float64Array, n: number) => number)(new Float64Array(3), n); // its parameters
    } catch (error) {
      trap = error;
    }
    if (!(trap instanceof TrapError)) throw trap ?? new Error("no trap");
    const [first, ...others] = trap.functions;
    expect(trap.functions.map(({ name }) => name)).toEqual(n === 0 ? [] : new Array(n + 1).fill("f"));
    expect(trap.span).toEqual({ start: 35, end: 42 });
    if (n > 0) expect(first?.span).toEqual({ start: 35, end: 42 });
    for (const { span } of others) expect(span).toEqual({ start: 45, end: 57 });
  }
});

test(
  "recursive functions give what JavaScript gives, and count what they do",
  () => {
    let compared = 0;
    for (let run = 0; run < runs; run++) {
      const random = randomNumbers(Math.imul(seed + run, 0x9e3779b1));
      const program = makeProgram(random);
      for (const [n, a, b] of [
        [0, 3, 4],
        [3 + random(4), random(10), 0 - random(5)],
        [6 + random(6), 0.5, 1e6],
      ] as const) {
        const args: Parameters<Recursive> = [n, a, b];
        const expected = runModel(program, args);
        if (expected === undefined) continue;
        compared++;
        const place = `seed ${seed + run}: ${program.source} of ${args}`;
        using f = compile(program.source, { maxIterations: expected.count, verify: true }) as unknown as Recursive; // three numbers to one
        expect(f(...args), place).toBe(expected.answer);
        expect(f(...args), place).toBe(expected.answer); // the fuel is as it was
        using tight = compile(program.source, {
          maxIterations: Math.max(1, expected.count - 1),
        }) as unknown as Recursive; // as above
        if (expected.count > 1)
          expect(
            trapOf(() => tight(...args)),
            place,
          ).toBe("iteration-limit");
      }
    }
    expect(compared).toBeGreaterThan(runs);
  },
  60_000 + 1_000 * runs,
);
