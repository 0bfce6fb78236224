/** `eval 'sin(x)' x=-10..10 --plot`: a function of one variable over a range. */
import { parseAssignments, splitAssignment } from "../assignments.ts";
import { compileTyped, refuseUnused } from "../compile-typed.ts";
import { UsageError } from "../exit-status.ts";
import { plotWidth, printPlot } from "./eval-plot.ts";

/** Draws the expression over the one variable that is given as a range; the others have values. Throws `UsageError`. */
export function plotFunction(expression: string, assignments: readonly string[], isPlot: boolean): void {
  const ranges = assignments.filter((word) => word.includes(".."));
  const [range] = ranges;
  if (!isPlot) throw new UsageError(`${range}: a range goes with --plot`);
  if (range === undefined || ranges.length > 1)
    throw new UsageError("--plot without --input: expected one variable with a range, such as x=-10..10");
  const [name, text] = splitAssignment(range, "name=from..to, such as x=-10..10");
  const [from = Number.NaN, to = Number.NaN, ...more] = text
    .split("..")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (more.length > 0 || !Number.isFinite(from) || !Number.isFinite(to) || from >= to)
    throw new UsageError(`${range}: expected name=from..to with from < to, such as x=-10..10`);
  const values = parseAssignments(assignments.filter((word) => word !== range));
  const compiled = compileTyped(expression, {});
  refuseUnused([name, ...values.keys()], compiled.parameters);
  const missing = compiled.parameters.filter((each) => each !== name && !values.has(each));
  if (missing.length > 0)
    throw new UsageError(`the expression uses ${missing.join(", ")} too; give a value: ${missing[0]}=4`);
  const count = 2 * plotWidth();
  const points: [number, number][] = [];
  for (let k = 0; k <= count; k++) {
    const x = from + ((to - from) * k) / count;
    const y = Number(
      compiled(...compiled.parameters.map((each) => (each === name ? x : (values.get(each) ?? Number.NaN)))),
    );
    if (Number.isFinite(y)) points.push([x, y]);
  }
  printPlot(expression, points);
}
