/**
 * A function and all that it calls, checked together. A function is compiled once for each list of argument types it is
 * called with, its own `Instance`, so that the types of a caller's values reach the functions it calls.
 *
 * Types of recursive calls are found by repetition: where a call's result is not known yet, its node is pending and adds
 * nothing to the types around it; when a round has found more, everything is checked once more. Types only grow, so this ends.
 */
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import { assert } from "../../base/errors.ts";
import type { Source, Span } from "../../base/source.ts";
import { type ArrayKind, isArrayKind } from "./array-kinds.ts";
import { throwFaults } from "./check.ts";
import { FunctionChecker } from "./check-function.ts";
import type { Statements } from "./function-tree.ts";
import type { Fault } from "./names.ts";
import type { FunctionNode } from "./parse-function.ts";
import {
  type ArrayParameter,
  type LocalVariable,
  mostParameters,
  type Node,
  numberTypeOf,
  type Parameter,
  type ParameterType,
  type ValueType,
} from "./tree.ts";

/** A function's text, parsed. */
export interface SourceFunction {
  readonly name: string;
  /** Nobody gave it that name, so nobody can mean it by that. */
  readonly isAnonymous?: boolean;
  readonly source: Source;
  readonly node: FunctionNode;
}

export interface ProgramOptions {
  /** The types of parameters and variables of the function itself that are not plain numbers. */
  readonly types?: ReadonlyMap<string, ParameterType> | undefined;
  /** Names that stand for numbers. */
  readonly constants?: ReadonlyMap<string, number | boolean | bigint> | undefined;
  /** The functions that it may call, by name. */
  readonly functions?: ReadonlyMap<string, SourceFunction> | undefined;
}

/** What a parameter of an instance holds. */
export type SlotType = ValueType | ArrayKind;

/** The most instances of one program. */
const mostInstances = 256;

/** A function for certain types of arguments. */
export class Instance {
  readonly fn: SourceFunction;
  /** Unique in the program. */
  readonly name: string;
  readonly parameterTypes: readonly SlotType[];
  readonly isRoot: boolean;
  /** What it returns; undefined until a round has found out. */
  result: ValueType | "void" | undefined;
  parameters: (LocalVariable | ArrayParameter)[] = [];
  variables: LocalVariable[] = [];
  body: Statements = [];
  diagnostics: Diagnostic[] = [];
  /** The instances that it calls. */
  readonly callees = new Set<Instance>();
  hasLoops = false;
  /** Whether the result was asked for before it was known, and what was answered. */
  resultRead: { readonly answer: ValueType | "void" | undefined } | undefined;

  constructor(fn: SourceFunction, name: string, parameterTypes: readonly SlotType[], isRoot: boolean) {
    this.fn = fn;
    this.name = name;
    this.parameterTypes = parameterTypes;
    this.isRoot = isRoot;
  }

  /** Adds a fault of the function's text. */
  report({ start, end }: Pick<Span, "start" | "end">, code: string, message: string, hint?: string): void {
    const span = { start, end };
    this.diagnostics.push(hint === undefined ? { code, message, span } : { code, message, span, hint });
  }
}

/** A function that passed the checker, with all that it calls. */
export interface CheckedProgram {
  readonly source: Source;
  readonly root: Instance;
  readonly parameters: readonly Parameter[];
  /** The declared types that belong to no parameter and no variable. */
  readonly unusedTypes: readonly string[];
}

/** Checks a function. Throws `CompileError` with the faults of one text. */
export function checkProgram(root: SourceFunction, options: ProgramOptions): CheckedProgram {
  const program = new Program(root, options);
  const { instances } = program;
  const first = instances[0];
  assert(first !== undefined, "a program without a function");
  throwFaults(root.source, distinct(instances.filter(({ fn }) => fn.source === root.source)));
  for (const { fn, diagnostics } of instances) {
    if (diagnostics.length === 0) continue;
    throw new CompileError(fn.source, distinct(instances.filter((other) => other.fn.source === fn.source)));
  }
  const parameters = first.parameters.map(({ name }, index): Parameter => {
    const type = first.parameterTypes[index] ?? "f64";
    return { name, type: isArrayKind(type) ? type : (numberTypeOf(type) ?? "bool") };
  });
  const known = new Set([...first.parameters, ...first.variables].map(({ name }) => name));
  const unusedTypes = [...(options.types?.keys() ?? [])].filter((name) => !known.has(name));
  return { source: root.source, root: first, parameters, unusedTypes };
}

/** The faults of instances of one text, each once. */
function distinct(instances: readonly Instance[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const { diagnostics } of instances)
    for (const diagnostic of diagnostics)
      seen.set(`${diagnostic.code} ${diagnostic.span.start} ${diagnostic.span.end}`, diagnostic);
  return [...seen.values()].sort((a, b) => a.span.start - b.span.start);
}

export class Program {
  readonly options: ProgramOptions;
  readonly instances: Instance[] = [];
  readonly #functions = new Map<string, SourceFunction>();
  readonly #byTypes = new Map<SourceFunction, Map<string, Instance>>();
  readonly #namesUsed = new Set<string>();
  #checked = new Set<Instance>();
  #inProgress = new Set<Instance>();

  constructor(root: SourceFunction, options: ProgramOptions) {
    this.options = options;
    for (const [name, fn] of options.functions ?? []) this.#functions.set(name, fn);
    const own = root.node.type === "FunctionExpression" ? (root.node.id?.name ?? root.name) : root.name;
    if (root.isAnonymous !== true && !this.#functions.has(own)) this.#functions.set(own, root);
    const types = root.node.params.map((parameter): SlotType => {
      const declared = parameter.type === "Identifier" ? options.types?.get(parameter.name) : undefined;
      return declared ?? "f64";
    });
    const first = this.#create(root, types, true);
    for (let again = true; again; ) {
      this.#checked = new Set();
      this.#check(first);
      again = false;
      for (const instance of this.instances) {
        const { resultRead } = instance;
        instance.resultRead = undefined;
        if (resultRead === undefined || resultRead.answer === instance.result) {
          if (resultRead === undefined || instance.result !== undefined) continue;
          // It calls itself and nothing else tells what it returns, since it never returns.
          instance.result = "f64";
        }
        again = true;
      }
    }
  }

  hasFunction(name: string): boolean {
    return this.#functions.has(name);
  }

  get functionNames(): readonly string[] {
    return [...this.#functions.keys()];
  }

  /** The function for arguments as these. */
  instance(name: string, args: readonly (Node | ArrayParameter)[], caller: Instance): Instance | Fault {
    const fn = this.#functions.get(name);
    assert(fn !== undefined, `no function ${name}`);
    const { length } = fn.node.params;
    if (args.length !== length)
      return {
        code: "wrong-argument-count",
        message: `${name} takes ${length === 1 ? "1 argument" : `${length} arguments`}, not ${args.length}`,
      };
    const root = this.instances[0];
    const types = args.map(
      (argument): SlotType =>
        "kind" in argument && "parameter" in argument ? argument.kind : typeOfArgument(argument as Node),
    ); // what has no `parameter` is a node
    // A call of the function itself goes to the one with the declared types where the arguments fit them.
    const isRoot =
      root !== undefined &&
      fn === root.fn &&
      types.every((type, index) => fits(type, root.parameterTypes[index], args[index]));
    const found = isRoot ? root : this.#byTypes.get(fn)?.get(types.join());
    if (found === undefined && this.instances.length >= mostInstances)
      return { code: "too-many-instances", message: `more than ${mostInstances} functions for different types` };
    const instance = found ?? this.#create(fn, types, false);
    caller.callees.add(instance);
    this.#check(instance);
    if (this.#inProgress.has(instance)) instance.resultRead ??= { answer: instance.result };
    return instance;
  }

  #create(fn: SourceFunction, types: readonly SlotType[], isRoot: boolean): Instance {
    let name = fn.name;
    for (let number = 2; this.#namesUsed.has(name); number++) name = `${fn.name}.${number}`;
    this.#namesUsed.add(name);
    const instance = new Instance(fn, name, types, isRoot);
    this.instances.push(instance);
    const ofFunction = this.#byTypes.get(fn) ?? new Map<string, Instance>();
    this.#byTypes.set(fn, ofFunction.set(types.join(), instance));
    return instance;
  }

  #check(instance: Instance): void {
    if (this.#checked.has(instance)) return;
    this.#checked.add(instance);
    this.#inProgress.add(instance);
    new FunctionChecker(this, instance).check();
    this.#inProgress.delete(instance);
    if (instance.parameters.length > mostParameters) {
      const message = `${instance.fn.name} has ${instance.parameters.length} parameters; at most ${mostParameters} are accepted`;
      const { start, end } = instance.fn.node;
      instance.diagnostics.push({ code: "too-many-parameters", message, span: { start, end } });
    }
  }
}

function typeOfArgument(node: Node): SlotType {
  return node.type;
}

/** Whether an argument of one type may go where another is declared, without a change to its value. */
function fits(type: SlotType, declared: SlotType | undefined, argument: Node | ArrayParameter | undefined): boolean {
  if (type === declared) return true;
  if (declared === "f64") return type === "i32" || type === "f32";
  const isLiteral =
    argument !== undefined && "literal" in argument && argument.literal && typeof argument.constant === "number";
  return isLiteral && declared === "i32" && Object.is(Number(argument.constant) | 0, argument.constant);
}
