/**
 * What every operation on columns does on the calling thread: read the columns, find what follows from their kinds, run kernels.
 *
 * Reading may run the caller's getters, which may dispose the function; so its life is looked at after all reading, and no
 * code of the caller runs from there to the kernel's end.
 */
import { DisposedError } from "../base/errors.ts";
import { callContext, callStatus, fuelOf } from "../codegen/call-context.ts";
import type { ColumnKernels, Kernel, KernelCode, Typed } from "./column-kernels.ts";
import { type ColumnCall, type Columns, type Input, isElementKind, readColumns } from "./columns.ts";
import { callDirect } from "./direct-kernel.ts";
import { lengthOf, viewOf } from "./element-kinds.ts";
import type { Host } from "./host.ts";
import { defaultMaxIterations } from "./options.ts";
import { takeTrap } from "./traps.ts";

/** Whether the function may still be called. */
export interface Life {
  readonly live: boolean;
}

/** What all operations need. */
export interface ColumnTarget {
  readonly kernels: ColumnKernels;
  readonly host: Host;
  readonly life: Life;
  /** Keeps the code for a run on other threads, whatever is disposed meanwhile, until what comes is called. */
  claim(): () => void;
}

/** The values of aggregates, in order. */
export type AggregateValues = readonly (number | bigint)[];

/** Columns that were read, with what follows from their kinds. */
export interface Prepared {
  readonly call: ColumnCall;
  readonly typed: Typed;
}

/** Reads the columns of an operation. */
export function prepare(
  { kernels }: ColumnTarget,
  caller: string,
  columns: Columns,
  rows: { readonly offset?: unknown; readonly length?: unknown },
  takesOthers = false,
): Prepared {
  const { parameters } = kernels.untyped;
  const call = readColumns({ caller, parameters, takesOthers }, columns, rows);
  return { call, typed: kernels.typedFor(call.kinds) };
}

export function requireLife({ life }: ColumnTarget): void {
  if (!life.live) throw new DisposedError("the compiled function was disposed; compile it again");
}

/** Calls a kernel on this thread. `firstRow` is what its row 0 is called. */
export function runKernel(
  { callContext: { words } }: Host,
  { typed }: Kernel,
  code: KernelCode,
  args: readonly Input[],
  firstRow: number,
): number {
  const result = code.direct === undefined ? code.call(...args) : callDirect(code.direct, args);
  if (typed.countsIterations) setFuel(words, defaultMaxIterations);
  if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, code.trapping, firstRow);
  return Number(result);
}

/** Between calls, the context allows the default number of iterations. */
export function setFuel(words: Int32Array, maxIterations: number): void {
  const { fuel, iterationsLeft } = fuelOf(maxIterations);
  words[callContext.fuel >> 2] = fuel;
  words[callContext.iterationsLeft >> 2] = iterationsLeft;
  words[(callContext.iterationsLeft >> 2) + 1] = iterationsLeft / 0x1_0000_0000;
}

/** A kernel's inputs as arguments, from a row of the call on: an array that all rows see brings its length. */
export function rowsFrom({ kinds, inputs, rows }: ColumnCall, first: number): Input[] {
  const args: Input[] = [];
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index] ?? 0;
    const kind = kinds[index] ?? "scalar";
    if (typeof input !== "object") args.push(input);
    else if (isElementKind(kind)) args.push(first === 0 ? input : viewOf(input, kind, first, rows));
    else args.push(input, lengthOf(input));
  }
  return args;
}
