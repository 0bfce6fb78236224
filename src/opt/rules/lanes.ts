/** Lanes and masks: what a splat says of its lanes, and accesses whose mask is constant. */

import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { isOpcode } from "../../ir/opcodes.ts";
import { elementOf, lanesOf } from "../../ir/types.ts";
import {
  become,
  becomeConstant,
  becomeInteger,
  constantOf,
  isConstant,
  operandOf,
  type Rewriter,
  type Rule,
  type RuleTable,
} from "./rule.ts";

function becomeZero(value: Value, rewriter: Rewriter): Value {
  return elementOf(value.type) === "i64" ? becomeConstant(value, 0n, rewriter) : becomeConstant(value, 0, rewriter);
}

/** Any lane is false exactly when not all are true, and the other way round. */
const question =
  (opposite: Opcode): Rule =>
  (value, a, _b, rewriter) => {
    const lane = operandOf(a, "splat");
    if (lane !== undefined) return lane;
    const inner = operandOf(a, "not");
    return inner === undefined ? undefined : become(value, "not", rewriter.insert(opposite, "bool", inner));
  };

/** With all lanes on, it is a plain access; with none, a load gives 0. */
const masked = (opcode: Opcode): Rule => {
  const plain = opcode.slice("masked-".length);
  return (value, a, b, rewriter) => {
    if (value.shape.effect === "write") {
      const address = value.operands[2];
      if (!isConstant(b, true) || address === undefined || !isOpcode(plain)) return undefined;
      return become(value, plain, a, address);
    }
    if (isConstant(a, false)) return becomeZero(value, rewriter);
    return isConstant(a, true) && isOpcode(plain) ? become(value, plain, b) : undefined;
  };
};

export const laneRules: RuleTable = {
  extract: (value, a, _b, rewriter) => {
    if (a.opcode === "lane-index") return becomeInteger(value, Number(value.immediate), rewriter);
    return operandOf(a, "splat");
  },
  compress: (value, a, b, rewriter) => {
    if (isConstant(b, true)) return a;
    return isConstant(b, false) ? becomeZero(value, rewriter) : undefined;
  },
  "mask-any": question("mask-all"),
  "mask-all": question("mask-any"),
  "mask-count": (value, a, _b, rewriter) => {
    if (isConstant(a, true)) return becomeInteger(value, lanesOf(a.type), rewriter);
    return isConstant(a, false) ? becomeInteger(value, 0, rewriter) : undefined;
  },
  "mask-bits": (value, a, _b, rewriter) => {
    if (isConstant(a, true)) return becomeInteger(value, 2 ** lanesOf(a.type) - 1, rewriter);
    return isConstant(a, false) ? becomeInteger(value, 0, rewriter) : undefined;
  },
  "mask-first": (value, a, _b, rewriter) => {
    const count = constantOf(a)?.immediate;
    if (typeof count !== "number" || (count > 0 && count < lanesOf(value.type))) return undefined;
    return becomeConstant(value, count > 0, rewriter);
  },
  "masked-load": masked("masked-load"),
  "masked-load8-s": masked("masked-load8-s"),
  "masked-load8-u": masked("masked-load8-u"),
  "masked-load16-s": masked("masked-load16-s"),
  "masked-load16-u": masked("masked-load16-u"),
  "masked-store": masked("masked-store"),
  "masked-store8": masked("masked-store8"),
  "masked-store16": masked("masked-store16"),
  gather: (value, a, _b, rewriter) => (isConstant(a, false) ? becomeZero(value, rewriter) : undefined),
};
