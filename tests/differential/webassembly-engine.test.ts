/**
 * Every numeric operation of the IR against V8's WebAssembly, which has no code in common with our interpreter: special and
 * random operands, traps and NaN payloads included. Needs no corpus.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TrapError } from "../../src/base/errors.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import type { Scalar } from "../../src/ir/types.ts";
import { readExpressions } from "../conformance/s-expressions.ts";
import { WasmModule } from "../conformance/wast.ts";

interface Operation {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly operands: readonly Scalar[];
  readonly result: Scalar;
}

/** WebAssembly core specification 2.0, section 5.4.6: names in the order of their bytes. */
const compareIntegers = "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const compareFloats = "eq ne lt gt le ge";
const integers = "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
const floats = "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign";
const conversions = `i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s
  i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u
  f32.convert_i64_s f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s
  f64.convert_i64_u f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
  i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`;
const saturating = `i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u i64.trunc_sat_f32_s
  i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`;

const words = (text: string): string[] => text.trim().split(/\s+/);
const typed = (type: Scalar, names: string): string[] => words(names).map((name) => `${type}.${name}`);
const names = [
  ...typed("i32", compareIntegers),
  ...typed("i64", compareIntegers),
  ...typed("f32", compareFloats),
  ...typed("f64", compareFloats),
  ...typed("i32", integers),
  ...typed("i64", integers),
  ...typed("f32", floats),
  ...typed("f64", floats),
  ...words(conversions),
];
const operations: readonly Operation[] = [
  ...names.map((name, index) => operation(name, [0x45 + index])),
  ...words(saturating).map((name, index) => operation(name, [0xfc, index])),
];

function operation(name: string, bytes: readonly number[]): Operation {
  const type = typeOf(name.slice(0, 3));
  const source = /_([if](?:32|64))(?:_[su])?$/.exec(name)?.[1];
  const isUnary =
    /eqz|clz|ctz|popcnt|abs|neg|ceil|floor|\.trunc|nearest|sqrt|extend/.test(name) || source !== undefined;
  const operand = source === undefined ? type : typeOf(source);
  const isComparison = /\.(eqz|eq|ne|lt|gt|le|ge)/.test(name) && !name.includes("neg") && !name.includes("nearest");
  return { name, bytes, operands: isUnary ? [operand] : [operand, operand], result: isComparison ? "i32" : type };
}

function typeOf(word: string): Scalar {
  if (word === "i32" || word === "i64" || word === "f32" || word === "f64") return word;
  throw new TypeError(word);
}

const typeBytes: Readonly<Record<Scalar, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, bool: 0 };
const carrier = (type: Scalar): Scalar => (type === "f32" ? "i32" : type === "f64" ? "i64" : type);

/** What this test needs of the JavaScript interface, which no library of types here declares. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: Record<string, (...args: unknown[]) => number | bigint> };
}
// The global exists in every version of Node that we run on.
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** A module with this one operation as `f`, floats carried as integers so that no NaN passes through JavaScript. */
function compile({ bytes, operands, result }: Operation): (args: readonly bigint[]) => bigint {
  const section = (id: number, content: number[]): number[] => [id, content.length, ...content];
  const code = [
    ...operands.flatMap((type, index) => [0x20, index, ...(type === "f32" ? [0xbe] : type === "f64" ? [0xbf] : [])]),
    ...bytes,
    ...(result === "f32" ? [0xbc] : result === "f64" ? [0xbd] : []),
    0x0b,
  ];
  const module = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [
      1,
      0x60,
      operands.length,
      ...operands.map((type) => typeBytes[carrier(type)]),
      1,
      typeBytes[carrier(result)],
    ]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, code.length + 1, 0, ...code]),
  ];
  const { f } = new engine.Instance(new engine.Module(Uint8Array.from(module))).exports;
  if (f === undefined) throw new TypeError("no export");
  const width = carrier(result) === "i32" ? 32 : 64;
  return (args) => {
    const passed = args.map((bits, index) => {
      const isWide = carrier(operands[index] ?? "i32") === "i64";
      return isWide ? BigInt.asIntN(64, bits) : Number(BigInt.asIntN(32, bits));
    });
    return BigInt.asUintN(width, BigInt(f(...passed)));
  };
}

const special32 = [
  0, 1, 2, 31, 32, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000, 0xff800000, 0x7fc00000,
  0x7fa00000, 0xffa00001, 0x3f800000, 0x3f000000, 0x3fc00000, 0xbf000000, 0x4f000000, 0xcf000000, 0x4f800000,
  0x5f000000, 0xdf000000, 0x5f800000, 0x007fffff, 0x00800000,
].map(BigInt);
const special64 = [
  ...special32,
  ...[0x7ff0000000000000n, 0xfff0000000000000n, 0x7ff8000000000000n, 0x7ff4000000000000n, 0xfff0000000000001n],
  ...[0x3ff0000000000000n, 0x3fe0000000000000n, 0xbfe0000000000000n, 0x4004000000000000n, 0x41dfffffffc00000n],
  ...[0x41e0000000000000n, 0xc1e0000000000000n, 0xc1e0000000200000n, 0x41f0000000000000n, 0x43e0000000000000n],
  ...[0xc3e0000000000000n, 0x43f0000000000000n, 0x43dfffffffffffffn, 0x8000000000000000n, 0x7fffffffffffffffn],
  ...[0xffffffffffffffffn, 0x000fffffffffffffn, 0x0010000000000000n, 0x0020000000000001n, 0x7fffff4000000001n],
  ...[0x47efffffe0000000n, 0x47effffff0000000n, 0x36a0000000000000n, 0x3690000000000000n, 0x3690000000000001n],
];
const bitsOf = (type: Scalar): fc.Arbitrary<bigint> =>
  carrier(type) === "i32"
    ? fc.oneof(fc.constantFrom(...special32), fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }))
    : fc.oneof(
        fc.constantFrom(...special64),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.double().map((number) => new BigUint64Array(Float64Array.of(number).buffer)[0] ?? 0n),
      );

/** Which NaN arithmetic gives is not determined; that it is quiet is. */
const onBits = /neg|abs|copysign|reinterpret/;
function comparable(bits: bigint, { name, result }: Operation): string {
  if (onBits.test(name)) return bits.toString(16);
  if (result === "f32" && (bits & 0x7fffffffn) > 0x7f800000n) return bits & 0x400000n ? "quiet NaN" : "signalling NaN";
  if (result === "f64" && (bits & 0x7fffffffffffffffn) > 0x7ff0000000000000n)
    return bits & 0x8000000000000n ? "quiet NaN" : "signalling NaN";
  return bits.toString(16);
}

function outcome(call: () => string): string {
  try {
    return call();
  } catch (error) {
    if (error instanceof TrapError) return "trap";
    if (error instanceof Error && error.name === "RuntimeError") return "trap";
    throw error;
  }
}

describe("numeric operations agree with V8's WebAssembly", () => {
  it.each(operations.map((one) => [one.name, one] as const))("%s", (name, one) => {
    const parameters = one.operands.map((type) => `(param ${type})`).join(" ");
    const args = one.operands.map((_, index) => `(local.get ${index})`).join(" ");
    const [module] = readExpressions(
      `(module (func (export "f") ${parameters} (result ${one.result}) (${name} ${args})))`,
    );
    if (!Array.isArray(module)) throw new TypeError("expected a module");
    const { ir } = new WasmModule(module).build("f", { floatsAsBits: true });
    const reference = compile(one);
    fc.assert(
      fc.property(fc.tuple(...one.operands.map(bitsOf)), (bits) => {
        const expected = outcome(() => comparable(reference(bits), one));
        expect(outcome(() => comparable(interpretBits(ir, bits) ?? 0n, one))).toBe(expected);
      }),
      { numRuns: 400 },
    );
  });
});
