/**
 * Which calls led to a trap: the return addresses among the words of the stack that the trap left in the call context.
 * Frames have a fixed size, which trap sites and call sites tell, so the words are walked from frame to frame.
 */
import type { Span } from "../base/source.ts";
import { callContext, mostStackWords } from "./call-context.ts";
import type { CompiledCode } from "./compiled-code.ts";

export interface StackFrame {
  readonly functionName: string;
  /** Of what trapped, or of the call. */
  readonly span: Span | undefined;
}

/**
 * The functions that a trap went through, the one that trapped first, as far as the words reach. `words` is the call context
 * after the call, before it is used again; `address` is where the code stands.
 */
export function stackTrace(
  { trapSites, callSites }: Pick<CompiledCode, "trapSites" | "callSites">,
  words: Int32Array,
  address: number,
): StackFrame[] {
  const site = trapSites[words[callContext.site >> 2] ?? -1];
  if (site === undefined) return [];
  const frames: StackFrame[] = [];
  addFrames(frames, site);
  if (callSites.length === 0) return frames;
  const count = Math.min(words[callContext.stackCount >> 2] ?? 0, mostStackWords);
  const calls = new Map(callSites.map((call) => [call.offset, call]));
  for (let at = site.frameBytes >> 3; at < count; ) {
    const low = (callContext.stackWords >> 2) + 2 * at;
    const returnAddress = (words[low] ?? 0) >>> 0;
    const call = calls.get(returnAddress + (words[low + 1] ?? 0) * 0x1_0000_0000 - address);
    if (call === undefined) break; // the entry
    addFrames(frames, call);
    at += 1 + (call.frameBytes >> 3);
  }
  return frames;
}

/** The function of a frame of the stack, as often as it was inlined into itself there. */
function addFrames(frames: StackFrame[], { functionName, span }: StackFrame): void {
  frames.push({ functionName, span: span && withoutCall(span) });
  for (let call = span?.call; call !== undefined; call = call.call)
    frames.push({ functionName, span: withoutCall(call) });
}

function withoutCall(span: Span): Span {
  const { call, ...place } = span;
  return call === undefined ? span : place;
}
