/**
 * The library of mathematical functions as IR: one function for each name and float type, built when it is first asked for.
 *
 * A compilation has a library of its own, since passes change functions in place. Calls of one function meet in one
 * `IrFunction` named `Math.exp`, which scalar code calls and widening takes into the kernel. What is f32 and has no way of its own is
 * computed in f64 and rounded: at most 0.5 ULP and a little.
 */
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { buildAcos, buildAsin } from "./asin.ts";
import { buildAtan, buildAtan2 } from "./atan.ts";
import { buildCbrt } from "./cbrt.ts";
import { buildErf, buildErfc } from "./erf.ts";
import { buildExp, buildExp2, buildExp10 } from "./exponential.ts";
import { buildCosh, buildExpm1, buildSinh, buildTanh } from "./hyperbolic.ts";
import { buildHypot } from "./hypot.ts";
import { buildHypotOfMany } from "./hypot-of-many.ts";
import { buildAcosh, buildAsinh, buildAtanh } from "./inverse-hyperbolic.ts";
import { buildLog, buildLog1p, buildLog2, buildLog10 } from "./logarithm.ts";
import { type FloatType, MathBuilder, type MathOptions } from "./math-builder.ts";
import { buildPow, buildPowSingle } from "./pow.ts";
import { buildCos, buildSin } from "./sine.ts";
import { buildTan } from "./tan.ts";

type Build = (math: MathBuilder, ...args: Value[]) => Value;

interface Row {
  readonly arity: number;
  readonly f64: Build;
  /** At f32; without it, the f64 function is computed and rounded. */
  readonly f32?: Build;
}

const rows = {
  exp: { arity: 1, f64: buildExp, f32: buildExp },
  exp2: { arity: 1, f64: buildExp2, f32: buildExp2 },
  exp10: { arity: 1, f64: buildExp10, f32: buildExp10 },
  expm1: { arity: 1, f64: buildExpm1, f32: buildExpm1 },
  sinh: { arity: 1, f64: buildSinh, f32: buildSinh },
  cosh: { arity: 1, f64: buildCosh, f32: buildCosh },
  tanh: { arity: 1, f64: buildTanh, f32: buildTanh },
  pow: { arity: 2, f64: buildPow, f32: buildPowSingle },
  log: { arity: 1, f64: buildLog, f32: buildLog },
  log2: { arity: 1, f64: buildLog2, f32: buildLog2 },
  log10: { arity: 1, f64: buildLog10, f32: buildLog10 },
  log1p: { arity: 1, f64: buildLog1p, f32: buildLog1p },
  asinh: { arity: 1, f64: buildAsinh, f32: buildAsinh },
  acosh: { arity: 1, f64: buildAcosh, f32: buildAcosh },
  atanh: { arity: 1, f64: buildAtanh, f32: buildAtanh },
  sin: { arity: 1, f64: buildSin, f32: buildSin },
  cos: { arity: 1, f64: buildCos, f32: buildCos },
  tan: { arity: 1, f64: buildTan, f32: buildTan },
  asin: { arity: 1, f64: buildAsin, f32: buildAsin },
  acos: { arity: 1, f64: buildAcos, f32: buildAcos },
  atan: { arity: 1, f64: buildAtan, f32: buildAtan },
  atan2: { arity: 2, f64: buildAtan2, f32: buildAtan2 },
  cbrt: { arity: 1, f64: buildCbrt, f32: buildCbrt },
  hypot: { arity: 2, f64: buildHypot, f32: buildHypot },
  erf: { arity: 1, f64: buildErf, f32: buildErf },
  erfc: { arity: 1, f64: buildErfc, f32: buildErfc },
} as const satisfies Record<string, Row>;

export type MathName = keyof typeof rows;

export const mathNames = Object.keys(rows) as MathName[]; // Object.keys forgets what the keys are

export function isMathName(text: string): text is MathName {
  return Object.hasOwn(rows, text);
}

export class MathLibrary {
  readonly options: MathOptions;
  #functions: Map<string, IrFunction> | undefined;

  constructor(options: MathOptions = { fma: true, fastMath: false }) {
    this.options = options;
  }

  /** hypot of so many numbers, more than two. */
  hypotOfMany(count: number, type: FloatType): IrFunction {
    const key = `hypot ${count} ${type}`;
    let fn = this.#functions?.get(key);
    if (fn === undefined) {
      fn = buildFrom("hypot", { arity: count, f64: buildHypotOfMany, f32: buildHypotOfMany }, type, this.options);
      this.#functions ??= new Map();
      this.#functions.set(key, fn);
    }
    return fn;
  }

  /** The function of this name at this type: as many parameters of the type as it takes, and a result of the type. */
  function(name: MathName, type: FloatType): IrFunction {
    const key = `${name} ${type}`;
    let fn = this.#functions?.get(key);
    if (fn === undefined) {
      fn = buildMathFunction(name, type, this.options);
      this.#functions ??= new Map();
      this.#functions.set(key, fn);
    }
    return fn;
  }
}

/** A new function, which may be changed. */
export function buildMathFunction(name: MathName, type: FloatType, options: MathOptions): IrFunction {
  return buildFrom(name, rows[name], type, options);
}

function buildFrom(name: string, row: Row, type: FloatType, options: MathOptions): IrFunction {
  const parameters = new Array<FloatType>(row.arity).fill(type);
  const builder = new FunctionBuilder(`Math.${name}${type === "f32" ? "f" : ""}`, parameters, type);
  builder.function.isPure = true;
  builder.function.isExact = true; // sums without error, and numbers that round by being added
  const args = builder.function.parameters;
  if (type === "f64" || row.f32 !== undefined) {
    const build = type === "f64" ? row.f64 : (row.f32 ?? row.f64);
    builder.return(build(new MathBuilder(builder, type, options), ...args));
  } else {
    const wide = args.map((arg) => builder.emit("promote", arg));
    builder.return(builder.emit("demote", row.f64(new MathBuilder(builder, "f64", options), ...wide)));
  }
  return builder.function;
}
