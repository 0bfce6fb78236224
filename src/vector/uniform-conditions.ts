/**
 * Loops whose condition is in part the same for all rows: `x * x + y * y <= 4 && n < 256`, where n counts the turns.
 *
 * The way out is taken apart: first by the uniform part, which all lanes take at once, so that it is a scalar branch (a plain exit,
 * divergence.ts); then by the other, which stands in a block of its own. Together in one mask, the uniform part would have to be spread
 * to it in each turn, and would take one of the few mask registers.
 *
 * Before: what calls stood in the row function is in place. After: a divergence is to be made anew where something changed.
 */
import { type Block, type Edge, edgesOf, type Value } from "../ir/function.ts";
import type { Divergence } from "./divergence.ts";

/** Changes the row function; says whether it did. */
export function splitUniformConditions(divergence: Divergence): boolean {
  if (divergence.loops.length === 0) return false;
  const { fn } = divergence;
  const uses = countUses(divergence.order);
  let isChanged = false;
  for (const block of divergence.order) {
    const { terminator } = block;
    const loop = divergence.loopOf(block);
    if (loop === undefined || terminator?.kind !== "branch") continue;
    const { condition, whenTrue, whenFalse } = terminator;
    const isAnd = condition.opcode === "and";
    if (!isAnd && condition.opcode !== "or") continue;
    const uniform = condition.operands.filter((operand) => !divergence.isVaryingIn(operand, block));
    const varying = condition.operands.filter((operand) => divergence.isVaryingIn(operand, block));
    const decided = isAnd ? whenFalse : whenTrue;
    const other = isAnd ? whenTrue : whenFalse;
    if (divergence.contains(loop, decided.block) || !divergence.contains(loop, other.block)) continue;
    const [first] = uniform;
    const [second] = varying;
    if (first === undefined || second === undefined) continue;
    const rest = fn.createBlock();
    fn.blocks.pop();
    fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, rest);
    // The comparison goes along, where nobody else needs it: masks are few.
    if (
      uses.get(second) === 1 &&
      uses.get(condition) === 1 &&
      second.shape.pure &&
      block.instructions.includes(second)
    ) {
      block.instructions = block.instructions.filter((value) => value !== second && value !== condition);
      rest.instructions.push(second);
    }
    rest.terminator = { kind: "branch", condition: second, whenTrue, whenFalse };
    const leave: Edge = { block: decided.block, arguments: [...decided.arguments] };
    const stay: Edge = { block: rest, arguments: [] };
    block.terminator = isAnd
      ? { kind: "branch", condition: first, whenTrue: stay, whenFalse: leave }
      : { kind: "branch", condition: first, whenTrue: leave, whenFalse: stay };
    isChanged = true;
  }
  return isChanged;
}

/** How often each boolean is used. */
function countUses(blocks: readonly Block[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const use = (value: Value): void => {
    if (value.type === "bool") uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const { instructions, terminator } of blocks) {
    for (const { operands } of instructions) operands.forEach(use);
    for (const edge of edgesOf(terminator)) edge.arguments.forEach(use);
    if (terminator?.kind === "branch") use(terminator.condition);
    if (terminator?.kind === "return" && terminator.value !== undefined) use(terminator.value);
  }
  return uses;
}
