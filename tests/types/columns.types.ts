/** What the types of operations on columns promise; `tsc -p tests` checks this file, nothing runs it. */
import { column, compile } from "../../node/index.ts";

function same<Expected>(_: Expected): void {}

export async function columns(x: Float64Array, n: BigInt64Array): Promise<void> {
  const f = compile((price: number, qty: number) => price * qty);
  same<Float64Array>(f.map({ price: x, qty: 2 }, { out: x }));
  same<Int8Array>(f.map({ price: x, qty: new Uint8ClampedArray(3) }, { out: new Int8Array(3) }));
  same<Float64Array>(await f.mapAsync({ price: x, qty: x }, { out: x, threads: 2, signal: AbortSignal.timeout(5) }));
  same<number>(f.reduce("sum", { price: x, qty: 1 }));
  same<boolean>(f.reduce("any", { price: x, qty: 1 }));
  same<{ readonly min: number; readonly all: boolean }>(f.reduce(["min", "all"], { price: x, qty: 1 }));
  same<{ readonly mean: number }>(await f.reduceAsync(["mean"], { price: x, qty: 1 }));
  const big = compile<bigint>("n * n");
  same<BigInt64Array>(big.map({ n }));
  same<bigint | undefined>(big.reduce("max", { n }));
  same<number>(big.reduce("argmax", { n }));
  same<Uint32Array>(f.filter({ price: x, qty: x }));
  same<{ readonly price: Float64Array; readonly id: BigInt64Array }>(f.select({ price: x, qty: 5, id: n }));
  same<BigInt64Array>(f.select({ price: x, qty: 5, id: n }, "id"));
  same<{ readonly id: BigInt64Array }>(f.select({ price: x, qty: 5, id: n }, ["id"]));
  same<{ readonly sum: number }>(f.reducer(["sum"]).result());
  same<Float32Array>(column("f32", 5));
  // @ts-expect-error: no such reduction
  f.reduce("median", { price: x, qty: 1 });
  // @ts-expect-error: no such column
  f.select({ price: x, qty: 1 }, "other");
  // @ts-expect-error: no kind of elements
  column("f16", 5);
  // @ts-expect-error: a column is a typed array
  f.map({ price: [1, 2], qty: 1 });
}
