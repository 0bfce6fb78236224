/** What the optimiser's passes did to each function, read from the stages of a compilation (explain.ts). */
import { type DiffLine, lineDifferences } from "../base/line-differences.ts";
import { passes } from "../opt/pipeline.ts";
import type { Stage } from "./explain.ts";

/** The names of all passes, in the order in which they run. */
export const passNames: readonly string[] = passes.map(({ name }) => name);

/** The IR of each function after a pass, whether or not the pass changed it. `pass` is one of `passNames`. */
export function stagesAfter(stages: readonly Stage[], pass: string): Stage[] {
  const last = new Map<string, Stage>();
  const until = passNames.indexOf(pass);
  for (const stage of stages) {
    if (stage.function === undefined) continue;
    if (stage.pass === undefined || passNames.indexOf(stage.pass) <= until) last.set(stage.function, stage);
  }
  return [...last.values()];
}

/** What one pass changed in a function. */
export interface PassChange {
  /** The name of the stage after the pass. */
  readonly name: string;
  readonly function: string;
  readonly pass: string;
  /** The IR before and after, line by line. */
  readonly lines: readonly DiffLine[];
}

/** What each pass that changed something changed. */
export function passChanges(stages: readonly Stage[]): PassChange[] {
  const changes: PassChange[] = [];
  const before = new Map<string, string>();
  for (const { name, text, function: functionName, pass } of stages) {
    if (functionName === undefined) continue;
    if (pass !== undefined)
      changes.push({
        name,
        function: functionName,
        pass,
        lines: lineDifferences(before.get(functionName) ?? "", text),
      });
    before.set(functionName, text);
  }
  return changes;
}
