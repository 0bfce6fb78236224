/**
 * One compilation: installed code for a source text under certain options, shared by all functions that were compiled
 * from equal text and options, and counted. It keeps no tree and no IR; kernels and explanations start from the text
 * again. When the last function is disposed or collected, its memory goes back.
 */
import { DisposedError } from "../base/errors.ts";
import { Source } from "../base/source.ts";
import { callContext, callStatus } from "../codegen/call-context.ts";
import type { TrapSite } from "../codegen/compiled-code.ts";
import type { IrFunction } from "../ir/function.ts";
import { buildScalarFunction } from "../lang/javascript/build-ir.ts";
import { checkExpression } from "../lang/javascript/check.ts";
import { parseExpression } from "../lang/javascript/parse.ts";
import { type CheckedExpression, isMixed, type Parameter, type ValueType } from "../lang/javascript/tree.ts";
import { type Call, type CallTarget, makeCall } from "./callable.ts";
import { type Columns, type MapOptions, type ResultArray, readColumns } from "./columns.ts";
import type { Host, InstalledCode, RawCall, ScalarBinding } from "./host.ts";
import { buildMapKernel, type ColumnMask, elementType } from "./map-kernel.ts";
import { type CompileOptions, type CompileSettings, readCompileOptions, requireParametersOfTypes } from "./options.ts";
import { signatureOf, translate } from "./translate.ts";
import { takeTrap } from "./traps.ts";

/** Code of a function, installed. */
interface Installation {
  readonly installed: InstalledCode;
  readonly trapSites: readonly TrapSite[];
}

/** Code over columns, and how to call it. */
interface Kernel extends Installation {
  readonly call: RawCall;
}

/** Code over single numbers, and how to call it. */
interface ScalarCode extends Installation {
  readonly binding: ScalarBinding;
}

/** The text's checked tree. Throws `CompileError`, and `TypeError` for types of parameters that do not exist. */
export function analyze(source: Source, settings: CompileSettings): CheckedExpression {
  const expression = checkExpression(source, parseExpression(source), settings);
  if (settings.types !== undefined) requireParametersOfTypes(settings, expression.parameters);
  return expression;
}

/**
 * The IR of an expression, as it is built for scalar calls: its parameters in, its value out, booleans as 0 and 1. Where the
 * value is a boolean at times and a number at others, the function stores which in the call context.
 * Throws as `compile` does.
 */
export function expressionToIr(text: string, options?: CompileOptions): IrFunction {
  return buildScalarFunction(analyze(new Source(text), readCompileOptions(options)));
}

export class Compilation {
  readonly source: Source;
  readonly settings: CompileSettings;
  readonly host: Host;
  readonly parameters: readonly Parameter[];
  readonly resultType: ValueType;
  readonly #traps: boolean;
  readonly #scalar: ScalarCode;
  readonly #kernels = new Map<string, Kernel>();
  readonly #onRelease: () => void;
  #references = 0;

  /** Compiles. `onRelease` runs when nothing refers to the compilation any more. */
  constructor(text: string, settings: CompileSettings, host: Host, onRelease: () => void) {
    this.source = new Source(text);
    this.settings = settings;
    this.host = host;
    this.#onRelease = onRelease;
    const expression = analyze(this.source, settings);
    this.parameters = expression.parameters;
    this.resultType = expression.result.type;
    this.#traps = expression.result.traps;
    const fn = buildScalarFunction(expression);
    const { bytes, trapSites } = translate(fn, host, settings.verify);
    const installed = host.install(bytes);
    this.#scalar = { installed, binding: host.bindScalar(installed.address, signatureOf(fn)), trapSites };
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
    const { words } = this.host.callContext;
    const { binding, trapSites } = this.#scalar;
    const { source, resultType } = this;
    const readStatus = (result: number): number | boolean => {
      const status = words[callContext.status >> 2];
      if (status === callStatus.done) return resultType === "bool" ? result !== 0 : result;
      if (status !== callStatus.doneBoolean) throw takeTrap(words, source, trapSites);
      words[callContext.status >> 2] = callStatus.done;
      return result !== 0;
    };
    const target: CallTarget = {
      lease,
      binding,
      isInteger: this.parameters.map((parameter) => parameter.type === "i32"),
      finish: this.#traps || isMixed(resultType) ? readStatus : resultType === "bool" ? isTrue : undefined,
    };
    return makeCall(target);
  }

  map(lease: { readonly live: boolean }, columns: Columns, options: MapOptions | undefined): ResultArray {
    const call = readColumns(this.parameters, elementType(this.resultType), columns, options);
    // Reading may have run the caller's getters, so the function's life is looked at after it.
    if (!lease.live) throw new DisposedError("the compiled function was disposed; compile it again");
    if (call.rows === 0) return call.out;
    const kernel = this.#kernel(call.mask);
    const { words } = this.host.callContext;
    kernel.call(call.out, ...call.inputs, call.rows);
    if (words[callContext.status >> 2] !== callStatus.done)
      throw takeTrap(words, this.source, kernel.trapSites, call.offset);
    return call.out;
  }

  #kernel(mask: ColumnMask): Kernel {
    const key = maskText(mask);
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      const fn = buildMapKernel(analyze(this.source, this.settings), mask);
      const { bytes, trapSites } = translate(fn, this.host, this.settings.verify);
      const installed = this.host.install(bytes);
      const signature = mapSignature(this.parameters, mask);
      kernel = { installed, call: this.host.bindCompiled(installed.address, signature), trapSites };
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }
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
  const inputs = parameters.map(({ type }, index) => (mask[index] === true ? "ptr" : type));
  return `void(${["ptr", ...inputs, "f64"].join(", ")})`;
}
