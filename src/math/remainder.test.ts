/** `%` against JavaScript's own, where its cases meet and at random bits. */
import { expect, test } from "vitest";
import { seed } from "../../tests/random-runs.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import { interpret } from "../ir/interpret.ts";
import { optimize } from "../opt/pipeline.ts";
import { buildRemainder } from "./remainder.ts";

function build() {
  const builder = new FunctionBuilder("remainder", ["f64", "f64"], "f64");
  builder.return(buildRemainder(builder, builder.parameter(0), builder.parameter(1)));
  return builder.function;
}

const plain = build();
const optimized = build();
optimize(optimized, { verify: true });

function check(x: number, y: number): void {
  const expected = x % y;
  for (const fn of [plain, optimized]) {
    const result = interpret(fn, [x, y]);
    if (!Object.is(result, expected)) expect(result, `${x} % ${y}`).toBe(expected);
  }
}

const positive = [
  0,
  1,
  2,
  3,
  0.5,
  0.1,
  5.5,
  7,
  10,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 + 1,
  2 ** 52 + 1,
  2 ** 53 - 1,
  2 ** 53,
  1e15,
  1e22,
  1e300,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  7 * Number.MIN_VALUE,
  2 ** -1022,
  2 ** -1022 - Number.MIN_VALUE,
  2 ** -1021,
  2 ** -1000 * 1.1,
  Number.EPSILON,
  Math.PI,
  Number.POSITIVE_INFINITY,
  Number.NaN,
];
const special = positive.flatMap((value) => [value, -value]);

test("all pairs of special numbers", () => {
  for (const x of special) for (const y of special) check(x, y);
});

test("random bits, and random neighbours", () => {
  console.log(`remainder.test.ts: seed ${seed}`);
  let state = BigInt(seed) * 2n + 1n;
  const bits = new BigUint64Array(1);
  const float = new Float64Array(bits.buffer);
  const next = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return state ^ (state >> 29n);
  };
  const number = () => {
    bits[0] = next();
    return float[0] ?? 0;
  };
  for (let run = 0; run < 2000; run++) {
    const x = number();
    check(x, number());
    // A divisor near the dividend, so that the quotient is small.
    check(x, x * ((Number(next() % 1000n) + 1) / 700));
    check(Number(next() % 100000n) / 8, Number(next() % 1000n) / 4);
  }
});
