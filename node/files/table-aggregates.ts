/**
 * `sum`, `mean` and `count` in expressions over tables. Batches pass by one at a time, so their values are found first, in passes
 * over the file of their own: an aggregate in the text becomes a variable with one value for all rows, and its argument a
 * formula that is reduced. An aggregate inside another's argument takes a pass before it. They are over all rows of the table,
 * those without a value left out.
 */
import { Source } from "../../src/base/source.ts";
import { readCompileOptions } from "../../src/engine/options.ts";
import { checkExpression } from "../../src/lang/javascript/check.ts";
import { parseExpression } from "../../src/lang/javascript/parse.ts";
import { looksLikeFunction } from "../../src/lang/javascript/parse-function.ts";
import type { AggregateName, NumberType, ParameterType } from "../../src/lang/javascript/tree.ts";

export interface TableAggregate {
  /** Stands for the value in what is left of the text. */
  readonly variable: string;
  readonly name: AggregateName;
  /** The text of its argument, with variables for the aggregates in it. */
  readonly argument: string;
  readonly type: NumberType;
  /** 1 if no aggregate stands in the argument, else more than that of each that does. */
  readonly pass: number;
}

/**
 * An expression's text with variables for its aggregates, those that others use first; `earlier` of other texts have names already.
 * Throws `CompileError` as `compile` does.
 */
export function withoutAggregates(
  text: string,
  types: Readonly<Record<string, ParameterType>>,
  earlier = 0,
): { readonly text: string; readonly aggregates: readonly TableAggregate[] } {
  const aggregates: TableAggregate[] = [];
  if (looksLikeFunction(text)) return { text, aggregates };
  let rest = text;
  for (;;) {
    const declared = { ...types, ...Object.fromEntries(aggregates.map(({ variable, type }) => [variable, type])) };
    const source = new Source(rest);
    const [first] = checkExpression(
      source,
      parseExpression(source),
      readCompileOptions({ types: declared }),
    ).aggregates;
    if (first === undefined) return { text: rest, aggregates };
    const { name, type, span } = first;
    const call = rest.slice(span.start, span.end);
    const argument = call.slice(call.indexOf("(") + 1, call.lastIndexOf(")"));
    const inside = aggregates.filter(({ variable }) => argument.includes(variable));
    let variable = `$${name}${earlier + aggregates.length + 1}`;
    while (text.includes(variable)) variable = `$${variable}`;
    aggregates.push({ variable, name, argument, type, pass: 1 + Math.max(0, ...inside.map(({ pass }) => pass)) });
    rest = rest.slice(0, span.start) + variable + rest.slice(span.end);
  }
}
