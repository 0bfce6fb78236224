/**
 * Properties that hold beyond the error bound, f64 and f32, with FMA and without: order at the seams, where the reduction goes from one number to the next or a
 * function from one form to another, and a difference of two roundings would show; symmetries to the bit; and bounds that no result passes.
 */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { buildMathFunction, type MathName } from "../../src/math/library.ts";
import type { FloatType } from "../../src/math/math-builder.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { canExecute, featuresWithout, machineExecutor } from "../machine-code-runner.ts";

const types: readonly FloatType[] = ["f64", "f32"];
const variants = [true, false].filter((fma) => !fma || nodeHost.cpuFeatures.has("fma"));
const view = new DataView(new ArrayBuffer(8));

/** The bits of a number of the type, as the executor takes and gives them. */
function bitsOf(type: FloatType, value: number): bigint {
  if (type === "f64") view.setFloat64(0, value);
  else view.setFloat32(0, value);
  return type === "f64" ? view.getBigUint64(0) : BigInt(view.getUint32(0));
}

function fromBits(type: FloatType, bits: bigint): number {
  if (type === "f64") view.setBigUint64(0, bits);
  else view.setUint32(0, Number(bits));
  return type === "f64" ? view.getFloat64(0) : view.getFloat32(0);
}

/** Place in the order of all numbers of the type: neighbours differ by 1. */
function place(type: FloatType, value: number): bigint {
  const bits = bitsOf(type, value);
  const sign = type === "f64" ? 1n << 63n : 1n << 31n;
  return bits >= sign ? sign - bits : bits;
}

function neighbour(type: FloatType, value: number, steps: number): number {
  const sign = type === "f64" ? 1n << 63n : 1n << 31n;
  const moved = place(type, value) + BigInt(steps);
  return fromBits(type, moved < 0n ? sign - moved : moved);
}

function machine(name: MathName, type: FloatType, fma: boolean, fastMath = false): (...args: number[]) => number {
  const fn = buildMathFunction(name, type, { fma, fastMath });
  optimize(fn, { verify: true });
  const execute = machineExecutor(fn, { features: fma ? nodeHost.cpuFeatures : featuresWithout("fma") });
  return (...args) => fromBits(type, execute(args.map((arg) => bitsOf(type, arg))) ?? 0n);
}

let state = 0x8a5cd789635d2dffn;
const random = (): number => {
  state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
  return Number(state >> 11n) * 2 ** -53;
};

const halves = (step: number, most: number) => (): number => (Math.round(2 * (random() - 0.5) * most) / 2) * step;
const among =
  (...values: readonly number[]) =>
  (): number =>
    values[Math.floor(random() * values.length)] ?? 0;
const rootOfHalf = (most: number) => (): number => Math.SQRT1_2 * 2 ** Math.round((random() - 0.5) * 2 * most);

/** Functions that rise (1) or fall (-1), and where their seams are. */
const seams: readonly (readonly [MathName, 1 | -1, () => number])[] = [
  ["exp", 1, halves(Math.LN2, 240)],
  ["exp2", 1, halves(1, 240)],
  ["exp10", 1, halves(Math.log10(2), 240)],
  ["expm1", 1, halves(Math.LN2, 240)],
  ["log", 1, rootOfHalf(120)],
  ["log2", 1, rootOfHalf(120)],
  ["log10", 1, rootOfHalf(120)],
  ["log1p", 1, () => Math.SQRT1_2 * 2 ** Math.round(random() * 50) - 1],
  ["sinh", 1, halves(Math.LN2, 200)],
  ["tanh", 1, () => halves(Math.LN2 / 2, 50)() + 0.00693],
  ["asinh", 1, () => Math.sinh(halves(Math.LN2, 60)())],
  ["acosh", 1, () => Math.cosh(halves(Math.LN2, 60)())],
  ["atanh", 1, () => Math.tanh(halves(Math.LN2 / 2, 16)())],
  ["asin", 1, among(0.5, -0.5)],
  ["acos", -1, among(0.5, -0.5)],
  ["atan", 1, among(0.5, 2, 1, -0.5, -2, 2 ** 100)],
  ["cbrt", 1, () => 2 ** Math.round((random() - 0.5) * 200)],
  ["erf", 1, among(51 / 64, 27 / 32, 3.9, -51 / 64)],
  ["erfc", -1, among(7 / 16, -7 / 16, 1, 2, 9.2, -3)],
];

describe.skipIf(!canExecute)("order at the seams (no x86-64 CPU: skipped)", () => {
  for (const fma of variants)
    it.each(seams)(`of %s, ${fma ? "with" : "without"} FMA`, (name, direction, seam) => {
      // Two results that are each within a unit fall by less than two; without FMA that is all that is promised.
      const most = fma ? 0n : 1n;
      for (const type of types) {
        const call = machine(name, type, fma);
        for (let k = 0; k < 10; k++) {
          const middle = type === "f32" ? Math.fround(seam()) : seam();
          let last: bigint | undefined;
          for (let step = -16; step <= 16; step++) {
            const x = neighbour(type, middle, step);
            const result = call(x);
            if (!Number.isFinite(result)) continue;
            const at = BigInt(direction) * place(type, result);
            if (last !== undefined && last - at > most)
              expect.fail(`${name} ${type} turns at ${x}, by ${last - at} units`);
            last = at;
          }
        }
      }
    });
});

/** Any sign, any exponent. */
const anyNumber = (type: FloatType): number => {
  const bits = BigInt.asUintN(64, state);
  random();
  return fromBits(type, type === "f64" ? bits : bits >> 32n);
};

const odd: readonly MathName[] = ["sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "cbrt", "erf"];

describe.skipIf(!canExecute)("symmetries to the bit (no x86-64 CPU: skipped)", () => {
  for (const fastMath of [false, true])
    for (const fma of variants) {
      const how = `${fastMath ? "fastMath, " : ""}${fma ? "with" : "without"} FMA`;
      const check = (name: MathName, type: FloatType, args: number[], found: number, expected: number): void => {
        if (!Object.is(found, expected)) expect.fail(`${name} ${type} (${args.join(", ")}): ${found}, not ${expected}`);
      };

      it.each(odd)(`%s is odd: ${how}`, (name) => {
        for (const type of types) {
          const call = machine(name, type, fma, fastMath);
          for (let k = 0; k < 150; k++) {
            const x = k % 2 === 0 ? anyNumber(type) : Math.fround(4 * random());
            check(name, type, [x], call(-x), -call(x));
          }
        }
      });

      it.each(["cos", "cosh"] as const)(`%s is even: ${how}`, (name) => {
        for (const type of types) {
          const call = machine(name, type, fma, fastMath);
          for (let k = 0; k < 150; k++) {
            const x = k % 2 === 0 ? anyNumber(type) : Math.fround(4 * random());
            check(name, type, [x], call(-x), call(x));
          }
        }
      });

      it(`atan2 is odd in y, hypot takes its arguments in any order and sign: ${how}`, () => {
        for (const type of types) {
          const angle = machine("atan2", type, fma, fastMath);
          const length = machine("hypot", type, fma, fastMath);
          for (let k = 0; k < 300; k++) {
            const near = k % 2 === 0;
            const x = near ? Math.fround(4 * random() - 2) : anyNumber(type);
            const y = near ? Math.fround(4 * random() - 2) : anyNumber(type);
            check("atan2", type, [y, x], angle(-y, x), -angle(y, x));
            check("hypot", type, [x, y], length(y, x), length(x, y));
            check("hypot", type, [x, y], length(-x, y), length(x, y));
          }
        }
      });
    }
});

/** Results lie between these, of f32 between the nearest numbers to them. */
const bounds: readonly (readonly [MathName, number, number, () => number])[] = [
  ["sin", -1, 1, () => (Math.round(200 * random()) + 0.5) * Math.PI],
  ["cos", -1, 1, () => Math.round(200 * random()) * Math.PI],
  ["asin", -Math.PI / 2, Math.PI / 2, among(1, -1)],
  ["acos", 0, Math.PI, among(1, -1)],
  ["atan", -Math.PI / 2, Math.PI / 2, among(1e9, 1e17, -1e17, 1e30, 2 ** 54)],
  ["tanh", -1, 1, among(9, 18.5, 19, -19, 9.01)],
  ["erf", -1, 1, among(3.8, 3.9, 5.8, 5.9, -5.9)],
  ["erfc", 0, 2, among(-3.8, -5.8, -6, 27, 10)],
  ["cosh", 1, Number.POSITIVE_INFINITY, among(0, 1e-9, 1e-4, 1e-3)],
  ["exp", 0, 1, among(-1e-17, -1e-9, -1e-3, -745)],
  ["expm1", -1, 0, among(-17, -20, -37, -38, -1e-9)],
  ["log", 0, Number.POSITIVE_INFINITY, among(1.0001, 1.5)],
  ["acosh", 0, Number.POSITIVE_INFINITY, among(1.00001)],
];

describe.skipIf(!canExecute)("bounds (no x86-64 CPU: skipped)", () => {
  for (const fma of variants)
    it.each(bounds)(`of %s: from %d to %d, ${fma ? "with" : "without"} FMA`, (name, from, to, about) => {
      for (const type of types) {
        const call = machine(name, type, fma);
        const [least, most] = type === "f32" ? [Math.fround(from), Math.fround(to)] : [from, to];
        for (let k = 0; k < 8; k++) {
          const middle = type === "f32" ? Math.fround(about()) : about();
          for (let step = -12; step <= 12; step++) {
            const x = neighbour(type, middle, step);
            const result = call(x);
            if (result < least || result > most) expect.fail(`${name} ${type} of ${x} is ${result}`);
          }
        }
      }
    });
});
