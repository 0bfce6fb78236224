/**
 * One compilation: installed code for a source text under certain options, shared by all functions that were compiled
 * from equal text and options, and counted. It keeps no tree and no IR; kernels and explanations start from the text
 * again. When the last function is disposed or collected, its memory goes back.
 */
import { Source } from "../base/source.ts";
import { callContext, callStatus } from "../codegen/call-context.ts";
import type { IrFunction } from "../ir/function.ts";
import type { Type } from "../ir/types.ts";
import { looksLikeFunction } from "../lang/javascript/parse-function.ts";
import { isMixed, type Parameter, type ValueType } from "../lang/javascript/tree.ts";
import { type Call, type CallTarget, makeCall } from "./callable.ts";
import { type ColumnTarget, setFuel } from "./column-call.ts";
import { ColumnKernels } from "./column-kernels.ts";
import { makeGeneralCall, signatureWords } from "./general-call.ts";
import type { Host, InstalledCode, ScalarBinding } from "./host.ts";
import { type CompileOptions, type CompileSettings, defaultMaxIterations, readCompileOptions } from "./options.ts";
import { analyze, type Subject } from "./subject.ts";
import { translate } from "./translate.ts";
import { type TrappingCode, takeTrap } from "./traps.ts";

/** Code over single numbers, installed, and how to call it. */
interface ScalarCode {
  readonly installed: InstalledCode;
  readonly trapping: TrappingCode;
  readonly binding: ScalarBinding;
  readonly signature: string;
  readonly mayTrap: boolean;
}

/**
 * The IR of an expression or a function, as it is built for single calls: its parameters in, its value out, booleans as 0
 * and 1. Where the value is a boolean at times and a number at others, the function stores which in the call context.
 * Throws as `compile` does.
 */
export function expressionToIr(text: string, options?: CompileOptions): IrFunction {
  return analyze(new Source(text), readCompileOptions(options)).buildScalar();
}

export class Compilation {
  readonly source: Source;
  readonly settings: CompileSettings;
  readonly host: Host;
  readonly parameters: readonly Parameter[];
  readonly resultType: ValueType | "void";
  readonly #countsIterations: boolean;
  /** Undefined where the text has aggregates, which are of columns only. */
  readonly #scalar: ScalarCode | undefined;
  readonly #onRelease: () => void;
  #kernels: ColumnKernels | undefined;
  #references = 0;

  /** Compiles. `onRelease` runs when nothing refers to the compilation any more. */
  constructor(text: string, settings: CompileSettings, host: Host, onRelease: () => void) {
    this.source = new Source(
      text,
      settings.name ?? (settings.isFunction === true || looksLikeFunction(text) ? "function" : "expression"),
    );
    this.settings = settings;
    this.host = host;
    this.#onRelease = onRelease;
    const subject = analyze(this.source, settings);
    this.parameters = subject.parameters;
    this.resultType = subject.resultType;
    this.#countsIterations = subject.countsIterations;
    if (subject.countsIterations) setFuel(host.callContext.words, defaultMaxIterations);
    this.#scalar = subject.aggregates.length > 0 ? undefined : this.#compileScalar(subject);
  }

  #compileScalar(subject: Subject): ScalarCode {
    const { host, settings, source } = this;
    const fn = subject.buildScalar();
    const { bytes, trapSites, callSites, mayTrap } = translate(fn, host, settings);
    const installed = host.install(bytes);
    const signature = signatureOf(fn.result, this.parameters);
    return {
      installed,
      signature,
      binding: host.bindScalar(installed.address, signature),
      trapping: { trapSites, callSites, address: installed.address, source, name: fn.name },
      mayTrap: subject.mayTrap && mayTrap,
    };
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references > 0) return;
    this.#onRelease();
    this.#scalar?.installed.release();
    this.#kernels?.release();
  }

  /** Code over columns. The source is checked once more when it is first asked for: most functions are only called. */
  get kernels(): ColumnKernels {
    if (this.#kernels !== undefined) return this.#kernels;
    const { source, settings, host } = this;
    const name = this.#scalar?.trapping.name ?? "expression";
    const kernels = new ColumnKernels({ source, settings, host, name }, analyze(source, settings));
    if (this.#references === 0) kernels.release();
    this.#kernels = kernels;
    return kernels;
  }

  /** Where the scalar function's code stands, and how long it is. */
  get installed(): InstalledCode | undefined {
    return this.#scalar?.installed;
  }

  /** How calls with single numbers go. */
  get callPath(): string {
    return this.#scalar?.binding.path ?? `none: ${overColumns}`;
  }

  /** What operations on columns need. */
  columnTarget(life: { readonly live: boolean }): ColumnTarget {
    const claim = () => {
      this.retain();
      return () => this.release();
    };
    return { kernels: this.kernels, host: this.host, life, claim };
  }

  /** A JavaScript function that calls the scalar code for as long as `lease` is live. */
  makeCall(lease: { readonly live: boolean; readonly ended: 0 | 1 }): Call {
    const scalar = this.#scalar;
    if (scalar === undefined) return makeNoCall(this.parameters.length);
    const { binding } = scalar;
    const { resultType, parameters } = this;
    const { maxIterations } = this.settings;
    const isInteger: boolean[] = [];
    let takesNumbers = true;
    for (const { type } of parameters) {
      isInteger.push(type === "i32");
      if (type !== "f64" && type !== "i32") takesNumbers = false;
    }
    const givesNumber = resultType === "f64" || resultType === "bool" || /^(?:f64|i32)/.test(resultType);
    const hasOwnLimit = this.#countsIterations && maxIterations !== defaultMaxIterations;
    if (!takesNumbers || !givesNumber || hasOwnLimit)
      return makeGeneralCall({
        lease,
        raw: this.host.bindCompiled(scalar.installed.address, scalar.signature),
        parameters,
        before: hasOwnLimit ? () => this.#setFuel(maxIterations) : () => {},
        finish: (result) => this.#finish(result, scalar.trapping),
      }) as Call; // what it gives is the result's type
    return makeCall({ lease, binding, isInteger, answer: this.#answerOf(scalar) });
  }

  /** What the raw result of a call with numbers means. */
  #answerOf({ mayTrap, trapping }: ScalarCode): CallTarget["answer"] {
    const { resultType } = this;
    const countsIterations = this.#countsIterations;
    const isBoolean = resultType === "bool";
    const isMixed = mayBeBoolean(resultType);
    if (!isMixed && !mayTrap && !countsIterations) return isBoolean ? "boolean" : "number";
    const { words } = this.host.callContext;
    const trap = () => takeTrap(words, trapping);
    if (!isMixed && !isBoolean) return { words, countsIterations, trap };
    return (result) => {
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[callContext.status >> 2] !== callStatus.done) throw trap();
      return isBoolean || words[callContext.isBoolean >> 2] !== 0 ? result !== 0 : result;
    };
  }

  /** Makes the answer of what the code returned, or throws the trap, and leaves the context as the next call wants it. */
  #finish(result: number | bigint | undefined, trapping: TrappingCode): number | boolean | bigint | undefined {
    const { words } = this.host.callContext;
    const { resultType } = this;
    if (this.#countsIterations) this.#setFuel(defaultMaxIterations);
    if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, trapping);
    if (resultType === "bool" || (mayBeBoolean(resultType) && words[callContext.isBoolean >> 2] !== 0))
      return typeof result === "bigint" ? result !== 0n : result !== 0;
    return result;
  }

  #setFuel(maxIterations: number): void {
    setFuel(this.host.callContext.words, maxIterations);
  }
}

/** The C signature of scalar code, without the call context. */
function signatureOf(result: Type | undefined, parameters: readonly Parameter[]): string {
  let words = "";
  for (const { type } of parameters) {
    if (words !== "") words += ", ";
    words += type === "f64" ? "f64" : signatureWords(type).join(", ");
  }
  return `${result ?? "void"}(${words})`;
}

const overColumns = "sum, mean and count are over the rows of columns; call map, reduce, filter or select";

function makeNoCall(parameters: number): Call {
  const call: Call = () => {
    throw new TypeError(`the expression has no value for single numbers: ${overColumns}`);
  };
  return Object.defineProperty(call, "length", { value: parameters, configurable: true });
}

/** Whether the context tells of a number whether it is a boolean. */
function mayBeBoolean(type: ValueType | "void"): boolean {
  return type !== "void" && isMixed(type);
}
