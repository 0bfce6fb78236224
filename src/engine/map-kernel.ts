/** The IR of `map` with one row at a time: `@map(out, inputs…, rows) -> f64`, how many rows are done, which is all. */
import { InternalError } from "../base/errors.ts";
import type { IrFunction } from "../ir/function.ts";
import { elementKinds } from "./element-kinds.ts";
import type { KernelShape } from "./kernel-shape.ts";
import { storeAs } from "./row-conversions.ts";
import { buildRowLoop } from "./row-loop.ts";
import type { Subject } from "./subject.ts";

export function buildMapKernel(subject: Subject, shape: KernelShape, maxIterations: number): IrFunction {
  const { operation } = shape;
  if (operation.kind !== "map") throw new InternalError(`a map kernel for ${operation.kind}`);
  const { bytes } = elementKinds[operation.out];
  return buildRowLoop(subject, shape, maxIterations, {
    name: "map",
    widths: [bytes],
    result: "f64",
    row(builder, value, { out, offset }) {
      storeAs(builder, value, operation.out, builder.emit("iadd", out, offset(bytes)));
      return [];
    },
    end: (_, { rows }) => rows,
  });
}
