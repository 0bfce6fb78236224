/**
 * Facts of the form a <= b + c about i32, as numbers that do not wrap, and what follows from them. known-conditions.ts says
 * how; the intervals are those of the place at hand.
 */
import type { Ranges } from "../analysis/ranges.ts";
import type { Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";

/** `value` <= `other` + `offset` */
interface UpperBound {
  readonly other: Value;
  readonly offset: number;
}

/** The comparison with its operands the other way round. */
const mirrored: Partial<Record<Opcode, Opcode>> = { sgt: "slt", sge: "sle", ugt: "ult", uge: "ule" };

/** How many steps one proof may take. */
const mostSteps = 40;
const mostDepth = 6;
/** How many of the newest bounds of a value are looked at. */
const mostBounds = 12;

export class Inequalities {
  readonly #ranges: Ranges;
  /** By value id, the newest last. */
  readonly #bounds: (UpperBound[] | undefined)[];
  readonly #undo: number[] = [];
  #steps = 0;

  constructor(ranges: Ranges, valueCount: number) {
    this.#ranges = ranges;
    this.#bounds = new Array(valueCount).fill(undefined);
  }

  mark(): number {
    return this.#undo.length;
  }

  /** Takes back what was learned since the mark. */
  forget(mark: number): void {
    while (this.#undo.length > mark) this.#bounds[this.#undo.pop() ?? 0]?.pop();
  }

  /** value <= other + offset */
  add(value: Value, other: Value, offset: number): void {
    let bounds = this.#bounds[value.id];
    if (bounds === undefined) {
      bounds = [];
      this.#bounds[value.id] = bounds;
    }
    bounds.push({ other, offset });
    this.#undo.push(value.id);
  }

  /** Takes in what a comparison says that is known to be true or false. */
  learn(opcode: Opcode, a: Value, b: Value, isTrue: boolean): void {
    switch (opcode) {
      case "slt":
        if (isTrue) this.add(a, b, -1);
        else this.add(b, a, 0);
        break;
      case "sle":
        if (isTrue) this.add(a, b, 0);
        else this.add(b, a, -1);
        break;
      case "ieq":
      case "ine":
        if (isTrue === (opcode === "ine")) this.#learnDifferent(a, b);
        else {
          this.add(a, b, 0);
          this.add(b, a, 0);
        }
        break;
      case "ult":
      case "ule": {
        // Unsigned order is signed order where the larger is not negative.
        const isStrict = opcode === "ult";
        if (isTrue && this.#isNatural(b)) this.add(a, b, isStrict ? -1 : 0);
        if (!isTrue && this.#isNatural(a)) this.add(b, a, isStrict ? 0 : -1);
        break;
      }
      default: {
        const mirror = mirrored[opcode];
        if (mirror !== undefined) this.learn(mirror, b, a, isTrue);
      }
    }
  }

  /** `i != n` under a known `i <= n` is `i < n`. */
  #learnDifferent(a: Value, b: Value): void {
    if (this.isBelow(a, b, 0)) this.add(a, b, -1);
    else if (this.isBelow(b, a, 0)) this.add(b, a, -1);
  }

  /** What a comparison gives, if that is known. */
  decide(opcode: Opcode, a: Value, b: Value): boolean | undefined {
    switch (opcode) {
      case "slt":
        return this.isBelow(a, b, -1) ? true : this.isBelow(b, a, 0) ? false : undefined;
      case "sle":
        return this.isBelow(a, b, 0) ? true : this.isBelow(b, a, -1) ? false : undefined;
      case "sgt":
        return this.decide("slt", b, a);
      case "sge":
        return this.decide("sle", b, a);
      case "ieq":
        if (this.isBelow(a, b, -1) || this.isBelow(b, a, -1)) return false;
        return this.isBelow(a, b, 0) && this.isBelow(b, a, 0) ? true : undefined;
      case "ine": {
        const isEqual = this.decide("ieq", a, b);
        return isEqual === undefined ? undefined : !isEqual;
      }
      case "ult":
        return this.#decideUnsigned(a, b, -1);
      case "ule":
        return this.#decideUnsigned(a, b, 0);
      case "ugt":
        return this.#decideUnsigned(b, a, -1);
      case "uge":
        return this.#decideUnsigned(b, a, 0);
      default:
        return undefined;
    }
  }

  /** a <= b + offset of unsigned numbers; offset is 0 or -1. */
  #decideUnsigned(a: Value, b: Value, offset: number): boolean | undefined {
    const [lowB, highA] = [this.#ranges.lowOf(b), this.#ranges.highOf(a)];
    if (lowB >= 0 && highA < 0) return false; // a is past 2^31
    if (this.#ranges.highOf(b) < 0 && this.#isNatural(a)) return true;
    if (this.#isNatural(a) && this.isBelow(a, b, offset)) return true;
    return this.#isNatural(b) && this.isBelow(b, a, -1 - offset) ? false : undefined;
  }

  /** Not negative: by its interval, or as the difference of something and what is not more than that. */
  #isNatural(value: Value): boolean {
    if (this.#ranges.lowOf(value) >= 0) return true;
    const [a, b] = value.operands;
    if (value.opcode !== "isub" || a === undefined || b === undefined) return false;
    return this.#ranges.lowOf(b) >= 0 && this.isBelow(b, a, 0);
  }

  /** True if it is known that a <= b + offset. */
  isBelow(a: Value, b: Value, offset: number): boolean {
    this.#steps = mostSteps;
    return this.#prove(a, b, offset, 0);
  }

  #prove(a: Value, b: Value, offset: number, depth: number): boolean {
    if (a === b) return offset >= 0;
    const ranges = this.#ranges;
    if (ranges.highOf(a) <= ranges.lowOf(b) + offset) return true;
    if (depth >= mostDepth || this.#steps-- <= 0) return false;
    const bounds = this.#bounds[a.id];
    if (bounds !== undefined)
      for (let index = bounds.length - 1; index >= 0 && index >= bounds.length - mostBounds; index--) {
        const bound = bounds[index];
        if (bound !== undefined && this.#prove(bound.other, b, offset - bound.offset, depth + 1)) return true;
      }
    return this.#proveByLeft(a, b, offset, depth + 1) || this.#proveByRight(a, b, offset, depth + 1);
  }

  /** From something that a is not above. */
  #proveByLeft(a: Value, b: Value, offset: number, depth: number): boolean {
    const ranges = this.#ranges;
    const [x, y, z] = a.operands;
    if (x === undefined) return false;
    switch (a.opcode) {
      case "iadd":
      case "isub": {
        // x + y is at most x plus the most that y may be.
        if (y === undefined || ranges.isExact[a.id] === 0) return false;
        const more = a.opcode === "iadd" ? ranges.highOf(y) : -ranges.lowOf(y);
        return this.#prove(x, b, offset - more, depth);
      }
      case "and":
        if (y === undefined) return false;
        if (ranges.lowOf(x) >= 0 && this.#prove(x, b, offset, depth)) return true;
        return ranges.lowOf(y) >= 0 && this.#prove(y, b, offset, depth);
      case "sshr":
      case "ushr":
        return ranges.lowOf(x) >= 0 && this.#prove(x, b, offset, depth);
      case "sdiv":
      case "udiv":
        return y !== undefined && ranges.lowOf(x) >= 0 && ranges.lowOf(y) > 0 && this.#prove(x, b, offset, depth);
      case "srem":
      case "urem":
        if (y === undefined || ranges.lowOf(y) <= 0) return false;
        if (this.#prove(y, b, offset + 1, depth)) return true;
        return ranges.lowOf(x) >= 0 && this.#prove(x, b, offset, depth);
      case "select":
        if (y === undefined || z === undefined) return false;
        return this.#prove(y, b, offset, depth) && this.#prove(z, b, offset, depth);
      default:
        return false;
    }
  }

  /** From something that b is not below. */
  #proveByRight(a: Value, b: Value, offset: number, depth: number): boolean {
    const ranges = this.#ranges;
    const [x, y, z] = b.operands;
    if (x === undefined || y === undefined) return false;
    switch (b.opcode) {
      case "iadd":
      case "isub": {
        if (ranges.isExact[b.id] === 0) return false;
        const more = b.opcode === "iadd" ? ranges.lowOf(y) : -ranges.highOf(y);
        return this.#prove(a, x, offset + more, depth);
      }
      case "select":
        return z !== undefined && this.#prove(a, y, offset, depth) && this.#prove(a, z, offset, depth);
      default:
        return false;
    }
  }
}
