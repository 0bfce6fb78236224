/**
 * Expansion: vector operations that a target has no instruction for become simpler ones that it has.
 *
 * Before: verified IR with vectors that fit the target's registers. After: only operations that `shape.natively` says yes to,
 * with the same value in every lane, to the bit but for NaN that arithmetic gives. Each operation has its expansion in one of
 * the tables of expand-*.ts; what has none, or none that fits, goes lane by lane: extracted, computed as a scalar, and put
 * together again. Constants gather in the entry block; duplicates are for value numbering, which should follow.
 */
import { InternalError } from "../base/errors.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { isVector, type Type } from "../ir/types.ts";
import { Replacements } from "../opt/replacements.ts";
import { conversionExpansions } from "./expand-conversions.ts";
import { floatExpansions } from "./expand-floats.ts";
import { integerExpansions } from "./expand-integers.ts";
import { laneExpansions } from "./expand-lanes.ts";
import { memoryExpansions } from "./expand-memory.ts";
import { ExpansionBuilder, type ExpansionTable } from "./expansion-builder.ts";
import { computeByLanes } from "./lane-by-lane.ts";
import type { VectorShape } from "./vector-shape.ts";

const expansions: ExpansionTable = {
  ...integerExpansions,
  ...floatExpansions,
  ...conversionExpansions,
  ...laneExpansions,
  ...memoryExpansions,
};

/**
 * Rewrites the vector operations of a function that the target lacks, and says whether there were any. Throws
 * `UnsupportedError` where the target lacks even what lane by lane needs, as for vectors wider than its registers.
 */
export function expandVectors(fn: IrFunction, shape: VectorShape): boolean {
  let isChanged = false;
  const replacements = new Replacements(fn);
  /** The expansions that are going on, the outermost first. */
  const open: string[] = [];
  const place = (value: Value): Value => {
    if (isNative(value, shape)) {
      builder.block.instructions.push(value);
      return value;
    }
    const what = `${value.opcode}.${value.type}`;
    if (open.includes(what)) throw new InternalError(`${shape.name}: ${open.join(" > ")} > ${what} has no end`);
    isChanged = true;
    open.push(what);
    const result = expansions[value.opcode]?.(builder, value) ?? computeByLanes(builder, value);
    open.pop();
    return result;
  };
  const builder = new ExpansionBuilder(fn, shape, place);
  for (const block of [...fn.blocks]) {
    const { instructions } = block;
    if (instructions.every((value) => isNative(value, shape))) {
      for (const value of instructions) replacements.resolveOperands(value);
      continue;
    }
    builder.block = block;
    block.instructions = [];
    for (const value of instructions) {
      replacements.resolveOperands(value);
      const result = place(value);
      if (result !== value && value.hasResult) replacements.replace(value, result);
    }
  }
  replacements.apply();
  fn.entry.instructions.unshift(...builder.constants);
  return isChanged;
}

/** What the target must have for this instruction: its type, or that of what it stores or asks about. */
function subjectOf({ shape, type, operands }: Value): Type {
  return shape.result?.isScalar === true ? (operands[0]?.type ?? type) : type;
}

function isNative(value: Value, shape: VectorShape): boolean {
  const [operand] = value.operands;
  if (!isVector(value.type) && (operand === undefined || !isVector(operand.type))) return true;
  const type = subjectOf(value);
  const from = operand !== undefined && isVector(operand.type) && operand.type !== type ? operand.type : undefined;
  return shape.natively(value.opcode, type, from);
}
