/** What a kernel over columns is asked for: its operation, the kinds of its inputs, and where its results go. */
import type { Type } from "../ir/types.ts";
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import { type NumberType, numberTypeOf, type ParameterType, type ValueType } from "../lang/javascript/tree.ts";
import type { Accumulation } from "../vector/reduce-layout.ts";
import type { InputKind } from "./columns.ts";
import { type ElementKind, elementKinds } from "./element-kinds.ts";
import type { Part, Subject } from "./subject.ts";

export type Operation =
  | { readonly kind: "map"; readonly out: ElementKind }
  | { readonly kind: "filter" }
  | { readonly kind: "select"; readonly columns: readonly SelectedColumn[] }
  | { readonly kind: "reduce"; readonly accumulations: readonly Accumulation[] };

/** A column that `select` packs. */
export interface SelectedColumn {
  readonly element: ElementKind;
  /** Which of the parameters it is; undefined for a column of its own. */
  readonly parameter: number | undefined;
}

export interface KernelShape {
  readonly operation: Operation;
  readonly part: Part;
  /** By parameter. */
  readonly inputs: readonly InputKind[];
}

/** Whether both are maps of the same kinds: what `shapeKey` would say of them, without making texts for every call. */
export function isSameMap(a: KernelShape, b: KernelShape): boolean {
  if (a.operation.kind !== "map" || b.operation.kind !== "map") return false;
  if (a.operation.out !== b.operation.out || a.part !== b.part || a.inputs.length !== b.inputs.length) return false;
  for (let index = 0; index < a.inputs.length; index++) if (a.inputs[index] !== b.inputs[index]) return false;
  return true;
}

/** Equal for equal shapes. */
export function shapeKey({ operation, part, inputs }: KernelShape): string {
  return `${operation.kind} ${detailOf(operation)} ${part} ${inputs.join(" ")}`;
}

function detailOf(operation: Operation): string {
  switch (operation.kind) {
    case "map":
      return operation.out;
    case "filter":
      return "";
    case "select":
      return operation.columns.map(({ element, parameter }) => `${element}@${parameter}`).join("+");
    case "reduce":
      return operation.accumulations.join("+");
  }
}

/** What a kernel takes behind the rows, as a C signature has it: `filter` what row 0 is called, `select` more columns. */
export function wordsBehind(operation: Operation): string[] {
  if (operation.kind === "filter") return ["f64"];
  return operation.kind === "select" ? new Array<string>(arraysBehind(operation.columns)).fill("ptr") : [];
}

/** How many arrays a select takes behind the rows: what it writes to but the first, and columns that are no parameters. */
export function arraysBehind(columns: readonly SelectedColumn[]): number {
  return columns.length - 1 + columns.filter(({ parameter }) => parameter === undefined).length;
}

/** `map(x: Float64Array, k) to Float64Array`, for `explain`. */
export function describeShape(subject: Subject, { operation, part, inputs }: KernelShape): string {
  const words = subject.parameters.map(({ name }, index) => {
    const kind = inputs[index];
    return kind === undefined || kind === "scalar" || kind === "bigint" || kind === "whole"
      ? name
      : `${name}: ${elementKinds[kind].array}`;
  });
  const of = part === "whole" ? "" : ` of ${subject.aggregates[part]?.text}`;
  if (operation.kind === "map") return `map${of}(${words.join(", ")}) to ${elementKinds[operation.out].array}`;
  if (operation.kind === "filter") return `filter${of}(${words.join(", ")})`;
  if (operation.kind === "select") {
    const taken = operation.columns.map(({ element, parameter }) =>
      parameter === undefined ? elementKinds[element].array : subject.parameters[parameter]?.name,
    );
    return `select ${taken.join(", ")}${of}(${words.join(", ")})`;
  }
  return `reduce ${operation.accumulations.join(" ")}${of}(${words.join(", ")})`;
}

/** What one row's value is: a boolean, or a number with 0 and 1 for booleans. */
export function rowType(type: ValueType | "void", caller: string): NumberType | "bool" {
  if (type === "void") throw new TypeError(`${caller}: the function returns nothing`);
  return numberTypeOf(type) ?? "bool";
}

/** What one value for all rows is passed as. */
export function broadcastType(type: ParameterType): Exclude<Type & NumberType, "bool"> {
  if (isArrayKind(type)) throw new TypeError("an array is no value for all rows");
  return type === "bool" ? "i32" : type;
}

/** Which of a kernel's inputs a parameter is: an array that all rows see is two. */
export function inputOf({ parameters }: Pick<Subject, "parameters">, parameter: number): number {
  return parameters.slice(0, parameter).reduce((input, { type }) => input + (isArrayKind(type) ? 2 : 1), 0);
}

/** What a kernel's arguments between results and rows are, as IR has them. */
export function inputTypes(subject: Subject, inputs: readonly InputKind[]): Type[] {
  const types = subject.parameters.flatMap(({ type }, index): Type[] => {
    const kind = inputs[index];
    if (kind === "whole") return ["i64", "i32"];
    return kind === "scalar" || kind === "bigint" ? [broadcastType(type)] : ["i64"];
  });
  return [...types, ...subject.aggregates.map(({ type }) => type)];
}

/** The same, as a C signature has them. */
export function inputWords(
  subject: Pick<Subject, "parameters" | "aggregates">,
  inputs: readonly InputKind[],
): string[] {
  const words = subject.parameters.flatMap(({ type }, index): string[] => {
    const kind = inputs[index];
    if (kind === "whole") return ["ptr", "i32"];
    return kind === "scalar" || kind === "bigint" ? [broadcastType(type)] : ["ptr"];
  });
  return [...words, ...subject.aggregates.map(({ type }) => type)];
}
