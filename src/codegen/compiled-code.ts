/** What compiling a function gives: bytes that can stand at any address, and what is needed to tell about them. */
import type { TrapCode } from "../base/errors.ts";
import type { Span } from "../base/source.ts";

/** A trap site while its function is being compiled. */
export interface PendingTrapSite {
  readonly code: TrapCode;
  readonly span: Span | undefined;
  /** Of the function in the IR. */
  readonly functionName: string;
  /** Bytes of stack between the return address of the function and the stack pointer here. */
  frameBytes: number;
}

/** An operation that may trap. Its place in `CompiledCode.trapSites` is what the code stores as `site` (call-context.ts). */
export type TrapSite = Readonly<PendingTrapSite>;

/** A function in the code of a blob. */
export interface FunctionFrame {
  /** Of the function in the IR; `entry` for the piece that callers from outside enter by, which comes first if it is there. */
  readonly name: string;
  readonly offset: number;
  /** Bytes of stack between its return address and its stack pointer, once it has begun. */
  readonly frameBytes: number;
}

/** A call among the functions of a blob. */
export interface CallSite {
  /** Behind the call: what stands on the stack meanwhile, less the code's address. */
  readonly offset: number;
  /** Of the function that calls; its frame. */
  readonly functionName: string;
  readonly frameBytes: number;
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
  /** Bytes of stack the last function takes, which is the one compiled, without its return address. */
  readonly frameBytes: number;
  /** Where the code of each place in the source starts: ascending offsets. */
  readonly lines: readonly { readonly offset: number; readonly span: Span | undefined }[];
  /** All functions in the code, ascending. */
  readonly functions: readonly FunctionFrame[];
  /** All calls in the code, ascending. */
  readonly callSites: readonly CallSite[];
}
