/** What `compile` gives: a JavaScript function with the methods below, one lease on a shared compilation. */
import type { ParameterType, ValueType } from "../lang/javascript/tree.ts";
import type { Call } from "./callable.ts";
import type { Columns, MapOptions, ResultArray, ResultArrayOf } from "./columns.ts";
import type { Compilation } from "./compilation.ts";
import { type CodeView, explain, type Stage, stagesOf, viewCode } from "./explain.ts";

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
   * Each parameter needs an entry: a `Float64Array` (`Int32Array` where the parameter is an i32), or one number for all rows; at
   * least one is an array, and all arrays have one length. The result is a `Float64Array`, an `Int32Array` for i32, a
   * `Uint8Array` of 0 and 1 for booleans; where a result is a number or a boolean, booleans are 0 and 1 among the numbers.
   *
   * `out` may be a column itself, or separate memory, and nothing in between. Throws `TypeError` and `RangeError` for columns
   * that do not fit, `UnsupportedError` for other typed arrays, and `TrapError` with the lowest row that trapped; `out` is
   * unspecified then.
   */
  map(columns: Columns, options?: MapOptions): ResultArrayOf<Result>;
  /** Gives the code back. Calls throw from then on. Harmless when repeated. */
  dispose(): void;
}

/** One function's claim on a compilation. Knows nothing of the function, so that it can be collected. */
export class Lease {
  readonly compilation: Compilation;
  live = true;

  constructor(compilation: Compilation) {
    this.compilation = compilation;
    compilation.retain();
  }

  end(): void {
    if (!this.live) return;
    this.live = false;
    this.compilation.release();
  }
}

/** Functions that nothing refers to end their leases when the event loop turns. */
const collected = new FinalizationRegistry<Lease>((lease) => lease.end());

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
    super(lease.compilation.makeCall(lease));
    this.#lease = lease;
    collected.register(this, lease, lease);
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

  map(columns: Columns, options?: MapOptions): ResultArray {
    return this.#lease.compilation.map(this.#lease, columns, options);
  }

  dispose(): void {
    collected.unregister(this.#lease);
    this.#lease.end();
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
