/**
 * What each operation makes of the intervals of its operands: the transfer functions of ranges.ts, one per opcode.
 *
 * i32: what leaves the range of i32 wraps and may then be anything. f64: what reaches +-2^53 may be rounded, and what may
 * be -0 is not the integer 0; neither is known any more.
 */
import type { Value } from "../ir/function.ts";
import { shapes } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";

/** Where intervals are kept. */
export interface Interval {
  readonly isExact: Uint8Array;
  lowOf(value: Value): number;
  highOf(value: Value): number;
  isKnown(value: Value): boolean;
  setInterval(value: Value, low: number, high: number): void;
}

const least = -(2 ** 31);
const most = 2 ** 31 - 1;
/** Below 2^53, so that no result was rounded to it. */
const largestExact = 2 ** 53 - 1;

type Transfer = (value: Value, a: Value, b: Value, at: Interval) => void;

/** Finds the interval of an i32 or f64 instruction from those of its operands. */
export function findInterval(value: Value, at: Interval): void {
  at.isExact[value.id] = 0;
  const { operands, shape } = value;
  if (value.opcode === "const") {
    ofConstant(value, at);
    return;
  }
  const transfer = byNumber[shape.number];
  const a = operands[0];
  const b = operands[1] ?? a;
  if (transfer === undefined || a === undefined || b === undefined) {
    setUnknown(value, at);
    return;
  }
  for (let index = 0; index < operands.length; index++) {
    const operand = operands[index];
    if (operand !== undefined && at.lowOf(operand) > at.highOf(operand) && isNumber(operand)) {
      at.setInterval(value, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY); // not reached yet
      return;
    }
  }
  transfer(value, a, b, at);
}

/** False for instructions whose interval does not follow from those of their operands. */
export function followsFromOperands({ shape, operands }: Value): boolean {
  return operands.length > 0 && byNumber[shape.number] !== undefined;
}

/** True for instructions that know nothing where one operand is an f64 of which nothing is known. */
export function isUnknownOfUnknown({ shape }: Value): boolean {
  return needsKnown[shape.number] === 1;
}

const isNumber = (value: Value): boolean => value.type === "i32" || value.type === "f64";

function setUnknown(value: Value, at: Interval): void {
  const isInt = value.type === "i32";
  at.setInterval(value, isInt ? least : Number.NEGATIVE_INFINITY, isInt ? most : Number.POSITIVE_INFINITY);
}

function ofConstant(value: Value, at: Interval): void {
  const number = value.immediate;
  const isWhole = typeof number === "number" && Number.isInteger(number) && !Object.is(number, -0);
  if (isWhole && Math.abs(number) <= largestExact) at.setInterval(value, number, number);
  else setUnknown(value, at);
}

/** An interval of exact results; of i32, what is past the end wraps. */
function setExact(value: Value, low: number, high: number, at: Interval): void {
  const [first, last] = value.type === "i32" ? [least, most] : [-largestExact, largestExact];
  if (low < first || high > last) setUnknown(value, at);
  else {
    at.setInterval(value, low + 0, high + 0); // + 0: no bound is -0
    if (value.type === "i32") at.isExact[value.id] = 1;
  }
}

const transfersOfKnown = new Set<Transfer>();

/** Operands that must all be whole numbers, for f64. */
const ofKnown = (transfer: Transfer): Transfer => {
  const ofAny: Transfer = (value, a, b, at) =>
    at.isKnown(a) && at.isKnown(b) ? transfer(value, a, b, at) : setUnknown(value, at);
  transfersOfKnown.add(ofAny);
  return ofAny;
};

const add: Transfer = (value, a, b, at) => setExact(value, at.lowOf(a) + at.lowOf(b), at.highOf(a) + at.highOf(b), at);
const subtract: Transfer = (value, a, b, at) =>
  setExact(value, at.lowOf(a) - at.highOf(b), at.highOf(a) - at.lowOf(b), at);

/** Products of the ends. Of two i32 they stay below 2^62 and their order is right, rounded or not. */
const multiply: Transfer = (value, a, b, at) => {
  const [p, q, r, s] = [at.lowOf(a), at.highOf(a), at.lowOf(b), at.highOf(b)];
  const corners = [p * r, p * s, q * r, q * s];
  setExact(value, Math.min(...corners), Math.max(...corners), at);
};

/** As integers, unless one factor may be 0 and the other negative: that product is -0. */
const multiplyFloats: Transfer = (value, a, b, at) => {
  const hasZero = (one: Value): boolean => at.lowOf(one) <= 0 && at.highOf(one) >= 0;
  if ((hasZero(a) && at.lowOf(b) < 0) || (hasZero(b) && at.lowOf(a) < 0)) setUnknown(value, at);
  else multiply(value, a, b, at);
};

const keep: Transfer = (value, a, _b, at) => at.setInterval(value, at.lowOf(a), at.highOf(a));

const and: Transfer = (value, a, b, at) => {
  const high = Math.min(at.lowOf(a) >= 0 ? at.highOf(a) : most, at.lowOf(b) >= 0 ? at.highOf(b) : most);
  if (at.lowOf(a) >= 0 || at.lowOf(b) >= 0) at.setInterval(value, 0, high);
  else setUnknown(value, at);
};

/** No bit above the highest of both. */
const orXor: Transfer = (value, a, b, at) => {
  if (at.lowOf(a) < 0 || at.lowOf(b) < 0) {
    setUnknown(value, at);
    return;
  }
  const bits = 32 - Math.clz32(Math.max(at.highOf(a), at.highOf(b)));
  at.setInterval(value, 0, 2 ** bits - 1);
};

/** The count of a shift by a constant. */
const countOf = (b: Value, at: Interval): number | undefined =>
  at.lowOf(b) === at.highOf(b) ? at.lowOf(b) & 31 : undefined;

const shiftLeft: Transfer = (value, a, b, at) => {
  const count = countOf(b, at);
  if (count === undefined) setUnknown(value, at);
  else setExact(value, at.lowOf(a) * 2 ** count, at.highOf(a) * 2 ** count, at);
};

const shiftRight: Transfer = (value, a, b, at) => {
  const count = countOf(b, at);
  const [low, high] = [at.lowOf(a), at.highOf(a)];
  if (count === undefined) at.setInterval(value, Math.min(low, 0), Math.max(high, low < 0 ? -1 : 0));
  else at.setInterval(value, low >> count, high >> count);
};

const shiftRightUnsigned: Transfer = (value, a, b, at) => {
  const count = countOf(b, at);
  const [low, high] = [at.lowOf(a), at.highOf(a)];
  if (low >= 0)
    at.setInterval(value, count === undefined ? 0 : low >>> count, count === undefined ? high : high >>> count);
  else if (count !== undefined && count > 0) at.setInterval(value, 0, 2 ** (32 - count) - 1);
  else setUnknown(value, at);
};

const divideSigned: Transfer = (value, a, b, at) => {
  const divisor = at.lowOf(b);
  if (divisor <= 0) {
    setUnknown(value, at);
    return;
  }
  const [low, high, largest] = [at.lowOf(a), at.highOf(a), at.highOf(b)];
  const least = Math.trunc(low / (low < 0 ? divisor : largest));
  at.setInterval(value, least + 0, Math.trunc(high / (high < 0 ? largest : divisor)) + 0);
};
const divideUnsigned: Transfer = (value, a, b, at) => {
  if (at.lowOf(a) >= 0 && at.lowOf(b) > 0) divideSigned(value, a, b, at);
  else setUnknown(value, at);
};

/** Smaller than the divisor, not larger than the dividend, and with its sign. */
const remainderSigned: Transfer = (value, a, b, at) => {
  const largest = Math.max(Math.abs(at.lowOf(b)), Math.abs(at.highOf(b))) - 1;
  if (largest < 0) {
    setUnknown(value, at);
    return;
  }
  const [low, high] = [at.lowOf(a), at.highOf(a)];
  at.setInterval(value, low >= 0 ? 0 : Math.max(low, -largest), high <= 0 ? 0 : Math.min(high, largest));
};
const remainderUnsigned: Transfer = (value, a, b, at) => {
  if (at.lowOf(b) <= 0) {
    setUnknown(value, at);
    return;
  }
  const largest = at.highOf(b) - 1;
  at.setInterval(value, 0, at.lowOf(a) >= 0 ? Math.min(at.highOf(a), largest) : largest);
};

/** A result between two bounds, whatever the operand; and the operand if that is between them. */
const within =
  (low: number, high: number): Transfer =>
  (value, a, b, at) => {
    if (isNumber(a) && at.lowOf(a) >= low && at.highOf(a) <= high) keep(value, a, b, at);
    else at.setInterval(value, low, high);
  };
const always =
  (low: number, high: number): Transfer =>
  (value, _a, _b, at) =>
    at.setInterval(value, low, high);

const choose: Transfer = (value, _, whenTrue, at) => {
  const whenFalse = value.operands[2] ?? whenTrue;
  const low = Math.min(at.lowOf(whenTrue), at.lowOf(whenFalse));
  const high = Math.max(at.highOf(whenTrue), at.highOf(whenFalse));
  if (Number.isFinite(low) && Number.isFinite(high)) at.setInterval(value, low, high);
  else setUnknown(value, at);
};

/** From f64 to i32: a whole number in range stays. */
const toInteger: Transfer = (value, a, b, at) => {
  if (a.type === "f64" && at.lowOf(a) >= least && at.highOf(a) <= most) keep(value, a, b, at);
  else setUnknown(value, at);
};

const fromSigned: Transfer = (value, a, b, at) => {
  if (a.type === "i32" && value.type === "f64") keep(value, a, b, at);
  else setUnknown(value, at);
};
const fromUnsigned: Transfer = (value, a, b, at) => {
  if (a.type !== "i32" || value.type !== "f64") setUnknown(value, at);
  else if (at.lowOf(a) >= 0) keep(value, a, b, at);
  else at.setInterval(value, 0, 2 ** 32 - 1);
};

const transfers = new Map<Opcode, Transfer>([
  ["iadd", add],
  ["isub", subtract],
  ["imul", multiply],
  ["sdiv", divideSigned],
  ["udiv", divideUnsigned],
  ["srem", remainderSigned],
  ["urem", remainderUnsigned],
  ["and", and],
  ["or", orXor],
  ["xor", orXor],
  ["shl", shiftLeft],
  ["sshr", shiftRight],
  ["ushr", shiftRightUnsigned],
  ["clz", always(0, 32)],
  ["ctz", always(0, 32)],
  ["popcnt", always(0, 32)],
  ["sext8", within(-128, 127)],
  ["sext16", within(-32768, 32767)],
  ["mask-count", always(0, 16)],
  ["mask-bits", always(0, 65535)],
  ["load8-s", always(-128, 127)],
  ["load8-u", always(0, 255)],
  ["load16-s", always(-32768, 32767)],
  ["load16-u", always(0, 65535)],
  ["select", choose],
  ["zext", always(0, 1)], // to i32 it is of a bool
  ["to-int32", toInteger],
  ["trunc-s", toInteger],
  ["trunc-sat-s", toInteger],
  ["convert-s", fromSigned],
  ["convert-u", fromUnsigned],
  ["fadd", ofKnown(add)],
  ["fsub", ofKnown(subtract)],
  ["fmul", ofKnown(multiplyFloats)],
  [
    "fneg",
    ofKnown((value, a, _b, at) => {
      if (at.lowOf(a) <= 0 && at.highOf(a) >= 0) setUnknown(value, at);
      else at.setInterval(value, -at.highOf(a), -at.lowOf(a));
    }),
  ],
  [
    "fabs",
    ofKnown((value, a, _b, at) => {
      const [low, high] = [at.lowOf(a), at.highOf(a)];
      at.setInterval(value, Math.max(0, low, -high), Math.max(high, -low));
    }),
  ],
  [
    "fmin",
    ofKnown((value, a, b, at) =>
      at.setInterval(value, Math.min(at.lowOf(a), at.lowOf(b)), Math.min(at.highOf(a), at.highOf(b))),
    ),
  ],
  [
    "fmax",
    ofKnown((value, a, b, at) =>
      at.setInterval(value, Math.max(at.lowOf(a), at.lowOf(b)), Math.max(at.highOf(a), at.highOf(b))),
    ),
  ],
  ["fceil", ofKnown(keep)],
  ["ffloor", ofKnown(keep)],
  ["ftrunc", ofKnown(keep)],
  ["fnearest", ofKnown(keep)],
]);

/** By opcode number. */
const byNumber: readonly (Transfer | undefined)[] = shapes.map(({ opcode }) => transfers.get(opcode));
const needsKnown = Uint8Array.from(byNumber, (transfer) =>
  transfer !== undefined && transfersOfKnown.has(transfer) ? 1 : 0,
);
