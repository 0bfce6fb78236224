/** Integer arithmetic, bit operations and comparisons; `and`, `or`, `xor` of bools as well. */
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { types } from "../../ir/types.ts";
import {
  become,
  becomeConstant,
  becomeInteger,
  isConstant,
  isInteger,
  operandOf,
  type Rule,
  type RuleTable,
} from "./rule.ts";

/** All ones. */
const isAllOnes = (value: Value): boolean => isConstant(value, true) || isInteger(value, -1);
const isZero = (value: Value): boolean => isConstant(value, false) || isInteger(value, 0);
const becomeZero = (value: Value): Value =>
  value.type === "bool" ? becomeConstant(value, false) : becomeInteger(value, 0);

/** A shift or rotation by a multiple of the width: counts are taken modulo the width. */
const byNothing: Rule = (value, a, b) => {
  if (b.opcode !== "const" || (typeof b.immediate !== "number" && typeof b.immediate !== "bigint")) return undefined;
  return BigInt(b.immediate) % BigInt(types[value.type].bits) === 0n ? a : undefined;
};

/** What a comparison of a value with itself gives. */
const ofItself =
  (answer: boolean): Rule =>
  (value, a, b) =>
    a === b ? becomeConstant(value, answer) : undefined;

/** `ieq` and `ine` with 0 of a widened bool are the bool or its opposite. */
const equality =
  (isEqual: boolean): Rule =>
  (value, a, b) => {
    if (a === b) return becomeConstant(value, isEqual);
    const condition = isInteger(b, 0) ? operandOf(a, "zext") : undefined;
    if (condition?.type !== "bool") return undefined;
    return isEqual ? become(value, "not", condition) : condition;
  };

export const integerRules: RuleTable = {
  iadd: (_, a, b) => (isZero(b) ? a : undefined),
  isub: (value, a, b) => (isZero(b) ? a : a === b ? becomeInteger(value, 0) : undefined),
  imul: (value, a, b) => (isInteger(b, 1) ? a : isZero(b) ? becomeInteger(value, 0) : undefined),
  // Division by 1 cannot trap, so the trap that goes with the instruction is none.
  sdiv: (_, a, b) => (isInteger(b, 1) ? a : undefined),
  udiv: (_, a, b) => (isInteger(b, 1) ? a : undefined),
  srem: (value, _a, b) => (isInteger(b, 1) || isInteger(b, -1) ? becomeInteger(value, 0) : undefined),
  urem: (value, _a, b) => (isInteger(b, 1) ? becomeInteger(value, 0) : undefined),
  and: (value, a, b) => (a === b || isAllOnes(b) ? a : isZero(b) ? becomeZero(value) : undefined),
  or: (_, a, b) => (a === b || isZero(b) ? a : isAllOnes(b) ? b : undefined),
  xor: (value, a, b) => {
    if (a === b) return becomeZero(value);
    if (isZero(b)) return a;
    return isConstant(b, true) ? become(value, "not", a) : undefined;
  },
  shl: byNothing,
  sshr: byNothing,
  ushr: byNothing,
  rotl: byNothing,
  rotr: byNothing,
  ieq: equality(true),
  ine: equality(false),
  slt: ofItself(false),
  sgt: ofItself(false),
  ult: ofItself(false),
  ugt: ofItself(false),
  sle: ofItself(true),
  sge: ofItself(true),
  ule: ofItself(true),
  uge: ofItself(true),
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
