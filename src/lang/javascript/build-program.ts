/**
 * A checked program to IR: one function for each instance, the root first among equals.
 *
 * The parameters of an IR function are those of the source, flattened: a typed array is its address (i64) and length (i32), a
 * boolean an i32 of 0 or 1, a number that may be a boolean its number and an i32 that tells. A boolean comes back as an
 * i32; where a number may be a boolean, the context's `isBoolean` tells.
 */
import { InternalError } from "../../base/errors.ts";
import { callContext } from "../../codegen/call-context.ts";
import type { IrFunction, Value } from "../../ir/function.ts";
import { SsaBuilder } from "../../ir/ssa-builder.ts";
import type { Type } from "../../ir/types.ts";
import { MathLibrary } from "../../math/library.ts";
import { isArrayKind } from "./array-kinds.ts";
import { type BuiltParameter, FunctionBodyBuilder, type Surroundings, scalarIrType } from "./build-function.ts";
import type { BuiltValue } from "./environment.ts";
import type { CheckedProgram, Instance, SlotType } from "./program.ts";
import { isMixed } from "./tree.ts";

/** The function that a program starts in; the others hang on its calls. */
export function buildProgram(program: CheckedProgram, math = new MathLibrary()): IrFunction {
  return new ProgramBuilder(program, true, math).functionOf(program.root);
}

/** Builds the program's root into a builder, as a part of another function. `onReturn` ends the current block. */
export function buildInline(
  builder: SsaBuilder,
  program: CheckedProgram,
  parameters: readonly BuiltParameter[],
  onReturn: (value: BuiltValue | undefined) => void,
  math: MathLibrary,
): void {
  const functions = new ProgramBuilder(program, true, math);
  const { root } = program;
  new FunctionBodyBuilder(builder, root, { ...functions.surroundings, return: onReturn }).build(parameters, false);
}

/** Whether calls of the program's root count iterations. */
export function countsIterations(program: CheckedProgram): boolean {
  return usesFuel(program.root);
}

class ProgramBuilder {
  readonly #functions = new Map<Instance, IrFunction>();
  readonly surroundings: Omit<Surroundings, "return">;

  constructor(program: CheckedProgram, countsIterations: boolean, math: MathLibrary) {
    this.surroundings = {
      math,
      functionOf: (instance: Instance) => this.functionOf(instance),
      usesFuel: (instance) => countsIterations && usesFuel(instance),
      countsIterations,
    };
    // A function is there before its body is built, since the body may call it.
    const instances = reachedFrom(program.root);
    const builders = [...instances].map((instance) => {
      const parameters = instance.parameterTypes.flatMap(irTypes);
      const { result } = instance;
      const resultType = result === "void" || result === undefined ? undefined : scalarIrType(result);
      const builder = new SsaBuilder(instance.name, parameters, resultType);
      this.#functions.set(instance, builder.function);
      return { instance, builder };
    });
    for (const { instance, builder } of builders) this.#build(instance, builder);
  }

  functionOf(instance: Instance): IrFunction {
    const fn = this.#functions.get(instance);
    if (fn === undefined) throw new InternalError(`${instance.name} is not part of the program`);
    return fn;
  }

  #build(instance: Instance, builder: SsaBuilder): void {
    const surroundings: Surroundings = {
      ...this.surroundings,
      return: (value) => {
        if (value === undefined) {
          builder.return();
          return;
        }
        if (value.isBoolean !== undefined)
          builder.store(
            builder.convert("zext", "i32", value.isBoolean),
            builder.emit("context"),
            callContext.isBoolean,
          );
        builder.return(value.payload.type === "bool" ? builder.convert("zext", "i32", value.payload) : value.payload);
      },
    };
    const parameters = [...builder.function.parameters];
    const built = instance.parameterTypes.map((type) => takeParameter(builder, type, parameters));
    const countsEntries = this.surroundings.countsIterations && isRecursive(instance);
    new FunctionBodyBuilder(builder, instance, surroundings).build(built, countsEntries);
    builder.finish();
  }
}

function irTypes(type: SlotType): Type[] {
  if (isArrayKind(type)) return ["i64", "i32"];
  return isMixed(type) ? [scalarIrType(type), "i32"] : [scalarIrType(type)];
}

/** Takes a parameter's values from the front of the list. */
function takeParameter(builder: SsaBuilder, type: SlotType, values: Value[]): BuiltParameter {
  const next = (): Value => {
    const value = values.shift();
    if (value === undefined) throw new InternalError("a function lacks a parameter");
    return value;
  };
  const truth = (value: Value): Value => builder.emit("ine", value, builder.constant("i32", 0));
  if (isArrayKind(type)) return { address: next(), length: next() };
  if (type === "bool") return { payload: truth(next()), isBoolean: undefined };
  const payload = next();
  return { payload, isBoolean: isMixed(type) ? truth(next()) : undefined };
}

/** An instance and all that it calls, directly or not. */
function reachedFrom(root: Instance): Set<Instance> {
  const reached = new Set([root]);
  for (const instance of reached) for (const callee of instance.callees) reached.add(callee); // a set grows while it is read
  return reached;
}

/** Whether a function calls itself, directly or by others. */
function isRecursive(instance: Instance): boolean {
  return [...instance.callees].some((callee) => callee === instance || reachedFrom(callee).has(instance));
}

function usesFuel(instance: Instance): boolean {
  for (const reached of reachedFrom(instance)) if (reached.hasLoops || isRecursive(reached)) return true;
  return false;
}
