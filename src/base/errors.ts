/**
 * The errors that jitsmith throws, and whose fault each one is.
 *
 * `JitError` and its kinds are the caller's business: a literal `code` says which, the message says what was expected,
 * what came and what would be accepted. `InternalError` is a bug of ours and is not a `JitError`.
 * Errors in the *user's source text* are not thrown one by one: they are `Diagnostic`s (diagnostics.ts), collected and
 * thrown once as a `CompileError`.
 */

/** The literal codes of the `JitError` kinds. */
export type JitErrorCode =
  | "COMPILE"
  | "ENCODING"
  | "VERIFY"
  | "UNSUPPORTED"
  | "MEMORY"
  | "SIGNATURE"
  | "TRAP"
  | "DISPOSED";

/** Base of every error that is not a bug of ours. Test with `isJitError`, which also knows duplicate copies of the package. */
export class JitError extends Error {
  readonly code: JitErrorCode;

  constructor(code: JitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "JitError";
    this.code = code;
  }
}

/** An instruction that cannot be encoded: unknown form, immediate out of range, unbound label, … */
export class EncodingError extends JitError {
  constructor(message: string, options?: ErrorOptions) {
    super("ENCODING", message, options);
    this.name = "EncodingError";
  }
}

/** IR or an allocation that breaks a rule of the verifier. Carries the whole list and the function's text. */
export class VerifyError extends JitError {
  readonly violations: readonly string[];

  constructor(message: string, violations: readonly string[]) {
    super("VERIFY", message);
    this.name = "VerifyError";
    this.violations = violations;
  }
}

/** A feature, platform or limit that is not available here. */
export class UnsupportedError extends JitError {
  constructor(message: string, options?: ErrorOptions) {
    super("UNSUPPORTED", message, options);
    this.name = "UnsupportedError";
  }
}

/** Executable memory: misuse of a region, or a system call that the operating system refused. */
export class MemoryError extends JitError {
  /** The system call's error name, such as `ENOMEM`, where one was refused. */
  readonly errno: string | undefined;

  constructor(message: string, errno?: string, options?: ErrorOptions) {
    super("MEMORY", message, options);
    this.name = "MemoryError";
    this.errno = errno;
  }
}

/** A signature text that does not parse, or arguments that do not fit a signature. */
export class SignatureError extends JitError {
  constructor(message: string, options?: ErrorOptions) {
    super("SIGNATURE", message, options);
    this.name = "SignatureError";
  }
}

/** A call of a function whose code was already released. */
export class DisposedError extends JitError {
  constructor(message: string) {
    super("DISPOSED", message);
    this.name = "DisposedError";
  }
}

/** Why generated code stopped without an answer. The numbers are what the code stores in the call context. */
export const trapCodes = {
  "integer-divide-by-zero": 16,
  "integer-overflow": 17,
  "invalid-conversion-to-integer": 18,
  unreachable: 19,
  "out-of-bounds": 20,
  "iteration-limit": 21,
  stopped: 22,
  "stack-exhausted": 23,
} as const;

export type TrapCode = keyof typeof trapCodes;

/** A function of the source that was running when a trap came. */
export interface TrapFrame {
  readonly name: string;
  /** Of what trapped, or of the call that was under way; undefined where that is not known, as of calls that were inlined. */
  readonly span: { readonly start: number; readonly end: number } | undefined;
  /** The name and text that `span` is of. */
  readonly source: { readonly name: string; readonly text: string } | undefined;
}

/** Generated code stopped at an operation that has no answer, such as an integer division by zero. */
export class TrapError extends JitError {
  readonly trap: TrapCode;
  /** Where in the source text the operation stands, as offsets from the start. */
  readonly span: { readonly start: number; readonly end: number } | undefined;
  /** The lowest row that trapped, for columns. */
  readonly row: number | undefined;
  /** The name and text that `span` is of: the compiled function's own, or that of a function it called. */
  readonly source: { readonly name: string; readonly text: string } | undefined;
  /**
   * The functions that were running, the one that trapped first, the compiled one last; empty where it called none. Of calls
   * too deep to record, only the innermost are there.
   */
  readonly functions: readonly TrapFrame[];

  constructor(
    message: string,
    trap: TrapCode,
    span?: { start: number; end: number },
    row?: number,
    source?: { readonly name: string; readonly text: string },
    functions: readonly TrapFrame[] = [],
  ) {
    super("TRAP", message);
    this.name = "TrapError";
    this.trap = trap;
    this.span = span;
    this.row = row;
    this.source = source;
    this.functions = functions;
  }
}

/** A bug of jitsmith's own. `context` is filled in on the way up: the pass and the function's text. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/** True for every error of the `JitError` family, also of another copy of this package. */
export function isJitError(error: unknown): error is JitError {
  return (
    error instanceof JitError || (error instanceof Error && /^[A-Z]\w*Error$/.test(error.name) && hasJitCode(error))
  );
}

function hasJitCode(error: Error): boolean {
  const codes: readonly string[] = [
    "COMPILE",
    "ENCODING",
    "VERIFY",
    "UNSUPPORTED",
    "MEMORY",
    "SIGNATURE",
    "TRAP",
    "DISPOSED",
  ];
  return "code" in error && typeof error.code === "string" && codes.includes(error.code);
}

/** Asserts what only a bug of ours can break. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** Marks a place that the types say cannot be reached; the compiler then lists what a `switch` has left out. */
export function unreachable(value: never): never {
  throw new InternalError(`unreachable: ${String(value)}`);
}
