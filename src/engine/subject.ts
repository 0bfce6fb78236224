/** What is compiled: an expression or a function. The engine asks both the same. */
import { Source } from "../base/source.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { SsaBuilder } from "../ir/ssa-builder.ts";
import type { Type } from "../ir/types.ts";
import { buildExpression, buildScalarFunction } from "../lang/javascript/build-ir.ts";
import { buildInline, buildProgram, countsIterations } from "../lang/javascript/build-program.ts";
import { checkExpression } from "../lang/javascript/check.ts";
import { parseExpression } from "../lang/javascript/parse.ts";
import { looksLikeFunction, parseFunction } from "../lang/javascript/parse-function.ts";
import { printProgram } from "../lang/javascript/print-program.ts";
import { printTree } from "../lang/javascript/print-tree.ts";
import { checkProgram, type SourceFunction } from "../lang/javascript/program.ts";
import { type Parameter, payloadType, type ValueType } from "../lang/javascript/tree.ts";
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
  /** A function whose body `kernel` builds, by appending the computation of one row where it wants it. */
  buildAround(name: string, parameters: readonly Type[], kernel: Kernel): IrFunction;
}

export type Kernel = (builder: FunctionBuilder, computeRow: (parameters: readonly Value[]) => Value) => void;

/** The checked source. Throws `CompileError`, and `TypeError` for options that do not fit it. */
export function analyze(source: Source, settings: CompileSettings): Subject {
  const isFunction = settings.isFunction === true || looksLikeFunction(source.text);
  return isFunction ? analyzeFunction(source, settings) : analyzeExpression(source, settings);
}

function analyzeExpression(source: Source, settings: CompileSettings): Subject {
  refuseExpressionOptions(settings);
  const expression = checkExpression(source, parseExpression(source), settings);
  const { parameters, result } = expression;
  if (settings.types !== undefined) {
    const names = parameters.map(({ name }) => name);
    requireTypesAreUsed(
      [...settings.types.keys()].filter((name) => !names.includes(name)),
      names,
    );
  }
  return {
    source,
    parameters,
    resultType: result.type,
    countsIterations: false,
    mayTrap: result.traps,
    print: () => printTree(expression),
    buildScalar: () => buildScalarFunction(expression),
    buildAround(name, types, kernel) {
      const builder = new FunctionBuilder(name, types, undefined);
      kernel(builder, (values) => buildExpression(builder, expression, values).payload);
      return builder.function;
    },
  };
}

function analyzeFunction(source: Source, settings: CompileSettings): Subject {
  refuseFunctionOptions(settings);
  const root: SourceFunction = { name: rootName(settings.name, source), source, node: parseFunction(source) };
  const functions = new Map<string, SourceFunction>();
  for (const [name, text] of settings.functions ?? []) {
    const own = new Source(text, name);
    functions.set(name, { name, source: own, node: parseFunction(own) });
  }
  const { types, constants } = settings;
  const program = checkProgram(root, { types, constants, functions });
  const names = [...program.parameters, ...program.root.variables].map(({ name }) => name);
  requireTypesAreUsed(program.unusedTypes, names);
  return {
    source,
    parameters: program.parameters,
    resultType: program.root.result ?? "void",
    countsIterations: countsIterations(program),
    mayTrap: true,
    print: () => printProgram(program),
    buildScalar: () => buildProgram(program),
    buildAround(name, irTypes, kernel) {
      const builder = new SsaBuilder(name, irTypes, undefined);
      kernel(builder, (values) => {
        const { result } = program.root;
        if (result === undefined || result === "void") throw new TypeError(`map: ${root.name} returns nothing`);
        const payload = builder.createVariable(payloadType(result));
        const after = builder.createLaterBlock();
        const parameters = values.map((value) => ({ payload: value, isBoolean: undefined }));
        buildInline(builder, program, parameters, (value) => {
          if (value !== undefined) builder.write(payload, value.payload);
          builder.jump(after);
        });
        if (!builder.isReached(after)) throw new TypeError(`map: ${root.name} never returns`);
        builder.continueIn(after);
        return builder.read(payload);
      });
      builder.finish();
      return builder.function;
    },
  };
}

/** A function's name: that of its text, else that of the function that was passed. */
function rootName(given: string | undefined, { text }: Source): string {
  return /^\s*(?:async\s+)?function\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(text)?.[1] ?? (given || "f");
}
