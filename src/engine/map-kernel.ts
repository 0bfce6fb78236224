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
import { callContext, fuelOf } from "../codegen/call-context.ts";
import type { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { type Type, types } from "../ir/types.ts";
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import { type NumberType, numberTypeOf, type ParameterType, type ValueType } from "../lang/javascript/tree.ts";
import type { Subject } from "./subject.ts";

/** For each parameter: true for a column, false for one value for all rows. */
export type ColumnMask = readonly boolean[];

/** The type of one element of the result: a boolean is a byte, a mixed value a number with 0 and 1 for booleans. */
export function elementType(type: ValueType | "void"): NumberType | "bool" {
  if (type === "void") throw new TypeError("map: the function returns nothing");
  return numberTypeOf(type) ?? "bool";
}

/** The name of every kernel, in the IR. */
export const kernelName = "map";

export function buildMapKernel(subject: Subject, columns: ColumnMask, maxIterations: number): IrFunction {
  const { parameters, resultType } = subject;
  const inputs = parameters.map(({ type }, index): Type => (columns[index] === true ? "i64" : broadcastType(type)));
  return subject.buildAround(kernelName, ["i64", ...inputs, "f64"], (builder, computeRow) => {
    const out = builder.parameter(0);
    const rows = builder.convert("trunc-sat-s", "i64", builder.parameter(inputs.length + 1));

    const widths = new Set<number>([types[elementType(resultType)].bytes]);
    parameters.forEach(({ type }, index) => {
      if (columns[index] === true) widths.add(types[columnType(type)].bytes);
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
    if (subject.mayTrap) builder.store(row, builder.emit("context"), callContext.row);
    if (subject.countsIterations) beginRow(builder, maxIterations);
    const values = parameters.map(({ type }, index) => {
      const input = builder.parameter(index + 1);
      if (columns[index] !== true) return type === "bool" ? isNotZero(builder, input) : input;
      const element = columnType(type);
      const address = addressOf(input, element);
      return type === "bool"
        ? isNotZero(builder, builder.loadNarrow("load8-u", address))
        : builder.load(element, address);
    });
    const payload = computeRow(values);
    builder.span = undefined;
    builder.store(payload, addressOf(out, payload.type));

    const nextRow = builder.emit("iadd", row, builder.constant("i64", 1n));
    const nextOffsets = steps.map((width, index) =>
      builder.emit("iadd", loop.parameters[index] ?? row, builder.constant("i64", BigInt(width))),
    );
    const exit = builder.createLaterBlock();
    builder.branch(builder.emit("slt", nextRow, rows), loop, exit, [...nextOffsets, nextRow]);
    builder.continueIn(exit);
    builder.return();
  });
}

/** What one value for all rows is passed as. */
export function broadcastType(type: ParameterType): Exclude<Type, "bool"> {
  const element = columnType(type);
  return element === "bool" ? "i32" : element;
}

function columnType(type: ParameterType): Type {
  if (isArrayKind(type)) throw new TypeError(`map: a parameter is a ${type}; map takes functions of numbers`);
  return type;
}

function isNotZero(builder: FunctionBuilder, value: Value): Value {
  return builder.emit("ine", value, builder.constant("i32", 0));
}

/** Each row may take `maxIterations`. The stop word is looked at between rows, too, since one row may take few. */
function beginRow(builder: FunctionBuilder, maxIterations: number): void {
  const context = builder.emit("context");
  const { fuel, iterationsLeft } = fuelOf(maxIterations);
  builder.store(builder.constant("i32", fuel), context, callContext.fuel);
  builder.store(builder.constant("i64", BigInt(iterationsLeft)), context, callContext.iterationsLeft);
  const stopped = builder.createLaterBlock();
  const running = builder.createLaterBlock();
  builder.branch(isNotZero(builder, builder.load("i32", context, callContext.stopWord)), stopped, running);
  builder.continueIn(stopped);
  builder.trap("stopped");
  builder.continueIn(running);
}
