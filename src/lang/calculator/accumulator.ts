/**
 * The calculator's accumulator: a 64-bit two's complement number as two 32-bit halves.
 *
 * JavaScript numbers are exact to 53 bits and BigInts cost a hundred times as much, so a program of 100 million
 * operations runs on halves. Every operation wraps, and tells whether it did, because the optimiser uses the same class
 * for the bounds of a value, where wrapping means that the bound is lost.
 *
 *     high  63 … 32    low  31 … 0        both int32, `high` carries the sign
 */
export class Accumulator {
  low: number;
  high: number;

  constructor(value: bigint) {
    this.low = Number(BigInt.asIntN(32, value));
    this.high = Number(BigInt.asIntN(32, value >> 32n));
  }

  set(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }

  /** `+`. True when the largest number became the smallest. */
  increment(): boolean {
    this.low = (this.low + 1) | 0;
    if (this.low !== 0) return false;
    this.high = (this.high + 1) | 0;
    return this.high === -0x80000000;
  }

  /** `-`. True when the smallest number became the largest. */
  decrement(): boolean {
    const borrows = this.low === 0;
    this.low = (this.low - 1) | 0;
    if (!borrows) return false;
    const wraps = this.high === -0x80000000;
    this.high = (this.high - 1) | 0;
    return wraps;
  }

  /** `*`. True when the product has more than 64 bits: the sign bit changes. */
  double(): boolean {
    const before = this.high;
    this.high = (before << 1) | (this.low >>> 31);
    this.low <<= 1;
    return (before ^ this.high) < 0;
  }

  /** `/`: the quotient by two, rounded toward zero. Adding the sign bit first turns the shift's rounding around. */
  halve(): void {
    if (this.high < 0) this.increment();
    this.halveDown();
  }

  /** The quotient by two, rounded down. */
  halveDown(): void {
    this.low = (this.low >>> 1) | (this.high << 31);
    this.high >>= 1;
  }

  /** Adds a number given as halves. True when the sum wrapped: both have the sign that the sum has not. */
  add(low: number, high: number): boolean {
    const sumLow = (this.low >>> 0) + (low >>> 0);
    const sumHigh = (this.high + high + (sumLow > 0xffffffff ? 1 : 0)) | 0;
    const wraps = ((this.high ^ sumHigh) & (high ^ sumHigh)) < 0;
    this.set(sumLow | 0, sumHigh);
    return wraps;
  }

  /** True when `other` is this number plus one, wrapping. */
  isJustBelow(other: Accumulator): boolean {
    return ((this.low + 1) | 0) === other.low && this.high === (other.low === 0 ? (other.high - 1) | 0 : other.high);
  }

  /** Subtracts a number given as halves, wrapping. */
  subtract(low: number, high: number): void {
    const borrow = this.low >>> 0 < low >>> 0 ? 1 : 0;
    this.set((this.low - low) | 0, (this.high - high - borrow) | 0);
  }

  equals(other: Accumulator): boolean {
    return this.low === other.low && this.high === other.high;
  }

  toBigInt(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }
}
