/**
 * `fma` against integers of any length, on arguments where a second rounding would show: halfway cases, cancellation, overflow and
 * underflow; and the machine's own instruction against the interpreter, to the bit.
 */
import { describe, expect, it } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { canExecute, machineExecutor } from "../../tests/machine-code-runner.ts";
import { FunctionBuilder } from "./builder.ts";
import type { IrFunction } from "./function.ts";
import { fusedMultiplyAdd, fusedMultiplyAddSingle, roundExact } from "./fused-multiply-add.ts";
import { interpretBits } from "./interpret.ts";

const view = new DataView(new ArrayBuffer(8));
const bitsOf = (value: number): bigint => {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};
const fromBits = (bits: bigint): number => {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
};

/** A finite number as integer * 2^-1074. */
function scaled(value: number): bigint {
  const bits = bitsOf(value);
  const exponent = (bits >> 52n) & 2047n;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}

/** The same by one sum of integers and one search: of all f64, the nearest, the even one of two. */
function byIntegers(a: number, b: number, c: number): number {
  const exact = scaled(a) * scaled(b) + (scaled(c) << 1074n); // * 2^-2148
  if (exact === 0n) return a * b + c;
  const magnitude = exact < 0n ? -exact : exact;
  let low = 0n;
  let high = 0x7ff0000000000000n;
  // As bits, numbers of one sign stand in order; infinity stands for 2^1024.
  const valueAt = (bits: bigint): bigint =>
    (bits === 0x7ff0000000000000n ? 1n << 2098n : scaled(fromBits(bits))) << 1074n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (valueAt(middle) <= magnitude) low = middle;
    else high = middle;
  }
  const below = magnitude - valueAt(low);
  const above = valueAt(high) - magnitude;
  const nearest = below < above || (below === above && (low & 1n) === 0n) ? low : high;
  return fromBits(nearest) * (exact < 0n ? -1 : 1);
}

let seed = 12345n;
const random = (): bigint => {
  seed = BigInt.asUintN(64, seed * 6364136223846793005n + 1442695040888963407n);
  return seed ^ (seed >> 29n);
};
const number = (least: number, most: number): number => {
  const exponent = BigInt(least + 1023 + Number(random() % BigInt(most - least)));
  return fromBits((random() & 0x800fffffffffffffn) | (exponent << 52n));
};

/** Triples whose exact sum stands at, or next to, the middle of two f64; and others. */
function triples(count: number): [number, number, number][] {
  const list: [number, number, number][] = [];
  for (let k = 0; k < count; k++) {
    const a = number(-30, 30);
    const b = number(-30, 30);
    const product = a * b;
    const few = [1, 1.5, 1.25, -1, -1.5][k % 5] ?? 1;
    list.push(
      [a, b, number(-80, 80)],
      [a, b, -product],
      [a, b, product * 2 ** -53 * few],
      [a, b, (-product * few) / 2],
    );
    // Few bits in the factors: halves are frequent.
    const short = Math.trunc(a * 2 ** 20) * 2 ** -20;
    list.push([short, 1 + 2 ** -52, product * 2 ** -54], [short, Math.trunc(b * 64), (a * 2 ** 53) % 4096]);
    list.push([number(-1070, -400), number(-680, -400), number(-1022, -1000)]);
    list.push([fromBits(random() & 0xfffffffffffffn), number(-60, 60), fromBits(random() & 0xfffffffffffffn)]);
    list.push([number(400, 700), number(300, 400), number(900, 1023)]);
  }
  const special = [0, -0, 1, -1, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022, 2 ** 1023, 3];
  for (const a of special) for (const b of special) for (const c of special) list.push([a, b, c]);
  return list;
}

const f32Bits = (value: number): bigint => {
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
};

describe("fma", () => {
  it("rounds the exact result once", () => {
    for (const [a, b, c] of triples(500)) {
      const found = fusedMultiplyAdd(a, b, c);
      const expected = byIntegers(a, b, c);
      if (!Object.is(found, expected)) expect.fail(`fma(${a}, ${b}, ${c}) is ${found}, expected ${expected}`);
    }
  });

  it("of infinities and NaN is what sum and product give", () => {
    const special = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0, 2, -1e308];
    for (const a of special)
      for (const b of special)
        for (const c of special) {
          if (Number.isFinite(a) && Number.isFinite(b) && Number.isFinite(c)) continue;
          expect(fusedMultiplyAdd(a, b, c), `${a} ${b} ${c}`).toBe(
            Number.isFinite(a) && Number.isFinite(b) ? c : a * b + c,
          );
        }
  });

  it("of f32 rounds to f32 once", () => {
    for (const [a, b, c] of triples(500)) {
      const [x, y, z] = [Math.fround(a), Math.fround(b), Math.fround(c)];
      if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(z)) continue;
      const exact = scaled(x) * scaled(y) + (scaled(z) << 1074n);
      // To odd at 60 bits, then to f32: the first rounding keeps the second from seeing a tie that is none.
      const magnitude = exact < 0n ? -exact : exact;
      const drop = BigInt(Math.max(0, magnitude.toString(2).length - 50));
      const kept = magnitude >> drop;
      const odd = kept << drop === magnitude ? kept : kept | 1n;
      const expected = exact === 0n ? x * y + z : Math.fround(roundExact(exact < 0n ? -odd : odd, Number(drop) - 2148));
      const found = fusedMultiplyAddSingle(x, y, z);
      if (!Object.is(found, expected)) expect.fail(`fma(${x}, ${y}, ${z}) is ${found}, expected ${expected}`);
    }
  });
});

describe.skipIf(!canExecute || !nodeHost.cpuFeatures.has("fma"))("the machine's fma (no FMA: skipped)", () => {
  const withSigns = (type: "f64" | "f32", signs: number) => (): IrFunction => {
    const builder = new FunctionBuilder("fused", [type, type, type], type);
    const operands = [0, 1, 2].map((index) => {
      const parameter = builder.parameter(index);
      return (signs >> index) % 2 === 1 ? builder.emit("fneg", parameter) : parameter;
    });
    builder.return(builder.emit("fma", ...operands));
    return builder.function;
  };
  for (const type of ["f64", "f32"] as const)
    it(`gives the interpreter's bits for ${type}, with every combination of signs`, () => {
      for (let signs = 0; signs < 8; signs++) {
        const build = withSigns(type, signs);
        const execute = machineExecutor(build());
        const plain = build();
        for (const triple of triples(signs === 0 ? 300 : 20)) {
          const args = triple.map(type === "f64" ? bitsOf : f32Bits);
          const found = execute(args);
          const expected = interpretBits(plain, args);
          const isNotNumber = (bits: bigint | undefined): boolean =>
            bits !== undefined &&
            (bits & (type === "f64" ? 0x7fffffffffffffffn : 0x7fffffffn)) >
              (type === "f64" ? 0x7ff0000000000000n : 0x7f800000n);
          if (found !== expected && !(isNotNumber(found) && isNotNumber(expected)))
            expect.fail(
              `${triple.join(" ")}, signs ${signs}: ${found?.toString(16)}, expected ${expected?.toString(16)}`,
            );
        }
      }
    });

  it("takes constants, and leaves values that are read again", () => {
    const build = (): IrFunction => {
      const builder = new FunctionBuilder("polynomial", ["f64", "f64"], "f64");
      const [x, y] = [builder.parameter(0), builder.parameter(1)];
      const c = builder.constant("f64", 0.1);
      const d = builder.constant("f64", 1 / 3);
      let result = builder.emit("fma", c, x, d);
      result = builder.emit("fma", x, c, result);
      result = builder.emit("fma", result, x, builder.emit("fneg", y));
      result = builder.emit("fma", c, builder.emit("fneg", d), result);
      result = builder.emit("fma", x, y, builder.emit("fma", y, result, x));
      builder.return(builder.emit("fadd", result, builder.emit("fneg", y)));
      return builder.function;
    };
    for (const registers of [undefined, 3]) {
      const execute = machineExecutor(build(), registers === undefined ? {} : { registers });
      for (const [x, y] of triples(5)) {
        const args = [bitsOf(x), bitsOf(y)];
        const found = execute(args);
        const expected = interpretBits(build(), args);
        if (found !== expected && Number.isFinite(fromBits(expected ?? 0n)))
          expect.fail(`${x} ${y}: ${found}, expected ${expected}`);
      }
    }
  });
});
