/**
 * A reduction of columns that come in parts, such as the batches of a file: the answer is that of one `reduce` over all rows,
 * to the bit, however they are cut. Values wait until blocks are full (src/vector/reduce-layout.ts), so memory stays small.
 */
import { reduceBlock } from "../vector/reduce-layout.ts";
import { type ColumnTarget, prepare, requireLife } from "./column-call.ts";
import type { ColumnKernels } from "./column-kernels.ts";
import { type Columns, type RowOptions, readRowOptions } from "./columns.ts";
import { Combination, type Reduced, type ReductionName } from "./combination.ts";
import { type ColumnArray, type ElementKind, elementKinds, resultKind, viewOf } from "./element-kinds.ts";
import { rowType } from "./kernel-shape.ts";
import { mapRows } from "./map.ts";
import { addRows, readReductions, requireReducible } from "./reduce.ts";

export interface Reducer<Name extends ReductionName, Result> {
  /** Takes more rows, behind those so far. Throws as `reduce` does; a part that threw is not counted. */
  add(columns: Columns, options?: RowOptions): void;
  /** The reductions of all rows so far, by name. More rows may follow. */
  result(): { readonly [N in Name]: Reduced<N, Result> };
}

/** How many blocks wait for each other. */
const blocksAtOnce = 8;

/** What is known once the first rows have come. */
interface Gathered {
  readonly type: ReturnType<typeof rowType>;
  readonly kind: ElementKind;
  /** Reduces a column of values. */
  readonly identity: ColumnKernels;
  readonly combination: Combination;
  /** Values that wait, and how many. */
  readonly waiting: ColumnArray;
  count: number;
  /** Rows that are in the combination. */
  rows: number;
}

export function makeReducer(target: ColumnTarget, what: unknown): Reducer<ReductionName, unknown> {
  const names = readReductions("reducer", what);
  if (target.kernels.untyped.aggregates.length > 0)
    throw new TypeError("reducer: sum, mean and count in the expression need all rows at once; use reduce");
  requireReducible("reducer", target.kernels.untyped, names);
  let gathered: Gathered | undefined;
  return {
    add(columns, options) {
      const { call, typed } = prepare(
        target,
        "reducer",
        columns,
        readRowOptions("reducer", options, ["offset", "length"]),
      );
      requireLife(target);
      const type = rowType(typed.resultOf("whole"), "reducer");
      if (gathered !== undefined && gathered.type !== type)
        throw new TypeError(`reducer: these columns give ${type}, those before gave ${gathered.type}`);
      gathered ??= gather(target, type, names);
      // All rows may trap before any is counted, so that a part counts as a whole or not at all.
      const values = elementKinds[gathered.kind].make(call.rows);
      mapRows(target, typed, call, values, gathered.kind);
      for (let first = 0; first < call.rows; ) {
        const count = Math.min(call.rows - first, gathered.waiting.length - gathered.count);
        copyRows(gathered, values, first, count);
        first += count;
        if (gathered.count === gathered.waiting.length) flush(target, gathered, gathered.combination);
      }
    },
    result() {
      requireLife(target);
      const found = gathered ?? gather(target, rowType(target.kernels.untyped.resultOf("whole"), "reducer"), names);
      const { combination, rows, count } = found;
      const whole = combination.copy();
      if (count > 0) addValues(target, found, whole);
      const answers = whole.answers(rows + count);
      return Object.fromEntries(names.map((name, index) => [name, answers[index]])) as Record<ReductionName, never>; // of these names
    },
  };
}

function gather(target: ColumnTarget, type: Gathered["type"], names: readonly ReductionName[]): Gathered {
  const kind = resultKind(type);
  return {
    type,
    kind,
    identity: target.kernels.identity(type),
    combination: new Combination(type, names),
    waiting: elementKinds[kind].make(blocksAtOnce * reduceBlock),
    count: 0,
    rows: 0,
  };
}

function copyRows(gathered: Gathered, values: ColumnArray, first: number, count: number): void {
  const { waiting, kind } = gathered;
  const { bytes } = elementKinds[kind];
  const part = new Uint8Array(values.buffer, values.byteOffset + first * bytes, count * bytes);
  new Uint8Array(waiting.buffer).set(part, gathered.count * bytes);
  gathered.count += count;
}

/** Puts what waits into the combination. */
function flush(target: ColumnTarget, gathered: Gathered, combination: Combination): void {
  addValues(target, gathered, combination);
  gathered.rows += gathered.count;
  gathered.count = 0;
}

function addValues(target: ColumnTarget, { identity, kind, waiting, count, rows }: Gathered, into: Combination): void {
  const inputs = [viewOf(waiting, kind, 0, count)];
  const call = { kinds: [kind], inputs, rows: count, offset: rows, available: count };
  addRows({ ...target, kernels: identity }, identity.untyped, call, [], "whole", into);
}
