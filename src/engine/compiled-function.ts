/** What `compile` gives: a JavaScript function with the methods below, one lease on a shared compilation. */
import type { ParameterType, ValueType } from "../lang/javascript/tree.ts";
import { CallPlans } from "./call-plan.ts";
import type { Call } from "./callable.ts";
import type { ColumnTarget, Life } from "./column-call.ts";
import type { Columns, MapOptions, ResultArrayOf, RowOptions } from "./columns.ts";
import type { Answer as ReduceAnswer, Reduced, ReductionName } from "./combination.ts";
import type { Compilation } from "./compilation.ts";
import type { ColumnArray } from "./element-kinds.ts";
import { type CodeView, explain, type Stage, stagesOf, viewCode } from "./explain.ts";
import { filter } from "./filter.ts";
import { map } from "./map.ts";
import { type MapAsyncOptions, mapAsync } from "./map-async.ts";
import { reduce } from "./reduce.ts";
import { type ReduceAsyncOptions, reduceAsync } from "./reduce-async.ts";
import { makeReducer, type Reducer } from "./reducer.ts";
import { type Selected, select } from "./select.ts";

/** What a compiled function takes: numbers, booleans, bigints for i64, and the typed arrays that it declares. */
export type Argument = number | boolean | bigint | ArrayBufferView;
/** What a compiled function gives. */
export type Answer = number | boolean | bigint | undefined;

/**
 * A compiled expression or function text: call it with one argument for each parameter.
 *
 * Arguments convert to the types of the parameters as in JavaScript, from left to right; a missing number is NaN, a BigInt for a
 * number throws `TypeError`, and so does a typed array of another kind than declared.
 * Throws `TrapError` where the function has no answer or goes past a limit, and `DisposedError` after `dispose`.
 */
export interface CompiledFunction<Result extends Answer = number | boolean> extends CompiledMembers<Result> {
  (...args: Argument[]): Result;
}

/** A compiled function of JavaScript: called as the function itself is. */
export type CompiledFrom<F extends (...args: never[]) => unknown> = ((...args: Parameters<F>) => ReturnType<F>) &
  CompiledMembers<ReturnType<F>>;

/** What every compiled function has besides its call. */
export interface CompiledMembers<Result> extends Disposable {
  /** The source text. */
  readonly source: string;
  /** The names of the parameters, in order. */
  readonly parameters: readonly string[];
  /** The type of each parameter, by name. */
  readonly types: Readonly<Record<string, ParameterType>>;
  /** What a call gives: `f64|bool` is a number for some arguments and a boolean for others. */
  readonly resultType: ValueType | "void";
  /** The aggregates in an expression, such as `mean(x)`. They are over all rows of a call; with some, single values have no result. */
  readonly aggregates: readonly string[];
  /** True after `dispose`. */
  readonly disposed: boolean;
  /** The machine code, and where it runs. */
  readonly code: CodeView;
  /** Every stage from text to bytes, as data. */
  readonly stages: readonly Stage[];
  /** Every stage from text to bytes, as text. */
  explain(): string;
  /**
   * One result for each row of columns.
   *
   * Each parameter needs an entry: a typed array of any kind but BigUint64Array and Float16Array, or one number for all
   * rows; at least one is a column, and all columns have one length. Elements convert to the parameter's type as JavaScript
   * reads and converts them; a parameter whose type is not declared is an i64 where BigInts come, else an f64. A parameter
   * that is declared an array gets that array as a whole, for every row.
   *
   * The result is a fresh `Float64Array`, `Int32Array`, `BigInt64Array` or `Float32Array` by its type, a `Uint8Array` of 0 and
   * 1 for booleans; or `out`, of any kind, as `out[i] = result` converts. `out` may lie over columns in any way.
   *
   * Throws `TypeError` and `RangeError` for columns that do not fit, `UnsupportedError` for other typed arrays, `CompileError`
   * where the expression makes no sense with BigInts, and `TrapError` with the lowest row that trapped; `out` is
   * unspecified then.
   */
  map<Out extends ColumnArray>(columns: Columns, options: MapOptions & { readonly out: Out }): Out;
  map(columns: Columns, options?: MapOptions): ResultArrayOf<Result>;
  /**
   * The rows' values as one: their sum, least, and so on; for a list of names an object of all, in one pass over memory.
   *
   * The answer is the same to the bit for every machine, alignment and number of threads. Of no rows, sum and count are 0,
   * product is 1, min Infinity, max -Infinity, mean and variance NaN, any false, all true, argmin and argmax -1.
   */
  reduce<Name extends ReductionName>(what: Name, columns: Columns, options?: RowOptions): Reduced<Name, Result>;
  reduce<const Names extends readonly ReductionName[]>(
    what: Names,
    columns: Columns,
    options?: RowOptions,
  ): { readonly [Name in Names[number]]: Reduced<Name, Result> };
  /**
   * As `map`, on other threads: in place for columns in a SharedArrayBuffer or from `column()`, by copies in short chunks for
   * plain arrays, which may be changed, transferred or dropped meanwhile (of what changes, either value may be seen; what is
   * gone rejects with a `TypeError`). Rejects with what `map` throws, or with the signal's reason when it aborts.
   */
  mapAsync<Out extends ColumnArray>(columns: Columns, options: MapAsyncOptions & { readonly out: Out }): Promise<Out>;
  mapAsync(columns: Columns, options?: MapAsyncOptions): Promise<ResultArrayOf<Result>>;
  /** As `reduce`, on other threads, as `mapAsync`. */
  reduceAsync<Name extends ReductionName>(
    what: Name,
    columns: Columns,
    options?: ReduceAsyncOptions,
  ): Promise<Reduced<Name, Result>>;
  reduceAsync<const Names extends readonly ReductionName[]>(
    what: Names,
    columns: Columns,
    options?: ReduceAsyncOptions,
  ): Promise<{ readonly [Name in Names[number]]: Reduced<Name, Result> }>;
  /** Gathers `reduce` from columns that come in parts. */
  reducer<const Names extends readonly ReductionName[]>(what: Names): Reducer<Names[number], Result>;
  /** The numbers of the rows whose value is truthy, ascending, counted from the columns' start. At most 2^32 rows. */
  filter(columns: Columns, options?: RowOptions): Uint32Array;
  /**
   * The rows whose value is truthy, as columns: all columns, those that are named, or one alone. `columns` may hold further
   * columns that the condition does not use.
   */
  select<const C extends Columns>(columns: C, what?: undefined, options?: RowOptions): SelectedColumns<C>;
  select<const C extends Columns, Name extends keyof C>(columns: C, what: Name, options?: RowOptions): C[Name];
  select<const C extends Columns, Name extends keyof C>(
    columns: C,
    what: readonly Name[],
    options?: RowOptions,
  ): { readonly [N in Name]: C[N] };
  /** Gives the code back. Calls throw from then on. Harmless when repeated. */
  dispose(): void;
}

/** The columns among what was given. */
export type SelectedColumns<C extends Columns> = {
  readonly [Name in keyof C as C[Name] extends ColumnArray ? Name : never]: C[Name];
};

/**
 * One function's claim on a compilation. Knows nothing of the function, so that it can be collected. Lets go of the compilation
 * when it ends: V8's collections of young objects keep alive what was registered, and all it holds.
 */
class Claim {
  /** 1 once it has ended. */
  ended: 0 | 1 = 0;
  #compilation: Compilation | undefined;

  constructor(compilation: Compilation) {
    this.#compilation = compilation;
    compilation.retain();
  }

  get live(): boolean {
    return this.ended === 0;
  }

  end(): void {
    this.ended = 1;
    const compilation = this.#compilation;
    this.#compilation = undefined;
    compilation?.release();
  }
}

/** A claim, and what the function's members need besides. What is for columns only is made for the first of them. */
class Lease {
  readonly compilation: Compilation;
  readonly claim: Claim;
  #columns: ColumnTarget | undefined = undefined;
  #plans: CallPlans | undefined = undefined;

  constructor(compilation: Compilation) {
    this.compilation = compilation;
    this.claim = new Claim(compilation);
  }

  get live(): boolean {
    return this.claim.live;
  }

  get columns(): ColumnTarget {
    this.#columns ??= this.compilation.columnTarget(this.claim);
    return this.#columns;
  }

  get plans(): CallPlans {
    this.#plans ??= new CallPlans(this.columns);
    return this.#plans;
  }
}

/** Functions that nothing refers to end their leases when the event loop turns. */
const collected = new FinalizationRegistry<Claim>((claim) => claim.end());

/** Gives back the function it gets, so that a class can put its private fields on it. */
class FunctionIdentity {
  constructor(call: Call) {
    // biome-ignore lint/correctness/noConstructorReturn: the only way to have private fields on a function
    return call as unknown as this; // see above
  }
}

class ExpressionFunction extends FunctionIdentity {
  readonly #lease: Lease;

  constructor(lease: Lease) {
    const { claim, compilation } = lease;
    super(compilation.makeCall(claim));
    this.#lease = lease;
    collected.register(this, claim, claim);
  }

  get source(): string {
    return this.#lease.compilation.source.text;
  }

  get parameters(): readonly string[] {
    return this.#lease.compilation.parameters.map((parameter) => parameter.name);
  }

  get types(): Readonly<Record<string, ParameterType>> {
    return Object.fromEntries(this.#lease.compilation.parameters.map(({ name, type }) => [name, type]));
  }

  get resultType(): ValueType | "void" {
    return this.#lease.compilation.resultType;
  }

  get aggregates(): readonly string[] {
    return this.#lease.compilation.kernels.untyped.aggregates.map(({ text }) => text);
  }

  get disposed(): boolean {
    return !this.#lease.live;
  }

  get code(): CodeView {
    return viewCode(this.#lease.compilation);
  }

  get stages(): readonly Stage[] {
    return stagesOf(this.#lease.compilation);
  }

  explain(): string {
    return explain(this.#lease.compilation);
  }

  map(columns: Columns, options?: MapOptions): ColumnArray {
    const { plans } = this.#lease;
    return plans.map(columns, options) ?? map(this.#lease.columns, plans, columns, options);
  }

  reduce(what: unknown, columns: Columns, options?: RowOptions): ReduceAnswer | Record<string, ReduceAnswer> {
    const { plans } = this.#lease;
    return plans.reduce(what, columns, options) ?? reduce(this.#lease.columns, plans, what, columns, options);
  }

  mapAsync(columns: Columns, options?: MapAsyncOptions): Promise<ColumnArray> {
    return mapAsync(this.#lease.columns, columns, options);
  }

  reduceAsync(
    what: unknown,
    columns: Columns,
    options?: ReduceAsyncOptions,
  ): Promise<ReduceAnswer | Record<string, ReduceAnswer>> {
    return reduceAsync(this.#lease.columns, what, columns, options);
  }

  reducer(what: unknown): Reducer<ReductionName, unknown> {
    // It asks this function itself: a reducer keeps the function that it may be the last to refer to.
    const isDisposed = () => this.disposed;
    const life: Life = {
      get live() {
        return !isDisposed();
      },
    };
    return makeReducer({ ...this.#lease.columns, life }, what);
  }

  filter(columns: Columns, options?: RowOptions): Uint32Array {
    const { plans } = this.#lease;
    return plans.filter(columns, options) ?? filter(this.#lease.columns, plans, columns, options);
  }

  select(columns: Columns, what?: string | readonly string[], options?: RowOptions): ColumnArray | Selected {
    const { plans } = this.#lease;
    return plans.select(columns, what, options) ?? select(this.#lease.columns, plans, columns, what, options);
  }

  dispose(): void {
    const { claim } = this.#lease;
    collected.unregister(claim);
    claim.end();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

// A compiled function is a function first: call, apply and bind come from there.
Object.setPrototypeOf(ExpressionFunction.prototype, Function.prototype);

export function makeCompiledFunction(compilation: Compilation): CompiledFunction {
  const call: unknown = new ExpressionFunction(new Lease(compilation));
  const fn = call as CompiledFunction; // FunctionIdentity made it a function
  Object.setPrototypeOf(fn, ExpressionFunction.prototype);
  return fn;
}
