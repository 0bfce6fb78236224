/**
 * How a command ends, after BSD's sysexits.h, and the error for a wrong command line.
 * Wrong files and data are `InputError`s (files/input-error.ts); failure.ts tells all kinds apart.
 */

export const exitStatus = {
  /** Done. */
  done: 0,
  /** EX_USAGE: the command line is wrong. */
  usage: 64,
  /** EX_DATAERR: the user's program, file or data is wrong. */
  wrongInput: 65,
  /** EX_SOFTWARE: a bug of ours. */
  bug: 70,
  /** EX_OSERR: the operating system refused. */
  refused: 71,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** The command line asks for something that makes no sense. The message says what was expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
