/**
 * Division and remainder by constants without division, against the interpreter's division: every divisor that is small or
 * next to a power of two and some thousand others, with the dividends where a wrong reciprocal shows: next to multiples of
 * the divisor, and at the ends of the range.
 */
import { describe, expect, it } from "vitest";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { takeHighProducts } from "../../src/vector/high-products.ts";

const opcodes = ["sdiv", "udiv", "srem", "urem"] as const;

/** An xorshift generator: the same numbers in every run. */
function* randomWords(): Generator<bigint> {
  for (let state = 0x9e3779b9; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield BigInt(state >>> 0);
  }
}

function divisors(bits: number, count: number): bigint[] {
  const list = new Set<bigint>();
  for (let divisor = 1n; divisor < 130n; divisor++) list.add(divisor);
  for (let exponent = 7n; exponent <= BigInt(bits); exponent++)
    for (const next of [-1n, 0n, 1n]) list.add((1n << exponent) + next);
  const words = randomWords();
  for (let done = 0; done < count; done++) {
    const word = words.next().value as bigint; // the generator does not end
    list.add(word >> BigInt(done % 31));
  }
  const wrapped = [...list].flatMap((divisor) => [BigInt.asUintN(bits, divisor), BigInt.asUintN(bits, -divisor)]);
  return [...new Set(wrapped)].filter((divisor) => divisor !== 0n);
}

function dividends(bits: number, divisor: bigint): bigint[] {
  const most = 1n << BigInt(bits);
  const magnitudes = [divisor, most - divisor];
  const list = [0n, 1n, most - 1n, most / 2n, most / 2n - 1n, most / 2n + 1n];
  for (const magnitude of magnitudes) {
    for (const end of [most, most / 2n]) {
      const multiple = (end / magnitude) * magnitude;
      list.push(multiple, multiple - 1n, multiple + 1n, multiple - magnitude - 1n);
    }
    list.push(magnitude, magnitude - 1n, magnitude + 1n);
  }
  return list.map((dividend) => BigInt.asUintN(bits, dividend));
}

describe.each([
  ["i32", 32, 1500],
  ["i64", 64, 20],
] as const)("%s divided by constants", (type, bits, count) => {
  it.each(opcodes)("%s", (opcode) => {
    let withoutDivision = 0;
    let withoutLong = 0;
    for (const divisor of divisors(bits, count)) {
      const build = (): FunctionBuilder => {
        const builder = new FunctionBuilder("f", [type], type);
        const signed = BigInt.asIntN(bits, divisor);
        const constant = builder.constant(type, type === "i32" ? Number(signed) : signed);
        builder.return(builder.emit(opcode, builder.parameter(0), constant));
        return builder;
      };
      const plain = build().function;
      const reduced = build().function;
      optimize(reduced, { passes: ["strength-reduction"] });
      if (reduced.entry.instructions.every((value) => !/^[su](div|rem)$/.test(value.opcode))) withoutDivision++;
      // As rows of columns have it.
      const narrow = build().function;
      optimize(narrow, { passes: ["strength-reduction"] });
      takeHighProducts(narrow);
      if (type === "i32" && narrow.entry.instructions.every((value) => value.type === "i32")) withoutLong++;
      for (const dividend of dividends(bits, divisor)) {
        const isOverflow = opcode === "sdiv" && BigInt.asIntN(bits, divisor) === -1n;
        if (isOverflow && dividend === 1n << BigInt(bits - 1)) continue;
        const right = interpretBits(plain, [dividend]);
        if (interpretBits(reduced, [dividend]) !== right || interpretBits(narrow, [dividend]) !== right)
          expect.fail(`${opcode} ${dividend} by ${divisor}`);
      }
    }
    // All but 1 (and -1, which traps or has a rule of its own); of i64, the powers of two.
    if (type === "i32") expect(withoutLong).toBeGreaterThanOrEqual(withoutDivision);
    expect(withoutDivision).toBeGreaterThanOrEqual(type === "i32" ? 1900 : 60);
  });
});
