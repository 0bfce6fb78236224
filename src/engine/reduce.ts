/** `reduce` on the calling thread, and the aggregates of expressions: kernels leave partials, which a `Combination` joins. */

import type { NumberType } from "../lang/javascript/tree.ts";
import { reduceBlock } from "../vector/reduce-layout.ts";
import type { CallPlans } from "./call-plan.ts";
import { type AggregateValues, type ColumnTarget, prepare, requireLife, rowsFrom, runKernel } from "./column-call.ts";
import type { Kernel, Typed } from "./column-kernels.ts";
import { type ColumnCall, type Columns, type InputKind, type RowOptions, readRowOptions } from "./columns.ts";
import { type Answer, accumulationsOf, Combination, kept, type ReductionName } from "./combination.ts";
import { rowType } from "./kernel-shape.ts";
import { describe, suggestion } from "./options.ts";
import { mostReducedRows, Reduction } from "./reduction.ts";
import type { Part } from "./subject.ts";

/** The names, in the order of documentation. */
export const reductionNames: readonly ReductionName[] = Object.keys(kept) as ReductionName[]; // its own keys

/** The answers. `plans` are told how, for calls like this one. */
export function reduce(
  target: ColumnTarget,
  plans: CallPlans,
  what: unknown,
  columns: Columns,
  options: RowOptions | undefined,
): Answer | Record<string, Answer> {
  const names = readReductions("reduce", what);
  const prepared = prepare(target, "reduce", columns, readRowOptions("reduce", options, ["offset", "length"]));
  const { call, typed } = prepared;
  requireReducible("reduce", typed, names);
  requireLife(target);
  const answers = reduceRows(target, typed, call, undefined, "whole", names);
  if (call.rows > 0)
    plans.rememberReduce(reduceKernel(target, typed, call.kinds, "whole", names), call.kinds, what, names);
  return answersOf(what, names, answers);
}

/** One answer for a name, or an object of them for a list of names. */
export function answersOf(
  what: unknown,
  names: readonly ReductionName[],
  answers: readonly Answer[],
): Answer | Record<string, Answer> {
  if (typeof what === "string") return answers[0];
  const named: Record<string, Answer> = {};
  for (let index = 0; index < names.length; index++) named[names[index] as string] = answers[index]; // one of them
  return named;
}

/** The names of reductions, checked. */
export function readReductions(caller: string, what: unknown): ReductionName[] {
  if (typeof what === "string") return [readReduction(caller, what)];
  if (!Array.isArray(what) || what.length === 0)
    throw new TypeError(
      `${caller}: what is ${describe(what)}; expected a name, or an array of names, of ${reductionNames.join(", ")}`,
    );
  // `map` would skip the holes of a list.
  return Array.from(what, (name: unknown) => readReduction(caller, name));
}

function readReduction(caller: string, name: unknown): ReductionName {
  if (typeof name === "string" && Object.hasOwn(kept, name)) return name as ReductionName; // one of the keys
  const shown = typeof name === "string" ? name : describe(name);
  throw new TypeError(
    `${caller}: ${shown} is no reduction; ${suggestion(String(shown), reductionNames, "the reductions are")}`,
  );
}

export function requireReducible(caller: string, typed: Typed, names: readonly ReductionName[]): void {
  rowType(typed.resultOf("whole"), caller);
  if (names.includes("dot") && !typed.isProduct)
    throw new TypeError(`${caller}: dot is the sum of products; expected an expression that is one, such as x * y`);
}

/** Rows of one call of a kernel. */
const rowsAtOnce = 256 * reduceBlock;

/** The reductions of a part's values in the rows of the call. `aggregates` are those before the part. */
export function reduceRows(
  target: ColumnTarget,
  typed: Typed,
  call: ColumnCall,
  aggregates: AggregateValues | undefined,
  part: Part,
  names: readonly ReductionName[],
): Answer[] {
  const type = rowType(typed.resultOf(part), "reduce");
  const { rows, kinds, offset } = call;
  const before = rows === 0 ? [] : (aggregates ?? aggregateValues(target, typed, call));
  if (rows > 0 && rows <= mostReducedRows) {
    const reduction = Reduction.of(type, names);
    const kernel = reduceKernel(target, typed, kinds, part, names);
    const partials = { words: reduction.begin(rows), wordsPerBlock: reduction.words, source: reduction };
    reduceInto(target, kernel, call, before, partials, 0, rows, offset);
    return names.map((_, index) => reduction.answer(index, rows, offset));
  }
  const combination = new Combination(type, names);
  if (rows > 0) addRows(target, typed, call, before, part, combination);
  return combination.answers(rows);
}

/** The kernel that keeps what the names need of a part's values. */
export function reduceKernel(
  { kernels }: ColumnTarget,
  typed: Typed,
  inputs: readonly InputKind[],
  part: Part,
  names: readonly ReductionName[],
): Kernel {
  return kernels.get(typed, { operation: { kind: "reduce", accumulations: accumulationsOf(names) }, part, inputs });
}

/** Adds the rows of the call to a combination that ends with a whole block. */
export function addRows(
  target: ColumnTarget,
  typed: Typed,
  call: ColumnCall,
  aggregates: AggregateValues,
  part: Part,
  combination: Combination,
): void {
  const { rows, offset, kinds } = call;
  const kernel = reduceKernel(target, typed, kinds, part, combination.names);
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rows - first, rowsAtOnce);
    const partials = combination.partials(count);
    const room = { words: partials, wordsPerBlock: combination.words, source: combination };
    reduceInto(target, kernel, call, aggregates, room, first, count, offset);
    combination.add(partials, offset + first, count);
  }
}

/** Where partials go, and what writes identities over blocks. */
interface Room {
  readonly words: Float64Array;
  readonly wordsPerBlock: number;
  readonly source: { clear(words: Float64Array): void };
}

/** Runs a kernel over rows that start at a block; what the vector kernel leaves is done again from the block's start on. */
function reduceInto(
  { host }: ColumnTarget,
  kernel: Kernel,
  call: ColumnCall,
  aggregates: AggregateValues,
  { words, wordsPerBlock, source }: Room,
  first: number,
  count: number,
  offset: number,
): void {
  const { vector } = kernel;
  let done = 0;
  while (done < count) {
    const rest = words.subarray((done / reduceBlock) * wordsPerBlock);
    const at = offset + first + done;
    const args = [rest, ...rowsFrom(call, first + done), ...aggregates];
    if (vector !== undefined) {
      const more = runKernel(host, kernel, vector, [...args, count - done], at);
      if (done + more >= count) return;
      if (more > 0) {
        done += Math.floor(more / reduceBlock) * reduceBlock;
        source.clear(words.subarray((done / reduceBlock) * wordsPerBlock).subarray(0, wordsPerBlock));
        if (more >= reduceBlock) continue;
      }
    }
    const few = vector === undefined ? count - done : Math.min(count - done, reduceBlock);
    if (vector !== undefined) source.clear(rest.subarray(0, wordsPerBlock));
    runKernel(host, kernel, kernel.scalar(), [...args, few], at);
    done += few;
  }
}

/** The values of the expression's aggregates, each with those before it. */
export function aggregateValues(target: ColumnTarget, typed: Typed, call: ColumnCall): AggregateValues {
  const values: (number | bigint)[] = typed.aggregates.map(({ type }) => (type === "i64" ? 0n : 0));
  for (const [part, { name, type }] of typed.aggregates.entries()) {
    const [answer] = reduceRows(target, typed, call, values, part, [name]);
    values[part] = aggregateValue(type, answer);
  }
  return values;
}

/** What an aggregate is in the expression: of f32 an f32. */
export function aggregateValue(type: NumberType, answer: Answer): number | bigint {
  if (typeof answer === "bigint") return answer;
  return type === "f32" ? Math.fround(Number(answer)) : Number(answer);
}
