/**
 * Inlining: a call of a small function becomes its body.
 *
 * The calling block ends where the call stood and goes on as the callee's entry; each `return` of the copy jumps to a new
 * block with the rest, whose parameter is the result. What is small depends on where the call stands: in a loop a larger
 * function pays. Functions that may come back to themselves stay calls, so the pass ends; and it stops when the caller has
 * grown by a bound.
 *
 * Before: callees are best optimised already, and inlined into each other (`reachedFunctions` gives that order), since what
 * counts is their size. After: blocks to merge and arguments to fold, which later passes do. Traps keep their order; that
 * calls nest too deep can no longer happen for a call that is none.
 */
import { Analyses } from "../analysis/analyses.ts";
import { reachedFunctions } from "../analysis/call-graph.ts";
import type { Span } from "../base/source.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import type { Type } from "../ir/types.ts";
import { copyBlocks } from "./copy-blocks.ts";
import { Replacements } from "./replacements.ts";

/** The most instructions of a callee: about what a call costs, outside of loops; in a loop. */
const mostInstructions = 30;
const mostInstructionsInLoop = 120;
/** By how many instructions one caller may grow. */
const mostGrowth = 1500;

/** With fast math, functions that it must leave as they are stay apart. */
export function inlineCalls(
  fn: IrFunction,
  analyses = new Analyses(fn),
  { fastMath = false }: { readonly fastMath?: boolean } = {},
): boolean {
  const calls = callsOf(fn);
  if (calls.length === 0) return false;
  const isInLoop = findLoopBlocks(fn, analyses);
  const replacements = new Replacements(fn);
  const costs = new Map<IrFunction, number>();
  let growth = 0;
  let isChanged = false;
  // From the last to the first: a block is cut at its end, so the calls before still stand where they stood.
  for (const { block, call } of calls.reverse()) {
    const { callee } = call;
    if (callee === undefined || (fastMath && callee.isExact)) continue;
    const cost = costs.get(callee) ?? costOf(callee);
    costs.set(callee, cost);
    const limit = isInLoop[block.id] === 1 ? mostInstructionsInLoop : mostInstructions;
    if (callee === fn || cost > limit || growth + cost > mostGrowth) continue;
    growth += cost;
    const result = inlineCall(fn, block, call, callee);
    if (result !== undefined) replacements.replace(call, result);
    isChanged = true;
  }
  replacements.apply();
  return isChanged;
}

interface Call {
  readonly block: Block;
  readonly call: Value;
}

/** The calls in a function, first to last in each block. */
export function callsOf(fn: IrFunction): Call[] {
  const calls: Call[] = [];
  for (const block of fn.blocks)
    for (let index = 0; index < block.instructions.length; index++) {
      const call = block.instructions[index];
      if (call?.callee !== undefined) calls.push({ block, call });
    }
  return calls;
}

function findLoopBlocks(fn: IrFunction, analyses: Analyses): Uint8Array {
  const isInLoop = new Uint8Array(fn.blockCount);
  analyses.innermost.forEach((loop, id) => {
    if (loop !== undefined) isInLoop[id] = 1;
  });
  return isInLoop;
}

/** The instructions of a function, or too many if it may come back to itself. Constants cost nothing. */
function costOf(fn: IrFunction): number {
  let cost = 0;
  for (const block of fn.blocks) {
    cost++;
    for (const { opcode } of block.instructions) if (opcode !== "const") cost++;
    if (cost > mostInstructionsInLoop) return cost;
  }
  const called = new Set(callsOf(fn).map(({ call }) => call.callee));
  for (const callee of called)
    if (callee !== undefined && reachedFunctions(callee).includes(fn)) return Number.POSITIVE_INFINITY;
  return cost;
}

/** Puts the callee's body in place of a call. Gives what stands for the result. */
export function inlineCall(fn: IrFunction, block: Block, call: Value, callee: IrFunction): Value | undefined {
  return putInPlace(fn, block, call, copyBody(fn, call.operands, callee.blocks, callee), callee.result);
}

/** Copies a callee's blocks into `fn`, with these arguments, but not into its layout. `placeOf` as of `copyBlocks`. */
export function copyBody(
  fn: IrFunction,
  args: readonly Value[],
  blocks: readonly Block[],
  callee: IrFunction,
  placeOf?: (span: Span | undefined) => Span | undefined,
): Block[] {
  const substitutes = new Map<Value, Value>();
  callee.parameters.forEach((parameter, position) => {
    const argument = args[position];
    if (argument !== undefined) substitutes.set(parameter, argument);
  });
  const { length } = fn.blocks;
  const copies = copyBlocks(fn, blocks, substitutes, placeOf);
  fn.blocks.length = length;
  return copies;
}

/** Puts a copy of a callee's body, which is in no layout yet, in place of a call. Gives what stands for the result. */
export function putInPlace(
  fn: IrFunction,
  block: Block,
  call: Value,
  body: readonly Block[],
  resultType: Type | undefined,
): Value | undefined {
  const index = block.instructions.indexOf(call);
  const { blocks } = fn;
  const after = blocks.splice(blocks.indexOf(block) + 1);
  const rest = fn.createBlock();
  blocks.pop();
  rest.instructions = block.instructions.slice(index + 1);
  rest.terminator = block.terminator;
  block.instructions = block.instructions.slice(0, index);
  const result = resultType === undefined ? undefined : fn.addParameter(rest, resultType);
  for (const copy of body) {
    const end = copy.terminator;
    if (end?.kind !== "return") continue;
    const args = end.value === undefined || result === undefined ? [] : [end.value];
    copy.terminator = { kind: "jump", target: { block: rest, arguments: args } };
  }
  // Nothing leads back to an entry, so the calling block goes on with it.
  const [entry, ...others] = body;
  for (const value of entry?.instructions ?? []) block.instructions.push(value);
  block.terminator = entry?.terminator;
  fn.blocks = [...blocks, ...others, rest, ...after];
  return result;
}
