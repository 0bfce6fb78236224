/**
 * Puts the bodies of all functions that a row function calls in place of the calls, those of the mathematical library above
 * all, so that widening meets no call. Functions that come back to themselves are refused, and what would grow too large.
 */
import { reachedFunctions } from "../analysis/call-graph.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import { inlineCall } from "../opt/inlining.ts";
import { Replacements } from "../opt/replacements.ts";

/** Calls that are put in place at most, and instructions of the whole. */
const mostCalls = 300;
const mostInstructions = 20_000;

/** Changes the function. Gives the reason if that cannot be, else undefined. */
export function inlineAllCalls(fn: IrFunction): string | undefined {
  for (let done = 0; ; done++) {
    const found = findCall(fn);
    if (found === undefined) return undefined;
    const { callee } = found.call;
    if (callee === undefined || callee === fn || reachedFunctions(callee).some((inner) => calls(inner, callee)))
      return `${callee?.name ?? fn.name} calls itself`;
    if (done >= mostCalls || sizeOf(fn) + sizeOf(callee) > mostInstructions)
      return "it is too large with what it calls in place";
    const replacements = new Replacements(fn);
    const result = inlineCall(fn, found.block, found.call, callee);
    if (result !== undefined) replacements.replace(found.call, result);
    replacements.apply();
  }
}

function findCall(fn: IrFunction): { readonly block: Block; readonly call: Value } | undefined {
  for (const block of fn.blocks)
    for (const call of block.instructions) if (call.callee !== undefined) return { block, call };
  return undefined;
}

function calls(fn: IrFunction, callee: IrFunction): boolean {
  return fn.blocks.some(({ instructions }) => instructions.some((value) => value.callee === callee));
}

function sizeOf({ blocks }: IrFunction): number {
  let size = 0;
  for (const { instructions } of blocks) size += instructions.length + 1;
  return size;
}
