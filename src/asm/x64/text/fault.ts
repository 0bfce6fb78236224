/** One fault in assembly text, on its way from where it was seen to the statement that gives up because of it. */
import type { Diagnostic } from "../../../base/diagnostics.ts";

/** The codes of the diagnostics; stable, since documentation and tests refer to them. */
export type FaultCode =
  | "empty-text"
  | "unknown-mnemonic"
  | "no-such-form"
  | "no-such-register"
  | "unknown-size"
  | "immediate-out-of-range"
  | "high-byte-with-rex"
  | "misplaced-prefix"
  | "bad-index"
  | "bad-scale"
  | "bad-address"
  | "bad-decorator"
  | "bad-number"
  | "bad-string"
  | "bad-expression"
  | "bad-label"
  | "undefined-label"
  | "duplicate-label"
  | "out-of-reach"
  | "unknown-address"
  | "missing-bracket"
  | "unexpected-token"
  | "left-out"
  | "too-many-faults";

export class Fault extends Error {
  readonly diagnostic: Diagnostic;

  constructor(code: FaultCode, message: string, start: number, end: number, hint?: string) {
    super(message);
    const span = { start, end: Math.max(end, start) };
    this.diagnostic = hint === undefined ? { code, message, span } : { code, message, span, hint };
  }
}

/** The longest part of a user's word that a message repeats. */
const longestQuoted = 40;

/** A piece of the user's text as messages quote it. */
export function quoted(text: string, start: number, end: number): string {
  const piece = text.slice(start, Math.min(end, start + longestQuoted));
  return JSON.stringify(end - start > longestQuoted ? `${piece}…` : piece);
}
