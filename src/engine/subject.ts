/** What is compiled: an expression or a function. The engine asks both the same. */
import { InternalError } from "../base/errors.ts";
import { Source } from "../base/source.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { SsaBuilder } from "../ir/ssa-builder.ts";
import type { Type } from "../ir/types.ts";
import { buildExpression, buildScalarFunction } from "../lang/javascript/build-ir.ts";
import { buildInline, buildProgram, countsIterations } from "../lang/javascript/build-program.ts";
import { buildProgramRow, rowParameterTypes } from "../lang/javascript/build-row.ts";
import { checkExpression } from "../lang/javascript/check.ts";
import { parseExpression } from "../lang/javascript/parse.ts";
import { looksLikeFunction, parseFunction } from "../lang/javascript/parse-function.ts";
import { printProgram } from "../lang/javascript/print-program.ts";
import { printTree } from "../lang/javascript/print-tree.ts";
import { checkProgram, type SourceFunction } from "../lang/javascript/program.ts";
import {
  type AggregateName,
  type CheckedExpression,
  type NumberType,
  type Parameter,
  payloadType,
  type Tree,
  type ValueType,
} from "../lang/javascript/tree.ts";
import { MathLibrary } from "../math/library.ts";
import {
  type CompileSettings,
  refuseExpressionOptions,
  refuseFunctionOptions,
  requireTypesAreUsed,
} from "./options.ts";

export interface Subject {
  readonly source: Source;
  readonly parameters: readonly Parameter[];
  readonly resultType: ValueType | "void";
  /** Whether calls count iterations (codegen/call-context.ts, `fuel`). */
  readonly countsIterations: boolean;
  /** Whether it may trap, as far as the text tells. */
  readonly mayTrap: boolean;
  /** The checked tree as text. */
  print(): string;
  /** The function for single calls. */
  buildScalar(): IrFunction;
  /** The aggregates of an expression; those that an aggregate's argument uses stand before it. */
  readonly aggregates: readonly AggregatePart[];
  /** Whether the value is a product of two values. */
  readonly isProduct: boolean;
  /** What a part gives. */
  resultOf(part: Part): ValueType | "void";
  /** A function whose body `kernel` builds, by appending the computation of one row where it wants it. */
  buildAround(part: Part, shell: Shell, kernel: Kernel): IrFunction;
  /**
   * One row as a function of its own, for widening (src/vector/kernel.ts): the parameters, each in its own type, an array as
   * its address and length, then the aggregates; the payload out. It counts no iterations. Throws `UnsupportedError` with the
   * reason where a row cannot be widened.
   */
  buildRow(part: Part): IrFunction;
}

/** What is computed for each row: the whole, or the argument of the aggregate with this number. */
export type Part = number | "whole";

/** An aggregate: what of its argument's values, and the type of that. */
export interface AggregatePart {
  readonly name: AggregateName;
  readonly type: NumberType;
  /** Its text. */
  readonly text: string;
}

/** The outside of a kernel. */
export interface Shell {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly result: Type | undefined;
}

/** A value of a row, or an array that all rows see. */
export type RowInput = Value | { readonly address: Value; readonly length: Value };

export type Kernel = (
  builder: FunctionBuilder,
  computeRow: (parameters: readonly RowInput[], aggregates: readonly Value[]) => Value,
) => void;

/** The checked source. Throws `CompileError`, and `TypeError` for options that do not fit it. */
export function analyze(source: Source, settings: CompileSettings): Subject {
  const isFunction = settings.isFunction === true || looksLikeFunction(source.text);
  return isFunction ? analyzeFunction(source, settings) : analyzeExpression(source, settings);
}

function analyzeExpression(source: Source, settings: CompileSettings): Subject {
  refuseExpressionOptions(settings);
  const expression = checkExpression(source, parseExpression(source), settings);
  if (settings.types !== undefined) {
    const names = expression.parameters.map(({ name }) => name);
    requireTypesAreUsed(
      [...settings.types.keys()].filter((name) => !names.includes(name)),
      names,
    );
  }
  return new ExpressionSubject(expression, settings);
}

/** A class, since nothing is to be made for the small formula that is called and never asked again. */
class ExpressionSubject implements Subject {
  readonly source: Source;
  readonly parameters: readonly Parameter[];
  readonly resultType: ValueType;
  readonly countsIterations = false;
  readonly #expression: CheckedExpression;
  readonly #settings: CompileSettings;

  constructor(expression: CheckedExpression, settings: CompileSettings) {
    this.source = expression.source;
    this.parameters = expression.parameters;
    this.resultType = expression.result.type;
    this.#expression = expression;
    this.#settings = settings;
  }

  get mayTrap(): boolean {
    const { result, aggregates } = this.#expression;
    return result.traps || aggregates.some(({ argument }) => argument.result.traps);
  }

  get isProduct(): boolean {
    return this.#expression.result.kind === "multiply";
  }

  get aggregates(): readonly AggregatePart[] {
    const { text } = this.source;
    return this.#expression.aggregates.map(({ name, type, span }) => ({
      name,
      type,
      text: text.slice(span.start, span.end).replace(/\s+/g, " "),
    }));
  }

  print(): string {
    return printTree(this.#expression);
  }

  buildScalar(): IrFunction {
    return buildScalarFunction(this.#expression, new MathLibrary(this.#settings));
  }

  resultOf(part: Part): ValueType {
    return treeOf(this.#expression, part).result.type;
  }

  buildAround(part: Part, shell: Shell, kernel: Kernel): IrFunction {
    const builder = new FunctionBuilder(shell.name, shell.parameters, shell.result);
    const tree = treeOf(this.#expression, part);
    const library = new MathLibrary(this.#settings);
    kernel(
      builder,
      (values, aggregates) => buildExpression(builder, tree, values.map(scalarInput), aggregates, library).payload,
    );
    return builder.function;
  }

  buildRow(part: Part): IrFunction {
    const tree = treeOf(this.#expression, part);
    const own = rowParameterTypes(this.parameters);
    const types = [...own, ...this.#expression.aggregates.map(({ type }) => type)];
    const builder = new FunctionBuilder("expression", types, payloadType(tree.result.type));
    const values = builder.function.parameters;
    const aggregates = values.slice(own.length);
    const library = new MathLibrary(this.#settings);
    builder.return(buildExpression(builder, tree, values.slice(0, own.length), aggregates, library).payload);
    return builder.function;
  }
}

function treeOf(expression: CheckedExpression, part: Part): Tree {
  if (part === "whole") return expression;
  const aggregate = expression.aggregates[part];
  if (aggregate === undefined) throw new InternalError(`there is no aggregate ${part}`);
  return aggregate.argument;
}

/** Told where no way through a function ends in a return. */
const neverReturns = new InternalError("the function never returns");

function scalarInput(input: RowInput): Value {
  if ("address" in input) throw new InternalError("an expression takes no arrays");
  return input;
}

function analyzeFunction(source: Source, settings: CompileSettings): Subject {
  refuseFunctionOptions(settings);
  const name = rootName(settings.name, source);
  const root: SourceFunction = {
    name: name ?? "f",
    source,
    node: parseFunction(source),
    isAnonymous: name === undefined,
  };
  const functions = new Map<string, SourceFunction>();
  for (const [name, text] of settings.functions ?? []) {
    const own = new Source(text, name);
    functions.set(name, { name, source: own, node: parseFunction(own) });
  }
  const { types, constants } = settings;
  const program = checkProgram(root, { types, constants, functions });
  const names = [...program.parameters, ...program.root.variables].map(({ name }) => name);
  requireTypesAreUsed(program.unusedTypes, names);
  const math = (): MathLibrary => new MathLibrary(settings);
  return {
    source,
    parameters: program.parameters,
    resultType: program.root.result ?? "void",
    countsIterations: countsIterations(program),
    mayTrap: true,
    print: () => printProgram(program),
    buildScalar: () => buildProgram(program, math()),
    aggregates: [],
    isProduct: false,
    resultOf: () => program.root.result ?? "void",
    buildRow: () => buildProgramRow(program, math()),
    buildAround(_, shell, kernel) {
      try {
        return build(false);
      } catch (error) {
        if (error !== neverReturns) throw error;
        return build(true); // it traps in every row, as a call of it does
      }

      /** `hasExit`: control may go past the body, as far as the IR can tell, though it never does. */
      function build(hasExit: boolean): IrFunction {
        const builder = new SsaBuilder(shell.name, shell.parameters, shell.result);
        kernel(builder, (values) => {
          const { result } = program.root;
          if (result === undefined || result === "void") throw new TypeError(`map: ${root.name} returns nothing`);
          const payload = builder.createVariable(payloadType(result));
          const after = builder.createLaterBlock();
          if (hasExit) {
            const body = builder.createLaterBlock();
            const type = payloadType(result);
            builder.write(payload, builder.constant(type, type === "i64" ? 0n : 0));
            builder.branch(builder.constant("bool", false), after, body);
            builder.continueIn(body);
          }
          const parameters = values.map((value) =>
            "address" in value ? value : { payload: value, isBoolean: undefined },
          );
          buildInline(
            builder,
            program,
            parameters,
            (value) => {
              if (value !== undefined) builder.write(payload, value.payload);
              builder.jump(after);
            },
            math(),
          );
          if (!builder.isReached(after)) throw neverReturns;
          builder.continueIn(after);
          return builder.read(payload);
        });
        builder.finish();
        return builder.function;
      }
    },
  };
}

/** A function's name: that of its text, else that of the function that was passed, if it has one. */
function rootName(given: string | undefined, { text }: Source): string | undefined {
  return (
    /^\s*(?:async\s+)?function\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(text)?.[1] ?? (given || undefined)
  );
}
