/**
 * sin cos tan asin acos atan atan2 cbrt hypot erf erfc, with FMA and without, f64 and f32, as machine code: special values as ECMAScript fixes
 * them (section 21.3.2), arguments that lie hardest between or at multiples of pi/2, order, and the error against
 * integers of 420 places on some thousand arguments. Oddness, and interpreter against machine code: functions.test.ts.
 */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { buildMathFunction, type MathName } from "../../src/math/library.ts";
import type { FloatType } from "../../src/math/math-builder.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { canExecute, featuresWithout, machineExecutor } from "../machine-code-runner.ts";
import { errorOf, toReal } from "./reference.ts";
import { trigonometricReference } from "./trigonometric-reference.ts";

const infinity = Number.POSITIVE_INFINITY;
const nan = Number.NaN;
const pi = Math.PI;
const subnormal = 5e-324;
const variants = [true, false].filter((fma) => !fma || nodeHost.cpuFeatures.has("fma"));

type Call = (...args: number[]) => number;
type Name = keyof typeof trigonometricReference;

const view = new DataView(new ArrayBuffer(8));

function machine(name: MathName, type: FloatType, fma: boolean, fastMath = false): Call {
  const fn = buildMathFunction(name, type, { fma, fastMath });
  optimize(fn, { verify: true });
  const execute = machineExecutor(fn, { features: fma ? nodeHost.cpuFeatures : featuresWithout("fma") });
  return (...args) => {
    const result = execute(
      args.map((arg) => {
        view.setBigUint64(0, 0n);
        if (type === "f64") view.setFloat64(0, arg);
        else view.setFloat32(4, arg);
        return view.getBigUint64(0);
      }),
    );
    view.setBigUint64(0, result ?? 0n);
    return type === "f64" ? view.getFloat64(0) : view.getFloat32(4);
  };
}

let state = 0x2545f4914f6cdd1dn;
const random = (): number => {
  state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
  return Number(state >> 11n) * 2 ** -53;
};
const uniform = (from: number, to: number) => (): number => from + (to - from) * random();
/** Both signs, powers of two between the exponents. */
const sizes = (from: number, to: number) => (): number =>
  (random() < 0.5 ? -1 : 1) * (1 + random()) * 2 ** Math.floor(from + (to - from) * random());

/** Arguments and what they give; each result that is not exact is the nearest number to it. */
const specialValues: Partial<Record<MathName, readonly (readonly number[])[]>> = {
  sin: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, nan],
    [-infinity, nan],
    [subnormal, subnormal],
    [-1e-300, -1e-300],
  ],
  cos: [
    [nan, nan],
    [0, 1],
    [-0, 1],
    [infinity, nan],
    [-infinity, nan],
    [subnormal, 1],
    [1e-9, 1],
  ],
  tan: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, nan],
    [-infinity, nan],
    [subnormal, subnormal],
    [-1e-300, -1e-300],
  ],
  asin: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [1, pi / 2],
    [-1, -pi / 2],
    [1 + 2 ** -23, nan],
    [-1.5, nan],
    [infinity, nan],
    [-infinity, nan],
    [subnormal, subnormal],
  ],
  acos: [
    [nan, nan],
    [1, 0],
    [0, pi / 2],
    [-0, pi / 2],
    [-1, pi],
    [1 + 2 ** -23, nan],
    [-1.5, nan],
    [infinity, nan],
    [-infinity, nan],
  ],
  atan: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, pi / 2],
    [-infinity, -pi / 2],
    [1e300, pi / 2],
    [1, pi / 4],
    [-1, -pi / 4],
    [subnormal, subnormal],
  ],
  atan2: [
    [nan, 1, nan],
    [1, nan, nan],
    [nan, infinity, nan],
    [infinity, nan, nan],
    [0, nan, nan],
    [nan, 0, nan],
    [0, 0, 0],
    [0, -0, pi],
    [-0, 0, -0],
    [-0, -0, -pi],
    [0, 1, 0],
    [0, -1, pi],
    [-0, 1, -0],
    [-0, -1, -pi],
    [1, 0, pi / 2],
    [1, -0, pi / 2],
    [-1, 0, -pi / 2],
    [-1, -0, -pi / 2],
    [1, infinity, 0],
    [1, -infinity, pi],
    [-1, infinity, -0],
    [-1, -infinity, -pi],
    [infinity, 1, pi / 2],
    [infinity, -1, pi / 2],
    [-infinity, 1, -pi / 2],
    [0, infinity, 0],
    [-0, -infinity, -pi],
    [infinity, 0, pi / 2],
    [infinity, infinity, pi / 4],
    [infinity, -infinity, (3 * pi) / 4],
    [-infinity, infinity, -pi / 4],
    [-infinity, -infinity, (-3 * pi) / 4],
    [1e308, 1e308, pi / 4],
    [subnormal, subnormal, pi / 4],
    [subnormal, -subnormal, (3 * pi) / 4],
    [1e308, subnormal, pi / 2],
    [subnormal, 1e308, 0],
    [-subnormal, -1e308, -pi],
  ],
  cbrt: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, infinity],
    [-infinity, -infinity],
    [27, 3],
    [-8, -2],
    [1e-300, 1e-100],
    [2 ** -1074, 2 ** -358],
    [-(2 ** 1023), -(2 ** 341)],
  ],
  hypot: [
    [3, 4, 5],
    [-3, 4, 5],
    [nan, 1, nan],
    [1, nan, nan],
    [nan, infinity, infinity],
    [-infinity, nan, infinity],
    [infinity, infinity, infinity],
    [0, 0, 0],
    [-0, -0, 0],
    [-0, 1, 1],
    [3e-320, 4e-320, 5e-320],
    [3 * 2 ** 1000, 4 * 2 ** 1000, 5 * 2 ** 1000],
    [1.7e308, 1.7e308, infinity],
    [1e300, 1e-300, 1e300],
  ],
  erf: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, 1],
    [-infinity, -1],
    [6, 1],
    [-1e300, -1],
  ],
  erfc: [
    [nan, nan],
    [0, 1],
    [-0, 1],
    [infinity, 0],
    [-infinity, 2],
    [-1e300, 2],
    [28, 0],
    [1e300, 0],
    [subnormal, 1],
  ],
};

describe.skipIf(!canExecute)("special values (no x86-64 CPU: skipped)", () => {
  for (const fma of variants)
    it.each(Object.entries(specialValues))(`%s, ${fma ? "with" : "without"} FMA`, (name, table) => {
      const call = machine(name as MathName, "f64", fma); // a key of the table
      const single = machine(name as MathName, "f32", fma); // as above
      for (const row of table) {
        const args = row.slice(0, -1);
        const expected = row.at(-1) ?? nan;
        expect(call(...args), `${name}(${args.join(", ")})`).toBe(expected);
        if (args.every((arg) => Object.is(Math.fround(arg), arg)))
          expect(single(...args), `${name}f(${args.join(", ")})`).toBe(Math.fround(expected));
      }
    });
});

/** Numbers next to multiples of pi/2 for their exponents, from its continued fraction; the first is the nearest of all f64. */
const nearMultiples = [
  6381956970095103 * 2 ** 797,
  pi / 2,
  pi,
  (3 * pi) / 2,
  2 * pi,
  355,
  710,
  355 / 2,
  1e22,
  1e300,
  Number.MAX_VALUE,
  2 ** 22,
  2 ** 22 - 2 ** -30,
  4194303.5,
  2 ** 40,
  2 ** 40 - 2 ** -13,
  2 ** 18,
  2 ** 18 - 2 ** -6,
  1647099.5,
  2549171.25,
  5419351,
  80143857,
  5706674932067741 * 2 ** 4,
];

interface Plan {
  readonly name: Name;
  readonly first: readonly (() => number)[];
  readonly second?: readonly (() => number)[];
  /** ULP, for f64 and f32. */
  readonly bound: number;
}

const small = sizes(-30, 4);
const plans: readonly Plan[] = [
  {
    name: "sin",
    first: [uniform(-2, 2), uniform(-100, 100), small, sizes(10, 23), sizes(22, 41), sizes(22, 1023)],
    bound: 0.87,
  },
  {
    name: "cos",
    first: [uniform(-2, 2), uniform(-100, 100), small, sizes(10, 23), sizes(22, 41), sizes(22, 1023)],
    bound: 0.95,
  },
  {
    name: "tan",
    first: [uniform(-2, 2), uniform(-100, 100), small, sizes(10, 23), sizes(22, 41), sizes(22, 1023)],
    bound: 0.95,
  },
  { name: "asin", first: [uniform(-1, 1), uniform(0.45, 0.6), sizes(-30, -1)], bound: 0.8 },
  { name: "acos", first: [uniform(-1, 1), uniform(0.45, 0.6), () => 1 - Math.abs(sizes(-50, -2)())], bound: 0.8 },
  { name: "atan", first: [uniform(-3, 3), uniform(0.4, 0.6), sizes(-30, 40)], bound: 0.85 },
  {
    name: "atan2",
    first: [uniform(-1, 1), sizes(-20, 20), sizes(900, 1022)],
    second: [uniform(-1, 1), sizes(-20, 20), sizes(900, 1022)],
    bound: 0.87,
  },
  { name: "cbrt", first: [uniform(-10, 10), sizes(-200, 1023)], bound: 0.52 },
  {
    name: "hypot",
    first: [uniform(-1, 1), sizes(-20, 20), sizes(900, 1022)],
    second: [uniform(-1, 1), sizes(-20, 20), sizes(900, 1022)],
    bound: 0.55,
  },
  { name: "erf", first: [uniform(-1, 1), uniform(-6, 6), uniform(0.75, 0.9), sizes(-30, 1)], bound: 0.95 },
  { name: "erfc", first: [uniform(-1, 1), uniform(-6, 9), sizes(-30, 1)], bound: 0.99 },
];

describe.skipIf(!canExecute)("error (no x86-64 CPU: skipped)", () => {
  for (const fastMath of [false, true])
    for (const fma of variants)
      it.each(plans)(
        `of $name${fastMath ? " with fastMath" : ""}, ${fma ? "with" : "without"} FMA`,
        (plan) => {
          for (const type of ["f64", "f32"] as const) {
            const call = machine(plan.name, type, fma, fastMath);
            const exactly = trigonometricReference[plan.name];
            const bound = fastMath ? 4 : plan.bound;
            const measure = (...given: number[]) => {
              const args = type === "f32" ? given.map(Math.fround) : given;
              if (!args.every(Number.isFinite)) return;
              const result = call(...args);
              const [x = 0n, y = 0n] = args.map(toReal);
              const exact = exactly(x, y);
              // Where f32 has only an infinity left, or its subnormal numbers, which round twice, nothing is measured.
              const size = Math.abs(result);
              if (type === "f32" && !(size < 3e38 && size > 1.2e-38)) return;
              if (!(size < infinity)) expect.fail(`${plan.name}(${args.join(", ")}) is ${result}`);
              const error = errorOf(result, exact, type);
              if (!(error <= bound))
                expect.fail(`${plan.name} ${type} (${args.join(", ")}): ${result} is ${error} ULP off`);
            };
            for (const [index, next] of plan.first.entries())
              for (let k = 0; k < 60; k++) measure(next(), plan.second?.[index]?.() ?? 0);
            if (plan.name === "sin" || plan.name === "cos" || plan.name === "tan")
              for (const near of nearMultiples)
                for (const sign of [1, -1]) for (const factor of [1, 0.5, 2]) measure(sign * near * factor);
          }
        },
        60_000,
      );
});

describe.skipIf(!canExecute)("tails (no x86-64 CPU: skipped)", () => {
  // By mpmath at 1,600 bits.
  const tails: readonly (readonly [MathName, number, number])[] = [
    ["erfc", 9.5, 3.7692144856548797e-41],
    ["erfc", 12.25, 3.09412674054021e-67],
    ["erfc", 20.7, 2.2085481102488885e-188],
    ["erfc", 25.1, 5.5149401896856385e-276],
    ["erfc", 25.99, 9.528353049116707e-296],
    ["erfc", 26.0, 5.663192408856143e-296],
    ["erfc", 26.241681947234824, 1.8437523164031475e-301], // 1.004 ULP off with one pair less
    ["erfc", 26.25, 1.191076770672623e-301],
    ["erfc", 26.5, 2.2109076642637343e-307],
    ["erfc", 26.54325847, 2.2250719968930126e-308],
    ["erfc", 26.6, 1.088512588544227e-309],
    ["erfc", 26.9, 1.1522406e-316],
    ["erfc", 27.1, 2.33e-321],
    ["erfc", 27.2, 1e-323],
    ["erfc", 27.225, 5e-324],
    ["erfc", 27.2260169, 5e-324],
    ["sin", 6381956970095103 * 2 ** 797, 1.0],
    ["cos", 6381956970095103 * 2 ** 797, -4.687165924254628e-19],
    ["tan", 6381956970095103 * 2 ** 797, -2.133485385753704e18],
  ];
  it.each(variants)("erf and erfc where searches found 1.016 and 1.000 ULP; FMA: %s", (fma) => {
    // By MPFR -0.742781842093511499951… and 3.91433102124101215892…e-295
    expect(machine("erf", "f64", fma)(-0.8011454085059785)).toBe(-0.7427818420935115);
    expect(machine("erfc", "f64", fma)(25.96282317122595)).toBe(3.914331021241012e-295);
  });

  it.each(variants)("erfc to its last subnormal numbers, sin of the worst argument; FMA: %s", (fma) => {
    for (const [name, x, expected] of tails) {
      const result = machine(name, "f64", fma)(x);
      const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(expected))) - 52), 2 ** -1074);
      expect(Math.abs(result - expected), `${name}(${x}) = ${result}`).toBeLessThanOrEqual(unit);
    }
  });
});

describe.skipIf(!canExecute)("order (no x86-64 CPU: skipped)", () => {
  const rising: readonly (readonly [MathName, number, number, 1 | -1])[] = [
    ["sin", -pi / 2, pi / 2, 1],
    ["cos", 0, pi, -1],
    ["tan", -1.57, 1.57, 1],
    ["asin", -1, 1, 1],
    ["acos", -1, 1, -1],
    ["atan", -10, 10, 1],
    ["cbrt", -100, 100, 1],
    ["erf", -5, 5, 1],
    ["erfc", -5, 26, -1],
  ];
  it.each(rising)("%s from %d to %d", (name, from, to, direction) => {
    for (const fma of variants) {
      const call = machine(name, "f64", fma);
      const points = Array.from({ length: 3000 }, uniform(from, to)).sort((a, b) => a - b);
      // Where pieces meet, points lie close.
      for (const meeting of [0.5, -0.5, 2, 7 / 16, -7 / 16, 26])
        if (meeting > from && meeting < to) for (let k = -20; k <= 20; k++) points.push(meeting + k * 2 ** -45);
      points.sort((a, b) => a - b);
      let last = -direction * infinity;
      for (const x of points) {
        const value = call(x);
        if ((value - last) * direction < 0) expect.fail(`${name} turns at ${x}: ${last}, ${value}`);
        last = value;
      }
    }
  });
});
