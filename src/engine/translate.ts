/** IR to machine code: the optimiser and the back end of the host's architecture. */
import { UnsupportedError } from "../base/errors.ts";
import type { IrFunction } from "../ir/function.ts";
import { optimize } from "../opt/pipeline.ts";
import { type CompiledCode, compileFunction } from "../targets/x64/compile-function.ts";
import type { Host } from "./host.ts";

/** Optimises a function in place and compiles it. */
export function translate(fn: IrFunction, host: Host, verify: boolean): CompiledCode {
  if (host.architecture !== "x64")
    throw new UnsupportedError(`machine code is made for x86-64 so far; this machine is ${host.architecture}`);
  optimize(fn, { verify });
  return compileFunction(fn, { features: host.cpuFeatures, verify });
}

/** The C signature of a scalar function, with the context as its first argument. */
export function signatureOf(fn: IrFunction): string {
  const parameters = fn.parameters.map((parameter) => parameter.type);
  return `${fn.result ?? "void"}(${["ptr", ...parameters].join(", ")})`;
}
