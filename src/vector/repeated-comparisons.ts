/**
 * Comparisons are made again in blocks behind a branch, rather than kept in a mask from before it: masks are few (seven with AVX-512),
 * and a comparison under another mask costs no more than the conjunction that takes its result.
 *
 * What is compared has to live on instead; vectors have more registers, and a sum that is made for the comparison alone is made again,
 * too. A block is served that is entered from the block of the
 * comparison alone, inside of a loop: mostly the way out that few lanes take.
 *
 * To be run last: value numbering would make one comparison of the two.
 */
import { incomingEdges } from "../analysis/control-flow.ts";
import { DominatorTree } from "../analysis/dominators.ts";
import { findLoops } from "../analysis/loops.ts";
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { elementOf, isVector } from "../ir/types.ts";

/** Says whether anything changed. */
export function repeatComparisons(fn: IrFunction): boolean {
  const dominators = new DominatorTree(fn);
  const incoming = incomingEdges(fn, dominators.order);
  const { innermost, loops } = findLoops(fn, dominators, incoming);
  if (loops.length === 0) return false;
  const onlyAbove = (block: Block): Block | undefined => {
    const [only, ...more] = incoming[block.id] ?? [];
    return more.length > 0 || only === undefined || innermost[only.from.id] === undefined ? undefined : only.from;
  };
  const uses = countUses(fn);
  const served = new Set<Block>();
  for (const block of dominators.order) {
    const above = onlyAbove(block);
    if (above !== undefined && repeatIn(fn, block, above, uses)) served.add(above);
  }
  const usesNow = served.size === 0 ? uses : countUses(fn);
  for (const block of served) compareLate(block, onlyAbove(block), usesNow);
  return served.size > 0;
}

/** Puts comparisons that are used once, and sums made for them, in front of the conjunction: few of either then live at a time. */
function compareLate(block: Block, above: Block | undefined, uses: readonly number[]): void {
  const own = new Set(block.instructions);
  const aboveOwn = new Set(above?.instructions);
  const moved = new Set<Value>();
  const order: Value[] = [];
  const place = (value: Value): void => {
    for (const operand of value.operands) {
      if (uses[operand.id] !== 1 || moved.has(operand)) continue;
      const isMovable = isComparison(value)
        ? isSum(operand) && (own.has(operand) || aboveOwn.has(operand))
        : own.has(operand) && (isComparison(operand) || (isMask(operand) && operand.opcode === "not"));
      if (!isMovable) continue;
      moved.add(operand);
      place(operand);
    }
    order.push(value);
  };
  for (const value of block.instructions) if (value.shape.opcode === "and" && isMask(value)) place(value);
  const placed = new Set(order);
  const result: Value[] = [];
  let next = 0;
  for (const value of block.instructions) {
    if (moved.has(value)) continue;
    if (placed.has(value)) while (order[next - 1] !== value) result.push(order[next++] ?? value);
    else result.push(value);
  }
  block.instructions = result;
  if (above !== undefined) above.instructions = above.instructions.filter((value) => !moved.has(value));
}

function repeatIn(fn: IrFunction, block: Block, above: Block, uses: readonly number[]): boolean {
  const repeated = new Map<Value, Value>();
  const added: Value[] = [];
  const copy = (value: Value): Value => {
    const copied = fn.createShaped(value.shape, value.type, [...value.operands], value.immediate, value.span);
    repeated.set(value, copied);
    added.push(copied);
    return copied;
  };
  const again = (value: Value): Value => {
    const known = repeated.get(value);
    if (known !== undefined) return known;
    if (!isComparison(value) || !above.instructions.includes(value)) return value;
    for (const operand of value.operands) if (uses[operand.id] === 1 && isSum(operand)) copy(operand);
    const comparison = copy(value);
    comparison.operands = comparison.operands.map((operand) => repeated.get(operand) ?? operand);
    return comparison;
  };
  for (const value of block.instructions) if (value.shape.opcode === "and") value.operands = value.operands.map(again);
  if (added.length === 0) return false;
  block.instructions.unshift(...added);
  return true;
}

/** Whether a value is cheaper to make again than to keep, if what it is made of lives anyway. */
function isSum({ type, opcode }: Value): boolean {
  return isVector(type) && (opcode === "fadd" || opcode === "fsub" || opcode === "iadd" || opcode === "isub");
}

/** By value id: how often it is used. */
function countUses({ blocks, valueCount }: IrFunction): number[] {
  const uses = new Array<number>(valueCount).fill(0);
  const use = ({ id }: Value): void => {
    uses[id] = (uses[id] ?? 0) + 1;
  };
  for (const { instructions, terminator } of blocks) {
    for (const { operands } of instructions) operands.forEach(use);
    for (const edge of edgesOf(terminator)) edge.arguments.forEach(use);
  }
  return uses;
}

function isComparison({ type, operands }: Value): boolean {
  const [first] = operands;
  const isTruth = isVector(type) && elementOf(type) === "bool";
  return isTruth && operands.length === 2 && first !== undefined && elementOf(first.type) !== "bool";
}

function isMask({ type }: Value): boolean {
  return isVector(type) && elementOf(type) === "bool";
}
