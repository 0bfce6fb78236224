/**
 * The IR of `map`: a loop over rows around the expression, which is built into its body.
 *
 *     @map(out, column pointers and broadcast scalars in the order of the parameters, rows)
 *       entry       rows is an f64, exact to 2^53; at least 1
 *       loop(row, byte offsets)
 *                   loads the row's elements, computes, stores
 *                   row + 1 < rows: again
 *
 * One running byte offset serves all columns of one element width. Where the expression may trap, the row is kept in the
 * context, so that the lowest trapping row can be told.
 */
import { callContext } from "../codegen/call-context.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { type Type, types } from "../ir/types.ts";
import { buildExpression } from "../lang/javascript/build-ir.ts";
import { type CheckedExpression, numberTypeOf, type ValueType } from "../lang/javascript/tree.ts";

/** For each parameter: true for a column, false for one value for all rows. */
export type ColumnMask = readonly boolean[];

/** The type of one element of the result: a boolean is a byte, a mixed value a number with 0 and 1 for booleans. */
export function elementType(type: ValueType): "f64" | "i32" | "bool" {
  return numberTypeOf(type) ?? "bool";
}

export function buildMapKernel(expression: CheckedExpression, columns: ColumnMask): IrFunction {
  const { parameters, result } = expression;
  const inputs = parameters.map((parameter, index): Type => (columns[index] === true ? "i64" : parameter.type));
  const builder = new FunctionBuilder("map", ["i64", ...inputs, "f64"], undefined);
  const out = builder.parameter(0);
  const rows = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 1));

  const widths = new Set<number>([types[elementType(result.type)].bytes]);
  parameters.forEach((parameter, index) => {
    if (columns[index] === true) widths.add(types[parameter.type].bytes);
  });
  const steps = [...widths]; // the row itself serves elements of one byte
  const zero = builder.constant("i64", 0n);
  const loop = builder.createBlock(...steps.map((): Type => "i64"), "i64");
  builder.jump(loop, ...steps.map(() => zero), zero);

  builder.switchTo(loop);
  const row = loop.parameters[steps.length] ?? zero;
  const offsets = new Map(steps.map((width, index): [number, Value] => [width, loop.parameters[index] ?? row]));
  const addressOf = (base: Value, type: Type): Value =>
    builder.emit("iadd", base, offsets.get(types[type].bytes) ?? row);
  if (result.traps) builder.store(row, builder.emit("context"), callContext.row);
  const values = parameters.map((parameter, index) => {
    const input = builder.parameter(index + 1);
    return columns[index] === true ? builder.load(parameter.type, addressOf(input, parameter.type)) : input;
  });
  const { payload } = buildExpression(builder, expression, values);
  builder.span = undefined;
  builder.store(payload, addressOf(out, payload.type));

  const nextRow = builder.emit("iadd", row, builder.constant("i64", 1n));
  const nextOffsets = steps.map((width, index) =>
    builder.emit("iadd", loop.parameters[index] ?? row, builder.constant("i64", BigInt(width))),
  );
  const exit = builder.createBlock();
  builder.branch(builder.emit("slt", nextRow, rows), loop, exit, [...nextOffsets, nextRow]);
  builder.switchTo(exit);
  builder.return();
  return builder.function;
}
