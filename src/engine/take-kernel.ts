/**
 * Gathers elements by row number: `@take(out, column, rowNumbers, count, firstRow)`, one kernel for each element width, whatever
 * the elements are. `out[i] = column[rowNumbers[i] - firstRow]`; `count` is at least 1.
 */
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction } from "../ir/function.ts";
import type { Host, InstalledCode, RawCall } from "./host.ts";
import { translate } from "./translate.ts";

type Width = 1 | 2 | 4 | 8;

interface Take {
  readonly call: RawCall;
  /** Kept, so that the code stays. */
  readonly installed: InstalledCode;
}

const signature = "void(ptr, ptr, ptr, f64, f64)";
const installed = new WeakMap<Host, Map<Width, Take>>();

/** The kernel for elements of a width. */
export function takeKernel(host: Host, width: Width): RawCall {
  const byWidth = installed.get(host) ?? new Map<Width, Take>();
  installed.set(host, byWidth);
  let take = byWidth.get(width);
  if (take === undefined) {
    const code = host.install(translate(buildTake(width), host, { verify: false, fastMath: false }).bytes);
    take = { installed: code, call: host.bindCompiled(code.address, signature) };
    byWidth.set(width, take);
  }
  return take.call;
}

export function buildTake(width: Width): IrFunction {
  const builder = new FunctionBuilder("take", ["i64", "i64", "i64", "f64", "f64"], undefined);
  const integer = (value: bigint) => builder.constant("i64", value);
  const out = builder.parameter(0);
  const column = builder.parameter(1);
  const numbers = builder.parameter(2);
  const count = builder.convert("trunc-sat-s", "i64", builder.parameter(3));
  const firstRow = builder.convert("trunc-sat-s", "i64", builder.parameter(4));
  const shift = integer(BigInt(Math.log2(width)));
  const loop = builder.createBlock("i64");
  const exit = builder.createBlock();
  builder.jump(loop, integer(0n));
  builder.switchTo(loop);
  const index = loop.parameters[0] ?? count;
  const number = builder.load("i32", builder.emit("iadd", numbers, builder.emit("shl", index, integer(2n))));
  const row = builder.emit("isub", builder.convert("zext", "i64", number), firstRow);
  const from = builder.emit("iadd", column, builder.emit("shl", row, shift));
  const to = builder.emit("iadd", out, builder.emit("shl", index, shift));
  if (width === 1) builder.storeNarrow("store8", builder.loadNarrow("load8-u", from), to);
  else if (width === 2) builder.storeNarrow("store16", builder.loadNarrow("load16-u", from), to);
  else builder.store(builder.load(width === 4 ? "i32" : "i64", from), to);
  const next = builder.emit("iadd", index, integer(1n));
  builder.branch(builder.emit("slt", next, count), loop, exit, [next]);
  builder.switchTo(exit);
  builder.return();
  return builder.function;
}
