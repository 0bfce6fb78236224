/** Algorithms as people write them: a text that is JavaScript and compiles as it stands, and arguments for it. */
import type { CompileOptions } from "../../../src/engine/options.ts";
import type { Argument } from "../program-runners.ts";
import type { Draw } from "./draw.ts";

export interface Algorithm {
  readonly name: string;
  readonly options?: CompileOptions;
  readonly text: string;
  /** The text that JavaScript runs, where declared arithmetic has to be spelled out for it. */
  readonly model?: string;
  readonly args: (draw: Draw) => Argument[];
}
