/**
 * The entry `jitsmith/calculator`: the calculator language, interpreted and compiled to x86-64 machine code that runs.
 * Its compiler is src/lang/calculator; this file installs what it makes and gives it a JavaScript face.
 */
import {
  CalculatorCompiler,
  type CalculatorFacts,
  type CalculatorOptions,
  type CalculatorSignature,
  compileInto,
  defaultMaxCodeBytes,
} from "../src/lang/calculator/compile.ts";
import { wrappedInput } from "../src/lang/calculator/interpret.ts";
import type { Program } from "../src/lang/calculator/read-program.ts";
import { CodePages } from "./calculator-pages.ts";
import { type MachineFunction, toFunction } from "./memory/to-function.ts";

export { CompileError } from "../src/base/diagnostics.ts";
export { DisposedError, MemoryError } from "../src/base/errors.ts";
export type { CalculatorOptions, CalculatorSignature } from "../src/lang/calculator/compile.ts";
export { CalculatorInterpreter, type InterpretOptions, interpret } from "../src/lang/calculator/interpret.ts";
export type { Program } from "../src/lang/calculator/read-program.ts";

/** A compiled program: call it, look at its code, dispose it. */
export type CalculatorFunction<S extends CalculatorSignature = CalculatorSignature> = MachineFunction<S> & {
  /** A copy of its machine code. Code of pages of its own (over 64 KiB) cannot be read after `dispose`: `MemoryError`. */
  readonly code: Uint8Array;
  /** The size of its machine code in bytes. */
  readonly codeBytes: number;
  /** Its value, where the optimiser found that it is the same for every input. */
  readonly constant: bigint | undefined;
};

/** The signature that some options lead to. */
type SignatureFor<O extends CalculatorOptions> = O extends { readonly input: true }
  ? "i64(i64)"
  : O extends { readonly input?: false | undefined }
    ? "i64()"
    : CalculatorSignature;

/**
 * Compiles a calculator program, text or bytes, to a function.
 *
 *     const f = compile("+ + * - /");
 *     f();       // 1n
 *     f.code;    // the 36 bytes
 *     const g = compile("++*-", { optimize: true, input: true });
 *     g(10n);    // 23n, by one lea
 *
 * Throws `CompileError` for foreign characters under `strict`, `MemoryError` when the code passes `maxCodeBytes` or the
 * system refuses memory for it.
 */
export function compile<const O extends CalculatorOptions = { input: false }>(
  program: Program,
  options?: O,
): CalculatorFunction<SignatureFor<O>> {
  const pages = new CodePages(bound(program.length, options));
  return install(pages, compileInto(pages, program, options)) as CalculatorFunction<SignatureFor<O>>; // which SignatureFor tells
}

export interface StreamingOptions extends CalculatorOptions {
  /** How long the program is, in bytes, where that is known: then no more address space is reserved than it can need. */
  readonly programBytes?: number;
}

/** A compiler for programs that arrive in pieces, such as files of 100 MB: `feed` them, then `finish` once. */
export class StreamingCompiler {
  readonly #pages: CodePages;
  readonly #compiler: CalculatorCompiler;

  constructor(options: StreamingOptions = {}) {
    this.#pages = new CodePages(bound(options.programBytes, options));
    this.#compiler = new CalculatorCompiler(this.#pages, options);
  }

  /** Takes the next piece, ASCII or UTF-8. Throws as `compile` does; after that the compiler is of no use. */
  feed(bytes: Uint8Array): void {
    try {
      this.#compiler.feed(bytes);
    } catch (error) {
      this.#pages.clear();
      throw error;
    }
  }

  /** Installs the code. Throws `MemoryError`. */
  finish(): CalculatorFunction {
    return install(this.#pages, this.#compiler.finish());
  }
}

/** No operation takes more code than an unoptimised division, start and end of the function less than 32 bytes. */
function bound(programBytes = Infinity, { maxCodeBytes = defaultMaxCodeBytes }: CalculatorOptions = {}): number {
  return Math.min(maxCodeBytes, 12 * programBytes + 32);
}

export interface RunOptions extends Omit<CalculatorOptions, "input"> {
  /** The accumulator's first value, wrapped to 64 bits; 0 unless told. */
  readonly input?: bigint;
}

/** Compiles a program, runs it once and lets go of the code. Throws as `compile` does. */
export function run(program: Program, options: RunOptions = {}): bigint {
  const { input, ...rest } = options;
  const f = input === undefined ? compile(program, rest) : compile(program, { ...rest, input: true });
  try {
    return call(f, input);
  } finally {
    f.dispose();
  }
}

/** Calls a compiled program, with `input` as its accumulator's first value where it takes one. */
export function call(f: CalculatorFunction, input = 0n): bigint {
  const arguments_ = f.signature === "i64()" ? [] : [wrappedInput(input)];
  return (f as (...values: bigint[]) => bigint)(...arguments_); // the signature was just looked at
}

function install(pages: CodePages, { signature, constant }: CalculatorFacts): CalculatorFunction {
  const facts = { codeBytes: pages.length, constant };
  const region = pages.seal();
  if (region === undefined) {
    const bytes = pages.take();
    return withCode(toFunction(bytes, signature), facts, () => bytes.slice());
  }
  const f = withCode(region.toFunction(signature), facts, () => region.read(0, facts.codeBytes));
  const dispose = { value: () => region.dispose() };
  return Object.defineProperties(f, { dispose, [Symbol.dispose]: dispose });
}

function withCode<S extends CalculatorSignature>(
  f: MachineFunction<S>,
  facts: { readonly codeBytes: number; readonly constant: bigint | undefined },
  read: () => Uint8Array,
): CalculatorFunction<S> {
  Object.defineProperty(f, "code", { get: read });
  return Object.assign(f, facts) as CalculatorFunction<S>; // defineProperty just added the third
}
