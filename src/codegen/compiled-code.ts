/** What compiling a function gives: bytes that can stand at any address, and what is needed to tell about them. */
import type { TrapCode } from "../base/errors.ts";
import type { Span } from "../base/source.ts";

/** An operation that may trap. Its place in `CompiledCode.trapSites` is what the code stores as `site` (call-context.ts). */
export interface TrapSite {
  readonly code: TrapCode;
  readonly span: Span | undefined;
}

export interface CompiledCode {
  /** Code and the constants behind it. Position independent; to be installed at a multiple of 16. */
  readonly bytes: Uint8Array;
  /** How many of the bytes are code. */
  readonly codeBytes: number;
  readonly trapSites: readonly TrapSite[];
  /** Whether callers have to look at the context's `status` after a call. */
  readonly mayTrap: boolean;
  /** Bytes of stack the function takes, without its return address. */
  readonly frameBytes: number;
  /** Where the code of each place in the source starts: ascending offsets. */
  readonly lines: readonly { readonly offset: number; readonly span: Span | undefined }[];
}
