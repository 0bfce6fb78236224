/**
 * One compilation: installed code for a source text under certain options, shared by all functions that were compiled
 * from equal text and options, and counted. It keeps no tree and no IR; kernels and explanations start from the text
 * again. When the last function is disposed or collected, its memory goes back.
 */
import { DisposedError } from "../base/errors.ts";
import { Source } from "../base/source.ts";
import { callContext, callStatus, fuelOf } from "../codegen/call-context.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";
import type { IrFunction } from "../ir/function.ts";
import { looksLikeFunction } from "../lang/javascript/parse-function.ts";
import { isMixed, type Parameter, type ValueType } from "../lang/javascript/tree.ts";
import { type Call, makeCall } from "./callable.ts";
import { type Columns, type MapOptions, type ResultArray, readColumns } from "./columns.ts";
import { makeGeneralCall, signatureWords } from "./general-call.ts";
import type { Host, InstalledCode, RawCall, ScalarBinding } from "./host.ts";
import { broadcastType, buildMapKernel, type ColumnMask, elementType } from "./map-kernel.ts";
import { type CompileOptions, type CompileSettings, defaultMaxIterations, readCompileOptions } from "./options.ts";
import { analyze } from "./subject.ts";
import { translate } from "./translate.ts";
import { type TrappingCode, takeTrap } from "./traps.ts";

/** Code of a function, installed. */
interface Installation {
  readonly installed: InstalledCode;
  readonly trapping: TrappingCode;
}

/** Code over columns, and how to call it. */
interface Kernel extends Installation {
  readonly call: RawCall;
}

/** Code over single numbers, and how to call it. */
interface ScalarCode extends Installation {
  readonly binding: ScalarBinding;
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
  readonly #mayTrap: boolean;
  readonly #countsIterations: boolean;
  readonly #signature: string;
  /** Of the compiled function, in the IR. */
  readonly #name: string;
  readonly #scalar: ScalarCode;
  readonly #kernels = new Map<string, Kernel>();
  readonly #onRelease: () => void;
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
    const fn = subject.buildScalar();
    const code = translate(fn, host, settings.verify);
    this.#mayTrap = subject.mayTrap && code.mayTrap;
    const installed = host.install(code.bytes);
    if (subject.countsIterations) this.#setFuel(defaultMaxIterations);
    const words = this.parameters.flatMap(({ type }) => signatureWords(type));
    this.#signature = `${fn.result ?? "void"}(${words.join(", ")})`;
    this.#name = fn.name;
    this.#scalar = {
      installed,
      binding: host.bindScalar(installed.address, this.#signature),
      trapping: this.#trapping(code, installed),
    };
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references > 0) return;
    this.#onRelease();
    this.#scalar.installed.release();
    for (const kernel of this.#kernels.values()) kernel.installed.release();
    this.#kernels.clear();
  }

  /** Where the scalar function's code stands, and how long it is. */
  get installed(): InstalledCode {
    return this.#scalar.installed;
  }

  /** How calls with single numbers go. */
  get callPath(): string {
    return this.#scalar.binding.path;
  }

  /** The masks of the kernels that `map` has compiled so far, such as `cs` for a column and a scalar. */
  get kernelMasks(): readonly string[] {
    return [...this.#kernels.keys()];
  }

  /** A JavaScript function that calls the scalar code for as long as `lease` is live. */
  makeCall(lease: { readonly live: boolean }): Call {
    const { binding } = this.#scalar;
    const { resultType, parameters } = this;
    const { maxIterations } = this.settings;
    const takesNumbers = parameters.every(({ type }) => type === "f64" || type === "i32");
    const givesNumber = resultType === "bool" || /^(?:f64|i32)/.test(resultType);
    const hasOwnLimit = this.#countsIterations && maxIterations !== defaultMaxIterations;
    if (!takesNumbers || !givesNumber || hasOwnLimit)
      return makeGeneralCall({
        lease,
        raw: this.host.bindCompiled(this.installed.address, this.#signature),
        parameters,
        before: hasOwnLimit ? () => this.#setFuel(maxIterations) : () => {},
        finish: (result) => this.#finish(result),
      }) as Call; // what it gives is the result's type
    const isPlain = !this.#mayTrap && !this.#countsIterations && !mayBeBoolean(resultType);
    return makeCall({
      lease,
      binding,
      isInteger: parameters.map(({ type }) => type === "i32"),
      finish: isPlain
        ? resultType === "bool"
          ? isTrue
          : undefined
        : (result) => this.#finish(result) as number | boolean, // of a number
    });
  }

  /** Makes the answer of what the code returned, or throws the trap, and leaves the context as the next call wants it. */
  #finish(result: number | bigint | undefined): number | boolean | bigint | undefined {
    const { words } = this.host.callContext;
    const { resultType } = this;
    if (this.#countsIterations) this.#setFuel(defaultMaxIterations);
    if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, this.#scalar.trapping);
    if (resultType === "bool" || (mayBeBoolean(resultType) && words[callContext.isBoolean >> 2] !== 0))
      return typeof result === "bigint" ? result !== 0n : result !== 0;
    return result;
  }

  /** Between calls, the context allows the default number of iterations. */
  #setFuel(maxIterations: number): void {
    const { words } = this.host.callContext;
    const { fuel, iterationsLeft } = fuelOf(maxIterations);
    words[callContext.fuel >> 2] = fuel;
    words[callContext.iterationsLeft >> 2] = iterationsLeft;
    words[(callContext.iterationsLeft >> 2) + 1] = iterationsLeft / 0x1_0000_0000;
  }

  map(lease: { readonly live: boolean }, columns: Columns, options: MapOptions | undefined): ResultArray {
    const call = readColumns(this.parameters, elementType(this.resultType), columns, options);
    // Reading may have run the caller's getters, so the function's life is looked at after it.
    if (!lease.live) throw new DisposedError("the compiled function was disposed; compile it again");
    if (call.rows === 0) return call.out;
    const kernel = this.#kernel(call.mask);
    const { words } = this.host.callContext;
    kernel.call(call.out, ...call.inputs, call.rows);
    if (this.#countsIterations) this.#setFuel(defaultMaxIterations);
    if (words[callContext.status >> 2] !== callStatus.done) throw takeTrap(words, kernel.trapping, call.offset);
    return call.out;
  }

  #kernel(mask: ColumnMask): Kernel {
    const key = maskText(mask);
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      const fn = buildMapKernel(analyze(this.source, this.settings), mask, this.settings.maxIterations);
      const code = translate(fn, this.host, this.settings.verify);
      const installed = this.host.install(code.bytes);
      const signature = mapSignature(this.parameters, mask);
      const call = this.host.bindCompiled(installed.address, signature);
      kernel = { installed, call, trapping: this.#trapping(code, installed) };
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  /** What a trap is told from; the rest of what was compiled is not kept. */
  #trapping({ trapSites, callSites }: CompiledCode, { address }: InstalledCode): TrappingCode {
    return { trapSites, callSites, address, source: this.source, name: this.#name };
  }
}

/** Whether the context tells of a number whether it is a boolean. */
function mayBeBoolean(type: ValueType | "void"): boolean {
  return type !== "void" && isMixed(type);
}

const isTrue = (result: number): boolean => result !== 0;

/** `cs`: the first parameter is a column, the second a scalar. */
export function maskText(mask: ColumnMask): string {
  let text = "";
  for (const isColumn of mask) text += isColumn ? "c" : "s";
  return text;
}

/** The C signature of a map kernel: results, inputs, rows. */
function mapSignature(parameters: readonly Parameter[], mask: ColumnMask): string {
  const inputs = parameters.map(({ type }, index) => (mask[index] === true ? "ptr" : broadcastType(type)));
  return `void(${["ptr", ...inputs, "f64"].join(", ")})`;
}
