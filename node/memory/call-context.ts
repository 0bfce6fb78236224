/**
 * This thread's call context (src/codegen/call-context.ts): native memory that compiled code gets a pointer to, and the
 * same memory as 32-bit words for JavaScript. It lives as long as the thread's environment.
 */
import { callContext as layout } from "../../src/codegen/call-context.ts";
import { callPage } from "./call-page.ts";

export interface CallContext {
  readonly address: number;
  readonly words: Int32Array;
  /** Tells how deep calls on the thread's own stack may go. Calls on other stacks change it and put it back. */
  readonly setStackLimit: (address: number) => void;
}

/** Behind the context's own words: where thunks find the limit that they put back. */
export const ownStackLimit = layout.bytes;

/** Made once: every call that may trap looks at it. */
let made: CallContext | undefined;

/** Throws `UnsupportedError`, `MemoryError`. */
export function callContext(): CallContext {
  made ??= makeCallContext();
  return made;
}

function makeCallContext(): CallContext {
  const { context } = callPage();
  if (context.words.byteLength < ownStackLimit + 8) throw new RangeError("the call context does not fit its page");
  return { ...context, setStackLimit };
}

function setStackLimit(address: number): void {
  const { words } = callPage().context;
  for (const offset of [layout.stackLimit, ownStackLimit]) {
    words[offset >> 2] = address;
    words[(offset >> 2) + 1] = address / 0x1_0000_0000;
  }
}
