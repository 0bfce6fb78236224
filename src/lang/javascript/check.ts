/** Acorn's tree of one expression to the checked tree. The variables are parameters. */
import type { Expression } from "acorn";
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import { InternalError } from "../../base/errors.ts";
import type { Source, Span } from "../../base/source.ts";
import { nearestWord } from "../../base/spelling.ts";
import { isArrayKind } from "./array-kinds.ts";
import { aggregateType } from "./check-aggregates.ts";
import { ExpressionChecker } from "./expression-checker.ts";
import type { Binding, Names } from "./names.ts";
import {
  type Aggregate,
  type AggregateName,
  type CheckedExpression,
  mostParameters,
  type NumberType,
  type ParameterType,
} from "./tree.ts";

export interface CheckOptions {
  /** The parameters in order; without it, the variables by first appearance. */
  readonly parameters?: readonly string[] | undefined;
  /** The types of parameters that are not f64. */
  readonly types?: ReadonlyMap<string, ParameterType> | undefined;
}

/** Checks an expression. Throws `CompileError` with every fault, in source order. */
export function checkExpression(source: Source, expression: Expression, options: CheckOptions): CheckedExpression {
  const diagnostics: Diagnostic[] = [];
  const names = new ParameterNames(options, source, (diagnostic) => diagnostics.push(diagnostic));
  const checker = new ExpressionChecker(source, names, (diagnostic) => diagnostics.push(diagnostic));
  const { nodes, result } = checker.check(expression);
  const { parameters, aggregates } = names;
  if (parameters.length > mostParameters) {
    const message = `the expression has ${parameters.length} parameters; at most ${mostParameters} are accepted`;
    diagnostics.push({ code: "too-many-parameters", message, span: result.span });
  }
  throwFaults(source, diagnostics);
  return { source, parameters, aggregates, nodes, result };
}

/** Throws what was found, in source order. */
export function throwFaults(source: Source, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0)
    throw new CompileError(
      source,
      diagnostics.toSorted((a, b) => a.span.start - b.span.start),
    );
}

/** Every name is a parameter, unless the parameters are listed. */
class ParameterNames implements Names {
  readonly isFunction = false;
  readonly parameters: { readonly name: string; readonly type: NumberType | "bool" }[] = [];
  readonly aggregates: Aggregate[] = [];
  readonly #numbers = new Map<string, number>();
  /** The numbers of aggregates, by their text. */
  #aggregateNumbers: Map<string, number> | undefined;
  readonly #source: Source;
  readonly #report: (diagnostic: Diagnostic) => void;
  readonly #isListed: boolean;
  readonly #types: ReadonlyMap<string, ParameterType> | undefined;

  constructor(options: CheckOptions, source: Source, report: (diagnostic: Diagnostic) => void) {
    this.#source = source;
    this.#report = report;
    this.#types = options.types;
    this.#isListed = options.parameters !== undefined;
    for (const name of options.parameters ?? []) this.#add(name);
  }

  lookup(name: string): Binding | undefined {
    const number = this.#numbers.get(name);
    if (number === undefined) return undefined;
    return { kind: "parameter", number, type: this.parameters[number]?.type ?? "f64" };
  }

  unknown(name: string): Binding {
    if (!this.#isListed) return this.#add(name);
    const nearest = nearestWord(name, this.#numbers.keys());
    const known = [...this.#numbers.keys()].slice(0, 12).join(", ");
    const hint = nearest === undefined ? `the parameters are ${known || "none"}` : `did you mean ${nearest}?`;
    return { kind: "fault", fault: { code: "unknown-variable", message: `${name} is not a parameter`, hint } };
  }

  aggregate(
    name: AggregateName,
    argument: Expression,
    span: Span,
  ): { readonly number: number; readonly type: NumberType } {
    const key = `${name} ${this.#source.text.slice(argument.start, argument.end)}`;
    const known = this.#aggregateNumbers?.get(key);
    const found = known === undefined ? undefined : this.aggregates[known];
    if (known !== undefined && found !== undefined) return { number: known, type: found.type };
    const tree = new ExpressionChecker(this.#source, this, this.#report).check(argument);
    const type = aggregateType(name, tree.result.type);
    const number = this.aggregates.length;
    this.aggregates.push({ name, argument: tree, type, span });
    this.#aggregateNumbers ??= new Map();
    this.#aggregateNumbers.set(key, number);
    return { number, type };
  }

  assigned(): never {
    throw new InternalError("an expression assigns nothing");
  }

  instance(): never {
    throw new InternalError("an expression calls no functions of its own");
  }

  #add(name: string): Binding {
    const number = this.parameters.length;
    const declared = this.#types?.get(name) ?? "f64";
    const type = isArrayKind(declared) ? "f64" : declared;
    this.#numbers.set(name, number);
    this.parameters.push({ name, type });
    return { kind: "parameter", number, type };
  }
}
