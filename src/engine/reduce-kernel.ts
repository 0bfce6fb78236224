/**
 * The IR of `reduce` with one row at a time: `@reduce(partials, inputs…, rows) -> f64`, how many rows are done, which is all.
 * Each row goes into the words of its lane in memory, as src/vector/reduce-layout.ts says.
 */
import { InternalError } from "../base/errors.ts";
import type { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { type Accumulation, accumulatorOf, layoutOf, reduceBlock, reduceLanes } from "../vector/reduce-layout.ts";
import { type KernelShape, rowType } from "./kernel-shape.ts";
import { truth } from "./row-conversions.ts";
import { buildRowLoop } from "./row-loop.ts";
import type { Subject } from "./subject.ts";

const wordBytes = 8;

export function buildReduceKernel(subject: Subject, shape: KernelShape, maxIterations: number): IrFunction {
  const { operation, part } = shape;
  if (operation.kind !== "reduce") throw new InternalError(`a reduce kernel for ${operation.kind}`);
  const { accumulations } = operation;
  const type = rowType(subject.resultOf(part), "reduce");
  const layout = layoutOf(accumulations.map((accumulation) => accumulatorOf(accumulation, type)));
  return buildRowLoop(subject, shape, maxIterations, {
    name: "reduce",
    result: "f64",
    row(builder, value, { out, row }) {
      const integer = (constant: number) => builder.constant("i64", BigInt(constant));
      const block = builder.emit("ushr", row, integer(Math.log2(reduceBlock)));
      const lane = builder.emit("and", row, integer(reduceLanes - 1));
      const inBlock = builder.emit("shl", lane, integer(Math.log2(wordBytes)));
      const blockStart = builder.emit("iadd", out, builder.emit("imul", block, integer(layout.words * wordBytes)));
      const address = builder.emit("iadd", blockStart, inBlock);
      accumulations.forEach((accumulation, index) => {
        const at = (word: number) => ((layout.starts[index] ?? 0) + word * reduceLanes) * wordBytes;
        accumulate(builder, accumulation, value, row, address, at);
      });
      return [];
    },
    end: (_, { rows }) => rows,
  });
}

function accumulate(
  builder: FunctionBuilder,
  accumulation: Accumulation,
  value: Value,
  row: Value,
  address: Value,
  at: (word: number) => number,
): void {
  switch (accumulation) {
    case "sum": {
      const added = value.type === "f64" || value.type === "f32" ? toF64(builder, value) : toI64(builder, value);
      const sum = builder.load(added.type, address, at(0));
      builder.store(builder.emit(added.type === "f64" ? "fadd" : "iadd", sum, added), address, at(0));
      return;
    }
    case "product": {
      const factor = value.type === "i64" ? value : toF64(builder, value);
      const product = builder.load(factor.type, address, at(0));
      builder.store(builder.emit(factor.type === "f64" ? "fmul" : "imul", product, factor), address, at(0));
      return;
    }
    case "min":
    case "max": {
      const isMin = accumulation === "min";
      const next = value.type === "i64" ? value : toF64(builder, value);
      const best = builder.load(next.type, address, at(0));
      const better =
        next.type === "f64"
          ? builder.emit(isMin ? "fmin" : "fmax", best, next)
          : builder.emit("select", builder.emit(isMin ? "slt" : "sgt", next, best), next, best);
      builder.store(better, address, at(0));
      return;
    }
    case "count":
    case "any":
    case "all": {
      const one = builder.convert("zext", "i64", truth(builder, value));
      builder.store(builder.emit("iadd", builder.load("i64", address, at(0)), one), address, at(0));
      return;
    }
    case "argmin":
    case "argmax": {
      const next = value.type === "i64" ? value : toF64(builder, value);
      const best = builder.load(next.type, address, at(0));
      const bestRow = builder.load("i64", address, at(1));
      const isFirst = builder.emit("slt", bestRow, builder.constant("i64", 0n));
      const isBetter = builder.emit("or", isFirst, better(builder, next, best, accumulation === "argmin"));
      builder.store(builder.emit("select", isBetter, next, best), address, at(0));
      const inBlock = builder.emit("and", row, builder.constant("i64", BigInt(reduceBlock - 1)));
      builder.store(builder.emit("select", isBetter, inBlock, bestRow), address, at(1));
      return;
    }
    case "variance": {
      const x = toF64(builder, value);
      const inBlock = builder.emit("and", row, builder.constant("i64", BigInt(reduceBlock - 1)));
      const isFirst = builder.emit("slt", inBlock, builder.constant("i64", BigInt(reduceLanes)));
      const pivot = builder.emit("select", isFirst, x, builder.load("f64", address, at(0)));
      const distance = builder.emit("fsub", x, pivot);
      builder.store(pivot, address, at(0));
      builder.store(builder.emit("fadd", builder.load("f64", address, at(1)), distance), address, at(1));
      const square = builder.emit("fmul", distance, distance);
      builder.store(builder.emit("fadd", builder.load("f64", address, at(2)), square), address, at(2));
    }
  }
}

/** Whether a value comes before the best so far in the order of Math.min (or max): NaN first of all, and -0 below 0. */
function better(builder: FunctionBuilder, next: Value, best: Value, isMin: boolean): Value {
  if (next.type === "i64") return builder.emit(isMin ? "slt" : "sgt", next, best);
  // The sign tells zeros apart: the one that Math.min prefers is below as an integer, since -0 has the top bit.
  const bits = (value: Value) => builder.convert("bitcast", "i64", value);
  const isLess = builder.emit(isMin ? "flt" : "fgt", next, best);
  const isEqual = builder.emit("feq", next, best);
  const isOtherZero = builder.emit("and", isEqual, builder.emit(isMin ? "slt" : "sgt", bits(next), bits(best)));
  const isNumberBest = builder.emit("feq", best, best);
  const isNaNNext = builder.emit("fne", next, next);
  // Equal values with other bits are zeros: equal numbers have equal bits.
  return builder.emit("or", builder.emit("or", isLess, isOtherZero), builder.emit("and", isNaNNext, isNumberBest));
}

function toF64(builder: FunctionBuilder, value: Value): Value {
  switch (value.type) {
    case "f64":
      return value;
    case "f32":
      return builder.emit("promote", value);
    case "bool":
      return builder.convert("convert-s", "f64", builder.convert("zext", "i32", value));
    default:
      return builder.convert("convert-s", "f64", value);
  }
}

function toI64(builder: FunctionBuilder, value: Value): Value {
  if (value.type === "bool") return builder.convert("zext", "i64", value);
  return value.type === "i32" ? builder.emit("sext", value) : value;
}
