/** IR to machine code: the optimiser and the back end of the host's architecture. */
import { reachedFunctions } from "../analysis/call-graph.ts";
import { UnsupportedError } from "../base/errors.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";
import type { IrFunction } from "../ir/function.ts";
import { optimize } from "../opt/pipeline.ts";
import { x64 } from "../targets/x64/target.ts";
import { vectorSupport } from "../targets/x64/vector-support.ts";
import type { Host } from "./host.ts";
import type { CompileSettings } from "./options.ts";

/** Is told what each step made. */
export interface Observer {
  /** Of each function: callees come before their callers. */
  readonly onPass: (name: string, fn: IrFunction, isChanged: boolean) => void;
  /** The back end's stages: `lower`, `live`, `regalloc`. */
  readonly onStage: (name: string, text: string) => void;
}

/** Optimises a function and those that it calls in place, and compiles them. Throws `UnsupportedError` where there is no back end. */
export function translate(
  fn: IrFunction,
  host: Host,
  { verify, fastMath }: Pick<CompileSettings, "verify" | "fastMath">,
  observer?: Observer,
): CompiledCode {
  if (host.architecture !== "x64")
    throw new UnsupportedError(`machine code is made for x86-64 so far; this machine is ${host.architecture}`);
  const features = host.cpuFeatures;
  const common = { verify, fastMath, vectors: vectorSupport(features) };
  const settings = observer === undefined ? common : { ...common, onPass: observer.onPass };
  for (const reached of reachedFunctions(fn)) optimize(reached, settings); // itself last
  if (observer === undefined) return x64.compileFunction(fn, { features, verify });
  return x64.compileFunction(fn, { features, verify, onStage: observer.onStage });
}
