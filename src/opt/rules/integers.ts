/** Integer arithmetic, bit operations and comparisons; `and`, `or`, `xor` of bools as well. */
import type { Constant, Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf, isInt, isVector, type Type, types } from "../../ir/types.ts";
import {
  become,
  becomeConstant,
  becomeInteger,
  constantOf,
  isConstant,
  isInteger,
  operandOf,
  type Rewriter,
  type Rule,
  type RuleTable,
} from "./rule.ts";

/** All ones. */
const isAllOnes = (value: Value): boolean => isConstant(value, true) || isInteger(value, -1);
const isZero = (value: Value): boolean => isConstant(value, false) || isInteger(value, 0);
const becomeZero = (value: Value, rewriter: Rewriter): Value =>
  elementOf(value.type) === "bool" ? becomeConstant(value, false, rewriter) : becomeInteger(value, 0, rewriter);

/** A rotation by a multiple of the width: counts are taken modulo the width. */
const byNothing: Rule = (value, a, b) => {
  const count = integerOf(b);
  return count !== undefined && count % BigInt(types[value.type].bits) === 0n ? a : undefined;
};

/** `(x op c1) op c2` is `x op (c1 op c2)` for an operation that is associative, as all of integers that wrap are. */
const gatherConstants: Rule = (value, a, b, rewriter) => {
  if (a.opcode !== value.opcode) return undefined;
  const [x, y] = a.operands;
  const [inner, outer] = [y === undefined ? undefined : constantOf(y), constantOf(b)];
  if (x === undefined || inner === undefined || outer === undefined) return undefined;
  const gathered = combine[value.opcode]?.(value.type, inner.immediate, outer.immediate);
  if (gathered === undefined) return undefined;
  return become(value, value.opcode, x, rewriter.constant(value.type, gathered));
};

type Combine = (type: Type, one: Constant | undefined, other: Constant | undefined) => Constant | undefined;

/** An operation on two constants of i32 or i64. */
const onIntegers =
  (on32: (a: number, b: number) => number, on64: (a: bigint, b: bigint) => bigint): Combine =>
  (_, a, b) => {
    if (typeof a === "number" && typeof b === "number") return on32(a, b) | 0;
    return typeof a === "bigint" && typeof b === "bigint" ? BigInt.asIntN(64, on64(a, b)) : undefined;
  };

const combine: Partial<Record<Opcode, Combine>> = {
  iadd: onIntegers(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  imul: onIntegers(Math.imul, (a, b) => a * b),
  and: onIntegers(
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  or: onIntegers(
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  xor: onIntegers(
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
};

/** An integer constant's value, or that of all lanes. */
function integerOf(value: Value | undefined): bigint | undefined {
  const constant = value === undefined ? undefined : constantOf(value);
  if (constant?.immediate === undefined || !isInt(constant.type)) return undefined;
  return BigInt(constant.immediate);
}

const integerConstant = (rewriter: Rewriter, type: Type, value: bigint): Value =>
  rewriter.constant(type, elementOf(type) === "i64" ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value)));

/** The exponent of a power of two above 1, from the bits of a constant. */
function exponentOf(value: Value): number | undefined {
  const integer = integerOf(value);
  if (integer === undefined) return undefined;
  const bits = BigInt.asUintN(types[value.type].bits, integer);
  if (bits < 2n || (bits & (bits - 1n)) !== 0n) return undefined;
  return bits.toString(2).length - 1;
}

/**
 * A shift of the same shift by constants is one shift. Past the width nothing is left but, for `sshr`, copies of the sign.
 * A shift there and back only masks.
 */
const shift: Rule = (value, a, b, rewriter) => {
  const bits = BigInt(types[value.type].bits);
  const count = integerOf(b);
  if (count === undefined) return undefined;
  const outer = count & (bits - 1n);
  if (outer === 0n) return a;
  const innerCount = integerOf(a.operands[1]);
  const [x] = a.operands;
  if (x === undefined || innerCount === undefined) return undefined;
  const inner = innerCount & (bits - 1n);
  if (a.opcode === value.opcode) {
    const sum = inner + outer;
    if (sum >= bits && value.opcode !== "sshr") return becomeInteger(value, 0, rewriter);
    return become(value, a.opcode, x, integerConstant(rewriter, value.type, sum < bits ? sum : bits - 1n));
  }
  if (inner !== outer) return undefined;
  const ones = (1n << bits) - 1n;
  if (value.opcode === "ushr" && a.opcode === "shl")
    return become(value, "and", x, integerConstant(rewriter, value.type, ones >> outer));
  if (value.opcode === "shl" && (a.opcode === "ushr" || a.opcode === "sshr"))
    return become(value, "and", x, integerConstant(rewriter, value.type, ones << outer));
  return undefined;
};

/** What a comparison is with its operands the other way round. */
const mirrored: Partial<Record<Opcode, Opcode>> = {
  slt: "sgt",
  sgt: "slt",
  sle: "sge",
  sge: "sle",
  ult: "ugt",
  ugt: "ult",
  ule: "uge",
  uge: "ule",
};

/** A comparison with itself is decided, and a constant stands second. */
const ordering =
  (ofItself: boolean): Rule =>
  (value, a, b, rewriter) => {
    if (a === b) return becomeConstant(value, ofItself, rewriter);
    const mirror = constantOf(a) !== undefined && constantOf(b) === undefined ? mirrored[value.opcode] : undefined;
    return mirror === undefined ? undefined : become(value, mirror, b, a);
  };

/**
 * `ieq` and `ine`: with 0 of a widened bool, they are the bool or its opposite; with 0 of a difference, they compare what
 * is subtracted; with a constant of `x + c` or `x ^ c`, they compare x.
 */
const equality =
  (isEqual: boolean): Rule =>
  (value, a, b, rewriter) => {
    if (a === b) return becomeConstant(value, isEqual, rewriter);
    const [x, y] = a.operands;
    if (x !== undefined && y !== undefined) {
      if ((a.opcode === "isub" || a.opcode === "xor") && isInteger(b, 0)) return become(value, value.opcode, x, y);
      const [inner, outer] = [integerOf(y), integerOf(b)];
      if (inner !== undefined && outer !== undefined && (a.opcode === "iadd" || a.opcode === "xor")) {
        const rest = a.opcode === "iadd" ? outer - inner : outer ^ inner;
        return become(value, value.opcode, x, integerConstant(rewriter, b.type, rest));
      }
    }
    // A remainder by 2^k is 0 if the low k bits are, whatever the sign.
    const power =
      !isVector(a.type) && isInteger(b, 0) && a.opcode === "srem" && y !== undefined ? exponentOf(y) : undefined;
    if (power !== undefined && x !== undefined && power < types[a.type].bits - 1) {
      const mask = integerConstant(rewriter, a.type, (1n << BigInt(power)) - 1n);
      return become(value, value.opcode, rewriter.insert("and", a.type, x, mask), b);
    }
    const [one, other] = [convertedBits(a), convertedBits(b)];
    if (one !== undefined && other !== undefined) return become(value, value.opcode, one, other);
    const condition = isInteger(b, 0) ? operandOf(a, "zext") : undefined;
    if (condition === undefined || elementOf(condition.type) !== "bool") return undefined;
    return isEqual ? become(value, "not", condition) : condition;
  };

/** The i32 whose conversion to f64, which is exact, has these bits. */
function convertedBits(bits: Value): Value | undefined {
  const number = bits.type === "i64" ? operandOf(bits, "bitcast") : undefined;
  if (number?.type !== "f64" || number.opcode !== "convert-s") return undefined;
  return number.operands[0]?.type === "i32" ? number.operands[0] : undefined;
}

/** `x << n | x >>> width - n`: no bit is in both, so with `^` and `+` it is the same. */
function becomeRotation(value: Value, a: Value, b: Value): boolean {
  if (isVector(value.type)) return false;
  const [left, right] = a.opcode === "shl" ? [a, b] : [b, a];
  if (left.opcode !== "shl" || right.opcode !== "ushr" || left.operands[0] !== right.operands[0]) return false;
  const [x, count] = left.operands;
  const [up, down] = [integerOf(count), integerOf(right.operands[1])];
  const bits = BigInt(types[value.type].bits);
  if (x === undefined || count === undefined || up === undefined || down === undefined) return false;
  if (up <= 0n || down <= 0n || up + down !== bits) return false;
  become(value, "rotl", x, count);
  return true;
}

/** `x & (x | y)` and `x | (x & y)` are x. */
function absorbed(a: Value, b: Value, other: Opcode): Value | undefined {
  if (b.opcode === other && b.operands.includes(a)) return a;
  return a.opcode === other && a.operands.includes(b) ? b : undefined;
}

/** True for a bool and its `not`. */
const isOpposite = (a: Value, b: Value): boolean => operandOf(a, "not") === b || operandOf(b, "not") === a;

export const integerRules: RuleTable = {
  iadd: (value, a, b, rewriter) => {
    if (isZero(b)) return a;
    // x + (0 - y) and (0 - x) + y are differences; (x - y) + y is x.
    const [zero, negated] = b.opcode === "isub" ? b.operands : [];
    if (zero !== undefined && negated !== undefined && isZero(zero)) return become(value, "isub", a, negated);
    const [none, other] = a.opcode === "isub" ? a.operands : [];
    if (none !== undefined && isZero(none) && other !== undefined && constantOf(b) === undefined)
      return become(value, "isub", b, other);
    if (other === b) return none;
    if (becomeRotation(value, a, b)) return value;
    return gatherConstants(value, a, b, rewriter);
  },
  // Of a constant: the sum with its opposite, so that there is one form of `x + c` to know.
  isub: (value, a, b, rewriter) => {
    if (isZero(b)) return a;
    if (a === b) return becomeInteger(value, 0, rewriter);
    const constant = integerOf(b);
    if (constant !== undefined) return become(value, "iadd", a, integerConstant(rewriter, value.type, -constant));
    // (x + y) - y is x, and 0 - (x - y) is y - x.
    const [x, y] = a.opcode === "iadd" ? a.operands : [];
    if (y === b) return x;
    if (x === b) return y;
    const [p, q] = b.opcode === "isub" && isZero(a) ? b.operands : [];
    return p === undefined || q === undefined ? undefined : become(value, "isub", q, p);
  },
  imul: (value, a, b, rewriter) => {
    if (isInteger(b, 1)) return a;
    if (isZero(b)) return becomeInteger(value, 0, rewriter);
    if (isInteger(b, -1)) return become(value, "isub", integerConstant(rewriter, value.type, 0n), a);
    const gathered = gatherConstants(value, a, b, rewriter);
    if (gathered !== undefined) return gathered;
    const exponent = exponentOf(b);
    return exponent === undefined
      ? undefined
      : become(value, "shl", a, integerConstant(rewriter, value.type, BigInt(exponent)));
  },
  // Division by 1 cannot trap, so the trap that goes with the instruction is none.
  sdiv: (_, a, b) => (isInteger(b, 1) ? a : undefined),
  udiv: (_, a, b) => (isInteger(b, 1) ? a : undefined),
  srem: (value, _a, b, rewriter) =>
    isInteger(b, 1) || isInteger(b, -1) ? becomeInteger(value, 0, rewriter) : undefined,
  urem: (value, _a, b, rewriter) => (isInteger(b, 1) ? becomeInteger(value, 0, rewriter) : undefined),
  and: (value, a, b, rewriter) => {
    if (a === b || isAllOnes(b)) return a;
    if (isZero(b) || isOpposite(a, b)) return becomeZero(value, rewriter);
    return absorbed(a, b, "or") ?? gatherConstants(value, a, b, rewriter);
  },
  or: (value, a, b, rewriter) => {
    if (a === b || isZero(b)) return a;
    if (isAllOnes(b)) return b;
    if (becomeRotation(value, a, b)) return value;
    if (elementOf(value.type) === "bool" && isOpposite(a, b)) return becomeConstant(value, true, rewriter);
    return absorbed(a, b, "and") ?? gatherConstants(value, a, b, rewriter);
  },
  xor: (value, a, b, rewriter) => {
    if (a === b) return becomeZero(value, rewriter);
    if (isZero(b)) return a;
    if (isConstant(b, true)) return become(value, "not", a);
    if (becomeRotation(value, a, b)) return value;
    // (x ^ y) ^ y is x.
    const [x, y] = a.opcode === "xor" ? a.operands : [];
    if (y === b && constantOf(b) === undefined) return x;
    if (x === b) return y;
    return gatherConstants(value, a, b, rewriter);
  },
  shl: shift,
  sshr: shift,
  ushr: shift,
  rotl: byNothing,
  rotr: byNothing,
  ieq: equality(true),
  ine: equality(false),
  slt: ordering(false),
  sgt: ordering(false),
  ult: ordering(false),
  ugt: ordering(false),
  sle: ordering(true),
  sge: ordering(true),
  ule: ordering(true),
  uge: ordering(true),
};

/** The comparison that is true exactly when the key is false. Those of floats are missing save for equality: NaN. */
export const opposites: Partial<Record<Opcode, Opcode>> = {
  ieq: "ine",
  ine: "ieq",
  slt: "sge",
  sge: "slt",
  sgt: "sle",
  sle: "sgt",
  ult: "uge",
  uge: "ult",
  ugt: "ule",
  ule: "ugt",
  feq: "fne",
  fne: "feq",
};
