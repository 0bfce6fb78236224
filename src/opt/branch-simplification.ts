/**
 * Branch simplification: edges take the shortest way.
 *
 *   - a branch on a constant, or with two equal edges, is a jump;
 *   - a branch whose edges lead to one block with different arguments is a jump with `select`s;
 *   - an edge into a block that only jumps on goes where that block jumps. A block with parameters takes part if its own
 *     jump is all that uses them.
 *
 * From the last block to the first, so that a chain of such blocks is gone through in one step. Leaves blocks that nothing
 * reaches to block-simplification. The result may have critical edges; code generation splits what it needs.
 */
import { reversePostorder } from "../analysis/control-flow.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { isVector } from "../ir/types.ts";

/** A jump and `select`s of more values than this would cost more than the branch. */
const mostSelects = 2;

export function simplifyBranches(fn: IrFunction): boolean {
  if (fn.blocks.length === 1) return false;
  const order = reversePostorder(fn);
  let uses: Int32Array | undefined;
  let isChanged = false;
  for (let index = order.length - 1; index >= 0; index--) {
    const block = order[index];
    if (block === undefined) continue;
    for (const edge of edgesOf(block.terminator)) {
      const { block: target } = edge;
      const jump = onlyJump(target);
      if (jump === undefined) continue;
      if (target.parameters.length > 0) {
        uses ??= countUses(fn);
        if (!usesOnlyIn(jump, target, uses)) continue;
      }
      const args = jump.arguments.map((argument) => edge.arguments[target.parameters.indexOf(argument)] ?? argument);
      if (uses !== undefined) for (const argument of args) uses[argument.id] = (uses[argument.id] ?? 0) + 1;
      edge.block = jump.block;
      edge.arguments = args;
      isChanged = true;
    }
    if (decide(fn, block)) isChanged = true;
  }
  return isChanged;
}

/** The edge of a block that does nothing but jump elsewhere. */
function onlyJump(block: Block): Edge | undefined {
  if (block.instructions.length > 0 || block.terminator?.kind !== "jump") return undefined;
  return block.terminator.target.block === block ? undefined : block.terminator.target;
}

function usesOnlyIn(jump: Edge, block: Block, uses: Int32Array): boolean {
  return block.parameters.every(
    (parameter) => uses[parameter.id] === jump.arguments.filter((argument) => argument === parameter).length,
  );
}

function countUses(fn: IrFunction): Int32Array {
  const uses = new Int32Array(fn.valueCount);
  const count = (value: Value | undefined): void => {
    if (value !== undefined) uses[value.id] = (uses[value.id] ?? 0) + 1;
  };
  for (const block of fn.blocks) {
    for (const value of block.instructions) value.operands.forEach(count);
    const terminator = block.terminator;
    for (const edge of edgesOf(terminator)) edge.arguments.forEach(count);
    if (terminator?.kind === "branch") count(terminator.condition);
    if (terminator?.kind === "return") count(terminator.value);
  }
  return uses;
}

/** Makes a jump of a branch that has nothing to decide, or that only chooses arguments. */
function decide(fn: IrFunction, block: Block): boolean {
  const branch = block.terminator;
  if (branch?.kind !== "branch") return false;
  const { condition, whenTrue, whenFalse } = branch;
  if (condition.opcode === "const") {
    block.terminator = { kind: "jump", target: condition.immediate === true ? whenTrue : whenFalse };
    return true;
  }
  if (whenTrue.block !== whenFalse.block) return false;
  const isChosen = (argument: Value, index: number): boolean => argument !== whenFalse.arguments[index];
  const chosen = whenTrue.arguments.filter(isChosen);
  // A vector is chosen lane by lane, by a mask; the branch is cheaper.
  if (chosen.length > mostSelects || chosen.some(({ type }) => isVector(type))) return false;
  whenTrue.arguments = whenTrue.arguments.map((argument, index) => {
    const other = whenFalse.arguments[index];
    if (other === undefined || other === argument) return argument;
    const select = fn.createValue("select", argument.type, [condition, argument, other]);
    block.instructions.push(select);
    return select;
  });
  block.terminator = { kind: "jump", target: whenTrue };
  return true;
}
