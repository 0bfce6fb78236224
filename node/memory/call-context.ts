/**
 * This thread's call context (src/codegen/call-context.ts): native memory that compiled code gets a pointer to, and the
 * same memory as 32-bit words for JavaScript. It lives as long as the thread's environment.
 */
import { callContext as layout } from "../../src/codegen/call-context.ts";
import { callPage } from "./call-page.ts";

export interface CallContext {
  readonly address: number;
  readonly words: Int32Array;
}

/** Throws `UnsupportedError`, `MemoryError`. */
export function callContext(): CallContext {
  const { context } = callPage();
  if (context.words.byteLength < layout.bytes) throw new RangeError("the call context does not fit its page");
  return context;
}
