/**
 * What names mean inside a function: its parameters, its variables by block, and what was passed with its text.
 *
 * A block's variables are known from its start, and are a fault to use before their declaration. A name that means nothing
 * is explained: a typo, something outside of the function, or what a tool has put into the text.
 */
import type { Node as AcornNode, Pattern, VariableDeclaration } from "acorn";
import { nearestWord } from "../../base/spelling.ts";
import { isArrayKind } from "./array-kinds.ts";
import { coverageFault, isCoverageCounter } from "./coverage-counters.ts";
import { mathFunctions } from "./functions.ts";
import type { Binding } from "./names.ts";
import type { Instance, Program } from "./program.ts";
import { namesOf } from "./refused-patterns.ts";
import { type ArrayParameter, LocalVariable } from "./tree.ts";

/** What one block declares, by name. */
export type Scope = Map<string, LocalVariable | ArrayParameter>;

/** The scopes around the place that is being checked. */
export class Scopes {
  readonly #program: Program;
  readonly #instance: Instance;
  /** By the place of its declaration, so that a variable stays the same one when the body is checked again. */
  readonly #declarations = new Map<number, LocalVariable>();
  /** Functions inside this one, which are refused where they stand. */
  readonly #functions = new Set<string>();
  /** From the outermost to the innermost. */
  #open: Scope[] = [];

  constructor(program: Program, instance: Instance) {
    this.#program = program;
    this.#instance = instance;
  }

  /** Leaves all scopes and enters the outermost. */
  restart(): Scope {
    this.#open = [];
    return this.enter();
  }

  /** Enters a new scope, and returns it. */
  enter(): Scope {
    const scope: Scope = new Map();
    this.#open.push(scope);
    return scope;
  }

  /** Leaves the innermost scope. */
  leave(): void {
    this.#open.pop();
  }

  /** What the innermost scope has by that name. */
  innermost(name: string): LocalVariable | ArrayParameter | undefined {
    return this.#open.at(-1)?.get(name);
  }

  /** What a name means that is declared. */
  lookup(name: string): Binding | undefined {
    if (this.#functions.has(name)) return { kind: "refused" };
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const found = this.#open[index]?.get(name);
      if (found === undefined) continue;
      if (!(found instanceof LocalVariable)) return { kind: "array", array: found };
      if (found.isDeclared) return { kind: "variable", variable: found };
      const message = `${name} is used before its declaration`;
      return { kind: "fault", fault: { code: "use-before-declaration", message, hint: "declare it further up" } };
    }
    const constant = this.#program.options.constants?.get(name);
    if (constant !== undefined) return { kind: "constant", value: constant };
    return this.#program.hasFunction(name) ? { kind: "function", name } : undefined;
  }

  /** Why a name that nobody declared means nothing. */
  unknown(name: string, isCalled: boolean): Binding {
    const fault = (code: string, message: string, hint: string): Binding => ({
      kind: "fault",
      fault: { code, message, hint },
    });
    if (isCoverageCounter(name)) return { kind: "fault", fault: coverageFault(name) };
    if (name === "__name" || /^_{1,2}(?:spread|rest|assign|async|generator|class|object|ts_)/i.test(name))
      return fault(
        "instrumented",
        `a bundler has put its helper ${name} into the function's text`,
        "switch that off (esbuild and tsx: keepNames), write the inner function outside, or pass the function as text",
      );
    const words = isCalled
      ? [...this.#program.functionNames, ...mathFunctions.keys(), "isNaN", "isFinite", "Number", "BigInt", "Boolean"]
      : this.#visibleNames();
    const nearest = nearestWord(name, words);
    const place = isCalled ? "functions" : "constants";
    const pass = `a function's text does not hold what stands around it: pass it in { ${place}: { ${name} } }`;
    return fault(
      isCalled ? "unknown-function" : "captured-variable",
      isCalled ? `${name} is not a function here` : `${name} is neither a parameter nor a variable of the function`,
      nearest === undefined ? pass : `did you mean ${nearest}? Otherwise, ${pass}`,
    );
  }

  #visibleNames(): string[] {
    return [...this.#open.flatMap((scope) => [...scope.keys()]), ...(this.#program.options.constants?.keys() ?? [])];
  }

  /** A function inside this one is refused once, and not again wherever it is called. */
  announceFunction(name: string): void {
    this.#functions.add(name);
  }

  /** The names of a `let` or `const` are known in their whole block, and may be used after it only. */
  announce(declaration: VariableDeclaration, scope: Scope): void {
    for (const { id, init } of declaration.declarations) {
      if (id.type !== "Identifier") continue;
      if (init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression")
        this.announceFunction(id.name);
      const declared = this.#instance.isRoot ? this.#program.options.types?.get(id.name) : undefined;
      if (declared !== undefined && isArrayKind(declared)) {
        this.#instance.report(
          id,
          "declared-type",
          `${id.name} is declared as a ${declared}, but arrays can only be parameters`,
        );
        continue;
      }
      const variable = this.variable(id, id.name, declaration.kind === "const", declared);
      variable.isDeclared = false;
      scope.set(id.name, variable);
    }
  }

  /** Declares the names of a pattern that is refused, as numbers. */
  declareRefused(pattern: Pattern, scope: Scope | undefined = this.#open.at(-1)): void {
    for (const id of namesOf(pattern)) {
      const variable = this.variable(id, id.name, false, undefined);
      variable.type = "f64";
      variable.isDeclared = true;
      scope?.set(id.name, variable);
    }
  }

  /** The variable that is declared at the node. */
  variable(node: AcornNode, name: string, isConstant: boolean, declared: LocalVariable["declared"]): LocalVariable {
    let variable = this.#declarations.get(node.start);
    if (variable === undefined) {
      const { variables } = this.#instance;
      variable = new LocalVariable(name, variables.length, isConstant, declared);
      variables.push(variable);
      this.#declarations.set(node.start, variable);
    }
    variable.wasRead = false;
    return variable;
  }
}
