/** `select`: the rows whose value is truthy, as columns: row numbers in batches, and their elements gathered by machine code. */
import { InternalError } from "../base/errors.ts";
import { type ColumnTarget, type Prepared, prepare } from "./column-call.ts";
import { type Columns, isElementKind, type RowOptions, readRowOptions } from "./columns.ts";
import {
  arrayNames,
  attachedLength,
  type ColumnArray,
  type ElementKind,
  elementKindOf,
  elementKinds,
  viewOf,
} from "./element-kinds.ts";
import { eachBatch } from "./filter.ts";
import { describe, requireObject, suggestion } from "./options.ts";
import { takeKernel } from "./take-kernel.ts";

/** Columns by name. */
export type Selected = Readonly<Record<string, ColumnArray>>;

/** A column of a result. */
interface Chosen {
  readonly name: string;
  readonly kind: ElementKind;
  /** Its rows from the first one on. */
  readonly rows: ColumnArray;
  readonly parts: ColumnArray[];
}

export function select(
  target: ColumnTarget,
  columns: Columns,
  what: string | readonly string[] | undefined,
  options: RowOptions | undefined,
): ColumnArray | Selected {
  const read = readRowOptions("select", options, ["offset", "length"]);
  requireObject("select", "columns", columns);
  const { parameters } = target.kernels.untyped;
  const others = new Map<string, unknown>();
  for (const name of Object.keys(columns))
    if (!parameters.some((parameter) => parameter.name === name)) others.set(name, columns[name]);
  const prepared = prepare(target, "select", columns, read, true);
  const chosen = chooseColumns(target, prepared, others, what);
  eachBatch(target, "select", prepared, (numbers, first) => {
    if (numbers.length === 0) return;
    for (const { kind, rows, parts } of chosen) {
      const { bytes, make } = elementKinds[kind];
      const part = make(numbers.length);
      const take = takeKernel(target.host, bytes);
      take(part, viewOf(rows, kind, first, rows.length), numbers, numbers.length, prepared.call.offset + first);
      parts.push(part);
    }
  });
  const joined = chosen.map(({ name, kind, parts }): [string, ColumnArray] => [name, join(kind, parts)]);
  if (typeof what !== "string") return Object.fromEntries(joined);
  const [only] = joined;
  if (only === undefined) throw new InternalError("select lost its column");
  return only[1];
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
  const names = what === undefined ? [...given.keys()] : typeof what === "string" ? [what] : readNames(what);
  return names.map((name): Chosen => {
    const column = given.get(name);
    const kind = elementKindOf(column);
    if (!given.has(name) || kind === undefined)
      throw new TypeError(
        `select: ${name} ${given.has(name) ? `is ${describe(column)}; expected a column, one of ${arrayNames}` : `is no column; ${suggestion(name, [...given.keys()], "the columns are")}`}`,
      );
    const array = column as ColumnArray; // its kind has just been read
    if (!others.has(name)) return { name, kind, rows: array, parts: [] };
    const length = attachedLength(`column ${name}`, array);
    if (length !== call.available)
      throw new RangeError(
        `select: column ${name} has ${length} rows, the others have ${call.available}; columns are equally long`,
      );
    return { name, kind, rows: viewOf(array, kind, call.offset, call.offset + call.rows), parts: [] };
  });
}

function readNames(what: readonly string[]): string[] {
  if (!Array.isArray(what))
    throw new TypeError(`select: what is ${describe(what)}; expected a column's name, or an array of names`);
  return what.map((name: unknown) => {
    if (typeof name !== "string") throw new TypeError(`select: a name is ${describe(name)}; expected a column's name`);
    return name;
  });
}

/** One array of all parts. */
function join(kind: ElementKind, parts: readonly ColumnArray[]): ColumnArray {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const { make, bytes } = elementKinds[kind];
  const all = make(parts.reduce((total, part) => total + part.length, 0));
  const memory = new Uint8Array(all.buffer);
  let at = 0;
  for (const part of parts) {
    memory.set(new Uint8Array(part.buffer), at);
    at += part.length * bytes;
  }
  return all;
}
