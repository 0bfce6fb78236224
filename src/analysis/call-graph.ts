/** Who calls whom. */
import type { IrFunction } from "../ir/function.ts";

/**
 * A function and all that it calls, directly or not: callees before their callers, as far as no circle of calls forbids
 * that, and the function itself last. Without recursion.
 */
export function reachedFunctions(root: IrFunction): IrFunction[] {
  if (!callsAnything(root)) return [root];
  const finished: IrFunction[] = [];
  const isSeen = new Set([root]);
  const stack = [{ fn: root, callees: calleesOf(root) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const callee = top.callees.pop();
    if (callee === undefined) {
      finished.push(top.fn);
      stack.pop();
    } else if (!isSeen.has(callee)) {
      isSeen.add(callee);
      stack.push({ fn: callee, callees: calleesOf(callee) });
    }
  }
  return finished;
}

/** The functions that a function calls itself, the first one last. */
function calleesOf(fn: IrFunction): IrFunction[] {
  const callees = new Set<IrFunction>();
  for (const block of fn.blocks)
    for (const { callee } of block.instructions) if (callee !== undefined) callees.add(callee);
  return [...callees].reverse();
}

/** Whether a function calls any. */
export function callsAnything(fn: IrFunction): boolean {
  for (const block of fn.blocks) for (const value of block.instructions) if (value.callee !== undefined) return true;
  return false;
}
