/**
 * int64 narrowing: whole numbers beyond i32, but below 2^53, are computed as i64 where integers are wanted.
 *
 * The sum of two elements of an Int32Array needs 33 bits. As f64 it is exact, and so it is as i64. Where intervals
 * (analysis/ranges.ts) show that an f64 is a whole number and not -0, and what it is made from is so, too, this pass computes
 * it as i64 (narrowing.ts): if more of its uses are comparisons with such numbers and conversions to i32 than want an f64.
 * What int32-narrowing.ts can do with half the bits it has done before.
 *
 * Comparisons and conversions change here, not by rules of simplification: that a conversion of an i64 to f64 is exact is
 * known of these numbers only. Every other use gets a conversion of the i64.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { IrFunction } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { type Integers, Narrowing } from "./narrowing.ts";

const comparisons: Partial<Record<Opcode, Opcode>> = {
  flt: "slt",
  fle: "sle",
  fgt: "sgt",
  fge: "sge",
  feq: "ieq",
  fne: "ine",
};

export function narrowToLongIntegers(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (!mayPay(fn)) return false;
  if (!analyses.isAllReached) return false; // block-simplification was left out
  return new Narrowing(fn, analyses, int64).run();
}

/** Something is converted from i32, and sums of f64 are compared or converted to i32: cheap to ask, and mostly not so. */
function mayPay(fn: IrFunction): boolean {
  let converts = false;
  let computes = false;
  let wants = false;
  for (const { instructions } of fn.blocks)
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value === undefined) continue;
      const { opcode } = value;
      if (opcode === "convert-s" || opcode === "convert-u") converts = true;
      else if (opcode === "fadd" || opcode === "fsub" || opcode === "fmul") computes = true;
      else if (opcode === "to-int32" || (comparisons[opcode] !== undefined && value.operands[0]?.type === "f64"))
        wants = true;
    }
  return converts && computes && wants;
}

const int64: Integers = {
  type: "i64",
  include: (value, ranges) => ranges.isKnown(value),
  convert(value, source, fn, insertions) {
    const long =
      source === undefined
        ? fn.createValue("const", "i64", [], BigInt(Number(value.immediate)))
        : fn.createValue(value.opcode === "convert-u" ? "zext" : "sext", "i64", [source], undefined, value.span);
    insertions.before(value, long);
    return long;
  },
  wants({ opcode, operands: [a, b] }, narrowing) {
    if (opcode === "to-int32") return 1;
    if (comparisons[opcode] === undefined || a === undefined || b === undefined) return -1;
    return narrowing.hasInteger(a) && narrowing.hasInteger(b) ? 1 : -1;
  },
  rewriteUse(user, narrowing) {
    const [a, b] = user.operands;
    if (a === undefined) return;
    if (user.opcode === "to-int32") {
      if (!narrowing.isNarrow(a)) return;
      user.opcode = "wrap";
      user.operands = [narrowing.integerOf(a)];
      return;
    }
    const comparison = comparisons[user.opcode];
    if (comparison === undefined || b === undefined || (!narrowing.isNarrow(a) && !narrowing.isNarrow(b))) return;
    if (!narrowing.hasInteger(a) || !narrowing.hasInteger(b)) return;
    user.operands = [narrowing.integerOf(a), narrowing.integerOf(b)];
    user.opcode = comparison;
  },
};
