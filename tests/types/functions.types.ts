/**
 * What the type checker knows of compiled functions. Checked by `tsc -p tests`; never run.
 */
import { compile } from "../../node/index.ts";

const add = compile((x: number, y: number) => x + y);
const sum: number = add(1, 2);
const column: Float64Array | Float32Array | Int32Array | Uint8Array = add.map({ x: new Float64Array(1), y: 1 });
// @ts-expect-error: two parameters
add(1);
// @ts-expect-error: no text among the arguments
add("1", 2);

const longer = compile((n: bigint) => n + 1n, { types: { n: "i64" } });
const next: bigint = longer(4n);
const longColumn: BigInt64Array = longer.map({ n: new BigInt64Array(1) });
// @ts-expect-error: a number is no bigint
longer(4);

const fill = compile(
  (xs: Float64Array, x: number): void => {
    xs[0] = x;
  },
  { types: { xs: "Float64Array" } },
);
fill(new Float64Array(1), 2);
// @ts-expect-error: another kind of array
fill(new Int32Array(1), 2);
fill.dispose();

const text = compile<boolean>("x > 3");
const truth: boolean = text(4);
// @ts-expect-error: no such type
compile("x", { types: { x: "i33" } });

void [sum, column, next, longColumn, truth];
