/**
 * Condition splitting: a branch on `and` or `or` of two comparisons, one way of which hardly ever is taken, becomes two
 * branches.
 *
 * `branch (and (ult index, length), (feq number, whole)), inside, trap` would make two truth values in registers to test
 * them once. As two branches, each comparison sets the flags for its own, and both are predicted. Where neither way is
 * unlikely, one branch stays: it may be predicted where two would not be.
 *
 * Before: nothing later asks what a condition implies, nor what a block is entered by. After: the second comparison stands in
 * a block of its own, behind the first.
 */
import { countUses } from "../analysis/uses.ts";
import type { Block, Edge, IrFunction } from "../ir/function.ts";

/** The most branches that one becomes two of, in turn. */
const mostSplits = 8;

export function splitConditions(fn: IrFunction): boolean {
  if (fn.blocks.length === 1) return false;
  let uses: Int32Array | undefined;
  let layout: Block[] | undefined;
  for (const block of [...fn.blocks]) {
    const added: Block[] = [];
    for (let at = block; at.terminator?.kind === "branch" && added.length < mostSplits; ) {
      const { opcode } = at.terminator.condition;
      if (opcode !== "and" && opcode !== "or") break;
      if (!isUnlikely(at.terminator[opcode === "and" ? "whenFalse" : "whenTrue"])) break;
      uses ??= countUses(fn);
      const next = split(fn, at, uses);
      if (next === undefined) break;
      added.push(next);
      // The first of the two may be one of two itself.
      if (at.terminator.condition.opcode !== "and" && at.terminator.condition.opcode !== "or") at = next;
    }
    if (added.length > 0) layout ??= fn.blocks.slice(0, fn.blocks.indexOf(block));
    layout?.push(block, ...added.sort((a, b) => b.id - a.id));
  }
  if (layout === undefined) return false;
  fn.blocks = layout;
  return true;
}

function isUnlikely({ block }: Edge): boolean {
  return block.isUnlikely || block.terminator?.kind === "trap";
}

/** The block with the second comparison, if the condition is of the kind and only the branch asks for it. */
function split(fn: IrFunction, block: Block, uses: Int32Array): Block | undefined {
  const branch = block.terminator;
  if (branch?.kind !== "branch") return undefined;
  const { condition, whenTrue, whenFalse } = branch;
  const [first, second] = condition.operands;
  if (first === undefined || second === undefined || first === second || uses[condition.id] !== 1) return undefined;
  if (!block.instructions.includes(condition)) return undefined;
  const next = fn.createBlock();
  next.isUnlikely = block.isUnlikely;
  // The second comparison moves to where it is asked, if nobody else asks for it.
  const isMoved =
    uses[second.id] === 1 && second.shape.pure && second.opcode !== "const" && block.instructions.includes(second);
  if (isMoved) next.instructions.push(second);
  block.instructions = block.instructions.filter((value) => value !== condition && !(isMoved && value === second));
  const isAnd = condition.opcode === "and";
  const passing: Edge = { block: next, arguments: [] };
  const failing: Edge = isAnd ? whenFalse : whenTrue;
  const copy: Edge = { block: failing.block, arguments: [...failing.arguments] };
  block.terminator = isAnd
    ? { kind: "branch", condition: first, whenTrue: passing, whenFalse: copy }
    : { kind: "branch", condition: first, whenTrue: copy, whenFalse: passing };
  next.terminator = { kind: "branch", condition: second, whenTrue, whenFalse };
  return next;
}
