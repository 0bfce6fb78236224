/**
 * Kernels that compute many rows at once. The function of one row is optimised as scalar code, widened as far as the target's
 * vectors reach (src/vector/), freed of operations that the target lacks, tidied, and compiled:
 *
 *     row -> optimize -> widen -> expand -> value numbering, invariants, dead code -> the back end
 */
import { UnsupportedError } from "../base/errors.ts";
import { callContext } from "../codegen/call-context.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";
import type { IrFunction } from "../ir/function.ts";
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import { optimize } from "../opt/pipeline.ts";
import { x64 } from "../targets/x64/target.ts";
import { vectorSupport } from "../targets/x64/vector-support.ts";
import { expandVectors } from "../vector/expand.ts";
import { buildVectorFilter } from "../vector/filter-kernel.ts";
import { isRefusal, type KernelInput, type KernelOptions, type Refusal, type VectorKernel } from "../vector/kernel.ts";
import { buildVectorMap, type Stores } from "../vector/map-kernel.ts";
import { buildVectorReduce } from "../vector/reduce-kernel.ts";
import { repeatComparisons } from "../vector/repeated-comparisons.ts";
import { buildVectorSelect } from "../vector/select-kernel.ts";
import type { VectorShape } from "../vector/vector-shape.ts";
import { isElementKind } from "./columns.ts";
import type { Host } from "./host.ts";
import { inputOf, type KernelShape } from "./kernel-shape.ts";
import type { CompileSettings } from "./options.ts";
import type { Subject } from "./subject.ts";
import type { Observer } from "./translate.ts";

/** Code, or why there is none. */
export interface VectorKernelCode {
  readonly code: CompiledCode | undefined;
  /** The vectors that are used, or why none are. */
  readonly how: string;
  /** As of `VectorKernel`. */
  readonly hasOneLoop: boolean;
}

export interface VectorVariant {
  /** How results reach memory, of `map`. */
  readonly stores?: Stores;
  readonly observer?: VectorObserver;
}

export interface VectorObserver extends Observer {
  /** Is told the IR before the passes: of the row, and widened. */
  readonly onIr: (stage: string, fn: IrFunction) => void;
}

/** Passes for vectors: what widening and expansion leave is plain, and computed alike in several places. */
const tidyingPasses = ["value-numbering", "loop-invariants", "dead-code"];

export function buildVectorKernel(
  subject: Subject,
  shape: KernelShape,
  host: Host,
  settings: CompileSettings,
  variant: VectorVariant = {},
): VectorKernelCode {
  const vectors = host.architecture === "x64" ? vectorSupport(host.cpuFeatures) : undefined;
  if (vectors === undefined) return rowByRow("the CPU has neither AVX-512 nor AVX2 with FMA");
  const { observer } = variant;
  let row: IrFunction;
  try {
    row = subject.buildRow(shape.part);
  } catch (error) {
    if (error instanceof UnsupportedError) return rowByRow(error.message);
    throw error;
  }
  observer?.onIr("row", row);
  const { verify, fastMath } = settings;
  optimize(row, observer === undefined ? { verify, fastMath } : { verify, fastMath, onPass: observer.onPass });
  const kernel = widen(row, subject, shape, vectors, settings, variant);
  if (isRefusal(kernel)) return rowByRow(kernel.refused);
  const { fn, lanes, interleave, hasOneLoop } = kernel;
  observer?.onIr("widened", fn);
  if (expandVectors(fn, vectors)) observer?.onIr("expanded", fn);
  optimize(fn, {
    verify,
    passes: tidyingPasses,
    ...(observer !== undefined && { onPass: observer.onPass }),
  });
  const isRepeated = vectors.name === "avx512" && repeatComparisons(fn); // AVX2 has masks in its vectors' registers
  observer?.onPass("repeated-comparisons", fn, isRepeated);
  const code = x64.compileFunction(fn, {
    features: host.cpuFeatures,
    verify,
    keepsFloatControl: true,
    ...(observer !== undefined && { onStage: observer.onStage }),
  });
  return { code, how: `${vectors.name}: ${interleave} vectors of ${lanes} rows at once`, hasOneLoop };
}

const rowByRow = (reason: string): VectorKernelCode => ({
  code: undefined,
  how: `one row at a time: ${reason}`,
  hasOneLoop: false,
});

/** The most iterations of a row that vectors count; a row that takes more is left to the scalar kernel. */
const mostVectorIterations = 1e9;

function widen(
  row: IrFunction,
  subject: Subject,
  shape: KernelShape,
  vectors: VectorShape,
  { maxIterations }: CompileSettings,
  { stores = "plain" }: VectorVariant,
): VectorKernel | Refusal {
  const { operation } = shape;
  const inputs = kernelInputs(subject, shape);
  const options: KernelOptions = {
    shape: vectors,
    maxIterations: Math.min(maxIterations, mostVectorIterations),
    stopWord: callContext.stopWord,
  };
  switch (operation.kind) {
    case "map":
      return buildVectorMap(row, inputs, operation.out, { ...options, stores });
    case "filter":
      return buildVectorFilter(row, inputs, options);
    case "select": {
      const columns = operation.columns.map(({ element, parameter }) => ({
        element,
        input: parameter === undefined ? undefined : inputOf(subject, parameter),
      }));
      return buildVectorSelect(row, inputs, columns, options);
    }
    case "reduce":
      return buildVectorReduce(row, operation.accumulations, inputs, options);
  }
}

/** How each parameter of the row function comes. */
function kernelInputs({ parameters, aggregates }: Subject, { inputs }: KernelShape): KernelInput[] {
  const scalar: KernelInput = { kind: "scalar" };
  const own = parameters.flatMap(({ type }, index): KernelInput[] => {
    const kind = inputs[index] ?? "scalar";
    if (isArrayKind(type)) return [scalar, scalar];
    return [isElementKind(kind) ? { kind: "column", element: kind } : scalar];
  });
  return [...own, ...aggregates.map(() => scalar)];
}
