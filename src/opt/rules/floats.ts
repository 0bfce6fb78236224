/**
 * Floating point. Three things make most school algebra wrong here: x may be -0, x may be NaN, and x may be a signalling
 * NaN, which arithmetic makes quiet. So a rule that drops an arithmetic operation (`x * 1`) asks that x comes out of
 * arithmetic itself and thus is no signalling NaN; a parameter or a loaded value might be one.
 */
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf } from "../../ir/types.ts";
import {
  become,
  becomeConstant,
  constantOf,
  isConstant,
  operandOf,
  type Rewriter,
  type Rule,
  type RuleTable,
} from "./rule.ts";

const arithmetic: ReadonlySet<Opcode> = new Set<Opcode>([
  ...([
    "fadd",
    "fsub",
    "fmul",
    "fdiv",
    "fmin",
    "fmax",
    "fsqrt",
    "fceil",
    "ffloor",
    "ftrunc",
    "fnearest",
    "fma",
  ] as const),
  ...(["promote", "demote", "convert-s", "convert-u"] as const),
  "const", // its NaN is the canonical one
]);

/** True if the value is no signalling NaN. */
export function isQuiet(value: Value): boolean {
  if (value.opcode !== "splat") return arithmetic.has(value.opcode);
  const [lane] = value.operands;
  return lane !== undefined && isQuiet(lane);
}

/** `x - y` for `x + (-y)` and the reverse: the same sum, rounded once; only the sign of a NaN may differ. */
const addNegated =
  (opposite: Opcode): Rule =>
  (value, a, b) => {
    const negated = operandOf(b, "fneg");
    return negated === undefined ? undefined : become(value, opposite, a, negated);
  };

/** The reciprocal of a power of two whose reciprocal is exact as well: then x / c and x * (1 / c) round the same number. */
function exactReciprocal(divisor: Value): number | undefined {
  const constant = constantOf(divisor)?.immediate;
  if (typeof constant !== "number") return undefined;
  const reciprocal = 1 / constant;
  const isPowerOfTwo = 2 ** Math.round(Math.log2(Math.abs(constant))) === Math.abs(constant);
  if (!isPowerOfTwo || !Number.isFinite(reciprocal) || reciprocal === 0 || 1 / reciprocal !== constant)
    return undefined;
  return elementOf(divisor.type) === "f64" || Math.fround(reciprocal) === reciprocal ? reciprocal : undefined;
}

/** Rounding to an integer leaves one as it is: what was rounded, and what was converted from an integer. */
const roundings: ReadonlySet<Opcode> = new Set<Opcode>([
  ...(["fceil", "ffloor", "ftrunc", "fnearest", "convert-s", "convert-u"] as const),
]);
const roundingOfInteger: Rule = (_, a) => (roundings.has(a.opcode) ? a : undefined);

const extremum: Rule = (_, a, b) => (a === b && isQuiet(a) ? a : undefined);

/**
 * A comparison of converted integers is one of integers: every i32 is an f64. A constant counts if it is an i32; comparing
 * as unsigned asks that both were. Not for f32, which rounds.
 */
const ofIntegers =
  (signed: Opcode, unsigned: Opcode): Rule =>
  (value, a, b, rewriter) => {
    if (a.type !== "f64") return undefined;
    const conversion = a.opcode === "const" ? b.opcode : a.opcode;
    if (conversion !== "convert-s" && conversion !== "convert-u") return undefined;
    const isSigned = conversion === "convert-s";
    const [x, y] = [integerOf(a, conversion, rewriter), integerOf(b, conversion, rewriter)];
    return x === undefined || y === undefined ? undefined : become(value, isSigned ? signed : unsigned, x, y);
  };

/** The i32 that an f64 was converted from in this way, or would be. */
function integerOf(value: Value, conversion: Opcode, rewriter: Rewriter): Value | undefined {
  const source = operandOf(value, conversion);
  if (source !== undefined) return source.type === "i32" ? source : undefined;
  const { opcode, immediate } = value;
  if (opcode !== "const" || typeof immediate !== "number") return undefined;
  const isWhole = (conversion === "convert-s" ? immediate | 0 : immediate >>> 0) === immediate; // -0 compares as 0
  return isWhole ? rewriter.constant("i32", immediate | 0) : undefined;
}

/** The first rule that applies. */
const either =
  (one: Rule, other: Rule): Rule =>
  (value, a, b, rewriter) =>
    one(value, a, b, rewriter) ?? other(value, a, b, rewriter);

/** x < x is false, for NaN too. `feq` and its like are not here: NaN is the one value that makes them false. */
const neverOfItself: Rule = (value, a, b, rewriter) => (a === b ? becomeConstant(value, false, rewriter) : undefined);

/** 0 equals -0, so a sign makes no difference: of `n % 2 === 0`, the `fcopysign` goes. */
const zeroOfAnySign: Rule = (value, a, b) => {
  const magnitude = operandOf(a, "fcopysign");
  if (magnitude === undefined || b.opcode !== "const" || b.immediate !== 0) return undefined; // -0 is 0 here
  return become(value, value.opcode, magnitude, b);
};

export const floatRules: RuleTable = {
  // x + -0 is x for every x: 0 + -0 is 0, -0 + -0 is -0. x + 0 is not: -0 + 0 is 0.
  fadd: (value, a, b, rewriter) => {
    if (isConstant(b, -0) && isQuiet(a)) return a;
    const negated = operandOf(a, "fneg");
    if (negated !== undefined && constantOf(b) === undefined) return become(value, "fsub", b, negated);
    return addNegated("fsub")(value, a, b, rewriter);
  },
  // x - 0 is x for every x: -0 - 0 is -0. x - x is not 0: infinities and NaN.
  fsub: (value, a, b, rewriter) => (isConstant(b, 0) && isQuiet(a) ? a : addNegated("fadd")(value, a, b, rewriter)),
  // x * 1 is x for every x. x * 0 is not 0: -0, infinities and NaN.
  fmul: (_, a, b) => (isConstant(b, 1) && isQuiet(a) ? a : undefined),
  fdiv: (value, a, b, rewriter) => {
    if (isConstant(b, 1)) return isQuiet(a) ? a : undefined;
    const reciprocal = exactReciprocal(b);
    return reciprocal === undefined ? undefined : become(value, "fmul", a, rewriter.constant(value.type, reciprocal));
  },
  fmin: extremum,
  fmax: extremum,
  fceil: roundingOfInteger,
  ffloor: roundingOfInteger,
  ftrunc: roundingOfInteger,
  fnearest: roundingOfInteger,
  // On bits, so payloads and signalling NaN pass: these hold for every x.
  fneg: (_, a) => operandOf(a, "fneg"),
  fabs: (value, a) => {
    if (a.opcode === "fabs") return a;
    const inner = operandOf(a, "fneg");
    return inner === undefined ? undefined : become(value, "fabs", inner);
  },
  fcopysign: (_, a, b) => (a === b ? a : undefined),
  flt: either(neverOfItself, ofIntegers("slt", "ult")),
  fgt: either(neverOfItself, ofIntegers("sgt", "ugt")),
  fle: ofIntegers("sle", "ule"),
  fge: ofIntegers("sge", "uge"),
  feq: either(zeroOfAnySign, ofIntegers("ieq", "ieq")),
  fne: either(zeroOfAnySign, ofIntegers("ine", "ine")),
};
