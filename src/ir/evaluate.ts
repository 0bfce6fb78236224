/**
 * What every scalar operation means, once: the interpreter executes and the constant folder folds with these functions.
 *
 * Values live in `Slots` of 64 bits that can be seen as any type. So a float is its bit pattern, and operations that
 * WebAssembly defines on bits (neg, abs, copysign, reinterpret, select) never pass through a JavaScript number, which
 * may lose a NaN's payload. Arithmetic that gives NaN gives the canonical one: positive, quiet, payload zero.
 *
 * f32 arithmetic is done in double and rounded once more by the store; for + - * / and sqrt that is the correctly
 * rounded result (Figueroa, "When is double rounding innocuous?", 1995).
 * The operations: WebAssembly core specification 2.0, section 4.3.
 */
import type { TrapCode } from "../base/errors.ts";
import type { Constant } from "./function.ts";
import { fusedMultiplyAdd, fusedMultiplyAddSingle } from "./fused-multiply-add.ts";
import type { Opcode } from "./opcodes.ts";
import type { Scalar, Type } from "./types.ts";

/** Storage for scalars, 8 bytes each. A 32-bit value and a bool stand in the low half; the high half is then undefined. */
export class Slots {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;

  constructor(count: number) {
    const buffer = new ArrayBuffer(8 * count);
    this.f64 = new Float64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
  }

  /** The bits of a slot as a value of this type: the low 32 for i32 and f32, 0 or 1 for bool. */
  bits(slot: number, type: Scalar): bigint {
    const all = this.u64[slot] ?? 0n;
    return type === "i64" || type === "f64" ? all : all & 0xffff_ffffn;
  }

  setBits(slot: number, bits: bigint): void {
    this.u64[slot] = bits;
  }

  /** A slot as a `Constant`. A NaN loses its payload here. */
  constant(slot: number, type: Scalar): Constant {
    switch (type) {
      case "i32":
        return this.i32[2 * slot] ?? 0;
      case "i64":
        return this.i64[slot] ?? 0n;
      case "f32":
        return this.f32[2 * slot] ?? 0;
      case "f64":
        return this.f64[slot] ?? 0;
      case "bool":
        return this.i32[2 * slot] !== 0;
    }
  }

  setConstant(slot: number, type: Scalar, value: Constant): void {
    switch (type) {
      case "i32":
        this.i32[2 * slot] = Number(value);
        break;
      case "i64":
        this.i64[slot] = BigInt(value);
        break;
      case "f32":
        setF32(this, slot, Number(value));
        break;
      case "f64":
        setF64(this, slot, Number(value));
        break;
      case "bool":
        this.i32[2 * slot] = value ? 1 : 0;
        break;
    }
  }

  /** True for a float NaN other than the canonical one: a `Constant` cannot say which. */
  isUnusualNaN(slot: number, type: Scalar): boolean {
    const low = this.i32[2 * slot] ?? 0;
    const high = this.i32[2 * slot + 1] ?? 0;
    if (type === "f32") return (low & 0x7fffffff) > 0x7f800000 && low !== canonicalF32;
    if (type !== "f64") return false;
    const magnitude = high & 0x7fffffff;
    const isAnyNaN = magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && low !== 0);
    return isAnyNaN && !(high === canonicalF64High && low === 0);
  }
}

const canonicalF32 = 0x7fc00000;
const canonicalF64High = 0x7ff80000;

function setF32(slots: Slots, slot: number, value: number): void {
  if (Number.isNaN(value)) slots.i32[2 * slot] = canonicalF32;
  else slots.f32[2 * slot] = value;
}

function setF64(slots: Slots, slot: number, value: number): void {
  if (Number.isNaN(value)) {
    slots.i32[2 * slot] = 0;
    slots.i32[2 * slot + 1] = canonicalF64High;
  } else slots.f64[slot] = value;
}

/** Reads the operands' slots and writes the result's; or says why there is no result. */
export type Meaning = (slots: Slots, result: number, a: number, b: number, c: number) => TrapCode | undefined;

/** The meaning of an opcode for the types of its first operand and its result; undefined where the rows allow no such thing. */
export function meaningOf(opcode: Opcode, operandType: Type, resultType: Type): Meaning | undefined {
  return meanings.get(opcode)?.[operandType]?.[resultType];
}

// ---------------------------------------------------------------- Integers

type Operation<T> = (a: T, b: T) => T | TrapCode;

const byZero = "integer-divide-by-zero";
const overflow = "integer-overflow";

const integer32: Partial<Record<Opcode, Operation<number>>> = {
  iadd: (a, b) => a + b,
  isub: (a, b) => a - b,
  imul: (a, b) => Math.imul(a, b),
  "mulh-s": (a, b) => high32(BigInt(a) * BigInt(b)),
  "mulh-u": (a, b) => high32(BigInt(a >>> 0) * BigInt(b >>> 0)),
  sdiv: (a, b) => (b === 0 ? byZero : a === -(2 ** 31) && b === -1 ? overflow : Math.trunc(a / b)),
  udiv: (a, b) => (b === 0 ? byZero : Math.floor((a >>> 0) / (b >>> 0))),
  srem: (a, b) => (b === 0 ? byZero : a % b),
  urem: (a, b) => (b === 0 ? byZero : (a >>> 0) % (b >>> 0)),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  sshr: (a, b) => a >> b,
  ushr: (a, b) => a >>> b,
  rotl: (a, b) => (a << b) | (a >>> -b),
  rotr: (a, b) => (a >>> b) | (a << -b),
  clz: (a) => Math.clz32(a),
  ctz: countTrailingZeros,
  popcnt: countOnes,
  sext8: (a) => (a << 24) >> 24,
  sext16: (a) => (a << 16) >> 16,
};

function countTrailingZeros(a: number): number {
  return a === 0 ? 32 : 31 - Math.clz32(a & -a);
}

function countOnes(a: number): number {
  let count = 0;
  for (let rest = a; rest !== 0; rest &= rest - 1) count++;
  return count;
}

const unsigned = (a: bigint): bigint => BigInt.asUintN(64, a);
const low32 = (a: bigint): number => Number(BigInt.asIntN(32, a));
const high32 = (a: bigint): number => Number(BigInt.asIntN(32, a >> 32n));

// Stores into a BigInt64Array wrap, so sums and products need no more.
const integer64: Partial<Record<Opcode, Operation<bigint>>> = {
  iadd: (a, b) => a + b,
  isub: (a, b) => a - b,
  imul: (a, b) => a * b,
  sdiv: (a, b) => (b === 0n ? byZero : a === -(2n ** 63n) && b === -1n ? overflow : a / b),
  udiv: (a, b) => (b === 0n ? byZero : unsigned(a) / unsigned(b)),
  srem: (a, b) => (b === 0n ? byZero : a % b),
  urem: (a, b) => (b === 0n ? byZero : unsigned(a) % unsigned(b)),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  sshr: (a, b) => a >> (b & 63n),
  ushr: (a, b) => unsigned(a) >> (b & 63n),
  rotl: (a, b) => (a << (b & 63n)) | (unsigned(a) >> (-b & 63n)),
  rotr: (a, b) => (unsigned(a) >> (b & 63n)) | (a << (-b & 63n)),
  clz: (a) => BigInt(high32(a) === 0 ? 32 + Math.clz32(low32(a)) : Math.clz32(high32(a))),
  ctz: (a) => BigInt(low32(a) === 0 ? 32 + countTrailingZeros(high32(a)) : countTrailingZeros(low32(a))),
  popcnt: (a) => BigInt(countOnes(low32(a)) + countOnes(high32(a))),
  sext8: (a) => BigInt.asIntN(8, a),
  sext16: (a) => BigInt.asIntN(16, a),
  sext32: (a) => BigInt.asIntN(32, a),
};

const compareSigned: Partial<Record<Opcode, (a: number | bigint, b: number | bigint) => boolean>> = {
  ieq: (a, b) => a === b,
  ine: (a, b) => a !== b,
  slt: (a, b) => a < b,
  sle: (a, b) => a <= b,
  sgt: (a, b) => a > b,
  sge: (a, b) => a >= b,
};
const compareUnsigned: typeof compareSigned = {
  ult: (a, b) => a < b,
  ule: (a, b) => a <= b,
  ugt: (a, b) => a > b,
  uge: (a, b) => a >= b,
};

// ---------------------------------------------------------------- Floating point

const floating: Partial<Record<Opcode, (a: number, b: number) => number>> = {
  fadd: (a, b) => a + b,
  fsub: (a, b) => a - b,
  fmul: (a, b) => a * b,
  fdiv: (a, b) => a / b,
  fmin: Math.min,
  fmax: Math.max,
  fsqrt: Math.sqrt,
  fceil: Math.ceil,
  ffloor: Math.floor,
  ftrunc: Math.trunc,
  fnearest: roundTiesToEven,
};

/** IEEE 754 roundToIntegralTiesToEven. Keeps the sign of zero. */
function roundTiesToEven(a: number): number {
  const below = Math.floor(a);
  const rest = a - below; // exact; NaN for infinities and NaN, 0 from 2^52 on
  if (!(rest > 0)) return a;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const rounded = isUp ? below + 1 : below;
  return rounded === 0 && a < 0 ? -0 : rounded;
}

const compareFloats: Partial<Record<Opcode, (a: number, b: number) => boolean>> = {
  feq: (a, b) => a === b,
  fne: (a, b) => a !== b,
  flt: (a, b) => a < b,
  fle: (a, b) => a <= b,
  fgt: (a, b) => a > b,
  fge: (a, b) => a >= b,
};

const signBit = -(2 ** 31);

/** On the half that holds the sign; the other half of an f64 is `a`'s. */
const signOperations: Partial<Record<Opcode, (a: number, b: number) => number>> = {
  fneg: (a) => a ^ signBit,
  fabs: (a) => a & ~signBit,
  fcopysign: (a, b) => (a & ~signBit) | (b & signBit),
};

// ---------------------------------------------------------------- Conversions

type Integers = "i32" | "i64";
const ranges: Record<Integers, { signed: [number, number]; unsigned: [number, number] }> = {
  i32: { signed: [-(2 ** 31), 2 ** 31], unsigned: [0, 2 ** 32] },
  i64: { signed: [-(2 ** 63), 2 ** 63], unsigned: [0, 2 ** 64] },
};

/** Truncates toward zero into [low, high), or traps. */
function truncate(a: number, [low, high]: [number, number]): number | TrapCode {
  if (Number.isNaN(a)) return "invalid-conversion-to-integer";
  const truncated = Math.trunc(a);
  return truncated >= low && truncated < high ? truncated : overflow;
}

function setInteger(slots: Slots, slot: number, type: Integers, value: number | bigint): void {
  if (type === "i64") slots.i64[slot] = BigInt(value);
  else slots.i32[2 * slot] = Number(value);
}

/** As `truncate`, but NaN gives 0 and what is out of range gives the nearest end of it. */
function saturate(slots: Slots, slot: number, type: Integers, a: number, [low, high]: [number, number]): void {
  if (a >= high) setInteger(slots, slot, type, BigInt(high) - 1n);
  else setInteger(slots, slot, type, Number.isNaN(a) ? 0 : Math.max(low, Math.trunc(a)));
}

/**
 * A 64-bit integer as a number that rounds to f32 as the integer itself would: what does not fit in 53 bits is rounded
 * to odd, which a second rounding to fewer bits does not notice.
 */
function roundToOdd(a: bigint): number {
  const magnitude = a < 0n ? -a : a;
  if (magnitude < 2n ** 53n) return Number(a);
  const kept = magnitude >> 11n;
  const sticky = (magnitude & 2047n) === 0n ? 0n : 1n;
  const odd = Number(kept | sticky) * 2048;
  return a < 0n ? -odd : odd;
}

// ---------------------------------------------------------------- The table

type ByTypes = Partial<Record<Type, Partial<Record<Type, Meaning>>>>;
const meanings = new Map<Opcode, ByTypes>();

function define(opcode: Opcode, operandType: Type, resultType: Type, meaning: Meaning): void {
  const byOperand = meanings.get(opcode) ?? {};
  const byResult = byOperand[operandType] ?? {};
  byResult[resultType] = meaning;
  byOperand[operandType] = byResult;
  meanings.set(opcode, byOperand);
}

/** The rows of a table of operations with the opcode's own type. */
// Object.entries widens the keys of a partial record to string.
const rows = <T>(table: Partial<Record<Opcode, T>>): [Opcode, T][] => Object.entries(table) as [Opcode, T][];

for (const [opcode, operation] of rows(integer32)) {
  define(opcode, "i32", "i32", ({ i32 }, r, a, b) => {
    const result = operation(i32[2 * a] ?? 0, i32[2 * b] ?? 0);
    if (typeof result === "string") return result;
    i32[2 * r] = result;
    return undefined;
  });
}
for (const [opcode, operation] of rows(integer64)) {
  define(opcode, "i64", "i64", ({ i64 }, r, a, b) => {
    const result = operation(i64[a] ?? 0n, i64[b] ?? 0n);
    if (typeof result === "string") return result;
    i64[r] = result;
    return undefined;
  });
}
for (const opcode of ["and", "or", "xor"] as const) {
  const ofIntegers = meaningOf(opcode, "i32", "i32");
  if (ofIntegers !== undefined) define(opcode, "bool", "bool", ofIntegers);
}
define("not", "bool", "bool", ({ i32 }, r, a) => {
  i32[2 * r] = (i32[2 * a] ?? 0) ^ 1;
  return undefined;
});
for (const [opcode, operation] of rows(compareSigned)) {
  define(opcode, "i32", "bool", ({ i32 }, r, a, b) => {
    i32[2 * r] = operation(i32[2 * a] ?? 0, i32[2 * b] ?? 0) ? 1 : 0;
    return undefined;
  });
  define(opcode, "i64", "bool", ({ i32, i64 }, r, a, b) => {
    i32[2 * r] = operation(i64[a] ?? 0n, i64[b] ?? 0n) ? 1 : 0;
    return undefined;
  });
}
for (const [opcode, operation] of rows(compareUnsigned)) {
  define(opcode, "i32", "bool", ({ i32 }, r, a, b) => {
    i32[2 * r] = operation((i32[2 * a] ?? 0) >>> 0, (i32[2 * b] ?? 0) >>> 0) ? 1 : 0;
    return undefined;
  });
  define(opcode, "i64", "bool", ({ i32, u64 }, r, a, b) => {
    i32[2 * r] = operation(u64[a] ?? 0n, u64[b] ?? 0n) ? 1 : 0;
    return undefined;
  });
}
for (const [opcode, operation] of rows(floating)) {
  define(opcode, "f32", "f32", (slots, r, a, b) => {
    setF32(slots, r, operation(slots.f32[2 * a] ?? 0, slots.f32[2 * b] ?? 0));
    return undefined;
  });
  define(opcode, "f64", "f64", (slots, r, a, b) => {
    setF64(slots, r, operation(slots.f64[a] ?? 0, slots.f64[b] ?? 0));
    return undefined;
  });
}
define("fma", "f32", "f32", (slots, r, a, b, c) => {
  const { f32 } = slots;
  setF32(slots, r, fusedMultiplyAddSingle(f32[2 * a] ?? 0, f32[2 * b] ?? 0, f32[2 * c] ?? 0));
  return undefined;
});
define("fma", "f64", "f64", (slots, r, a, b, c) => {
  const { f64 } = slots;
  setF64(slots, r, fusedMultiplyAdd(f64[a] ?? 0, f64[b] ?? 0, f64[c] ?? 0));
  return undefined;
});
for (const [opcode, operation] of rows(compareFloats)) {
  define(opcode, "f32", "bool", ({ i32, f32 }, r, a, b) => {
    i32[2 * r] = operation(f32[2 * a] ?? 0, f32[2 * b] ?? 0) ? 1 : 0;
    return undefined;
  });
  define(opcode, "f64", "bool", ({ i32, f64 }, r, a, b) => {
    i32[2 * r] = operation(f64[a] ?? 0, f64[b] ?? 0) ? 1 : 0;
    return undefined;
  });
}
for (const [opcode, operation] of rows(signOperations)) {
  define(opcode, "f32", "f32", ({ i32 }, r, a, b) => {
    i32[2 * r] = operation(i32[2 * a] ?? 0, i32[2 * b] ?? 0);
    return undefined;
  });
  define(opcode, "f64", "f64", ({ i32 }, r, a, b) => {
    const high = operation(i32[2 * a + 1] ?? 0, i32[2 * b + 1] ?? 0);
    i32[2 * r] = i32[2 * a] ?? 0;
    i32[2 * r + 1] = high;
    return undefined;
  });
}

const copy: Meaning = ({ i32 }, r, a) => {
  i32[2 * r] = i32[2 * a] ?? 0;
  i32[2 * r + 1] = i32[2 * a + 1] ?? 0;
  return undefined;
};
const choose: Meaning = (slots, r, a, b, c) => copy(slots, r, slots.i32[2 * a] !== 0 ? b : c, 0, 0);
for (const type of ["i32", "i64", "f32", "f64", "bool"] as const) define("select", "bool", type, choose);
for (const [one, other] of [
  ["i32", "f32"],
  ["i64", "f64"],
] as const) {
  for (const from of [one, other]) for (const to of [one, other]) define("bitcast", from, to, copy);
}

define("wrap", "i64", "i32", copy);
define("sext", "i32", "i64", ({ i32, i64 }, r, a) => {
  i64[r] = BigInt(i32[2 * a] ?? 0);
  return undefined;
});
define("zext", "bool", "i32", copy);
for (const from of ["bool", "i32"] as const) {
  define("zext", from, "i64", ({ i32, i64 }, r, a) => {
    i64[r] = BigInt((i32[2 * a] ?? 0) >>> 0);
    return undefined;
  });
}
define("promote", "f32", "f64", (slots, r, a) => {
  setF64(slots, r, slots.f32[2 * a] ?? 0);
  return undefined;
});
define("demote", "f64", "f32", (slots, r, a) => {
  setF32(slots, r, slots.f64[a] ?? 0);
  return undefined;
});
define("to-int32", "f64", "i32", ({ i32, f64 }, r, a) => {
  i32[2 * r] = (f64[a] ?? 0) | 0;
  return undefined;
});
for (const from of ["f32", "f64"] as const) {
  const read = (slots: Slots, a: number): number => (from === "f32" ? slots.f32[2 * a] : slots.f64[a]) ?? 0;
  for (const to of ["i32", "i64"] as const) {
    for (const sign of ["signed", "unsigned"] as const) {
      const range = ranges[to][sign];
      define(sign === "signed" ? "trunc-s" : "trunc-u", from, to, (slots, r, a) => {
        const result = truncate(read(slots, a), range);
        if (typeof result === "string") return result;
        setInteger(slots, r, to, result);
        return undefined;
      });
      define(sign === "signed" ? "trunc-sat-s" : "trunc-sat-u", from, to, (slots, r, a) => {
        saturate(slots, r, to, read(slots, a), range);
        return undefined;
      });
    }
  }
}
for (const opcode of ["convert-s", "convert-u"] as const) {
  const isSigned = opcode === "convert-s";
  const read32 = ({ i32 }: Slots, a: number): number => (isSigned ? (i32[2 * a] ?? 0) : (i32[2 * a] ?? 0) >>> 0);
  const read64 = ({ i64, u64 }: Slots, a: number): bigint => (isSigned ? i64[a] : u64[a]) ?? 0n;
  define(opcode, "i32", "f32", (slots, r, a) => {
    slots.f32[2 * r] = read32(slots, a);
    return undefined;
  });
  define(opcode, "i32", "f64", (slots, r, a) => {
    slots.f64[r] = read32(slots, a);
    return undefined;
  });
  define(opcode, "i64", "f32", (slots, r, a) => {
    slots.f32[2 * r] = roundToOdd(read64(slots, a));
    return undefined;
  });
  define(opcode, "i64", "f64", (slots, r, a) => {
    slots.f64[r] = Number(read64(slots, a));
    return undefined;
  });
}
