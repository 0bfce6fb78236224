/**
 * The IR of `filter` with one row at a time: `@filter(out, inputs…, rows, firstRow) -> f64`, how many row numbers it wrote to
 * `out`, counted from `firstRow` on. Each row writes its number to the next free place, which then moves on only if the row
 * is taken: so there is no branch to guess wrong, and `out` has room for `rows` numbers.
 */
import type { IrFunction } from "../ir/function.ts";
import type { KernelShape } from "./kernel-shape.ts";
import { truth } from "./row-conversions.ts";
import { buildRowLoop } from "./row-loop.ts";
import type { Subject } from "./subject.ts";

export function buildFilterKernel(subject: Subject, shape: KernelShape, maxIterations: number): IrFunction {
  return buildRowLoop(subject, shape, maxIterations, {
    name: "filter",
    more: ["f64"],
    result: "f64",
    begin: (builder, { more: [firstRow] }) => [
      builder.constant("i64", 0n),
      builder.convert("trunc-sat-s", "i64", firstRow ?? builder.constant("f64", 0)),
    ],
    row(builder, value, { out, row }, [count, firstRow]) {
      if (count === undefined || firstRow === undefined) return [];
      const place = builder.emit("iadd", out, builder.emit("shl", count, builder.constant("i64", 2n)));
      builder.store(builder.emit("wrap", builder.emit("iadd", firstRow, row)), place);
      const taken = builder.convert("zext", "i64", truth(builder, value));
      return [builder.emit("iadd", count, taken), firstRow];
    },
    end: (builder, _, [count]) => builder.convert("convert-s", "f64", count ?? builder.constant("i64", 0n)),
  });
}
