/**
 * int32 narrowing: numbers that are known to be 32-bit integers are computed as such.
 *
 * JavaScript's numbers are f64, its counters and indices integers all the same. Where intervals (analysis/ranges.ts) show
 * that an f64 is a whole number of i32 and not -0, and what it is made from is so, too, its operation is done on i32
 * (narrowing.ts): `fadd` of two such numbers is `iadd`, and a loop's counter becomes an i32 parameter. Every use then sees a
 * conversion of the i32, and the rules of simplification take away the conversions of comparisons and of `to-int32`.
 *   - Comparisons with whole numbers and conversions to i32 want integers, all other uses f64.
 *   - `to-int32` of sums, differences and products of integers needs less: ToInt32 is a homomorphism from the integers to
 *     those modulo 2^32, so the operations may wrap, as long as f64 would have computed the exact result: no intermediate
 *     result may reach 2^53. `(a + b + c) | 0` is two `iadd`; `(a * b) | 0` of two unknown i32 stays, since f64 rounds it.
 *     That zero may be -0 on the way does not matter, because ToInt32 does not tell.
 *
 * Before: conversions stand where the front end put them. After: more are dead or fit a rule than before.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { IrFunction } from "../ir/function.ts";
import { type Integers, Narrowing } from "./narrowing.ts";
import { narrowToInt32 } from "./to-int32-of-sums.ts";
import { isInInt32 } from "./whole-numbers.ts";

export function narrowToIntegers(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  const wants = findWants(fn, analyses);
  if (!wants.toInt32 && !wants.integers) return false;
  if (!analyses.isAllReached) return false; // block-simplification was left out
  const { ranges } = analyses;
  let isChanged = false;
  if (wants.integers && new Narrowing(fn, analyses, int32).run()) isChanged = true;
  if (wants.toInt32 && narrowToInt32(fn, analyses.order, ranges)) isChanged = true;
  return isChanged;
}

/** Whether there is anything that integers are wanted for: cheap, since most formulas have none of it. */
function findWants(fn: IrFunction, analyses: Analyses): { toInt32: boolean; integers: boolean } {
  let toInt32 = false;
  let integers = false;
  let converts = false;
  let compares = false;
  for (const block of fn.blocks)
    for (let index = 0; index < block.instructions.length; index++) {
      const value = block.instructions[index];
      if (value === undefined) continue;
      const { opcode, type } = value;
      if (type === "f64") {
        if (opcode === "convert-s" || opcode === "convert-u") converts = true;
      } else if (opcode === "to-int32") toInt32 = true;
      else if (type === "bool" && value.operands[0]?.type === "f64") compares = true;
      else if (type === "i32" && value.operands[0]?.type === "f64") integers = true;
    }
  if (converts && (compares || toInt32)) integers = true;
  if (!integers && analyses.mayHaveLoops)
    integers = fn.blocks.some((block) => block !== fn.entry && block.parameters.some(({ type }) => type === "f64"));
  return { toInt32, integers };
}

const int32: Integers = {
  type: "i32",
  include: isInInt32,
  convert(value, source, fn, insertions) {
    // Unsigned: its interval tells that it is the same.
    if (source !== undefined) return source;
    const constant = fn.createValue("const", "i32", [], value.immediate);
    insertions.before(value, constant);
    return constant;
  },
  wants({ opcode, type, operands: [a, b] }, narrowing) {
    if (type === "i32" && opcode === "call") return 0; // a conversion costs little beside it
    if (type === "i32" || opcode === "bitcast") return 1; // bits are compared to see whether one is whole
    if (type !== "bool" || a?.type !== "f64" || b === undefined) return -1;
    return narrowing.hasInteger(a) && narrowing.hasInteger(b) ? 1 : -1;
  },
  rewriteUse: undefined,
};
