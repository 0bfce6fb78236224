/**
 * The IR of `select` with one row at a time: `@select(out 0, inputs…, rows, outs 1…, columns…) -> f64`, how many rows were taken
 * (src/vector/select-kernel.ts says which column is where). As `filter`, it writes each row's elements to the next free place, which
 * moves on if the row is taken.
 */
import { InternalError } from "../base/errors.ts";
import type { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { elementKinds } from "./element-kinds.ts";
import { inputOf, type KernelShape } from "./kernel-shape.ts";
import { truth } from "./row-conversions.ts";
import { buildRowLoop } from "./row-loop.ts";
import type { Subject } from "./subject.ts";

export function buildSelectKernel(subject: Subject, shape: KernelShape, maxIterations: number): IrFunction {
  const { operation } = shape;
  if (operation.kind !== "select") throw new InternalError(`a select kernel for ${operation.kind}`);
  const { columns } = operation;
  const others = columns.filter(({ parameter }) => parameter === undefined).length;
  return buildRowLoop(subject, shape, maxIterations, {
    name: "select",
    more: Array.from({ length: columns.length - 1 + others }, () => "i64" as const),
    widths: columns.map(({ element }) => elementKinds[element].bytes),
    result: "f64",
    begin: (builder) => [builder.constant("i64", 0n)],
    row(builder, value, { out, more, offset }, [count]) {
      if (count === undefined) return [];
      let nextOther = columns.length - 1;
      columns.forEach(({ element, parameter }, index) => {
        const { bytes } = elementKinds[element];
        const column = parameter === undefined ? more[nextOther++] : builder.parameter(1 + inputOf(subject, parameter));
        const to = index === 0 ? out : more[index - 1];
        if (column === undefined || to === undefined) throw new InternalError(`select lost column ${index}`);
        const place =
          bytes === 1 ? count : builder.emit("shl", count, builder.constant("i64", BigInt(Math.log2(bytes))));
        copyElement(builder, bytes, builder.emit("iadd", column, offset(bytes)), builder.emit("iadd", to, place));
      });
      return [builder.emit("iadd", count, builder.convert("zext", "i64", truth(builder, value)))];
    },
    end: (builder, _, [count]) => builder.convert("convert-s", "f64", count ?? builder.constant("i64", 0n)),
  });
}

function copyElement(builder: FunctionBuilder, bytes: 1 | 2 | 4 | 8, from: Value, to: Value): void {
  if (bytes === 1) builder.storeNarrow("store8", builder.loadNarrow("load8-u", from), to);
  else if (bytes === 2) builder.storeNarrow("store16", builder.loadNarrow("load16-u", from), to);
  else builder.store(builder.load(bytes === 4 ? "i32" : "i64", from), to);
}
