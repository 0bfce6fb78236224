import type { CompileOptions } from "../../node/index.ts";

export interface Program {
  readonly name: string;
  readonly source: string;
  readonly options: CompileOptions;
  /** What `small` gives, from another source than JavaScript. */
  readonly knownSmall?: number;
  /** Fresh arguments. */
  readonly small: () => (number | bigint | Float64Array)[];
  readonly large: () => (number | bigint | Float64Array)[];
}

export const programs: readonly Program[];
export function asJavaScript(program: Program): (...args: unknown[]) => unknown;
