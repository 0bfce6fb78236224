/**
 * The kernels of one compilation: what is compiled when columns of certain kinds come first, and kept from then on.
 *
 * Kinds decide twice. A parameter whose type is not declared is an i64 where BigInts come, so the source is checked again with
 * that type (`Typed`); and each list of kinds has a kernel of its own for each operation. Neither trees nor IR are kept.
 */
import { Source } from "../base/source.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";
import type { IrFunction } from "../ir/function.ts";
import type { NumberType, ParameterType, ValueType } from "../lang/javascript/tree.ts";
import type { Stores } from "../vector/map-kernel.ts";
import type { ColumnParameter, InputKind } from "./columns.ts";
import { bindDirectKernel, type DirectKernel } from "./direct-kernel.ts";
import { buildFilterKernel } from "./filter-kernel.ts";
import type { Host, InstalledCode, RawCall } from "./host.ts";
import { inputWords, isSameMap, type KernelShape, shapeKey, wordsBehind } from "./kernel-shape.ts";
import { buildMapKernel } from "./map-kernel.ts";
import type { CompileSettings } from "./options.ts";
import { buildReduceKernel } from "./reduce-kernel.ts";
import { buildSelectKernel } from "./select-kernel.ts";
import { StoreTrial } from "./store-trial.ts";
import { type AggregatePart, analyze, type Part, type Subject } from "./subject.ts";
import { type Observer, translate } from "./translate.ts";
import type { TrappingCode } from "./traps.ts";
import { buildVectorKernel } from "./vector-kernels.ts";

/** The source with the types of certain columns. */
export interface Typed {
  readonly settings: CompileSettings;
  readonly parameters: readonly ColumnParameter[];
  readonly aggregates: readonly AggregatePart[];
  readonly countsIterations: boolean;
  readonly isProduct: boolean;
  /** What a part gives. */
  readonly resultOf: (part: Part) => ValueType | "void";
}

/** Code over columns, installed. */
export interface KernelCode {
  readonly installed: InstalledCode;
  /** Its C signature, without the call context. */
  readonly signature: string;
  readonly call: RawCall;
  /** The direct call; none where there is no such way. */
  readonly direct: DirectKernel | undefined;
  readonly trapping: TrappingCode;
}

/** How one operation on columns of certain kinds is computed. */
export interface Kernel {
  readonly shape: KernelShape;
  readonly typed: Typed;
  /** Many rows at once; none where `reason` says why. May stop before a row that it leaves to `scalar`. */
  readonly vector: KernelCode | undefined;
  /** How it is computed: the vectors it uses, or why it uses none. */
  readonly how: string;
  /** As `vector`, for results that are larger than a core's caches; of `map` only. Compiled when it is needed first. */
  readonly storing: (stores: Stores) => KernelCode | undefined;
  readonly trial: StoreTrial;
  /** One row at a time. Compiled when it is needed first. */
  readonly scalar: () => KernelCode;
}

/** Code over columns that is there, for `explain` and `f.code`. */
export interface ListedKernel {
  readonly shape: KernelShape;
  readonly typed: Typed;
  readonly how: string;
  readonly installed: InstalledCode;
  readonly isVector: boolean;
}

/** Where the compiled function stands; what kernels are made of. */
export interface KernelOrigin {
  readonly source: Source;
  readonly settings: CompileSettings;
  readonly host: Host;
  /** The compiled function's name, for traps. */
  readonly name: string;
}

export class ColumnKernels {
  readonly #origin: KernelOrigin;
  readonly #typed = new Map<string, Typed>();
  readonly #kernels = new Map<string, Kernel>();
  /** The one that was asked for last. */
  #last: Kernel | undefined;
  readonly #identities = new Map<NumberType | "bool", ColumnKernels>();
  readonly #installed: InstalledCode[] = [];
  #isReleased = false;

  constructor(origin: KernelOrigin, subject: Subject) {
    this.#origin = origin;
    this.#typed.set("", typedOf(subject, origin.settings));
  }

  /** The source as it is without columns. */
  get untyped(): Typed {
    return this.typedFor([]);
  }

  /** The source with the types that inputs of these kinds give. Throws `CompileError` where it makes no sense with them. */
  typedFor(kinds: readonly InputKind[]): Typed {
    let key = "";
    for (const [index, kind] of kinds.entries()) if (kind === "i64" || kind === "bigint") key += `${index} `;
    const known = this.#typed.get(key);
    if (known !== undefined) return known;
    const { source, settings } = this.#origin;
    const types = new Map<string, ParameterType>(settings.types);
    for (const [index, kind] of kinds.entries()) {
      const name = this.untyped.parameters[index]?.name;
      if (name !== undefined && (kind === "i64" || kind === "bigint")) types.set(name, "i64");
    }
    const typed = typedOf(analyze(source, { ...settings, types }), { ...settings, types }, settings);
    this.#typed.set(key, typed);
    return typed;
  }

  /** The kernels of an expression that is a column's own values. They live as long as these. */
  identity(type: NumberType | "bool"): ColumnKernels {
    const known = this.#identities.get(type);
    if (known !== undefined) return known;
    const settings: CompileSettings = { ...this.#origin.settings, types: new Map([["x", type]]), isFunction: false };
    const source = new Source("x");
    const origin = {
      ...this.#origin,
      source,
      settings: { ...settings, parameters: ["x"], constants: undefined, functions: undefined },
    };
    const kernels = new ColumnKernels(origin, analyze(source, origin.settings));
    this.#identities.set(type, kernels);
    return kernels;
  }

  /** The kernels so far. */
  get listed(): readonly ListedKernel[] {
    const kernels = [...this.#kernels.values()].map(
      ({ shape, typed, how, vector, scalar }): ListedKernel => ({
        shape,
        typed,
        how,
        installed: (vector ?? scalar()).installed,
        isVector: vector !== undefined,
      }),
    );
    return kernels;
  }

  get(typed: Typed, shape: KernelShape): Kernel {
    const last = this.#last;
    if (last !== undefined && isSameMap(last.shape, shape)) return last;
    const key = shapeKey(shape);
    const known = this.#kernels.get(key);
    if (known !== undefined) {
      this.#last = known;
      return known;
    }
    const subject = this.#subject(typed);
    const built = buildVectorKernel(subject, shape, this.#origin.host, typed.settings);
    const vector = built.code === undefined ? undefined : this.#install(subject, shape, built.code);
    let scalar: KernelCode | undefined;
    const variants = new Map<Stores, KernelCode | undefined>();
    const kernel: Kernel = {
      shape,
      typed,
      vector,
      how: built.how,
      storing: (stores) => {
        if (vector === undefined || built.hasOneLoop || shape.operation.kind !== "map" || stores === "plain")
          return vector;
        if (!variants.has(stores)) {
          const own = this.#subject(typed);
          const { code } = buildVectorKernel(own, shape, this.#origin.host, typed.settings, { stores });
          variants.set(stores, code && this.#install(own, shape, code));
        }
        return variants.get(stores) ?? vector;
      },
      trial: new StoreTrial(),
      scalar: () => {
        const own = this.#subject(typed);
        scalar ??= this.#install(own, shape, translateScalar(own, shape, this.#origin.host, typed.settings));
        return scalar;
      },
    };
    if (vector === undefined) kernel.scalar();
    this.#kernels.set(key, kernel);
    this.#last = kernel;
    return kernel;
  }

  /** The checked source. It is not kept. */
  #subject(typed: Typed): Subject {
    return analyze(this.#origin.source, typed.settings);
  }

  release(): void {
    this.#isReleased = true;
    for (const installed of this.#installed) installed.release();
    for (const identity of this.#identities.values()) identity.release();
    this.#kernels.clear();
    this.#last = undefined;
  }

  #install(subject: Subject, shape: KernelShape, code: CompiledCode): KernelCode {
    const { source, host, name } = this.#origin;
    const installed = host.install(code.bytes);
    if (this.#isReleased) throw new RangeError("a kernel of a released compilation");
    this.#installed.push(installed);
    const words = ["ptr", ...inputWords(subject, shape.inputs), "f64", ...wordsBehind(shape.operation)];
    const signature = `f64(${words.join(", ")})`;
    const { trapSites, callSites } = code;
    return {
      installed,
      signature,
      call: host.bindCompiled(installed.address, signature),
      direct: bindDirectKernel(host, installed.address, subject, shape),
      trapping: { trapSites, callSites, address: installed.address, source, name },
    };
  }
}

function typedOf(subject: Subject, settings: CompileSettings, declared = settings): Typed {
  const { parameters, aggregates, countsIterations, isProduct } = subject;
  const parts = aggregates.map((_, index) => subject.resultOf(index));
  const whole = subject.resultOf("whole");
  return {
    settings,
    parameters: parameters.map((parameter) => ({
      ...parameter,
      isDeclared: declared.types?.has(parameter.name) === true,
    })),
    aggregates,
    countsIterations,
    isProduct,
    resultOf: (part) => (part === "whole" ? whole : (parts[part] ?? "f64")),
  };
}

/** The kernel with one row at a time, in IR. */
export function buildScalarKernel(subject: Subject, shape: KernelShape, maxIterations: number): IrFunction {
  switch (shape.operation.kind) {
    case "map":
      return buildMapKernel(subject, shape, maxIterations);
    case "filter":
      return buildFilterKernel(subject, shape, maxIterations);
    case "select":
      return buildSelectKernel(subject, shape, maxIterations);
    case "reduce":
      return buildReduceKernel(subject, shape, maxIterations);
  }
}

export function translateScalar(
  subject: Subject,
  shape: KernelShape,
  host: Host,
  settings: CompileSettings,
  observer?: Observer,
): CompiledCode {
  return translate(buildScalarKernel(subject, shape, settings.maxIterations), host, settings, observer);
}
