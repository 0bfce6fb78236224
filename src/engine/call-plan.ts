/**
 * `map` and `reduce` as last time. A call that brings the same kinds of columns as the one before finds here what that one found
 * out: the kernels, and how to call them. It makes no object, no array and no closure, and reads what it must for being safe:
 * every property once, and only then, when no more code of the caller's can run, kinds, lengths, and whether the function is
 * still alive. Anything unusual is left to the general way (map.ts, reduce.ts), which also tells what is wrong.
 *
 * An expression's aggregates are steps before the last one. Each leaves its value among the single numbers (direct-kernel.ts).
 */
import { callContext, callStatus } from "../codegen/call-context.ts";
import type { ParameterType } from "../lang/javascript/tree.ts";
import { type ColumnTarget, requireLife, setFuel } from "./column-call.ts";
import type { Kernel, KernelCode, Typed } from "./column-kernels.ts";
import {
  type ColumnCall,
  type Columns,
  type Input,
  type InputKind,
  isElementKind,
  type MapOptions,
} from "./columns.ts";
import type { Answer, ReductionName } from "./combination.ts";
import {
  arrayNameOf,
  type ColumnArray,
  type ElementKind,
  elementKinds,
  lengthOf,
  resultKind,
} from "./element-kinds.ts";
import { rowType } from "./kernel-shape.ts";
import { runMap } from "./map.ts";
import { defaultMaxIterations } from "./options.ts";
import { answersOf, reduceKernel } from "./reduce.ts";
import { mostReducedRows, Reduction } from "./reduction.ts";
import { takeTrap } from "./traps.ts";

/** The most parameters that plans are made for. */
const mostParameters = 4;

/** Of a column, the name of its array's kind; of a value for all rows, what it converts to. */
type Expected = string;

/** One kernel of a call. */
interface Step {
  readonly address: number;
  readonly entry: number;
  readonly code: KernelCode;
}

/** A kernel that reduces, and what its partials amount to. */
interface ReducingStep extends Step {
  readonly reduction: Reduction;
}

/** An aggregate, and where its value goes among the single numbers. */
interface AggregateStep extends ReducingStep {
  readonly place: number;
  readonly isF32: boolean;
}

/** How columns of certain kinds are taken. */
interface Plan {
  readonly parameters: number;
  readonly name0: string;
  readonly name1: string;
  readonly name2: string;
  readonly name3: string;
  readonly expected0: Expected;
  readonly expected1: Expected;
  readonly expected2: Expected;
  readonly expected3: Expected;
  /** With more rows, something else may be better. */
  readonly mostRows: number;
  readonly gate: (...values: unknown[]) => number;
  /** Where single numbers go: those of parameters, then those of aggregates. */
  readonly numbers: Float64Array;
  /** The call context. */
  readonly words: Int32Array;
  readonly countsIterations: boolean;
  readonly aggregates: readonly AggregateStep[];
}

interface MapPlan extends Plan {
  readonly step: Step;
  /** The array's kind that the kernel writes, and whether results come in one if nobody asks for another. */
  readonly out: string;
  readonly kind: ElementKind;
  readonly isFresh: boolean;
  readonly kernel: Kernel;
  readonly kinds: readonly InputKind[];
}

interface ReducePlan extends Plan {
  readonly step: ReducingStep;
  /** The name, or the list of names. */
  readonly what: string | readonly ReductionName[];
}

/** What one compiled function remembers of its last calls. */
export class CallPlans {
  readonly #target: ColumnTarget;
  #map: MapPlan | undefined;
  /** What the plan is of, also where there is none. */
  #mapKernel: Kernel | undefined;
  #reduce: ReducePlan | undefined;
  #reduceKernel: Kernel | undefined;

  constructor(target: ColumnTarget) {
    this.#target = target;
  }

  /** Remembers a `map` that went the general way, and filled an array of `kind`. */
  rememberMap(kernel: Kernel, kinds: readonly InputKind[], kind: ElementKind): void {
    if (kernel === this.#mapKernel) return;
    this.#mapKernel = kernel;
    this.#map = planMap(this.#target, kernel, kinds, kind);
  }

  /** Remembers a `reduce` that went the general way. */
  rememberReduce(kernel: Kernel, kinds: readonly InputKind[], what: unknown, names: readonly ReductionName[]): void {
    if (kernel === this.#reduceKernel && this.#reduce !== undefined && isSameWhat(this.#reduce.what, what)) return;
    this.#reduceKernel = kernel;
    this.#reduce = planReduce(this.#target, kernel, kinds, typeof what === "string" ? what : names, names);
  }

  /** The result of `map`, or undefined where the general way has to be taken. */
  map(columns: Columns, options: MapOptions | undefined): ColumnArray | undefined {
    const plan = this.#map;
    if (plan === undefined || typeof columns !== "object" || columns === null) return undefined;
    let given: unknown;
    if (options !== undefined) {
      if (typeof options !== "object" || options === null) return undefined;
      for (const key in options) if (key !== "out") return undefined;
      given = options.out;
    }
    const { parameters, expected1, expected2, expected3, numbers } = plan;
    const v0: unknown = columns[plan.name0];
    const v1: unknown = parameters > 1 ? columns[plan.name1] : 0;
    const v2: unknown = parameters > 2 ? columns[plan.name2] : 0;
    const v3: unknown = parameters > 3 ? columns[plan.name3] : 0;
    let keys = 0;
    for (const _ in columns) keys++;
    if (keys !== parameters) return undefined;
    // From here on no code of the caller runs.
    let rows = check(plan.expected0, v0, 0, numbers, unknown);
    if (parameters > 1) rows = check(expected1, v1, 1, numbers, rows);
    if (parameters > 2) rows = check(expected2, v2, 2, numbers, rows);
    if (parameters > 3) rows = check(expected3, v3, 3, numbers, rows);
    if (rows <= 0 || rows > plan.mostRows) return undefined;
    let out: ColumnArray;
    if (given === undefined) {
      if (!plan.isFresh) return undefined;
      out = makeFresh(plan.kind, rows);
    } else {
      if (arrayNameOf(given) !== plan.out) return undefined;
      out = given as ColumnArray; // of a kind that columns have
      if (lengthOf(out) < rows) return undefined;
    }
    requireLife(this.#target);
    if (plan.aggregates.length > 0 && !aggregate(plan, v0, v1, v2, v3, rows)) return undefined;
    const done = pass(plan, plan.step, out, v0, v1, v2, v3, rows);
    if (done === rows) return out;
    if (done < 0) return undefined; // `out` lies over a column
    const inputs = [v0, v1, v2, v3].slice(0, parameters) as Input[]; // they were checked
    const call: ColumnCall = { kinds: plan.kinds, inputs, rows, offset: 0, available: rows };
    const aggregates = Array.from(numbers.subarray(parameters, parameters + plan.aggregates.length));
    runMap(this.#target, plan.kernel, call, aggregates, out, plan.kind, done);
    return out;
  }

  /** The answer of `reduce`, or undefined where the general way has to be taken. */
  reduce(what: unknown, columns: Columns, options: unknown): Answer | Record<string, Answer> | undefined {
    const plan = this.#reduce;
    if (plan === undefined || typeof columns !== "object" || columns === null || options !== undefined)
      return undefined;
    if (!isSameWhat(plan.what, what)) return undefined;
    const { parameters, expected1, expected2, expected3, numbers, step } = plan;
    const v0: unknown = columns[plan.name0];
    const v1: unknown = parameters > 1 ? columns[plan.name1] : 0;
    const v2: unknown = parameters > 2 ? columns[plan.name2] : 0;
    const v3: unknown = parameters > 3 ? columns[plan.name3] : 0;
    let keys = 0;
    for (const _ in columns) keys++;
    if (keys !== parameters) return undefined;
    // From here on no code of the caller runs.
    let rows = check(plan.expected0, v0, 0, numbers, unknown);
    if (parameters > 1) rows = check(expected1, v1, 1, numbers, rows);
    if (parameters > 2) rows = check(expected2, v2, 2, numbers, rows);
    if (parameters > 3) rows = check(expected3, v3, 3, numbers, rows);
    if (rows <= 0 || rows > plan.mostRows) return undefined;
    requireLife(this.#target);
    if (plan.aggregates.length > 0 && !aggregate(plan, v0, v1, v2, v3, rows)) return undefined;
    const { reduction } = step;
    const done = pass(plan, step, reduction.begin(rows), v0, v1, v2, v3, rows);
    if (done !== rows) return undefined;
    if (typeof plan.what === "string") return reduction.answer(0, rows);
    return answersOf(
      plan.what,
      plan.what,
      plan.what.map((_, index) => reduction.answer(index, rows)),
    );
  }
}

function isSameWhat(known: string | readonly string[], what: unknown): boolean {
  if (typeof known === "string") return known === what;
  if (!Array.isArray(what) || what.length !== known.length) return false;
  for (let index = 0; index < known.length; index++) if (what[index] !== known[index]) return false;
  return true;
}

/** Rows before the first column, and where something does not fit. */
const unknown = 0;
const misfit = -1;

/**
 * The rows so far, with those of one more value: misfit where it is not as expected. A single number goes to its place among the
 * numbers as its parameter's type has it.
 */
function check(expected: Expected, value: unknown, place: number, numbers: Float64Array, rows: number): number {
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

/**
 * Calls a kernel. Returns how many rows it did, -1 where it was not called; throws its trap. By number of values, so that each
 * call sees one gate and V8 compiles a direct call.
 */
function pass(
  plan: Plan,
  { address, entry, code }: Step,
  out: ColumnArray,
  v0: unknown,
  v1: unknown,
  v2: unknown,
  v3: unknown,
  rows: number,
): number {
  const { parameters, gate, words } = plan;
  let done: number;
  if (parameters === 1) done = gate(out, v0, rows, address, entry);
  else if (parameters === 2) done = gate(out, v0, v1, rows, address, entry);
  else if (parameters === 3) done = gate(out, v0, v1, v2, rows, address, entry);
  else done = gate(out, v0, v1, v2, v3, rows, address, entry);
  if (plan.countsIterations) setFuel(words, defaultMaxIterations);
  if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, code.trapping, 0);
  return done;
}

/** Computes the aggregates. Returns whether all of it was done. */
function aggregate(plan: Plan, v0: unknown, v1: unknown, v2: unknown, v3: unknown, rows: number): boolean {
  for (let index = 0; index < plan.aggregates.length; index++) {
    const step = plan.aggregates[index];
    if (step === undefined) return false;
    const { reduction } = step;
    if (pass(plan, step, reduction.begin(rows), v0, v1, v2, v3, rows) !== rows) return false;
    const value = Number(reduction.answer(0, rows));
    plan.numbers[step.place] = step.isF32 ? Math.fround(value) : value;
  }
  return true;
}

/** One call for each usual kind, so that V8 sees one constructor at each. */
function makeFresh(kind: ElementKind, rows: number): ColumnArray {
  switch (kind) {
    case "f64":
      return new Float64Array(rows);
    case "u8":
      return new Uint8Array(rows);
    case "i32":
      return new Int32Array(rows);
    case "f32":
      return new Float32Array(rows);
    default:
      return elementKinds[kind].make(rows);
  }
}

/** Columns and results of more bytes go the general way, which looks at caches and pages (map.ts). */
const mostBytes = 4 * 1024 * 1024;

/** A plan for calls like this one; none where they need more than a plan knows. */
function planMap(
  target: ColumnTarget,
  kernel: Kernel,
  kinds: readonly InputKind[],
  kind: ElementKind,
): MapPlan | undefined {
  const code = kernel.vector ?? kernel.scalar();
  const plan = planCall(target, kernel.typed, code, kinds);
  if (plan === undefined) return undefined;
  let width: number = elementKinds[kind].bytes;
  for (const own of kinds) if (isElementKind(own)) width += elementKinds[own].bytes;
  const { cacheBytes = mostBytes } = target.host;
  return {
    ...plan,
    mostRows: Math.min(plan.mostRows, Math.floor(Math.min(cacheBytes, mostBytes) / width)),
    out: elementKinds[kind].array,
    kind,
    isFresh: kind === resultKind(rowType(kernel.typed.resultOf("whole"), "map")),
    kernel,
    kinds,
  };
}

function planReduce(
  target: ColumnTarget,
  kernel: Kernel,
  kinds: readonly InputKind[],
  what: ReducePlan["what"],
  names: readonly ReductionName[],
): ReducePlan | undefined {
  const { typed } = kernel;
  const reduction = Reduction.of(rowType(typed.resultOf("whole"), "reduce"), names);
  if (reduction === undefined) return undefined;
  const plan = planCall(target, typed, kernel.vector ?? kernel.scalar(), kinds);
  return plan && { ...plan, mostRows: mostReducedRows, step: { ...plan.step, reduction }, what };
}

/** What plans of both sorts have; `code` is the last step's. */
function planCall(
  target: ColumnTarget,
  typed: Typed,
  code: KernelCode,
  kinds: readonly InputKind[],
): (Plan & { readonly step: Step }) | undefined {
  const { parameters } = typed;
  const { direct } = code;
  if (direct === undefined || parameters.length === 0 || parameters.length > mostParameters) return undefined;
  const expected: Expected[] = [];
  for (const [index, { type }] of parameters.entries()) {
    const kind = kinds[index] ?? "whole";
    if (isElementKind(kind)) expected.push(elementKinds[kind].array);
    else if (kind === "scalar" && isSingle(type)) expected.push(type);
    else return undefined;
  }
  const aggregates: AggregateStep[] = [];
  for (const [part, { name, type }] of typed.aggregates.entries()) {
    const step = type === "i64" ? undefined : stepOf(reduceKernel(target, typed, kinds, part, [name]));
    const reduction = Reduction.of(rowType(typed.resultOf(part), "reduce"), [name]);
    if (step === undefined || reduction === undefined) return undefined;
    aggregates.push({ ...step, reduction, place: parameters.length + part, isF32: type === "f32" });
  }
  const [name0 = "", name1 = "", name2 = "", name3 = ""] = parameters.map(({ name }) => name);
  const [expected0 = "", expected1 = "", expected2 = "", expected3 = ""] = expected;
  return {
    parameters: parameters.length,
    name0,
    name1,
    name2,
    name3,
    expected0,
    expected1,
    expected2,
    expected3,
    mostRows: aggregates.length > 0 ? mostReducedRows : Number.MAX_SAFE_INTEGER,
    gate: direct.binding.gate,
    numbers: direct.scratch.f64,
    words: target.host.callContext.words,
    countsIterations: typed.countsIterations,
    aggregates,
    step: { address: direct.address, entry: direct.binding.entry, code },
  };
}

function stepOf(kernel: Kernel): Step | undefined {
  const code = kernel.vector ?? kernel.scalar();
  const { direct } = code;
  return direct && { address: direct.address, entry: direct.binding.entry, code };
}

const isSingle = (type: ParameterType): boolean =>
  type === "f64" || type === "i32" || type === "f32" || type === "bool";
