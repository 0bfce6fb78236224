/**
 * `to-int32` of sums, differences and products of integers becomes operations on i32 that wrap. int32-narrowing.ts says why
 * that is right, and as long as which bound holds.
 *
 * Each `to-int32` looks a few operations deep into what it converts; the f64 operations stay for whoever else uses them.
 */
import type { Ranges } from "../analysis/ranges.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { Insertions } from "./insertions.ts";

/** Magnitudes below this are exact in f64, and so is the next integer. */
const largestExact = 2 ** 53 - 1;
/** The most operations that one `to-int32` is looked through. */
const mostOperations = 24;

const wrapping: Partial<Record<Opcode, Opcode>> = { fadd: "iadd", fsub: "isub", fmul: "imul" };

export function narrowToInt32(fn: IrFunction, order: readonly Block[], ranges: Ranges): boolean {
  const insertions = new Insertions();
  let isChanged = false;
  for (const block of order)
    for (const value of block.instructions) {
      const [number] = value.operands;
      if (value.opcode !== "to-int32" || number === undefined || wrapping[number.opcode] === undefined) continue;
      const sum = new Sum(fn, ranges);
      if (sum.magnitudeOf(number) > largestExact) continue;
      const integer = sum.operation(number, value, insertions);
      // What `to-int32` was becomes the last operation.
      value.opcode = integer.opcode;
      value.operands = integer.operands;
      isChanged = true;
    }
  insertions.apply(order);
  return isChanged;
}

/** What one `to-int32` converts. */
class Sum {
  readonly #fn: IrFunction;
  readonly #ranges: Ranges;
  readonly #magnitudes = new Map<Value, number>();
  readonly #integers = new Map<Value, Value>();

  constructor(fn: IrFunction, ranges: Ranges) {
    this.#fn = fn;
    this.#ranges = ranges;
  }

  /** The largest magnitude that the number and what it is made from may have; infinite if it is not made from integers. */
  magnitudeOf(number: Value): number {
    const known = this.#magnitudes.get(number);
    if (known !== undefined) return known;
    let magnitude = Number.POSITIVE_INFINITY;
    const [a, b] = number.operands;
    if (isLeaf(number)) {
      if (number.opcode !== "const") magnitude = 2 ** 32;
      if (this.#ranges.isKnown(number))
        magnitude = Math.max(Math.abs(this.#ranges.lowOf(number)), Math.abs(this.#ranges.highOf(number)));
    } else if (wrapping[number.opcode] !== undefined && a !== undefined && b !== undefined) {
      // Counted before the operands are looked at, so that the depth is bounded, too.
      this.#magnitudes.set(number, magnitude);
      if (this.#magnitudes.size <= mostOperations) {
        const [one, other] = [this.magnitudeOf(a), this.magnitudeOf(b)];
        const result = number.opcode === "fmul" ? one * other : one + other;
        // A product with 0 is no more exact than its factors.
        if (Math.max(one, other, result) <= largestExact) magnitude = result;
      }
    }
    this.#magnitudes.set(number, magnitude);
    return magnitude;
  }

  /** The number's operation modulo 2^32, with what it needs in front of `place`; itself it is put nowhere. */
  operation(number: Value, place: Value, insertions: Insertions): Value {
    const operands = number.operands.map((operand) => this.#integerOf(operand, place, insertions));
    return this.#fn.createValue(wrapping[number.opcode] ?? "iadd", "i32", operands, undefined, place.span);
  }

  #integerOf(number: Value, place: Value, insertions: Insertions): Value {
    const known = this.#integers.get(number);
    if (known !== undefined) return known;
    const [source] = number.operands;
    let integer: Value;
    if (number.opcode === "const") {
      integer = this.#fn.createValue("const", "i32", [], Number(number.immediate) | 0);
      insertions.before(place, integer);
    } else if (isLeaf(number) && source !== undefined) integer = source;
    else {
      integer = this.operation(number, place, insertions);
      insertions.before(place, integer);
    }
    this.#integers.set(number, integer);
    return integer;
  }
}

/** A whole constant, or a conversion from i32, whose bits are the number modulo 2^32, signed or not. */
function isLeaf({ opcode, operands: [source] }: Value): boolean {
  return opcode === "const" || ((opcode === "convert-s" || opcode === "convert-u") && source?.type === "i32");
}
