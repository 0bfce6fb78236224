/**
 * Ways to run a function of the language on numbers, BigInts and typed arrays: as JavaScript, in the interpreter, as machine
 * code, each with or without passes. All give an `Outcome`, which `expectSame` compares by `Object.is`.
 */
import { expect } from "vitest";
import { nodeHost } from "../../node/node-host.ts";
import { reachedFunctions } from "../../src/analysis/call-graph.ts";
import { verify } from "../../src/analysis/verify.ts";
import { TrapError } from "../../src/base/errors.ts";
import { callContext, fuelOf } from "../../src/codegen/call-context.ts";
import type { Subject } from "../../src/engine/subject.ts";
import type { Constant, IrFunction } from "../../src/ir/function.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { compileFunction } from "../../src/targets/x64/target.ts";
import { vectorSupport } from "../../src/targets/x64/vector-support.ts";

export type TypedArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigInt64Array;
export type Argument = number | bigint | TypedArray;
export type Outcome = { readonly answer: unknown; readonly arrays: readonly TypedArray[] } | "trap";

/** One way to run a program, made once for all of its arguments, which it leaves as they are. */
export interface Runner {
  readonly run: (args: readonly Argument[]) => Outcome;
  readonly release: () => void;
}

/** Fresh arrays; those of one buffer are of one buffer again. */
function copies(args: readonly Argument[]): Argument[] {
  const buffers = new Map<ArrayBufferLike, ArrayBufferLike>();
  return args.map((arg) => {
    if (typeof arg !== "object") return arg;
    const buffer = buffers.get(arg.buffer) ?? arg.buffer.slice(0);
    buffers.set(arg.buffer, buffer);
    const View = arg.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => TypedArray; // its own class
    return new View(buffer, arg.byteOffset, arg.length);
  });
}
const arraysOf = (args: readonly Argument[]) => args.filter((arg) => typeof arg === "object");

/** JavaScript, where a program that traps throws `"trap"`. */
export function runModel(model: (...args: Argument[]) => unknown, args: readonly Argument[]): Outcome {
  const own = copies(args);
  try {
    return { answer: model(...own), arrays: arraysOf(own) };
  } catch (error) {
    if (error === "trap") return "trap";
    throw error;
  }
}

/** The answer that raw bits stand for. */
function answerOf({ resultType }: Subject, raw: unknown, isBoolean: boolean): unknown {
  if (resultType === undefined) return undefined;
  return resultType === "bool" || (resultType.endsWith("|bool") && isBoolean) ? Number(raw) !== 0 : raw;
}

/** The program's IR without some passes, or, with `undefined`, as it was built. */
export function buildIr(subject: Subject, disable: readonly string[] | undefined): IrFunction {
  const fn = subject.buildScalar();
  const vectors = vectorSupport(nodeHost.cpuFeatures);
  for (const reached of reachedFunctions(fn)) {
    verify(reached);
    if (disable !== undefined) optimize(reached, { disable, vectors, verify: true });
  }
  return fn;
}

const mapped = 4096;
const iterations = 100_000;

export function interpreterOf(subject: Subject, fn: IrFunction, maxIterations = iterations): Runner {
  const run = (args: readonly Argument[]): Outcome => {
    const own = copies(args);
    const buffers = [...new Set(arraysOf(own).map(({ buffer }) => buffer))];
    const places = new Map<ArrayBufferLike, number>();
    let end = 128;
    for (const buffer of buffers) {
      places.set(buffer, end);
      end += (buffer.byteLength + 127) & ~127;
    }
    const bytes = new Uint8Array(end);
    for (const [buffer, at] of places) bytes.set(new Uint8Array(buffer), at);
    const words = new Int32Array(bytes.buffer);
    const { fuel, iterationsLeft } = fuelOf(maxIterations);
    words[callContext.fuel >> 2] = fuel;
    words[callContext.iterationsLeft >> 2] = iterationsLeft;
    const flat = own.flatMap((arg): Constant[] => {
      if (typeof arg !== "object") return [arg];
      return [BigInt(mapped + (places.get(arg.buffer) ?? 0) + arg.byteOffset), arg.length];
    });
    try {
      const raw = interpret(fn, flat, { memory: { address: BigInt(mapped), bytes }, context: BigInt(mapped) });
      for (const [buffer, at] of places) new Uint8Array(buffer).set(bytes.subarray(at, at + buffer.byteLength));
      return { answer: answerOf(subject, raw, words[callContext.isBoolean >> 2] !== 0), arrays: arraysOf(own) };
    } catch (error) {
      if (error instanceof TrapError) return "trap";
      throw error;
    }
  };
  return { run, release: () => {} };
}

export function machineOf(
  subject: Subject,
  fn: IrFunction,
  registers: number | undefined,
  maxIterations = iterations,
): Runner {
  const features = nodeHost.cpuFeatures;
  const code = compileFunction(fn, { features, verify: true, ...(registers === undefined ? {} : { registers }) });
  const installed = nodeHost.install(code.bytes);
  const { words } = nodeHost.callContext;
  const parameters = subject.parameters.flatMap(({ type }) => (/Array$/.test(type) ? ["ptr", "i32"] : [type]));
  const call = nodeHost.bindCompiled(installed.address, `${fn.result ?? "void"}(${parameters.join(", ")})`);
  const run = (args: readonly Argument[]): Outcome => {
    const { fuel, iterationsLeft } = fuelOf(maxIterations);
    words[callContext.fuel >> 2] = fuel;
    words[callContext.iterationsLeft >> 2] = iterationsLeft;
    words[(callContext.iterationsLeft >> 2) + 1] = 0;
    const own = copies(args);
    try {
      const raw = call(...own.flatMap((arg): Argument[] => (typeof arg === "object" ? [arg, arg.length] : [arg])));
      if (words[callContext.status >> 2] !== 0) return "trap";
      return { answer: answerOf(subject, raw, words[callContext.isBoolean >> 2] !== 0), arrays: arraysOf(own) };
    } finally {
      words[callContext.status >> 2] = 0;
    }
  };
  return { run, release: () => installed.release() };
}

export function expectSame(found: Outcome, expected: Outcome, where: () => string): void {
  if (expected === "trap" || found === "trap") {
    if (found !== expected) expect(found, where()).toBe(expected);
    return;
  }
  if (!Object.is(found.answer, expected.answer)) expect(found.answer, where()).toBe(expected.answer);
  // `toEqual` of typed arrays is the slowest line here where they are equal, as nearly always.
  found.arrays.forEach((array, index) => {
    if (!array.every((element, place) => Object.is(element, expected.arrays[index]?.[place])))
      expect(found.arrays, `${where()}: arrays`).toEqual(expected.arrays);
  });
}
