/**
 * A checked program to the IR of one row, for kernels over columns: scalars in, one scalar out, and nothing else. Calls are built
 * where they stand, loops count no iterations (the kernels do), and the call context is not touched.
 *
 * The parameters are those of the source: a number or boolean is one of its own type, an array its address (i64) and length
 * (i32). Programs that cannot be so are refused with an `UnsupportedError` that says why: recursion, stores into arrays,
 * and calls that would become too much code.
 */
import { UnsupportedError } from "../../base/errors.ts";
import type { IrFunction, Value } from "../../ir/function.ts";
import { SsaBuilder } from "../../ir/ssa-builder.ts";
import type { Type } from "../../ir/types.ts";
import { MathLibrary } from "../../math/library.ts";
import { isArrayKind } from "./array-kinds.ts";
import { type BuiltParameter, FunctionBodyBuilder, type Surroundings } from "./build-function.ts";
import type { BuiltValue } from "./environment.ts";
import type { CheckedProgram, Instance } from "./program.ts";
import { isMixed, type Parameter, payloadType } from "./tree.ts";

/** How many calls are built in place. */
const mostCalls = 200;

export function buildProgramRow(program: CheckedProgram, math = new MathLibrary()): IrFunction {
  const { root } = program;
  const { result } = root;
  if (result === undefined || result === "void") throw new UnsupportedError(`${root.name} returns nothing`);
  const builder = new SsaBuilder(root.name, rowParameterTypes(program.parameters), payloadType(result));
  const inProgress = new Set<Instance>([root]);
  let calls = 0;

  const build = (
    instance: Instance,
    args: readonly BuiltParameter[],
    onReturn: (value: BuiltValue | undefined) => void,
  ): void => {
    const surroundings: Surroundings = {
      math,
      functionOf: () => {
        throw new UnsupportedError("a row function calls nothing");
      },
      usesFuel: () => false,
      countsIterations: false,
      inline: (callee, calleeArgs) => inline(callee, calleeArgs),
      return: onReturn,
    };
    new FunctionBodyBuilder(builder, instance, surroundings).build(args, false);
  };

  const inline = (instance: Instance, args: readonly BuiltParameter[]): BuiltValue | undefined => {
    if (inProgress.has(instance)) throw new UnsupportedError(`${instance.fn.name} calls itself`);
    if (++calls > mostCalls)
      throw new UnsupportedError(`more than ${mostCalls} calls would become code in place of the call`);
    inProgress.add(instance);
    const type = instance.result === "void" ? undefined : instance.result;
    const payload = type === undefined ? undefined : builder.createVariable(payloadType(type));
    const flag = type !== undefined && isMixed(type) ? builder.createVariable("bool") : undefined;
    const after = builder.createLaterBlock();
    build(instance, args, (value) => {
      if (value !== undefined && payload !== undefined) builder.write(payload, value.payload);
      if (flag !== undefined)
        builder.write(flag, value?.isBoolean ?? builder.constant("bool", value?.payload.type === "bool"));
      builder.jump(after);
    });
    inProgress.delete(instance);
    if (!builder.isReached(after)) throw new UnsupportedError(`${instance.fn.name} never returns`);
    builder.continueIn(after);
    if (payload === undefined) return undefined;
    return { payload: builder.read(payload), isBoolean: flag === undefined ? undefined : builder.read(flag) };
  };

  let returns = 0;
  build(root, takeParameters(program.parameters, builder.function.parameters), (value) => {
    if (value === undefined) throw new UnsupportedError(`${root.name} returns nothing`);
    returns++;
    builder.return(value.payload);
  });
  if (returns === 0) throw new UnsupportedError(`${root.name} never returns`);
  builder.finish();
  refuseStores(builder.function);
  return builder.function;
}

/** The types of a row function's parameters. */
export function rowParameterTypes(parameters: readonly Parameter[]): Type[] {
  return parameters.flatMap(({ type }): Type[] => (isArrayKind(type) ? ["i64", "i32"] : [type]));
}

function takeParameters(parameters: readonly Parameter[], values: readonly Value[]): BuiltParameter[] {
  let next = 0;
  const take = (): Value => {
    const value = values[next++];
    if (value === undefined) throw new RangeError("a row function lacks a parameter");
    return value;
  };
  return parameters.map(({ type }) =>
    isArrayKind(type) ? { address: take(), length: take() } : { payload: take(), isBoolean: undefined },
  );
}

function refuseStores({ name, blocks }: IrFunction): void {
  for (const { instructions } of blocks)
    for (const { shape } of instructions)
      if (shape.effect === "write" && shape.opcode !== "call")
        throw new UnsupportedError(`${name} stores into an array`);
}
