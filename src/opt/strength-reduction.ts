/**
 * Strength reduction: division and remainder by a constant without a division.
 *
 *   - by powers of two, i32 and i64: shifts and masks; signed ones first add 2^k - 1 to a negative dividend, so that the
 *     shift rounds toward zero as division does;
 *   - by other constants, i32 only: the high part of a product with the reciprocal, taken from a 64-bit product. The
 *     reciprocals are those of Granlund, Montgomery, "Division by Invariant Integers using Multiplication" (1994),
 *     figures 4.2 and 5.2. An i64 by such a constant would need the high half of a 128-bit product and stays a division;
 *   - a remainder is x - q * d.
 *
 * Before and after: what may trap (a divisor of 0, `sdiv` by -1) stays as it is. Blocks do not change.
 */
import type { Constant, IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { type Type, types } from "../ir/types.ts";
import { become } from "./rules/rule.ts";

export function reduceStrength(fn: IrFunction): boolean {
  let isChanged = false;
  for (const block of fn.blocks) {
    const { instructions } = block;
    let kept: Value[] | undefined;
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value === undefined) continue;
      if (value.shape.traps && divisions.has(value.opcode) && isReducible(value)) {
        kept ??= instructions.slice(0, index);
        new Reduction(fn, kept, value).reduce();
        isChanged = true;
      }
      kept?.push(value);
    }
    if (kept !== undefined) block.instructions = kept;
  }
  return isChanged;
}

const divisions: ReadonlySet<Opcode> = new Set<Opcode>(["sdiv", "udiv", "srem", "urem"]);

const isPowerOfTwo = (magnitude: bigint): boolean => (magnitude & (magnitude - 1n)) === 0n;
const log2 = (magnitude: bigint): number => magnitude.toString(2).length - 1;
const isSigned = (value: Value): boolean => value.opcode === "sdiv" || value.opcode === "srem";
const isRemainder = (value: Value): boolean => value.opcode === "srem" || value.opcode === "urem";

/** The divisor of a division by a constant: signed or unsigned as the division takes it; otherwise 0. */
function divisorOf(value: Value): bigint {
  const [, divisor] = value.operands;
  if (divisor?.opcode !== "const" || divisor.immediate === undefined) return 0n;
  const constant = BigInt(divisor.immediate);
  return isSigned(value) ? constant : BigInt.asUintN(types[value.type].bits, constant);
}

function isReducible(value: Value): boolean {
  const divisor = divisorOf(value);
  const magnitude = divisor < 0n ? -divisor : divisor;
  return magnitude > 1n && (value.type === "i32" || isPowerOfTwo(magnitude));
}

/** Makes one division something else, with the instructions that this needs in front of it. */
class Reduction {
  readonly #fn: IrFunction;
  readonly #list: Value[];
  readonly #value: Value;
  readonly #type: Type;
  readonly #dividend: Value;
  readonly #divisor: bigint;

  constructor(fn: IrFunction, list: Value[], value: Value) {
    this.#fn = fn;
    this.#list = list;
    this.#value = value;
    this.#type = value.type;
    this.#dividend = value.operands[0] ?? value; // a division has two operands
    this.#divisor = divisorOf(value);
  }

  reduce(): void {
    const value = this.#value;
    const divisor = this.#divisor;
    const magnitude = divisor < 0n ? -divisor : divisor;
    const isPower = isPowerOfTwo(magnitude);
    if (isPower && isRemainder(value)) {
      this.#remainderByPower(magnitude);
      return;
    }
    // The last instruction of the quotient takes the division's place; a remainder's is the difference.
    let last: [Opcode, ...Value[]];
    if (isSigned(value)) last = isPower ? this.#signedByPower(magnitude) : this.#signed(magnitude);
    else last = isPower ? ["ushr", this.#dividend, this.#constant(BigInt(log2(magnitude)))] : this.#unsigned(magnitude);
    if (isRemainder(value)) {
      const quotient = this.#emit(...last);
      const product = this.#emit("imul", quotient, this.#constant(divisor));
      last = ["isub", this.#dividend, product];
    }
    become(value, ...last);
  }

  /** For a negative dividend, 2^k - 1 more. */
  #biased(exponent: number): Value {
    const { bits } = types[this.#type];
    // The sign copied into the k low bits; for k = 1 the sign bit itself will do.
    const sign = exponent === 1 ? this.#dividend : this.#emit("sshr", this.#dividend, this.#constant(BigInt(bits - 1)));
    const bias = this.#emit("ushr", sign, this.#constant(BigInt(bits - exponent)));
    return this.#emit("iadd", this.#dividend, bias);
  }

  #signedByPower(magnitude: bigint): [Opcode, ...Value[]] {
    const exponent = log2(magnitude);
    const quotient: [Opcode, ...Value[]] = ["sshr", this.#biased(exponent), this.#constant(BigInt(exponent))];
    return this.#divisor > 0n ? quotient : ["isub", this.#constant(0n), this.#emit(...quotient)];
  }

  #remainderByPower(magnitude: bigint): void {
    if (isSigned(this.#value)) {
      const multiple = this.#emit("and", this.#biased(log2(magnitude)), this.#constant(-magnitude));
      become(this.#value, "isub", this.#dividend, multiple);
    } else become(this.#value, "and", this.#dividend, this.#constant(magnitude - 1n));
  }

  /** floor(x * m / 2^(31 + l)), plus 1 for a negative x. 2^31 < m < 2^32, so the product fits in 64 bits with its sign. */
  #signed(magnitude: bigint): [Opcode, ...Value[]] {
    const length = log2(magnitude - 1n) + 1; // the logarithm rounded up
    const multiplier = (1n << BigInt(31 + length)) / magnitude + 1n;
    const product = this.#emitAs("i64", "imul", this.#emitAs("i64", "sext", this.#dividend), this.#long(multiplier));
    const high = this.#emitAs("i32", "wrap", this.#emitAs("i64", "sshr", product, this.#long(BigInt(31 + length))));
    const sign = this.#emit("sshr", this.#dividend, this.#constant(31n));
    return this.#divisor > 0n ? ["isub", high, sign] : ["isub", sign, high];
  }

  /**
   * floor(x * m / 2^(32 + l)) with a reciprocal m of 33 bits. Where a smaller m is exact enough, or becomes so after an
   * even divisor and the dividend are shifted right, the product fits in 64 bits. Otherwise x * (m - 2^32) does, and x is
   * added to its high half, without a carry: t + (x - t) / 2.
   */
  #unsigned(magnitude: bigint): [Opcode, ...Value[]] {
    let divisor = magnitude;
    let before = 0;
    let reciprocal = reciprocalOf(divisor, 32);
    while (reciprocal.multiplier >= 1n << 32n && (divisor & 1n) === 0n) {
      before++;
      divisor >>= 1n;
      reciprocal = reciprocalOf(divisor, 32 - before);
    }
    const dividend = before === 0 ? this.#dividend : this.#emit("ushr", this.#dividend, this.#constant(BigInt(before)));
    const wide = this.#emitAs("i64", "zext", dividend);
    const { multiplier, shift } = reciprocal;
    if (multiplier < 1n << 32n) {
      const product = this.#emitAs("i64", "imul", wide, this.#long(multiplier));
      return ["wrap", this.#emitAs("i64", "ushr", product, this.#long(BigInt(32 + shift)))];
    }
    const product = this.#emitAs("i64", "imul", wide, this.#long(multiplier - (1n << 32n)));
    const high = this.#emitAs("i32", "wrap", this.#emitAs("i64", "ushr", product, this.#long(32n)));
    const half = this.#emit("ushr", this.#emit("isub", this.#dividend, high), this.#constant(1n));
    return ["ushr", this.#emit("iadd", half, high), this.#constant(BigInt(shift - 1))];
  }

  #emit(opcode: Opcode, ...operands: Value[]): Value {
    return this.#emitAs(this.#type, opcode, ...operands);
  }

  #emitAs(type: Type, opcode: Opcode, ...operands: Value[]): Value {
    return this.#push(this.#fn.createValue(opcode, type, operands, undefined, this.#value.span));
  }

  #constant(value: bigint): Value {
    const constant: Constant = this.#type === "i64" ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
    return this.#push(this.#fn.createValue("const", this.#type, [], constant));
  }

  #long(value: bigint): Value {
    return this.#push(this.#fn.createValue("const", "i64", [], value));
  }

  #push(value: Value): Value {
    this.#list.push(value);
    return value;
  }
}

/**
 * The smallest multiplier and shift with floor(x / d) = floor(x * multiplier / 2^(32 + shift)) for every x below
 * 2^precision: Granlund and Montgomery, CHOOSE_MULTIPLIER, figure 6.2.
 */
function reciprocalOf(divisor: bigint, precision: number): { multiplier: bigint; shift: number } {
  let shift = log2(divisor - 1n) + 1;
  let low = (1n << BigInt(32 + shift)) / divisor;
  let high = ((1n << BigInt(32 + shift)) + (1n << BigInt(32 + shift - precision))) / divisor;
  while (low >> 1n < high >> 1n && shift > 0) {
    low >>= 1n;
    high >>= 1n;
    shift--;
  }
  return { multiplier: high, shift };
}
