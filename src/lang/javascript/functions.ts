/**
 * The functions and constants that an expression may use, one row each: the name in `Math`, how many arguments it takes,
 * what it means, and how it is built from IR at each number type. A row without `i32` computes in f64.
 *
 * Most rows are exact: their result is ECMAScript's (section 21.3, "The Math Object") to the bit, since each is made of
 * operations that IEEE 754 defines exactly. Those that `error` tells of are approximations, calls of src/math/library.ts: ECMAScript
 * fixes what they give for special values and leaves the rest open.
 */
import { InternalError } from "../../base/errors.ts";
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { Value } from "../../ir/function.ts";
import { isMathName, type MathLibrary, type MathName } from "../../math/library.ts";

type Build = (builder: FunctionBuilder, args: readonly Value[], math: MathLibrary) => Value;

export interface MathFunction {
  readonly name: string;
  readonly arity: { readonly from: number; readonly to: number };
  /** For the table in docs/language.md. */
  readonly meaning: string;
  readonly f64: Build;
  readonly i32?: Build;
  /** True if `f64` builds at f32, too, and the result is an f32 then. */
  readonly f32?: true;
  /** How far the result may be from the exact one, in units in the last place. Undefined where it is exact. */
  readonly error?: number;
  /** True if JavaScript's `Math` has no such function: it is written without `Math.`. */
  readonly isExtra?: true;
  /** True if it gives a boolean; then `ofBoolean` is what it gives for a boolean, of which `f64` knows nothing. */
  readonly isTest?: true;
  readonly ofBoolean?: boolean;
}

const one = { from: 1, to: 1 };
const anyNumber = { from: 0, to: Number.POSITIVE_INFINITY };

/** What src/math computes. */
interface Approximation {
  readonly name: string;
  readonly meaning: string;
  readonly arity?: MathFunction["arity"];
  readonly isExtra?: true;
  readonly build?: Build;
}

/** `x ** y`, where some constants have an exact way. */
const buildPower: Build = (builder, args, math) => {
  const [base, exponent] = [only(args), present(args[1])];
  const { type } = base;
  if (exponent.opcode === "const" && (type === "f64" || type === "f32")) {
    if (exponent.immediate === 2) return builder.emit("fmul", base, base);
    if (exponent.immediate === 1) return base;
    if (exponent.immediate === -1) return builder.emit("fdiv", builder.constant(type, 1), base);
  }
  return builder.call(math.function("pow", type === "f32" ? "f32" : "f64"), base, exponent);
};

const buildHypotenuse: Build = (builder, args, math) => {
  const [first] = args;
  if (first === undefined) return builder.constant("f64", 0);
  if (args.length === 1) return builder.emit("fabs", first);
  const type = first.type === "f32" ? "f32" : "f64";
  return builder.call(args.length === 2 ? math.function("hypot", type) : math.hypotOfMany(args.length, type), ...args);
};

const two = { from: 2, to: 2 };

const approximations: readonly Approximation[] = [
  { name: "acos", meaning: "arc cosine, from 0 to PI" },
  { name: "acosh", meaning: "inverse hyperbolic cosine" },
  { name: "asin", meaning: "arc sine, from -PI/2 to PI/2" },
  { name: "asinh", meaning: "inverse hyperbolic sine" },
  { name: "atan", meaning: "arc tangent, from -PI/2 to PI/2" },
  { name: "atan2", meaning: "angle of the point (second, first argument), from -PI to PI", arity: two },
  { name: "atanh", meaning: "inverse hyperbolic tangent" },
  { name: "cbrt", meaning: "cube root" },
  { name: "cos", meaning: "cosine" },
  { name: "cosh", meaning: "hyperbolic cosine" },
  { name: "erf", meaning: "error function", isExtra: true },
  { name: "erfc", meaning: "1 - erf(x), exact enough for large x", isExtra: true },
  { name: "exp", meaning: "e to the power of the argument" },
  { name: "exp10", meaning: "10 to the power of the argument", isExtra: true },
  { name: "exp2", meaning: "2 to the power of the argument", isExtra: true },
  { name: "expm1", meaning: "exp(x) - 1, exact enough near 0" },
  {
    name: "hypot",
    meaning: "square root of the sum of the squares; without arguments 0",
    arity: anyNumber,
    build: buildHypotenuse,
  },
  { name: "log", meaning: "natural logarithm" },
  { name: "log10", meaning: "logarithm to base 10" },
  { name: "log1p", meaning: "log(1 + x), exact enough near 0" },
  { name: "log2", meaning: "logarithm to base 2" },
  { name: "pow", meaning: "power, as `**`; exact for the constants 2, 1 and -1", arity: two, build: buildPower },
  { name: "sin", meaning: "sine" },
  { name: "sinh", meaning: "hyperbolic sine" },
  { name: "tan", meaning: "tangent" },
  { name: "tanh", meaning: "hyperbolic tangent" },
];

function approximation(name: MathName, { meaning, arity = one, isExtra, build }: Approximation): MathFunction {
  const call: Build = (builder, args, math) =>
    builder.call(math.function(name, only(args).type === "f32" ? "f32" : "f64"), ...args);
  return { name, arity, meaning, f64: build ?? call, f32: true, error: 1, ...(isExtra && { isExtra }) };
}

const rows: readonly MathFunction[] = [
  {
    name: "abs",
    arity: one,
    meaning: "absolute value; of an i32 it wraps",
    f64: (builder, args) => builder.emit("fabs", only(args)),
    f32: true,
    i32: (builder, args) => {
      const x = only(args);
      const zero = builder.constant("i32", 0);
      return builder.emit("select", builder.emit("slt", x, zero), builder.emit("isub", zero, x), x);
    },
  },
  {
    name: "ceil",
    arity: one,
    meaning: "smallest integer not below",
    f64: (builder, args) => builder.emit("fceil", only(args)),
    f32: true,
    i32: (_, args) => only(args),
  },
  {
    name: "clz32",
    arity: one,
    meaning: "leading zeros of the argument as a 32-bit integer",
    f64: (builder, args) => {
      const zeros = builder.emit("clz", builder.emit("to-int32", only(args)));
      return builder.convert("convert-s", "f64", zeros);
    },
    i32: (builder, args) => builder.emit("clz", only(args)),
  },
  {
    name: "floor",
    arity: one,
    meaning: "largest integer not above",
    f64: (builder, args) => builder.emit("ffloor", only(args)),
    f32: true,
    i32: (_, args) => only(args),
  },
  {
    name: "fround",
    arity: one,
    meaning: "nearest 32-bit float",
    f64: (builder, args) => builder.emit("promote", builder.emit("demote", only(args))),
  },
  {
    name: "imul",
    arity: { from: 2, to: 2 },
    meaning: "product of the arguments as 32-bit integers",
    f64: (builder, args) => {
      const [left, right] = args.map((arg) => builder.emit("to-int32", arg));
      return builder.convert("convert-s", "f64", builder.emit("imul", present(left), present(right)));
    },
    i32: (builder, [left, right]) => builder.emit("imul", present(left), present(right)),
  },
  {
    name: "max",
    arity: anyNumber,
    meaning: "largest argument; NaN if any is; 0 is above -0; without arguments -Infinity",
    f64: (builder, args) => fold(builder, args, Number.NEGATIVE_INFINITY, (a, b) => builder.emit("fmax", a, b)),
    f32: true,
    i32: (builder, args) => fold(builder, args, 0, (a, b) => builder.emit("select", builder.emit("sgt", a, b), a, b)),
  },
  {
    name: "min",
    arity: anyNumber,
    meaning: "smallest argument; NaN if any is; -0 is below 0; without arguments Infinity",
    f64: (builder, args) => fold(builder, args, Number.POSITIVE_INFINITY, (a, b) => builder.emit("fmin", a, b)),
    f32: true,
    i32: (builder, args) => fold(builder, args, 0, (a, b) => builder.emit("select", builder.emit("slt", a, b), a, b)),
  },
  {
    name: "round",
    arity: one,
    meaning: "nearest integer, halves upward; keeps -0",
    f64: (builder, args) => {
      // floor(x + 0.5) would round 0.49999999999999994 and large odd numbers wrongly. x - floor(x) compares with 0.5
      // exactly, and the sign of x gives the zeros theirs.
      const x = only(args);
      const below = builder.emit("ffloor", x);
      const up = builder.emit("fge", builder.emit("fsub", x, below), builder.constant("f64", 0.5));
      const above = builder.emit("fadd", below, builder.constant("f64", 1));
      return builder.emit("fcopysign", builder.emit("select", up, above, below), x);
    },
    i32: (_, args) => only(args),
  },
  {
    name: "sign",
    arity: one,
    meaning: "1, -1, 0, -0 or NaN",
    f64: (builder, args) => {
      const x = only(args);
      const zero = builder.constant("f64", 0);
      const negative = builder.emit("select", builder.emit("flt", x, zero), builder.constant("f64", -1), x);
      return builder.emit("select", builder.emit("fgt", x, zero), builder.constant("f64", 1), negative);
    },
    i32: (builder, args) => {
      const x = only(args);
      const zero = builder.constant("i32", 0);
      const positive = builder.convert("zext", "i32", builder.emit("sgt", x, zero));
      return builder.emit("isub", positive, builder.convert("zext", "i32", builder.emit("slt", x, zero)));
    },
  },
  {
    name: "sqrt",
    arity: one,
    meaning: "square root, correctly rounded",
    f64: (builder, args) => builder.emit("fsqrt", only(args)),
    f32: true,
  },
  {
    name: "trunc",
    arity: one,
    meaning: "integer part, toward zero; keeps -0",
    f64: (builder, args) => builder.emit("ftrunc", only(args)),
    f32: true,
    i32: (_, args) => only(args),
  },
  ...approximations.flatMap((row) => (isMathName(row.name) ? [approximation(row.name, row)] : [])),
];

const largestFinite = Number.MAX_VALUE;
const isFinite64 = (builder: FunctionBuilder, args: readonly Value[]): Value =>
  builder.emit("fle", builder.emit("fabs", only(args)), builder.constant("f64", largestFinite));
const isNaN64 = (builder: FunctionBuilder, args: readonly Value[]): Value =>
  builder.emit("fne", only(args), only(args));
const isInteger64 = (builder: FunctionBuilder, args: readonly Value[]): Value => {
  // Infinity is its own integer part.
  const isWhole = builder.emit("feq", builder.emit("ftrunc", only(args)), only(args));
  return builder.emit("and", isWhole, isFinite64(builder, args));
};

/** Functions that tell something of a number, by the whole name. */
const tests: readonly MathFunction[] = [
  { name: "isFinite", arity: one, meaning: "neither infinite nor NaN", f64: isFinite64, isTest: true, ofBoolean: true },
  { name: "isNaN", arity: one, meaning: "is NaN", f64: isNaN64, isTest: true, ofBoolean: false },
  { name: "Number.isFinite", arity: one, meaning: "a number, neither infinite nor NaN", f64: isFinite64, isTest: true },
  { name: "Number.isInteger", arity: one, meaning: "a number without a fraction", f64: isInteger64, isTest: true },
  { name: "Number.isNaN", arity: one, meaning: "the number NaN", f64: isNaN64, isTest: true },
  {
    name: "Number.isSafeInteger",
    arity: one,
    meaning: "a number without a fraction, below 2^53",
    f64: (builder, args) => {
      const limit = builder.constant("f64", Number.MAX_SAFE_INTEGER);
      const isSafe = builder.emit("fle", builder.emit("fabs", only(args)), limit);
      return builder.emit("and", isInteger64(builder, args), isSafe);
    },
    isTest: true,
  },
];

export const testFunctions: ReadonlyMap<string, MathFunction> = new Map(tests.map((row) => [row.name, row]));

export const mathFunctions: ReadonlyMap<string, MathFunction> = new Map(rows.map((row) => [row.name, row]));

/** Functions of JavaScript's `Math` that a later version brings. */
export const laterFunctions: ReadonlySet<string> = new Set([
  "f16round",
  ...approximations.flatMap(({ name, isExtra }) => (isMathName(name) || isExtra === true ? [] : [name])),
]);

/** Members of `Math` that are numbers. */
export const mathConstants: ReadonlyMap<string, number> = new Map([
  ["E", Math.E],
  ["LN10", Math.LN10],
  ["LN2", Math.LN2],
  ["LOG10E", Math.LOG10E],
  ["LOG2E", Math.LOG2E],
  ["PI", Math.PI],
  ["SQRT1_2", Math.SQRT1_2],
  ["SQRT2", Math.SQRT2],
]);

/** Members of `Number` that are numbers. */
export const numberConstants: ReadonlyMap<string, number> = new Map([
  ["EPSILON", Number.EPSILON],
  ["MAX_SAFE_INTEGER", Number.MAX_SAFE_INTEGER],
  ["MAX_VALUE", Number.MAX_VALUE],
  ["MIN_SAFE_INTEGER", Number.MIN_SAFE_INTEGER],
  ["MIN_VALUE", Number.MIN_VALUE],
  ["NEGATIVE_INFINITY", Number.NEGATIVE_INFINITY],
  ["NaN", Number.NaN],
  ["POSITIVE_INFINITY", Number.POSITIVE_INFINITY],
]);

function only(args: readonly Value[]): Value {
  return present(args[0]);
}

function present(arg: Value | undefined): Value {
  if (arg === undefined) throw new InternalError("a function was built without an argument that it takes");
  return arg;
}

/** Joins the arguments from left to right; `empty` is the result without any. */
function fold(
  builder: FunctionBuilder,
  args: readonly Value[],
  empty: number,
  join: (a: Value, b: Value) => Value,
): Value {
  const [first, ...rest] = args;
  return first === undefined ? builder.constant("f64", empty) : rest.reduce(join, first);
}
