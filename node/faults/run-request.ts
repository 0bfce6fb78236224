/** What the parent asks the child that runs raw code, and what it answers, as JSON over two pipes. */
import type { FaultReport } from "./fault-report.ts";

/** The child's file descriptors for them. */
export const runPipe = { request: 3, answer: 4 } as const;

export interface RunRequest {
  /** The code's bytes in hexadecimal. */
  readonly code: string;
  /** Bits of the arguments that travel in integer and in vector registers, as decimal text. */
  readonly integers: readonly string[];
  readonly floats: readonly string[];
  /** The time limit in seconds. */
  readonly seconds: number;
}

export type RunAnswer =
  | { readonly kind: "returned"; readonly integer: string; readonly float: string }
  | { readonly kind: "fault"; readonly report: FaultReport }
  /** The child could not run it at all. */
  | { readonly kind: "refused"; readonly message: string };
