/** `not`, `select` and conversions that undo each other. */
import { elementOf } from "../../ir/types.ts";
import { isQuiet } from "./floats.ts";
import { opposites } from "./integers.ts";
import { become, isConstant, isInteger, operandOf, type Rule, type RuleTable } from "./rule.ts";

/** A conversion of a float back to the integer that it was converted from, which f64 held without rounding. */
const backToInteger =
  (conversion: "convert-s" | "convert-u"): Rule =>
  (value, a) => {
    const integer = elementOf(a.type) === "f64" ? operandOf(a, conversion) : undefined;
    return elementOf(value.type) === "i32" && integer?.type === value.type ? integer : undefined;
  };

export const choiceAndConversionRules: RuleTable = {
  not: (value, a) => {
    const inner = operandOf(a, "not");
    if (inner !== undefined) return inner;
    const opposite = opposites[a.opcode];
    return opposite === undefined ? undefined : become(value, opposite, ...a.operands);
  },
  select: (value, condition, whenTrue, rewriter) => {
    const whenFalse = value.operands[2];
    if (whenFalse === undefined) return undefined;
    if (whenTrue === whenFalse || isConstant(condition, true)) return whenTrue;
    if (isConstant(condition, false)) return whenFalse;
    if (isConstant(whenTrue, true) && isConstant(whenFalse, false)) return condition;
    if (isConstant(whenTrue, false) && isConstant(whenFalse, true)) return become(value, "not", condition);
    // Both arms are evaluated anyway.
    if (isConstant(whenFalse, false)) return become(value, "and", condition, whenTrue);
    if (isConstant(whenTrue, true)) return become(value, "or", condition, whenFalse);
    // 1 or 0 is the condition widened.
    if (value.type === "i32" || value.type === "i64") {
      if (isInteger(whenTrue, 1) && isInteger(whenFalse, 0)) return become(value, "zext", condition);
      if (isInteger(whenTrue, 0) && isInteger(whenFalse, 1)) {
        const opposite = opposites[condition.opcode];
        const operands = opposite === undefined ? [condition] : condition.operands;
        return become(value, "zext", rewriter.insert(opposite ?? "not", "bool", ...operands));
      }
    }
    const opposite = operandOf(condition, "not");
    return opposite === undefined ? undefined : become(value, "select", opposite, whenFalse, whenTrue);
  },
  bitcast: (value, a) => {
    if (a.type === value.type) return a;
    const inner = operandOf(a, "bitcast");
    if (inner === undefined) return undefined;
    return inner.type === value.type ? inner : become(value, "bitcast", inner);
  },
  wrap: (value, a) => {
    const inner = operandOf(a, "sext") ?? operandOf(a, "zext");
    if (inner === undefined || inner.type === value.type) return inner;
    return become(value, "zext", inner); // of bools
  },
  // Every f32 is an f64, so the way back is exact; only a signalling NaN would not come back as it went.
  demote: (_, a) => {
    const inner = operandOf(a, "promote");
    return inner !== undefined && isQuiet(inner) ? inner : undefined;
  },
  // ToInt32 truncates by itself, and takes an unsigned integer modulo 2^32: that is its bits.
  "to-int32": (value, a, _b, rewriter) => {
    if (a.opcode === "ftrunc" && a.operands[0] !== undefined) return become(value, "to-int32", a.operands[0]);
    const integer = operandOf(a, "convert-s") ?? operandOf(a, "convert-u");
    if (integer !== undefined) return integer.type === value.type ? integer : undefined;
    // `free & -free`: modulo 2^32, the opposite of -2^31 is itself, and -0 is 0.
    const negated = operandOf(operandOf(a, "fneg") ?? a, "convert-s");
    if (a.opcode !== "fneg" || negated?.type !== "i32" || value.type !== "i32") return undefined;
    return become(value, "isub", rewriter.constant("i32", 0), negated);
  },
  "trunc-s": backToInteger("convert-s"),
  "trunc-sat-s": backToInteger("convert-s"),
  "trunc-u": backToInteger("convert-u"),
  "trunc-sat-u": backToInteger("convert-u"),
};
