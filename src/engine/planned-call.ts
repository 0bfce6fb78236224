/**
 * What calls that bring the same kinds of columns have in common: how their values are read, checked, and handed to kernels. Every
 * property is read once, and only then, when no more code of the caller's can run, kinds and lengths are looked at.
 *
 * All compiled functions share this code, and its objects have one shape each: so V8 knows where everything lies, however many
 * functions there are. Few values go from hand to hand; more of them, or rows from an offset on, go in an array, with a place for
 * the results in front.
 */
import { callContext, callStatus } from "../codegen/call-context.ts";
import type { ParameterType } from "../lang/javascript/tree.ts";
import { type ColumnTarget, setFuel } from "./column-call.ts";
import type { Kernel, KernelCode, Typed } from "./column-kernels.ts";
import { type Columns, type InputKind, isElementKind } from "./columns.ts";
import { type DirectKernel, passGate } from "./direct-kernel.ts";
import {
  arrayNameOf,
  type ColumnArray,
  type ElementKind,
  elementKindOf,
  elementKinds,
  lengthOf,
  viewOf,
} from "./element-kinds.ts";
import type { KernelBinding } from "./host.ts";
import { rowType } from "./kernel-shape.ts";
import { defaultMaxIterations } from "./options.ts";
import { reduceKernel } from "./reduce.ts";
import { mostReducedRows, Reduction } from "./reduction.ts";
import { takeTrap } from "./traps.ts";

/** The most values that go from hand to hand. */
export const mostFew = 4;
/** More rows go the general way. */
const mostPlannedRows = 2 ** 30;

/** Of a column, the name of its array's kind; of a value for all rows, what it converts to. */
type Expected = string;

/** One kernel of a call. */
export class Step {
  readonly gate: KernelBinding["gate"];
  readonly address: number;
  readonly entry: number;
  /** How many values its gate takes. */
  readonly values: number;
  readonly code: KernelCode;

  private constructor(code: KernelCode, { binding, address }: DirectKernel) {
    this.gate = binding.gate;
    this.address = address;
    this.entry = binding.entry;
    this.values = binding.values;
    this.code = code;
  }

  /** None where the host has no direct calls of such a kernel. */
  static of(kernel: Kernel): Step | undefined {
    const code = kernel.vector ?? kernel.scalar();
    return code.direct && new Step(code, code.direct);
  }
}

/** An aggregate of an expression, and where its value goes among the single numbers. */
class AggregateStep {
  readonly step: Step;
  readonly reduction: Reduction;
  readonly place: number;
  readonly isF32: boolean;

  constructor(step: Step, reduction: Reduction, place: number, isF32: boolean) {
    this.step = step;
    this.reduction = reduction;
    this.place = place;
    this.isF32 = isF32;
  }
}

export class PlannedCall {
  readonly parameters: number;
  readonly name0: string;
  readonly name1: string;
  readonly name2: string;
  readonly name3: string;
  readonly expected0: Expected;
  readonly expected1: Expected;
  readonly expected2: Expected;
  readonly expected3: Expected;
  readonly names: readonly string[];
  readonly expected: readonly Expected[];
  /** Where single numbers go: those of parameters, then those of aggregates, then what else the kernel takes. */
  readonly numbers: Float64Array;
  /** The call context. */
  readonly words: Int32Array;
  readonly countsIterations: boolean;
  readonly aggregates: readonly AggregateStep[];
  readonly mostRows: number;

  private constructor(
    typed: Typed,
    expected: readonly Expected[],
    numbers: Float64Array,
    words: Int32Array,
    aggregates: readonly AggregateStep[],
    mostRows: number,
  ) {
    const names = typed.parameters.map(({ name }) => name);
    const [name0 = "", name1 = "", name2 = "", name3 = ""] = names;
    const [expected0 = "", expected1 = "", expected2 = "", expected3 = ""] = expected;
    this.parameters = names.length;
    this.name0 = name0;
    this.name1 = name1;
    this.name2 = name2;
    this.name3 = name3;
    this.expected0 = expected0;
    this.expected1 = expected1;
    this.expected2 = expected2;
    this.expected3 = expected3;
    this.names = names;
    this.expected = expected;
    this.numbers = numbers;
    this.words = words;
    this.countsIterations = typed.countsIterations;
    this.aggregates = aggregates;
    this.mostRows = mostRows;
  }

  /** None where calls need more than a plan knows. */
  static of(
    target: ColumnTarget,
    typed: Typed,
    kinds: readonly InputKind[],
    mostRows = mostPlannedRows,
  ): PlannedCall | undefined {
    const { parameters } = typed;
    const { kernelScratch, callContext: context } = target.host;
    if (kernelScratch === undefined || parameters.length === 0) return undefined;
    const expected: Expected[] = [];
    for (const [index, { type }] of parameters.entries()) {
      const kind = kinds[index] ?? "whole";
      if (isElementKind(kind)) expected.push(elementKinds[kind].array);
      else if (kind === "scalar" && isSingle(type)) expected.push(type);
      else return undefined;
    }
    const aggregates: AggregateStep[] = [];
    for (const [part, { name, type }] of typed.aggregates.entries()) {
      const step = type === "i64" ? undefined : Step.of(reduceKernel(target, typed, kinds, part, [name]));
      if (step === undefined) return undefined;
      const reduction = Reduction.of(rowType(typed.resultOf(part), "reduce"), [name]);
      aggregates.push(new AggregateStep(step, reduction, parameters.length + part, type === "f32"));
    }
    const most = Math.min(mostRows, aggregates.length > 0 ? mostReducedRows : mostPlannedRows);
    return new PlannedCall(typed, expected, kernelScratch.f64, context.words, aggregates, most);
  }
}

const isSingle = (type: ParameterType): boolean =>
  type === "f64" || type === "i32" || type === "f32" || type === "bool";

/** Rows before the first column, and where something does not fit. */
export const unknown = 0;
export const misfit = -1;

/**
 * The rows so far, with those of one more value: misfit where it is not as expected. A single number goes to its place among the
 * numbers as its parameter's type has it.
 */
export function check(expected: Expected, value: unknown, place: number, numbers: Float64Array, rows: number): number {
  if (typeof value === "number") {
    if (expected === "f64" || expected === "f32") numbers[place] = value;
    else if (expected === "i32") numbers[place] = value | 0;
    else if (expected === "bool") numbers[place] = value ? 1 : 0;
    else return misfit;
    return rows;
  }
  if (arrayNameOf(value) !== expected) return misfit;
  const own = lengthOf(value as ColumnArray); // its name has just been read
  return own === rows || rows === unknown ? (own === 0 ? misfit : own) : misfit;
}

/** The values of the parameters, behind a place for the results; undefined where there are other properties. Runs code of the caller. */
export function readValues({ names }: PlannedCall, columns: Columns, others = 0): unknown[] | undefined {
  const values: unknown[] = [undefined];
  for (let index = 0; index < names.length; index++) values.push(columns[names[index] as string]); // below the length
  let keys = 0;
  for (const _ in columns) keys++;
  return keys === names.length + others ? values : undefined;
}

/** The rows of values: misfit where one is not as expected. */
export function checkValues({ expected, numbers }: PlannedCall, values: readonly unknown[]): number {
  let rows = unknown;
  for (let index = 0; index < expected.length; index++)
    rows = check(expected[index] as string, values[index + 1], index, numbers, rows); // below the length
  return rows;
}

/** The first row of an option: misfit where there is no such row. */
export function firstOf(offset: unknown, available: number): number {
  if (offset === undefined) return 0;
  return typeof offset === "number" && Number.isInteger(offset) && offset >= 0 && offset < available ? offset : misfit;
}

/** The rows of an option: misfit where there are not so many, or none. */
export function rowsOf(length: unknown, most: number): number {
  if (length === undefined) return most;
  return typeof length === "number" && Number.isInteger(length) && length > 0 && length <= most ? length : misfit;
}

/** Makes views of the columns among values, from a row on. */
export function viewValues(values: unknown[], first: number, rows: number): void {
  for (let index = 1; index < values.length; index++) {
    const value = values[index];
    if (typeof value === "object") values[index] = viewOf(value as ColumnArray, kindOf(value), first, first + rows); // it was checked
  }
}

const kindOf = (value: unknown): ElementKind => elementKindOf(value) ?? "f64";

/**
 * Calls a kernel. Returns how many rows it did, -1 where it was not called; throws its trap. By number of values, so that each
 * call sees one gate and V8 compiles a direct call.
 */
export function passFew(
  { parameters, words, countsIterations }: PlannedCall,
  { gate, address, entry, code }: Step,
  out: ColumnArray,
  v0: unknown,
  v1: unknown,
  v2: unknown,
  v3: unknown,
  rows: number,
): number {
  let done: number;
  if (parameters === 1) done = gate(out, v0, rows, address, entry);
  else if (parameters === 2) done = gate(out, v0, v1, rows, address, entry);
  else if (parameters === 3) done = gate(out, v0, v1, v2, rows, address, entry);
  else done = gate(out, v0, v1, v2, v3, rows, address, entry);
  if (countsIterations) setFuel(words, defaultMaxIterations);
  if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, code.trapping, 0);
  return done;
}

/**
 * As `passFew`, with values in an array, the results among them, and perhaps more behind them, which other kernels take. The first
 * row is called `firstRow`.
 */
export function passMany(
  { words, countsIterations }: PlannedCall,
  { gate, address, entry, values: count, code }: Step,
  values: readonly unknown[],
  rows: number,
  firstRow: number,
): number {
  const done = passGate(gate, values, count, rows, address, entry);
  if (countsIterations) setFuel(words, defaultMaxIterations);
  if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, code.trapping, firstRow);
  return done;
}

/** Computes the aggregates. Returns whether all of it was done. */
export function aggregateFew(
  call: PlannedCall,
  v0: unknown,
  v1: unknown,
  v2: unknown,
  v3: unknown,
  rows: number,
): boolean {
  for (const { step, reduction, place, isF32 } of call.aggregates) {
    if (passFew(call, step, reduction.begin(rows), v0, v1, v2, v3, rows) !== rows) return false;
    const value = Number(reduction.answer(0, rows, 0));
    call.numbers[place] = isF32 ? Math.fround(value) : value;
  }
  return true;
}

export function aggregateMany(call: PlannedCall, values: unknown[], rows: number, firstRow: number): boolean {
  for (const { step, reduction, place, isF32 } of call.aggregates) {
    values[0] = reduction.begin(rows);
    if (passMany(call, step, values, rows, firstRow) !== rows) return false;
    const value = Number(reduction.answer(0, rows, firstRow));
    call.numbers[place] = isF32 ? Math.fround(value) : value;
  }
  return true;
}
