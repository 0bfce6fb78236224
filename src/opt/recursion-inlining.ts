/**
 * Inlining of a function into itself: calls of the function in hand become its body, with the calls in it left as they are;
 * and those once more, as long as the function stays small.
 *
 * What is left does several calls' work in one: one frame, one look at the stack limit, and registers that live across what
 * were calls. Each copy still counts its entry, so `maxIterations` means what it did; that calls nest too deep happens later.
 *
 * Before: the function is optimised, so its size is known and every copy is as good. After: arguments to fold and blocks to
 * merge, which later passes do.
 */
import type { Span } from "../base/source.ts";
import type { IrFunction } from "../ir/function.ts";
import { callsOf, copyBody, putInPlace } from "./inlining.ts";
import { Replacements } from "./replacements.ts";

/** The most instructions that all copies together may have. */
const mostGrowth = 320;
/** How many calls deep one call may go. */
const mostRounds = 4;

export function inlineRecursion(fn: IrFunction): boolean {
  let calls = callsOf(fn).filter(({ call }) => call.callee === fn);
  if (calls.length === 0) return false;
  let size = 0;
  for (const { instructions } of fn.blocks) for (const { opcode } of instructions) if (opcode !== "const") size++;
  if (size * calls.length > mostGrowth) return false;
  // A copy of the body stays as it is, while the function grows.
  const original = copyBody(fn, fn.parameters, [...fn.blocks], fn);
  let growth = 0;
  for (let round = 0; round < mostRounds && calls.length > 0; round++) {
    growth += size * calls.length;
    if (growth > mostGrowth) break;
    const replacements = new Replacements(fn);
    for (const { block, call } of calls.reverse()) {
      const copy = copyBody(fn, call.operands, original, fn, calledFrom(call.span));
      const result = putInPlace(fn, block, call, copy, fn.result);
      if (result !== undefined) replacements.replace(call, result);
    }
    replacements.apply();
    calls = callsOf(fn).filter(({ call }) => call.callee === fn);
  }
  return true;
}

/** Places in the source, as executed for a call: what traps there tells of the call. */
function calledFrom(call: Span | undefined): (span: Span | undefined) => Span | undefined {
  if (call === undefined) return (span) => span;
  const known = new Map<Span, Span>();
  return (span) => {
    if (span === undefined) return undefined;
    let place = known.get(span);
    if (place === undefined) {
      place = { ...span, call };
      known.set(span, place);
    }
    return place;
  };
}
