/**
 * `run`: executes functions and compares with the lines `; run: @f(3, -0) == 18` and `; run: @f(0) traps integer-overflow`
 * in the input, by `Object.is`. Every executor that this machine has is tried; each that disagrees is an error.
 */
import { TrapError } from "../../../src/base/errors.ts";
import type { Constant, IrFunction } from "../../../src/ir/function.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import { parseFunctions, readConstant } from "../../../src/ir/parse.ts";
import { printConstant } from "../../../src/ir/print.ts";
import type { Type } from "../../../src/ir/types.ts";
import { optimize } from "../../../src/opt/pipeline.ts";
import type { Commands } from "../filetest.ts";

/** Something that executes IR. `prepare` may change the function. A call throws `TrapError` where the function traps. */
export interface FunctionExecutor {
  readonly name: string;
  readonly prepare: (fn: IrFunction) => (args: readonly Constant[]) => Constant | undefined;
}

/** A back end adds itself here where the host can execute its code. */
export const functionExecutors: FunctionExecutor[] = [
  { name: "interpreter", prepare: (fn) => (args) => interpret(fn, args) },
  {
    name: "interpreter after the optimiser",
    prepare: (fn) => {
      optimize(fn, { verify: true });
      return (args) => interpret(fn, args);
    },
  },
];

interface Run {
  readonly text: string;
  readonly name: string;
  readonly args: readonly string[];
  /** `== 18` or `traps integer-overflow`. */
  readonly outcome: string;
}

export const runCommands: Commands = {
  run: (input) => {
    const runs = readRuns(input);
    if (runs.length === 0) throw new SyntaxError("there is no line `; run: @f(…) == …`");
    const faults: string[] = [];
    for (const executor of functionExecutors) {
      const functions = parseFunctions(input);
      const calls = new Map<string, (args: readonly Constant[]) => Constant | undefined>();
      for (const run of runs) {
        const fn = functions.find((candidate) => candidate.name === run.name);
        if (fn === undefined) throw new SyntaxError(`${run.text}: there is no function @${run.name}`);
        // Parsed anew before an executor may change the parameters' types.
        const args = fn.parameters.map((parameter, index) => constantOf(parameter.type, run.args[index] ?? "", run));
        if (args.length !== run.args.length) throw new SyntaxError(`${run.text}: @${run.name} takes ${args.length}`);
        const { result } = fn;
        const call = calls.get(run.name) ?? executor.prepare(fn);
        calls.set(run.name, call);
        const outcome = outcomeOf(call, args, result);
        if (outcome !== canonicalOutcome(run, result)) faults.push(`${executor.name}: ${run.text}, but ${outcome}`);
      }
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
    return "";
  },
};

function readRuns(input: string): Run[] {
  return input.split("\n").flatMap((line) => {
    if (!line.startsWith("; run:")) return [];
    const match = /^; run: (@(\S+)\((.*)\) (== \S+|traps \S+))$/.exec(line);
    if (match === null) throw new SyntaxError(`${line}: expected ; run: @f(1, 2) == 3, or traps CODE`);
    const [, text = "", name = "", args = "", outcome = ""] = match;
    return [{ text, name, args: args.trim() === "" ? [] : args.split(",").map((arg) => arg.trim()), outcome }];
  });
}

function constantOf(type: Type, word: string, run: Run): Constant {
  const constant = readConstant(type, word);
  if (constant === undefined) throw new SyntaxError(`${run.text}: ${word} is not a constant of type ${type}`);
  return constant;
}

function outcomeOf(
  call: (args: readonly Constant[]) => Constant | undefined,
  args: readonly Constant[],
  type: Type | undefined,
): string {
  try {
    const result = call(args);
    return result === undefined || type === undefined ? "== nothing" : `== ${printConstant(type, result)}`;
  } catch (error) {
    if (error instanceof TrapError) return `traps ${error.trap}`;
    throw error;
  }
}

/** The expected outcome with its number written as the printer writes it. */
function canonicalOutcome(run: Run, type: Type | undefined): string {
  const word = /^== (\S+)$/.exec(run.outcome)?.[1];
  if (word === undefined || type === undefined) return run.outcome;
  return `== ${printConstant(type, constantOf(type, word, run))}`;
}
