/**
 * Every operation that has a vector form, on special values, on numbers around the ends of all types and on random bits:
 * what expansion makes of it gives the same in every lane. For the two targets there are, and for one that can do little more
 * than add, so that every expansion has to prove itself.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Choices, choices } from "../../tests/differential/random-ir.ts";
import { randomVectorFunction, vectorMemory } from "../../tests/differential/random-vector-ir.ts";
import { canonicalizeNaNs } from "../../tests/machine-code-runner.ts";
import { runsOr } from "../../tests/random-runs.ts";
import { verify } from "../analysis/verify.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { interpretBits, interpretLanes } from "../ir/interpret.ts";
import { type OpcodeShape, opcodeNames, shapeOf } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { printFunction } from "../ir/print.ts";
import { elementOf, isVector, lanesOf, type Scalar, type Type, types, vectorIfAny } from "../ir/types.ts";
import { optimize } from "../opt/pipeline.ts";
import { vectorSupport } from "../targets/x64/vector-support.ts";
import { expandVectors } from "./expand.ts";
import type { VectorShape } from "./vector-shape.ts";

const features2 = "avx2 fma bmi2 popcnt".split(" ");
const features512 = "avx512f avx512dq avx512bw avx512vl avx512cd avx2 fma bmi2 popcnt".split(" ");
function support(features: readonly string[]): VectorShape {
  const found = vectorSupport(new Set(features));
  if (found === undefined) throw new Error(`no vectors with ${features.join(" ")}`);
  return found;
}

/** What the poorest target has. */
const few: ReadonlySet<Opcode> = new Set<Opcode>([
  ...(["iadd", "isub", "and", "or", "xor", "shl", "ushr", "ieq", "ine", "slt", "sle", "sgt", "sge", "not"] as const),
  ...(["fadd", "fsub", "fmul", "fdiv", "fsqrt", "feq", "fne", "flt", "fle", "fgt", "fge", "select"] as const),
  ...(["splat", "lane-index", "extract", "load", "store", "bitcast", "promote", "wrap"] as const),
]);

const shapes: readonly VectorShape[] = [
  support(features2),
  support(features512),
  support([...features512, "avx512_vpopcntdq"]),
  {
    name: "poor",
    bytes: 64,
    vectorRegisters: 8,
    natively: (opcode, type) =>
      few.has(opcode) && (elementOf(type) !== "bool" || (opcode !== "load" && opcode !== "store")),
  },
];

/** Bits to try. */
const floats = [
  ...[
    0,
    0.5,
    0.49999999999999994,
    1,
    1.5,
    2.5,
    3.5,
    8388607.5,
    8388608.5,
    Number.MIN_VALUE,
    2 ** -1022,
    2 ** -149,
    0.1,
  ],
  ...[127, 128, 255, 256, 32767, 32768, 65535, 65536].flatMap((x) => [x, x + 0.5, x - 0.5]),
  ...[23, 24, 31, 32, 33, 51, 52, 53, 62, 63, 64, 83, 84, 85, 127, 1023].flatMap((exponent) =>
    [
      2 ** exponent,
      2 ** exponent * (1 - 2 ** -53),
      2 ** exponent * (1 + 2 ** -52),
      2 ** exponent - 1,
      2 ** exponent + 1,
    ].flatMap((x) => [x, x - 0.5, x + 0.5, 1.5 * x]),
  ),
  ...[
    0x1234567890abc,
    123456789012345,
    6442450944,
    4294967297,
    1e100,
    1e300,
    Number.MAX_VALUE,
    Number.POSITIVE_INFINITY,
  ],
].flatMap((x) => [x, -x]);
const integers = [
  0n,
  1n,
  2n,
  3n,
  5n,
  31n,
  32n,
  33n,
  63n,
  64n,
  65n,
  0x55555555n,
  0x33333333n,
  0x0f0f0f0fn,
  0x123456789abcdefn,
]
  .concat(
    [7n, 8n, 15n, 16n, 23n, 24n, 25n, 30n, 31n, 32n, 33n, 52n, 53n, 54n, 61n, 62n, 63n].flatMap((exponent) =>
      [-2049n, -2048n, -1025n, -1024n, -1n, 0n, 1n, 1023n, 1024n, 1025n].map((more) => (1n << exponent) + more),
    ),
  )

  // Next to the middle between two f32, where rounding twice goes wrong
  .concat(
    Array.from({ length: 11 }, (_, index) => BigInt(53 + index)).flatMap((exponent) =>
      [1n, 3n].flatMap((odd) => [-1n, 0n, 1n].map((more) => (1n << exponent) + (odd << (exponent - 24n)) + more)),
    ),
  )
  .flatMap((x) => [x, -x, ~x]);

const view = new DataView(new ArrayBuffer(8));
function bitsOf(element: Scalar): bigint[] {
  switch (element) {
    case "bool":
      return [0n, 1n];
    case "i32":
      return [...new Set(integers.map((x) => BigInt.asUintN(32, x)))];
    case "i64":
      return [...new Set(integers.map((x) => BigInt.asUintN(64, x)))];
    case "f32":
      return [
        ...new Set(
          floats.map((x) => {
            view.setFloat32(0, x);
            return BigInt(view.getUint32(0));
          }),
        ),
        ...[0x7fc00000n, 0xffc00000n, 0x7fc12345n, 0x7fa00001n, 1n, 0x80000001n, 0x007fffffn],
      ];
    case "f64":
      return [
        ...floats.map((x) => {
          view.setFloat64(0, x);
          return view.getBigUint64(0);
        }),
        ...[0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000012345678n, 0x7ff4000000000001n, 0xffffffffffffffffn],
      ];
  }
}

/** Numbers without a pattern, always the same. */
function* randomBits(seed: number): Generator<bigint> {
  let state = BigInt(seed) | 1n;
  for (;;) {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    const mixed = state ^ (state >> 29n);
    yield BigInt.asUintN(64, mixed * 0xbf58476d1ce4e5b9n) ^ (mixed >> 32n);
  }
}

/** Operands for one call, as many lanes as it takes; every special value stands in every operand. */
function* argumentsFor(parameters: readonly Type[], calls: number): Generator<bigint[][]> {
  const random = randomBits(parameters.length);
  const specials = parameters.map((type) => bitsOf(elementOf(type)));
  const longest = Math.max(...specials.map((list) => list.length));
  let at = 0;
  for (let call = 0; call < calls || at < longest; call++) {
    const isRandom = at >= longest;
    yield parameters.map((type, index) =>
      Array.from({ length: lanesOf(type) }, (_, lane) => {
        const list = specials[index] ?? [];
        const bits = random.next().value as bigint; // it has no end
        if (isRandom) return BigInt.asUintN(types[type].bits, bits);
        // The first operand goes through all of them, the others step along at random.
        const place = index === 0 ? at + lane : Number(bits % BigInt(list.length));
        return list[place % list.length] ?? 0n;
      }),
    );
    at += lanesOf(parameters[0] ?? "i32");
  }
}

/** Arithmetic may give any NaN. */
function canonical(type: Type, bits: bigint): bigint {
  if (elementOf(type) === "f64") return (bits & 0x7fffffffffffffffn) > 0x7ff0000000000000n ? -1n : bits;
  if (elementOf(type) === "f32") return (bits & 0x7fffffffn) > 0x7f800000n ? -1n : bits;
  return bits;
}
const keepsBits: ReadonlySet<Opcode> = new Set<Opcode>([
  "fneg",
  "fabs",
  "fcopysign",
  "bitcast",
  "select",
  "extract",
  "splat",
  "compress",
]);

/** All forms that an operation has with so many lanes: operand types and result. */
function formsOf(shape: OpcodeShape, lanes: number, bytes: number): { operands: Type[]; result: Type }[] {
  const typed = (element: Scalar, isScalar: boolean): Type | undefined => {
    const type = isScalar ? element : vectorIfAny(element, lanes);
    return type !== undefined && types[type].bytes <= bytes ? type : undefined;
  };
  const { result } = shape;
  if (result === undefined) return [];
  const sources = shape.operands.find(({ variable }) => variable === "S")?.accepts ?? ["i32" as const];
  const targets = [...shape.operands, result].find(({ variable }) => variable === "T")?.accepts ?? ["i32" as const];
  return sources.flatMap((source) =>
    targets.flatMap((target) => {
      const at = ({ variable, accepts, isScalar }: typeof result): Type | undefined =>
        typed(variable === "S" ? source : variable === "T" ? target : (accepts[0] ?? "i32"), isScalar);
      const operands = shape.operands.map(at);
      const type = at(result);
      const [from] = operands;
      if (type === undefined || operands.includes(undefined)) return [];
      if (shape.opcode === "bitcast" && types[source].bits !== types[target].bits) return [];
      if (shape.opcode === "zext" && from !== undefined && types[from].bits >= types[type].bits) return [];
      return [{ operands: operands.filter((operand) => operand !== undefined), result: type }];
    }),
  );
}

function build(opcode: Opcode, operands: readonly Type[], result: Type): IrFunction {
  const builder = new FunctionBuilder("f", operands, result);
  const values = operands.map((_, index) => builder.parameter(index));
  const lane = opcode === "extract" ? lanesOf(operands[0] ?? result) - 1 : undefined;
  const value: Value = builder.function.createValue(opcode, result, values, lane);
  builder.block.instructions.push(value);
  builder.return(value);
  return builder.function;
}

/** The vector operations in a function that the target lacks. */
function lacking(fn: IrFunction, shape: VectorShape): string[] {
  return fn.blocks.flatMap(({ instructions }) =>
    instructions.flatMap((value) => {
      const [operand] = value.operands;
      if (!isVector(value.type) && (operand === undefined || !isVector(operand.type))) return [];
      const subject = value.shape.result?.isScalar === true && operand !== undefined ? operand.type : value.type;
      const from =
        operand !== undefined && isVector(operand.type) && operand.type !== subject ? operand.type : undefined;
      return shape.natively(value.opcode, subject, from) ? [] : [`${value.opcode}.${value.type}`];
    }),
  );
}

const operations = opcodeNames
  .map(shapeOf)
  .filter(({ pure, lanes, opcode }) => pure && lanes !== "one" && opcode !== "const" && opcode !== "context");
const isComputed = (opcode: Opcode): boolean => shapeOf(opcode).operands.length > 0;

describe.each(shapes)("expansion for $name ($bytes bytes)", (shape) => {
  const lanesOfShape = shape.bytes === 64 ? [4, 8, 16] : [4, 8];
  it.each(operations.map(({ opcode }) => opcode))("%s means the same", (opcode) => {
    for (const lanes of lanesOfShape)
      for (const { operands, result } of formsOf(shapeOf(opcode), lanes, shape.bytes)) {
        const original = build(opcode, operands, result);
        const expanded = build(opcode, operands, result);
        const isExpanded = expandVectors(expanded, shape);
        expect(lacking(expanded, shape)).toEqual([]);
        verify(expanded);
        if (!isExpanded || !isComputed(opcode)) continue;
        const text = printFunction(expanded);
        optimize(expanded, { verify: true });
        for (const args of argumentsFor(operands, lanes === 4 ? 40 : 10)) {
          const see = (bits: bigint): bigint => (keepsBits.has(opcode) ? bits : canonical(result, bits));
          const expected = interpretLanes(original, args)?.map(see);
          const got = interpretLanes(expanded, args)?.map(see);
          if (String(got) === String(expected)) continue;
          const hex = (list: readonly bigint[] | undefined): string =>
            (list ?? []).map((bits) => bits.toString(16)).join(" ");
          expect.fail(
            `${opcode} of ${args.map(hex).join(" | ")} gives ${hex(got)}, expected ${hex(expected)}\n${text}`,
          );
        }
      }
  });

  it.each(lanesOfShape)("random functions of %s lanes mean the same", (lanes) => {
    const address = 0x1000n;
    let expanded = 0;
    fc.assert(
      fc.property(choices, choices, (numbers, seed) => {
        const fn = randomVectorFunction(new Choices(numbers), { lanes, bytes: shape.bytes });
        canonicalizeNaNs(fn);
        const memory = vectorMemory(new Choices(seed));
        const outcome = (): { bits: bigint | undefined; bytes: Uint8Array } => {
          // The call context lies behind the memory of the function.
          const bytes = new Uint8Array(memory.length + 64).fill(0xaa);
          bytes.set(memory);
          const context = address + BigInt(memory.length);
          const bits = interpretBits(fn, [address, 5n, 0x3ff8000000000000n], { memory: { address, bytes }, context });
          return { bits, bytes };
        };
        const text = printFunction(fn);
        const expected = outcome();
        if (expandVectors(fn, shape)) expanded++;
        verify(fn);
        expect(lacking(fn, shape)).toEqual([]);
        expect(outcome(), `${text}\n${printFunction(fn)}`).toEqual(expected);
        optimize(fn, { verify: true });
        expect(outcome(), `${text}\n${printFunction(fn)}`).toEqual(expected);
      }),
      { numRuns: runsOr(20) },
    );
    expect(expanded).toBeGreaterThan(0);
  });
});

describe("expansion", () => {
  it("says what a target cannot hold", () => {
    const fn = build("rotl", ["i32x2", "i32x2"], "i32x2");
    expect(() => expandVectors(fn, support(features2))).toThrow("avx2 has no vectors of i32x2");
  });

  it("leaves scalars and what is there as they are", () => {
    const fn = build("fadd", ["f64x4", "f64x4"], "f64x4");
    const text = printFunction(fn);
    expect(expandVectors(fn, support(features2))).toBe(false);
    expect(printFunction(fn)).toBe(text);
  });
});
