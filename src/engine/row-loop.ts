/**
 * The loop over rows that every kernel with one row at a time has:
 *
 *     @name(out, inputs in the order of the parameters, aggregates, rows, more…)
 *       entry       rows is an f64, exact to 2^53; at least 1
 *       loop(byte offsets, row, state…)
 *                   loads the row's elements, computes; the kernel uses the value and gives the next state
 *                   row + 1 < rows: again
 *       exit        the kernel's result
 *
 * An input is a column's address, one value for all rows, or the address and length of an array that all rows see. One
 * running byte offset serves all columns of one element width. Where a row may trap, its number is kept in the context, so
 * that the lowest row that traps can be told.
 */
import { InternalError } from "../base/errors.ts";
import { callContext, fuelOf } from "../codegen/call-context.ts";
import type { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import type { Type } from "../ir/types.ts";
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import { elementKinds } from "./element-kinds.ts";
import { inputTypes, type KernelShape } from "./kernel-shape.ts";
import { loadAs } from "./row-conversions.ts";
import type { RowInput, Subject } from "./subject.ts";

/** What a kernel does around the rows. */
export interface RowLoop {
  readonly name: string;
  /** Parameters behind `rows`. */
  readonly more?: readonly Type[];
  /** Element widths that the kernel itself wants offsets for. */
  readonly widths?: readonly number[];
  readonly result: Type;
  /** What goes from row to row, as it is before the first. */
  begin?(builder: FunctionBuilder, parameters: LoopParameters): Value[];
  /** Uses one row's value. Gives the next state. */
  row(builder: FunctionBuilder, value: Value, at: LoopParameters & RowPlace, state: readonly Value[]): Value[];
  end(builder: FunctionBuilder, parameters: LoopParameters, state: readonly Value[]): Value;
}

export interface LoopParameters {
  /** Where the results go. */
  readonly out: Value;
  /** An f64. */
  readonly rows: Value;
  readonly more: readonly Value[];
}

export interface RowPlace {
  /** The row's number, an i64. */
  readonly row: Value;
  /** The row's byte offset among elements of a width: 1, or one of the loop's `widths`. */
  offset(width: number): Value;
}

export function buildRowLoop(subject: Subject, shape: KernelShape, maxIterations: number, loop: RowLoop): IrFunction {
  const { parameters, aggregates } = subject;
  const inputs = inputTypes(subject, shape.inputs);
  const more = loop.more ?? [];
  const shell = { name: loop.name, parameters: ["i64", ...inputs, "f64", ...more] as const, result: loop.result };
  return subject.buildAround(shape.part, shell, (builder, computeRow) => {
    const rowsAt = inputs.length + 1;
    const outer: LoopParameters = {
      out: builder.parameter(0),
      rows: builder.parameter(rowsAt),
      more: more.map((_, index) => builder.parameter(rowsAt + 1 + index)),
    };
    const rows = builder.convert("trunc-sat-s", "i64", outer.rows);
    const state = loop.begin?.(builder, outer) ?? [];

    const widths = new Set(loop.widths);
    for (const kind of shape.inputs)
      if (kind !== "whole" && kind !== "scalar" && kind !== "bigint") widths.add(elementKinds[kind].bytes);
    widths.delete(1); // the row itself serves elements of one byte
    const steps = [...widths];
    const zero = builder.constant("i64", 0n);
    const header = builder.createBlock(...steps.map((): Type => "i64"), "i64", ...state.map(({ type }) => type));
    builder.jump(header, ...steps.map(() => zero), zero, ...state);

    builder.switchTo(header);
    const row = present(header.parameters[steps.length]);
    const offsets = new Map(steps.map((width, index): [number, Value] => [width, present(header.parameters[index])]));
    const place: RowPlace = { row, offset: (width) => offsets.get(width) ?? row };
    if (subject.mayTrap) builder.store(row, builder.emit("context"), callContext.row);
    if (subject.countsIterations) beginRow(builder, maxIterations);

    let next = 1;
    const values = parameters.map(({ type }, index): RowInput => {
      const kind = shape.inputs[index];
      const input = builder.parameter(next++);
      if (isArrayKind(type)) return { address: input, length: builder.parameter(next++) };
      if (kind === undefined || kind === "scalar" || kind === "bigint" || kind === "whole")
        return type === "bool" ? builder.emit("ine", input, builder.constant("i32", 0)) : input;
      return loadAs(builder, kind, type, builder.emit("iadd", input, place.offset(elementKinds[kind].bytes)));
    });
    const value = computeRow(
      values,
      aggregates.map(() => builder.parameter(next++)),
    );
    builder.span = undefined;
    const nextState = loop.row(builder, value, { ...outer, ...place }, header.parameters.slice(steps.length + 1));

    const nextRow = builder.emit("iadd", row, builder.constant("i64", 1n));
    const nextOffsets = steps.map((width, index) =>
      builder.emit("iadd", present(header.parameters[index]), builder.constant("i64", BigInt(width))),
    );
    const exit = builder.createLaterBlock(...nextState.map(({ type }) => type));
    const again = builder.emit("slt", nextRow, rows);
    builder.branch(again, header, exit, [...nextOffsets, nextRow, ...nextState], nextState);
    builder.continueIn(exit);
    builder.return(loop.end(builder, outer, exit.parameters));
  });
}

function present(value: Value | undefined): Value {
  if (value === undefined) throw new InternalError("the loop over rows lost a value");
  return value;
}

/** Each row may take `maxIterations`. The stop word is looked at between rows, too, since one row may take few. */
function beginRow(builder: FunctionBuilder, maxIterations: number): void {
  const context = builder.emit("context");
  const { fuel, iterationsLeft } = fuelOf(maxIterations);
  builder.store(builder.constant("i32", fuel), context, callContext.fuel);
  builder.store(builder.constant("i64", BigInt(iterationsLeft)), context, callContext.iterationsLeft);
  const stopped = builder.createLaterBlock();
  const running = builder.createLaterBlock();
  const stopWord = builder.load("i32", context, callContext.stopWord);
  builder.branch(builder.emit("ine", stopWord, builder.constant("i32", 0)), stopped, running);
  builder.continueIn(stopped);
  builder.trap("stopped");
  builder.continueIn(running);
}
