/**
 * The mathematical functions, with FMA and without, f64 and f32: special values as ECMAScript fixes them (section 21.3.2), the interpreter and
 * machine code to the bit, symmetries, order, and the error against integers of 420 places (reference.ts) on a few thousand arguments.
 * `npm run accuracy` measures far more of them against MPFR.
 */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { buildMathFunction, type MathName, mathNames } from "../../src/math/library.ts";
import type { FloatType } from "../../src/math/math-builder.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { canExecute, featuresWithout, machineExecutor } from "../machine-code-runner.ts";
import { errorOf, reference, toReal } from "./reference.ts";

const infinity = Number.POSITIVE_INFINITY;
const nan = Number.NaN;
const twoArguments: ReadonlySet<MathName> = new Set<MathName>(["pow", "atan2", "hypot"]);

type Call = (...args: number[]) => number;

const view = new DataView(new ArrayBuffer(8));

/** A function as machine code, on numbers. */
function machine(name: MathName, type: FloatType, fma: boolean, fastMath = false): Call {
  const fn = buildMathFunction(name, type, { fma, fastMath });
  optimize(fn, { verify: true });
  const execute = machineExecutor(fn, { features: fma ? nodeHost.cpuFeatures : featuresWithout("fma") });
  if (type === "f64")
    return (...args) => {
      const bits = execute(
        args.map((arg) => {
          view.setFloat64(0, arg);
          return view.getBigUint64(0);
        }),
      );
      view.setBigUint64(0, bits ?? 0n);
      return view.getFloat64(0);
    };
  return (...args) => {
    const bits = execute(
      args.map((arg) => {
        view.setFloat32(0, arg);
        return BigInt(view.getUint32(0));
      }),
    );
    view.setUint32(0, Number(bits ?? 0n));
    return view.getFloat32(0);
  };
}

let state = 0x9e3779b97f4a7c15n;
const random = (): number => {
  state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
  return Number(state >> 11n) * 2 ** -53;
};
const uniform = (from: number, to: number) => (): number => from + (to - from) * random();
/** Both signs, all sizes between. */
const sizes = (from: number, to: number) => (): number =>
  (random() < 0.5 ? -1 : 1) * Math.exp(Math.log(from) + (Math.log(to) - Math.log(from)) * random());
const positive = (from: number, to: number) => (): number => Math.abs(sizes(from, to)());

const subnormal = 5e-324;
const variants = [true, false].filter((fma) => !fma || nodeHost.cpuFeatures.has("fma"));

/** Arguments and what they give, for f64. */
const specialValues: Partial<Record<MathName, readonly (readonly number[])[]>> = {
  exp: [
    [nan, nan],
    [0, 1],
    [-0, 1],
    [infinity, infinity],
    [-infinity, 0],
    [710, infinity],
    [-746, 0],
    [1e308, infinity],
    [-1e308, 0],
    [709.782712893384, 1.7976931348622732e308],
    [709.7827128933841, infinity],
    [-745.1332191019411, subnormal],
    [-745.1332191019412, 0],
  ],
  exp2: [
    [nan, nan],
    [0, 1],
    [-0, 1],
    [infinity, infinity],
    [-infinity, 0],
    [1023, 2 ** 1023],
    [1024, infinity],
    [-1074, subnormal],
    [-1075, 0],
    [-1022, 2 ** -1022],
    [10, 1024],
  ],
  exp10: [
    [nan, nan],
    [0, 1],
    [-0, 1],
    [infinity, infinity],
    [-infinity, 0],
    [3, 1000],
    [15, 1e15],
    [22, 1e22],
    [309, infinity],
    [-324, 0],
    [-1, 0.1],
  ],
  expm1: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, infinity],
    [-infinity, -1],
    [-1000, -1],
    [710, infinity],
    [subnormal, subnormal],
    [-subnormal, -subnormal],
    [1e-300, 1e-300],
  ],
  log: [
    [nan, nan],
    [-1, nan],
    [-subnormal, nan],
    [-infinity, nan],
    [0, -infinity],
    [-0, -infinity],
    [1, 0],
    [infinity, infinity],
    [subnormal, -744.4400719213812],
  ],
  log2: [
    [nan, nan],
    [-1, nan],
    [-infinity, nan],
    [0, -infinity],
    [-0, -infinity],
    [1, 0],
    [infinity, infinity],
    [subnormal, -1074],
    [8, 3],
    [2 ** -1022, -1022],
    [2 ** 1023, 1023],
  ],
  log10: [
    [nan, nan],
    [-1, nan],
    [-infinity, nan],
    [0, -infinity],
    [-0, -infinity],
    [1, 0],
    [infinity, infinity],
    [1000, 3],
    [1e15, 15],
    [1e22, 22],
  ],
  log1p: [
    [nan, nan],
    [-2, nan],
    [-infinity, nan],
    [-1, -infinity],
    [0, 0],
    [-0, -0],
    [infinity, infinity],
    [subnormal, subnormal],
    [-subnormal, -subnormal],
  ],
  sinh: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, infinity],
    [-infinity, -infinity],
    [711, infinity],
    [-711, -infinity],
    [subnormal, subnormal],
    [-subnormal, -subnormal],
  ],
  cosh: [
    [nan, nan],
    [0, 1],
    [-0, 1],
    [infinity, infinity],
    [-infinity, infinity],
    [711, infinity],
    [-711, infinity],
  ],
  tanh: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, 1],
    [-infinity, -1],
    [30, 1],
    [-30, -1],
    [subnormal, subnormal],
    [-subnormal, -subnormal],
  ],
  asinh: [
    [nan, nan],
    [0, 0],
    [-0, -0],
    [infinity, infinity],
    [-infinity, -infinity],
    [subnormal, subnormal],
    [-1e-300, -1e-300],
  ],
  acosh: [
    [nan, nan],
    [0.5, nan],
    [-1, nan],
    [-infinity, nan],
    [1, 0],
    [infinity, infinity],
  ],
  atanh: [
    [nan, nan],
    [-1.5, nan],
    [1.5, nan],
    [infinity, nan],
    [-1, -infinity],
    [1, infinity],
    [0, 0],
    [-0, -0],
    [subnormal, subnormal],
  ],
  pow: [
    [2, nan, nan],
    [nan, 0, 1],
    [nan, -0, 1],
    [0, 0, 1],
    [infinity, 0, 1],
    [nan, 1, nan],
    [nan, -1, nan],
    [1, nan, nan],
    [infinity, 0.5, infinity],
    [infinity, -0.5, 0],
    [-infinity, 3, -infinity],
    [-infinity, 2, infinity],
    [-infinity, 0.5, infinity],
    [-infinity, -3, -0],
    [-infinity, -2, 0],
    [-infinity, -0.5, 0],
    [0, 1, 0],
    [0, -1, infinity],
    [-0, 3, -0],
    [-0, 2, 0],
    [-0, 0.5, 0],
    [-0, -3, -infinity],
    [-0, -2, infinity],
    [-0, -0.5, infinity],
    [-0, infinity, 0],
    [-0, -infinity, infinity],
    [2, infinity, infinity],
    [-2, infinity, infinity],
    [1, infinity, nan],
    [-1, infinity, nan],
    [0.5, infinity, 0],
    [-0.5, infinity, 0],
    [2, -infinity, 0],
    [1, -infinity, nan],
    [-1, -infinity, nan],
    [0.5, -infinity, infinity],
    [-8, 1 / 3, nan],
    [-8, 3, -512],
    [-8, 2, 64],
    [-1, 2 ** 53, 1],
    [-1, 2 ** 53 - 1, -1],
    [2, 1023, 2 ** 1023],
    [2, 1024, infinity],
    [2, -1074, subnormal],
    [2, -1075, 0],
    [-2, 1025, -infinity],
    [10, 22, 1e22],
    [3, 4, 81],
    [5, -1, 0.2],
    [subnormal, 1, subnormal],
    [subnormal, -1, infinity],
    [-2, -1074, subnormal],
    [1, 1e308, 1],
    [-1, 1e308, 1],
    [1 + 2 ** -52, 1e300, infinity],
    [1 - 2 ** -53, 1e300, 0],
    [4, 0.5, 2],
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
        // Where f32 holds the arguments, so it is of f32; what over- or underflows there does not concern this table.
        if (args.every((arg) => Object.is(Math.fround(arg), arg)) && !(Math.abs(expected) < 1e-30))
          expect(single(...args), `${name}f(${args.join(", ")})`).toBe(Math.fround(expected));
      }
    });
});

describe.skipIf(!canExecute)("edges of f32 (no x86-64 CPU: skipped)", () => {
  const most = 3.4028234663852886e38;
  const least = 2 ** -149;
  const edges: readonly (readonly [MathName, readonly number[]])[] = [
    ["exp10", [38.53183746337891, 3.40280805175399e38]],
    ["exp10", [38.531841278076172, infinity]],
    ["exp10", [-45, least]],
    ["exp10", [-46, 0]],
    ["expm1", [89, infinity]],
    ["expm1", [-20, -1]],
    ["expm1", [least, least]],
    ["sinh", [89.5, infinity]],
    ["sinh", [-89.5, -infinity]],
    ["sinh", [-least, -least]],
    ["cosh", [89.5, infinity]],
    ["cosh", [least, 1]],
    ["tanh", [9.1, 1]],
    ["tanh", [-most, -1]],
    ["tanh", [-least, -least]],
    ["log2", [least, -149]],
    ["log2", [2 ** 127, 127]],
    ["log10", [1e10, 10]],
    ["log1p", [least, least]],
    ["log1p", [-1, -infinity]],
    ["asinh", [most, Math.fround(Math.asinh(most))]],
    ["acosh", [most, Math.fround(Math.acosh(most))]],
    ["atanh", [-least, -least]],
    ["atanh", [1, infinity]],
    ["erf", [4, 1]],
    ["erfc", [10, least]],
    ["erfc", [10.06, 0]],
    ["erfc", [-4, 2]],
    ["pow", [2, 127, 2 ** 127]],
    ["pow", [2, 128, infinity]],
    ["pow", [2, -149, least]],
    ["pow", [2, -151, 0]],
    ["pow", [-2, 127, -(2 ** 127)]],
    ["pow", [least, 1, least]],
    ["pow", [-least, -1, -infinity]],
    ["pow", [most, 1, most]],
    ["pow", [-most, 3, -infinity]],
    ["pow", [-most, -5, -0]],
    ["pow", [-1, 16777216, 1]],
    ["pow", [-1, 16777215, -1]],
    ["pow", [1, most, 1]],
  ];
  for (const fma of variants)
    it.each(edges)(`%s of %j, ${fma ? "with" : "without"} FMA`, (name, row) => {
      const expected = row.at(-1) ?? nan;
      expect(machine(name, "f32", fma)(...row.slice(0, -1))).toBe(expected);
    });
});

describe.skipIf(!canExecute)("machine code and interpreter (no x86-64 CPU: skipped)", () => {
  const interesting = [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    -3.7,
    710,
    -745.2,
    1e-310,
    1e300,
    -1e22,
    infinity,
    -infinity,
    nan,
    0.9999999,
    89,
    -104,
  ];
  for (const fma of variants)
    it.each(mathNames)(`agree to the bit: %s, ${fma ? "with" : "without"} FMA`, (name) => {
      for (const type of ["f64", "f32"] as const) {
        const call = machine(name, type, fma);
        const plain = buildMathFunction(name, type, { fma, fastMath: false });
        const round = (value: number): number => (type === "f32" ? Math.fround(value) : value);
        const args = [
          ...interesting,
          ...Array.from({ length: 40 }, sizes(1e-5, 800)),
          ...Array.from({ length: 10 }, sizes(1e-300, 1e300)),
        ];
        for (const [index, arg] of args.entries()) {
          const row = [
            round(arg),
            ...(twoArguments.has(name) ? [round(args[(index * 7 + 3) % args.length] ?? 0)] : []),
          ];
          const expected = Number(interpret(plain, row));
          const found = call(...row);
          if (!Object.is(found, expected))
            expect.fail(`${name} ${type} (${row.join(", ")}): ${found}, interpreted ${expected}`);
        }
      }
    });
});

const halves: readonly MathName[] = ["sinh", "tanh", "asinh", "atanh", "expm1"];

describe.skipIf(!canExecute)("properties (no x86-64 CPU: skipped)", () => {
  it.each(
    ["sinh", "tanh", "asinh", "atanh", "sin", "tan", "asin", "atan", "cbrt", "erf"].filter((name) =>
      mathNames.includes(name as MathName),
    ),
  )("%s is odd", (name) => {
    for (const type of ["f64", "f32"] as const) {
      const call = machine(name as MathName, type, variants[0] ?? false); // of the list of names
      for (let k = 0; k < 300; k++) {
        const x = Math.fround(sizes(1e-30, 2)());
        expect(call(-x)).toBe(-call(x));
      }
    }
  });

  it.each(["cosh", "cos"].filter((name) => mathNames.includes(name as MathName)))("%s is even", (name) => {
    const call = machine(name as MathName, "f64", variants[0] ?? false); // of the list of names
    for (let k = 0; k < 300; k++) {
      const x = sizes(1e-30, 700)();
      expect(call(-x)).toBe(call(x));
    }
  });

  const rising: readonly (readonly [MathName, number, number])[] = [
    ["exp", -744, 709],
    ["exp2", -1073, 1023],
    ["exp10", -322, 308],
    ["expm1", -35, 709],
    ["log", 1e-9, 1e9],
    ["log2", 1e-9, 1e9],
    ["log10", 1e-9, 1e9],
    ["log1p", -0.999, 1e9],
    ["sinh", -700, 700],
    ["tanh", -15, 15],
    ["asinh", -1e5, 1e5],
    ["acosh", 1, 1e5],
    ["atanh", -0.9999, 0.9999],
  ];
  it.each(rising)("%s rises from %d to %d", (name, from, to) => {
    for (const fma of variants) {
      const call = machine(name, "f64", fma);
      const points = Array.from({ length: 3000 }, uniform(from, to)).sort((a, b) => a - b);
      let last = -infinity;
      for (const x of points) {
        const value = call(x);
        // Neighbouring points may give the same, or be off by a unit each: they are about 2^40 units apart.
        if (value < last) expect.fail(`${name} falls at ${x}: ${last}, ${value}`);
        last = value;
      }
    }
  });

  it.each(halves)("%s of the smallest numbers is they themselves, to a unit", (name) => {
    const call = machine(name, "f64", variants[0] ?? false);
    for (let k = 0; k < 200; k++) {
      const x = sizes(1e-310, 1e-200)();
      expect(call(x)).toBe(x);
    }
  });
});

interface ErrorPlan {
  readonly name: keyof typeof reference;
  /** Where arguments come from, and the second arguments. */
  readonly first: readonly (() => number)[];
  readonly second?: readonly (() => number)[];
}

/** Beside multiples of half a step, where a reduction chooses between two. */
const besideHalves = (step: number, most: number) => (): number =>
  Math.round(uniform(-most, most)()) * step * 0.5 * (1 + (random() - 0.5) * 2 ** -50);

const errorPlans: readonly ErrorPlan[] = [
  { name: "exp", first: [uniform(-1, 1), uniform(-250, 250), sizes(1e-18, 1), besideHalves(Math.LN2, 100)] },
  { name: "exp2", first: [uniform(-1, 1), uniform(-360, 360)] },
  { name: "exp10", first: [uniform(-1, 1), uniform(-100, 100), besideHalves(Math.log10(2), 100)] },
  { name: "expm1", first: [uniform(-1, 1), uniform(-40, 200), sizes(1e-18, 1), besideHalves(Math.LN2, 50)] },
  {
    name: "log",
    first: [uniform(0.7, 1.42), positive(1e-100, 1e100), () => 1 + (random() - 0.5) * 2 ** (-50 * random())],
  },
  { name: "log2", first: [uniform(0.7, 1.42), positive(1e-100, 1e100), uniform(1.4, 1.4143)] },
  { name: "log10", first: [uniform(0.7, 1.42), positive(1e-100, 1e100)] },
  { name: "log1p", first: [uniform(-1, 1), positive(1e-18, 1e100), uniform(0.3, 0.5)] },
  { name: "sinh", first: [uniform(-1, 1), uniform(-200, 200), sizes(1e-18, 1), uniform(17, 20), uniform(7, 9)] },
  { name: "cosh", first: [uniform(-1, 1), uniform(-200, 200)] },
  {
    name: "tanh",
    // The addition theorem's first step, and its last.
    first: [uniform(-1, 1), uniform(-22, 22), sizes(1e-18, 1), uniform(0.17, 0.19), uniform(18, 19.1), uniform(8, 9.1)],
  },
  { name: "asinh", first: [uniform(-1, 1), sizes(1e-18, 1e50), uniform(16380, 16390), uniform(0.2, 0.4)] },
  { name: "acosh", first: [uniform(1, 2), positive(1.0001, 1e50)] },
  { name: "atanh", first: [uniform(-1, 1), sizes(1e-18, 1)] },
  {
    name: "pow",
    first: [uniform(0.1, 10), positive(1e-5, 1e5), uniform(0.999, 1.001)],
    second: [uniform(-3, 3), uniform(-15, 15), uniform(-1e5, 1e5)],
  },
];

describe.skipIf(!canExecute)("errors (no x86-64 CPU: skipped)", () => {
  const each = 150;
  it.each(errorPlans)("$name is within 1 unit in the last place, with fastMath within 4", ({ name, first, second }) => {
    const exactly: (...args: [bigint, bigint]) => bigint = reference[name];
    let count = 0;
    for (const type of ["f64", "f32"] as const)
      for (const fma of variants)
        for (const fastMath of [false, true]) {
          const call = machine(name, type, fma, fastMath);
          const bound = fastMath ? 4 : 1;
          first.forEach((next, index) => {
            for (let k = 0; k < (fastMath ? each / 5 : each); k++) {
              const round = type === "f32" ? Math.fround : (value: number): number => value;
              const x = round(next());
              const y = round(second?.[index]?.() ?? 0);
              const found = second === undefined ? call(x) : call(x, y);
              if (type === "f32" && (!Number.isFinite(found) || Math.abs(found) < 1e-36)) continue; // f32 ends early
              const error = errorOf(found, exactly(toReal(x), toReal(y)), type);
              count++;
              if (!(error <= bound))
                expect.fail(
                  `${name} ${type} of ${x}, ${y} is ${found}, off by ${error}; FMA ${fma}, fastMath ${fastMath}`,
                );
            }
          });
        }
    expect(count).toBeGreaterThan(300);
  });

  it("are seen where they are: the next number is 1 unit off", () => {
    const exact = reference.exp(toReal(0.3));
    expect(errorOf(Math.exp(0.3) + 2 ** -52, exact, "f64")).toBeGreaterThan(0.5);
    expect(errorOf(Math.exp(0.3) + 2 ** -50, exact, "f64")).toBeGreaterThan(3);
  });
});
