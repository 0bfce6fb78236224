/**
 * `map`, `reduce`, `filter` and `select` as last time. A call that brings the same kinds of columns as the one before finds here
 * what that one found out: the kernels, and how to call them (planned-call.ts). Anything unusual is left to the general way (map.ts,
 * reduce.ts, packing.ts), which also tells what is wrong.
 */
import { type ColumnTarget, requireLife } from "./column-call.ts";
import type { Kernel } from "./column-kernels.ts";
import {
  type ColumnCall,
  type Columns,
  type Input,
  type InputKind,
  isElementKind,
  type MapOptions,
  type RowOptions,
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
import { copyOf, mostNumberedRows, numberKinds, roomFor } from "./packing.ts";
import {
  aggregateFew,
  aggregateMany,
  check,
  checkValues,
  firstOf,
  mostFew,
  PlannedCall,
  passFew,
  passMany,
  readValues,
  rowsOf,
  Step,
  unknown,
  viewValues,
} from "./planned-call.ts";
import { answersOf } from "./reduce.ts";
import { mostReducedRows, Reduction } from "./reduction.ts";

class MapPlan {
  readonly call: PlannedCall;
  readonly step: Step;
  /** The array's kind that the kernel writes, and whether results come in one if nobody asks for another. */
  readonly out: string;
  readonly kind: ElementKind;
  readonly isFresh: boolean;
  readonly kernel: Kernel;
  readonly kinds: readonly InputKind[];

  constructor(call: PlannedCall, step: Step, kind: ElementKind, kernel: Kernel, kinds: readonly InputKind[]) {
    this.call = call;
    this.step = step;
    this.out = elementKinds[kind].array;
    this.kind = kind;
    this.isFresh = kind === resultKind(rowType(kernel.typed.resultOf("whole"), "map"));
    this.kernel = kernel;
    this.kinds = kinds;
  }
}

class ReducePlan {
  readonly kernel: Kernel;
  readonly call: PlannedCall;
  readonly step: Step;
  readonly reduction: Reduction;
  /** The name, or the list of names. */
  readonly what: string | readonly ReductionName[];

  constructor(kernel: Kernel, call: PlannedCall, step: Step, reduction: Reduction, what: ReducePlan["what"]) {
    this.kernel = kernel;
    this.call = call;
    this.step = step;
    this.reduction = reduction;
    this.what = what;
  }
}

/** Columns that `select` gives. */
export interface Selection {
  /** As it was asked for. */
  readonly what: string | readonly string[] | undefined;
  /** Of the results, in order. */
  readonly names: readonly string[];
  readonly kinds: readonly ElementKind[];
  /** The properties of the columns that are no parameters, in order, and which of them the kernel takes. */
  readonly others: readonly string[];
  readonly taken: readonly { readonly name: string; readonly kind: ElementKind }[];
}

class PackPlan {
  readonly call: PlannedCall;
  readonly step: Step;
  readonly kinds: readonly ElementKind[];
  readonly selection: Selection | undefined;

  constructor(call: PlannedCall, step: Step, kinds: readonly ElementKind[], selection: Selection | undefined) {
    this.call = call;
    this.step = step;
    this.kinds = kinds;
    this.selection = selection;
  }
}

/** What one compiled function remembers of its last calls. */
export class CallPlans {
  readonly #target: ColumnTarget;
  #map: MapPlan | undefined = undefined;
  /** What the plan is of, also where there is none. */
  #mapKernel: Kernel | undefined = undefined;
  /** The last kernel of a reduction that no plan can be made of. */
  #unplanned: Kernel | undefined = undefined;
  /** One for each of the last names, or lists of names. */
  #reduces: readonly ReducePlan[] = [];
  #filter: PackPlan | undefined = undefined;
  #filterKernel: Kernel | undefined = undefined;
  /** One for each of the last names of columns, or lists of names. */
  #selects: readonly PackPlan[] = [];

  constructor(target: ColumnTarget) {
    this.#target = target;
  }

  /** Remembers a `map` that went the general way, and filled an array of `kind`. */
  rememberMap(kernel: Kernel, kinds: readonly InputKind[], kind: ElementKind): void {
    if (kernel === this.#mapKernel) return;
    this.#mapKernel = kernel;
    let width: number = elementKinds[kind].bytes;
    for (const own of kinds) if (isElementKind(own)) width += elementKinds[own].bytes;
    const { cacheBytes = mostBytes } = this.#target.host;
    const mostRows = Math.floor(Math.min(cacheBytes, mostBytes) / width);
    const step = Step.of(kernel);
    const call = step && PlannedCall.of(this.#target, kernel.typed, kinds, mostRows);
    this.#map = call && new MapPlan(call, step, kind, kernel, kinds);
  }

  /** Remembers a `reduce` that went the general way. */
  rememberReduce(kernel: Kernel, kinds: readonly InputKind[], what: unknown, names: readonly ReductionName[]): void {
    const known = this.#reducePlan(what);
    if (known?.kernel === kernel || kernel === this.#unplanned) return;
    const step = Step.of(kernel);
    const call = step && PlannedCall.of(this.#target, kernel.typed, kinds, mostReducedRows);
    const reduction = Reduction.of(rowType(kernel.typed.resultOf("whole"), "reduce"), names);
    if (step === undefined || call === undefined) {
      this.#unplanned = kernel;
      return;
    }
    const plan = new ReducePlan(kernel, call, step, reduction, typeof what === "string" ? what : names);
    this.#reduces = withPlan(this.#reduces, known, plan);
  }

  /** Remembers a `filter` that went the general way. */
  rememberFilter(kernel: Kernel, kinds: readonly InputKind[]): void {
    if (kernel === this.#filterKernel) return;
    this.#filterKernel = kernel;
    this.#filter = this.#planPacking(kernel, kinds, numberKinds, undefined);
  }

  /** Remembers a `select` that went the general way. */
  rememberSelect(kernel: Kernel, kinds: readonly InputKind[], selection: Selection): void {
    const plan = this.#planPacking(kernel, kinds, selection.kinds, selection);
    if (plan !== undefined) this.#selects = withPlan(this.#selects, this.#selectPlan(selection.what), plan);
  }

  #reducePlan(what: unknown): ReducePlan | undefined {
    const plans = this.#reduces;
    for (let index = 0; index < plans.length; index++) {
      const plan = plans[index];
      if (plan !== undefined && isSameList(plan.what, what)) return plan;
    }
    return undefined;
  }

  #selectPlan(what: unknown): PackPlan | undefined {
    const plans = this.#selects;
    for (let index = 0; index < plans.length; index++) {
      const plan = plans[index];
      if (plan?.selection !== undefined && isSameList(plan.selection.what, what)) return plan;
    }
    return undefined;
  }

  #planPacking(
    kernel: Kernel,
    inputs: readonly InputKind[],
    kinds: readonly ElementKind[],
    selection: Selection | undefined,
  ): PackPlan | undefined {
    const step = Step.of(kernel);
    const call = step && PlannedCall.of(this.#target, kernel.typed, inputs);
    return call && new PackPlan(call, step, kinds, selection);
  }

  /** The result of `map`, or undefined where the general way has to be taken. */
  map(columns: Columns, options: MapOptions | undefined): ColumnArray | undefined {
    const plan = this.#map;
    if (plan === undefined || typeof columns !== "object" || columns === null) return undefined;
    let given: unknown;
    if (options !== undefined) {
      if (typeof options !== "object" || options === null) return undefined;
      let isOfRows = false;
      for (const key in options)
        if (key !== "out") {
          if (key !== "offset" && key !== "length") return undefined;
          isOfRows = true;
        }
      given = options.out;
      if (isOfRows) return this.#mapMany(plan, columns, given, options.offset, options.length);
    }
    const { call } = plan;
    const { parameters, numbers } = call;
    if (parameters > mostFew) return this.#mapMany(plan, columns, given, undefined, undefined);
    const v0: unknown = columns[call.name0];
    const v1: unknown = parameters > 1 ? columns[call.name1] : 0;
    const v2: unknown = parameters > 2 ? columns[call.name2] : 0;
    const v3: unknown = parameters > 3 ? columns[call.name3] : 0;
    let keys = 0;
    for (const _ in columns) keys++;
    if (keys !== parameters) return undefined;
    // From here on no code of the caller runs.
    let rows = check(call.expected0, v0, 0, numbers, unknown);
    if (parameters > 1) rows = check(call.expected1, v1, 1, numbers, rows);
    if (parameters > 2) rows = check(call.expected2, v2, 2, numbers, rows);
    if (parameters > 3) rows = check(call.expected3, v3, 3, numbers, rows);
    if (rows <= 0 || rows > call.mostRows) return undefined;
    const out = resultOf(plan, given, rows);
    if (out === undefined) return undefined;
    requireLife(this.#target);
    if (call.aggregates.length > 0 && !aggregateFew(call, v0, v1, v2, v3, rows)) return undefined;
    const done = passFew(call, plan.step, out, v0, v1, v2, v3, rows);
    if (done === rows) return out;
    if (done < 0) return undefined; // `out` lies over a column
    this.#finishMap(plan, [v0, v1, v2, v3], out, rows, 0, done);
    return out;
  }

  #mapMany(plan: MapPlan, columns: Columns, given: unknown, offset: unknown, length: unknown): ColumnArray | undefined {
    const { call } = plan;
    const values = readValues(call, columns);
    if (values === undefined) return undefined;
    // From here on no code of the caller runs.
    const available = checkValues(call, values);
    const first = firstOf(offset, available);
    const rows = rowsOf(length, available - first);
    if (first < 0 || rows <= 0 || rows > call.mostRows) return undefined;
    const out = resultOf(plan, given, rows);
    if (out === undefined) return undefined;
    if (first > 0) viewValues(values, first, rows);
    requireLife(this.#target);
    if (call.aggregates.length > 0 && !aggregateMany(call, values, rows, first)) return undefined;
    values[0] = out;
    const done = passMany(call, plan.step, values, rows, first);
    if (done === rows) return out;
    if (done < 0) return undefined; // as above
    this.#finishMap(plan, values.slice(1), out, rows, first, done);
    return out;
  }

  /** Does the rows that a kernel has left. */
  #finishMap(
    { call, kernel, kind, kinds }: MapPlan,
    values: readonly unknown[],
    out: ColumnArray,
    rows: number,
    offset: number,
    done: number,
  ): void {
    const { parameters, aggregates, numbers } = call;
    const inputs = values.slice(0, parameters) as Input[]; // they were checked
    const rest: ColumnCall = { kinds, inputs, rows, offset, available: rows };
    const aggregateNumbers = Array.from(numbers.subarray(parameters, parameters + aggregates.length));
    runMap(this.#target, kernel, rest, aggregateNumbers, out, kind, done);
  }

  /** The answer of `reduce`, or undefined where the general way has to be taken. */
  reduce(
    what: unknown,
    columns: Columns,
    options: RowOptions | undefined,
  ): Answer | Record<string, Answer> | undefined {
    const plan = this.#reducePlan(what);
    if (plan === undefined || typeof columns !== "object" || columns === null) return undefined;
    const { call, step, reduction } = plan;
    const { parameters, numbers } = call;
    if (options !== undefined || parameters > mostFew) return this.#reduceMany(plan, columns, options);
    const v0: unknown = columns[call.name0];
    const v1: unknown = parameters > 1 ? columns[call.name1] : 0;
    const v2: unknown = parameters > 2 ? columns[call.name2] : 0;
    const v3: unknown = parameters > 3 ? columns[call.name3] : 0;
    let keys = 0;
    for (const _ in columns) keys++;
    if (keys !== parameters) return undefined;
    // From here on no code of the caller runs.
    let rows = check(call.expected0, v0, 0, numbers, unknown);
    if (parameters > 1) rows = check(call.expected1, v1, 1, numbers, rows);
    if (parameters > 2) rows = check(call.expected2, v2, 2, numbers, rows);
    if (parameters > 3) rows = check(call.expected3, v3, 3, numbers, rows);
    if (rows <= 0 || rows > call.mostRows) return undefined;
    requireLife(this.#target);
    if (call.aggregates.length > 0 && !aggregateFew(call, v0, v1, v2, v3, rows)) return undefined;
    const done = passFew(call, step, reduction.begin(rows), v0, v1, v2, v3, rows);
    return done === rows ? answerOf(plan, rows, 0) : undefined;
  }

  #reduceMany(
    plan: ReducePlan,
    columns: Columns,
    options: RowOptions | undefined,
  ): Answer | Record<string, Answer> | undefined {
    const { call, step, reduction } = plan;
    if (!isOfRowsOnly(options)) return undefined;
    const offset: unknown = options?.offset;
    const length: unknown = options?.length;
    const values = readValues(call, columns);
    if (values === undefined) return undefined;
    // From here on no code of the caller runs.
    const available = checkValues(call, values);
    const first = firstOf(offset, available);
    const rows = rowsOf(length, available - first);
    if (first < 0 || rows <= 0 || rows > call.mostRows) return undefined;
    if (first > 0) viewValues(values, first, rows);
    requireLife(this.#target);
    if (call.aggregates.length > 0 && !aggregateMany(call, values, rows, first)) return undefined;
    values[0] = reduction.begin(rows);
    return passMany(call, step, values, rows, first) === rows ? answerOf(plan, rows, first) : undefined;
  }

  /** The result of `filter`, or undefined where the general way has to be taken. */
  filter(columns: Columns, options: RowOptions | undefined): Uint32Array | undefined {
    const plan = this.#filter;
    if (plan === undefined || typeof columns !== "object" || columns === null) return undefined;
    if (!isOfRowsOnly(options)) return undefined;
    const offset: unknown = options?.offset;
    const length: unknown = options?.length;
    const values = readValues(plan.call, columns);
    return values && (this.#pack(plan, values, offset, length)?.[0] as Uint32Array | undefined); // row numbers
  }

  /** The result of `select`, or undefined where the general way has to be taken. */
  select(
    columns: Columns,
    what: unknown,
    options: RowOptions | undefined,
  ): ColumnArray | Record<string, ColumnArray> | undefined {
    const plan = this.#selectPlan(what);
    const selection = plan?.selection;
    if (selection === undefined || typeof columns !== "object" || columns === null) return undefined;
    if (!isOfRowsOnly(options)) return undefined;
    const offset: unknown = options?.offset;
    const length: unknown = options?.length;
    if (plan === undefined || !hasOthers(columns, plan.call.names, selection.others)) return undefined;
    const values = readValues(plan.call, columns, selection.others.length);
    if (values === undefined) return undefined;
    for (let out = 1; out < selection.kinds.length; out++) values.push(undefined);
    for (const { name } of selection.taken) values.push(columns[name]);
    const arrays = this.#pack(plan, values, offset, length);
    if (arrays === undefined || typeof what === "string") return arrays?.[0];
    const named: Record<string, ColumnArray> = {};
    for (let index = 0; index < arrays.length; index++)
      named[selection.names[index] as string] = arrays[index] as ColumnArray; // one for each
    return named;
  }

  #pack(
    { call, step, kinds, selection }: PackPlan,
    values: unknown[],
    offset: unknown,
    length: unknown,
  ): ColumnArray[] | undefined {
    // No code of the caller runs here.
    const available = checkValues(call, values);
    const first = firstOf(offset, available);
    const rows = rowsOf(length, available - first);
    if (first < 0 || rows <= 0 || rows > call.mostRows || available > mostNumberedRows) return undefined;
    const behind = call.parameters + kinds.length;
    if (selection !== undefined)
      for (let index = 0; index < selection.taken.length; index++) {
        const other = values[behind + index];
        if (arrayNameOf(other) !== elementKinds[selection.taken[index]?.kind ?? "f64"].array) return undefined;
        if (lengthOf(other as ColumnArray) !== available) return undefined; // its kind has just been read
      }
    if (first > 0) viewValues(values, first, rows);
    requireLife(this.#target);
    if (call.aggregates.length > 0 && !aggregateMany(call, values, rows, first)) return undefined;
    const room = roomFor(kinds, rows);
    if (room.rows < rows) return undefined;
    values[0] = room.outs[0];
    for (let out = 1; out < kinds.length; out++) values[call.parameters + out] = room.outs[out];
    if (selection === undefined) call.numbers[call.parameters + call.aggregates.length] = first;
    const taken = passMany(call, step, values, rows, first);
    return taken < 0 ? undefined : copyOf(room.outs, kinds, taken);
  }
}

/** Whether options choose rows and do nothing else. */
function isOfRowsOnly(options: RowOptions | undefined): boolean {
  if (options === undefined) return true;
  if (typeof options !== "object" || options === null) return false;
  for (const key in options) if (key !== "offset" && key !== "length") return false;
  return true;
}

/** Plans that are remembered of one sort. */
const mostPlans = 4;

/** Plans with one more, in the place of another if there is one, and else of the oldest. */
function withPlan<Plan>(plans: readonly Plan[], known: Plan | undefined, plan: Plan): readonly Plan[] {
  const others = plans.filter((other) => other !== known);
  return [plan, ...others.slice(0, mostPlans - 1)];
}

/** Whether columns has the parameters for its own and, in this order, the others. */
function hasOthers(columns: Columns, parameters: readonly string[], others: readonly string[]): boolean {
  const keys = Object.keys(columns);
  let found = 0;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string; // below the length
    if (key === others[found]) found++;
    else if (!parameters.includes(key)) return false;
  }
  return found === others.length && keys.length === parameters.length + others.length;
}

function isSameList(known: string | readonly string[] | undefined, what: unknown): boolean {
  if (typeof known !== "object") return known === what;
  if (!Array.isArray(what) || what.length !== known.length) return false;
  for (let index = 0; index < known.length; index++) if (what[index] !== known[index]) return false;
  return true;
}

function answerOf({ reduction, what }: ReducePlan, rows: number, first: number): Answer | Record<string, Answer> {
  if (typeof what === "string") return reduction.answer(0, rows, first);
  const answers: Answer[] = [];
  for (let index = 0; index < what.length; index++) answers.push(reduction.answer(index, rows, first));
  return answersOf(what, what, answers);
}

/** Where results go; undefined where the general way has to find out. */
function resultOf({ out, kind, isFresh }: MapPlan, given: unknown, rows: number): ColumnArray | undefined {
  if (given === undefined) return isFresh ? makeFresh(kind, rows) : undefined;
  if (arrayNameOf(given) !== out) return undefined;
  const array = given as ColumnArray; // of a kind that columns have
  return lengthOf(array) < rows ? undefined : array;
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
