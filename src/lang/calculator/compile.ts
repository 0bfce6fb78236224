/**
 * The calculator's compiler: from a program, whole or in pieces, to machine code. Two ways lead there: `emit-plain.ts`
 * copies a piece of code for each operation, `fold.ts` with `emit-steps.ts` thinks first. Both take time and memory
 * linear in the program.
 */
import { MemoryError } from "../../base/errors.ts";
import { CodeChunks, type CodeSink, type CodeStore } from "./code-chunks.ts";
import { PlainEmitter } from "./emit-plain.ts";
import { emitConstant, StepEmitter } from "./emit-steps.ts";
import { ProgramFolder } from "./fold.ts";
import { type Program, readProgram } from "./read-program.ts";
import { StrictReader } from "./strict.ts";

export interface CalculatorOptions {
  /** Fold and merge operations instead of translating them one by one. */
  readonly optimize?: boolean;
  /** Make a function of the accumulator's first value, `i64(i64)`, instead of one that starts at 0. */
  readonly input?: boolean;
  /** Refuse characters other than the operations and white space. */
  readonly strict?: boolean;
  /** The most code that may be made, in bytes; 2 GiB unless told. Unoptimised code takes up to 12 bytes an operation. */
  readonly maxCodeBytes?: number;
  /** What messages call the program, such as its file's name. */
  readonly name?: string;
}

export type CalculatorSignature = "i64()" | "i64(i64)";

/** What is known of a compiled program beside its code. */
export interface CalculatorFacts {
  readonly signature: CalculatorSignature;
  /** The value, where the optimiser found that it is the same for every input. */
  readonly constant: bigint | undefined;
}

export const defaultMaxCodeBytes: number = 2 ** 31;

/** A compiler that is fed its program in pieces: `feed` as often as needed, then `finish` once; the code is in the store. */
export class CalculatorCompiler {
  readonly #signature: CalculatorSignature;
  readonly #feed: (bytes: Uint8Array) => void;
  readonly #finish: () => bigint | undefined;

  constructor(store: CodeStore, options: CalculatorOptions = {}) {
    const { input = false, optimize = false, strict = false, maxCodeBytes = defaultMaxCodeBytes } = options;
    if (typeof input !== "boolean") {
      throw new TypeError(
        "input: expected true or false; the accumulator's first value is what the function is called with",
      );
    }
    if (!Number.isSafeInteger(maxCodeBytes) || maxCodeBytes <= 0) {
      throw new RangeError(`maxCodeBytes: expected a positive whole number of bytes, not ${String(maxCodeBytes)}`);
    }
    this.#signature = input ? "i64(i64)" : "i64()";
    const sink = limited(store, maxCodeBytes);
    const way = optimize ? thinking(sink, store, input) : plain(sink, input);
    const reader = strict ? new StrictReader(way, options.name) : way;
    this.#feed = (bytes) => reader.feed(bytes);
    this.#finish = () => way.finish();
  }

  /** Takes the next piece of the program, as ASCII or UTF-8. Throws `CompileError` (strict) and `MemoryError` (limit). */
  feed(bytes: Uint8Array): void {
    this.#feed(bytes);
  }

  finish(): CalculatorFacts {
    return { signature: this.#signature, constant: this.#finish() };
  }
}

interface Way {
  feed(bytes: Uint8Array): void;
  finish(): bigint | undefined;
}

function plain(sink: CodeSink, input: boolean): Way {
  const emitter = new PlainEmitter(sink, { input });
  return {
    feed: (bytes) => emitter.feed(bytes),
    finish() {
      emitter.finish();
      return undefined;
    },
  };
}

function thinking(sink: CodeSink, store: CodeStore, input: boolean): Way {
  const emitter = new StepEmitter(sink);
  const folder = new ProgramFolder(emitter, { input });
  return {
    feed: (bytes) => folder.feed(bytes),
    finish() {
      const constant = folder.finish();
      if (constant === undefined) emitter.finish();
      else {
        store.clear();
        emitConstant(sink, constant);
      }
      return constant;
    },
  };
}

function limited(store: CodeStore, maxCodeBytes: number): CodeSink {
  return {
    write(bytes) {
      if (store.length + bytes.length > maxCodeBytes) {
        throw new MemoryError(
          `the calculator program needs more than ${maxCodeBytes} bytes of machine code; compile it with optimize, interpret it, or raise maxCodeBytes`,
        );
      }
      store.write(bytes);
    },
  };
}

/** Compiles a whole program into a store. Throws `CompileError` for foreign characters under `strict`, `MemoryError` past the limit. */
export function compileInto(store: CodeStore, program: Program, options: CalculatorOptions = {}): CalculatorFacts {
  const compiler = new CalculatorCompiler(store, { ...options, strict: false }); // readProgram checks, with the text at hand
  readProgram(program, compiler, options);
  return compiler.finish();
}

/** Compiles a program to bytes. Throws as `compileInto` does. */
export function compileProgram(
  program: Program,
  options: CalculatorOptions = {},
): CalculatorFacts & { readonly code: Uint8Array } {
  const chunks = new CodeChunks();
  const facts = compileInto(chunks, program, options);
  return { ...facts, code: chunks.take() };
}
