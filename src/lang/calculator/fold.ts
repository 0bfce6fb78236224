/**
 * The optimiser: a program as few steps of one unknown input, or as no step at all when the answer is a constant.
 *
 * Between two divisions every program is `value = base * 2^shift + addend`, wrapping: `+` and `-` change the addend,
 * `*` doubles addend and power. When the power reaches 2^64 nothing of the input is left and the value is a constant.
 * A run of `/` is one division by a power of two, because trunc(trunc(x / a) / b) = trunc(x / ab).
 *
 * Beside that the folder knows bounds: every operation is monotone as long as it does not wrap, so the lowest and the
 * highest possible value are simply run through the program as well; one that wraps makes both unknown again.
 * From the bounds follow
 *   - a constant, when they meet (64 times `/` leaves 0, whatever went in);
 *   - divisions without correction: of a value that is never negative, or divisible, rounding down is rounding to zero;
 *     of one that is never positive, adding 2^n - 1 to the addend first does it;
 *   - divisions of one of two neighbours, which only move them: `+/` again and again is one step at last;
 *   - divisions that cancel a multiplication before them, when nothing wrapped in between: `// * + + /` is `// +`.
 *
 * Requires: nothing. Afterwards: the steps in order compute the program's value for every input; `finish` tells the
 * constant, and then no step matters. Time is linear in the program, memory constant; steps leave as they arise.
 */
import { Accumulator } from "./accumulator.ts";
import { CalculatorInterpreter } from "./interpret.ts";
import { minus, type ProgramReader, plus, slash, star } from "./operations.ts";

/** What a folded program does to the one value it works on. */
export interface StepConsumer {
  /** `value = value * 2^shift + addend`, wrapping; shift 0 to 63, the addend as 32-bit halves; never the identity. */
  multiplyAdd(shift: number, addendLow: number, addendHigh: number): void;
  /** `value = value / 2^shift`, shift 1 to 63, toward zero. */
  divide(shift: number): void;
  /** `value = value / 2^shift`, shift 1 to 63, downward. */
  shiftRight(shift: number): void;
}

const lowest = -(1n << 63n);
const highest = (1n << 63n) - 1n;

export class ProgramFolder implements ProgramReader {
  readonly #steps: StepConsumer;
  /** Set as soon as the value no longer depends on the input. */
  #constant: CalculatorInterpreter | undefined;

  /** The value is `base * 2^shift + addend`, then divided by `2^divisions`; `base` is what the last step left. */
  #shift = 0;
  readonly #addend = new Accumulator(0n);
  #divisions = 0;
  /** Nothing wrapped since `base`, in the addend either: the formula holds over the integers. */
  #isExact = true;
  /** The value lies between these, divisions included. */
  readonly #lower = new Accumulator(lowest);
  readonly #upper = new Accumulator(highest);
  readonly #moved = new Accumulator(0n);
  /** What was known of the value before the divisions. */
  #neverNegative = false;
  #neverPositive = false;

  /** `input: false` starts from 0 instead of an unknown input; then every program is a constant. */
  constructor(steps: StepConsumer, options: { readonly input: boolean }) {
    this.#steps = steps;
    if (!options.input) this.#constant = new CalculatorInterpreter();
  }

  feed(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) {
      if (this.#constant !== undefined) {
        this.#constant.feed(index === 0 ? bytes : bytes.subarray(index));
        return;
      }
      switch (bytes[index]) {
        case plus:
          this.#add(1);
          break;
        case minus:
          this.#add(-1);
          break;
        case star:
          this.#double();
          break;
        case slash:
          this.#halve();
          break;
      }
    }
  }

  /** Emits what is pending. Returns the value when it is the same for every input. */
  finish(): bigint | undefined {
    if (this.#constant !== undefined) return this.#constant.value;
    this.#flush();
    return undefined;
  }

  #add(one: 1 | -1): void {
    if (this.#divisions > 0) this.#flush();
    if (one > 0) this.#wrapped(this.#addend.increment(), this.#lower.increment(), this.#upper.increment());
    else this.#wrapped(this.#addend.decrement(), this.#lower.decrement(), this.#upper.decrement());
  }

  #double(): void {
    if (this.#divisions > 0) this.#flush();
    this.#wrapped(this.#addend.double(), this.#lower.double(), this.#upper.double());
    this.#shift++;
    if (this.#shift === 64) this.#constant = new CalculatorInterpreter(this.#addend.toBigInt());
  }

  #wrapped(addend: boolean, lower: boolean, upper: boolean): void {
    if (addend || lower || upper) this.#isExact = false;
    if (lower || upper) {
      this.#lower.set(0, -0x80000000);
      this.#upper.set(-1, 0x7fffffff);
    }
  }

  #halve(): void {
    if (this.#lower.isJustBelow(this.#upper)) {
      this.#halveNeighbours();
      return;
    }
    if (this.#divisions === 0) {
      this.#neverNegative = this.#lower.high >= 0;
      this.#neverPositive = this.#upper.high < 0 || (this.#upper.high === 0 && this.#upper.low === 0);
    }
    this.#lower.halve();
    this.#upper.halve();
    if (this.#lower.equals(this.#upper)) {
      this.#constant = new CalculatorInterpreter(this.#lower.toBigInt());
      return;
    }
    const isOdd = (this.#addend.low & 1) !== 0;
    const cancels =
      this.#divisions === 0 &&
      this.#isExact &&
      this.#shift > 0 &&
      (!isOdd || this.#neverNegative || this.#neverPositive);
    if (cancels) {
      this.#shift--;
      this.#addend.halveDown();
      if (isOdd && this.#neverPositive) this.#addend.increment();
    } else {
      this.#divisions++;
    }
  }

  /** The value is one of two neighbours. Their halves are equal, or neighbours again: then `/` only moved them. */
  #halveNeighbours(): void {
    if (this.#divisions > 0) this.#flush();
    const { low, high } = this.#lower;
    this.#lower.halve();
    this.#upper.halve();
    if (this.#lower.equals(this.#upper)) {
      this.#constant = new CalculatorInterpreter(this.#lower.toBigInt());
      return;
    }
    const moved = this.#moved;
    moved.set(this.#lower.low, this.#lower.high);
    moved.subtract(low, high);
    if (this.#addend.add(moved.low, moved.high)) this.#isExact = false;
  }

  /** Turns the pending formula into steps; what they leave is the new `base`. */
  #flush(): void {
    const divisions = this.#divisions;
    const isDivisible = this.#shift >= divisions && hasTrailingZeros(this.#addend, divisions);
    const roundsUp = divisions > 0 && this.#neverPositive && !isDivisible;
    if (roundsUp) {
      this.#addend.add(divisions >= 32 ? -1 : 2 ** divisions - 1, divisions > 32 ? 2 ** (divisions - 32) - 1 : 0);
    }
    const { low, high } = this.#addend;
    if (this.#shift > 0 || low !== 0 || high !== 0) this.#steps.multiplyAdd(this.#shift, low, high);
    if (divisions > 0) {
      if (isDivisible || roundsUp || this.#neverNegative) this.#steps.shiftRight(divisions);
      else this.#steps.divide(divisions);
    }
    this.#shift = 0;
    this.#addend.set(0, 0);
    this.#divisions = 0;
    this.#isExact = true;
  }
}

function hasTrailingZeros(number: Accumulator, count: number): boolean {
  if (count <= 32) return count === 0 || number.low << (32 - count) === 0;
  return number.low === 0 && number.high << (64 - count) === 0;
}
