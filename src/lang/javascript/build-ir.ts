/** Checked expressions to IR, in the places where expressions stand. */
import { InternalError } from "../../base/errors.ts";
import { callContext } from "../../codegen/call-context.ts";
import { FunctionBuilder } from "../../ir/builder.ts";
import type { IrFunction, Value } from "../../ir/function.ts";
import type { Type } from "../../ir/types.ts";
import { MathLibrary } from "../../math/library.ts";
import { isArrayKind } from "./array-kinds.ts";
import { ExpressionBuilder } from "./build-expression.ts";
import type { BuiltValue, Environment } from "./environment.ts";
import { type CheckedExpression, numberTypeOf, type ParameterType, type Tree, type ValueType } from "./tree.ts";

/** An expression knows its parameters, and nothing else. */
class ParameterEnvironment implements Environment {
  readonly #parameters: readonly Value[];
  readonly #aggregates: readonly Value[];
  readonly math: MathLibrary;

  constructor(parameters: readonly Value[], aggregates: readonly Value[], math: MathLibrary) {
    this.math = math;
    this.#parameters = parameters;
    this.#aggregates = aggregates;
  }

  parameter(number: number): Value {
    const parameter = this.#parameters[number];
    if (parameter === undefined) throw new InternalError(`there is no parameter ${number}`);
    return parameter;
  }

  aggregate(number: number): Value {
    const aggregate = this.#aggregates[number];
    if (aggregate === undefined) throw new InternalError(`there is no aggregate ${number}`);
    return aggregate;
  }

  read(): never {
    return this.#none();
  }

  write(): never {
    return this.#none();
  }

  array(): never {
    return this.#none();
  }

  checkBounds(): never {
    return this.#none();
  }

  invoke(): never {
    return this.#none();
  }

  #none(): never {
    throw new InternalError("an expression has no variables, arrays or functions of its own");
  }
}

/**
 * Appends an expression to the builder's current block: a checked one, or an aggregate's argument. `parameters` and
 * `aggregates` are the values of both, in order; `math` is where calls of mathematical functions go.
 */
export function buildExpression(
  builder: FunctionBuilder,
  expression: Tree,
  parameters: readonly Value[],
  aggregates: readonly Value[] = [],
  math = new MathLibrary(),
): BuiltValue {
  return new ExpressionBuilder(builder, new ParameterEnvironment(parameters, aggregates, math)).build(expression);
}

/** The IR type of what a compiled function returns: booleans as 0 or 1 in an i32. */
export function returnType(type: ValueType): Exclude<Type, "bool"> {
  return numberTypeOf(type) ?? "i32";
}

/**
 * The function for scalar calls: the expression's parameters in, its value out. A mixed value returns its payload and
 * tells by the context's `isBoolean` whether it is a boolean.
 */
export function buildScalarFunction(expression: CheckedExpression, math = new MathLibrary()): IrFunction {
  const parameterTypes = expression.parameters.map(({ type }) => scalarType(type));
  const builder = new FunctionBuilder("expression", parameterTypes, returnType(expression.result.type));
  const values = builder.function.parameters.map((value, index) =>
    expression.parameters[index]?.type === "bool" ? builder.emit("ine", value, builder.constant("i32", 0)) : value,
  );
  const { payload, isBoolean } = buildExpression(builder, expression, values, [], math);
  builder.span = expression.result.span;
  if (isBoolean !== undefined)
    builder.store(builder.convert("zext", "i32", isBoolean), builder.emit("context"), callContext.isBoolean);
  builder.return(payload.type === "bool" ? builder.convert("zext", "i32", payload) : payload);
  return builder.function;
}

/** The IR type of a parameter of an expression, which is no array: a boolean is 0 or 1. */
function scalarType(type: ParameterType): Exclude<Type, "bool"> {
  if (isArrayKind(type)) throw new InternalError(`a parameter of an expression is a ${type}`);
  return type === "bool" ? "i32" : type;
}
