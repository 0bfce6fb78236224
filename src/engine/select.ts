/** `select`: the rows whose value is truthy, as columns, in one pass over memory; of many columns, by their row numbers (take-kernel.ts). */
import { InternalError } from "../base/errors.ts";
import type { CallPlans } from "./call-plan.ts";
import { type ColumnTarget, type Prepared, prepare } from "./column-call.ts";
import { type Columns, type Input, isElementKind, type RowOptions, readRowOptions } from "./columns.ts";
import {
  arrayNames,
  attachedLength,
  type ColumnArray,
  type ElementKind,
  elementKindOf,
  elementKinds,
  viewOf,
} from "./element-kinds.ts";
import { rowNumbers } from "./filter.ts";
import { rowType } from "./kernel-shape.ts";
import { describe, requireObject, suggestion } from "./options.ts";
import { packingKernel, packRows } from "./packing.ts";
import { takeKernel } from "./take-kernel.ts";

/** Columns by name. */
export type Selected = Readonly<Record<string, ColumnArray>>;

/** A column of a result. */
interface Chosen {
  readonly name: string;
  readonly kind: ElementKind;
  /** Its rows from the first one on. */
  readonly rows: ColumnArray;
  /** Which of the parameters it is; undefined for a further column. */
  readonly parameter: number | undefined;
}

/** What is to be selected: as it was asked for, what that is, and all columns that are no parameters. */
interface Choice {
  readonly what: string | readonly string[] | undefined;
  readonly chosen: readonly Chosen[];
  readonly others: readonly string[];
}

/** The most columns that one kernel packs. With more, a pass for each is quicker: they keep out of each other's registers and caches. */
const mostPacked = 4;

/** The columns. `plans` are told how, for calls like this one. */
export function select(
  target: ColumnTarget,
  plans: CallPlans,
  columns: Columns,
  what: string | readonly string[] | undefined,
  options: RowOptions | undefined,
): ColumnArray | Selected {
  const read = readRowOptions("select", options, ["offset", "length"]);
  requireObject("select", "columns", columns);
  const named = what === undefined || typeof what === "string" ? what : readNames(what);
  const { parameters } = target.kernels.untyped;
  const others = new Map<string, unknown>();
  for (const name of Object.keys(columns))
    if (!parameters.some((parameter) => parameter.name === name)) others.set(name, columns[name]);
  const prepared = prepare(target, "select", columns, read, true);
  // From here on no code of the caller runs.
  const chosen = chooseColumns(target, prepared, others, named);
  rowType(prepared.typed.resultOf("whole"), "select");
  const isPacked = chosen.length > 0 && chosen.length <= mostPacked;
  const list: Choice = { what: named, chosen, others: [...others.keys()] };
  const arrays = isPacked ? pack(target, plans, prepared, list) : take(target, prepared, chosen);
  if (typeof what !== "string")
    return Object.fromEntries(chosen.map(({ name }, index) => [name, arrays[index] as ColumnArray])); // one for each
  const [only] = arrays;
  if (only === undefined) throw new InternalError("select lost its column");
  return only;
}

/** The condition and all columns in one pass. */
function pack(
  target: ColumnTarget,
  plans: CallPlans,
  prepared: Prepared,
  { what, chosen, others }: Choice,
): ColumnArray[] {
  const { call } = prepared;
  const taken = chosen.filter(({ parameter }) => parameter === undefined);
  const packed = chosen.map(({ kind, parameter }) => ({ element: kind, parameter }));
  const kernel = packingKernel(target, prepared, { kind: "select", columns: packed });
  const kinds = chosen.map(({ kind }) => kind);
  const arrays = packRows(target, prepared, kernel, {
    kinds,
    behind(first, outs) {
      const more: Input[] = outs.slice(1);
      for (const { rows, kind } of taken) more.push(first === 0 ? rows : viewOf(rows, kind, first, call.rows));
      return more;
    },
  });
  plans.rememberSelect(kernel, call.kinds, {
    what,
    names: chosen.map(({ name }) => name),
    kinds,
    others,
    taken: taken.map(({ name, kind }) => ({ name, kind })), // without the columns, which are the caller's
  });
  return arrays;
}

/** Row numbers first, then each column by them. */
function take(target: ColumnTarget, prepared: Prepared, chosen: readonly Chosen[]): ColumnArray[] {
  const numbers = rowNumbers(target, "select", prepared, packingKernel(target, prepared, { kind: "filter" }));
  return chosen.map(({ kind, rows }) => {
    const { bytes, make } = elementKinds[kind];
    const out = make(numbers.length);
    if (numbers.length > 0) takeKernel(target.host, bytes)(out, rows, numbers, numbers.length, prepared.call.offset);
    return out;
  });
}

/** Finds the columns of the result, and checks those that are no parameters. */
function chooseColumns(
  target: ColumnTarget,
  { call }: Prepared,
  others: ReadonlyMap<string, unknown>,
  what: string | readonly string[] | undefined,
): Chosen[] {
  const { parameters } = target.kernels.untyped;
  const given = new Map<string, unknown>();
  for (const [index, { name }] of parameters.entries())
    if (isElementKind(call.kinds[index] ?? "whole")) given.set(name, call.inputs[index]);
  for (const [name, column] of others) given.set(name, column);
  const names = what === undefined ? [...given.keys()] : typeof what === "string" ? [what] : what;
  return [...new Set(names)].map((name): Chosen => {
    const column = given.get(name);
    const kind = elementKindOf(column);
    if (!given.has(name) || kind === undefined)
      throw new TypeError(
        `select: ${name} ${given.has(name) ? `is ${describe(column)}; expected a column, one of ${arrayNames}` : `is no column; ${suggestion(name, [...given.keys()], "the columns are")}`}`,
      );
    const array = column as ColumnArray; // its kind has just been read
    if (!others.has(name))
      return { name, kind, rows: array, parameter: parameters.findIndex((parameter) => parameter.name === name) };
    const length = attachedLength(`column ${name}`, array);
    if (length !== call.available)
      throw new RangeError(
        `select: column ${name} has ${length} rows, the others have ${call.available}; columns are equally long`,
      );
    return { name, kind, rows: viewOf(array, kind, call.offset, call.offset + call.rows), parameter: undefined };
  });
}

function readNames(what: readonly string[]): string[] {
  if (!Array.isArray(what))
    throw new TypeError(`select: what is ${describe(what)}; expected a column's name, or an array of names`);
  // `map` would skip the holes of a list.
  return Array.from(what, (name: unknown) => {
    if (typeof name !== "string") throw new TypeError(`select: a name is ${describe(name)}; expected a column's name`);
    return name;
  });
}
