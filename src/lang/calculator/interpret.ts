/** The interpreter: one operation at a time on the accumulator. It says what a program means; compiled code must agree. */
import { Accumulator } from "./accumulator.ts";
import { minus, type ProgramReader, plus, slash, star } from "./operations.ts";
import { type Program, readProgram } from "./read-program.ts";

export interface InterpretOptions {
  /** The accumulator's first value, wrapped to 64 bits; 0 unless told. */
  readonly input?: bigint;
  /** Refuse characters other than the operations and white space. */
  readonly strict?: boolean;
  /** What messages call the program, such as its file's name. */
  readonly name?: string;
}

/** The accumulator's first value, wrapped to 64 bits. Throws `TypeError` for what is no BigInt. */
export function wrappedInput(input: unknown): bigint {
  if (typeof input === "bigint") return BigInt.asIntN(64, input);
  throw new TypeError(`input: expected a BigInt such as 5n, not ${typeof input} ${String(input)}`);
}

/** An interpreter that is fed its program in pieces. */
export class CalculatorInterpreter implements ProgramReader {
  readonly #accumulator: Accumulator;

  constructor(input = 0n) {
    this.#accumulator = new Accumulator(wrappedInput(input));
  }

  feed(bytes: Uint8Array): void {
    // The halves in locals: V8 keeps them in registers. Each case is the accumulator's method of that name.
    let { low, high } = this.#accumulator;
    for (let index = 0; index < bytes.length; index++) {
      switch (bytes[index]) {
        case plus:
          low = (low + 1) | 0;
          if (low === 0) high = (high + 1) | 0;
          break;
        case minus:
          if (low === 0) high = (high - 1) | 0;
          low = (low - 1) | 0;
          break;
        case star:
          high = (high << 1) | (low >>> 31);
          low <<= 1;
          break;
        case slash:
          if (high < 0) {
            low = (low + 1) | 0;
            if (low === 0) high = (high + 1) | 0;
          }
          low = (low >>> 1) | (high << 31);
          high >>= 1;
          break;
      }
    }
    this.#accumulator.set(low, high);
  }

  /** The accumulator now. */
  get value(): bigint {
    return this.#accumulator.toBigInt();
  }
}

/**
 * The value of a calculator program, without making machine code.
 *
 *     interpret("+ + * - /")   // 1n
 *
 * Throws `CompileError` for a foreign character under `strict`.
 */
export function interpret(program: Program, options: InterpretOptions = {}): bigint {
  const interpreter = new CalculatorInterpreter(options.input);
  readProgram(program, interpreter, options);
  return interpreter.value;
}
