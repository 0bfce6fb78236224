/**
 * One function instance as a whole: its parameters, its body, the type of its result, and the types of its variables.
 *
 * A variable has the type of its first value; later ones may widen it (`commonType`, or a number that is a boolean at
 * times). Where one widens after it was read, the body is checked again with the wider type, until nothing changes.
 * Faults count of the last time only, since types were guesses before.
 */
import type { Node as AcornNode, Pattern } from "acorn";
import { isArrayKind } from "./array-kinds.ts";
import { StatementChecker } from "./check-statements.ts";
import { ExpressionChecker } from "./expression-checker.ts";
import type { Binding, Fault, Names } from "./names.ts";
import type { Instance, Program } from "./program.ts";
import { namesOf } from "./refused-patterns.ts";
import { type Scope, Scopes } from "./scopes.ts";
import { type ArrayParameter, isMixed, type LocalVariable, type Node, numberTypeOf, type ValueType } from "./tree.ts";
import { assignType, joinTypes, takeNeighbour } from "./variable-types.ts";

/** Checks one instance of a function; what names mean in it is told by its scopes and the program. */
export class FunctionChecker implements Names {
  readonly isFunction = true;
  readonly #program: Program;
  readonly #instance: Instance;
  readonly #scopes: Scopes;
  readonly #statements: StatementChecker;
  #typesChanged = false;

  constructor(program: Program, instance: Instance) {
    this.#program = program;
    this.#instance = instance;
    const { source } = instance.fn;
    const expressions = new ExpressionChecker(
      source,
      this,
      (diagnostic) => instance.diagnostics.push(diagnostic),
      instance.isRoot ? undefined : source,
    );
    this.#scopes = new Scopes(program, instance);
    this.#statements = new StatementChecker(instance, this.#scopes, expressions);
  }

  /** Fills in the instance, from its parameters to its diagnostics. */
  check(): void {
    const instance = this.#instance;
    instance.variables = [];
    do {
      this.#typesChanged = false;
      instance.diagnostics = [];
      instance.callees.clear();
      instance.hasLoops = false;
      this.#statements.returns = [];
      for (const variable of instance.variables) variable.isDeclared = false;
      this.#checkBody();
      for (const variable of instance.variables) {
        if (variable.type !== undefined || variable.wasAssigned) continue;
        variable.type = "f64"; // nothing is ever assigned
        this.#typesChanged ||= variable.wasRead;
      }
    } while (this.#typesChanged);
  }

  // ---- names

  lookup(name: string): Binding | undefined {
    return this.#scopes.lookup(name);
  }

  unknown(name: string, isCalled: boolean): Binding {
    return this.#scopes.unknown(name, isCalled);
  }

  instance(name: string, args: readonly (Node | ArrayParameter)[]): Instance | Fault {
    return this.#program.instance(name, args, this.#instance);
  }

  assigned(variable: LocalVariable, value: Node): void {
    if (assignType(this.#instance, variable, value)) this.#typesChanged = true;
  }

  // ---- the function as a whole

  #checkBody(): void {
    const instance = this.#instance;
    const { node } = instance.fn;
    if (node.async === true)
      instance.report(node, "async-function", "`async` functions are not accepted", "remove `async`");
    if (node.generator === true) instance.report(node, "generator", "generators are not accepted", "remove `*`");
    const scope = this.#scopes.restart();
    instance.parameters = node.params.map((parameter, index) => this.#parameter(parameter, index, scope));
    const { body } = node;
    const { statements, completes } =
      body.type === "BlockStatement" ? this.#statements.block(body.body) : this.#statements.expressionBody(body);
    instance.body = statements;
    this.#resultOf(completes, body);
  }

  #parameter(pattern: Pattern, index: number, scope: Scope): LocalVariable | ArrayParameter {
    const instance = this.#instance;
    const type = instance.parameterTypes[index] ?? "f64";
    let name = `parameter ${index + 1}`;
    if (pattern.type === "Identifier") ({ name } = pattern);
    else if (pattern.type === "AssignmentPattern")
      instance.report(
        pattern,
        "parameter-form",
        "default values are not accepted: a missing argument is NaN",
        "write x = Number.isNaN(x) ? 1 : x, or pass it",
      );
    else if (pattern.type === "RestElement")
      instance.report(
        pattern,
        "parameter-form",
        "rest parameters are not accepted",
        "list the parameters, or take a typed array",
      );
    else instance.report(pattern, "destructuring", "destructuring is not accepted", "take each value as a parameter");
    if (pattern.type === "RestElement")
      for (const id of namesOf(pattern)) scope.set(id.name, { name: id.name, kind: "Float64Array", parameter: index }); // as which it is most often used
    else if (pattern.type !== "Identifier") this.#scopes.declareRefused(pattern, scope);
    if (isArrayKind(type)) {
      const array: ArrayParameter = { name, kind: type, parameter: index };
      scope.set(name, array);
      return array;
    }
    const isDeclared = instance.isRoot && this.#program.options.types?.has(name) === true;
    const variable = this.#scopes.variable(
      pattern,
      name,
      false,
      isDeclared && !isMixed(type) ? (numberTypeOf(type) ?? "bool") : undefined,
    );
    variable.type ??= type;
    variable.isDeclared = true;
    scope.set(name, variable);
    return variable;
  }

  /** Finds the type of the result from all `return`s. */
  #resultOf(completes: boolean, body: AcornNode): void {
    const instance = this.#instance;
    const values = this.#statements.returns.flatMap(({ tree }) => (tree === undefined ? [] : [tree.result]));
    if (values.length === 0) {
      instance.result = "void";
      return;
    }
    if (completes)
      instance.report(
        { start: Math.max(body.start, body.end - 1), end: body.end },
        "missing-return",
        "some ways through the function return a value, but its end is reached without one",
        "return a value at the end, such as NaN",
      );
    for (const { tree, span } of this.#statements.returns)
      if (tree === undefined)
        instance.report(span, "missing-return", "this returns nothing, but others return a value", "write return NaN");
    let result: ValueType | undefined;
    for (const isLiteral of [false, true])
      for (const value of values) {
        if (value.isPending || value.literal !== isLiteral) continue;
        takeNeighbour(value, result);
        result = result === undefined ? value.type : joinTypes(instance, result, value);
      }
    // Once found, the type stays or grows.
    instance.result = result ?? instance.result;
  }
}
