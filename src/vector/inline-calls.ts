/**
 * Puts the bodies of all functions that a row function calls in place of the calls, those of the mathematical library above
 * all, so that widening meets no call. Functions that come back to themselves are refused, and what would grow too large.
 */
import { reachedFunctions } from "../analysis/call-graph.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import { inlineCall } from "../opt/inlining.ts";
import { Replacements } from "../opt/replacements.ts";

/** Instructions of the whole, at most. */
const mostInstructions = 100_000;

interface FoundCall {
  readonly block: Block;
  readonly call: Value;
  readonly callee: IrFunction;
}

/** Changes the function. Gives the reason if that cannot be, else undefined. */
export function inlineAllCalls(fn: IrFunction): string | undefined {
  const sizes = new Map<IrFunction, number>();
  let size = sizeOf(fn);
  for (let calls = findCalls(fn); calls.length > 0; calls = findCalls(fn)) {
    for (const { callee } of calls) {
      let added = sizes.get(callee);
      if (added === undefined) {
        if (
          callee === fn ||
          reachedFunctions(callee).some((inner) => findCalls(inner).some((call) => call.callee === callee))
        )
          return `${callee.name} calls itself`;
        added = sizeOf(callee);
        sizes.set(callee, added);
      }
      size += added;
      if (size > mostInstructions) return "it is too large with what it calls in place";
    }
    const replacements = new Replacements(fn);
    // From the last to the first: a block is cut at its end, so the calls before still stand where they stood.
    for (const { block, call, callee } of calls.reverse()) {
      const result = inlineCall(fn, block, call, callee);
      if (result !== undefined) replacements.replace(call, result);
    }
    replacements.apply();
  }
  return undefined;
}

function findCalls(fn: IrFunction): FoundCall[] {
  const calls: FoundCall[] = [];
  for (const block of fn.blocks)
    for (const call of block.instructions)
      if (call.callee !== undefined) calls.push({ block, call, callee: call.callee });
  return calls;
}

function sizeOf({ blocks }: IrFunction): number {
  let size = 0;
  for (const { instructions } of blocks) size += instructions.length + 1;
  return size;
}
