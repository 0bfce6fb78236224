/**
 * `run`: executes functions and compares with the lines `; run: @f(3, -0) == 18` and `; run: @f(0) traps integer-overflow`
 * in the input, by `Object.is`. Every executor that this machine has is tried; each that disagrees is an error.
 *
 * `interpret` is the same for functions with vectors: `; run: @f([1, 2, 3, 4]) == [2, 4, 6, 8]`, by the interpreter alone,
 * before and after the optimiser.
 */
import { TrapError } from "../../../src/base/errors.ts";
import { Slots } from "../../../src/ir/evaluate.ts";
import type { Constant, IrFunction } from "../../../src/ir/function.ts";
import { interpret, interpretLanes } from "../../../src/ir/interpret.ts";
import { parseFunctions, readConstant } from "../../../src/ir/parse.ts";
import { printConstant } from "../../../src/ir/print.ts";
import { elementOf, isVector, lanesOf, type Type } from "../../../src/ir/types.ts";
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
    const faults: string[] = [];
    for (const executor of functionExecutors) {
      const functions = parseFunctions(input);
      const calls = new Map<string, (args: readonly Constant[]) => Constant | undefined>();
      for (const run of runs) {
        const fn = functionOf(run, functions);
        // Parsed anew before an executor may change the parameters' types.
        const args = fn.parameters.map((parameter, index) => constantOf(parameter.type, run.args[index] ?? "", run));
        const { result } = fn;
        const call = calls.get(run.name) ?? executor.prepare(fn);
        calls.set(run.name, call);
        const outcome = outcomeOf(() => {
          const constant = call(args);
          return constant === undefined || result === undefined ? "nothing" : printConstant(result, constant);
        });
        if (outcome !== canonicalOutcome(run, result)) faults.push(`${executor.name}: ${run.text}, but ${outcome}`);
      }
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
    return "";
  },
  interpret: (input) => {
    const faults: string[] = [];
    for (const isOptimized of [false, true]) {
      const functions = parseFunctions(input);
      for (const run of readRuns(input)) {
        const fn = functionOf(run, functions);
        const args = fn.parameters.map(({ type }, index) => lanesFrom(type, run.args[index] ?? "", run));
        if (isOptimized) optimize(fn, { verify: true });
        const { result } = fn;
        const outcome = outcomeOf(() => {
          const lanes = interpretLanes(fn, args);
          return lanes === undefined || result === undefined ? "nothing" : printLanes(result, lanes);
        });
        const word = /^== (.+)$/.exec(run.outcome)?.[1];
        const expected =
          word === undefined || result === undefined
            ? run.outcome
            : `== ${printLanes(result, lanesFrom(result, word, run))}`;
        if (outcome !== expected) faults.push(`${isOptimized ? "optimised" : "as it is"}: ${run.text}, but ${outcome}`);
      }
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
    return "";
  },
};

function functionOf(run: Run, functions: readonly IrFunction[]): IrFunction {
  const fn = functions.find((candidate) => candidate.name === run.name);
  if (fn === undefined) throw new SyntaxError(`${run.text}: there is no function @${run.name}`);
  if (fn.parameters.length !== run.args.length)
    throw new SyntaxError(`${run.text}: @${run.name} takes ${fn.parameters.length}`);
  return fn;
}

function readRuns(input: string): Run[] {
  const runs = input.split("\n").flatMap((line) => {
    if (!line.startsWith("; run:")) return [];
    const match = /^; run: (@(\S+?)\((.*)\) (== \S.*|traps \S+))$/.exec(line);
    if (match === null) throw new SyntaxError(`${line}: expected ; run: @f(1, 2) == 3, or traps CODE`);
    const [, text = "", name = "", args = "", outcome = ""] = match;
    return [{ text, name, args: args.match(/\[[^\]]*\]|[^\s,]+/g) ?? [], outcome }];
  });
  if (runs.length === 0) throw new SyntaxError("there is no line `; run: @f(…) == …`");
  return runs;
}

function constantOf(type: Type, word: string, run: Run): Constant {
  const constant = readConstant(type, word);
  if (constant === undefined) throw new SyntaxError(`${run.text}: ${word} is not a constant of type ${type}`);
  return constant;
}

/** `3`, or `[1, 2, 3, 4]` for a vector; a single constant stands in all lanes. As bits. */
function lanesFrom(type: Type, word: string, run: Run): bigint[] {
  const element = elementOf(type);
  const words = word.startsWith("[") ? word.slice(1, -1).split(",") : new Array<string>(lanesOf(type)).fill(word);
  if (words.length !== lanesOf(type)) throw new SyntaxError(`${run.text}: ${word} is not ${type}`);
  const slots = new Slots(1);
  return words.map((text) => {
    slots.setConstant(0, element, constantOf(element, text.trim(), run));
    return slots.bits(0, element);
  });
}

function printLanes(type: Type, lanes: readonly bigint[]): string {
  const element = elementOf(type);
  const slots = new Slots(1);
  const words = lanes.map((lane) => {
    slots.setBits(0, lane);
    return printConstant(element, slots.constant(0, element));
  });
  return isVector(type) ? `[${words.join(", ")}]` : words.join("");
}

function outcomeOf(result: () => string): string {
  try {
    return `== ${result()}`;
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
