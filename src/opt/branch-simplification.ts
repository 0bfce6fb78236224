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
import { Analyses } from "../analysis/analyses.ts";
import { countUses } from "../analysis/uses.ts";
import type { Block, Edge, IrFunction, Value } from "../ir/function.ts";
import { isVector } from "../ir/types.ts";

/** A jump and `select`s of more values than this would cost more than the branch. */
const mostSelects = 2;

export function simplifyBranches(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (fn.blocks.length === 1) return false;
  const { order } = analyses;
  const shortener = new Shortener(fn);
  let isChanged = false;
  for (let index = order.length - 1; index >= 0; index--) {
    const block = order[index];
    const terminator = block?.terminator;
    if (block === undefined || terminator === undefined) continue;
    if (terminator.kind === "jump") {
      if (shortener.shorten(terminator.target)) isChanged = true;
    } else if (terminator.kind === "branch") {
      if (shortener.shorten(terminator.whenTrue)) isChanged = true;
      if (shortener.shorten(terminator.whenFalse)) isChanged = true;
      if (decide(fn, block)) isChanged = true;
    }
  }
  return isChanged;
}

class Shortener {
  readonly #fn: IrFunction;
  /** By value id; counted when it is first asked for. */
  #uses: Int32Array | undefined;

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  /** Lets an edge into a block that only jumps on go where that block jumps; says whether it did. */
  shorten(edge: Edge): boolean {
    const { block: target } = edge;
    const jump = onlyJump(target);
    if (jump === undefined) return false;
    if (target.parameters.length > 0) {
      this.#uses ??= countUses(this.#fn);
      if (!usesOnlyIn(jump, target, this.#uses)) return false;
    }
    const args = jump.arguments.map((argument) => edge.arguments[target.parameters.indexOf(argument)] ?? argument);
    const uses = this.#uses;
    if (uses !== undefined) for (const argument of args) uses[argument.id] = (uses[argument.id] ?? 0) + 1;
    edge.block = jump.block;
    edge.arguments = args;
    return true;
  }
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
